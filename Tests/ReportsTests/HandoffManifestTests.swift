import Foundation
import Kernel
import Testing

@testable import Reports

/// covers HandoffManifest.swift
@Suite struct HandoffManifestTests {
  private func manifest() throws -> HandoffManifest {
    var rehearsal = try Rehearsal()
    rehearsal.results["lint"] = GateResult(
      passed: false, required: "0 errors", achieved: "2 errors", evidenceHash: Rehearsal.hash)
    try rehearsal.finish()
    return HandoffManifest(
      session: rehearsal.session, files: [HandoffManifest.File(path: "a/b.py", sha256: Rehearsal.hash, size: 3)],
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
}
