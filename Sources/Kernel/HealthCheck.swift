// The health monitor: what one check finds, heals and says. It runs whenever something happened that it should look at, and
// at intervals while something is under way.

extension Session {
  /// The facts of a check that is due, or none.
  func healthFacts(at: Moment) -> [Fact] {
    guard let rules = workflow.supervision, level != nil else { return [] }
    let last = health?.at ?? createdAt
    let isPeriodic = !inFlight.isEmpty && at >= last + Moment(rules.healthInterval) * 1_000
    return isHealthDue || isPeriodic ? checkFacts(rules, at: at) : []
  }

  /// When the next check is due while something is under way.
  var nextHealthCheck: Moment? {
    guard let rules = workflow.supervision, level != nil, !inFlight.isEmpty else { return nil }
    return (health?.at ?? createdAt) + Moment(rules.healthInterval) * 1_000
  }

  /// What a check finds, with what it heals and says.
  func checkFacts(_ rules: Supervision, at: Moment) -> [Fact] {
    var draft = self
    let found = findings(rules, at: at)
    var facts: [Fact] = []
    func add(_ fact: Fact) {
      draft.apply(Event(at: at, by: "engine", fact: fact))
      facts.append(fact)
    }
    add(.healthChecked(found))
    for id in found.emptyGoals {
      guard let goal = goals.first(where: { $0.id == id }) else { continue }
      healGoal(goal, at: at).forEach(add)
    }
    var roles: [String] = []
    for task in draft.unassignedTasks where !roles.contains(task.role) { roles.append(task.role) }
    for role in roles { draft.healRole(role, rules, at: at).forEach(add) }
    for id in found.failed {
      guard let task = draft.task(id), draft.canRetry(task, rules, at: at) else { continue }
      let learned = task.feedback.isEmpty ? task.error ?? "" : task.feedback.joined(separator: "\n")
      add(
        .healed(
          Healing(
            kind: .taskRetried, subject: id,
            words: "\(task.title) failed and is tried again with what was learned.",
            since: task.failedAttempts.last?.at ?? at, at: at)))
      add(.taskRetried(task: id, guidance: learned))
    }
    for id in found.orphaned { alert(.orphanedTask, id, "\(id) serves no goal there is.", at: at).forEach(add) }
    for id in found.ownerless {
      alert(
        .blockerWithoutOwner, id, "\(id) has no owner, so nobody would act; it is yours now.", needsPerson: true, at: at
      )
      .forEach(add)
    }
    for id in found.unread {
      guard let callback = callback(id) else { continue }
      alert(
        .callbackUnread, id,
        "Nobody has read what \(callback.from) said \(Session.span(Int((at - callback.at) / 60_000))) ago.",
        needsPerson: true, at: at
      ).forEach(add)
    }
    return facts
  }

  private func findings(_ rules: Supervision, at: Moment) -> HealthRecord {
    let known = goals.map(\.id)
    let patience = Moment(rules.healthInterval) * 1_000
    return HealthRecord(
      at: at, emptyGoals: shortcomingsLeftOut ? [] : emptyGoals.map(\.id), unassigned: unassignedTasks.map(\.id),
      failed: tasks.filter { $0.state == .failed && $0.repairs == nil }.map(\.id), silent: [],
      orphaned: known.isEmpty
        ? []
        : tasks.filter { !$0.goals.isEmpty && !$0.goals.contains(where: known.contains) && $0.state != .done }.map(
          \.id),
      ownerless: blockerRecords.filter { $0.state == .open && $0.owner.isEmpty }.map(\.id),
      unread: callbacks.filter {
        $0.kind != .progress && $0.readBy == nil && $0.answer == nil && at >= $0.at + patience
      }
      .map(\.id))
  }

  /// Whether a failed task is tried again without asking: it failed less than so often in a day, nobody doubts its end,
  /// and its sub-stage was looked at.
  func canRetry(_ task: TaskRecord, _ rules: Supervision, at: Moment) -> Bool {
    guard task.state == .failed, task.cause != .hard, task.doubt == nil, task.remedies == nil, task.repairs == nil,
      tally(of: "task:\(task.id)")?.loop == nil, !isAsking("task:\(task.id)"), standing == .active
    else { return false }
    if outage(of: task) != nil || task.isWithPerson || escalation(of: task)?.to == RoleCard.person { return false }
    if let substage = task.substage, !isInspected(substage) { return false }
    let day: Moment = 86_400_000
    return task.failedAttempts.filter { at - $0.at < day }.count < rules.healthRetries
  }

  /// Whether the expected files of a sub-stage were looked for since its tasks failed.
  func isInspected(_ substage: String) -> Bool {
    let record = stages.flatMap(\.substages).first { $0.id == substage }
    return record?.inspected == failureBasis(of: substage)
  }

  /// An alert, unless the last of its kind about the subject said the same.
  func alert(
    _ kind: Alert.Kind, _ subject: String, _ words: String, severity: Severity = .warning, needsPerson: Bool = false,
    at: Moment
  ) -> [Fact] {
    if let last = alerts.last(where: { $0.kind == kind && $0.subject == subject }), last.words == words { return [] }
    // It stays where it is, and is found with every look; whoever was told of a path knows.
    if kind == .repositoryInside, alerts.contains(where: { $0.kind == kind && $0.subject == subject }) { return [] }
    return [
      .alertRaised(
        Alert(kind: kind, subject: subject, words: words, severity: severity, needsPerson: needsPerson, at: at))
    ]
  }

  /// A goal without a task gets one, of the role that makes the code.
  private func healGoal(_ goal: Goal, at: Moment) -> [Fact] {
    let alerts = alert(.noTasksForGoal, goal.id, "No task serves \(goal.id): \(goal.text)", severity: .failure, at: at)
    guard let model = planned.first(where: { $0.role != Session.auditorRole }), let stage = codeStage else {
      return alerts
    }
    var task = TaskRecord(
      id: "goal-\(goal.id.lowercased())", title: "Make \(goal.id): \(goal.text)", stage: stage, substage: nil,
      role: model.role, performer: model.performer, expectedFiles: goal.deliverables,
      maxAttempts: workflow.supervision?.attempts(performer: model.performer, role: model.role) ?? 3,
      guidance: "The plan gave this goal no task.")
    task.goals = [goal.id]
    task.priority = TaskPriority(goal.priority)
    task.isCorrective = true
    task.sequence = 100
    guard self.task(task.id) == nil else { return alerts }
    return alerts + [
      .taskCreated(task),
      .healed(
        Healing(
          kind: .goalTasked, subject: goal.id, words: "\(goal.id) had no task; \(task.id) was made for it.", since: at,
          at: at)),
    ]
  }

  /// A role that nobody can work in gets an agent where the workflow allows one; else a person has to act.
  private func healRole(_ role: String, _ rules: Supervision, at: Moment) -> [Fact] {
    let waiting = unassignedTasks.filter { $0.role == role }
    guard let first = waiting.first else { return [] }
    if let agent = assignableAgent(for: first) {
      return waiting.flatMap { task in
        [
          Fact.taskAssigned(task: task.id, agent: agent.name, reason: "the health check found it without an agent"),
          .healed(
            Healing(
              kind: .agentAssigned, subject: task.id, words: "\(task.title) was given to \(agent.name).", since: at,
              at: at)),
        ]
      }
    }
    let hasNobody = !agents.contains { $0.role == role }
    let kind: Alert.Kind =
      waiting.allSatisfy(\.isCorrective) ? .correctiveTaskNoAgent : hasNobody ? .noAgentsAtAll : .noAvailableAgents
    let count = waiting.count == 1 ? "1 task waits" : "\(waiting.count) tasks wait"
    let words = "\(count) for an agent of the role \(role): \(shortage(of: role))."
    // One is added per role; when that one cannot work either, adding more would not help.
    guard var new = rules.provisions.first(where: { $0.role == role }),
      !agents.contains(where: { $0.role == role && $0.isProvisioned })
    else {
      return alert(kind, role, words, severity: .failure, needsPerson: true, at: at)
    }
    new.isProvisioned = true
    new.reason = words
    if agents.contains(where: { $0.name == new.name }) { new.name += "-2" }
    return alert(kind, role, words, at: at) + [
      .agentProvisioned(new),
      .healed(
        Healing(
          kind: .agentProvisioned, subject: role,
          words: "\(new.name) was added for \(role), because \(shortage(of: role)).", since: at, at: at)),
    ]
      + waiting.flatMap { task in
        [
          Fact.taskAssigned(task: task.id, agent: new.name, reason: "added because nobody else could"),
          .healed(
            Healing(
              kind: .agentAssigned, subject: task.id, words: "\(task.title) was given to \(new.name).", since: at,
              at: at)),
        ]
      }
  }

  /// The stage that makes the code.
  var codeStage: Int? { stages.first { !$0.substages.isEmpty }?.id }
}

extension Session {
  /// How far the supervised work reached its aims.
  public var metrics: SupervisionMetrics {
    var found = SupervisionMetrics()
    var expected: [String] = []
    for task in tasks where task.state != .skipped && task.remedies == nil { expected += task.expectedFiles }
    expected += goals.flatMap(\.deliverables)
    let unique = Dictionary(expected.map { (Array($0.utf8), $0) }, uniquingKeysWith: { first, _ in first })
    found.filesExpected = unique.count
    found.filesThere = unique.values.filter(isRecorded).count
    found.callbacks = callbacks.count
    let wanting = callbacks.filter(\.kind.wantsAnswer)
    found.callbacksWanting = wanting.count
    found.callbacksAnswered =
      wanting.filter { callback in
        callback.answer != nil
          || blockerRecords.contains {
            $0.subject == "callback:\(callback.id)" && ($0.state == .resolved || $0.state == .decided)
          }
      }.count
    let remediable = blockerRecords.filter {
      ["callback", "atomic-check", "unassigned", "verification"].contains($0.source)
    }
    found.blockersRemediable = remediable.count
    found.blockersRemediated =
      remediable.filter { record in
        record.state == .resolved && !record.history.contains { step in step.words.hasPrefix("A person") }
      }.count
    found.goals = goals.count
    found.goalsCovered = goals.filter { goal in tasks.contains { $0.goals.contains(goal.id) } }.count
    let needing = tasks.filter { needsAgent($0) && $0.state != .skipped }
    found.tasks = needing.count
    found.tasksAssigned = needing.filter { $0.agent != nil }.count
    found.recoveryTimes = blockerRecords.filter { $0.state == .resolved }
      .compactMap { record in record.history.last.map { $0.at - record.since } }.sorted(by: >)
    let rules = workflow.supervision ?? Supervision()
    found.health = findings(rules, at: updatedAt).score
    return found
  }
}
