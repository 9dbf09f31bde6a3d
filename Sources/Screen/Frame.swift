/// One place of the grid.
public struct Cell: Hashable, Sendable {
  /// What is drawn.
  public var glyph: Glyph
  /// Columns taken: 1, 2, or 0 for the right half of the wide character before it.
  public var width: UInt8
  /// How it is drawn.
  public var style: Style

  /// Makes a cell.
  public init(_ glyph: Glyph, width: UInt8 = 1, style: Style = .background) {
    self.glyph = glyph
    self.width = width
    self.style = style
  }

  /// An empty cell of the plain screen.
  public static let empty = Cell(.space)
}

/// A whole picture of the screen: what a view returns, what a test compares, what the terminal prints.
public struct Frame: Hashable, Sendable {
  /// The size of the picture.
  public let size: Size
  /// The cells, row after row.
  public internal(set) var cells: [Cell]
  /// Where the text cursor stands; `nil` hides it.
  public var cursor: Point?
  /// The title of the window; `nil` leaves it alone.
  public var title: String?

  /// Makes an empty picture.
  public init(size: Size) {
    self.size = size
    cells = Array(repeating: .empty, count: size.columns * size.rows)
  }

  /// The cells of one row.
  public func row(_ index: Int) -> ArraySlice<Cell> {
    guard index >= 0, index < size.rows else { return [] }
    return cells[index * size.columns..<(index + 1) * size.columns]
  }

  /// The cell at a place, or `nil` outside of the picture.
  public subscript(point: Point) -> Cell? {
    guard Area(size).contains(point) else { return nil }
    return cells[point.row * size.columns + point.column]
  }

  /// The rows as plain text, joined by line ends, without spaces at their ends.
  public var text: String {
    rowsOfText.joined(separator: "\n")
  }

  /// The rows as plain text, without spaces at their ends.
  public var rowsOfText: [String] {
    (0..<size.rows).map { index in
      var scalars = String.UnicodeScalarView()
      var end = scalars.endIndex
      for cell in row(index) where cell.width > 0 {
        scalars.append(cell.glyph)
        if cell.glyph != .space { end = scalars.endIndex }
      }
      return String(scalars[..<end])
    }
  }

  /// The rows as role marks (see ``Role/mark``), without spaces at their ends.
  public var roleMap: String {
    map { $0.style.role.mark }
  }

  /// The rows as surface marks: `p` panel, `s` selection, `i` inactive selection, space for the plain screen.
  public var surfaceMap: String {
    map { cell in
      switch cell.style.surface {
      case .screen: " "
      case .panel: "p"
      case .selection: "s"
      case .selectionInactive: "i"
      }
    }
  }

  private func map(_ mark: (Cell) -> Character) -> String {
    (0..<size.rows).map { index in
      var line = row(index).map(mark)
      while line.last == " " { line.removeLast() }
      return String(line)
    }
    .joined(separator: "\n")
  }

  /// Finds the cells that another picture shows differently, as runs within rows.
  ///
  /// Pictures of different sizes differ everywhere. Runs that lie closer than three cells are joined, because moving
  /// the cursor costs more than printing the cells between.
  public func difference(from old: Frame) -> [ChangedRun] {
    guard size == old.size else {
      return (0..<size.rows).map { ChangedRun(row: $0, column: 0, columns: size.columns) }
    }
    var runs: [ChangedRun] = []
    let width = size.columns
    cells.withUnsafeBufferPointer { new in
      old.cells.withUnsafeBufferPointer { old in
        for row in 0..<size.rows {
          var start = -1
          var last = -1
          for column in 0..<width where new[row * width + column] != old[row * width + column] {
            if start >= 0, column - last > 3 {
              runs.append(ChangedRun(row: row, column: start, columns: last - start + 1))
              start = column
            } else if start < 0 {
              start = column
            }
            last = column
          }
          if start >= 0 { runs.append(ChangedRun(row: row, column: start, columns: last - start + 1)) }
        }
      }
    }
    return runs
  }
}

extension Frame: CustomStringConvertible {
  /// The picture for people and for tests: size, text, roles, and surfaces when some are not plain.
  public var description: String {
    var head = "\(size.columns)x\(size.rows)"
    if let cursor { head += " cursor \(cursor.column),\(cursor.row)" }
    if let title { head += " title \(title)" }
    var parts = [head, text, "roles:", roleMap]
    if cells.contains(where: { $0.style.surface != .screen }) { parts += ["surfaces:", surfaceMap] }
    return parts.joined(separator: "\n")
  }
}

/// Neighbouring cells of one row that changed.
public struct ChangedRun: Hashable, Sendable {
  /// The row.
  public let row: Int
  /// The first changed column.
  public let column: Int
  /// How many columns.
  public let columns: Int

  /// Makes a run.
  public init(row: Int, column: Int, columns: Int) {
    self.row = row
    self.column = column
    self.columns = columns
  }
}
