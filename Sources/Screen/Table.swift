/// One column of a table.
public struct Column: Hashable, Sendable {
  /// The heading.
  public let title: String
  /// The least width in columns; the column is left out rather than made narrower.
  public let minimum: Int
  /// The largest width; spare room goes to columns that are not there yet, evenly.
  public let maximum: Int
  /// Which columns go first when room is short: the highest number first, zero never.
  public let dropOrder: Int
  /// Where the text lies in the column.
  public let alignment: Canvas.Alignment

  /// Makes a column of one width.
  public init(_ title: String, width: Int, dropOrder: Int = 0, align alignment: Canvas.Alignment = .left) {
    self.init(title, minimum: width, maximum: width, dropOrder: dropOrder, align: alignment)
  }

  /// Makes a column that takes what is left between two widths.
  public init(
    _ title: String, minimum: Int, maximum: Int = Int.max, dropOrder: Int = 0,
    align alignment: Canvas.Alignment = .left
  ) {
    self.title = title
    self.minimum = max(0, minimum)
    self.maximum = max(self.minimum, maximum)
    self.dropOrder = dropOrder
    self.alignment = alignment
  }
}

/// A table whose columns fit the window: same facts in every width, fewer columns in narrow ones.
public struct Table: Sendable {
  /// A column that found room.
  public struct Slot: Hashable, Sendable {
    /// The index of the column.
    public let column: Int
    /// The distance from the left edge of the table.
    public let start: Int
    /// The width given.
    public let width: Int

    /// Makes a slot.
    public init(column: Int, start: Int, width: Int) {
      self.column = column
      self.start = start
      self.width = width
    }
  }

  /// The columns, from the left.
  public let columns: [Column]
  /// Empty columns between two columns.
  public let gap: Int

  /// Makes a table.
  public init(_ columns: [Column], gap: Int = 1) {
    self.columns = columns
    self.gap = max(0, gap)
  }

  /// Chooses the columns that fit and shares the room among them.
  ///
  /// The first column stays even when nothing fits; it is then cut.
  public func layout(width: Int) -> [Slot] {
    guard width > 0, !columns.isEmpty else { return [] }
    var kept = Array(columns.indices)
    func needed() -> Int { kept.reduce(0) { $0 + columns[$1].minimum } + gap * max(0, kept.count - 1) }
    while kept.count > 1, needed() > width {
      // The last of several columns with the same number goes first.
      guard
        let index = kept.indices.filter({ columns[kept[$0]].dropOrder > 0 }).max(by: {
          columns[kept[$0]].dropOrder <= columns[kept[$1]].dropOrder
            && (columns[kept[$0]].dropOrder < columns[kept[$1]].dropOrder || $0 < $1)
        })
      else { break }
      kept.remove(at: index)
    }
    var widths = kept.map { columns[$0].minimum }
    var spare = width - needed()
    while spare > 0 {
      let growing = kept.indices.filter { widths[$0] < columns[kept[$0]].maximum }
      guard !growing.isEmpty else { break }
      let share = max(1, spare / growing.count)
      for index in growing where spare > 0 {
        let step = min(share, spare, columns[kept[index]].maximum - widths[index])
        widths[index] += step
        spare -= step
      }
    }
    var start = 0
    var slots: [Slot] = []
    for (index, column) in kept.enumerated() {
      let room = width - start
      guard room > 0 else { break }
      slots.append(Slot(column: column, start: start, width: min(widths[index], room)))
      start += widths[index] + gap
    }
    return slots
  }
}

extension Canvas {
  /// Draws a table: a heading, then the visible rows, the selected one on its surface and with the pointer before it.
  ///
  /// The first column of the area is kept for the pointer.
  ///
  /// - Parameters:
  ///   - viewport: which rows are visible; its height is the area's rows without the heading.
  ///   - selected: the index of the selected row.
  ///   - isFocused: whether the pane takes the keys.
  ///   - row: makes the texts of a row, one for each column of the table.
  public mutating func table(
    _ table: Table, in area: Area, viewport: Viewport, selected: Int? = nil, isFocused: Bool = true,
    showsHeading: Bool = true, row: (Int) -> [Line]
  ) {
    guard !area.isEmpty else { return }
    let slots = table.layout(width: area.columns - 1)
    var body = area
    if showsHeading {
      let (heading, rest) = area.splitTop(1)
      body = rest
      for slot in slots {
        let column = table.columns[slot.column]
        write(column.title, in: place(slot, in: heading), .muted, align: column.alignment)
      }
    }
    for (offset, index) in viewport.visible.prefix(body.rows).enumerated() {
      let line = body.line(offset)
      let texts = row(index)
      for slot in slots where slot.column < texts.count {
        write(texts[slot.column], in: place(slot, in: line), align: table.columns[slot.column].alignment)
      }
      if index == selected { select(line, isFocused: isFocused) }
    }
  }

  /// Marks a row as selected: pointer, surface, and the text cursor where screen readers look for it.
  public mutating func select(_ line: Area, isFocused: Bool) {
    guard !line.isEmpty else { return }
    lay(line, on: isFocused ? .selection : .selectionInactive)
    let style = isFocused ? Style.selection.bold : Style.selectionInactive
    write(String(glyphs.pointer), at: line.origin, style)
    if isFocused { setCursor(line.origin) }
  }

  private func place(_ slot: Table.Slot, in line: Area) -> Area {
    Area(column: line.column + 1 + slot.start, row: line.row, columns: slot.width, rows: min(1, line.rows))
  }
}
