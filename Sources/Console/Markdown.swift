import Screen

/// Lays out the light Markdown of decisions: headings, lists, bold, code, quotes and tables as aligned text.
///
/// What it does not know stays as it is written, so nothing a person should read is ever dropped.
enum Markdown {
  /// The rows of a text at a width, and how many hidden characters were made visible in it.
  static func rows(_ text: String, columns: Int) -> (lines: [Line], hidden: Int) {
    guard columns > 0 else { return ([], 0) }
    let cleaned = Text.lines(text)
    var layout = Layout(columns: columns)
    for line in cleaned { layout.take(line.string) }
    layout.finish()
    return (layout.rows, cleaned.reduce(0) { $0 + $1.hiddenCount })
  }

  /// Bold, code and links within one line.
  static func spans(_ text: String, _ style: Style = .text) -> Line {
    var line = Line()
    var plain = ""
    var rest = Substring(text)
    func flush() {
      if !plain.isEmpty { line += Line(plain, style) }
      plain = ""
    }
    while let character = rest.first {
      if rest.hasPrefix("**"), let close = closing("**", in: rest.dropFirst(2)), !close.inside.isEmpty {
        flush()
        line += spans(String(close.inside), style.bold)
        rest = close.rest
      } else if character == "`", let close = closing("`", in: rest.dropFirst()), !close.inside.isEmpty {
        flush()
        line += Line(String(close.inside), Style(.link, on: style.surface, style.emphasis))
        rest = close.rest
      } else if character == "[", let link = link(rest) {
        flush()
        line += Line(String(link.text), Style(.link, on: style.surface, style.emphasis))
        if link.text != link.target { line += Line(" (\(link.target))", .muted) }
        rest = link.rest
      } else {
        plain.append(character)
        rest = rest.dropFirst()
      }
    }
    flush()
    return line
  }

  private static func closing(_ mark: String, in text: Substring) -> (inside: Substring, rest: Substring)? {
    var place = text.startIndex
    while place < text.endIndex {
      if text[place...].hasPrefix(mark) {
        return (text[..<place], text[place...].dropFirst(mark.count))
      }
      place = text.index(after: place)
    }
    return nil
  }

  private static func link(_ text: Substring) -> (text: Substring, target: Substring, rest: Substring)? {
    guard let name = closing("]", in: text.dropFirst()), name.rest.hasPrefix("("), !name.inside.isEmpty,
      let target = closing(")", in: name.rest.dropFirst())
    else { return nil }
    return (name.inside, target.inside, target.rest)
  }

  private struct Layout {
    let columns: Int
    var rows: [Line] = []
    private var paragraph = ""
    private var indent = 0
    private var lead = ""
    private var table: [[String]] = []
    /// The fence that is open: how many marks close it, and what stands in it.
    private var fence: (marks: Int, language: String)?

    init(columns: Int) { self.columns = columns }

    mutating func take(_ line: String) {
      let trimmed = Layout.trim(Substring(line))
      if let open = fence {
        if Layout.closes(trimmed, open.marks) {
          fence = nil
        } else {
          rows += Line("  " + line, Layout.style(line, in: open.language)).wrapped(to: columns, indent: 2)
        }
        return
      }
      if let open = Layout.fence(trimmed) {
        endBlock()
        fence = open
        return
      }
      if trimmed.hasPrefix("|"), trimmed.utf8.count > 1 {
        endParagraph()
        table.append(Layout.cells(trimmed))
        return
      }
      endTable()
      if trimmed.isEmpty {
        endParagraph()
        if let last = rows.last, !last.isEmpty { rows.append(Line()) }
      } else if let heading = Layout.heading(trimmed) {
        endParagraph()
        if let last = rows.last, !last.isEmpty { rows.append(Line()) }
        rows += Markdown.spans(heading, Style.title.bold).wrapped(to: columns)
      } else if trimmed.count >= 3, trimmed.allSatisfy({ $0 == "-" }) || trimmed.allSatisfy({ $0 == "*" }) {
        endParagraph()
        rows.append(Line(String(repeating: "-", count: columns), .border))
      } else if let item = Layout.item(line) {
        endParagraph()
        lead = item.lead
        indent = item.lead.utf8.count
        paragraph = String(item.text)
      } else if trimmed.hasPrefix(">") {
        endParagraph()
        lead = "| "
        indent = 2
        paragraph = String(Layout.trim(trimmed.dropFirst()))
      } else {
        paragraph += (paragraph.isEmpty ? "" : " ") + String(trimmed)
      }
    }

    mutating func finish() {
      endBlock()
      while let last = rows.last, last.isEmpty { rows.removeLast() }
    }

    private mutating func endBlock() {
      endParagraph()
      endTable()
    }

    private mutating func endParagraph() {
      defer {
        paragraph = ""
        lead = ""
        indent = 0
      }
      guard !paragraph.isEmpty || !lead.isEmpty else { return }
      let line = Line(lead, .muted) + Markdown.spans(paragraph)
      rows += line.wrapped(to: columns, indent: indent)
    }

    private mutating func endTable() {
      defer { table = [] }
      guard !table.isEmpty else { return }
      let count = table.map(\.count).max() ?? 0
      let body = table.filter { !$0.allSatisfy(Layout.isRule) }
      let hasHeading = body.count < table.count
      var widths = (0..<count).map { column in
        body.map { column < $0.count ? Markdown.spans($0[column]).columns : 0 }.max() ?? 0
      }
      // The widest column gives way until the table fits; its texts are cut, not the ones beside them.
      let gaps = 2 * max(0, count - 1)
      while widths.reduce(0, +) + gaps > columns, let widest = widths.max(), widest > 4 {
        if let place = widths.firstIndex(of: widest) { widths[place] -= 1 }
      }
      for (number, row) in body.enumerated() {
        var line = Line()
        for column in 0..<count {
          let style = number == 0 && hasHeading ? Style.muted : Style.text
          var cell = Markdown.spans(column < row.count ? row[column] : "", style)
          if cell.columns > widths[column] { cell = Line(Screen.Text.cut(cell.text, to: widths[column]), style) }
          line += cell
          if column < count - 1 {
            line += Line(String(repeating: " ", count: max(0, widths[column] - cell.columns) + 2))
          }
        }
        rows.append(line)
      }
    }

    /// The fence that a line opens. A longer one may hold shorter ones, so that nothing shown can end what shows it.
    private static func fence(_ line: Substring) -> (marks: Int, language: String)? {
      let marks = line.prefix { $0 == "`" }.count
      let language = trim(line.dropFirst(marks))
      return marks >= 3 && !language.contains("`") ? (marks, String(language)) : nil
    }

    private static func closes(_ line: Substring, _ marks: Int) -> Bool {
      line.count >= marks && line.allSatisfy { $0 == "`" }
    }

    /// The style of a line in a fence: what a difference adds and removes has its own, beside its sign.
    private static func style(_ line: String, in language: String) -> Style {
      guard language == "diff" else { return .link }
      if line.hasPrefix("+") { return .diffAdded }
      if line.hasPrefix("-") { return .diffRemoved }
      return line.hasPrefix("@@") ? .muted : .text
    }

    private static func isRule(_ cell: String) -> Bool {
      !cell.isEmpty && cell.allSatisfy { $0 == "-" || $0 == ":" || $0 == " " }
    }

    private static func cells(_ line: Substring) -> [String] {
      var inner = line.dropFirst()
      if inner.last == "|" { inner = inner.dropLast() }
      return inner.split(separator: "|", omittingEmptySubsequences: false).map { String(trim($0)) }
    }

    private static func heading(_ line: Substring) -> String? {
      let marks = line.prefix { $0 == "#" }.count
      guard (1...6).contains(marks), line.dropFirst(marks).first == " " else { return nil }
      return String(trim(line.dropFirst(marks)))
    }

    private static func item(_ line: String) -> (lead: String, text: Substring)? {
      let spaces = line.prefix { $0 == " " }.count
      let rest = line.dropFirst(spaces)
      let depth = String(repeating: " ", count: min(spaces / 2, 4) * 2)
      for mark in ["- ", "* ", "+ "] where rest.hasPrefix(mark) {
        return (depth + "- ", trim(rest.dropFirst(2)))
      }
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard (1...3).contains(digits.count) else { return nil }
      let after = rest.dropFirst(digits.count)
      guard after.hasPrefix(". ") || after.hasPrefix(") ") else { return nil }
      return (depth + digits + ". ", trim(after.dropFirst(2)))
    }

    private static func trim(_ text: Substring) -> Substring {
      var result = text
      while result.first == " " { result = result.dropFirst() }
      while result.last == " " { result = result.dropLast() }
      return result
    }
  }
}
