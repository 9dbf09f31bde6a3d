import Engine
import Foundation
import Kernel
import Testing

@testable import Reports

/// covers PartialReport.swift and HandoffPackage.swift
@Suite struct PartialTests {
  /// Aborted by Grace while a task of stage 4 was under way; the first sub-stages are done.
  private func aborted(early: Bool = false) throws -> Rehearsal {
    var rehearsal = try Scenarios.rehearsal()
    try rehearsal.reach("approve-plan")
    if !early {
      try rehearsal.answer("approve", after: 60_000)
      while rehearsal.session.outstanding.first != .perform(task: "4.2-all", attempt: 1) {
        try #require(try rehearsal.step())
      }
      try rehearsal.order(.start(.perform(task: "4.2-all", attempt: 1), epoch: 1))
    }
    rehearsal.now += 5_000
    try rehearsal.order(
      .abort(reason: "We bought one.", confirmation: rehearsal.session.id), by: "Grace")
    return rehearsal
  }

  @Test func anAbortTellsWhatExistsAndHowToBeginAgain() throws {
    var rehearsal = try aborted()
    let stop = try #require(
      rehearsal.events.lastIndex { if case .sessionAborted = $0.fact { true } else { false } })
    while rehearsal.session.outstanding.first != .perform(task: "partial-report", attempt: 1) {
      try #require(try rehearsal.step())
    }
    let text = rehearsal.report
    let parsed = Parsed(text)
    #expect(text.hasPrefix("# Partial QA Report: Neighbourhood library\n\n> **Partial report.**"))
    #expect(parsed.sections == ["Partial: what exists and what does not"] + DocumentsTests.report)
    #expect(text.contains("**Completed:**\n\n- stage 0 "))
    #expect(text.contains("- sub-stage 4.1 Infrastructure (Basic)"))
    #expect(text.contains("- stage 4 Code Generation\n- Make Data Layer (PostgreSQL) (not started, attempt 2)"))
    #expect(text.contains("**Not begun:**\n\n- stage 5 Quality Verification\n- stage 6 QA Report & Handoff"))
    #expect(text.contains("**Reason:** Aborted by Grace at 2026-01-01T00:03:25Z: We bought one."))
    #expect(parsed.row("Stopped by")?[1] == "Grace, 2026-01-01T00:03:25Z (#\(stop + 1))")
    #expect(parsed.row("Decisions so far")?[1] == "2, the last one library-1-D2; section 7 lists them")
    #expect(text.contains("- task 4.2-all, attempt 1, which was under way and stopped (#"))
    #expect(text.contains("- The rest of the work: stages 4 Code Generation, 5 Quality Verification, 6 QA Report"))
    let last = try #require(rehearsal.session.checkpoints.last)
    #expect(parsed.row(last.id)?[3] == "`\(last.tree)`")
    #expect(text.contains("### How to begin again"))
    #expect(text.contains("- Begin a new one with `signalbox run BRIEF`;"))
  }

  @Test func aRestTellsTheStoppingPointAndHowToResume() throws {
    var rehearsal = try Scenarios.rehearsal()
    try rehearsal.reach("approve-plan")
    try rehearsal.order(.pause(reason: "Back on Monday"), by: "Ada")
    try rehearsal.settle()
    let text = rehearsal.report
    let parsed = Parsed(text)
    #expect(text.hasPrefix("# Progress Report: Neighbourhood library\n\n> **Progress report.**"))
    #expect(text.contains("Paused by Ada at 2026-01-01T00:01:40Z: Back on Monday."))
    #expect(parsed.row("Stage")?[1] == "3 Architecture Mapping & Planning")
    #expect(text.contains("### How to go on"))
    #expect(text.contains("- Resume: `signalbox resume library-1`."))
    #expect(text.contains("`signalbox attach library-1` shows everything"))
    #expect(text.contains("- Then answer library-1-D2: Approve 3 Architecture Mapping & Planning?"))
    #expect(text.contains("Lost, or not made:\n\nNothing: what was begun had ended."))
    #expect(text.contains("**Overall status: Partial.**"))
    let open = try OpenReport(rehearsal)
    #expect(open.manifest.partial?.reason == "Back on Monday")
    #expect(open.manifest.partial?.stage == 3)
  }

  @Test func thePartialReportLiesWhereTheWorkflowSays() async throws {
    var rehearsal = try aborted()
    while rehearsal.session.outstanding.first != .perform(task: "partial-report", attempt: 1) {
      try #require(try rehearsal.step())
    }
    let paper = Paper()
    let performer = DocumentPerformer(.partialReport, journal: try await journal(rehearsal), version: "1.0")
    _ = try await performer.perform(assignment(rehearsal, "partial-report", paper))
    #expect(await paper.files().map(\.path) == ["artifacts/reports/partial-qa-report.md"])
    let text = await paper.text("artifacts/reports/partial-qa-report.md")
    #expect(text.hasPrefix("# Partial QA Report"))
    #expect(!text.contains("Write the partial report (not started"))
  }

  @Test(arguments: [true, false])
  func thePartialPackageSaysThatItIsOne(early: Bool) async throws {
    var rehearsal = try aborted(early: early)
    try rehearsal.settle()
    let paper = Paper()
    await paper.write(Array("print()".utf8), to: "src/4.1.py", executable: false)
    let performer = PackagePerformer(journal: try await journal(rehearsal), version: "1.0", partial: true)
    let report = try await performer.perform(assignment(rehearsal, "partial-package", paper))
    #expect(await paper.archived == "/nowhere/packages/library-1-handoff-partial.zip")
    #expect(
      report.notices == [
        "The partial handoff package is /nowhere/packages/library-1-handoff-partial.zip, SHA-256 zip."
      ])
    let extra = await paper.extra
    #expect(
      extra.keys.sorted()
        == ["handoff/audit/files.jsonl", "handoff/brief.md"] + (early ? [] : ["handoff/deployment-guide.md"])
        + ["handoff/manifest.json", "handoff/partial-qa-report.md"])
    let bytes = try #require(extra["handoff/manifest.json"])
    let manifest = try JSONDecoder().decode(HandoffManifest.self, from: Data(bytes))
    #expect(manifest.format == "signalbox.handoff.v1")
    #expect(manifest.state == "aborted")
    #expect(manifest.verdict == "Partial")
    #expect(manifest.partial?.reason == "We bought one.")
    #expect(manifest.partial?.by == "Grace")
    #expect(manifest.partial?.stage == (early ? 3 : 4))
    #expect(manifest.partial?.stageName == (early ? "Architecture Mapping & Planning" : "Code Generation"))
    // Every file of the package stands in the manifest with its hash, and nothing else does.
    var expected = extra.filter { $0.key != "handoff/manifest.json" }.mapValues { sha256($0) }
    expected["src/4.1.py"] = sha256(Array("print()".utf8))
    #expect(Dictionary(uniqueKeysWithValues: manifest.files.map { ($0.path, $0.sha256) }) == expected)
  }

  @Test func aWholePackageIsNotCalledPartial() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.finish()
    let open = try OpenReport(rehearsal)
    #expect(open.manifest.partial == nil)
    #expect(!open.manifest.json().contains("\"partial\""))
    #expect(HandoffPackage.partialPath("/a/b-handoff.zip") == "/a/b-handoff-partial.zip")
  }

  /// The manifest of a session as it stands.
  private struct OpenReport {
    let manifest: HandoffManifest

    init(_ rehearsal: Rehearsal) throws {
      manifest = HandoffManifest(
        session: rehearsal.session, history: rehearsal.events, files: [], headSeq: rehearsal.events.count,
        headHash: "ff", at: rehearsal.now)
    }
  }
}
