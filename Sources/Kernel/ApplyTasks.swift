// How tasks, gates and waivers move, and how attempts are counted: in one place, for every kind of effect.

extension Session {
  /// What an effect whose engine died counts as.
  static let lostOutcome = "the engine died"

  /// Whether the newest picture shows the workspace as work left it.
  public var isKept: Bool { keptTree != nil && keptAt >= touchedAt }

  /// Whether something is under way that may change the workspace.
  var isMoving: Bool { inFlight.contains { !$0.isKeep } }

  /// Whether something took its engine with it as often as anything may be tried.
  func isLost(_ subject: String) -> Bool {
    guard let tally = tally(of: subject) else { return false }
    return tally.outcomes.last == Session.lostOutcome && tally.loop != nil
  }

  /// How often something was tried, if it was.
  public func tally(of subject: String) -> Tally? { tallies.first { $0.subject == subject } }

  /// The highest number an attempt of a subject ever had; 0 when it was never tried.
  func lastAttempt(of subject: String) -> Int { tally(of: subject)?.lastAttempt ?? 0 }

  mutating func tally(_ subject: String, _ edit: (inout Tally) -> Void) {
    if let index = tallies.firstIndex(where: { $0.subject == subject }) { return edit(&tallies[index]) }
    var new = Tally(subject: subject)
    edit(&new)
    if new != Tally(subject: subject) { tallies.append(new) }
  }

  mutating func push(_ outcome: String, to subject: String) {
    tally(subject) {
      $0.outcomes.append(outcome)
      if $0.outcomes.count > Tally.kept { $0.outcomes.removeFirst() }
    }
  }

  /// Work may have changed the workspace since its last picture.
  mutating func touch(by effect: Effect) {
    switch effect {
    case .perform(let id, _):
      guard let task = task(id), task.performer != Playbook.checkpointPerformer else { return }
    case .runGate(let id, _): guard gate(id) != nil else { return }
    case .restore: break
    case .keep, .probe, .inspect: return
    }
    touchedAt = version
    // Whatever kept a picture from being taken, other files are tried anew.
    keepFailures = 0
  }

  /// An attempt's number is never given twice, also when a task was made before and is gone from the session.
  mutating func create(_ task: TaskRecord) {
    var task = task
    task.attempt = max(task.attempt, lastAttempt(of: "task:\(task.id)") + 1)
    if let gate = task.repairs {
      change(gate: gate) { $0.fixes += 1 }
      task.mendedFor = self.gate(gate)?.attempt
    }
    tasks.append(task)
  }

  mutating func complete(_ id: String, attempt: Int, files: [FileClaim]) {
    inFlight.removeAll { $0 == .perform(task: id, attempt: attempt) }
    guard task(id) != nil else { return }
    touch(by: .perform(task: id, attempt: attempt))
    change(task: id) {
      $0.state = .done
      $0.files = files
      $0.error = nil
      $0.doubt = nil
      $0.missing = []
    }
    tally("task:\(id)") { $0.outcomes = [] }
    guard workflow.supervision != nil, let task = task(id) else { return }
    // What was found done after its engine died was never recorded as it was written.
    for file in files where self.files[file.path]?.hash != file.hash {
      let author = FileAuthor.task(id, attempt: attempt, agent: task.agent)
      self.files[file.path] = FileRecord(
        path: file.path, hash: file.hash, size: self.files[file.path]?.size ?? 0, author: author,
        creator: self.files[file.path]?.creator ?? author, acceptedAt: updatedAt, seenAt: updatedAt)
    }
  }

  mutating func fail(_ id: String, attempt: Int, failure: TaskFailure, at: Moment) {
    inFlight.removeAll { $0 == .perform(task: id, attempt: attempt) }
    guard task(id) != nil else { return }
    touch(by: .perform(task: id, attempt: attempt))
    push(Digest.sha256(Array((failure.cause.rawValue + failure.message).utf8.prefix(4_000))), to: "task:\(id)")
    // Faults of the environment are counted by themselves: they are not charged to the agent.
    let pauses = workflow.supervision?.retryPauses ?? []
    let isCharged = failure.cause != .environment || pauses.isEmpty
    let isDependency = failure.cause == .environment && workflow.dependency(in: failure.message) != nil
    let isLoop = tally(of: "task:\(id)")?.loop != nil
    let place: CauseSign.Class =
      failure.cause == .environment ? .dependency : workflow.causeClass(of: failure.message)
    change(task: id) {
      if isCharged { $0.failures += 1 } else { $0.environmentFailures += 1 }
      $0.quality = failure.rejections.isEmpty ? nil : 1
      $0.endedAt = at
      $0.error = failure.message
      $0.cause = failure.cause
      $0.missing = failure.missing
      $0.failedAttempts.append(
        FailedAttempt(
          type: failure.type, trace: failure.trace, tools: failure.tools, rejections: failure.rejections,
          agent: $0.agent, role: $0.workingRole, isCharged: isCharged, attempt: attempt, cause: failure.cause,
          place: place, message: failure.message, at: at))
      $0.feedback =
        failure.rejections.isEmpty
        ? [failure.message] : failure.rejections.flatMap { file in file.reasons.map { "\(file.path): \($0)" } }
      let isUsedUp = isCharged ? $0.failures >= $0.maxAttempts : $0.environmentFailures > pauses.count
      let exhausted = isUsedUp || failure.cause == .hard || isLoop
      $0.state = exhausted ? .failed : .todo
      if !exhausted { $0.attempt += 1 }
      $0.notBefore =
        exhausted || isCharged || isDependency ? nil : at + Moment(pauses[$0.environmentFailures - 1]) * 1_000
    }
    if task(id)?.state == .failed { isHealthDue = true }
  }

  mutating func report(gate id: String, attempt: Int, result: GateResult) {
    inFlight.removeAll { $0 == .runGate(id, attempt: attempt) }
    touch(by: .runGate(id, attempt: attempt))
    change(gate: id) {
      $0.results.append(result)
      $0.state = result.passed && result.unavailable == nil ? .done : .failed
    }
    guard let gate = gate(id) else { return }
    guard gate.state == .failed else {
      tally("gate:\(id)") { $0.outcomes = [] }
      return change(gate: id) { $0.fixes = 0 }
    }
    // A waiver with an end of its own goes on covering exactly what was accepted.
    if waivers.contains(where: {
      $0.gate == id && $0.ended == nil && $0.end != .gateRuns && $0.fingerprint == gate.fingerprint
    }) {
      return change(gate: id) { $0.state = .waived }
    }
    for index in waivers.indices where waivers[index].gate == id && waivers[index].ended == nil {
      waivers[index].ended =
        waivers[index].end == .gateRuns ? "its gate ran again" : "the gate found something else than was accepted"
    }
    push(gate.fingerprint, to: "gate:\(id)")
  }

  /// The gate of a waiver that ended is open again, and with it what rests on its result; other gates stay as they are.
  mutating func end(waiver id: String, reason: String) {
    guard let index = waivers.firstIndex(where: { $0.id == id }) else { return }
    let wasHolding = holds(waivers[index])
    waivers[index].ended = reason
    guard wasHolding else { return }
    change(gate: waivers[index].gate) {
      $0.state = .todo
      $0.attempt += 1
    }
    let stage = workflow.stages.first { $0.work.contains { if case .gates = $0 { true } else { false } } }
    guard let stage else { return }
    redoBehind(in: stage) { if case .gates = $0 { true } else { false } }
    for record in stages.indices where stages[record].id >= stage.id {
      let isOwn = stages[record].id == stage.id
      guard stages[record].state != .todo else { continue }
      stages[record].state = isOwn ? .running : .todo
      stages[record].endedAt = nil
      if !isOwn { stages[record].approvals = [] }
    }
    let later = stages.filter { $0.id > stage.id }.map(\.id)
    for task in tasks.indices where later.contains(tasks[task].stage) && tasks[task].state != .todo {
      if tasks[task].state != .skipped { reset(task: task) }
    }
  }

  /// What stands behind a piece of a stage's work rests on it: its tasks are done again, its approvals are asked anew.
  mutating func redoBehind(in stage: Stage, _ isPiece: (Work) -> Bool) {
    var isBehind = false
    for work in stage.work {
      switch work {
      case _ where isPiece(work): isBehind = true
      case .task(let template):
        guard isBehind, let task = tasks.firstIndex(where: { $0.id == template.id }) else { continue }
        if tasks[task].state != .todo { reset(task: task) }
      case .approval(let playbook):
        if isBehind { change(stage: stage.id) { $0.approvals.removeAll { $0.playbook == playbook } } }
      case .verification(let template, _):
        guard isBehind, let task = tasks.firstIndex(where: { $0.id == template.id }) else { continue }
        verificationRound += 1
        verificationAccepted = nil
        if tasks[task].state != .todo { reset(task: task) }
      case .brief, .shortcomings, .substages, .rules, .gates: break
      }
    }
  }

  mutating func reconcile(_ finding: EffectFinding) {
    findings.append(finding)
    guard case .perform(let id, _) = finding.effect else {
      if finding.verdict != .done { push(Session.lostOutcome, to: finding.effect.subject) }
      // A check that takes its engine with it again and again has failed; a person is asked where it is mandatory.
      if case .runGate(let gate, _) = finding.effect, isLost(finding.effect.subject) {
        change(gate: gate) { $0.state = .failed }
      }
      return
    }
    switch finding.verdict {
    case .done: break
    case .notDone: push(Session.lostOutcome, to: "task:\(id)")
    case .unknown:
      push(Session.lostOutcome, to: "task:\(id)")
      change(task: id) {
        $0.state = .failed
        $0.doubt = finding.evidence
      }
    }
  }

  /// An answer that leaves gaps is one more round of the same question.
  mutating func noteGaps() {
    guard level == nil else { return }
    let gaps = brief.gaps(under: workflow)
    if gaps.isEmpty { return tally("brief") { $0.outcomes = [] } }
    push(Digest.sha256(Array(gaps.map(\.problem).joined(separator: "\n").utf8)), to: "brief")
  }
}

// MARK: - Undo

extension Session {
  /// How many answers can be taken back.
  static let undoDepth = 100

  mutating func keepRestorePoint(for answer: Answer) {
    // Whether files are put back is no work of its own: what is taken back is the answer that began it.
    // What an agent was let do is done; taking it back is going back, so its answer is none to return to.
    guard let decision = decision(answer.decision), decision.subjectRestoration == nil,
      decision.subjectPermission == nil
    else { return }
    var before = self
    before.version -= 1
    before.restorePoints = []
    // What an undo never takes back is not kept a second time.
    before.decisions = []
    before.settledDecisions = 0
    before.checkpoints = []
    before.interruptions = []
    before.findings = []
    before.tallies = []
    before.rollbacks = []
    before.undone = []
    before.earlierGates = []
    before.callbacks = []
    before.grants = []
    before.permissions = []
    before.blockerRecords = []
    before.incidents = []
    before.alerts = []
    before.healings = []
    before.verifications = []
    before.files = FileTable()
    restorePoints.append(
      RestorePoint(
        decision: answer.decision, option: answer.option, tree: isKept ? keptTree : nil, before: [before],
        // Before anything was agreed nothing was made that could be put back.
        awaitsTree: level != nil && (!isKept || isMoving)))
    if restorePoints.count > Session.undoDepth { restorePoints.removeFirst() }
  }

  /// A picture taken before anything began since the last answer shows the files as they were at it.
  mutating func fillRestorePoint(with tree: String) {
    guard let last = restorePoints.indices.last, restorePoints[last].awaitsTree else { return }
    restorePoints[last].tree = tree
    restorePoints[last].awaitsTree = false
  }

  /// The work is again as it was before an answer. What happened stays known: decisions, checkpoints, interruptions,
  /// rollbacks and every count of attempts are never taken back.
  mutating func rewind(_ record: UndoRecord) {
    guard let place = restorePoints.lastIndex(where: { $0.decision == record.decision }),
      var back = restorePoints[place].before.first
    else { return }
    back.version = version
    back.updatedAt = updatedAt
    back.holder = holder
    back.epoch = epoch
    back.inFlight = []
    back.interruptions = interruptions
    back.unknownEvents = unknownEvents
    back.checkpoints = checkpoints
    back.rollbacks = rollbacks
    back.undone = undone + [record]
    back.tallies = tallies
    back.findings = findings
    back.restoration = restoration
    back.restorationCount = restorationCount
    back.keptTree = keptTree
    back.keptAt = keptAt
    back.touchedAt = touchedAt
    back.keepAttempt = keepAttempt
    back.keepFailures = keepFailures
    back.personEdits = personEdits
    back.movedPaths = movedPaths
    back.offeredWorkflow = offeredWorkflow ?? back.offeredWorkflow
    // The files follow when they are put back; what was said, found and healed stays known.
    back.files = files
    back.callbacks = callbacks
    back.grants = grants
    back.permissions = permissions
    back.blockerRecords = blockerRecords
    back.incidents = incidents
    back.alerts = alerts
    back.healings = healings
    back.containments = containments
    back.verifications = verifications
    back.health = health
    back.healthChecks = healthChecks
    back.isHealthDue = isHealthDue
    back.agents = agents
    back.verificationRound = max(back.verificationRound, verificationRound)
    back.restorePoints = Array(restorePoints[..<place])
    // Only the pause that is taken back ends; any other rest, and any other work, goes on.
    if isPausing(record), back.resumedAt == resumedAt { endRest(at: updatedAt) } else { back.standing = standing }
    back.rested = rested
    back.resumedAt = resumedAt
    back.requests = requests.map { request in
      back.requests.first { $0.id == request.id } ?? request
    }
    back.earlierGates = earlierGates
    for gate in gates {
      // What a gate gave since stays known, but it does not count any more.
      var since = gate
      since.results.removeFirst(min(since.results.count, back.gate(gate.id)?.results.count ?? 0))
      if !since.results.isEmpty { back.earlierGates.append(since) }
    }
    back.decisions = decisions
    if let index = decisions.lastIndex(where: { $0.id == record.decision }) { back.decisions[index].isUndone = true }
    back.settledDecisions = settledDecisions
    for index in back.tasks.indices {
      let last = lastAttempt(of: "task:\(back.tasks[index].id)")
      if back.tasks[index].state == .running { back.tasks[index].state = .todo }
      let isOwed = back.tasks[index].state == .todo
      back.tasks[index].attempt = max(back.tasks[index].attempt, isOwed ? last + 1 : last)
    }
    for index in back.gates.indices {
      let last = lastAttempt(of: "gate:\(back.gates[index].id)")
      if back.gates[index].state == .running { back.gates[index].state = .todo }
      let isOwed = back.gates[index].state == .todo
      back.gates[index].attempt = max(back.gates[index].attempt, isOwed ? last + 1 : last)
    }
    for index in back.waits.indices {
      back.waits[index].attempt = max(
        back.waits[index].attempt, lastAttempt(of: "probe:\(back.waits[index].dependency)") + 1)
    }
    self = back
  }

  /// Whether the answer that is taken back paused the session.
  private func isPausing(_ record: UndoRecord) -> Bool {
    decision(record.decision)?.option(record.option)?.effect == .pause
  }
}

extension Effect {
  /// What is done, without the attempt.
  public var subject: String {
    switch self {
    case .perform(let task, _): return "task:\(task)"
    case .runGate(let gate, _): return "gate:\(gate)"
    case .keep: return "keep"
    case .restore(let id, _): return "restore:\(id)"
    case .probe(let dependency, _): return "probe:\(dependency)"
    case .inspect(let subject, _): return "inspect:\(subject)"
    }
  }

  /// The number of the attempt.
  public var attempt: Int {
    switch self {
    case .perform(_, let attempt), .runGate(_, let attempt), .keep(let attempt), .restore(_, let attempt),
      .probe(_, let attempt), .inspect(_, let attempt):
      return attempt
    }
  }
}
