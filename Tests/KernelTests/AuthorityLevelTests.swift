import Testing

@testable import Kernel

// Sources/Kernel/AuthorityLevel.swift

@Suite("Containment on record")
struct AuthorityLevelTests {
  private func words(_ session: Session) -> String? { session.containmentWords { "\($0)" } }

  @Test("each change is one event; the lowest level is told first, with when")
  func lowest() throws {
    var driver = try Driver.supervised()
    #expect(words(driver.session) == nil)
    #expect(Driver.kinds(try driver.order(.reportContainment(.sandbox))) == ["containmentReached"])
    #expect(try driver.order(.reportContainment(.sandbox)).isEmpty)
    let first = try #require(driver.session.containments.first).since
    #expect(words(driver.session) == "contained L1 since \(first)")
    try driver.order(.reportContainment(.none))
    let second = try #require(driver.session.containments.last).since
    #expect(driver.session.lowestContainment == ContainmentRecord(level: .none, since: second))
    #expect(words(driver.session) == "not contained L0 since \(second), contained L1 before")
    try driver.order(.reportContainment(.hidden))
    let third = try #require(driver.session.containments.last).since
    #expect(words(driver.session) == "not contained L0 from \(second), now half contained L0+ since \(third)")
    #expect(AuthorityLevel.allCases == AuthorityLevel.allCases.sorted())
  }

  @Test("taking an answer back does not take back how the work ran")
  func undo() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "approve-plan")
    try driver.answer("approve")
    try driver.order(.reportContainment(.none))
    try driver.order(.undo(reason: "too early"))
    #expect(driver.session.lowestContainment?.level == AuthorityLevel.none)
  }
}
