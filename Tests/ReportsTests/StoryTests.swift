import Kernel
import Testing

@testable import Reports

/// One session that goes through all ten scenarios; its report has to tell every one of them.
///
/// covers RecoverySection.swift, RecoveryCase.swift, Outcome.swift, Consequence.swift and Chronicle.swift
@Suite struct StoryTests {
  private static let told = Result { try play() }

  /// The session, played once for all tests.
  static func story() throws -> Rehearsal { try told.get() }

  private static func play() throws -> Rehearsal {
    var story = try Scenarios.rehearsal(
      ("2 - development ready; two volunteers will go on developing it.", "soon"),
      (
        "The defaults of the chosen level are fine.",
        "- The API reads directly from PostgreSQL.\n- GDPR must be kept.\n"
      ))
    // 1: the level is missing.
    try story.settle()
    try story.answer("fill", fields: [FieldValue(field: "Target maturity level", value: "2")], by: "Grace")
    try story.settle()
    // 2 and 9: two lines break rules.
    try story.answer("adopt", note: "Agreed on the phone.", by: "Grace", after: 1_800_000)
    try story.settle()
    try story.answer("accept", note: "No personal data at first.", by: "Edsger", after: 600_000)
    try story.settle()
    // 3: a task fails three times, then goes well with guidance. 6: another needs PyPI.
    story.failures["4.1-all"] =
      Array(repeating: Scenarios.failed, count: 2)
      + [TaskFailure(cause: .cognitive, message: "No module named redis")]
    story.failures["4.2-all"] = Array(
      repeating: TaskFailure(cause: .environment, message: "Timeout after 60 s: pypi"), count: 3)
    story.down = ["pypi"]
    try story.reach("task-failed")
    try story.answer("retry", note: "Use a fixture.", by: "Ada", after: 1_200_000)
    try story.reach("dependency-failed")
    try story.answer("wait", by: "Ada", after: 60_000)
    try story.settle()
    story.now += 1_500_000
    story.down = []
    // 5: somebody wants a chat.
    _ = try story.step()
    try story.order(.change(text: "Volunteers can chat.", field: nil), by: "Linus")
    try story.settle()
    try story.answer("later", note: "Not urgent.", by: "Ada", after: 300_000)
    // 4: coverage is short and is waived; formatting is mended without a question.
    story.results["coverage"] = GateResult(
      passed: false, required: "75%", achieved: "71 %",
      findings: [Finding(file: "src/4.2.py", line: 0, code: "cover", message: "45 %")])
    story.runs["format"] = [GateResult(passed: false, required: "no drift", achieved: "1 file")]
    story.results["lint"] = GateResult(passed: false, required: "0 errors", achieved: "2 errors")
    try story.reach("gate-failed")
    try story.answer(
      "waive", about: "gate:coverage", note: "Refunds are rare.",
      fields: [
        FieldValue(field: "Until", value: "2026-03-31"),
        FieldValue(field: "Compensating action", value: "Tests follow in March"),
      ], by: "Ada", after: 7_200_000)
    // 10: lint finds the same again and again.
    while story.session.openDecisions.first?.playbook == "gate-failed" {
      try story.answer("retry", about: "gate:lint", by: "Ada", after: 30_000)
      try story.settle()
    }
    try story.answer("defer", to: "loop", note: "The rule itself is in question.", by: "Edsger", after: 240_000)
    // 8: a rest over the weekend.
    try story.settle()
    try story.order(.pause(reason: "Weekend."), by: "Ada")
    try story.settle()
    story.now += 172_800_000
    try story.order(.resume, by: "Grace")
    // 7: back to 4.3 and, on second thoughts, not.
    try story.order(.rollBack(to: 4, substages: ["4.3"], reason: "The loans look wrong."), by: "Grace")
    try story.settle()
    try story.answer("go", to: "rollback-requested", note: "The loans look wrong.", by: "Grace", after: 120_000)
    _ = try story.step()
    try story.order(.undo(reason: "They were right."), by: "Grace")
    try story.settle()
    return story
  }

  /// The event that a mark cites.
  private func fact(_ mark: String, in story: Rehearsal) throws -> Fact {
    let seq = try #require(Int(mark.dropFirst()))
    return try #require(story.events.indices.contains(seq - 1) ? story.events[seq - 1] : nil).fact
  }

  @Test func everyScenarioIsTold() throws {
    let story = try Self.story()
    let headings = Parsed(story.report).lines.filter { $0.hasPrefix("### Scenario ") }
    #expect(headings == (1...10).map { "### Scenario \($0) – \(Scenario.title($0))" })
    let overview = story.parsed.table("Scenario", "Cases")
    #expect(overview.map { $0[1] } == ["1", "1", "1", "3", "1", "1", "1", "1", "1", "1"])
    #expect(overview.map { $0[2] } == ["1", "1", "1", "4", "1", "1", "2", "none were asked", "1", "1"])
    #expect(
      overview.map { $0[3] } == [
        "1 h", "30 min", "20 min", "4 h 1 min", "5 min", "1 min", "2 min", "0 s", "10 min", "4 min",
      ])
  }

  @Test func everyDecisionSaysWhoWhenOnWhatAndHowLongItWaited() throws {
    let story = try Self.story()
    let tables = story.parsed.tables.filter { $0.first?.first == "Question" }.flatMap { $0.dropFirst(2) }
    for decision in story.session.decisions where !decision.isApproval {
      let row = try #require(tables.first { $0[0].hasPrefix("\(decision.id): ") }, "\(decision.id)")
      #expect(row[7] == "`\(decision.digest)`")
      guard let answer = decision.answer else { continue }
      #expect(row[2] == answer.by)
      #expect(row[3] == Words.time(answer.at))
      #expect(row[4] == Words.duration(answer.at - decision.raisedAt))
      guard case .decisionAnswered(let cited) = try fact(row[8], in: story) else {
        Issue.record("\(row[8]) is not the answer to \(decision.id)")
        continue
      }
      #expect(cited.decision == decision.id)
    }
    let waived = try #require(tables.first { $0[0].contains("Coverage") })
    #expect(waived[1] == "Accept the failure: “Refunds are rare.”")
    #expect(waived[4] == "2 h")
    #expect(waived[6].hasPrefix("gate Coverage WAIVED as W-10 until the end of 2026-03-31 (UTC) (#"))
  }

  @Test func everyAttemptNamesItsCauseAndTheFirstLine() throws {
    let story = try Self.story()
    let attempts = story.parsed.tables.flatMap { $0 }.filter { $0.count == 6 && $0[2].contains("of task 4.1-all") }
    #expect(attempts.map { $0[3] } == ["test (cognitive)", "test (cognitive)", "code (cognitive)", "–"])
    #expect(attempts[0][4] == "AssertionError: expected 1, got 2")
    #expect(attempts[3][2] == "Attempt 4 of task 4.1-all done")
    guard case .taskFailed("4.1-all", 3, _) = try fact(attempts[2][0], in: story) else {
      Issue.record("\(attempts[2][0]) is not the third failure")
      return
    }
  }

  @Test func aLoopListsAllThatWasTriedBefore() throws {
    let story = try Self.story()
    let loop = try #require(Chronicle(story.events).cases.first { $0.scenario == 10 })
    #expect(loop.subject == "gate:lint")
    #expect(loop.steps.map(\.what) == (1...4).map { "Run \($0) did not pass" })
    #expect(story.report.contains("> Lint: the same result 4 times in a row"))
  }

  @Test func whatWasMendedWithoutAQuestionIsACaseToo() throws {
    let story = try Self.story()
    let mended = try #require(Chronicle(story.events).cases.first { $0.subject == "gate:format" })
    #expect(mended.decisions.isEmpty)
    #expect(
      mended.steps.map(\.what) == [
        "Run 1 did not pass", "Mending task fix-format-1 made", "Mending task fix-format-1 done", "Run 2 passed",
      ])
    #expect(mended.outcome == "Passed in run 2: as required")
  }

  @Test func theOutcomesAreThoseOfTheSession() throws {
    let cases = Chronicle(try Self.story().events).cases
    func outcome(_ scenario: Int) -> String? { cases.last { $0.scenario == scenario }?.outcome }
    #expect(outcome(1) == "The brief was complete in the end; level 2 is agreed.")
    #expect(outcome(2) == "The compliant way was adopted, by Grace at 2026-01-01T01:30:20Z.")
    #expect(outcome(3) == "Done in attempt 4.")
    #expect(outcome(4) == "WAIVED, not passed: W-10, accepted by Ada until the end of 2026-03-31 (UTC).")
    #expect(outcome(5) == "Settled: In the next iteration.")
    #expect(outcome(6) == "Done in attempt 5.")
    #expect(outcome(7) == "The rollback was taken back; section 11 says by whom.")
    #expect(outcome(8) == "Resumed by Grace at 2026-01-03T04:47:00Z; the session went on.")
    #expect(outcome(9) == "Accepted as a risk, by Edsger at 2026-01-01T01:40:30Z.")
    #expect(outcome(10) == "WAIVED, not passed: W-13, accepted by Edsger until the next iteration.")
  }

  @Test func theSummaryHidesNothing() throws {
    let text = try Self.story().report
    #expect(text.contains("**Overall status: Ready with waivers.**"))
    #expect(
      text.contains(
        "2 waived checks (Lint, Coverage); 1 accepted risk (R-3); 2 matters put off to the next iteration (P-8, P-13).")
    )
    #expect(text.contains("- WAIVED until the end of 2026-03-31 (UTC): Coverage – Refunds are rare."))
    #expect(text.contains("- Put off to the next iteration (P-8): Volunteers can chat."))
    #expect(text.contains("11 of 13 gates passed, 2 waived"))
    #expect(text.contains("- Recovery: 12 cases in 10 scenarios, told in section 8"))
    #expect(!text.contains("**Overall status: Ready.**"))
  }

  @Test func everyMarkCitesAnEventThatExists() throws {
    let story = try Self.story()
    for (name, text) in allDocuments(story) {
      for mark in text.matches(of: /#([0-9]+)/) {
        let seq = try #require(Int(mark.1))
        #expect((1...story.events.count).contains(seq), "\(name): #\(seq)")
      }
    }
  }
}
