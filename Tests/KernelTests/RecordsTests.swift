import Testing

@testable import Kernel

// covers Records.swift

@Suite("Records")
struct RecordsTests {
  private func loop(_ outcomes: [String]) -> String? {
    var tally = Tally(subject: "task:x")
    tally.outcomes = outcomes
    return tally.loop
  }

  @Test("Three tries are no loop; the fourth without success is, and it says of which kind")
  func loops() {
    #expect(loop([]) == nil)
    #expect(loop(["a", "a", "a"]) == nil)
    #expect(loop(["a", "a", "a", "a"]) == "the same result 4 times in a row")
    #expect(loop(["a", "b", "a", "b"]) == "two results by turns")
    #expect(loop(["a", "b", "c", "d"]) == "4 times without success")
    #expect(loop(["a", "b", "c", "c", "c"]) == "5 times without success")
  }

  @Test("A request knows its situation, its subject and its words")
  func requests() {
    func request(_ kind: SupervisorRequest.Kind) -> SupervisorRequest {
      SupervisorRequest(id: "x-1", kind: kind, reason: "r", by: "Ada", at: 1)
    }
    #expect(request(.abort).subject == "request:x-1")
    #expect(request(.abort).situation == .abortRequested)
    #expect(request(.abort).words == "End the session")
    #expect(request(.change(text: "t", field: nil)).situation == .changeRequested)
    #expect(request(.change(text: "t", field: "f")).words == "f: t")
    #expect(request(.rollBack(to: 3, substages: [])).words == "Go back to stage 3")
    #expect(request(.rollBack(to: 3, substages: ["3.1", "3.2"])).words == "Go back to 3.1, 3.2")
    #expect(request(.rollBack(to: 3, substages: [])).situation == .rollbackRequested)
    #expect(request(.adoptPlaybooks(digest: "d")).situation == .libraryChanged)
    #expect(request(.adoptPlaybooks(digest: "d")).words == "Use the playbooks as they are on disk now")
  }

  @Test("A restoration begins with nothing kept and its first attempt")
  func restoration() {
    let owed = Restoration(id: 2, tree: "t", reason: "r")
    #expect(owed.before == nil)
    #expect(owed.attempt == 1)
    #expect(owed.failures.isEmpty)
    #expect(owed.subject == "restore:2")
  }

  @Test("What an undo can go back to is the session as it was, and no more of them than may be")
  func restorePoints() throws {
    var driver = try Driver.supervised()
    try driver.work()
    let before = driver.session
    try driver.answer("approve")
    let point = try #require(driver.session.restorePoints.last)
    #expect(point.version == before.version)
    #expect(point.tree == before.keptTree)
    #expect(point.before.first?.restorePoints.isEmpty == true)
    var session = driver.session
    for number in 0..<(Session.undoDepth + 20) {
      session.decisions[0].answer = nil
      session.apply(
        Event(
          at: 1, by: "Ada",
          fact: .decisionAnswered(Answer(decision: session.decisions[0].id, option: "pause", digest: "\(number)"))))
    }
    #expect(session.restorePoints.count == Session.undoDepth)
  }
}
