import Foundation
import Glibc
import Testing

/// The real console in a real terminal, driven by keys alone, from an empty machine to the handoff. Covers ConsoleHost,
/// Signalbox, Wiring, EngineLaunch, Verify.
@Suite(.serialized) struct TerminalDriveTests {
  /// A tmux server of its own, so that no configuration and no other terminal matters.
  final class Multiplexer {
    let program: Program
    let socket = "signalbox-\(UUID().uuidString.prefix(8))"

    init(_ program: Program, columns: Int, rows: Int, _ words: String = "") async throws {
      self.program = program
      var line = "exec env -i"
      for (name, value) in program.environment.sorted(by: { $0.key < $1.key }) where name != "TERM" {
        line += " \(name)='\(value)'"
      }
      line += " TERM=$TERM '\(Program.path)' \(words)"
      let script = try program.write("cd '\(program.folder)'\n\(line)\n", to: "start.sh")
      try await tmux(
        "-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows), "/bin/sh '\(script)'")
    }

    @discardableResult
    func tmux(_ words: String...) async throws -> Program.Result {
      try await Program.run(
        "tmux", ["-L", socket] + words, in: program.folder, environment: program.environment)
    }

    func press(_ keys: String...) async throws {
      for key in keys { try await tmux("send-keys", key) }
    }

    func screen() async throws -> String { try await tmux("capture-pane", "-p").output }

    /// Waits until the screen shows a text; the screen of another program is looked at, since it tells nobody.
    @discardableResult
    func shows(_ text: String, within seconds: Int = 20, _ place: SourceLocation = #_sourceLocation) async throws
      -> String
    {
      var last = ""
      for _ in 0..<(seconds * 20) {
        last = try await screen()
        if last.contains(text) { return last }
        try await Task.sleep(for: .milliseconds(50))
      }
      Issue.record("“\(text)” did not appear. The screen:\n\(last)", sourceLocation: place)
      throw CancellationError()
    }

    func close() async { _ = try? await tmux("kill-server") }
  }

  /// Opens the next decision, reads it to its end, chooses and confirms.
  private func approve(_ title: String, on terminal: Multiplexer, within seconds: Int) async throws {
    try await terminal.shows(title, within: seconds)
    try await terminal.shows("D decide", within: seconds)
    try await terminal.press("D")
    try await terminal.shows("YOUR DECISION")
    // A key that comes before the card is armed is swallowed, as it should be; so each key waits for the screen.
    for _ in 0..<60 {
      let screen = try await terminal.screen()
      if screen.contains("Enter sends this answer") { break }
      if screen.contains("read the question to its end") {
        try await terminal.press("PageDown")
      } else if screen.contains("keys armed") {
        try await terminal.press("y")
      }
      try await Task.sleep(for: .milliseconds(500))
    }
    try await terminal.shows("Enter sends this answer")
    try await terminal.press("Enter")
    try await terminal.shows("Recorded")
    try await terminal.press("Enter")
  }

  @Test func aNewcomerReachesTheHandoffByKeysAlone() async throws {
    let program = try Program()
    let terminal = try await Multiplexer(program, columns: 100, rows: 32)
    try await terminal.shows("Welcome")
    try await terminal.press("Enter")
    try await approve("Is this what you asked for?", on: terminal, within: 30)
    try await approve("Shall it be built like this?", on: terminal, within: 30)
    // Generating takes seconds, the tools' first installation and the gates up to some minutes.
    try await approve("Do you take over the result?", on: terminal, within: 600)
    try await terminal.shows("every stage is complete", within: 60)
    let sessions = try #require(try await program.run("list", "--json").json() as? [[String: Any]])
    #expect(sessions.map { $0["state"] as? String } == ["completed"])
    try await terminal.press("q")
    await terminal.close()
    let id = try #require(sessions.first?["session"] as? String)
    #expect(try await program.run("verify", id).status == 0)
    let gates = try #require(try await program.show(id)["gates"] as? [[String: Any]])
    for gate in gates where gate["mandatory"] as? Bool == true {
      #expect(gate["state"] as? String == "done", "\(gate["id"] ?? "")")
      #expect(gate["evidence"] is [String: Any], "\(gate["id"] ?? "") passed without evidence")
    }
  }

  @Test func closingTheTerminalAnswersNothingAndReattachingShowsTheQuestion() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    let first = try await Multiplexer(program, columns: 80, rows: 24, "run '\(brief)' --session kept")
    try await first.shows("D opens it", within: 30)
    try await first.press("D")
    try await first.shows("YOUR DECISION")
    await first.close()
    #expect(try await program.decisions().count == 1)
    #expect(try await program.show("kept")["engine"] is [String: Any])
    let second = try await Multiplexer(program, columns: 40, rows: 12, "attach kept")
    try await second.shows("kept")
    try await second.press("D")
    try await second.shows("DECISION")
    try await second.press("Escape")
    #expect(try await program.decisions().count == 1)
    await second.close()
    try await program.stopEngine(of: "kept")
  }

  @Test func killingTheConsoleChangesNothing() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    let terminal = try await Multiplexer(program, columns: 80, rows: 24, "run '\(brief)' --session alive")
    try await terminal.shows("D opens it", within: 30)
    let pane = try await terminal.tmux("list-panes", "-F", "#{pane_pid}").output
    let console = try #require(pid_t(pane.trimmingCharacters(in: .whitespacesAndNewlines)))
    let before = try await program.show("alive")["version"] as? Int
    kill(console, SIGKILL)
    for _ in 0..<200 where kill(console, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(try await program.show("alive")["version"] as? Int == before)
    #expect(try await program.show("alive")["engine"] is [String: Any])
    await terminal.close()
    try await program.stopEngine(of: "alive")
  }

  @Test func typingBeforeADecisionAppearsAnswersNothing() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    let terminal = try await Multiplexer(program, columns: 80, rows: 24, "run '\(brief)' --session typed")
    for _ in 0..<60 { try await terminal.press("y", "Enter", "a") }
    try await terminal.shows("Is this what you asked for?", within: 30)
    #expect(try await program.decisions().count == 1)
    await terminal.close()
    try await program.stopEngine(of: "typed")
  }
}
