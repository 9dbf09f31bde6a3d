/// A stretch of text in one style.
public struct Span: Hashable, Sendable {
  /// The text; anything in it that cannot be drawn shows as a placeholder.
  public var text: String
  /// How it is to be understood.
  public var style: Style

  /// Makes a stretch of text.
  public init(_ text: String, _ style: Style = .text) {
    self.text = text
    self.style = style
  }
}

/// One row of styled text of any length.
///
///     Line("ASK ", .stateAsk) + "approve the plan" + Line(" 12m", .muted)
public struct Line: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// The stretches in order.
  public var spans: [Span]

  /// Makes a row from stretches.
  public init(_ spans: [Span] = []) {
    self.spans = spans
  }

  /// Makes a row of one style.
  public init(_ text: String, _ style: Style = .text) {
    spans = text.isEmpty ? [] : [Span(text, style)]
  }

  /// Makes a row from cleaned text; marks of hidden characters stand out.
  public init(_ text: CleanText, _ style: Style = .text) {
    spans = text.segments.filter { !$0.text.isEmpty }.map { segment in
      Span(segment.text, segment.isMark ? Style(.stateWarning, on: style.surface, .reverse) : style)
    }
  }

  /// Makes a row of ordinary text.
  public init(stringLiteral value: String) {
    self.init(value)
  }

  /// The text without styles.
  public var text: String { spans.map(\.text).joined() }
  /// How many columns the row takes.
  public var columns: Int { spans.reduce(0) { $0 + Width.columns(of: $1.text) } }
  /// Tells whether there is nothing to draw.
  public var isEmpty: Bool { spans.allSatisfy(\.text.isEmpty) }

  /// Joins two rows into one.
  public static func + (left: Line, right: Line) -> Line {
    Line(left.spans + right.spans)
  }

  /// Adds a row at the end.
  public static func += (left: inout Line, right: Line) {
    left.spans += right.spans
  }

  /// Returns the row with every stretch on another surface.
  public func on(_ surface: Surface) -> Line {
    Line(spans.map { Span($0.text, $0.style.on(surface)) })
  }

  /// The row without its first columns; half of a wide character leaves an empty column.
  public func dropping(columns: Int) -> Line {
    guard columns > 0 else { return self }
    var left = columns
    var kept = Line()
    for span in spans {
      if left <= 0 {
        kept.spans.append(span)
        continue
      }
      var text = String.UnicodeScalarView()
      var reader = ClusterReader(span.text.unicodeScalars)
      while let cluster = reader.next() {
        if left <= 0 {
          text.append(cluster.glyph)
        } else {
          left -= cluster.width
          if left < 0 { text.append(" ") }
        }
      }
      if !text.isEmpty { kept.spans.append(Span(String(text), span.style)) }
    }
    return kept
  }

  /// Breaks the row between words so that no part is wider than the given columns.
  ///
  /// A word longer than a row is broken where the row ends. Spaces at a break are dropped; leading spaces are kept,
  /// and later rows begin with `indent` spaces. The result has at least one row.
  public func wrapped(to columns: Int, indent: Int = 0) -> [Line] {
    guard columns > 0 else { return [] }
    var wrapper = Wrapper(columns: columns, indent: min(max(0, indent), columns / 2))
    for span in spans {
      var reader = ClusterReader(span.text.unicodeScalars)
      while let cluster = reader.next() { wrapper.take(cluster, style: span.style) }
    }
    return wrapper.finish()
  }
}

/// Collects words and moves them to the next row when they do not fit.
private struct Wrapper {
  let columns: Int
  let indent: Int
  private var rows: [Line] = []
  private var row: [(Glyph, Style)] = []
  private var rowWidth = 0
  private var spaces: [(Glyph, Style)] = []
  private var word: [(Glyph, Style)] = []
  private var wordWidth = 0
  private var hasWord = false

  init(columns: Int, indent: Int) {
    self.columns = columns
    self.indent = indent
  }

  mutating func take(_ cluster: Cluster, style: Style) {
    if cluster.glyph == .space {
      placeWord()
      spaces.append((cluster.glyph, style))
      return
    }
    // Nothing can be drawn where even one wide character does not fit.
    let width = cluster.width > columns ? 1 : cluster.width
    let glyph = cluster.width > columns ? Glyph.placeholder : cluster.glyph
    if wordWidth + width > columns - (rows.isEmpty && !hasWord ? 0 : indent) {
      placeWord()
      if rowWidth > 0 { breakRow() }
    }
    word.append((glyph, style))
    wordWidth += width
  }

  mutating func finish() -> [Line] {
    placeWord()
    if !row.isEmpty || rows.isEmpty {
      if !hasWord {
        for (index, space) in spaces.enumerated() where index < columns { row.append(space) }
      }
      rows.append(Wrapper.line(row))
    }
    return rows
  }

  private mutating func placeWord() {
    guard !word.isEmpty else { return }
    if rowWidth + spaces.count + wordWidth > columns {
      if hasWord, rowWidth > 0 {
        breakRow()
      } else {
        // Leading spaces give way before a word does.
        spaces = Array(spaces.prefix(max(0, columns - rowWidth - wordWidth)))
      }
    }
    if !rows.isEmpty, rowWidth == 0 { spaces = Array(repeating: (.space, word[0].1), count: indentThatFits) }
    row += spaces
    row += word
    rowWidth += spaces.count + wordWidth
    hasWord = true
    spaces = []
    word = []
    wordWidth = 0
  }

  private var indentThatFits: Int { max(0, min(indent, columns - wordWidth)) }

  private mutating func breakRow() {
    rows.append(Wrapper.line(row))
    row = []
    rowWidth = 0
    spaces = []
  }

  private static func line(_ glyphs: [(Glyph, Style)]) -> Line {
    var spans: [Span] = []
    var text = String.UnicodeScalarView()
    var style: Style?
    for (glyph, glyphStyle) in glyphs {
      if let style, style != glyphStyle {
        spans.append(Span(String(text), style))
        text = String.UnicodeScalarView()
      }
      style = glyphStyle
      text.append(glyph)
    }
    if let style, !text.isEmpty { spans.append(Span(String(text), style)) }
    return Line(spans)
  }
}
