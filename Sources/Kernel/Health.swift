// What the health monitor finds, heals and says.

/// Something that somebody should know, of a closed set of kinds.
public struct Alert: Codable, Equatable, Sendable {
  /// What kind of thing it is.
  public enum Kind: String, CaseIterable, Codable, Equatable, Sendable {
    case noTasksForGoal = "NO_TASKS_FOR_GOAL"
    case noAgentsAtAll = "NO_AGENTS_AT_ALL"
    case noAvailableAgents = "NO_AVAILABLE_AGENTS"
    case orphanedTask = "ORPHANED_TASK"
    case correctiveTaskNoAgent = "CORRECTIVE_TASK_NO_AGENT"
    case unrecoverable = "CRITICAL_UNRECOVERABLE_ISSUES"
    case agentSilent = "AGENT_SILENT"
    case callbackUnread = "CALLBACK_UNREAD"
    case blockerWithoutOwner = "BLOCKER_WITHOUT_OWNER"
    case claimRefuted = "CLAIM_REFUTED"
    case conduct = "AGENT_CONDUCT"
    case noFiles = "TASK_WITHOUT_FILES"
    case fileRejected = "FILE_REJECTED"
    case fileLost = "FILE_LOST"
    case fileDrift = "FILE_DRIFT"
    case repositoryInside = "REPOSITORY_INSIDE"
    case pathTwins = "PATH_TWINS"
  }

  /// What kind of thing it is.
  public var kind: Kind
  /// What it is about: a goal, a task, an agent, a path.
  public var subject: String
  /// What is wrong, in one or two sentences.
  public var words: String
  /// How much it matters.
  public var severity: Severity
  /// Whether a person has to act.
  public var needsPerson: Bool
  /// When it was found.
  public var at: Moment

  /// Makes an alert from its parts.
  public init(
    kind: Kind, subject: String, words: String, severity: Severity = .warning, needsPerson: Bool = false,
    at: Moment = 0
  ) {
    self.kind = kind
    self.subject = subject
    self.words = words
    self.severity = severity
    self.needsPerson = needsPerson
    self.at = at
  }
}

/// One thing that was healed without asking, on record.
public struct Healing: Codable, Equatable, Sendable {
  /// What was done.
  public enum Kind: String, CaseIterable, Codable, Equatable, Sendable {
    /// A goal got a task.
    case goalTasked = "goal-tasked"
    /// A task got an agent.
    case agentAssigned = "agent-assigned"
    /// A role got an agent.
    case agentProvisioned = "agent-provisioned"
    /// A failed task is tried again with what was learned.
    case taskRetried = "task-retried"
    /// A file that was owed is made.
    case remediated
  }

  /// What was done.
  public var kind: Kind
  /// To what: a goal, a task, a role, a blocker.
  public var subject: String
  /// What was done, in one sentence.
  public var words: String
  /// Since when it had been wrong.
  public var since: Moment
  /// When it was healed.
  public var at: Moment

  /// Makes a healing from its parts.
  public init(kind: Kind, subject: String, words: String, since: Moment, at: Moment) {
    self.kind = kind
    self.subject = subject
    self.words = words
    self.since = since
    self.at = at
  }
}

/// What one check of a session's health found.
public struct HealthRecord: Codable, Equatable, Sendable {
  /// When.
  public var at: Moment
  /// Goals without a task.
  public var emptyGoals: [String]
  /// Tasks without an agent.
  public var unassigned: [String]
  /// Tasks that failed and are not being tried again.
  public var failed: [String]
  /// Tasks whose agent gives no sign.
  public var silent: [String]
  /// Tasks that serve no goal there is.
  public var orphaned: [String]
  /// Blockers without an owner.
  public var ownerless: [String]
  /// Callbacks that nobody has read.
  public var unread: [String]

  /// Makes a record from its parts.
  public init(
    at: Moment, emptyGoals: [String] = [], unassigned: [String] = [], failed: [String] = [], silent: [String] = [],
    orphaned: [String] = [], ownerless: [String] = [], unread: [String] = []
  ) {
    self.at = at
    self.emptyGoals = emptyGoals
    self.unassigned = unassigned
    self.failed = failed
    self.silent = silent
    self.orphaned = orphaned
    self.ownerless = ownerless
    self.unread = unread
  }

  /// 100, less 10 for each goal without a task, 5 for each task without an agent and 3 for each failed task; never below 0.
  public var score: Int { max(0, 100 - 10 * emptyGoals.count - 5 * unassigned.count - 3 * failed.count) }
}

/// How far the supervised work reached its aims, computed from the journal; shares are in percent, `nil` where there is
/// nothing to share.
public struct SupervisionMetrics: Equatable, Sendable {
  /// Expected files of tasks that are not left out.
  public var filesExpected = 0
  /// Those that were accepted and are not known to be missing.
  public var filesThere = 0
  /// Callbacks taken in.
  public var callbacks = 0
  /// Callbacks somebody is expected to answer.
  public var callbacksWanting = 0
  /// Those that were answered or settled.
  public var callbacksAnswered = 0
  /// Blockers that were to be remediated.
  public var blockersRemediable = 0
  /// Those that were, without a person.
  public var blockersRemediated = 0
  /// Goals.
  public var goals = 0
  /// Goals with a task.
  public var goalsCovered = 0
  /// Tasks that need an agent.
  public var tasks = 0
  /// Those that have, or had, one.
  public var tasksAssigned = 0
  /// How long it took from the failure to the healing, in milliseconds, longest first.
  public var recoveryTimes: [Moment] = []
  /// The score as it is now.
  public var health = 100

  /// A share in percent, cut and not rounded, so that 100 is said only when nothing is missing.
  public static func percent(_ part: Int, of whole: Int) -> Int? { whole == 0 ? nil : part * 100 / whole }

  /// Files created, in percent.
  public var filesCreated: Int? { SupervisionMetrics.percent(filesThere, of: filesExpected) }
  /// Blockers remediated, in percent.
  public var remediation: Int? { SupervisionMetrics.percent(blockersRemediated, of: blockersRemediable) }
  /// Goals with a task, in percent.
  public var goalCoverage: Int? { SupervisionMetrics.percent(goalsCovered, of: goals) }
  /// Tasks with an agent, in percent.
  public var assignment: Int? { SupervisionMetrics.percent(tasksAssigned, of: tasks) }
}
