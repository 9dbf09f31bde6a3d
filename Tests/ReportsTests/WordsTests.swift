import Kernel
import Testing

@testable import Reports

/// covers Words.swift, ReportFacts.swift and History.swift
@Suite struct WordsTests {
  @Test func momentsAreInUTC() {
    #expect(Words.time(1_767_225_600_000) == "2026-01-01T00:00:00Z")
    #expect(Words.time(1_767_225_600_999) == "2026-01-01T00:00:00Z")
    #expect(Words.date(0) == "1970-01-01")
  }

  @Test(arguments: [
    (0, "0 s"), (1, "under 1 s"), (59_999, "59 s"), (60_000, "1 min"), (61_000, "1 min 1 s"), (3_600_000, "1 h"),
    (3_661_000, "1 h 1 min"), (90_061_000, "1 d 1 h"), (86_400_000 + 60_000, "1 d"), (-5, "0 s"),
  ])
  func durationsNameTheirTwoLargestUnits(milliseconds: Int64, words: String) {
    #expect(Words.duration(milliseconds) == words)
  }

  @Test func aGateIsNeverCalledPassedUnlessItDid() {
    func word(_ state: Progress, mandatory: Bool = true, unavailable: String? = nil) -> String {
      var gate = GateRecord(
        id: "g", title: "G", category: "C", mandatory: mandatory, required: "0", maxAttempts: 3)
      gate.state = state
      gate.results = [GateResult(passed: state == .done, required: "0", achieved: "1", unavailable: unavailable)]
      return Words.state(of: gate)
    }
    #expect(word(.done) == "PASSED")
    #expect(word(.waived) == "WAIVED")
    #expect(word(.waived, unavailable: "no tool") == "WAIVED")
    #expect(word(.failed) == "FAILED")
    #expect(word(.failed, mandatory: false) == "FAILED (advisory)")
    #expect(word(.failed, unavailable: "no tool") == "NOT CHECKED")
    #expect(word(.todo) == "TO RUN AGAIN")
  }

  @Test func timeIsSplitByWhoeverHeldTheSession() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.settle()  // context, survey, intake: three effects of ten seconds
    rehearsal.now += 7_200_000  // two hours of nobody answering
    try rehearsal.order(.pause(reason: "Weekend."), by: "Ada")
    rehearsal.now += 86_400_000
    try rehearsal.order(.resume, by: "Ada")
    let history = History(rehearsal.events, now: rehearsal.now + 1_000)
    #expect(history.machine == 30_000)
    #expect(history.people == 7_201_000)
    #expect(history.paused == 86_400_000)
    #expect(history.idle == 0)
    #expect(history.whole == 30_000 + 7_201_000 + 86_400_000)
    #expect(history.recoveries.map { $0[2] } == ["Paused", "Resumed", "Reminded of question library-1-D1"])
    #expect(!history.clockWentBack)
  }

  @Test func aClockThatGoesBackCostsNothing() throws {
    var rehearsal = try Rehearsal()
    rehearsal.now -= 5_000
    try rehearsal.settle()
    let history = History(rehearsal.events, now: rehearsal.now)
    #expect(history.clockWentBack)
    #expect(history.machine == 30_000)
    #expect(history.whole == 30_000)
  }

  @Test func everythingThatDidNotGoStraightIsKept() throws {
    var rehearsal = try Rehearsal()
    let effect = try #require(rehearsal.session.outstanding.first)
    try rehearsal.order(.start(effect, epoch: 1))
    try rehearsal.order(.takeLease(holder: "second engine", epoch: 2))
    let again = try #require(rehearsal.session.outstanding.first)
    try rehearsal.order(.start(again, epoch: 2))
    guard case .perform(let task, let attempt) = again else { return }
    let failure = TaskFailure(cause: .environment, message: "No space | left\non the disk.")
    try rehearsal.order(.reportTask(task, attempt: attempt, outcome: .failed(failure)))
    let rows = History(rehearsal.events, now: rehearsal.now).recoveries
    #expect(
      rows.map { $0[2] } == [
        "Engine took over (epoch 2)", "Interrupted: task context, attempt 1",
        "Looked at: task context, attempt 1 – not done", "Task context, attempt 2 failed (environment)",
      ])
    #expect(rows[3][4] == "No space \\| left (1 more line with #9)")
    let seq = try #require(Int(rows[3][0].dropFirst()))
    guard case .taskFailed = rehearsal.events[seq - 1].fact else {
      Issue.record("#\(seq) is not the event it is cited for")
      return
    }
  }
}
