/// Turns text from outside into Markdown that shows exactly this text and does nothing else.
///
/// Reports quote briefs, file names, findings and notes; all of that is hostile until cleaned. No target here reads a
/// disk or a clock, and nothing is ever cut short.
enum Markdown {
  /// One line of text, with every character escaped that would mean something to Markdown or HTML where it stands.
  static func inline(_ text: String) -> String {
    var result = ""
    let scalars = Array(oneLine(text).unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      let before = index > 0 ? scalars[index - 1] : " "
      let after = index + 1 < scalars.count ? scalars[index + 1] : " "
      if isSpecial(scalar, between: before, and: after) { result.unicodeScalars.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  /// One line of text that may also begin a paragraph or a list item without becoming a heading, list or rule.
  static func paragraph(_ text: String) -> String {
    let line = inline(text)
    guard let first = line.unicodeScalars.first else { return line }
    if "#+-=>".unicodeScalars.contains(first) { return "\\" + line }
    let digits = line.unicodeScalars.prefix { ("0"..."9").contains($0) }
    let rest = line.unicodeScalars.dropFirst(digits.count)
    guard !digits.isEmpty, let mark = rest.first, mark == "." || mark == ")" else { return line }
    return String(digits) + "\\" + String(rest)
  }

  /// A code span that shows a text as it is, whatever backticks it holds; usable inside and outside of tables.
  ///
  /// A bar cannot be written so that both a table and a paragraph show it in a code span; such a text stands as plain
  /// text instead, because showing it exactly matters more than its type face.
  static func code(_ text: String) -> String {
    let line = oneLine(text)
    if line.isEmpty { return "none" }
    if line.unicodeScalars.contains("|") { return inline(line) }
    let fence = String(repeating: "`", count: longestRun(of: "`", in: line) + 1)
    let pad = line.hasPrefix("`") || line.hasSuffix("`") ? " " : ""
    return fence + pad + line + pad + fence
  }

  /// A text of several lines as a quotation: paragraphs and list items stay, everything else is shown literally.
  static func quote(_ text: String) -> String {
    var lines: [String] = []
    for raw in text.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd) {
      let line = trimmed(clean(String(raw)))
      if line.isEmpty {
        lines.append(">")
      } else if line.hasPrefix("- ") || line.hasPrefix("* ") {
        lines.append("> - " + paragraph(String(line.dropFirst(2))))
      } else {
        lines.append("> " + paragraph(line))
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Several lines exactly as they are, in a fence longer than any in the text.
  static func block(_ text: String) -> String {
    let longest = max(2, longestRun(of: "`", in: text))
    let fence = String(repeating: "`", count: longest + 1)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd).map { clean(String($0)) }
    return "\(fence)text\n\(lines.joined(separator: "\n"))\n\(fence)"
  }

  /// A text on one line: line ends and tabs become spaces, invisible controls become visible.
  static func oneLine(_ text: String) -> String {
    let words = text.split(omittingEmptySubsequences: true, whereSeparator: isLineEnd)
    return trimmed(words.map { trimmed(clean(String($0))) }.filter { !$0.isEmpty }.joined(separator: " "))
  }

  /// Shows characters that would steer a terminal, the direction of text or nothing at all as `⟨U+202E⟩`.
  static func clean(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09: result.unicodeScalars.append(" ")
      case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E,
        0x2060...0x2064, 0x2066...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "⟨U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "⟩"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Whether CommonMark, or GitHub's tables, strikethrough and mathematics, may give a character a meaning.
  private static func isSpecial(
    _ scalar: Unicode.Scalar, between before: Unicode.Scalar, and after: Unicode.Scalar
  ) -> Bool {
    switch scalar {
    case "\\", "`", "*", "[", "]", "<", "|", "~", "$": return true
    // Inside of a word an underscore is one; a lone ampersand too.
    case "_": return !(isWord(before) && isWord(after))
    case "&": return after == "#" || isWord(after)
    // GitHub makes links of bare addresses; a report leads nowhere that a person did not choose.
    case ":": return after == "/"
    case ".": return before == "w" || before == "W"
    default: return false
    }
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  private static func longestRun(of mark: Unicode.Scalar, in text: String) -> Int {
    var longest = 0
    var run = 0
    for scalar in text.unicodeScalars {
      run = scalar == mark ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }

  private static func isLineEnd(_ character: Character) -> Bool { character.isNewline }

  private static func trimmed(_ text: String) -> String {
    let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\u{A0}" || $0 == "\u{3000}" }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isBlank($0) }), let last = scalars.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(scalars[first...last])
  }
}
