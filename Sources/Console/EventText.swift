import Kernel
import Screen

/// How much of the feed is shown.
enum FeedLevel: Int, CaseIterable, Sendable {
  /// Only what may need a person.
  case problems
  /// What a supervisor follows.
  case normal
  /// Everything, bookkeeping included.
  case everything

  /// What it shows, for the person.
  var words: String {
    switch self {
    case .problems: return "problems only"
    case .normal: return "normal"
    case .everything: return "everything"
    }
  }
}

/// An event in words: what it is, where it comes from, and what happened.
struct EventText: Equatable, Sendable {
  var word: StateWord
  var source: String
  var text: String

  init(_ word: StateWord, _ source: String, _ text: String) {
    self.word = word
    self.source = source
    self.text = text
  }

  /// Puts an event of a session into words; everything from outside is cleaned here.
  init(_ event: Event, in session: Session) {
    self = EventText.words(event, in: session)
    text = Text.clean(text).string
  }

  /// Puts as much of an event into words as a row of a list can show; a text of megabytes costs a row no more.
  init(row event: Event, in session: Session) {
    self = EventText.words(event, in: session)
    text = Text.clean(LongText.start(of: text)).string
  }

  /// An event in all its words as they came, with their lines; to be cleaned by whoever shows it.
  static func whole(_ event: Event, in session: Session) -> String { words(event, in: session).text }

  /// The least level at which an event is shown. It formats nothing, so that long histories stay cheap.
  static func level(of fact: Fact) -> FeedLevel {
    switch fact {
    case .decisionRaised, .effectInterrupted, .taskFailed, .sessionAborted, .keepFailed, .restorationFailed,
      .decisionReminded, .waiverReminded, .waiverEnded, .workspaceMoved, .dependencyAwaited, .undone, .rolledBack,
      .taskUnassigned, .substageFailed, .substageIsolated, .verificationReopened, .verificationAccepted, .healed,
      .alertRaised, .agentProvisioned, .grantGiven, .taskEscalated:
      return .problems
    case .permissionAnswered(let record): return record.decision != nil || !record.isAllowed ? .problems : .everything
    case .effectReconciled(let finding): return finding.verdict == .unknown ? .problems : .normal
    case .workspaceKept(_, _, _, let edits): return edits.isEmpty ? .everything : .normal
    case .requestSettled, .restorationOwed, .taskAssigned, .substageInspected, .callbackRead, .retryDue, .goalsSet,
      .auditReported:
      return .everything
    case .callbackRaised(let callback): return callback.kind == .progress ? .normal : .problems
    case .verified(let verification, _): return verification.passed ? .normal : .problems
    case .healthChecked(let record): return record.score == 100 ? .everything : .problems
    case .agentChanged(_, let state, _): return state == .available || state == .active ? .normal : .problems
    case .filesRecorded(let batch):
      if batch.operations.contains(where: { $0.kind == .rejected || $0.kind == .reverted }) { return .problems }
      return batch.author == .outside ? .problems : .everything
    case .shortcomingsFound(let found): return found.isEmpty ? .everything : .problems
    case .gateReported(_, _, let result): return result.passed && result.evidence != nil ? .normal : .problems
    case .noted(let severity, _): return severity == .warning || severity == .failure ? .problems : .normal
    case .taskCreated, .leaseTaken, .leaseReleased, .gatesOpened, .approved: return .everything
    case .effectStarted(let effect, _):
      switch effect {
      case .perform(let task, _): return task.hasPrefix("checkpoint-") ? .everything : .normal
      case .keep, .inspect: return .everything
      case .runGate, .restore, .probe: return .normal
      }
    case .taskCompleted(let task, _, _, _, _): return task.hasPrefix("checkpoint-") ? .everything : .normal
    case .sessionCreated, .stageStarted, .stageCompleted, .briefAccepted, .briefAmended, .taskRetried, .workPlanned,
      .shortcomingsLeftOut, .substageStarted, .substageSkipped, .substageCompleted, .checkpointTaken, .gateRetried,
      .gateWaived, .decisionAnswered, .decisionWithdrawn, .changesRequested, .sessionPaused, .sessionResumed,
      .sessionCompleted, .filesRestored, .taskSkipped, .taskReassigned, .taskResultKept, .dependencyRestored,
      .substituted, .ruleSettled, .riskAccepted, .itemPostponed, .substagesIncluded, .requested, .workflowOffered,
      .workflowAdopted, .editsAccepted, .callbackAnswered, .blockerSettled, .grantEnded, .rolesAssigned, .unknown:
      return .normal
    case .containmentReached(let level): return level == .none ? .problems : .normal
    }
  }

  private static func words(_ event: Event, in session: Session) -> EventText {
    switch event.fact {
    case .sessionCreated(let creation):
      return EventText(.good, "session", "Session \(creation.id) began: \(creation.title)")
    case .leaseTaken(let holder, let epoch):
      return EventText(.note, "engine", "\(holder) works for this session now (turn \(epoch))")
    case .leaseReleased: return EventText(.note, "engine", "The engine stopped working for this session")
    case .effectStarted(let effect, _): return started(effect, in: session)
    case .effectInterrupted(let effect, let reason):
      return EventText(.warning, "engine", "Interrupted: \(name(effect, in: session)). \(reason)")
    case .stageStarted(let id): return EventText(.running, "stage", "Stage \(stage(id, in: session)) begins")
    case .stageCompleted(let id): return EventText(.done, "stage", "Stage \(stage(id, in: session)) is complete")
    case .briefAccepted(let level, let modules, let notices):
      let added = modules.isEmpty ? "no modules" : "modules " + modules.joined(separator: ", ")
      return EventText(.good, "brief", (["Brief accepted: level \(level), \(added)."] + notices).joined(separator: " "))
    case .briefAmended(let fields):
      return EventText(.good, "brief", "\(event.by) filled in \(fields.map(\.field).joined(separator: ", "))")
    case .taskCreated(let task): return EventText(.todo, "task", "To do: \(task.title) (role \(task.role))")
    case .taskCompleted(let id, _, let files, _, _):
      let left = files.isEmpty ? "" : ": \(counted(files.count, "file")) found on disk"
      return EventText(.good, "task", "Done: \(session.task(id)?.title ?? id)\(left)")
    case .taskFailed(let id, let attempt, let failure):
      let most = session.task(id)?.maxAttempts ?? 1
      let again = failure.cause != .hard && attempt < most
      return EventText(
        again ? .retry : .failed, "task",
        "\(session.task(id)?.title ?? id): attempt \(attempt) of \(most) failed. \(failure.message)")
    case .taskRetried(let id, let guidance):
      let said = guidance.isEmpty ? "" : ": \(guidance)"
      return EventText(.retry, "task", "\(event.by) gave \(session.task(id)?.title ?? id) fresh attempts\(said)")
    case .workPlanned(let planned):
      let parts = Set(planned.map(\.substage)).count
      return EventText(.good, "plan", "\(counted(planned.count, "task")) planned for \(counted(parts, "sub-stage"))")
    case .shortcomingsFound(let found):
      if found.isEmpty { return EventText(.good, "plan", "The agent can make everything the brief asks for") }
      let subjects = found.map(\.subject).joined(separator: ", ")
      return EventText(.warning, "plan", "The agent cannot make: \(subjects)")
    case .shortcomingsLeftOut: return EventText(.waived, "plan", "\(event.by) leaves out what cannot be made")
    case .substageStarted(let id): return EventText(.running, "stage", "\(substage(id, in: session)) begins")
    case .substageSkipped(let id, let reason):
      return EventText(.skipped, "stage", "\(substage(id, in: session)) is not needed: \(reason)")
    case .substageCompleted(let id): return EventText(.done, "stage", "\(substage(id, in: session)) is complete")
    case .checkpointTaken(let id, _, let files):
      return EventText(.good, "restore", "Restore point \(id) kept: \(counted(files, "file"))")
    case .gatesOpened(let gates):
      let needed = gates.filter(\.mandatory).count
      let asked = gates.compactMap { gate in gate.reason.map { "\(gate.title) (\($0))" } }
      let why = asked.isEmpty ? "" : "; beyond the level: \(asked.joined(separator: ", "))"
      return EventText(.todo, "gate", "\(counted(gates.count, "gate")) to run, \(needed) of them must pass\(why)")
    case .gateReported(let id, let attempt, let result): return reported(id, attempt, result, in: session)
    case .gateRetried(let id):
      return EventText(.retry, "gate", "\(event.by) asks to run \(session.gate(id)?.title ?? id) again")
    case .gateWaived(let waiver):
      let title = session.gate(waiver.gate)?.title ?? waiver.gate
      return EventText(.waived, "gate", "\(waiver.by) accepts the failure of \(title): \(waiver.reason)")
    case .effectReconciled(let finding):
      let verdict =
        switch finding.verdict {
        case .done: "was done"
        case .notDone: "was not done"
        case .unknown: "may or may not have been done"
        }
      return EventText(
        finding.verdict == .unknown ? .warning : .note, "engine",
        "\(name(finding.effect, in: session)) \(verdict): \(finding.evidence)")
    case .workspaceKept(_, _, let files, let edits):
      let own = edits.isEmpty ? "" : "; changed by somebody else: \(edits.prefix(3).joined(separator: ", "))"
      return EventText(.good, "restore", "The files were kept: \(counted(files, "file"))\(own)")
    case .keepFailed(_, let reason): return EventText(.failed, "restore", "The files could not be kept: \(reason)")
    case .workspaceMoved(_, let changes):
      return EventText(
        .warning, "restore",
        "Files changed while a question was open: \(changes.prefix(3).joined(separator: ", "))\(changes.count > 3 ? " …" : "")"
      )
    case .restorationOwed(let owed):
      return EventText(.rolledBack, "restore", "Files are to be put back: \(owed.reason)")
    case .filesRestored(_, _, let restored, let removed):
      return EventText(.good, "restore", "Files put back: \(restored) restored, \(removed) removed")
    case .restorationFailed(_, _, let reason):
      return EventText(.failed, "restore", "The files could not be put back: \(reason)")
    case .taskSkipped(let id, let reason):
      return EventText(.skipped, "task", "Left out: \(session.task(id)?.title ?? id): \(reason)")
    case .taskReassigned(let id, let performer):
      return EventText(.retry, "task", "\(session.task(id)?.title ?? id) was given to \(performer)")
    case .taskResultKept(let id, _):
      return EventText(.good, "task", "\(event.by) keeps what \(session.task(id)?.title ?? id) left")
    case .dependencyAwaited(let wait):
      let title = session.workflow.dependency(wait.dependency)?.title ?? wait.dependency
      return EventText(.blocked, "outside", "Waiting for \(title); it goes on by itself")
    case .dependencyRestored(let id, _, let words):
      return EventText(.good, "outside", "\(session.workflow.dependency(id)?.title ?? id) answers again. \(words)")
    case .substituted(let substitution):
      return EventText(.warning, "outside", "\(substitution.with) stands in. To do: \(substitution.todo)")
    case .ruleSettled(let settlement):
      let title = session.workflow.rule(settlement.rule)?.title ?? settlement.rule
      return EventText(.good, "rule", "\(title): \(settlement.how) by \(settlement.by)")
    case .riskAccepted(let risk): return EventText(.waived, "rule", "\(risk.by) accepts the risk: \(risk.text)")
    case .itemPostponed(let item):
      return EventText(.skipped, "later", "\(item.by) puts off to the next iteration: \(item.text)")
    case .substagesIncluded(let ids):
      return EventText(.good, "plan", "\(event.by) adds \(ids.joined(separator: ", "))")
    case .requested(let request): return EventText(.ask, "you", "\(request.by) asks: \(request.words)")
    case .requestSettled(let id, let how): return EventText(.note, "you", "\(id): \(how)")
    case .workflowOffered: return EventText(.note, "playbook", "The playbooks on disk are others than this session's")
    case .workflowAdopted: return EventText(.good, "playbook", "\(event.by) takes over the changed playbooks")
    case .waiverEnded(let id, let reason):
      return EventText(.warning, "gate", "The waiver \(id) ended: \(reason). Its gate runs again")
    case .waiverReminded(let id): return EventText(.warning, "gate", "The waiver \(id) ends soon")
    case .decisionReminded(let id, let count):
      return EventText(.ask, "you", "Still waiting for you (\(count)): \(session.decision(id)?.title ?? id)")
    case .undone(let record):
      let title = session.decision(record.decision)?.title ?? record.decision
      return EventText(.rolledBack, "you", "\(record.by) took back the answer to: \(title)")
    case .decisionRaised(let decision): return EventText(.ask, "you", decision.title)
    case .decisionAnswered(let answer): return answered(answer, by: event.by, in: session)
    case .decisionWithdrawn(let id, let reason):
      return EventText(.note, "you", "No longer asked: \(session.decision(id)?.title ?? id) \(reason)")
    case .approved(let id, _, _): return EventText(.done, "you", "\(event.by) approved stage \(stage(id, in: session))")
    case .changesRequested(let id, let note):
      return EventText(.retry, "you", "\(event.by) wants stage \(stage(id, in: session)) changed: \(note)")
    case .rolledBack(let id, let substages, let reason):
      let again = substages.isEmpty ? "" : " (again: \(substages.joined(separator: ", ")))"
      let why = reason.isEmpty ? "" : ". \(reason)"
      return EventText(.rolledBack, "stage", "Back to \(stage(id, in: session))\(again)\(why)")
    case .sessionPaused(let reason):
      return EventText(.paused, "session", "Paused by \(event.by)\(reason.isEmpty ? "" : ": \(reason)")")
    case .sessionResumed: return EventText(.running, "session", "Resumed by \(event.by)")
    case .sessionAborted(let reason):
      return EventText(.aborted, "session", "Ended by \(event.by)\(reason.isEmpty ? "" : ": \(reason)")")
    case .sessionCompleted: return EventText(.done, "session", "The session is complete")
    case .goalsSet, .rolesAssigned, .taskEscalated, .taskAssigned, .taskUnassigned, .agentChanged, .agentProvisioned,
      .retryDue, .filesRecorded,
      .editsAccepted, .substageFailed, .substageInspected, .substageIsolated, .callbackRaised, .callbackRead,
      .callbackAnswered, .blockerSettled, .auditReported, .verified, .verificationReopened, .verificationAccepted,
      .healthChecked, .healed, .alertRaised, .grantGiven, .grantEnded, .containmentReached, .permissionAnswered:
      return supervised(event, in: session)
    case .noted(let severity, let text):
      let word = StateWord(severity)
      return EventText(word, event.by, text)
    case .unknown(let type, let data): return EventText(.note, "other", "\(type) \(data)")
    }
  }

  private static func started(_ effect: Effect, in session: Session) -> EventText {
    switch effect {
    case .perform(let id, let attempt):
      let again = attempt > 1 ? ", attempt \(attempt)" : ""
      let role = session.task(id).map { " (\($0.workingRole)\(again))" } ?? again
      return EventText(attempt > 1 ? .retry : .running, "task", "\(session.task(id)?.title ?? id)\(role)")
    case .runGate(let id, let attempt):
      let again = attempt > 1 ? ", attempt \(attempt)" : ""
      return EventText(attempt > 1 ? .retry : .running, "gate", "Running \(session.gate(id)?.title ?? id)\(again)")
    case .keep: return EventText(.running, "restore", "Keeping the files as they are")
    case .restore: return EventText(.running, "restore", "Putting files back")
    case .inspect(let subject, _): return EventText(.running, "files", "Looking at the files of \(subject)")
    case .probe(let id, _):
      return EventText(.running, "outside", "Looking for \(session.workflow.dependency(id)?.title ?? id)")
    }
  }

  private static func reported(
    _ id: String, _ attempt: Int, _ result: GateResult, in session: Session
  ) -> EventText {
    let gate = session.gate(id)
    let title = gate?.title ?? id
    if let reason = result.unavailable {
      return EventText(.failed, "gate", "\(title) could not be checked: \(reason)")
    }
    let words = "\(title): \(result.achieved), required \(result.required)"
    if result.passed { return EventText(result.evidence == nil ? .unproven : .passed, "gate", words) }
    return EventText(gate?.mandatory == false ? .warning : .failed, "gate", words)
  }

  private static func answered(_ answer: Answer, by name: String, in session: Session) -> EventText {
    let decision = session.decision(answer.decision)
    let option = decision?.option(answer.option)?.title ?? answer.option
    let note = answer.note.isEmpty ? "" : " (\(answer.note))"
    let when = answer.inAdvance ? " in advance" : ""
    let question = decision?.title ?? answer.decision
    return EventText(.good, "you", "\(name) answered\(when): \(option)\(note), asked: \(question)")
  }

  /// An effect in words, with the titles people know.
  static func name(_ effect: Effect, in session: Session) -> String {
    switch effect {
    case .perform(let id, let attempt): return "\(session.task(id)?.title ?? id) (attempt \(attempt))"
    case .runGate(let id, let attempt): return "gate \(session.gate(id)?.title ?? id) (attempt \(attempt))"
    case .keep: return "keeping the files"
    case .restore: return "putting files back"
    case .inspect(let subject, _): return "looking at the files of \(subject)"
    case .probe(let id, _): return "waiting for \(session.workflow.dependency(id)?.title ?? id)"
    }
  }

  private static func stage(_ id: Int, in session: Session) -> String {
    session.stages.first { $0.id == id }.map { "\(id) \($0.name)" } ?? String(id)
  }

  private static func substage(_ id: String, in session: Session) -> String {
    let record = session.stages.lazy.flatMap(\.substages).first { $0.id == id }
    return record.map { "\(id) \($0.name)" } ?? id
  }
}

/// `1 file`, `2 files`.
func counted(_ number: Int, _ word: String) -> String {
  "\(number) \(word)\(number == 1 ? "" : "s")"
}
