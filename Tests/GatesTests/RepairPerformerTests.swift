import Engine
import Foundation
import Kernel
import Testing

@testable import Gates

/// What mends a gate's findings, and what looks whether something outside answers.
///
/// covers RepairPerformer.swift and CommandProbe.swift
@Suite struct RepairPerformerTests {
  private func assignment(_ place: GateWorkspace, _ id: String) throws -> Assignment {
    let folder = SessionFolder(path: place.path + "/session")
    try folder.make()
    let task = TaskRecord(
      id: id, title: id, stage: 5, substage: nil, role: "engineer", performer: id, expectedFiles: [], maxAttempts: 1,
      repairs: "lint")
    return Assignment(
      session: Session(), task: task, workspace: place.workspace, folder: folder,
      transcript: Transcript(path: folder.transcripts + "/t.log"), note: { _, _ in })
  }

  @Test func aLintFindingThatCanBeMendedIsAndTheGatePassesThen() async throws {
    let place = try await GateWorkspace()
    try await place.add(
      "import os\n\n\ndef add(left: int, right: int) -> int:\n    return left + right\n", to: "services/sums.py")
    #expect(try await place.run("lint").passed == false)
    _ = try await TestToolchain.location()
    let report = try await RepairPerformer(TestToolchain.shared, .lint).perform(assignment(place, "fix-lint-1"))
    #expect(report.files.map(\.path) == ["services/sums.py"])
    #expect(report.notices == ["ruff changed services/sums.py."])
    #expect(try await place.run("lint").passed)
  }

  @Test func whatIsOutOfShapeIsFormatted() async throws {
    let place = try await GateWorkspace()
    try await place.add("def add( left:int,right:int )->int:\n  return left+right\n", to: "services/sums.py")
    #expect(try await place.run("format").passed == false)
    let report = try await RepairPerformer(TestToolchain.shared, .format).perform(assignment(place, "fix-format-1"))
    #expect(report.files.map(\.path) == ["services/sums.py"])
    #expect(try await place.run("format").passed)
  }

  @Test func whereNothingCanBeMendedNothingIsChanged() async throws {
    let place = try await GateWorkspace()
    try await place.add("def broken(:\n", to: "services/broken.py")
    let report = try await RepairPerformer(TestToolchain.shared, .lint).perform(assignment(place, "fix-lint-1"))
    #expect(report.files.isEmpty)
    #expect(report.notices == ["ruff changed no file."])
  }

  private func dependency(_ probe: [String]) -> Dependency {
    Dependency(
      id: "d", title: "D", words: [], severity: .blocker, workaround: "", usualOutage: "", affects: "", probe: probe)
  }

  @Test func aProbeSaysWhatAnsweredOnceItDoes() async throws {
    let probe = CommandProbe(environment: ["PATH": "/usr/bin:/bin"], timeLimit: .seconds(5))
    #expect(try await probe.look(for: dependency(["true"])) == "`true` succeeded.")
    #expect(try await probe.look(for: dependency(["false"])) == nil)
    #expect(try await probe.look(for: dependency(["no-such-program"])) == nil)
    #expect(try await probe.look(for: dependency([])) == nil)
    let slow = CommandProbe(environment: ["PATH": "/usr/bin:/bin"], timeLimit: .milliseconds(50))
    #expect(try await slow.look(for: dependency(["sleep", "30"])) == nil)
  }
}
