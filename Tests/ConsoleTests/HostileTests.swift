import Kernel
import Screen
import Terminal
import Testing

@testable import Console

// covers Farewell.swift, EventText.swift, ReadingView.swift: texts that would steer a terminal

/// Every payload that could steer a terminal, in every text that comes from outside, on every screen; first in the
/// frames, then as bytes at the other end of a real terminal.
@Suite("Hostile texts", .serialized)
struct HostileTests {
  /// A payload and the mark that stands in its place.
  struct Payload: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var mark: String
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ mark: String) { (self.name, self.text, self.mark) = (name, text, mark) }
  }

  static let payloads: [Payload] = [
    Payload("T1 writes the clipboard", "\u{1B}]52;c;cm0gLXJmIH4K\u{7}", "^[]52;c;"),
    Payload("T1 reads the clipboard", "\u{1B}]52;c;?\u{7}", "^[]52;c;?"),
    Payload("T2 sets the title and asks for it", "\u{1B}]0;approved\u{7}\u{1B}[21t", "^[]0;appr"),
    Payload("T3 asks for replies", "\u{1B}[6n\u{1B}[c\u{1B}[>q\u{1B}P$qm\u{1B}\\", "^[[6n"),
    Payload("T4 draws a screen of its own", "\u{1B}[2J\u{1B}[HGATE PASSED", "^[[2J^[[H"),
    Payload("T4 writes over the row above", "\u{1B}[1A\u{1B}[2K", "^[[1A"),
    Payload("T5 returns", "FAIL\rPASS", "FAIL^MPASS"),
    Payload("T5 steps back", "no\u{8}\u{8}yes", "no^H^Hyes"),
    Payload("T6 C1 as scalars", "\u{9B}31m\u{90}q\u{9D}0;x", "\\u{9B}31m"),
    Payload("T7 overrides the direction", "approve \u{202E}tcejer\u{202C}", "\\u{202E}"),
    Payload("T7 isolates", "\u{2066}a\u{2067}b\u{2068}c\u{2069}\u{61C}", "\\u{2066}"),
    Payload("T8 zero width", "a\u{200B}b\u{200C}c\u{200F}d\u{2060}e\u{FEFF}f\u{AD}g", "a\\u{200B}"),
    Payload("T8 fillers", "a\u{3164}b\u{115F}c\u{FE0F}d\u{E0100}e", "a\\u{3164}"),
    Payload("T8 tags", "ok\u{E0041}\u{E0042}\u{E007F}", "ok\\u{E0041}"),
    Payload("T10 a flood of marks", "a" + String(repeating: "\u{301}", count: 500), "hidden]"),
    Payload("T11 families and tabs", String(repeating: "👨\u{200D}👩\u{200D}👧", count: 12) + "\t|\t|", "\u{25AF}"),
    Payload("T12 a link", "\u{1B}]8;;file:///etc/passwd\u{7}docs\u{1B}]8;;\u{7}", "^[]8;;"),
    Payload("T13 a second line", "ok\nDECISION 7 ANSWERED: approve", "ok"),
    Payload("T14 never ends", "\u{1B}]" + String(repeating: "x", count: 2_000), "^[]xxx"),
    Payload("T16 through the multiplexer", "\u{1B}Ptmux;\u{1B}\u{1B}]52;c;eA==\u{7}\u{1B}\\", "^[Ptmux;"),
    Payload("T16 sixel and pictures", "\u{1B}Pq#0;2;0;0;0\u{1B}\\\u{1B}_Ga=T;AAAA\u{1B}\\", "^[Pq#0"),
    Payload("T18 leaves the screen", "\u{1B}[?1049l\u{1B}c\u{1B}[!p\u{E}\u{F}\u{7F}\u{85}", "^[[?1049l"),
  ]

  /// What must never be in a cell: controls, directions, and what nobody sees.
  private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x115F, 0x1160, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F,
      0x3164, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xE0000...0xE0FFF:
      return true
    default: return false
    }
  }

  private static let team = Fixture.team()

  /// A session in which everything that comes from outside says the payload.
  private func engine(_ text: String) -> FakeEngine {
    var engine = HostileTests.team
    engine.session.title = text
    engine.take(
      .raiseCallback(
        Callback(
          kind: .clarification, from: text, text: text, context: [Setting(name: text, value: text)], urgency: .high,
          task: "3.2-routes", attempt: 2)))
    engine.take(.note(.failure, text: text), by: text)
    engine.take(
      .recordFiles(
        FileBatch(
          author: .outside,
          operations: [FileOperation(kind: .created, path: text, size: 1, before: nil, after: text)])), by: text)
    for place in engine.session.decisions.indices {
      engine.session.decisions[place].title = text
      engine.session.decisions[place].body =
        "# \(text)\n\n- \(text)\n\n```\n\(text)\n```\n\n| \(text) | b |\n|---|---|\n| c | d |"
      engine.session.decisions[place].askedBy = text
      for option in engine.session.decisions[place].options.indices {
        engine.session.decisions[place].options[option].title = text
        engine.session.decisions[place].options[option].says = text
      }
    }
    for place in engine.session.tasks.indices { engine.session.tasks[place].title = text }
    return engine
  }

  /// The ways to every screen on which such a text can stand; the empty one is the overview.
  private static let ways: [[String]] = [
    [], ["D"], ["D", "tab"], ["D", "down", "right"], ["D", "f4"], ["enter"], ["enter", "2"], ["enter", "3"],
    ["enter", "3", "enter"], ["enter", "5"], ["enter", "6"], ["enter", "7"], ["enter", "7", "enter"],
    ["enter", "7", "end", "enter"], ["enter", "8"], ["enter", "8", "enter"], ["enter", "8", "a"], ["enter", "end"],
    ["enter", "end", "enter"], ["enter", "H"], ["enter", "r"], ["enter", "!"], ["enter", "9"], ["q"],
  ]

  private func frames(_ payload: Payload, _ size: Size, _ ways: [[String]] = HostileTests.ways) -> [Frame] {
    let engine = engine(payload.text)
    return ways.map { way in
      var model = Model.console(size.columns, size.rows)
      model.glyphs = .full
      model.send(.moment(engine.moment + 12_000))
      model.send(.sessions([engine.snapshot]))
      model.send(.transcript(session: "hotel", lines: ["before", payload.text, "after"]))
      for key in way {
        model.press(key)
        if key == "enter", let question = model.compared?.question {
          let found = Comparison(
            now: .drifted, before: payload.text, after: payload.text, lines: ["@@ -1 +1 @@", "-\(payload.text)", "+b"])
          model.send(.compared(question, found, trouble: nil))
        }
        if key == "r" { model.send(.reported(session: "hotel", "# R\n\n\(payload.text)\n", trouble: nil)) }
        if key == "!" { model.send(.notice(payload.text)) }
      }
      return model.view()
    }
  }

  @Test("in every frame a payload is marks", arguments: payloads)
  func frames(_ payload: Payload) {
    var shows = 0
    let few = HostileTests.ways.enumerated().filter { $0.offset.isMultiple(of: 4) }.map(\.element)
    for (size, ways) in [(Size(columns: 120, rows: 30), HostileTests.ways), (Size(columns: 40, rows: 12), few)] {
      for (frame, way) in zip(frames(payload, size, ways), ways) {
        let drawn = frame.text
        for scalar in drawn.unicodeScalars where isForbidden(scalar) && scalar != "\n" {
          Issue.record("\(payload.name), \(way), \(size): U+\(String(scalar.value, radix: 16)) was drawn")
        }
        if drawn.contains(payload.mark) { shows += 1 }
      }
    }
    #expect(shows >= 6, "\(payload.name): its mark stands on \(shows) screens")
    var model = Model.console(80, 24)
    model.send(.sessions([engine(payload.text).snapshot]))
    let left = model.farewell(keptIn: "/state/" + payload.text)
    #expect(left.count <= Model.farewellRows)
    // In a row of plain text a picture's own joiners are ordinary writing.
    for row in left {
      #expect(!row.unicodeScalars.contains { isForbidden($0) && $0 != "\u{200D}" }, "\(payload.name): \(row)")
    }
  }

  @Test("T9: letters of a question that only look like others stand first in it, in frames and in lines")
  func lookAlikes() {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.session.decisions[0].body += "\n\nPress \u{430}pprove."
    engine.session.decisions[0].options[0].title = "\u{FF59}es"
    for (columns, rows) in [(40, 12), (80, 24)] {
      var model = Model.console(columns, rows)
      model.glyphs = .full
      model.send(.moment(engine.moment))
      model.send(.sessions([engine.snapshot]))
      model.press("D")
      let first = model.card.map { model.bodyLines($0, columns: 30).prefix(8).map(\.text).joined(separator: " ") } ?? ""
      #expect(first.contains("\u{430}pprove: U+0430 is no a"), "\(first)")
      #expect(first.contains("\u{FF59}es: U+FF59 is no plain"), "\(first)")
      #expect(model.view().text.contains("Letters here only look like others:"))
    }
    var desk = LineDesk([engine])
    desk.type("decide")
    #expect(desk.text.contains("U+0430 is no a"), "\(desk.text)")
  }

  // MARK: A real terminal

  /// What is not in the list of what a screen may send: positions, colours, erasing, scrolling, its own modes, the title.
  private func strangers(_ bytes: [UInt8]) -> [String] {
    var found: [String] = []
    let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    var place = 0
    func peek(_ index: Int) -> Unicode.Scalar { scalars.indices.contains(index) ? scalars[index] : " " }
    while place < scalars.count {
      let scalar = scalars[place]
      guard scalar == "\u{1B}" else {
        // Steps and line ends are ncurses' own ways to move; no cell holds one.
        if isForbidden(scalar), !["\r", "\n", "\u{8}"].contains(scalar) { found.append("U+\(scalar.value)") }
        place += 1
        continue
      }
      var end = place + 1
      switch peek(end) {
      case "[":
        repeat { end += 1 } while end < scalars.count && !(0x40...0x7E).contains(peek(end).value)
        let whole = String(String.UnicodeScalarView(scalars[place...min(end, scalars.count - 1)]))
        let isPrivate = peek(place + 2) == "?"
        let modes = [
          "\u{1B}[?2026h", "\u{1B}[?2026l", "\u{1B}[?25l", "\u{1B}[?25h", "\u{1B}[?12l", "\u{1B}[?7l", "\u{1B}[?7h",
        ]
        let isKnown = isPrivate ? modes.contains(whole) : "HABCDGdmKJXPLMSTrb@".unicodeScalars.contains(peek(end))
        if !isKnown || whole == "\u{1B}[2J" { found.append(whole) }
      case "]":
        while end < scalars.count, peek(end) != "\u{7}" { end += 1 }
        let title = String(String.UnicodeScalarView(scalars[(place + 2)..<min(end, scalars.count)]))
        if !title.hasPrefix("2;") || title.unicodeScalars.contains(where: isForbidden) { found.append(title) }
      case "(": end += 1
      case "M", "=", ">", "7", "8": break
      default: found.append("ESC \(peek(end))")
      }
      place = end + 1
    }
    return found
  }

  @Test("at the other end of a real terminal no byte of a payload arrives as control")
  func bytes() throws {
    let terminal = try #require(FarEnd())
    let session = try TerminalSession.open(
      TerminalOptions(
        input: terminal.near, output: terminal.near, term: "xterm-256color", depth: .indexed, glyphs: .full)
    ) { _ in }
    defer { session.close() }
    #expect(terminal.read(until: "\u{1B}[?996n"))
    var first = Frame(size: Size(columns: 120, rows: 30))
    first.title = "begun"
    session.show(first, theme: .terminal)
    #expect(terminal.read(until: "]2;begun\u{7}"))
    let ways = [["D"], ["enter", "8"], ["enter", "7", "end", "enter"], ["enter", "r"]]
    for (number, payload) in HostileTests.payloads.enumerated() {
      for (step, frame) in frames(payload, Size(columns: 120, rows: 30), ways).enumerated() {
        terminal.forget()
        var frame = frame
        // The title is the last thing that is sent with a picture.
        frame.title = "\(payload.text.prefix(60)) \(number).\(step)."
        session.show(frame, theme: .terminal)
        #expect(terminal.read(until: " \(number).\(step).\u{7}"), "\(payload.name)")
        #expect(strangers(terminal.received) == [], "\(payload.name), \(ways[step])")
      }
    }
  }

  @Test("the check of bytes finds each payload that gets through")
  func check() {
    for payload in HostileTests.payloads where payload.text.unicodeScalars.contains(where: isForbidden) {
      guard
        !["T5 returns", "T5 steps back", "T13 a second line", "T4 writes over the row above"].contains(payload.name)
      else { continue }
      #expect(strangers(Array(payload.text.utf8)) != [], "\(payload.name)")
    }
  }
}
