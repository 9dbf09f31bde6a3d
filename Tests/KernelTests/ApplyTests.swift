import Testing

@testable import Kernel

// covers Apply.swift

@Suite("Apply")
struct ApplyTests {
  /// A whole session with a failed task, a failed gate, a waiver, changes, a regeneration and a pause.
  private func eventful() throws -> Driver {
    var driver = try Driver(brief: Briefs.text([.functionalRequirements, .optionalModules]))
    try driver.answer(
      "fill",
      fields: [
        FieldValue(field: "context", value: "Members borrow books here."), FieldValue(field: "level", value: "2"),
      ])
    try driver.perform("survey", .failed(TaskFailure(cause: .hard, message: "m")))
    try driver.answer("retry")
    try driver.work()
    try driver.answer("request-changes")
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    try driver.answer("pause")
    try driver.order(.resume)
    try driver.answer("approve")
    try driver.start(driver.session.outstanding[0])
    try driver.order(.takeLease(holder: "f", epoch: 2), by: "engine")
    try driver.work(failing: ["lint"])
    try driver.answer("retry")
    try driver.work(failing: ["lint"])
    try driver.answer("waive")
    try driver.work()
    try driver.answer("regenerate")
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    return driver
  }

  @Test("A replay gives the same session, at every moment of its history")
  func replay() throws {
    let driver = try eventful()
    #expect(driver.session.state == .completed)
    var session = Session()
    for (index, event) in driver.events.enumerated() {
      session.apply(event)
      #expect(session.version == index + 1)
      if index % 7 == 0 {
        let again = Session(replaying: driver.events.prefix(index + 1))
        #expect(again == session)
        #expect(again.outstanding == session.outstanding)
      }
    }
    #expect(session == driver.session)
    #expect(Session(replaying: driver.events) == driver.session)
  }

  @Test("History is never refused: events about nothing change only the version and the time")
  func aboutNothing() throws {
    let driver = try Driver()
    let effect = Effect.perform(task: "nobody", attempt: 1)
    let facts: [Fact] = [
      .taskCompleted(task: "nobody", attempt: 1, files: []), .taskRetried(task: "nobody", guidance: ""),
      .taskFailed(task: "nobody", attempt: 1, failure: TaskFailure(cause: .hard, message: "")),
      .gateRetried("nobody"), .stageStarted(99), .stageCompleted(99), .substageStarted("9"), .substageCompleted("9"),
      .substageSkipped("9", reason: ""), .decisionWithdrawn("D-9", reason: ""),
      .decisionAnswered(Answer(decision: "D-9", option: "", digest: "")),
      .gateReported(gate: "nobody", attempt: 1, result: GateResult(passed: true, required: "", achieved: "")),
      .approved(stage: 99, playbook: "p", decision: "d"), .noted(severity: .info, text: ""), .leaseReleased(epoch: 9),
      .shortcomingsFound([]), .workPlanned([]),
    ]
    for fact in facts {
      var session = driver.session
      session.apply(Event(at: driver.session.updatedAt, by: "x", fact: fact))
      session.version -= 1
      #expect(session == driver.session, "\(fact)")
    }
    var session = driver.session
    session.apply(Event(at: 1, by: "x", fact: .effectInterrupted(effect, reason: "r")))
    #expect(session.interruptions.count == 1)
    #expect(session.outstanding == driver.session.outstanding)
  }

  @Test("Attempts only ever grow, whatever happened to a task")
  func attempts() throws {
    var last: [String: Int] = [:]
    for event in try eventful().events {
      guard case .effectStarted(let effect, _) = event.fact else { continue }
      let (key, attempt) = (effect.subject, effect.attempt)
      #expect(attempt == (last[key] ?? 0) + 1, "\(key)")
      last[key] = attempt
    }
    #expect(last["gate:lint"] == 3)
    #expect(last["task:survey"] == 3)
  }

  @Test("What a stage and a session went through is dated, once")
  func times() throws {
    let driver = try eventful()
    #expect(driver.session.createdAt == 1)
    #expect(driver.session.updatedAt == driver.events.last?.at)
    for stage in driver.session.stages {
      let started = try #require(stage.startedAt)
      let ended = try #require(stage.endedAt)
      #expect(started <= ended)
      let first = driver.events.first { $0.fact == .stageStarted(stage.id) }
      #expect(first?.at == started)
    }
  }

  @Test("Choices from the command line win over the brief")
  func commandLine() throws {
    let driver = try Driver(level: 4, modules: [])
    #expect(driver.session.level == 4)
    #expect(driver.session.modules == [])
    #expect(driver.session.amendments.map(\.value) == ["4", "none"])
    #expect(driver.session.briefText == Briefs.text())
    let wrong = try Driver(level: 9)
    #expect(try wrong.open().fields.map(\.name) == ["Target maturity level"])
  }

  @Test("A plan that is made again changes the tasks that are not done yet")
  func replanned() throws {
    var driver = try Driver()
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    try driver.answer("approve")
    try driver.work(until: "task-3.1b")
    var session = driver.session
    var plan = Driver.plan(["3.1", "3.1b", "3.2"])
    plan[1].files = ["src/other.py"]
    plan.append(
      PlannedTask(id: "new", title: "", substage: "3.2", role: "", performer: "code", files: []))
    session.apply(Event(at: 1, by: "x", fact: .workPlanned(plan)))
    #expect(session.task("task-3.1")?.state == .done)
    #expect(session.task("task-3.1")?.attempt == 1)
    #expect(session.task("task-3.1b")?.expectedFiles == ["src/other.py"])
    #expect(session.stages[3].substages.map(\.state) == [.done, .todo, .todo])
  }
}
