import Kernel
import Screen

// Texts of a megabyte and more: laying all of one out at every key would hold up keys, so its beginning is shown, with
// what is left and where all of it can be read.

enum LongText {
  /// From this size on only the beginning of a text is laid out, in bytes.
  static let longest = 1_000_000
  /// How many lines of such a text are laid out.
  static let lines = 200
  /// A row of a list shows no more of a text, in bytes; nobody moves that far sideways.
  static let row = 4_096
  /// The beginning of a long text has no more bytes, for texts that have no lines.
  private static let beginning = 65_536

  /// The first bytes of a text that a row can show, without half a character at their end.
  static func start(of text: String, bytes: Int = row) -> String {
    guard text.utf8.count > bytes else { return text }
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: bytes)
    while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }

  /// The first lines of a text that is too long to be laid out; `nil` when it is not.
  static func beginning(of text: String) -> String? {
    guard text.utf8.count > longest else { return nil }
    let start = start(of: text, bytes: beginning)
    return start.split(separator: "\n", maxSplits: lines, omittingEmptySubsequences: false).prefix(lines)
      .joined(separator: "\n")
  }

  /// `1.3 MB`, for people.
  static func size(_ bytes: Int) -> String {
    let tenths = (bytes + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10) MB"
  }
}

extension Model {
  /// The beginning of a text that is too long to be laid out, and what is said below it; the text itself when it is not.
  func laidOut(_ text: String, in place: Where) -> (text: String, rest: [Line]) {
    // What is said in pages is said whole.
    guard !laysOutAll, !speaksLines, let start = LongText.beginning(of: text) else { return (text, []) }
    let (key, size) = (keyName(.pager, in: place), LongText.size(text.utf8.count))
    let words = "Only the beginning is shown; \(key) opens all of it in your pager (\(size))."
    return (start, [Line(), Line(words, .stateWarning)])
  }
}
