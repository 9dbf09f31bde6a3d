import Foundation
import Glibc
import Testing

/// What the console reads and shows of files, with the real program in a real terminal: a pager with links, evidence and
/// documents, settings that change meanwhile, and a console that only looks. Covers Lent, NamedFolders, ConsoleSettings.
@Suite(.serialized) struct ConsoleFilesTests {
  /// A pager that keeps what it was given, under the name of the one that is known to pass links.
  private func pager(in program: inout Program) throws {
    let script = try program.write(
      """
      #!/bin/sh
      if [ "$1" = --version ]; then echo "less 590 (GNU regular expressions)"; exit; fi
      { echo "LESS=$LESS"; cat "$1"; } >'\(program.folder)/paged.tmp'
      mv '\(program.folder)/paged.tmp' '\(program.folder)/paged'
      """, to: "bin/less")
    chmod(script, 0o755)
    program.variables["PATH"] = "\(program.folder)/bin:" + (program.environment["PATH"] ?? "")
  }

  /// Waits for what the pager was given, and takes it.
  private func paged(_ program: Program) async throws -> String {
    let path = program.folder + "/paged"
    try await program.eventually { FileManager.default.fileExists(atPath: path) }
    defer { unlink(path) }
    return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  private let document = "artifacts/requirements/requirements-intake.md"

  @Test func pagerEvidenceAndReadOnly() async throws {
    var program = try Program()
    try pager(in: &program)
    let brief = try program.write(smallBrief, to: "brief.md")
    let terminal = try await Multiplexer(program, columns: 100, rows: 30, "run '\(brief)' --session linked")
    try await terminal.shows("D opens it", within: 30)
    // The stage says which document it made; in the pager that is a link.
    try await terminal.press("5", "Home", "Down", "Down", "Enter")
    try await terminal.shows(document)
    try await terminal.press("P")
    let text = try await paged(program)
    #expect(text.hasPrefix("LESS=R\n"))
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, 255)
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let target = try #require(realpath(program.folder + "/linked/" + document, nil))
    defer { free(target) }
    #expect(
      text.contains("\u{1B}]8;;file://\(host)\(String(cString: target))\u{1B}\\\(document)\u{1B}]8;;\u{1B}\\"),
      "\(text)")
    // The document itself, cleaned of everything that a terminal would obey.
    let path = program.folder + "/linked/" + document
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("\u{1B}]52;c;eA==\u{7} \u{1B}[2J https://example.org/x\n".utf8))
    try handle.close()
    try await terminal.shows("Document")
    try await terminal.press("o")
    let opened = try await paged(program)
    #expect(opened.contains("^[]52;c;eA==^G ^[[2J"))
    #expect(opened.contains("\u{1B}]8;;https://example.org/x\u{1B}\\https://example.org/x\u{1B}]8;;\u{1B}\\"))
    #expect(!opened.contains("\u{1B}]52") && !opened.contains("\u{1B}["))
    // What is gone, or leads out of the workspace, is said and not opened.
    try FileManager.default.removeItem(atPath: path)
    try await terminal.press("o")
    try await terminal.shows("is not there (any more)")
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/hostname")
    try await terminal.press("o")
    try await terminal.shows("lies outside the session's workspace")
    #expect(!FileManager.default.fileExists(atPath: program.folder + "/paged"))
    await terminal.close()

    // Only looking: no engine is started, no key orders anything, and the window says so.
    try await program.stopEngine(of: "linked")
    let before = try await program.show("linked")["version"] as? Int
    let looking = try await Multiplexer(program, columns: 100, rows: 30, "attach linked --read-only")
    try await looking.shows("READ-ONLY")
    try await looking.press("S")
    try await looking.shows("this console is read-only")
    try await looking.press("p", "D")
    try await looking.shows("To answer: this console is read-only")
    try await looking.press("Enter")
    try await looking.shows("Not sent: this console is read-only")
    try await looking.press("Escape")
    try await looking.shows("Later: linked keeps waiting")
    try await looking.press("q")
    try await looking.shows("STATE NAME")
    #expect(try await program.show("linked")["version"] as? Int == before)
    #expect(!(try await program.show("linked")["engine"] is [String: Any]))
    #expect(try await program.decisions().count == 1)
    await looking.close()
  }

  @Test func settingsAndKeysAreReadAgainWhileItRuns() async throws {
    let program = try Program()
    let terminal = try await Multiplexer(program, columns: 120, rows: 24)
    try await terminal.shows("Welcome")
    try await terminal.shows("? help")
    _ = try program.write("keys: {help.open: [W]}", to: ".config/signalbox/keys.yaml")
    try await terminal.press("F5")
    try await terminal.shows("W help")
    try await terminal.shows("Read again: settings, keys and sessions.")
    // A file that is wrong is told with its place, and what held before holds on.
    _ = try program.write("keys: {help.opn: [V]}", to: ".config/signalbox/keys.yaml")
    _ = try program.write("notify:\n  bell: perhaps\n", to: ".config/signalbox/config.yaml")
    try await terminal.press("F5")
    try await terminal.shows("config.yaml:2:9: Expected bell as true or false.")
    try await terminal.shows("W help")
    // Without a key for it, the files are looked at when anything happens, at most once a second.
    _ = try program.write("notify:\n  bell: false\n", to: ".config/signalbox/config.yaml")
    _ = try program.write("keys: {help.open: [Z]}", to: ".config/signalbox/keys.yaml")
    for _ in 0..<100 {
      try await terminal.press("Down")
      if try await terminal.screen().contains("Z help") { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    try await terminal.shows("Z help")
    try await terminal.press("!")
    try await terminal.shows("By config.yaml: no bell")
    await terminal.close()
  }
}
