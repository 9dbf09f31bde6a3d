extension Session {
  /// The effects that the session owes the world now, each named with its attempt.
  ///
  /// It depends on nothing but the folded events, so after a crash it is what it was before. It follows the workflow's
  /// order: what comes later is not owed yet, even when it was made before and has to be made again.
  public var outstanding: [Effect] {
    switch step(at: updatedAt) {
    case .waits(let effects): return effects
    case .done, .facts: return []
    }
  }

  /// The facts that follow now without anyone asking, with who is said to have caused them.
  ///
  /// An empty answer means the session is at rest. Each fact moves the session on, so asking again comes to an end.
  func due(at: Moment) -> [(fact: Fact, by: String)] {
    guard !id.isEmpty else { return [] }
    // Also in a rest, because what was answered in it may have settled another question.
    let moot = openDecisions.filter { isMoot($0) }
    if !moot.isEmpty {
      return moot.map { (.decisionWithdrawn($0.id, reason: "What it asked about is settled."), "engine") }
    }
    guard standing == .active else { return [] }
    let timely = timelyFacts(at: at)
    if !timely.isEmpty { return timely.map { ($0, "engine") } }
    let health = healthFacts(at: at)
    if !health.isEmpty { return health.map { ($0, "engine") } }
    switch step(at: at) {
    case .done, .waits: return []
    case .facts(let facts): return facts
    }
  }

  /// How far one piece of a session's work is.
  enum Step {
    case done
    /// Waits for effects, or for a person where there are none.
    case waits([Effect])
    case facts([(fact: Fact, by: String)])

    static func engine(_ facts: Fact...) -> Step { .facts(facts.map { ($0, "engine") }) }
  }

  /// How far the whole session is.
  private func step(at: Moment) -> Step {
    guard !id.isEmpty else { return .done }
    // A picture under way is finished before anything else begins, or it would show files in motion.
    if inFlight.contains(where: \.isKeep) { return .waits(inFlight) }
    switch standing {
    case .completed: return .done
    case .paused:
      // A rest keeps what was half done.
      return .waits(isKept || touchedAt <= 1 || keepFailures >= 3 ? [] : [.keep(attempt: keepAttempt)])
    case .aborted: return closing()
    case .active: break
    }
    if let owed = restoration { return advance(owed, at: at) }
    // An answer is taken back with the files as they were, so they are kept before it changes any.
    if restorePoints.last?.awaitsTree == true, let keep = keepFirst() { return keep }
    for request in openRequests {
      switch ask(request, at: at) {
      case .facts(let facts): return .facts(facts)
      case .waits(let effects): if !effects.isEmpty { return .waits(effects) }
      case .done: continue
      }
    }
    // While a person is asked whether to go another way, what is under way may end and nothing new begins.
    return openRequests.isEmpty ? walk(at: at) : .waits(inFlight)
  }

  /// What is still made after an abort: the files are kept, then what the workflow closes with.
  private func closing() -> Step {
    if !isKept, touchedAt > 1, keepFailures < 3 { return .waits([.keep(attempt: keepAttempt)]) }
    let ids = workflow.closing.map(\.id)
    for task in tasks where ids.contains(task.id) && (task.state == .todo || task.state == .running) {
      // Nobody is asked any more, so what kills its engine again and again is left undone.
      if task.state == .todo, isLost("task:\(task.id)") { continue }
      return .waits([effect(of: task)])
    }
    return .waits([])
  }

  /// Files are put back: first those there are now are kept, then the restore itself, then the session goes on.
  private func advance(_ owed: Restoration, at: Moment) -> Step {
    if owed.failures.count >= 3 || keepFailures >= 3 {
      let last = owed.failures.last ?? "The files as they are could not be kept, so nothing was touched."
      return ask(
        .taskFailed, named: Playbook.taskFailed, subject: owed.subject, stage: currentStage?.id ?? 0, at: at,
        facts: [
          Setting(name: "task", value: "Put the files back to checkpoint \(owed.tree.prefix(12))"),
          Setting(name: "task-id", value: owed.subject), Setting(name: "substage", value: ""),
          Setting(name: "attempts-left", value: "0"), Setting(name: "cause", value: ""),
          Setting(name: "cause-class", value: ""), Setting(name: "missing", value: "- none"),
          Setting(name: "attempts", value: String(owed.failures.count)), Setting(name: "error", value: last),
          Setting(name: "history", value: owed.failures.map { "- \($0)" }.joined(separator: "\n")),
        ], rests: ["restore \(owed.id) \(owed.attempt)"])
    }
    guard owed.before != nil else { return .waits([.keep(attempt: keepAttempt)]) }
    return .waits([.restore(owed.id, attempt: owed.attempt)])
  }

  /// Goes through the current stage's work in order, up to the first piece that is not done.
  private func walk(at: Moment) -> Step {
    guard let stage = currentStage else { return .engine(.sessionCompleted) }
    let definition = workflow.stage(stage.id)
    if stage.state == .todo {
      // A stage that changes files begins on a picture of them, so that it can be gone back behind.
      let makes = definition?.work.contains { if case .brief = $0 { false } else { true } } ?? false
      if makes, let keep = keepFirst() { return keep }
      return .engine(.stageStarted(stage.id))
    }
    for work in definition?.work ?? [] {
      guard let definition else { break }
      let step = advance(work, of: definition, in: stage, at: at)
      guard case .done = step else { return step }
    }
    return .engine(.stageCompleted(stage.id))
  }

  /// The workspace is kept before anything rests on it, unless it is kept, in motion, or cannot be.
  func keepFirst() -> Step? {
    guard !isKept, !isMoving, keepFailures < 3 else { return nil }
    return .waits([.keep(attempt: keepAttempt)])
  }

  private func advance(_ work: Work, of definition: Stage, in stage: StageRecord, at: Moment) -> Step {
    switch work {
    case .brief(let playbook): return advanceBrief(playbook, stage: stage, at: at)
    case .task(let template): return advanceTask(template, stage: stage, at: at)
    case .shortcomings(let playbook):
      if shortcomings.isEmpty || shortcomingsLeftOut { return .done }
      return ask(
        .unsupported, named: playbook, subject: "stage:\(stage.id)", stage: stage.id, at: at, facts: shortcomingFacts,
        rests: [], basis: basis(of: .unsupported, in: stage))
    case .rules(let kind, let playbook): return advanceRules(kind, playbook, stage: stage, at: at)
    case .substages: return advanceSubstages(of: definition, stage: stage, at: at)
    case .gates(let playbook): return advanceGates(playbook, stage: stage, at: at)
    case .verification(let template, let playbook):
      return advanceVerification(template, playbook, stage: stage, at: at)
    case .approval(let playbook):
      if stage.approvals.contains(where: { $0.playbook == playbook }) { return .done }
      return ask(
        .approval, named: playbook, subject: "stage:\(stage.id)", stage: stage.id, at: at, facts: approvalFacts(stage),
        rests: documents(of: stage.id).map { "\($0.path) \($0.hash)" }, basis: basis(of: .approval, in: stage))
    }
  }

  // MARK: - The brief

  private func advanceBrief(_ playbook: String, stage: StageRecord, at: Moment) -> Step {
    if level != nil { return .done }
    let subject = "stage:\(stage.id)"
    if isAsking(subject) { return .waits([]) }
    let gaps = brief.gaps(under: workflow)
    if gaps.isEmpty, let level = brief.level {
      let (modules, notices) = workflow.resolve(modules: brief.modules ?? [])
      return .engine(.briefAccepted(level: level, modules: modules, notices: brief.notices + notices))
    }
    var list = gaps.map { "- **\($0.rule.field.title)** — \($0.problem) \($0.rule.why) Expected: \($0.rule.format)" }
    // A field may be missing only because its heading was not understood.
    list += brief.unknownHeadings.prefix(20).map { "- \($0)" }
    let loop = tally(of: "brief").flatMap { tally in tally.loop.map { (tally, $0) } }
    return ask(
      loop == nil ? .briefIncomplete : .loop, named: playbook, subject: subject, stage: stage.id, at: at,
      facts: loopFacts("brief", of: "The brief", history: "") + [
        Setting(name: "attempt", value: String((tally(of: "brief")?.outcomes.count ?? 0) + 1)),
        Setting(name: "count", value: String(gaps.count)),
        Setting(name: "gaps", value: list.joined(separator: "\n")),
        Setting(name: "fields", value: gaps.map(\.rule.field.title).joined(separator: ", ")),
      ],
      rests: [briefText] + amendments.map { $0.field + "=" + $0.value },
      fields: gaps.map {
        DecisionField(name: $0.rule.field.title, why: "\($0.problem) \($0.rule.why)", format: $0.rule.format)
      }, basis: basis(of: .briefIncomplete, in: stage))
  }

  // MARK: - Tasks and sub-stages

  private func advanceTask(_ template: TaskTemplate, stage: StageRecord, at: Moment) -> Step {
    guard let task = task(template.id) else {
      return .engine(
        .taskCreated(
          TaskRecord(
            id: template.id, title: template.title, stage: stage.id, substage: nil, role: template.role,
            performer: template.performer, expectedFiles: template.files, maxAttempts: template.maxAttempts)))
    }
    return settle(task, stage: stage, at: at)
  }

  private func effect(of task: TaskRecord) -> Effect { .perform(task: task.id, attempt: task.attempt) }

  func settle(_ task: TaskRecord, stage: StageRecord, at: Moment) -> Step {
    let subject = "task:\(task.id)"
    switch task.state {
    case .done, .skipped, .waived, .isolated: return .done
    case .running: return .waits([effect(of: task)])
    case .todo:
      if let wait = waits.first(where: { $0.task == task.id }) {
        return .waits([.probe(wait.dependency, attempt: wait.attempt)])
      }
      // A task that takes its engine with it again and again is not begun once more without a person.
      guard isLost(subject) else {
        if task.notBefore != nil { return .waits([]) }
        if let escalation = escalation(of: task) { return .engine(.taskEscalated(escalation)) }
        return assign(task, stage: stage, at: at) ?? .waits([effect(of: task)])
      }
    case .failed: break
    }
    if task.doubt != nil {
      return ask(
        .effectUnknown, named: nil, subject: subject, stage: stage.id, at: at, facts: doubtFacts(task),
        rests: ["attempt \(task.attempt)"])
    }
    // Whoever is asked hears that nobody is left; what a dependency broke is no matter of the chain.
    if let escalation = escalation(of: task), escalation.to == RoleCard.person, outage(of: task) == nil {
      return .engine(.taskEscalated(escalation))
    }
    if tally(of: subject)?.loop != nil {
      return ask(
        .loop, named: nil, subject: subject, stage: stage.id, at: at,
        facts: loopFacts(subject, of: task.title, history: history(of: task)) + taskFacts(task),
        rests: ["attempt \(task.attempt)"])
    }
    if let dependency = outage(of: task) {
      guard dependency.severity != .informational else {
        let words = "\(dependency.title) does not answer; nothing here needs it."
        return .engine(
          .noted(severity: .warning, text: "\(task.title): \(words)"), .taskSkipped(task: task.id, reason: words))
      }
      return ask(
        .dependencyFailed, named: nil, subject: subject, stage: stage.id, at: at,
        facts: dependencyFacts(dependency, task), rests: ["attempt \(task.attempt)"])
    }
    return ask(
      .taskFailed, named: Playbook.taskFailed, subject: subject, stage: stage.id, at: at, facts: taskFacts(task),
      rests: ["attempt \(task.attempt)"])
  }

  /// What does not answer outside, if that is why a task failed.
  func outage(of task: TaskRecord) -> Dependency? {
    task.cause == .environment ? workflow.dependency(in: task.error ?? "") : nil
  }

  private func advanceSubstages(of definition: Stage, stage: StageRecord, at: Moment) -> Step {
    for substage in definition.substages {
      guard let record = stage.substages.first(where: { $0.id == substage.id }) else { continue }
      switch record.state {
      case .done, .skipped, .waived, .failed, .isolated: continue
      case .todo:
        let work = planned.filter { $0.substage == substage.id }
        if let reason = substage.skipReason(level: level ?? 1, modules: modules), !included.contains(substage.id) {
          return .engine(.substageSkipped(substage.id, reason: reason))
        }
        if work.isEmpty, shortcomingsLeftOut {
          return .engine(.substageSkipped(substage.id, reason: "left out by the person"))
        }
        let known = tasks.map(\.id)
        let created = work.filter { !known.contains($0.id) }.map { Fact.taskCreated(self.record(of: $0, in: stage)) }
        return .facts([(.substageStarted(substage.id), "engine")] + created.map { ($0, "engine") })
      case .running: return advance(substage, stage: stage, at: at)
      }
    }
    let corrective = correctiveStep(in: stage, at: at)
    guard case .done = corrective else { return corrective }
    return advanceRemedies(in: stage, at: at)
  }

  private func record(of planned: PlannedTask, in stage: StageRecord) -> TaskRecord {
    var task = TaskRecord(
      id: planned.id, title: planned.title, stage: stage.id, substage: planned.substage, role: planned.role,
      performer: planned.performer, expectedFiles: planned.files,
      maxAttempts: workflow.supervision?.attempts(performer: planned.performer, role: planned.role)
        ?? workflow.playbook(Playbook.taskFailed)?.attempts ?? 3)
    task.follow(planned)
    return task
  }

  /// The tasks of a sub-stage that may be under way now: those of the lowest sequence that is not over, whose
  /// dependencies are done; the most important first.
  private func ready(in substage: Substage) -> (tasks: [TaskRecord], isBlocked: Bool) {
    let checkpoint = Playbook.checkpointTask(of: substage.id)
    let own = tasks.filter { $0.substage == substage.id && $0.id != checkpoint && !$0.state.isOver }
    let sequence = own.map(\.sequence).min()
    let current = own.filter { $0.sequence == sequence }
    let free = current.filter { task in task.dependsOn.allSatisfy { id in self.task(id).map(\.state.isOver) ?? true } }
    let sorted = free.enumerated().sorted { one, other in
      (one.element.priority.rank, one.offset) < (other.element.priority.rank, other.offset)
    }
    return (sorted.map(\.element), own.count > free.count)
  }

  private func advance(_ substage: Substage, stage: StageRecord, at: Moment) -> Step {
    let checkpoint = Playbook.checkpointTask(of: substage.id)
    var owed: [Effect] = []
    let (ready, isBlocked) = ready(in: substage)
    var isWaiting = isBlocked
    var failed: [TaskRecord] = []
    for task in ready {
      // In supervised work a sub-stage fails as a whole, when everything else in it has come to an end.
      if workflow.supervision != nil, task.state == .failed, task.doubt == nil {
        failed.append(task)
        continue
      }
      switch settle(task, stage: stage, at: at) {
      case .done: continue
      case .facts(let facts): return .facts(facts)
      case .waits(let effects):
        isWaiting = true
        owed += effects.filter { !owed.contains($0) }
      }
    }
    // A picture is taken alone, so that nothing moves meanwhile.
    if let keep = owed.first(where: \.isKeep) { return .waits([keep]) }
    if !failed.isEmpty {
      let isPending = ready.contains { $0.state == .running || $0.state == .todo && !isAsking("task:\($0.id)") }
      if isPending, owed.contains(where: { !$0.isProbe }) || ready.contains(where: { $0.notBefore != nil }) {
        return .waits(limited(owed))
      }
      return fail(substage, with: failed, owed: owed, stage: stage, at: at)
    }
    if isWaiting { return .waits(limited(owed)) }
    guard let keeping = task(checkpoint) else {
      return .engine(
        .taskCreated(
          TaskRecord(
            id: checkpoint, title: "Keep the files of \(substage.id)", stage: stage.id, substage: substage.id,
            role: "engine", performer: Playbook.checkpointPerformer, expectedFiles: [], maxAttempts: 3)))
    }
    let step = settle(keeping, stage: stage, at: at)
    guard case .done = step else { return step }
    return .engine(.substageCompleted(substage.id))
  }

  /// No more tasks at once than the workflow allows; those under way come first.
  private func limited(_ owed: [Effect]) -> [Effect] {
    guard let rules = workflow.supervision else { return owed }
    let running = owed.filter(inFlight.contains)
    return running + owed.filter { !inFlight.contains($0) }.prefix(max(0, rules.parallel - running.count))
  }

  /// A sub-stage whose tasks failed: its files are looked for on the disk, the failure is put on record as a whole, and
  /// only then a person is asked.
  private func fail(
    _ substage: Substage, with failed: [TaskRecord], owed: [Effect], stage: StageRecord, at: Moment
  ) -> Step {
    guard let record = stage.substages.first(where: { $0.id == substage.id }) else { return .done }
    guard isInspected(substage.id) else { return .waits([.inspect(substage.id, attempt: record.inspection)]) }
    if substage.canIsolate, failed.allSatisfy({ $0.cause == .environment }),
      let step = isolate(substage, failed, at: at)
    {
      return step
    }
    var waiting = owed
    for task in failed {
      switch settle(task, stage: stage, at: at) {
      case .done: continue
      case .facts(let facts): return .facts(facts)
      case .waits(let effects): waiting += effects.filter { !waiting.contains($0) }
      }
    }
    if let keep = waiting.first(where: \.isKeep) { return .waits([keep]) }
    return .waits(waiting)
  }

  /// A sub-stage whose environment cannot be had is set aside where that is allowed: its files are moved out of the
  /// workspace, and the rest goes on.
  private func isolate(_ substage: Substage, _ failed: [TaskRecord], at: Moment) -> Step? {
    let id = Playbook.quarantineTask(of: substage.id)
    let reason = failed.map { "\($0.title): \($0.error ?? "")" }.joined(separator: "; ")
    guard let moving = task(id) else {
      let left = tasks.filter { $0.substage == substage.id && $0.state == .done }.flatMap(\.expectedFiles)
      var task = TaskRecord(
        id: id, title: "Set the files of \(substage.id) aside", stage: currentStage?.id ?? 0, substage: nil,
        role: Session.engineRole, performer: Playbook.quarantinePerformer, expectedFiles: [], maxAttempts: 3,
        guidance: left.joined(separator: "\n"))
      task.sequence = 98
      return .engine(.taskCreated(task))
    }
    switch moving.state {
    case .done: return .engine(.substageIsolated(substage.id, reason: reason))
    case .todo, .running: return .waits([effect(of: moving)])
    // When even that fails, a person is asked about the tasks.
    case .failed, .skipped, .waived, .isolated: return nil
    }
  }

  // MARK: - Gates

  private func advanceGates(_ playbook: String, stage: StageRecord, at: Moment) -> Step {
    if gates.isEmpty {
      let records = gateRecords(under: dutiesOfWork)
      return records.isEmpty ? .done : .engine(.gatesOpened(records))
    }
    // What mends a gate's findings comes first; then the gate runs again.
    for gate in gates where gate.state == .failed {
      guard let mending = tasks.last(where: { $0.repairs == gate.id }) else { continue }
      switch mending.state {
      case .todo, .running: return settle(mending, stage: stage, at: at)
      case .failed where mending.doubt != nil: return settle(mending, stage: stage, at: at)
      case .done where mending.mendedFor == gate.attempt: return .engine(.gateRetried(gate.id))
      case .done, .failed, .skipped, .waived, .isolated: continue
      }
    }
    // Gates look at the same workspace, so one runs at a time.
    if let next = gates.first(where: { $0.state == .todo || $0.state == .running }) {
      return .waits([.runGate(next.id, attempt: next.attempt)])
    }
    let failed = gates.filter { $0.mandatory && $0.state == .failed }
    if failed.isEmpty { return .done }
    let fixes = failed.filter { canFix($0) }.compactMap { fixFact(for: $0) }
    if !fixes.isEmpty { return .facts(fixes.map { ($0, "engine") }) }
    if !failed.allSatisfy({ isAsking("gate:\($0.id)") }), let keep = keepFirst() { return keep }
    var raised: [(fact: Fact, by: String)] = []
    var draft = self
    for gate in failed {
      // An answer given in advance may have settled them all: sent back, paused or ended the session.
      guard draft.standing == .active, draft.gate(gate.id)?.state == .failed else { break }
      let subject = "gate:\(gate.id)"
      let isLoop = tally(of: subject)?.loop != nil
      let step = draft.ask(
        isLoop ? .loop : .gateFailed, named: playbook, subject: subject, stage: stage.id, at: at,
        facts: (isLoop ? loopFacts(subject, of: gate.title, history: history(of: gate)) : []) + gateFacts(gate),
        rests: [gate.results.last?.evidenceHash ?? "", "attempt \(gate.attempt)"])
      guard case .facts(let facts) = step else { continue }
      for (fact, by) in facts { draft.apply(Event(at: at, by: by, fact: fact)) }
      raised += facts
    }
    return raised.isEmpty ? .waits([]) : .facts(raised)
  }

  /// Whether a gate's findings are mended without asking: as often as its budget allows, and never in a loop.
  private func canFix(_ gate: GateRecord) -> Bool {
    gate.fix != nil && gate.fixes < gate.maxAttempts - 1
      && gates.reduce(0) { $0 + $1.fixes } < workflow.supervision?.fixLimit ?? Int.max
      && tally(of: "gate:\(gate.id)")?.loop == nil
      && gate.results.last?.unavailable == nil && !isAsking("gate:\(gate.id)")
      && !tasks.contains { $0.repairs == gate.id && $0.state == .failed && $0.mendedFor == gate.attempt }
  }
}

extension Playbook {
  /// The playbook by which a failed task is put to a person; every workflow has it.
  public static let taskFailed = "task-failed"
  /// The performer that keeps the workspace.
  public static let checkpointPerformer = "checkpoint"
  /// The performer that sets files aside.
  public static let quarantinePerformer = "quarantine"
  /// The name of the task that sets a sub-stage's files aside.
  static func quarantineTask(of substage: String) -> String { "quarantine-\(substage)" }
  /// The name of the task that keeps the workspace after a sub-stage.
  public static func checkpointTask(of substage: String) -> String { "checkpoint-\(substage)" }
}

extension Session {
  /// Whether something waits only for a moment to pass, after a fault of the environment.
  public var isBackingOff: Bool { standing == .active && tasks.contains { $0.notBefore != nil } }
}

extension Progress {
  /// Whether nothing more is done about it.
  public var isOver: Bool {
    switch self {
    case .done, .skipped, .waived, .isolated: return true
    case .todo, .running, .failed: return false
    }
  }
}

extension Effect {
  /// Whether it looks for something outside, which may last for ever.
  var isProbe: Bool { if case .probe = self { true } else { false } }
}
