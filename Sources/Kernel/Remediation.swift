// What stands in the way of supervised work, and what is done about it without asking.

extension Session {
  /// The obstacles that supervision knows of beside gates, waits and failed tasks.
  var supervisedBlockers: [Blocker] {
    guard workflow.supervision != nil else { return [] }
    var found: [Blocker] = []
    for incident in incidents where incident.resolution == nil {
      let isBeingTried = tasks.contains { incident.tasks.contains($0.id) && $0.state != .failed }
      found.append(
        Blocker(
          id: "substage:\(incident.substage)", source: "atomic-check", text: incident.summary,
          owner: isBeingTried ? owner(of: incident) : "person", task: incident.tasks.first))
    }
    for task in unassignedTasks {
      found.append(
        Blocker(
          id: "unassigned:\(task.id)", source: "unassigned",
          text: "\(task.title) needs an agent of the role \(task.role).",
          owner: isAsking("agent:\(task.role)") ? "person" : "engine", task: task.id))
    }
    for callback in callbacks where callback.kind == .blocker && stands(callback) {
      let owing = callback.missing.first.flatMap { owingTask(of: $0) }
      found.append(
        Blocker(
          id: "callback:\(callback.id)", source: "callback", text: callback.text, owner: owing?.agent ?? "person",
          task: owing?.id))
    }
    for item in verifications.last?.items ?? [] where !item.passed && item.kind == .deliverable {
      guard verificationAccepted == nil, !isRecorded(item.subject) else { continue }
      found.append(
        Blocker(
          id: "verification:\(item.subject)", source: "verification", text: item.words, owner: item.agent ?? "person",
          task: item.task))
    }
    for record in files.records where record.integrity == .missing && owingTask(of: record.path) != nil {
      let seen = "it was made by \(record.creator.words) and is gone"
      found.append(
        Blocker(
          id: "file:\(record.path)", source: "integrity", text: "\(record.path): \(seen)", owner: "person",
          task: owingTask(of: record.path)?.id))
    }
    return found.filter { !settledBlockers.contains($0.id) }
  }

  private func owner(of incident: Incident) -> String { incident.tasks.first.flatMap(task)?.agent ?? "engine" }

  /// Whether a failed remedy has lost its reason, because what it was to make is there.
  func isMadeOtherwise(_ task: TaskRecord) -> Bool {
    task.remedies != nil && task.expectedFiles.allSatisfy(isRecorded)
  }

  /// Whether a file is there as far as the record knows.
  func isRecorded(_ path: String) -> Bool { files[path].map { $0.integrity != .missing } ?? false }

  /// Whether a blocker that somebody raised still stands: until it is answered, or every file it names is there.
  private func stands(_ callback: Callback) -> Bool {
    guard callback.answer == nil else { return false }
    return callback.missing.isEmpty || !callback.missing.allSatisfy(isRecorded)
  }

  /// The task that owes a file: one that is expected to leave it, else one of the goal it belongs to.
  func owingTask(of path: String) -> TaskRecord? {
    func owes(_ task: TaskRecord) -> Bool {
      task.remedies == nil && task.expectedFiles.contains { $0.utf8.elementsEqual(path.utf8) }
    }
    if let task = tasks.last(where: { owes($0) && $0.state != .skipped }) ?? tasks.last(where: owes) { return task }
    guard let goal = goals.first(where: { $0.deliverables.contains { $0.utf8.elementsEqual(path.utf8) } }) else {
      return nil
    }
    // Whoever checks a goal does not owe its files.
    return tasks(of: goal).first { $0.remedies == nil && $0.role != Session.auditorRole }
  }

  /// The role whose tasks look at the work of others.
  static let auditorRole = "auditor"

  // MARK: - Remedies

  /// What obstacles ask to be made, each by the agent that owed it, after all other work of a stage; what cannot be made
  /// becomes a decision.
  func advanceRemedies(in stage: StageRecord, at: Moment) -> Step {
    guard let rules = workflow.supervision else { return .done }
    var owed: [Effect] = []
    var isWaiting = false
    // A remedy whose engine died after its files were on record is still brought to its end.
    for task in tasks where task.remedies != nil && (task.state == .todo || task.state == .running) {
      guard let subject = task.remedies, blockerRecord(subject) == nil else { continue }
      let step = settle(task, stage: stage, at: at)
      guard case .done = step else { return step }
    }
    for record in blockerRecords where record.state == .open || record.state == .remediating {
      guard ["callback", "verification"].contains(record.source) else { continue }
      let remedy = remedy(of: record)
      if let remedy, remedy.state != .failed, remedy.state != .done, remedy.state != .skipped {
        let step = settle(remedy, stage: stage, at: at)
        switch step {
        case .done: continue
        case .facts: return step
        case .waits(let effects):
          isWaiting = true
          owed += effects
          continue
        }
      }
      let missing = missingFiles(of: record).filter { !isRecorded($0) }
      if remedy == nil, let path = missing.first, let owing = owingTask(of: path) {
        return .engine(.taskCreated(remedyTask(for: record, missing: missing, owing: owing, rules, in: stage)))
      }
      // A verification asks about everything at once.
      if record.source == "verification" { continue }
      let step = askAbout(record, remedy: remedy, missing: missing, in: stage, at: at)
      switch step {
      case .done: continue
      case .facts: return step
      case .waits(let effects):
        isWaiting = true
        owed += effects
      }
    }
    if let keep = owed.first(where: \.isKeep) { return .waits([keep]) }
    return isWaiting ? .waits(owed) : .done
  }

  private func missingFiles(of record: BlockerRecord) -> [String] {
    if record.source == "verification" { return [String(record.subject.dropFirst("verification:".count))] }
    return callback(String(record.subject.dropFirst("callback:".count)))?.missing ?? []
  }

  private func remedyTask(
    for record: BlockerRecord, missing: [String], owing: TaskRecord, _ rules: Supervision, in stage: StageRecord
  ) -> TaskRecord {
    var task = TaskRecord(
      id: "remedy-\(record.id.lowercased())", title: "Make \(missing.joined(separator: ", "))", stage: stage.id,
      substage: nil, role: owing.workingRole, performer: owing.performer, expectedFiles: missing,
      maxAttempts: rules.remedies,
      guidance: "\(record.source) \(record.id), raised by \(origin(of: record)): \(record.text)")
    task.goals = owing.goals
    task.agent = owing.agent
    task.priority = .high
    task.sequence = 100
    task.timeLimit = owing.timeLimit
    task.remedies = record.subject
    return task
  }

  /// Who said that something stands in the way.
  func origin(of record: BlockerRecord) -> String {
    guard record.source == "callback" else { return "the final verification" }
    return callback(String(record.subject.dropFirst("callback:".count)))?.from ?? "somebody"
  }

  private func askAbout(
    _ record: BlockerRecord, remedy: TaskRecord?, missing: [String], in stage: StageRecord, at: Moment
  ) -> Step {
    ask(
      .blockerOpen, named: nil, subject: "blocker:\(record.subject)", stage: stage.id, at: at,
      facts: [
        Setting(name: "blocker", value: record.id), Setting(name: "source", value: record.source),
        Setting(name: "text", value: record.text), Setting(name: "owner", value: record.owner),
        Setting(name: "from", value: origin(of: record)),
        Setting(name: "missing", value: Session.list(missing.map { "`\($0)`" })),
        Setting(name: "attempts", value: String(remedy?.failedAttempts.count ?? 0)),
        Setting(name: "history", value: remedy.map(history(of:)) ?? "- nothing was tried: nobody is known who owes it"),
        Setting(name: "error", value: remedy?.error ?? ""), Setting(name: "task", value: remedy?.title ?? ""),
        Setting(name: "task-id", value: remedy?.id ?? ""),
      ], rests: [record.text, "\(remedy?.attempt ?? 0)"])
  }

  // MARK: - Agents

  /// Gives a task an agent, says that there is none, or asks a person; `nil` when it has one.
  func assign(_ task: TaskRecord, stage: StageRecord, at: Moment) -> Step? {
    guard isUnassigned(task) else { return nil }
    if let agent = assignableAgent(for: task) {
      let old = task.agent.map { "\($0) cannot work any more" }
      return .engine(
        .taskAssigned(task: task.id, agent: agent.name, reason: old ?? "the first of its role with the least to do"))
    }
    guard task.isMarkedUnassigned else {
      // All that wait for the same are told of at once, so that one check sees them all.
      let alike = tasks.filter { other in
        other.role == task.role && other.substage == task.substage && !other.isMarkedUnassigned && isUnassigned(other)
      }
      return .facts(
        alike.map { (.taskUnassigned(task: $0.id, role: $0.role, reason: shortage(of: $0.role)), "engine") })
    }
    // The check that follows at once gives it one, or finds that a person has to.
    guard alerts.contains(where: { $0.subject == task.role && $0.kind.isShortage && $0.needsPerson }) else {
      return .waits([])
    }
    let waiting = tasks.filter { $0.role == task.role && isUnassigned($0) }
    let performer = task.performer
    return ask(
      .agentMissing, named: nil, subject: "agent:\(task.role)", stage: stage.id, at: at,
      facts: [
        Setting(name: "task", value: task.title), Setting(name: "task-id", value: task.id),
        Setting(name: "substage", value: task.substage ?? ""), Setting(name: "role", value: task.role),
        Setting(
          name: "agents",
          value: Session.list(
            agents.filter { $0.role == task.role }.map { "\($0.name): \($0.state.rawValue). \($0.reason)" },
            none: "- nobody has this role")),
        Setting(name: "tasks-waiting", value: Session.list(waiting.map(\.title))),
        Setting(name: "alert", value: alerts.last { $0.subject == task.role && $0.kind.isShortage }?.words ?? ""),
        Setting(name: "provision", value: performer),
      ], rests: [shortage(of: task.role)])
  }

  /// Why a role has nobody to be given a task, in words.
  func shortage(of role: String) -> String {
    let own = agents.filter { $0.role == role }
    if own.isEmpty { return "no agent has the role \(role)" }
    return own.map { "\($0.name) is \($0.state.rawValue)\($0.reason.isEmpty ? "" : " (\($0.reason))")" }
      .joined(separator: ", ")
  }
}

extension Alert.Kind {
  /// Whether it says that a role has nobody.
  var isShortage: Bool { self == .noAgentsAtAll || self == .noAvailableAgents || self == .correctiveTaskNoAgent }
}
