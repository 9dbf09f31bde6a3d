import Engine
import Foundation
import Kernel
import Testing

/// A task that goes up the chain of command, with real parts (RoleDuty, Supervisor, CardPreflight).
@Suite("The chain of command") struct EscalationTests {
  static let cards = [
    RoleCard(
      role: "developer", title: "Developer", charter: "Writes.", reportsTo: "architect",
      forbidden: [
        Prohibition(action: "contracts", why: "The architect's.", scope: RoleScope(paths: ["contracts/**"]))
      ],
      mandatoryGates: ["advice"]),
    RoleCard(role: "architect", title: "Architect", charter: "Plans."),
  ]

  /// A developer that never leaves what it owes, and perhaps an architect's program that mends it.
  static func team(withArchitect: Bool) throws -> ScriptedTeam {
    @Sendable func deeds(_ task: TaskRecord) -> [Deed] {
      switch task.id {
      case "plan": return [.write("artifacts/plans/plan.md", "# Plan\n\nTwo files.\n")]
      case "mine":
        return [
          .fail(TaskFailure(cause: .cognitive, message: "wrong in way \(task.failedAttempts.count + 1)", type: "Wrong"))
        ]
      case "other": return [.write("other.txt", "words\n")]
      default: return []
      }
    }
    let writer = ScriptedAgent(
      script: deeds,
      planned: [
        ScriptedTeam.planned("mine", ["mine.txt"]),
        ScriptedTeam.planned("other", ["other.txt"], goals: ["FR-002"], sequence: 2),
      ])
    // What the developer's card forbids, the architect's does not: whose card counts is whoever works.
    let chief = ScriptedAgent(script: { task in
      task.workingRole == "architect"
        ? [.write("mine.txt", "mended\n"), .write("contracts/mended.md", "# Why\n")] : []
    })
    var rules = ScriptedTeam.rules
    var definitions = [AgentDefinition(name: "writer", roles: ["developer"], kind: .command, takes: ["write"])]
    if withArchitect {
      rules.agents.append(AgentRecord(name: "chief", role: "architect", performer: "chief"))
      definitions.append(AgentDefinition(name: "chief", roles: ["architect"], kind: .acp, takes: ["write"]))
    }
    var workflow = ScriptedTeam.workflow(rules)
    workflow.gates.append(
      Gate(
        id: "advice", title: "Advice", category: "Tests", kind: "tests", fromLevel: 1, mandatoryFrom: nil,
        required: "all pass", settings: [], maxAttempts: 3))
    workflow.playbooks = workflow.playbooks.map { playbook in
      var playbook = playbook
      if playbook.id == Playbook.taskFailed { playbook.body = "{{history}}" }
      return playbook
    }
    return try ScriptedTeam(
      writer, workflow: workflow, others: ["chief": chief], cards: cards,
      duties: RoleDuty.duties(of: definitions, by: cards))
  }

  @Test("fails twice, goes to the architect's agent, who mends it under its own card")
  func mended() async throws {
    let team = try Self.team(withArchitect: true)
    try await team.begin()
    let session = try await team.run()
    #expect(session.state == .completed)
    #expect(session.decisions.isEmpty)
    let task = try #require(session.task("mine"))
    #expect(task.failedAttempts.map(\.role) == ["developer", "developer"])
    #expect(task.agent == "chief" && task.workingRole == "architect" && task.attempt == 3)
    #expect(task.escalations.map(\.to) == ["architect"])
    #expect(try team.files()["mine.txt"] == "mended\n")
    #expect(try team.files()["contracts/mended.md"] == "# Why\n")
    // The gate that only advises had to pass, because the developer's card asks for it.
    let advice = try #require(session.gate("advice"))
    #expect(advice.mandatory && advice.reason == "asked for by the card of Developer")
    // What the journal holds makes the same session again.
    #expect(Session(replaying: try await team.events()) == session)
  }

  @Test("where nobody is left the person is asked, and reads who tried before; a retry begins with the own role")
  func nobodyLeft() async throws {
    let team = try Self.team(withArchitect: false)
    try await team.begin()
    var session = try await team.run()
    let decision = try #require(session.openDecisions.first)
    #expect(decision.subject == "task:mine")
    let agent = try #require(session.task("mine")?.failedAttempts.first?.agent)
    for words in [
      "Attempt 1 by \(agent) (developer)", "wrong in way 2",
      "Escalated from developer to person because its agents failed "
        + "2 times, as often as the card of Developer allows; no agent of this session's file works as architect",
    ] {
      #expect(decision.body.contains(words), "\(decision.body)")
    }
    #expect(session.task("mine")?.failedAttempts.count == 2)
    try await team.answer(decision, "retry")
    session = try await team.run()
    #expect(session.task("mine")?.failedAttempts.count == 3)
    #expect(session.openDecisions.map(\.subject) == ["task:mine"])
    session = try await team.run(answering: ["task-failed": "skip", "loop": "skip", "verification-failed": "proceed"])
    #expect(session.state == .completed)
  }
}
