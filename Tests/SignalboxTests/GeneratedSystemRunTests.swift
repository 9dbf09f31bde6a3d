import Foundation
import Glibc
import Testing

/// What a session leaves is a system that works: taken alone, its tests pass, and it can be started and used.
/// Covers GeneratorPerformers, DocumentPerformer, FileHash.
@Suite(.serialized) struct GeneratedSystemRunTests {
  @Test func theSampleRunsToTheEndAndItsWorkspaceWorksAlone() async throws {
    let program = try Program()
    #expect(try await program.run("sample", "library", "--output", "brief.md").status == 0)
    let answers = try program.write(approvals, to: "answers.yaml")
    let run = try await program.run("run", "brief.md", "--headless", "--answers", answers, "--session", "sample")
    #expect(run.status == 0, "\(run.words)")
    let shown = try await program.show("sample")
    #expect(shown["state"] as? String == "completed")
    let workspace = try #require(shown["workspace"] as? String)
    for document in [
      "requirements/requirements-intake.md", "plans/implementation-plan.md", "reports/verification-checklist.md",
      "reports/qa-report.md", "reports/deliverables.md",
    ] {
      #expect(FileManager.default.fileExists(atPath: "\(workspace)/artifacts/\(document)"), "\(document)")
    }
    let answered = try await program.events("sample").filter { $0["type"] as? String == "decision.answered" }
    #expect(answered.count == 3)
    #expect(answered.allSatisfy { $0["by"] as? String == "ada" })
    #expect(answered.allSatisfy { ($0["data"] as? [String: Any])?["inAdvance"] as? Bool == true })

    let python = try #require(try pythonOfTheToolchain())
    let tests = try await Program.run(
      python, ["-m", "pytest", "-q", "-p", "no:cacheprovider"], in: workspace, environment: program.environment)
    #expect(tests.status == 0, "\(tests.output)")
    #expect(tests.output.contains(" passed"))

    let package = try #require(
      FileManager.default.enumerator(atPath: program.home + "/sessions/sample/packages")?.allObjects.first as? String)
    let verified = try await program.run("verify", program.home + "/sessions/sample/packages/" + package)
    #expect(verified.status == 0, "\(verified.words)")
  }

  private func pythonOfTheToolchain() throws -> String? {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Program.toolchain).sorted()
    return folders.map { "\(Program.toolchain)/\($0)/bin/python" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
