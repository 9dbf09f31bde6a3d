import Engine
import Foundation
import Kernel
import Reports
import Testing

/// The incidents of the companion systems, replayed with scripted agents on a real workspace with real preflight.
@Suite("Replayed incidents") struct ReplayTests {
  // MARK: - Two routers (GenCode Studio, 2025-12-17)

  /// A router of 200 lines; line 152 may hold a parameter without a default behind one with a default.
  static func router(_ name: String, broken: Bool) -> String {
    var lines = ["from fastapi import APIRouter", "", "router = APIRouter()", ""]
    while lines.count < 150 {
      let number = lines.count
      lines += ["def \(name)_\(number)(a: int) -> int:", "    return a + \(number)", ""]
    }
    lines = Array(lines.prefix(150)) + [""]
    lines.append(broken ? "def search(a=1, b):" : "def search(b, a=1):")
    lines.append("    return [a, b]")
    return lines.joined(separator: "\n") + "\n"
  }

  static let routers = [
    ScriptedTeam.planned("leads", ["backend/app/routers/leads.py"]),
    ScriptedTeam.planned("notes", ["backend/app/routers/notes.py"], goals: ["FR-002"]),
    ScriptedTeam.planned("main", ["backend/app/main.py"], in: "4.3"),
  ]

  static let derek = ScriptedAgent(
    script: { task in
      switch task.id {
      case "plan": [.write("artifacts/plans/plan.md", "# Plan\n\nTwo routers.\n")]
      case "leads": [.write(task.expectedFiles[0], router("leads", broken: task.failedAttempts.isEmpty))]
      case "notes": [.write(task.expectedFiles[0], router("notes", broken: false))]
      case "main": [.write(task.expectedFiles[0], "from fastapi import FastAPI\n\napp = FastAPI()\n")]
      default: []
      }
    }, planned: routers)

  @Test("A syntax error in line 152 of one of two routers: rejected, atomic, told, tried again")
  func twoRouters() async throws {
    let team = try ScriptedTeam(Self.derek)
    try await team.begin()
    let session = try await team.run()
    #expect(session.state == .completed)
    let incident = try #require(session.incidents.first)
    #expect(session.incidents.count == 1)
    #expect(incident.expected == ["backend/app/routers/leads.py", "backend/app/routers/notes.py"])
    #expect(incident.found == ["backend/app/routers/notes.py"])
    #expect(incident.missing == ["backend/app/routers/leads.py"])
    #expect(incident.cause == .cognitive)
    #expect(incident.resolution != nil)
    // One failure and no second one that follows from it.
    let failures = session.tasks.flatMap(\.failedAttempts)
    #expect(failures.map(\.rejections.count) == [1])
    let reason = try #require(failures.first?.rejections.first?.reasons.first)
    #expect(reason.contains("152"))
    #expect(session.healings.map(\.kind) == [.taskRetried])
    // The file was kept aside with its bytes, and never lay in the workspace.
    let kept = try #require(failures.first?.rejections.first?.keptAt)
    #expect(
      FileManager.default.contents(atPath: kept).map { String(decoding: $0, as: UTF8.self).contains("a=1, b") } == true)
    #expect(session.verifications.last?.passed == true)
    #expect(session.metrics.filesCreated == 100)
    let open = try await OpenSession.open("team", in: team.journal, keepingEvents: true)
    let report = SessionReport(
      open: open, files: try team.files().keys.sorted().map { FileClaim(path: $0, hash: "") }, version: "1")
    #expect(report.markdown.contains("152"))
    #expect(report.markdown.contains("failed as a whole"))
  }

  // MARK: - Six goals (goal-driven planner, 2025-09-04)

  static let deliverables = [
    "crm/import.csv", "mail/sequence_1.md", "mail/sequence_2.md", "mail/sequence_3.md", "dashboard.md",
    "sales/script.md",
  ]

  static let sixGoals = deliverables.enumerated().map {
    Goal(id: "deliverable_\($0.offset)", text: "make \($0.element)", priority: .must, deliverables: [$0.element])
  }

  static let marketers = ScriptedAgent(
    script: { task in
      task.id == "plan"
        ? [.write("artifacts/plans/plan.md", "# Plan\n\nSix deliverables.\n")]
        : task.expectedFiles.map { .write($0, "name,mail\nAda,ada@example.org\n") }
    },
    planned: deliverables.enumerated().map {
      ScriptedTeam.planned("task-\($0.offset)", [$0.element], goals: ["deliverable_\($0.offset)"])
    }, goals: sixGoals)

  static func rules(developer performer: String, provisioning: Bool) -> Supervision {
    var rules = ScriptedTeam.rules
    for index in rules.agents.indices where rules.agents[index].role == "developer" {
      rules.agents[index].performer = performer
    }
    if provisioning { rules.provisions = [AgentRecord(name: "developer09", role: "developer", performer: "write")] }
    return rules
  }

  @Test("Six goals whose tasks would have had no agent: found within one check, healed and told")
  func sixGoals() async throws {
    let team = try ScriptedTeam(
      Self.marketers, workflow: ScriptedTeam.workflow(Self.rules(developer: "absent", provisioning: true)))
    try await team.begin()
    let session = try await team.run()
    #expect(session.state == .completed)
    #expect(session.tasks.allSatisfy { $0.failures == 0 && $0.failedAttempts.isEmpty })
    let checks = try await team.events().compactMap { event -> HealthRecord? in
      if case .healthChecked(let record) = event.fact { record } else { nil }
    }
    #expect(checks.filter { !$0.unassigned.isEmpty }.map(\.unassigned.count) == [6])
    #expect(session.alerts.map(\.kind).contains(.noAvailableAgents))
    #expect(session.healings.filter { $0.kind == .agentAssigned }.count == 6)
    #expect(session.metrics.goalCoverage == 100)
    #expect(session.metrics.assignment == 100)
    #expect(session.goals.map(session.progress(of:)) == Array(repeating: .done, count: 6))
  }

  @Test("With no agent to be had: an alert and a decision, never a silent failure")
  func noAgent() async throws {
    let team = try ScriptedTeam(
      Self.marketers, workflow: ScriptedTeam.workflow(Self.rules(developer: "absent", provisioning: false)))
    try await team.begin()
    let session = try await team.run()
    #expect(session.state == .waiting)
    #expect(session.openDecisions.map(\.playbook) == ["agent-missing"])
    #expect(session.alerts.contains { $0.kind == .noAvailableAgents && $0.needsPerson })
    #expect(session.tasks.allSatisfy { $0.state != .failed })
    #expect(session.unassignedTasks.count == 6)
    let end = try await team.run(answering: ["agent-missing": "adopt"])
    #expect(end.state == .completed)
  }

  // MARK: - Six blockers (Ouroboros, run 20260208_222827785)

  static let missing = [
    "requirements.txt", "data_preprocessing.py", "sentiment_classifier.py", "train_model.py",
    "test_sentiment_model.py", "README.md",
  ]

  static let ouroboros = ScriptedAgent(
    script: { task in
      switch task.id {
      case "plan": return [.write("artifacts/plans/plan.md", "# Plan\n\nSix files.\n")]
      case _ where task.remedies != nil:
        return task.expectedFiles.map { .write($0, $0.hasSuffix(".py") ? "VALUE = 1\n" : "words\n") }
      case _ where task.id.hasPrefix("make-"):
        // Four of the seven meet a fault of the interface first; none leaves a file.
        let number = Int(task.id.dropFirst(5)) ?? 0
        return number < 4 && task.failedAttempts.isEmpty
          ? [
            .fail(
              TaskFailure(
                cause: .environment, message: "API request failed: " + String(repeating: "long ", count: 100) + "end",
                type: "APIError", trace: "Traceback (most recent call last):\n  line 1\n  line 2",
                tools: ["write_file requirements.txt", "list_files"]))
          ] : []
      case _ where task.id.hasPrefix("check-"):
        let number = Int(task.id.dropFirst(6)) ?? 0
        return [
          .raise(
            .blocker,
            "File \(missing[number]) was not created by the developer. "
              + String(repeating: "Details follow. ", count: 40))
        ]
      default: return []
      }
    },
    planned: (0..<7).map {
      ScriptedTeam.planned("make-\($0)", [], goals: ["G\(min($0, 5))"])
    } + (0..<6).map { ScriptedTeam.planned("check-\($0)", [], role: "auditor", goals: ["G\($0)"], sequence: 2) },
    goals: missing.enumerated().map {
      Goal(id: "G\($0.offset)", text: "make \($0.element)", priority: .must, deliverables: [$0.element])
    })

  @Test(
    "Tasks that leave nothing and six blockers: all collected, remediated, errors in full, everything there at the end")
  func sixBlockers() async throws {
    let team = try ScriptedTeam(Self.ouroboros)
    try await team.begin()
    let session = try await team.run()
    #expect(session.state == .completed)
    #expect(session.callbacks.filter { $0.kind == .blocker }.count == 6)
    #expect(session.callbacks.allSatisfy { $0.text.count > 600 })
    let failures = session.tasks.flatMap(\.failedAttempts)
    #expect(failures.count == 4)
    #expect(failures.allSatisfy { $0.message.hasSuffix("end") && $0.trace.contains("line 2") && $0.tools.count == 2 })
    // What the interface did is not charged to the agents.
    #expect(session.tasks.allSatisfy { $0.failures == 0 })
    #expect(session.alerts.filter { $0.kind == .noFiles }.count == 7)
    let metrics = session.metrics
    #expect(metrics.remediation ?? 0 >= 80)
    #expect(metrics.filesCreated == 100)
    #expect(session.verifications.last?.passed == true)
    let files = try team.files()
    #expect(Self.missing.allSatisfy { files[$0] != nil })
    // The remedy went to whoever owed the file, not to who missed it.
    #expect(session.tasks.filter { $0.remedies != nil }.allSatisfy { $0.agent?.hasPrefix("developer") == true })
  }

  // MARK: - Deaths

  /// What must be the same however often the engine dies.
  struct End: Equatable {
    var state: SessionState
    var files: [String: String]
    var goals: [Kernel.Progress]
    var verified: Bool?
    var callbacks: [String]
    var expected: [[String]]
    var missing: [[String]]
    var blockers: [String]
    var decisions: [String]
  }

  static func end(of team: ScriptedTeam) async throws -> End {
    let session = try await team.session()
    return End(
      state: session.state, files: try team.files(), goals: session.goals.map(session.progress(of:)),
      verified: session.verifications.last?.passed, callbacks: session.callbacks.map(\.text).sorted(),
      expected: session.incidents.map(\.expected), missing: session.incidents.map(\.missing),
      blockers: session.blockers.map(\.id), decisions: session.openDecisions.map(\.playbook))
  }

  @Test(
    "An engine that dies at any moment changes nothing in the end", arguments: ["routers", "goals", "blockers"])
  func deaths(_ name: String) async throws {
    func make() throws -> ScriptedTeam {
      switch name {
      case "routers": return try ScriptedTeam(Self.derek)
      case "goals":
        return try ScriptedTeam(
          Self.marketers, workflow: ScriptedTeam.workflow(Self.rules(developer: "absent", provisioning: true)))
      default: return try ScriptedTeam(Self.ouroboros)
      }
    }
    let whole = try make()
    try await whole.begin()
    try await whole.run()
    let wanted = try await Self.end(of: whole)
    #expect(wanted.state == .completed)
    // Every append of the shorter replays; every third of the long one, both ways of dying by turns.
    let step = name == "blockers" ? 5 : 2
    var deaths = 0
    for appends in stride(from: 1, to: 2_000, by: step) {
      let team = try make()
      try await team.begin()
      let journal = MortalJournal(team.journal, appends: appends, writesLast: appends / step % 2 == 0)
      do {
        try await team.run(in: journal)
        // It lived to the end, so there is no later moment to die at.
        break
      } catch is MortalJournal.Died {
        deaths += 1
      }
      try await team.run()
      let found = try await Self.end(of: team)
      #expect(found == wanted, "died after \(appends) appends")
      guard found == wanted else { return }
    }
    #expect(deaths > 10)
  }
}
