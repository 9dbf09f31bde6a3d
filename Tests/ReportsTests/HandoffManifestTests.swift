import Foundation
import Kernel
import Testing

@testable import Reports

/// covers HandoffManifest.swift and HandoffLedger.swift
@Suite struct HandoffManifestTests {
  private func manifest() throws -> HandoffManifest {
    var rehearsal = try Rehearsal()
    rehearsal.results["lint"] = GateResult(
      passed: false, required: "0 errors", achieved: "2 errors", evidenceHash: Rehearsal.hash)
    try rehearsal.finish()
    return HandoffManifest(
      session: rehearsal.session, history: rehearsal.events,
      files: [HandoffManifest.File(path: "a/b.py", sha256: Rehearsal.hash, size: 3)],
      headSeq: rehearsal.events.count, headHash: "ff", at: 1_767_225_600_000)
  }

  @Test func theManifestReadsBackEqual() throws {
    let manifest = try manifest()
    let read = try JSONDecoder().decode(HandoffManifest.self, from: Data(manifest.json().utf8))
    #expect(read == manifest)
    #expect(manifest.json() == (try self.manifest()).json())
    #expect(manifest.json().hasSuffix("}\n"))
  }

  @Test func aWaivedGateIsNotPassed() throws {
    let manifest = try manifest()
    #expect(manifest.gates.first { $0.id == "lint" }?.state == "waived")
    #expect(manifest.gates.first { $0.id == "format" }?.state == "passed")
    #expect(manifest.waivers.map(\.gate) == ["lint"])
    #expect(manifest.waivers.first?.inForce == true)
    #expect(manifest.decisions.map(\.playbook) == ["approve-intake", "approve-plan", "gate-failed", "sign-off"])
    #expect(manifest.decisions.allSatisfy { $0.digest.count == 64 && $0.by == "Ada" && !$0.inAdvance })
    #expect(manifest.at == "2026-01-01T00:00:00Z")
    #expect(manifest.state == "completed")
    #expect(manifest.level == 2)
  }

  @Test func keysAreSortedAndExtraTextsAreBesideThem() throws {
    let manifest = try manifest()
    let text = manifest.json(with: ["report": "# R\n", "session": "another"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["report"] as? String == "# R\n")
    #expect(object["session"] as? String == "library-1")
    let keys = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }.map(String.init)
    #expect(keys == keys.sorted())
    #expect(text.contains("\"a/b.py\""))
  }

  @Test func theLedgerTellsTheWholeStory() throws {
    let story = try StoryTests.story()
    let manifest = HandoffManifest(
      session: story.session, history: story.events, files: [], headSeq: story.events.count, headHash: "ff",
      at: story.now)
    let waiver = try #require(manifest.waivers.first)
    #expect(waiver.id == "W-10" && waiver.gate == "coverage" && waiver.state == "standing" && waiver.inForce)
    #expect(waiver.compensation == "Tests follow in March")
    #expect(waiver.scope == [.init(path: "src/4.2.py", sha256: Rehearsal.hash)])
    #expect(waiver.fingerprint?.count == 64)
    #expect(manifest.verdict == "Ready with waivers")
    #expect(manifest.risks?.map(\.id) == ["R-3"])
    #expect(manifest.postponed?.map(\.id) == ["P-8", "P-13"])
    #expect(manifest.settlements?.map(\.how) == ["adopted", "accepted"])
    #expect(manifest.rollbacks?.map(\.state) == ["undone"])
    #expect(manifest.undone?.map(\.decision) == ["library-1-D15"])
    #expect(manifest.requests?.map(\.id) == ["change-1", "rollback-1"])
    #expect(manifest.requests?.first?.settled == "later")
    #expect(manifest.outages?.map(\.milliseconds) == [1_510_000])
    #expect(manifest.recovery?.map(\.scenario) == Array(1...10))
    #expect(
      manifest.recovery?[2].cases.first?.steps.map(\.cause) == [
        "test (cognitive)", "test (cognitive)", "code (cognitive)", "",
      ])
    #expect(manifest.recovery?[9].cases.first?.decisions == ["library-1-D13"])
    #expect(manifest.substitutions == [] && manifest.interruptions == [] && manifest.findings == [])
    let read = try JSONDecoder().decode(HandoffManifest.self, from: Data(manifest.json().utf8))
    #expect(read == manifest)
  }

  @Test func aManifestOfAnOlderProgramStillReads() throws {
    let text = """
      {"at": "2026-01-01T00:00:00Z", "decisions": [], "files": [], "format": "signalbox.handoff.v1", "gates": [],
       "journal": {"hash": "ff", "seq": 1}, "modules": [], "notes": [], "session": "s", "state": "completed",
       "title": "T", "waivers": [{"at": "2026-01-01T00:00:00Z", "by": "Ada", "decision": "s-D1", "gate": "lint",
       "id": "W-1", "inForce": true, "reason": "r", "until": "the gate runs again"}], "workflow": "seven-stage",
       "workflowDigest": "00"}
      """
    let manifest = try JSONDecoder().decode(HandoffManifest.self, from: Data(text.utf8))
    #expect(manifest.waivers.first?.state == nil)
    #expect(manifest.recovery == nil && manifest.partial == nil)
  }
}
