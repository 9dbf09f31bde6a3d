import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers agent-missing, blocker-open, verification-failed and the supervision of seven-stage, on the kernel itself
@Suite struct SupervisedScenarioTests {
  /// Nobody shall read `{{name}}` where a value was meant.
  private func check(_ rehearsal: Rehearsal, _ place: SourceLocation = #_sourceLocation) {
    for decision in rehearsal.asked.values {
      let texts =
        [decision.title, decision.body, decision.records]
        + decision.options.flatMap { [$0.title, $0.says, $0.confirm ?? "", $0.target ?? ""] }
      #expect(texts.allSatisfy { !$0.contains("{{") }, "\(decision.playbook): \(texts)", sourceLocation: place)
    }
  }

  /// The library's brief, up to the code with everything approved, and on as far as it goes.
  private func coding(
    _ brief: String = "library", workflow: String = "seven-stage", _ change: (inout Rehearsal) -> Void = { _ in }
  ) throws -> Rehearsal {
    var rehearsal = try Rehearsal(brief, workflow: workflow)
    change(&rehearsal)
    try rehearsal.perform()
    try rehearsal.answer("approve-intake", "approve")
    try rehearsal.perform()
    guard workflow == "seven-stage" else { return rehearsal }
    try rehearsal.answer("approve-plan", "approve")
    try rehearsal.perform()
    return rehearsal
  }

  private func finish(_ rehearsal: inout Rehearsal) throws {
    try rehearsal.perform()
    try rehearsal.answer("sign-off", "approve")
    try rehearsal.perform()
    #expect(rehearsal.session.state == .completed)
  }

  private static func failing(_ message: String, cause: TaskFailure.Cause = .cognitive) -> TaskOutcome {
    .failed(TaskFailure(cause: cause, message: message))
  }

  // MARK: - From the brief to the end

  @Test func aSessionIsSupervisedFromItsBriefToItsEnd() throws {
    var rehearsal = try coding()
    try finish(&rehearsal)
    let session = rehearsal.session
    #expect(session.goals.count == session.brief.requirements.count && !session.goals.isEmpty)
    #expect(session.goals.allSatisfy { session.progress(of: $0) == .done })
    #expect(session.verifications.count == 1)
    #expect(session.verifications.first?.passed == true)
    #expect(session.verifications.first?.items.contains { $0.kind == .requirement } == true)
    #expect(Set(rehearsal.asked.values.map(\.playbook)) == ["approve-intake", "approve-plan", "sign-off"])
    let makers = session.tasks.filter { $0.performer == "generate" }.compactMap(\.agent)
    #expect(makers.count == 4 && makers.allSatisfy { $0.hasPrefix("developer0") })
    #expect(session.task("final-audit")?.agent == "auditor01")
    #expect(session.task("intake")?.agent == "analyst01")
    #expect(session.task("plan")?.agent == "architect01")
    #expect(session.task("toolchain")?.agent == nil)
    #expect(session.metrics.filesCreated == 100 && session.metrics.assignment == 100)
    #expect(session.alerts == [] && session.blockerRecords == [])
  }

  @Test func aPrototypeIsSupervisedToo() throws {
    var rehearsal = try coding("notes", workflow: "prototype")
    try finish(&rehearsal)
    #expect(rehearsal.session.verifications == [])
    #expect(rehearsal.session.tasks.filter { $0.performer == "generate" }.compactMap(\.agent).count == 4)
  }

  @Test func whatAGateMendsNeedsNoAgent() throws {
    var runs = 0
    var rehearsal = try coding { rehearsal in
      rehearsal.gate = { id in
        guard id == "lint" else { return nil }
        runs += 1
        let found = Finding(file: "src/4.3.py", line: 1, code: "E1", message: "No.")
        return runs == 1
          ? GateResult(passed: false, required: "0", achieved: "1", findings: [found], evidence: "e") : nil
      }
    }
    #expect(rehearsal.session.tasks.contains { $0.performer == "repair.lint" && $0.state == .done })
    try finish(&rehearsal)
    #expect(rehearsal.session.alerts == [])
  }

  // MARK: - A sub-stage that fails as a whole

  @Test func aFailureShowsItsIncidentAndWhatItHoldsUp() throws {
    let rehearsal = try coding { rehearsal in
      rehearsal.task = { record in
        guard record.id == "make-4.3" else { return nil }
        return .failed(
          TaskFailure(
            cause: .cognitive, message: "The file was rejected (\(record.attempt)).", missing: ["src/4.3.py"],
            rejections: [
              FileRejection(path: "src/4.3.py", reasons: ["It ends in the middle."], keptAt: "/aside/4.3.py")
            ]))
      }
    }
    check(rehearsal)
    let decision = try rehearsal.open("task-failed")
    for words in [
      "Incident on record: I-1: 4.3 failed as a whole", "cannot begin meanwhile: 4.6", "Done by: developer0",
      "`src/4.3.py`: It ends in the middle.", "Attempt 3, code: ", "- `src/4.3.py`",
    ] {
      #expect(decision.body.contains(words), "\(words) in \(decision.body)")
    }
    // What was found stays; nothing of this sub-stage was.
    #expect(decision.body.contains("found there, and stay:**\n\n- none"))
  }

  @Test func aLoopShowsTheSame() throws {
    var rehearsal = try coding { rehearsal in
      rehearsal.task = { $0.id == "make-4.3" ? Self.failing("test_user_authentication failed") : nil }
    }
    try rehearsal.answer("task-failed", "retry")
    try rehearsal.perform()
    let decision = try rehearsal.open("loop-task")
    check(rehearsal)
    #expect(decision.body.contains("Incident on record: I-") && decision.body.contains("Done by: developer0"))
  }

  @Test func anEnvironmentThatCannotBeHadIsSetAsideWhereThatIsAllowed() throws {
    let workflow = try Library(project: nil, person: nil).workflow("seven-stage")
    let stage = try #require(workflow.stage(4))
    #expect(stage.substages.filter(\.canIsolate).map(\.id) == ["4.6b", "4.6c", "4.8"])
    var rehearsal = try coding { rehearsal in
      rehearsal.extraSubstages = ["4.6b"]
      rehearsal.task = { record in
        record.id == "make-4.6b" ? Self.failing("No display is there.", cause: .environment) : nil
      }
    }
    // Each further try waits for its pause.
    for _ in 1...3 where rehearsal.session.openDecisions.isEmpty {
      try rehearsal.wait(seconds: 11)
      try rehearsal.perform()
    }
    #expect(rehearsal.session.stages[4].substages.first { $0.id == "4.6b" }?.state == .isolated)
    #expect(rehearsal.session.task("make-4.6b")?.failures == 0)
    #expect(rehearsal.session.task("make-4.6b")?.failedAttempts.count == 3)
  }

  // MARK: - Nobody for the work

  /// Nobody can develop: both developers are gone, and so is the one that was added for them.
  private func withoutDevelopers() throws -> Rehearsal {
    var rehearsal = try Rehearsal("library")
    try rehearsal.perform()
    try rehearsal.answer("approve-intake", "approve")
    try rehearsal.perform()
    for name in ["developer01", "developer02"] {
      try rehearsal.order(.reportAgent(name, state: .terminated, reason: "Its key was revoked."), by: "engine")
    }
    rehearsal.held = "make-4.1"
    try rehearsal.answer("approve-plan", "approve")
    try rehearsal.perform()
    #expect(rehearsal.session.agent("developer03")?.isProvisioned == true)
    #expect(rehearsal.session.task("make-4.1")?.agent == "developer03")
    rehearsal.held = nil
    try rehearsal.order(.reportAgent("developer03", state: .failed, reason: "It crashed."), by: "engine")
    for effect in rehearsal.session.inFlight {
      try rehearsal.order(.interrupt(effect, reason: "Its agent is gone."), by: "engine")
    }
    try rehearsal.perform()
    return rehearsal
  }

  @Test func theReserveComesFirstThenAPersonIsAsked() throws {
    let rehearsal = try withoutDevelopers()
    check(rehearsal)
    let decision = try rehearsal.open("agent-missing")
    #expect(decision.subject == "agent:developer")
    #expect(decision.options.map(\.id) == ["add", "skip", "defer", "go-back", "pause", "abort"])
    #expect(decision.recommended == "add")
    #expect(decision.option("add")?.target == "generate")
    for words in ["developer01: terminated. Its key was revoked.", "developer03: failed. It crashed.", "- Make 4.1"] {
      #expect(decision.body.contains(words), "\(words) in \(decision.body)")
    }
  }

  @Test func anAddedAgentGetsWhatWaits() throws {
    var rehearsal = try withoutDevelopers()
    try rehearsal.answer("agent-missing", "add")
    #expect(rehearsal.session.agent("developer04")?.performer == "generate")
    #expect(rehearsal.session.openDecisions == [])
    try finish(&rehearsal)
    #expect(rehearsal.session.tasks.filter { $0.performer == "generate" }.allSatisfy { $0.agent == "developer04" })
    check(rehearsal)
  }

  @Test(arguments: ["skip", "defer"])
  func whatWaitsCanBeLeftOutOrPutOff(option: String) throws {
    var rehearsal = try withoutDevelopers()
    try rehearsal.answer("agent-missing", option, note: "By hand.")
    #expect(rehearsal.session.task("make-4.1")?.state == .skipped)
    #expect(rehearsal.session.postponed.count == (option == "defer" ? 1 : 0))
    // The next sub-stage needs somebody too.
    try rehearsal.perform()
    #expect(try rehearsal.open("agent-missing").body.contains("- Make 4.2"))
  }

  @Test func whoeverIsBackMakesTheQuestionGoAway() throws {
    var rehearsal = try withoutDevelopers()
    try rehearsal.order(.reportAgent("developer03", state: .available, reason: ""), by: "engine")
    #expect(rehearsal.session.openDecisions == [])
    try finish(&rehearsal)
  }

  @Test func goingBackRestingAndEndingDoWhatTheySay() throws {
    var back = try withoutDevelopers()
    try back.answer("agent-missing", "go-back")
    #expect(back.session.currentStage?.id == 3)
    var rest = try withoutDevelopers()
    try rest.answer("agent-missing", "pause")
    #expect(rest.session.state == .paused)
    var end = try withoutDevelopers()
    try end.answer("agent-missing", "abort")
    #expect(end.session.state == .aborted)
  }

  @Test func aDocumentCannotBeLeftOutForWantOfAnAgent() throws {
    var fresh = try Rehearsal("library")
    try fresh.order(.reportAgent("analyst01", state: .failed, reason: "Gone."), by: "engine")
    fresh.held = "intake"
    try fresh.perform()
    fresh.held = nil
    #expect(fresh.session.task("intake")?.agent == "analyst02")
    try fresh.order(.reportAgent("analyst02", state: .failed, reason: "Gone."), by: "engine")
    for effect in fresh.session.inFlight {
      try fresh.order(.interrupt(effect, reason: "Its agent is gone."), by: "engine")
    }
    try fresh.perform()
    // There is nothing before the intake to go back to but the brief.
    #expect(try fresh.open("agent-missing").options.map(\.id) == ["add", "pause", "abort"])
  }

  // MARK: - Obstacles

  /// A developer says that a file of the data layer is missing, and it cannot be made.
  private func blocked(_ text: String = "src/4.2.py was not created.") throws -> Rehearsal {
    var rehearsal = try Rehearsal("library")
    rehearsal.task = { $0.remedies == nil ? nil : Self.failing("The model is unclear (\($0.attempt)).") }
    try rehearsal.perform()
    try rehearsal.answer("approve-intake", "approve")
    try rehearsal.perform()
    try rehearsal.answer("approve-plan", "approve")
    rehearsal.held = "make-4.3"
    try rehearsal.perform()
    rehearsal.held = nil
    if text.contains("4.2") { rehearsal.disk["src/4.2.py"] = nil }
    try rehearsal.order(
      .raiseCallback(Callback(kind: .blocker, from: "developer02", text: text, task: "make-4.3", attempt: 1)),
      by: "engine")
    let effect = try #require(rehearsal.session.inFlight.first)
    try rehearsal.report(effect)
    try rehearsal.perform()
    return rehearsal
  }

  @Test func anObstacleNobodyOwesIsAskedAbout() throws {
    let rehearsal = try blocked("The price list was not created.")
    check(rehearsal)
    let decision = try rehearsal.open("blocker-open")
    #expect(decision.options.map(\.id) == ["settle", "accept", "defer", "go-back", "pause", "abort"])
    #expect(decision.body.contains("> The price list was not created."))
    #expect(decision.body.contains("nobody is known who owes it"))
  }

  @Test(arguments: ["settle", "accept", "defer"])
  func anObstacleIsSettledAcceptedOrPutOff(option: String) throws {
    var rehearsal = try blocked("The price list was not created.")
    try rehearsal.answer("blocker-open", option, note: "Not in this version.")
    #expect(rehearsal.session.openDecisions == [])
    #expect(rehearsal.session.risks.count == (option == "accept" ? 1 : 0))
    #expect(rehearsal.session.postponed.count == (option == "defer" ? 1 : 0))
    #expect(rehearsal.session.callbacks.first?.answer?.text.contains("Not in this version.") == true)
    try finish(&rehearsal)
  }

  @Test func anObstacleThatWasTriedCanBeTriedAgain() throws {
    var rehearsal = try blocked()
    check(rehearsal)
    let decision = try rehearsal.open("blocker-open")
    #expect(decision.recommended == "retry")
    #expect(decision.body.contains("- `src/4.2.py`") && decision.body.contains("The model is unclear (3)."))
    rehearsal.task = { _ in nil }
    try rehearsal.answer("blocker-open", "retry", note: "Use the first entity.")
    try rehearsal.perform()
    #expect(rehearsal.disk["src/4.2.py"] != nil)
    // The callback's remedy made the file; the verification's own, which had failed, has lost its reason.
    #expect(rehearsal.session.openDecisions.map(\.playbook) == ["sign-off"])
  }

  // MARK: - The final verification

  /// Somebody changes, or removes, a file after the gates have passed.
  private func verified(_ change: @escaping (inout [String: String]) -> Void, remedy: TaskOutcome? = nil) throws
    -> Rehearsal
  {
    var rehearsal = try Rehearsal("library")
    rehearsal.task = { $0.remedies == nil ? nil : remedy }
    rehearsal.held = "final-audit"
    try rehearsal.perform()
    try rehearsal.answer("approve-intake", "approve")
    try rehearsal.perform()
    try rehearsal.answer("approve-plan", "approve")
    try rehearsal.perform()
    rehearsal.held = nil
    change(&rehearsal.disk)
    let audit = try #require(rehearsal.session.inFlight.first)
    #expect(audit == .perform(task: "final-audit", attempt: 1))
    try rehearsal.report(audit)
    try rehearsal.perform()
    return rehearsal
  }

  private static let edited = String(repeating: "b", count: 64)

  @Test func editsAreShownAndCanBeAccepted() throws {
    var rehearsal = try verified { $0["src/4.3.py"] = Self.edited }
    check(rehearsal)
    let decision = try rehearsal.open("verification-failed")
    #expect(
      decision.options.map(\.id) == ["verify-again", "adopt", "regenerate", "accept", "go-back", "pause", "abort"])
    #expect(decision.recommended == "adopt")
    #expect(decision.title == "The final verification found 1 points that do not hold")
    #expect(decision.body.contains("`src/4.3.py` changed since it was accepted"))
    try rehearsal.answer("verification-failed", "adopt")
    try finish(&rehearsal)
    #expect(rehearsal.session.files["src/4.3.py"]?.hash == Self.edited)
    #expect(rehearsal.session.verifications.map(\.passed) == [false, true])
  }

  @Test func aFileThatIsGoneIsMadeByWhoeverOwedIt() throws {
    var rehearsal = try verified { $0["src/4.3.py"] = nil }
    #expect(rehearsal.session.openDecisions.map(\.playbook) == ["sign-off"])
    #expect(rehearsal.session.verifications.map(\.passed) == [false, true])
    #expect(rehearsal.session.tasks.first { $0.remedies != nil }?.agent?.hasPrefix("developer") == true)
    try finish(&rehearsal)
  }

  @Test func whatCannotBeMadeIsAskedAboutAndGeneratedAgain() throws {
    var rehearsal = try verified({ $0["src/4.3.py"] = nil }, remedy: Self.failing("It cannot be made.", cause: .hard))
    check(rehearsal)
    let decision = try rehearsal.open("verification-failed")
    #expect(decision.recommended == "regenerate")
    #expect(!decision.options.contains { $0.id == "adopt" })
    #expect(decision.body.contains("`src/4.3.py` gone: made by"))
    rehearsal.task = { _ in nil }
    try rehearsal.answer("verification-failed", "regenerate", note: "Again.")
    #expect(rehearsal.session.currentStage?.id == 4)
    try finish(&rehearsal)
    #expect(rehearsal.disk["src/4.3.py"] != nil)
  }

  @Test func verifyingAgainRunsGatesAndAuditOnceMore() throws {
    var rehearsal = try verified { $0["src/4.3.py"] = Self.edited }
    rehearsal.disk["src/4.3.py"] = String(repeating: "a", count: 64)
    try rehearsal.answer("verification-failed", "verify-again", note: "I put it back.")
    try rehearsal.perform()
    #expect(rehearsal.session.task("final-audit")?.attempt == 2)
    #expect(rehearsal.session.verifications.map(\.passed) == [false, true])
    try finish(&rehearsal)
  }

  @Test func goingOnWithoutIsARiskInAPersonsName() throws {
    var rehearsal = try verified { $0["src/4.3.py"] = Self.edited }
    try rehearsal.answer("verification-failed", "accept", note: "Known.")
    #expect(rehearsal.session.risks.map(\.note) == ["Known."])
    #expect(rehearsal.session.verificationAccepted?.contains("Known.") == true)
    try finish(&rehearsal)
    #expect(rehearsal.session.verifications.map(\.passed) == [false])
  }

  @Test func theOtherWaysOutOfAVerificationDoWhatTheySay() throws {
    var back = try verified { $0["src/4.3.py"] = Self.edited }
    try back.answer("verification-failed", "go-back", note: "Again.")
    #expect(back.session.currentStage?.id == 4)
    var rest = try verified { $0["src/4.3.py"] = Self.edited }
    try rest.answer("verification-failed", "pause")
    #expect(rest.session.state == .paused)
    try rest.order(.resume)
    try rest.perform()
    #expect(try rest.open("verification-failed").situation == "verification-failed")
    var end = try verified { $0["src/4.3.py"] = Self.edited }
    try end.answer("verification-failed", "abort")
    try end.perform()
    #expect(end.session.state == .aborted)
  }

  @Test func aDecisionSaysWhyItWasAsked() throws {
    let rehearsal = try verified { $0["src/4.3.py"] = Self.edited }
    let explained = Library(project: nil, person: nil).explain(
      decision: try rehearsal.open("verification-failed"), in: rehearsal.session.workflow)
    #expect(explained.lines.first == "verification-failed asked this, because")
  }
}
