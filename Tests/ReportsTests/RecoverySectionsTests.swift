import Kernel
import Testing

@testable import Reports

/// One test for each section that tells what did not go straight, with expectations computed by hand.
///
/// covers DecisionSection.swift, DeviationSection.swift, PostponedSection.swift, ReturnSection.swift,
/// AgreementSection.swift, InterruptionSection.swift, ChronicleParts.swift and Revisions.swift
@Suite struct RecoverySectionsTests {
  // MARK: - 7

  @Test func deciding() throws {
    var story = try StoryTests.story()
    let pace = DecisionPace(story.session)
    // 60, 30, 10, 1, 1, 20, 1, 5, 120, 120, 0.5, 0.5, 4 and 2 minutes; the middle two are 4 and 5.
    #expect(pace.waits.count == 14)
    #expect(pace.median == 270_000)
    #expect(pace.longest == .init(wait: 7_230_000, decision: "library-1-D9"))
    // The approval of stage 6 was withdrawn by going back; it waits until the request, open again, is answered.
    #expect(pace.withdrawn == 1)
    #expect(pace.askedAgain == 0)
    #expect(pace.undone == 1)
    #expect(pace.open == 1)
    #expect(pace.inAdvance == 0)
    try story.answer("stay", to: "rollback-requested", note: "They were right.", by: "Grace")
    try story.settle()
    let settled = DecisionPace(story.session)
    #expect(settled.askedAgain == 1)
    #expect(settled.open == 1)
    #expect(settled.waits.count == 15)
  }

  @Test func theShareOfAnswersGivenInAdvanceIsShown() throws {
    let given = AdvanceAnswer(
      by: "Grace", playbook: "approve-intake", subject: nil, option: "approve", note: "", fields: [])
    var rehearsal = try Scenarios.rehearsal(answers: [given])
    try rehearsal.reach("sign-off")
    try rehearsal.answer("approve")
    #expect(
      rehearsal.parsed.row("Answered in advance, so that nobody looked at them")?[1] == "1 (33 % of all answers)")
    #expect(rehearsal.parsed.row("Median time to decide")?[1] == "30 min 30 s")
    #expect(rehearsal.parsed.row("Longest time to decide")?[1] == "1 h (library-1-D3)")
  }

  // MARK: - 9

  /// Led to a waiver of lint that ends with a day.
  private func waived(until: String = "2026-01-10", compensation: String = "A review by hand") throws -> Rehearsal {
    var rehearsal = try Scenarios.rehearsal()
    rehearsal.results["lint"] = GateResult(
      passed: false, required: "0 errors", achieved: "2 errors",
      findings: [Finding(file: "src/4.2.py", line: 3, code: "E1", message: "bad")])
    try rehearsal.reach("gate-failed")
    try rehearsal.answer(
      "waive", note: "Legacy",
      fields: [
        FieldValue(field: "Until", value: until), FieldValue(field: "Compensating action", value: compensation),
      ])
    try rehearsal.settle()
    return rehearsal
  }

  @Test func aWaiverSaysEverythingThatItIs() throws {
    let rehearsal = try waived()
    let waiver = try #require(rehearsal.session.waivers.first)
    let row = try #require(rehearsal.parsed.table("Waiver", "Gate").first)
    #expect(row[1] == "Lint")
    #expect(row[2] == "WAIVED, in force")
    #expect(row[3] == "the end of 2026-01-10 (UTC)")
    #expect(row[4] == "Ada")
    #expect(
      rehearsal.report.contains(
        "**\(waiver.id)** — Legacy. Compensating action: A review by hand. Covers the findings with fingerprint "
          + "`\(waiver.fingerprint)` in `src/4.2.py` (SHA-256 `\(Rehearsal.hash)`)."))
    #expect(rehearsal.report.contains("1 stands; this workflow allows 3 at once."))
    let checklist = Parsed(Documents.verificationChecklist(rehearsal.session, rehearsal.facts))
    #expect(checklist.row("Lint")?[6] == "WAIVED")
    #expect(
      checklist.row("Lint")?[7]
        == "accepted by Ada as \(waiver.id) until the end of 2026-01-10 (UTC): Legacy; compensating action: A review by hand"
    )
  }

  @Test func anEndedWaiverIsNoLongerInForceAndItsGateIsOpen() throws {
    var rehearsal = try waived()
    rehearsal.now += 10 * 86_400_000
    try rehearsal.order(.tick)
    let row = try #require(rehearsal.parsed.table("Waiver", "Gate").first)
    #expect(row[2] == "ended: its time is over")
    #expect(!rehearsal.report.contains("Ready with waivers"))
    let told = try #require(Chronicle(rehearsal.events).cases.first { $0.subject == "gate:lint" })
    #expect(told.steps.last?.what == "Waiver \(row[0]) ended")
    #expect(told.outcome == "It is to run again.")
  }

  @Test func aWaiverThatWasTakenBackStaysOnRecord() throws {
    var rehearsal = try waived()
    try rehearsal.order(.undo(reason: "Not mine to accept."), by: "Grace")
    let chronicle = Chronicle(rehearsal.events)
    #expect(rehearsal.session.waivers.isEmpty)
    #expect(chronicle.waivers.map { chronicle.state(of: $0) } == ["undone"])
    let undo = try #require(chronicle.undos.first)
    #expect(rehearsal.parsed.table("Waiver", "Gate").first?[2] == "taken back (\(undo.mark))")
  }

  @Test func settledRulesNameWhatWasAskedAndWhatIsDone() throws {
    let parsed = try StoryTests.story().parsed
    let rows = parsed.table("Rule", "Requested")
    #expect(
      rows[0].prefix(5) == [
        "Data is reached over HTTP only.", "- The API reads directly from PostgreSQL.",
        "The compliant way was adopted: Agreed on the phone.", "The service calls the data service over HTTP.", "Grace",
      ])
    #expect(rows[1][2] == "Accepted as a risk: No personal data at first.")
    let risk = try #require(parsed.table("Risk", "What was accepted").first)
    #expect(risk[0] == "R-3" && risk[3] == "Edsger" && risk[6] == "ACCEPTED")
  }

  // MARK: - 10

  @Test func tasksLeftOutAndPutOffAreNeverReady() throws {
    var rehearsal = try Scenarios.rehearsal()
    rehearsal.failures["4.6b-all"] = [TaskFailure(cause: .hard, message: "Cannot be done")]
    try rehearsal.reach("task-failed")
    try rehearsal.answer("skip", note: "By hand later")
    rehearsal.failures["checklist"] = [TaskFailure(cause: .hard, message: "Cannot be done either")]
    try rehearsal.reach("task-failed")
    try rehearsal.answer("defer", note: "Next month")
    try rehearsal.reach("sign-off")
    #expect(rehearsal.report.contains("**Overall status: Ready with reservations.**"))
    #expect(rehearsal.report.contains("2 tasks left out (4.6b-all, checklist)"))
    let rows = rehearsal.parsed.table("Task", "Title", "Why")
    #expect(rows.map { $0[0] } == ["`4.6b-all`", "`checklist`"])
    #expect(rows[0][2] == "By hand later" && rows[0][3] == "Ada" && rows[0][5] == "LEFT OUT")
    #expect(rehearsal.parsed.table("Id", "What", "Reason").first?[2] == "Next month")
  }

  @Test func aStandInCarriesItsToDo() throws {
    var rehearsal = try Scenarios.rehearsal()
    rehearsal.failures["4.2-all"] = Array(
      repeating: TaskFailure(cause: .environment, message: "pypi: 503"), count: 3)
    try rehearsal.reach("dependency-failed")
    try rehearsal.answer("substitute", note: "For today", by: "Linus")
    try rehearsal.reach("sign-off")
    let row = try #require(rehearsal.parsed.table("Id", "Stands in").first)
    #expect(
      row.prefix(6) == [
        row[0], "a local mirror", "PyPI", "`4.2-all`", "TODO: Switch back to PyPI when it answers again.", "Linus",
      ])
    #expect(row[7] == "STANDS IN")
    #expect(rehearsal.report.contains("**Overall status: Ready with reservations.**"))
    #expect(rehearsal.report.contains("- TODO (\(row[0])): Switch back to PyPI when it answers again."))
    #expect(
      Documents.deploymentGuide(rehearsal.session, rehearsal.facts).contains("TODO \(row[0]): Switch back to PyPI"))
  }

  // MARK: - 11

  @Test func aRollbackThatDiscardsSaysWhereItCanBeHadBack() throws {
    var rehearsal = try Scenarios.rehearsal()
    try rehearsal.reach("sign-off")
    try rehearsal.answer("back", note: "The plan was wrong.", by: "Grace", after: 60_000)
    let back = rehearsal.events.count
    try rehearsal.settle()
    let chronicle = Chronicle(rehearsal.events)
    let item = try #require(chronicle.rollbacks.first)
    #expect(item.seq <= back)
    #expect(item.value.from == 6 && item.value.to == 3)
    #expect(item.value.gatesVoided == 13)
    #expect(item.value.approvalsVoided == ["3 approve-plan"])
    let kept = try #require(chronicle.putBack(after: item.seq)?.value.kept)
    let row = try #require(rehearsal.parsed.table("Event", "When", "From → to").first)
    #expect(row[0] == item.mark)
    #expect(row[2] == "6 → 3" && row[4] == "The plan was wrong." && row[5] == "Grace" && row[7] == "done")
    #expect(
      rehearsal.report.contains(
        "2 restored, 3 removed (#\(chronicle.putBack(after: item.seq)?.value.done?.seq ?? 0)). What was discarded is in "
          + "checkpoint \(kept.checkpoint), tree `\(kept.tree)` (#\(kept.seq)), and can be had back until 2026-01-31."))
    #expect(rehearsal.session.checkpoints.contains { $0.id == kept.checkpoint && $0.tree == kept.tree })
    let plan = Documents.implementationPlan(
      rehearsal.session, planned: Rehearsal.planned(rehearsal.session), rehearsal.facts)
    let why = try #require(Parsed(plan).table("What", "Because").first)
    #expect(why.prefix(3) == ["The session went back here", "The plan was wrong.", "Grace"])
  }

  @Test func anUndoNamesTheAnswerAndWhoTookItBack() throws {
    let story = try StoryTests.story()
    let undo = try #require(story.parsed.table("Event", "When", "Decision", "Answer").first)
    #expect(Array(undo[2...5]) == ["library-1-D15", "Go back", "They were right.", "Grace"])
    let rollback = try #require(story.parsed.table("Event", "When", "From → to").first)
    #expect(rollback[7] == "taken back (\(undo[0]))")
    #expect(story.parsed.row("library-1-D15")?[10] == "by Grace, 2026-01-03T04:49:10Z (\(undo[0]))")
  }

  // MARK: - 12

  @Test func changesOfTheAgreementNameWhoAndWhen() throws {
    var rehearsal = try Scenarios.rehearsal(("The defaults of the chosen level are fine.", "- GDPR must be kept."))
    try rehearsal.settle()
    try rehearsal.answer("include", note: "Enough for now", by: "Edsger", after: 60_000)
    try rehearsal.reach("sign-off")
    try rehearsal.order(.change(text: "Volunteers can chat.", field: nil), by: "Linus")
    try rehearsal.settle()
    try rehearsal.answer("now", to: "change-requested", note: "We need it", by: "Ada", after: 120_000)
    try rehearsal.settle()
    let parsed = rehearsal.parsed
    let request = try #require(parsed.table("Request", "What").first)
    #expect(request[0] == "change-1" && request[1] == "Volunteers can chat." && request[3] == "Linus")
    #expect(request[5] == "Now" && request[6].hasPrefix("Ada, 2026-01-01T"))
    let rows = parsed.table("What", "Value")
    #expect(rows.map { $0[0] } == ["Level agreed", "Sub-stages added singly", "Functional requirements"])
    #expect(rows[1][1] == "4.1c" && rows[1][2] == "Edsger")
    #expect(rows[2][2] == "Ada" && rows[2][1].hasSuffix("- Must: Volunteers can chat."))
    let intake = Documents.requirementsIntake(rehearsal.session, rehearsal.facts)
    #expect(intake.contains("- Sub-stage 4.1c of a higher level was added singly by Edsger, 2026-01-01T"))
    #expect(Parsed(intake).table("Rule", "Requested").first?[2].hasPrefix("Met by single sub-stages") == true)
    #expect(
      Parsed(intake).table("What", "Because").first?.first == "The session went back here"
        || Parsed(intake).table("What", "Because").first?.first == "Changes were asked for")
    let plan = Documents.implementationPlan(
      rehearsal.session, planned: Rehearsal.planned(rehearsal.session), rehearsal.facts)
    #expect(Parsed(plan).row("4.1c")?[2] == "added singly by a person's decision")
  }

  @Test func aChangeOfTheLevelIsTold() throws {
    var rehearsal = try Scenarios.rehearsal(("The defaults of the chosen level are fine.", "- GDPR must be kept."))
    try rehearsal.settle()
    try rehearsal.answer("level", by: "Edsger", after: 60_000)
    try rehearsal.settle()
    let rows = rehearsal.parsed.table("What", "Value").filter { $0[0] == "Level agreed" }
    #expect(rows.map { $0[1] } == ["2", "2 → 4"])
    #expect(rows[1][2] == "Edsger")
    let intake = Documents.requirementsIntake(rehearsal.session, rehearsal.facts)
    #expect(intake.contains("- Level 2 became 4, agreed by Edsger, 2026-01-01T"))
    #expect(rehearsal.report.contains("### Scenario 9 – Conflicting quality requirements"))
  }

  @Test func otherPlaybooksAreNamedWithTheirFate() throws {
    var rehearsal = try Scenarios.rehearsal()
    try rehearsal.settle()
    var other = try Scenarios.workflow()
    other.digest = String(repeating: "d", count: 64)
    try rehearsal.order(.offer(other), by: "Ada")
    try rehearsal.settle()
    try rehearsal.answer("keep", to: "library-changed", by: "Ada", after: 60_000)
    #expect(rehearsal.report.contains("other playbooks were found on disk; Keep the old."))
    #expect(rehearsal.report.contains("### Beside the scenarios"))
  }

  // MARK: - 13

  @Test func anOutageSaysHowLongItWas() throws {
    let row = try #require(try StoryTests.story().parsed.table("Dependency", "Needed by").first)
    #expect(
      row.prefix(6) == [
        "PyPI", "`4.2-all`", "2026-01-01T02:05:50Z", "2026-01-01T02:31:00Z", "25 min 10 s", "It answers.",
      ])
  }

  @Test func interruptedEffectsAreClassed() throws {
    var rehearsal = try Scenarios.rehearsal()
    func killed(_ verdict: EffectFinding.Verdict, _ evidence: String) throws {
      while true {
        guard case .perform(let id, _) = rehearsal.session.outstanding.first, id.hasPrefix("4.") else {
          if let open = rehearsal.session.openDecisions.first, open.isApproval { try rehearsal.answer("approve") }
          _ = try rehearsal.step()
          continue
        }
        break
      }
      let effect = try #require(rehearsal.session.outstanding.first)
      try rehearsal.order(.start(effect, epoch: rehearsal.session.epoch))
      let task = try #require(rehearsal.session.task(String(effect.subject.dropFirst(5))))
      let files = verdict == .done ? task.expectedFiles.map { FileClaim(path: $0, hash: Rehearsal.hash) } : []
      let finding = EffectFinding(effect: effect, verdict: verdict, evidence: evidence, files: files)
      try rehearsal.order(
        .takeLease(holder: "next engine", epoch: rehearsal.session.epoch + 1, findings: [finding]))
    }
    try killed(.done, "Every file is there.")
    _ = try rehearsal.step()
    try killed(.notDone, "No file is there.")
    _ = try rehearsal.step()
    _ = try rehearsal.step()
    try killed(.unknown, "One file of two\nis there.")
    let rows = rehearsal.parsed.table("Event", "When", "Effect")
    #expect(rows.map { $0[4] } == ["done", "not done", "unknown"])
    #expect(rows.map { $0[5] } == ["Every file is there.", "No file is there.", "One file of two"])
    #expect(rows.allSatisfy { $0[3] == "The engine that began it is gone." })
    try rehearsal.settle()
    #expect(rehearsal.session.openDecisions.first?.playbook == "effect-unknown")
    #expect(rehearsal.report.contains("### Beside the scenarios"))
  }

  @Test func mendingNamesWhatItChanged() throws {
    let row = try #require(try StoryTests.story().parsed.table("Task", "Gate", "For run").first)
    #expect(row.prefix(4) == ["`fix-format-1`", "Format", "1", "engine"])
    #expect(row[4].hasPrefix("done (#") && row[5] == "`src/4.1.py`" && row[6].hasPrefix("passed (#"))
  }

  @Test func editsByPeopleAreNamed() throws {
    var rehearsal = try Scenarios.rehearsal()
    try rehearsal.reach("approve-plan")
    try rehearsal.order(.look(tree: "other", changes: ["src/a|b.py"]), by: "engine")
    let row = try #require(rehearsal.parsed.table("Event", "When noticed").first)
    #expect(row[2] == "src/a\\|b.py")
  }

  @Test func whatNobodyNeedsIsLeftOutAndSaid() throws {
    var rehearsal = try Scenarios.rehearsal()
    rehearsal.failures["4.1-all"] = Array(
      repeating: TaskFailure(cause: .environment, message: "statistics: timeout"), count: 3)
    try rehearsal.reach("sign-off")
    let told = try #require(Chronicle(rehearsal.events).cases.first)
    #expect(told.scenario == 6 && told.decisions.isEmpty)
    #expect(told.outcome == "Left out: Statistics does not answer; nothing here needs it.")
  }

  // MARK: - 15 and 19

  @Test func timeIsSplitByWhatWasWaitedFor() throws {
    let parsed = try StoryTests.story().parsed
    #expect(parsed.row("Outside: nothing ran, nothing was asked, and a dependency did not answer")?[1] == "25 min 10 s")
    #expect(parsed.row("Paused")?[1] == "2 d")
    // 60+30+10+1+1+20+1+5+120+0.5+0.5+0.5+4+2 minutes; two gates were asked about at once.
    #expect(parsed.row("People: nothing ran and a question was open")?[1] == "4 h 15 min")
  }

  @Test func longErrorsStandInFullAtTheEnd() throws {
    let text = try StoryTests.story().report
    #expect(text.contains("```text\nAssertionError: expected 1, got 2\n  File \"src/a.py\", line 3\n  in create\n```"))
    var rehearsal = try Scenarios.rehearsal()
    try rehearsal.settle()
    #expect(rehearsal.report.contains("None: no error had more than the line that section 8 shows."))
  }
}
