import Engine
import Foundation
import Kernel
import Reports

// The stable keys of supervised work. A session without supervision has the keys too, with what can be derived.

extension JSONOutput {
  static func goals(of session: Session) -> [[String: Any]] {
    guard !session.goals.isEmpty else { return session.brief.requirements.map { goal($0, in: session) } }
    return session.goals.map { goal in
      [
        "id": goal.id, "text": goal.text, "priority": goal.priority.rawValue,
        "state": session.progress(of: goal).rawValue, "deliverables": goal.deliverables,
        "tasks": session.tasks(of: goal).map(\.id),
      ]
    }
  }

  static func task(_ task: TaskRecord) -> [String: Any] {
    [
      "id": task.id, "title": task.title, "goal": orNull(task.goals.first), "goals": task.goals, "role": task.role,
      "agent": task.agent ?? task.performer, "performer": task.performer, "stage": task.stage,
      "substage": orNull(task.substage), "state": task.state.rawValue, "attempt": task.attempt,
      "maxAttempts": task.maxAttempts, "expectedFiles": task.expectedFiles, "files": task.files.map(\.path),
      "error": orNull(task.error), "sequence": task.sequence, "dependsOn": task.dependsOn,
      "priority": task.priority.rawValue, "quality": orNull(task.quality), "unassigned": task.isMarkedUnassigned,
      "remedies": orNull(task.remedies), "corrective": task.isCorrective, "timeLimit": orNull(task.timeLimit),
      "notBefore": orNull(task.notBefore.map(isoTime)), "feedback": task.feedback,
      "claims": task.claims.map { ["subject": $0.subject, "words": $0.words] },
      "failures": task.failedAttempts.map(failure), "workingRole": task.workingRole,
      "escalations": task.escalations.map {
        ["from": $0.from, "to": $0.to, "agent": orNull($0.agent), "reason": $0.reason, "at": isoTime($0.at)]
      },
    ]
  }

  /// What a role's card binds the engine to.
  static func duty(_ duty: RoleDuty) -> [String: Any] {
    [
      "role": duty.role, "title": duty.title, "reportsTo": duty.reportsTo, "attempts": duty.attempts,
      "mandatoryGates": duty.mandatoryGates, "optionalGates": duty.optionalGates, "takes": duty.takes,
      "atWork": duty.isAtWork,
    ]
  }

  /// A failed attempt with its error in full.
  private static func failure(_ failed: FailedAttempt) -> [String: Any] {
    [
      "attempt": failed.attempt, "agent": orNull(failed.agent), "role": failed.role, "at": isoTime(failed.at),
      "cause": failed.cause.rawValue, "type": failed.type, "message": failed.message, "trace": failed.trace,
      "tools": failed.tools,
      "rejections": failed.rejections.map {
        ["path": $0.path, "reasons": $0.reasons, "keptAt": orNull($0.keptAt)] as [String: Any]
      },
    ]
  }

  /// How far programs were contained: the lowest level, as the report has it, and each change; null while none ran.
  static func containment(of session: Session) -> Any {
    guard let lowest = session.lowestContainment, let last = session.containments.last else { return NSNull() }
    return [
      "level": lowest.level.rawValue, "words": lowest.level.words, "since": isoTime(lowest.since),
      "now": last.level.rawValue,
      "history": session.containments.map { ["level": $0.level.rawValue, "since": isoTime($0.since)] },
    ] as [String: Any]
  }

  /// The agents; by the crew of the session's own file it is known what kind of program each is, and by the record how
  /// far such programs are contained.
  static func agents(_ session: Session, crew: Crew? = nil) -> [[String: Any]] {
    guard session.agents.isEmpty else {
      return session.agents.map { agent in
        let own = session.tasks.filter { $0.agent == agent.name }
        let definition = crew?.definitions.first { Crew.performer($0) == agent.performer }
        let kind = definition?.kind ?? (agent.performer == nil ? .generator : nil)
        return [
          "kind": orNull(kind?.rawValue),
          "level": orNull(definition == nil ? nil : session.containments.last?.level.rawValue),
          "name": agent.name, "role": agent.role, "state": agent.state.rawValue, "reason": agent.reason,
          "provisioned": agent.isProvisioned, "performer": orNull(agent.performer),
          "task": orNull(own.first { $0.state == .running }?.id), "tasks": own.map(\.id),
        ]
      }
    }
    return Set(session.tasks.map(\.performer)).sorted().map { name in
      let own = session.tasks.filter { $0.performer == name }
      let busy = own.first { $0.state == .running }
      return [
        "name": name, "role": orNull(own.first?.role), "state": busy == nil ? "available" : "active",
        "task": orNull(busy?.id),
      ]
    }
  }

  /// What an agent asked leave for, and what became of it.
  static func permission(_ record: PermissionRecord) -> [String: Any] {
    [
      "task": record.task, "attempt": record.attempt, "number": record.number, "agent": record.agent,
      "title": record.title, "allowed": record.isAllowed, "state": record.verdict, "answer": record.answer,
      "by": record.by, "source": record.source.rawValue, "decision": orNull(record.decision),
      "delivered": record.isDelivered, "at": isoTime(record.at),
    ]
  }

  /// A standing grant, with whether it still answers for a person.
  static func grant(_ grant: StandingGrant, in session: Session, at moment: Moment = currentMoment()) -> [String: Any] {
    [
      "id": grant.id, "scope": ["kind": grant.scope.kind, "text": grant.scope.text], "task": grant.task,
      "until": isoTime(grant.until), "by": grant.by, "at": isoTime(grant.at), "decision": grant.decision,
      "state": session.state(of: grant, at: moment).rawValue, "ended": orNull(grant.ended),
    ]
  }

  static func callback(_ callback: Callback, in session: Session) -> [String: Any] {
    var answer: Any = NSNull()
    if let given = callback.answer { answer = ["text": given.text, "by": given.by, "at": isoTime(given.at)] }
    return [
      "id": callback.id, "session": session.id, "kind": callback.kind.rawValue, "from": callback.from,
      "to": callback.to, "text": callback.text,
      "context": callback.context.map { ["name": $0.name, "value": $0.value] },
      "urgency": callback.urgency.rawValue, "at": isoTime(callback.at), "task": orNull(callback.task),
      "attempt": orNull(callback.attempt), "missing": callback.missing, "readBy": orNull(callback.readBy),
      "state": session.standing(of: callback).rawValue, "answer": answer,
    ]
  }

  /// What stands in the way; with supervision also what did, with what became of it.
  static func blockers(of session: Session) -> [[String: Any]] {
    guard session.workflow.supervision != nil else {
      return session.blockers.map {
        [
          "id": $0.id, "source": $0.source, "text": $0.text, "owner": $0.owner, "state": "open",
          "task": orNull($0.task),
        ]
      }
    }
    return session.blockerRecords.map { record in
      [
        "id": record.id, "subject": record.subject, "source": record.source, "text": record.text,
        "owner": record.owner, "state": session.state(of: record).rawValue, "task": orNull(record.task),
        "remedy": orNull(session.remedy(of: record)?.id), "since": isoTime(record.since),
        "history": record.history.map { ["at": isoTime($0.at), "by": $0.by, "words": $0.words] },
      ]
    }
  }

  static func incident(_ incident: Incident) -> [String: Any] {
    [
      "id": incident.id, "substage": incident.substage, "at": isoTime(incident.at), "summary": incident.summary,
      "chain": incident.chain, "cause": incident.cause.rawValue, "specifics": incident.specifics,
      "correct": incident.correct, "recommendation": incident.recommendation, "expected": incident.expected,
      "found": incident.found, "missing": incident.missing, "tasks": incident.tasks, "blocks": incident.blocks,
      "state": incident.resolution == nil ? "open" : "resolved", "resolution": orNull(incident.resolution),
      "resolvedAt": orNull(incident.resolvedAt.map(isoTime)),
    ]
  }

  static func verification(of session: Session) -> Any {
    guard let last = session.verifications.last else { return NSNull() }
    return [
      "number": last.number, "passed": last.passed, "at": isoTime(last.at),
      "accepted": orNull(last.passed ? nil : session.verificationAccepted),
      "items": last.items.map {
        [
          "kind": $0.kind.rawValue, "subject": $0.subject, "passed": $0.passed, "words": $0.words,
          "task": orNull($0.task), "agent": orNull($0.agent),
        ] as [String: Any]
      },
    ] as [String: Any]
  }

  static func alerts(of session: Session) -> [[String: Any]] {
    session.alerts.map {
      [
        "kind": $0.kind.rawValue, "subject": $0.subject, "words": $0.words, "severity": $0.severity.rawValue,
        "needsPerson": $0.needsPerson, "at": isoTime($0.at),
      ]
    }
  }

  static func healings(of session: Session) -> [[String: Any]] {
    session.healings.map {
      [
        "kind": $0.kind.rawValue, "subject": $0.subject, "words": $0.words, "since": isoTime($0.since),
        "at": isoTime($0.at),
      ]
    }
  }

  /// The score as it is now, with what the last check found.
  static func health(of session: Session) -> [String: Any] {
    let failed = session.tasks.filter { $0.state == .failed }.count
    guard session.workflow.supervision != nil else {
      return ["score": max(0, 100 - 3 * failed), "checks": ["failedTasks": failed]]
    }
    var checks: [String: Any] = ["failedTasks": failed, "count": session.healthChecks, "at": NSNull()]
    let last = session.health
    checks["at"] = orNull(last.map { isoTime($0.at) })
    checks["score"] = orNull(last?.score)
    for (name, found) in [
      ("emptyGoals", last?.emptyGoals), ("unassigned", last?.unassigned), ("failed", last?.failed),
      ("silent", last?.silent), ("orphaned", last?.orphaned), ("ownerless", last?.ownerless), ("unread", last?.unread),
    ] {
      checks[name] = found ?? []
    }
    return ["score": session.metrics.health, "checks": checks]
  }

  /// How far supervision reached its aims, in percent; null where there is nothing to share.
  static func metrics(of session: Session) -> [String: Any] {
    let found = session.metrics
    let times = found.recoveryTimes
    return [
      "filesCreated": orNull(found.filesCreated),
      // A callback that is on record was taken in; there is no other way for one to be.
      "callbacksCollected": 100,
      "callbacksAnswered": orNull(SupervisionMetrics.percent(found.callbacksAnswered, of: found.callbacksWanting)),
      "remediation": orNull(found.remediation), "goalCoverage": orNull(found.goalCoverage),
      "assignment": orNull(found.assignment),
      "recoveryMilliseconds": [
        "longest": orNull(times.first.map { Int($0) }),
        "median": orNull(found.medianRecovery.map { Int($0) }),
      ],
      "health": found.health,
    ]
  }

  static func integrity(_ found: Integrity) -> [String: Any] {
    [
      "files": found.recorded, "drifted": found.rows(.drifted).map(\.path), "missing": found.rows(.missing).map(\.path),
      "unexpected": found.rows(.unexpected).map(\.path), "locked": found.rows(.locked).map(\.path),
    ]
  }

  static func file(_ row: Integrity.Row) -> [String: Any] {
    let isAccepted = row.record.map { $0.integrity != .unexpected } ?? false
    return [
      "path": row.path, "hash": row.hash, "size": row.size, "author": orNull(row.record?.author.words),
      "creator": orNull(row.record?.creator.words),
      "acceptedAt": orNull(isAccepted ? row.record.map { isoTime($0.acceptedAt) } : nil),
      "seenAt": orNull(row.record.map { isoTime($0.seenAt) }), "integrity": row.state.rawValue,
      "found": orNull(row.found),
    ]
  }
}
