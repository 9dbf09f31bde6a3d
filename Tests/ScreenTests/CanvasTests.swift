import Screen
import Testing

@Suite("Canvas")
struct CanvasTests {
  private func canvas(_ columns: Int, _ rows: Int, _ glyphs: GlyphSet = .ascii) -> Canvas {
    Canvas(size: Size(columns: columns, rows: rows), glyphs: glyphs)
  }

  @Test("a pane shows number, title and facts, and the focused one a pointer")
  func box() {
    var sheet = canvas(34, 6)
    let (upper, lower) = sheet.area.splitTop(3)
    let inner = sheet.box(upper, title: Line("Sessions", .title), number: 1, isFocused: true, trailing: "filter off")
    sheet.write("No sessions yet.", in: inner)
    sheet.box(lower, title: Line("Feed", .title), number: 2)
    #expect(
      sheet.frame.text == """
        +> 1 Sessions ------ filter off -+
        |No sessions yet.                |
        +--------------------------------+
        +- 2 Feed -----------------------+
        |                                |
        +--------------------------------+
        """)
    #expect(inner == Area(column: 1, row: 1, columns: 32, rows: 1))
    let rows = sheet.frame.roleMap.split(separator: "\n")
    #expect(rows[0] == "BB.TTTTTTTTTT.BBBBBB............BB")
    #expect(rows[3].hasPrefix("bb.kkTTTT.bbb"))
  }

  @Test("full glyphs draw real lines")
  func fullBox() {
    var sheet = canvas(12, 3, .full)
    sheet.box(sheet.area, title: "Gates", isFocused: true)
    #expect(
      sheet.frame.text == """
        ┌► Gates ──┐
        │          │
        └──────────┘
        """)
  }

  @Test("a title too long for its border is cut; facts that do not fit are left out")
  func narrowBox() {
    var sheet = canvas(12, 3)
    sheet.box(sheet.area, title: "Decisions and blockers", number: 2, trailing: "2,114 ev")
    #expect(sheet.frame.text.hasPrefix("+- 2 Deci~-+"))
  }

  @Test("what does not fit is cut with a mark, also in the middle of a wide character")
  func cuts() {
    var sheet = canvas(8, 4, .full)
    let taken = sheet.write("coverage 86%", in: sheet.area.line(0))
    #expect(taken == 8)
    sheet.write("ab漢字漢", in: sheet.area.line(1))
    sheet.write("a漢字漢漢", in: sheet.area.line(2))
    sheet.write("exactly!", in: sheet.area.line(3))
    #expect(sheet.frame.rowsOfText == ["coverag~", "ab漢字漢", "a漢字漢~", "exactly!"])
  }

  @Test("a text cannot leave its area")
  func clips() {
    var sheet = canvas(10, 3)
    sheet.write("xxxxxxxxxxxxxxx", in: Area(column: 2, row: 1, columns: 4, rows: 1))
    sheet.write("yyyy", at: Point(column: 8, row: 0))
    sheet.write("zzzz", at: Point(column: 0, row: 5))
    sheet.clipped(to: Area(column: 0, row: 2, columns: 3, rows: 1)) { $0.write("wwwww", at: Point(column: 0, row: 2)) }
    sheet.fill(Area(column: 9, row: 2, columns: 50, rows: 50), with: "#")
    #expect(sheet.frame.rowsOfText == ["        y~", "  xxx~", "ww~      #"])
  }

  @Test("overwriting half of a wide character leaves no half behind")
  func halves() {
    var sheet = canvas(6, 2, .full)
    sheet.write("漢字", at: Point(column: 0, row: 0))
    sheet.write("x", at: Point(column: 1, row: 0))
    sheet.write("y", at: Point(column: 2, row: 0))
    #expect(sheet.frame.text == " xy\n")
    for cell in sheet.frame.row(0) { #expect(cell.width == 1) }
  }

  @Test("in ASCII nothing but ASCII is drawn, in the same columns")
  func ascii() {
    var sheet = canvas(14, 1)
    sheet.write("ü漢字e\u{301} \u{1B}[2J", in: sheet.area)
    #expect(sheet.frame.text == "?? ? e ?[2J")
    #expect(sheet.frame.text.utf8.allSatisfy { $0 < 0x80 })
    // Quotation marks and dashes have their likes; a letter of another script is never shown as one of ours.
    sheet.write("“a” – it’s…→\u{430}.", in: sheet.area)
    #expect(sheet.frame.text == "\"a\" - it's.>?.")
  }

  @Test("right and left texts share a row; the left one gives way")
  func leftAndRight() {
    var sheet = canvas(20, 3)
    sheet.write(left: "ledger lvl 4 RUN", right: "10:42", in: sheet.area.line(0))
    sheet.write("5/7", in: sheet.area.line(1), align: .right)
    sheet.write("ab", in: sheet.area.line(2), align: .center)
    #expect(sheet.frame.rowsOfText == ["ledger lvl 4 ~ 10:42", "                 5/7", "         ab"])
  }

  @Test("text takes over the surface it is written on")
  func surfaces() {
    var sheet = canvas(4, 2)
    sheet.fill(sheet.area.line(0), .panel)
    sheet.write(Line("A", .stateAsk) + "b", in: sheet.area)
    sheet.write("cd", in: sheet.area.line(1))
    sheet.lay(sheet.area.line(1), on: .selection)
    #expect(sheet.frame.surfaceMap == "pppp\nssss")
    #expect(sheet.frame.roleMap == "A.pp\n..ss")
  }

  @Test("a dialog hides what is below it")
  func dialog() {
    var sheet = canvas(9, 5)
    for row in 0..<5 { sheet.write("ooooooooo", in: sheet.area.line(row)) }
    sheet.setCursor(Point(column: 3, row: 2))
    sheet.box(sheet.area.inset(by: 1))
    #expect(sheet.frame.rowsOfText == ["ooooooooo", "o+-----+o", "o|     |o", "o+-----+o", "ooooooooo"])
    #expect(sheet.frame.cursor == nil)
  }

  @Test("bars, rules and scroll marks")
  func shapes() {
    var sheet = canvas(16, 8)
    sheet.bar(3, of: 4, in: sheet.area.line(0).splitLeft(8).left)
    sheet.bar(3, of: 0, in: sheet.area.line(1))
    sheet.rule(sheet.area.line(2), title: "10:42")
    let pane = Area(column: 0, row: 3, columns: 16, rows: 5)
    sheet.box(pane)
    sheet.scrollMarks(Viewport(count: 20, height: 3, offset: 4), box: pane)
    #expect(
      sheet.frame.text == """
        ######--

        - 10:42 --------
        +--------------+
        |              ^
        |              |
        |              v
        +---- 13 more -+
        """)
  }

  @Test("hostile text stays in its cells, whatever it contains")
  func hostile() {
    var sheet = canvas(30, 3, .full)
    let texts = [
      "\u{1B}]52;c;cm0=\u{7}", "FAIL\rPASS", "\u{202E}abc", "a\u{200B}\u{E0041}\u{FEFF}b", "\u{9B}2J", "x\u{8}y",
    ]
    for text in texts {
      sheet.write(text, in: Area(column: 0, row: 1, columns: 30, rows: 1))
      for cell in sheet.frame.cells where cell.width > 0 {
        #expect(Width.classify(cell.glyph.scalar) != .hidden)
        for mark in cell.glyph.marks { #expect(Width.classify(mark) == .mark) }
      }
      #expect(sheet.frame.rowsOfText[0] == "")
      #expect(sheet.frame.rowsOfText[2] == "")
    }
  }
}
