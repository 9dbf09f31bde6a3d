import Screen
import Testing

@testable import Terminal

// covers ProgressReport.swift, and what TerminalLoop.swift does with it

@Suite("Progress", .serialized)
struct ProgressTests {
  @Test("each state is sent in the full form")
  func words() {
    #expect(ProgressReport.sequence(for: .none) == "\u{1B}]9;4;0;0\u{7}")
    #expect(ProgressReport.sequence(for: .done(64)) == "\u{1B}]9;4;1;64\u{7}")
    #expect(ProgressReport.sequence(for: .done(640)) == "\u{1B}]9;4;1;100\u{7}")
    #expect(ProgressReport.sequence(for: .failed(nil)) == "\u{1B}]9;4;2;0\u{7}")
    #expect(ProgressReport.sequence(for: .unknown) == "\u{1B}]9;4;3;0\u{7}")
    #expect(ProgressReport.sequence(for: .waiting(20)) == "\u{1B}]9;4;4;20\u{7}")
  }

  @Test("it is on only where it is known to be shown, and not through a multiplexer")
  func known() {
    func isTaken(_ values: [String: String]) -> Bool {
      ProgressReport.isTaken(Environment(values: ["TERM": "xterm-256color"].merging(values) { $1 }))
    }
    #expect(isTaken(["WT_SESSION": "1"]) && isTaken(["TERM_PROGRAM": "ghostty"]) && isTaken(["TERM_PROGRAM": "rio"]))
    #expect(isTaken(["TERM": "xterm-ghostty"]))
    #expect(isTaken(["TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"]))
    #expect(isTaken(["TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "4.0"]))
    // An older one takes it for a notice.
    #expect(!isTaken(["TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.5.14"]))
    #expect(!isTaken(["TERM_PROGRAM": "iTerm.app"]))
    #expect(!isTaken([:]) && !isTaken(["TERM": "xterm-kitty"]) && !isTaken(["WT_SESSION": ""]))
    for around in ["TMUX", "STY", "ZELLIJ"] { #expect(!isTaken(["WT_SESSION": "1", around: "x"])) }
    #expect(!isTaken(["TERM": "linux", "WT_SESSION": "1"]))
  }

  private func options(_ terminal: PseudoTerminal) -> TerminalOptions {
    TerminalOptions(input: terminal.near, output: terminal.near, term: "xterm-256color", depth: .indexed, glyphs: .full)
  }

  @Test("it is sent when it changes, taken back while another program has the terminal, and at the end")
  func session() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    session.setProgress(.done(40))
    #expect(terminal.read(until: "\u{1B}]9;4;1;40\u{7}"))
    terminal.readUntilQuiet()
    terminal.forget()
    session.setProgress(.done(40))
    #expect(terminal.readUntilQuiet() == 0)
    session.setProgress(.waiting(40))
    #expect(terminal.read(until: "\u{1B}]9;4;4;40\u{7}"))
    session.lend {
      #expect(terminal.read(until: "\u{1B}]9;4;0;0\u{7}"))
      terminal.forget()
    }
    #expect(terminal.read(until: "\u{1B}]9;4;4;40\u{7}"))
    terminal.forget()
    session.close()
    #expect(terminal.read(until: "\u{1B}[?1049l"))
    #expect(terminal.contains("\u{1B}]9;4;0;0\u{7}"))
  }

  @Test("a terminal that was told of no progress hears nothing of it, also at the end")
  func off() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    session.setProgress(.none)
    session.lend {}
    session.close()
    #expect(terminal.read(until: "\u{1B}[?1049l"))
    terminal.readUntilQuiet()
    #expect(!terminal.contains("]9;"))
  }

  @Test("it is said again about every ten seconds, and only while there is something to say")
  func refresh() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    defer { session.close() }
    session.setProgress(.unknown)
    #expect(terminal.read(until: "\u{1B}]9;4;3;0\u{7}"))
    terminal.forget()
    #expect(terminal.read(until: "\u{1B}]9;4;3;0\u{7}", within: 13))
    terminal.readUntilQuiet()
    #expect(terminal.received.count == "\u{1B}]9;4;3;0\u{7}".utf8.count)
  }
}
