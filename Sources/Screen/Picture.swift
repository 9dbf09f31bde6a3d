extension Frame {
  /// The picture as an SVG file, for manuals: the cells as text at fixed places, lines and blocks as shapes, the colours of
  /// a theme. No font is embedded, and the same frame always gives the same bytes.
  ///
  /// - Parameter title: what the picture shows, for people who hear it.
  public func svg(theme: Theme, title: String) -> String {
    var writer = PictureWriter(theme: theme, size: size)
    for row in 0..<size.rows { writer.add(Array(self.row(row)), row) }
    return writer.text(title: title)
  }
}

/// Writes the parts of a picture: first what lies behind, then lines, then letters.
private struct PictureWriter {
  let theme: Theme
  let size: Size
  private var behind: [String] = []
  private var shapes: [(color: String, path: String)] = []
  private var letters: [String] = []

  /// The size of a cell: what monospaced fonts of this size have, so that hardly anything is stretched.
  private static let (width, height, letterSize) = (9, 19, 15)
  private static let margin = 12
  /// Colours that only a terminal knows, as most have them on a dark screen.
  private static let standard = (ink: "#d5dce4", ground: "#12171d")
  private static let ansi = [
    "#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
    "#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff",
  ]

  init(theme: Theme, size: Size) {
    self.theme = theme
    self.size = size
  }

  private struct Look: Equatable {
    var ink: String
    var ground: String
    var emphasis: Emphasis
  }

  private func look(_ style: Style) -> Look {
    let paint = theme.paint(style.role, on: style.surface)
    let emphasis = paint.emphasis.union(style.emphasis)
    let ink = Self.name(paint.foreground) ?? Self.standard.ink
    let ground = Self.name(paint.background) ?? Self.standard.ground
    let isReversed = emphasis.contains(.reverse)
    return Look(ink: isReversed ? ground : ink, ground: isReversed ? ink : ground, emphasis: emphasis)
  }

  private static func name(_ color: Color) -> String? {
    switch color {
    case .standard: return nil
    case .ansi(let number): return ansi[Int(number) & 15]
    case .rgb(let red, let green, let blue):
      return "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }

  private var page: String { look(.background).ground }

  private func left(_ column: Int) -> Int { Self.margin + column * Self.width }
  private func top(_ row: Int) -> Int { Self.margin + row * Self.height }

  mutating func add(_ cells: [Cell], _ row: Int) {
    let looks = cells.map { look($0.style) }
    var column = 0
    while column < cells.count {
      let end = (column..<cells.count).first { looks[$0].ground != looks[column].ground } ?? cells.count
      if looks[column].ground != page {
        behind.append(
          "<rect x=\"\(left(column))\" y=\"\(top(row))\" width=\"\((end - column) * Self.width)\" "
            + "height=\"\(Self.height)\" fill=\"\(looks[column].ground)\"/>")
      }
      column = end
    }
    column = 0
    while column < cells.count {
      if cells[column].glyph.scalar == "\u{2500}" {
        let end = (column..<cells.count).first { cells[$0].glyph != cells[column].glyph || looks[$0] != looks[column] }
        let length = ((end ?? cells.count) - column) * Self.width
        draw("M\(left(column)) \(top(row) + 9)h\(length)v1h-\(length)z", looks[column].ink)
        column = end ?? cells.count
        continue
      }
      if let shape = shape(cells[column].glyph.scalar, column, row) {
        draw(shape, looks[column].ink)
        column += 1
        continue
      }
      // A run of letters of one look; a wide one stands alone, so that it cannot push its neighbours.
      var end = column + 1
      if cells[column].width == 1 {
        while end < cells.count, looks[end] == looks[column], cells[end].width == 1,
          shape(cells[end].glyph.scalar, end, row) == nil
        {
          end += 1
        }
      } else {
        while end < cells.count, cells[end].width == 0 { end += 1 }
      }
      write(cells[column..<end], from: column, row, looks[column])
      column = end
    }
  }

  private mutating func write(_ cells: ArraySlice<Cell>, from start: Int, _ row: Int, _ look: Look) {
    var (first, last) = (start, start + cells.count)
    var cells = cells
    if !look.emphasis.contains(.underline) {
      while cells.first?.glyph == .space { (cells, first) = (cells.dropFirst(), first + 1) }
      // The right half of a wide character is no space.
      while let end = cells.last, end.glyph == .space, end.width > 0 { (cells, last) = (cells.dropLast(), last - 1) }
    }
    guard !cells.isEmpty else { return }
    var text = ""
    for cell in cells where cell.width > 0 {
      for scalar in cell.glyph.scalars { text += Self.escaped(scalar) }
    }
    var attributes = "fill=\"\(look.ink)\""
    if look.emphasis.contains(.bold) { attributes += " font-weight=\"bold\"" }
    if look.emphasis.contains(.underline) { attributes += " text-decoration=\"underline\"" }
    if look.emphasis.contains(.dim) { attributes += " opacity=\"0.7\"" }
    letters.append(
      "<text x=\"\(left(first))\" y=\"\(top(row) + 14)\" textLength=\"\((last - first) * Self.width)\" "
        + "lengthAdjust=\"spacingAndGlyphs\" \(attributes)>\(text)</text>")
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "&": return "&amp;"
    case "<": return "&lt;"
    case ">": return "&gt;"
    default: return String(Character(scalar))
    }
  }

  // MARK: Shapes

  private mutating func draw(_ path: String, _ color: String) {
    if let place = shapes.firstIndex(where: { $0.color == color }) {
      shapes[place].path += path
    } else {
      shapes.append((color, path))
    }
  }

  /// Lines and blocks touch those of the next cell, which letters of a font would not; `nil` for everything else.
  private func shape(_ scalar: Unicode.Scalar, _ column: Int, _ row: Int) -> String? {
    let (x, y) = (left(column), top(row))
    let (width, height) = (Self.width, Self.height)
    let (toRight, toLeft) = ("M\(x + 4) \(y + 9)h5v1h-5z", "M\(x) \(y + 9)h5v1h-5z")
    let (toBottom, toTop) = ("M\(x + 4) \(y + 9)h1v10h-1z", "M\(x + 4) \(y)h1v10h-1z")
    switch scalar {
    case "\u{2500}": return ""
    case "\u{2502}": return "M\(x + 4) \(y)h1v\(height)h-1z"
    case "\u{250C}": return toRight + toBottom
    case "\u{2510}": return toLeft + toBottom
    case "\u{2514}": return toRight + toTop
    case "\u{2518}": return toLeft + toTop
    case "\u{2588}": return "M\(x) \(y + 3)h\(width)v\(height - 6)h-\(width)z"
    case "\u{2591}": return "M\(x) \(y + 9)h2v1h-2zM\(x + 4) \(y + 9)h2v1h-2z"
    default: return nil
    }
  }

  func text(title: String) -> String {
    let (width, height) = (size.columns * Self.width + 2 * Self.margin, size.rows * Self.height + 2 * Self.margin)
    let fonts = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" role=\"img\">",
      "<title>\(title.unicodeScalars.map(Self.escaped).joined())</title>",
      "<rect width=\"\(width)\" height=\"\(height)\" rx=\"8\" fill=\"\(page)\"/>",
    ]
    lines += behind
    lines += shapes.map { "<path fill=\"\($0.color)\" d=\"\($0.path)\"/>" }
    lines.append(
      "<g font-family=\"\(fonts)\" font-size=\"\(Self.letterSize)\" xml:space=\"preserve\" "
        + "style=\"white-space:pre\">")
    return (lines + letters + ["</g>", "</svg>", ""]).joined(separator: "\n")
  }
}
