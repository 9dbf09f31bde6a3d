import Foundation
import Testing

/// The console of lines in the real program. Covers ConsoleHost.swift, ConsoleOptions.
@Suite(.serialized) struct LinearRunTests {
  /// Types a line and shows only what follows it; one that came before its question stood there is typed again, as the
  /// program asks for.
  private func say(_ line: String, in terminal: Multiplexer, _ expected: String, within seconds: Int = 60) async throws
  {
    var screen = ""
    repeat {
      try await terminal.tmux("send-keys", "-R")
      try await terminal.type(line)
      try await terminal.press("Enter")
      screen = try await terminal.shows(expected, "Type it again", within: seconds)
    } while !screen.contains(expected)
  }

  @Test("a session goes from a sample to its package by typed lines alone")
  func wholeSession() async throws {
    let program = try Program()
    let terminal = try await Multiplexer(program, columns: 120, rows: 50, "--linear")
    do {
      try await terminal.shows("Type new for the samples")
      try await say("new 2", in: terminal, "Waits for you. Type: decide")
      for _ in 0..<3 {
        try await say("decide", in: terminal, " >")
        // A long question is said in pages; Enter goes on.
        while try await terminal.shows("option >", "Enter for more").contains("Enter for more") {
          try await say("", in: terminal, " >")
        }
        try await say("1", in: terminal, "Type yes to send it")
        try await say("yes", in: terminal, "Recorded: ")
        try await terminal.shows("Waits for you. Type: decide", "The session is complete", within: 240)
        if try await program.run("decisions", "--json").output.contains("[]") { break }
      }
      try await say("status", in: terminal, "finished and checked")
      try await say("report", in: terminal, "QA Report")
      try await say("export", in: terminal, "Zip to write.")
      try await say("", in: terminal, "type yes")
      try await say("yes", in: terminal, "Written: ")
      let zips = try FileManager.default.contentsOfDirectory(atPath: program.folder).filter { $0.hasSuffix(".zip") }
      #expect(zips.count == 1)
      let checked = try await program.run("verify", zips.first ?? "")
      #expect(checked.status == 0, "\(checked.words)")
      try await terminal.type("quit")
      try await terminal.press("Enter")
      try await program.eventually { try await terminal.tmux("has-session").status != 0 }
    } catch {
      await terminal.close()
      throw error
    }
    await terminal.close()
  }

  @Test("at the end of input it leaves at once; the session goes on; TERM=dumb needs no flag")
  func endOfInput() async throws {
    let program = try Program()
    var environment = program.environment
    environment["TERM"] = "dumb"
    let left = try await Program.run(Program.path, [], in: program.folder, environment: environment)
    #expect(left.status == 0)
    #expect(left.output.contains("Signalbox in lines."))
    #expect(left.output.contains("Sessions continue without the console"))
    #expect(!left.output.contains("\u{1B}"))
  }

  @Test("announcements are written beside the frames, and a FIFO without a reader holds nothing up")
  func announce() async throws {
    let program = try Program()
    let file = program.folder + "/said.txt"
    let terminal = try await Multiplexer(program, columns: 80, rows: 24, "--announce '\(file)'")
    try await terminal.shows("Choose a sample brief")
    // Keys are armed after a moment of quiet; the offer says when.
    try await terminal.shows("Enter start it")
    try await terminal.press("Down", "Enter")
    try await program.eventually {
      (try? String(contentsOfFile: file, encoding: .utf8).contains("Waits for you. Type: decide")) ?? false
    }
    await terminal.close()
    let refused = try await program.run("--announce", "/nowhere/at/all")
    #expect(refused.status != 0)
  }
}
