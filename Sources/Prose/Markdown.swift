import CMarkdown
import Screen

// Prose reads Markdown with cmark-gfm and lays it out as styled rows. It opens nothing, follows no link, and shows every
// character a person should read: what Markdown would swallow is written out.

/// Lays out Markdown: headings, lists, tasks, tables, code, links, quotes, emphasis.
public enum Markdown {
  /// Whose text is laid out.
  public enum Origin: Sendable {
    /// Text made of words of others, such as the body of a decision, in which names and patterns stand as they are:
    /// `lib/*/__init__.py` keeps its stars and underscores, `\d+` its backslash.
    case raw
    /// A document whose writer escaped what would mean something, such as a report.
    case escaped
  }

  /// Longer texts are shown as they are written; no question or report is near it.
  static let longest = 1_048_576

  /// The rows of a text at a width, and how many hidden characters were made visible in it.
  ///
  /// - Parameters:
  ///   - text: The Markdown.
  ///   - columns: The width in columns; tables keep four columns a cell, whatever it is.
  ///   - origin: Whose text it is.
  public static func rows(_ text: String, columns: Int, from origin: Origin = .raw) -> (lines: [Line], hidden: Int) {
    guard columns > 0 else { return ([], 0) }
    let cleaned = Text.lines(text)
    let hidden = cleaned.reduce(0) { $0 + $1.hiddenCount }
    let written = cleaned.map(\.string).joined(separator: "\n")
    guard written.utf8.count <= longest else { return (plain(cleaned, columns: columns), hidden) }
    var source = origin == .raw ? Guarded.guarding(written) : written
    let document = source.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cmd_read($0.baseAddress, $0.count) }
    }
    guard let document else { return (plain(cleaned, columns: columns), hidden) }
    defer { cmark_node_free(document) }
    var layout = Layout(columns: columns)
    layout.take(document, indent: Line(), columns: columns)
    return (layout.rows, hidden)
  }

  private static func plain(_ lines: [CleanText], columns: Int) -> [Line] {
    lines.flatMap { Line($0).wrapped(to: columns) }
  }
}

/// Characters that stand for others while Markdown is read, so that it does not take them for its own.
///
/// They are control characters, which cleaned text never holds.
private enum Guarded {
  private static let pairs: [(mark: Unicode.Scalar, is: String)] = [
    ("\u{1}", "_"), ("\u{2}", "*"), ("\u{3}", "\\"), ("\u{4}", "&"), ("\u{5}", ""),
  ]

  /// Hides underscores, backslashes, ampersands, single stars within a line, and what would make a definition of a link.
  static func guarding(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var before: Unicode.Scalar = "\n"
    var isLineStart = true
    let scalars = Array(text.unicodeScalars)
    for (place, scalar) in scalars.enumerated() {
      let after = place + 1 < scalars.count ? scalars[place + 1] : "\n"
      switch scalar {
      case "_": result.append("\u{1}")
      case "\\": result.append("\u{3}")
      case "&": result.append("\u{4}")
      case "*":
        let isDouble = (before == "*") != (after == "*")
        let isBesidePath =
          before == "/" || after == "/" || (place > 1 && before == "*" && scalars[place - 2] == "/")
          || (after == "*" && place + 2 < scalars.count && scalars[place + 2] == "/")
        let isBullet = isLineStart && (after == " " || after == "*")
        result.append(isBullet || (isDouble && !isBesidePath) ? "*" : "\u{2}")
      case ":" where before == "]": result.append(contentsOf: ["\u{5}", ":"])
      default: result.append(scalar)
      }
      if scalar == "\n" { isLineStart = true } else if scalar != " ", scalar != "*" { isLineStart = false }
      before = scalar
    }
    return String(result)
  }

  /// The text as it was written.
  static func restoring(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 <= 5 && $0 > 0 }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if let pair = pairs.first(where: { $0.mark == scalar }) {
        result += pair.is
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Rows in the making.
private struct Layout {
  let columns: Int
  var rows: [Line] = []
  /// What stands before the next row instead of the indent, such as the mark of a list's item.
  private var lead: Line?

  init(columns: Int) { self.columns = columns }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    guard let pointer else { return "" }
    // Numbered characters of HTML may bring back what was cleaned away.
    return Text.clean(Guarded.restoring(String(cString: pointer))).string
  }

  private static func children(_ node: OpaquePointer) -> [OpaquePointer] {
    var found: [OpaquePointer] = []
    var child = cmark_node_first_child(node)
    while let each = child {
      found.append(each)
      child = cmark_node_next(each)
    }
    return found
  }

  // MARK: Blocks

  /// Lays out what a node holds, each part a block of its own; blank rows stand where they were written.
  mutating func take(_ node: OpaquePointer, indent: Line, columns: Int) {
    var last: OpaquePointer?
    for child in Layout.children(node) {
      if let last, rows.last?.isEmpty == false, lead == nil {
        let isApart = cmark_node_get_start_line(child) > Layout.end(of: last) + 1
        if isApart || cmd_kind_of(child) == CMD_HEADING { rows.append(Line()) }
      }
      block(child, indent: indent, columns: columns)
      last = child
    }
  }

  /// The last line of a block that says something: a list's own end may lie behind blank lines.
  private static func end(of node: OpaquePointer) -> Int32 {
    switch cmd_kind_of(node) {
    case CMD_LIST, CMD_ITEM, CMD_QUOTE:
      if let last = cmark_node_last_child(node) { return end(of: last) }
      return cmark_node_get_end_line(node)
    default: return cmark_node_get_end_line(node)
    }
  }

  private mutating func block(_ node: OpaquePointer, indent: Line, columns: Int) {
    switch cmd_kind_of(node) {
    case CMD_HEADING: put(spans(node, Style.title.bold), indent: indent)
    case CMD_PARAGRAPH: put(spans(node, .text), indent: indent)
    case CMD_QUOTE: take(node, indent: indent + Line("| ", .muted), columns: columns)
    case CMD_LIST: list(node, indent: indent, columns: columns)
    case CMD_CODE_BLOCK: code(node, indent: indent)
    case CMD_HTML_BLOCK:
      for line in Text.lines(Layout.lines(of: node)) where !line.string.isEmpty {
        put([Line(line)], indent: indent)
      }
    case CMD_RULE:
      put([Line(String(repeating: "-", count: max(1, self.columns - indent.columns)), .border)], indent: indent)
    case CMD_TABLE: table(node, indent: indent)
    default: take(node, indent: indent, columns: columns)
    }
  }

  private mutating func put(_ lines: [Line], indent: Line, hanging: Int = 0) {
    for line in lines {
      let start = lead ?? indent
      lead = nil
      let room = max(1, columns - indent.columns)
      for (number, part) in line.wrapped(to: room, indent: hanging).enumerated() {
        rows.append((number == 0 ? start : indent) + part)
      }
    }
  }

  private mutating func list(_ node: OpaquePointer, indent: Line, columns: Int) {
    let isOrdered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
    var number = Int(cmark_node_get_list_start(node))
    var last: OpaquePointer?
    for item in Layout.children(node) {
      if let last, rows.last?.isEmpty == false, cmark_node_get_start_line(item) > Layout.end(of: last) + 1 {
        rows.append(Line())
      }
      last = item
      var mark = isOrdered ? "\(number). " : "- "
      switch cmd_task(item) {
      case 1: mark += "[ ] "
      case 2: mark += "[x] "
      default: break
      }
      number += 1
      let inner = indent + Line(String(repeating: " ", count: mark.utf8.count))
      lead = (lead ?? indent) + Line(mark, .muted)
      take(item, indent: inner, columns: columns)
      if let empty = lead {
        rows.append(empty)
        lead = nil
      }
    }
  }

  private mutating func code(_ node: OpaquePointer, indent: Line) {
    let language = Layout.text(cmark_node_get_fence_info(node))
    // A language is a short word of letters; anything else is something somebody wrote.
    let isLanguage = language.utf8.count <= 12 && language.allSatisfy { $0.isLetter || "+-#".contains($0) }
    if !isLanguage { put([Line("  " + language, .muted)], indent: indent) }
    var lines = Text.lines(Layout.lines(of: node))
    if lines.last?.string.isEmpty == true { lines.removeLast() }
    for line in lines {
      put([Line("  " + line.string, Layout.style(line.string, in: language))], indent: indent, hanging: 2)
    }
  }

  private static func lines(of node: OpaquePointer) -> String {
    cmark_node_get_literal(node).map { Guarded.restoring(String(cString: $0)) } ?? ""
  }

  /// The style of a line of code: what a difference adds and removes has its own, beside its sign.
  private static func style(_ line: String, in language: String) -> Style {
    guard language == "diff" else { return .link }
    if line.hasPrefix("+") { return .diffAdded }
    if line.hasPrefix("-") { return .diffRemoved }
    return line.hasPrefix("@@") ? .muted : .text
  }

  // MARK: Tables

  private mutating func table(_ node: OpaquePointer, indent: Line) {
    let rows = Layout.children(node)
    let cells = rows.map { row in
      Layout.children(row).map { spans($0, cmd_is_heading_row(row) != 0 ? .muted : .text).first ?? Line() }
    }
    let count = cells.map(\.count).max() ?? 0
    guard count > 0 else { return }
    var widths = (0..<count).map { column in cells.map { column < $0.count ? $0[column].columns : 0 }.max() ?? 0 }
    // The widest column gives way until the table fits; its texts are cut, not the ones beside them.
    let room = columns - indent.columns - 2 * (count - 1)
    while widths.reduce(0, +) > room, let widest = widths.max(), widest > 4, let place = widths.firstIndex(of: widest) {
      widths[place] -= 1
    }
    for row in cells {
      var line = Line()
      for column in 0..<count {
        var cell = column < row.count ? row[column] : Line()
        if cell.columns > widths[column] {
          cell = Line(Text.cut(cell.text, to: widths[column]), cell.spans.first?.style ?? .text)
        }
        let gap = widths[column] - cell.columns
        let before: Int
        switch cmd_alignment(node, UInt16(column)) {
        case UInt8(ascii: "r"): before = gap
        case UInt8(ascii: "c"): before = gap / 2
        default: before = 0
        }
        line += Line(String(repeating: " ", count: before)) + cell
        if column < count - 1 { line += Line(String(repeating: " ", count: gap - before + 2)) }
      }
      self.rows.append((lead ?? indent) + line)
      lead = nil
    }
  }

  // MARK: Within a line

  /// The lines of a paragraph, before they are wrapped; only a hard break ends one.
  private func spans(_ node: OpaquePointer, _ style: Style) -> [Line] {
    var lines = [Line()]
    inline(node, style, &lines)
    return lines
  }

  private func inline(_ node: OpaquePointer, _ style: Style, _ lines: inout [Line]) {
    func add(_ line: Line) { lines[lines.count - 1] += line }
    for child in Layout.children(node) {
      switch cmd_kind_of(child) {
      case CMD_SOFT_BREAK: add(Line(" ", style))
      case CMD_LINE_BREAK: lines.append(Line())
      case CMD_CODE:
        add(Line(Layout.text(cmark_node_get_literal(child)), Style(.link, on: style.surface, style.emphasis)))
      case CMD_EMPHASIS:
        var slanted = style
        slanted.emphasis.insert(.underline)
        inline(child, slanted, &lines)
      case CMD_STRONG: inline(child, style.bold, &lines)
      case CMD_LINK, CMD_IMAGE:
        var words = [Line()]
        inline(child, Style(.link, on: style.surface, style.emphasis), &words)
        let shown = words.map(\.text).joined(separator: " ")
        for (number, line) in words.enumerated() {
          if number > 0 { lines.append(Line()) }
          add(line)
        }
        let target = Layout.text(cmark_node_get_url(child))
        let title = Layout.text(cmark_node_get_title(child))
        // Where a link leads is said, since its words may say something else.
        if target != shown, !target.isEmpty, target != "http://" + shown, target != "mailto:" + shown {
          add(Line(" (\(target))", .muted))
        }
        if !title.isEmpty { add(Line(" \"\(title)\"", .muted)) }
      default:
        if let literal = cmark_node_get_literal(child) {
          add(Line(Layout.text(literal), style))
        } else {
          inline(child, style, &lines)
        }
      }
    }
  }
}
