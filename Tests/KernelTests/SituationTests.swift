import Testing

@testable import Kernel

// covers Situation.swift

@Suite("Situation")
struct SituationTests {
  private let facts = [
    Setting(name: "level", value: "3"), Setting(name: "error", value: "PyPI timed out"),
    Setting(name: "empty", value: ""),
  ]

  @Test(
    "A condition compares words with words and numbers with numbers",
    arguments: [
      ("level", Condition.Test.equal, "3", true), ("level", .equal, "03", false), ("level", .different, "4", true),
      ("level", .different, "3", false), ("level", .atLeast, "3", true), ("level", .atLeast, "4", false),
      ("level", .atMost, "3", true), ("level", .atMost, "2", false), ("level", .atLeast, "three", false),
      ("error", .atLeast, "1", false), ("error", .contains, "pypi", true), ("error", .contains, "npm", false),
      ("error", .equal, "pypi timed out", false), ("empty", .equal, "", true), ("nothing", .equal, "", false),
      ("nothing", .different, "x", true), ("nothing", .contains, "", false), ("nothing", .atMost, "9", false),
    ])
  func conditions(fact: String, test: Condition.Test, value: String, holds: Bool) {
    #expect(Condition(fact: fact, test: test, value: value).holds(for: facts) == holds)
  }

  @Test("A condition says itself in words")
  func words() {
    #expect(Condition(fact: "attempts-left", test: .equal, value: "0").words == "attempts-left is 0")
    #expect(Condition(fact: "level", test: .atLeast, value: "2").words == "level at-least 2")
  }

  private func playbook(
    _ id: String, stages: [Int] = [], conditions: [Condition] = [], situation: SituationKind? = .gateFailed
  ) -> Playbook {
    Playbook(
      id: id, scenario: 4, title: "", body: "", options: [], recommended: nil, situation: situation, stages: stages,
      conditions: conditions)
  }

  @Test("A verdict names what matched, with the fact's value, or the first thing that did not")
  func verdict() {
    let exact = playbook(
      "exact", stages: [4, 5],
      conditions: [
        Condition(fact: "level", test: .atLeast, value: "2"), Condition(fact: "error", test: .contains, value: "npm"),
      ])
    #expect(
      exact.verdict(for: .loop, stage: 4, facts: facts)
        == TriggerVerdict(playbook: "exact", matched: [], failed: "it is for gate-failed, not for loop"))
    #expect(
      exact.verdict(for: .gateFailed, stage: 3, facts: facts)
        == TriggerVerdict(
          playbook: "exact", matched: ["situation is gate-failed"], failed: "the stage is 3, not 4, 5"))
    #expect(
      exact.verdict(for: .gateFailed, stage: 5, facts: facts)
        == TriggerVerdict(
          playbook: "exact", matched: ["situation is gate-failed", "stage is 5", "level at-least 2 (3)"],
          failed: "error contains npm, but it is PyPI timed out"))
    #expect(
      playbook("old", situation: nil).verdict(for: .loop, stage: 0, facts: []).failed
        == "it is for no situation, not for loop")
  }

  @Test("The most exact playbook fires, then the one the stage names, then the first; the others say why not")
  func ranking() {
    var workflow = Workflow.empty
    let condition = Condition(fact: "level", test: .equal, value: "3")
    workflow.playbooks = [
      playbook("general"), playbook("named"), playbook("staged", stages: [5]),
      playbook("exact", conditions: [condition]), playbook("elsewhere", situation: .loop),
    ]
    func firing(_ stage: Int, named: String? = nil, facts: [Setting]? = nil) -> [String] {
      workflow.verdicts(for: .gateFailed, stage: stage, facts: facts ?? self.facts, named: named).map(\.playbook)
    }
    #expect(firing(5) == ["exact", "general", "named", "staged"])
    #expect(firing(5, facts: []).first == "staged")
    #expect(firing(4, facts: []).first == "general")
    #expect(firing(4, named: "named", facts: []).first == "named")
    let rest = workflow.verdicts(for: .gateFailed, stage: 4, facts: facts, named: nil).dropFirst()
    #expect(
      rest.map(\.failed) == [
        "another one is more exact", "another one is more exact", "the stage is 4, not 5",
      ])
    #expect(workflow.verdicts(for: .unsupported, stage: 4, facts: [], named: nil).isEmpty)
  }

  @Test("An approval is asked by exactly the playbook its stage names")
  func approval() {
    let verdicts = Workflows.whole.verdicts(for: .approval, stage: 2, facts: [], named: "approve-plan")
    #expect(verdicts.first?.playbook == "approve-plan")
    #expect(verdicts.first?.failed == nil)
    #expect(
      Workflows.whole.verdicts(for: .approval, stage: 2, facts: [], named: "nothing").allSatisfy { $0.failed != nil })
  }

  @Test("Every situation has facts, options and a name of its own", arguments: SituationKind.allCases)
  func kinds(kind: SituationKind) {
    #expect(Set(kind.facts).isDisjoint(with: SituationKind.commonFacts))
    #expect(Set(kind.facts).count == kind.facts.count)
    #expect(Set(kind.effects).count == kind.effects.count)
    #expect(kind.effects.contains(.pause) || kind == .changeRequested)
    #expect(SituationKind(rawValue: kind.rawValue) == kind)
  }
}
