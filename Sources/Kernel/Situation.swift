/// What has arisen so that a person must decide; a playbook's trigger names one.
public enum SituationKind: String, CaseIterable, Codable, Equatable, Sendable {
  /// The brief has gaps (scenario 1).
  case briefIncomplete = "brief-incomplete"
  /// The brief breaks a rule of the architecture (scenario 2).
  case architectureConflict = "architecture-conflict"
  /// The brief asks what the agent cannot make (scenario 2).
  case unsupported
  /// The brief asks for a quality that its level does not provide (scenario 9).
  case qualityConflict = "quality-conflict"
  /// A stage's work is to be approved.
  case approval
  /// A task used up its attempts (scenario 3).
  case taskFailed = "task-failed"
  /// A gate did not reach what is required (scenario 4).
  case gateFailed = "gate-failed"
  /// A person wants something else than was agreed (scenario 5).
  case changeRequested = "change-requested"
  /// Something outside does not answer (scenario 6).
  case dependencyFailed = "dependency-failed"
  /// A person wants to go back (scenario 7).
  case rollbackRequested = "rollback-requested"
  /// A person wants to end or rest the session (scenario 8).
  case abortRequested = "abort-requested"
  /// The same thing was done again and again (scenario 10).
  case loop
  /// The engine died while an effect was under way, and its end cannot be told.
  case effectUnknown = "effect-unknown"
  /// The playbooks on disk are others than those the session began with.
  case libraryChanged = "library-changed"
  /// A task needs an agent, and there is none to be had.
  case agentMissing = "agent-missing"
  /// Something stands in the way that could not be remediated.
  case blockerOpen = "blocker-open"
  /// Not everything is there, or as it was accepted, at the end.
  case verificationFailed = "verification-failed"

  /// The facts by which a trigger may choose and which a text may name, beside ``commonFacts``.
  public var facts: [String] {
    switch self {
    case .briefIncomplete: return ["count", "gaps", "fields", "attempt"]
    case .architectureConflict, .qualityConflict:
      return [
        "rule", "rule-title", "requested", "requested-field", "why", "alternative", "impact", "needed-level",
        "provides",
        "gap", "substages-needed",
      ]
    case .unsupported: return ["count", "shortcomings"]
    case .approval:
      return [
        "documents", "revision", "requirements", "entities", "tasks", "substages", "minutes", "gates", "waivers",
        "notices", "settled", "recovery",
      ]
    case .taskFailed:
      return [
        "task", "task-id", "substage", "attempts", "attempts-left", "error", "history", "cause", "cause-class",
        "missing", "agent", "expected", "found", "blocks", "incident", "rejected",
      ]
    case .gateFailed:
      return [
        "gate", "gate-id", "required", "achieved", "attempt", "attempts-left", "command", "evidence", "findings",
        "finding-count", "fixable", "fixes", "unavailable", "substages-done",
      ]
    case .changeRequested:
      return ["change", "field", "impact", "reworked", "minutes", "risk", "progress", "reason", "request"]
    case .dependencyFailed:
      return [
        "dependency", "dependency-id", "severity", "error", "task", "task-id", "attempts", "workaround", "usual-outage",
        "affects",
      ]
    case .rollbackRequested:
      return ["target", "target-name", "target-spec", "move", "kept", "discarded", "progress", "reason", "request"]
    case .abortRequested: return ["progress", "saved", "lost", "reason", "request", "completed-work"]
    case .loop:
      return [
        "origin", "subject", "times", "pattern", "history", "error", "gate", "gate-id", "task", "task-id",
        "substage", "gaps", "required", "achieved", "rollback-target", "missing", "agent", "expected", "found",
        "blocks", "incident", "rejected",
      ]
    case .effectUnknown: return ["task", "task-id", "attempt", "evidence", "found", "missing"]
    case .libraryChanged: return ["changes", "digest", "offered-digest", "reason", "request", "progress"]
    case .agentMissing: return ["task", "task-id", "substage", "role", "agents", "tasks-waiting", "alert", "provision"]
    case .blockerOpen:
      return [
        "blocker", "source", "text", "owner", "from", "missing", "attempts", "history", "error", "task", "task-id",
      ]
    case .verificationFailed:
      return ["failed", "passed", "count", "missing", "drifted", "requirements", "blockers", "attempts", "number"]
    }
  }

  /// Facts that every situation has.
  public static let commonFacts = [
    "session", "title", "level", "level-name", "modules", "stage", "stage-id", "previous-stage", "next-stage",
    "code-stage",
  ]

  /// What an option may do in it; anything else would change nothing, and the same question would return at once.
  public var effects: [OptionEffect] {
    switch self {
    case .briefIncomplete: return [.amend, .pause, .abort]
    case .architectureConflict: return [.adopt, .amend, .pause, .abort]
    case .unsupported: return [.leaveOut, .requestChanges, .pause, .abort]
    case .qualityConflict: return [.changeLevel, .include, .proceed, .amend, .pause, .abort]
    case .approval: return [.approve, .requestChanges, .regenerate, .rollBack, .pause, .abort]
    case .taskFailed: return [.retry, .skip, .postpone, .reassign, .regenerate, .rollBack, .pause, .abort]
    case .gateFailed: return [.retry, .fix, .regenerate, .waive, .postpone, .changeLevel, .rollBack, .pause, .abort]
    case .changeRequested: return [.incorporate, .postpone, .rollBack, .dismiss]
    case .dependencyFailed: return [.wait, .substitute, .retry, .skip, .postpone, .rollBack, .pause, .abort]
    case .rollbackRequested: return [.rollBack, .dismiss, .pause]
    case .abortRequested: return [.abort, .pause, .dismiss]
    case .loop: return [.retry, .skip, .postpone, .rollBack, .regenerate, .waive, .amend, .pause, .abort]
    case .effectUnknown: return [.proceed, .retry, .rollBack, .pause, .abort]
    case .libraryChanged: return [.adopt, .dismiss, .pause]
    case .agentMissing: return [.adopt, .retry, .skip, .postpone, .rollBack, .pause, .abort]
    case .blockerOpen: return [.retry, .dismiss, .proceed, .postpone, .rollBack, .pause, .abort]
    case .verificationFailed: return [.retry, .adopt, .proceed, .regenerate, .rollBack, .pause, .abort]
    }
  }
}

extension SituationKind {
  /// Whether its question is asked on a picture of the workspace.
  var restsOnFiles: Bool {
    switch self {
    case .briefIncomplete, .abortRequested, .libraryChanged, .agentMissing: return false
    case .architectureConflict, .unsupported, .qualityConflict, .approval, .taskFailed, .gateFailed, .changeRequested,
      .dependencyFailed, .rollbackRequested, .loop, .effectUnknown, .blockerOpen, .verificationFailed:
      return true
    }
  }
}

/// Compares a fact with a value; a trigger holds when all its conditions do.
public struct Condition: Codable, Equatable, Sendable {
  /// How a fact is compared. Numbers are compared as numbers when both sides are some.
  public enum Test: String, CaseIterable, Codable, Equatable, Sendable {
    case equal = "is"
    case different = "is-not"
    case atLeast = "at-least"
    case atMost = "at-most"
    case contains
  }

  /// The fact's name.
  public var fact: String
  /// How it is compared.
  public var test: Test
  /// With what.
  public var value: String

  /// Makes a condition from its parts.
  public init(fact: String, test: Test, value: String) {
    self.fact = fact
    self.test = test
    self.value = value
  }

  /// Whether it holds for some facts; a fact that is not there makes only `is-not` true.
  public func holds(for facts: [Setting]) -> Bool {
    guard let found = facts.first(where: { $0.name == fact })?.value else { return test == .different }
    switch test {
    case .equal: return found == value
    case .different: return found != value
    case .contains: return found.lowercased().contains(value.lowercased())
    case .atLeast, .atMost:
      guard let left = Int(found), let right = Int(value) else { return false }
      return test == .atLeast ? left >= right : left <= right
    }
  }

  /// The condition in words, e.g. `attempts-left is 0`.
  public var words: String { "\(fact) \(test.rawValue) \(value)" }
}

/// Says why a playbook was chosen, or was not.
public struct TriggerVerdict: Equatable, Sendable {
  /// The playbook.
  public var playbook: String
  /// The conditions that held, with the fact's value.
  public var matched: [String]
  /// The first thing that did not hold, in words, or `nil` when everything did.
  public var failed: String?
}

extension Playbook {
  /// Whether this playbook's trigger holds, with the facts it matched.
  public func verdict(for kind: SituationKind, stage: Int, facts: [Setting]) -> TriggerVerdict {
    var verdict = TriggerVerdict(playbook: id, matched: [], failed: nil)
    guard situation == kind else {
      verdict.failed = "it is for \(situation?.rawValue ?? "no situation"), not for \(kind.rawValue)"
      return verdict
    }
    verdict.matched.append("situation is \(kind.rawValue)")
    if !stages.isEmpty {
      guard stages.contains(stage) else {
        verdict.failed = "the stage is \(stage), not \(stages.map(String.init).joined(separator: ", "))"
        return verdict
      }
      verdict.matched.append("stage is \(stage)")
    }
    for condition in conditions {
      guard condition.holds(for: facts) else {
        let found = facts.first { $0.name == condition.fact }?.value ?? "not known"
        verdict.failed = "\(condition.words), but it is \(found)"
        return verdict
      }
      let found = facts.first { $0.name == condition.fact }?.value ?? "not known"
      verdict.matched.append("\(condition.words) (\(found))")
    }
    return verdict
  }
}

extension Workflow {
  /// Every playbook for a situation with its verdict: the one that fires first, then the runners-up.
  ///
  /// The most conditions win; among equals the one a stage names, then the one that stands first.
  public func verdicts(
    for kind: SituationKind, stage: Int, facts: [Setting], named: String?
  ) -> [TriggerVerdict] {
    let all = playbooks.enumerated().map { place, playbook in
      (place, playbook, playbook.verdict(for: kind, stage: stage, facts: facts))
    }
    func rank(_ playbook: Playbook) -> Int {
      2 * playbook.conditions.count + (playbook.stages.isEmpty ? 0 : 1)
    }
    // An approval is asked by exactly the playbook its stage names.
    let held = all.filter { entry in
      entry.2.failed == nil && (kind != .approval || entry.1.id == named)
    }.sorted { one, other in
      if rank(one.1) != rank(other.1) { return rank(one.1) > rank(other.1) }
      if (one.1.id == named) != (other.1.id == named) { return one.1.id == named }
      return one.0 < other.0
    }
    let firing = held.first?.1.id
    let rest = all.filter { $0.1.id != firing && $0.1.situation == kind }.map { entry -> TriggerVerdict in
      var verdict = entry.2
      if verdict.failed == nil { verdict.failed = "another one is more exact" }
      return verdict
    }
    return held.prefix(1).map(\.2) + rest
  }
}
