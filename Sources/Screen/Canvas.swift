// Screen imports nothing: no clock, no locale, no terminal. It turns text into pictures that can be compared, and no
// text, however hostile, can make it draw anything but visible characters in cells of a known width.

/// The sheet a view draws on.
///
/// Places are counted on the whole screen. Whatever lies outside the sheet or the current clip is not drawn, and no
/// text, however hostile, can reach a neighbouring pane or the terminal itself.
///
///     var canvas = Canvas(size: size, glyphs: .full)
///     let list = canvas.box(canvas.area, title: "Sessions", number: 1, isFocused: true)
///     canvas.write("No sessions yet.", in: list.line(0))
///     return canvas.frame
public struct Canvas: Sendable {
  /// Where text lies within its area.
  public enum Alignment: Sendable {
    /// At the left edge.
    case left
    /// At the right edge.
    case right
    /// In the middle.
    case center
  }

  /// The picture drawn so far.
  public private(set) var frame: Frame
  /// The drawing characters in use.
  public let glyphs: GlyphSet
  /// The area outside of which nothing is drawn.
  public private(set) var clip: Area

  /// Makes an empty sheet.
  public init(size: Size, glyphs: GlyphSet = .full) {
    frame = Frame(size: size)
    self.glyphs = glyphs
    clip = Area(size)
  }

  /// The whole sheet.
  public var area: Area { Area(frame.size) }
  /// The size of the whole sheet.
  public var size: Size { frame.size }

  /// Puts the text cursor at a place inside the clip; screen readers follow it. `nil` hides it.
  public mutating func setCursor(_ point: Point?) {
    if let point {
      if clip.contains(point) { frame.cursor = point }
    } else {
      frame.cursor = nil
    }
  }

  /// Sets the title of the window.
  public mutating func setTitle(_ title: String?) {
    frame.title = title
  }

  /// Draws with a smaller clip.
  public mutating func clipped(to area: Area, _ draw: (inout Canvas) -> Void) {
    let before = clip
    clip = clip.intersection(area)
    draw(&self)
    clip = before
  }

  // MARK: Text

  /// Writes a text in one style and returns the columns it took; what does not fit is cut, ending in `~`.
  @discardableResult
  public mutating func write(_ text: String, at point: Point, _ style: Style = .text, width: Int? = nil) -> Int {
    write(Line(text, style), at: point, width: width)
  }

  /// Writes a row of styled text and returns the columns it took; what does not fit is cut, ending in `~`.
  ///
  /// Text on the plain screen's surface takes over the surface that was filled before: bars need no styles of their own.
  ///
  /// - Parameter width: the most columns to take; without it the row may reach the edge of the clip.
  @discardableResult
  public mutating func write(_ line: Line, at point: Point, width: Int? = nil) -> Int {
    let end = min(clip.endColumn, point.column + max(0, width ?? Int.max / 2))
    guard point.row >= clip.row, point.row < clip.endRow, point.column < end else { return 0 }
    var column = point.column
    for span in line.spans {
      // Nearly all text is ASCII, and needs neither width classes nor marks.
      if Text.isPlain(span.text) {
        let room = end - column
        let taken = putPlain(span.text.utf8, at: Point(column: column, row: point.row), room: room, span.style)
        column += taken
        if taken < span.text.utf8.count {
          markCut(at: Point(column: end - 1, row: point.row), from: column, style: span.style)
          return end - point.column
        }
        continue
      }
      var reader = ClusterReader(span.text.unicodeScalars)
      while let cluster = reader.next() {
        if column + cluster.width > end {
          markCut(at: Point(column: end - 1, row: point.row), from: column, style: span.style)
          return end - point.column
        }
        let place = Point(column: column, row: point.row)
        put(drawable(cluster.glyph), width: cluster.width, at: place, inherit(span.style, at: place))
        column += cluster.width
      }
    }
    return column - point.column
  }

  /// Writes a text into the first row of an area.
  @discardableResult
  public mutating func write(
    _ text: String, in area: Area, _ style: Style = .text, align alignment: Alignment = .left
  ) -> Int {
    write(Line(text, style), in: area, align: alignment)
  }

  /// Writes a row of styled text into the first row of an area and returns the columns it took.
  @discardableResult
  public mutating func write(_ line: Line, in area: Area, align alignment: Alignment = .left) -> Int {
    guard !area.isEmpty else { return 0 }
    var column = area.column
    if alignment != .left {
      let spare = max(0, area.columns - line.columns)
      column += alignment == .right ? spare : spare / 2
    }
    return write(line, at: Point(column: column, row: area.row), width: area.endColumn - column)
  }

  /// Writes a row from one of its columns on into an area; that it begins before is marked as the cut at its end is.
  @discardableResult
  public mutating func write(_ line: Line, in area: Area, from column: Int) -> Int {
    guard column > 0, !line.isEmpty else { return write(line, in: area) }
    write(Line(String(glyphs.cut), .muted), in: area)
    return write(line.dropping(columns: column + 1), in: area.inset(left: 1)) + 1
  }

  /// Writes two texts into one row, left and right; the left one is cut when both do not fit.
  public mutating func write(left: Line, right: Line, in area: Area) {
    guard !area.isEmpty else { return }
    let rightColumns = min(right.columns, area.columns)
    let (rest, corner) = area.splitRight(rightColumns)
    write(right, in: corner)
    let gap = rightColumns > 0 && rest.columns > 0 ? 1 : 0
    write(left, in: rest.inset(right: gap))
  }

  /// Writes rows from the top of an area, starting with the row at `offset`, and returns how many were drawn.
  @discardableResult
  public mutating func write(_ lines: [Line], in area: Area, from offset: Int = 0) -> Int {
    var drawn = 0
    for line in lines.dropFirst(max(0, offset)).prefix(area.rows) {
      write(line, in: area.line(drawn))
      drawn += 1
    }
    return drawn
  }

  // MARK: Shapes

  /// Fills an area with one character.
  public mutating func fill(_ area: Area, with scalar: Unicode.Scalar = " ", _ style: Style = .background) {
    let target = area.intersection(clip)
    guard !target.isEmpty else { return }
    let glyph = Width.classify(scalar) == .narrow ? drawable(Glyph(scalar)) : Glyph.space
    let cell = Cell(glyph, style: style)
    for row in target.row..<target.endRow {
      let start = row * size.columns
      mend(start + target.column, column: target.column)
      mend(start + target.endColumn - 1, column: target.endColumn - 1)
      frame.cells.withUnsafeMutableBufferPointer { cells in
        for column in target.column..<target.endColumn { cells[start + column] = cell }
      }
    }
  }

  /// Lays what is already drawn onto a surface, such as the selection.
  public mutating func lay(_ area: Area, on surface: Surface) {
    change(area) { cell in
      cell.style.surface = surface
      if cell.style.role == .background {
        cell.style.role = surface == .selection ? .selection : surface == .panel ? .panel : .selectionInactive
      }
      if surface == .screen, cell.glyph == .space { cell.style.role = .background }
    }
  }

  /// Gives what is already drawn another role, keeping the text.
  public mutating func restyle(_ area: Area, _ style: Style) {
    change(area) { $0.style = style }
  }

  /// Draws a line across an area, with an optional title in it.
  public mutating func rule(_ area: Area, title: Line = Line(), _ style: Style = .border) {
    guard !area.isEmpty else { return }
    fill(area.line(0), with: glyphs.horizontal, style)
    if !title.isEmpty, area.columns > 4 {
      write(" " + title + " ", in: area.line(0).inset(left: 1, right: 1))
    }
  }

  /// Empties an area, for something that is to lie above what was drawn there.
  public mutating func clear(_ area: Area) {
    fill(area)
    if let cursor = frame.cursor, area.contains(cursor) { frame.cursor = nil }
  }

  /// Empties an area, draws a frame around it and returns the area inside.
  ///
  /// The frame of the focused pane differs in role, in weight and by the pointer before its number, so that it can be
  /// told without colours. An area too small for a frame is returned with none drawn.
  ///
  /// - Parameters:
  ///   - number: the digit that jumps here.
  ///   - trailing: facts at the right end of the upper border.
  @discardableResult
  public mutating func box(
    _ area: Area, title: Line = Line(), number: Int? = nil, isFocused: Bool = false, trailing: Line = Line()
  ) -> Area {
    clear(area)
    guard area.columns >= 3, area.rows >= 3 else { return area }
    let style = isFocused ? Style.borderFocus.bold : Style.border
    let last = Point(column: area.endColumn - 1, row: area.endRow - 1)
    fill(area.line(0), with: glyphs.horizontal, style)
    fill(area.line(area.rows - 1), with: glyphs.horizontal, style)
    for row in (area.row + 1)..<last.row {
      put(Glyph(glyphs.vertical), at: Point(column: area.column, row: row), style)
      put(Glyph(glyphs.vertical), at: Point(column: last.column, row: row), style)
    }
    put(Glyph(glyphs.topLeft), at: area.origin, style)
    put(Glyph(glyphs.topRight), at: Point(column: last.column, row: area.row), style)
    put(Glyph(glyphs.bottomLeft), at: Point(column: area.column, row: last.row), style)
    put(Glyph(glyphs.bottomRight), at: last, style)
    if isFocused { put(Glyph(glyphs.pointer), at: Point(column: area.column + 1, row: area.row), style) }
    // Names before facts: the title may take the whole border, the facts what is left of it.
    let border = area.line(0).inset(left: 2, right: 2)
    guard border.columns >= 3 else { return area.inset(by: 1) }
    var label = Line()
    if let number { label += Line("\(number) ", isFocused ? Style.title.bold : Style.key) }
    label += Line(title.spans.map { Span($0.text, isFocused ? $0.style.bold : $0.style) })
    var taken = 0
    if !label.isEmpty { taken = write(" " + label + " ", in: border) }
    let room = border.columns - taken - 3
    if !trailing.isEmpty, room >= min(trailing.columns, 12) {
      // What does not fit is cut: a fact that begins is better than none.
      write(" " + trailing + " ", in: border.inset(left: max(taken + 1, border.columns - trailing.columns - 2)))
    }
    return area.inset(by: 1)
  }

  /// Marks in the border of a box that rows lie outside of it: above by a sign, below by a sign and their number.
  public mutating func scrollMarks(_ viewport: Viewport, box area: Area) {
    guard area.rows >= 3, area.columns >= 12 else { return }
    let above = viewport.offset
    let below = viewport.count - viewport.end
    if above > 0 {
      put(
        drawable(Glyph(glyphs.moreAbove)), at: Point(column: area.endColumn - 1, row: area.row + 1), .key)
    }
    if below > 0 {
      put(
        drawable(Glyph(glyphs.moreBelow)), at: Point(column: area.endColumn - 1, row: area.endRow - 2), .key)
      write(
        Line(" \(below) more ", .muted), in: area.line(area.rows - 1).inset(left: 2, right: 2), align: .right)
    }
  }

  /// Draws a bar for `done` of `total`; nothing is drawn when the total is not known.
  public mutating func bar(_ done: Int, of total: Int, in area: Area, _ style: Style = .stateRunning) {
    guard total > 0, !area.isEmpty else { return }
    let filled = min(area.columns, max(0, area.columns * done / total))
    fill(area.line(0).splitLeft(filled).left, with: glyphs.barFull, style)
    fill(area.line(0).splitLeft(filled).rest, with: glyphs.barEmpty, .muted)
  }

  // MARK: Cells

  private mutating func change(_ area: Area, _ update: (inout Cell) -> Void) {
    let target = area.intersection(clip)
    guard !target.isEmpty else { return }
    for row in target.row..<target.endRow {
      for column in target.column..<target.endColumn { update(&frame.cells[row * size.columns + column]) }
    }
  }

  private func drawable(_ glyph: Glyph) -> Glyph {
    guard glyph.scalar.value >= 0x80 || glyph.hasMarks else { return glyph }
    guard glyphs.isASCII else { return glyph }
    return Glyph(glyph.scalar.value < 0x80 ? glyph.scalar : Canvas.plain(glyph.scalar) ?? glyphs.placeholder)
  }

  /// The ASCII character that says the same as a sign of the printer's; letters have none, since one would be another.
  private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar {
    case "\u{201C}", "\u{201D}", "\u{201E}", "\u{AB}", "\u{BB}": "\""
    case "\u{2018}", "\u{2019}", "\u{201A}": "'"
    case "\u{2010}"..."\u{2014}", "\u{2212}", "\u{2500}": "-"
    case "\u{2026}", "\u{B7}": "."
    case "\u{2022}": "*"
    case "\u{D7}": "x"
    case "\u{2190}": "<"
    case "\u{2192}": ">"
    default: nil
    }
  }

  private mutating func markCut(at point: Point, from column: Int, style: Style) {
    // A wide character that has no room leaves its columns empty, so that nothing older shines through.
    for empty in column..<max(column, point.column) {
      let place = Point(column: empty, row: point.row)
      put(.space, at: place, inherit(style, at: place))
    }
    put(Glyph(glyphs.cut), at: point, inherit(Style(.muted, on: style.surface), at: point))
  }

  /// Text lies on the surface that is there already, unless it names one.
  private func inherit(_ style: Style, at point: Point) -> Style {
    guard style.surface == .screen, clip.contains(point) else { return style }
    return style.on(frame.cells[point.row * size.columns + point.column].style.surface)
  }

  /// Writes printable ASCII from a place on, as far as there is room, and returns how many columns it took.
  private mutating func putPlain(_ text: String.UTF8View, at point: Point, room: Int, _ style: Style) -> Int {
    let count = min(room, text.count)
    let first = max(point.column, clip.column)
    let last = point.column + count
    guard count > 0, first < last else { return max(0, count) }
    let start = point.row * size.columns
    mend(start + first, column: first)
    mend(start + last - 1, column: last - 1)
    let inherits = style.surface == .screen
    frame.cells.withUnsafeMutableBufferPointer { cells in
      var index = start + point.column
      for byte in text.prefix(count) {
        if index >= start + first {
          var cell = Cell(Glyph(Unicode.Scalar(byte)), style: style)
          if inherits { cell.style.surface = cells[index].style.surface }
          cells[index] = cell
        }
        index += 1
      }
    }
    return count
  }

  private mutating func put(_ glyph: Glyph, at point: Point, _ style: Style) {
    put(glyph, width: 1, at: point, style)
  }

  private mutating func put(_ glyph: Glyph, width: Int, at point: Point, _ style: Style) {
    guard clip.contains(point) else { return }
    let index = point.row * size.columns + point.column
    mend(index, column: point.column)
    // A placeholder or an ASCII stand-in for a wide character keeps both columns, so that layouts stay the same.
    if width == 2, glyph.scalar.value >= 0x80, glyph != .placeholder {
      guard point.column + 1 < clip.endColumn else {
        frame.cells[index] = Cell(.space, style: style)
        return
      }
      mend(index + 1, column: point.column + 1)
      frame.cells[index] = Cell(glyph, width: 2, style: style)
      frame.cells[index + 1] = Cell(.space, width: 0, style: style)
    } else {
      frame.cells[index] = Cell(glyph, width: 1, style: style)
      if width == 2, point.column + 1 < clip.endColumn {
        mend(index + 1, column: point.column + 1)
        frame.cells[index + 1] = Cell(.space, width: 1, style: style)
      }
    }
  }

  /// Turns the other half of a wide character into a space before one half is overwritten.
  private mutating func mend(_ index: Int, column: Int) {
    if frame.cells[index].width == 0, column > 0 {
      frame.cells[index - 1] = Cell(.space, style: frame.cells[index - 1].style)
    } else if frame.cells[index].width == 2, column + 1 < size.columns {
      frame.cells[index + 1] = Cell(.space, style: frame.cells[index + 1].style)
    }
  }
}
