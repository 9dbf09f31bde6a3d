import Testing

@testable import Kernel

/// Supervised work: goals, agents, sequences, atomic sub-stages, callbacks, remedies, health and the final verification
/// (ApplySupervision, DecideSupervision, AnsweringSupervision, Remediation, BlockerRecord, HealthCheck, FileTrail,
/// FinalVerification).
@Suite("Supervised work") struct TeamTests {
  static let syntax = TaskFailure(
    cause: .cognitive, message: "routers/leads.py was rejected: Line 152: a parameter without a default follows one.",
    type: "PreflightRejection", trace: "File \"routers/leads.py\", line 152", tools: ["write routers/leads.py"],
    rejections: [
      FileRejection(
        path: "routers/leads.py", reasons: ["Line 152: a parameter without a default follows one with a default."],
        keptAt: "/aside/leads.py")
    ])

  // MARK: - Goals, agents and sequences

  @Test("Requirements become goals with the files of their tasks; each task goes to the agent with the least to do")
  func goals() throws {
    var team = try TeamDriver()
    #expect(team.session.goals.map(\.id) == ["FR-001", "FR-002"])
    #expect(team.session.goals.map(\.deliverables) == [["routers/leads.py", "preview.txt"], ["routers/notes.py"]])
    try team.work(until: "leads")
    #expect(team.session.tasks.filter { $0.substage == "2.1" }.map(\.agent) == ["developer01", "developer02"])
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.goals.map(team.session.progress(of:)) == [.done, .done])
    let metrics = team.session.metrics
    #expect(metrics.filesCreated == 100)
    #expect(metrics.goalCoverage == 100)
    #expect(metrics.assignment == 100)
    #expect(metrics.health == 100)
  }

  @Test("A sequence begins when the one before it is over, the most important first, and a dependency holds back")
  func sequences() throws {
    let planned = [
      Team.planned("late", ["l"], sequence: 2), Team.planned("low", ["a"], priority: .low),
      Team.planned("high", ["b"], priority: .high), Team.planned("after", ["c"], dependsOn: ["low"]),
    ]
    var rules = Team.rules
    rules.parallel = 2
    var team = try TeamDriver(Team.workflow(rules), planning: planned)
    try team.work(until: "high")
    #expect(team.session.outstanding.map(\.subject) == ["task:high", "task:low"])
    try team.end("high")
    #expect(team.session.outstanding.map(\.subject) == ["task:low"])
    try team.end("low")
    try team.work(until: "after")
    #expect(team.session.outstanding.map(\.subject) == ["task:after"])
    try team.end("after")
    try team.work(until: "late")
    #expect(team.session.outstanding.map(\.subject) == ["task:late"])
  }

  @Test("A plan whose tasks wait for one another, or for none there is, cannot be followed")
  func circles() throws {
    for planned in [
      [Team.planned("a", ["a"], dependsOn: ["b"]), Team.planned("b", ["b"], dependsOn: ["a"])],
      [Team.planned("a", ["a"], dependsOn: ["x"])],
    ] {
      let team = try TeamDriver(planning: planned)
      #expect(team.session.task("plan")?.failures == 1)
      #expect(team.session.planned.isEmpty)
    }
  }

  // MARK: - Without an agent

  static func without(_ role: String, provision: Bool) -> Supervision {
    var rules = Team.rules
    rules.agents = rules.agents.map { agent in
      var agent = agent
      if agent.role == role { agent.state = .busy }
      return agent
    }
    if provision { rules.provisions = [AgentRecord(name: "developer09", role: role)] }
    return rules
  }

  @Test("Six goals whose tasks have no agent: found by one check, healed and told; nothing failed for it")
  func incidentOfSixGoals() throws {
    let planned = (1...6).map { Team.planned("t\($0)", ["f\($0)"], goals: ["FR-001", "FR-002"]) }
    var team = try TeamDriver(Team.workflow(Self.without("developer", provision: true)), planning: planned)
    try team.work(until: "t1")
    #expect(team.session.agents.last?.name == "developer09")
    #expect(team.session.agents.last?.isProvisioned == true)
    #expect(team.session.alerts.map(\.kind) == [.noAvailableAgents])
    #expect(team.session.alerts.allSatisfy { !$0.needsPerson })
    #expect(team.session.healings.filter { $0.kind == .agentProvisioned }.count == 1)
    #expect(!team.facts.contains { if case .taskFailed = $0 { true } else { false } })
    let checks = team.facts.compactMap { if case .healthChecked(let record) = $0 { record } else { nil } }
    // One at the beginning of the stage, one because of what was found.
    #expect(checks.map(\.unassigned) == [[], ["t1", "t2", "t3", "t4", "t5", "t6"]])
    #expect(checks.map(\.score) == [100, 70])
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.tasks.filter { $0.id.hasPrefix("t") && $0.agent == "developer09" }.count == 6)
    #expect(team.session.metrics.remediation == 100)
  }

  @Test("With no agent to be had there is an alert and a decision, and a person's word ends it")
  func nobody() throws {
    var team = try TeamDriver(Team.workflow(Self.without("developer", provision: false)))
    try team.work()
    #expect(team.session.alerts.map(\.kind) == [.noAvailableAgents])
    #expect(team.session.alerts.first?.needsPerson == true)
    let decision = try team.driver.open()
    #expect(decision.situation == "agent-missing")
    #expect(team.session.blockers.contains { $0.source == "unassigned" && $0.owner == "person" })
    #expect(team.session.tasks.allSatisfy { $0.state != .failed })
    try team.driver.answer("adopt")
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.agents.last?.name == "developer03")
  }

  @Test("A question for an agent is withdrawn when one can work again, and leaving the tasks out goes on without them")
  func comesBack() throws {
    var team = try TeamDriver(Team.workflow(Self.without("developer", provision: false)))
    try team.work()
    let left = team
    try team.driver.order(.reportAgent("developer01", state: .available, reason: ""), by: "engine")
    #expect(team.session.openDecisions.isEmpty)
    try team.work()
    #expect(team.session.state == .completed)
    team = left
    try team.driver.answer("skip")
    #expect(team.session.task("leads")?.state == .skipped)
  }

  @Test("An agent that cannot work any more loses what it has not begun")
  func reassigned() throws {
    var team = try TeamDriver()
    try team.work(until: "leads")
    try team.driver.order(.reportAgent("developer01", state: .failed, reason: "it crashed"), by: "engine")
    #expect(team.session.task("leads")?.agent == "developer02")
  }

  @Test("A goal without a task is found, gets one, and both are told")
  func emptyGoal() throws {
    var team = try TeamDriver(planning: [Team.planned("leads", ["routers/leads.py"])])
    try team.work()
    #expect(team.session.alerts.map(\.kind).contains(.noTasksForGoal))
    #expect(team.session.healings.map(\.kind).contains(.goalTasked))
    #expect(team.session.task("goal-fr-002")?.state == .done)
    #expect(team.session.state == .completed)
  }

  // MARK: - Atomic sub-stages

  @Test(
    "One of two routers does not hold: the sub-stage fails as a whole, is told as an incident, and a retry succeeds")
  func incidentOfTwoRouters() throws {
    var team = try TeamDriver()
    try team.work(until: "leads")
    try team.fail("leads", Self.syntax)
    // The other one goes on, and nothing is asked before it is over.
    #expect(team.session.openDecisions.isEmpty)
    #expect(team.session.outstanding == [.perform(task: "notes", attempt: 1)])
    try team.end("notes")
    #expect(team.session.outstanding == [.inspect("2.1", attempt: 1)])
    try team.perform(.inspect("2.1", attempt: 1))
    let incident = try #require(team.session.incidents.first)
    #expect(incident.expected == ["routers/leads.py", "routers/notes.py"])
    #expect(incident.found == ["routers/notes.py"])
    #expect(incident.missing == ["routers/leads.py"])
    #expect(incident.cause == .cognitive)
    #expect(incident.blocks == ["2.2"])
    #expect(incident.chain.contains { $0.contains("Line 152") })
    // It is tried again by itself with what was learned, and the failure stays on record.
    #expect(team.session.healings.map(\.kind) == [.taskRetried])
    #expect(team.session.task("leads")?.guidance?.contains("Line 152") == true)
    #expect(team.session.task("leads")?.failedAttempts.first?.rejections.count == 1)
    #expect(team.session.blockers.contains { $0.source == "atomic-check" })
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.incidents.first?.resolution != nil)
    #expect(
      !team.facts.contains { fact in
        if case .taskFailed(let id, _, _) = fact { id != "leads" } else { false }
      })
  }

  @Test("After three failures within a day a person is asked, with what was expected and found")
  func exhausted() throws {
    var team = try TeamDriver()
    try team.work(until: "leads")
    for attempt in 1...3 {
      try team.fail("leads", TaskFailure(cause: .cognitive, message: "wrong in way \(attempt)"))
      try team.work(until: "leads")
    }
    let decision = try team.driver.open()
    #expect(decision.playbook == "task-failed")
    #expect(decision.subject == "task:leads")
    #expect(team.session.incidents.count == 3)
    #expect(team.session.blockerRecords.contains { $0.source == "atomic-check" && $0.owner == "person" })
    try team.driver.answer("retry")
    try team.work()
    #expect(team.session.state == .completed)
  }

  @Test("A file that is gone at the end of a sub-stage fails it, names who made it, and is made again")
  func lost() throws {
    var team = try TeamDriver()
    try team.work(until: "checkpoint-2.1")
    team.disk["routers/notes.py"] = nil
    try team.work(until: "notes")
    let incident = try #require(team.session.incidents.first)
    #expect(incident.missing == ["routers/notes.py"])
    #expect(team.session.task("notes")?.failedAttempts.first?.message.contains("made by developer02") == true)
    #expect(team.session.alerts.contains { $0.kind == .fileLost })
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.task("notes")?.attempt == 2)
  }

  @Test(
    "A fault of the environment waits 5 and 10 seconds, is not charged to the agent, and then sets aside what may be")
  func environment() throws {
    let fault = TaskFailure(cause: .environment, message: "no space left on device")
    var team = try TeamDriver(Team.workflow(isolating: true))
    try team.work(until: "preview")
    for (number, pause) in [5, 10].enumerated() {
      try team.fail("preview", fault)
      #expect(team.session.outstanding.isEmpty)
      #expect(team.session.isBackingOff)
      #expect(team.session.state == .running)
      try team.wait(seconds: pause - 1)
      #expect(team.session.outstanding.isEmpty)
      try team.wait(seconds: 1)
      #expect(team.session.outstanding == [.perform(task: "preview", attempt: number + 2)])
    }
    #expect(team.session.task("preview")?.failures == 0)
    try team.fail("preview", fault)
    try team.work()
    #expect(team.session.stages.flatMap(\.substages).map(\.state) == [.done, .isolated])
    #expect(team.session.incidents.first?.cause == .environment)
    #expect(team.session.state == .completed)
  }

  // MARK: - Callbacks and remedies

  @Test("Callbacks are kept whole, read, answered once by a person, and the same is not taken twice from one task")
  func callbacks() throws {
    var team = try TeamDriver()
    try team.work(until: "leads")
    let text = String(repeating: "What of the notes? ", count: 200)
    let said = Callback(kind: .query, from: "developer01", text: text, task: "leads", attempt: 1)
    try team.driver.order(.raiseCallback(said), by: "developer01")
    try team.driver.order(.raiseCallback(said), by: "developer01")
    #expect(team.session.callbacks.map(\.text) == [text])
    #expect(team.session.unansweredCallbacks.map(\.id) == ["C-1"])
    #expect(team.driver.refusal(.answerCallback("C-1", text: "yes"), by: "engine") != nil)
    try team.driver.order(.readCallback("C-1"))
    try team.driver.order(.answerCallback("C-1", text: "Both."))
    #expect(team.driver.refusal(.answerCallback("C-1", text: "No.")) != nil)
    #expect(team.driver.refusal(.answerCallback("C-9", text: "No.")) != nil)
    #expect(team.driver.refusal(.raiseCallback(Callback(kind: .query, from: "a", text: " "))) != nil)
    #expect(team.session.callbacks.first?.readBy == "Ada")
    #expect(team.session.task("leads")?.feedback.last?.contains("Both.") == true)
    try team.work()
    #expect(team.session.state == .completed)
  }

  /// Developers who leave nothing, and auditors who notice.
  static func silentTeam(missing paths: [String]) throws -> TeamDriver {
    let planned =
      paths.enumerated().map { Team.planned("make-\($0.offset)", [], goals: ["G\($0.offset)"]) }
      + paths.enumerated().map {
        Team.planned("check-\($0.offset)", [], role: "auditor", goals: ["G\($0.offset)"], sequence: 2)
      }
    var team = try TeamDriver(planning: [])
    team = try TeamDriver(
      Team.workflow(),
      goals: paths.enumerated().map {
        Goal(id: "G\($0.offset)", text: "make \($0.element)", priority: .must, deliverables: [$0.element])
      }, planning: planned)
    return team
  }

  @Test("What an auditor says was not created is made by the agent that owed it")
  func remedies() throws {
    let paths = ["requirements.txt", "train_model.py"]
    var team = try Self.silentTeam(missing: paths)
    try team.work(until: "check-0")
    #expect(team.session.alerts.filter { $0.kind == .noFiles }.count == 2)
    for (number, path) in paths.enumerated() {
      let said = Callback(
        kind: .blocker, from: "auditor01", text: "\(path) was not created by the developer.", task: "check-\(number)",
        attempt: 1)
      try team.driver.order(.raiseCallback(said), by: "auditor01")
    }
    #expect(team.session.blockers.filter { $0.source == "callback" }.map(\.owner) == ["developer01", "developer02"])
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.tasks.filter { $0.remedies != nil }.map(\.agent) == ["developer01", "developer02"])
    #expect(team.session.tasks.filter { $0.remedies != nil }.map(\.sequence) == [100, 100])
    #expect(team.session.blockerRecords.filter { $0.source == "callback" }.allSatisfy { $0.state == .resolved })
    #expect(team.session.metrics.remediation == 100)
    #expect(team.session.metrics.callbacksAnswered == 2)
    #expect(paths.allSatisfy { team.disk[$0] != nil })
    #expect(team.session.verifications.last?.passed == true)
  }

  @Test("What cannot be remediated in three tries becomes a decision; nobody's blocker does at once")
  func unremedied() throws {
    var team = try Self.silentTeam(missing: ["a.py"])
    try team.work(until: "check-0")
    let said = Callback(kind: .blocker, from: "auditor01", text: "a.py was not created.", task: "check-0", attempt: 1)
    try team.driver.order(.raiseCallback(said), by: "auditor01")
    try team.driver.order(
      .raiseCallback(Callback(kind: .blocker, from: "developer01", text: "The licence is unclear.")), by: "developer01")
    try team.work(until: "remedy-b-1")
    let id = try #require(team.session.tasks.last { $0.remedies != nil }?.id)
    for attempt in 1...3 { try team.fail(id, TaskFailure(cause: .cognitive, message: "no \(attempt)")) }
    try team.work()
    #expect(team.session.openDecisions.map(\.subject) == ["blocker:callback:C-2", "blocker:callback:C-1"])
    #expect(team.session.openDecisions.map(\.playbook) == ["blocker-open", "blocker-open"])
    #expect(team.session.openDecisions.first?.options.map(\.id).contains("retry") == false)
    try team.driver.answer("proceed", note: "the lawyers know")
    try team.driver.answer("dismiss", note: "we do without")
    #expect(team.session.callbacks.allSatisfy { $0.answer != nil })
    #expect(team.session.risks.count == 1)
  }

  // MARK: - The end

  @Test(
    "A deliverable that is lost names who made it and when it was last seen; it is made again and all is verified anew")
  func verification() throws {
    var team = try TeamDriver()
    try team.work(until: "audit")
    team.disk["routers/leads.py"] = nil
    try team.end("audit")
    try team.work(until: "nothing")
    let first = try #require(team.session.verifications.first)
    let item = try #require(first.items.first { $0.subject == "routers/leads.py" })
    #expect(!item.passed)
    #expect(item.words.contains("developer01"))
    #expect(item.words.contains("last seen"))
    #expect(team.session.verifications.count == 2)
    #expect(team.session.verifications.last?.passed == true)
    #expect(team.session.earlierGates.flatMap(\.results).count == 1)
    #expect(team.session.state == .completed)
    #expect(team.disk["routers/leads.py"] != nil)
  }

  @Test("A person's own edit is told apart, asked about, and accepted by a person only")
  func edited() throws {
    var team = try TeamDriver()
    try team.work(until: "audit")
    team.disk["routers/leads.py"] = "edited"
    try team.end("audit")
    try team.work()
    let decision = try team.driver.open()
    #expect(decision.playbook == "verification-failed")
    #expect(team.session.files["routers/leads.py"]?.integrity == .drifted)
    #expect(team.session.alerts.contains { $0.kind == .fileDrift })
    #expect(decision.options.map(\.id).contains("edits"))
    let asked = team
    try team.driver.answer("edits")
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.files["routers/leads.py"]?.author == .person("Ada"))
    team = asked
    try team.driver.answer("proceed", note: "it is fine")
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.verifications.last?.passed == false)
    #expect(team.session.risks.map(\.note) == ["it is fine"])
  }

  @Test("An auditor's finding against a requirement is asked about, with its evidence")
  func audited() throws {
    var team = try TeamDriver()
    try team.work(until: "audit")
    try team.end(
      "audit",
      TaskReport(audit: [
        AuditFinding(subject: "FR-001", passed: true, evidence: "routers/leads.py:12"),
        AuditFinding(subject: "FR-002", passed: false, evidence: "nothing serves it"),
      ]))
    try team.work()
    #expect(try team.driver.open().playbook == "verification-failed")
    let items = team.session.verifications.last?.items.filter { $0.kind == .requirement }
    #expect(items?.map(\.passed) == [true, false])
    try team.driver.answer("retry")
    try team.work(until: "audit")
    #expect(team.session.outstanding.map(\.subject) == ["task:audit"])
  }

  @Test("“All tests pass” is held against the gate, and who said it is named")
  func claims() throws {
    var team = try TeamDriver()
    try team.work(until: "leads")
    try team.end("leads", TaskReport(claims: [AgentClaim(subject: "tests", words: "all tests pass")]))
    try team.work(until: "audit")
    // The gate passed, so nothing is refuted; failing it is.
    #expect(!team.session.alerts.contains { $0.kind == .claimRefuted })
    var failing = try TeamDriver()
    try failing.work(until: "leads")
    try failing.end("leads", TaskReport(claims: [AgentClaim(subject: "tests", words: "all tests pass")]))
    while let effect = failing.session.outstanding.first {
      guard case .runGate(let gate, let attempt) = effect else {
        try failing.perform(effect)
        continue
      }
      try failing.driver.start(effect)
      let result = GateResult(passed: false, required: "0", achieved: "3 failed", evidence: "e", evidenceHash: "h")
      try failing.driver.order(.reportGate(gate, attempt: attempt, result: result), by: "engine")
    }
    let alert = try #require(failing.session.alerts.first { $0.kind == .claimRefuted })
    #expect(alert.words.contains("developer01 said “all tests pass”"))
    #expect(alert.words.contains("3 failed"))
  }

  // MARK: - Health

  @Test("A check runs at intervals while something is under way, and an unread callback is told of")
  func interval() throws {
    var team = try TeamDriver()
    try team.work(until: "leads")
    try team.driver.start(.perform(task: "leads", attempt: 1))
    try team.driver.order(
      .raiseCallback(Callback(kind: .clarification, from: "developer01", text: "Which?")), by: "developer01")
    #expect(team.session.nextAlarm != nil)
    let before = team.session.healthChecks
    try team.wait(seconds: 300)
    #expect(team.session.healthChecks == before + 1)
    #expect(team.session.alerts.map(\.kind) == [.callbackUnread])
    try team.wait(seconds: 300)
    #expect(team.session.healthChecks == before + 2)
    #expect(team.session.health?.unread == ["C-1"])
  }

  @Test("The score is 100 less 10, 5 and 3, and never below 0")
  func score() {
    let some = HealthRecord(at: 0, emptyGoals: ["a"], unassigned: ["b", "c"], failed: ["d"])
    #expect(some.score == 77)
    let all = HealthRecord(at: 0, emptyGoals: (0..<11).map(String.init))
    #expect(all.score == 0)
  }

  @Test("Being assignable has one meaning")
  func assignable() {
    let able = AgentState.allCases.filter { AgentRecord(name: "a", role: "r", state: $0).isAssignable }
    #expect(able == [.available, .active])
  }

  @Test("An undo keeps what was said, found and healed")
  func undone() throws {
    var team = try TeamDriver(Team.workflow(Self.without("developer", provision: false)))
    try team.work()
    try team.driver.answer("adopt")
    try team.work(until: "leads")
    try team.driver.order(.raiseCallback(Callback(kind: .error, from: "developer03", text: "odd")), by: "developer03")
    let before = team.session
    try team.driver.order(.undo(reason: "no"))
    #expect(team.session.callbacks == before.callbacks)
    #expect(team.session.alerts == before.alerts)
    #expect(team.session.incidents == before.incidents)
    #expect(Session(replaying: team.driver.events) == team.session)
  }

  // MARK: - What must be reached, and what is locked

  @Test("The coverage that is required is the level's, or more where a role or the acceptance criteria ask for more")
  func coverage() throws {
    func required(_ criteria: String, _ rules: Supervision) throws -> Int {
      var driver = try Driver(
        Team.workflow(rules), brief: Briefs.text(replacing: [.acceptanceCriteria: criteria]), level: 1)
      driver.session.planned = Team.routers
      return driver.session.requiredCoverage
    }
    var rules = Team.rules
    #expect(try required("All tests pass.", rules) == 60)
    #expect(try required("- Test coverage of at least 90 %.", rules) == 90)
    #expect(try required("- Coverage 40%.", rules) == 60)
    rules.coverage = [RoleThreshold(role: "developer", percentage: 80), RoleThreshold(role: "tester", percentage: 99)]
    #expect(try required("All tests pass.", rules) == 80)
  }

  @Test("What a person approved is locked, and found when somebody changes it")
  func locked() {
    var table = FileTable()
    let author = FileAuthor.task("intake", attempt: 1, agent: "analyst01")
    let made = FileOperation(kind: .created, path: "intake.md", size: 1, before: nil, after: "a")
    table.take(FileBatch(author: author, operations: [made]), at: 1)
    table.lock("intake.md")
    #expect(table["intake.md"]?.integrity == .locked)
    #expect(table.differences(from: [FileClaim(path: "intake.md", hash: "a")]).isEmpty)
    let edits = table.differences(from: [FileClaim(path: "intake.md", hash: "b")])
    #expect(edits.map(\.kind) == [.modified])
    table.take(FileBatch(author: .outside, operations: edits), at: 2)
    #expect(table["intake.md"]?.integrity == .drifted)
  }
}

extension TeamDriver {
  /// A team whose planner names the goals itself.
  init(_ workflow: Workflow, goals: [Goal], planning planned: [PlannedTask]) throws {
    driver = try Driver(workflow, brief: Briefs.text(), level: 1)
    driver.isKeeping = false
    try work(until: "plan")
    disk["plan.md"] = "p"
    try end("plan", TaskReport(planned: planned, goals: goals))
  }
}
