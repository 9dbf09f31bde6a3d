/// Describes a scenario as data: what it says to the person, and which options it offers.
public struct Playbook: Equatable, Sendable {
  /// Its identifier, e.g. `incomplete-brief`.
  public var id: String
  /// The scenario's number, 1–10, or 0 for an ordinary approval.
  public var scenario: Int
  /// The question in one line; `{{name}}` stands for a fact.
  public var title: String
  /// The whole text in Markdown; `{{name}}` stands for a fact.
  public var body: String
  /// What a person may choose, in order.
  public var options: [PlaybookOption]
  /// The option that is recommended, if any.
  public var recommended: String?

  /// Makes a playbook from its parts.
  public init(
    id: String, scenario: Int, title: String, body: String, options: [PlaybookOption], recommended: String?
  ) {
    self.id = id
    self.scenario = scenario
    self.title = title
    self.body = body
    self.options = options
    self.recommended = recommended
  }
}

/// One option of a playbook.
public struct PlaybookOption: Equatable, Sendable {
  /// Its identifier, e.g. `approve`.
  public var id: String
  /// The key that chooses it, one letter.
  public var key: String
  /// What it is called.
  public var title: String
  /// What it will do, in one sentence.
  public var says: String
  /// What it does.
  public var effect: OptionEffect
  /// Whether a person must say why.
  public var noteRequired: Bool
  /// The word that must be typed, if the option cannot be taken back; `{{session}}` stands for the session's name.
  public var confirm: String?

  /// Makes an option from its parts.
  public init(
    id: String, key: String, title: String, says: String, effect: OptionEffect, noteRequired: Bool, confirm: String?
  ) {
    self.id = id
    self.key = key
    self.title = title
    self.says = says
    self.effect = effect
    self.noteRequired = noteRequired
    self.confirm = confirm
  }
}

/// What an option does when it is chosen; small, and composed by the playbooks.
public enum OptionEffect: String, CaseIterable, Equatable, Sendable {
  /// The stage's work is accepted and the session goes on.
  case approve
  /// The stage's documents are made again with the note.
  case requestChanges = "request-changes"
  /// The given fields become part of the brief, which is checked again.
  case amend
  /// What failed is tried again with a fresh budget.
  case retry
  /// A gate's failure is accepted, as a debt on record.
  case waive
  /// What cannot be made is left out, on record.
  case leaveOut = "leave-out"
  /// The sub-stages are generated again, then every gate runs again.
  case regenerate
  /// The session rests until somebody resumes it.
  case pause
  /// The session ends here; what exists is kept.
  case abort

  /// Whether the session cannot be brought back from it.
  public var isFinal: Bool { self == .abort }
}

/// Puts facts into a text: `{{name}}` becomes the fact's value, an unknown name stays as it is written.
public func fill(_ template: String, with facts: [Setting]) -> String {
  var result = ""
  var rest = Substring(template)
  while let open = rest.firstRange(of: "{{") {
    guard let close = rest[open.upperBound...].firstRange(of: "}}") else { break }
    let name = rest[open.upperBound..<close.lowerBound]
    result += rest[..<open.lowerBound]
    if let fact = facts.first(where: { $0.name == name }) {
      result += fact.value
    } else {
      result += rest[open.lowerBound..<close.upperBound]
    }
    rest = rest[close.upperBound...]
  }
  return result + rest
}

extension Substring {
  /// The first place where a text stands, compared by characters.
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
