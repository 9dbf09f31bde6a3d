import Screen
import Testing

@Suite("Geometry")
struct GeometryTests {
  @Test("splitting never loses or invents a cell")
  func splits() {
    let area = Area(column: 3, row: 2, columns: 10, rows: 5)
    let (top, rest) = area.splitTop(99)
    #expect(top == area)
    #expect(rest == Area(column: 3, row: 7, columns: 10, rows: 0))
    #expect(area.sideBySide([1, 1, 1]).map(\.columns) == [4, 3, 3])
    #expect(area.sideBySide([1, 1, 1]).map(\.column) == [3, 7, 10])
    #expect(area.stacked([0, 2, 3]).map(\.rows) == [0, 2, 3])
    #expect(area.inset(by: 3).isEmpty)
    #expect(area.centered(Size(columns: 4, rows: 1)) == Area(column: 6, row: 4, columns: 4, rows: 1))
  }
}
