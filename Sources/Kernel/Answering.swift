// What follows from an answer: one straight line per effect, each a few facts.

/// Withdraws every open decision except one, ends everything in flight, and makes what is still owed after the end.
func abortFacts(reason: String, in session: Session, answering answered: String? = nil) -> [Fact] {
  let moot = session.openDecisions.filter { $0.id != answered }
    .map { Fact.decisionWithdrawn($0.id, reason: "The session was aborted.") }
  let stage = session.currentStage?.id ?? session.stages.last?.id ?? 0
  let known = session.tasks.map(\.id)
  let closing = session.workflow.closing.filter { !known.contains($0.id) }.map { template in
    Fact.taskCreated(
      TaskRecord(
        id: template.id, title: template.title, stage: stage, substage: nil, role: template.role,
        performer: template.performer, expectedFiles: template.files, maxAttempts: template.maxAttempts))
  }
  return stopFacts(session, reason: "The session was aborted.") + moot + [.sessionAborted(reason: reason)] + closing
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
  // While work is under way the files move on record, and the question was asked in the knowledge of that.
  if let shown = decision.tree, let found = answer.tree, option.effect.restsOnFiles, !session.isMoving, shown != found {
    throw .filesMoved(decision: decision.id, shown: shown, found: found)
  }
  if !rehearsal {
    if option.noteRequired, answer.note.allSatisfy(\.isWhitespace) { throw .noteRequired(option: option.id) }
    if let word = option.confirm, answer.confirmation != word {
      throw .confirmationRequired(option: option.id, word: word)
    }
  }
  var recorded = answer
  recorded.option = option.id
  recorded.fields = rehearsal ? [] : try takenFields(answer.fields, by: option, of: decision, in: session)
  let number = (session.decisions.lastIndex { $0.id == decision.id } ?? 0) + 1
  let choice = Choice(decision: decision, option: option, answer: recorded, session: session, number: number)
  return [.decisionAnswered(recorded)] + (try choice.facts(rehearsal: rehearsal))
}

/// Takes only fields that the option takes; what a brief is given must close its gap.
private func takenFields(
  _ given: [FieldValue], by option: Option, of decision: Decision, in session: Session
) throws(Refusal) -> [FieldValue] {
  // Fields of older decisions belong to the one option that amends the brief.
  let taken = option.fields.isEmpty && option.effect == .amend ? decision.fields.map(\.name) : option.fields
  guard !taken.isEmpty else {
    if let first = given.first {
      throw .field(name: first.field, problem: "the option \(option.id) takes no fields, so it would be lost.")
    }
    return []
  }
  var result: [FieldValue] = []
  for value in given {
    let wanted = decision.fields.first { field in
      taken.contains(field.name) && BriefField.sameName(field.name, value.field)
    }
    guard let wanted else {
      let names = taken.joined(separator: ", ")
      throw .field(name: value.field, problem: "this option does not ask for it; it asks for: \(names).")
    }
    if value.value.allSatisfy(\.isWhitespace) {
      if wanted.isOptional { continue }
      throw .field(name: wanted.name, problem: "it is empty. \(wanted.format)")
    }
    guard !result.contains(where: { $0.field == wanted.name }) else {
      throw .field(name: wanted.name, problem: "it is given twice.")
    }
    result.append(FieldValue(field: wanted.name, value: value.value))
  }
  guard option.effect == .amend else {
    let missing = decision.fields.first { field in
      taken.contains(field.name) && !field.isOptional && !result.contains { $0.field == field.name }
    }
    if let missing { throw .field(name: missing.name, problem: "it is needed. \(missing.format)") }
    return result
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

/// An answer with all it is about.
private struct Choice {
  let decision: Decision
  let option: Option
  let answer: Answer
  let session: Session
  /// The decision's number; what an answer makes is named by it, so that no name is given twice, also after an undo.
  let number: Int

  /// The request is settled with the answer.
  private var settling: [Fact] {
    decision.subjectRequest.map { [.requestSettled($0, how: option.id)] } ?? []
  }

  func facts(rehearsal: Bool) throws(Refusal) -> [Fact] {
    switch option.effect {
    case .approve:
      return [.approved(stage: decision.stage, playbook: decision.playbook, decision: decision.id)]
    case .requestChanges:
      return stopFacts(session, reason: "Changes were requested.")
        + [.changesRequested(stage: decision.stage, note: answer.note)]
    case .amend: return amending()
    case .adopt: return adopting()
    case .proceed: return proceeding()
    case .retry: return retrying(guidance: answer.note)
    case .fix:
      guard let gate = decision.subjectGate.flatMap(session.gate), let fact = session.fixFact(for: gate) else {
        return []
      }
      return [fact]
    case .skip:
      if let role = decision.subjectRole {
        let words = answer.note.isEmpty ? "nobody could do it; left out by \(answer.by)" : answer.note
        return session.tasks.filter { $0.role == role && session.isUnassigned($0) }
          .map { .taskSkipped(task: $0.id, reason: words) }
      }
      guard let task = decision.subjectTask else { return [] }
      return [.taskSkipped(task: task, reason: answer.note.isEmpty ? "left out by \(answer.by)" : answer.note)]
    case .waive: return [.gateWaived(try waiver(rehearsal: rehearsal))]
    case .leaveOut: return [.shortcomingsLeftOut]
    case .regenerate:
      let back = session.stages.first { !$0.substages.isEmpty }
      let target = RollBackTarget(stage: back?.id ?? decision.stage, substages: [])
      return rollingBack(to: target, reason: answer.note)
    case .changeLevel:
      guard let level = option.target.flatMap({ Int($0) }) else { return [] }
      let values = [FieldValue(field: BriefField.maturityLevel.title, value: String(level))]
      return agreeing(to: values, reason: answer.note.isEmpty ? "Level \(level) was agreed." : answer.note)
    case .include:
      let ids = (option.target ?? "").split(separator: ",").map { String($0).trimmed }
      return [.substagesIncluded(ids)] + settlement("included")
        + replanning(reason: answer.note.isEmpty ? "\(ids.joined(separator: ", ")) were added." : answer.note)
    case .incorporate: return try incorporating(discardingCode: false)
    case .postpone: return try postponing()
    case .substitute: return substituting()
    case .wait: return waiting()
    case .rollBack:
      if case .change = request?.kind { return try incorporating(discardingCode: true) }
      guard let target = option.target.flatMap(RollBackTarget.init(reading:)) else { return [] }
      return settling + rollingBack(to: try session.rollBackTarget(target), reason: reason)
    case .reassign:
      guard let task = decision.subjectTask, let performer = option.target else { return [] }
      return [.taskReassigned(task: task, performer: performer), .taskRetried(task: task, guidance: answer.note)]
    case .dismiss:
      return settling + session.settlingFacts(of: decision, how: "dismissed", note: answer.note)
    case .grant, .deny:
      return session.grantFacts(of: decision, option: option, answer: answer, number: number)
    case .pause:
      // Whoever asked to end may rest instead; any other request is asked about again after the rest.
      let settled = request?.kind == .abort ? settling : []
      return settled + [.sessionPaused(reason: answer.note)] + stopFacts(session, reason: "The session was paused.")
    case .abort:
      return settling + abortFacts(reason: reason, in: session, answering: decision.id)
    }
  }

  private var request: SupervisorRequest? {
    decision.subjectRequest.flatMap { id in session.requests.first { $0.id == id } }
  }

  /// Why, in the words of whoever answered, else of whoever asked.
  private var reason: String { answer.note.isEmpty ? request?.reason ?? "" : answer.note }

  private func amending() -> [Fact] {
    // Before the brief is accepted the whole of it is read again; later the intake is made again.
    guard session.level != nil else { return [.briefAmended(answer.fields)] }
    return agreeing(to: answer.fields, reason: answer.note.isEmpty ? "The brief was amended." : answer.note)
  }

  private func adopting() -> [Fact] {
    if request != nil { return settling + [.workflowAdopted] }
    if let facts = session.adoptionFacts(of: decision, option: option) { return facts }
    guard let rule = decision.subjectRule.flatMap(session.workflow.rule) else { return [] }
    let old = session.brief.text(of: .nonFunctionalConstraints)
    let text = (old.isEmpty ? "" : old + "\n") + "- " + rule.alternative
    return settlement("adopted")
      + [.briefAmended([FieldValue(field: BriefField.nonFunctionalConstraints.title, value: text)])]
      + replanning(
        reason: "The compliant way was agreed: \(rule.alternative)")
  }

  private func proceeding() -> [Fact] {
    if let task = decision.subjectTask.flatMap(session.task), task.doubt != nil {
      let files = session.findings.last { $0.effect.subject == "task:\(task.id)" }?.files ?? []
      return [.taskResultKept(task: task.id, files: files)]
    }
    let risk = AcceptedRisk(
      id: "R-\(number)", subject: decision.subject, text: decision.title, note: answer.note, by: answer.by,
      at: answer.at, decision: decision.id)
    return [.riskAccepted(risk)] + settlement("accepted")
      + session.settlingFacts(of: decision, how: "accepted as a risk", note: answer.note)
  }

  private func settlement(_ how: String) -> [Fact] {
    guard let rule = decision.subjectRule.flatMap(session.workflow.rule), let breach = session.openBreach(of: rule)
    else { return [] }
    return [
      .ruleSettled(
        RuleSettlement(
          rule: rule.id, line: breach.line, how: how, level: session.level, by: answer.by, at: answer.at,
          note: answer.note, decision: decision.id))
    ]
  }

  private func retrying(guidance: String) -> [Fact] {
    if let gate = decision.subjectGate { return [.gateRetried(gate)] }
    if let task = decision.subjectTask { return [.taskRetried(task: task, guidance: guidance)] }
    if let subject = decision.subjectBlocker, let remedy = session.tasks.last(where: { $0.remedies == subject }) {
      return [.taskRetried(task: remedy.id, guidance: guidance)]
    }
    if decision.subject.hasPrefix("verification:") {
      return [.verificationReopened(reason: guidance.isEmpty ? "A person asked for another look." : guidance)]
    }
    if decision.subject.hasPrefix("restore:"), var owed = session.restoration {
      owed.failures = []
      return [.restorationOwed(owed)]
    }
    return []
  }

  private func waiver(rehearsal: Bool) throws(Refusal) -> Waiver {
    let gate = decision.subjectGate.flatMap(session.gate)
    try requireRoomForWaiver()
    func field(_ name: String) -> String { answer.fields.first { $0.field == name }?.value ?? "" }
    guard let until = Session.waiverEnd(field(Waiver.untilField), at: answer.at) else {
      throw .field(
        name: Waiver.untilField,
        problem:
          "“\(field(Waiver.untilField))” is no end. Write a later day as 2026-12-24, “stage 4”, “file changes”, or nothing."
      )
    }
    let named = field(Waiver.scopeField).split(whereSeparator: { $0 == "," || $0.isNewline }).map { String($0).trimmed }
    let found = gate?.results.last?.findings.map(\.file) ?? []
    let claims = session.tasks.flatMap(\.files)
    var scope: [FileClaim] = []
    for path in named.isEmpty ? found : named where !scope.contains(where: { $0.path == path }) {
      guard let claim = claims.last(where: { $0.path.utf8.elementsEqual(path.utf8) }) else {
        if named.isEmpty { continue }
        throw .field(name: Waiver.scopeField, problem: "no task made the file \(path).")
      }
      scope.append(claim)
    }
    if case .stageRuns(let number) = until.end, !session.stages.contains(where: { $0.id == number }) {
      let known = session.stages.map { String($0.id) }.joined(separator: ", ")
      throw .field(name: Waiver.untilField, problem: "there is no stage \(number); there are: \(known).")
    }
    if until.end == .fileChanges, scope.isEmpty, !rehearsal {
      throw .field(name: Waiver.untilField, problem: "no file is known to watch; name one under \(Waiver.scopeField).")
    }
    return Waiver(
      id: "W-\(number)", gate: gate?.id ?? "", reason: answer.note, by: answer.by, at: answer.at, until: until.words,
      decision: decision.id, end: until.end, fingerprint: gate?.fingerprint ?? "", scope: scope,
      compensation: field(Waiver.compensationField))
  }

  private func requireRoomForWaiver() throws(Refusal) {
    guard session.standingWaivers.count >= session.workflow.waiverCap else { return }
    throw .notNow(
      demand: "Waiving",
      because: "\(session.workflow.waiverCap) waivers stand already, which is this workflow's limit.",
      instead: "Mend one of the waived gates first, or go back and ask for less.")
  }

  private func postponing() throws(Refusal) -> [Fact] {
    let item = PostponedItem(
      id: "P-\(number)", subject: decision.subject, text: request.map(\.words) ?? decision.title, note: answer.note,
      by: answer.by, at: answer.at, decision: decision.id)
    var facts: [Fact] = [.itemPostponed(item)] + settling
    facts += session.settlingFacts(of: decision, how: "put off to the next iteration", note: answer.note)
    if let role = decision.subjectRole {
      facts += session.tasks.filter { $0.role == role && session.isUnassigned($0) }
        .map { .taskSkipped(task: $0.id, reason: "put off to the next iteration: \(answer.note)") }
    }
    if let gate = decision.subjectGate.flatMap(session.gate) {
      try requireRoomForWaiver()
      facts.append(
        .gateWaived(
          Waiver(
            id: "W-\(number)", gate: gate.id, reason: answer.note.isEmpty ? "put off" : answer.note, by: answer.by,
            at: answer.at, until: "the next iteration", decision: decision.id, end: .gateRuns,
            fingerprint: gate.fingerprint)))
    }
    if let task = decision.subjectTask {
      facts.append(.taskSkipped(task: task, reason: "put off to the next iteration: \(answer.note)"))
    }
    return facts
  }

  private func substituting() -> [Fact] {
    guard let task = decision.subjectTask.flatMap(session.task),
      let dependency = session.workflow.dependency(in: task.error ?? "")
    else { return [] }
    let substitution = Substitution(
      id: "S-\(number)", dependency: dependency.id, task: task.id, with: dependency.workaround,
      todo: "Switch back to \(dependency.title) when it answers again.", by: answer.by, at: answer.at,
      decision: decision.id)
    return [.substituted(substitution), .taskRetried(task: task.id, guidance: answer.note)]
  }

  private func waiting() -> [Fact] {
    guard let task = decision.subjectTask.flatMap(session.task),
      let dependency = session.workflow.dependency(in: task.error ?? "")
    else { return [] }
    let attempt =
      session.waits.first { $0.dependency == dependency.id }?.attempt
      ?? session.lastAttempt(of: "probe:\(dependency.id)") + 1
    return [
      .dependencyAwaited(
        DependencyWait(dependency: dependency.id, task: task.id, since: answer.at, attempt: attempt))
    ]
  }

  /// The wanted change becomes part of the brief; the session goes back to where requirements are taken in.
  private func incorporating(discardingCode: Bool) throws(Refusal) -> [Fact] {
    guard case .change(let text, let field) = request?.kind else { return settling }
    let values = try session.changed(by: text, field: field)
    return settling + agreeing(to: values, reason: "A change was asked for: \(text)", discardingCode: discardingCode)
  }

  /// The brief says something else now, so what was agreed on it is made again.
  private func agreeing(to values: [FieldValue], reason: String, discardingCode: Bool = false) -> [Fact] {
    guard session.level != nil else { return [.briefAmended(values)] }
    let brief = Brief(
      reading: session.briefText, amendedBy: session.amendments + values, modules: session.workflow.modules)
    let (modules, notices) = session.workflow.resolve(modules: brief.modules ?? session.modules)
    return [
      .briefAmended(values),
      .briefAccepted(
        level: brief.level ?? session.level ?? 1, modules: modules,
        notices: notices.filter { !session.notices.contains($0) }),
    ] + replanning(reason: reason, discardingCode: discardingCode)
  }

  /// Goes back to the first stage behind the brief, so that intake and plan are made, and approved, anew.
  private func replanning(reason: String, discardingCode: Bool = false) -> [Fact] {
    guard let intake = session.intakeStage, let current = session.currentStage?.id else { return [] }
    let stopped = stopFacts(session, reason: "What was agreed has changed.")
    guard current > intake else {
      return current < intake ? [] : stopped + [.changesRequested(stage: intake, note: reason)]
    }
    var facts = rollingBack(to: RollBackTarget(stage: intake, substages: []), reason: reason)
    if !discardingCode {
      facts.removeAll { if case .restorationOwed = $0 { true } else { false } }
    }
    return facts
  }

  private func rollingBack(to target: RollBackTarget, reason: String) -> [Fact] {
    session.rollBackFacts(to: target, reason: reason)
  }
}

extension SupervisorRequest {
  /// What is asked for, in one line.
  public var words: String {
    switch kind {
    case .change(let text, let field): return field.map { "\($0): \(text)" } ?? text
    case .rollBack(let stage, let substages):
      return "Go back to \(substages.isEmpty ? "stage \(stage)" : substages.joined(separator: ", "))"
    case .abort: return "End the session"
    case .adoptPlaybooks: return "Use the playbooks as they are on disk now"
    }
  }
}
