import Testing

@testable import Kernel

// covers Event.swift

@Suite("Event")
struct EventTests {
  @Test("An effect says what is done and which attempt it is")
  func names() {
    #expect(Effect.perform(task: "plan", attempt: 2).name == "task plan, attempt 2")
    #expect(Effect.runGate("lint", attempt: 1).name == "gate lint, attempt 1")
    #expect(Effect.perform(task: "plan", attempt: 1) != .perform(task: "plan", attempt: 2))
    #expect(Effect.perform(task: "lint", attempt: 1) != .runGate("lint", attempt: 1))
  }

  @Test("An event of a kind nobody knows is counted and changes nothing else")
  func unknown() throws {
    let driver = try Driver()
    var session = driver.session
    session.apply(Event(at: 7, by: "Zed", fact: .unknown(type: "goal.met", data: "{}")))
    var expected = driver.session
    expected.version += 1
    expected.updatedAt = 7
    expected.unknownEvents = 1
    #expect(session == expected)
  }

  @Test("A creation has no level, modules or answers unless somebody gave them")
  func creation() {
    let creation = Creation(id: "s", title: "t", workspace: "/w", briefText: "", workflow: .empty)
    #expect(creation.level == nil)
    #expect(creation.modules == nil)
    #expect(creation.answers.isEmpty)
  }
}
