import Foundation
import Kernel

// The stored form of events. Kernel types are not Codable: their names may change, stored names may not. Every kind has
// an explicit name and a version; fixtures in Tests/EngineTests/Fixtures must decode for ever.

/// Turns events into what a journal stores, and back.
public enum EventCoding {
  /// The stored form of an event.
  public static func entry(for event: Event) -> JournalEntry {
    let (type, fields) = stored(event.fact)
    var answers: String?
    if case .decisionAnswered(let answer) = event.fact { answers = answer.decision }
    if case .unknown(let type, let data) = event.fact {
      return JournalEntry(type: type, at: event.at, by: event.by, answers: nil, data: data)
    }
    var all = fields
    all["v"] = 1
    return JournalEntry(type: type, at: event.at, by: event.by, answers: answers, data: storedJSON(all))
  }

  /// The event that a record stores; a kind or version this program does not know is kept as `unknown`.
  ///
  /// - Throws: ``EventCodingFailure`` when a known kind lacks what it needs.
  public static func event(from entry: JournalEntry) throws -> Event {
    let object = try StoredObject(json: entry.data)
    let known = object.optionalNumber("v") == 1
    let fact = known ? try fact(entry.type, object) : nil
    return Event(at: entry.at, by: entry.by, fact: fact ?? .unknown(type: entry.type, data: entry.data))
  }

  // One switch at the top: a new fact shows here as an error until it has a stored name.
  private static func stored(_ fact: Fact) -> (type: String, fields: [String: Any?]) {
    switch fact {
    case .sessionCreated(let creation): return ("session.created", fields(of: creation))
    case .leaseTaken(let holder, let epoch): return ("lease.taken", ["holder": holder, "epoch": epoch])
    case .leaseReleased(let epoch): return ("lease.released", ["epoch": epoch])
    case .effectStarted(let effect, let epoch):
      return ("effect.started", ["effect": fields(of: effect), "epoch": epoch])
    case .effectInterrupted(let effect, let reason):
      return ("effect.interrupted", ["effect": fields(of: effect), "reason": reason])
    case .effectReconciled(let finding): return ("effect.reconciled", fields(of: finding))
    case .workspaceKept(let attempt, let tree, let files, let edits):
      return ("workspace.kept", ["attempt": attempt, "tree": tree, "files": files, "edits": edits])
    case .keepFailed(let attempt, let reason): return ("workspace.keep-failed", ["attempt": attempt, "reason": reason])
    case .workspaceMoved(let tree, let changes): return ("workspace.moved", ["tree": tree, "changes": changes])
    case .restorationOwed(let owed): return ("files.restore-owed", fields(of: owed))
    case .filesRestored(let id, let attempt, let restored, let removed):
      return ("files.restored", ["id": id, "attempt": attempt, "restored": restored, "removed": removed])
    case .restorationFailed(let id, let attempt, let reason):
      return ("files.restore-failed", ["id": id, "attempt": attempt, "reason": reason])
    case .stageStarted(let stage): return ("stage.started", ["stage": stage])
    case .stageCompleted(let stage): return ("stage.completed", ["stage": stage])
    case .briefAccepted(let level, let modules, let notices):
      return ("brief.accepted", ["level": level, "modules": modules, "notices": notices])
    case .briefAmended(let values): return ("brief.amended", ["fields": values.map(fields(of:))])
    case .taskCreated(let task):
      return (
        "task.created",
        [
          "task": task.id, "title": task.title, "stage": task.stage, "substage": task.substage, "role": task.role,
          "performer": task.performer, "expectedFiles": task.expectedFiles, "maxAttempts": task.maxAttempts,
          "repairs": task.repairs, "guidance": task.guidance,
          // What plain work has not is not written, so that its bytes stay what they were.
          "goals": task.goals.isEmpty ? nil : task.goals, "sequence": task.sequence == 1 ? nil : task.sequence,
          "dependsOn": task.dependsOn.isEmpty ? nil : task.dependsOn,
          "priority": task.priority == .medium ? nil : task.priority.rawValue, "timeLimit": task.timeLimit,
          "agent": task.agent, "remedies": task.remedies, "corrective": task.isCorrective ? true : nil,
        ]
      )
    case .taskCompleted(let task, let attempt, let files, let quality, let claims):
      return (
        "task.completed",
        [
          "task": task, "attempt": attempt, "files": files.map(fields(of:)), "quality": quality,
          "claims": claims.isEmpty ? nil : claims.map { ["subject": $0.subject, "words": $0.words] },
        ]
      )
    case .taskFailed(let task, let attempt, let failure):
      return (
        "task.failed",
        [
          "task": task, "attempt": attempt, "cause": failure.cause.rawValue, "message": failure.message,
          "missing": failure.missing, "type": failure.type.isEmpty ? nil : failure.type,
          "trace": failure.trace.isEmpty ? nil : failure.trace, "tools": failure.tools.isEmpty ? nil : failure.tools,
          "rejections": failure.rejections.isEmpty ? nil : failure.rejections.map(fields(of:)),
        ]
      )
    case .taskRetried(let task, let guidance): return ("task.retried", ["task": task, "guidance": guidance])
    case .taskSkipped(let task, let reason): return ("task.skipped", ["task": task, "reason": reason])
    case .taskReassigned(let task, let performer):
      return ("task.reassigned", ["task": task, "performer": performer])
    case .taskResultKept(let task, let files):
      return ("task.result-kept", ["task": task, "files": files.map(fields(of:))])
    case .dependencyAwaited(let wait): return ("dependency.awaited", fields(of: wait))
    case .dependencyRestored(let id, let attempt, let words):
      return ("dependency.restored", ["dependency": id, "attempt": attempt, "words": words])
    case .substituted(let substitution): return ("dependency.substituted", fields(of: substitution))
    case .ruleSettled(let settlement): return ("rule.settled", fields(of: settlement))
    case .riskAccepted(let risk): return ("risk.accepted", fields(of: risk))
    case .itemPostponed(let item): return ("item.postponed", fields(of: item))
    case .substagesIncluded(let ids): return ("substages.included", ["substages": ids])
    case .requested(let request): return ("request.made", fields(of: request))
    case .requestSettled(let id, let how): return ("request.settled", ["request": id, "how": how])
    case .workflowOffered(let workflow): return ("workflow.offered", ["workflow": fields(of: workflow)])
    case .workflowAdopted: return ("workflow.adopted", [:])
    case .workPlanned(let planned): return ("work.planned", ["tasks": planned.map(fields(of:))])
    case .shortcomingsFound(let found):
      return (
        "shortcomings.found",
        [
          "shortcomings": found.map { ["subject": $0.subject, "reason": $0.reason, "canLeaveOut": $0.canLeaveOut] }
        ]
      )
    case .shortcomingsLeftOut: return ("shortcomings.left-out", [:])
    case .substageStarted(let id): return ("substage.started", ["substage": id])
    case .substageSkipped(let id, let reason): return ("substage.skipped", ["substage": id, "reason": reason])
    case .substageCompleted(let id): return ("substage.completed", ["substage": id])
    case .checkpointTaken(let id, let tree, let files):
      return ("checkpoint.taken", ["checkpoint": id, "tree": tree, "files": files])
    case .gatesOpened(let gates):
      return (
        "gates.opened",
        [
          "gates": gates.map { gate in
            present([
              "id": gate.id, "title": gate.title, "category": gate.category, "mandatory": gate.mandatory,
              "required": gate.required, "maxAttempts": gate.maxAttempts, "fix": gate.fix, "reason": gate.reason,
            ])
          }
        ]
      )
    case .gateReported(let gate, let attempt, let result):
      var all = fields(of: result)
      all["gate"] = gate
      all["attempt"] = attempt
      return ("gate.reported", all)
    case .gateRetried(let gate): return ("gate.retried", ["gate": gate])
    case .gateWaived(let waiver): return ("gate.waived", fields(of: waiver))
    case .waiverEnded(let id, let reason): return ("waiver.ended", ["waiver": id, "reason": reason])
    case .waiverReminded(let id): return ("waiver.reminded", ["waiver": id])
    case .decisionReminded(let id, let count): return ("decision.reminded", ["decision": id, "count": count])
    case .undone(let record): return ("decision.undone", fields(of: record))
    case .decisionRaised(let decision): return ("decision.raised", fields(of: decision))
    case .decisionAnswered(let answer): return ("decision.answered", fields(of: answer))
    case .decisionWithdrawn(let id, let reason): return ("decision.withdrawn", ["decision": id, "reason": reason])
    case .approved(let stage, let playbook, let decision):
      return ("stage.approved", ["stage": stage, "playbook": playbook, "decision": decision])
    case .changesRequested(let stage, let note): return ("stage.changes-requested", ["stage": stage, "note": note])
    case .rolledBack(let stage, let substages, let reason):
      return ("session.rolled-back", ["to": stage, "substages": substages, "reason": reason])
    case .sessionPaused(let reason): return ("session.paused", ["reason": reason])
    case .sessionResumed: return ("session.resumed", [:])
    case .sessionAborted(let reason): return ("session.aborted", ["reason": reason])
    case .sessionCompleted: return ("session.completed", [:])
    case .noted(let severity, let text): return ("noted", ["severity": severity.rawValue, "text": text])
    case .goalsSet, .rolesAssigned, .taskEscalated, .taskAssigned, .taskUnassigned, .agentChanged, .agentProvisioned,
      .retryDue, .filesRecorded,
      .editsAccepted, .substageFailed, .substageInspected, .substageIsolated, .callbackRaised, .callbackRead,
      .callbackAnswered, .blockerSettled, .auditReported, .verified, .verificationReopened, .verificationAccepted,
      .healthChecked, .healed, .alertRaised, .grantGiven, .grantEnded, .permissionAnswered, .containmentReached:
      return storedSupervision(fact)
    case .unknown(let type, _): return (type, [:])
    }
  }

  private static func fact(_ type: String, _ object: StoredObject) throws -> Fact? {
    switch type {
    case "session.created": return .sessionCreated(try creation(object))
    case "lease.taken": return .leaseTaken(holder: try object.text("holder"), epoch: try object.number("epoch"))
    case "lease.released": return .leaseReleased(epoch: try object.number("epoch"))
    case "effect.started":
      return .effectStarted(try effect(object.object("effect")), epoch: try object.number("epoch"))
    case "effect.interrupted":
      return .effectInterrupted(try effect(object.object("effect")), reason: try object.text("reason"))
    case "stage.started": return .stageStarted(try object.number("stage"))
    case "stage.completed": return .stageCompleted(try object.number("stage"))
    case "brief.accepted":
      return .briefAccepted(
        level: try object.number("level"), modules: try object.texts("modules"), notices: try object.texts("notices"))
    case "brief.amended": return .briefAmended(try object.list("fields", fieldValue))
    case "task.created":
      var task = TaskRecord(
        id: try object.text("task"), title: try object.text("title"), stage: try object.number("stage"),
        substage: object.optionalText("substage"), role: try object.text("role"),
        performer: try object.text("performer"), expectedFiles: try object.texts("expectedFiles"),
        maxAttempts: try object.number("maxAttempts"), guidance: object.optionalText("guidance"),
        repairs: object.optionalText("repairs"))
      task.goals = object.optionalTexts("goals") ?? []
      task.sequence = object.optionalNumber("sequence") ?? 1
      task.dependsOn = object.optionalTexts("dependsOn") ?? []
      task.priority = try object.optionalChoice("priority", TaskPriority.self) ?? .medium
      task.timeLimit = object.optionalNumber("timeLimit")
      task.agent = object.optionalText("agent")
      task.remedies = object.optionalText("remedies")
      task.isCorrective = object.optionalFlag("corrective") ?? false
      return .taskCreated(task)
    case "task.completed":
      return .taskCompleted(
        task: try object.text("task"), attempt: try object.number("attempt"),
        files: try object.list("files", fileClaim), quality: object.optionalNumber("quality"),
        claims: try object.optionalList("claims") {
          AgentClaim(subject: try $0.text("subject"), words: try $0.text("words"))
        })
    case "task.failed":
      let failure = TaskFailure(
        cause: try object.choice("cause", TaskFailure.Cause.self), message: try object.text("message"),
        missing: try object.texts("missing"), type: object.optionalText("type") ?? "",
        trace: object.optionalText("trace") ?? "", tools: object.optionalTexts("tools") ?? [],
        rejections: try object.optionalList("rejections", fileRejection))
      return .taskFailed(task: try object.text("task"), attempt: try object.number("attempt"), failure: failure)
    case "task.retried":
      return .taskRetried(task: try object.text("task"), guidance: try object.text("guidance"))
    case "work.planned": return .workPlanned(try object.list("tasks", plannedTask))
    case "shortcomings.found":
      return .shortcomingsFound(
        try object.list("shortcomings") {
          Shortcoming(
            subject: try $0.text("subject"), reason: try $0.text("reason"), canLeaveOut: try $0.flag("canLeaveOut"))
        })
    case "shortcomings.left-out": return .shortcomingsLeftOut
    case "substage.started": return .substageStarted(try object.text("substage"))
    case "substage.skipped":
      return .substageSkipped(try object.text("substage"), reason: try object.text("reason"))
    case "substage.completed": return .substageCompleted(try object.text("substage"))
    case "checkpoint.taken":
      return .checkpointTaken(
        id: try object.text("checkpoint"), tree: try object.text("tree"), files: try object.number("files"))
    case "gates.opened": return .gatesOpened(try object.list("gates", gateRecord))
    case "gate.reported":
      return .gateReported(
        gate: try object.text("gate"), attempt: try object.number("attempt"), result: try gateResult(object))
    case "gate.retried": return .gateRetried(try object.text("gate"))
    case "gate.waived": return .gateWaived(try waiver(object))
    case "waiver.ended": return .waiverEnded(try object.text("waiver"), reason: try object.text("reason"))
    case "waiver.reminded": return .waiverReminded(try object.text("waiver"))
    case "decision.reminded":
      return .decisionReminded(try object.text("decision"), count: try object.number("count"))
    case "decision.undone": return .undone(try undoRecord(object))
    case "decision.raised": return .decisionRaised(try decision(object))
    case "decision.answered": return .decisionAnswered(try answer(object))
    case "decision.withdrawn":
      return .decisionWithdrawn(try object.text("decision"), reason: try object.text("reason"))
    case "stage.approved":
      return .approved(
        stage: try object.number("stage"), playbook: try object.text("playbook"),
        decision: try object.text("decision"))
    case "stage.changes-requested":
      return .changesRequested(stage: try object.number("stage"), note: try object.text("note"))
    case "session.rolled-back":
      return .rolledBack(
        to: try object.number("to"), substages: try object.texts("substages"), reason: try object.text("reason"))
    case "session.paused": return .sessionPaused(reason: try object.text("reason"))
    case "session.resumed": return .sessionResumed
    case "session.aborted": return .sessionAborted(reason: try object.text("reason"))
    case "session.completed": return .sessionCompleted
    case "noted":
      return .noted(severity: try object.choice("severity", Severity.self), text: try object.text("text"))
    default: return try supervisionFact(type, object)
    }
  }

  /// What persons asked for, accepted and took back, and what became of the workspace and of what lies outside.
  private static func supervisionFact(_ type: String, _ object: StoredObject) throws -> Fact? {
    switch type {
    case "effect.reconciled": return .effectReconciled(try effectFinding(object))
    case "workspace.kept":
      return .workspaceKept(
        attempt: try object.number("attempt"), tree: try object.text("tree"), files: try object.number("files"),
        edits: try object.texts("edits"))
    case "workspace.keep-failed":
      return .keepFailed(attempt: try object.number("attempt"), reason: try object.text("reason"))
    case "workspace.moved":
      return .workspaceMoved(tree: try object.text("tree"), changes: try object.texts("changes"))
    case "files.restore-owed": return .restorationOwed(try restoration(object))
    case "files.restored":
      return .filesRestored(
        id: try object.number("id"), attempt: try object.number("attempt"), restored: try object.number("restored"),
        removed: try object.number("removed"))
    case "files.restore-failed":
      return .restorationFailed(
        id: try object.number("id"), attempt: try object.number("attempt"), reason: try object.text("reason"))
    case "task.skipped": return .taskSkipped(task: try object.text("task"), reason: try object.text("reason"))
    case "task.reassigned":
      return .taskReassigned(task: try object.text("task"), performer: try object.text("performer"))
    case "task.result-kept":
      return .taskResultKept(task: try object.text("task"), files: try object.list("files", fileClaim))
    case "dependency.awaited": return .dependencyAwaited(try dependencyWait(object))
    case "dependency.restored":
      return .dependencyRestored(
        try object.text("dependency"), attempt: try object.number("attempt"), words: try object.text("words"))
    case "dependency.substituted": return .substituted(try substitution(object))
    case "rule.settled": return .ruleSettled(try ruleSettlement(object))
    case "risk.accepted": return .riskAccepted(try acceptedRisk(object))
    case "item.postponed": return .itemPostponed(try postponedItem(object))
    case "substages.included": return .substagesIncluded(try object.texts("substages"))
    case "request.made": return .requested(try request(object))
    case "request.settled": return .requestSettled(try object.text("request"), how: try object.text("how"))
    case "workflow.offered": return .workflowOffered(try workflow(object.object("workflow")))
    case "workflow.adopted": return .workflowAdopted
    default: return try teamFact(type, object)
    }
  }
}
