// What a role may do, as data: read from a file, and asked before anything an agent wants to do is let through.

/// Says what a role may do alone, what needs somebody's approval, what is forbidden, and to whom it turns.
///
/// A card gives intent and borders and leaves the way to the agent. It judges by itself only what it names; whatever it
/// does not name is ``RoleVerdict/unknown``, and a person is asked.
public struct RoleCard: Equatable, Sendable {
  /// The name at the top of every chain: whoever supervises the session.
  public static let person = "person"

  /// The role's identifier, e.g. `backend-engineer`.
  public var role: String
  /// A title for people.
  public var title: String
  /// What the role is there for, in two sentences at most.
  public var charter: String
  /// The role it reports to, or `person`.
  public var reportsTo: String
  /// What it does without asking, in words.
  public var standingOrders: [String]
  /// What somebody has to approve first.
  public var preApprovals: [PreApproval]
  /// What it must not do, whoever asks.
  public var forbidden: [Prohibition]
  /// What a rule may answer for, without a person.
  public var allowed: RoleAllowance
  /// When it stops and turns to somebody else.
  public var escalations: [Escalation]
  /// What always holds for its work, in words.
  public var constraints: [String]
  /// Mistakes that this work is known for, each with what to do instead.
  public var pitfalls: [String]
  /// What it must be told with every task.
  public var delegation: [DelegationSection]
  /// What it must report in the end.
  public var report: [ReportField]
  /// The gates its work must pass, by identifier.
  public var mandatoryGates: [String]
  /// The gates its work should pass, by identifier.
  public var optionalGates: [String]
  /// After how many failed attempts to mend something it stops and escalates.
  public var attempts: Int
  /// Whether its work needs the network.
  public var network: Bool

  /// Makes a card from its parts.
  public init(
    role: String, title: String, charter: String, reportsTo: String = RoleCard.person, standingOrders: [String] = [],
    preApprovals: [PreApproval] = [], forbidden: [Prohibition] = [], allowed: RoleAllowance = RoleAllowance(),
    escalations: [Escalation] = [], constraints: [String] = [], pitfalls: [String] = [],
    delegation: [DelegationSection] = DelegationSection.allCases, report: [ReportField] = ReportField.allCases,
    mandatoryGates: [String] = [], optionalGates: [String] = [], attempts: Int = 2, network: Bool = false
  ) {
    self.role = role
    self.title = title
    self.charter = charter
    self.reportsTo = reportsTo
    self.standingOrders = standingOrders
    self.preApprovals = preApprovals
    self.forbidden = forbidden
    self.allowed = allowed
    self.escalations = escalations
    self.constraints = constraints
    self.pitfalls = pitfalls
    self.delegation = delegation
    self.report = report
    self.mandatoryGates = mandatoryGates
    self.optionalGates = optionalGates
    self.attempts = attempts
    self.network = network
  }
}

/// What is recognised by the files, commands and tools it touches.
public struct RoleScope: Equatable, Sendable {
  /// Patterns of paths below the workspace; see ``PathPattern``.
  public var paths: [String]
  /// Patterns of commands; see ``CommandPattern``.
  public var commands: [String]
  /// Patterns of tools: a name with `*` and `?`, or `kind:` and a kind, e.g. `kind:fetch`.
  public var tools: [String]

  /// Makes a scope from its parts.
  public init(paths: [String] = [], commands: [String] = [], tools: [String] = []) {
    self.paths = paths
    self.commands = commands
    self.tools = tools
  }
}

/// Something that somebody has to approve first.
public struct PreApproval: Equatable, Sendable {
  /// What it is, in words, e.g. `Add a dependency`.
  public var action: String
  /// By what it is recognised; changing a path counts, reading it does not.
  public var scope: RoleScope
  /// Who approves it, all of them: roles, or `person`.
  public var approvers: [String]

  /// Makes a pre-approval from its parts.
  public init(action: String, scope: RoleScope = RoleScope(), approvers: [String]) {
    self.action = action
    self.scope = scope
    self.approvers = approvers
  }
}

/// Something a role must not do.
public struct Prohibition: Equatable, Sendable {
  /// What it is, in words, e.g. `Change a migration`.
  public var action: String
  /// Why, and who does it instead.
  public var why: String
  /// By what it is recognised.
  public var scope: RoleScope
  /// Whether even reading the paths is forbidden.
  public var reading: Bool

  /// Makes a prohibition from its parts.
  public init(action: String, why: String, scope: RoleScope = RoleScope(), reading: Bool = false) {
    self.action = action
    self.why = why
    self.scope = scope
    self.reading = reading
  }
}

/// What a rule may answer for alone.
public struct RoleAllowance: Equatable, Sendable {
  /// Patterns of paths that may be read.
  public var reads: [String]
  /// Patterns of paths that may be written, beside the task's own files.
  public var writes: [String]
  /// Patterns of commands that may be run.
  public var commands: [String]
  /// Patterns of tools that may be used.
  public var tools: [String]

  /// Makes an allowance from its parts.
  public init(reads: [String] = [], writes: [String] = [], commands: [String] = [], tools: [String] = []) {
    self.reads = reads
    self.writes = writes
    self.commands = commands
    self.tools = tools
  }
}

/// When a role stops, and to whom it turns.
public struct Escalation: Equatable, Sendable {
  /// When, in words.
  public var when: String
  /// To whom: a role, or `person`.
  public var to: String

  /// Makes an escalation from its parts.
  public init(when: String, to: String) {
    self.when = when
    self.to = to
  }
}

/// What a role can ask to be told with a task; an agent knows nothing that it is not told.
public enum DelegationSection: String, CaseIterable, Equatable, Sendable {
  /// What is to be achieved.
  case objective
  /// The interfaces it must keep to.
  case contract
  /// The data it works on.
  case models
  /// The rules of the business.
  case rules
  /// The files to read first.
  case files
  /// By what it is seen that it is done.
  case acceptance
}

/// What a role can be asked to report.
public enum ReportField: String, CaseIterable, Equatable, Sendable {
  /// The files it made or changed.
  case files
  /// The tests it added.
  case tests
  /// What it checked.
  case verification
  /// What is left to say: obstacles, questions.
  case notes
}

extension RoleCard {
  /// The chain from a role up to the person, both included, e.g. `[backend-engineer, ship-manager, person]`.
  ///
  /// It always ends: where a card is missing or the cards go round, the person is next.
  public static func chain(of role: String, in cards: [RoleCard]) -> [String] {
    var chain: [String] = []
    var next = role
    while next != person, !chain.contains(next) {
      chain.append(next)
      next = cards.first { $0.role == next }?.reportsTo ?? person
    }
    return chain + [person]
  }

  /// The roles that report to each other in a circle, beginning and ending with the same, or `nil` when there are none.
  public static func circle(in cards: [RoleCard]) -> [String]? {
    for card in cards {
      var seen = [card.role]
      var next = card.reportsTo
      while next != person, let above = cards.first(where: { $0.role == next }) {
        if next == card.role { return seen + [next] }
        // A circle further up is found from one of its own members.
        if seen.contains(next) { break }
        seen.append(next)
        next = above.reportsTo
      }
    }
    return nil
  }
}
