import Testing

@testable import Kernel

// covers SituationFacts.swift

@Suite("Facts of a situation")
struct SituationFactsTests {
  /// Every fact that a situation promises is there when it arises, and no text keeps a name unfilled.
  private func check(_ decision: Decision, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let kind = try #require(SituationKind(rawValue: decision.situation), sourceLocation: sourceLocation)
    let texts =
      [decision.title, decision.body, decision.records]
      + decision.options.flatMap { [$0.title, $0.says, $0.target ?? ""] }
    for text in texts { #expect(!text.contains("{{"), "\(kind.rawValue): \(text)", sourceLocation: sourceLocation) }
  }

  /// A workflow whose every question says all its facts.
  private static let telling: Workflow = {
    var workflow = Workflows.whole
    for index in workflow.playbooks.indices {
      guard let kind = workflow.playbooks[index].situation else { continue }
      workflow.playbooks[index].body = (kind.facts + SituationKind.commonFacts).map { "\($0)={{\($0)}}" }
        .joined(separator: "\n")
    }
    return workflow
  }()

  @Test("Every fact that a situation has is known when it arises")
  func all() throws {
    var seen: Set<String> = []
    func look(_ driver: Driver) throws {
      for decision in driver.session.decisions where seen.insert(decision.situation).inserted {
        guard decision.situation != "loop" else { continue }
        try check(decision)
      }
    }
    var gaps = try Driver(Self.telling, brief: Briefs.text([.functionalRequirements]))
    try gaps.order(.requestAbort(reason: "r"))
    try look(gaps)
    var driver = try Driver.supervised(
      Self.telling, level: 1, requirements: "- Must: read the database directly\n- Must: keep GDPR")
    try driver.fail("survey")
    try driver.answer("retry")
    try driver.perform(
      "survey", .finished(TaskReport(shortcomings: [Shortcoming(subject: "x", reason: "r", canLeaveOut: true)])))
    try driver.keepFiles()
    try driver.answer("leave-out")
    try driver.go(to: "quality")
    try driver.settle("quality", "proceed")
    try driver.go(toTask: "task-3.1")
    try driver.fail("task-3.1", "PyPI timed out", cause: .environment)
    try driver.answer("retry")
    try driver.die(
      in: .perform(task: "task-3.1", attempt: driver.session.task("task-3.1")?.attempt ?? 0), found: .unknown)
    try driver.keepFiles()
    try driver.answer("retry")
    try driver.go(to: "gate-failed", failing: ["lint"])
    try driver.order(.change(text: "x", field: nil))
    try driver.order(.rollBack(to: 2, substages: [], reason: "r"))
    try driver.order(.offer(Workflows.edited(Self.telling, version: 2)), by: "engine")
    try look(driver)
    for team in try Self.teams() { try look(team) }
    #expect(seen.union(["loop"]) == Set(SituationKind.allCases.map(\.rawValue)))
  }

  @Test("A loop has the facts of what goes round")
  func loop() throws {
    var driver = try Driver.supervised(Self.telling)
    try driver.go(toTask: "task-3.1")
    for _ in 0..<3 {
      try driver.fail("task-3.1")
      try driver.answer("retry")
    }
    try driver.fail("task-3.1")
    let body = try driver.decision("loop").body
    #expect(body.contains("origin=task"))
    #expect(body.contains("times=4"))
    #expect(body.contains("task-id=task-3.1"))
    #expect(body.contains("rollback-target=2"))
  }

  @Test("How far a session is, in lines")
  func progress() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1b")
    #expect(
      driver.session.progressLines == [
        "0 Brief: done", "1 Intake: done", "2 Plan: done", "3.1 3.1: done", "3.1b 3.1b: 0 of 1 tasks done",
        "3.2 3.2: not started",
      ])
  }

  @Test("Minutes are those it took, else the level's usual share")
  func minutes() throws {
    var driver = try Driver.supervised()
    #expect(driver.session.minutes(of: []) == 0)
    // Three sub-stages run at level 2, in at most 20 minutes.
    #expect(driver.session.minutes(of: ["3.1"]) == 7)
    try driver.go(toTask: "task-3.1")
    driver.clock += 8 * 60_000
    try driver.work(until: "task-3.1b")
    #expect(driver.session.minutes(of: ["3.1"]) == 9)
  }

  @Test("What is asked about a going back says what is kept and what is discarded")
  func goingBack() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "sign-off")
    func body(_ stage: Int, _ substages: [String] = []) throws -> String {
      var other = driver
      try other.order(.rollBack(to: stage, substages: substages, reason: ""))
      return try other.decision("rollback").title + "\n" + other.decision("rollback").body
    }
    #expect(try body(2).hasPrefix("5 → 2\n- everything up to the end of stage 2"))
    #expect(try body(2).contains("what stage 3 (Code) made"))
    #expect(try body(3, ["3.2"]).contains("that 3.2 were done"))
    #expect(try body(4).contains("the code as it is"))
  }

  @Test("What persons accepted and put off is told where a report is approved")
  func approval() throws {
    var driver = try Driver.supervised(Self.telling)
    try driver.go(toTask: "task-3.1")
    try driver.fail("task-3.1")
    try driver.settle("task-failed", "defer", note: "later")
    try driver.go(to: "sign-off")
    let body = try driver.decision("sign-off").body
    #expect(body.contains("recovery=- 3.1: broken (put off by Ada)"))
    #expect(body.contains("gates=3 of 3 gates passed"))
  }

  /// Supervised sessions that ask for an agent, about an obstacle, and about the end.
  static func teams() throws -> [Driver] {
    func telling(_ rules: Supervision) -> Workflow {
      var workflow = Team.workflow(rules)
      for index in workflow.playbooks.indices {
        guard let kind = workflow.playbooks[index].situation else { continue }
        workflow.playbooks[index].body = (kind.facts + SituationKind.commonFacts).map { "\($0)={{\($0)}}" }
          .joined(separator: "\n")
      }
      return workflow
    }
    var nobody = try TeamDriver(telling(TeamTests.without("developer", provision: false)))
    try nobody.work()
    var blocked = try TeamDriver(telling(Team.rules))
    try blocked.work(until: "leads")
    try blocked.driver.order(
      .raiseCallback(Callback(kind: .blocker, from: "developer01", text: "The licence is unclear.")), by: "developer01")
    try blocked.work()
    var edited = try TeamDriver(telling(Team.rules))
    try edited.work(until: "audit")
    edited.disk["routers/leads.py"] = "edited"
    try edited.end("audit")
    try edited.work()
    return [nobody.driver, blocked.driver, edited.driver]
  }
}
