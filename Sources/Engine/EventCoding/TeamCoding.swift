import Kernel

// The stored form of supervised work: goals, agents, files, callbacks, incidents, health and the final verification.

extension EventCoding {
  /// The stored name and fields of a fact of supervision.
  static func storedSupervision(_ fact: Fact) -> (type: String, fields: [String: Any?]) {
    switch fact {
    case .goalsSet(let goals): return ("goals.set", ["goals": goals.map(fields(of:))])
    case .rolesAssigned(let duties): return ("roles.assigned", ["duties": duties.map(fields(of:))])
    case .taskEscalated(let escalation):
      return (
        "task.escalated",
        [
          "task": escalation.task, "from": escalation.from, "to": escalation.to, "agent": escalation.agent,
          "reason": escalation.reason,
        ]
      )
    case .taskAssigned(let task, let agent, let reason):
      return ("task.assigned", ["task": task, "agent": agent, "reason": reason])
    case .taskUnassigned(let task, let role, let reason):
      return ("task.unassigned", ["task": task, "role": role, "reason": reason])
    case .agentChanged(let name, let state, let reason):
      return ("agent.changed", ["agent": name, "state": state.rawValue, "reason": reason])
    case .agentProvisioned(let agent): return ("agent.provisioned", fields(of: agent))
    case .retryDue(let task): return ("task.retry-due", ["task": task])
    case .filesRecorded(let batch): return ("files.recorded", fields(of: batch))
    case .editsAccepted(let claims): return ("files.edits-accepted", ["files": claims.map(fields(of:))])
    case .substageFailed(let incident): return ("substage.failed", fields(of: incident))
    case .substageInspected(let id, let attempt, let found, let missing):
      return ("substage.inspected", ["substage": id, "attempt": attempt, "found": found, "missing": missing])
    case .substageIsolated(let id, let reason): return ("substage.isolated", ["substage": id, "reason": reason])
    case .callbackRaised(let callback): return ("callback.raised", fields(of: callback))
    case .callbackRead(let id): return ("callback.read", ["callback": id])
    case .callbackAnswered(let id, let text): return ("callback.answered", ["callback": id, "text": text])
    case .blockerSettled(let subject, let how): return ("blocker.settled", ["subject": subject, "how": how])
    case .auditReported(let found):
      return (
        "audit.reported",
        [
          "findings": found.map {
            ["subject": $0.subject, "passed": $0.passed, "evidence": $0.evidence] as [String: Any]
          }
        ]
      )
    case .verified(let verification, let attempt):
      var all = fields(of: verification)
      all["attempt"] = attempt
      return ("verification.made", all)
    case .verificationReopened(let reason): return ("verification.reopened", ["reason": reason])
    case .verificationAccepted(let reason): return ("verification.accepted", ["reason": reason])
    case .healthChecked(let record): return ("health.checked", fields(of: record))
    case .healed(let healing):
      return (
        "health.healed",
        [
          "kind": healing.kind.rawValue, "subject": healing.subject, "words": healing.words,
          "since": Int(healing.since), "at": Int(healing.at),
        ]
      )
    case .alertRaised(let alert):
      return (
        "alert.raised",
        [
          "kind": alert.kind.rawValue, "subject": alert.subject, "words": alert.words,
          "severity": alert.severity.rawValue, "needsPerson": alert.needsPerson, "at": Int(alert.at),
        ]
      )
    case .grantGiven(let grant): return ("grant.given", fields(of: grant))
    case .grantEnded(let id, let reason): return ("grant.ended", ["grant": id, "reason": reason])
    case .permissionAnswered(let record): return ("permission.answered", fields(of: record))
    case .containmentReached(let level): return ("containment.reached", ["level": level.rawValue])
    // Every other fact has its stored name beside the rest.
    default: return ("unknown", [:])
    }
  }

  static func teamFact(_ type: String, _ object: StoredObject) throws -> Fact? {
    switch type {
    case "goals.set": return .goalsSet(try object.list("goals", goal))
    case "roles.assigned": return .rolesAssigned(try object.list("duties", roleDuty))
    case "task.escalated":
      return .taskEscalated(
        TaskEscalation(
          task: try object.text("task"), from: try object.text("from"), to: try object.text("to"),
          agent: object.optionalText("agent"), reason: try object.text("reason")))
    case "task.assigned":
      return .taskAssigned(
        task: try object.text("task"), agent: try object.text("agent"), reason: try object.text("reason"))
    case "task.unassigned":
      return .taskUnassigned(
        task: try object.text("task"), role: try object.text("role"), reason: try object.text("reason"))
    case "agent.changed":
      return .agentChanged(
        name: try object.text("agent"), state: try object.choice("state", AgentState.self),
        reason: try object.text("reason"))
    case "agent.provisioned": return .agentProvisioned(try agent(object))
    case "task.retry-due": return .retryDue(task: try object.text("task"))
    case "files.recorded": return .filesRecorded(try fileBatch(object))
    case "files.edits-accepted": return .editsAccepted(try object.list("files", fileClaim))
    case "substage.failed": return .substageFailed(try incident(object))
    case "substage.inspected":
      return .substageInspected(
        try object.text("substage"), attempt: try object.number("attempt"), found: try object.number("found"),
        missing: try object.texts("missing"))
    case "substage.isolated":
      return .substageIsolated(try object.text("substage"), reason: try object.text("reason"))
    case "callback.raised": return .callbackRaised(try callback(object))
    case "callback.read": return .callbackRead(try object.text("callback"))
    case "callback.answered": return .callbackAnswered(try object.text("callback"), text: try object.text("text"))
    case "blocker.settled": return .blockerSettled(subject: try object.text("subject"), how: try object.text("how"))
    case "audit.reported":
      return .auditReported(
        try object.list("findings") {
          AuditFinding(
            subject: try $0.text("subject"), passed: try $0.flag("passed"), evidence: try $0.text("evidence"))
        })
    case "verification.made": return .verified(try verification(object), attempt: try object.number("attempt"))
    case "verification.reopened": return .verificationReopened(reason: try object.text("reason"))
    case "verification.accepted": return .verificationAccepted(reason: try object.text("reason"))
    case "health.checked": return .healthChecked(try healthRecord(object))
    case "health.healed":
      return .healed(
        Healing(
          kind: try object.choice("kind", Healing.Kind.self), subject: try object.text("subject"),
          words: try object.text("words"), since: Int64(try object.number("since")), at: Int64(try object.number("at")))
      )
    case "alert.raised":
      return .alertRaised(
        Alert(
          kind: try object.choice("kind", Alert.Kind.self), subject: try object.text("subject"),
          words: try object.text("words"), severity: try object.choice("severity", Severity.self),
          needsPerson: try object.flag("needsPerson"), at: Int64(try object.number("at"))))
    case "grant.given": return .grantGiven(try grant(object))
    case "grant.ended": return .grantEnded(try object.text("grant"), reason: try object.text("reason"))
    case "permission.answered": return .permissionAnswered(try permission(object))
    case "containment.reached": return .containmentReached(try object.choice("level", AuthorityLevel.self))
    default: return nil
    }
  }

  // MARK: - Parts

  private static func fields(of duty: RoleDuty) -> [String: Any] {
    [
      "role": duty.role, "title": duty.title, "reportsTo": duty.reportsTo, "attempts": duty.attempts,
      "mandatoryGates": duty.mandatoryGates, "optionalGates": duty.optionalGates, "takes": duty.takes,
    ]
  }

  private static func roleDuty(_ object: StoredObject) throws -> RoleDuty {
    RoleDuty(
      role: try object.text("role"), title: try object.text("title"), reportsTo: try object.text("reportsTo"),
      attempts: try object.number("attempts"), mandatoryGates: try object.texts("mandatoryGates"),
      optionalGates: try object.texts("optionalGates"), takes: try object.texts("takes"))
  }

  private static func fields(of grant: StandingGrant) -> [String: Any?] {
    [
      "id": grant.id, "scope": grant.scope.kind, "covers": grant.scope.text, "task": grant.task,
      "until": Int(grant.until), "by": grant.by, "at": Int(grant.at), "decision": grant.decision,
      "ended": grant.ended,
    ]
  }

  private static func grant(_ object: StoredObject) throws -> StandingGrant {
    let kind = try object.text("scope")
    guard let scope = GrantScope(kind: kind, text: try object.text("covers")) else {
      throw EventCodingFailure(description: "scope holds the unknown word \(kind)")
    }
    return StandingGrant(
      id: try object.text("id"), scope: scope, task: try object.text("task"),
      until: Int64(try object.number("until")), by: try object.text("by"), at: Int64(try object.number("at")),
      decision: try object.text("decision"), ended: object.optionalText("ended"))
  }

  private static func fields(of record: PermissionRecord) -> [String: Any?] {
    [
      "task": record.task, "attempt": record.attempt, "number": record.number, "agent": record.agent,
      "title": record.title, "allowed": record.isAllowed, "answer": record.answer, "by": record.by,
      "decision": record.decision, "delivered": record.isDelivered, "at": Int(record.at),
    ]
  }

  private static func permission(_ object: StoredObject) throws -> PermissionRecord {
    PermissionRecord(
      task: try object.text("task"), attempt: try object.number("attempt"), number: try object.number("number"),
      agent: try object.text("agent"), title: try object.text("title"), isAllowed: try object.flag("allowed"),
      answer: try object.text("answer"), by: try object.text("by"), decision: object.optionalText("decision"),
      isDelivered: try object.flag("delivered"), at: Int64(try object.number("at")))
  }

  private static func fields(of goal: Goal) -> [String: Any] {
    ["id": goal.id, "text": goal.text, "priority": goal.priority.rawValue, "deliverables": goal.deliverables]
  }

  private static func goal(_ object: StoredObject) throws -> Goal {
    Goal(
      id: try object.text("id"), text: try object.text("text"), priority: try object.choice("priority", Priority.self),
      deliverables: try object.texts("deliverables"))
  }

  static func fields(of agent: AgentRecord) -> [String: Any?] {
    [
      "agent": agent.name, "role": agent.role, "performer": agent.performer, "state": agent.state.rawValue,
      "reason": agent.reason, "provisioned": agent.isProvisioned,
    ]
  }

  static func agent(_ object: StoredObject) throws -> AgentRecord {
    AgentRecord(
      name: try object.text("agent"), role: try object.text("role"), performer: object.optionalText("performer"),
      state: try object.choice("state", AgentState.self), reason: try object.text("reason"),
      isProvisioned: try object.flag("provisioned"))
  }

  private static func fields(of author: FileAuthor) -> [String: Any] {
    switch author {
    case .task(let id, let attempt, let agent):
      return present(["kind": "task", "subject": id, "attempt": attempt, "agent": agent])
    case .gate(let id, let attempt): return ["kind": "gate", "subject": id, "attempt": attempt]
    case .outside: return ["kind": "outside"]
    case .person(let name): return ["kind": "person", "subject": name]
    }
  }

  private static func fileAuthor(_ object: StoredObject) throws -> FileAuthor {
    switch try object.text("kind") {
    case "task":
      return .task(
        try object.text("subject"), attempt: try object.number("attempt"), agent: object.optionalText("agent"))
    case "gate": return .gate(try object.text("subject"), attempt: try object.number("attempt"))
    case "outside": return .outside
    case "person": return .person(try object.text("subject"))
    case let word: throw EventCodingFailure(description: "author.kind holds the unknown word \(word)")
    }
  }

  private static func fields(of batch: FileBatch) -> [String: Any?] {
    [
      "author": fields(of: batch.author),
      "operations": batch.operations.map { operation in
        present([
          "kind": operation.kind.rawValue, "path": operation.path, "size": operation.size, "before": operation.before,
          "after": operation.after, "reason": operation.reason.isEmpty ? nil : operation.reason,
        ])
      },
    ]
  }

  private static func fileBatch(_ object: StoredObject) throws -> FileBatch {
    FileBatch(
      author: try fileAuthor(object.object("author")),
      operations: try object.list("operations") {
        FileOperation(
          kind: try $0.choice("kind", FileOperation.Kind.self), path: try $0.text("path"), size: try $0.number("size"),
          before: $0.optionalText("before"), after: $0.optionalText("after"), reason: $0.optionalText("reason") ?? "")
      })
  }

  static func fields(of rejection: FileRejection) -> [String: Any] {
    present(["path": rejection.path, "reasons": rejection.reasons, "keptAt": rejection.keptAt])
  }

  static func fileRejection(_ object: StoredObject) throws -> FileRejection {
    FileRejection(
      path: try object.text("path"), reasons: try object.texts("reasons"), keptAt: object.optionalText("keptAt"))
  }

  private static func fields(of incident: Incident) -> [String: Any?] {
    [
      "incident": incident.id, "substage": incident.substage, "at": Int(incident.at), "summary": incident.summary,
      "chain": incident.chain, "cause": incident.cause.rawValue, "specifics": incident.specifics,
      "correct": incident.correct, "recommendation": incident.recommendation, "expected": incident.expected,
      "found": incident.found, "missing": incident.missing, "tasks": incident.tasks, "blocks": incident.blocks,
    ]
  }

  private static func incident(_ object: StoredObject) throws -> Incident {
    Incident(
      id: try object.text("incident"), substage: try object.text("substage"), at: Int64(try object.number("at")),
      summary: try object.text("summary"), chain: try object.texts("chain"),
      cause: try object.choice("cause", Incident.Cause.self), specifics: try object.text("specifics"),
      correct: try object.texts("correct"), recommendation: try object.text("recommendation"),
      expected: try object.texts("expected"), found: try object.texts("found"), missing: try object.texts("missing"),
      tasks: try object.texts("tasks"), blocks: try object.texts("blocks"))
  }

  private static func fields(of callback: Callback) -> [String: Any?] {
    [
      "callback": callback.id, "kind": callback.kind.rawValue, "from": callback.from, "to": callback.to,
      "text": callback.text, "context": callback.context.map(fields(of:)), "urgency": callback.urgency.rawValue,
      "at": Int(callback.at), "task": callback.task, "attempt": callback.attempt, "missing": callback.missing,
    ]
  }

  private static func callback(_ object: StoredObject) throws -> Callback {
    Callback(
      id: try object.text("callback"), kind: try object.choice("kind", Callback.Kind.self),
      from: try object.text("from"), to: try object.text("to"), text: try object.text("text"),
      context: try object.list("context", setting), urgency: try object.choice("urgency", Callback.Urgency.self),
      at: Int64(try object.number("at")), task: object.optionalText("task"),
      attempt: object.optionalNumber("attempt"), missing: try object.texts("missing"))
  }

  private static func fields(of verification: Verification) -> [String: Any?] {
    [
      "number": verification.number, "at": Int(verification.at), "basis": verification.basis,
      "items": verification.items.map { item in
        present([
          "kind": item.kind.rawValue, "subject": item.subject, "passed": item.passed, "words": item.words,
          "task": item.task, "agent": item.agent,
        ])
      },
    ]
  }

  private static func verification(_ object: StoredObject) throws -> Verification {
    Verification(
      number: try object.number("number"),
      items: try object.list("items") {
        VerificationItem(
          kind: try $0.choice("kind", VerificationItem.Kind.self), subject: try $0.text("subject"),
          passed: try $0.flag("passed"), words: try $0.text("words"), task: $0.optionalText("task"),
          agent: $0.optionalText("agent"))
      }, at: Int64(try object.number("at")), basis: try object.text("basis"))
  }

  private static func fields(of record: HealthRecord) -> [String: Any?] {
    [
      "at": Int(record.at), "score": record.score, "emptyGoals": record.emptyGoals, "unassigned": record.unassigned,
      "failed": record.failed, "silent": record.silent, "orphaned": record.orphaned, "ownerless": record.ownerless,
      "unread": record.unread,
    ]
  }

  private static func healthRecord(_ object: StoredObject) throws -> HealthRecord {
    HealthRecord(
      at: Int64(try object.number("at")), emptyGoals: try object.texts("emptyGoals"),
      unassigned: try object.texts("unassigned"), failed: try object.texts("failed"),
      silent: try object.texts("silent"), orphaned: try object.texts("orphaned"),
      ownerless: try object.texts("ownerless"), unread: try object.texts("unread"))
  }

  static func fields(of rules: Supervision) -> [String: Any] {
    [
      "agents": rules.agents.map { present(fields(of: $0)) },
      "provisions": rules.provisions.map { present(fields(of: $0)) },
      "attempts": rules.attempts.map { ["kind": $0.kind, "attempts": $0.attempts] as [String: Any] },
      "parallel": rules.parallel, "timeLimit": rules.timeLimit, "retryPauses": rules.retryPauses,
      "fileLimit": rules.fileLimit, "healthInterval": rules.healthInterval, "healthRetries": rules.healthRetries,
      "silence": rules.silence, "remedies": rules.remedies, "fixLimit": rules.fixLimit,
      "coverage": rules.coverage.map { ["role": $0.role, "percentage": $0.percentage] as [String: Any] },
    ]
  }

  static func supervision(_ object: StoredObject) throws -> Supervision {
    Supervision(
      agents: try object.list("agents", agent), provisions: try object.list("provisions", agent),
      attempts: try object.list("attempts") {
        AttemptBudget(kind: try $0.text("kind"), attempts: try $0.number("attempts"))
      },
      parallel: try object.number("parallel"), timeLimit: try object.number("timeLimit"),
      retryPauses: object.optionalNumbers("retryPauses") ?? [], fileLimit: try object.number("fileLimit"),
      healthInterval: try object.number("healthInterval"), healthRetries: try object.number("healthRetries"),
      silence: try object.number("silence"), remedies: try object.number("remedies"),
      fixLimit: try object.number("fixLimit"),
      coverage: try object.optionalList("coverage") {
        RoleThreshold(role: try $0.text("role"), percentage: try $0.number("percentage"))
      })
  }
}
