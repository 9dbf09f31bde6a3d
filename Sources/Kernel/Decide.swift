/// Turns an order into the events that follow from it, or refuses it and says what to do instead.
///
/// It has no clock and performs nothing. After the order's own events come all those that are due because of them, so
/// what it returns leaves the session at rest: effects are outstanding, a person is asked, or it has ended.
///
/// - Throws: A ``Refusal``; the session is unchanged then.
public func decide(_ order: Order, in session: Session) throws(Refusal) -> [Event] {
  var draft = Draft(session: session, at: order.at)
  for fact in try facts(of: order, in: session) { draft.add(fact, by: order.by) }
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

private func facts(of order: Order, in session: Session) throws(Refusal) -> [Fact] {
  if case .create(let creation) = order.demand {
    guard session.id.isEmpty else { throw .alreadyCreated(session: session.id) }
    guard !creation.id.isEmpty else {
      throw .notNow(
        demand: "Creating a session", because: "it has no name.", instead: "Give it one with --session NAME.")
    }
    return [.sessionCreated(creation)]
  }
  guard !session.id.isEmpty else { throw .notCreated }
  switch order.demand {
  case .create: return []
  case .takeLease(let holder, let epoch):
    guard epoch > session.epoch else { throw .fenced(epoch: epoch, current: session.epoch) }
    let lost = stopFacts(session, reason: "The engine that began it is gone.")
    return [.leaseTaken(holder: holder, epoch: epoch)] + lost
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
    return taskFacts(task, attempt: attempt, outcome: outcome, in: session)
  case .reportGate(let id, let attempt, let result):
    let effect = Effect.runGate(id, attempt: attempt)
    guard session.inFlight.contains(effect) else { throw .staleReport(effect.name) }
    return [.gateReported(gate: id, attempt: attempt, result: result)]
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
  case .note(let severity, let text): return [.noted(severity: severity, text: text)]
  }
}

private func requireOpen(_ session: Session) throws(Refusal) {
  switch session.standing {
  case .aborted, .completed: throw .ended(state: session.state)
  case .active, .paused: return
  }
}

/// A report counts only when every expected file was found on the disk, compared byte for byte.
private func taskFacts(_ task: TaskRecord, attempt: Int, outcome: TaskOutcome, in session: Session) -> [Fact] {
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
    if let planned = report.planned { facts.append(.workPlanned(planned)) }
    if let tree = report.tree {
      facts.append(
        .checkpointTaken(id: task.substage ?? String(task.stage), tree: tree, files: report.files.count))
    }
    facts += report.notices.map { .noted(severity: .info, text: $0) }
    // A checkpoint's files are in its tree; the journal does not list them again.
    let kept = report.tree == nil ? report.files : []
    return facts + [.taskCompleted(task: task.id, attempt: attempt, files: kept)]
  }
}

/// Why a plan cannot be followed, or `nil`: every task needs a name of its own and a sub-stage that exists.
private func planProblem(_ planned: [PlannedTask], in session: Session) -> String? {
  let substages = session.workflow.stages.flatMap(\.substages).map(\.id)
  // Names that the workflow's own tasks and the checkpoints have, or may come to have.
  var taken = Set(substages.map { Array(Playbook.checkpointTask(of: $0).utf8) })
  for case .task(let template) in session.workflow.stages.flatMap(\.work) { taken.insert(Array(template.id.utf8)) }
  for task in planned {
    if task.id.allSatisfy(\.isWhitespace) { return "a task of \(task.substage) has no name." }
    if !substages.contains(task.substage) { return "\(task.id) belongs to \(task.substage), which is no sub-stage." }
    if !taken.insert(Array(task.id.utf8)).inserted { return "the name \(task.id) is given to two tasks." }
    if task.performer == Playbook.checkpointPerformer { return "\(task.id) asks for a checkpoint." }
  }
  return nil
}

/// Ends everything in flight, so that a report that comes later is known to be late.
func stopFacts(_ session: Session, reason: String) -> [Fact] {
  session.inFlight.map { .effectInterrupted($0, reason: reason) }
}

/// Withdraws every open decision except one, and ends everything in flight.
func abortFacts(reason: String, in session: Session, answering answered: String? = nil) -> [Fact] {
  let moot = session.openDecisions.filter { $0.id != answered }
    .map { Fact.decisionWithdrawn($0.id, reason: "The session was aborted.") }
  return stopFacts(session, reason: "The session was aborted.") + moot + [.sessionAborted(reason: reason)]
}

/// Checks an answer against its decision and says what follows from it.
///
/// - Parameter rehearsal: Leaves out what only the person can add (note, confirmation, fields), for `preview`.
func answerFacts(_ answer: Answer, in session: Session, rehearsal: Bool) throws(Refusal) -> [Fact] {
  guard let decision = session.decision(answer.decision) else {
    throw .unknownDecision(answer.decision, open: session.openDecisions.map(\.id))
  }
  if let earlier = decision.answer {
    throw .alreadyAnswered(decision: decision.id, option: earlier.option, by: earlier.by, at: earlier.at)
  }
  if let reason = decision.withdrawn { throw .withdrawn(decision: decision.id, reason: reason) }
  guard let option = decision.option(answer.option) else {
    throw .unknownOption(answer.option, valid: decision.options.map(\.id))
  }
  guard answer.digest == decision.digest else { throw .stale(decision: decision.id, current: decision.digest) }
  if !rehearsal {
    if option.noteRequired, answer.note.allSatisfy(\.isWhitespace) { throw .noteRequired(option: option.id) }
    if let word = option.confirm, answer.confirmation != word {
      throw .confirmationRequired(option: option.id, word: word)
    }
  }
  var recorded = answer
  recorded.option = option.id
  var fields: [FieldValue] = []
  if option.effect != .amend, let first = answer.fields.first {
    throw .field(name: first.field, problem: "the option \(option.id) takes no fields, so it would be lost.")
  }
  if option.effect == .amend, !rehearsal { fields = try checkedFields(answer.fields, of: decision, in: session) }
  recorded.fields = fields
  let own = Fact.decisionAnswered(recorded)
  switch option.effect {
  case .approve:
    return [own, .approved(stage: decision.stage, playbook: decision.playbook, decision: decision.id)]
  case .requestChanges:
    let stopped = stopFacts(session, reason: "Changes were requested.")
    return [own] + stopped + [.changesRequested(stage: decision.stage, note: answer.note)]
  case .amend: return [own, .briefAmended(fields)]
  case .retry:
    if let gate = decision.subjectGate { return [own, .gateRetried(gate)] }
    guard let task = decision.subjectTask else { return [own] }
    return [own, .taskRetried(task: task, guidance: answer.note)]
  case .waive:
    guard let gate = decision.subjectGate else { return [own] }
    let waiver = Waiver(
      id: "W-\(session.waivers.count + 1)", gate: gate, reason: answer.note, by: recorded.by, at: recorded.at,
      until: "the gate runs again", decision: decision.id)
    return [own, .gateWaived(waiver)]
  case .leaveOut: return [own, .shortcomingsLeftOut]
  case .regenerate:
    let back = session.stages.first { !$0.substages.isEmpty }
    let again = back?.substages.filter { $0.state == .done || $0.state == .running }.map(\.id) ?? []
    let stopped = stopFacts(session, reason: "The sub-stages are generated again.")
    return [own] + stopped
      + [.rolledBack(to: back?.id ?? decision.stage, substages: again, reason: answer.note)]
  case .pause:
    return [own, .sessionPaused(reason: answer.note)] + stopFacts(session, reason: "The session was paused.")
  case .abort: return [own] + abortFacts(reason: answer.note, in: session, answering: decision.id)
  }
}

/// Takes only fields that were asked for, each once, and only values that close their gap.
private func checkedFields(
  _ given: [FieldValue], of decision: Decision, in session: Session
) throws(Refusal) -> [FieldValue] {
  var result: [FieldValue] = []
  for value in given {
    let wanted = decision.fields.first { BriefField.sameName($0.name, value.field) }
    guard let wanted else {
      let names = decision.fields.map(\.name).joined(separator: ", ")
      throw .field(name: value.field, problem: "this decision does not ask for it; it asks for: \(names).")
    }
    guard !value.value.allSatisfy(\.isWhitespace) else {
      throw .field(name: wanted.name, problem: "it is empty. \(wanted.format)")
    }
    guard !result.contains(where: { $0.field == wanted.name }) else {
      throw .field(name: wanted.name, problem: "it is given twice.")
    }
    result.append(FieldValue(field: wanted.name, value: value.value))
  }
  guard !result.isEmpty else {
    let name = decision.fields.first?.name ?? "field"
    throw .field(name: name, problem: "none of the asked fields was given.")
  }
  let amended = Brief(
    reading: session.briefText, amendedBy: session.amendments + result, modules: session.workflow.modules)
  let left = amended.gaps(under: session.workflow)
  for value in result {
    guard let gap = left.first(where: { BriefField.sameName($0.rule.field.title, value.field) }) else { continue }
    throw .field(name: value.field, problem: "\(gap.problem) Expected: \(gap.rule.format)")
  }
  return result
}

extension Decision {
  /// The gate this decision is about, if it is about one.
  public var subjectGate: String? { subject.hasPrefix("gate:") ? String(subject.dropFirst(5)) : nil }
  /// The task this decision is about, if it is about one.
  public var subjectTask: String? { subject.hasPrefix("task:") ? String(subject.dropFirst(5)) : nil }
}
