import Foundation
import Glibc
import Testing

/// The real console in a real terminal, driven by keys alone, from an empty machine to the handoff. Covers ConsoleHost,
/// Signalbox, Wiring, EngineLaunch, Verify, Notifying, ConsoleMemory, PlaceKeeping, JournalPages, WatchedSessions,
/// DecidingStates, Outbox.
@Suite(.serialized) struct TerminalDriveTests {
  @Test func aNewcomerReachesTheHandoffByKeysAlone() async throws {
    let program = try Program()
    _ = try program.write(
      "notify:\n  command: [sh, -c, \"cat >> '\(program.folder)/alerts.json'\"]\n", to: ".config/signalbox/config.yaml")
    let terminal = try await Multiplexer(program, columns: 100, rows: 32)
    try await terminal.shows("Welcome")
    try await terminal.shows("Enter start it")
    try await terminal.press("Enter")
    try await terminal.decide("Is this what you asked for?", "y", within: 30)
    // A program of the person's own was told of it, with JSON on its input.
    let alerts = try String(contentsOfFile: program.folder + "/alerts.json", encoding: .utf8)
    let alert = try JSONSerialization.jsonObject(with: Data(alerts.split(separator: "\n")[0].utf8)) as? [String: Any]
    #expect(alert?["kind"] as? String == "ask")
    #expect((alert?["text"] as? String)?.contains("Is this what you asked for?") == true)
    try await terminal.decide("Shall it be built like this?", "y", within: 30)
    // Generating takes seconds, the tools' first installation and the gates up to some minutes.
    try await terminal.decide("Do you take over the result?", "y", within: 600)
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
    let second = try await Multiplexer(program, columns: 40, rows: 12, shell: true)
    try await second.type("'\(Program.path)' attach kept")
    try await second.press("Enter")
    try await second.shows("NEEDS YOU")
    try await second.press("D")
    try await second.shows("DECISION")
    try await second.press("Escape")
    #expect(try await program.decisions().count == 1)
    // What is left on the normal screen says what waits, and where everything is.
    try await second.press("q")
    try await second.shows("STATE NAME")
    try await second.press("q")
    try await second.shows("Leave the console?")
    try await second.press("Right", "Enter")
    let left = try await second.shows("Kept in ")
    #expect(left.contains("Signalbox: 1 decision for you") && left.contains("ASK   kept, stage "), "\(left)")
    await second.close()
    try await program.stopEngine(of: "kept")
  }

  @Test func killingTheConsoleChangesNothingAndTheNextOneHasWhatWasTyped() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    let terminal = try await Multiplexer(program, columns: 80, rows: 24, "run '\(brief)' --session alive")
    try await terminal.shows("D opens it", within: 30)
    try await terminal.press("4", "D")
    try await terminal.shows("choose")
    try await terminal.press("Tab")
    try await terminal.shows("back to the options")
    try await terminal.type("half a thought")
    try await terminal.shows("half a thought")
    let pane = try await terminal.tmux("list-panes", "-F", "#{pane_pid}").output
    let console = try #require(pid_t(pane.trimmingCharacters(in: .whitespacesAndNewlines)))
    let before = try await program.show("alive")["version"] as? Int
    kill(console, SIGKILL)
    for _ in 0..<200 where kill(console, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(try await program.show("alive")["version"] as? Int == before)
    #expect(try await program.show("alive")["engine"] is [String: Any])
    await terminal.close()
    let next = try await Multiplexer(program, columns: 80, rows: 24, "attach alive")
    // The same pane has the keys, and nothing of what was typed was sent or lost.
    try await next.shows("> 4 Gates", "4 Gates")
    try await next.press("D")
    try await next.shows("half a thought")
    #expect(try await program.decisions().count == 1)
    let drafts = try FileManager.default.contentsOfDirectory(atPath: program.home + "/console/drafts")
    #expect(drafts.count == 1)
    await next.close()
    try await program.stopEngine(of: "alive")
  }

  @Test func whatWasSentIsInTheJournalThoughThePersonLeavesAtOnce() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", brief, "--session", "long", "--headless").status == 4)
    // Long enough that an answer cannot be in the journal before the next key comes.
    let probe = (Program.path as NSString).deletingLastPathComponent + "/JournalProbe"
    _ = try await Program.run(
      probe, ["lengthen", program.home + "/journal.db", "long", "20000"], in: program.folder,
      environment: program.environment)
    let terminal = try await Multiplexer(program, columns: 100, rows: 30, shell: true)
    try await terminal.type("'\(Program.path)' attach long")
    try await terminal.press("Enter")
    try await terminal.shows("D opens it", "D decide", within: 60)
    try await terminal.press("D")
    try await terminal.shows("YOUR DECISION")
    for _ in 0..<80 {
      let last = try await terminal.screen()
      if last.contains("Enter sends this answer") { break }
      if last.contains("keys armed") { try await terminal.press(last.contains("To answer: read") ? "PageDown" : "y") }
      try await Task.sleep(for: .milliseconds(120))
    }
    try await terminal.shows("Enter sends this answer")
    try await terminal.tmux("send-keys", "Enter", "C-c", "C-c")
    try await terminal.shows("Kept in ", within: 60)
    let events = try await program.run("events", "long", "--json").output
    #expect(events.components(separatedBy: "\"type\":\"decision.answered\"").count == 2)
    await terminal.close()
    try await program.stopEngine(of: "long")
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
