import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers every playbook in Library/playbooks, on the kernel that asks by them
@Suite struct ScenarioTests {
  let library = Library(project: nil, person: nil)

  /// Nobody shall read `{{name}}` where a value was meant, nor find a question without a way on.
  private func check(_ rehearsal: Rehearsal, asked expected: [String], _ place: SourceLocation = #_sourceLocation) {
    let found = Set(rehearsal.asked.values.map(\.playbook))
    for name in expected { #expect(found.contains(name), "asked: \(found.sorted())", sourceLocation: place) }
    for decision in rehearsal.asked.values {
      let texts =
        [decision.title, decision.body, decision.records]
        + decision.options.flatMap { [$0.title, $0.says, $0.confirm ?? "", $0.target ?? ""] }
      #expect(texts.allSatisfy { !$0.contains("{{") }, "\(decision.playbook): \(texts)", sourceLocation: place)
      let ways = decision.options.filter { $0.effect != .pause && $0.effect != .abort }
      #expect(!ways.isEmpty, "\(decision.playbook)", sourceLocation: place)
      #expect(!decision.title.contains { $0.isNewline }, "\(decision.playbook)", sourceLocation: place)
    }
  }

  private static func failing(_ message: String, cause: TaskFailure.Cause = .cognitive) -> TaskOutcome {
    .failed(TaskFailure(cause: cause, message: message))
  }

  @Test func everyScenarioHasItsPlaybooks() throws {
    for name in library.workflowNames {
      let numbers = Set(try library.workflow(name).playbooks.map(\.scenario))
      #expect(numbers == Set(0...10), "\(name)")
    }
  }

  @Test func scenario1AsksForEveryGapAtOnceAndChecksAgain() throws {
    var rehearsal = try Rehearsal("library") {
      $0.replacingOccurrences(of: "2 - development ready", with: "seven").replacingOccurrences(
        of: "## Expected deliverables", with: "## Wishes")
    }
    try rehearsal.perform()
    let decision = try rehearsal.open("incomplete-brief")
    #expect(decision.fields.map(\.name) == ["Target maturity level", "Expected deliverables"])
    #expect(decision.recommended == "fill")
    #expect(decision.body.contains("unclear (2)"))
    try rehearsal.answer(
      "incomplete-brief", "fill", fields: [FieldValue(field: "Expected deliverables", value: "- Code.")])
    try rehearsal.perform()
    #expect(try rehearsal.open("incomplete-brief").fields.map(\.name) == ["Target maturity level"])
    #expect(try rehearsal.open("incomplete-brief").body.contains("question 2"))
    try rehearsal.answer("incomplete-brief", "fill", fields: [FieldValue(field: "level", value: "2")])
    #expect(rehearsal.session.level == 2)
    check(rehearsal, asked: ["incomplete-brief"])
  }

  @Test func scenario2StopsBeforeAnythingIsPlanned() throws {
    var rehearsal = try Rehearsal("library") {
      $0.replacingOccurrences(
        of: "The defaults of the chosen level are fine.",
        with: "The FastAPI service should connect directly to PostgreSQL for better performance.\nPython 3.10 is used.")
    }
    try rehearsal.perform()
    let decision = try rehearsal.open("architecture-conflict")
    #expect(decision.subject == "rule:http-only-data-access")
    #expect(decision.recommended == "adopt")
    #expect(decision.body.contains("connect directly to PostgreSQL"))
    #expect(rehearsal.session.openDecisions.count == 2)
    try rehearsal.answer("architecture-conflict", "adopt")
    try rehearsal.perform()
    try rehearsal.answer("architecture-conflict", "adopt")
    try rehearsal.perform()
    check(rehearsal, asked: ["architecture-conflict", "approve-intake"])
    #expect(rehearsal.session.settlements.map(\.how) == ["adopted", "adopted"])
    #expect(try rehearsal.open("approve-intake").body.contains("Python 3.12"))
  }

  @Test func scenario2SaysWhatCannotBeMade() throws {
    var rehearsal = try Rehearsal()
    rehearsal.task = { record in
      guard record.id == "survey" else { return nil }
      var report = TaskReport()
      report.shortcomings = [Shortcoming(subject: "Workers", reason: "Not known.", canLeaveOut: true)]
      return .finished(report)
    }
    try rehearsal.perform()
    try rehearsal.answer("unsupported", "look-again", note: "Look closer.")
    try rehearsal.perform()
    try rehearsal.answer("unsupported", "leave-out")
    try rehearsal.perform()
    check(rehearsal, asked: ["unsupported", "approve-intake"])
  }

  /// Up to the code, with everything approved.
  private func coding(_ change: (inout Rehearsal) -> Void) throws -> Rehearsal {
    var rehearsal = try Rehearsal("library")
    change(&rehearsal)
    try rehearsal.perform()
    try rehearsal.answer("approve-intake", "approve")
    try rehearsal.perform()
    try rehearsal.answer("approve-plan", "approve")
    try rehearsal.perform()
    return rehearsal
  }

  @Test func scenario3OffersAlternativesAndKeepsTheHistory() throws {
    let rehearsal = try coding { rehearsal in
      rehearsal.task = { record in
        record.id == "make-4.3"
          ? Self.failing("fixture 'redis' not found in attempt \(record.attempt)") : nil
      }
    }
    check(rehearsal, asked: ["task-failed"])
    let decision = try rehearsal.open("task-failed")
    #expect(decision.options.map(\.id) == ["retry", "skip", "defer", "regenerate", "go-back", "pause", "abort"])
    #expect(decision.recommended == "retry")
    #expect(decision.body.contains("words of the error: test"))
    #expect(decision.body.contains("Attempt 1") && decision.body.contains("attempt 3"))
  }

  @Test func scenario3LeavesOutOnlyPartsOfTheCode() throws {
    var rehearsal = try Rehearsal("library")
    rehearsal.task = { $0.id == "intake" ? Self.failing("No.", cause: .hard) : nil }
    try rehearsal.perform()
    #expect(try rehearsal.open("task-failed").options.map(\.id) == ["retry", "pause", "abort"])
    check(rehearsal, asked: ["task-failed"])
  }

  private func gate(_ id: String, unavailable: String? = nil) -> (String) -> GateResult? {
    { name in
      guard name == id else { return nil }
      return GateResult(
        passed: false, required: "80%", achieved: "76%",
        findings: [Finding(file: "src/4.3.py", line: 3, code: "E1", message: "Too few.")], command: ["check"],
        evidence: "evidence.txt", unavailable: unavailable)
    }
  }

  @Test func scenario4MendsWhatCanBeMendedThenAsks() throws {
    var rehearsal = try coding { $0.gate = gate("lint") }
    check(rehearsal, asked: ["gate-failed"])
    let decision = try rehearsal.open("gate-failed")
    #expect(rehearsal.session.tasks.contains { $0.performer == "repair.lint" })
    #expect(decision.recommended == "fix")
    #expect(
      decision.options.map(\.id) == ["fix", "retry", "regenerate", "waive", "defer", "go-back", "pause", "abort"])
    try rehearsal.answer(
      "gate-failed", "waive", note: "Known.",
      fields: [
        FieldValue(field: "until", value: "2030-01-31"), FieldValue(field: "Compensating action", value: "By hand."),
        FieldValue(field: "Files", value: "src/4.3.py"),
      ])
    let waiver = try #require(rehearsal.session.waivers.first)
    #expect(waiver.compensation == "By hand." && waiver.scope.map(\.path) == ["src/4.3.py"])
    #expect(waiver.until.contains("2030-01-31"))
  }

  @Test func scenario4RecommendsAnotherRunWhereNothingWasChecked() throws {
    let rehearsal = try coding { $0.gate = gate("lint", unavailable: "ruff is missing") }
    let decision = try rehearsal.open("gate-failed")
    #expect(decision.recommended == "retry")
    #expect(!decision.options.contains { $0.id == "fix" })
    let other = try coding { $0.gate = gate("types") }
    #expect(try other.open("gate-failed").recommended == "regenerate")
  }

  @Test func scenario4HasAMoreExactQuestionForCoverage() throws {
    let rehearsal = try coding { $0.gate = gate("coverage") }
    let decision = try rehearsal.open("gate-coverage")
    check(rehearsal, asked: ["gate-coverage"])
    let explained = library.explain(decision: decision, in: rehearsal.session.workflow)
    #expect(explained.playbook == "gate-coverage")
    #expect(
      explained.matched == [
        "situation is gate-failed", "gate-id is coverage (coverage)",
        "no playbook that fits says more about when it fits",
      ])
    #expect(explained.runnersUp == [.init(playbook: "gate-failed", why: "another one is more exact")])
    #expect(explained.lines.contains("  gate-failed: another one is more exact"))
  }

  @Test func scenario5JudgesAChangeByWhereTheSessionIs() throws {
    var early = try Rehearsal("library")
    try early.perform()
    try early.order(.change(text: "Real-time chat", field: nil))
    #expect(try early.open("change-requested").recommended == "incorporate")
    check(early, asked: ["change-requested"])
    var late = try coding { $0.gate = gate("types") }
    try late.order(.change(text: "Real-time chat", field: nil))
    let decision = try late.open("change-requested")
    #expect(decision.recommended == "defer")
    #expect(decision.options.map(\.id) == ["incorporate", "defer", "go-back", "dismiss"])
    check(late, asked: ["change-requested"])
    try late.answer("change-requested", "go-back", note: "Begin again.")
    #expect(late.session.currentStage?.id == 2)
  }

  @Test func scenario6WaitsForWhatStandsInTheWay() throws {
    var rehearsal = try coding { rehearsal in
      rehearsal.task = { record in
        record.id == "toolchain" && record.attempt < 4
          ? Self.failing("Could not fetch https://pypi.org/simple/ruff/", cause: .environment) : nil
      }
    }
    let decision = try rehearsal.open("dependency-failed")
    #expect(decision.recommended == "wait")
    #expect(
      decision.options.map(\.id) == ["wait", "substitute", "retry", "skip", "defer", "pause", "abort"])
    #expect(decision.body.contains("the packages already downloaded"))
    check(rehearsal, asked: ["dependency-failed"])
    try rehearsal.answer("dependency-failed", "wait")
    #expect(rehearsal.session.outstanding == [.probe("pypi", attempt: 1)])
    try rehearsal.perform()
    #expect(try rehearsal.open("sign-off").scenario == 0)
  }

  @Test func scenario6GoesOnWithAStandIn() throws {
    var rehearsal = try coding { rehearsal in
      rehearsal.task = { record in
        record.id == "make-4.2" && record.attempt < 4
          ? Self.failing("The docker registry answered 503", cause: .environment) : nil
      }
    }
    #expect(try rehearsal.open("dependency-failed").recommended == "substitute")
    try rehearsal.answer("dependency-failed", "substitute")
    #expect(rehearsal.session.substitutions.first?.with == "the images already on this machine")
  }

  @Test func scenario7ConfirmsWhatIsKeptAndDiscarded() throws {
    var rehearsal = try coding { $0.gate = gate("types") }
    try rehearsal.order(.rollBack(to: 3, substages: [], reason: "No MongoDB is needed."))
    let decision = try rehearsal.open("rollback-requested")
    #expect(decision.option("go-back")?.confirm == "tea")
    #expect(decision.option("go-back")?.target == "3")
    check(rehearsal, asked: ["rollback-requested"])
    try rehearsal.answer("rollback-requested", "go-back")
    try rehearsal.perform()
    #expect(try rehearsal.open("approve-plan").body.contains("Revision 2"))
  }

  @Test func scenario7SaysWhenFilesCannotBePutBack() throws {
    var rehearsal = try coding { $0.gate = gate("types") }
    rehearsal.restores = false
    try rehearsal.order(.rollBack(to: 3, substages: [], reason: "Again."))
    try rehearsal.answer("rollback-requested", "go-back")
    try rehearsal.perform()
    check(rehearsal, asked: ["restore-failed"])
    let decision = try rehearsal.open("restore-failed")
    #expect(decision.options.map(\.id) == ["retry", "pause", "abort"])
    #expect(decision.body.contains("The disk is full."))
  }

  @Test func scenario8RecommendsARestAndEndsOnlyByTheName() throws {
    var rehearsal = try coding { $0.gate = gate("types") }
    try rehearsal.order(.requestAbort(reason: "I need to rethink this."))
    let decision = try rehearsal.open("abort-requested")
    #expect(decision.recommended == "pause")
    #expect(decision.option("abort")?.confirm == "tea")
    check(rehearsal, asked: ["abort-requested"])
    try rehearsal.answer("abort-requested", "abort")
    try rehearsal.perform()
    #expect(rehearsal.session.state == .aborted)
    let closing = rehearsal.session.tasks.filter { $0.id.hasPrefix("partial-") }
    #expect(closing.map(\.performer) == ["document.partial-report", "package.partial"])
    #expect(closing.allSatisfy { $0.state == .done })
  }

  @Test func longSilenceRemindsAndNeverDecides() throws {
    for playbook in try library.workflow("seven-stage").playbooks {
      #expect(playbook.expiry == nil, "\(playbook.id)")
      #expect(!playbook.reminders.isEmpty, "\(playbook.id)")
    }
    let project = try Scratch()
    let text = try builtIn("playbooks/approve-plan.yaml")
      .replacingOccurrences(of: "reminders: [4h, 1d, 3d]", with: "reminders: [4h]\nexpiry: {after: 2d, effect: pause}")
    try project.write(text, to: ".signalbox/playbooks/approve-plan.yaml")
    let playbook = try Library(project: project.path, person: nil).playbook("approve-plan")
    #expect(playbook.reminders == [240] && playbook.expiry == 2_880)
  }

  private static func gdpr(_ brief: String) -> String {
    brief.replacingOccurrences(of: "2 - development ready", with: "1 - development ready")
      .replacingOccurrences(of: "The defaults of the chosen level are fine.", with: "GDPR compliance is a must.")
  }

  @Test func scenario9ShowsTheGapAndThreeWaysOut() throws {
    var rehearsal = try Rehearsal("library", change: Self.gdpr)
    try rehearsal.perform()
    let decision = try rehearsal.open("quality-conflict")
    #expect(decision.recommended == "change-level")
    #expect(decision.options.map(\.id) == ["change-level", "include", "accept", "amend", "pause", "abort"])
    #expect(decision.option("change-level")?.target == "4")
    #expect(decision.body.contains("no audit log"))
    check(rehearsal, asked: ["quality-conflict"])
    var accepted = rehearsal
    try accepted.answer("quality-conflict", "accept", note: "Not deployed in the EU.")
    try accepted.perform()
    #expect(accepted.session.risks.count == 1)
    #expect(try accepted.open("approve-intake").body.contains("Not deployed") == false)
    try rehearsal.answer("quality-conflict", "change-level")
    try rehearsal.perform()
    #expect(rehearsal.session.level == 4)
    #expect(try rehearsal.open("approve-intake").title == "Is this what you asked for?")
    var single = try Rehearsal("library", change: Self.gdpr)
    try single.perform()
    try single.answer("quality-conflict", "include")
    try single.perform()
    #expect(single.session.included == ["4.3d", "4.6d"])
    #expect(try single.open("approve-intake").body.contains("included"))
  }

  @Test func scenario9OffersNoLevelWhereNoneHelps() throws {
    var rehearsal = try Rehearsal("library") {
      $0.replacingOccurrences(of: "- All tests pass", with: "- High coverage with minimal tests, and all tests pass")
    }
    try rehearsal.perform()
    let decision = try rehearsal.open("quality-contradiction")
    #expect(decision.options.map(\.id) == ["amend", "accept", "pause", "abort"])
    check(rehearsal, asked: ["quality-contradiction"])
    var prototype = try Rehearsal("notes", workflow: "prototype") {
      $0.replacingOccurrences(of: "Three people who share", with: "GDPR matters. Three people who share")
    }
    try prototype.perform()
    #expect(try prototype.open("quality-conflict").options.map(\.id) == ["accept", "amend", "pause", "abort"])
  }

  @Test func scenario10StopsATaskThatGoesInCircles() throws {
    var rehearsal = try coding { rehearsal in
      rehearsal.task = { $0.id == "make-4.3" ? Self.failing("test_user_authentication failed") : nil }
    }
    try rehearsal.answer("task-failed", "retry")
    try rehearsal.perform()
    let decision = try rehearsal.open("loop-task")
    #expect(
      decision.options.map(\.id) == ["go-back", "skip", "defer", "other-way", "regenerate", "pause", "abort"])
    #expect(decision.recommended == nil)
    #expect(decision.option("other-way")?.noteRequired == true)
    #expect(decision.body.contains("test_user_authentication"))
    check(rehearsal, asked: ["loop-task"])
  }

  @Test func scenario10StopsAGateThatGoesInCircles() throws {
    var rehearsal = try coding { $0.gate = gate("types") }
    for _ in 1...3 {
      try rehearsal.answer("gate-failed", "retry")
      try rehearsal.perform()
      if rehearsal.session.openDecisions.first?.playbook == "loop-gate" { break }
    }
    let decision = try rehearsal.open("loop-gate")
    #expect(decision.options.map(\.id).contains("waive"))
    #expect(decision.recommended == nil)
    check(rehearsal, asked: ["loop-gate"])
    try rehearsal.answer("loop-gate", "waive", note: "Known.")
    #expect(rehearsal.session.waivers.count == 1)
  }

  @Test func scenario10StopsQuestionsThatGoInCircles() throws {
    var rehearsal = try Rehearsal("library") {
      $0.replacingOccurrences(of: "2 - development ready", with: "?")
        .replacingOccurrences(of: "## Data model", with: "## Tables")
        .replacingOccurrences(of: "## Acceptance criteria", with: "## Checks")
        .replacingOccurrences(of: "## Scope boundaries", with: "## Borders")
        .replacingOccurrences(of: "## Expected deliverables", with: "## Things")
        .replacingOccurrences(of: "## Dependencies and integrations", with: "## Others")
    }
    try rehearsal.perform()
    // One gap is closed after the other, and the rest is asked about again each time.
    for field in ["Scope boundaries", "Expected deliverables", "Dependencies", "Acceptance criteria"] {
      guard rehearsal.session.openDecisions.first?.playbook == "incomplete-brief" else { break }
      try rehearsal.answer("incomplete-brief", "fill", fields: [FieldValue(field: field, value: "- None at all.")])
      try rehearsal.perform()
    }
    check(rehearsal, asked: ["incomplete-brief", "loop-brief"])
    #expect(try rehearsal.open("loop-brief").options.map(\.id) == ["fill", "pause", "abort"])
  }

  @Test func whatCannotBeToldIsAsked() throws {
    let rehearsal = try coding { $0.held = "make-4.3" }
    let effect = try #require(rehearsal.session.inFlight.first)
    let found = [FileClaim(path: "src/4.3.py", hash: String(repeating: "b", count: 64))]
    for files in [[], found] {
      var copy = rehearsal
      copy.held = nil
      try copy.order(
        .takeLease(
          holder: "next", epoch: 2,
          findings: [EffectFinding(effect: effect, verdict: .unknown, evidence: "One file of one.", files: files)]),
        by: "engine")
      try copy.perform()
      let decision = try copy.open("effect-unknown")
      #expect(decision.recommended == (files.isEmpty ? "again" : "keep"))
      #expect(decision.options.contains { $0.id == "keep" } != files.isEmpty)
      check(copy, asked: ["effect-unknown"])
      try copy.answer("effect-unknown", files.isEmpty ? "again" : "keep")
      try copy.perform()
      #expect(try copy.open("sign-off").scenario == 0)
    }
  }

  @Test func changedPlaybooksAreTakenOverOnlyByADecision() throws {
    var rehearsal = try Rehearsal("library")
    try rehearsal.perform()
    let project = try Scratch()
    try project.write("Other words.\n", to: ".signalbox/playbooks/sign-off.md")
    try rehearsal.order(.offer(Library(project: project.path, person: nil).workflow("seven-stage")))
    #expect(try rehearsal.open("library-changed").body.contains("sign-off says or does something else"))
    check(rehearsal, asked: ["library-changed"])
    try rehearsal.answer("library-changed", "adopt")
    #expect(rehearsal.session.workflow.playbook("sign-off")?.body == "Other words.\n")
  }

  @Test func approvalsOfferAWayBackWhereThereIsOne() throws {
    var rehearsal = try coding { _ in }
    let decision = try rehearsal.open("sign-off")
    #expect(
      decision.options.map(\.id) == ["approve", "request-changes", "check-again", "regenerate", "pause", "abort"])
    try rehearsal.answer("sign-off", "check-again")
    #expect(rehearsal.session.currentStage?.id == 5)
    try rehearsal.perform()
    try rehearsal.answer("sign-off", "approve")
    try rehearsal.perform()
    #expect(rehearsal.session.state == .completed)
    check(rehearsal, asked: ["approve-intake", "approve-plan", "sign-off"])
  }
}
