/// Collects the blocks of a Markdown document, with one empty line between them.
///
/// Headings and table heads are fixed texts of this target; everything else must come through ``Markdown`` first.
struct Page {
  private var blocks: [String] = []

  /// The document, ending with one line end.
  var text: String { blocks.joined(separator: "\n\n") + "\n" }

  /// Adds a heading.
  mutating func heading(_ level: Int, _ text: String) {
    blocks.append(String(repeating: "#", count: level) + " " + text)
  }

  /// Adds a paragraph.
  mutating func paragraph(_ text: String) { blocks.append(text) }

  /// Adds a list, or a sentence when there is nothing to list.
  mutating func list(_ items: [String], otherwise: String) {
    blocks.append(items.isEmpty ? otherwise : items.map { "- " + $0 }.joined(separator: "\n"))
  }

  /// Adds a table, or a sentence when it has no row. Every row has as many cells as the head.
  mutating func table(_ head: [String], _ rows: [[String]], otherwise: String) {
    guard !rows.isEmpty else {
      blocks.append(otherwise)
      return
    }
    let rule = head.map { _ in "---" }
    let lines = ([head, rule] + rows).map { cells in
      "| " + head.indices.map { $0 < cells.count && !cells[$0].isEmpty ? cells[$0] : "–" }.joined(separator: " | ")
        + " |"
    }
    blocks.append(lines.joined(separator: "\n"))
  }

  /// Adds a table of names and values.
  mutating func facts(_ rows: [(String, String)]) {
    table(["Item", "Value"], rows.map { [$0.0, $0.1] }, otherwise: "")
  }

  /// Adds a person's words as a quotation, or a sentence when there are none.
  mutating func quote(_ text: String, otherwise: String) {
    let isEmpty = text.allSatisfy(\.isWhitespace)
    blocks.append(isEmpty ? otherwise : Markdown.quote(text))
  }

  /// Adds text as it is, line by line.
  mutating func block(_ text: String) { blocks.append(Markdown.block(text)) }
}
