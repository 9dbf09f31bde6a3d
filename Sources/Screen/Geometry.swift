/// A number of columns and rows, never negative.
public struct Size: Hashable, Sendable {
  /// The width in terminal columns.
  public let columns: Int
  /// The height in terminal rows.
  public let rows: Int

  /// Makes a size; negative numbers count as zero, so that arithmetic on tiny windows needs no checks.
  public init(columns: Int, rows: Int) {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
  }

  /// Tells whether nothing fits into this size.
  public var isEmpty: Bool { columns == 0 || rows == 0 }
}

/// A place on the screen, counted from zero at the top left.
public struct Point: Hashable, Sendable {
  /// The column, from the left.
  public var column: Int
  /// The row, from the top.
  public var row: Int

  /// Makes a place from its column and row.
  public init(column: Int, row: Int) {
    self.column = column
    self.row = row
  }
}

/// A rectangle of cells; the right and bottom edges are just outside.
///
/// Splitting never fails: what does not fit becomes empty, so a view may split without asking for the window's size.
///
///     let (header, rest) = canvas.area.splitTop(1)
///     let (list, detail) = rest.splitLeft(38)
public struct Area: Hashable, Sendable {
  /// The first column.
  public let column: Int
  /// The first row.
  public let row: Int
  /// The width in columns, never negative.
  public let columns: Int
  /// The height in rows, never negative.
  public let rows: Int

  /// Makes an area; a negative width or height counts as zero.
  public init(column: Int, row: Int, columns: Int, rows: Int) {
    self.column = column
    self.row = row
    self.columns = max(0, columns)
    self.rows = max(0, rows)
  }

  /// Makes the area of a given size at the top left of the screen.
  public init(_ size: Size) {
    self.init(column: 0, row: 0, columns: size.columns, rows: size.rows)
  }

  /// The size without the place.
  public var size: Size { Size(columns: columns, rows: rows) }
  /// The top left cell.
  public var origin: Point { Point(column: column, row: row) }
  /// The first column to the right of the area.
  public var endColumn: Int { column + columns }
  /// The first row below the area.
  public var endRow: Int { row + rows }
  /// Tells whether the area holds no cell.
  public var isEmpty: Bool { columns == 0 || rows == 0 }

  /// Tells whether the cell at this place belongs to the area.
  public func contains(_ point: Point) -> Bool {
    point.column >= column && point.column < endColumn && point.row >= row && point.row < endRow
  }

  /// Returns the area made smaller on its four sides.
  public func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Area {
    Area(
      column: column + left, row: row + top, columns: columns - left - right, rows: rows - top - bottom)
  }

  /// Returns the area made smaller by the same number of cells on all sides.
  public func inset(by cells: Int) -> Area {
    inset(left: cells, top: cells, right: cells, bottom: cells)
  }

  /// Returns the cells that belong to both areas.
  public func intersection(_ other: Area) -> Area {
    let left = max(column, other.column)
    let top = max(row, other.row)
    return Area(
      column: left, row: top, columns: min(endColumn, other.endColumn) - left, rows: min(endRow, other.endRow) - top)
  }

  /// Cuts rows off the top.
  public func splitTop(_ count: Int) -> (top: Area, rest: Area) {
    let height = min(max(0, count), rows)
    return (
      Area(column: column, row: row, columns: columns, rows: height),
      Area(column: column, row: row + height, columns: columns, rows: rows - height)
    )
  }

  /// Cuts rows off the bottom.
  public func splitBottom(_ count: Int) -> (rest: Area, bottom: Area) {
    let height = min(max(0, count), rows)
    let (rest, bottom) = splitTop(rows - height)
    return (rest, bottom)
  }

  /// Cuts columns off the left.
  public func splitLeft(_ count: Int) -> (left: Area, rest: Area) {
    let width = min(max(0, count), columns)
    return (
      Area(column: column, row: row, columns: width, rows: rows),
      Area(column: column + width, row: row, columns: columns - width, rows: rows)
    )
  }

  /// Cuts columns off the right.
  public func splitRight(_ count: Int) -> (rest: Area, right: Area) {
    let width = min(max(0, count), columns)
    let (rest, right) = splitLeft(columns - width)
    return (rest, right)
  }

  /// Shares the rows among several areas by weight, from the top; the first ones take the rows that are left over.
  public func stacked(_ weights: [Int]) -> [Area] {
    Area.shares(of: rows, weights: weights).map { start, length in
      Area(column: column, row: row + start, columns: columns, rows: length)
    }
  }

  /// Shares the columns among several areas by weight, from the left; the first ones take the columns left over.
  public func sideBySide(_ weights: [Int]) -> [Area] {
    Area.shares(of: columns, weights: weights).map { start, length in
      Area(column: column + start, row: row, columns: length, rows: rows)
    }
  }

  /// Returns an area of at most the given size in the middle of this one.
  public func centered(_ size: Size) -> Area {
    let width = min(size.columns, columns)
    let height = min(size.rows, rows)
    return Area(
      column: column + (columns - width) / 2, row: row + (rows - height) / 2, columns: width, rows: height)
  }

  /// Returns the one-row area at a distance from the top, empty when it lies outside.
  public func line(_ index: Int) -> Area {
    guard index >= 0, index < rows else { return Area(column: column, row: row, columns: 0, rows: 0) }
    return Area(column: column, row: row + index, columns: columns, rows: 1)
  }

  private static func shares(of total: Int, weights: [Int]) -> [(start: Int, length: Int)] {
    let positive = weights.map { max(0, $0) }
    let sum = max(1, positive.reduce(0, +))
    var lengths = positive.map { total * $0 / sum }
    var spare = total - lengths.reduce(0, +)
    var index = 0
    while spare > 0, index < lengths.count {
      if positive[index] > 0 {
        lengths[index] += 1
        spare -= 1
      }
      index += 1
    }
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return (start, length)
    }
  }
}
