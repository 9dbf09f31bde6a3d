import Kernel

/// A rule as read from its file, with the places to which messages can point.
struct RuleSource {
  /// The rule.
  let rule: Rule
  /// Where the rule's identifier stands.
  let place: YAMLEntry
  /// Where the sub-stages stand, if there are some.
  let substages: YAMLEntry?
  /// The file it was read from.
  let file: LibraryFile
}

extension RuleSource {
  /// Where a rule looks unless it says otherwise: everywhere but in what is left out and what is still open.
  static let usualFields: [BriefField] = [
    .businessContext, .functionalRequirements, .nonFunctionalConstraints, .dependencies, .expectedDeliverables,
    .acceptanceCriteria, .expectedLoad,
  ]

  /// What excuses a whole line, whatever the rule.
  static let usualExcuses = [
    "not needed", "not required", "not necessary", "not planned", "not wanted", "not in scope", "out of scope",
    "not in this version", "not part of", "does not apply", "do not apply", "not applicable", "not relevant",
    "not subject to", "no need for", "not need", "not want", "not require", "later version", "next version",
    "later iteration", "next iteration", "don t need", "doesn t need", "don t want", "isn t needed", "isn t required",
    "doesn t apply",
  ]

  /// What excuses a word of the first group right behind it.
  private static let negations = [
    "no", "not", "not a", "not the", "not in the", "without", "never", "nor", "neither", "instead of", "rather than",
  ]

  /// Reads a rule.
  ///
  /// - Parameters:
  ///   - file: The rule's YAML file.
  ///   - id: The identifier it must have, which is its file's name.
  init(reading file: LibraryFile, id: String) throws(LibraryFailure) {
    let table = try YAMLEntry.read(file).table(
      "a rule", required: ["id", "kind", "title", "words", "why", "alternative"],
      optional: ["unless", "fields", "impact", "needed-level", "substages", "gap"])
    place = try table.entry("id")
    guard try place.identifier("the rule's id") == id else {
      throw place.failure("The id must be “\(id)”, like the file's name.")
    }
    let kind = try table.entry("kind").choice("kind of rule", of: RuleKind.self)
    if kind == .architecture {
      for name in ["needed-level", "substages", "gap"] {
        if let entry = table.optional(name) {
          throw entry.failure("Only a quality rule has “\(name)”; the architecture is the same at every level.")
        }
      }
    } else {
      for name in ["gap", "impact"] { _ = try table.entry(name) }
    }
    let words = try RuleSource.groups(table.entry("words"))
    var unless = try RuleSource.phrases(table.optional("unless"), "phrases")
    for phrase in words[0].flatMap({ word in RuleSource.negations.map { "\($0) \(word)" } }) + RuleSource.usualExcuses
    where !unless.contains(phrase) {
      unless.append(phrase)
    }
    substages = table.optional("substages")
    var wanted: [String] = []
    for entry in try substages?.list(of: "sub-stages") ?? [] {
      wanted.append(try entry.identifier("a sub-stage's id", allowing: ".ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    }
    var gap: [String] = []
    for entry in try table.optional("gap")?.list(of: "what is missing") ?? [] {
      gap.append(try entry.text("what is missing"))
    }
    rule = Rule(
      id: id, kind: kind, title: try table.entry("title").text("the rule's title"), words: words, unless: unless,
      fields: try RuleSource.fields(table.optional("fields")),
      why: try table.entry("why").text("why the rule is there"),
      alternative: try RuleSource.line(table.entry("alternative"), "the compliant alternative"),
      impact: try table.optional("impact").map { entry throws(LibraryFailure) in
        try RuleSource.line(entry, "what the alternative costs")
      } ?? "",
      neededLevel: try table.optional("needed-level")?.whole("the level that provides it", in: 1...4),
      substages: wanted, gap: gap)
    self.file = file
  }

  private static func groups(_ entry: YAMLEntry) throws(LibraryFailure) -> [[String]] {
    var groups: [[String]] = []
    for group in try entry.list(of: "groups of words") {
      let words = try phrases(group, "words; a rule is broken by a line with one word of every group")
      guard !words.isEmpty else { throw group.failure("Expected at least one word in every group.") }
      groups.append(words)
    }
    guard !groups.isEmpty else { throw entry.failure("Expected at least one group of words, for example [[gdpr]].") }
    return groups
  }

  private static func phrases(_ entry: YAMLEntry?, _ what: String) throws(LibraryFailure) -> [String] {
    var found: [String] = []
    for item in try entry?.list(of: what) ?? [] {
      let text = try item.text("a word or phrase")
      guard text == text.lowercased() else { throw item.failure("Write words in lower case: “\(text.lowercased())”.") }
      guard text.contains(where: { $0.isLetter || $0.isNumber }) else {
        throw item.failure("Only letters and digits are compared, so “\(text)” would be in every line.")
      }
      guard !found.contains(text) else { throw item.failure("“\(text)” stands twice; keep one of them.") }
      found.append(text)
    }
    return found
  }

  private static func fields(_ entry: YAMLEntry?) throws(LibraryFailure) -> [BriefField] {
    guard let entry else { return usualFields }
    var fields: [BriefField] = []
    for item in try entry.list(of: "fields") {
      let field = try item.choice("field of a brief", of: BriefField.self)
      guard !fields.contains(field) else { throw item.failure("The field “\(field.rawValue)” stands twice.") }
      fields.append(field)
    }
    guard !fields.isEmpty else { throw entry.failure("Expected at least one field, or leave “fields” out.") }
    return fields
  }

  /// A text of one line, because it becomes one line of the brief or of a list.
  private static func line(_ entry: YAMLEntry, _ what: String) throws(LibraryFailure) -> String {
    let text = try entry.text(what)
    guard !text.contains(where: \.isNewline) else {
      throw entry.failure("Expected \(what) on one line; write it as one sentence, or fold it without “|”.")
    }
    return text
  }
}
