import Kernel

/// What an agent says in its report, read from the Markdown it wrote.
///
/// Nothing here is believed: files are looked for on the disk and checks are run again. Agents keep to a form more or
/// less, so headings, bold words and plain words with a colon all begin a part, and what belongs to no part is a note. A
/// report of which nothing is understood is kept whole as one note.
public struct ReportReading: Equatable, Sendable {
  /// Something named with what is said of it.
  public struct Item: Equatable, Sendable {
    /// The path or the test.
    public var name: String
    /// What was done with it, or an empty text.
    public var words: String

    /// Makes an item from its parts.
    public init(name: String, words: String) {
      self.name = name
      self.words = words
    }
  }

  /// One line of what was checked.
  public struct Tick: Equatable, Sendable {
    /// What was checked, in the agent's words.
    public var words: String
    /// Whether it says that it holds.
    public var isTicked: Bool

    /// Makes a line from its parts.
    public init(words: String, isTicked: Bool) {
      self.words = words
      self.isTicked = isTicked
    }
  }

  /// The files it says it made or changed.
  public var files: [Item] = []
  /// The tests it says it added.
  public var tests: [Item] = []
  /// What it says it checked.
  public var verification: [Tick] = []
  /// What else it says.
  public var notes: [String] = []
  /// Whether it kept to the form at all.
  public var isUnderstood = false

  /// The most bytes of a report that are read, the most entries of each part, and the most bytes of each.
  static let limits = (bytes: 262_144, entries: 500, entry: 2_048)

  /// Reads a report.
  public init(_ text: String) {
    let text = Delegation.cut(text, to: ReportReading.limits.bytes)
    var part: ReportField?
    for line in text.split(whereSeparator: \.isNewline) {
      let line = ReportReading.trimmed(line)
      if line.isEmpty || line.hasPrefix("```") { continue }
      if let heading = ReportReading.heading(line) {
        part = heading.field
        if heading.field != nil { isUnderstood = true }
        if !heading.rest.isEmpty { take(heading.rest, into: part) }
        continue
      }
      if ReportReading.isTitle(line) {
        part = nil
        continue
      }
      take(line, into: part)
    }
    guard !isUnderstood else { return }
    (files, tests, verification) = ([], [], [])
    let whole = ReportReading.trimmed(text[...])
    notes = whole.isEmpty ? [] : [String(whole)]
  }

  /// The paths it says it wrote, each once.
  public var claimed: [String] {
    var found: [String] = []
    for file in files where !found.contains(where: { $0.utf8.elementsEqual(file.name.utf8) }) {
      found.append(file.name)
    }
    return found
  }

  /// What it says it checked, as claims about gates; of a line that names none, nothing is claimed.
  ///
  /// - Parameter gates: The gates there are, by identifier.
  public func claims(about gates: [String]) -> [AgentClaim] {
    verification.filter(\.isTicked).compactMap { tick in
      ReportReading.gate(in: tick.words, of: gates).map { AgentClaim(subject: $0, words: tick.words) }
    }
  }

  // MARK: - Parts

  /// What people and agents call the parts of a report.
  private static let names: [(ReportField, [String])] = [
    (
      .files,
      [
        "files created/modified", "files created or modified", "files created and modified", "files modified/created",
        "files created", "files modified", "files changed", "changed files", "modified files", "files",
      ]
    ),
    (.tests, ["tests added", "tests written", "added tests", "new tests", "tests"]),
    (.verification, ["verification", "verified", "checks", "validation"]),
    (
      .notes,
      [
        "notes/blockers", "notes and blockers", "notes & blockers", "notes", "blockers", "issues", "questions",
        "open questions",
      ]
    ),
  ]

  /// The part that a line begins, with what follows on the same line, or `nil` when it begins none.
  private static func heading(_ line: Substring) -> (field: ReportField?, rest: Substring)? {
    // A list item is never a heading, however it is written.
    if line.hasPrefix("- ") || line.hasPrefix("* ") || line.hasPrefix("+ ") { return nil }
    let isMarked = line.hasPrefix("#") || line.hasPrefix("**") || line.hasPrefix("__")
    guard isMarked || line.contains(":") else { return nil }
    let bare = line.drop { $0 == "#" || $0 == "*" || $0 == "_" || $0 == " " }
    let title = bare.prefix { $0 != ":" && $0 != "*" && $0 != "_" }
    let name = trimmed(title).lowercased()
    guard let field = names.first(where: { $0.1.contains(name) })?.0 else { return nil }
    return (field, trimmed(bare[title.endIndex...].drop { $0 == ":" || $0 == "*" || $0 == "_" || $0 == " " }))
  }

  /// Whether a line is a title that names no part.
  private static func isTitle(_ line: Substring) -> Bool { line.hasPrefix("#") }

  private mutating func take(_ line: Substring, into part: ReportField?) {
    let entry = Delegation.cut(String(line), to: ReportReading.limits.entry)
    let item = ReportReading.withoutBullet(entry[...])
    switch part {
    case .files: if let found = ReportReading.item(item) { ReportReading.add(found, to: &files) }
    case .tests: if let found = ReportReading.item(item) { ReportReading.add(found, to: &tests) }
    case .verification: if let found = ReportReading.tick(item) { ReportReading.add(found, to: &verification) }
    case .notes, nil:
      guard !ReportReading.isNothing(item) else { return }
      ReportReading.add(String(item), to: &notes)
    }
  }

  private static func add<Element>(_ element: Element, to list: inout [Element]) {
    if list.count < limits.entries { list.append(element) }
  }

  /// `path - what was done`, with or without backticks; a line without anything like a name is no item.
  private static func item(_ line: Substring) -> Item? {
    guard !isNothing(line) else { return nil }
    var name = line
    var rest: Substring = ""
    if line.hasPrefix("`"), let end = line.dropFirst().firstIndex(of: "`") {
      name = line[line.index(after: line.startIndex)..<end]
      rest = line[line.index(after: end)...]
    } else if let sign = [" - ", " – ", " — ", ": "].compactMap({ line.firstRange(of: $0) }).min(by: {
      $0.lowerBound < $1.lowerBound
    }) {
      name = line[..<sign.lowerBound]
      rest = line[sign.upperBound...]
    }
    name = trimmed(name)
    // Bold is no part of a name; `__init__.py` shows why underscores may be.
    if name.hasPrefix("**"), name.hasSuffix("**"), name.count > 4 { name = name.dropFirst(2).dropLast(2) }
    guard name.contains(where: { $0.isLetter || $0.isNumber }) else { return nil }
    let words = trimmed(rest.drop { " -–—:*_".contains($0) })
    return Item(name: String(name), words: String(words))
  }

  /// `[x] what was checked`; a mark of any other kind that agents use counts as well.
  private static func tick(_ line: Substring) -> Tick? {
    guard !isNothing(line) else { return nil }
    let signs: [(String, Bool)] = [
      ("[x]", true), ("[X]", true), ("[ ]", false), ("[]", false), ("✅", true), ("✔", true), ("✓", true), ("❌", false),
      ("✗", false), ("✘", false),
    ]
    for (sign, isTicked) in signs where line.hasPrefix(sign) {
      let words = trimmed(line.dropFirst(sign.count).drop { $0 == "\u{FE0F}" })
      return words.isEmpty ? nil : Tick(words: String(words), isTicked: isTicked)
    }
    // Without a mark it is said and not claimed.
    return Tick(words: String(line), isTicked: false)
  }

  /// The gate that a line is about: the one it begins with, else the one whose usual words or tool it holds.
  private static func gate(in words: String, of gates: [String]) -> String? {
    let lower = words.lowercased()
    let first = String(lower.prefix { $0.isLetter || $0.isNumber || $0 == "-" })
    if gates.contains(first) { return first }
    // In this order, because a line about coverage also names the tests.
    let signs = [
      ("coverage", ["coverage", "--cov"]), ("types", ["mypy", "type hint", "type check", "typed"]),
      ("format", ["ruff format", "format"]), ("lint", ["ruff check", "lint"]), ("security", ["bandit", "security"]),
      ("tests", ["pytest", "tests pass", "all tests", "test suite"]),
    ]
    return signs.first { gate, signs in gates.contains(gate) && signs.contains(where: lower.contains) }?.0
  }

  // MARK: - Lines

  private static func withoutBullet(_ line: Substring) -> Substring {
    for bullet in ["- ", "* ", "+ ", "• "] where line.hasPrefix(bullet) { return trimmed(line.dropFirst(2)) }
    let digits = line.prefix { $0.isNumber }
    let rest = line[digits.endIndex...]
    if !digits.isEmpty, rest.hasPrefix(". ") || rest.hasPrefix(") ") { return trimmed(rest.dropFirst(2)) }
    return line
  }

  private static func isNothing(_ line: Substring) -> Bool {
    let bare = line.lowercased().filter { $0.isLetter || $0.isNumber }
    return bare.isEmpty || bare == "none" || bare == "na" || bare == "nothing"
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
