import Testing

@testable import Kernel

// covers Decide.swift

@Suite("Decide")
struct DecideTests {
  private let creation = Creation(
    id: "s", title: "t", workspace: "/w", briefText: Briefs.text(), workflow: Workflows.mini)

  /// A session that asks for the intake's approval.
  private func atIntake() throws -> Driver {
    var driver = try Driver()
    try driver.work()
    return driver
  }

  /// A session whose first sub-stage is being worked on.
  private func inCode(_ brief: String = Briefs.text()) throws -> Driver {
    var driver = try Driver(brief: brief)
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    try driver.answer("approve")
    return driver
  }

  // MARK: - Beginning

  @Test("A session is created once, and nothing happens before")
  func create() throws {
    var driver = Driver.blank
    #expect(driver.refusal(.resume) == .notCreated)
    #expect(driver.refusal(.takeLease(holder: "e", epoch: 1)) == .notCreated)
    var nameless = creation
    nameless.id = ""
    guard case .notNow = driver.refusal(.create(nameless)) else {
      Issue.record("a session without a name")
      return
    }
    try driver.order(.create(creation))
    #expect(driver.refusal(.create(creation)) == .alreadyCreated(session: "s"))
    #expect(
      Driver.kinds(driver.events) == ["sessionCreated", "stageStarted", "briefAccepted", "stageCompleted"])
    // What lies in the workspace is kept before a stage that works begins.
    #expect(driver.session.outstanding == [.keep(attempt: 1)])
    let events = try driver.order(.takeLease(holder: "e", epoch: 1), by: "engine")
    #expect(Driver.kinds(events) == ["leaseTaken"])
    #expect(
      Driver.kinds(Array(driver.events.suffix(4))) == ["effectStarted", "workspaceKept", "stageStarted", "taskCreated"])
    #expect(driver.session.stages[1].tree == driver.session.checkpoints.first?.tree)
  }

  @Test("A workflow without stages is complete at once")
  func empty() throws {
    var driver = Driver.blank
    var nothing = creation
    nothing.workflow = .empty
    try driver.order(.create(nothing))
    #expect(driver.session.state == .completed)
    #expect(driver.refusal(.resume) == .ended(state: .completed))
  }

  // MARK: - The lease

  @Test("Each lease has a higher epoch, and what was in flight is noted as interrupted")
  func lease() throws {
    var driver = try Driver()
    try driver.start(.perform(task: "survey", attempt: 1))
    #expect(driver.refusal(.takeLease(holder: "f", epoch: 1)) == .fenced(epoch: 1, current: 1))
    let events = try driver.order(.takeLease(holder: "f", epoch: 5), by: "engine")
    #expect(Driver.kinds(events) == ["leaseTaken", "effectInterrupted", "effectReconciled"])
    #expect(driver.session.outstanding == [.perform(task: "survey", attempt: 2)])
    #expect(driver.session.holder?.name == "f")
    #expect(driver.session.interruptions.map(\.effect) == [.perform(task: "survey", attempt: 1)])
  }

  @Test("Only the holder starts effects: no older engine, none that gave the lease back, none that never took it")
  func fenced() throws {
    let effect = Effect.perform(task: "survey", attempt: 1)
    var fresh = Driver.blank
    try fresh.order(.create(creation))
    #expect(fresh.refusal(.start(effect, epoch: 0)) == .fenced(epoch: 0, current: 0))
    var driver = try Driver()
    try driver.order(.takeLease(holder: "f", epoch: 2), by: "engine")
    #expect(driver.refusal(.start(effect, epoch: 1)) == .fenced(epoch: 1, current: 2))
    #expect(driver.refusal(.releaseLease(epoch: 1)) == .fenced(epoch: 1, current: 2))
    try driver.order(.releaseLease(epoch: 2), by: "engine")
    #expect(driver.refusal(.start(effect, epoch: 2)) == .fenced(epoch: 2, current: 2))
    #expect(driver.refusal(.releaseLease(epoch: 2)) == .fenced(epoch: 2, current: 2))
    #expect(driver.session.outstanding == [effect])
  }

  @Test("An effect is started once, and only when it is owed")
  func starting() throws {
    var driver = try Driver()
    let effect = Effect.perform(task: "survey", attempt: 1)
    #expect(
      driver.refusal(.start(.perform(task: "survey", attempt: 2), epoch: 1)) == .staleReport("task survey, attempt 2"))
    #expect(
      driver.refusal(.start(.perform(task: "report", attempt: 1), epoch: 1)) == .staleReport("task report, attempt 1"))
    #expect(driver.refusal(.start(.runGate("lint", attempt: 1), epoch: 1)) == .staleReport("gate lint, attempt 1"))
    try driver.start(effect)
    #expect(driver.refusal(.start(effect, epoch: 1)) == .staleReport("task survey, attempt 1"))
    #expect(driver.session.inFlight == [effect])
  }

  // MARK: - Reports

  @Test("A report counts once, for the attempt that is in flight")
  func reports() throws {
    var driver = try Driver()
    let report = TaskOutcome.finished(TaskReport())
    let stale = Refusal.staleReport("task survey, attempt 1")
    #expect(driver.refusal(.reportTask("survey", attempt: 1, outcome: report)) == stale)
    try driver.start(.perform(task: "survey", attempt: 1))
    #expect(
      driver.refusal(.reportTask("survey", attempt: 2, outcome: report)) == .staleReport("task survey, attempt 2"))
    #expect(
      driver.refusal(.reportGate("survey", attempt: 1, result: GateResult(passed: true, required: "", achieved: "")))
        == .staleReport("gate survey, attempt 1"))
    try driver.order(.reportTask("survey", attempt: 1, outcome: report), by: "engine")
    #expect(driver.refusal(.reportTask("survey", attempt: 1, outcome: report)) == stale)
    #expect(driver.refusal(.interrupt(.perform(task: "survey", attempt: 1), reason: "late")) == stale)
  }

  @Test("A report without an expected file fails the attempt and names the file; a sibling does not stand in for it")
  func missingFiles() throws {
    var driver = try Driver()
    try driver.work(until: "intake")
    let sibling = TaskReport(files: [FileClaim(path: "artifacts/intake2.md", hash: "1")])
    try driver.perform("intake", .finished(sibling))
    let task = try #require(driver.session.task("intake"))
    #expect(task.state == .todo)
    #expect(task.attempt == 2)
    #expect(task.error == "Expected 1 files, found 0; missing: artifacts/intake.md")
    #expect(task.files.isEmpty)
  }

  @Test("Expected files are compared byte by byte: another spelling of the same letters is another file")
  func spelling() throws {
    var workflow = Workflows.tiny
    workflow.stages[1].work = [Workflows.task("report", files: ["Caf\u{E9}.md"])]
    var driver = try Driver(workflow)
    try driver.perform("report", .finished(TaskReport(files: [FileClaim(path: "Cafe\u{301}.md", hash: "1")])))
    #expect(driver.session.task("report")?.state == .todo)
    try driver.perform("report")
    #expect(driver.session.state == .completed)
  }

  @Test("A task that fails too often, or for good, is put to a person", arguments: TaskFailure.Cause.allCases)
  func failures(cause: TaskFailure.Cause) throws {
    var driver = try Driver()
    let failure = TaskOutcome.failed(TaskFailure(cause: cause, message: "no network"))
    try driver.perform("survey", failure)
    if cause != .hard {
      #expect(driver.session.openDecisions.isEmpty)
      try driver.perform("survey", failure)
    }
    let decision = try driver.open()
    #expect(decision.playbook == "task-failed")
    #expect(decision.title == "survey: no network")
    #expect(driver.session.outstanding.isEmpty)
    #expect(driver.session.blockers.map(\.id) == ["task:survey"])
    try driver.answer("retry", note: "try the mirror")
    let task = try #require(driver.session.task("survey"))
    #expect(task.guidance == "try the mirror")
    #expect(task.failures == 0)
    #expect(task.attempt == (cause == .hard ? 2 : 3))
    #expect(driver.session.outstanding == [.perform(task: "survey", attempt: task.attempt)])
  }

  @Test("A failing task does not hide its failing neighbour, nor stop a working one")
  func neighbours() throws {
    var driver = try Driver()
    try driver.work()
    try driver.answer("approve")
    let plan = try #require(driver.session.task("plan"))
    var report = Driver.report(for: plan)
    report.planned = Driver.plan(["3.1"]) + Driver.plan(["3.1"], suffix: "b") + Driver.plan(["3.1"], suffix: "c")
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    #expect(driver.session.outstanding.count == 3)
    let hard = TaskOutcome.failed(TaskFailure(cause: .hard, message: "m"))
    try driver.perform("task-3.1", hard)
    try driver.perform("task-3.1c", hard)
    #expect(driver.session.openDecisions.map(\.subject) == ["task:task-3.1", "task:task-3.1c"])
    #expect(driver.session.outstanding == [.perform(task: "task-3.1b", attempt: 1)])
  }

  @Test(
    "A plan that cannot be followed fails its task and says why",
    arguments: [
      ("", "3.1", "a task of 3.1 has no name."), ("x", "9.9", "x belongs to 9.9, which is no sub-stage."),
      ("task-3.1", "3.1", "the name task-3.1 is given to two tasks."),
      ("report", "3.1", "the name report is given to two tasks."),
      ("checkpoint-3.1", "3.1", "the name checkpoint-3.1 is given to two tasks."),
    ])
  func hostilePlan(id: String, substage: String, problem: String) throws {
    var driver = try atIntake()
    try driver.answer("approve")
    let task = try #require(driver.session.task("plan"))
    var report = Driver.report(for: task)
    report.planned?.append(
      PlannedTask(id: id, title: "", substage: substage, role: "", performer: "code", files: []))
    try driver.perform("plan", .finished(report))
    #expect(driver.session.task("plan")?.error == "The plan cannot be followed: \(problem)")
    #expect(driver.session.planned.isEmpty)
  }

  @Test("A check that could not be made never passes, whatever it claims")
  func unavailable() throws {
    var driver = try inCode()
    try driver.work(until: "lint")
    try driver.run("lint", passed: true, unavailable: "no tool")
    #expect(driver.session.gate("lint")?.state == .failed)
  }

  // MARK: - Answers

  @Test("A decision takes exactly one answer; the second is told who was first")
  func oneAnswer() throws {
    var driver = try atIntake()
    let decision = try driver.open()
    let before = driver.session
    try driver.answer("approve", by: "Ada")
    let second = Answer(decision: decision.id, option: "abort", digest: decision.digest, note: "n", confirmation: "s")
    #expect(
      driver.refusal(.answer(second), by: "Ben")
        == .alreadyAnswered(decision: decision.id, option: "approve", by: "Ada", at: driver.session.updatedAt))
    #expect(before.decision(decision.id)?.isOpen == true)
    #expect(driver.session.decision(decision.id)?.answer?.by == "Ada")
  }

  @Test("An answer is checked against what was shown, what is offered and what it needs")
  func checks() throws {
    let driver = try atIntake()
    let decision = try driver.open()
    func refused(_ edit: (inout Answer) -> Void) -> Refusal? {
      var answer = Answer(decision: decision.id, option: "approve", digest: decision.digest)
      edit(&answer)
      return driver.refusal(.answer(answer))
    }
    #expect(refused { $0.decision = "D-9" } == .unknownDecision("D-9", open: [decision.id]))
    #expect(
      refused { $0.option = "sing" } == .unknownOption("sing", valid: ["approve", "request-changes", "pause", "abort"]))
    #expect(refused { $0.option = "APPROVE" } == .unknownOption("APPROVE", valid: decision.options.map(\.id)))
    #expect(refused { $0.digest = "" } == .stale(decision: decision.id, current: decision.digest))
    #expect(
      refused { $0.digest = decision.digest.uppercased() } == .stale(decision: decision.id, current: decision.digest))
    #expect(refused { $0.option = "request-changes" } == .noteRequired(option: "request-changes"))
    #expect(
      refused {
        $0.option = "request-changes"
        $0.note = " \n"
      } == .noteRequired(option: "request-changes"))
    #expect(
      refused {
        $0.option = "abort"
        $0.note = "n"
      } == .confirmationRequired(option: "abort", word: "s"))
    #expect(
      refused {
        $0.option = "abort"
        $0.note = "n"
        $0.confirmation = "S"
      } == .confirmationRequired(option: "abort", word: "s"))
  }

  @Test("An answer belongs to a person", arguments: ["engine", "", "  "])
  func persons(by: String) throws {
    let driver = try atIntake()
    let decision = try driver.open()
    let answer = Answer(decision: decision.id, option: "approve", digest: decision.digest, by: "Ada")
    guard case .notNow = driver.refusal(.answer(answer), by: by) else {
      Issue.record("answered by nobody")
      return
    }
  }

  @Test("Who answered, when, and that somebody looked come from the order, not from the answer")
  func author() throws {
    var driver = try atIntake()
    let decision = try driver.open()
    let answer = Answer(
      decision: decision.id, option: "a", digest: decision.digest, inAdvance: true, by: "Eve", at: 12_345)
    try driver.order(.answer(answer), by: "Ada")
    let recorded = try #require(driver.session.decision(decision.id)?.answer)
    #expect(recorded.by == "Ada")
    #expect(recorded.at == driver.session.updatedAt)
    #expect(!recorded.inAdvance)
    #expect(recorded.option == "approve")
  }

  @Test("A decision whose reason is gone is withdrawn, and says so to whoever answers")
  func withdrawn() throws {
    var driver = try inCode()
    try driver.work(failing: ["lint", "types"])
    #expect(driver.session.openDecisions.map(\.subject) == ["gate:lint", "gate:types"])
    let second = driver.session.openDecisions[1]
    try driver.answer("regenerate")
    #expect(driver.session.openDecisions.isEmpty)
    let late = Answer(decision: second.id, option: "waive", digest: second.digest, note: "n")
    #expect(
      driver.refusal(.answer(late)) == .withdrawn(decision: second.id, reason: "What it asked about is settled."))
  }

  @Test("The question about a brief comes back until nothing is missing")
  func gaps() throws {
    var driver = try Driver(brief: Briefs.text([.functionalRequirements]))
    let first = try driver.open()
    #expect(first.fields.map(\.name) == ["Business context", "Target maturity level", "Optional modules"])
    try driver.answer("fill", fields: [FieldValue(field: "level", value: "3")])
    let second = try driver.open()
    #expect(second.id != first.id)
    #expect(second.digest != first.digest)
    #expect(second.fields.map(\.name) == ["Business context", "Optional modules"])
    try driver.answer(
      "fill",
      fields: [
        FieldValue(field: "MODULES", value: "payment"),
        FieldValue(field: "context", value: "Members borrow books here."),
      ])
    #expect(driver.session.level == 3)
    #expect(driver.session.modules == ["workers", "rabbitmq", "payment", "communication"])
    #expect(driver.session.notices.count == 3)
    #expect(
      driver.session.amendments.map(\.field) == ["Target maturity level", "Optional modules", "Business context"])
  }

  @Test("A field that was not asked, is empty, given twice or invalid is refused, and nothing is taken")
  func fields() throws {
    let driver = try Driver(brief: Briefs.text([.functionalRequirements]))
    let decision = try driver.open()
    func refused(_ fields: [FieldValue]) -> Refusal? {
      driver.refusal(
        .answer(Answer(decision: decision.id, option: "fill", digest: decision.digest, fields: fields)))
    }
    let good = FieldValue(field: "Business context", value: "Members borrow books here.")
    #expect(refused([]) == .field(name: "Business context", problem: "none of the asked fields was given."))
    #expect(
      refused([good, FieldValue(field: "Scope", value: "x")])
        == .field(
          name: "Scope",
          problem: "this option does not ask for it; it asks for: Business context, Target maturity level, "
            + "Optional modules."))
    #expect(
      refused([good, FieldValue(field: "level", value: " ")])
        == .field(name: "Target maturity level", problem: "it is empty. F."))
    #expect(
      refused([FieldValue(field: "level", value: "2"), FieldValue(field: "Maturity", value: "3")])
        == .field(name: "Target maturity level", problem: "it is given twice."))
    #expect(
      refused([good, FieldValue(field: "level", value: "9")])
        == .field(
          name: "Target maturity level", problem: "There is no level 9; valid are 1, 2, 3, 4. Expected: F."))
    #expect(
      refused([FieldValue(field: "modules", value: "spaceships")])?.words.why.contains("spaceships") == true)
  }

  @Test("Changes make the stage's documents again, one after the other, and an approval is asked anew")
  func requestChanges() throws {
    var driver = try atIntake()
    let first = try driver.open()
    let events = try driver.answer("request-changes", note: "name the library")
    #expect(Driver.kinds(events) == ["decisionAnswered", "changesRequested"])
    #expect(driver.session.outstanding == [.perform(task: "survey", attempt: 2)])
    #expect(driver.session.task("intake")?.guidance == "name the library")
    #expect(driver.session.stages[1].revision == 2)
    try driver.work()
    let second = try driver.open()
    #expect(second.digest != first.digest)
    #expect(second.title == "Intake 2")
    try driver.answer("approve")
    #expect(driver.session.currentStage?.id == 2)
  }

  @Test("An approval falls when the documents it rested on are made again")
  func approvalsFall() throws {
    var driver = try Driver(
      Workflows.odd, brief: Briefs.text(replacing: [.maturityLevel: "3", .optionalModules: "none"]))
    func plan(_ suffix: String) throws {
      let task = try #require(driver.session.task("plan"))
      var report = Driver.report(for: task)
      report.planned = Driver.plan(["1.1"]) + Driver.plan(["1.2"], suffix: suffix)
      try driver.perform("plan", .finished(report))
    }
    try plan("")
    try driver.answer("approve")
    try driver.work()
    #expect(try driver.open().playbook == "sign-off")
    try driver.answer("request-changes", note: "plan again")
    #expect(driver.session.stages[0].approvals.isEmpty)
    #expect(driver.session.outstanding == [.perform(task: "plan", attempt: 2)])
    try plan("-new")
    // The new plan is approved; what it left alone stays, what it changed runs again, and so do the gates.
    try driver.answer("approve")
    #expect(driver.session.outstanding == [.perform(task: "task-1.2-new", attempt: 1)])
    #expect(driver.session.task("task-1.2")?.state == .skipped)
    #expect(driver.session.stages[0].substages.map(\.round) == [1, 2, 1])
    #expect(driver.session.gates.isEmpty)
    try driver.work(until: "lint")
    #expect(driver.session.outstanding == [.runGate("lint", attempt: 2)])
    #expect(driver.session.task("checkpoint-1.2")?.attempt == 2)
    #expect(driver.session.task("checkpoint-1.1")?.attempt == 1)
  }

  @Test("A waiver has a name, a reason and an end, and the gate never shows as passed")
  func waiver() throws {
    var driver = try inCode()
    try driver.work(failing: ["lint"])
    #expect(try driver.open().subject == "gate:lint")
    try driver.answer("waive", note: "style only", by: "Ben")
    let waiver = try #require(driver.session.waivers.first)
    #expect(waiver.gate == "lint")
    #expect(waiver.reason == "style only")
    #expect(waiver.by == "Ben")
    #expect(driver.session.gate("lint")?.state == .waived)
    #expect(driver.session.holds(waiver))
    #expect(driver.session.blockers.isEmpty)
    try driver.work()
    #expect(try driver.open().body.contains("W-3: lint, accepted by Ben until the gate runs again: style only"))
    try driver.answer("regenerate")
    #expect(!driver.session.holds(waiver))
    try driver.work()
    #expect(try driver.open().body.contains("W-3") == false)
    #expect(driver.session.waivers.count == 1)
  }

  @Test("Regenerating runs the sub-stages in their order, then every gate with its next attempt")
  func regenerate() throws {
    var driver = try inCode()
    try driver.work()
    #expect(try driver.open().playbook == "sign-off")
    try driver.answer("regenerate", note: "use one database")
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
    #expect(driver.session.task("task-3.1")?.guidance == "use one database")
    #expect(driver.session.gates.isEmpty)
    #expect(driver.session.earlierGates.map(\.id) == ["lint", "style", "types"])
    var order: [String] = []
    while let effect = driver.session.outstanding.first {
      #expect(driver.session.outstanding.count == 1)
      let (key, attempt) = (effect.subject, effect.attempt)
      #expect(attempt == 2)
      order.append(key)
      if case .perform(let task, _) = effect { try driver.perform(task) }
      if case .runGate(let gate, _) = effect { try driver.run(gate) }
    }
    #expect(
      order == [
        "task:task-3.1", "task:checkpoint-3.1", "task:task-3.1b", "task:checkpoint-3.1b", "task:task-3.2",
        "task:checkpoint-3.2", "task:tools", "gate:lint", "gate:style", "gate:types", "task:checklist", "task:report",
      ])
    try driver.answer("approve")
    try driver.work()
    #expect(driver.session.state == .completed)
  }

  @Test("A sub-stage in the middle of its work is regenerated too; what was in flight is late")
  func regenerateMidway() throws {
    var driver = try inCode()
    try driver.work(until: "task-3.1b")
    try driver.perform("task-3.1b", .failed(TaskFailure(cause: .hard, message: "m")))
    try driver.answer("regenerate")
    #expect(driver.session.stages[3].substages.map(\.round) == [2, 2, 1])
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
    #expect(driver.session.task("task-3.1b")?.state == .todo)
  }

  @Test(
    "Work in flight beside a failed task ends with the answer, and its report is late",
    arguments: ["regenerate", "pause", "abort"])
  func besideFailure(option: String) throws {
    var driver = try Driver()
    try driver.work()
    try driver.answer("approve")
    var report = Driver.report(for: try #require(driver.session.task("plan")))
    report.planned = Driver.plan(["3.1"]) + Driver.plan(["3.1"], suffix: "b")
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    let neighbour = Effect.perform(task: "task-3.1b", attempt: 1)
    try driver.start(neighbour)
    try driver.perform("task-3.1", .failed(TaskFailure(cause: .hard, message: "m")))
    #expect(driver.session.inFlight == [neighbour])
    try driver.answer(option)
    #expect(driver.session.inFlight.isEmpty)
    #expect(driver.session.interruptions.map(\.effect) == [neighbour])
    #expect(
      driver.refusal(.reportTask("task-3.1b", attempt: 1, outcome: .finished(TaskReport())))
        == .staleReport("task task-3.1b, attempt 1"))
  }

  @Test("Files are kept only after the sub-stage's tasks, and the journal names the tree")
  func checkpoint() throws {
    var driver = try inCode()
    #expect(driver.session.task("checkpoint-3.1") == nil)
    try driver.work(until: "task-3.1b")
    let checkpoint = try #require(driver.session.checkpoints.last { $0.id == "3.1" })
    #expect(checkpoint.tree == "tree-1")
    #expect(checkpoint.stage == 3)
    #expect(driver.session.task("checkpoint-3.1")?.files == [])
  }

  // MARK: - Shortcomings

  private func survey(_ shortcomings: [Shortcoming]) -> TaskOutcome {
    .finished(TaskReport(shortcomings: shortcomings))
  }

  @Test("What cannot be made is asked once, and asked again when it is something else")
  func shortcomings() throws {
    var driver = try Driver()
    let first = Shortcoming(subject: "payment", reason: "no templates", canLeaveOut: true)
    try driver.perform("survey", survey([first]))
    #expect(try driver.open().playbook == "unsupported")
    try driver.answer("leave-out")
    try driver.perform("intake")
    try driver.answer("request-changes")
    try driver.perform("survey", survey([first]))
    #expect(driver.session.openDecisions.isEmpty)
    try driver.perform("intake")
    try driver.answer("request-changes")
    try driver.perform("survey", survey([first, Shortcoming(subject: "bot", reason: "r", canLeaveOut: true)]))
    #expect(try driver.open().title == "2 things")
    #expect(!driver.session.shortcomingsLeftOut)
  }

  @Test("What the rest cannot do without cannot be left out")
  func hardShortcomings() throws {
    var driver = try Driver()
    try driver.perform("survey", survey([Shortcoming(subject: "all", reason: "r", canLeaveOut: false)]))
    let decision = try driver.open()
    #expect(decision.options.map(\.id) == ["again", "pause", "abort"])
    #expect(decision.recommended == nil)
  }

  @Test("A sub-stage that the plan leaves empty is skipped only where a person chose to leave things out")
  func leftOut() throws {
    for leavesOut in [true, false] {
      var driver = try Driver()
      if leavesOut {
        try driver.perform("survey", survey([Shortcoming(subject: "bot", reason: "r", canLeaveOut: true)]))
        try driver.answer("leave-out")
      }
      try driver.work()
      try driver.answer("approve")
      let task = try #require(driver.session.task("plan"))
      var report = Driver.report(for: task)
      report.planned = Driver.plan(["3.1", "3.1b"])
      try driver.perform("plan", .finished(report))
      try driver.answer("approve")
      try driver.work()
      let record = try #require(driver.session.stages[3].substages.last)
      #expect(record.state == (leavesOut ? .skipped : .done))
      #expect(record.reason == (leavesOut ? "left out by the person" : nil))
    }
  }

  // MARK: - Resting and ending

  @Test("Pausing stops what is in flight; resuming goes on with the next attempt and asks nothing twice")
  func pauseAndResume() throws {
    var driver = try Driver()
    try driver.start(.perform(task: "survey", attempt: 1))
    let events = try driver.order(.pause(reason: "lunch"))
    #expect(Driver.kinds(events) == ["sessionPaused", "effectInterrupted"])
    #expect(driver.session.state == .paused)
    #expect(driver.session.outstanding.isEmpty)
    guard case .notNow = driver.refusal(.pause(reason: "again")) else {
      Issue.record("paused twice")
      return
    }
    try driver.order(.resume)
    #expect(driver.session.outstanding == [.perform(task: "survey", attempt: 2)])
    guard case .notNow = driver.refusal(.resume) else {
      Issue.record("resumed twice")
      return
    }
  }

  @Test("A question stays open through a pause and may be answered in it")
  func answerWhilePaused() throws {
    var driver = try atIntake()
    let decision = try driver.open()
    try driver.order(.pause(reason: "lunch"))
    #expect(driver.session.openDecisions.map(\.id) == [decision.id])
    try driver.answer("approve")
    #expect(driver.session.state == .paused)
    #expect(driver.session.currentStage?.id == 1)
    try driver.order(.resume)
    #expect(driver.session.outstanding == [.perform(task: "plan", attempt: 1)])
    #expect(driver.session.decisions.count == 1)
  }

  @Test("Answering with pause asks the same again after resuming, as a new question")
  func pauseAsAnswer() throws {
    var driver = try atIntake()
    let first = try driver.open()
    try driver.answer("pause")
    #expect(driver.session.state == .paused)
    try driver.order(.resume)
    let second = try driver.open()
    #expect(second.id != first.id)
    #expect(second.body == first.body)
    #expect(driver.session.decision(first.id)?.answer?.option == "pause")
  }

  @Test("Aborting must be confirmed, withdraws what is open and is final")
  func abort() throws {
    var driver = try atIntake()
    #expect(
      driver.refusal(.abort(reason: "r", confirmation: "yes")) == .confirmationRequired(option: "abort", word: "s"))
    try driver.order(.abort(reason: "r", confirmation: "s"))
    #expect(driver.session.state == .aborted)
    #expect(driver.session.decisions.first?.withdrawn == "The session was aborted.")
    for demand in [Demand.resume, .pause(reason: ""), .abort(reason: "", confirmation: "s")] {
      #expect(driver.refusal(demand) == .ended(state: .aborted))
    }
    try driver.order(.note(.info, text: "still readable"))
    try driver.order(.releaseLease(epoch: 1), by: "engine")
    #expect(driver.session.holder == nil)
  }

  @Test("Aborting as an answer stops the neighbour's work and withdraws the neighbour's question")
  func abortAsAnswer() throws {
    var driver = try inCode()
    try driver.work(failing: ["lint", "types"])
    let events = try driver.answer("abort")
    #expect(Driver.kinds(events) == ["decisionAnswered", "decisionWithdrawn", "sessionAborted"])
    #expect(driver.session.openDecisions.isEmpty)
  }

  // MARK: - Answers in advance

  private func advance(_ playbook: String, _ option: String, subject: String? = nil, note: String = "n")
    -> AdvanceAnswer
  {
    AdvanceAnswer(by: "Dee", playbook: playbook, subject: subject, option: option, note: note, fields: [])
  }

  @Test("An answer given in advance counts once per subject and says so", arguments: [nil, "lint", "gate:lint"])
  func inAdvance(subject: String?) throws {
    var driver = try Driver(answers: [
      advance("gate-failed", "retry", subject: subject), advance("approve-intake", "approve", subject: "1"),
      advance("approve-plan", "approve", subject: "stage:2"),
    ])
    try driver.work(until: "lint")
    #expect(driver.session.stages[1].approvals.map(\.by) == ["Dee"])
    try driver.run("lint", passed: false)
    for gate in ["style", "types"] { try driver.run(gate) }
    let answer = try #require(driver.session.decisions.last?.answer)
    #expect(answer.inAdvance)
    #expect(answer.by == "Dee")
    #expect(driver.session.outstanding == [.runGate("lint", attempt: 2)])
    try driver.run("lint", passed: false)
    #expect(driver.session.openDecisions.map(\.subject) == ["gate:lint"])
  }

  @Test("One that does not fit is told and leaves the question to the person", arguments: ["sing", "request-changes"])
  func doesNotFit(option: String) throws {
    var driver = try Driver(answers: [advance("approve-intake", option, note: " ")])
    try driver.work()
    #expect(driver.session.openDecisions.count == 1)
    let told = driver.events.compactMap { event in
      if case .noted(.warning, let text) = event.fact { text } else { nil }
    }
    #expect(told.count == 1)
    #expect(told.first?.contains("Dee") == true)
  }

  @Test("One for another subject or playbook is not used")
  func otherSubject() throws {
    var driver = try Driver(answers: [
      advance("approve-intake", "approve", subject: "2"), advance("sign-off", "approve"),
    ])
    try driver.work()
    #expect(driver.session.openDecisions.map(\.playbook) == ["approve-intake"])
  }

  @Test(
    "Where one ends or sends back the session, the next failed gate is not asked about",
    arguments: ["abort", "regenerate", "pause"])
  func advanceSettlesAll(option: String) throws {
    var driver = try Driver(answers: [advance("gate-failed", option, subject: "lint")])
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    try driver.answer("approve")
    try driver.work(until: "lint")
    for gate in ["lint", "style", "types"] { try driver.run(gate, passed: false) }
    #expect(driver.session.openDecisions.isEmpty)
    #expect(driver.session.decisions.filter { $0.playbook == "gate-failed" }.count == 1)
  }
}
