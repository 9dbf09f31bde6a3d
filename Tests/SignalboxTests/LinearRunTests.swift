import Foundation
import Testing

/// The console of lines in the real program. Covers ConsoleHost.swift, ConsoleOptions.
@Suite(.serialized) struct LinearRunTests {
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
