import Screen
import Testing

@Suite("Table")
struct TableTests {
  private let table = Table([
    Column("STATE", width: 5), Column("NAME", minimum: 6, maximum: 12),
    Column("LV", width: 2, dropOrder: 3, align: .right),
    Column("STAGE", minimum: 6, dropOrder: 1), Column("ELAPSED", width: 7, dropOrder: 2, align: .right),
  ])

  @Test("columns go by their order and come back when there is room")
  func drops() {
    func titles(_ width: Int) -> [String] { table.layout(width: width).map { table.columns[$0.column].title } }
    #expect(titles(80) == ["STATE", "NAME", "LV", "STAGE", "ELAPSED"])
    #expect(titles(30) == ["STATE", "NAME", "LV", "STAGE", "ELAPSED"])
    #expect(titles(29) == ["STATE", "NAME", "STAGE", "ELAPSED"])
    #expect(titles(26) == ["STATE", "NAME", "STAGE"])
    #expect(titles(18) == ["STATE", "NAME"])
    #expect(titles(3) == ["STATE"])
    #expect(titles(0).isEmpty)
  }

  @Test("spare room goes to the columns that can grow, and no column overlaps another", arguments: 1...120)
  func fills(width: Int) {
    let slots = table.layout(width: width)
    for (left, right) in zip(slots, slots.dropFirst()) { #expect(left.start + left.width + 1 == right.start) }
    if let last = slots.last { #expect(last.start + last.width <= width) }
    if width >= 30, let last = slots.last { #expect(last.start + last.width == width) }
    for slot in slots where slots.count > 1 { #expect(slot.width <= table.columns[slot.column].maximum) }
  }

  @Test("the selected row is marked by a pointer, a surface and the text cursor")
  func draws() {
    var sheet = Canvas(size: Size(columns: 24, rows: 4), glyphs: .ascii)
    let rows = [("ASK", "shop-api", "3"), ("BLKD", "crm-bot", "2"), ("RUN", "ledger", "4")]
    let small = Table([Column("STATE", width: 5), Column("NAME", minimum: 6), Column("LV", width: 2, align: .right)])
    sheet.table(small, in: sheet.area, viewport: Viewport(count: 3, height: 3), selected: 1) { index in
      [Line(rows[index].0, index == 0 ? .stateAsk : .text), Line(rows[index].1), Line(rows[index].2)]
    }
    #expect(
      sheet.frame.text == """
         STATE NAME           LV
         ASK   shop-api        3
        >BLKD  crm-bot         2
         RUN   ledger          4
        """)
    #expect(sheet.frame.cursor == Point(column: 0, row: 2))
    #expect(sheet.frame.surfaceMap == "\n\n\(String(repeating: "s", count: 24))\n")
    let before = sheet.frame
    sheet.select(sheet.area.line(2), isFocused: false)
    #expect(sheet.frame.surfaceMap != before.surfaceMap)
    #expect(sheet.frame.text == before.text)
  }
}
