import Engine
import Foundation
import Kernel
import Testing

@testable import Gates

// covers the repetition in TestsGate.swift and TestReport.swift
@Suite("Flaky tests")
struct FlakyTests {
  static let flaky = """
    import os
    from pathlib import Path

    import pytest


    def is_first(name: str) -> bool:
        mark = Path(os.environ["TMPDIR"]) / name
        known = mark.exists()
        mark.write_text("seen")
        return not known


    class TestDeep:
        class TestDeeper:
            @pytest.mark.parametrize("word", ["a/b", "c::d", "[e]", "größe x"])
            def test_word(self, word: str) -> None:
                assert not is_first(str(ord(word[0])))


    @pytest.fixture
    def shaky() -> int:
        assert not is_first("fixture")
        return 1


    def test_fixture(shaky: int) -> None:
        assert shaky == 1

    """

  @Test func whatPassesWhenRunAgainIsFlakyAndSaid() async throws {
    let folder = try await GateWorkspace()
    try await folder.add(Self.flaky, to: "tests/test_flaky.py")
    let before = try await folder.workspace.files()
    let result = try await folder.run("tests")
    #expect(result.passed, "\(result)")
    #expect(result.achieved == "1 passed, 0 failed, 0 errors, 5 flaky")
    #expect(result.flaky.count == 5)
    #expect(result.flaky.first == "tests/test_flaky.py::TestDeep::TestDeeper::test_word[a/b]")
    #expect(result.findings.count == 5 && result.findings.allSatisfy { $0.code == "flaky" && $0.line > 0 })
    #expect(result.exitStatus == 1)
    result.expectEvidence()
    let record = try String(contentsOfFile: try #require(result.evidence), encoding: .utf8)
    #expect(record.contains("flaky: tests/test_flaky.py::test_fixture"))
    #expect(record.contains("gate-1.again.xml") && record.contains("<testcase"))
    #expect(try await folder.workspace.files() == before)
    // Once seen, nothing is flaky any more, and nothing is left of the last time.
    let calm = try await folder.run("tests")
    #expect(calm.achieved == "6 passed, 0 failed, 0 errors")
    #expect(calm.flaky.isEmpty && calm.findings.isEmpty)
  }

  @Test func realFailuresStillFail() async throws {
    let folder = try await GateWorkspace()
    try await folder.add(Self.flaky, to: "tests/test_flaky.py")
    try await folder.add("def test_wrong() -> None:\n    assert 1 == 2\n", to: "tests/test_wrong.py")
    let result = try await folder.run("tests")
    #expect(!result.passed)
    #expect(result.achieved == "1 passed, 1 failed, 0 errors, 5 flaky")
    #expect(result.places.first == "tests/test_wrong.py:2 failure")
    // A file that cannot be read is nothing that could be run again.
    try await folder.add("import no_such_module\n", to: "tests/test_wrong.py")
    let broken = try await folder.run("tests")
    #expect(!broken.passed)
    #expect(broken.flaky.isEmpty)
    #expect(broken.achieved == "0 passed, 0 failed, 1 error")
  }

  @Test func namesTestsAsPytestDoes() throws {
    let xml = """
      <testsuite><testcase classname="tests.test_a" name="test_one" file="tests/test_a.py"><failure message="m"/></testcase>
      <testcase classname="tests.test_a" name="test_one" file="tests/test_a.py"><error message="m"/></testcase>
      <testcase classname="" name="tests.test_b"><error message="m"/></testcase>
      <testcase classname="elsewhere" name="test_two" file="tests/test_a.py"><failure message="m"/></testcase>
      <testcase classname="test_c.TestC" name="test_three" file="test_c.py"><skipped/></testcase></testsuite>
      """
    let report = try #require(TestReport(junit: Data(xml.utf8)))
    #expect(report.failedNodes == ["tests/test_a.py::test_one"])
    #expect(!report.hasPassed("tests/test_a.py::test_one"))
    #expect(!report.hasPassed("test_c.py::TestC::test_three"))
    #expect(!report.hasPassed("tests/test_a.py::absent"))
  }
}
