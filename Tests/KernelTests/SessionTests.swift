import Testing

@testable import Kernel

// covers Session.swift

@Suite("Session")
struct SessionTests {
  @Test("A session without history is nothing and owes nothing")
  func empty() {
    let session = Session()
    #expect(session.id.isEmpty)
    #expect(session.version == 0)
    #expect(session.outstanding.isEmpty)
    #expect(session.openDecisions.isEmpty)
    #expect(session.currentStage == nil)
    #expect(session.blockers.isEmpty)
    #expect(Session(replaying: []) == session)
  }

  @Test("Its state is one word, and a rest hides a question")
  func state() throws {
    var driver = try Driver()
    #expect(driver.session.state == .running)
    try driver.work()
    #expect(driver.session.state == .waiting)
    try driver.order(.pause(reason: "r"))
    #expect(driver.session.state == .paused)
    try driver.order(.abort(reason: "r", confirmation: "s"))
    #expect(driver.session.state == .aborted)
  }

  @Test("It knows its place: stage, sub-stage, tasks, gates, decisions")
  func place() throws {
    var driver = try Driver()
    #expect(driver.session.currentStage?.id == 1)
    #expect(driver.session.currentSubstage == nil)
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    try driver.answer("approve")
    #expect(driver.session.currentSubstage?.id == "3.1")
    #expect(driver.session.task("task-3.1")?.expectedFiles == ["src/3.1.py"])
    #expect(driver.session.task("nobody") == nil)
    #expect(driver.session.gate("lint") == nil)
    #expect(driver.session.decision(driver.session.decisions[0].id)?.answer?.option == "approve")
    #expect(driver.session.decision("nothing") == nil)
  }

  @Test("Obstacles say what was required and what was reached")
  func blockers() throws {
    var driver = try Driver()
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    try driver.answer("approve")
    try driver.work(failing: ["lint"])
    let blocker = try #require(driver.session.blockers.first)
    #expect(
      blocker == Blocker(id: "gate:lint", source: "gate", text: "lint: 3, required 70 %", owner: "person", task: nil))
  }
}
