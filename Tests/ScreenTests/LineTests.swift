import Screen
import Testing

// covers Line.swift and Style.swift
@Suite("Line")
struct LineTests {
  @Test("words move to the next row as a whole")
  func wrapsWords() {
    let line: Line = "approve the plan and start stage four"
    #expect(line.wrapped(to: 12).map(\.text) == ["approve the", "plan and", "start stage", "four"])
    #expect(line.wrapped(to: 12, indent: 2).map(\.text) == ["approve the", "  plan and", "  start", "  stage four"])
  }

  @Test("a word longer than a row is broken; nothing is lost")
  func breaksLongWords() {
    #expect(Line("aaaaaaaaaa bb").wrapped(to: 4).map(\.text) == ["aaaa", "aaaa", "aa", "bb"])
    #expect(Line("漢字漢字").wrapped(to: 3).map(\.text) == ["漢", "字", "漢", "字"])
    #expect(Line("漢").wrapped(to: 1).map(\.text) == ["\u{25AF}"])
    #expect(Line("").wrapped(to: 5).map(\.text) == [""])
    #expect(Line("a").wrapped(to: 0) == [])
  }

  @Test("leading spaces stay, spaces at a break go")
  func spaces() {
    #expect(Line("  ab cd").wrapped(to: 5).map(\.text) == ["  ab", "cd"])
    #expect(Line("ab    cd").wrapped(to: 5).map(\.text) == ["ab", "cd"])
    #expect(Line("   ").wrapped(to: 2).map(\.text) == ["  "])
  }

  @Test("styles survive wrapping, also within a word")
  func styles() {
    let line = Line("ab", .stateAsk) + Line("cd ef", .muted)
    #expect(
      line.wrapped(to: 5) == [
        Line([Span("ab", .stateAsk), Span("cd", .muted)]), Line([Span("ef", .muted)]),
      ])
  }

  @Test("no row is ever wider than asked, whatever the text", arguments: 1...24)
  func neverWider(width: Int) {
    let text = "  The plan 漢字 👍🏽 has \u{1B}[2J eighteen-requirements-in-one-word ❤\u{FE0F} e\u{301}e\u{301} 👍👍👍 end"
    for indent in [0, 3] {
      for row in Line(text).wrapped(to: width, indent: indent) { #expect(row.columns <= width) }
    }
  }

  @Test("marks of hidden characters stand out from the text they were found in")
  func cleanText() {
    let line = Line(Text.clean("a\u{202E}b"), .stateAsk)
    #expect(line.spans.map(\.text) == ["a", "\\u{202E}", "b"])
    #expect(line.spans[0].style == .stateAsk)
    #expect(line.spans[1].style.role == .stateWarning)
  }

  @Test("a row without its first columns keeps its styles, and half of a wide character is an empty column")
  func dropping() {
    let line = Line("ab", .stateAsk) + Line("\u{6F22}cd", .muted)
    #expect(line.dropping(columns: 0) == line)
    #expect(line.dropping(columns: 1).spans == [Span("b", .stateAsk), Span("\u{6F22}cd", .muted)])
    #expect(line.dropping(columns: 3).text == " cd")
    #expect(line.dropping(columns: 99).isEmpty)
    var canvas = Canvas(size: Size(columns: 5, rows: 1), glyphs: .ascii)
    canvas.write(Line("0123456789"), in: canvas.area, from: 3)
    #expect(canvas.frame.text == "~456~")
    canvas.write(Line("01234     "), in: canvas.area, from: 5)
    #expect(canvas.frame.text.hasPrefix("~"))
    canvas.write(Line("0123456789"), in: canvas.area, from: 0)
    #expect(canvas.frame.text == "0123~")
  }

  @Test("every role has a mark of its own")
  func roleMarks() {
    #expect(Role.allCases.count == 26)
    #expect(Set(Role.allCases.map(\.mark)).count == 26)
    #expect(Style.danger.bold.on(.panel) == Style(.danger, on: .panel, .bold))
  }
}
