extension Session {
  /// Folds one event into the session. Events are history: they are never refused, and replaying them twice gives equal
  /// sessions.
  public mutating func apply(_ event: Event) {
    version += 1
    updatedAt = event.at
    switch event.fact {
    case .sessionCreated(let creation): begin(creation, at: event.at)
    case .leaseTaken(let name, let taken):
      epoch = taken
      holder = LeaseHolder(name: name, epoch: taken, since: event.at)
    case .leaseReleased(let released): if holder?.epoch == released { holder = nil }
    case .effectStarted(let effect, _):
      inFlight.append(effect)
      mark(effect, .running)
    case .effectInterrupted(let effect, let reason):
      inFlight.removeAll { $0 == effect }
      interruptions.append(Interruption(effect: effect, reason: reason, at: event.at))
      mark(effect, .todo)
      countUp(effect)
    case .stageStarted(let id):
      change(stage: id) {
        $0.state = .running
        $0.startedAt = $0.startedAt ?? event.at
      }
    case .stageCompleted(let id):
      change(stage: id) {
        $0.state = .done
        $0.endedAt = event.at
      }
    case .briefAccepted(let level, let modules, let notices):
      self.level = level
      self.modules = modules
      self.notices += notices
    case .briefAmended(let fields):
      amendments += fields
      brief = Brief(reading: briefText, amendedBy: amendments, modules: workflow.modules)
    case .taskCreated(let task): tasks.append(task)
    case .taskCompleted(let id, let attempt, let files):
      inFlight.removeAll { $0 == .perform(task: id, attempt: attempt) }
      change(task: id) {
        $0.state = .done
        $0.files = files
        $0.error = nil
      }
    case .taskFailed(let id, let attempt, let failure):
      inFlight.removeAll { $0 == .perform(task: id, attempt: attempt) }
      change(task: id) {
        $0.failures += 1
        $0.error = failure.message
        let exhausted = $0.failures >= $0.maxAttempts || failure.cause == .hard
        $0.state = exhausted ? .failed : .todo
        if !exhausted { $0.attempt += 1 }
      }
    case .taskRetried(let id, let guidance):
      change(task: id) {
        $0.state = .todo
        $0.failures = 0
        $0.attempt += 1
        $0.guidance = guidance.isEmpty ? $0.guidance : guidance
      }
    case .workPlanned(let planned): plan(planned)
    case .shortcomingsFound(let found):
      // What a person left out was what was known then; anything else is asked again.
      if found != shortcomings { shortcomingsLeftOut = false }
      shortcomings = found
    case .shortcomingsLeftOut: shortcomingsLeftOut = true
    case .substageStarted(let id): change(substage: id) { $0.state = .running }
    case .substageSkipped(let id, let reason):
      change(substage: id) {
        $0.state = .skipped
        $0.reason = reason
      }
    case .substageCompleted(let id): change(substage: id) { $0.state = .done }
    case .checkpointTaken(let id, let tree, let files):
      let stage = currentStage?.id ?? 0
      checkpoints.append(Checkpoint(id: id, stage: stage, seq: version, tree: tree, files: files, at: event.at))
    case .gatesOpened(let opened): open(gates: opened)
    case .gateReported(let id, let attempt, let result):
      inFlight.removeAll { $0 == .runGate(id, attempt: attempt) }
      change(gate: id) {
        $0.results.append(result)
        $0.state = result.passed && result.unavailable == nil ? .done : .failed
      }
    case .gateRetried(let id):
      change(gate: id) {
        $0.state = .todo
        $0.attempt += 1
      }
    case .gateWaived(let waiver):
      waivers.append(waiver)
      change(gate: waiver.gate) { $0.state = .waived }
    case .decisionRaised(let decision): decisions.append(decision)
    case .decisionAnswered(let answer): change(decision: answer.decision) { $0.answer = answer }
    case .decisionWithdrawn(let id, let reason): change(decision: id) { $0.withdrawn = reason }
    case .approved(let stage, let playbook, let decision):
      change(stage: stage) {
        $0.approvals.append(Approval(playbook: playbook, by: event.by, at: event.at, decision: decision))
      }
    case .changesRequested(let stage, let note): redo(stage: stage, note: note)
    case .rolledBack(let stage, let substages, let reason): goBack(to: stage, substages: substages, reason: reason)
    case .sessionPaused(let reason): standing = .paused(by: event.by, at: event.at, reason: reason)
    case .sessionResumed: standing = .active
    case .sessionAborted(let reason): standing = .aborted(by: event.by, at: event.at, reason: reason)
    case .sessionCompleted: standing = .completed(at: event.at)
    case .noted: break
    case .unknown: unknownEvents += 1
    }
  }

  private mutating func begin(_ creation: Creation, at: Moment) {
    id = creation.id
    title = creation.title
    workspace = creation.workspace
    createdAt = at
    briefText = creation.briefText
    workflow = creation.workflow
    answersInAdvance = creation.answers
    if let level = creation.level {
      amendments.append(FieldValue(field: BriefField.maturityLevel.title, value: String(level)))
    }
    if let modules = creation.modules {
      let text = modules.isEmpty ? "none" : modules.joined(separator: ", ")
      amendments.append(FieldValue(field: BriefField.optionalModules.title, value: text))
    }
    brief = Brief(reading: briefText, amendedBy: amendments, modules: workflow.modules)
    stages = workflow.stages.map { stage in
      var record = StageRecord(id: stage.id, name: stage.name)
      record.substages = stage.substages.map { SubstageRecord(id: $0.id, name: $0.name) }
      return record
    }
  }

  /// A new plan replaces the old one, also where an earlier one was followed: what it no longer names is not done again,
  /// and a finished sub-stage runs again when its plan is another.
  private mutating func plan(_ planned: [PlannedTask]) {
    self.planned = planned
    for index in tasks.indices where tasks[index].substage != nil {
      guard tasks[index].performer != Playbook.checkpointPerformer else { continue }
      guard let wanted = planned.first(where: { $0.id == tasks[index].id }) else {
        tasks[index].state = .skipped
        continue
      }
      let isAsBefore =
        tasks[index].state == .done && tasks[index].substage == wanted.substage
        && tasks[index].performer == wanted.performer && tasks[index].expectedFiles == wanted.files
      tasks[index].title = wanted.title
      tasks[index].substage = wanted.substage
      tasks[index].role = wanted.role
      tasks[index].performer = wanted.performer
      tasks[index].expectedFiles = wanted.files
      if !isAsBefore { reset(task: index) }
    }
    let done = Set(tasks.filter { $0.state == .done }.map(\.id))
    let open = Set(planned.filter { !done.contains($0.id) }.map(\.substage))
    for index in stages.indices {
      for place in stages[index].substages.indices {
        let record = stages[index].substages[place]
        guard record.state == .done || record.state == .skipped, open.contains(record.id) else { continue }
        stages[index].substages[place].state = .todo
        stages[index].substages[place].round += record.state == .done ? 1 : 0
        let checkpoint = Playbook.checkpointTask(of: record.id)
        if let kept = tasks.firstIndex(where: { $0.id == checkpoint }) { reset(task: kept) }
      }
    }
  }

  /// The stage's own tasks are made again, with what the person said; an approval rested on what they had left before.
  private mutating func redo(stage: Int, note: String) {
    change(stage: stage) {
      $0.revision += 1
      $0.revisionNote = note
      $0.approvals = []
    }
    for index in tasks.indices where tasks[index].stage == stage && tasks[index].substage == nil {
      reset(task: index)
      tasks[index].guidance = note
    }
    let work = workflow.stage(stage)?.work ?? []
    let firstTask = work.firstIndex { if case .task = $0 { true } else { false } }
    let lastGates = work.lastIndex { if case .gates = $0 { true } else { false } }
    if let firstTask, let lastGates, firstTask < lastGates { closeGates() }
  }

  /// An attempt's number is never given twice, so gates opened again count on from where they were closed.
  private mutating func open(gates opened: [GateRecord]) {
    gates = opened
    for index in gates.indices {
      guard let earlier = earlierGates.last(where: { $0.id == gates[index].id }) else { continue }
      gates[index].attempt = max(gates[index].attempt, earlier.attempt + 1)
    }
  }

  /// The gates' results no longer hold; their attempts go on counting when they are opened again.
  private mutating func closeGates() {
    earlierGates += gates
    gates = []
  }

  /// Stages after the target start anew; in the target, only the named sub-stages do.
  private mutating func goBack(to stage: Int, substages: [String], reason: String) {
    for index in stages.indices where stages[index].id >= stage {
      let isTarget = stages[index].id == stage
      stages[index].state = isTarget ? .running : .todo
      stages[index].endedAt = nil
      if !isTarget { stages[index].approvals = [] }
      for place in stages[index].substages.indices {
        let named = substages.contains(stages[index].substages[place].id)
        let begun = stages[index].substages[place].state != .todo
        guard isTarget ? named : begun else { continue }
        stages[index].substages[place].state = .todo
        stages[index].substages[place].reason = nil
        stages[index].substages[place].round += 1
      }
    }
    for index in tasks.indices where tasks[index].state != .skipped {
      let isNamed = tasks[index].stage == stage && tasks[index].substage.map(substages.contains) ?? false
      guard isNamed || tasks[index].stage > stage else { continue }
      reset(task: index)
      if isNamed, !reason.isEmpty { tasks[index].guidance = reason }
    }
    closeGates()
  }

  private mutating func reset(task index: Int) {
    tasks[index].state = .todo
    tasks[index].attempt += 1
    tasks[index].failures = 0
    tasks[index].error = nil
  }

  private mutating func mark(_ effect: Effect, _ state: Progress) {
    switch effect {
    case .perform(let task, _): change(task: task) { $0.state = state }
    case .runGate(let gate, _): change(gate: gate) { $0.state = state }
    }
  }

  private mutating func countUp(_ effect: Effect) {
    switch effect {
    case .perform(let task, _): change(task: task) { $0.attempt += 1 }
    case .runGate(let gate, _): change(gate: gate) { $0.attempt += 1 }
    }
  }

  private mutating func change(stage id: Int, _ edit: (inout StageRecord) -> Void) {
    guard let index = stages.firstIndex(where: { $0.id == id }) else { return }
    edit(&stages[index])
  }

  private mutating func change(substage id: String, _ edit: (inout SubstageRecord) -> Void) {
    for index in stages.indices {
      guard let place = stages[index].substages.firstIndex(where: { $0.id == id }) else { continue }
      edit(&stages[index].substages[place])
      return
    }
  }

  private mutating func change(task id: String, _ edit: (inout TaskRecord) -> Void) {
    guard let index = tasks.lastIndex(where: { $0.id == id }) else { return }
    edit(&tasks[index])
  }

  private mutating func change(gate id: String, _ edit: (inout GateRecord) -> Void) {
    guard let index = gates.firstIndex(where: { $0.id == id }) else { return }
    edit(&gates[index])
  }

  private mutating func change(decision id: String, _ edit: (inout Decision) -> Void) {
    guard let index = decisions.lastIndex(where: { $0.id == id }) else { return }
    edit(&decisions[index])
    while settledDecisions < decisions.count, !decisions[settledDecisions].isOpen { settledDecisions += 1 }
  }
}
