import Kernel

/// Something that happened, with its place in the history and the answer from which it followed, if it did.
struct Cited<Value> {
  /// Its place in the history, counted from 1.
  let seq: Int
  /// When it happened.
  let at: Moment
  /// Who caused it.
  let by: String
  /// The decision whose answer caused it, if one did.
  let decision: String?
  /// What happened.
  var value: Value

  /// The event as documents cite it.
  var mark: String { "#\(seq)" }
}

/// Everything in a session's history that did not go straight, each with its event.
///
/// It is read from the events and not from the state, because an undo takes state back and a report tells that too.
struct Chronicle {
  /// The session at the end of the history.
  private(set) var session = Session()
  /// Who did what in recovering, by scenario and subject.
  private(set) var cases: [RecoveryCase] = []
  /// The place of the event by which a decision was raised, answered or withdrawn.
  private(set) var raised: [String: Int] = [:]
  private(set) var answered: [String: Int] = [:]
  private(set) var withdrawn: [String: Int] = [:]
  /// What followed at once from the answer to a decision, in order.
  private(set) var followed: [String: [Cited<Fact>]] = [:]
  private(set) var waivers: [Cited<Waiver>] = []
  private(set) var risks: [Cited<AcceptedRisk>] = []
  private(set) var postponed: [Cited<PostponedItem>] = []
  private(set) var settlements: [Cited<RuleSettlement>] = []
  private(set) var substitutions: [Cited<Substitution>] = []
  private(set) var skips: [Cited<SkippedTask>] = []
  private(set) var rollbacks: [Cited<Return>] = []
  private(set) var undos: [Cited<UndoRecord>] = []
  private(set) var restorations: [Cited<PutBack>] = []
  private(set) var amendments: [Cited<[FieldValue]>] = []
  private(set) var levels: [Cited<LevelChange>] = []
  private(set) var inclusions: [Cited<[String]>] = []
  private(set) var requests: [Cited<SupervisorRequest>] = []
  /// How a request was settled, by its identifier; the last one counts.
  private(set) var settled: [String: Cited<String>] = [:]
  private(set) var outages: [Cited<Outage>] = []
  private(set) var interruptions: [Cited<Broken>] = []
  private(set) var edits: [Cited<[String]>] = []
  private(set) var reminders: [Cited<String>] = []
  private(set) var mendings: [Cited<Mending>] = []
  private(set) var failures: [Cited<Failure>] = []

  /// Reads a history.
  init(_ events: [Event]) {
    var batch: Batch?
    var book = CaseBook()
    for (index, event) in events.enumerated() {
      let before = session
      session.apply(event)
      batch = Batch(after: batch, event)
      let step = Passage(seq: index + 1, event: event, decision: batch?.decision, before: before, after: session)
      book.read(step)
      read(step)
    }
    cases = book.closed(by: session)
  }

  /// Whether what an answer brought was taken back with the answer.
  func isUndone(_ decision: String?) -> Bool { decision.flatMap { session.decision($0) }?.isUndone ?? false }

  /// The undo by which the answer to a decision was taken back.
  func undo(of decision: String?) -> Cited<UndoRecord>? { undos.last { $0.value.decision == decision } }

  /// How a waiver stands; what was taken back with its answer stands nowhere.
  func state(of waiver: Cited<Waiver>) -> String {
    guard !isUndone(waiver.value.decision),
      let held = session.waivers.last(where: { $0.decision == waiver.value.decision })
    else { return "undone" }
    return session.state(of: held).rawValue
  }

  /// A waiver with what became of it since.
  func current(_ waiver: Cited<Waiver>) -> Waiver {
    session.waivers.last { $0.decision == waiver.value.decision } ?? waiver.value
  }

  /// The putting back of files that followed from an event.
  func putBack(after seq: Int) -> Cited<PutBack>? { restorations.first { $0.value.cause == seq } }

  // MARK: - Reading

  private mutating func read(_ step: Passage) {
    readDecisions(step)
    readAccepted(step)
    readWork(step)
    readReturns(step)
    readAgreement(step)
    readMachine(step)
  }

  private mutating func readDecisions(_ step: Passage) {
    switch step.event.fact {
    case .decisionRaised(let decision): raised[decision.id] = step.seq
    case .decisionAnswered(let answer): answered[answer.decision] = step.seq
    case .decisionWithdrawn(let id, _): withdrawn[id] = step.seq
    case .decisionReminded(let id, let count): reminders.append(step.cited("question \(id), reminder \(count)"))
    case .waiverReminded(let id): reminders.append(step.cited("waiver \(id), whose end comes near"))
    default: if let decision = step.decision { followed[decision, default: []].append(step.cited(step.event.fact)) }
    }
  }

  private mutating func readAccepted(_ step: Passage) {
    switch step.event.fact {
    case .gateWaived(let waiver): waivers.append(step.cited(waiver))
    case .riskAccepted(let risk): risks.append(step.cited(risk))
    case .itemPostponed(let item): postponed.append(step.cited(item))
    case .ruleSettled(let settlement): settlements.append(step.cited(settlement))
    case .substituted(let substitution): substitutions.append(step.cited(substitution))
    case .taskSkipped(let task, let reason):
      let title = step.after.task(task)?.title ?? task
      skips.append(step.cited(SkippedTask(task: task, title: title, reason: reason)))
    default: break
    }
  }

  private mutating func readWork(_ step: Passage) {
    switch step.event.fact {
    case .taskCreated(let task):
      guard let gate = task.repairs else { return }
      mendings.append(step.cited(Mending(task: task.id, gate: gate, run: step.after.gate(gate)?.attempt ?? 0)))
    case .taskCompleted(let task, _, let files, _, _):
      guard let index = mendings.lastIndex(where: { $0.value.task == task }) else { return }
      mendings[index].value.result = "done (#\(step.seq))"
      mendings[index].value.files = files.map(\.path)
    case .taskFailed(let task, let attempt, let failure):
      failures.append(
        step.cited(
          Failure(
            task: task, title: step.after.task(task)?.title ?? task, attempt: attempt,
            cause: step.cause(of: failure, task: task), message: failure.message)))
      guard let index = mendings.lastIndex(where: { $0.value.task == task }) else { return }
      mendings[index].value.result = "failed (#\(step.seq)): \(failure.message.firstLine)"
    case .gateReported(let gate, _, let result):
      guard let index = mendings.lastIndex(where: { $0.value.gate == gate && $0.value.gateAfter == nil }),
        mendings[index].value.result != nil
      else { return }
      let word = result.passed && result.unavailable == nil ? "passed" : "did not pass"
      mendings[index].value.gateAfter = "\(word) (#\(step.seq))"
    default: break
    }
  }

  private mutating func readReturns(_ step: Passage) {
    switch step.event.fact {
    case .rolledBack(let stage, let substages, let reason):
      rollbacks.append(step.cited(Return(step, to: stage, substages: substages, reason: reason)))
    case .undone(let record): undos.append(step.cited(record))
    case .restorationOwed(let owed):
      // A restoration that is tried again after a person said so is the same one.
      guard !restorations.contains(where: { $0.value.id == owed.id }) else { return }
      let cause = max(rollbacks.last?.seq ?? 0, undos.last?.seq ?? 0)
      restorations.append(step.cited(PutBack(id: owed.id, cause: cause, tree: owed.tree, reason: owed.reason)))
    case .workspaceKept(let attempt, let tree, _, _):
      guard let owed = step.before.restoration, owed.before == nil,
        let index = restorations.lastIndex(where: { $0.value.id == owed.id })
      else { return }
      restorations[index].value.kept = PutBack.Kept(
        checkpoint: "K\(attempt)", tree: tree, seq: step.seq, at: step.event.at)
    case .filesRestored(let id, _, let restored, let removed):
      guard let index = restorations.lastIndex(where: { $0.value.id == id }) else { return }
      restorations[index].value.done = (step.seq, restored, removed)
    case .restorationFailed(let id, _, let reason):
      guard let index = restorations.lastIndex(where: { $0.value.id == id }) else { return }
      restorations[index].value.failures.append("\(reason.firstLine) (#\(step.seq))")
    default: break
    }
  }

  private mutating func readAgreement(_ step: Passage) {
    switch step.event.fact {
    case .sessionCreated(let creation):
      var given: [FieldValue] = []
      if let level = creation.level {
        given.append(FieldValue(field: BriefField.maturityLevel.title, value: String(level)))
      }
      if let modules = creation.modules {
        let text = modules.isEmpty ? "none" : modules.joined(separator: ", ")
        given.append(FieldValue(field: BriefField.optionalModules.title, value: text))
      }
      if !given.isEmpty { amendments.append(step.cited(given)) }
    case .briefAmended(let fields): amendments.append(step.cited(fields))
    case .briefAccepted(let level, _, _):
      if level != step.before.level { levels.append(step.cited(LevelChange(from: step.before.level, to: level))) }
    case .substagesIncluded(let ids): inclusions.append(step.cited(ids))
    case .requested(let request): requests.append(step.cited(request))
    case .requestSettled(let id, let how): settled[id] = step.cited(how)
    default: break
    }
  }

  private mutating func readMachine(_ step: Passage) {
    switch step.event.fact {
    case .dependencyAwaited(let wait): outages.append(step.cited(Outage(wait: wait)))
    case .dependencyRestored(let id, _, let words):
      for index in outages.indices where outages[index].value.wait.dependency == id && outages[index].value.end == nil {
        outages[index].value.end = (step.seq, step.event.at, words)
      }
    case .effectInterrupted(let effect, let reason):
      interruptions.append(step.cited(Broken(effect: effect, reason: reason)))
    case .effectReconciled(let finding):
      let open = interruptions.lastIndex { $0.value.effect == finding.effect && $0.value.finding == nil }
      if finding.verdict != .done, let open {
        interruptions[open].value.finding = finding
      } else {
        interruptions.append(
          step.cited(Broken(effect: finding.effect, reason: "The engine that began it is gone.", finding: finding)))
      }
    case .workspaceKept(_, _, _, let paths): if !paths.isEmpty { edits.append(step.cited(paths)) }
    case .workspaceMoved(_, let paths): if !paths.isEmpty { edits.append(step.cited(paths)) }
    default: break
    }
  }
}

/// One event with the session before and after it.
struct Passage {
  let seq: Int
  let event: Event
  /// The decision from whose answer it followed, if it did.
  let decision: String?
  let before: Session
  let after: Session

  /// Where the cause of a failure lies and whose fault it looks like, e.g. `configuration (cognitive)`.
  func cause(of failure: TaskFailure, task: String) -> String {
    let place = after.task(task)?.failedAttempts.last?.place.rawValue
    return place.map { "\($0) (\(failure.cause.rawValue))" } ?? failure.cause.rawValue
  }

  func cited<Value>(_ value: Value) -> Cited<Value> {
    Cited(seq: seq, at: event.at, by: event.by, decision: decision, value: value)
  }
}

/// The events that an answer brought with it: those right behind it, by the same person, at the same moment.
private struct Batch {
  let decision: String
  let by: String
  let at: Moment

  init?(after earlier: Batch?, _ event: Event) {
    if case .decisionAnswered(let answer) = event.fact {
      self.init(decision: answer.decision, by: event.by, at: event.at)
      return
    }
    guard let earlier, earlier.by == event.by, earlier.at == event.at, event.fact.followsFromAnAnswer else {
      return nil
    }
    self = earlier
  }

  private init(decision: String, by: String, at: Moment) {
    self.decision = decision
    self.by = by
    self.at = at
  }
}
