/// Makes the names that appear in generated code: module, class, table, column, path and constraint names.
enum Naming {
  /// The longest entity or field name in generated code; longer ones are cut and end in a hash of the whole.
  ///
  /// PostgreSQL cuts identifiers at 63 bytes without a word, and lines stay within 120 columns up to 40.
  static let longestName = 40
  /// The longest identifier PostgreSQL keeps whole, in bytes.
  static let longestIdentifier = 63

  /// The snake-case form of words, cut to a length, with a prefix when it would begin with a digit.
  static func snake(_ words: [String], digitPrefix: String, limit: Int = longestName) -> String {
    guard let first = words.first, let initial = first.utf8.first else { return "" }
    let needsPrefix = (0x30...0x39).contains(initial)
    return shortened((needsPrefix ? [digitPrefix] + words : words).joined(separator: "_"), limit: limit)
  }

  /// The class-name form of a snake-case name: `order_item` becomes `OrderItem`.
  static func pascal(_ snake: String) -> String {
    snake.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// The path form of a snake-case name: `order_items` becomes `order-items`.
  static func kebab(_ snake: String) -> String {
    String(snake.map { $0 == "_" ? "-" : $0 })
  }

  /// The plural of a snake-case name's last word, by the regular English rules and a few common exceptions.
  static func plural(_ snake: String) -> String {
    var words = snake.split(separator: "_").map(String.init)
    guard let last = words.popLast() else { return snake }
    return (words + [pluralWord(last)]).joined(separator: "_")
  }

  private static func pluralWord(_ word: String) -> String {
    if let irregular = irregularPlurals[word] { return irregular }
    if uncountable.contains(word) { return word }
    let letters = Array(word)
    guard let last = letters.last, last.isLetter else { return word + "s" }
    let before = letters.count > 1 ? letters[letters.count - 2] : " "
    if last == "y", !"aeiou".contains(before) { return String(letters.dropLast()) + "ies" }
    if word.hasSuffix("sis") { return String(letters.dropLast(2)) + "es" }
    if word.hasSuffix("ss") || word.hasSuffix("us") || word.hasSuffix("is") { return word + "es" }
    if word.hasSuffix("sh") || word.hasSuffix("ch") || last == "x" || last == "z" { return word + "es" }
    if last == "s" { return letters.count > 3 ? word : word + "es" }
    return word + "s"
  }

  private static let irregularPlurals = [
    "child": "children", "man": "men", "woman": "women", "foot": "feet", "mouse": "mice", "quiz": "quizzes",
    "leaf": "leaves", "shelf": "shelves", "half": "halves", "life": "lives", "knife": "knives",
  ]

  private static let uncountable: Set<String> = [
    "news", "series", "species", "equipment", "information", "children", "men", "women", "people", "feet", "mice",
  ]

  /// A name cut to a length; what is cut away is replaced by six hexadecimal digits that depend on the whole name.
  static func shortened(_ name: String, limit: Int) -> String {
    guard name.utf8.count > limit else { return name }
    let digits = String(hash(name), radix: 16)
    let suffix = String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    var head = String(name.prefix(limit - 7))
    while head.hasSuffix("_") { head.removeLast() }
    return head + "_" + suffix.prefix(6)
  }

  /// The 64-bit FNV-1a hash of a name's bytes; the same on every machine and in every process.
  private static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }

  /// The first of `name`, `name_2`, `name_3` … that is not taken.
  static func unique(_ name: String, isTaken: (String) -> Bool) -> String {
    var candidate = name
    var number = 2
    while isTaken(candidate) {
      candidate = shortened(name, limit: longestName - 4) + "_\(number)"
      number += 1
    }
    return candidate
  }

  /// The order in which import sorting puts two module names: runs of digits count as numbers.
  static func precedes(_ left: String, _ right: String) -> Bool {
    let (left, right) = (runs(of: left), runs(of: right))
    for (one, other) in zip(left, right) where one != other {
      if case .number(let first) = one, case .number(let second) = other {
        if first.count != second.count { return first.count < second.count }
        return first.lexicographicallyPrecedes(second)
      }
      return one.firstByte < other.firstByte
    }
    return left.count < right.count
  }

  private enum Run: Equatable {
    case byte(UInt8)
    case number([UInt8])

    var firstByte: UInt8 {
      switch self {
      case .byte(let byte): byte
      case .number(let digits): digits.first ?? 0x30
      }
    }
  }

  private static func runs(of name: String) -> [Run] {
    var runs: [Run] = []
    for byte in name.utf8 {
      guard (0x30...0x39).contains(byte) else {
        runs.append(.byte(byte))
        continue
      }
      if case .number(let digits) = runs.last {
        runs[runs.count - 1] = .number(digits + [byte])
      } else {
        runs.append(.number([byte]))
      }
    }
    return runs
  }
}
