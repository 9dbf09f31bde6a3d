import Screen
import Testing

@Suite("Frame")
struct FrameTests {
  private func frame(_ rows: [String]) -> Frame {
    var sheet = Canvas(size: Size(columns: 12, rows: rows.count), glyphs: .full)
    for (index, row) in rows.enumerated() { sheet.write(row, in: sheet.area.line(index)) }
    return sheet.frame
  }

  @Test("the difference names the changed cells and nothing else")
  func difference() {
    let old = frame(["abcdefghijkl", "same", "xxxxxxxxxxxx"])
    let new = frame(["abXdefghijkl", "same", "YxxxxxxxxxxY"])
    #expect(
      new.difference(from: old) == [
        ChangedRun(row: 0, column: 2, columns: 1), ChangedRun(row: 2, column: 0, columns: 1),
        ChangedRun(row: 2, column: 11, columns: 1),
      ])
    #expect(new.difference(from: new).isEmpty)
  }

  @Test("runs that lie close together are one")
  func joined() {
    #expect(
      frame(["abcdefgh"]).difference(from: frame(["Xbcdefgh"])) == [ChangedRun(row: 0, column: 0, columns: 1)])
    #expect(
      frame(["abcdefgh"]).difference(from: frame(["XbcXefgh"])) == [ChangedRun(row: 0, column: 0, columns: 4)])
    #expect(
      frame(["abcdefgh"]).difference(from: frame(["XbcdXfgh"])) == [
        ChangedRun(row: 0, column: 0, columns: 1), ChangedRun(row: 0, column: 4, columns: 1),
      ])
  }

  @Test("a change of style alone is a change, a change of size is all of it")
  func styleAndSize() {
    var sheet = Canvas(size: Size(columns: 3, rows: 1))
    let old = sheet.frame
    sheet.fill(Area(column: 1, row: 0, columns: 1, rows: 1), .danger)
    #expect(sheet.frame.difference(from: old) == [ChangedRun(row: 0, column: 1, columns: 1)])
    let other = Frame(size: Size(columns: 2, rows: 2))
    #expect(other.difference(from: old).map(\.columns) == [2, 2])
  }

  @Test("the description holds all a person needs to judge a picture")
  func description() {
    var sheet = Canvas(size: Size(columns: 6, rows: 2), glyphs: .full)
    sheet.write(Line("ASK", .stateAsk) + " 漢", in: sheet.area)
    sheet.setCursor(Point(column: 2, row: 1))
    sheet.setTitle("ledger")
    #expect(
      sheet.frame.description == """
        6x2 cursor 2,1 title ledger
        ASK 漢

        roles:
        AAA...

        """)
    #expect(sheet.frame[Point(column: 4, row: 0)]?.width == 2)
    #expect(sheet.frame[Point(column: 5, row: 0)]?.width == 0)
    #expect(sheet.frame[Point(column: 6, row: 0)] == nil)
    #expect(sheet.frame.row(9).isEmpty)
  }
}
