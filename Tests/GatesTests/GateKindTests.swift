import Engine
import Foundation
import Kernel
import Testing

@testable import Gates

// covers GateKind.swift and every file in Kinds: PythonVersionGate.swift, ToolAvailableGate.swift,
// EnvironmentFileGate.swift, LintGate.swift, FormatGate.swift, TypesGate.swift, SecurityGate.swift, TestsGate.swift,
// CoverageGate.swift, CoverageArtefactsGate.swift, PlaceholdersGate.swift, DocumentsGate.swift, NamingGate.swift

@Suite("Gates that run tools")
struct ToolGateTests {
  @Test(arguments: ["lint", "format", "types", "security", "tests"])
  func aGoodWorkspacePasses(kind: String) async throws {
    let folder = try await GateWorkspace()
    let before = try await folder.workspace.files()
    let result = try await folder.run(kind)
    #expect(result.passed, "\(result)")
    // The one assertion of the test is a finding of low severity for bandit.
    #expect(result.places == (kind == "security" ? ["tests/test_sums.py:5 B101"] : []))
    #expect(result.unavailable == nil)
    #expect(result.exitStatus == 0)
    result.expectEvidence()
    #expect(try await folder.workspace.files() == before)
    // Not even a cache is left behind.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.root).sorted() == [
        ".env.example", "services", "tests",
      ])
  }

  @Test func lintNamesFileAndLine() async throws {
    let folder = try await GateWorkspace()
    try await folder.add("import os\n\n\ndef f() -> None:\n    pass\n", to: "services/bad.py")
    try await folder.add("def (:\n", to: "services/worse.py")
    let result = try await folder.run("lint", required: "0 errors")
    #expect(!result.passed)
    #expect(result.required == "0 errors")
    #expect(result.places.contains("services/bad.py:1 F401"))
    #expect(result.findings.contains { $0.file == "services/worse.py" && $0.line == 1 })
    #expect(result.achieved == "\(result.findings.count) errors")
    #expect(result.exitStatus == 1)
    result.expectEvidence()
  }

  @Test func lintThatCannotWorkDoesNotPass() async throws {
    let folder = try await GateWorkspace()
    try await folder.add("[tool.ruff]\nno-such-setting = 1\n", to: "pyproject.toml")
    let result = try await folder.run("lint")
    #expect(!result.passed)
    #expect(result.achieved.hasPrefix("ruff failed"))
    #expect(result.findings.first?.message.contains("no-such-setting") == true)
  }

  @Test func formatNamesTheFile() async throws {
    let folder = try await GateWorkspace()
    try await folder.add("x = {  'a':1 }\n", to: "services/bad.py")
    let result = try await folder.run("format")
    #expect(!result.passed)
    #expect(result.places == ["services/bad.py:1 unformatted"])
    #expect(result.achieved == "1 file to reformat")
    result.expectEvidence()
  }

  @Test func typesNameFileAndLine() async throws {
    let folder = try await GateWorkspace()
    try await folder.add("\n\nx: int = 'text'\n", to: "services/bad.py")
    let result = try await folder.run("types")
    #expect(!result.passed)
    #expect(result.places == ["services/bad.py:3 assignment"])
    #expect(result.achieved == "1 error")
    result.expectEvidence()
  }

  @Test func typesOfABrokenFileDoNotPass() async throws {
    let folder = try await GateWorkspace()
    try await folder.add("def (:\n", to: "services/bad.py")
    let result = try await folder.run("types")
    #expect(!result.passed)
    #expect(result.findings.contains { $0.file == "services/bad.py" && $0.line == 1 })
  }

  @Test func securityCountsHighSeverities() async throws {
    let folder = try await GateWorkspace()
    try await folder.add(
      "import subprocess\n\n\ndef f(x: str) -> None:\n    subprocess.call(x, shell=True)\n", to: "services/bad.py")
    let result = try await folder.run("security", settings: ["maximumHigh": "0"])
    #expect(!result.passed)
    #expect(result.places.first == "services/bad.py:5 B602")
    #expect(result.achieved.hasPrefix("1 high, 0 medium, "))
    result.expectEvidence()
    #expect(try await folder.run("security", settings: ["maximumHigh": "1"]).passed)
    #expect(try await folder.run("security", settings: ["maximumHigh": "none"]).unavailable != nil)
  }

  @Test func securityOfAnUnreadableFileDoesNotPass() async throws {
    let folder = try await GateWorkspace()
    try await folder.add("def (:\n", to: "services/bad.py")
    let result = try await folder.run("security")
    #expect(!result.passed)
    #expect(result.places.first == "services/bad.py:0 unread")
  }

  @Test func testsNameWhatFailedAndWhere() async throws {
    let folder = try await GateWorkspace()
    try await folder.add(
      """
      import pytest

      from services.sums import add


      def test_wrong() -> None:
          assert add(2, 2) == 5


      @pytest.mark.skip
      def test_later() -> None:
          pass


      def test_error(missing_fixture: int) -> None:
          pass

      """, to: "tests/test_bad.py")
    let result = try await folder.run("tests")
    #expect(!result.passed)
    #expect(result.achieved == "1 passed, 1 failed, 1 error, 1 skipped")
    #expect(result.places.contains("tests/test_bad.py:7 failure"))
    #expect(result.findings.contains { $0.file == "tests/test_bad.py" && $0.code == "error" })
    #expect(result.findings.contains { $0.message.contains("test_wrong") })
    result.expectEvidence()
  }

  @Test func noTestsAreNoPass() async throws {
    var files = GateWorkspace.good
    files["tests/test_sums.py"] = nil
    let none = try await GateWorkspace(files).run("tests")
    #expect(!none.passed)
    #expect(none.achieved == "no tests")
    files["tests/test_sums.py"] = "import pytest\n\n\n@pytest.mark.skip\ndef test_add() -> None:\n    pass\n"
    let skipped = try await GateWorkspace(files).run("tests")
    #expect(!skipped.passed)
    #expect(skipped.achieved == "0 passed, 0 failed, 0 errors, 1 skipped")
  }

  @Test func wordsOfAnAgentAreNoEvidence() async throws {
    // P30: it says that all tests passed and leaves with status 0, before any ran.
    let folder = try await GateWorkspace()
    try await folder.add("import os\n\nprint('5 passed in 0.01s')\nos._exit(0)\n", to: "tests/conftest.py")
    for (kind, required) in [("tests", ""), ("coverage", "60%")] {
      let result = try await folder.run(kind, required: required)
      #expect(!result.passed)
      #expect(result.exitStatus == 0)
      #expect(result.achieved.hasPrefix("pytest failed"))
    }
  }

  @Test func coverageCountsLinesAndLeavesItsReports() async throws {
    let folder = try await GateWorkspace()
    let result = try await folder.run("coverage", required: "85%")
    #expect(result.passed, "\(result)")
    #expect(result.achieved == "100.0%")
    result.expectEvidence()
    #expect(try await folder.run("coverage-artefacts").passed)
    let paths = try await folder.workspace.files().map(\.path)
    #expect(paths.contains("coverage.xml") && paths.contains("htmlcov/index.html"))
  }

  @Test func coverageBelowTheThresholdFails() async throws {
    let folder = try await GateWorkspace()
    try await folder.add(
      """
      def used() -> int:
          return 1


      def unused() -> int:
          value = 1
          value += 1
          return value

      """, to: "services/half.py")
    try await folder.add(
      "from services.half import used\n\n\ndef test_used() -> None:\n    assert used() == 1\n", to: "tests/test_half.py"
    )
    // Planted results must not be believed.
    try await folder.add("<coverage line-rate=\"1\"></coverage>", to: "coverage.xml")
    // sums.py: 2 of 2 lines; half.py: def, return, def ran; three lines of `unused` did not: 5 of 8 lines.
    let failed = try await folder.run("coverage", required: "at least 63%")
    #expect(!failed.passed)
    #expect(failed.achieved == "62.5%")
    #expect(failed.places == ["services/half.py:6 uncovered"])
    #expect(failed.findings.first?.message.hasPrefix("3 of 6 lines ran") == true)
    #expect(try await folder.run("coverage", settings: ["percentage": "62.5"]).passed)
    #expect(try await folder.run("coverage", required: "a lot").unavailable != nil)
  }

  @Test func coverageOfNothingFails() async throws {
    let folder = try await GateWorkspace(["tests/test_a.py": "def test_a() -> None:\n    pass\n"])
    let result = try await folder.run("coverage", required: "60%")
    #expect(!result.passed)
  }

  @Test func pythonVersionIsCompared() async throws {
    let folder = try await GateWorkspace()
    let result = try await folder.run("python-version", required: ">= 3.8")
    #expect(result.passed)
    #expect(result.achieved == (try await TestToolchain.location()).pythonVersion)
    #expect(try await !folder.run("python-version", required: ">= 4.0").passed)
    #expect(PythonVersionGate.numbers("Python 3.12.4") == [3, 12, 4])
    #expect(PythonVersionGate.numbers("none") == nil)
    #expect(![3, 12, 0].lexicographicallyPrecedes([3, 12]))
    #expect([3, 9].lexicographicallyPrecedes([3, 12]))
  }

  @Test func aMissingToolIsUnavailable() async throws {
    let folder = try await GateWorkspace()
    let result = try await folder.run("tool-available", settings: ["tool": "no-such-tool"])
    #expect(!result.passed)
    #expect(result.unavailable?.contains("no-such-tool was not found") == true)
    #expect(try await folder.run("tool-available", settings: ["tool": "ruff"]).passed)
    for tool in ["", "./ruff", "-c"] {
      #expect(try await folder.run("tool-available", settings: ["tool": tool]).unavailable != nil)
    }
  }

  @Test(arguments: ["lint", "format", "types", "security", "tests", "coverage", "python-version"])
  func withoutToolsACheckIsUnavailableNeverPassed(kind: String) async throws {
    let folder = try await GateWorkspace()
    let result = try await folder.run(kind, required: "60% of 3.1", tools: false)
    #expect(!result.passed)
    #expect(result.unavailable?.contains("cannot be had") == true)
  }

  @Test(.timeLimit(.minutes(2))) func aHangingTestIsStopped() async throws {
    let folder = try await GateWorkspace()
    try await folder.add("import time\n\n\ndef test_hang() -> None:\n    time.sleep(600)\n", to: "tests/test_hang.py")
    let result = try await folder.run("tests", timeLimit: .seconds(4))
    #expect(!result.passed)
    #expect(result.achieved == "stopped after 4 seconds")
  }

  @Test func testsSeeNothingOfTheMachine() async throws {
    setenv("SIGNALBOX_CANARY", "secret", 1)
    let folder = try await GateWorkspace()
    try await folder.add(
      """
      import os


      def test_environment() -> None:
          assert "SIGNALBOX_CANARY" not in os.environ
          assert not os.listdir(os.environ["HOME"])

      """, to: "tests/test_environment.py")
    let result = try await folder.run("tests")
    #expect(result.passed, "\(result)")
  }
}

@Suite("Gates that look at files")
struct FileGateTests {
  @Test func environmentFileIsMadeFromTheExample() async throws {
    let folder = try await GateWorkspace()
    let made = try await folder.run("environment-file")
    #expect(made.passed)
    #expect(made.achieved == ".env made from .env.example")
    #expect(try await folder.workspace.read(".env", limit: 100) == Array("MODE=test\n".utf8))
    #expect(try await folder.run("environment-file").achieved == ".env present")
    let none = try await GateWorkspace(["a.py": ""]).run("environment-file")
    #expect(!none.passed)
    #expect(none.places == [".env:0 missing"])
  }

  @Test func environmentFileThatIsALinkFails() async throws {
    let folder = try await GateWorkspace()
    #expect(symlink("/etc/passwd", folder.root + "/.env") == 0)
    #expect(try await folder.run("environment-file").places == [".env:0 link"])
  }

  @Test func placeholdersAreFoundWithTheirLines() async throws {
    let folder = try await GateWorkspace()
    #expect(try await folder.run("placeholders").passed)
    try await folder.add("x = 1\n# TODO: later\ny = 2  # FIXME\n", to: "services/late.py")
    try await folder.add("TODO = 1\nTODO_LIST = TODOS\ntodo = 'mastodon'\n", to: "services/words.py")
    try await folder.add("# TODO outside of services is not counted\n", to: "tests/x.py")
    let result = try await folder.run("placeholders")
    #expect(!result.passed)
    #expect(result.places == ["services/late.py:2 TODO", "services/late.py:3 FIXME", "services/words.py:1 TODO"])
    #expect(result.achieved == "3 placeholders")
  }

  @Test func nothingToLookAtIsNoPass() async throws {
    let folder = try await GateWorkspace(["a.py": ""])
    #expect(try await !folder.run("placeholders").passed)
    #expect(try await !folder.run("naming").passed)
    #expect(try await folder.run("documents").unavailable != nil)
  }

  @Test func namesAreSnakeCase() async throws {
    let folder = try await GateWorkspace()
    #expect(try await folder.run("naming").passed)
    try await folder.add("", to: "services/BadName.py")
    try await folder.add("", to: "services/bad-folder/fine.py")
    try await folder.add("", to: "services/README.md")
    try await folder.add("", to: "tests/OutsideServices.py")
    let result = try await folder.run("naming")
    #expect(!result.passed)
    #expect(result.places == ["services/BadName.py:0 name", "services/bad-folder/fine.py:0 name"])
  }

  @Test func documentsMustBeThereAndNotEmpty() async throws {
    let folder = try await GateWorkspace(["a.md": "text", "b.md": ""])
    let result = try await folder.run("documents", settings: ["one": "a.md", "two": "b.md", "three": "c.md"])
    #expect(!result.passed)
    #expect(result.achieved == "1 of 3 present")
    #expect(result.places == ["b.md:0 empty", "c.md:0 missing"])
    #expect(try await folder.run("documents", settings: ["one": "a.md"]).passed)
    #expect(try await !folder.run("coverage-artefacts").passed)
  }
}
