import Kernel

// What follows from an answer, fact by fact, in words.

extension Fact {
  /// Whether it can stand among the events that an answer brings with it.
  var followsFromAnAnswer: Bool {
    switch self {
    case .effectInterrupted, .restorationOwed, .briefAccepted, .briefAmended, .taskCreated, .taskRetried, .taskSkipped,
      .taskReassigned, .dependencyAwaited, .substituted, .taskResultKept, .ruleSettled, .riskAccepted, .itemPostponed,
      .substagesIncluded, .requestSettled, .workflowAdopted, .shortcomingsLeftOut, .gateRetried, .gateWaived,
      .decisionWithdrawn, .approved, .changesRequested, .rolledBack, .sessionPaused, .sessionAborted, .agentProvisioned,
      .editsAccepted, .callbackAnswered, .blockerSettled, .verificationReopened, .verificationAccepted,
      .grantGiven:
      return true
    case .sessionCreated, .leaseTaken, .leaseReleased, .effectStarted, .effectReconciled, .workspaceKept, .keepFailed,
      .workspaceMoved, .filesRestored, .restorationFailed, .stageStarted, .stageCompleted, .taskCompleted, .taskFailed,
      .dependencyRestored, .requested, .workflowOffered, .workPlanned, .shortcomingsFound, .substageStarted,
      .substageSkipped, .substageCompleted, .checkpointTaken, .gatesOpened, .gateReported, .waiverEnded,
      .waiverReminded, .decisionRaised, .decisionAnswered, .decisionReminded, .undone, .sessionResumed,
      .sessionCompleted, .noted, .goalsSet, .rolesAssigned, .taskEscalated, .taskAssigned, .taskUnassigned,
      .agentChanged, .retryDue, .filesRecorded,
      .substageFailed, .substageInspected, .substageIsolated, .callbackRaised, .callbackRead,
      .auditReported, .verified,
      .healthChecked, .healed, .alertRaised, .grantEnded, .permissionAnswered, .containmentReached, .unknown:
      return false
    }
  }

  /// What an answer brought, in a few words that are no Markdown yet; `nil` where another fact says it better.
  func consequence(in session: Session) -> String? {
    switch self {
    case .approved(let stage, _, _): return "stage \(stage) approved"
    case .changesRequested(let stage, _): return "documents of stage \(stage) to be made again"
    case .briefAmended(let fields): return "brief amended: \(fields.map(\.field).joined(separator: ", "))"
    case .briefAccepted(let level, _, _): return "level \(level) agreed"
    case .taskCreated(let task):
      return task.repairs.map { "mending task \(task.id) made for the gate \(session.gateTitle($0))" }
    case .taskRetried(let task, let guidance):
      return "task \(task) tried again" + (guidance.isEmpty ? "" : ", with guidance")
    case .taskSkipped(let task, _): return "task \(task) left out"
    case .taskReassigned(let task, let performer): return "task \(task) given to \(performer)"
    case .taskResultKept(let task, let files):
      return "what task \(task) had left was kept (\(Words.count(files.count, "file", "files")))"
    case .dependencyAwaited(let wait):
      return "waits for \(session.workflow.dependency(wait.dependency)?.title ?? wait.dependency)"
    case .substituted(let substitution): return "\(substitution.id): \(substitution.with) stands in"
    case .ruleSettled(let settlement): return "rule settled: \(settlement.how)"
    case .riskAccepted(let risk): return "risk accepted as \(risk.id)"
    case .itemPostponed(let item): return "put off to the next iteration as \(item.id)"
    case .substagesIncluded(let ids): return "sub-stages added: \(ids.joined(separator: ", "))"
    case .requestSettled(let request, let how): return "request \(request) settled: \(how)"
    case .workflowAdopted: return "the other playbooks adopted"
    case .shortcomingsLeftOut: return "\(Words.count(session.shortcomings.count, "thing", "things")) left out"
    case .gateRetried(let gate): return "gate \(session.gateTitle(gate)) runs again"
    case .gateWaived(let waiver):
      return "gate \(session.gateTitle(waiver.gate)) WAIVED as \(waiver.id) until \(waiver.until)"
    case .rolledBack(let stage, let substages, _):
      return "went back to stage \(stage)"
        + (substages.isEmpty ? "" : "; again: \(substages.joined(separator: ", "))")
    case .restorationOwed(let owed): return "files put back to tree \(owed.tree)"
    case .sessionPaused: return "session paused"
    case .sessionAborted: return "session aborted"
    case .effectInterrupted(let effect, _): return "stopped: \(effect.name)"
    case .agentProvisioned(let agent): return "\(agent.name) added for the role \(agent.role)"
    case .editsAccepted(let claims): return "edits accepted: \(claims.map(\.path).joined(separator: ", "))"
    case .callbackAnswered(let id, _): return "\(id) answered"
    case .grantGiven(let grant): return "\(grant.scope.words) allowed as \(grant.id)"
    case .blockerSettled(let subject, let how): return "\(subject) settled: \(how)"
    case .verificationReopened: return "everything is verified again"
    case .verificationAccepted: return "went on without a passed verification"
    case .decisionWithdrawn(let decision, _): return "question \(decision) withdrawn"
    case .sessionCreated, .leaseTaken, .leaseReleased, .effectStarted, .effectReconciled, .workspaceKept, .keepFailed,
      .workspaceMoved, .filesRestored, .restorationFailed, .stageStarted, .stageCompleted, .taskCompleted, .taskFailed,
      .dependencyRestored, .requested, .workflowOffered, .workPlanned, .shortcomingsFound, .substageStarted,
      .substageSkipped, .substageCompleted, .checkpointTaken, .gatesOpened, .gateReported, .waiverEnded,
      .waiverReminded, .decisionRaised, .decisionAnswered, .decisionReminded, .undone, .sessionResumed,
      .sessionCompleted, .noted, .goalsSet, .rolesAssigned, .taskEscalated, .taskAssigned, .taskUnassigned,
      .agentChanged, .retryDue, .filesRecorded,
      .substageFailed, .substageInspected, .substageIsolated, .callbackRaised, .callbackRead, .auditReported, .verified,
      .healthChecked, .healed, .alertRaised, .grantEnded, .permissionAnswered, .containmentReached, .unknown:
      return nil
    }
  }
}

extension Session {
  /// The title of a gate, also before it is opened and after its results were voided.
  func gateTitle(_ id: String) -> String { gate(id)?.title ?? workflow.gate(id)?.title ?? id }

  /// The title of a dependency.
  func dependencyTitle(_ id: String) -> String { workflow.dependency(id)?.title ?? id }
}
