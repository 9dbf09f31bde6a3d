import CNcurses
import Screen

/// The one place that draws: compares frames and tells ncurses what changed. Confined to the terminal's thread.
struct Painter {
  private struct Look {
    var attributes: UInt32
    var pair: Int32
  }

  private let baseTerm: String
  private let directTerm: String?
  private let depth: ColorDepth
  private var term: String
  private var looks: [Look] = []
  private var theme: Theme?
  private var pairs: [UInt64: Int32] = [:]
  private var shown: Frame?
  private var cursor: Point?
  private var isCursorVisible: Bool?

  init(term: String, directTerm: String?, depth: ColorDepth) {
    baseTerm = term
    self.term = term
    self.directTerm = directTerm
    self.depth = depth
  }

  /// Forgets what is on the screen.
  mutating func forget() {
    shown = nil
    isCursorVisible = nil
  }

  /// Puts a frame into ncurses and returns how many cells changed; nothing is sent yet.
  mutating func draw(_ frame: Frame, theme wanted: Theme) -> Int {
    if theme != wanted { use(wanted) }
    var columns: Int32 = 0
    var rows: Int32 = 0
    cn_screen_size(&columns, &rows)
    let screen = Size(columns: Int(columns), rows: Int(rows))
    var changed = 0
    if let shown, shown.size == frame.size {
      for run in frame.difference(from: shown) {
        put(frame, row: run.row, from: run.column, to: run.column + run.columns, screen: screen)
        changed += run.columns
      }
    } else {
      cn_erase()
      for row in 0..<frame.size.rows { put(frame, row: row, from: 0, to: frame.size.columns, screen: screen) }
      changed = frame.cells.count
    }
    shown = frame
    place(frame.cursor, screen: screen)
    return changed
  }

  private mutating func place(_ wanted: Point?, screen: Size) {
    if let wanted, Area(screen).contains(wanted) {
      cn_cursor(Int32(wanted.column), Int32(wanted.row), true)
      isCursorVisible = true
    } else if isCursorVisible != false {
      cn_cursor(0, 0, false)
      isCursorVisible = false
    }
  }

  private func put(_ frame: Frame, row: Int, from: Int, to: Int, screen: Size) {
    guard row < screen.rows else { return }
    let cells = frame.row(row)
    var start = from
    // A run that begins in the middle of a wide character begins with it.
    if cells[cells.startIndex + start].width == 0, start > 0 { start -= 1 }
    var scalars: (UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0)
    let end = min(to, screen.columns)
    guard start < end else { return }
    for column in start..<end {
      let cell = cells[cells.startIndex + column]
      guard cell.width > 0 else { continue }
      let look = looks[Int(cell.style.role.rawValue) * Surface.allCases.count + Int(cell.style.surface.rawValue)]
      let attributes = look.attributes | Painter.bits(cell.style.emphasis)
      let width = Int(cell.width)
      if column + width > screen.columns {
        scalars.0 = 0x20
        withUnsafePointer(to: &scalars.0) { cn_add($0, 1, 1, attributes, look.pair) }
        continue
      }
      scalars.0 = cell.glyph.scalar.value
      var count: Int32 = 1
      if cell.glyph.hasMarks {
        let marks = cell.glyph.marks
        scalars.1 = marks[0].value
        scalars.2 = marks.count > 1 ? marks[1].value : 0
        scalars.3 = marks.count > 2 ? marks[2].value : 0
        scalars.4 = marks.count > 3 ? marks[3].value : 0
        count += Int32(marks.count)
      }
      withUnsafeBytes(of: &scalars) { bytes in
        cn_add(bytes.baseAddress?.assumingMemoryBound(to: UInt32.self), count, Int32(width), attributes, look.pair)
      }
    }
    cn_put_run(Int32(start), Int32(row))
  }

  /// The raw values are those of the shim.
  private static func bits(_ emphasis: Emphasis) -> UInt32 {
    UInt32(emphasis.rawValue)
  }

  // MARK: Colours

  private mutating func use(_ wanted: Theme) {
    theme = wanted
    shown = nil
    var theme = wanted
    // Sixteen colours nobody can foresee are no palette: the person's own theme reads better.
    if wanted.usesPalette, depth < .indexed { theme = .terminal }
    let needed = theme.usesPalette && depth == .direct ? directTerm ?? baseTerm : baseTerm
    if needed != term {
      pairs = [:]
      isCursorVisible = nil
      if cn_reopen(needed) {
        term = needed
      } else if cn_reopen(baseTerm) {
        term = baseTerm
      }
    }
    let isDirect = term == directTerm && depth == .direct
    looks = Role.allCases.flatMap { role in
      Surface.allCases.map { surface in look(theme.paint(role, on: surface), role, surface, isDirect: isDirect) }
    }
  }

  private mutating func look(_ paint: Paint, _ role: Role, _ surface: Surface, isDirect: Bool) -> Look {
    if depth == .monochrome {
      return Look(attributes: Painter.bits(Theme.monochrome(role, on: surface)), pair: 0)
    }
    let foreground: Int
    let background: Int
    if isDirect || depth < .indexed {
      let depth = isDirect ? ColorDepth.direct : depth
      foreground = paint.foreground.index(in: depth)
      background = paint.background.index(in: depth)
    } else {
      (foreground, background) = Color.indexedPair(paint.foreground, on: paint.background)
    }
    return Look(attributes: Painter.bits(paint.emphasis), pair: pair(foreground, background))
  }

  private mutating func pair(_ foreground: Int, _ background: Int) -> Int32 {
    if foreground < 0, background < 0 { return 0 }
    let key = UInt64(UInt32(truncatingIfNeeded: foreground)) << 32 | UInt64(UInt32(truncatingIfNeeded: background))
    if let known = pairs[key] { return known }
    let number = Int32(pairs.count + 1)
    guard cn_define_pair(number, Int32(foreground), Int32(background)) else { return 0 }
    pairs[key] = number
    return number
  }
}
