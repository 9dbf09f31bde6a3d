import Foundation
import Kernel

// The stored form of what events are made of.

extension EventCoding {
  static func fields(of effect: Effect) -> [String: Any] {
    switch effect {
    case .perform(let task, let attempt): return ["kind": "task", "subject": task, "attempt": attempt]
    case .runGate(let gate, let attempt): return ["kind": "gate", "subject": gate, "attempt": attempt]
    case .keep(let attempt): return ["kind": "keep", "subject": "workspace", "attempt": attempt]
    case .restore(let id, let attempt): return ["kind": "restore", "subject": String(id), "attempt": attempt]
    case .probe(let dependency, let attempt): return ["kind": "probe", "subject": dependency, "attempt": attempt]
    case .inspect(let subject, let attempt): return ["kind": "inspect", "subject": subject, "attempt": attempt]
    }
  }

  static func effect(_ object: StoredObject) throws -> Effect {
    let subject = try object.text("subject")
    let attempt = try object.number("attempt")
    switch try object.text("kind") {
    case "task": return .perform(task: subject, attempt: attempt)
    case "gate": return .runGate(subject, attempt: attempt)
    case "keep": return .keep(attempt: attempt)
    case "restore":
      guard let id = Int(subject) else {
        throw EventCodingFailure(description: "effect.subject is no number: \(subject)")
      }
      return .restore(id, attempt: attempt)
    case "probe": return .probe(subject, attempt: attempt)
    case "inspect": return .inspect(subject, attempt: attempt)
    case let kind: throw EventCodingFailure(description: "effect.kind holds the unknown word \(kind)")
    }
  }

  static func fields(of setting: Setting) -> [String: Any] { ["name": setting.name, "value": setting.value] }

  static func setting(_ object: StoredObject) throws -> Setting {
    Setting(name: try object.text("name"), value: try object.text("value"))
  }

  static func fields(of field: DecisionField) -> [String: Any] {
    ["name": field.name, "why": field.why, "format": field.format, "optional": field.isOptional]
  }

  static func decisionField(_ object: StoredObject) throws -> DecisionField {
    DecisionField(
      name: try object.text("name"), why: try object.text("why"), format: try object.text("format"),
      isOptional: object.optionalFlag("optional") ?? false)
  }

  static func fields(of value: FieldValue) -> [String: Any] { ["field": value.field, "value": value.value] }

  static func fieldValue(_ object: StoredObject) throws -> FieldValue {
    FieldValue(field: try object.text("field"), value: try object.text("value"))
  }

  static func fields(of claim: FileClaim) -> [String: Any] { ["path": claim.path, "sha256": claim.hash] }

  static func fileClaim(_ object: StoredObject) throws -> FileClaim {
    FileClaim(path: try object.text("path"), hash: try object.text("sha256"))
  }

  static func fields(of task: PlannedTask) -> [String: Any] {
    present([
      "id": task.id, "title": task.title, "substage": task.substage, "role": task.role, "performer": task.performer,
      "files": task.files, "goals": task.goals.isEmpty ? nil : task.goals,
      "sequence": task.sequence == 1 ? nil : task.sequence, "dependsOn": task.dependsOn.isEmpty ? nil : task.dependsOn,
      "priority": task.priority == .medium ? nil : task.priority.rawValue, "timeLimit": task.timeLimit,
    ])
  }

  static func plannedTask(_ object: StoredObject) throws -> PlannedTask {
    PlannedTask(
      id: try object.text("id"), title: try object.text("title"), substage: try object.text("substage"),
      role: try object.text("role"), performer: try object.text("performer"), files: try object.texts("files"),
      goals: object.optionalTexts("goals") ?? [], sequence: object.optionalNumber("sequence") ?? 1,
      dependsOn: object.optionalTexts("dependsOn") ?? [],
      priority: try object.optionalChoice("priority", TaskPriority.self) ?? .medium,
      timeLimit: object.optionalNumber("timeLimit"))
  }

  static func gateRecord(_ object: StoredObject) throws -> GateRecord {
    var gate = GateRecord(
      id: try object.text("id"), title: try object.text("title"), category: try object.text("category"),
      mandatory: try object.flag("mandatory"), required: try object.text("required"),
      maxAttempts: try object.number("maxAttempts"), fix: object.optionalText("fix"))
    gate.reason = object.optionalText("reason")
    return gate
  }

  static func fields(of result: GateResult) -> [String: Any?] {
    [
      "passed": result.passed, "required": result.required, "achieved": result.achieved,
      "findings": result.findings.map { finding in
        [
          "file": finding.file, "line": finding.line, "code": finding.code, "message": finding.message,
        ] as [String: Any]
      },
      "command": result.command, "exitStatus": result.exitStatus, "evidence": result.evidence,
      "evidenceSha256": result.evidenceHash, "unavailable": result.unavailable, "milliseconds": result.milliseconds,
      // Written only where there is something to say, so that what had no such words keeps its bytes.
      "flaky": result.flaky.isEmpty ? nil : result.flaky,
      "baselined": result.baselined == 0 ? nil : result.baselined,
    ]
  }

  static func gateResult(_ object: StoredObject) throws -> GateResult {
    GateResult(
      passed: try object.flag("passed"), required: try object.text("required"), achieved: try object.text("achieved"),
      findings: try object.list("findings") {
        Finding(
          file: try $0.text("file"), line: try $0.number("line"), code: try $0.text("code"),
          message: try $0.text("message"))
      },
      command: try object.texts("command"), exitStatus: object.optionalNumber("exitStatus"),
      evidence: object.optionalText("evidence"), evidenceHash: object.optionalText("evidenceSha256"),
      unavailable: object.optionalText("unavailable"), milliseconds: try object.number("milliseconds"),
      flaky: object.optionalTexts("flaky") ?? [], baselined: object.optionalNumber("baselined") ?? 0)
  }

  static func fields(of decision: Decision) -> [String: Any?] {
    [
      "decision": decision.id, "playbook": decision.playbook, "scenario": decision.scenario, "stage": decision.stage,
      "subject": decision.subject, "title": decision.title, "body": decision.body, "askedBy": decision.askedBy,
      "fields": decision.fields.map(fields(of:)),
      "options": decision.options.map { option in
        present([
          "id": option.id, "key": option.key, "title": option.title, "says": option.says,
          "effect": option.effect.rawValue, "noteRequired": option.noteRequired, "confirm": option.confirm,
          "target": option.target, "fields": option.fields, "reversible": option.isReversible,
        ])
      },
      "recommended": decision.recommended, "digest": decision.digest, "raisedAt": Int(decision.raisedAt),
      "situation": decision.situation, "severity": decision.severity.rawValue,
      "facts": decision.facts.map(fields(of:)), "tree": decision.tree, "basis": decision.basis,
      "changes": decision.changes, "records": decision.records, "reminders": decision.reminders,
      "expiry": decision.expiry,
    ]
  }

  static func decision(_ object: StoredObject) throws -> Decision {
    var decision = Decision(
      id: try object.text("decision"), playbook: try object.text("playbook"), scenario: try object.number("scenario"),
      stage: try object.number("stage"), subject: try object.text("subject"), title: try object.text("title"),
      body: try object.text("body"), askedBy: try object.text("askedBy"),
      fields: try object.list("fields", decisionField),
      options: try object.list("options") {
        Option(
          id: try $0.text("id"), key: try $0.text("key"), title: try $0.text("title"), says: try $0.text("says"),
          effect: try $0.choice("effect", OptionEffect.self), noteRequired: try $0.flag("noteRequired"),
          confirm: $0.optionalText("confirm"), target: $0.optionalText("target"),
          fields: $0.optionalTexts("fields") ?? [], isReversible: $0.optionalFlag("reversible"))
      },
      recommended: object.optionalText("recommended"), digest: try object.text("digest"),
      raisedAt: Int64(try object.number("raisedAt")))
    // What follows is absent from what older programs wrote.
    decision.situation = object.optionalText("situation") ?? ""
    decision.severity = try object.optionalChoice("severity", Severity.self) ?? .warning
    decision.facts = try object.optionalList("facts", setting)
    decision.tree = object.optionalText("tree")
    decision.basis = object.optionalText("basis") ?? ""
    decision.changes = object.optionalTexts("changes") ?? []
    decision.records = object.optionalText("records") ?? ""
    decision.reminders = object.optionalNumbers("reminders") ?? []
    decision.expiry = object.optionalNumber("expiry")
    return decision
  }

  static func fields(of answer: Answer) -> [String: Any?] {
    [
      "decision": answer.decision, "option": answer.option, "digest": answer.digest, "note": answer.note,
      "fields": answer.fields.map(fields(of:)), "confirmation": answer.confirmation, "inAdvance": answer.inAdvance,
      "tree": answer.tree,
      "by": answer.by, "at": Int(answer.at),
      "origin": answer.origin.map { origin in
        [
          "user": origin.user, "host": origin.host, "terminal": origin.terminal, "client": origin.client,
          "verified": origin.isVerified,
        ] as [String: Any]
      },
    ]
  }

  static func answer(_ object: StoredObject) throws -> Answer {
    Answer(
      decision: try object.text("decision"), option: try object.text("option"), digest: try object.text("digest"),
      note: try object.text("note"), fields: try object.list("fields", fieldValue),
      confirmation: try object.text("confirmation"), inAdvance: try object.flag("inAdvance"),
      tree: object.optionalText("tree"), by: try object.text("by"), at: Int64(try object.number("at")),
      origin: try object.optionalObject("origin").map {
        AnswerOrigin(
          user: try $0.number("user"), host: try $0.text("host"), terminal: try $0.text("terminal"),
          client: try $0.text("client"), isVerified: try $0.flag("verified"))
      })
  }

  static func fields(of creation: Creation) -> [String: Any?] {
    [
      "session": creation.id, "title": creation.title, "workspace": creation.workspace, "brief": creation.briefText,
      "workflow": fields(of: creation.workflow), "level": creation.level, "modules": creation.modules,
      "project": creation.project,
      "answers": creation.answers.map { answer in
        present([
          "by": answer.by, "playbook": answer.playbook, "subject": answer.subject, "option": answer.option,
          "note": answer.note, "fields": answer.fields.map(fields(of:)),
        ])
      },
    ]
  }

  static func creation(_ object: StoredObject) throws -> Creation {
    Creation(
      id: try object.text("session"), title: try object.text("title"), workspace: try object.text("workspace"),
      briefText: try object.text("brief"), workflow: try workflow(object.object("workflow")),
      level: object.optionalNumber("level"), modules: object.optionalTexts("modules"),
      answers: try object.list("answers") {
        AdvanceAnswer(
          by: try $0.text("by"), playbook: try $0.text("playbook"), subject: $0.optionalText("subject"),
          option: try $0.text("option"), note: try $0.text("note"), fields: try $0.list("fields", fieldValue))
      }, project: object.optionalText("project"))
  }
}
