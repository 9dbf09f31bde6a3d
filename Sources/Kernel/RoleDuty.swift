// What the cards of the roles at work bind the engine to: the gates it runs, how often it lets a role try, and who comes next.

/// What a role's card binds the engine to in one session, as it was when the session began.
public struct RoleDuty: Codable, Equatable, Sendable {
  /// The role, e.g. `backend-engineer`.
  public var role: String
  /// Its title for people.
  public var title: String
  /// The role it reports to, or `person`.
  public var reportsTo: String
  /// After how many failed attempts at a task the task goes up the chain.
  public var attempts: Int
  /// The gates its work must pass, by identifier.
  public var mandatoryGates: [String]
  /// The gates its work should pass, by identifier.
  public var optionalGates: [String]
  /// The performers whose tasks its agents take; empty for a role that only stands above others and has no agent.
  public var takes: [String]

  /// Makes a duty from its parts.
  public init(
    role: String, title: String, reportsTo: String = RoleCard.person, attempts: Int = 2, mandatoryGates: [String] = [],
    optionalGates: [String] = [], takes: [String] = []
  ) {
    self.role = role
    self.title = title
    self.reportsTo = reportsTo
    self.attempts = attempts
    self.mandatoryGates = mandatoryGates
    self.optionalGates = optionalGates
    self.takes = takes
  }

  /// What it binds to in one line, e.g. `Developer (2 attempts, then architect; must pass types, tests)`.
  public var words: String {
    let gates = mandatoryGates.isEmpty ? "" : "; must pass \(mandatoryGates.joined(separator: ", "))"
    return "\(title) (\(attempts) \(attempts == 1 ? "attempt" : "attempts"), then \(reportsTo)\(gates))"
  }

  /// Whether somebody works in the role.
  public var isAtWork: Bool { !takes.isEmpty }

  /// The duties of every role in which a program works, and of every role above it, in the order of the agents.
  ///
  /// The built-in generator follows no card, so a session in which it works alone has none.
  public static func duties(of agents: [AgentDefinition], by cards: [RoleCard]) -> [RoleDuty] {
    let programs = agents.filter { $0.kind != .generator }
    var roles: [String] = []
    for role in programs.flatMap(\.roles) where !roles.contains(role) { roles.append(role) }
    for role in roles.flatMap({ RoleCard.chain(of: $0, in: cards) }) where !roles.contains(role) { roles.append(role) }
    return roles.compactMap { role in
      guard let card = cards.first(where: { $0.role == role }) else { return nil }
      var takes: [String] = []
      for performer in programs.filter({ $0.roles.contains(role) }).flatMap(\.takes) where !takes.contains(performer) {
        takes.append(performer)
      }
      return RoleDuty(
        role: role, title: card.title, reportsTo: card.reportsTo, attempts: card.attempts,
        mandatoryGates: card.mandatoryGates, optionalGates: card.optionalGates, takes: takes)
    }
  }
}

/// A task that went up the chain of command, because whoever had it used up its attempts or cannot work any more.
public struct TaskEscalation: Codable, Equatable, Sendable {
  /// The task.
  public var task: String
  /// The role that had it.
  public var from: String
  /// The role that has it now, or `person`.
  public var to: String
  /// The agent that has it now, unless a person has.
  public var agent: String?
  /// Why, in words that go on after “because”.
  public var reason: String
  /// When; known once it is part of the task's record.
  public internal(set) var at: Moment = 0
  /// How many attempts at the task had failed by then; known once it is part of the task's record.
  public internal(set) var failures = 0

  /// Makes an escalation from its parts.
  public init(task: String, from: String, to: String, agent: String? = nil, reason: String) {
    self.task = task
    self.from = from
    self.to = to
    self.agent = agent
    self.reason = reason
  }

  /// The escalation in one line, e.g. `escalated from developer to architect (architect01) because …`.
  public var words: String {
    "escalated from \(from) to \(to)\(agent.map { " (\($0))" } ?? "") because \(reason)"
  }
}

extension TaskRecord {
  /// The escalations since its last fresh start.
  var freshEscalations: ArraySlice<TaskEscalation> { escalations.dropFirst(settledEscalations) }

  /// The role that works on it now: its own, or the one it was last escalated to.
  public var workingRole: String { freshEscalations.last { $0.to != RoleCard.person }?.to ?? role }

  /// Whether it went all the way up, so that only a person can have it tried again.
  public var isWithPerson: Bool { freshEscalations.last?.to == RoleCard.person }

  /// How often agents of a role failed at it since its last fresh start; faults of the environment are nobody's.
  public func failures(of role: String) -> Int {
    failedAttempts.dropFirst(settledAttempts).count { $0.role == role && $0.isCharged }
  }

  /// It begins again with its own role, and no card counts what was before.
  mutating func startAfresh() {
    if workingRole != role { agent = nil }
    settledAttempts = failedAttempts.count
    settledEscalations = escalations.count
  }
}

// MARK: - The chain of command

extension Session {
  /// The duty of a role.
  public func duty(of role: String) -> RoleDuty? { duties.first { $0.role == role } }

  /// The duty of a role as far as a task is its agents' to do.
  private func duty(of role: String, at task: TaskRecord) -> RoleDuty? {
    duty(of: role).flatMap { $0.takes.contains(task.performer) ? $0 : nil }
  }

  /// To whom a task goes now, because the role that has it used up the attempts of its card or has nobody left; `nil`
  /// while it stays where it is.
  ///
  /// It never gives a task more attempts than it has: it only says who makes the next one, or that a person is asked.
  func escalation(of task: TaskRecord) -> TaskEscalation? {
    guard !duties.isEmpty, !task.isWithPerson, needsAgent(task) else { return nil }
    let role = task.workingRole
    guard let duty = duty(of: role, at: task) else { return nil }
    let failures = task.failures(of: role)
    var reasons: [String] = []
    if failures >= duty.attempts {
      reasons.append(
        "its agents failed \(failures == 1 ? "once" : "\(failures) times"), as often as the card of \(duty.title) allows"
      )
    } else if role != task.role, assignableAgent(of: role) == nil {
      reasons.append(shortage(of: role))
    } else {
      return nil
    }
    // No role gets a task twice, also where the cards should go round.
    var seen = [task.role] + task.freshEscalations.map(\.to)
    var next = duty.reportsTo
    while next != RoleCard.person, !seen.contains(next) {
      seen.append(next)
      let above = self.duty(of: next)
      if above?.takes.contains(task.performer) == true {
        if let agent = assignableAgent(of: next) {
          return TaskEscalation(
            task: task.id, from: role, to: next, agent: agent.name, reason: reasons.joined(separator: "; "))
        }
        reasons.append(shortage(of: next))
      } else {
        reasons.append("no agent of this session's file works as \(next) at such a task")
      }
      next = above?.reportsTo ?? RoleCard.person
    }
    return TaskEscalation(
      task: task.id, from: role, to: RoleCard.person, reason: reasons.joined(separator: "; "))
  }

  /// The task goes to another role's agent, or waits for a person.
  mutating func escalate(_ escalation: TaskEscalation, at: Moment) {
    var escalation = escalation
    escalation.at = at
    let last = lastAttempt(of: "task:\(escalation.task)")
    var hasStopped = false
    change(task: escalation.task) {
      escalation.failures = $0.failedAttempts.count
      $0.escalations.append(escalation)
      if let agent = escalation.agent { $0.agent = agent }
      guard escalation.to == RoleCard.person, $0.state == .todo else { return }
      // What would have been the next attempt is not made.
      $0.state = .failed
      $0.attempt = max(1, last)
      hasStopped = true
    }
    if hasStopped { isHealthDue = true }
  }
}

// MARK: - Gates

extension Session {
  /// The duties of the roles whose agents worked on a task of this session, whether it went well or not.
  var dutiesOfWork: [RoleDuty] {
    duties.filter { duty in
      tasks.contains { task in
        guard needsAgent(task), duty.takes.contains(task.performer) else { return false }
        return task.failedAttempts.contains { $0.role == duty.role }
          || task.startedAt != nil && task.workingRole == duty.role
      }
    }
  }

  /// The gates that apply, each as it would be opened: those of the level, and those that a card makes mandatory.
  public func gateRecords(under duties: [RoleDuty]) -> [GateRecord] {
    let level = self.level ?? 1
    let coverage = [Setting(name: "coverage", value: String(requiredCoverage))]
    return workflow.gates.compactMap { gate in
      let isMandatory = level >= gate.fromLevel && gate.isMandatory(at: level)
      let asking = duties.filter { $0.isAtWork && $0.mandatoryGates.contains(gate.id) }
      guard level >= gate.fromLevel || !asking.isEmpty else { return nil }
      var record = GateRecord(
        id: gate.id, title: gate.title, category: gate.category, mandatory: isMandatory || !asking.isEmpty,
        required: fill(gate.required, with: coverage), maxAttempts: gate.maxAttempts, fix: gate.fix)
      if !isMandatory, !asking.isEmpty {
        let titles = asking.map(\.title).joined(separator: ", ")
        record.reason = "asked for by the \(asking.count == 1 ? "card" : "cards") of \(titles)"
      }
      return record
    }
  }
}

extension RoleDuty {
  /// What is told of gates that a card names and a workflow does not have; `nil` where it has them all.
  func unknownGates(in workflow: Workflow) -> String? {
    let known = workflow.gates.map(\.id)
    let unknown = (mandatoryGates + optionalGates).filter { !known.contains($0) }
    guard isAtWork, !unknown.isEmpty else { return nil }
    return "The card of \(title) names gates that the workflow \(workflow.id) does not have, so nothing runs them: "
      + "\(unknown.joined(separator: ", "))."
  }
}
