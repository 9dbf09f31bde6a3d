// How what is supervised moves: goals, agents, files, callbacks, incidents, health and the final verification.

extension Session {
  /// Folds the facts of supervision.
  mutating func supervise(_ event: Event) {
    switch event.fact {
    case .goalsSet(let goals): self.goals = goals
    case .rolesAssigned(let duties): self.duties = duties
    case .taskEscalated(let escalation): escalate(escalation, at: event.at)
    case .taskAssigned(let id, let agent, _):
      change(task: id) {
        $0.agent = agent
        $0.isMarkedUnassigned = false
      }
    case .taskUnassigned(let id, _, _):
      change(task: id) {
        $0.agent = nil
        $0.isMarkedUnassigned = true
      }
      isHealthDue = true
    case .agentChanged(let name, let state, let reason):
      guard let index = agents.firstIndex(where: { $0.name == name }) else { return }
      agents[index].state = state
      agents[index].reason = reason
      // Whoever waits for an agent is looked at again.
      if agents[index].isAssignable { unmarkUnassigned() }
      isHealthDue = true
    case .agentProvisioned(let agent):
      agents.append(agent)
      unmarkUnassigned()
    case .retryDue(let id): change(task: id) { $0.notBefore = nil }
    case .filesRecorded(let batch): files.take(batch, at: event.at)
    case .editsAccepted(let claims):
      for claim in claims {
        let record = files[claim.path]
        files[claim.path] = FileRecord(
          path: claim.path, hash: claim.hash, size: record?.size ?? 0, author: .person(event.by),
          creator: record?.creator ?? .person(event.by), acceptedAt: event.at, seenAt: event.at)
      }
      verificationRound += 1
    case .substageFailed(let incident):
      incidents.append(incident)
      isHealthDue = true
    case .substageInspected(let id, let attempt, _, _):
      inFlight.removeAll { $0 == .inspect(id, attempt: attempt) }
      let basis = failureBasis(of: id)
      change(substage: id) {
        $0.inspected = basis
        $0.inspection = attempt + 1
      }
    case .substageIsolated(let id, let reason):
      change(substage: id) {
        $0.state = .isolated
        $0.reason = reason
        $0.endedAt = event.at
      }
      for index in tasks.indices where tasks[index].substage == id && tasks[index].state != .done {
        tasks[index].state = .skipped
        tasks[index].skipReason = "set aside: \(reason)"
      }
      resolveIncidents(of: id, how: "The sub-stage was set aside: \(reason)", at: event.at)
    case .callbackRaised(let callback):
      callbacks.append(callback)
      if callback.kind == .blocker || callback.kind == .error { isHealthDue = true }
    case .callbackRead(let id):
      change(callback: id) { $0.readBy = $0.readBy ?? event.by }
    case .callbackAnswered(let id, let text):
      change(callback: id) {
        $0.answer = CallbackAnswer(text: text, by: event.by, at: event.at)
        $0.readBy = $0.readBy ?? event.by
      }
      // Whoever asked hears it with the next attempt.
      guard let callback = callback(id), let task = callback.task else { return }
      change(task: task) { $0.feedback.append("\(event.by) answered “\(callback.text)”: \(text)") }
    case .blockerSettled(let subject, let how):
      if !settledBlockers.contains(subject) { settledBlockers.append(subject) }
      guard let index = blockerRecords.lastIndex(where: { $0.subject == subject && $0.state != .resolved }) else {
        return
      }
      blockerRecords[index].state = .decided
      blockerRecords[index].history.append(.init(at: event.at, by: event.by, words: how))
    case .auditReported(let found): audit = found
    case .verified(let verification, let attempt):
      inFlight.removeAll { $0 == .inspect(Session.finalInspection, attempt: attempt) }
      verifications.append(verification)
    case .verificationReopened:
      verificationRound += 1
      verificationAccepted = nil
      guard let stage = verificationStage else { return }
      closeGates(from: stage.id)
      for case .verification(let template, _) in stage.work {
        guard let index = tasks.firstIndex(where: { $0.id == template.id }), tasks[index].state != .todo else {
          continue
        }
        reset(task: index)
      }
    case .verificationAccepted(let reason): verificationAccepted = reason
    case .healthChecked(let record):
      health = record
      healthChecks += 1
      isHealthDue = false
    case .healed(let healing): healings.append(healing)
    case .alertRaised(let alert): alerts.append(alert)
    case .containmentReached(let level): containments.append(ContainmentRecord(level: level, since: event.at))
    case .grantGiven(let grant): grants.append(grant)
    case .grantEnded(let id, let reason):
      guard let index = grants.firstIndex(where: { $0.id == id }) else { return }
      grants[index].ended = reason
    case .permissionAnswered(var record):
      record.at = event.at
      permissions.append(record)
    default: break
    }
  }

  private mutating func unmarkUnassigned() {
    for index in tasks.indices where tasks[index].isMarkedUnassigned { tasks[index].isMarkedUnassigned = false }
  }

  mutating func change(callback id: String, _ edit: (inout Callback) -> Void) {
    guard let index = callbacks.firstIndex(where: { $0.id == id }) else { return }
    edit(&callbacks[index])
  }

  mutating func resolveIncidents(of substage: String, how: String, at: Moment) {
    for index in incidents.indices where incidents[index].substage == substage && incidents[index].resolution == nil {
      incidents[index].resolution = how
      incidents[index].resolvedAt = at
    }
  }

  /// Which failures a look at a sub-stage's files is about.
  func failureBasis(of substage: String) -> String {
    tasks.filter { $0.substage == substage && $0.state == .failed }.map { "\($0.id) \($0.attempt)" }
      .joined(separator: "; ")
  }

  /// The subject of the look at every deliverable.
  public static let finalInspection = "final"

  /// The stage whose work ends with the final verification.
  var verificationStage: Stage? {
    workflow.stages.first { $0.work.contains { if case .verification = $0 { true } else { false } } }
  }
}
