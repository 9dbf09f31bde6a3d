import Engine
import Kernel
import Testing

@testable import Reports

// covers SupervisionSection.swift, PermissionSection.swift, SupervisionFacts.swift, FileAudit.swift and IncidentReport.swift

/// What a QA report tells of supervised work.
@Suite struct SupervisionSectionTests {
  /// A session in which a router is rejected, somebody asks, and everything is verified at the end.
  private static func told() throws -> Rehearsal {
    var rehearsal = try Rehearsal()
    try rehearsal.settle()
    try rehearsal.answer("approve")
    try rehearsal.settle()
    let id = try #require(rehearsal.session.planned.first?.id)
    rehearsal.failures[id] = [
      TaskFailure(
        cause: .cognitive, message: "src/x.py was rejected: Line 152: no default | after a default.",
        type: "PreflightRejection", trace: "File \"src/x.py\", line 152", tools: ["write src/x.py"],
        rejections: [FileRejection(path: "src/x.py", reasons: ["Line 152: no default | after a default."])])
    ]
    try rehearsal.answer("approve")
    try rehearsal.order(
      .raiseCallback(
        Callback(kind: .query, from: "developer01", text: "# Which?\n| a | b |\n<script>alert(1)</script>")))
    try rehearsal.settle()
    return rehearsal
  }

  private func report(_ rehearsal: Rehearsal) -> String {
    Documents.qaReport(
      rehearsal.session,
      ReportFacts(at: rehearsal.now, engineVersion: "1", host: "h", events: rehearsal.events, files: []))
  }

  @Test func whatCardsBindToAndWhoWasGivenATaskAfterWhomIsTold() throws {
    #expect(!report(try Self.told()).contains("Roles and the chain of command"))
    var rehearsal = try Rehearsal(duties: [
      RoleDuty(
        role: "developer", title: "Developer", reportsTo: "architect", attempts: 2, mandatoryGates: ["naming"],
        takes: ["generate"]),
      RoleDuty(role: "architect", title: "Architect", takes: ["generate"]),
    ])
    try rehearsal.settle()
    let intake = Documents.requirementsIntake(
      rehearsal.session,
      ReportFacts(at: rehearsal.now, engineVersion: "1", host: "h", events: rehearsal.events, files: []))
    #expect(intake.contains("yes, asked for by the card of Developer"))
    try rehearsal.answer("approve")
    try rehearsal.settle()
    let id = try #require(rehearsal.session.planned.first?.id)
    rehearsal.failures[id] = (1...2).map { TaskFailure(cause: .cognitive, message: "wrong | way \($0)") }
    try rehearsal.answer("approve")
    try rehearsal.settle()
    let text = report(rehearsal)
    #expect(text.contains("| Developer (developer) | yes | architect | 2 | `naming` | none |"), "\(text)")
    #expect(
      text.contains(
        "| `\(id)` | developer | architect (architect01) | its agents failed 2 times, as often as the card of Developer "
          + "allows |"))
    #expect(text.contains("Task \(id) escalated from developer to architect01"))
    let naming = text.split(separator: "\n").first { $0.hasPrefix("| Naming |") }
    #expect(naming?.contains("asked for by the card of Developer") == true, "\(naming ?? "")")
  }

  @Test func theSectionTellsFiguresCallbacksBlockersHealthAndFiles() throws {
    let rehearsal = try Self.told()
    let text = report(rehearsal)
    #expect(text.contains("## 20. Supervision"))
    for heading in [
      "Figures", "Final verification", "Incidents", "Callbacks", "Blockers and remediation", "Health and healing",
      "File audit",
    ] {
      #expect(text.contains("### \(heading)"), "\(heading)")
    }
    #expect(text.contains("UNANSWERED"))
    #expect(text.contains("| Callbacks collected | 1, each in full in the journal |"))
    // What an agent says cannot become a heading, a table or a tag of the report.
    #expect(!text.split(separator: "\n").contains("# Which?"))
    #expect(!text.contains("\n<script>"))
  }

  @Test func howFarProgramsWereContainedIsToldByTheLowestLevel() throws {
    var rehearsal = try Self.told()
    #expect(report(rehearsal).contains("not yet: no program was started"))
    try rehearsal.order(.reportContainment(.sandbox))
    #expect(report(rehearsal).contains("**contained L1 since "))
    try rehearsal.order(.reportContainment(.none))
    let text = report(rehearsal)
    #expect(text.contains("**not contained L0 since ") && text.contains("noticed afterwards, not prevented"))
  }

  @Test func repositoriesThatWereLeftOutStandAmongWhatWasLeftOut() throws {
    var rehearsal = try Self.told()
    #expect(!report(rehearsal).contains("Repositories inside the workspace"))
    try rehearsal.order(
      .alert(Alert(kind: .repositoryInside, subject: "a|b/.git", words: "a|b/.git is left out: \n# no heading")))
    let text = report(rehearsal)
    #expect(text.contains("### Repositories inside the workspace") && !text.contains("\n# no heading"))
  }

  @Test func whatAgentsAskedLeaveForIsCountedAndWhatAPersonAnsweredIsTold() throws {
    var rehearsal = try Self.told()
    #expect(!report(rehearsal).contains("Requests for leave"))
    func record(_ number: Int, _ allowed: Bool, by: String, decision: String? = nil) -> PermissionRecord {
      PermissionRecord(
        task: "leads", attempt: 1, number: number, agent: "writer", title: "Run a | b <b> \(number)",
        isAllowed: allowed,
        answer: allowed ? "Yes" : "No", by: by, decision: decision)
    }
    try rehearsal.order(.recordPermission(record(1, true, by: "rule of the card developer: its own files")))
    try rehearsal.order(.recordPermission(record(2, false, by: "rule of the card developer")))
    try rehearsal.order(.recordPermission(record(3, true, by: "grant G-1 of ana")))
    try rehearsal.order(.recordPermission(record(4, true, by: "ana", decision: "D9")))
    let text = report(rehearsal)
    for row in ["| A rule of a role card | 1 | 1 |", "| A standing grant | 1 | 0 |", "| A person | 1 | 0 |"] {
      #expect(text.contains(row), "\(row)")
    }
    let rows = text.split(separator: "\n").filter { $0.contains("`leads#1`") }
    #expect(rows.count == 2, "\(rows)")
    #expect(!text.contains("a | b <b>"))
    for number in 5..<(5 + Documents.permissionLimit) {
      try rehearsal.order(.recordPermission(record(number, false, by: "ana", decision: "D9")))
    }
    #expect(report(rehearsal).contains("2 more requests are in the journal"))
  }

  @Test func anIncidentIsToldInTheShapeOfItsReport() throws {
    let incident = Incident(
      id: "I-1", substage: "4.2", at: 1_700_000_000_000, summary: "4.2 failed as a whole: leads.py is missing.",
      chain: ["developer01 wrote leads.py.", "Preflight rejected it."], cause: .cognitive, specifics: "SyntaxError",
      correct: ["The sub-stage failed as a whole."], recommendation: "Try again.", expected: ["leads.py", "notes.py"],
      found: ["notes.py"], missing: ["leads.py"], tasks: ["t"], blocks: ["4.3"])
    let text = Documents.incidentReport(incident, of: Session())
    for words in [
      "Incident I\\-1", "## Summary", "## Failure chain", "1: developer01 wrote", "## Root cause classification",
      "Cognitive failure", "`leads.py`", "## System behaviour", "## Recommendation", "OPEN",
    ] {
      #expect(text.contains(words) || text.contains(words.replacing("\\", with: "")), "\(words) in \(text)")
    }
  }

  @Test func theAuditNamesEveryOperationWithItsTaskAndHashes() throws {
    let rehearsal = try Self.told()
    let lines = String(decoding: FileAudit.lines(of: rehearsal.events), as: UTF8.self).split(separator: "\n")
    let recorded = rehearsal.events.reduce(0) { sum, event in
      if case .filesRecorded(let batch) = event.fact { sum + batch.operations.count } else { sum }
    }
    #expect(lines.count == recorded)
    #expect(recorded > 0)
    #expect(lines.allSatisfy { $0.contains("\"after\"") && $0.contains("\"task\"") && $0.contains("\"seq\"") })
  }

  @Test func aSessionWithoutSupervisionHasNoSuchSection() throws {
    var workflow = try Rehearsal().session.workflow
    workflow.supervision = nil
    #expect(!SupervisionSectionTests.isTold(of: workflow))
  }

  private static func isTold(of workflow: Workflow) -> Bool {
    var session = Session()
    session.workflow = workflow
    return session.isSupervised
  }
}
