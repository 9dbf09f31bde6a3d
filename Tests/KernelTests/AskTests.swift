import Testing

@testable import Kernel

// covers Ask.swift

@Suite("Ask")
struct AskTests {
  private func atIntake() throws -> Driver {
    var driver = try Driver.supervised()
    try driver.work()
    return driver
  }

  @Test("An option that cannot do anything is not offered, and a condition of its own is heard")
  func offered() throws {
    var driver = try Driver.supervised(level: 1, modules: "none")
    try driver.go(toTask: "survey")
    try driver.fail("survey")
    // Nothing was generated, so nothing can be generated again; the stage before cannot be gone back to.
    #expect(try driver.open().options.map(\.effect) == [.retry, .skip, .postpone, .reassign, .pause, .abort])
    try driver.answer("retry")
    try driver.go(to: "gate-failed", failing: ["lint"])
    let effects = try driver.decision("gate-failed").options.map(\.effect)
    #expect(effects == [.retry, .fix, .waive, .postpone, .regenerate, .rollBack, .pause, .abort])
  }

  @Test("An option's own condition recommends it, before the playbook's word")
  func recommended() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    try driver.fail("task-3.1", "the registry gave 503", cause: .environment)
    let decision = try driver.open()
    #expect(decision.playbook == "dependency")
    #expect(decision.recommended == "wait")
    #expect(decision.options.map(\.effect).contains(.substitute) == false)
  }

  @Test("A playbook that offers nothing here rests the session and says so")
  func nothing() throws {
    var workflow = Workflows.whole
    workflow.playbooks = [
      Workflows.asking(.approval, id: "approve-intake", [Workflows.choice(.dismiss, "d")])
    ]
    var driver = try Driver.supervised(workflow)
    try driver.work()
    guard case .paused(_, _, let reason) = driver.session.standing else {
      Issue.record("asks without an answer")
      return
    }
    #expect(reason == "The playbook approve-intake offers nothing for stage:1.")
  }

  @Test("A decision says its situation, the facts it was chosen by, and the picture it was asked on")
  func decision() throws {
    let driver = try atIntake()
    let decision = try driver.open()
    #expect(decision.situation == "approval")
    #expect(decision.tree == driver.session.keptTree)
    #expect(decision.facts.contains(Setting(name: "revision", value: "1")))
    #expect(decision.facts.contains { $0.name == "documents" })
    #expect(decision.records == "1 Intake: approval")
    #expect(decision.reminders == [30])
  }

  // MARK: - Bound to what was shown

  @Test(
    "An answer that rests on the files is refused when they moved, and the question is asked again with what changed")
  func filesMoved() throws {
    var driver = try atIntake()
    let decision = try driver.open()
    let tree = try #require(decision.tree)
    #expect(
      try driver.refused("approve-intake", "approve", tree: "other")
        == .filesMoved(decision: decision.id, shown: tree, found: "other"))
    // What does not rest on them is answered all the same.
    var other = driver
    try other.settle("approve-intake", "request-changes", tree: "other")
    try driver.order(.look(tree: "other", changes: ["artifacts/intake.md"]))
    #expect(driver.session.decision(decision.id)?.withdrawn != nil)
    let again = try driver.open()
    #expect(again.tree == "other")
    #expect(again.changes == ["artifacts/intake.md"])
    #expect(again.digest != decision.digest)
    #expect(driver.session.personEdits == ["artifacts/intake.md"])
    #expect(
      driver.refusal(.answer(Answer(decision: again.id, option: "approve", digest: decision.digest)))
        == .stale(decision: again.id, current: again.digest))
    try driver.settle("approve-intake", "approve", tree: "other")
    #expect(driver.session.currentStage?.id == 2)
  }

  @Test("Looking and finding nothing changed changes nothing")
  func lookAgain() throws {
    var driver = try atIntake()
    let tree = try #require(driver.session.keptTree)
    #expect(try driver.order(.look(tree: tree, changes: [])).isEmpty)
    #expect(driver.session.openDecisions.count == 1)
  }

  @Test("Whoever looks while a picture is taken is not heard; the picture shows it anyway")
  func lookWhileKeeping() throws {
    var driver = try atIntake()
    driver.isKeeping = false
    try driver.answer("approve")
    try driver.perform("plan")
    let keep = try #require(driver.session.outstanding.first)
    try driver.start(keep)
    #expect(try driver.order(.look(tree: "other", changes: ["x"])).isEmpty)
    #expect(driver.session.outstanding == [keep])
  }

  @Test("A question asked while a neighbour works is not held against what that one writes")
  func moving() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "approve-plan")
    var report = Driver.report(for: try #require(driver.session.task("plan")))
    report.planned = Driver.plan(["3.1"]) + Driver.plan(["3.1"], suffix: "b")
    try driver.answer("request-changes")
    try driver.work(until: "plan")
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    try driver.fail("task-3.1")
    let neighbour = Effect.perform(task: "task-3.1b", attempt: 1)
    try driver.start(neighbour)
    #expect(driver.session.isMoving)
    var other = driver
    try other.settle("task-failed", "skip", tree: "in motion")
    try driver.order(
      .reportTask(
        "task-3.1b", attempt: 1,
        outcome: .finished(Driver.report(for: try #require(driver.session.task("task-3.1b"))))), by: "engine")
    guard case .filesMoved = try driver.refused("task-failed", "skip", tree: "after it") else {
      Issue.record("answered on other files")
      return
    }
    try driver.order(.look(tree: "after it", changes: ["src/3.1.py"]))
    #expect(try driver.decision("task-failed").changes == ["src/3.1.py"])
    // A task wrote them, no person.
    #expect(driver.session.personEdits.isEmpty)
    try driver.settle("task-failed", "skip", tree: "after it")
  }

  @Test("Pictures are taken alone: neither does work begin while one is owed, nor a picture while work is under way")
  func alone() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "approve-plan")
    var report = Driver.report(for: try #require(driver.session.task("plan")))
    report.planned = Driver.plan(["3.1"]) + Driver.plan(["3.1"], suffix: "b")
    try driver.answer("request-changes")
    try driver.work(until: "plan")
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    driver.isKeeping = false
    try driver.perform("task-3.1", .failed(TaskFailure(cause: .hard, message: "m")))
    let keep = try #require(driver.session.outstanding.first)
    #expect(driver.session.outstanding.count == 1)
    #expect(keep.isKeep)
    #expect(driver.refusal(.start(.perform(task: "task-3.1b", attempt: 1), epoch: 1)) != nil)
    try driver.start(keep)
    try driver.order(.pause(reason: "r"))
    let second = try #require(driver.session.outstanding.first)
    try driver.start(second)
    try driver.order(.resume)
    // One that is under way is finished before work goes on.
    #expect(driver.session.outstanding == [second])
  }

  @Test("A picture that was begun in a rest is finished before work goes on")
  func afterRest() throws {
    var driver = try Driver.supervised()
    try driver.start(.perform(task: "survey", attempt: 1))
    driver.isKeeping = false
    try driver.order(.pause(reason: "r"))
    let keep = try #require(driver.session.outstanding.first)
    try driver.start(keep)
    try driver.order(.resume)
    #expect(driver.session.outstanding == [keep])
    try driver.order(
      .reportKept(attempt: keep.attempt, outcome: .kept(tree: "t", files: [], edits: [])), by: "engine")
    #expect(driver.session.outstanding == [.perform(task: "survey", attempt: 2)])
  }

  @Test("Files that no picture shows are kept after an answer and before anything else begins")
  func afterAnswer() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "approve-plan")
    var report = Driver.report(for: try #require(driver.session.task("plan")))
    report.planned = Driver.plan(["3.1"]) + Driver.plan(["3.1"], suffix: "b")
    try driver.answer("request-changes")
    try driver.work(until: "plan")
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    try driver.fail("task-3.1")
    driver.isKeeping = false
    try driver.perform("task-3.1b")
    try driver.settle("task-failed", "retry")
    #expect(driver.session.restorePoints.last?.awaitsTree == true)
    let keep = try #require(driver.session.outstanding.first)
    #expect(keep.isKeep)
    try driver.start(keep)
    try driver.order(
      .reportKept(attempt: keep.attempt, outcome: .kept(tree: "both", files: [], edits: [])), by: "engine")
    #expect(driver.session.restorePoints.last?.tree == "both")
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
  }

  // MARK: - Withdrawn

  @Test("A question about documents that are made again is withdrawn, also in a rest")
  func documents() throws {
    var driver = try atIntake()
    let approval = try driver.open()
    try driver.order(.change(text: "export a list", field: nil))
    try driver.order(.pause(reason: "r"))
    try driver.settle("change", "incorporate")
    #expect(driver.session.state == .paused)
    #expect(driver.session.decision(approval.id)?.withdrawn == "What it asked about is settled.")
    try driver.order(.resume)
    #expect(driver.session.openDecisions.isEmpty)
    #expect(driver.session.outstanding.map(\.subject) == ["task:survey"])
  }

  @Test("A question about gaps is withdrawn when the brief says something else")
  func gaps() throws {
    var driver = try Driver(Workflows.whole, brief: Briefs.text([.functionalRequirements, .maturityLevel]))
    let first = try driver.open()
    try driver.order(.change(text: "none", field: "modules"))
    try driver.settle("change", "incorporate")
    #expect(driver.session.decision(first.id)?.withdrawn != nil)
    #expect(try driver.open().fields.map(\.name) == ["Business context"])
  }

  @Test("A question about something that broke too often is withdrawn when that is begun anew")
  func loops() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "approve-plan")
    var report = Driver.report(for: try #require(driver.session.task("plan")))
    report.planned = Driver.plan(["3.1"]) + Driver.plan(["3.1"], suffix: "b")
    try driver.answer("request-changes")
    try driver.work(until: "plan")
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    try driver.fail("task-3.1b")
    for _ in 0..<3 {
      try driver.fail("task-3.1")
      try driver.settle("task-failed", "retry")
    }
    // The neighbour's question was answered in turn; bring both to a question again.
    try driver.fail("task-3.1")
    try driver.fail("task-3.1b")
    let loop = driver.session.openDecisions.first { $0.situation == "loop" }
    let other = try #require(driver.session.openDecisions.first { $0.id != loop?.id })
    try driver.order(
      .answer(Answer(decision: other.id, option: "regenerate", digest: other.digest, note: "n")))
    if let loop { #expect(driver.session.decision(loop.id)?.withdrawn != nil) }
    #expect(driver.session.openDecisions.isEmpty)
  }

  // MARK: - Time

  @Test("Reminders go out once each, a long silence pauses, and neither answers anything")
  func silence() throws {
    var driver = try Driver(Workflows.whole, brief: Briefs.text([.functionalRequirements]))
    let decision = try driver.open()
    let start = decision.raisedAt
    #expect(driver.session.nextAlarm == start + 20 * 60_000)
    #expect(try driver.pass(to: start + 20 * 60_000 - 1).isEmpty)
    #expect(Driver.kinds(try driver.pass(to: start + 20 * 60_000)) == ["decisionReminded"])
    #expect(driver.session.nextAlarm == start + 60 * 60_000)
    #expect(try driver.pass(to: start + 21 * 60_000).isEmpty)
    #expect(Driver.kinds(try driver.pass(to: start + 61 * 60_000)) == ["decisionReminded"])
    #expect(driver.session.decision(decision.id)?.remindersSent == 2)
    #expect(driver.session.nextAlarm == start + 240 * 60_000)
    let events = try driver.pass(to: start + 240 * 60_000)
    #expect(Driver.kinds(events) == ["sessionPaused"])
    guard case .paused(let by, let since, let reason) = driver.session.standing else { return }
    #expect(by == "engine")
    #expect(reason == "Nobody answered s-D1 for 4 hours. Silence pauses; it never decides.")
    #expect(driver.session.nextAlarm == nil)
    #expect(driver.session.decision(decision.id)?.isOpen == true)
    // After a rest the silence begins anew.
    try driver.order(.resume)
    #expect(driver.session.state == .waiting)
    #expect(driver.session.rested == (driver.session.resumedAt ?? 0) - since)
    #expect(driver.session.nextAlarm == (driver.session.resumedAt ?? 0) + 240 * 60_000)
  }

  @Test("Two reminders that are due together are one")
  func together() throws {
    var driver = try Driver(Workflows.whole, brief: Briefs.text([.functionalRequirements]))
    let start = try driver.open().raisedAt
    let events = try driver.pass(to: start + 70 * 60_000)
    #expect(events.map(\.fact) == [.decisionReminded("s-D1", count: 2)])
  }

  @Test("A clock that is set back changes nothing")
  func clockSetBack() throws {
    var driver = try Driver(Workflows.whole, brief: Briefs.text([.functionalRequirements]))
    try driver.pass(to: 50 * 60_000)
    #expect(try driver.pass(to: 1).isEmpty)
    #expect(driver.session.openDecisions.count == 1)
  }

  @Test(
    "A span in the largest unit that fits",
    arguments: [
      (1, "1 minute"), (90, "90 minutes"), (120, "2 hours"), (1_440, "24 hours"), (2_880, "2 days"),
      (2_881, "2881 minutes"),
    ])
  func spans(minutes: Int, words: String) {
    #expect(Session.span(minutes) == words)
  }
}
