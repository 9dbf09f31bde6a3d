import Engine
import Foundation
import Kernel
import Testing

@testable import Gates

// covers GateCatalogue.swift and QualityGates.swift
@Suite("GateCatalogue")
struct GateCatalogueTests {
  @Test func listsEveryFileOfKindsOnce() throws {
    let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    let kinds = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/Gates/Kinds").path
    let files = try FileManager.default.contentsOfDirectory(atPath: kinds).map {
      $0.replacingOccurrences(of: ".swift", with: "")
    }
    #expect(GateCatalogue.standard.map { String(describing: type(of: $0)) }.sorted() == files.sorted())
    let names = GateCatalogue().names
    #expect(Set(names).count == names.count)
  }

  @Test func anUnknownKindIsUnavailable() async throws {
    let result = try await GateWorkspace().run("no-such-kind", tools: false)
    #expect(!result.passed)
    #expect(result.unavailable?.contains("“no-such-kind”") == true)
  }

  @Test func aCheckThatChangesFilesIsVoid() async throws {
    // The test passes and edits the service behind the reviewer's back; so the pass says nothing.
    let folder = try await GateWorkspace()
    try await folder.add(
      """
      from pathlib import Path


      def test_edit() -> None:
          Path("services/sums.py").write_text("import os\\n")
          Path("services/new.py").write_text("")

      """, to: "tests/test_edit.py")
    for (kind, required) in [("tests", ""), ("coverage", "1%")] {
      try await folder.add("def add(left: int, right: int) -> int:\n    return left + right\n", to: "services/sums.py")
      try? FileManager.default.removeItem(atPath: folder.root + "/services/new.py")
      let result = try await folder.run(kind, required: required)
      #expect(!result.passed)
      #expect(result.achieved.hasPrefix("void: the check changed 2 files"))
      #expect(result.places.prefix(2) == ["services/new.py:0 changed", "services/sums.py:0 changed"])
    }
  }

  @Test func onlyOwnArtefactsMayChange() {
    func file(_ path: String, _ hash: String = "a") -> WorkspaceFile {
      WorkspaceFile(path: path, hash: hash, size: 1, mode: "100644")
    }
    let changed = GateCatalogue.changes(
      from: [file("a"), file("gone"), file("caf\u{e9}")],
      to: [file("a", "b"), file("htmlcov/x"), file("htmlcov.py"), file("coverage.xml"), file("cafe\u{301}")],
      allowed: ["htmlcov/", "coverage.xml"])
    #expect(
      changed.map { Array($0.utf8) } == ["a", "cafe\u{301}", "caf\u{e9}", "gone", "htmlcov.py"].map { Array($0.utf8) })
  }

  @Test func aWorkspaceThatCannotBeWalkedIsUnavailable() async throws {
    let folder = try await GateWorkspace()
    #expect(mkdir(folder.root + "/.GIT", 0o700) == 0)
    let result = try await folder.run("naming", tools: false)
    #expect(!result.passed)
    #expect(result.unavailable?.contains("in other letters") == true)
  }
}

@Suite("QualityGates")
struct QualityGatesTests {
  func gate(_ kind: String, settings: [Setting] = []) -> Gate {
    Gate(
      id: "g", title: "G", category: "C", kind: kind, fromLevel: 1, mandatoryFrom: 1, required: "as the gate says",
      settings: settings, maxAttempts: 3)
  }

  @Test func runsWhatTheWorkflowAsksFor() async throws {
    let folder = try await GateWorkspace()
    let place = SessionFolder(path: folder.path + "/session")
    try place.make()
    let gates = QualityGates(toolchain: TestToolchain.shared)
    let result = try await gates.run(gate("lint"), of: Session(), in: folder.workspace, folder: place, attempt: 2)
    #expect(result.passed, "\(result)")
    #expect(result.required == "as the gate says")
    #expect(result.evidence == place.evidence + "/g-2.json")
    #expect(result.milliseconds > 0)
    let documents = try await gates.run(
      gate("documents", settings: [Setting(name: "intake", value: "services/sums.py")]), of: Session(),
      in: folder.workspace, folder: place, attempt: 1)
    #expect(documents.achieved == "1 of 1 present")
  }

  @Test func withoutToolsOnlyChecksThatNeedNoneRun() async throws {
    let folder = try await GateWorkspace()
    let place = SessionFolder(path: folder.path + "/session")
    let toolchain = Toolchain(folder: folder.path + "/tools", requirements: "", environment: ["PATH": folder.path])
    let gates = QualityGates(toolchain: toolchain)
    let lint = try await gates.run(gate("lint"), of: Session(), in: folder.workspace, folder: place, attempt: 1)
    #expect(!lint.passed)
    #expect(lint.unavailable?.contains("No Python 3 answers") == true)
    #expect(try await gates.run(gate("naming"), of: Session(), in: folder.workspace, folder: place, attempt: 1).passed)
  }
}
