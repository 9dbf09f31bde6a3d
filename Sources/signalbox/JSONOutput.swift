import Engine
import Foundation
import Kernel

// The stable keys of commands.md.

/// Writes values as JSON with sorted keys.
enum JSONOutput {
  static func text(_ value: Any, pretty: Bool = true) -> String {
    var options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
    if pretty { options.insert(.prettyPrinted) }
    guard let data = try? JSONSerialization.data(withJSONObject: value, options: options) else { return "null" }
    return plain(String(decoding: data, as: UTF8.self))
  }

  /// JSON that says the same and that a terminal shows unchanged: where something hides in it, all but ASCII is written
  /// by number.
  static func plain(_ json: String) -> String {
    guard shown(json) != json else { return json }
    var text = ""
    for unit in json.utf16 {
      if unit == 0x0A || (0x20..<0x7F).contains(unit) {
        text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      } else {
        let number = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - number.utf8.count) + number
      }
    }
    return text
  }

  static func row(_ session: Session, wiring: Wiring) -> [String: Any] {
    [
      "session": session.id, "title": session.title, "state": wiring.word(for: session).rawValue,
      "stage": orNull(session.currentStage?.id), "substage": orNull(session.currentSubstage?.id),
      "level": orNull(session.level), "needs": session.openDecisions.map(\.id),
      "blockers": session.blockers.count, "updatedAt": isoTime(session.updatedAt),
      "engine": engine(session, wiring: wiring),
    ]
  }

  static func engine(_ session: Session, wiring: Wiring) -> Any {
    guard let holder = session.holder, wiring.liveness(of: session) != .gone else { return NSNull() }
    return ["holder": holder.name, "epoch": holder.epoch, "since": isoTime(holder.since)]
  }

  static func whole(_ open: OpenSession, wiring: Wiring, integrity: Integrity) -> [String: Any] {
    let session = open.session
    var all = row(session, wiring: wiring)
    all["modules"] = session.modules
    all["version"] = session.version
    all["head"] = open.headHash
    all["workspace"] = session.workspace
    all["workflow"] = ["id": session.workflow.id, "digest": session.workflow.digest]
    all["stages"] = session.stages.map(stage)
    all["goals"] = goals(of: session)
    all["tasks"] = session.tasks.map(task)
    all["agents"] = agents(session, crew: try? Crew(wiring: wiring, folder: wiring.state.session(session.id)))
    all["duties"] = session.duties.map(duty)
    all["containment"] = containment(of: session)
    all["permissions"] = session.permissions.map(permission)
    all["grants"] = session.grants.map { grant($0, in: session) }
    all["gates"] = session.gates.map { gate($0, in: session) }
    all["callbacks"] = session.callbacks.map { callback($0, in: session) }
    all["blockers"] = blockers(of: session)
    all["incidents"] = session.incidents.map(incident)
    all["verification"] = verification(of: session)
    all["alerts"] = alerts(of: session)
    all["healings"] = healings(of: session)
    all["metrics"] = metrics(of: session)
    all["decisions"] = session.openDecisions.map(\.id)
    all["waivers"] = session.waivers.map { waiver in
      [
        "id": waiver.id, "gate": waiver.gate, "reason": waiver.reason, "by": waiver.by, "at": isoTime(waiver.at),
        "until": waiver.until, "state": session.state(of: waiver).rawValue, "fingerprint": waiver.fingerprint,
        "scope": waiver.scope.map(\.path), "compensation": waiver.compensation, "decision": waiver.decision,
        "ended": orNull(waiver.ended),
      ] as [String: Any]
    }
    all["risks"] = session.risks.map {
      [
        "id": $0.id, "subject": $0.subject, "text": $0.text, "note": $0.note, "by": $0.by, "at": isoTime($0.at),
        "decision": $0.decision,
      ]
    }
    all["postponed"] = session.postponed.map {
      [
        "id": $0.id, "subject": $0.subject, "text": $0.text, "note": $0.note, "by": $0.by, "at": isoTime($0.at),
        "decision": $0.decision,
      ]
    }
    all["substitutions"] = session.substitutions.map {
      [
        "id": $0.id, "dependency": $0.dependency, "task": $0.task, "with": $0.with, "todo": $0.todo, "by": $0.by,
        "at": isoTime($0.at), "reverted": $0.isReverted,
      ] as [String: Any]
    }
    all["rules"] = session.settlements.map {
      [
        "rule": $0.rule, "line": $0.line, "how": $0.how, "by": $0.by, "at": isoTime($0.at), "note": $0.note,
        "decision": $0.decision,
      ]
    }
    all["requests"] = session.requests.map {
      [
        "id": $0.id, "words": $0.words, "reason": $0.reason, "by": $0.by, "at": isoTime($0.at),
        "settled": orNull($0.settled),
      ] as [String: Any]
    }
    all["rollbacks"] = session.rollbacks.map {
      [
        "from": $0.from, "to": $0.to, "substages": $0.substages, "reason": $0.reason, "by": $0.by,
        "at": isoTime($0.at),
      ] as [String: Any]
    }
    all["undone"] = session.undone.map {
      ["decision": $0.decision, "option": $0.option, "reason": $0.reason, "by": $0.by, "at": isoTime($0.at)]
    }
    all["waitingFor"] = session.waits.map {
      ["dependency": $0.dependency, "task": $0.task, "since": isoTime($0.since)]
    }
    all["restoring"] = orNull(session.restoration?.tree)
    all["undoable"] = orNull(session.undoLimit == .open ? session.restorePoints.last?.decision : nil)
    all["checkpoints"] = session.checkpoints.map {
      ["id": $0.id, "stage": $0.stage, "seq": $0.seq, "tree": $0.tree] as [String: Any]
    }
    all["notices"] = session.notices
    all["interruptions"] = session.interruptions.map {
      ["effect": $0.effect.name, "reason": $0.reason, "at": isoTime($0.at)]
    }
    all["health"] = health(of: session)
    all["integrity"] = self.integrity(integrity)
    all["files"] = integrity.rows.map(file)
    return all
  }

  private static func stage(_ stage: StageRecord) -> [String: Any] {
    [
      "id": stage.id, "name": stage.name, "state": stage.state.rawValue,
      "startedAt": orNull(stage.startedAt.map(isoTime)), "endedAt": orNull(stage.endedAt.map(isoTime)),
      "substages": stage.substages.map {
        ["id": $0.id, "name": $0.name, "state": $0.state.rawValue, "reason": orNull($0.reason)]
      },
    ]
  }

  static func goal(_ requirement: Requirement, in session: Session) -> [String: Any] {
    let serving = session.tasks.filter { $0.performer == "generate" }
    let isDone = !serving.isEmpty && serving.allSatisfy { $0.state == .done }
    return [
      "id": requirement.id, "text": requirement.text, "priority": requirement.priority.rawValue,
      "state": isDone ? "done" : serving.isEmpty ? "todo" : "running", "tasks": serving.map(\.id),
    ]
  }

  private static func gate(_ gate: GateRecord, in session: Session) -> [String: Any] {
    let last = gate.results.last
    var evidence: Any = NSNull()
    if let path = last?.evidence { evidence = ["path": path, "sha256": orNull(last?.evidenceHash)] }
    return [
      "id": gate.id, "title": gate.title, "state": gate.state.rawValue, "mandatory": gate.mandatory,
      "reason": orNull(gate.reason),
      "required": gate.required, "achieved": gate.achieved, "evidence": evidence, "attempts": gate.results.count,
      "command": last?.command ?? [], "exitStatus": orNull(last?.exitStatus),
      "unavailable": orNull(last?.unavailable),
      "findings": (last?.findings ?? []).map {
        ["file": $0.file, "line": $0.line, "code": $0.code, "message": $0.message] as [String: Any]
      },
      "waiver": orNull(session.waivers.last { $0.gate == gate.id && gate.state == .waived }?.id),
    ]
  }

  /// A decision with its options, each as `option` writes it.
  static func decision(_ decision: Decision, in session: Session, options: [[String: Any]]) -> [String: Any] {
    [
      "id": decision.id, "session": session.id, "playbook": decision.playbook, "scenario": decision.scenario,
      "stage": decision.stage, "title": decision.title, "body": decision.body, "askedBy": decision.askedBy,
      "raisedAt": isoTime(decision.raisedAt), "digest": decision.digest, "recommended": orNull(decision.recommended),
      "subject": decision.subject, "situation": decision.situation, "severity": decision.severity.rawValue,
      "tree": orNull(decision.tree), "changes": decision.changes,
      "fields": decision.fields.map {
        ["name": $0.name, "why": $0.why, "format": $0.format, "optional": $0.isOptional] as [String: Any]
      },
      "options": options,
    ]
  }

  /// An option with what it would do, as found out by `preview` and, where files are put back, by a look at the disk.
  static func option(_ option: Option, _ found: Consequences) -> [String: Any] {
    [
      "id": option.id, "key": option.key, "title": option.title, "effect": option.says, "kind": option.effect.rawValue,
      "reversible": option.isReversible && found.irreversible.isEmpty,
      "destructive": option.effect.isFinal || found.filesDiscarded + found.filesRestored > 0,
      "confirm": orNull(option.confirm), "noteRequired": option.noteRequired, "fields": option.fields,
      "target": orNull(option.target), "consequences": consequences(found),
    ]
  }

  static func consequences(_ found: Consequences) -> [String: Any] {
    [
      "files": [
        "kept": found.filesKept, "discarded": found.filesDiscarded, "restored": found.filesRestored,
        "lines": found.linesDiscarded,
      ],
      "personEdits": found.personEdits, "substagesRerun": found.substagesRerun, "stagesRedone": found.stagesRedone,
      "approvalsVoided": found.approvalsVoided, "gatesVoided": found.gatesVoided, "waivers": found.waivers,
      "attemptsLeft": orNull(found.attemptsLeft),
      "minutes": ["saved": found.minutesSaved, "lost": found.minutesLost], "irreversible": found.irreversible,
      "restores": orNull(found.restoresTree), "undo": found.undo, "next": found.next,
    ]
  }

  static func event(_ record: JournalRecord) -> [String: Any] {
    let data = (try? JSONSerialization.jsonObject(with: Data(record.entry.data.utf8))) ?? [String: Any]()
    return [
      "seq": record.seq, "at": isoTime(record.entry.at), "session": record.session, "type": record.entry.type,
      "by": record.entry.by, "data": data, "hash": record.hash,
    ]
  }

  static func orNull(_ value: Any?) -> Any { value ?? NSNull() }
}
