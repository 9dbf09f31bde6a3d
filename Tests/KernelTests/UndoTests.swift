import Testing

@testable import Kernel

// covers ApplyTasks.swift (undo) and Decide.swift (undo)

@Suite("Undo")
struct UndoTests {
  private func atPlan() throws -> Driver {
    var driver = try Driver.supervised()
    try driver.go(to: "approve-plan")
    return driver
  }

  @Test("The last answer is taken back, then the one before; the work is as it was and every question is asked anew")
  func lastInFirstOut() throws {
    var driver = try Driver.supervised()
    try driver.work()
    let intake = driver.session
    try driver.answer("approve")
    try driver.work()
    let plan = driver.session
    try driver.answer("approve")
    try driver.work(until: "task-3.1b")
    driver.isKeeping = false
    let events = try driver.order(.undo(reason: "too early"))
    #expect(Driver.kinds(events) == ["undone", "restorationOwed"])
    #expect(WorkPicture(of: driver.session) == WorkPicture(of: plan))
    #expect(driver.session.restoration?.tree == plan.keptTree)
    #expect(driver.session.undone.map(\.decision) == [plan.openDecisions[0].id])
    #expect(driver.session.decision(plan.openDecisions[0].id)?.isUndone == true)
    driver.isKeeping = true
    try driver.work()
    let again = try driver.open()
    #expect(again.playbook == "approve-plan")
    #expect(again.id != plan.openDecisions[0].id)
    try driver.order(.undo(reason: "even that"))
    #expect(WorkPicture(of: driver.session) == WorkPicture(of: intake))
    try driver.work()
    #expect(try driver.open().playbook == "approve-intake")
    #expect(
      driver.refusal(.undo(reason: "")) == .nothingToUndo(reason: "no answer was given that could be taken back."))
    #expect(driver.session.undoLimit == .nothing)
    try driver.go(to: "sign-off")
    try driver.answer("approve")
    try driver.work()
    #expect(driver.session.state == .completed)
    #expect(driver.session.undoLimit == .ended(.completed))
    #expect(driver.refusal(.undo(reason: "")) == .nothingToUndo(reason: "the session is completed."))
  }

  @Test("No attempt has its old number after an undo, and a report of one from before is late")
  func attempts() throws {
    var driver = try atPlan()
    try driver.answer("approve")
    let old = Effect.perform(task: "task-3.1", attempt: 1)
    try driver.start(old)
    let events = try driver.order(.undo(reason: "r"))
    #expect(Driver.kinds(events).prefix(3) == ["effectInterrupted", "undone", "restorationOwed"])
    #expect(
      driver.refusal(.reportTask("task-3.1", attempt: 1, outcome: .finished(TaskReport())))
        == .staleReport(old.name))
    try driver.work()
    try driver.answer("approve")
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
  }

  @Test("An answered decision stays answered after an undo: nobody answers it twice")
  func onceForEver() throws {
    var driver = try atPlan()
    let decision = try driver.open()
    try driver.answer("approve")
    try driver.order(.undo(reason: "r"))
    let second = Answer(decision: decision.id, option: "approve", digest: decision.digest)
    guard case .alreadyAnswered = driver.refusal(.answer(second)) else {
      Issue.record("answered twice")
      return
    }
  }

  @Test("An answer that was given in advance is taken back too, and then the question is the person's")
  func inAdvance() throws {
    let given = AdvanceAnswer(
      by: "Dee", playbook: "approve-intake", subject: nil, option: "approve", note: "", fields: [])
    var driver = try Driver.supervised(answers: [given])
    try driver.work()
    #expect(try driver.open().playbook == "approve-plan")
    try driver.order(.undo(reason: "r"))
    try driver.work()
    #expect(try driver.open().playbook == "approve-intake")
  }

  @Test("A pause that was answered is taken back; a rest that was ordered, and work that was resumed, go on")
  func rests() throws {
    var driver = try atPlan()
    try driver.answer("pause")
    var since: Moment?
    if case .paused(_, let moment, _) = driver.session.standing { since = moment }
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.state == .waiting)
    // It did rest until then.
    #expect(driver.session.rested == driver.session.updatedAt - (try #require(since)))
    try driver.answer("approve")
    try driver.order(.pause(reason: "lunch"))
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.state == .paused)
    try driver.work()
    try driver.order(.resume)
    try driver.work()
    // Answered in a rest, and resumed since.
    try driver.order(.pause(reason: "lunch"))
    try driver.answer("approve")
    try driver.order(.resume)
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.standing == .active)
    // Paused by an answer, resumed, and paused by order.
    try driver.work()
    try driver.answer("pause")
    try driver.order(.resume)
    try driver.order(.pause(reason: "tea"))
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.state == .paused)
  }

  @Test("A rollback is taken back with its files, kept before they were touched")
  func rollback() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1b")
    let before = driver.session
    try driver.order(.rollBack(to: 1, substages: [], reason: "r"))
    let asked = try driver.decision("rollback")
    try driver.settle("rollback", "roll-back")
    try driver.work()
    driver.isKeeping = false
    try driver.order(.undo(reason: "no"))
    #expect(driver.session.restoration?.tree == asked.tree)
    #expect(driver.session.stages == before.stages)
    #expect(driver.session.rollbacks.count == 1)
    // The rollback itself is asked for again.
    driver.isKeeping = true
    try driver.work()
    #expect(driver.session.openRequests.map(\.id) == ["rollback-1"])
    try driver.settle("rollback", "dismiss")
    #expect(driver.session.outstanding.map(\.subject) == ["task:task-3.1b"])
  }

  @Test("Files in motion at the answer are kept right after it, so that an undo has them")
  func inMotion() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    try driver.start(.perform(task: "task-3.1", attempt: 1))
    try driver.order(.requestAbort(reason: "r"))
    driver.isKeeping = false
    try driver.settle("end", "pause")
    #expect(driver.session.restorePoints.last?.awaitsTree == true)
    let keep = try #require(driver.session.outstanding.first)
    try driver.start(keep)
    try driver.order(
      .reportKept(attempt: keep.attempt, outcome: .kept(tree: "half", files: [], edits: [])), by: "engine")
    #expect(driver.session.restorePoints.last?.tree == "half")
    try driver.order(.resume)
    try driver.perform("task-3.1")
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.restoration?.tree == "half")
    #expect(driver.session.task("task-3.1")?.state == .todo)
  }

  @Test("What a playbook says cannot be taken back is not, and says so before")
  func irreversible() throws {
    var driver = try Driver.supervised(level: 1, requirements: "- Must: keep GDPR")
    try driver.go(to: "quality")
    let decision = try driver.decision("quality")
    let option = try #require(decision.option("proceed"))
    #expect(preview(option, of: decision, in: driver.session).irreversible.count == 1)
    try driver.settle("quality", "proceed")
    guard case .nothingToUndo(let reason) = driver.refusal(.undo(reason: "")) else {
      Issue.record("took back what cannot be")
      return
    }
    #expect(reason == "proceed of \(decision.id) cannot be taken back, as was said before it was chosen.")
    #expect(driver.session.undoLimit == .nothing)
  }

  @Test("Nothing is undone while files are put back, and nobody but a named person undoes")
  func refusals() throws {
    var driver = try atPlan()
    #expect(driver.session.undoLimit == .open)
    for nobody in ["engine", " ", ""] {
      guard case .notNow = driver.refusal(.undo(reason: ""), by: nobody) else {
        Issue.record("undone by nobody")
        return
      }
    }
    driver.isKeeping = false
    try driver.settle("approve-plan", "roll-back")
    guard case .notNow(_, let because, _) = driver.refusal(.undo(reason: "")) else {
      Issue.record("undone in the middle")
      return
    }
    #expect(because == "files are being put back.")
  }

  @Test("A question that followed from the answer is withdrawn with it")
  func questions() throws {
    var driver = try atPlan()
    let plan = try driver.open()
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.decision(plan.id)?.withdrawn == "The answer it followed from was taken back.")
    #expect(driver.session.openDecisions.isEmpty || driver.session.openDecisions[0].playbook == "approve-intake")
  }

  @Test("A picture, a restoration and a task that came up since have no old number either")
  func otherAttempts() throws {
    var driver = try atPlan()
    let keeps = driver.session.keepAttempt
    try driver.settle("approve-plan", "roll-back")
    try driver.work()
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.keepAttempt > keeps)
    #expect(driver.session.restoration?.id == 2)
    #expect(driver.session.outstanding == [.restore(2, attempt: 1)])
    #expect(
      driver.refusal(.reportRestored(1, attempt: 1, outcome: .restored(restored: 1, removed: 1)))
        == .staleReport("putting files back (1), attempt 1"))
    #expect(
      driver.refusal(.reportKept(attempt: keeps, outcome: .failed("late")))
        == .staleReport("keeping the workspace, attempt \(keeps)"))
    try driver.work()
    let intake = try #require(driver.session.task("intake"))
    // It was made again by the rollback; its number is the one it has had last.
    #expect(intake.state == .done)
    #expect(intake.attempt == 2)
  }

  @Test("Waivers, risks, records and playbooks are taken back; what gates gave meanwhile stays known")
  func records() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "gate-failed", failing: ["types"])
    try driver.settle("gate-failed", "retry")
    try driver.run("types")
    #expect(driver.session.gate("types")?.results.count == 2)
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.gate("types")?.results.count == 1)
    #expect(driver.session.earlierGates.map(\.id) == ["types"])
    #expect(driver.session.earlierGates.flatMap(\.results).map(\.passed) == [true])
    // The gate ran twice, and no run has an old number.
    var again = driver
    try again.work()
    try again.settle("gate-failed", "retry")
    #expect(again.session.outstanding == [.runGate("types", attempt: 3)])
    try driver.work()
    try driver.settle("gate-failed", "waive")
    let first = try #require(driver.session.waivers.last?.id)
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.waivers.isEmpty)
    try driver.work()
    try driver.settle("gate-failed", "waive")
    #expect(driver.session.waivers.last?.id != first)
    try driver.order(.offer(Workflows.edited(Workflows.whole, version: 2)), by: "engine")
    try driver.settle("library", "adopt")
    try driver.order(.undo(reason: "r"))
    #expect(driver.session.workflow.digest == "d1")
    try driver.work()
    try driver.settle("library", "adopt")
    #expect(driver.session.workflow.digest == "d2")
  }

  @Test("An undo says beforehand what it does, or why it cannot")
  func foreseen() throws {
    var driver = try Driver.supervised()
    try driver.work()
    guard case .failure(.nothingToUndo) = previewUndo(in: driver.session) else {
      Issue.record("foresaw nothing")
      return
    }
    try driver.answer("approve")
    try driver.work()
    try driver.answer("approve")
    try driver.work(until: "task-3.1b")
    let consequences = try previewUndo(in: driver.session).get()
    #expect(consequences.approvalsVoided == ["2 approve-plan"])
    #expect(consequences.restoresTree == driver.session.restorePoints.last?.tree)
  }
}
