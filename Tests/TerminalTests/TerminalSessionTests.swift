import Foundation
import Glibc
import Screen
import Synchronization
import Testing

@testable import Terminal

// covers TerminalSession.swift, TerminalLoop.swift, Painter.swift, Mailbox.swift and Gate.swift
@Suite("TerminalSession", .serialized)
struct TerminalSessionTests {
  private func options(_ terminal: PseudoTerminal, term: String = "xterm-256color") -> TerminalOptions {
    TerminalOptions(input: terminal.near, output: terminal.near, term: term, depth: .indexed, glyphs: .full)
  }

  private func frame(_ rows: [String], columns: Int = 80, height: Int = 24) -> Frame {
    var sheet = Canvas(size: Size(columns: columns, rows: height), glyphs: .full)
    for (index, row) in rows.enumerated() { sheet.write(row, in: sheet.area.line(index)) }
    return sheet.frame
  }

  @Test("the terminal is taken and given back as it was")
  func takesAndGivesBack() throws {
    let terminal = try #require(PseudoTerminal())
    let before = terminal.modes
    let session = try TerminalSession.open(options(terminal)) { _ in }
    #expect(terminal.read(until: "\u{1B}[?1004h"))
    #expect(terminal.contains("\u{1B}[?1049h"))
    #expect(terminal.contains("\u{1B}[?2004h"))
    #expect(terminal.modes != before)
    #expect(session.capabilities.size == Size(columns: 80, rows: 24))
    session.close()
    #expect(terminal.read(until: "\u{1B}[?1049l"))
    #expect(terminal.contains("\u{1B}[?2004l"))
    #expect(terminal.contains("\u{1B}[?1004l"))
    #expect(terminal.modes == before)
  }

  @Test("a picture is drawn; the same picture again costs nothing; a change costs little")
  func drawsChanges() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    defer { session.close() }
    session.show(frame(["Grüße 漢字", "coverage 82%"]), theme: .terminal)
    #expect(terminal.read(until: "coverage 82%"))
    #expect(terminal.contains("Grüße 漢字") == session.capabilities.isUTF8)
    terminal.readUntilQuiet()
    terminal.forget()
    session.show(frame(["Grüße 漢字", "coverage 82%"]), theme: .terminal)
    #expect(terminal.readUntilQuiet() == 0)
    session.show(frame(["Grüße 漢字", "coverage 86%"]), theme: .terminal)
    #expect(terminal.read(until: "6"))
    terminal.readUntilQuiet()
    #expect(terminal.received.count < 24, "\(terminal.received.count) bytes for one cell")
  }

  @Test("scrolling a list by one row costs less than two hundred bytes")
  func scrolling() throws {
    let terminal = try #require(PseudoTerminal(columns: 120, rows: 40))
    let session = try TerminalSession.open(options(terminal)) { _ in }
    defer { session.close() }
    func list(from start: Int) -> Frame {
      frame(
        (0..<40).map { "10:41:\($0 + start) event number \($0 + start) of this very long feed" }, columns: 120,
        height: 40)
    }
    session.show(list(from: 100), theme: .terminal)
    #expect(terminal.read(until: "number 139"))
    terminal.readUntilQuiet()
    terminal.forget()
    session.show(list(from: 101), theme: .terminal)
    #expect(terminal.read(until: "number 140"))
    terminal.readUntilQuiet()
    #expect(terminal.received.count < 200, "\(terminal.received.count) bytes")
  }

  @Test("keys arrive in order, a paste as one, and Escape without delay")
  func keys() throws {
    let terminal = try #require(PseudoTerminal())
    let log = KeyLog()
    let session = try TerminalSession.open(options(terminal)) { log.add($0) }
    defer { session.close() }
    terminal.type("jж\u{1B}OA\u{1B}[15~\u{3}\u{1B}[200~y\ry\u{1B}[201~\r")
    let expected: [Key] = [
      .character("j"), .character("ж"), .up, .function(5), .control("c"), .paste("y\ny"), .enter,
    ]
    for key in expected { #expect(log.next() == key) }
    let clock = ContinuousClock()
    let start = clock.now
    terminal.type("\u{1B}")
    #expect(log.next() == .escape)
    #expect(clock.now - start < .milliseconds(500))
  }

  @Test("a picture shown from within the key handler is drawn")
  func showsFromHandler() async throws {
    let terminal = try #require(PseudoTerminal())
    let shared = Handler()
    let session = try TerminalSession.open(options(terminal)) { shared.handle($0) }
    shared.attach(session)
    terminal.type("k")
    #expect(terminal.read(until: "you pressed k"))
    terminal.type("q")
    #expect(await session.waitUntilEnded() == .closed)
    #expect(terminal.read(until: "\u{1B}[?1049l"))
  }

  @Test("a new size arrives as a key, and the picture is cut to the window meanwhile")
  func resize() throws {
    let terminal = try #require(PseudoTerminal())
    let log = KeyLog()
    let session = try TerminalSession.open(options(terminal)) { log.add($0) }
    defer { session.close() }
    session.show(frame([String(repeating: "wide ", count: 16)]), theme: .terminal)
    #expect(terminal.read(until: "wide wide "))
    terminal.resize(columns: 132, rows: 43)
    #expect(log.next() == .resize(Size(columns: 132, rows: 43)))
    session.show(
      frame(["wide " + String(repeating: "ab", count: 60) + "END"], columns: 132, height: 43), theme: .terminal)
    #expect(terminal.read(until: "abEND"))
    for (columns, rows) in [(1, 1), (300, 100), (2, 50), (40, 12)] {
      terminal.resize(columns: columns, rows: rows)
      #expect(log.next() == .resize(Size(columns: columns, rows: rows)))
    }
    session.show(frame(["after all"], columns: 40, height: 12), theme: .terminal)
    #expect(terminal.read(until: "after all"))
  }

  @Test("when the terminal goes away, the session ends within a second")
  func hangUp() async throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    let start = ContinuousClock.now
    terminal.hangUp()
    #expect(await session.waitUntilEnded() == .hungUp)
    #expect(ContinuousClock.now - start < .seconds(1))
    session.show(frame(["nobody sees this"]), theme: .terminal)
    session.close()
  }

  @Test("while another program has the terminal, its modes are the old ones; afterwards all is drawn anew")
  func lend() async throws {
    let terminal = try #require(PseudoTerminal())
    let before = terminal.modes
    let log = KeyLog()
    let session = try TerminalSession.open(options(terminal)) { log.add($0) }
    defer { session.close() }
    session.show(frame(["the picture"]), theme: .terminal)
    #expect(terminal.read(until: "the picture"))
    session.lend {
      #expect(terminal.read(until: "\u{1B}[?1049l"))
      #expect(terminal.modes == before)
      terminal.type("typed to the editor\n")
      terminal.forget()
    }
    #expect(terminal.read(until: "the picture"))
    terminal.type("k")
    // What was typed to the other program is not read as keys.
    #expect(log.next() == .character("k"))
    await session.lend { () async -> Void in }
    session.ring()
    #expect(terminal.read(until: "\u{7}"))
  }

  @Test("pictures that come faster than they can be seen are left out, and the last one is shown")
  func newestWins() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    defer { session.close() }
    let start = ContinuousClock.now
    for index in 0...3000 {
      session.show(frame(["event \(index) " + String(repeating: "\(index % 10)", count: 70)]), theme: .terminal)
    }
    let taken = ContinuousClock.now - start
    session.show(frame(["", "the last one"]), theme: .terminal)
    #expect(terminal.read(until: "the last one"))
    terminal.readUntilQuiet()
    let frames = terminal.received.count / 80
    // Sixty in a second, and some grace for the first ones.
    #expect(Double(frames) < 60 * (Double(taken.components.seconds) + 1) + 10, "\(frames) in \(taken)")
  }

  @Test("hostile text reaches the terminal as marks only")
  func hostile() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    defer { session.close() }
    terminal.read(until: "\u{1B}[?1004h")
    terminal.forget()
    let payloads = [
      "\u{1B}]52;c;cm0gLXJmIH4K\u{7}", "\u{1B}]0;approved\u{7}", "FAIL\rPASS", "no\u{8}\u{8}yes", "\u{9B}31m",
      "a\u{202E}b",
      "a\u{200B}\u{E0041}b", "\u{1B}Ptmux;\u{1B}\u{1B}\\", "\u{1B}[?1049l",
    ]
    var sheet = Canvas(size: Size(columns: 80, rows: 24), glyphs: .full)
    for (index, payload) in payloads.enumerated() { sheet.write(payload, in: sheet.area.line(index)) }
    sheet.write("the end", in: sheet.area.line(20))
    sheet.setTitle("evil\u{7}\u{1B}]52;c;eA==\u{7}")
    session.show(sheet.frame, theme: .terminal)
    #expect(terminal.read(until: "the end"))
    #expect(terminal.read(until: "]2;evil^G^[]52;c;eA==^G\u{7}"))
    terminal.readUntilQuiet()
    for hidden in [
      "\u{1B}]52", "\u{1B}]0", "\u{8}", "\u{9B}", "\u{202E}", "\u{200B}", "\u{E0041}", "\u{1B}P", "\u{1B}[?1049l",
    ] {
      #expect(!terminal.contains(hidden), "\(hidden.unicodeScalars.map { $0.value })")
    }
    // One bell: the end of the title.
    #expect(terminal.received.count(where: { $0 == 7 }) == 1)
  }

  @Test("colours are the nearest of the table, and a theme can be changed")
  func colours() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    defer { session.close() }
    let palette = Palette([.rgb(0, 0, 0)] + Array(repeating: .rgb(95, 215, 255), count: 15))
    session.show(frame(["in colour"]), theme: Theme(name: "blue", palette: palette))
    #expect(terminal.read(until: "in colour"))
    #expect(terminal.contains("\u{1B}[38;5;81m"))
    #expect(terminal.contains("\u{1B}[48;5;16m"))
    terminal.forget()
    session.show(frame(["in colour"]), theme: .mono)
    #expect(terminal.read(until: "in colour"))
    #expect(!terminal.contains("38;5"))
  }

  @Test("red, green and blue are sent as they are where the terminal can")
  func directColours() throws {
    let terminal = try #require(PseudoTerminal())
    var options = options(terminal, term: "xterm-direct")
    options.depth = nil
    guard let session = try? TerminalSession.open(options, onKey: { _ in }), session.capabilities.term == "xterm-direct"
    else { return }  // The description of this terminal is not installed everywhere.
    defer { session.close() }
    guard session.capabilities.depth == .direct else { return }  // NO_COLOR
    let palette = Palette([.rgb(0, 0, 0)] + Array(repeating: .rgb(18, 200, 52), count: 15))
    session.show(frame(["in colour"]), theme: Theme(name: "green", palette: palette))
    #expect(terminal.read(until: "in colour"))
    #expect(terminal.contains("18:200:52") || terminal.contains("18;200;52"))
  }

  @Test("the clipboard is asked for in the form terminals expect")
  func clipboard() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    defer { session.close() }
    #expect(session.copy("Grüße"))
    #expect(terminal.read(until: "\u{1B}]52;c;R3LDvMOfZQ==\u{7}"))
    #expect(!session.copy(String(repeating: "x", count: 60_000)))
    #expect(base64([]) == [])
    #expect(base64("ab".utf8) == Array("YWI=".utf8))
    #expect(base64("abc".utf8) == Array("YWJj".utf8))
  }

  @Test("the mouse is read only on request")
  func mouse() throws {
    let terminal = try #require(PseudoTerminal())
    let log = KeyLog()
    let session = try TerminalSession.open(options(terminal)) { log.add($0) }
    defer { session.close() }
    terminal.read(until: "\u{1B}[?1004h")
    #expect(!terminal.contains("?1000h"))
    session.setMouse(true)
    #expect(terminal.read(until: "\u{1B}[?1000h\u{1B}[?1006h"))
    terminal.type("\u{1B}[<65;3;4M")
    #expect(log.next() == .mouse(.init(.wheelDown, at: Point(column: 2, row: 3))))
  }

  @Test("what cannot be opened is refused with a way out")
  func refusals() throws {
    var pipes: [Int32] = [0, 0]
    #expect(pipe(&pipes) == 0)
    defer { for descriptor in pipes { close(descriptor) } }
    #expect(throws: TerminalRefusal.self) {
      try TerminalSession.open(TerminalOptions(input: pipes[0], output: pipes[1])) { _ in }
    }
    let terminal = try #require(PseudoTerminal())
    let before = terminal.modes
    #expect(throws: TerminalRefusal.self) {
      try TerminalSession.open(options(terminal, term: "dumb")) { _ in }
    }
    #expect(terminal.modes == before)
    let session = try TerminalSession.open(options(terminal, term: "brand-new-terminal")) { _ in }
    #expect(session.capabilities.term == "xterm-256color")
    #expect(session.capabilities.notes.count == 1)
    #expect(throws: TerminalRefusal.self) { try TerminalSession.open(options(terminal)) { _ in } }
    session.close()
    session.close()
  }

  @Test(
    "every kind of terminal works, also one that is not described here",
    arguments: ["vt100", "linux", "xterm", "screen", "tmux-256color", "xterm-direct", "xterm-kitty"])
  func poorTerminals(term: String) throws {
    let terminal = try #require(PseudoTerminal())
    var options = options(terminal, term: term)
    options.glyphs = nil
    let session = try TerminalSession.open(options) { _ in }
    defer { session.close() }
    session.show(frame(["shown on \(term)"]), theme: .terminal)
    #expect(terminal.read(until: "shown on \(term)"))
    if term == "vt100" {
      #expect(session.capabilities.depth == .monochrome)
      #expect(session.capabilities.glyphs == .ascii)
      #expect(!terminal.contains("2004h"))
    }
  }

  @Test("a palette nobody can foresee is not forced upon few colours: the person's own are used", arguments: [8, 16])
  func fewColours(count: Int) throws {
    let terminal = try #require(PseudoTerminal())
    var options = options(terminal, term: count == 8 ? "xterm" : "xterm-256color")
    options.depth = count == 8 ? .eight : .sixteen
    let session = try TerminalSession.open(options) { _ in }
    defer { session.close() }
    var sheet = Canvas(size: Size(columns: 80, rows: 24), glyphs: .full)
    sheet.write("it failed", in: sheet.area.line(0), .stateFailed)
    sheet.write("plain", in: sheet.area.line(1))
    let palette = Palette([.rgb(0, 0, 0)] + Array(repeating: .rgb(95, 215, 255), count: 15))
    session.show(sheet.frame, theme: Theme(name: "blue", palette: palette))
    #expect(terminal.read(until: "it failed"))
    #expect(terminal.read(until: "plain"))
    #expect(terminal.contains("31m") && !terminal.contains("38;5;") && !terminal.contains("48;"))
  }

  @Test("nothing is sent and nothing wakes up while nothing happens")
  func idle() throws {
    let terminal = try #require(PseudoTerminal())
    let session = try TerminalSession.open(options(terminal)) { _ in }
    defer { session.close() }
    session.show(frame(["quiet"]), theme: .terminal)
    #expect(terminal.read(until: "quiet"))
    terminal.readUntilQuiet()
    #expect(terminal.readUntilQuiet(milliseconds: 700) == 0)
  }

  /// A program in the small: remembers its session and shows what was pressed.
  private final class Handler: Sendable {
    private let session = Mutex<TerminalSession?>(nil)

    func attach(_ session: TerminalSession) {
      self.session.withLock { $0 = session }
    }

    func handle(_ key: Key) {
      guard let session = session.withLock({ $0 }) else { return }
      if key == .character("q") {
        session.close()
        return
      }
      var sheet = Canvas(size: session.capabilities.size)
      sheet.write("you pressed \(key.name)", in: sheet.area)
      session.show(sheet.frame, theme: .terminal)
    }
  }
}
