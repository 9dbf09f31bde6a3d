import Engine
import Foundation
import Kernel
import Testing

@testable import Reports

/// covers DocumentPerformer.swift
@Suite struct DocumentPerformerTests {

  @Test func theReportTaskLeavesTheFilesItOwes() async throws {
    var rehearsal = try Rehearsal()
    try rehearsal.lead(to: "approve-plan")
    try rehearsal.answer("approve")
    while rehearsal.session.outstanding.first != .perform(task: "report", attempt: 1) {
      try #require(try rehearsal.step())
    }
    try rehearsal.order(.start(.perform(task: "report", attempt: 1), epoch: 1))
    let paper = Paper()
    let performer = DocumentPerformer(.report, journal: try await journal(rehearsal), version: "1.0")
    _ = try await performer.perform(assignment(rehearsal, "report", paper))
    let files = await paper.files().map(\.path)
    #expect(files == ["artifacts/reports/deliverables.md", "artifacts/reports/qa-report.md"])
    let report = await paper.text("artifacts/reports/qa-report.md")
    #expect(report.hasPrefix("# QA Report: Neighbourhood library\n"))
    #expect(!report.contains("Partial report"))
    #expect(Parsed(report).row("QA report")?[2].hasPrefix("WRITTEN TOGETHER WITH THIS DOCUMENT") == true)
    let catalogue = Parsed(await paper.text("artifacts/reports/deliverables.md"))
    #expect(catalogue.row("QA report")?[4] == "written together with this catalogue")
    #expect(catalogue.row("`artifacts/reports/qa-report.md`")?[1] == "in the handoff manifest")
  }

  @Test func thePlanTaskSaysWhatItPlanned() async throws {
    var rehearsal = try Rehearsal()
    try rehearsal.lead(to: "approve-intake")
    try rehearsal.answer("approve")
    let planned = Rehearsal.planned(rehearsal.session)
    let paper = Paper()
    let performer = DocumentPerformer(
      .plan, journal: try await journal(rehearsal), version: "1.0", plan: { _ in planned })
    let report = try await performer.perform(assignment(rehearsal, "plan", paper))
    #expect(report.planned == planned)
    let text = await paper.text("artifacts/plans/implementation-plan.md")
    #expect(Parsed(text).row("`4.2-all`")?[1] == "Make Data Layer (PostgreSQL)")
  }

  @Test func thePackageHoldsTheReportAndAManifestOfEveryFile() async throws {
    var rehearsal = try Rehearsal()
    try rehearsal.finish()
    let open = try await OpenSession.open("library-1", in: journal(rehearsal), keepingEvents: true)
    let paper = Paper()
    await paper.write(Array("print()".utf8), to: "src/4.1.py", executable: false)
    await paper.write(Array("mine".utf8), to: "notes-of-my-own.txt", executable: false)
    let package = HandoffPackage(open: open, folder: SessionFolder(path: "/nowhere"), version: "1.0")
    #expect(try await package.write(to: "/nowhere/x.zip", from: paper) == "zip")
    let extra = await paper.extra
    let bytes = try #require(extra["handoff/manifest.json"])
    let manifest = try JSONDecoder().decode(HandoffManifest.self, from: Data(bytes))
    #expect(manifest.journal.seq == rehearsal.events.count)
    #expect(manifest.journal.hash == open.headHash)
    #expect(manifest.files.first { $0.path == "src/4.1.py" }?.size == 7)
    // What no task of the session left is not handed over.
    #expect(!manifest.files.contains { $0.path == "notes-of-my-own.txt" })
    for (path, content) in extra where path != "handoff/manifest.json" {
      #expect(manifest.files.first { $0.path == path }?.sha256 == sha256(content), "\(path)")
    }
    #expect(extra["handoff/brief.md"] == Array(open.session.briefText.utf8))
    let report = SessionReport(open: open, files: [], version: "1.0")
    #expect(report.markdown.hasPrefix("# QA Report"))
    #expect(report.json.contains("\"report\" : \"# QA Report"))
  }
}
