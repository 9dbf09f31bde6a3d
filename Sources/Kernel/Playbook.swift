/// Describes a scenario as data: what it says to the person, and which options it offers.
public struct Playbook: Codable, Equatable, Sendable {
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
  /// The option that is recommended, if any, where no option's own rule recommends another.
  public var recommended: String?
  /// What must have arisen; `nil` only in playbooks that an older program froze.
  public var situation: SituationKind?
  /// The stages in which it may arise; empty for any.
  public var stages: [Int]
  /// What must hold beside, all of it.
  public var conditions: [Condition]
  /// How much it matters to a supervisor.
  public var severity: Severity
  /// What may be filled in beside the options, e.g. when a waiver ends.
  public var fields: [DecisionField]
  /// How often the engine tries by itself before it asks; `nil` leaves it to the task or gate.
  public var attempts: Int?
  /// After how many minutes without an answer a person is reminded, each once.
  public var reminders: [Int]
  /// After how many minutes without an answer the session pauses; `nil` waits for ever. It can never do more than pause.
  public var expiry: Int?
  /// What the QA report says of it, with facts; empty for the title.
  public var records: String

  /// Makes a playbook from its parts.
  public init(
    id: String, scenario: Int, title: String, body: String, options: [PlaybookOption], recommended: String?,
    situation: SituationKind? = nil, stages: [Int] = [], conditions: [Condition] = [], severity: Severity = .warning,
    fields: [DecisionField] = [], attempts: Int? = nil, reminders: [Int] = [], expiry: Int? = nil, records: String = ""
  ) {
    self.id = id
    self.scenario = scenario
    self.title = title
    self.body = body
    self.options = options
    self.recommended = recommended
    self.situation = situation
    self.stages = stages
    self.conditions = conditions
    self.severity = severity
    self.fields = fields
    self.attempts = attempts
    self.reminders = reminders
    self.expiry = expiry
    self.records = records
  }
}

/// One option of a playbook.
public struct PlaybookOption: Codable, Equatable, Sendable {
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
  /// The word that must be typed, if the option destroys or ends something; `{{session}}` stands for the session's name.
  public var confirm: String?
  /// What the effect acts on where it needs more than the subject: a stage for `roll-back` (`3`, or `4:4.2,4.3`), a
  /// level for `change-level`, sub-stages for `include`, a performer for `reassign`. Facts may stand in it.
  public var target: String?
  /// What must hold for the option to be offered, all of it.
  public var offeredWhen: [Condition]
  /// What must hold for the option to be recommended, all of it; empty recommends only by the playbook's own word.
  public var recommendedWhen: [Condition]
  /// The names of the playbook's fields that it takes.
  public var fields: [String]
  /// Whether `undo` takes it back.
  public var isReversible: Bool

  /// Makes an option from its parts.
  public init(
    id: String, key: String, title: String, says: String, effect: OptionEffect, noteRequired: Bool, confirm: String?,
    target: String? = nil, offeredWhen: [Condition] = [], recommendedWhen: [Condition] = [], fields: [String] = [],
    isReversible: Bool? = nil
  ) {
    self.id = id
    self.key = key
    self.title = title
    self.says = says
    self.effect = effect
    self.noteRequired = noteRequired
    self.confirm = confirm
    self.target = target
    self.offeredWhen = offeredWhen
    self.recommendedWhen = recommendedWhen
    self.fields = fields
    self.isReversible = isReversible ?? !effect.isFinal
  }
}

/// What an option does when it is chosen; small, and composed by the playbooks.
public enum OptionEffect: String, CaseIterable, Codable, Equatable, Sendable {
  /// The stage's work is accepted and the session goes on.
  case approve
  /// The stage's documents are made again with the note.
  case requestChanges = "request-changes"
  /// The given fields become part of the brief, which is checked again.
  case amend
  /// The proposed way becomes part of the agreement: a rule's compliant alternative, or changed playbooks.
  case adopt
  /// What was found is accepted as it is: a risk on record, or an interrupted task's result.
  case proceed
  /// What failed is tried again with a fresh budget.
  case retry
  /// A task that mends what a gate found is made, then the gate runs again.
  case fix
  /// The task is left out, on record.
  case skip
  /// A gate's failure is accepted, as a debt on record with an end.
  case waive
  /// What cannot be made is left out, on record.
  case leaveOut = "leave-out"
  /// The sub-stages are generated again, then every gate runs again.
  case regenerate
  /// Another maturity level is agreed; what rests on the level is made again.
  case changeLevel = "change-level"
  /// Sub-stages of a higher level are added singly; what rests on the plan is made again.
  case include
  /// The wanted change becomes part of the brief, and the session goes back to the intake with the code kept.
  case incorporate
  /// It is put off to the next iteration, on record.
  case postpone = "defer"
  /// Something else stands in for what does not answer, with a note to switch back.
  case substitute
  /// Nothing happens until what does not answer is back; the engine looks, and goes on by itself.
  case wait
  /// The session goes back to a stage or to sub-stages.
  case rollBack = "roll-back"
  /// The task is given to another performer.
  case reassign
  /// The request is taken back; everything goes on as it was.
  case dismiss
  /// The agent may go on with what it asked leave for.
  case grant
  /// The agent may not do what it asked leave for.
  case deny
  /// The session rests until somebody resumes it.
  case pause
  /// The session ends here; what exists is kept.
  case abort

  /// Whether the session cannot be brought back from it.
  public var isFinal: Bool { self == .abort }

  /// Whether it acts on the files as they were shown, so that it is refused when they moved meanwhile.
  public var restsOnFiles: Bool {
    switch self {
    case .approve, .waive, .proceed, .rollBack, .regenerate, .skip, .incorporate, .changeLevel, .include: return true
    case .requestChanges, .amend, .adopt, .retry, .fix, .leaveOut, .postpone, .substitute, .wait, .reassign, .dismiss,
      .grant, .deny, .pause, .abort:
      return false
    }
  }
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
