/// Turns an order into the events that follow from it, or refuses it and says what to do instead.
///
/// It has no clock and performs nothing. After the order's own events come all those that are due because of them, so
/// what it returns leaves the session at rest: effects are outstanding, a person is asked, or it has ended.
///
/// - Throws: A ``Refusal``; the session is unchanged then.
public func decide(_ order: Order, in session: Session) throws(Refusal) -> [Event] {
  var draft = Draft(session: session, at: order.at)
  for fact in try facts(of: order, in: session) { draft.add(fact, by: order.source(of: fact)) }
  draft.settle()
  return draft.events
}

/// Collects events while it folds them, so that each next one is judged on the state the last one left.
struct Draft {
  var session: Session
  let at: Moment
  var events: [Event] = []

  init(session: Session, at: Moment) {
    self.session = session
    self.at = at
  }

  mutating func add(_ fact: Fact, by: String) {
    let event = Event(at: at, by: by, fact: fact)
    session.apply(event)
    events.append(event)
  }

  /// Adds everything that is due; each round moves the session on, so it ends.
  mutating func settle() {
    while true {
      let due = session.due(at: at)
      if due.isEmpty { return }
      for (fact, by) in due { add(fact, by: by) }
    }
  }
}

extension Order {
  /// Who is said to have caused a fact: whoever gave the order, but not of what the engine notices or heals because of it.
  fileprivate func source(of fact: Fact) -> String {
    switch (demand, fact) {
    case (.create, .rolesAssigned), (.create, .noted), (.checkHealth, .healed), (.checkHealth, .taskRetried): "engine"
    default: by
    }
  }
}

private func facts(of order: Order, in session: Session) throws(Refusal) -> [Fact] {
  if case .create(let creation, let duties) = order.demand {
    guard session.id.isEmpty else { throw .alreadyCreated(session: session.id) }
    guard !creation.id.isEmpty else {
      throw .notNow(
        demand: "Creating a session", because: "it has no name.", instead: "Give it one with --session NAME.")
    }
    guard creation.workflow.supervision != nil, duties.contains(where: \.isAtWork) else {
      return [.sessionCreated(creation)]
    }
    return [.sessionCreated(creation), .rolesAssigned(duties)]
      + duties.compactMap { $0.unknownGates(in: creation.workflow) }.map { .noted(severity: .warning, text: $0) }
  }
  guard !session.id.isEmpty else { throw .notCreated }
  switch order.demand {
  case .create: return []
  case .takeLease(let holder, let epoch, let findings):
    guard epoch > session.epoch else { throw .fenced(epoch: epoch, current: session.epoch) }
    return [.leaseTaken(holder: holder, epoch: epoch)] + lostFacts(session, findings: findings)
  case .releaseLease(let epoch):
    guard epoch == session.holder?.epoch else {
      throw .fenced(epoch: epoch, current: session.epoch)
    }
    return stopFacts(session, reason: "The engine stopped.") + [.leaseReleased(epoch: epoch)]
  case .start(let effect, let epoch):
    guard epoch == session.holder?.epoch else { throw .fenced(epoch: epoch, current: session.epoch) }
    guard session.outstanding.contains(effect), !session.inFlight.contains(effect) else {
      throw .staleReport(effect.name)
    }
    return [.effectStarted(effect, epoch: epoch)]
  case .reportTask(let id, let attempt, let outcome):
    let effect = Effect.perform(task: id, attempt: attempt)
    guard session.inFlight.contains(effect), let task = session.task(id) else { throw .staleReport(effect.name) }
    return taskFacts(task, attempt: attempt, outcome: outcome, in: session, at: order.at)
  case .reportGate(let id, let attempt, let result):
    let effect = Effect.runGate(id, attempt: attempt)
    guard session.inFlight.contains(effect) else { throw .staleReport(effect.name) }
    return [.gateReported(gate: id, attempt: attempt, result: result)]
      + session.refutedClaims(by: result, of: id, at: order.at)
  case .reportKept(let attempt, let outcome):
    let effect = Effect.keep(attempt: attempt)
    guard session.inFlight.contains(effect) else { throw .staleReport(effect.name) }
    switch outcome {
    case .failed(let reason): return [.keepFailed(attempt: attempt, reason: reason)]
    case .kept(let tree, let files, let edits):
      // What differs although no task worked since the last picture was changed by somebody else.
      let foreign = session.isKept ? edits : []
      return session.driftFacts(from: files, edits: foreign, at: order.at)
        + [.workspaceKept(attempt: attempt, tree: tree, files: files.count, edits: foreign)]
        + waiverFacts(in: session, after: effect) { differs($0, from: files, isWhole: true) }
    }
  case .reportRestored(let id, let attempt, let outcome):
    let effect = Effect.restore(id, attempt: attempt)
    guard session.inFlight.contains(effect) else { throw .staleReport(effect.name) }
    switch outcome {
    case .restored(let restored, let removed):
      return [.filesRestored(id: id, attempt: attempt, restored: restored, removed: removed)]
    case .failed(let reason): return [.restorationFailed(id: id, attempt: attempt, reason: reason)]
    }
  case .reportRestoredDependency(let id, let attempt, let words):
    let effect = Effect.probe(id, attempt: attempt)
    guard session.inFlight.contains(effect) else { throw .staleReport(effect.name) }
    let tasks = session.waits.filter { $0.dependency == id }.map(\.task)
    return [.dependencyRestored(id, attempt: attempt, words: words)]
      + tasks.map { .taskRetried(task: $0, guidance: "") }
  case .reportInspection(let subject, let attempt, let files):
    let effect = Effect.inspect(subject, attempt: attempt)
    guard session.inFlight.contains(effect) else { throw .staleReport(effect.name) }
    return session.inspectionFacts(subject, attempt: attempt, files: files, at: order.at)
  case .reportAgent(let name, let state, let reason):
    guard let agent = session.agent(name) else { throw .staleReport("agent \(name)") }
    guard agent.state != state else { return [] }
    return [.agentChanged(name: name, state: state, reason: reason)]
  case .recordFiles(let batch): return batch.operations.isEmpty ? [] : [.filesRecorded(batch)]
  case .raiseCallback(let callback):
    let taken = try session.taken(callback, at: order.at)
    // Whoever began again after an interruption says the same again; it is one callback.
    let isKnown = session.callbacks.contains {
      $0.task != nil && $0.task == taken.task && $0.from == taken.from && $0.kind == taken.kind && $0.text == taken.text
    }
    return isKnown ? [] : [.callbackRaised(taken)]
  case .answerCallback(let id, let text):
    guard order.by != "engine", !order.by.allSatisfy(\.isWhitespace) else {
      throw .notNow(
        demand: "Answering", because: "an answer belongs to a person, and none is named.", instead: "Say who answers.")
    }
    guard !text.allSatisfy(\.isWhitespace) else { throw .field(name: "text", problem: "the answer says nothing.") }
    return [.callbackAnswered(try session.answerable(id).id, text: text)]
  case .readCallback(let id):
    guard let callback = session.callback(id), callback.readBy == nil else { return [] }
    return [.callbackRead(id)]
  case .askPermission(let request): return try session.raise(request, at: order.at)
  case .voidPermission(let subject, let reason):
    return session.openDecisions.filter { $0.subject == subject }.map { .decisionWithdrawn($0.id, reason: reason) }
  case .recordPermission(let record): return [.permissionAnswered(record)]
  case .revokeGrant(let id, let reason):
    guard let grant = session.grants.first(where: { $0.id == id }) else {
      let known = session.grants.filter { $0.ended == nil }.map(\.id).joined(separator: ", ")
      throw .notNow(
        demand: "Revoking", because: "there is no grant \(id).",
        instead: known.isEmpty ? "No grant stands." : "These stand: \(known).")
    }
    guard grant.ended == nil else { return [] }
    return [.grantEnded(id, reason: reason.isEmpty ? "revoked by \(order.by)" : reason)]
  case .alert(let alert):
    return session.alert(
      alert.kind, alert.subject, alert.words, severity: alert.severity, needsPerson: alert.needsPerson, at: order.at)
  case .reportContainment(let level):
    return session.containments.last?.level == level ? [] : [.containmentReached(level)]
  case .checkHealth:
    guard let rules = session.workflow.supervision, session.standing == .active else { return [] }
    return session.checkFacts(rules, at: order.at)
  case .interrupt(let effect, let reason):
    guard session.inFlight.contains(effect) else { throw .staleReport(effect.name) }
    return [.effectInterrupted(effect, reason: reason)]
  case .answer(var answer):
    try requireOpen(session)
    guard order.by != "engine", !order.by.allSatisfy(\.isWhitespace) else {
      throw .notNow(
        demand: "Answering", because: "an answer belongs to a person, and none is named.",
        instead: "Say who answers.")
    }
    answer.by = order.by
    answer.at = order.at
    answer.inAdvance = false
    return try answerFacts(answer, in: session, rehearsal: false)
  case .pause(let reason):
    try requireOpen(session)
    guard session.standing == .active else {
      throw .notNow(
        demand: "Pausing", because: "the session is paused already.", instead: "Resume it with `signalbox resume`.")
    }
    return [.sessionPaused(reason: reason)] + stopFacts(session, reason: "The session was paused.")
  case .resume:
    try requireOpen(session)
    guard case .paused = session.standing else {
      throw .notNow(
        demand: "Resuming", because: "the session is not paused; it is \(session.state.rawValue).",
        instead: "`signalbox attach` shows what it is doing.")
    }
    return [.sessionResumed]
  case .abort(let reason, let confirmation):
    try requireOpen(session)
    guard confirmation == session.id else { throw .confirmationRequired(option: "abort", word: session.id) }
    return abortFacts(reason: reason, in: session)
  case .requestAbort(let reason): return [.requested(try request(.abort, reason: reason, order, in: session))]
  case .change(let text, let field):
    guard !text.allSatisfy(\.isWhitespace) else {
      throw .field(name: "change", problem: "it says nothing; write what shall be different.")
    }
    _ = try session.changed(by: text, field: field)
    let kind = SupervisorRequest.Kind.change(
      text: text, field: field.flatMap { BriefField(heading: $0)?.title } ?? field)
    return [.requested(try request(kind, reason: "", order, in: session))]
  case .rollBack(let stage, let substages, let reason):
    let target = try session.rollBackTarget(RollBackTarget(stage: stage, substages: substages))
    let kind = SupervisorRequest.Kind.rollBack(to: target.stage, substages: target.substages)
    return [.requested(try request(kind, reason: reason, order, in: session))]
  case .undo(let reason): return try undoFacts(reason: reason, by: order.by, at: order.at, in: session)
  case .offer(let workflow):
    try requireOpen(session)
    guard session.canAsk(.libraryChanged), workflow.id == session.workflow.id,
      workflow.digest != session.workflow.digest,
      workflow.digest != session.offeredWorkflow?.digest,
      !session.requests.contains(where: { $0.kind == .adoptPlaybooks(digest: workflow.digest) })
    else { return [] }
    let request = SupervisorRequest(
      id: session.requestName("playbooks"), kind: .adoptPlaybooks(digest: workflow.digest),
      reason: "The files on disk are others than those this session began with.", by: order.by, at: order.at)
    // What was offered before is no longer on disk, so it is not asked about any more.
    let older = session.openRequests.filter { $0.situation == .libraryChanged }
    return older.map { .requestSettled($0.id, how: "superseded") } + [.workflowOffered(workflow), .requested(request)]
  case .look(let tree, let changes):
    try requireOpen(session)
    // While a picture is taken or files are put back, what is found is of no use a moment later.
    let isChanging = session.inFlight.contains { $0.isKeep || $0.subject.hasPrefix("restore:") }
    let moved = session.openDecisions.filter { $0.tree != nil && $0.tree != tree }
    guard !isChanging, !moved.isEmpty || tree != session.keptTree || !session.isKept else { return [] }
    return moved.map { .decisionWithdrawn($0.id, reason: "The files changed since it was shown; it is asked again.") }
      + [.workspaceMoved(tree: tree, changes: changes)]
      + waiverFacts(in: session, after: nil) { claim in
        changes.contains { $0.utf8.elementsEqual(claim.path.utf8) }
      }
  case .tick: return []
  case .note(let severity, let text): return [.noted(severity: severity, text: text)]
  }
}

/// A request that a person may make now; only one of a kind is open at a time.
private func request(
  _ kind: SupervisorRequest.Kind, reason: String, _ order: Order, in session: Session
) throws(Refusal) -> SupervisorRequest {
  try requireOpen(session)
  let (name, demand) =
    switch kind {
    case .change: ("change", "Asking for a change")
    case .rollBack: ("rollback", "Going back")
    case .abort: ("abort", "Asking to end")
    case .adoptPlaybooks: ("playbooks", "Offering playbooks")
    }
  guard order.by != "engine", !order.by.allSatisfy(\.isWhitespace) else {
    throw .notNow(demand: demand, because: "it belongs to a person, and none is named.", instead: "Say who asks.")
  }
  guard session.standing == .active else {
    throw .notNow(
      demand: demand, because: "the session is paused.", instead: "Resume it with `signalbox resume`, then ask again.")
  }
  let request = SupervisorRequest(
    id: session.requestName(name), kind: kind, reason: reason, by: order.by, at: order.at)
  guard session.canAsk(request.situation) else {
    throw .notNow(
      demand: demand, because: "this session's playbooks are of an older program and cannot ask about it.",
      instead: "Go on with it as it is, or begin a new session with the same brief.")
  }
  if let open = session.openRequests.first(where: { $0.situation == request.situation }) {
    let decision = session.openDecisions.first { $0.subject == open.subject }?.id ?? open.id
    throw .notNow(
      demand: demand, because: "\(open.by) asked for it already, and it is open (\(decision)).",
      instead: "Answer \(decision) first.")
  }
  return request
}

/// What became of everything that was under way when its engine died; what nothing is said of can be done again.
private func lostFacts(_ session: Session, findings: [EffectFinding]) -> [Fact] {
  var facts: [Fact] = []
  for effect in session.inFlight {
    var judged =
      findings.first { $0.effect == effect }
      ?? EffectFinding(effect: effect, verdict: .notDone, evidence: "Nothing was left that could be counted.")
    if case .perform(let id, let attempt) = effect, let task = session.task(id) {
      if judged.verdict == .done, task.isDone(by: judged.files) {
        facts += [.effectReconciled(judged), .taskCompleted(task: id, attempt: attempt, files: judged.files)]
        continue
      }
      // Somebody found it done, and it cannot be counted: whether it is done again is not for the engine to say.
      if judged.verdict == .done { judged.verdict = .unknown }
      // The same files give the same picture, so keeping them again does no harm.
      if task.performer == Playbook.checkpointPerformer { judged.verdict = .notDone }
    } else {
      judged.verdict = .notDone
    }
    facts += [
      .effectInterrupted(effect, reason: "The engine that began it is gone."), .effectReconciled(judged),
    ]
  }
  return facts
}

extension TaskRecord {
  /// Whether some files show that it is done: all it owes are there, and it owes nothing but files. What plans, surveys
  /// and writes documents also reports what cannot be seen in them.
  func isDone(by files: [FileClaim]) -> Bool {
    guard substage != nil, performer != Playbook.checkpointPerformer, !expectedFiles.isEmpty else { return false }
    let found = Set(files.map { Array($0.path.utf8) })
    return expectedFiles.allSatisfy { found.contains(Array($0.utf8)) }
  }
}

/// The waivers that end because a file they cover changed; what is under way beside the reported effect rests on them.
private func waiverFacts(
  in session: Session, after reported: Effect?, hasChanged: (FileClaim) -> Bool
) -> [Fact] {
  if case .aborted = session.standing { return [] }
  let ends = session.standingWaivers.filter { $0.end == .fileChanges }.compactMap { waiver -> Fact? in
    waiver.scope.first(where: hasChanged).map { .waiverEnded(waiver.id, reason: "\($0.path) changed") }
  }
  guard !ends.isEmpty else { return [] }
  let stopped = session.inFlight.filter { $0 != reported }
  return stopped.map { .effectInterrupted($0, reason: "A waiver ended.") } + ends
}

/// Whether a file differs from what a waiver covers; one that is not listed is gone only where all of them are.
private func differs(_ claim: FileClaim, from files: [FileClaim], isWhole: Bool) -> Bool {
  guard let now = files.first(where: { $0.path.utf8.elementsEqual(claim.path.utf8) }) else { return isWhole }
  return now.hash != claim.hash
}

/// Takes the last answer back.
private func undoFacts(reason: String, by: String, at: Moment, in session: Session) throws(Refusal) -> [Fact] {
  guard by != "engine", !by.allSatisfy(\.isWhitespace) else {
    throw .notNow(demand: "Undoing", because: "it belongs to a person, and none is named.", instead: "Say who undoes.")
  }
  if case .ended(let state) = session.undoLimit { throw .nothingToUndo(reason: "the session is \(state.rawValue).") }
  guard let point = session.restorePoints.last else {
    throw .nothingToUndo(reason: "no answer was given that could be taken back.")
  }
  guard session.restoration == nil else {
    throw .notNow(
      demand: "Undoing", because: "files are being put back.", instead: "Wait until that is done, then undo again.")
  }
  if let decision = session.decision(point.decision), decision.option(point.option)?.isReversible == false {
    throw .nothingToUndo(
      reason: "\(point.option) of \(decision.id) cannot be taken back, as was said before it was chosen.")
  }
  let record = UndoRecord(
    decision: point.decision, option: point.option, version: point.version, reason: reason, by: by, at: at)
  let since = session.decisions.filter { $0.isOpen }
    .map { Fact.decisionWithdrawn($0.id, reason: "The answer it followed from was taken back.") }
  let stopped = stopFacts(session, reason: "An answer was taken back.")
  var facts = stopped + since + [.undone(record)]
  let isMoved = session.keptTree != point.tree || !session.isKept || !stopped.isEmpty
  if let tree = point.tree, isMoved {
    facts.append(
      .restorationOwed(
        Restoration(id: session.restorationCount + 1, tree: tree, reason: "\(point.decision) was taken back")))
  }
  return facts
}

extension Session {
  /// What persons asked for and nobody settled yet.
  public var openRequests: [SupervisorRequest] { requests.filter { $0.settled == nil } }

  /// Whether this session's playbooks can put a situation to a person; those of older programs know fewer.
  func canAsk(_ kind: SituationKind) -> Bool { workflow.playbooks.contains { $0.situation == kind } }

  func requestName(_ kind: String) -> String {
    "\(kind)-\(requests.filter { $0.id.hasPrefix(kind) }.count + 1)"
  }

  /// Up to where answers can be taken back.
  public enum UndoLimit: Equatable, Sendable {
    /// The last answer can be.
    case open
    /// There is no answer to take back.
    case nothing
    /// The session is over.
    case ended(SessionState)
  }

  /// Whether there is anything to undo, and why not.
  public var undoLimit: UndoLimit {
    switch standing {
    case .aborted, .completed: return .ended(state)
    case .active, .paused:
      guard let last = restorePoints.last else { return .nothing }
      return decision(last.decision)?.option(last.option)?.isReversible == false ? .nothing : .open
    }
  }
}

func requireOpen(_ session: Session) throws(Refusal) {
  switch session.standing {
  case .aborted, .completed: throw .ended(state: session.state)
  case .active, .paused: return
  }
}

/// A report counts only when every expected file was found on the disk, compared byte for byte.
private func taskFacts(
  _ task: TaskRecord, attempt: Int, outcome: TaskOutcome, in session: Session, at: Moment
) -> [Fact] {
  switch outcome {
  case .failed(let failure): return [.taskFailed(task: task.id, attempt: attempt, failure: failure)]
  case .finished(let report):
    let found = Set(report.files.map { Array($0.path.utf8) })
    let missing = task.expectedFiles.filter { !found.contains(Array($0.utf8)) }
    guard missing.isEmpty else {
      let words =
        "Expected \(task.expectedFiles.count) files, found \(task.expectedFiles.count - missing.count); missing: "
        + missing.joined(separator: ", ")
      let failure = TaskFailure(cause: .cognitive, message: words, missing: missing)
      return [.taskFailed(task: task.id, attempt: attempt, failure: failure)]
    }
    if let problem = report.planned.flatMap({ planProblem($0, in: session) }) {
      let failure = TaskFailure(cause: .cognitive, message: "The plan cannot be followed: \(problem)")
      return [.taskFailed(task: task.id, attempt: attempt, failure: failure)]
    }
    var facts: [Fact] = []
    if let shortcomings = report.shortcomings { facts.append(.shortcomingsFound(shortcomings)) }
    if task.performer == Playbook.checkpointPerformer,
      let atomic = session.atomicFacts(of: task, attempt: attempt, files: report.files, at: at)
    {
      return atomic
    }
    if let planned = report.planned {
      if session.workflow.supervision != nil { facts.append(.goalsSet(session.goalsOf(planned, named: report.goals))) }
      facts.append(.workPlanned(planned))
    }
    if let audit = report.audit { facts.append(.auditReported(audit)) }
    if session.needsAgent(task), task.substage != nil, task.role != Session.auditorRole, report.files.isEmpty,
      task.expectedFiles.isEmpty
    {
      facts += session.alert(
        .noFiles, task.id, "\(task.agent ?? task.performer) finished “\(task.title)” and left no file.", at: at)
    }
    if let tree = report.tree {
      facts.append(
        .checkpointTaken(id: task.substage ?? String(task.stage), tree: tree, files: report.files.count))
    }
    facts += report.notices.map { .noted(severity: .info, text: $0) }
    // A checkpoint's files are in its tree; the journal does not list them again.
    let kept = report.tree == nil ? report.files : []
    facts.append(
      .taskCompleted(task: task.id, attempt: attempt, files: kept, quality: report.quality, claims: report.claims))
    return facts
      + waiverFacts(in: session, after: .perform(task: task.id, attempt: attempt)) {
        differs($0, from: report.files, isWhole: report.tree != nil)
      }
  }
}

/// Why a plan cannot be followed, or `nil`: every task needs a name of its own and a sub-stage that exists.
private func planProblem(_ planned: [PlannedTask], in session: Session) -> String? {
  let substages = session.workflow.stages.flatMap(\.substages).map(\.id)
  // Names that the workflow's own tasks and the checkpoints have, or may come to have.
  var taken = Set(substages.map { Array(Playbook.checkpointTask(of: $0).utf8) })
  for case .task(let template) in session.workflow.stages.flatMap(\.work) { taken.insert(Array(template.id.utf8)) }
  for template in session.workflow.closing { taken.insert(Array(template.id.utf8)) }
  for task in planned {
    if task.id.allSatisfy(\.isWhitespace) { return "a task of \(task.substage) has no name." }
    if !substages.contains(task.substage) { return "\(task.id) belongs to \(task.substage), which is no sub-stage." }
    if !taken.insert(Array(task.id.utf8)).inserted { return "the name \(task.id) is given to two tasks." }
    if task.performer == Playbook.checkpointPerformer { return "\(task.id) asks for a checkpoint." }
    for id in task.dependsOn where !planned.contains(where: { $0.id == id }) {
      return "\(task.id) depends on \(id), which is not planned."
    }
  }
  // Whatever depends on itself would wait for ever.
  var free = Set<String>()
  var isGrowing = true
  while isGrowing {
    isGrowing = false
    for task in planned where !free.contains(task.id) && task.dependsOn.allSatisfy(free.contains) {
      free.insert(task.id)
      isGrowing = true
    }
  }
  if let stuck = planned.first(where: { !free.contains($0.id) }) {
    return "\(stuck.id) depends on itself by way of others."
  }
  return nil
}

/// Ends everything in flight, so that a report that comes later is known to be late.
func stopFacts(_ session: Session, reason: String) -> [Fact] {
  session.inFlight.map { .effectInterrupted($0, reason: reason) }
}

extension Decision {
  /// The gate this decision is about, if it is about one.
  public var subjectGate: String? { subject.hasPrefix("gate:") ? String(subject.dropFirst(5)) : nil }
  /// The task this decision is about, if it is about one.
  public var subjectTask: String? { subject.hasPrefix("task:") ? String(subject.dropFirst(5)) : nil }
  /// The rule this decision is about, if it is about one.
  public var subjectRule: String? { subject.hasPrefix("rule:") ? String(subject.dropFirst(5)) : nil }
  /// The request this decision is about, if it is about one.
  public var subjectRequest: String? { subject.hasPrefix("request:") ? String(subject.dropFirst(8)) : nil }
  /// The stage this decision is about, if it is about one.
  var subjectStage: Int? { subject.hasPrefix("stage:") ? Int(subject.dropFirst(6)) : nil }
  /// The restoration this decision is about, if it is about one.
  var subjectRestoration: String? { subject.hasPrefix("restore:") ? String(subject.dropFirst(8)) : nil }
}
