import Foundation
import Testing

/// A tmux server of its own, so that no configuration and no other terminal matters: it shows the real console, and keys are
/// pressed in it as a person would.
final class Multiplexer {
  let program: Program
  let socket = "signalbox-\(UUID().uuidString.prefix(8))"

  /// Shows the console, or with `shell` a shell that knows of the terminal around it.
  init(_ program: Program, columns: Int, rows: Int, _ words: String = "", shell: Bool = false) async throws {
    self.program = program
    var line = shell ? "exec env" : "exec env -i"
    for (name, value) in program.environment.sorted(by: { $0.key < $1.key }) where name != "TERM" {
      line += " \(name)='\(value)'"
    }
    line += " TERM=$TERM " + (shell ? "PS1='$ ' /bin/dash -i" : "'\(Program.path)' \(words)")
    let script = try program.write("cd '\(program.folder)'\n\(line)\n", to: "start-\(socket).sh")
    try await tmux(
      "-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows), "/bin/sh '\(script)'")
  }

  @discardableResult
  func tmux(_ words: String...) async throws -> Program.Result {
    try await Program.run("tmux", ["-L", socket] + words, in: program.folder, environment: program.environment)
  }

  func press(_ keys: String...) async throws {
    for key in keys { try await tmux("send-keys", key) }
  }

  /// Types a text letter by letter.
  func type(_ text: String) async throws { try await tmux("send-keys", "-l", text) }

  func screen() async throws -> String { try await tmux("capture-pane", "-p").output }

  /// Waits until the screen shows one of some texts; the screen of another program is looked at, since it tells nobody.
  @discardableResult
  func shows(_ texts: String..., within seconds: Int = 20, _ place: SourceLocation = #_sourceLocation) async throws
    -> String
  {
    var last = ""
    for _ in 0..<(seconds * 20) {
      last = try await screen()
      if texts.contains(where: last.contains) { return last }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("“\(texts.joined(separator: "” or “"))” did not appear. The screen:\n\(last)", sourceLocation: place)
    throw CancellationError()
  }

  func close() async { _ = try? await tmux("kill-server") }

  /// Opens the next decision, reads it to its end, chooses an option and confirms, with all that the option takes.
  ///
  /// - Parameters:
  ///   - title: What is asked; the decision must show it.
  ///   - key: The option's key.
  ///   - fields: What is filled in, in the order of the fields; an empty text leaves one empty.
  ///   - note: What is written as the note.
  ///   - word: The word typed to confirm.
  func decide(
    _ title: String, _ key: String, fields: [String] = [], note: String? = nil, confirm word: String? = nil,
    within seconds: Int = 60
  ) async throws {
    try await shows(title, within: seconds)
    try await shows("D decide", "D opens it", within: seconds)
    try await press("D")
    try await shows("YOUR DECISION")
    try await shows(title)
    // A key that comes before the card is armed is swallowed, as it should be; so each key waits for the screen.
    let isChosen = ["Enter sends this answer", "needs a note", "then type", "fill in a field"]
    for _ in 0..<80 {
      let last = try await screen()
      if last.contains("To answer: read") {
        try await press("PageDown")
      } else if last.contains("Effect of \(key.uppercased())"), isChosen.contains(where: last.contains) {
        break
      } else if last.contains("keys armed") {
        try await press(key)
      }
      try await Task.sleep(for: .milliseconds(120))
    }
    var tabs = 0
    for text in fields {
      try await press("Tab")
      tabs += 1
      if !text.isEmpty { try await type(text) }
    }
    if let note {
      try await press("Tab")
      tabs += 1
      try await type(note)
    }
    for _ in 0..<tabs { try await press("BTab") }
    let ready = try await shows("Enter sends this answer", "then type")
    try await press("Enter")
    if let word {
      #expect(ready.contains("then type"))
      try await shows("Type \(word) to confirm")
      try await type(word)
      try await shows("Enter sends it")
      try await press("Enter")
    }
    try await shows("Recorded")
    try await press("Enter")
  }
}
