import Kernel

/// Says why a decision was asked by its playbook and by no other.
public struct DecisionExplanation: Equatable, Sendable {
  /// Another playbook for the same situation.
  public struct RunnerUp: Equatable, Sendable {
    /// The playbook.
    public var playbook: String
    /// Why it was not asked, in words.
    public var why: String

    /// Makes a runner-up from its parts.
    public init(playbook: String, why: String) {
      self.playbook = playbook
      self.why = why
    }
  }

  /// The playbook that asked.
  public var playbook: String
  /// What had arisen, by its kind's name; empty for decisions of older programs.
  public var situation: String
  /// What held, with the facts as they were; the reason why it was chosen.
  public var matched: [String]
  /// Every other playbook for the situation, with the reason why not.
  public var runnersUp: [RunnerUp]

  /// The whole in lines for a person.
  public var lines: [String] {
    guard !situation.isEmpty else {
      return ["\(playbook) asked this by the name its stage gives; an older program recorded no rule and no facts."]
    }
    var lines = ["\(playbook) asked this, because", ""] + matched.map { "  \($0)" } + [""]
    if runnersUp.isEmpty { return lines + ["No other playbook of the session is for \(situation)."] }
    lines += ["Other playbooks for \(situation), and why they did not", ""]
    return lines + runnersUp.map { "  \($0.playbook): \($0.why)" }
  }
}

extension DecisionExplanation {
  /// Holds a decision's facts against the playbooks of its session once more.
  ///
  /// - Parameters:
  ///   - decision: The decision; the facts it was chosen by are kept with it, except those of many lines.
  ///   - workflow: The workflow frozen into its session.
  public init(of decision: Decision, in workflow: Workflow) {
    playbook = decision.playbook
    situation = decision.situation
    matched = []
    runnersUp = []
    guard let kind = SituationKind(rawValue: decision.situation) else { return }
    let named = workflow.named(for: kind, stage: decision.stage)
    let verdicts = workflow.verdicts(for: kind, stage: decision.stage, facts: decision.facts, named: named)
    runnersUp = verdicts.filter { $0.playbook != decision.playbook }.map { verdict in
      RunnerUp(playbook: verdict.playbook, why: verdict.failed ?? "another one is more exact")
    }
    guard let fired = workflow.playbook(decision.playbook) else {
      matched = ["the session no longer holds this playbook; it has adopted others since"]
      return
    }
    matched.append("situation is \(kind.rawValue)")
    if !fired.stages.isEmpty { matched.append("stage is \(decision.stage)") }
    for condition in fired.conditions {
      let found = decision.facts.first { $0.name == condition.fact }?.value
      matched.append("\(condition.words) (\(found ?? "too long to be kept with the decision"))")
    }
    let rivals = verdicts.filter { $0.failed == nil || $0.failed == "another one is more exact" }.count
    if rivals > 1 {
      let count = fired.conditions.count + (fired.stages.isEmpty ? 0 : 1)
      matched.append(
        count > 0 ? "no playbook that fits says more about when it fits" : "no more exact playbook fits")
    }
    if kind == .approval || named == decision.playbook { matched.append("stage \(decision.stage) names it") }
  }
}

extension Workflow {
  /// The playbook that a stage names for a situation, if it names one.
  fileprivate func named(for kind: SituationKind, stage: Int) -> String? {
    if kind == .taskFailed { return Playbook.taskFailed }
    for work in self.stage(stage)?.work ?? [] {
      switch (work, kind) {
      case (.brief(let playbook), .briefIncomplete), (.shortcomings(let playbook), .unsupported),
        (.rules(.architecture, let playbook), .architectureConflict),
        (.rules(.quality, let playbook), .qualityConflict), (.gates(let playbook), .gateFailed),
        (.verification(_, let playbook), .verificationFailed), (.approval(let playbook), .approval):
        return playbook
      default: continue
      }
    }
    return nil
  }
}
