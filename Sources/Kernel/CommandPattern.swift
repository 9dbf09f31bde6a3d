/// A pattern of commands by their first words, e.g. `ruff check`.
///
/// Words are compared one by one, with `*` and `?` within a word; more words may follow. In what is allowed, a word that
/// begins with `!` must not follow: `find !-exec` is a `find` without `-exec`.
public struct CommandPattern: Equatable, Sendable {
  /// The pattern as written.
  public let text: String
  private let words: [[UInt8]]
  private let excluded: [[UInt8]]

  /// Takes a pattern as it is written.
  public init(_ text: String) {
    self.text = text
    let all = Array(text.utf8).split { $0 == 32 || $0 == 9 }.map(Array.init)
    words = all.filter { $0.first != UInt8(ascii: "!") }
    excluded = all.filter { $0.first == UInt8(ascii: "!") }.map { Array($0.dropFirst()) }
  }

  /// Why a pattern cannot be meant as it is written, or `nil` when it can.
  public static func fault(in text: String, allowing: Bool) -> String? {
    let pattern = CommandPattern(text)
    guard let first = pattern.words.first else { return "it names no command" }
    if text.utf8.count > 512 { return "it has more than 512 bytes" }
    if first.contains(UInt8(ascii: "/")) { return "its first word is a path; name the program alone" }
    if first.allSatisfy({ $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) { return "it would fit every command" }
    if text.utf8.contains(where: { ";|&<>`$()\"'\\\n".utf8.contains($0) }) {
      return "it holds a sign of the shell; name one command by its words"
    }
    if !allowing, !pattern.excluded.isEmpty { return "a word with “!” only stands in what is allowed" }
    if pattern.excluded.contains(where: { $0.first != UInt8(ascii: "-") }) { return "“!” stands before an option" }
    return nil
  }

  /// Whether a command is surely one of these: its first words are exactly those of the pattern, none is left to a
  /// shell, and no excluded option follows.
  func allows(_ command: [CommandWord]) -> Bool {
    guard !words.isEmpty, command.count >= words.count else { return false }
    for (pattern, word) in zip(words, command) {
      guard !word.isOpen, !word.isPattern, Glob.matches(pattern, word.bytes) else { return false }
    }
    let rest = command.dropFirst(words.count)
    // A file may be called like an option, and a shell would put its name in place of the pattern.
    if !excluded.isEmpty, rest.contains(where: { $0.isPattern && "*?[".utf8.contains($0.bytes.first ?? 0) }) {
      return false
    }
    return !excluded.contains { option in rest.contains { CommandPattern.gives($0.bytes, option) } }
  }

  /// Whether a command may be one of these: other options may stand between, options may be joined, and the program may
  /// be called from any folder.
  func touches(_ command: [CommandWord]) -> Bool {
    guard let first = words.first, let program = command.first else { return false }
    guard Glob.matches(first, CommandReading.baseName(of: program)) else { return false }
    let rest = command.dropFirst().map(\.bytes)
    let dash = UInt8(ascii: "-")
    var plain = rest.filter { $0.first != dash }[...]
    for word in words.dropFirst() {
      if word.first == dash {
        guard CommandPattern.give(rest, word) else { return false }
      } else {
        guard let next = plain.popFirst(), Glob.matches(word, next) else { return false }
      }
    }
    return true
  }

  /// Whether the words of a command give an option together: `-r -f` gives `-rf`.
  private static func give(_ words: [[UInt8]], _ option: [UInt8]) -> Bool {
    if words.contains(where: { gives($0, option) }) { return true }
    let dash = UInt8(ascii: "-")
    guard option.count == 3, option[1] != dash else { return false }
    return option.dropFirst().allSatisfy { letter in words.contains { gives($0, [dash, letter]) } }
  }

  /// Whether a word of a command gives an option: `-fr` gives `-r`, `--out=x` gives `--output`, as programs read them.
  private static func gives(_ word: [UInt8], _ option: [UInt8]) -> Bool {
    let dash = UInt8(ascii: "-")
    guard word.first == dash, word.count > 1 else { return false }
    if word.starts(with: option) { return true }
    if option.starts(with: [dash, dash]) {
      // Many programs take any beginning of a long option that is clear.
      let name = Array(word.prefix { $0 != UInt8(ascii: "=") })
      return name.count > 2 && option.starts(with: name)
    }
    guard word[1] != dash, option.count > 1 else { return false }
    // A short option's letters may stand in any order among others; a long one with a single dash stands alone.
    let letters = option.dropFirst()
    return letters.count <= 2 && letters.allSatisfy { word.dropFirst().contains($0) }
  }
}
