import Kernel

// What a reader of playbooks must know about each situation, beside the facts and effects the kernel lists.

extension SituationKind {
  /// The situation in words, for messages.
  var words: String {
    switch self {
    case .briefIncomplete: return "an incomplete brief"
    case .architectureConflict: return "a broken rule of the architecture"
    case .unsupported: return "what cannot be made"
    case .qualityConflict: return "a quality that the level does not provide"
    case .approval: return "an approval"
    case .taskFailed: return "a failed task"
    case .gateFailed: return "a failed gate"
    case .changeRequested: return "a wanted change"
    case .dependencyFailed: return "something outside that does not answer"
    case .rollbackRequested: return "a wish to go back"
    case .abortRequested: return "a wish to stop"
    case .loop: return "a loop"
    case .effectUnknown: return "work whose end is not known"
    case .libraryChanged: return "changed playbooks"
    case .agentMissing: return "a task that nobody can do"
    case .blockerOpen: return "an obstacle that could not be taken away"
    case .verificationFailed: return "a final verification that did not pass"
    }
  }

  /// The scenario it belongs to, 1–10, or 0 for questions that are nobody's failure.
  var scenario: Int {
    switch self {
    case .briefIncomplete: return 1
    case .architectureConflict, .unsupported: return 2
    case .taskFailed: return 3
    case .gateFailed, .verificationFailed, .blockerOpen: return 4
    case .changeRequested: return 5
    case .dependencyFailed: return 6
    case .rollbackRequested: return 7
    case .abortRequested: return 8
    case .qualityConflict: return 9
    case .loop: return 10
    case .approval, .effectUnknown, .libraryChanged, .agentMissing: return 0
    }
  }

  /// The facts that texts and conditions may name, given what a trigger says already.
  ///
  /// A loop is about the brief, a task or a gate, and has only the facts of that one.
  func facts(given conditions: [Condition]) -> [String] {
    guard self == .loop else { return facts + SituationKind.commonFacts }
    let shared = ["origin", "subject", "times", "pattern", "history", "rollback-target"]
    let origin = conditions.first { $0.fact == "origin" && $0.test == .equal }?.value
    let own: [String]
    switch origin {
    case "brief": own = ["gaps"]
    case "task":
      own = [
        "task", "task-id", "substage", "error", "agent", "expected", "found", "missing", "blocks", "incident",
        "rejected",
      ]
    case "gate": own = ["gate", "gate-id", "required", "achieved"]
    default: own = []
    }
    return (shared + own).filter(facts.contains) + SituationKind.commonFacts
  }

  /// The values that a fact can have, where they are few and known; `nil` for any text.
  func values(of fact: String) -> [String]? {
    switch (self, fact) {
    case (.gateFailed, "fixable"), (.gateFailed, "unavailable"): return ["yes", "no"]
    case (.loop, "origin"): return ["brief", "task", "gate"]
    case (.changeRequested, "impact"): return ["easy", "moderate", "high"]
    case (.changeRequested, "risk"): return ["none", "low", "moderate"]
    // What only informs is written down and never asked about.
    case (.dependencyFailed, "severity"):
      return DependencySeverity.allCases.filter { $0 != .informational }.map(\.rawValue)
    case (.taskFailed, "cause-class"): return CauseSign.Class.allCases.map(\.rawValue) + [""]
    case (.taskFailed, "cause"): return TaskFailure.Cause.allCases.map(\.rawValue) + [""]
    default: return nil
    }
  }

  /// Whether a fact can be a whole number, so that `at-least` and `at-most` can hold.
  func isNumber(_ fact: String) -> Bool {
    switch (self, fact) {
    // A verification lists what is not met, where an approval counts what was asked.
    case (.verificationFailed, "requirements"): return false
    case (.verificationFailed, "passed"), (.verificationFailed, "drifted"), (.verificationFailed, "number"): return true
    case (_, "count"), (_, "attempt"), (_, "attempts"), (_, "attempts-left"), (_, "finding-count"), (_, "fixes"),
      (_, "times"), (_, "requirements"), (_, "entities"), (_, "tasks"), (_, "revision"), (_, "needed-level"),
      (_, "level"), (_, "stage-id"), (_, "previous-stage"), (_, "next-stage"), (_, "code-stage"),
      (_, "rollback-target"), (.changeRequested, "minutes"), (.effectUnknown, "missing"),
      (.rollbackRequested, "target"):
      return true
    default: return false
    }
  }
}

extension SituationKind {
  /// Whether the kernel offers an effect in this situation whatever the session is like.
  func alwaysOffers(_ effect: OptionEffect) -> Bool {
    switch (self, effect) {
    // Nobody can try without an agent, and nothing was tried where nobody is known who owes what is missing.
    case (.agentMissing, .retry), (.blockerOpen, .retry): return false
    // Only edits can be taken over as they are, and there may be none.
    case (.verificationFailed, .adopt): return false
    default: break
    }
    switch effect {
    case .approve, .requestChanges, .amend, .adopt, .proceed, .retry, .skip, .waive, .incorporate, .postpone, .dismiss,
      .pause, .abort:
      return true
    case .fix, .leaveOut, .regenerate, .changeLevel, .include, .substitute, .wait, .rollBack, .reassign, .grant,
      .deny:
      return false
    }
  }
}
