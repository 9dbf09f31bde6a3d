@testable import Kernel

/// Watches a history event by event and says which promise was broken first.
///
/// It keeps its own account of what is in flight, answered and approved, and trusts the session's only to compare.
struct Checker: Sendable {
  var account = Account()
  private var started: Set<Effect> = []
  private var inFlight: Set<Effect> = []
  private var lastAttempt: [String: Int] = [:]
  private var raised: [String: Decision] = [:]
  private var digests: Set<String> = []
  private var answered: Set<String> = []
  /// How many answers given in advance each question took.
  private var advance: [String: Int] = [:]
  private var epoch = 0
  private var holds = false
  private var isPaused = false
  private var wasAborted = false
  private var hasEnded = false
  /// What could be taken back, as it was before: the session, the account, and the tree the question was asked on.
  private var before: [String: (session: Session, account: Account, tree: String?)] = [:]
  /// The tree that the files must have again after an undo, until they have it or are to be put back to it.
  private var mustReturn: String?
  /// The first picture since files are to be put back, or since somebody changed them again.
  private var pictureSinceOwed: String?
  /// How what is tried goes, since it last went well or a person had a say.
  private var outcomes: [String: [String]] = [:]
  /// What went wrong too often, and is not to be begun without a person.
  private var stuck: Set<String> = []
  /// Tasks of which nobody can tell whether they are done.
  private var doubts: Set<String> = []

  /// Looks at one event between the session before and after it; returns what is wrong, if anything.
  mutating func see(_ event: Event, before: Session, after: Session) -> String? {
    if let wrong = afterEnd(event, before: before) { return wrong }
    switch event.fact {
    case .sessionCreated: return before.version == 0 ? nil : "created twice"
    case .leaseTaken(_, let taken):
      guard taken > epoch else { return "an epoch was taken twice" }
      epoch = taken
      holds = true
    case .leaseReleased(let released):
      guard released == epoch, holds else { return "a lease was given back by somebody else" }
      holds = false
    case .effectStarted(let effect, let by): return start(effect, epoch: by, before: before)
    case .effectInterrupted(let effect, _): return end(effect)
    case .effectReconciled(let finding): return reconcile(finding)
    case .taskCompleted(let task, let attempt, let files, _, _):
      complete(task, files: files, before: before, at: after.version)
      return end(.perform(task: task, attempt: attempt))
    case .taskResultKept(let task, let files):
      guard before.task(task)?.doubt != nil else { return "\(task) was kept although nobody doubted it" }
      complete(task, files: files, before: before, at: after.version)
    case .taskFailed(let task, let attempt, let failure):
      push(failure.cause.rawValue + failure.message, to: "task:\(task)")
      return end(.perform(task: task, attempt: attempt))
    case .gateReported(let gate, let attempt, let result):
      if let wrong = report(gate, result, before: before, after: after) { return wrong }
      return end(.runGate(gate, attempt: attempt))
    case .gateWaived(let waiver):
      guard account.gateAnswer[waiver.gate]?.holds == false else { return "a gate was waived that had not failed" }
      guard !waiver.reason.isEmpty else { return "a waiver has no reason" }
      guard before.standingWaivers.count < before.workflow.waiverCap else { return "more waivers than may stand" }
      guard !before.waivers.contains(where: { $0.id == waiver.id }) else { return "\(waiver.id) was given twice" }
      account.gateAnswer[waiver.gate] = (after.version, true)
      outcomes["gate:\(waiver.gate)"] = []
    case .waiverEnded(let id, _):
      // What rested on the gate is made anew.
      forgetAll()
      return end(waiver: id, before: before, after: after)
    case .decisionRaised(let decision): return raise(decision, before: before)
    case .decisionAnswered(let answer): return settle(answer, before: before)
    case .decisionWithdrawn(let id, _):
      guard raised[id] != nil, answered.insert(id).inserted else { return "a settled decision was withdrawn" }
    case .undone(let record): return takeBack(record, before: before, after: after)
    case .restorationOwed(let owed):
      if before.restoration?.id != owed.id { pictureSinceOwed = nil }
      if let tree = mustReturn, owed.tree != tree { return "files are put back to another tree than was shown" }
      mustReturn = nil
    case .workspaceKept(let attempt, let tree, _, _):
      // Half a restoration is no longer what there was before it.
      pictureSinceOwed = pictureSinceOwed ?? tree
      return end(.keep(attempt: attempt))
    case .keepFailed(let attempt, _): return end(.keep(attempt: attempt))
    case .workspaceMoved: pictureSinceOwed = nil
    case .filesRestored(let id, let attempt, _, _), .restorationFailed(let id, let attempt, _):
      return end(.restore(id, attempt: attempt))
    case .dependencyRestored(let id, let attempt, _):
      for wait in before.waits where wait.dependency == id { outcomes["task:\(wait.task)"] = [] }
      return end(.probe(id, attempt: attempt))
    case .approved(let stage, let playbook, _):
      guard before.currentStage?.id == stage else { return "stage \(stage) was approved out of its time" }
      account.approved["\(stage) \(playbook)"] = after.version
    case .stageStarted(let stage):
      let earlier = before.stages.prefix { $0.id != stage }
      guard earlier.allSatisfy({ $0.state == .done }) else { return "a stage began before the one before it ended" }
    case .stageCompleted(let stage): return account.finish(stage, before: before)
    case .sessionPaused: isPaused = true
    case .sessionResumed: isPaused = false
    case .sessionAborted:
      hasEnded = true
      wasAborted = true
    case .sessionCompleted:
      hasEnded = true
      if before.stages.contains(where: { $0.state != .done }) { return "completed with stages left" }
      if !before.openRequests.isEmpty { return "completed with a request open" }
    case .taskCreated(let task):
      guard before.task(task.id) == nil else { return "a task was made twice" }
    case .shortcomingsLeftOut: account.leftOut = before.shortcomings
    case .taskRetried(let id, _): forget("task:\(id)", onlyLost: true)
    case .gateRetried(let id): forget("gate:\(id)", onlyLost: true)
    case .taskSkipped(let id, _), .taskReassigned(let id, _): forget("task:\(id)")
    case .substituted(let substitution): forget("task:\(substitution.task)")
    case .changesRequested, .rolledBack, .workPlanned:
      forgetAll()
    case .requested(let request):
      guard !before.requests.contains(where: { $0.id == request.id }) else { return "\(request.id) was asked twice" }
    case .requestSettled(let id, _):
      guard before.openRequests.contains(where: { $0.id == id }) else { return "\(id) was settled twice" }
    case .ruleSettled, .riskAccepted, .itemPostponed, .substagesIncluded, .dependencyAwaited, .workflowOffered,
      .workflowAdopted, .waiverReminded, .decisionReminded, .briefAccepted, .briefAmended, .shortcomingsFound,
      .substageStarted, .substageSkipped, .substageCompleted, .checkpointTaken, .gatesOpened, .noted, .unknown,
      .goalsSet, .rolesAssigned, .taskEscalated,
      .taskAssigned, .taskUnassigned, .agentChanged, .agentProvisioned, .retryDue, .filesRecorded, .editsAccepted,
      .substageFailed, .substageIsolated, .callbackRaised, .callbackRead, .callbackAnswered, .blockerSettled,
      .auditReported, .verificationReopened, .verificationAccepted, .healthChecked, .healed, .alertRaised,
      .containmentReached,
      .grantGiven, .grantEnded, .permissionAnswered:
      break
    case .substageInspected(let id, let attempt, _, _): return end(.inspect(id, attempt: attempt))
    case .verified(_, let attempt): return end(.inspect(Session.finalInspection, attempt: attempt))
    }
    return nil
  }

  /// After a completed session nothing happens; after an abort the files are kept and what it closes with is made.
  private func afterEnd(_ event: Event, before: Session) -> String? {
    guard hasEnded else { return nil }
    func isClosing(_ task: String) -> Bool { before.workflow.closing.contains { $0.id == task } }
    switch event.fact {
    case .noted, .leaseTaken, .leaseReleased: return nil
    case .effectStarted(let effect, _), .effectInterrupted(let effect, _):
      if wasAborted, mayRest(effect, in: before) { return nil }
    case .effectReconciled(let finding): if wasAborted, mayRest(finding.effect, in: before) { return nil }
    case .workspaceKept, .keepFailed: if wasAborted { return nil }
    case .taskCreated(let task): if wasAborted, isClosing(task.id) { return nil }
    case .taskCompleted(let task, _, _, _, _), .taskFailed(let task, _, _):
      if wasAborted, isClosing(task) { return nil }
    default: break
    }
    return "something happened after the end: \(event.fact)"
  }

  /// Whether an effect may go on while the session rests: pictures, and after an abort what it closes with.
  private func mayRest(_ effect: Effect, in session: Session) -> Bool {
    if case .keep = effect { return true }
    guard wasAborted, case .perform(let id, _) = effect else { return false }
    return session.workflow.closing.contains { $0.id == id }
  }

  /// What must hold whenever nobody is in the middle of an append.
  mutating func rest(_ session: Session) -> String? {
    if let tree = mustReturn {
      guard session.isKept, session.keptTree == tree else { return "an undo forgot the files" }
      mustReturn = nil
    }
    guard Set(session.inFlight) == inFlight else { return "the session is wrong about what is in flight" }
    if hasEnded, !session.openDecisions.isEmpty { return "a decision is open after the end" }
    // What is owed is dear to find out, so it is looked at after every other event.
    let owed = session.version % 2 == 0 ? session.outstanding : nil
    if hasEnded || isPaused {
      guard inFlight.allSatisfy({ mayRest($0, in: session) }) else { return "work goes on while the session rests" }
      guard (owed ?? []).allSatisfy({ mayRest($0, in: session) }) else { return "work is owed while the session rests" }
    }
    // It is dear, and what was just decided has seen to it.
    if session.version % 8 == 0, !session.due(at: 0).isEmpty { return "something is due that was not done" }
    if let owed {
      if session.standing == .active, owed.isEmpty, session.openDecisions.isEmpty {
        return "stuck: nothing is owed and nobody is asked"
      }
      for effect in inFlight where !owed.contains(effect) { return "\(effect.name) is in flight, not owed" }
      if owed.contains(where: { if case .keep = $0 { true } else { false } }) {
        guard inFlight.allSatisfy({ if case .perform = $0 { false } else { true } }) else {
          return "a picture is owed of files in motion"
        }
      }
    }
    for decision in session.openDecisions where decision.digest != raised[decision.id]?.digest {
      return "\(decision.id) changed while it was open"
    }
    for gate in session.gates {
      if gate.state == .done, gate.results.last.map({ !$0.passed || $0.unavailable != nil }) ?? true {
        return "\(gate.id) shows as passed and did not"
      }
      let waivers = session.standingWaivers.filter { $0.gate == gate.id }
      guard waivers.count == (gate.state == .waived ? 1 : 0) else { return "\(gate.id) has \(waivers.count) waivers" }
    }
    guard session.standingWaivers.count <= session.workflow.waiverCap else { return "more waivers stand than may" }
    return nil
  }

  /// What must hold for the whole history; dear, so it is looked at now and then and at the end.
  func history(_ session: Session) -> String? {
    for decision in session.decisions {
      guard var first = raised[decision.id] else { return "\(decision.id) was never raised" }
      first.answer = decision.answer
      first.withdrawn = decision.withdrawn
      first.remindersSent = decision.remindersSent
      first.isUndone = decision.isUndone
      guard first == decision else { return "\(decision.id) changed after it was raised" }
    }
    return nil
  }

  /// Whether an effect was started on record and has not ended.
  func isInFlight(_ effect: Effect) -> Bool { inFlight.contains(effect) }

  /// Whether an effect was ever started on record.
  func wasStarted(_ effect: Effect) -> Bool { started.contains(effect) }

  // MARK: - Effects

  private mutating func start(_ effect: Effect, epoch by: Int, before: Session) -> String? {
    guard holds, by == epoch else { return "an engine without the lease started \(effect.name)" }
    if isPaused || hasEnded, !mayRest(effect, in: before) {
      return "\(effect.name) was started while the session rests"
    }
    guard started.insert(effect).inserted else { return "\(effect.name) was started twice" }
    inFlight.insert(effect)
    guard effect.attempt > lastAttempt[effect.subject] ?? 0 else {
      return "the attempts of \(effect.subject) do not increase"
    }
    lastAttempt[effect.subject] = effect.attempt
    if stuck.contains(effect.subject) { return "\(effect.name) was begun although it went wrong too often" }
    if case .perform(let id, _) = effect, doubts.contains(id) {
      return "\(effect.name) was begun although it is doubted"
    }
    if let owed = before.restoration {
      switch effect {
      case .keep: break
      case .restore:
        guard let picture = owed.before, picture == pictureSinceOwed else {
          return "files are put back before those there are were kept"
        }
      case .perform, .runGate, .probe, .inspect:
        if !hasEnded { return "\(effect.name) was started before the files were put back" }
      }
    }
    switch effect {
    case .keep, .restore: return nil
    case .probe(let id, _):
      return before.waits.contains { $0.dependency == id } ? nil : "nobody waits for \(id)"
    case .perform, .runGate, .inspect:
      if hasEnded { return nil }
      if before.restorePoints.last?.awaitsTree == true, !before.isKept, before.keepFailures < 3, !before.isMoving {
        return "\(effect.name) was started before an answer's files were kept"
      }
      guard before.openRequests.isEmpty else { return "\(effect.name) was started while a person is asked where to go" }
      return account.place(of: effect, before: before)
    }
  }

  private mutating func end(_ effect: Effect) -> String? {
    inFlight.remove(effect) == nil ? "\(effect.name) ended without being in flight" : nil
  }

  private mutating func complete(_ task: String, files: [FileClaim], before: Session, at version: Int) {
    account.completed[task] = version
    account.claims[task] = files
    if before.task(task)?.substage != nil { account.lastCode = version }
    outcomes["task:\(task)"] = []
    doubts.remove(task)
  }

  private mutating func reconcile(_ finding: EffectFinding) -> String? {
    if finding.verdict == .done { return nil }
    push(Session.lostOutcome, to: finding.effect.subject)
    if finding.verdict == .unknown, case .perform(let id, _) = finding.effect { doubts.insert(id) }
    return nil
  }

  /// Counts what went wrong; more than three times, nothing goes on without a person.
  private mutating func push(_ outcome: String, to subject: String) {
    outcomes[subject, default: []].append(outcome)
    let isWork = subject.hasPrefix("task:") || subject.hasPrefix("gate:")
    if isWork, outcomes[subject, default: []].count > 3 { stuck.insert(subject) }
  }

  /// What is made anew is counted anew.
  private mutating func forgetAll() {
    stuck = []
    outcomes = [:]
    doubts = []
  }

  private mutating func forget(_ subject: String, onlyLost: Bool = false) {
    if !onlyLost || outcomes[subject]?.last == Session.lostOutcome { outcomes[subject] = [] }
  }

  // MARK: - Gates

  private mutating func report(_ gate: String, _ result: GateResult, before: Session, after: Session) -> String? {
    let passed = result.passed && result.unavailable == nil
    let isCovered = !passed && after.gate(gate)?.state == .waived
    if isCovered {
      let waiver = after.standingWaivers.first { $0.gate == gate }
      guard let waiver, waiver.end != .gateRuns, waiver.fingerprint == after.gate(gate)?.fingerprint else {
        return "a waiver covers what nobody accepted"
      }
    }
    account.gateAnswer[gate] = (after.version, passed || isCovered)
    if passed { outcomes["gate:\(gate)"] = [] } else if !isCovered { push("failed", to: "gate:\(gate)") }
    return nil
  }

  private mutating func end(waiver id: String, before: Session, after: Session) -> String? {
    guard let waiver = before.waivers.first(where: { $0.id == id }), waiver.ended == nil else {
      return "\(id) ended twice"
    }
    for gate in before.gates {
      let now = after.gate(gate.id)
      if gate.id == waiver.gate, gate.state == .waived {
        guard now?.state == .todo else { return "the gate of \(id) was not opened again" }
        account.gateAnswer[gate.id]?.holds = false
      } else if now != gate {
        return "the end of \(id) moved the gate \(gate.id)"
      }
    }
    return nil
  }

  // MARK: - Decisions

  private mutating func raise(_ decision: Decision, before: Session) -> String? {
    if isPaused || hasEnded { return "\(decision.id) was raised while the session rests" }
    guard raised.updateValue(decision, forKey: decision.id) == nil else { return "\(decision.id) was raised twice" }
    guard digests.insert(decision.digest).inserted else { return "\(decision.id) has another's digest" }
    guard !decision.options.isEmpty else { return "\(decision.id) offers nothing" }
    if let known = SituationKind(rawValue: decision.situation),
      let strange = decision.options.first(where: { !known.effects.contains($0.effect) })
    {
      return "\(decision.id) offers \(strange.id), which does nothing there"
    }
    let twin = before.openDecisions.first { $0.subject == decision.subject }
    return twin.map { "\(decision.id) asks what \($0.id) asks" }
  }

  private mutating func settle(_ answer: Answer, before session: Session) -> String? {
    guard let decision = raised[answer.decision] else { return "\(answer.decision) was answered before it was asked" }
    guard answered.insert(answer.decision).inserted else { return "\(answer.decision) has two answers" }
    guard !hasEnded else { return "\(answer.decision) was answered after the end" }
    guard answer.digest == decision.digest else { return "\(answer.decision) was answered as something else" }
    guard let option = decision.options.first(where: { $0.id == answer.option }) else {
      return "\(answer.decision) was answered with what it does not offer"
    }
    if option.noteRequired, answer.note.isEmpty { return "\(answer.decision) was answered without a reason" }
    if let word = option.confirm, answer.confirmation != word { return "\(answer.decision) was not confirmed" }
    if answer.by.isEmpty || answer.by == "engine" { return "\(answer.decision) was answered by nobody" }
    let isMoving = session.inFlight.contains { if case .keep = $0 { false } else { true } }
    if let shown = decision.tree, let found = answer.tree, shown != found, option.effect.restsOnFiles, !isMoving {
      return "\(answer.decision) was answered on other files"
    }
    if answer.inAdvance {
      let lines = session.answersInAdvance.filter { $0.playbook == decision.playbook }
      guard lines.contains(where: { $0.by == answer.by }) else {
        return "\(answer.decision) was answered in advance by nobody"
      }
      let key = "\(decision.playbook) \(decision.subject)"
      advance[key, default: 0] += 1
      guard advance[key, default: 0] <= lines.count else {
        return "\(answer.decision) was answered in advance more often than somebody did"
      }
    }
    let isQuiet = session.isKept && !isMoving && session.keptTree == decision.tree
    before[decision.id] = (session, account, isQuiet ? decision.tree : nil)
    stuck.remove(decision.subject)
    if let task = decision.subjectTask { doubts.remove(task) }
    return nil
  }

  private mutating func takeBack(_ record: UndoRecord, before now: Session, after: Session) -> String? {
    guard let (then, account, tree) = before.removeValue(forKey: record.decision) else {
      return "\(record.decision) was taken back without having been answered"
    }
    let option = raised[record.decision]?.options.first { $0.id == record.option }
    guard option?.isReversible != false else { return "\(record.option) cannot be taken back" }
    if let part = WorkPicture(of: then).difference(from: WorkPicture(of: after)) {
      return "taking \(record.decision) back brought other \(part) than there were"
    }
    for request in then.requests where !after.requests.contains(request) { return "\(request.id) is not as it was" }
    guard after.decisions.count == now.decisions.count, after.checkpoints == now.checkpoints,
      after.rollbacks == now.rollbacks, after.undone.count == now.undone.count + 1, after.epoch == now.epoch
    else { return "an undo changed history" }
    guard after.inFlight.isEmpty else { return "something goes on through an undo" }
    self.account = account
    mustReturn = tree
    stuck = []
    doubts = []
    for task in then.tasks where task.doubt != nil { doubts.insert(task.id) }
    isPaused = if case .paused = after.standing { true } else { false }
    let wasPausing = option?.effect == .pause
    if !wasPausing, after.standing != now.standing { return "an undo changed whether the session rests" }
    return nil
  }
}
