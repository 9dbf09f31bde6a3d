/// A question with options and exactly one answer by one named person.
public struct Decision: Codable, Equatable, Sendable {
  /// Its identifier within the session, e.g. `library-D1`; unique among all sessions.
  public var id: String
  /// The playbook that raised it.
  public var playbook: String
  /// The scenario's number, 0 for an ordinary approval.
  public var scenario: Int
  /// The stage in which it arose.
  public var stage: Int
  /// What it is about: a gate, a task, a stage.
  public var subject: String
  /// The question in one line.
  public var title: String
  /// The whole text in Markdown.
  public var body: String
  /// Who asks.
  public var askedBy: String
  /// What is to be filled in.
  public var fields: [DecisionField]
  /// What may be chosen.
  public var options: [Option]
  /// The recommended option, if any.
  public var recommended: String?
  /// SHA-256 over everything above and over what it rests on (lower-case hex).
  public var digest: String
  /// When it was raised.
  public var raisedAt: Moment
  /// The answer, once there is one.
  public var answer: Answer?
  /// Why it was withdrawn, if it was.
  public var withdrawn: String?
  /// What has arisen, by its kind's name; empty for decisions of older programs.
  public var situation = ""
  /// How much it matters.
  public var severity = Severity.warning
  /// The facts by which its playbook was chosen: those that fit on a line.
  public var facts: [Setting] = []
  /// The tree of the workspace it was raised on, where it was kept then.
  public var tree: String?
  /// What it rests on beside the files, in a short text, so that it is asked anew when that moves.
  public var basis = ""
  /// What changed since the same question was asked before, in lines; shown with the question.
  public var changes: [String] = []
  /// What the QA report says of it.
  public var records = ""
  /// After how many minutes a person is reminded.
  public var reminders: [Int] = []
  /// After how many minutes the session pauses.
  public var expiry: Int?
  /// How many reminders went out.
  public var remindersSent = 0
  /// Whether its answer was taken back.
  public var isUndone = false

  /// Makes an open decision from its parts; `digest` is computed by `raise`.
  public init(
    id: String, playbook: String, scenario: Int, stage: Int, subject: String, title: String, body: String,
    askedBy: String, fields: [DecisionField], options: [Option], recommended: String?, digest: String,
    raisedAt: Moment
  ) {
    self.id = id
    self.playbook = playbook
    self.scenario = scenario
    self.stage = stage
    self.subject = subject
    self.title = title
    self.body = body
    self.askedBy = askedBy
    self.fields = fields
    self.options = options
    self.recommended = recommended
    self.digest = digest
    self.raisedAt = raisedAt
  }

  /// Whether it waits for a person.
  public var isOpen: Bool {
    // Matched and not compared, because a comparison copies the whole answer.
    if case .none = answer, case .none = withdrawn { true } else { false }
  }

  /// The option with an identifier or a key.
  public func option(_ id: String) -> Option? {
    options.first { $0.id == id } ?? options.first { $0.key == id }
  }
}

/// Something a decision asks to be filled in.
public struct DecisionField: Codable, Equatable, Sendable {
  /// The field's name.
  public var name: String
  /// Why it is asked.
  public var why: String
  /// The expected format.
  public var format: String
  /// Whether it may stay empty.
  public var isOptional: Bool

  /// Makes a field from its parts.
  public init(name: String, why: String, format: String, isOptional: Bool = false) {
    self.name = name
    self.why = why
    self.format = format
    self.isOptional = isOptional
  }
}

/// One option of a decision.
public struct Option: Codable, Equatable, Sendable {
  /// Its identifier.
  public var id: String
  /// The key that chooses it.
  public var key: String
  /// What it is called.
  public var title: String
  /// What it will do, in one sentence.
  public var says: String
  /// What it does.
  public var effect: OptionEffect
  /// Whether a person must say why.
  public var noteRequired: Bool
  /// The word that must be typed before it counts.
  public var confirm: String?
  /// What the effect acts on, where it needs more than the subject.
  public var target: String?
  /// The names of the decision's fields that it takes.
  public var fields: [String]
  /// Whether `undo` takes it back.
  public var isReversible: Bool

  /// Makes an option from its parts.
  public init(
    id: String, key: String, title: String, says: String, effect: OptionEffect, noteRequired: Bool, confirm: String?,
    target: String? = nil, fields: [String] = [], isReversible: Bool? = nil
  ) {
    self.id = id
    self.key = key
    self.title = title
    self.says = says
    self.effect = effect
    self.noteRequired = noteRequired
    self.confirm = confirm
    self.target = target
    self.fields = fields
    self.isReversible = isReversible ?? !effect.isFinal
  }
}

/// What a person answered.
public struct Answer: Codable, Equatable, Sendable {
  /// The decision.
  public var decision: String
  /// The option chosen.
  public var option: String
  /// The digest of what the person was shown.
  public var digest: String
  /// Why, in the person's words.
  public var note: String
  /// Fields filled in, in order.
  public var fields: [FieldValue]
  /// The confirmation typed, if one was needed.
  public var confirmation: String
  /// Whether it was given before the question arose; then nobody looked at it.
  public var inAdvance: Bool
  /// The workspace's tree when the person answered, where the answering program looked.
  public var tree: String?
  /// Who answered; filled in from the order.
  public var by: String
  /// When; filled in from the order.
  public var at: Moment
  /// Where it was given, as far as the program that took it in knows; `nil` in answers of older programs and in those
  /// given in advance.
  public var origin: AnswerOrigin?

  /// Makes an answer; who and when come from the order that carries it.
  public init(
    decision: String, option: String, digest: String, note: String = "", fields: [FieldValue] = [],
    confirmation: String = "", inAdvance: Bool = false, tree: String? = nil, by: String = "", at: Moment = 0,
    origin: AnswerOrigin? = nil
  ) {
    self.origin = origin
    self.decision = decision
    self.option = option
    self.digest = digest
    self.note = note
    self.fields = fields
    self.confirmation = confirmation
    self.inAdvance = inAdvance
    self.tree = tree
    self.by = by
    self.at = at
  }
}

/// Where an answer was given.
public struct AnswerOrigin: Codable, Equatable, Sendable {
  /// The number of the user under which the program ran.
  public var user: Int
  /// The machine's name.
  public var host: String
  /// The terminal's device, or empty without one.
  public var terminal: String
  /// The program's part: `console` or `command line`.
  public var client: String
  /// Whether somebody else than the program itself vouches for it. A program of the same user can say anything, so this is
  /// `false` until answers are signed or come over a border that the system guards.
  public var isVerified: Bool

  /// Makes an origin from its parts.
  public init(user: Int, host: String, terminal: String, client: String, isVerified: Bool = false) {
    self.user = user
    self.host = host
    self.terminal = terminal
    self.client = client
    self.isVerified = isVerified
  }

  /// The origin in one line.
  public var words: String {
    "\(client), user \(user) on \(host)\(terminal.isEmpty ? ", no terminal" : ", \(terminal)") "
      + "(\(isVerified ? "verified" : "asserted"))"
  }
}

extension Decision {
  /// The bytes over which the digest is taken: every part with its length before it, so that no two questions share them.
  func canonicalBytes(restingOn inputs: [String]) -> [UInt8] {
    var parts = ["signalbox.decision.v1", id, playbook, String(scenario), String(stage), subject, title, body, askedBy]
    parts.append(String(fields.count))
    for field in fields { parts += [field.name, field.why, field.format] }
    parts.append(String(options.count))
    for option in options {
      parts += [
        option.id, option.key, option.title, option.says, option.effect.rawValue,
        option.noteRequired ? "note" : "", option.confirm ?? "", option.target ?? "",
        option.isReversible ? "" : "irreversible", String(option.fields.count),
      ]
      parts += option.fields
    }
    parts.append(recommended ?? "")
    parts += [situation, tree ?? "", basis, String(changes.count)]
    parts += changes
    parts += inputs
    var bytes: [UInt8] = []
    for part in parts {
      let text = Array(part.utf8)
      var length = UInt64(text.count)
      for _ in 0..<8 {
        bytes.append(UInt8(truncatingIfNeeded: length))
        length >>= 8
      }
      bytes += text
    }
    return bytes
  }
}
