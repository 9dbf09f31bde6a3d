/// A text being typed: the text, the cursor, and what keys do to them. No input, no output.
///
/// Works on Unicode scalars and moves over whole characters of the grid. Everything that enters is cleaned, so that a
/// pasted text looks exactly like what will be kept.
public struct LineEditor: Hashable, Sendable {
  /// Whether Return makes a new line.
  public let isMultiline: Bool
  private var scalars: [Unicode.Scalar] = []
  private var position = 0

  /// The most scalars a text may have; a paste beyond it is cut.
  public static let limit = 100_000

  /// Makes an editor with the cursor at the end of the text.
  public init(_ text: String = "", isMultiline: Bool = false) {
    self.isMultiline = isMultiline
    insert(text)
  }

  /// The text.
  public var text: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// Tells whether there is no text.
  public var isEmpty: Bool { scalars.isEmpty }
  /// The distance of the cursor from the start, in Unicode scalars.
  public var cursor: Int { position }

  /// Replaces the text and moves the cursor to its end.
  public mutating func replace(with text: String) {
    scalars = []
    position = 0
    insert(text)
  }

  /// Inserts a text at the cursor; line ends become spaces in an editor of one line.
  public mutating func insert(_ text: String) {
    let cleaned = Text.lines(text).map(\.string)
    var joined = cleaned.joined(separator: isMultiline ? "\n" : " ")
    if text.utf8.last == 0x0A, isMultiline { joined += "\n" }
    let added = Array(joined.unicodeScalars.prefix(max(0, LineEditor.limit - scalars.count)))
    scalars.insert(contentsOf: added, at: position)
    position += added.count
  }

  /// Handles a key and tells whether it meant something here; `enter` does only in an editor of several lines.
  @discardableResult
  public mutating func handle(_ key: Key) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .paste(let text): insert(text)
    case .enter where isMultiline: insert("\n")
    case .backspace, .control("h"): delete(from: before(position), to: position)
    case .delete, .control("d"): delete(from: position, to: after(position))
    case .control("w"): delete(from: wordStart, to: position)
    case .alt("d"): delete(from: position, to: wordEnd)
    case .control("u"): delete(from: lineStart(position), to: position)
    case .control("k"): delete(from: position, to: lineEnd(position))
    case .left, .control("b"): position = before(position)
    case .right, .control("f"): position = after(position)
    case .controlLeft, .alt("b"): position = wordStart
    case .controlRight, .alt("f"): position = wordEnd
    case .home, .control("a"): position = lineStart(position)
    case .end, .control("e"): position = lineEnd(position)
    case .up where isMultiline: moveLine(-1)
    case .down where isMultiline: moveLine(1)
    default: return false
    }
    return true
  }

  // MARK: Drawing

  /// What to draw of the text in a window of the given size, scrolled so that the cursor is in it.
  public struct Picture: Hashable, Sendable {
    /// The rows.
    public let rows: [String]
    /// The cursor, counted from the first row's start.
    public let cursor: Point
  }

  /// Lays the text out: one row that scrolls sideways, or rows broken at the width.
  public func picture(columns: Int, rows height: Int) -> Picture {
    guard columns > 0, height > 0 else { return Picture(rows: [], cursor: Point(column: 0, row: 0)) }
    let boundaries = clusters()
    var rows: [String.UnicodeScalarView] = [String.UnicodeScalarView()]
    var cursor = Point(column: 0, row: 0)
    var column = 0
    func place(_ cluster: (start: Int, end: Int, width: Int)) {
      rows[rows.count - 1].append(contentsOf: scalars[cluster.start..<cluster.end])
      column += cluster.width
    }
    if isMultiline {
      for cluster in boundaries {
        let isHere = cluster.start <= position && position < cluster.end
        if isHere { cursor = Point(column: column, row: rows.count - 1) }
        if scalars[cluster.start] == "\n" {
          rows.append(String.UnicodeScalarView())
          column = 0
          continue
        }
        if column + cluster.width > columns {
          rows.append(String.UnicodeScalarView())
          column = 0
          if isHere { cursor = Point(column: 0, row: rows.count - 1) }
        }
        place(cluster)
      }
      if position >= scalars.count {
        if column >= columns {
          rows.append(String.UnicodeScalarView())
          column = 0
        }
        cursor = Point(column: column, row: rows.count - 1)
      }
      let first = max(0, min(cursor.row - height + 1, rows.count - height))
      return Picture(
        rows: rows.dropFirst(first).prefix(height).map { String($0) },
        // At the end of a full row the cursor stands on its last character.
        cursor: Point(column: min(cursor.column, columns - 1), row: cursor.row - first))
    }
    let before = boundaries.filter { $0.end <= position }.reduce(0) { $0 + $1.width }
    // One column is kept for the cursor behind the last character.
    let skip = max(0, before - (columns - 1))
    var passed = 0
    var lead = 0
    for cluster in boundaries {
      if passed < skip {
        passed += cluster.width
        lead = passed - skip
        if passed > skip { rows[0].append(contentsOf: String(repeating: " ", count: lead).unicodeScalars) }
        if passed > skip { column += lead }
        continue
      }
      if column + cluster.width > columns { break }
      place(cluster)
    }
    return Picture(rows: [String(rows[0])], cursor: Point(column: min(columns - 1, before - skip), row: 0))
  }

  // MARK: Places in the text

  /// The characters of the grid as ranges of scalars.
  private func clusters() -> [(start: Int, end: Int, width: Int)] {
    var reader = ClusterReader(scalars)
    var start = 0
    var result: [(start: Int, end: Int, width: Int)] = []
    result.reserveCapacity(scalars.count)
    while let cluster = reader.next() {
      result.append((start, start + cluster.count, cluster.width))
      start += cluster.count
    }
    return result
  }

  /// A place from which characters can be counted without reading the whole text.
  private func safeStart(_ place: Int) -> Int {
    var start = max(0, place - 64)
    while start > 0, scalars[start].value >= 0x80 { start -= 1 }
    return start
  }

  private func before(_ place: Int) -> Int {
    guard place > 0 else { return 0 }
    var current = safeStart(place)
    var reader = ClusterReader(scalars[current...])
    while let cluster = reader.next() {
      if current + cluster.count >= place { return current }
      current += cluster.count
    }
    return place - 1
  }

  private func after(_ place: Int) -> Int {
    guard place < scalars.count else { return scalars.count }
    var reader = ClusterReader(scalars[place...])
    return place + (reader.next()?.count ?? 1)
  }

  private func isWord(_ index: Int) -> Bool {
    let scalar = scalars[index]
    return scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
      || Width.classify(scalar) == .mark
  }

  private var wordStart: Int {
    var place = position
    while place > 0, !isWord(place - 1) { place -= 1 }
    while place > 0, isWord(place - 1) { place -= 1 }
    return place
  }

  private var wordEnd: Int {
    var place = position
    while place < scalars.count, !isWord(place) { place += 1 }
    while place < scalars.count, isWord(place) { place += 1 }
    return place
  }

  private func lineStart(_ place: Int) -> Int {
    var start = place
    while start > 0, scalars[start - 1] != "\n" { start -= 1 }
    return start
  }

  private func lineEnd(_ place: Int) -> Int {
    var end = place
    while end < scalars.count, scalars[end] != "\n" { end += 1 }
    return end
  }

  private mutating func moveLine(_ step: Int) {
    let start = lineStart(position)
    let column = position - start
    if step < 0 {
      guard start > 0 else { return }
      let previous = lineStart(start - 1)
      position = min(previous + column, start - 1)
    } else {
      let end = lineEnd(position)
      guard end < scalars.count else { return }
      position = min(end + 1 + column, lineEnd(end + 1))
    }
    while position > 0, position < scalars.count, Width.classify(scalars[position]) == .mark { position -= 1 }
  }

  private mutating func delete(from start: Int, to end: Int) {
    guard start < end else { return }
    scalars.removeSubrange(start..<end)
    position = start
  }
}

extension Canvas {
  /// Draws a text being typed and puts the text cursor into it when it has the focus.
  public mutating func write(_ editor: LineEditor, in area: Area, _ style: Style = .text, isFocused: Bool = true) {
    let picture = editor.picture(columns: area.columns, rows: area.rows)
    for (index, row) in picture.rows.enumerated() { write(row, in: area.line(index), style) }
    if isFocused, !area.isEmpty {
      setCursor(Point(column: area.column + picture.cursor.column, row: area.row + picture.cursor.row))
    }
  }
}
