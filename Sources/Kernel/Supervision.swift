// What a workflow says of how its work is supervised: who works, how often it is tried, and how long it may take.

/// Says how a session's work is supervised; a workflow that an older program froze has none, and its tasks need no agent.
public struct Supervision: Codable, Equatable, Sendable {
  /// The agents a session begins with.
  public var agents: [AgentRecord]
  /// The agents that may be added when a role has none to be had, one per role.
  public var provisions: [AgentRecord]
  /// How often a task is tried before a person is asked, by performer or role.
  public var attempts: [AttemptBudget]
  /// How many tasks of one sequence may be under way at once.
  public var parallel: Int
  /// How long one attempt of an agent's task may take, in seconds; a task may have its own limit.
  public var timeLimit: Int
  /// How long to wait before each further try after a fault of the environment, in seconds; `[5, 10]` tries three times.
  public var retryPauses: [Int]
  /// How many files one attempt may leave beside those it is expected to.
  public var fileLimit: Int
  /// How often the session's health is checked while something is under way, in seconds.
  public var healthInterval: Int
  /// How often in 24 hours a task may fail before nothing tries it again by itself.
  public var healthRetries: Int
  /// After how many seconds without a sign an agent at work counts as silent.
  public var silence: Int
  /// How often what a blocker asks for is tried before it becomes a decision.
  public var remedies: Int
  /// How many mending tasks all gates of a stage may have together.
  public var fixLimit: Int
  /// The least test coverage, in percent, that the work of a role needs; the highest of all demands counts.
  public var coverage: [RoleThreshold]

  /// Makes the rules from their parts.
  public init(
    agents: [AgentRecord] = [], provisions: [AgentRecord] = [], attempts: [AttemptBudget] = [], parallel: Int = 4,
    timeLimit: Int = 300, retryPauses: [Int] = [5, 10], fileLimit: Int = 500, healthInterval: Int = 300,
    healthRetries: Int = 3, silence: Int = 120, remedies: Int = 3, fixLimit: Int = 10,
    coverage: [RoleThreshold] = []
  ) {
    self.coverage = coverage
    self.agents = agents
    self.provisions = provisions
    self.attempts = attempts
    self.parallel = parallel
    self.timeLimit = timeLimit
    self.retryPauses = retryPauses
    self.fileLimit = fileLimit
    self.healthInterval = healthInterval
    self.healthRetries = healthRetries
    self.silence = silence
    self.remedies = remedies
    self.fixLimit = fixLimit
  }

  /// How often a task of a performer and role is tried, where the rules say so.
  public func attempts(performer: String, role: String) -> Int? {
    (attempts.first { $0.kind == performer } ?? attempts.first { $0.kind == role })?.attempts
  }
}

/// What the work of one role must reach.
public struct RoleThreshold: Codable, Equatable, Sendable {
  /// The role.
  public var role: String
  /// In percent.
  public var percentage: Int

  /// Makes a threshold from its parts.
  public init(role: String, percentage: Int) {
    self.role = role
    self.percentage = percentage
  }
}

extension Session {
  /// The least test coverage in percent: what the level needs, or more where a planned role or the agreed acceptance
  /// criteria ask for more.
  public var requiredCoverage: Int {
    let level = workflow.level(self.level)?.coverage ?? 0
    guard let rules = workflow.supervision else { return level }
    let roles = rules.coverage.filter { threshold in planned.contains { $0.role == threshold.role } }.map(\.percentage)
    return ([level] + roles + [agreedCoverage]).max() ?? level
  }

  /// The coverage that the acceptance criteria name, e.g. `coverage of at least 90 %`; 0 where they name none.
  private var agreedCoverage: Int {
    let lines = brief.text(of: .acceptanceCriteria).lowercased().split(whereSeparator: \.isNewline)
    let found = lines.filter { $0.contains("coverage") && $0.contains("%") }.compactMap { line -> Int? in
      let before = line.prefix { $0 != "%" }
      let digits = before.reversed().drop { $0 == " " }.prefix { $0.isNumber }
      return Int(String(digits.reversed()))
    }
    return found.filter { (1...100).contains($0) }.max() ?? 0
  }
}

/// How often one kind of task is tried before a person is asked.
public struct AttemptBudget: Codable, Equatable, Sendable {
  /// A performer's or a role's name.
  public var kind: String
  /// How often.
  public var attempts: Int

  /// Makes a budget from its parts.
  public init(kind: String, attempts: Int) {
    self.kind = kind
    self.attempts = attempts
  }
}

/// An agent within a session.
public struct AgentRecord: Codable, Equatable, Sendable {
  /// Its name: the role with a number of two digits, e.g. `developer01`.
  public var name: String
  /// Its role.
  public var role: String
  /// Which performer works for it; `nil` leaves that to each task.
  public var performer: String?
  /// Whether it can work.
  public var state: AgentState
  /// Why it is in that state, for people; empty at the beginning.
  public var reason: String
  /// Whether it was added because its role had nobody else.
  public var isProvisioned: Bool

  /// Makes an agent from its parts.
  public init(
    name: String, role: String, performer: String? = nil, state: AgentState = .available, reason: String = "",
    isProvisioned: Bool = false
  ) {
    self.name = name
    self.role = role
    self.performer = performer
    self.state = state
    self.reason = reason
    self.isProvisioned = isProvisioned
  }

  /// Whether it may be given a task. This is the one definition: planner, executor and health monitor all ask it.
  public var isAssignable: Bool { state == .available || state == .active }
}

/// Whether an agent can work; one vocabulary everywhere.
public enum AgentState: String, CaseIterable, Codable, Equatable, Sendable {
  /// It waits for a task.
  case available
  /// It works, and may be given more.
  case active
  /// It works for somebody else.
  case busy
  /// It was taken out of service.
  case inactive
  /// It failed too often to be given anything.
  case failed
  /// It will not come back.
  case terminated
}

/// How much a task matters; an agent is given the most important one first.
public enum TaskPriority: String, CaseIterable, Codable, Equatable, Sendable {
  case low, medium, high

  /// The priority of the tasks of a requirement.
  public init(_ priority: Priority) {
    switch priority {
    case .must: self = .high
    case .should: self = .medium
    case .could: self = .low
    }
  }

  /// Its place, most important first.
  var rank: Int {
    switch self {
    case .high: return 0
    case .medium: return 1
    case .low: return 2
    }
  }
}

/// A requirement that must become true, with the files by which it is seen.
public struct Goal: Codable, Equatable, Sendable {
  /// The requirement's identifier, e.g. `FR-001`.
  public var id: String
  /// The requirement in the person's words.
  public var text: String
  /// How much it matters.
  public var priority: Priority
  /// The files that must exist for it, as paths below the workspace.
  public var deliverables: [String]

  /// Makes a goal from its parts.
  public init(id: String, text: String, priority: Priority, deliverables: [String]) {
    self.id = id
    self.text = text
    self.priority = priority
    self.deliverables = deliverables
  }
}

extension Session {
  /// The tasks that serve a goal.
  public func tasks(of goal: Goal) -> [TaskRecord] { tasks.filter { $0.goals.contains(goal.id) } }

  /// How far a goal is: done when all its tasks are and all its deliverables were accepted.
  public func progress(of goal: Goal) -> Progress {
    let own = tasks(of: goal).filter { $0.state != .skipped }
    if own.isEmpty { return tasks(of: goal).isEmpty ? .todo : .skipped }
    if own.contains(where: { $0.state == .failed }) { return .failed }
    if own.allSatisfy({ $0.state == .done }) {
      return goal.deliverables.allSatisfy { files[$0] != nil } ? .done : .failed
    }
    return own.contains { $0.state == .running || $0.state == .done } ? .running : .todo
  }

  /// The goals that no task serves, planned or made, although nothing was left out.
  public var emptyGoals: [Goal] {
    guard level != nil, !planned.isEmpty || tasks.contains(where: { $0.substage != nil }) else { return [] }
    return goals.filter { goal in
      !planned.contains { $0.goals.contains(goal.id) } && !tasks.contains { $0.goals.contains(goal.id) }
    }
  }

  /// The agent with a name.
  public func agent(_ name: String) -> AgentRecord? { agents.first { $0.name == name } }

  /// Whether a task is given to an agent of the roster; the engine does its own.
  public func needsAgent(_ task: TaskRecord) -> Bool {
    workflow.supervision != nil && task.role != Session.engineRole && task.performer != Playbook.checkpointPerformer
  }

  /// Whether a task needs an agent and has none that could do it.
  public func isUnassigned(_ task: TaskRecord) -> Bool {
    guard needsAgent(task), task.state == .todo else { return false }
    return task.agent.flatMap(agent)?.isAssignable != true
  }

  /// The tasks that nobody can do now, and that were found to be so.
  public var unassignedTasks: [TaskRecord] { tasks.filter { $0.isMarkedUnassigned && isUnassigned($0) } }

  /// The agent that should do a task: of the role that has it, assignable, with the fewest open tasks; among equals the first.
  func assignableAgent(for task: TaskRecord) -> AgentRecord? { assignableAgent(of: task.workingRole) }

  /// The agent that a role's next task should go to.
  func assignableAgent(of role: String) -> AgentRecord? {
    let able = agents.filter { $0.role == role && $0.isAssignable }
    // An agent that failed the task before gives way where there is another.
    func load(_ agent: AgentRecord) -> Int {
      tasks.filter { $0.agent == agent.name && ($0.state == .todo || $0.state == .running) }.count
    }
    return able.enumerated().min { (load($0.element), $0.offset) < (load($1.element), $1.offset) }?.element
  }

  /// Which performer does a task: its agent's, else the task's own.
  public func performer(of task: TaskRecord) -> String { task.agent.flatMap(agent)?.performer ?? task.performer }

  /// The role whose tasks the engine does itself.
  public static let engineRole = "engine"
}
