// What is written down when a sub-stage fails as a whole, and what the final verification found.

/// The report of a sub-stage that failed as a whole, written by itself.
public struct Incident: Codable, Equatable, Sendable {
  /// What kind of cause it was.
  public enum Cause: String, CaseIterable, Codable, Equatable, Sendable {
    /// An agent's own mistake.
    case cognitive
    /// The machine, the network, a missing tool.
    case environment
    /// Nothing that trying again could change.
    case hard
  }

  /// Its identifier, e.g. `I-1`.
  public var id: String
  /// The sub-stage.
  public var substage: String
  /// When.
  public var at: Moment
  /// What happened, in one or two sentences.
  public var summary: String
  /// What led to it, in order.
  public var chain: [String]
  /// What kind of cause it was.
  public var cause: Cause
  /// What exactly went wrong, in one or two sentences.
  public var specifics: String
  /// What the system did right, each in one sentence.
  public var correct: [String]
  /// What to do.
  public var recommendation: String
  /// The files that were expected.
  public var expected: [String]
  /// Those of them that were found on the disk; they stay.
  public var found: [String]
  /// Those that were not.
  public var missing: [String]
  /// The tasks that failed, with the attempt that was the last.
  public var tasks: [String]
  /// The sub-stages that cannot begin meanwhile.
  public var blocks: [String]
  /// How it ended, once it did.
  public var resolution: String?
  /// When it ended.
  public var resolvedAt: Moment?

  /// Makes the report of an incident that is not over.
  public init(
    id: String, substage: String, at: Moment, summary: String, chain: [String], cause: Cause, specifics: String,
    correct: [String], recommendation: String, expected: [String], found: [String], missing: [String],
    tasks: [String], blocks: [String]
  ) {
    self.id = id
    self.substage = substage
    self.at = at
    self.summary = summary
    self.chain = chain
    self.cause = cause
    self.specifics = specifics
    self.correct = correct
    self.recommendation = recommendation
    self.expected = expected
    self.found = found
    self.missing = missing
    self.tasks = tasks
    self.blocks = blocks
  }
}

/// One thing that was verified at the end.
public struct VerificationItem: Codable, Equatable, Sendable {
  /// What it is about.
  public enum Kind: String, CaseIterable, Codable, Equatable, Sendable {
    case deliverable, requirement, integration, blocker
  }

  /// What it is about.
  public var kind: Kind
  /// A path, a requirement's identifier, a gate's or a blocker's.
  public var subject: String
  /// Whether it holds.
  public var passed: Bool
  /// Why not, or by what it is seen: `file:line`, who made it and when it was last seen.
  public var words: String
  /// The task that owes it, if one does.
  public var task: String?
  /// The agent that owes it, if one does.
  public var agent: String?

  /// Makes an item from its parts.
  public init(
    kind: Kind, subject: String, passed: Bool, words: String, task: String? = nil, agent: String? = nil
  ) {
    self.kind = kind
    self.subject = subject
    self.passed = passed
    self.words = words
    self.task = task
    self.agent = agent
  }
}

/// What the final verification found.
public struct Verification: Codable, Equatable, Sendable {
  /// Which one it was, counted from 1.
  public var number: Int
  /// Everything that was looked at.
  public var items: [VerificationItem]
  /// When.
  public var at: Moment
  /// What it was made on; another basis asks for another verification.
  public var basis: String

  /// Makes a verification from its parts.
  public init(number: Int, items: [VerificationItem], at: Moment, basis: String) {
    self.number = number
    self.items = items
    self.at = at
    self.basis = basis
  }

  /// Whether everything holds.
  public var passed: Bool { items.allSatisfy(\.passed) }
}

/// What an auditor found about one thing.
public struct AuditFinding: Codable, Equatable, Sendable {
  /// A requirement's identifier or a path.
  public var subject: String
  /// Whether it holds.
  public var passed: Bool
  /// By what it is seen (`file:line`), or why not.
  public var evidence: String

  /// Makes a finding from its parts.
  public init(subject: String, passed: Bool, evidence: String) {
    self.subject = subject
    self.passed = passed
    self.evidence = evidence
  }
}
