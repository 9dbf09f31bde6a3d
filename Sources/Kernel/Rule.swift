/// What a rule protects.
public enum RuleKind: String, CaseIterable, Codable, Equatable, Sendable {
  /// How services are put together (scenario 2).
  case architecture
  /// What a maturity level provides (scenario 9).
  case quality
}

/// Describes what a brief must not ask for, or not at its level, as data.
///
/// A rule is broken by a line of the brief that holds one word of every group and none of the excusing words.
public struct Rule: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `http-only-data-access`.
  public var id: String
  /// What it protects.
  public var kind: RuleKind
  /// The rule in one sentence.
  public var title: String
  /// Groups of words or phrases in lower case; a line breaks the rule when it has one of each group.
  public var words: [[String]]
  /// Words or phrases that excuse a line, e.g. `no direct`.
  public var unless: [String]
  /// The fields in which it is looked for; empty for all but the title.
  public var fields: [BriefField]
  /// Why the rule is there, in Markdown.
  public var why: String
  /// What to do instead; it becomes part of the agreement when it is adopted.
  public var alternative: String
  /// What the alternative costs.
  public var impact: String
  /// The level from which the demand is met, for quality rules.
  public var neededLevel: Int?
  /// The sub-stages that would meet it singly, for quality rules.
  public var substages: [String]
  /// What is missing below that level, in lines.
  public var gap: [String]

  /// Makes a rule from its parts.
  public init(
    id: String, kind: RuleKind, title: String, words: [[String]], unless: [String] = [], fields: [BriefField] = [],
    why: String, alternative: String, impact: String = "", neededLevel: Int? = nil, substages: [String] = [],
    gap: [String] = []
  ) {
    self.id = id
    self.kind = kind
    self.title = title
    self.words = words
    self.unless = unless
    self.fields = fields
    self.why = why
    self.alternative = alternative
    self.impact = impact
    self.neededLevel = neededLevel
    self.substages = substages
    self.gap = gap
  }

  /// The first line of a brief that breaks it, with the field it stands in.
  public func breach(in brief: Brief) -> (line: String, field: BriefField)? { breaches(in: brief).first }

  /// Every line of a brief that breaks it; what the rule itself proposes does not.
  ///
  /// Rules are held against the brief at every step of a stage that checks them, so bytes are compared, not characters.
  func breaches(in brief: Brief) -> [(line: String, field: BriefField)] {
    var found: [(line: String, field: BriefField)] = []
    let groups = words.map { $0.map(Rule.plain) }
    let excuses = unless.map(Rule.plain)
    let own = Rule.plain(alternative)
    for section in brief.sections {
      guard let field = section.field, fields.isEmpty || fields.contains(field) else { continue }
      for line in section.text.split(whereSeparator: \.isNewline) {
        let plain = Rule.plain(String(line))
        guard groups.allSatisfy({ group in group.contains { Rule.holds(plain, $0) } }) else { continue }
        guard plain != own, !excuses.contains(where: { Rule.holds(plain, $0) }) else { continue }
        found.append((String(line), field))
      }
    }
    return found
  }

  /// Letters and digits in lower case with one blank around each word, so that `api` is not found in `rapid`.
  private static func plain(_ text: String) -> [UInt8] {
    let blank = UInt8(ascii: " ")
    var result = [blank]
    for scalar in text.lowercased().unicodeScalars {
      if scalar.isWordPart {
        result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      } else if result.last != blank {
        result.append(blank)
      }
    }
    if result.last != blank { result.append(blank) }
    return result
  }

  /// Whether some words stand in a line, both plain.
  private static func holds(_ line: [UInt8], _ words: [UInt8]) -> Bool {
    guard line.count >= words.count else { return false }
    for start in 0...(line.count - words.count) {
      var same = 0
      while same < words.count, line[start + same] == words[same] { same += 1 }
      if same == words.count { return true }
    }
    return false
  }
}

extension Unicode.Scalar {
  /// Whether it is part of a word in lower case: a letter, a digit, or a mark on one.
  fileprivate var isWordPart: Bool {
    if isASCII { return ("a"..."z").contains(self) || ("0"..."9").contains(self) }
    if properties.isAlphabetic || properties.numericType != nil { return true }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return true
    default: return false
    }
  }
}

/// A line of a brief that breaks a rule.
public struct RuleBreach: Codable, Equatable, Sendable {
  /// The rule.
  public var rule: String
  /// The line as written.
  public var line: String
  /// The field it stands in.
  public var field: BriefField
}

extension Session {
  /// Holds every rule against the brief; done once whenever the brief changes, because every step asks for the result.
  mutating func holdRules() {
    breaches = workflow.rules.flatMap { rule in
      rule.breaches(in: brief).map { RuleBreach(rule: rule.id, line: $0.line, field: $0.field) }
    }
  }
}

/// How a broken rule was settled.
public struct RuleSettlement: Codable, Equatable, Sendable {
  /// The rule.
  public var rule: String
  /// The line that broke it.
  public var line: String
  /// `adopted`, `accepted` or `included`.
  public var how: String
  /// The agreed level then; another level asks anew.
  public var level: Int?
  /// Who settled it.
  public var by: String
  /// When.
  public var at: Moment
  /// Why, in their words.
  public var note: String
  /// The decision that holds it.
  public var decision: String

  /// Makes a settlement from its parts.
  public init(
    rule: String, line: String, how: String, level: Int?, by: String, at: Moment, note: String, decision: String
  ) {
    self.rule = rule
    self.line = line
    self.how = how
    self.level = level
    self.by = by
    self.at = at
    self.note = note
    self.decision = decision
  }
}

/// How much a dependency that does not answer stands in the way.
public enum DependencySeverity: String, CaseIterable, Codable, Equatable, Sendable {
  /// Nothing goes on without it.
  case blocker
  /// Something else can stand in.
  case workaround
  /// It is written down, and the session goes on.
  case informational
}

/// Something outside that a session reaches for.
public struct Dependency: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `pypi`.
  public var id: String
  /// Its name for people.
  public var title: String
  /// Words in lower case by which an error tells of it.
  public var words: [String]
  /// How much it stands in the way.
  public var severity: DependencySeverity
  /// What can stand in, in words; empty for nothing.
  public var workaround: String
  /// What it usually takes until it is back, in words.
  public var usualOutage: String
  /// What cannot be done without it, in words.
  public var affects: String
  /// The command that succeeds once it is back.
  public var probe: [String]

  /// Makes a dependency from its parts.
  public init(
    id: String, title: String, words: [String], severity: DependencySeverity, workaround: String, usualOutage: String,
    affects: String, probe: [String]
  ) {
    self.id = id
    self.title = title
    self.words = words
    self.severity = severity
    self.workaround = workaround
    self.usualOutage = usualOutage
    self.affects = affects
    self.probe = probe
  }
}

/// Words by which an error tells where its cause lies.
public struct CauseSign: Codable, Equatable, Sendable {
  /// Where a cause can lie.
  public enum Class: String, CaseIterable, Codable, Equatable, Sendable {
    case code, test, configuration, dependency
  }

  /// Where it lies.
  public var place: Class
  /// Words in lower case; the first sign that has one of them in the error wins.
  public var words: [String]

  /// Makes a sign from its parts.
  public init(place: Class, words: [String]) {
    self.place = place
    self.words = words
  }
}

extension Workflow {
  /// Where an error's cause lies by its words; the code, where nothing tells otherwise.
  public func causeClass(of error: String) -> CauseSign.Class {
    let plain = error.lowercased()
    return causes.first { $0.words.contains { plain.contains($0) } }?.place ?? .code
  }

  /// The dependency that an error tells of, if any.
  public func dependency(in error: String) -> Dependency? {
    let plain = error.lowercased()
    return dependencies.first { $0.words.contains { plain.contains($0) } }
  }

  /// The dependency with an identifier.
  public func dependency(_ id: String) -> Dependency? { dependencies.first { $0.id == id } }

  /// The rule with an identifier.
  public func rule(_ id: String) -> Rule? { rules.first { $0.id == id } }
}
