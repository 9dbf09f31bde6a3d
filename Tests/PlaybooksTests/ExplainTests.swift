import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers Explaining.swift and DecisionExplanation.swift
@Suite struct ExplainTests {
  @Test func aPlaybookIsExplainedWhole() throws {
    let project = try Scratch()
    try project.write("Ours. {{findings}}\n", to: ".signalbox/playbooks/gate-coverage.md")
    let lines = try Library(project: project.path, person: nil).explain("gate-coverage")
    #expect(lines.first == "gate-coverage — Coverage below the threshold (scenario 4, warning)")
    let expected = [
      "  a failed gate (gate-failed)", "  in any stage", "  when gate-id is coverage",
      "  w  Accept {{achieved}} (waive, waive)", "     takes Until, Compensating action, Files", "     needs a reason",
      "     acts on {{previous-stage}}", "     confirmed by typing {{session}}", "     cannot be undone",
      "     recommended when unavailable is yes", "     recommended, unless another one is by its own rule",
      "  Until (may stay empty)", "  reminders after 4 hours, 1 day, 3 days",
      "  it waits for ever; silence decides nothing", "  built-in/playbooks/gate-coverage.yaml",
      "  .signalbox/playbooks/gate-coverage.md", "  drill, seven-stage",
    ]
    for line in expected { #expect(lines.contains(line), "\(line)") }
  }

  @Test func whatSilenceAndNothingDoIsSaid() throws {
    let project = try Scratch()
    let text = try builtIn("playbooks/task-failed.yaml")
      .replacingOccurrences(of: "id: task-failed", with: "id: mine").replacingOccurrences(of: "attempts: 3\n", with: "")
      .replacingOccurrences(of: "reminders: [4h, 1d, 3d]", with: "expiry: {after: 90m, effect: pause}")
    try project.write(text, to: ".signalbox/playbooks/mine.yaml")
    let lines = try Library(project: project.path, person: nil).explain("mine")
    #expect(lines.contains("  no reminder"))
    #expect(lines.contains("  after 90 minutes the session pauses; silence decides nothing"))
    #expect(lines.contains("     offered when substage is-not \"\""))
    #expect(lines.last == "  no workflow")
    #expect(
      try Library(project: nil, person: nil).explain("task-failed").contains(
        "  before it is asked, 3 attempts are made"))
  }

  @Test func everyPlaybookCanBeExplained() throws {
    let library = Library(project: nil, person: nil)
    for name in library.playbookNames { #expect(try library.explain(name).count > 20, "\(name)") }
    #expect(failure { _ = try library.explain("nope") }?.message.contains("known are abort-requested") == true)
  }

  // MARK: - Decisions

  private func playbook(_ id: String, _ conditions: [Condition], stages: [Int] = []) -> Playbook {
    Playbook(
      id: id, scenario: 3, title: "", body: "", options: [], recommended: nil, situation: .taskFailed, stages: stages,
      conditions: conditions)
  }

  private func decision(_ playbook: String, facts: [Setting], situation: SituationKind? = .taskFailed) -> Decision {
    var decision = Decision(
      id: "D1", playbook: playbook, scenario: 3, stage: 4, subject: "task:x", title: "", body: "", askedBy: "engine",
      fields: [], options: [], recommended: nil, digest: "", raisedAt: 1)
    decision.situation = situation?.rawValue ?? ""
    decision.facts = facts
    return decision
  }

  @Test func aDecisionNamesItsRuleItsFactsAndTheRunnersUp() {
    var workflow = Workflow.empty
    workflow.playbooks = [
      playbook("task-failed", []),
      playbook("task-tests", [Condition(fact: "cause-class", test: .equal, value: "test")], stages: [4]),
      playbook("task-config", [Condition(fact: "cause-class", test: .equal, value: "configuration")]),
      playbook("task-late", [], stages: [5]),
    ]
    let facts = [Setting(name: "cause-class", value: "test")]
    let library = Library(project: nil, person: nil)
    let explained = library.explain(decision: decision("task-tests", facts: facts), in: workflow)
    #expect(
      explained.lines == [
        "task-tests asked this, because", "", "  situation is task-failed", "  stage is 4",
        "  cause-class is test (test)", "  no playbook that fits says more about when it fits", "",
        "Other playbooks for task-failed, and why they did not", "", "  task-failed: another one is more exact",
        "  task-config: cause-class is configuration, but it is test", "  task-late: the stage is 4, not 5",
      ])
  }

  @Test func aFactOfManyLinesIsSaidToBeGone() {
    var workflow = Workflow.empty
    workflow.playbooks = [
      playbook("task-failed", []), playbook("task-disk", [Condition(fact: "error", test: .contains, value: "disk")]),
    ]
    let explained = DecisionExplanation(of: decision("task-disk", facts: []), in: workflow)
    #expect(explained.matched.contains("error contains disk (too long to be kept with the decision)"))
    #expect(explained.runnersUp.map(\.playbook) == ["task-failed"])
  }

  @Test func olderDecisionsAndAdoptedPlaybooksAreSaidToBeSo() {
    let old = DecisionExplanation(of: decision("task-failed", facts: [], situation: nil), in: .empty)
    #expect(old.lines.count == 1 && old.lines[0].contains("older program"))
    let gone = DecisionExplanation(of: decision("task-failed", facts: []), in: .empty)
    #expect(gone.matched == ["the session no longer holds this playbook; it has adopted others since"])
    #expect(gone.lines.last == "No other playbook of the session is for task-failed.")
  }
}
