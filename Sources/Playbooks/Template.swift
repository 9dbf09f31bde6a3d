import Kernel

/// A text with places for facts, and where it stands.
struct Template {
  /// The text.
  let text: String
  /// The file it stands in.
  let file: LibraryFile
  /// The line of its first character.
  let line: Int
  /// The column of its first character.
  let column: Int
  /// Whether the text stands in the file character by character, so that a fact's own line can be named.
  let isVerbatim: Bool

  /// Refuses a fact that nobody fills in, because a person would read `{{name}}` instead of a value.
  func check(facts: [String], usedFor words: String) throws(LibraryFailure) {
    var line = line
    var column = column
    var rest = Substring(text)
    while let first = rest.first {
      if rest.hasPrefix("{{") {
        let inner = rest.dropFirst(2)
        let name = inner.prefix { $0 != "}" && $0 != "{" && !$0.isNewline }
        guard inner.dropFirst(name.count).hasPrefix("}}") else {
          throw file.failure(line: line, column: column, "“{{” is not closed; write a fact as {{name}}.")
        }
        guard facts.contains(String(name)) else {
          let known = facts.joined(separator: ", ")
          throw file.failure(
            line: line, column: column, "Nothing fills in {{\(name)}} for \(words); known are \(known).")
        }
      }
      rest = rest.dropFirst()
      guard isVerbatim else { continue }
      if first.isNewline {
        line += 1
        column = 1
      } else {
        column += first.unicodeScalars.count
      }
    }
  }
}

extension YAMLEntry {
  /// The value as a text with places for facts.
  func template(_ what: String) throws(LibraryFailure) -> Template {
    Template(
      text: try text(what), file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, isVerbatim: false)
  }
}
