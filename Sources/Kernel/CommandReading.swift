/// One word of a command, as a shell would hand it on.
struct CommandWord: Equatable, Sendable {
  /// Its bytes without quotes.
  var bytes: [UInt8] = []
  /// Whether a shell would put something else in its place, so that nobody can tell what it says.
  var isOpen = false
  /// Whether it holds `*`, `?` or `[` outside quotes.
  var isPattern = false
  /// Whether it holds braces outside quotes.
  var hasBraces = false
}

/// Splits what is given to a shell into the commands it would run, without running anything.
///
/// It never has to be right about a shell's whole grammar: whatever it does not follow becomes a doubt, and with a doubt
/// nothing is let through. What stands in substitutions, groups and comments is split as well, so that a forbidden
/// command is found wherever it stands.
struct CommandReading: Equatable, Sendable {
  /// Why a command cannot be let through by a rule, whatever its words.
  enum Doubt: String, Equatable, Sendable {
    /// A file takes what it prints, or gives what it reads.
    case redirection
    /// A shell puts something else in the place of a variable or a command.
    case substitution
    /// It goes on when nobody waits for it any more.
    case background
    /// A shell would treat the rest otherwise than it looks.
    case comment
    /// A quote or bracket is not closed, or it is too deep or too long to be followed.
    case unfinished
    /// It holds invisible characters.
    case control
  }

  /// Every command in it, in the order of its end.
  private(set) var parts: [[CommandWord]] = []
  /// The files that it would write by redirection.
  private(set) var targets: [CommandWord] = []
  /// Everything doubtful, each once.
  private(set) var doubts: [Doubt] = []

  private var bytes: [UInt8]
  private var at = 0
  private var depth: Int

  /// The longest text that is followed; nothing that a person would approve at a glance is longer.
  static let longest = 16_384

  /// Reads a text.
  init(_ text: String) { self.init(Array(text.utf8), depth: 0) }

  private init(_ bytes: [UInt8], depth: Int) {
    self.bytes = bytes
    self.depth = depth
    guard bytes.count <= CommandReading.longest, depth <= 8 else {
      doubt(.unfinished)
      return
    }
    read(until: nil)
    // A quote in a document within the text may have swallowed the lines behind it; each is looked at for itself.
    guard depth == 0, !doubts.isEmpty, bytes.contains(10) else { return }
    for line in bytes.split(separator: 10) { include(CommandReading(Array(line), depth: 1)) }
  }

  private mutating func doubt(_ doubt: Doubt) {
    if !doubts.contains(doubt) { doubts.append(doubt) }
  }

  private mutating func include(_ other: CommandReading) {
    parts += other.parts
    targets += other.targets
    for doubt in other.doubts { self.doubt(doubt) }
  }

  private func peek(_ offset: Int = 1) -> UInt8 { at + offset < bytes.count ? bytes[at + offset] : 0 }

  /// What is being put together while one level of the text is read.
  private struct Draft {
    var words: [CommandWord] = []
    var word: CommandWord?
    /// Whether the next word is the file of a redirection, and whether that file is written.
    var target: (isNext: Bool, isWritten: Bool) = (false, false)
  }

  private mutating func endWord(_ draft: inout Draft) {
    guard let word = draft.word else { return }
    draft.word = nil
    if draft.target.isNext {
      if draft.target.isWritten { targets.append(word) }
      draft.target = (false, false)
    } else {
      draft.words.append(word)
    }
  }

  private mutating func endPart(_ draft: inout Draft) {
    endWord(&draft)
    if !draft.words.isEmpty { parts.append(draft.words) }
    draft = Draft()
  }

  // MARK: - Outside quotes

  private mutating func read(until close: UInt8?) {
    var draft = Draft()
    while at < bytes.count {
      let byte = bytes[at]
      if byte == close {
        endPart(&draft)
        at += 1
        return
      }
      switch byte {
      case UInt8(ascii: " "), 9: endWord(&draft)
      case 10, UInt8(ascii: ";"): endPart(&draft)
      case UInt8(ascii: "|"):
        endPart(&draft)
        if peek() == byte || peek() == UInt8(ascii: "&") { at += 1 }
      case UInt8(ascii: "&"):
        if peek() == UInt8(ascii: ">") {
          at += 1
          redirect(&draft)
          continue
        }
        endPart(&draft)
        if peek() == byte { at += 1 } else { doubt(.background) }
      case UInt8(ascii: ">"), UInt8(ascii: "<"):
        redirect(&draft)
        continue
      case UInt8(ascii: "("):
        if draft.word != nil || !draft.words.isEmpty { doubt(.unfinished) }
        endPart(&draft)
        at += 1
        nest()
        continue
      case UInt8(ascii: ")"):
        doubt(.unfinished)
        endPart(&draft)
      case UInt8(ascii: "#") where draft.word == nil:
        doubt(.comment)
        let rest = bytes[(at + 1)...].prefix { $0 != 10 }
        include(CommandReading(Array(rest), depth: depth + 1))
        at = rest.endIndex
        continue
      default:
        readWordByte(byte, &draft)
        continue
      }
      at += 1
    }
    if close != nil { doubt(.unfinished) }
    endPart(&draft)
  }

  /// Reads one byte, or one quotation, that belongs to a word.
  private mutating func readWordByte(_ byte: UInt8, _ draft: inout Draft) {
    var word = draft.word ?? CommandWord()
    switch byte {
    case UInt8(ascii: "'"):
      let inner = bytes[(at + 1)...].prefix { $0 != byte }
      word.bytes += inner
      if inner.endIndex == bytes.endIndex { doubt(.unfinished) }
      at = inner.endIndex + 1
    case UInt8(ascii: "\""): readQuoted(&word)
    case UInt8(ascii: "\\"):
      // A line that goes on is no part of any word.
      if peek() == 10 {
        at += 2
        return
      }
      if at + 1 < bytes.count { word.bytes.append(bytes[at + 1]) } else { doubt(.unfinished) }
      at += 2
    case UInt8(ascii: "$"), UInt8(ascii: "`"): substitute(&word)
    default:
      if byte < 32 || byte == 127 { doubt(.control) }
      if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[") { word.isPattern = true }
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") { word.hasBraces = true }
      word.bytes.append(byte)
      at += 1
    }
    draft.word = word
  }

  /// Reads a double-quoted text; `at` stands on its first quote.
  private mutating func readQuoted(_ word: inout CommandWord) {
    at += 1
    while at < bytes.count {
      let byte = bytes[at]
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        return
      case UInt8(ascii: "$"), UInt8(ascii: "`"): substitute(&word)
      case UInt8(ascii: "\\"):
        let next = peek()
        if next == 10 {
          at += 2
        } else if [UInt8(ascii: "$"), UInt8(ascii: "`"), UInt8(ascii: "\""), UInt8(ascii: "\\")].contains(next) {
          word.bytes.append(next)
          at += 2
        } else {
          word.bytes.append(byte)
          at += 1
        }
      default:
        word.bytes.append(byte)
        at += 1
      }
    }
    doubt(.unfinished)
  }

  /// Reads `$…` or a text in backticks; what it will say nobody knows before it is run.
  private mutating func substitute(_ word: inout CommandWord) {
    doubt(.substitution)
    word.isOpen = true
    if bytes[at] == UInt8(ascii: "$") {
      word.bytes.append(bytes[at])
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "(") {
        at += 1
        nest()
      }
      return
    }
    at += 1
    var inner: [UInt8] = []
    while at < bytes.count, bytes[at] != UInt8(ascii: "`") {
      if bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count { at += 1 }
      inner.append(bytes[at])
      at += 1
    }
    if at >= bytes.count { doubt(.unfinished) }
    at += 1
    include(CommandReading(inner, depth: depth + 1))
  }

  /// Reads commands up to the bracket that closes them.
  private mutating func nest() {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 8 else {
      doubt(.unfinished)
      at = bytes.count
      return
    }
    read(until: UInt8(ascii: ")"))
  }

  /// Reads a redirection's sign; the word behind it is no word of the command.
  ///
  /// Two of them write nowhere and are no reason to ask: joining two outputs (`2>&1`), and throwing one away
  /// (`2>/dev/null`).
  private mutating func redirect(_ draft: inout Draft) {
    if let word = draft.word, word.bytes.allSatisfy({ (48...57).contains($0) }) { draft.word = nil }
    endWord(&draft)
    let isWritten = bytes[at] == UInt8(ascii: ">")
    if peek() == UInt8(ascii: "(") {
      doubt(.substitution)
      at += 2
      nest()
      return
    }
    at += 1
    while at < bytes.count, [UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: "|")].contains(bytes[at]) { at += 1 }
    if isWritten, at < bytes.count, bytes[at] == UInt8(ascii: "&") {
      at += 1
      let number = bytes[at...].prefix { (48...57).contains($0) }
      if !number.isEmpty, CommandReading.isEnd(number.endIndex, of: bytes) {
        at = number.endIndex
        return
      }
    } else if isWritten {
      let blanks = bytes[at...].prefix { $0 == 32 || $0 == 9 }
      let end = blanks.endIndex + CommandReading.nowhere.count
      if bytes[blanks.endIndex...].starts(with: CommandReading.nowhere), CommandReading.isEnd(end, of: bytes) {
        at = end
        return
      }
    }
    doubt(.redirection)
    draft.target = (true, isWritten)
  }

  private static let nowhere = Array("/dev/null".utf8)

  private static func isEnd(_ index: Int, of bytes: [UInt8]) -> Bool {
    index >= bytes.count || [32, 9, 10].contains(bytes[index]) || "|&;)".utf8.contains(bytes[index])
  }
}

extension CommandReading {
  /// Every command that would be run, by whatever other command: behind `sudo`, in `sh -c '…'`, after `X=1`.
  var everything: [[CommandWord]] {
    var found: [[CommandWord]] = []
    var steps = 2_000
    CommandReading.collect(parts, into: &found, depth: 0, steps: &steps)
    return found
  }

  /// - Parameter steps: How many more commands are looked at; whoever writes thousands is asked about anyway.
  private static func collect(
    _ parts: [[CommandWord]], into found: inout [[CommandWord]], depth: Int, steps: inout Int
  ) {
    for part in parts {
      let words = Array(part.drop(while: isBefore))
      guard let first = words.first, steps > 0 else { continue }
      steps -= 1
      found.append(words)
      let name = String(decoding: baseName(of: first), as: UTF8.self)
      if shells.contains(name), depth < 4 {
        for word in words.dropFirst().prefix(16) where word.bytes.first != UInt8(ascii: "-") {
          let inner = CommandReading(word.bytes, depth: 1)
          collect(inner.parts, into: &found, depth: depth + 1, steps: &steps)
        }
      }
      if carriers.contains(name), depth < 4 {
        for start in words.indices.dropFirst().prefix(32) {
          let name = String(decoding: baseName(of: words[start]), as: UTF8.self)
          found.append(Array(words[start...].prefix(64)))
          guard shells.contains(name) || start == 1 else { continue }
          collect([Array(words[start...])], into: &found, depth: depth + 1, steps: &steps)
        }
      }
    }
  }

  /// The name of a program without the folder it is called from.
  static func baseName(of word: CommandWord) -> [UInt8] {
    Array(word.bytes.split(separator: UInt8(ascii: "/")).last ?? [])
  }

  /// Whether a word stands before the command itself: a variable's value, a word of the shell's own.
  private static func isBefore(_ word: CommandWord) -> Bool {
    if isAssignment(word) { return true }
    return ["{", "!", "if", "then", "else", "elif", "while", "until", "do", "time", "coproc"].contains {
      $0.utf8.elementsEqual(word.bytes)
    }
  }

  /// Whether a word sets a variable, e.g. `PATH=.`.
  static func isAssignment(_ word: CommandWord) -> Bool {
    guard let sign = word.bytes.firstIndex(of: UInt8(ascii: "=")), sign > 0 else { return false }
    return word.bytes[..<sign].allSatisfy { byte in
      byte == UInt8(ascii: "_") || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || byte == UInt8(ascii: "+")
    }
  }

  /// Programs that run what their words say.
  private static let shells = ["sh", "bash", "dash", "zsh", "ksh", "fish", "ash", "eval", "su", "trap"]

  /// Programs that run the command that stands behind them.
  private static let carriers = [
    "sudo", "doas", "env", "nohup", "nice", "ionice", "timeout", "command", "exec", "builtin", "xargs", "setsid",
    "stdbuf", "busybox", "watch", "parallel", "find", "strace", "unshare", "chroot", "uv", "poetry", "pipenv", "npx",
    "function",
  ]
}
