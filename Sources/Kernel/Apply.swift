extension Session {
  /// Folds one event into the session. Events are history: they are never refused, and replaying them twice gives equal
  /// sessions.
  public mutating func apply(_ event: Event) {
    version += 1
    updatedAt = event.at
    fold(event)
    noteBlockers(by: event.by, at: event.at)
  }

  private mutating func fold(_ event: Event) {
    switch event.fact {
    case .sessionCreated(let creation): begin(creation, at: event.at)
    case .leaseTaken(let name, let taken):
      epoch = taken
      holder = LeaseHolder(name: name, epoch: taken, since: event.at)
    case .leaseReleased(let released): if holder?.epoch == released { holder = nil }
    case .effectStarted(let effect, _):
      inFlight.append(effect)
      mark(effect, .running)
      if case .perform(let task, _) = effect {
        change(task: task) {
          $0.startedAt = event.at
          $0.endedAt = nil
        }
      }
      if !effect.isKeep, let last = restorePoints.indices.last { restorePoints[last].awaitsTree = false }
      tally(effect.subject) {
        $0.lastAttempt = max($0.lastAttempt, effect.attempt)
        $0.tries += 1
      }
    case .effectInterrupted(let effect, let reason):
      inFlight.removeAll { $0 == effect }
      interruptions.append(Interruption(effect: effect, reason: reason, at: event.at))
      mark(effect, .todo)
      countUp(effect)
      touch(by: effect)
    case .effectReconciled(let finding): reconcile(finding)
    case .workspaceKept(let attempt, let tree, let files, let edits):
      inFlight.removeAll { $0 == .keep(attempt: attempt) }
      self.files.look(at: event.at)
      checkpoints.append(
        Checkpoint(
          record: self.files, id: "K\(attempt)", stage: currentStage?.id ?? 0, seq: version, tree: tree, files: files,
          at: event.at))
      keepAttempt = attempt + 1
      keepFailures = 0
      if let owed = restoration, owed.before == nil { restoration?.before = tree }
      fillRestorePoint(with: tree)
      if !edits.isEmpty { personEdits = edits }
      keptTree = tree
      keptAt = version
    case .keepFailed(let attempt, _):
      inFlight.removeAll { $0 == .keep(attempt: attempt) }
      keepAttempt = attempt + 1
      keepFailures += 1
    case .workspaceMoved(let tree, let changes):
      if isKept, tree != keptTree { personEdits = changes }
      movedPaths = changes
      if !isMoving { fillRestorePoint(with: tree) }
      keptTree = tree
      keptAt = version
      // What somebody changed while files are to be put back is kept first, like all the rest.
      if !inFlight.contains(where: { $0.subject.hasPrefix("restore:") }) { restoration?.before = nil }
    case .restorationOwed(let owed):
      restoration = owed
      keepFailures = 0
      restorationCount = max(restorationCount, owed.id)
    case .filesRestored(let id, let attempt, _, _):
      inFlight.removeAll { $0 == .restore(id, attempt: attempt) }
      guard let owed = restoration, owed.id == id else { return }
      keptTree = owed.tree
      keptAt = version
      restoration = nil
      // The record says again what it said when that picture was taken.
      if let picture = checkpoints.last(where: { $0.tree == owed.tree }) {
        files = picture.record
        files.look(at: event.at)
      }
    case .restorationFailed(let id, let attempt, let reason):
      inFlight.removeAll { $0 == .restore(id, attempt: attempt) }
      restoration?.attempt = attempt + 1
      restoration?.failures.append(reason)
      touch(by: .restore(id, attempt: attempt))
    case .stageStarted(let id):
      // The goals are looked at before their work begins.
      if workflow.stage(id)?.substages.isEmpty == false { isHealthDue = true }
      let isKept = isKept
      let keptTree = keptTree
      change(stage: id) {
        $0.state = .running
        $0.startedAt = $0.startedAt ?? event.at
        $0.tree = isKept ? keptTree : nil
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
      reopenSubstages()
    case .briefAmended(let fields):
      amendments += fields
      readBrief()
      noteGaps()
    case .taskCreated(let task): create(task)
    case .taskCompleted(let id, let attempt, let files, let quality, let claims):
      complete(id, attempt: attempt, files: files)
      change(task: id) {
        $0.endedAt = event.at
        $0.quality = quality
        $0.claims = claims
      }
    case .taskResultKept(let id, let files):
      complete(id, attempt: task(id)?.attempt ?? 1, files: files)
      change(task: id) { $0.attempt += 1 }
    case .taskFailed(let id, let attempt, let failure): fail(id, attempt: attempt, failure: failure, at: event.at)
    case .taskRetried(let id, let guidance):
      change(task: id) {
        $0.state = .todo
        $0.failures = 0
        $0.environmentFailures = 0
        $0.notBefore = nil
        $0.attempt += 1
        $0.doubt = nil
        $0.guidance = guidance.isEmpty ? $0.guidance : guidance
        // What is tried again without a person goes on counting against whoever has it.
        if event.by != "engine" { $0.startAfresh() }
      }
      // An engine that died is nobody's failed try; a person who looked at it starts the count anew.
      tally("task:\(id)") { if $0.outcomes.last == Session.lostOutcome { $0.outcomes = [] } }
    case .taskSkipped(let id, let reason):
      change(task: id) {
        $0.state = .skipped
        $0.notBefore = nil
        $0.skipReason = reason
        $0.doubt = nil
      }
      tally("task:\(id)") { $0.outcomes = [] }
    case .taskReassigned(let id, let performer):
      change(task: id) { $0.performer = performer }
      // Another performer is another way of doing it.
      tally("task:\(id)") { $0.outcomes = [] }
    case .dependencyAwaited(let wait):
      waits.append(wait)
      change(task: wait.task) {
        $0.state = .todo
        $0.failures = 0
        $0.attempt += 1
      }
    case .dependencyRestored(let id, let attempt, _):
      inFlight.removeAll { $0 == .probe(id, attempt: attempt) }
      for wait in waits where wait.dependency == id { tally("task:\(wait.task)") { $0.outcomes = [] } }
      waits.removeAll { $0.dependency == id }
    case .substituted(let substitution):
      substitutions.append(substitution)
      change(task: substitution.task) { $0.substitute = substitution.with }
      tally("task:\(substitution.task)") { $0.outcomes = [] }
    case .ruleSettled(let settlement): settlements.append(settlement)
    case .riskAccepted(let risk): risks.append(risk)
    case .itemPostponed(let item): postponed.append(item)
    case .substagesIncluded(let ids):
      included += ids.filter { !included.contains($0) }
      reopenSubstages()
    case .requested(let request): requests.append(request)
    case .requestSettled(let id, let how):
      if let index = requests.firstIndex(where: { $0.id == id }) { requests[index].settled = how }
    case .workflowOffered(let offered): offeredWorkflow = offered
    case .workflowAdopted:
      if let offered = offeredWorkflow {
        // Stages, gates and levels stay as they were frozen; what is asked and why may be another from now on.
        workflow.playbooks = offered.playbooks
        workflow.rules = offered.rules
        workflow.dependencies = offered.dependencies
        workflow.causes = offered.causes
        workflow.digest = offered.digest
        holdRules()
      }
      offeredWorkflow = nil
    case .workPlanned(let planned): plan(planned)
    case .shortcomingsFound(let found):
      // What a person left out was what was known then; anything else is asked again.
      if found != shortcomings { shortcomingsLeftOut = false }
      shortcomings = found
    case .shortcomingsLeftOut: shortcomingsLeftOut = true
    case .substageStarted(let id):
      change(substage: id) {
        $0.state = .running
        $0.startedAt = event.at
        $0.endedAt = nil
      }
    case .substageSkipped(let id, let reason):
      change(substage: id) {
        $0.state = .skipped
        $0.reason = reason
      }
    case .substageCompleted(let id):
      change(substage: id) {
        $0.state = .done
        $0.endedAt = event.at
      }
      resolveIncidents(of: id, how: "The sub-stage was completed with every file it owes.", at: event.at)
    case .checkpointTaken(let id, let tree, let files):
      let stage = currentStage?.id ?? 0
      self.files.look(at: event.at)
      checkpoints.append(
        Checkpoint(record: self.files, id: id, stage: stage, seq: version, tree: tree, files: files, at: event.at))
      keptTree = tree
      keptAt = version
    case .gatesOpened(let opened): open(gates: opened)
    case .gateReported(let id, let attempt, let result): report(gate: id, attempt: attempt, result: result)
    case .gateRetried(let id):
      change(gate: id) {
        $0.state = .todo
        $0.attempt += 1
      }
      tally("gate:\(id)") { if $0.outcomes.last == Session.lostOutcome { $0.outcomes = [] } }
    case .gateWaived(let waiver):
      waivers.append(waiver)
      change(gate: waiver.gate) {
        $0.state = .waived
        $0.fixes = 0
      }
      tally("gate:\(waiver.gate)") { $0.outcomes = [] }
    case .waiverEnded(let id, let reason): end(waiver: id, reason: reason)
    case .waiverReminded(let id):
      if let index = waivers.firstIndex(where: { $0.id == id }) { waivers[index].isReminded = true }
    case .decisionRaised(let decision): decisions.append(decision)
    case .decisionReminded(let id, let count): change(decision: id) { $0.remindersSent = count }
    case .decisionAnswered(let answer):
      keepRestorePoint(for: answer)
      change(decision: answer.decision) { $0.answer = answer }
    case .undone(let record): rewind(record)
    case .decisionWithdrawn(let id, let reason): change(decision: id) { $0.withdrawn = reason }
    case .approved(let stage, let playbook, let decision):
      for document in documents(of: stage) { files.lock(document.path) }
      change(stage: stage) {
        $0.approvals.append(Approval(playbook: playbook, by: event.by, at: event.at, decision: decision))
      }
    case .changesRequested(let stage, let note): redo(stage: stage, note: note)
    case .rolledBack(let stage, let substages, let reason):
      rollbacks.append(
        RollbackRecord(
          from: currentStage?.id ?? stage, to: stage, substages: substages, reason: reason, by: event.by, at: event.at))
      goBack(to: stage, substages: substages, reason: reason)
    case .sessionPaused(let reason): standing = .paused(by: event.by, at: event.at, reason: reason)
    case .sessionResumed:
      endRest(at: event.at)
      standing = .active
      resumedAt = event.at
    case .sessionAborted(let reason):
      endRest(at: event.at)
      standing = .aborted(by: event.by, at: event.at, reason: reason)
    case .sessionCompleted:
      endRest(at: event.at)
      standing = .completed(at: event.at)
    case .noted: break
    case .goalsSet, .rolesAssigned, .taskEscalated, .taskAssigned, .taskUnassigned, .agentChanged, .agentProvisioned,
      .retryDue, .filesRecorded,
      .editsAccepted, .substageFailed, .substageInspected, .substageIsolated, .callbackRaised, .callbackRead,
      .callbackAnswered, .blockerSettled, .verified, .verificationReopened, .verificationAccepted, .healthChecked,
      .healed, .alertRaised, .auditReported, .grantGiven, .grantEnded, .permissionAnswered,
      .containmentReached:
      supervise(event)
    case .unknown: unknownEvents += 1
    }
  }

  private mutating func begin(_ creation: Creation, at: Moment) {
    id = creation.id
    title = creation.title
    workspace = creation.workspace
    project = creation.project
    createdAt = at
    // What lies in the workspace already is kept before anything is done.
    touchedAt = version
    briefText = creation.briefText
    workflow = creation.workflow
    agents = workflow.supervision?.agents ?? []
    answersInAdvance = creation.answers
    if let level = creation.level {
      amendments.append(FieldValue(field: BriefField.maturityLevel.title, value: String(level)))
    }
    if let modules = creation.modules {
      let text = modules.isEmpty ? "none" : modules.joined(separator: ", ")
      amendments.append(FieldValue(field: BriefField.optionalModules.title, value: text))
    }
    readBrief()
    stages = workflow.stages.map { stage in
      var record = StageRecord(id: stage.id, name: stage.name)
      record.substages = stage.substages.map { SubstageRecord(id: $0.id, name: $0.name) }
      return record
    }
  }

  /// What was passed over for a level or modules that are no longer agreed, or was added singly since, is to be done.
  /// Counts the rest that ends, if it rests.
  mutating func endRest(at moment: Moment) {
    guard case .paused(_, let since, _) = standing, moment > since else { return }
    let (length, isTooLong) = moment.subtractingReportingOverflow(since)
    let (sum, isTooMuch) = rested.addingReportingOverflow(length)
    if !isTooLong, !isTooMuch { rested = sum }
  }

  private mutating func reopenSubstages() {
    for definition in workflow.stages.flatMap(\.substages) {
      let reason = definition.skipReason(level: level ?? 1, modules: modules)
      guard reason == nil || included.contains(definition.id) else { continue }
      change(substage: definition.id) {
        guard $0.state == .skipped else { return }
        $0.state = .todo
        $0.reason = nil
      }
    }
  }

  private mutating func readBrief() {
    brief = Brief(reading: briefText, amendedBy: amendments, modules: workflow.modules)
    holdRules()
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
      tasks[index].follow(wanted)
      let isUntried = tasks[index].state == .todo && tasks[index].error == nil
      if !isAsBefore, !isUntried { reset(task: index) }
    }
    let done = Set(tasks.filter { $0.state == .done }.map(\.id))
    let open = Set(planned.filter { !done.contains($0.id) }.map(\.substage))
    for index in stages.indices {
      for place in stages[index].substages.indices {
        let record = stages[index].substages[place]
        // One that is under way is begun again too, for the tasks that are new in it; and one that was skipped is looked
        // at again, because the level may be another.
        guard record.state == .skipped || record.state != .todo && open.contains(record.id) else { continue }
        stages[index].substages[place].reason = nil
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
    if let firstTask, let lastGates, firstTask < lastGates { closeGates(from: stage) }
    for waiver in waivers where waiver.ended == nil && waiver.end == .stageRuns(stage) {
      end(waiver: waiver.id, reason: "stage \(stage) runs again")
    }
  }

  /// An attempt's number is never given twice, so gates opened again count on from where they were closed.
  private mutating func open(gates opened: [GateRecord]) {
    gates = opened
    for index in gates.indices {
      gates[index].attempt = max(gates[index].attempt, lastAttempt(of: "gate:\(gates[index].id)") + 1)
    }
  }

  /// The gates' results no longer hold; their attempts go on counting when they are opened again. A waiver that ends
  /// when its gate runs, or when a stage from the given one on runs, has ended with them.
  mutating func closeGates(from stage: Int) {
    earlierGates += gates
    for gate in gates { tally("gate:\(gate.id)") { $0.outcomes = [] } }
    gates = []
    for index in waivers.indices where waivers[index].ended == nil {
      switch waivers[index].end {
      case .gateRuns: waivers[index].ended = "its gate runs again"
      case .stageRuns(let number):
        if number >= stage { waivers[index].ended = "stage \(number) runs again" }
      case .time, .fileChanges: break
      }
    }
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
    // Whatever stands behind the sub-stages in their own stage rests on them.
    if !substages.isEmpty, let definition = workflow.stage(stage) {
      redoBehind(in: definition) { if case .substages = $0 { true } else { false } }
    }
    closeGates(from: stage)
  }

  mutating func reset(task index: Int) {
    tasks[index].state = .todo
    tasks[index].attempt += 1
    tasks[index].failures = 0
    tasks[index].environmentFailures = 0
    tasks[index].notBefore = nil
    tasks[index].error = nil
    tasks[index].doubt = nil
    tasks[index].startAfresh()
    // What mended a gate is made anew when the gate fails again, and not before.
    if tasks[index].repairs != nil { tasks[index].state = .skipped }
    let id = tasks[index].id
    waits.removeAll { $0.task == id }
    tally("task:\(id)") { $0.outcomes = [] }
    // What stood in is not used again by itself.
    guard tasks[index].substitute != nil else { return }
    tasks[index].substitute = nil
    for place in substitutions.indices where substitutions[place].task == id { substitutions[place].isReverted = true }
  }

  private mutating func mark(_ effect: Effect, _ state: Progress) {
    switch effect {
    case .perform(let task, _): change(task: task) { $0.state = state }
    case .runGate(let gate, _): change(gate: gate) { $0.state = state }
    case .keep, .restore, .probe, .inspect: break
    }
  }

  private mutating func countUp(_ effect: Effect) {
    switch effect {
    case .perform(let task, _): change(task: task) { $0.attempt += 1 }
    case .runGate(let gate, _): change(gate: gate) { $0.attempt += 1 }
    case .keep(let attempt): keepAttempt = attempt + 1
    case .restore(_, let attempt): restoration?.attempt = attempt + 1
    case .probe(let id, let attempt):
      for index in waits.indices where waits[index].dependency == id { waits[index].attempt = attempt + 1 }
    case .inspect(let id, let attempt): change(substage: id) { $0.inspection = attempt + 1 }
    }
  }

  mutating func change(stage id: Int, _ edit: (inout StageRecord) -> Void) {
    guard let index = stages.firstIndex(where: { $0.id == id }) else { return }
    edit(&stages[index])
  }

  mutating func change(substage id: String, _ edit: (inout SubstageRecord) -> Void) {
    for index in stages.indices {
      guard let place = stages[index].substages.firstIndex(where: { $0.id == id }) else { continue }
      edit(&stages[index].substages[place])
      return
    }
  }

  mutating func change(task id: String, _ edit: (inout TaskRecord) -> Void) {
    guard let index = tasks.lastIndex(where: { $0.id == id }) else { return }
    edit(&tasks[index])
  }

  mutating func change(gate id: String, _ edit: (inout GateRecord) -> Void) {
    guard let index = gates.firstIndex(where: { $0.id == id }) else { return }
    edit(&gates[index])
  }

  private mutating func change(decision id: String, _ edit: (inout Decision) -> Void) {
    guard let index = decisions.lastIndex(where: { $0.id == id }) else { return }
    edit(&decisions[index])
    while settledDecisions < decisions.count, !decisions[settledDecisions].isOpen { settledDecisions += 1 }
  }
}
