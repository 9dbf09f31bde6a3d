import Kernel

/// What a session's history says about time and about everything that did not go straight.
struct History {
  /// Milliseconds in which at least one task, gate, keeping or putting back was in flight.
  private(set) var machine: Int64 = 0
  /// Milliseconds in which nothing was in flight and a question was open.
  private(set) var people: Int64 = 0
  /// Milliseconds in which nothing was in flight but a look at something outside, and nothing was asked.
  private(set) var outside: Int64 = 0
  /// Milliseconds in which the session was paused.
  private(set) var paused: Int64 = 0
  /// Milliseconds in which nothing was in flight, nothing was asked and nothing was paused: no engine was at work.
  private(set) var idle: Int64 = 0
  /// From the first event to the end, or to now while it goes on.
  private(set) var whole: Int64 = 0
  /// What did not go straight, as table rows: event, moment, what, by whom, why.
  private(set) var recoveries: [[String]] = []
  /// What was noted for supervisors, as table rows: event, moment, severity, text.
  private(set) var notes: [[String]] = []
  /// Whether an event's moment lay before that of the event before it; its step counts as no time.
  private(set) var clockWentBack = false

  /// Reads a history.
  ///
  /// - Parameters:
  ///   - events: The whole history.
  ///   - now: Where time ends while the session goes on.
  init(_ events: [Event], now: Moment) {
    var session = Session()
    for (index, event) in events.enumerated() {
      if index > 0 { spend(from: events[index - 1].at, to: event.at, in: session) }
      session.apply(event)
      note(event, seq: index + 1)
    }
    guard let last = events.last else { return }
    switch session.standing {
    case .aborted, .completed: break
    case .active, .paused: spend(from: last.at, to: now, in: session)
    }
  }

  private mutating func spend(from start: Moment, to end: Moment, in session: Session) {
    if end < start { clockWentBack = true }
    let time = max(0, end - start)
    whole += time
    let isAtWork = session.inFlight.contains { if case .probe = $0 { false } else { true } }
    if isAtWork {
      machine += time
    } else if session.state == .paused {
      paused += time
    } else if !session.openDecisions.isEmpty {
      people += time
    } else if !session.waits.isEmpty {
      outside += time
    } else {
      idle += time
    }
  }

  private mutating func note(_ event: Event, seq: Int) {
    func recovered(_ what: String, _ why: String) {
      recoveries.append(["#\(seq)", Words.time(event.at), what, Markdown.inline(event.by), Markdown.inline(why)])
    }
    switch event.fact {
    case .leaseTaken(let holder, let epoch):
      if epoch > 1 { recovered("Engine took over (epoch \(epoch))", "New holder: \(holder)") }
    case .effectInterrupted(let effect, let reason):
      recovered("Interrupted: \(Markdown.inline(effect.name))", reason)
    case .taskFailed(let task, let attempt, let failure):
      recovered(
        "Task \(Markdown.inline(task)), attempt \(attempt) failed (\(failure.cause.rawValue))",
        first(failure.message, seq))
    case .taskRetried(let task, let guidance):
      recovered(
        "Fresh budget for task \(Markdown.inline(task))", guidance.isEmpty ? "No guidance was given." : guidance)
    case .gateReported(let gate, let attempt, let result):
      if !result.passed {
        let why = result.unavailable ?? "required \(result.required), reached \(result.achieved)"
        recovered("Gate \(Markdown.inline(gate)), attempt \(attempt) did not pass", why)
      }
    case .gateRetried(let gate):
      recovered(
        "Gate \(Markdown.inline(gate)) to run again",
        event.by == "engine" ? "What it found was mended." : "Asked for by a person.")
    case .changesRequested(let stage, let note): recovered("Changes requested in stage \(stage)", note)
    case .rolledBack(let stage, let substages, let reason):
      let again = Words.list(substages.map(Markdown.inline), otherwise: "no sub-stage")
      recovered("Rolled back to stage \(stage); again: \(again)", reason)
    case .sessionPaused(let reason): recovered("Paused", reason.isEmpty ? "No reason was given." : reason)
    case .sessionResumed: recovered("Resumed", "Asked for by a person.")
    case .decisionWithdrawn(let decision, let reason):
      recovered("Question \(Markdown.inline(decision)) withdrawn", reason)
    case .noted(let severity, let text):
      notes.append(["#\(seq)", Words.time(event.at), severity.rawValue, Markdown.inline(text)])
    case .effectReconciled(let finding):
      let words = finding.verdict == .notDone ? "not done" : finding.verdict.rawValue
      recovered("Looked at: \(Markdown.inline(finding.effect.name)) – \(words)", first(finding.evidence, seq))
    case .workspaceKept(let attempt, _, _, let edits):
      if !edits.isEmpty { recovered("Edits by people noticed and kept (K\(attempt))", edits.joined(separator: ", ")) }
    case .keepFailed(let attempt, let reason): recovered("Keeping the workspace, attempt \(attempt) failed", reason)
    case .workspaceMoved(_, let changes):
      recovered("The workspace changed while a question was open", changes.joined(separator: ", "))
    case .restorationOwed(let owed): recovered("Files to be put back to tree \(Markdown.code(owed.tree))", owed.reason)
    case .filesRestored(_, _, let restored, let removed):
      recovered("Files put back", "\(restored) restored, \(removed) removed.")
    case .restorationFailed(_, let attempt, let reason):
      recovered("Putting files back, attempt \(attempt) failed", first(reason, seq))
    case .taskSkipped(let task, let reason): recovered("Task \(Markdown.inline(task)) left out", reason)
    case .taskReassigned(let task, let performer):
      recovered("Task \(Markdown.inline(task)) given to another performer", performer)
    case .taskResultKept(let task, let files):
      recovered("What task \(Markdown.inline(task)) had left was kept", Words.count(files.count, "file", "files"))
    case .taskCreated(let task):
      if let gate = task.repairs {
        recovered("Mending task \(Markdown.inline(task.id)) made", "For what the gate \(gate) found.")
      }
    case .dependencyAwaited(let wait):
      recovered("Wait for \(Markdown.inline(wait.dependency)) begun", "Task \(wait.task) needs it.")
    case .dependencyRestored(let id, _, let words): recovered("\(Markdown.inline(id)) is back", first(words, seq))
    case .substituted(let substitution):
      recovered(
        "\(Markdown.inline(substitution.id)): \(Markdown.inline(substitution.with)) stands in", substitution.todo)
    case .ruleSettled(let settled):
      recovered("Rule \(Markdown.inline(settled.rule)) settled", "\(settled.words): \(settled.line)")
    case .riskAccepted(let risk): recovered("Risk \(Markdown.inline(risk.id)) accepted", risk.text)
    case .itemPostponed(let item): recovered("\(Markdown.inline(item.id)) put off to the next iteration", item.text)
    case .substagesIncluded(let ids): recovered("Sub-stages added singly", ids.joined(separator: ", "))
    case .requested(let request):
      recovered(
        "Asked for: \(Markdown.inline(request.words))",
        request.reason.isEmpty ? "No reason was given." : request.reason)
    case .requestSettled(let id, let how): recovered("Request \(Markdown.inline(id)) settled", how)
    case .workflowOffered(let offered):
      recovered("Other playbooks were found on disk", "SHA-256 \(offered.digest)")
    case .workflowAdopted: recovered("The other playbooks were adopted", "By a person's decision.")
    case .gateWaived(let waiver):
      recovered("Gate \(Markdown.inline(waiver.gate)) WAIVED as \(Markdown.inline(waiver.id))", waiver.reason)
    case .waiverEnded(let id, let reason): recovered("Waiver \(Markdown.inline(id)) ended", reason)
    case .waiverReminded(let id): recovered("Reminded of the end of waiver \(Markdown.inline(id))", "It comes near.")
    case .decisionReminded(let id, let count):
      recovered("Reminded of question \(Markdown.inline(id))", "Reminder \(count).")
    case .undone(let record):
      recovered(
        "The answer to \(Markdown.inline(record.decision)) was taken back",
        record.reason.isEmpty ? "No reason was given." : record.reason)
    case .sessionAborted(let reason): recovered("Aborted", reason)
    case .briefAmended(let fields):
      recovered(
        "Brief amended: \(Markdown.inline(fields.map(\.field).joined(separator: ", ")))", "By a person's answer.")
    case .shortcomingsLeftOut: recovered("What cannot be made was left out", "By a person's decision.")
    case .taskUnassigned(let task, let role, let reason):
      recovered("Task \(Markdown.inline(task)) found without an agent of the role \(Markdown.inline(role))", reason)
    case .agentChanged(let name, let state, let reason):
      recovered("Agent \(Markdown.inline(name)) \(state.rawValue)", reason)
    case .agentProvisioned(let agent): recovered("Agent \(Markdown.inline(agent.name)) added", agent.reason)
    case .retryDue(let task):
      recovered("Task \(Markdown.inline(task)) tried again", "After a fault of the environment.")
    case .filesRecorded(let batch):
      let aside = batch.operations.filter { $0.kind == .rejected || $0.kind == .reverted }
      for operation in aside.prefix(20) {
        recovered(
          "\(Markdown.code(operation.path)) \(operation.kind.rawValue)", "\(batch.author.words): \(operation.reason)")
      }
    case .editsAccepted(let claims):
      recovered("Edits accepted as they are", claims.map(\.path).joined(separator: ", "))
    case .substageFailed(let incident):
      recovered(
        "Sub-stage \(Markdown.inline(incident.substage)) failed as a whole (\(incident.id))", incident.specifics)
    case .substageIsolated(let id, let reason): recovered("Sub-stage \(Markdown.inline(id)) set aside", reason)
    case .callbackRaised(let callback):
      if callback.kind != .progress {
        recovered(
          "\(callback.id): \(callback.kind.rawValue) by \(Markdown.inline(callback.from))", first(callback.text, seq))
      }
    case .grantGiven(let grant): recovered("\(grant.id) given by \(Markdown.inline(grant.by))", grant.scope.words)
    case .grantEnded(let id, let reason): recovered("\(id) ended", reason)
    case .permissionAnswered(let record):
      if record.decision != nil || !record.isAllowed {
        recovered(
          "\(Markdown.inline(record.agent)) \(record.isAllowed ? "was let" : "was not let")",
          "\(record.title) (\(record.by): \(record.answer))")
      }
    case .callbackAnswered(let id, let text): recovered("\(id) answered", first(text, seq))
    case .blockerSettled(let subject, let how): recovered("Blocker \(Markdown.inline(subject)) settled", how)
    case .verified(let verification, _):
      let failed = verification.items.filter { !$0.passed }
      if !failed.isEmpty {
        recovered(
          "Final verification \(verification.number) did not pass", failed.map(\.subject).joined(separator: ", "))
      }
    case .verificationReopened(let reason): recovered("To be verified again", reason)
    case .verificationAccepted(let reason): recovered("Went on without a passed verification", reason)
    case .healed(let healing): recovered("Healed by itself: \(healing.kind.rawValue)", healing.words)
    case .alertRaised(let alert): recovered("Alert \(alert.kind.rawValue)", alert.words)
    case .taskEscalated(let escalation):
      recovered(
        "Task \(Markdown.inline(escalation.task)) escalated from \(Markdown.inline(escalation.from)) to "
          + Markdown.inline(escalation.agent ?? escalation.to), "Because \(escalation.reason).")
    case .goalsSet, .rolesAssigned, .taskAssigned, .substageInspected, .callbackRead, .auditReported, .healthChecked,
      .containmentReached:
      break
    case .sessionCreated, .leaseReleased, .effectStarted, .stageStarted, .stageCompleted, .briefAccepted,
      .taskCompleted, .workPlanned, .shortcomingsFound, .substageStarted, .substageSkipped, .substageCompleted,
      .checkpointTaken, .gatesOpened, .decisionRaised, .decisionAnswered, .approved, .sessionCompleted, .unknown:
      break
    }
  }

  /// The first line of a text, and where the rest stands.
  private func first(_ text: String, _ seq: Int) -> String {
    let more = text.lineCount - 1
    return more > 0 ? "\(text.firstLine) (\(Words.count(more, "more line", "more lines")) with #\(seq))" : text
  }
}
