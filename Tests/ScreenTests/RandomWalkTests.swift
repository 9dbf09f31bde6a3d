import Screen
import Testing

@Suite("Random walk")
struct RandomWalkTests {
  @Test("any size from 1x1 to 300x100 is drawn, whole and within its borders", arguments: 0..<16)
  func sizes(seed: UInt64) {
    var generator = TestGenerator(seed: seed)
    let texts = ["", "ledger", "漢字漢字", "e\u{301}👍🏽👩‍👩‍👧", "\u{1B}[2J\r\n\u{202E}", String(repeating: "long ", count: 99)]
    for _ in 0..<3 {
      let size = Size(
        columns: Int.random(in: 1...300, using: &generator), rows: Int.random(in: 1...100, using: &generator))
      for glyphs in GlyphSet.all {
        var sheet = Canvas(size: size, glyphs: glyphs)
        for _ in 0..<12 {
          let area = Area(
            column: Int.random(in: -5...size.columns, using: &generator),
            row: Int.random(in: -5...size.rows, using: &generator),
            columns: Int.random(in: 0...size.columns + 5, using: &generator),
            rows: Int.random(in: 0...size.rows + 5, using: &generator))
          let text = texts.randomElement(using: &generator) ?? ""
          let inner = sheet.box(
            area, title: Line(text), number: 3, isFocused: Bool.random(using: &generator), trailing: "x")
          sheet.write(Line(text).wrapped(to: inner.columns), in: inner)
          sheet.write(left: Line(text), right: Line(text), in: inner)
          sheet.scrollMarks(Viewport(count: 50, height: inner.rows, offset: 3), box: area)
          let table = Table([Column("A", minimum: 1), Column("B", width: 4, dropOrder: 1)])
          sheet.table(table, in: inner, viewport: Viewport(count: 9, height: inner.rows - 1), selected: 2) { _ in
            [Line(text), Line(text)]
          }
          sheet.write(LineEditor(text, isMultiline: true), in: inner)
          sheet.rule(inner, title: Line(text))
        }
        let frame = sheet.frame
        #expect(frame.cells.count == size.columns * size.rows)
        for row in 0..<size.rows {
          // Every wide character is followed by its right half, and no half stands alone.
          let widths = frame.row(row).map(\.width)
          for (index, width) in widths.enumerated() {
            if width == 2 { #expect(index + 1 < widths.count && widths[index + 1] == 0) }
            if width == 0 { #expect(index > 0 && widths[index - 1] == 2) }
          }
        }
        if let cursor = frame.cursor { #expect(Area(size).contains(cursor)) }
      }
    }
  }
}
