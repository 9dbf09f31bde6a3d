import Screen

// Unified differences as rows: one below the other, or both sides beside each other, with the words that changed.

/// A unified difference, read line by line.
struct Difference {
  /// A numbered line of one side.
  struct Side: Equatable {
    var number: Int
    var text: String
  }

  enum Row: Equatable {
    /// Where a part begins, or a remark such as that the last line has no end.
    case heading(String)
    /// A line on both sides.
    case same(Side, Side)
    /// A line that was taken away, one that came, or one that became another.
    case change(Side?, Side?)
  }

  private(set) var rows: [Row] = []

  /// Reads lines from the first `@@` on; what is no difference stands as a heading, so nothing is lost.
  init(_ lines: [String]) {
    var old = 1
    var new = 1
    var removed: [Side] = []
    var added: [Side] = []
    func pairs() -> [Row] {
      (0..<max(removed.count, added.count)).map { place in
        .change(place < removed.count ? removed[place] : nil, place < added.count ? added[place] : nil)
      }
    }
    func flush(into rows: inout [Row]) {
      rows += pairs()
      removed = []
      added = []
    }
    for line in lines {
      switch line.utf8.first {
      case UInt8(ascii: "-"):
        // A new change begins where lines go away again.
        if !added.isEmpty { flush(into: &rows) }
        removed.append(Side(number: old, text: String(line.dropFirst())))
        old += 1
      case UInt8(ascii: "+"):
        added.append(Side(number: new, text: String(line.dropFirst())))
        new += 1
      case UInt8(ascii: " "), nil:
        flush(into: &rows)
        let text = String(line.dropFirst())
        rows.append(.same(Side(number: old, text: text), Side(number: new, text: text)))
        old += 1
        new += 1
      default:
        flush(into: &rows)
        rows.append(.heading(line))
        if let start = Difference.starts(line) { (old, new) = start }
      }
    }
    flush(into: &rows)
  }

  /// The first numbers of both sides in `@@ -12,7 +12,9 @@`.
  private static func starts(_ heading: String) -> (Int, Int)? {
    guard heading.hasPrefix("@@") else { return nil }
    func number(after sign: Character) -> Int? {
      guard let part = heading.split(separator: " ").first(where: { $0.first == sign }) else { return nil }
      return Int(part.dropFirst().prefix { $0.isNumber })
    }
    guard let old = number(after: "-"), let new = number(after: "+") else { return nil }
    return (old, new)
  }

  // MARK: Words

  /// Longer lines are shown without the words that changed; finding them would hold up keys.
  private static let longest = 500

  /// The parts of two lines with the ones that differ standing out; whole lines when they have little in common.
  static func words(_ old: String, _ new: String) -> (old: Line, new: Line) {
    let plain = (Line(Text.clean(old), .diffRemoved), Line(Text.clean(new), .diffAdded))
    guard old.utf8.count <= longest, new.utf8.count <= longest else { return plain }
    let before = tokens(old)
    let after = tokens(new)
    var removed: Set<Int> = []
    var added: Set<Int> = []
    for change in after.difference(from: before) {
      switch change {
      case .remove(let place, _, _): removed.insert(place)
      case .insert(let place, _, _): added.insert(place)
      }
    }
    func letters(_ tokens: [Substring], except gone: Set<Int>) -> Int {
      tokens.indices.reduce(0) {
        gone.contains($1) || tokens[$1].allSatisfy(\.isWhitespace) ? $0 : $0 + tokens[$1].count
      }
    }
    // Lines that share less than a third were not edited but replaced.
    let kept = letters(before, except: removed)
    let whole = max(letters(before, except: []), letters(after, except: []))
    guard kept * 3 >= whole, whole > 0 else { return plain }
    func line(_ tokens: [Substring], _ changed: Set<Int>, _ style: Style) -> Line {
      var strong = style.bold
      strong.emphasis.insert(.underline)
      var line = Line()
      for (place, token) in tokens.enumerated() {
        line += Line(Text.clean(String(token)), changed.contains(place) ? strong : style)
      }
      return line
    }
    return (line(before, removed, .diffRemoved), line(after, added, .diffAdded))
  }

  /// Words, numbers, blanks and single signs.
  private static func tokens(_ text: String) -> [Substring] {
    var tokens: [Substring] = []
    var start = text.startIndex
    func kind(_ character: Character) -> Int {
      character.isWhitespace ? 0 : character.isLetter || character.isNumber || character == "_" ? 1 : 2
    }
    while start < text.endIndex {
      let first = kind(text[start])
      var end = text.index(after: start)
      while first < 2, end < text.endIndex, kind(text[end]) == first { end = text.index(after: end) }
      tokens.append(text[start..<end])
      start = end
    }
    return tokens
  }

  // MARK: Rows

  /// One line below the other; the first letter says the same as the colour.
  func unified(columns: Int) -> [Line] {
    var lines: [Line] = []
    var added: [Line] = []
    func put(_ line: Line) { lines += line.wrapped(to: columns, indent: 1) }
    func flush() {
      added.forEach(put)
      added = []
    }
    for row in rows {
      if case .change(let old?, let new?) = row {
        let words = Difference.words(old.text, new.text)
        put(Line("-", .diffRemoved) + words.old)
        added.append(Line("+", .diffAdded) + words.new)
        continue
      }
      switch row {
      case .change(let old?, _): put(Line("-", .diffRemoved) + Line(Text.clean(old.text), .diffRemoved))
      case .change(nil, let new?): added.append(Line("+", .diffAdded) + Line(Text.clean(new.text), .diffAdded))
      case .change(nil, nil): break
      case .same(let side, _):
        flush()
        put(Line(" ") + Line(Text.clean(side.text)))
      case .heading(let text):
        flush()
        put(Line(Text.clean(text), .muted))
      }
    }
    flush()
    return lines
  }

  /// Both sides beside each other with their numbers; longer lines go on below.
  func beside(columns: Int) -> [Line] {
    let most = rows.reduce(1) { most, row in
      switch row {
      case .same(let old, let new): return max(most, old.number, new.number)
      case .change(let old, let new): return max(most, old?.number ?? 0, new?.number ?? 0)
      case .heading: return most
      }
    }
    let digits = "\(most)".utf8.count
    let half = max(digits + 6, (columns - 3) / 2)
    func side(_ number: Int?, _ sign: String, _ line: Line, _ style: Style) -> [Line] {
      let room = max(1, half - digits - 2)
      guard number != nil else { return [Line(String(repeating: " ", count: half))] }
      let parts = line.wrapped(to: room)
      return parts.enumerated().map { place, part in
        let label = place == 0 ? number.map { "\($0)" } ?? "" : ""
        let lead = String(repeating: " ", count: digits - label.utf8.count) + label
        let whole = Line(lead, .muted) + Line(place == 0 ? sign : " ", style) + part
        return whole + Line(String(repeating: " ", count: max(0, half - whole.columns)))
      }
    }
    func join(_ left: [Line], _ right: [Line]) -> [Line] {
      let empty = Line(String(repeating: " ", count: half))
      return (0..<max(left.count, right.count)).map { place in
        (place < left.count ? left[place] : empty) + Line(" | ", .border)
          + (place < right.count ? right[place] : Line())
      }
    }
    return rows.flatMap { row -> [Line] in
      switch row {
      case .heading(let text): return Line(Text.clean(text), .muted).wrapped(to: columns)
      case .same(let old, let new):
        let text = Line(Text.clean(old.text))
        return join(side(old.number, " ", text, .text), side(new.number, " ", text, .text))
      case .change(let old, let new):
        let words = Difference.words(old?.text ?? "", new?.text ?? "")
        return join(
          side(old?.number, "-", words.old, .diffRemoved), side(new?.number, "+", words.new, .diffAdded))
      }
    }
  }
}

extension Model {
  /// Whether the file that is read is shown with both sides of its difference beside each other.
  var showsBeside: Bool {
    guard let subject = reading.last?.subject, case .file = subject else { return false }
    let columns = areas.body.columns
    return columns >= 80 && (prefersBeside ?? (columns >= 140))
  }

  /// Shows the sides beside each other, or one below the other.
  mutating func toggleBeside() {
    prefersBeside = !showsBeside
    toast = says(showsBeside ? "Both sides beside each other." : "One below the other.", seconds: 3)
  }

  /// Why the sides cannot be shown beside each other.
  var reasonNotBeside: String? {
    guard place == .reading, let subject = reading.last?.subject, case .file = subject else { return "no file is read" }
    return areas.body.columns < 80 ? "the window is too narrow for two sides" : nil
  }
}
