import Testing

@testable import Kernel

/// Longer ways that tests go by hand.
extension Driver {
  /// A session on the workflow that can ask everything.
  static func supervised(
    _ workflow: Workflow = Workflows.whole, level: Int = 2, modules: String = "bot",
    requirements: String = "- Must: lend a book", answers: [AdvanceAnswer] = []
  ) throws -> Driver {
    try Driver(
      workflow,
      brief: Briefs.text(replacing: [
        .maturityLevel: String(level), .optionalModules: modules, .functionalRequirements: requirements,
      ]), answers: answers)
  }

  /// Works and approves until a playbook asks.
  mutating func go(to playbook: String, failing gates: Set<String> = []) throws {
    for _ in 0..<12 {
      try work(failing: gates)
      if session.openDecisions.contains(where: { $0.playbook == playbook }) { return }
      let decision = try open()
      let effects = decision.options.map(\.effect)
      let next = effects.first { [.approve, .adopt, .proceed, .waive].contains($0) }
      try answer(try #require(decision.options.first { $0.effect == next }).id)
    }
    Issue.record("\(playbook) is never asked")
  }

  /// Works and approves until a task is owed.
  mutating func go(toTask task: String) throws {
    for _ in 0..<12 {
      try work(until: task)
      let isOwed = session.outstanding.contains { $0.subject == "task:\(task)" || $0.subject == "gate:\(task)" }
      if isOwed { return }
      try answer("approve")
    }
    Issue.record("\(task) is never owed")
  }

  /// Fails a task until it is put to a person.
  mutating func fail(_ task: String, _ message: String = "broken", cause: TaskFailure.Cause = .hard) throws {
    for _ in 0..<4 where session.task(task)?.state == .todo {
      try perform(task, .failed(TaskFailure(cause: cause, message: message)))
    }
    if isKeeping { try keepFiles() }
  }

  /// The open decision of a playbook.
  func decision(_ playbook: String) throws -> Decision {
    try #require(session.openDecisions.last { $0.playbook == playbook })
  }

  /// Answers a playbook's open decision with everything that its option needs.
  @discardableResult
  mutating func settle(
    _ playbook: String, _ option: String, note: String = "because", fields: [FieldValue] = [], tree: String? = nil,
    by: String = "Ada"
  ) throws -> [Event] {
    let decision = try decision(playbook)
    return try order(
      .answer(
        Answer(
          decision: decision.id, option: option, digest: decision.digest, note: note, fields: fields,
          confirmation: decision.option(option)?.confirm ?? "", tree: tree)), by: by)
  }

  /// What answering a playbook's open decision is refused with.
  func refused(
    _ playbook: String, _ option: String, note: String = "because", fields: [FieldValue] = [], tree: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Refusal? {
    let decision = try decision(playbook)
    return refusal(
      .answer(
        Answer(
          decision: decision.id, option: option, digest: decision.digest, note: note, fields: fields,
          confirmation: decision.option(option)?.confirm ?? "", tree: tree)), sourceLocation: sourceLocation)
  }

  /// Takes an effect through an engine that dies, and says what its successor found.
  mutating func die(
    in effect: Effect, found verdict: EffectFinding.Verdict?, files: [FileClaim] = []
  ) throws {
    try start(effect)
    let findings = verdict.map { [EffectFinding(effect: effect, verdict: $0, evidence: "e", files: files)] } ?? []
    try order(.takeLease(holder: "f", epoch: session.epoch + 1, findings: findings), by: "engine")
  }

  /// How many facts of a kind happened.
  func count(_ kind: String) -> Int { Driver.kinds(events).filter { $0 == kind }.count }
}

extension Session {
  /// The states of the gates, by name.
  var gateStates: [String] { gates.map { "\($0.id) \($0.state.rawValue)" } }
}
