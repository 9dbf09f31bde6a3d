/// A field of a brief that the workflow knows.
public enum BriefField: String, CaseIterable, Codable, Equatable, Sendable {
  case businessContext = "business-context"
  case maturityLevel = "maturity-level"
  case functionalRequirements = "functional-requirements"
  case optionalModules = "optional-modules"
  case nonFunctionalConstraints = "non-functional-constraints"
  case dependencies
  case scopeBoundaries = "scope-boundaries"
  case expectedDeliverables = "expected-deliverables"
  case acceptanceCriteria = "acceptance-criteria"
  case openQuestions = "open-questions"
  case expectedLoad = "expected-load"
  case dataModel = "data-model"

  /// The heading people write for it.
  public var title: String {
    switch self {
    case .businessContext: return "Business context"
    case .maturityLevel: return "Target maturity level"
    case .functionalRequirements: return "Functional requirements"
    case .optionalModules: return "Optional modules"
    case .nonFunctionalConstraints: return "Non-functional constraints"
    case .dependencies: return "Dependencies and integrations"
    case .scopeBoundaries: return "Scope boundaries"
    case .expectedDeliverables: return "Expected deliverables"
    case .acceptanceCriteria: return "Acceptance criteria"
    case .openQuestions: return "Open questions and risks"
    case .expectedLoad: return "Expected load"
    case .dataModel: return "Data model"
    }
  }

  /// Other headings that mean the same, in lower case.
  var otherHeadings: [String] {
    switch self {
    case .businessContext: return ["context", "business", "business context & objectives"]
    case .maturityLevel: return ["maturity level", "level", "target level", "maturity"]
    case .functionalRequirements: return ["requirements", "features", "functional"]
    case .optionalModules: return ["modules", "optional module"]
    case .nonFunctionalConstraints: return ["constraints", "non-functional requirements", "non-functional"]
    case .dependencies: return ["dependencies", "integrations", "dependencies & integrations"]
    case .scopeBoundaries: return ["scope", "boundaries", "out of scope"]
    case .expectedDeliverables: return ["deliverables"]
    case .acceptanceCriteria: return ["acceptance", "criteria"]
    case .openQuestions: return ["open questions", "risks", "questions", "open questions & risks"]
    case .expectedLoad: return ["load", "expected user load"]
    case .dataModel: return ["entities", "model", "data"]
    }
  }

  /// The field that a heading or a typed name means, whatever its case.
  public init?(heading: String) {
    guard let field = BriefField.named[BriefField.plain(heading)] else { return nil }
    self = field
  }

  /// Every name of every field, in lower case; the first field that claims a name has it.
  private static let named: [String: BriefField] = {
    var named: [String: BriefField] = [:]
    for field in allCases {
      for name in [field.title.lowercased(), field.rawValue] + field.otherHeadings where named[name] == nil {
        named[name] = field
      }
    }
    return named
  }()

  /// Whether two names mean the same field, or are the same text but for case.
  static func sameName(_ one: String, _ other: String) -> Bool {
    if let first = BriefField(heading: one), let second = BriefField(heading: other) { return first == second }
    return plain(one) == plain(other)
  }

  private static func plain(_ text: String) -> String {
    var result = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    while let last = result.last, last == ":" || last == "#" || last == " " { result.removeLast() }
    return result
  }
}

/// Something a brief does not say, or does not say clearly enough.
public struct Gap: Equatable, Sendable {
  /// The rule that is not met.
  public var rule: BriefFieldRule
  /// What is wrong, in one sentence.
  public var problem: String
}

extension String {
  /// The text without white space and line ends around it.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }

  /// The lines, whatever ends them; `"\r\n"` is one line end.
  var lineList: [Substring] { split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) }
}

extension Brief {
  /// Reads a brief from Markdown, with what a person added to it later.
  ///
  /// It never fails: what is missing or unclear shows as a gap, what is unknown stays in `sections`.
  ///
  /// - Parameters:
  ///   - text: The brief as written.
  ///   - amendments: Fields given later; each replaces the field's text.
  ///   - modules: The modules the workflow knows.
  public init(reading text: String, amendedBy amendments: [FieldValue] = [], modules: [Module] = []) {
    let split = Brief.split(text)
    var sections = split.sections
    for amendment in amendments {
      let field = BriefField(heading: amendment.field)
      sections.removeAll { field != nil && $0.field == field }
      sections.append(
        BriefSection(field: field, heading: field?.title ?? amendment.field, text: amendment.value.trimmed, line: 0))
    }
    func words(of field: BriefField) -> String {
      sections.filter { $0.field == field }.map(\.text).joined(separator: "\n").trimmed
    }
    self.init(
      title: split.title, sections: sections, level: Brief.level(in: words(of: .maturityLevel)),
      modules: Brief.modules(in: words(of: .optionalModules), known: modules),
      requirements: Brief.requirements(in: words(of: .functionalRequirements)),
      entities: Brief.entities(in: words(of: .dataModel)).entities)
  }

  /// The text of a field, or an empty text.
  public func text(of field: BriefField) -> String {
    sections.filter { $0.field == field }.map(\.text).joined(separator: "\n").trimmed
  }

  /// One sentence for every heading that nobody knows.
  var unknownHeadings: [String] {
    sections.filter { $0.field == nil }.map {
      "The heading “\($0.heading)” (line \($0.line)) is not known; its text is kept with the brief."
    }
  }

  /// What a person should be told about the brief though nothing is wrong with it.
  var notices: [String] {
    var found = unknownHeadings
    let unranked = Brief.items(in: text(of: .functionalRequirements)).filter { Brief.priority(of: $0) == nil }
    if !unranked.isEmpty {
      found.append("\(unranked.count) requirements name no priority; they count as Must.")
    }
    return found
  }

  private static func split(_ text: String) -> (title: String, sections: [BriefSection]) {
    var title = ""
    var sections: [BriefSection] = []
    var lines: [Substring] = []
    var fence: (mark: Character, length: Int)?
    func close() {
      guard !sections.isEmpty else { return }
      sections[sections.count - 1].text = lines.joined(separator: "\n").trimmed
    }
    var body = Substring(text)
    if body.unicodeScalars.first == "\u{FEFF}" { body.unicodeScalars.removeFirst() }
    for (index, line) in String(body).lineList.enumerated() {
      let clean = String(line).trimmed
      if let opened = fence {
        if closes(clean, opened) { fence = nil }
      } else {
        fence = opening(clean)
      }
      let isFenced = fence != nil
      if !isFenced, clean.hasPrefix("# "), title.isEmpty {
        title = String(clean.dropFirst(2)).trimmed
      } else if !isFenced, clean.hasPrefix("## ") {
        close()
        lines = []
        let heading = String(clean.dropFirst(3)).trimmed
        sections.append(
          BriefSection(field: BriefField(heading: heading), heading: heading, text: "", line: index + 1))
      } else {
        lines.append(line)
      }
    }
    close()
    return (title, sections)
  }

  /// The mark and length of a code fence that a line opens.
  private static func opening(_ line: String) -> (mark: Character, length: Int)? {
    guard let mark = line.first, mark == "`" || mark == "~" else { return nil }
    let length = line.prefix { $0 == mark }.count
    return length >= 3 ? (mark, length) : nil
  }

  /// Whether a line closes a fence: the same mark, at least as often, and nothing else.
  private static func closes(_ line: String, _ fence: (mark: Character, length: Int)) -> Bool {
    line.count >= fence.length && line.allSatisfy { $0 == fence.mark }
  }

  /// The first whole number from 1 to 4 in a text; `nil` for none or for another number.
  static func level(in text: String) -> Int? {
    guard let number = firstNumber(in: text), (1...4).contains(number) else { return nil }
    return number
  }

  static func firstNumber(in text: String) -> Int? {
    var digits = ""
    for character in text {
      if character.isASCII, character.isNumber {
        digits.append(character)
      } else if !digits.isEmpty {
        break
      }
    }
    return Int(digits)
  }

  /// The levels a section names side by side, such as “2 or 3”; more than one is no choice.
  static func levels(in text: String) -> [Int] {
    var found: [Int] = []
    var rest = Substring(text.lowercased())
    while let start = rest.firstIndex(where: { $0.isASCII && $0.isNumber }) {
      let digits = rest[start...].prefix { $0.isASCII && $0.isNumber }
      if let number = Int(digits), (1...4).contains(number), !found.contains(number) { found.append(number) }
      rest = rest[digits.endIndex...].drop(while: \.isWhitespace)
      // Only what a joining word leads to is another choice; “2 (for 4 teams)” is not.
      let joiners = ["or ", "and ", "to ", "/", "-", "–", "|", ",", "&"]
      guard let joiner = joiners.first(where: { rest.hasPrefix($0) }) else { break }
      rest = rest.dropFirst(joiner.count).drop(while: \.isWhitespace)
      if rest.hasPrefix("level ") { rest = rest.dropFirst(6) }
      guard let next = rest.first, next.isASCII, next.isNumber else { break }
    }
    return found
  }

  /// The names a text lists, by comma, line or list item.
  static func names(in text: String) -> [String] {
    text.split { $0 == "," || $0 == ";" || $0.isNewline }
      .map { String($0).trimmed }
      .map { $0.hasPrefix("- ") || $0.hasPrefix("* ") ? String($0.dropFirst(2)).trimmed : $0 }
      .map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
      .filter { !$0.isEmpty }
  }

  static func modules(in text: String, known: [Module]) -> [String]? {
    let names = names(in: text).map { $0.lowercased() }
    if names.isEmpty { return nil }
    return names.filter { $0 != "none" }.compactMap { name in
      known.first { $0.means(name) }?.id
    }
  }

  /// The list items of a text; an indented line below an item goes on with it.
  static func items(in text: String) -> [String] {
    var items: [String] = []
    var isOpen = false
    for line in text.lineList {
      let clean = String(line).trimmed
      if clean.hasPrefix("- ") || clean.hasPrefix("* ") {
        items.append(String(clean.dropFirst(2)).trimmed)
        isOpen = true
      } else if isOpen, !clean.isEmpty, line.first?.isWhitespace == true {
        items[items.count - 1] += " " + clean
      } else {
        isOpen = false
      }
    }
    return items.filter { !$0.isEmpty }
  }

  /// The priority an item begins with, if a colon or dash sets it apart: “Should be fast” names none.
  static func priority(of item: String) -> Priority? { ranked(item).priority }

  private static func ranked(_ item: String) -> (priority: Priority?, words: String) {
    let lower = item.lowercased()
    for priority in Priority.allCases where lower.hasPrefix(priority.rawValue) {
      let rest = String(item.dropFirst(priority.rawValue.count)).trimmed
      if let mark = rest.first, mark == ":" || mark == "–" || mark == "—" || rest.hasPrefix("- ") {
        return (priority, String(rest.dropFirst()).trimmed)
      }
    }
    return (nil, item)
  }

  static func requirements(in text: String) -> [Requirement] {
    items(in: text).enumerated().map { index, item in
      let (priority, words) = ranked(item)
      let number = String(index + 1)
      let id = "FR-" + String(repeating: "0", count: max(0, 3 - number.count)) + number
      return Requirement(id: id, priority: priority ?? .must, text: words)
    }
  }

  /// The entities a text describes, and what in it was not understood.
  static func entities(in text: String) -> (entities: [Entity], problems: [String]) {
    var entities: [Entity] = []
    var problems: [String] = []
    // Names are told apart by their bytes; Swift holds some different spellings for equal.
    var names: Set<[UInt8]> = []
    var fields: Set<[UInt8]> = []
    for raw in text.lineList {
      let line = String(raw).trimmed
      if line.hasPrefix("### ") {
        let name = String(line.dropFirst(4)).trimmed
        if !names.insert(Array(name.utf8)).inserted { problems.append("the entity \(name) is described twice.") }
        entities.append(Entity(name: name, fields: []))
        fields = []
      } else if line == "###" {
        problems.append("an entity has no name (### name).")
      } else if line.hasPrefix("- ") || line.hasPrefix("* ") {
        let item = String(line.dropFirst(2)).trimmed
        guard !entities.isEmpty else {
          problems.append("“\(item)” stands before the first entity (### name).")
          continue
        }
        guard let colon = item.firstIndex(of: ":") else {
          problems.append("“\(item)” has no type; write “\(item): text”.")
          continue
        }
        let name = String(item[..<colon]).trimmed
        let words = String(item[item.index(after: colon)...]).trimmed
        if name.isEmpty {
          problems.append("“\(item)” has no name; write “name: \(words)”.")
        } else if !fields.insert(Array(name.utf8)).inserted {
          problems.append("the field \(name) of \(entities[entities.count - 1].name) is described twice.")
        } else if let type = type(from: words) {
          entities[entities.count - 1].fields.append(EntityField(name: name, type: type))
        } else {
          problems.append("“\(name)” has the unknown type “\(words)”.")
        }
      }
    }
    for entity in entities {
      for field in entity.fields {
        guard case .reference(let target) = field.type else { continue }
        if !names.contains(Array(target.utf8)) {
          problems.append("\(entity.name).\(field.name) refers to \(target), which is not described.")
        }
      }
    }
    return (entities, problems)
  }

  private static func type(from words: String) -> FieldType? {
    let lower = words.lowercased()
    switch lower {
    case "text", "string": return .text
    case "integer", "int": return .integer
    case "decimal", "money": return .decimal
    case "boolean", "bool": return .boolean
    case "date": return .date
    case "datetime", "timestamp": return .datetime
    case "email": return .email
    default: break
    }
    for prefix in ["reference to ", "reference: ", "ref "] where lower.hasPrefix(prefix) {
      let target = String(words.dropFirst(prefix.count)).trimmed
      return target.isEmpty ? nil : .reference(to: target)
    }
    return nil
  }

  // MARK: - Gaps

  /// Everything that is missing, partial, vague, contradictory or invalid, in the order of the workflow's rules.
  public func gaps(under workflow: Workflow) -> [Gap] {
    workflow.fields.compactMap { rule in
      problem(with: rule, under: workflow).map { Gap(rule: rule, problem: $0) }
    }
  }

  private func problem(with rule: BriefFieldRule, under workflow: Workflow) -> String? {
    let text = text(of: rule.field)
    if text.isEmpty { return rule.required ? "It is missing." : nil }
    if Brief.isVague(text) { return rule.required ? "It says only “\(text)”." : nil }
    switch rule.field {
    case .maturityLevel:
      let valid = workflow.levels.map { String($0.number) }.joined(separator: ", ")
      guard let number = Brief.firstNumber(in: text) else { return "“\(text)” names no level; valid are \(valid)." }
      var named: [Int] = []
      for section in sections where section.field == .maturityLevel {
        named += Brief.levels(in: section.text).filter { !named.contains($0) }
      }
      if named.count > 1 {
        return "It names more than one level: \(named.map(String.init).joined(separator: ", ")); choose one."
      }
      let known = workflow.levels.contains { $0.number == number }
      return known ? nil : "There is no level \(number); valid are \(valid)."
    case .optionalModules: return moduleProblem(text, workflow)
    case .functionalRequirements:
      if requirements.isEmpty { return "It lists no requirement; write one per line, beginning with “- Must: ”." }
      let vague = requirements.filter { Brief.isVague($0.text) }.map(\.id)
      return vague.isEmpty ? nil : "These say nothing yet: \(Brief.shortened(vague, by: ", "))."
    case .dataModel:
      let (entities, problems) = Brief.entities(in: text)
      if entities.isEmpty { return "It describes no entity." }
      return problems.isEmpty ? nil : "Not understood: \(Brief.shortened(problems, by: " "))"
    case .businessContext, .acceptanceCriteria:
      return text.split(whereSeparator: \.isWhitespace).count < 3 ? "“\(text)” is too little to work with." : nil
    case .nonFunctionalConstraints, .dependencies, .scopeBoundaries, .expectedDeliverables, .openQuestions,
      .expectedLoad:
      return nil
    }
  }

  private func moduleProblem(_ text: String, _ workflow: Workflow) -> String? {
    let names = Brief.names(in: text).map { $0.lowercased() }
    let unknown = names.filter { name in
      name != "none" && !workflow.modules.contains { $0.means(name) }
    }
    let valid = workflow.modules.map(\.id).joined(separator: ", ")
    if !unknown.isEmpty {
      return "Unknown module: \(Brief.shortened(unknown, by: ", ")); known are \(valid), or none."
    }
    if names.contains("none"), names.count > 1 { return "It says “none” and names modules." }
    return nil
  }

  /// The first twenty of a list and how many more there are; a brief may hold a hundred thousand mistakes.
  private static func shortened(_ words: [String], by separator: String) -> String {
    let shown = words.prefix(20).joined(separator: separator)
    return words.count > 20 ? "\(shown)\(separator)and \(words.count - 20) more" : shown
  }

  /// Whether a text only holds a place for one: nothing but signs, or one of the usual words.
  static func isVague(_ text: String) -> Bool {
    // Only a short text can be one of them.
    guard text.utf8.count <= 200 else { return false }
    let plain = text.lowercased().filter { $0.isLetter || $0.isNumber }
    return [
      "", "tbd", "todo", "tba", "tbc", "na", "unknown", "later", "idontknow", "dontknow", "notsure", "xxx",
      "tobedetermined", "tobedecided", "tobedefined", "tobeconfirmed",
    ].contains(plain)
  }
}

extension Module {
  /// Whether a person's word, in lower case, means this module.
  func means(_ name: String) -> Bool {
    id == name || title.lowercased() == name || aliases.contains { $0.lowercased() == name }
  }
}
