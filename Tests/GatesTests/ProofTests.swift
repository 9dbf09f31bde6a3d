import Engine
import Foundation
import Glibc
import Kernel
import Testing

@testable import Gates

// covers what GateCatalogue.swift asks of a pass
@Suite("Proof")
struct ProofTests {
  /// Says what it is told to say.
  struct Scripted: GateKind {
    let name = "scripted"
    var artefacts: [String] = []
    var result: @Sendable (GateContext) async throws -> GateResult
    func check(_ context: GateContext) async throws -> GateResult { try await result(context) }
  }

  func run(
    artefacts: [String] = [], _ result: @escaping @Sendable (GateContext) async throws -> GateResult
  ) async throws -> GateResult {
    let folder = try await GateWorkspace()
    return try await GateCatalogue(kinds: [Scripted(artefacts: artefacts, result: result)]).run(
      kind: "scripted", try await folder.context(tools: false))
  }

  @Test func aPassWithoutItsEvidenceIsUnproven() async throws {
    let right = try await run { context in
      let record = try context.keepRecord(["seen"])
      return context.result(true, achieved: "0 errors", evidence: record.path)
    }
    #expect(right.passed)
    let wrong: [@Sendable (GateContext) throws -> GateResult] = [
      { $0.result(true, achieved: "0 errors", evidence: $0.evidenceFile(".absent")) },
      { GateResult(passed: true, required: "", achieved: "0 errors", evidence: $0.evidence + "/x", evidenceHash: "a") },
      { context in
        // Changed after it was recorded.
        let record = try context.keepRecord(["seen"])
        let result = context.result(true, achieved: "0 errors", evidence: record.path)
        try "other".write(toFile: record.path, atomically: true, encoding: .utf8)
        return result
      },
      { context in context.result(true, achieved: "0 errors", evidence: context.workspace.root + "/services/sums.py") },
    ]
    for check in wrong {
      let result = try await run(check)
      #expect(!result.passed)
      #expect(result.achieved == "unproven: 0 errors")
      #expect(result.places == [".:0 unproven"])
    }
    // What did not pass needs no more proof than it has.
    let failed = try await run { $0.result(false, achieved: "1 error", evidence: $0.evidenceFile(".absent")) }
    #expect(failed.achieved == "1 error")
  }

  @Test func artefactsAreNoHidingPlace() async throws {
    func leaves(_ path: String, executable: Bool = false) async throws -> GateResult {
      try await run(artefacts: CoverageGate().artefacts) { context in
        try await context.workspace.write(Array("x\n".utf8), to: path, executable: executable)
        return context.result(true, achieved: "fine")
      }
    }
    for path in ["htmlcov/index.html", "htmlcov/.gitignore", "coverage.xml"] {
      #expect(try await leaves(path).passed, "\(path)")
    }
    for path in [
      "htmlcov/evil.py", "htmlcov/a/index.html", "services/htmlcov/index.html", "htmlcov.py", "services/coverage.xml",
      "HTMLCOV/index.html",
    ] {
      let result = try await leaves(path)
      #expect(!result.passed && result.achieved.hasPrefix("void: the check changed 1 file"), "\(path)")
    }
    #expect(try await !leaves("htmlcov/index.html", executable: true).passed)
    let link = try await run(artefacts: CoverageGate().artefacts) { context in
      #expect(symlink("/etc/hostname", context.workspace.root + "/coverage.xml") == 0)
      return context.result(true, achieved: "fine")
    }
    #expect(!link.passed && link.achieved.hasPrefix("void"))
  }
}
