/// Holds what a person wrote: the brief, read once into the words the workflow works with.
///
/// The text itself is kept beside it, byte for byte (`Session.briefText`); this is only the reading of it.
/// Unknown headings stay in `sections`, so that nothing a person wrote is ever dropped.
public struct Brief: Codable, Equatable, Sendable {
  /// The first-level heading, or an empty text when the brief has none.
  public var title: String
  /// Every second-level section in the order it was written, known or not.
  public var sections: [BriefSection]
  /// The maturity level, 1–4, or `nil` while no valid one was given.
  public var level: Int?
  /// Optional modules by identifier; `nil` while the person has not been asked, empty for "none".
  public var modules: [String]?
  /// Functional requirements in the order written, numbered `FR-001` and up.
  public var requirements: [Requirement]
  /// The data model, in the order written.
  public var entities: [Entity]

  /// Makes a brief from its parts.
  public init(
    title: String, sections: [BriefSection], level: Int?, modules: [String]?,
    requirements: [Requirement], entities: [Entity]
  ) {
    self.title = title
    self.sections = sections
    self.level = level
    self.modules = modules
    self.requirements = requirements
    self.entities = entities
  }
}

/// One second-level section of a brief.
public struct BriefSection: Codable, Equatable, Sendable {
  /// Which of the known fields this heading means, or `nil` for a heading nobody knows.
  public var field: BriefField?
  /// The heading as written.
  public var heading: String
  /// The section's text without its heading, trimmed.
  public var text: String
  /// The heading's line in the brief, counted from 1.
  public var line: Int

  /// Makes a section from its parts.
  public init(field: BriefField?, heading: String, text: String, line: Int) {
    self.field = field
    self.heading = heading
    self.text = text
    self.line = line
  }
}

/// How much a requirement matters.
public enum Priority: String, CaseIterable, Codable, Equatable, Sendable {
  case must, should, could
}

/// One functional requirement.
public struct Requirement: Codable, Equatable, Sendable {
  /// `FR-001` and up; never reused.
  public var id: String
  /// How much it matters.
  public var priority: Priority
  /// The requirement in the person's words, without its priority.
  public var text: String

  /// Makes a requirement from its parts.
  public init(id: String, priority: Priority, text: String) {
    self.id = id
    self.priority = priority
    self.text = text
  }
}

/// One entity of the data model.
public struct Entity: Codable, Equatable, Sendable {
  /// The name as written; any Unicode text.
  public var name: String
  /// Its fields in the order written; the identifier `id` is implied and never listed.
  public var fields: [EntityField]

  /// Makes an entity from its parts.
  public init(name: String, fields: [EntityField]) {
    self.name = name
    self.fields = fields
  }
}

/// One field of an entity.
public struct EntityField: Codable, Equatable, Sendable {
  /// The name as written.
  public var name: String
  /// What it holds.
  public var type: FieldType

  /// Makes a field from its parts.
  public init(name: String, type: FieldType) {
    self.name = name
    self.type = type
  }
}

/// What a field of an entity holds.
public enum FieldType: Codable, Equatable, Sendable {
  case text, integer, decimal, boolean, date, datetime, email
  /// The identifier of another entity, by the name written in the brief.
  case reference(to: String)

  /// The type as it is written in a brief.
  ///
  /// - Parameter show: Makes another entity's name fit for where the words stand.
  public func words(naming show: (String) -> String) -> String {
    switch self {
    case .text: return "text"
    case .integer: return "integer"
    case .decimal: return "decimal"
    case .boolean: return "boolean"
    case .date: return "date"
    case .datetime: return "datetime"
    case .email: return "email"
    case .reference(let name): return "reference to \(show(name))"
    }
  }
}
