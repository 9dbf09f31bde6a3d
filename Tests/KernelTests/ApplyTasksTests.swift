import Testing

@testable import Kernel

// covers ApplyTasks.swift

@Suite("Tasks, gates and attempts")
struct ApplyTasksTests {
  // MARK: - Scenario 10

  @Test("A task that fails for the fourth time is a loop, whatever was tried between, and goes on only by a person")
  func taskLoop() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    for round in 0..<3 {
      try driver.fail("task-3.1", "broken \(round)")
      #expect(try driver.open().playbook == "task-failed")
      try driver.answer("retry")
    }
    try driver.fail("task-3.1", "broken again")
    let loop = try driver.open()
    #expect(loop.playbook == "loop")
    #expect(loop.title == "3.1 4")
    #expect(loop.body.hasPrefix("4 times without success"))
    #expect(loop.body.contains("Attempt 4, code: broken again"))
    #expect(driver.session.outstanding.isEmpty)
    #expect(loop.option("roll-back")?.target == "2")
    // One more try, and no more without being asked again.
    try driver.answer("retry")
    try driver.perform("task-3.1", .failed(TaskFailure(cause: .cognitive, message: "still")))
    try driver.keepFiles()
    #expect(try driver.open().title == "3.1 5")
  }

  @Test("The same result again and again, and two by turns, are named so")
  func patterns() throws {
    for (messages, pattern) in [
      (["a", "a", "a", "a"], "the same result 4 times in a row"), (["a", "b", "a", "b"], "two results by turns"),
    ] {
      var driver = try Driver.supervised()
      try driver.go(toTask: "task-3.1")
      for message in messages.dropLast() {
        try driver.fail("task-3.1", message)
        try driver.answer("retry")
      }
      try driver.fail("task-3.1", messages.last ?? "")
      #expect(try driver.open().body.hasPrefix(pattern))
    }
  }

  @Test("A success, a rollback and another performer begin the count anew")
  func fresh() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    for _ in 0..<3 {
      try driver.fail("task-3.1")
      try driver.answer("retry")
    }
    try driver.perform("task-3.1")
    #expect(driver.session.tally(of: "task:task-3.1")?.outcomes == [])
    #expect(driver.session.tally(of: "task:task-3.1")?.lastAttempt == 4)
    #expect(driver.session.tally(of: "task:task-3.1")?.tries == 4)
  }

  @Test("A gate that fails for the fourth time is a loop, and is mended no more by itself")
  func gateLoop() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "gate-failed", failing: ["lint"])
    // It ran three times: once, and once after each mending.
    #expect(driver.session.gate("lint")?.results.count == 3)
    try driver.settle("gate-failed", "retry")
    try driver.work(failing: ["lint"])
    let loop = try driver.open()
    #expect(loop.playbook == "loop")
    #expect(loop.options.contains { $0.effect == .waive })
    #expect(driver.session.tasks.filter { $0.repairs == "lint" }.count == 2)
    try driver.answer("waive")
    #expect(driver.session.gate("lint")?.state == .waived)
  }

  @Test("A brief that still has gaps after three answers is a loop")
  func briefLoop() throws {
    var driver = try Driver(Workflows.whole, brief: Briefs.text([.functionalRequirements]))
    let values = ["level": "2", "context": "Members of a library borrow books."]
    #expect(values.count == 2)
    for text in ["a", "b", "c", "d"] {
      #expect(try driver.open().playbook == "gaps")
      try driver.order(.change(text: "Should: \(text)", field: nil))
      try driver.settle("change", "incorporate")
    }
    let loop = try driver.open()
    #expect(loop.playbook == "loop")
    #expect(loop.title == "The brief 4")
    #expect(loop.options.map(\.effect) == [.amend, .pause, .abort])
    #expect(loop.fields.map(\.name) == ["Business context", "Target maturity level", "Optional modules"])
  }

  @Test("An effect that takes its engine with it four times is not begun once more without a person")
  func dyingEngines() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    for attempt in 1...4 {
      #expect(driver.session.openDecisions.isEmpty)
      try driver.die(in: .perform(task: "task-3.1", attempt: attempt), found: .notDone)
    }
    try driver.keepFiles()
    #expect(try driver.open().playbook == "loop")
    #expect(driver.session.outstanding.isEmpty)
    try driver.answer("retry")
    // A person looked at it, so dying engines are counted anew.
    try driver.die(in: .perform(task: "task-3.1", attempt: 6), found: .notDone)
    #expect(driver.session.openDecisions.isEmpty)
    try driver.perform("task-3.1")
  }

  @Test("A gate that takes its engine with it four times has failed, and a person is asked")
  func dyingGates() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "lint")
    for attempt in 1...4 { try driver.die(in: .runGate("lint", attempt: attempt), found: .unknown) }
    #expect(driver.session.gate("lint")?.state == .failed)
    try driver.work()
    let loop = try driver.open()
    #expect(loop.playbook == "loop")
    try driver.answer("retry")
    #expect(driver.session.outstanding == [.runGate("lint", attempt: 6)])
    try driver.run("lint")
    #expect(driver.session.gate("lint")?.state == .done)
  }

  // MARK: - Interrupted effects

  @Test("A finding is heard: done is done, not done is done again, unknown is put to a person")
  func findings() throws {
    let effect = Effect.perform(task: "task-3.1", attempt: 1)
    let files = [FileClaim(path: "src/3.1.py", hash: "h")]
    var done = try Driver.supervised()
    try done.go(toTask: "task-3.1")
    try done.die(in: effect, found: .done, files: files)
    #expect(done.session.task("task-3.1")?.files == files)
    #expect(done.session.outstanding.map(\.subject) == ["task:checkpoint-3.1"])
    var again = try Driver.supervised()
    try again.go(toTask: "task-3.1")
    try again.die(in: effect, found: nil)
    #expect(again.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
    #expect(again.session.findings.map(\.verdict) == [.notDone])
    var unknown = try Driver.supervised()
    try unknown.go(toTask: "task-3.1")
    try unknown.die(in: effect, found: .unknown, files: files)
    #expect(try unknown.open().playbook == "unknown")
    #expect(try unknown.open().options.map(\.effect) == [.proceed, .retry, .rollBack, .pause, .abort])
    #expect(unknown.session.outstanding.isEmpty)
    var kept = unknown
    try kept.answer("proceed")
    #expect(kept.session.task("task-3.1")?.files == files)
    #expect(kept.session.task("task-3.1")?.attempt == 3)
    #expect(kept.session.outstanding.map(\.subject) == ["task:checkpoint-3.1"])
    try unknown.answer("retry")
    #expect(unknown.session.outstanding == [.perform(task: "task-3.1", attempt: 3)])
    #expect(unknown.session.task("task-3.1")?.doubt == nil)
  }

  @Test("What is done counts only where files can show it: all of them, and of a task that owes nothing else")
  func doneEnough() throws {
    var partial = try Driver.supervised()
    try partial.go(toTask: "task-3.1")
    try partial.die(in: .perform(task: "task-3.1", attempt: 1), found: .done, files: [FileClaim(path: "x", hash: "h")])
    #expect(try partial.open().playbook == "unknown")
    // Its result cannot be kept, because a file is missing.
    #expect(try partial.open().options.contains { $0.effect == .proceed } == false)
    var plan = try Driver.supervised()
    try plan.go(toTask: "plan")
    let document = [FileClaim(path: "artifacts/plan.md", hash: "h")]
    try plan.die(in: .perform(task: "plan", attempt: 1), found: .done, files: document)
    #expect(plan.session.planned.isEmpty)
    #expect(try plan.open().playbook == "unknown")
    #expect(try plan.open().options.contains { $0.effect == .proceed } == false)
    var checkpoint = try Driver.supervised()
    try checkpoint.go(toTask: "checkpoint-3.1")
    try checkpoint.die(in: .perform(task: "checkpoint-3.1", attempt: 1), found: .unknown)
    #expect(checkpoint.session.outstanding == [.perform(task: "checkpoint-3.1", attempt: 2)])
  }

  @Test("Doubt about a mending task is put to a person too")
  func doubtfulMending() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "lint")
    try driver.run("lint", passed: false)
    try driver.work(until: "fix-lint-1")
    try driver.die(in: .perform(task: "fix-lint-1", attempt: 1), found: .unknown)
    try driver.keepFiles()
    #expect(try driver.open().playbook == "unknown")
    try driver.answer("retry")
    try driver.perform("fix-lint-1")
    #expect(driver.session.outstanding == [.runGate("lint", attempt: 2)])
  }

  // MARK: - Pictures

  @Test("A picture shows the work as long as nothing was done since")
  func kept() throws {
    var driver = try Driver.supervised()
    #expect(driver.session.isKept)
    try driver.perform("survey")
    #expect(!driver.session.isKept)
    try driver.work()
    #expect(driver.session.isKept)
  }

  @Test("A picture that cannot be taken three times is given up, and the next work is tried anew")
  func keepFails() throws {
    var driver = try Driver.supervised()
    driver.isKeeping = false
    try driver.work(until: "intake")
    try driver.perform("intake")
    for _ in 0..<3 {
      let keep = try #require(driver.session.outstanding.first)
      try driver.start(keep)
      try driver.order(.reportKept(attempt: keep.attempt, outcome: .failed("no room")), by: "engine")
    }
    let decision = try driver.open()
    #expect(decision.playbook == "approve-intake")
    #expect(decision.tree == nil)
    // Without a picture there is nothing that could have moved.
    try driver.settle("approve-intake", "request-changes", tree: "any")
    try driver.perform("survey")
    try driver.perform("intake")
    #expect(driver.session.outstanding.map(\.subject) == ["keep"])
  }

  @Test("A rest and an abort keep what was half done, and nothing where nothing was done")
  func restsKeep() throws {
    var driver = try Driver.supervised()
    driver.isKeeping = false
    try driver.perform("survey")
    try driver.order(.pause(reason: "r"))
    #expect(driver.session.outstanding.map(\.subject) == ["keep"])
    var blank = Driver.blank
    try blank.order(
      .create(Creation(id: "s", title: "t", workspace: "/w", briefText: "# T", workflow: Workflows.whole)))
    try blank.order(.pause(reason: "r"))
    #expect(blank.session.outstanding.isEmpty)
  }

  // MARK: - Scenario 6

  @Test("A blocker is waited for: the engine looks, and the session goes on by itself with a fresh budget")
  func waiting() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    try driver.fail("task-3.1", "the registry gave 503", cause: .environment)
    try driver.answer("wait")
    #expect(driver.session.state == .blocked)
    #expect(driver.session.blockers.map(\.source) == ["dependency"])
    #expect(driver.session.outstanding == [.probe("registry", attempt: 1)])
    try driver.start(.probe("registry", attempt: 1))
    try driver.order(.interrupt(.probe("registry", attempt: 1), reason: "cancelled"), by: "engine")
    #expect(driver.session.outstanding == [.probe("registry", attempt: 2)])
    try driver.start(.probe("registry", attempt: 2))
    try driver.order(.reportRestoredDependency("registry", attempt: 2, words: "200"), by: "engine")
    let task = try #require(driver.session.task("task-3.1"))
    #expect(task.failures == 0)
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: task.attempt)])
    #expect(driver.session.state == .running)
    // Waited for again, it is looked for with another number.
    try driver.fail("task-3.1", "the registry gave 503", cause: .environment)
    try driver.answer("wait")
    #expect(driver.session.outstanding == [.probe("registry", attempt: 3)])
  }

  @Test("What nothing needs is skipped with a note; what has a substitute gets one, with a note to switch back")
  func lesser() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    try driver.fail("task-3.1", "weather: timeout", cause: .environment)
    #expect(driver.session.task("task-3.1")?.state == .skipped)
    #expect(driver.session.openDecisions.isEmpty)
    #expect(driver.count("noted") == 1)
    try driver.work(until: "task-3.1b")
    try driver.fail("task-3.1b", "PyPI timed out", cause: .environment)
    #expect(try driver.open().options.map(\.effect).contains(.substitute))
    try driver.answer("substitute")
    let substitution = try #require(driver.session.substitutions.first)
    #expect(substitution.with == "the mirror")
    #expect(substitution.todo == "Switch back to PyPI when it answers again.")
    #expect(driver.session.task("task-3.1b")?.substitute == "the mirror")
    try driver.work()
    // Made anew, the real thing is tried again.
    try driver.answer("regenerate")
    #expect(driver.session.task("task-3.1b")?.substitute == nil)
    #expect(driver.session.substitutions.map(\.isReverted) == [true])
  }

  @Test("An error that only mentions a dependency is a failed task; its place is told by its words")
  func mentions() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    try driver.fail("task-3.1", "assert pypi == 1")
    #expect(try driver.open().playbook == "task-failed")
    #expect(driver.session.task("task-3.1")?.failedAttempts.map(\.place) == [.test])
  }
}
