import Kernel
import Testing

@testable import Reports

/// covers Documents.swift, RequirementsIntake.swift, ImplementationPlan.swift, VerificationChecklist.swift,
/// QualityReport.swift, Deliverables.swift, Risk.swift, Verdict.swift and Checks.swift
@Suite struct DocumentsTests {
  static let intake = [
    "1. Request Metadata", "2. Target Configuration", "3. Business Context & Objectives", "4. Functional Requirements",
    "5. Non-Functional Constraints", "6. Dependencies & Integrations", "7. Data & Storage", "8. Scope Boundaries",
    "9. Expected Deliverables", "10. Acceptance Criteria", "11. Risks & Open Questions", "12. Next Steps",
    "13. References",
  ]
  static let plan = [
    "1. Plan Metadata", "2. Summary", "3. Maturity Level Features", "4. Architecture Impact",
    "5. Requirements Traceability Matrix", "6. Work Plan", "7. Risks & Mitigations", "8. Verification Strategy",
    "9. Deliverables & Acceptance", "10. Dependencies & Schedule", "11. Sign-Off", "12. References",
  ]
  static let report = [
    "1. Report Metadata", "2. Executive Summary", "3. Checklist Summary", "4. Requirements Coverage",
    "5. Test & Coverage Details", "6. Defects & Risks", "7. Decisions", "8. Recovery Actions", "9. Approved Deviations",
    "10. Left Out, Postponed & Substituted", "11. Rollbacks & Undo", "12. Changes to the Agreement",
    "13. Outages, Interruptions & Edits", "14. Deliverables Summary", "15. Time", "16. Sign-Off", "17. References",
    "18. Upgrade Path", "19. Errors in Full", "20. Supervision",
  ]

  @Test(arguments: ["seven-stage", "prototype"])
  func everySectionStandsInItsPlace(workflow: String) throws {
    var rehearsal = try Rehearsal(brief: workflow == "prototype" ? "notes" : "library", workflow: workflow)
    try rehearsal.finish()
    #expect(rehearsal.session.state == .completed)
    let documents = Dictionary(uniqueKeysWithValues: allDocuments(rehearsal).map { ($0.name, Parsed($0.text)) })
    #expect(documents["intake"]?.sections == DocumentsTests.intake)
    #expect(documents["plan"]?.sections == DocumentsTests.plan)
    #expect(documents["report"]?.sections == DocumentsTests.report)
    #expect(
      documents["catalogue"]?.sections == [
        "1. Core deliverables", "2. Expected by the brief", "3. Files", "4. Missing files",
      ])
    #expect(
      documents["deployment"]?.sections == [
        "1. What you need", "2. Configuration", "3. Start", "4. Smoke tests", "5. Next steps",
        "6. Not part of this level",
      ])
    let categories =
      workflow == "prototype"
      ? ["1. Static analysis", "2. Testing & coverage"]
      : ["1. Environment", "2. Static analysis", "3. Testing & coverage", "4. Artefacts"]
    #expect(
      documents["checklist"]?.sections
        == categories + ["Release gate", "Checked by hand", "Attempts and findings", "Approved deviations"])
  }

  @Test func documentsAreTheSameForTheSameFacts() throws {
    var first = try Rehearsal()
    try first.finish()
    var second = try Rehearsal()
    try second.finish()
    #expect(allDocuments(first).map(\.text) == allDocuments(second).map(\.text))
  }

  // MARK: - Intake and plan

  @Test func theIntakeHoldsTheBrief() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.lead(to: "approve-intake")
    let text = Documents.requirementsIntake(rehearsal.session, rehearsal.facts)
    let parsed = Parsed(text)
    #expect(parsed.row("FR-004")?[2] == "A loan always belongs to a book that exists.")
    #expect(parsed.row("FR-004")?[3] == "Book, Loan")
    #expect(parsed.row("FR-004")?[4] == "Pending")
    #expect(parsed.row("FR-005")?[1] == "Should")
    #expect(parsed.row("4")?[3] == "6")
    #expect(parsed.row("Maturity level")?[1] == "2 – Development Ready")
    #expect(parsed.row("Modules")?[1] == "none")
    #expect(parsed.row("Requester")?[1] == "Ada")
    #expect(parsed.row("borrower")?[1] == "text")
    #expect(parsed.row("book")?[1] == "reference to Book")
    #expect(parsed.row("Coverage")?[1] == "75%")
    #expect(text.contains("The brief was complete when it was given"))
    #expect(text.contains("> Our neighbourhood library lends about four hundred books"))
    #expect(parsed.row("RQ-1")?[2].hasPrefix("The old notebook") == true)
  }

  @Test func theIntakeTellsWhatWasAskedAndAdded() throws {
    let sample = try Rehearsal().session.briefText.replacing("2 - development ready", with: "soon")
    var rehearsal = try Rehearsal(text: sample)
    try rehearsal.settle()
    try rehearsal.answer("fill", fields: [FieldValue(field: "level", value: "1")], by: "Grace")
    try rehearsal.settle()
    let parsed = Parsed(Documents.requirementsIntake(rehearsal.session, rehearsal.facts))
    let id = rehearsal.session.decisions[0].id
    #expect(parsed.row(id) == [id, "Target maturity level", "Grace", "2026-01-01T01:00:10Z"])
    #expect(
      parsed.row("Target maturity level")
        == ["Target maturity level", "1", "Grace", "2026-01-01T01:00:10Z", id, "agreed", "#13"])
  }

  @Test func thePlanShowsEverySubStageWithItsReason() throws {
    var rehearsal = try Rehearsal(brief: "shop")
    try rehearsal.lead(to: "approve-plan")
    let session = rehearsal.session
    let parsed = Parsed(
      Documents.implementationPlan(session, planned: Rehearsal.planned(session), rehearsal.facts))
    let phases = try #require(parsed.tables.first { $0[0].contains("Outcome") })
    #expect(phases.count == 2 + 24)
    func outcome(_ id: String) -> String? { phases.first { $0[0] == id }?[2] }
    #expect(outcome("4.1") == "will run")
    #expect(outcome("4.4b") == "will run")
    #expect(outcome("4.1c") == "skipped: level 3 and up")
    #expect(outcome("4.5b") == "skipped: not requested")
    let skipped = try #require(parsed.tables.first { $0[0].contains("To get it") })
    #expect(skipped.first { $0[0] == "4.5b" }?[3] == "choose the module bot")
    #expect(skipped.first { $0[0] == "4.8" }?[3] == "choose level 4")
    #expect(parsed.row("`4.2-all`")?[5] == "`src/4.2.py`")
    #expect(parsed.row("Estimated time")?[1].hasPrefix("10–12 minutes (the usual range of level 2") == true)
    #expect(parsed.row("Security")?[1] == "nothing beyond checked input at this level")
  }

  @Test func changesAskedForAreNamedInTheNextRevision() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.lead(to: "approve-plan")
    try rehearsal.answer("request-changes", note: "Smaller | steps,\nplease.")
    try rehearsal.settle()
    let text = Documents.implementationPlan(rehearsal.session, planned: [], rehearsal.facts)
    #expect(Parsed(text).row("Version")?[1] == "2")
    #expect(text.contains("> Smaller \\| steps,\n> please."))
  }

  @Test func risksFollowFromTheBrief() throws {
    let text = try Rehearsal().session.briefText
      .replacing("## Optional modules\nnone", with: "## Optional modules\ncommunication")
      .replacing("The defaults of the chosen level", with: "GDPR must be kept. The defaults of the chosen level")
    var rehearsal = try Rehearsal(text: text)
    try rehearsal.settle()
    let risks = Risk.all(in: rehearsal.session)
    #expect(risks.map(\.item) == ["Open question of the brief", "Compliance", "Sending without workers"])
    #expect(risks[1].resolution.hasPrefix("choose level 4"))
  }

  // MARK: - The report

  @Test func aFinishedReportIsReadyAndSaysWhatAPersonMustJudge() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.finish()
    let text = Documents.qaReport(rehearsal.session, rehearsal.facts)
    let parsed = Parsed(text)
    #expect(!text.contains("Partial"))
    #expect(text.contains("**Overall status: Ready.** Every mandatory check passed."))
    #expect(parsed.row("FR-001")?[3] == "GENERATED")
    #expect(parsed.row("FR-001")?[4].contains("update and delete for Book; check by hand") == true)
    #expect(parsed.row("FR-006")?[3] == "CHECK BY HAND")
    #expect(parsed.row("FR-006")?[4].contains("names no entity of the data model") == true)
    #expect(parsed.row("6")?.prefix(3) == ["6", "4", "2"])
    #expect(parsed.row("Requirements wording")?[2] == "OPEN, for a person")
    #expect(parsed.row("Lint")?[3] == "PASSED")
    #expect(parsed.row("Lint")?[4] == "`handoff/evidence/lint-1.log` (SHA-256 `\(Rehearsal.hash)`)")
    let lint = try #require(parsed.row("Lint")?[5].dropFirst())
    guard case .gateReported("lint", 1, _) = rehearsal.events[try #require(Int(lint)) - 1].fact else {
      Issue.record("the cited event is another one")
      return
    }
    #expect(parsed.row("6 QA Report & Handoff")?[2].hasPrefix("Ada, 2026-01-01T") == true)
    let decision = rehearsal.session.decisions[0]
    #expect(parsed.row(decision.id)?[5] == "1 h")
    #expect(parsed.row(decision.id)?[6] == "after it was asked")
    #expect(parsed.row(decision.id)?[9] == "`\(decision.digest)`")
    #expect(parsed.row("People: nothing ran and a question was open")?[1] == "3 h")
    #expect(parsed.row("3 – Pre-Production")?[2] == "80 %")
    #expect(parsed.row("3 – Pre-Production")?[3] == "about 1 day")
    #expect(text.contains("None: nothing failed, was interrupted, tried again or rolled back."))
  }

  @Test func beforeTheSignOffTheReportIsWholeAndNotSigned() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.lead(to: "sign-off")
    let text = Documents.qaReport(rehearsal.session, rehearsal.facts)
    #expect(!text.contains("Partial report"))
    #expect(Parsed(text).row("6 QA Report & Handoff")?[2] == "not given yet")
  }

  @Test func aWaivedFailureIsNeverShownAsPassed() throws {
    var rehearsal = try Rehearsal()
    rehearsal.results["coverage"] = GateResult(
      passed: false, required: "75%", achieved: "71 %", evidence: "/state/c.log", evidenceHash: Rehearsal.hash)
    try rehearsal.finish()
    let text = Documents.qaReport(rehearsal.session, rehearsal.facts)
    let parsed = Parsed(text)
    #expect(text.contains("**Overall status: Ready with waivers.**"))
    let rows = parsed.tables.flatMap { $0 }.filter { $0.first == "Coverage" }
    #expect(rows.count == 2)
    #expect(rows.allSatisfy { $0.contains("WAIVED") && !$0.contains("PASSED") })
    let id = try #require(rehearsal.session.waivers.first).id
    #expect(parsed.row(id)?[2] == "WAIVED, in force")
    #expect(text.contains("**\(id)** — Known and accepted. Compensating action: no compensating action was named."))
    #expect(text.contains("12 of 13 gates passed, 1 waived"))
    // The built-in playbook's own sentence stands with the case.
    let asked = try #require(rehearsal.session.decisions.first { $0.subject == "gate:coverage" })
    #expect(!asked.records.isEmpty && text.contains("> \(Markdown.paragraph(asked.records))"))
    let checklist = Parsed(Documents.verificationChecklist(rehearsal.session, rehearsal.facts))
    #expect(checklist.row("Coverage")?[6] == "WAIVED")
    #expect(Documents.deploymentGuide(rehearsal.session, rehearsal.facts).contains("Settle the accepted failure \(id)"))
  }

  @Test func anEndedWaiverIsShownAsEnded() throws {
    var rehearsal = try Rehearsal()
    rehearsal.results["lint"] = GateResult(passed: false, required: "0 errors", achieved: "2 errors")
    try rehearsal.lead(to: "gate-failed")
    try rehearsal.answer("waive", note: "For now.")
    rehearsal.results["lint"] = nil
    try rehearsal.lead(to: "sign-off")
    let record = try #require(rehearsal.session.waivers.first)
    #expect(rehearsal.session.standingWaivers == [record])
    let back = Event(at: rehearsal.now, by: "Ada", fact: .rolledBack(to: 4, substages: ["4.1"], reason: "Better."))
    rehearsal.session.apply(back)
    rehearsal.events.append(back)
    #expect(rehearsal.session.standingWaivers == [])
    let checklist = Parsed(Documents.verificationChecklist(rehearsal.session, rehearsal.facts))
    #expect(checklist.row(record.id)?[2] == "ended: its gate runs again")
  }

  @Test func aFailedCheckBlocksAndAnAdvisoryOneDoesNot() throws {
    var rehearsal = try Rehearsal()
    rehearsal.results["types"] = GateResult(
      passed: false, required: "0 errors", achieved: "1 error",
      findings: [Finding(file: "src/a|b.py", line: 3, code: "arg-type", message: "no <b>good</b>")])
    rehearsal.results["python-version"] = GateResult(passed: false, required: ">= 3.12", achieved: "3.11.2")
    try rehearsal.lead(to: "gate-failed")
    let text = Documents.qaReport(rehearsal.session, rehearsal.facts)
    let parsed = Parsed(text)
    #expect(text.contains("**Overall status: Blocked.** Open: Types: 1 error, required 0 errors."))
    #expect(text.contains("> **Partial report.**"))
    #expect(parsed.row("Types")?[3] == "FAILED")
    #expect(parsed.row("Python version")?[3] == "FAILED (advisory)")
    #expect(parsed.row("Python version")?[2] == "3.11.2")
    let checklist = Parsed(Documents.verificationChecklist(rehearsal.session, rehearsal.facts))
    let finding = try #require(checklist.tables.first { $0.first == ["Gate", "Place", "Code", "Finding"] })
    #expect(finding[2] == ["Types", "src/a\\|b.py:3", "arg-type", "no \\<b>good\\</b>"])
  }

  @Test func aCheckThatCouldNotBeMadeIsNotAFailedOne() throws {
    var rehearsal = try Rehearsal()
    rehearsal.results["lint"] = GateResult(
      passed: false, required: "0 errors", achieved: "", unavailable: "ruff is not installed")
    try rehearsal.lead(to: "gate-failed")
    let parsed = Parsed(Documents.qaReport(rehearsal.session, rehearsal.facts))
    #expect(parsed.row("Lint")?[2] == "not checked: ruff is not installed")
    #expect(parsed.row("Lint")?[3] == "NOT CHECKED")
  }

  @Test func anAbortedSessionGivesAPartialReport() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.lead(to: "approve-plan")
    try rehearsal.answer("abort", note: "We bought one.", by: "Grace")
    let text = Documents.qaReport(rehearsal.session, rehearsal.facts)
    let parsed = Parsed(text)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[1].hasPrefix("> **Partial report.**"))
    #expect(lines[1].contains("Aborted by Grace at"))
    #expect(lines[1].contains("We bought one."))
    #expect(parsed.sections == ["Partial: what exists and what does not"] + DocumentsTests.report)
    #expect(text.contains("**Overall status: Partial.**"))
    #expect(text.contains("- stage 2 Requirements Clarification & Intake"))
    #expect(text.contains("**In progress:**\n\n- stage 3 Architecture Mapping & Planning"))
    #expect(parsed.row("FR-001")?[3] == "NOT GENERATED")
    #expect(text.contains("No gate has been opened, so nothing has been measured."))
  }

  @Test func anUnfinishedSessionGivesAPartialReport() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.lead(to: "approve-plan")
    try rehearsal.answer("approve")
    for _ in 0..<4 { _ = try rehearsal.step() }
    let text = Documents.qaReport(rehearsal.session, rehearsal.facts)
    let parsed = Parsed(text)
    #expect(text.contains("The session is running in stage 4 Code Generation."))
    #expect(text.contains("- sub-stage 4.1 Infrastructure (Basic)"))
    #expect(parsed.row("FR-001")?[3] == "PARTLY GENERATED")
  }

  @Test func aSessionBeforeItsLevelStillHasEveryDocument() throws {
    let rehearsal = try Rehearsal(text: "# Nothing yet")
    for (name, text) in allDocuments(rehearsal) {
      #expect(text.hasPrefix("# "), "\(name)")
      #expect(!text.contains("| |") && !text.contains("\n\n\n"), "\(name)")
    }
    let empty = Verdict(Session())
    #expect(empty.word == "Partial")
  }

  @Test func whatIsLeftOutStaysVisible() throws {
    var rehearsal = try Rehearsal(brief: "shop")
    rehearsal.shortcomings = [
      Shortcoming(subject: "FR-006 background worker", reason: "No template | for it.", canLeaveOut: true)
    ]
    try rehearsal.finish()
    let text = Documents.qaReport(rehearsal.session, rehearsal.facts)
    let parsed = Parsed(text)
    #expect(parsed.row("FR-006")?[3] == "LEFT OUT")
    #expect(parsed.row("FR-005")?[3] == "GENERATED")
    #expect(text.contains("- **FR-006 background worker** — No template \\| for it."))
    #expect(parsed.row("7")?[5] == "1")
    let intake = Documents.requirementsIntake(rehearsal.session, rehearsal.facts)
    #expect(intake.contains("- **FR-006 background worker**"))
  }

  @Test func anAnswerGivenInAdvanceIsNeverCalledLookedAt() throws {
    let given = AdvanceAnswer(
      by: "Grace", playbook: "approve-intake", subject: nil, option: "approve", note: "", fields: [])
    var rehearsal = try Rehearsal(answers: [given])
    try rehearsal.finish()
    let row = try #require(
      Parsed(Documents.qaReport(rehearsal.session, rehearsal.facts)).row(rehearsal.session.decisions[0].id))
    #expect(row[3] == "Grace")
    #expect(row[5] == "not at all")
    #expect(row[6] == "in advance; nobody looked at it")
  }

  // MARK: - Deliverables

  @Test func theCatalogueKnowsEveryFile() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.finish()
    var facts = rehearsal.facts
    facts.files.removeAll { $0.path == "src/4.2.py" }
    facts.files = facts.files.map {
      $0.path == "src/4.3.py" ? FileClaim(path: $0.path, hash: String(repeating: "c", count: 64)) : $0
    }
    facts.files.append(FileClaim(path: "odd | name`.txt", hash: Rehearsal.hash))
    let parsed = Parsed(Documents.deliverablesCatalogue(rehearsal.session, facts))
    #expect(parsed.row("`src/4.1.py`") == ["`src/4.1.py`", "`\(Rehearsal.hash)`", "`4.1-all`", "as made"])
    #expect(parsed.row("`src/4.3.py`")?[3] == "changed since")
    #expect(parsed.row("odd \\| name\\`.txt")?[3] == "not claimed by any task")
    #expect(parsed.row("`src/4.2.py`") == ["`src/4.2.py`", "`4.2-all`"])
    #expect(parsed.row("QA report")?[4] == "present")
  }

  @Test func theDeploymentGuideNamesOnlyWhatIsThere() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.finish()
    var facts = rehearsal.facts
    #expect(Documents.deploymentGuide(rehearsal.session, facts).contains("There is no compose file in the package."))
    facts.files += ["docker-compose.yml", ".env.example", "docker-compose.dev.yml"].map {
      FileClaim(path: $0, hash: Rehearsal.hash)
    }
    let guide = Documents.deploymentGuide(rehearsal.session, facts)
    #expect(guide.contains("docker compose -f docker-compose.yml up --build --detach"))
    #expect(guide.contains("Copy `.env.example` to `.env`"))
    #expect(!guide.contains("Makefile"))
    #expect(guide.contains("- Book: create one"))
  }
}
