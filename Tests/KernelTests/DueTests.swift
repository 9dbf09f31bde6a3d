import Testing

@testable import Kernel

// covers Due.swift

@Suite("Due")
struct DueTests {
  @Test("What is owed follows the workflow's order, also when all of it was done before")
  func order() throws {
    var driver = try Driver()
    var seen: [String] = []
    for _ in 0..<2 {
      while let effect = driver.session.outstanding.first {
        seen.append(effect.name)
        #expect(driver.session.outstanding.count == 1)
        if case .perform(let task, _) = effect { try driver.perform(task) }
      }
      if seen.count == 2 { try driver.answer("request-changes") }
    }
    #expect(
      seen == ["task survey, attempt 1", "task intake, attempt 1", "task survey, attempt 2", "task intake, attempt 2"])
  }

  @Test("A sub-stage's tasks are owed together, its checkpoint after them, the next sub-stage after that")
  func parallel() throws {
    var driver = try Driver()
    try driver.work()
    try driver.answer("approve")
    let task = try #require(driver.session.task("plan"))
    var report = Driver.report(for: task)
    report.planned = Driver.plan(["3.1"]) + Driver.plan(["3.1"], suffix: "x") + Driver.plan(["3.2"])
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    let both: [Effect] = [.perform(task: "task-3.1", attempt: 1), .perform(task: "task-3.1x", attempt: 1)]
    #expect(driver.session.outstanding == both)
    try driver.start(both[1])
    #expect(driver.session.outstanding == both)
    try driver.perform("task-3.1")
    #expect(driver.session.outstanding == [both[1]])
    try driver.order(
      .reportTask(
        "task-3.1x", attempt: 1,
        outcome: .finished(Driver.report(for: driver.session.tasks.first { $0.id == "task-3.1x" }!))),
      by: "engine")
    #expect(driver.session.outstanding == [.perform(task: "checkpoint-3.1", attempt: 1)])
  }

  @Test("Gates run one at a time, the next after a failure too, and only the mandatory ones are asked about")
  func gates() throws {
    var driver = try Driver(brief: Briefs.text(replacing: [.maturityLevel: "1"]))
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    try driver.answer("approve")
    try driver.work(until: "lint")
    #expect(driver.session.gates.map(\.id) == ["lint", "style"])
    #expect(driver.session.gates.map(\.required) == ["60 %", "60 %"])
    try driver.run("lint", passed: false)
    #expect(driver.session.openDecisions.isEmpty)
    #expect(driver.session.outstanding == [.runGate("style", attempt: 1)])
    try driver.run("style", passed: false)
    #expect(driver.session.openDecisions.map(\.subject) == ["gate:lint"])
    #expect(driver.session.blockers.map(\.id) == ["gate:lint"])
    try driver.answer("retry")
    try driver.run("lint")
    #expect(driver.session.outstanding == [.perform(task: "checklist", attempt: 1)])
  }

  @Test("A decision shows the facts and names the session in its confirmation")
  func facts() throws {
    var driver = try Driver()
    try driver.work()
    let decision = try driver.open()
    #expect(decision.body == "- `artifacts/intake.md` (SHA-256 intake-1…)")
    #expect(decision.option("abort")?.confirm == "s")
    #expect(decision.option("abort")?.says == "Ends s.")
    #expect(decision.stage == 1)
    #expect(decision.askedBy == "engine")
    #expect(decision.digest.count == 64)
  }

  @Test("An approval's digest rests on the documents' bytes")
  func rests() throws {
    func digest(_ hash: String) throws -> String {
      var driver = try Driver()
      try driver.work(until: "intake")
      try driver.perform(
        "intake",
        .finished(
          TaskReport(files: [FileClaim(path: "artifacts/intake.md", hash: String(repeating: "a", count: 12) + hash)])))
      return try driver.open().digest
    }
    // The shown part of both hashes is the same.
    #expect(try digest("b") != digest("c"))
    #expect(try digest("b") == digest("b"))
  }

  @Test("An option that can do nothing here is not shown")
  func offers() throws {
    var workflow = Workflows.tiny
    workflow.playbooks = [
      Playbook(
        id: "sign-off", scenario: 0, title: "", body: "",
        options: OptionEffect.allCases.map { Workflows.option($0.rawValue, $0) }, recommended: "leave-out")
    ]
    var driver = try Driver(workflow)
    try driver.work()
    let decision = try driver.open()
    #expect(decision.options.map(\.effect) == [.approve, .requestChanges, .pause, .abort])
    #expect(decision.recommended == nil)
  }

  @Test("A playbook that does not exist rests the session with its reason, and stops what was in flight")
  func noPlaybook() throws {
    var workflow = Workflows.mini
    workflow.playbooks.removeAll { $0.id == "task-failed" }
    var driver = try Driver(workflow)
    try driver.perform("survey", .failed(TaskFailure(cause: .hard, message: "m")))
    guard case .paused(let by, _, let reason) = driver.session.standing else {
      Issue.record("goes on")
      return
    }
    #expect(by == "engine")
    #expect(reason == "The workflow has no playbook task-failed for task-failed.")
    #expect(driver.session.inFlight.isEmpty)
  }

  @Test("A waiting session owes nothing and asks; asking for what is owed changes nothing")
  func atRest() throws {
    var driver = try Driver()
    try driver.work()
    let before = driver.session
    #expect(driver.session.outstanding.isEmpty)
    #expect(driver.session.due(at: 99).isEmpty)
    #expect(driver.session == before)
    #expect(driver.session.documents(of: 1).map(\.path) == ["artifacts/intake.md"])
  }

  @Test("The largest workflow runs every sub-stage that applies and gives every other one its reason")
  func full() throws {
    var driver = try Driver(
      Workflows.full, brief: Briefs.text(replacing: [.maturityLevel: "4", .optionalModules: "payment"]))
    try driver.work()
    try driver.answer("approve")
    let task = try #require(driver.session.task("plan"))
    var report = Driver.report(for: task)
    report.planned = Driver.plan(Workflows.full.stages.flatMap(\.substages).map(\.id))
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    #expect(driver.session.state == .completed)
    let substages = driver.session.stages[4].substages
    #expect(substages.filter { $0.state == .skipped }.map(\.id) == ["4.5", "4.5b"])
    #expect(substages.filter { $0.state == .done }.count == 21)
    #expect(
      driver.session.checkpoints.map(\.id).filter { $0.hasPrefix("4.") }
        == substages.filter { $0.state == .done }.map(\.id))
    #expect(driver.session.gates.count == 15)
  }
}
