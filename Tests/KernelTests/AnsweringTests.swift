import Testing

@testable import Kernel

// covers Answering.swift

@Suite("Answering")
struct AnsweringTests {
  private func atTask(_ message: String = "broken", cause: TaskFailure.Cause = .hard) throws -> Driver {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    try driver.fail("task-3.1", message, cause: cause)
    return driver
  }

  private func atGate(_ failing: Set<String> = ["types"]) throws -> Driver {
    var driver = try Driver.supervised()
    try driver.go(to: "gate-failed", failing: failing)
    return driver
  }

  // MARK: - Approvals

  @Test("approve: the session goes on; request-changes: the documents are made again; roll-back: the stage before is")
  func approvals() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "approve-plan")
    #expect(
      Driver.kinds(try driver.settle("approve-plan", "request-changes")) == ["decisionAnswered", "changesRequested"])
    try driver.work()
    driver.isKeeping = false
    let events = try driver.settle("approve-plan", "roll-back")
    #expect(Driver.kinds(events) == ["decisionAnswered", "rolledBack", "changesRequested", "restorationOwed"])
    #expect(driver.session.currentStage?.id == 1)
  }

  @Test("regenerate: every sub-stage runs again, with what the person said")
  func regenerate() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "sign-off")
    try driver.settle("sign-off", "regenerate", note: "one database")
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
    #expect(driver.session.task("task-3.1")?.guidance == "one database")
  }

  // MARK: - Tasks

  @Test("retry: a fresh budget and the next attempt")
  func retry() throws {
    var driver = try atTask()
    #expect(
      Driver.kinds(try driver.settle("task-failed", "retry", note: "use pip")) == ["decisionAnswered", "taskRetried"])
    #expect(driver.session.task("task-3.1")?.guidance == "use pip")
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
  }

  @Test("skip and defer: the task is left out, on record, and the session goes on", arguments: ["skip", "defer"])
  func leavingOut(option: String) throws {
    var driver = try atTask()
    try driver.settle("task-failed", option, note: "not now")
    #expect(driver.session.task("task-3.1")?.state == .skipped)
    #expect(driver.session.task("task-3.1")?.skipReason?.contains("not now") == true)
    #expect(driver.session.postponed.map(\.subject) == (option == "defer" ? ["task:task-3.1"] : []))
    #expect(driver.session.outstanding == [.perform(task: "checkpoint-3.1", attempt: 1)])
    #expect(driver.session.blockers.isEmpty)
  }

  @Test("reassign: another performer tries, and what went wrong before does not count against it")
  func reassign() throws {
    var driver = try atTask()
    try driver.settle("task-failed", "reassign")
    #expect(driver.session.task("task-3.1")?.performer == "other")
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
    #expect(driver.session.tally(of: "task:task-3.1")?.outcomes == [])
  }

  @Test("roll-back to the sub-stage of the task")
  func backToSubstage() throws {
    var driver = try atTask()
    #expect(try driver.decision("task-failed").option("roll-back")?.target == "3:3.1")
    try driver.settle("task-failed", "roll-back")
    #expect(driver.session.stages[3].substages[0].round == 2)
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 2)])
  }

  // MARK: - Gates

  @Test("retry, fix and waive a gate; defer waives it until the next iteration; change-level makes it anew")
  func gates() throws {
    var driver = try atGate()
    try driver.settle("gate-failed", "retry")
    #expect(driver.session.outstanding == [.runGate("types", attempt: 2)])
    try driver.run("types", passed: false)
    try driver.keepFiles()
    #expect(try driver.decision("gate-failed").options.contains { $0.effect == .fix } == false)
    var other = driver
    try other.settle("gate-failed", "defer", note: "small")
    #expect(other.session.postponed.map(\.subject) == ["gate:types"])
    #expect(other.session.waivers.map(\.until) == ["the next iteration"])
    #expect(other.session.gate("types")?.state == .waived)
    try driver.settle("gate-failed", "change-level")
    #expect(driver.session.level == 1)
    #expect(driver.session.currentStage?.id == 1)
    #expect(driver.session.amendments.last == FieldValue(field: "Target maturity level", value: "1"))
  }

  // MARK: - Rules and requests

  @Test("amend: what the brief says is read again, and after it was accepted the intake is made again")
  func amend() throws {
    var driver = try Driver.supervised(requirements: "- Must: read the database directly")
    try driver.go(to: "conflict")
    try driver.settle(
      "conflict", "amend", fields: [FieldValue(field: "Functional requirements", value: "- Must: lend a book")])
    #expect(driver.session.stages[1].revision == 2)
    try driver.work()
    #expect(try driver.open().playbook == "approve-intake")
    #expect(driver.session.settlements.isEmpty)
  }

  @Test("adopt and dismiss what was offered")
  func adoptPlaybooks() throws {
    var driver = try Driver.supervised()
    try driver.work()
    try driver.order(.offer(Workflows.edited(Workflows.whole, version: 2)), by: "engine")
    let decision = try driver.decision("library")
    #expect(decision.body.contains("approve-plan says or does something else"))
    #expect(driver.session.workflow.digest == "d1")
    try driver.settle("library", "adopt")
    #expect(driver.session.workflow.digest == "d2")
    try driver.answer("request-changes")
    try driver.work()
    #expect(try driver.open().title == "Intake 2 (2)")
  }

  @Test("The same playbooks are offered once, newer ones take their place, and those in use are not offered")
  func offers() throws {
    var driver = try Driver.supervised()
    try driver.work()
    #expect(try driver.order(.offer(Workflows.whole), by: "engine").isEmpty)
    try driver.order(.offer(Workflows.edited(Workflows.whole, version: 2)), by: "engine")
    #expect(try driver.order(.offer(Workflows.edited(Workflows.whole, version: 2)), by: "engine").isEmpty)
    let first = try driver.decision("library")
    try driver.order(.offer(Workflows.edited(Workflows.whole, version: 3)), by: "engine")
    #expect(driver.session.decision(first.id)?.withdrawn != nil)
    let second = try driver.decision("library")
    #expect(second.title == "d3")
    try driver.settle("library", "dismiss")
    #expect(driver.session.requests.map(\.settled) == ["superseded", "dismiss"])
    #expect(driver.session.workflow.digest == "d1")
    var other = Workflows.edited(Workflows.whole, version: 4)
    other.id = "another"
    #expect(try driver.order(.offer(other), by: "engine").isEmpty)
  }

  @Test("pause: an end that was asked for is settled; any other request is asked about again after the rest")
  func pausing() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "approve-plan")
    try driver.order(.requestAbort(reason: "too dear"))
    try driver.settle("end", "pause")
    #expect(driver.session.requests.map(\.settled) == ["pause"])
    #expect(driver.session.state == .paused)
    try driver.order(.resume)
    try driver.order(.rollBack(to: 1, substages: [], reason: "r"))
    try driver.settle("rollback", "pause")
    #expect(driver.session.openRequests.count == 1)
    try driver.order(.resume)
    #expect(driver.session.openDecisions.contains { $0.playbook == "rollback" })
  }

  @Test("abort: it says what is saved, must be typed, keeps the files and closes; nothing is approved after it")
  func abort() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    try driver.start(.perform(task: "task-3.1", attempt: 1))
    try driver.order(.requestAbort(reason: "too dear"))
    let decision = try driver.decision("end")
    #expect(decision.body.contains("the journal with every decision"))
    #expect(decision.body.contains("task task-3.1, attempt 1, which is under way"))
    driver.isKeeping = false
    try driver.settle("end", "abort", note: "")
    #expect(driver.session.state == .aborted)
    guard case .aborted(_, _, let reason) = driver.session.standing else { return }
    #expect(reason == "too dear")
    #expect(driver.session.inFlight.isEmpty)
    #expect(driver.session.outstanding.map(\.subject) == ["keep"])
    driver.isKeeping = true
    try driver.keepFiles()
    #expect(driver.session.outstanding.map(\.subject) == ["task:partial-report"])
    try driver.perform("partial-report")
    try driver.perform("partial-package", .failed(TaskFailure(cause: .hard, message: "m")))
    #expect(driver.session.outstanding.isEmpty)
    #expect(driver.session.openDecisions.isEmpty)
    let late = Answer(decision: decision.id, option: "dismiss", digest: decision.digest)
    #expect(driver.refusal(.answer(late)) == .ended(state: .aborted))
    #expect(driver.refusal(.undo(reason: "")) == .nothingToUndo(reason: "the session is aborted."))
    for demand in [
      Demand.change(text: "x", field: nil), .rollBack(to: 1, substages: [], reason: ""), .requestAbort(reason: ""),
    ] {
      #expect(driver.refusal(demand) == .ended(state: .aborted))
    }
  }

  @Test(
    "What was under way when the session was aborted is not reported any more, and what closes it is not asked about")
  func closing() throws {
    var driver = try Driver.supervised()
    try driver.work()
    try driver.order(.abort(reason: "r", confirmation: "s"))
    for _ in 0..<4 {
      let attempt = try #require(driver.session.task("partial-report")).attempt
      try driver.die(in: .perform(task: "partial-report", attempt: attempt), found: .notDone)
    }
    // It takes its engine with it again and again; nobody can be asked, so it is left undone.
    #expect(driver.session.outstanding.map(\.subject) == ["task:partial-package"])
  }

  @Test("Whoever has no question for a request in an old session is told so")
  func oldSession() throws {
    var driver = try Driver()
    try driver.go(to: "approve-plan")
    for demand in [
      Demand.change(text: "x", field: nil), .rollBack(to: 1, substages: [], reason: ""), .requestAbort(reason: ""),
    ] {
      guard case .notNow(_, let because, _) = driver.refusal(demand) else { return }
      #expect(because.contains("cannot ask about it"))
    }
  }

  @Test("One request of a kind is open at a time, in a session that works, by a named person")
  func requests() throws {
    var driver = try Driver.supervised()
    try driver.work()
    guard case .notNow = driver.refusal(.requestAbort(reason: ""), by: "engine") else { return }
    try driver.order(.change(text: "x", field: nil))
    guard case .notNow(_, let because, let instead) = driver.refusal(.change(text: "y", field: nil), by: "Ben") else {
      Issue.record("asked twice")
      return
    }
    #expect(because.contains("Ada asked for it already"))
    #expect(instead == "Answer s-D2 first.")
    try driver.order(.pause(reason: ""))
    guard case .notNow = driver.refusal(.requestAbort(reason: "")) else {
      Issue.record("asked in a rest")
      return
    }
  }

  @Test("While a request is open, what is under way may end and nothing new begins")
  func holding() throws {
    var driver = try Driver.supervised()
    try driver.go(toTask: "task-3.1")
    try driver.start(.perform(task: "task-3.1", attempt: 1))
    try driver.order(.change(text: "x", field: nil))
    #expect(driver.session.outstanding == [.perform(task: "task-3.1", attempt: 1)])
    try driver.order(
      .reportTask(
        "task-3.1", attempt: 1, outcome: .finished(Driver.report(for: try #require(driver.session.task("task-3.1"))))),
      by: "engine")
    #expect(driver.session.outstanding.isEmpty)
    #expect(driver.refusal(.start(.perform(task: "checkpoint-3.1", attempt: 1), epoch: 1)) != nil)
    try driver.settle("change", "dismiss")
    #expect(driver.session.outstanding == [.perform(task: "checkpoint-3.1", attempt: 1)])
  }

  @Test("A request's question is asked anew when the session has moved since")
  func moved() throws {
    var driver = try Driver.supervised()
    try driver.work()
    try driver.order(.change(text: "x", field: nil))
    let first = try driver.decision("change")
    try driver.settle("approve-intake", "approve")
    #expect(driver.session.decision(first.id)?.withdrawn == nil)
    try driver.settle("change", "dismiss")
    try driver.work()
    try driver.order(.rollBack(to: 1, substages: [], reason: ""))
    let second = try driver.decision("rollback")
    try driver.settle("approve-plan", "request-changes")
    #expect(driver.session.decision(second.id)?.isOpen == true)
  }

  @Test("An option takes its own fields, and no others")
  func fields() throws {
    var driver = try atGate()
    #expect(
      try driver.refused("gate-failed", "retry", fields: [FieldValue(field: "Until", value: "soon")])
        == .field(name: "Until", problem: "the option retry takes no fields, so it would be lost."))
    #expect(
      try driver.refused("gate-failed", "waive", fields: [FieldValue(field: "Horoscope", value: "Leo")])
        == .field(
          name: "Horoscope",
          problem: "this option does not ask for it; it asks for: Until, Compensating action, Files."))
    #expect(try driver.refused("gate-failed", "waive", fields: [FieldValue(field: "Until", value: "soon")]) != nil)
    try driver.settle("gate-failed", "waive", fields: [FieldValue(field: "Until", value: " ")])
    #expect(driver.session.waivers.map(\.end) == [.gateRuns])
  }
}
