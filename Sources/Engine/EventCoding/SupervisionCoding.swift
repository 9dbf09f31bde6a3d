import Kernel

// The stored form of what persons asked for, accepted and took back.

extension EventCoding {
  static func fields(of waiver: Waiver) -> [String: Any?] {
    var all: [String: Any?] = [
      "waiver": waiver.id, "gate": waiver.gate, "reason": waiver.reason, "by": waiver.by, "at": Int(waiver.at),
      "until": waiver.until, "decision": waiver.decision, "fingerprint": waiver.fingerprint,
      "scope": waiver.scope.map(fields(of:)), "compensation": waiver.compensation,
    ]
    switch waiver.end {
    case .gateRuns: all["end"] = "gate"
    case .time(let moment):
      all["end"] = "time"
      all["endAt"] = Int(moment)
    case .stageRuns(let stage):
      all["end"] = "stage"
      all["endStage"] = stage
    case .fileChanges: all["end"] = "file"
    }
    return all
  }

  static func waiver(_ object: StoredObject) throws -> Waiver {
    let end: Waiver.End
    switch object.optionalText("end") ?? "gate" {
    case "gate": end = .gateRuns
    case "time": end = .time(Int64(try object.number("endAt")))
    case "stage": end = .stageRuns(try object.number("endStage"))
    case "file": end = .fileChanges
    case let word: throw EventCodingFailure(description: "end holds the unknown word \(word)")
    }
    return Waiver(
      id: try object.text("waiver"), gate: try object.text("gate"), reason: try object.text("reason"),
      by: try object.text("by"), at: Int64(try object.number("at")), until: try object.text("until"),
      decision: try object.text("decision"), end: end, fingerprint: object.optionalText("fingerprint") ?? "",
      scope: try object.optionalList("scope", fileClaim), compensation: object.optionalText("compensation") ?? "")
  }

  static func fields(of record: UndoRecord) -> [String: Any?] {
    [
      "decision": record.decision, "option": record.option, "version": record.version, "reason": record.reason,
      "by": record.by, "at": Int(record.at),
    ]
  }

  static func undoRecord(_ object: StoredObject) throws -> UndoRecord {
    UndoRecord(
      decision: try object.text("decision"), option: try object.text("option"), version: try object.number("version"),
      reason: try object.text("reason"), by: try object.text("by"), at: Int64(try object.number("at")))
  }

  static func fields(of finding: EffectFinding) -> [String: Any?] {
    [
      "effect": fields(of: finding.effect), "verdict": finding.verdict.rawValue, "evidence": finding.evidence,
      "files": finding.files.map(fields(of:)),
    ]
  }

  static func effectFinding(_ object: StoredObject) throws -> EffectFinding {
    EffectFinding(
      effect: try effect(object.object("effect")), verdict: try object.choice("verdict", EffectFinding.Verdict.self),
      evidence: try object.text("evidence"), files: try object.list("files", fileClaim))
  }

  static func fields(of owed: Restoration) -> [String: Any?] {
    [
      "id": owed.id, "tree": owed.tree, "reason": owed.reason, "before": owed.before, "attempt": owed.attempt,
      "failures": owed.failures,
    ]
  }

  static func restoration(_ object: StoredObject) throws -> Restoration {
    var owed = Restoration(
      id: try object.number("id"), tree: try object.text("tree"), reason: try object.text("reason"))
    owed.before = object.optionalText("before")
    owed.attempt = try object.number("attempt")
    owed.failures = try object.texts("failures")
    return owed
  }

  static func fields(of wait: DependencyWait) -> [String: Any?] {
    ["dependency": wait.dependency, "task": wait.task, "since": Int(wait.since), "attempt": wait.attempt]
  }

  static func dependencyWait(_ object: StoredObject) throws -> DependencyWait {
    DependencyWait(
      dependency: try object.text("dependency"), task: try object.text("task"),
      since: Int64(try object.number("since")), attempt: try object.number("attempt"))
  }

  static func fields(of substitution: Substitution) -> [String: Any?] {
    [
      "id": substitution.id, "dependency": substitution.dependency, "task": substitution.task,
      "with": substitution.with, "todo": substitution.todo, "by": substitution.by, "at": Int(substitution.at),
      "decision": substitution.decision,
    ]
  }

  static func substitution(_ object: StoredObject) throws -> Substitution {
    Substitution(
      id: try object.text("id"), dependency: try object.text("dependency"), task: try object.text("task"),
      with: try object.text("with"), todo: try object.text("todo"), by: try object.text("by"),
      at: Int64(try object.number("at")), decision: try object.text("decision"))
  }

  static func fields(of settlement: RuleSettlement) -> [String: Any?] {
    [
      "rule": settlement.rule, "line": settlement.line, "how": settlement.how, "level": settlement.level,
      "by": settlement.by, "at": Int(settlement.at), "note": settlement.note, "decision": settlement.decision,
    ]
  }

  static func ruleSettlement(_ object: StoredObject) throws -> RuleSettlement {
    RuleSettlement(
      rule: try object.text("rule"), line: try object.text("line"), how: try object.text("how"),
      level: object.optionalNumber("level"), by: try object.text("by"), at: Int64(try object.number("at")),
      note: try object.text("note"), decision: try object.text("decision"))
  }

  static func fields(of risk: AcceptedRisk) -> [String: Any?] {
    [
      "id": risk.id, "subject": risk.subject, "text": risk.text, "note": risk.note, "by": risk.by,
      "at": Int(risk.at), "decision": risk.decision,
    ]
  }

  static func acceptedRisk(_ object: StoredObject) throws -> AcceptedRisk {
    AcceptedRisk(
      id: try object.text("id"), subject: try object.text("subject"), text: try object.text("text"),
      note: try object.text("note"), by: try object.text("by"), at: Int64(try object.number("at")),
      decision: try object.text("decision"))
  }

  static func fields(of item: PostponedItem) -> [String: Any?] {
    [
      "id": item.id, "subject": item.subject, "text": item.text, "note": item.note, "by": item.by,
      "at": Int(item.at), "decision": item.decision,
    ]
  }

  static func postponedItem(_ object: StoredObject) throws -> PostponedItem {
    PostponedItem(
      id: try object.text("id"), subject: try object.text("subject"), text: try object.text("text"),
      note: try object.text("note"), by: try object.text("by"), at: Int64(try object.number("at")),
      decision: try object.text("decision"))
  }

  static func fields(of request: SupervisorRequest) -> [String: Any?] {
    var all: [String: Any?] = [
      "request": request.id, "reason": request.reason, "by": request.by, "at": Int(request.at),
    ]
    switch request.kind {
    case .change(let text, let field):
      all["kind"] = "change"
      all["text"] = text
      all["field"] = field
    case .rollBack(let stage, let substages):
      all["kind"] = "roll-back"
      all["to"] = stage
      all["substages"] = substages
    case .abort: all["kind"] = "abort"
    case .adoptPlaybooks(let digest):
      all["kind"] = "adopt-playbooks"
      all["digest"] = digest
    }
    return all
  }

  static func request(_ object: StoredObject) throws -> SupervisorRequest {
    let kind: SupervisorRequest.Kind
    switch try object.text("kind") {
    case "change": kind = .change(text: try object.text("text"), field: object.optionalText("field"))
    case "roll-back": kind = .rollBack(to: try object.number("to"), substages: try object.texts("substages"))
    case "abort": kind = .abort
    case "adopt-playbooks": kind = .adoptPlaybooks(digest: try object.text("digest"))
    case let word: throw EventCodingFailure(description: "kind holds the unknown word \(word)")
    }
    return SupervisorRequest(
      id: try object.text("request"), kind: kind, reason: try object.text("reason"), by: try object.text("by"),
      at: Int64(try object.number("at")))
  }
}
