import Testing

@testable import Kernel

// covers RollBack.swift

@Suite("Roll back")
struct RollBackTests {
  @Test(
    "A target is read as playbooks write it",
    arguments: [
      ("3", 3, []), (" 4 ", 4, []), ("4:4.2,4.3", 4, ["4.2", "4.3"]), ("4: 4.2 , 4.3 ", 4, ["4.2", "4.3"]),
      ("4:", 4, []),
    ] as [(String, Int, [String])])
  func reading(text: String, stage: Int, substages: [String]) {
    #expect(RollBackTarget(reading: text) == RollBackTarget(stage: stage, substages: substages))
  }

  @Test("What is no target is none", arguments: ["", "four", ":4.2", "4.2"])
  func unreadable(text: String) {
    #expect(RollBackTarget(reading: text) == nil)
  }

  @Test("A target says itself as it is read")
  func words() {
    #expect(RollBackTarget(stage: 3, substages: []).words == "3")
    #expect(RollBackTarget(stage: 4, substages: ["4.2", "4.3"]).words == "4:4.2,4.3")
  }

  /// Goes back from where a playbook asks.
  private func back(
    from playbook: String, to stage: Int, _ substages: [String] = [], level: Int = 2
  ) throws -> (before: Session, after: Driver) {
    var driver = try Driver.supervised(level: level)
    try driver.go(to: playbook)
    let before = driver.session
    try driver.order(.rollBack(to: stage, substages: substages, reason: "wrong way"))
    driver.isKeeping = false
    try driver.settle("rollback", "roll-back", note: "")
    return (before, driver)
  }

  @Test("3 → 2: the plan goes, the intake stays as it was written and is made again")
  func toIntake() throws {
    var (before, driver) = try back(from: "approve-plan", to: 1)
    #expect(driver.session.restoration?.tree == before.stages[2].tree)
    #expect(driver.session.currentStage?.id == 1)
    #expect(driver.session.stages[1].revision == 2)
    #expect(driver.session.stages.map(\.approvals.count) == [0, 0, 0, 0, 0, 0])
    #expect(driver.session.task("plan")?.state == .todo)
    #expect(driver.session.outstanding == [.keep(attempt: driver.session.keepAttempt)])
    driver.isKeeping = true
    try driver.work()
    #expect(driver.session.restoration == nil)
    #expect(try driver.open().title == "Intake 2")
    #expect(driver.session.task("intake")?.guidance == "wrong way")
  }

  @Test("4 → 3: the code goes, intake and its approval stay, the plan is made again")
  func toPlan() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1b")
    let before = driver.session
    try driver.order(.rollBack(to: 2, substages: [], reason: "wrong way"))
    driver.isKeeping = false
    try driver.settle("rollback", "roll-back", note: "")
    #expect(driver.session.restoration?.tree == before.stages[3].tree)
    #expect(driver.session.currentStage?.id == 2)
    #expect(driver.session.stages[1].approvals.count == 1)
    #expect(driver.session.stages[2].approvals.isEmpty)
    #expect(driver.session.stages[3].substages.map(\.state) == [.todo, .todo, .todo, .todo])
    #expect(driver.session.rollbacks.map(\.reason) == ["wrong way"])
    #expect(driver.session.rollbacks.map(\.from) == [3])
    driver.isKeeping = true
    try driver.work()
    #expect(try driver.open().title == "Plan 2")
    try driver.answer("approve")
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
  }

  @Test("5 → 4: the code stays and chosen sub-stages run again, then every gate")
  func toSubstages() throws {
    var (before, driver) = try back(from: "sign-off", to: 3, ["3.1b"])
    #expect(driver.session.restoration == nil)
    #expect(driver.session.stages[3].substages.map(\.round) == [1, 2, 1, 1])
    #expect(driver.session.gates.isEmpty)
    #expect(driver.session.stages[2].approvals == before.stages[2].approvals)
    driver.isKeeping = true
    var ran: [String] = []
    while let effect = driver.session.outstanding.first {
      if !effect.isKeep { ran.append(effect.subject) }
      if case .perform(let task, _) = effect { try driver.perform(task) }
      if case .runGate(let gate, _) = effect { try driver.run(gate) }
      if effect.isKeep { try driver.keepFiles() }
    }
    #expect(
      ran == [
        "task:task-3.1b", "task:checkpoint-3.1b", "task:tools", "gate:lint", "gate:style", "gate:types",
        "task:checklist", "task:report",
      ])
  }

  @Test("6 → 5: verification is made again, the code stays as it is")
  func toVerification() throws {
    let (before, driver) = try back(from: "sign-off", to: 4)
    #expect(driver.session.restoration == nil)
    #expect(driver.session.stages[3] == before.stages[3])
    #expect(driver.session.currentStage?.id == 4)
    #expect(driver.session.outstanding.map(\.subject) == ["task:tools"])
    #expect(driver.session.gates.isEmpty)
  }

  @Test("A session can go back to where it has been, from its intake on, and says where that is")
  func targets() throws {
    var driver = try Driver.supervised()
    #expect(driver.session.rollBackTargets.isEmpty)
    guard case .notNow(_, _, let nothing) = driver.refusal(.rollBack(to: 0, substages: [], reason: "")) else {
      Issue.record("went back from nothing")
      return
    }
    #expect(nothing == "Nothing has been made yet that could be gone back from.")
    try driver.go(to: "sign-off")
    #expect(driver.session.rollBackTargets.map(\.stage) == [1, 2, 3, 4])
    guard case .notNow(_, _, let known) = driver.refusal(.rollBack(to: 9, substages: [], reason: "")) else {
      Issue.record("went to nowhere")
      return
    }
    #expect(known == "It can go back to: 1 Intake, 2 Plan, 3 Code, 4 Verify.")
    guard case .notNow(_, let because, let ran) = driver.refusal(.rollBack(to: 3, substages: ["3.3"], reason: ""))
    else {
      Issue.record("ran what never ran")
      return
    }
    #expect(because == "it has not run in stage 3.")
    #expect(ran == "Those that ran are: 3.1, 3.1b, 3.2.")
  }

  @Test("A task in flight at a rollback leaves files behind, so they are put back although the tree seems the same")
  func inFlight() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    let tree = driver.session.keptTree
    try driver.start(.perform(task: "task-3.1", attempt: 1))
    try driver.order(.rollBack(to: 2, substages: [], reason: "r"))
    driver.isKeeping = false
    try driver.settle("rollback", "roll-back")
    #expect(driver.session.inFlight.isEmpty)
    #expect(driver.session.restoration?.tree == tree)
  }

  @Test("Nothing is put back before the files as they are were kept, and nothing else begins meanwhile")
  func order() throws {
    var (_, driver) = try back(from: "approve-plan", to: 1)
    #expect(driver.session.restoration?.before == nil)
    #expect(
      driver.refusal(.start(.restore(1, attempt: 1), epoch: 1)) == .staleReport("putting files back (1), attempt 1"))
    let keep = Effect.keep(attempt: driver.session.keepAttempt)
    try driver.start(keep)
    try driver.order(
      .reportKept(attempt: keep.attempt, outcome: .kept(tree: "now", files: [], edits: ["mine.txt"])), by: "engine")
    #expect(driver.session.restoration?.before == "now")
    #expect(driver.session.personEdits == ["mine.txt"])
    #expect(driver.session.outstanding == [.restore(1, attempt: 1)])
    // Whoever edits in between has that kept too.
    try driver.order(.look(tree: "later", changes: ["mine.txt"]))
    #expect(driver.session.restoration?.before == nil)
    #expect(driver.session.outstanding == [.keep(attempt: keep.attempt + 1)])
  }

  @Test("Files that cannot be put back are put to a person after three tries; trying again is all there is")
  func failing() throws {
    var (_, driver) = try back(from: "approve-plan", to: 1)
    driver.isKeeping = true
    try driver.keepFiles()
    for attempt in 1...3 {
      try driver.start(.restore(1, attempt: attempt))
      try driver.order(.reportRestored(1, attempt: attempt, outcome: .failed("no room")), by: "engine")
    }
    let decision = try driver.open()
    #expect(decision.subject == "restore:1")
    #expect(decision.options.map(\.effect) == [.retry, .pause, .abort])
    let points = driver.session.restorePoints.count
    try driver.answer("retry")
    // Trying again is no work of its own: an undo goes back behind the rollback.
    #expect(driver.session.restorePoints.count == points)
    #expect(driver.session.outstanding == [.restore(1, attempt: 4)])
    try driver.start(.restore(1, attempt: 4))
    try driver.order(.reportRestored(1, attempt: 4, outcome: .restored(restored: 1, removed: 1)), by: "engine")
    #expect(driver.session.restoration == nil)
    #expect(driver.session.isKept)
    #expect(driver.session.outstanding == [.perform(task: "survey", attempt: 2)])
  }

  // MARK: - Changes

  @Test("A change is weighed by how far the session is", arguments: [(0, "easy"), (1, "moderate"), (2, "high")])
  func impact(way: Int, impact: String) throws {
    var driver = try Driver.supervised()
    switch way {
    case 0: try driver.go(to: "approve-intake")
    case 1: try driver.go(to: "approve-plan")
    default: try driver.go(toTask: "task-3.1b")
    }
    try driver.order(.change(text: "export a list", field: nil))
    let decision = try driver.decision("change")
    #expect(decision.body.hasPrefix(impact))
    #expect(decision.recommended == (impact == "easy" ? "incorporate" : "defer"))
    #expect(decision.options.contains { $0.effect == .rollBack } == (impact != "easy"))
    #expect(driver.session.outstanding.isEmpty)
    try driver.settle("change", "incorporate")
    #expect(driver.session.brief.text(of: .functionalRequirements).hasSuffix("- Must: export a list"))
    #expect(driver.session.currentStage?.id == 1)
    // The code is kept, and what it is made from is agreed anew.
    #expect(driver.session.restoration == nil)
    #expect(driver.session.stages[1].approvals.isEmpty)
    #expect(driver.session.requests.map(\.settled) == ["incorporate"])
  }

  @Test("A change with going back discards the code; one put off is on record and changes nothing")
  func ways() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1b")
    let before = driver.session
    try driver.order(.change(text: "2", field: "level"))
    try driver.settle("change", "defer", note: "next time")
    #expect(driver.session.postponed.map(\.text) == ["Target maturity level: 2"])
    #expect(driver.session.postponed.map(\.note) == ["next time"])
    #expect(driver.session.tasks == before.tasks)
    try driver.order(.change(text: "- Could: print", field: nil))
    driver.isKeeping = false
    try driver.settle("change", "roll-back")
    #expect(driver.session.restoration?.tree == before.stages[2].tree)
    #expect(driver.session.brief.text(of: .functionalRequirements).hasSuffix("- Could: print"))
  }

  @Test("A change that leaves the brief incomplete, names no field or says nothing is refused")
  func impossible() throws {
    var driver = try Driver.supervised()
    try driver.work()
    guard case .field = driver.refusal(.change(text: "9", field: "level")),
      case .field = driver.refusal(.change(text: "x", field: "horoscope")),
      case .field = driver.refusal(.change(text: " ", field: nil))
    else {
      Issue.record("a change that cannot be")
      return
    }
  }

  @Test("The mending of a gate has a name of its own each time")
  func fixes() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "gate-failed", failing: ["lint"])
    #expect(driver.session.tasks.filter { $0.repairs == "lint" }.map(\.id) == ["fix-lint-1", "fix-lint-2"])
    try driver.settle("gate-failed", "fix")
    #expect(driver.session.outstanding == [.perform(task: "fix-lint-3", attempt: 1)])
    try driver.perform("fix-lint-3")
    #expect(driver.session.outstanding == [.runGate("lint", attempt: 4)])
  }
}
