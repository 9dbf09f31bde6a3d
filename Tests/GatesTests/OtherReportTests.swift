import Engine
import Foundation
import Kernel
import Testing

@testable import Gates

// covers ReportCommand.swift, SARIFReport.swift, SARIFGate.swift and JUnitGate.swift
@Suite("Reports of other tools")
struct OtherReportTests {
  /// A workspace with a report that a command can copy to where the gate wants it.
  func run(
    _ kind: String, _ report: String, command: String = "cp report {report}", settings: [String: String] = [:]
  ) async throws -> GateResult {
    let folder = try await GateWorkspace(["report": report])
    let result = try await folder.run(
      kind, settings: settings.merging(["command": command]) { given, _ in given }, tools: false)
    if result.passed { result.expectEvidence() }
    return result
  }

  static let sarif = """
    {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t", "rules": [
      {"id": "R1", "defaultConfiguration": {"level": "error"}},
      {"id": "R2", "messageStrings": {"default": {"text": "from the rule"}}}]}},
      "originalUriBaseIds": {"ROOT": {"uri": "file:///elsewhere/"}},
      "results": [
      {"ruleId": "R2", "message": {"id": "default"}, "locations": [{"physicalLocation":
        {"artifactLocation": {"uri": "src/a%20b.c"}, "region": {"startLine": 7}}}]},
      {"ruleIndex": 0, "message": {"text": "bad"}, "locations": [{"physicalLocation":
        {"artifactLocation": {"uri": "x.c", "uriBaseId": "ROOT"}, "region": {"startLine": 2}}}]},
      {"ruleId": "R1", "level": "note", "message": {"text": "small"}},
      {"ruleId": "R1", "kind": "pass", "message": {"text": "fine"}},
      {"ruleId": "R1", "message": {"text": "gone"}, "suppressions": [{"kind": "external"}]},
      {"ruleId": "R1", "level": "warning", "message": {"text": "waits"}, "suppressions": [{"kind": "external", "status": "underReview"}]}
    ]}]}
    """

  @Test func sarifNamesFileLineAndLevel() async throws {
    let result = try await run("sarif", Self.sarif)
    #expect(!result.passed)
    #expect(result.achieved == "1 error, 2 warnings, 1 note")
    #expect(
      result.findings == [
        Finding(file: "/elsewhere/x.c", line: 2, code: "R1", message: "error: bad"),
        Finding(file: "src/a b.c", line: 7, code: "R2", message: "warning: from the rule"),
        Finding(file: ".", line: 0, code: "R1", message: "warning: waits"),
        Finding(file: ".", line: 0, code: "R1", message: "note: small"),
        Finding(file: ".", line: 0, code: "R1", message: "none: fine"),
      ])
  }

  @Test func sarifBlocksFromTheLevelThatIsSet() async throws {
    let warning = """
      {"version": "2.1.0", "runs": [{"results": [{"message": {"text": "w"}, "level": "warning"}]}]}
      """
    #expect(try await run("sarif", warning).passed)
    #expect(try await !run("sarif", warning, settings: ["level": "warning"]).passed)
    #expect(try await !run("sarif", warning, settings: ["level": "note"]).passed)
    #expect(try await run("sarif", warning, settings: ["level": "high"]).unavailable?.contains("no level") == true)
    #expect(try await !run("sarif", warning.replacing("\"warning\"", with: "\"fatal\"")).passed)
  }

  @Test func sarifThatIsNoneDoesNotPass() async throws {
    let clean = "{\"version\": \"2.1.0\", \"runs\": [{\"results\": []}]}"
    #expect(try await run("sarif", clean).passed)
    for text in ["", "{}", "{\"version\": \"2.1.0\", \"runs\": []}", clean.replacing("2.1.0", with: "1.0.0")] {
      #expect(try await run("sarif", text).achieved.hasPrefix("cp failed"), "\(text)")
    }
    let cut = clean.replacing("[]}", with: "[], \"invocations\": [{\"executionSuccessful\": false}]}")
    let unfinished = try await run("sarif", cut)
    #expect(!unfinished.passed && unfinished.achieved.hasPrefix("the analyser says that it did not finish"))
    // It wrote a clean report and failed; nothing at all; not where it was told.
    for command in ["sh -c 'cp report {report}; exit 3'", "sh -c 'true {report}'"] {
      #expect(try await !run("sarif", clean, command: command).passed, "\(command)")
    }
    #expect(try await run("sarif", clean, command: "cp report elsewhere").unavailable?.contains("{report}") == true)
    #expect(try await run("sarif", clean, command: "cp 'report {report}").unavailable?.contains("quote") == true)
    #expect(try await run("sarif", clean, command: "no-such-tool {report}").unavailable?.contains("not found") == true)
    #expect(try await GateWorkspace().run("sarif", tools: false).unavailable?.contains("command") == true)
  }

  @Test func sarifTakesABaseline() async throws {
    let folder = try await GateWorkspace(["report": Self.sarif])
    let settings = ["command": "cp report {report}"]
    let first = try await folder.run("sarif", settings: settings, tools: false)
    try Data(try Baseline.json(of: first.findings)).write(to: URL(fileURLWithPath: folder.path + "/known.json"))
    let known = try await folder.run(
      "sarif", settings: settings.merging(["baseline": folder.path + "/known.json"]) { one, _ in one }, tools: false)
    #expect(known.passed)
    #expect(known.achieved == "1 error, 2 warnings, 1 note, 5 known")
  }

  @Test func junitCountsForAnyRunner() async throws {
    let good = "<testsuites><testsuite><testcase name=\"a\"/><testcase name=\"b\"/></testsuite></testsuites>"
    let passed = try await run("junit", good)
    #expect(passed.passed)
    #expect(passed.achieved == "2 passed, 0 failed, 0 errors")
    let bad = """
      <testsuite><testcase classname="sums" name="adds" file="src/sums.test.ts" line="12"><failure message="1 is not 2"/>
      </testcase><testcase name="b"/></testsuite>
      """
    let failed = try await run("junit", bad, command: "sh -c 'cp report {report}; exit 1'")
    #expect(!failed.passed)
    #expect(failed.achieved == "1 passed, 1 failed, 0 errors")
    #expect(
      failed.findings == [
        Finding(file: "src/sums.test.ts", line: 12, code: "failure", message: "sums.adds: 1 is not 2")
      ])
    // A runner that hides its failures behind a good status, one that fails without any, one without tests.
    #expect(try await !run("junit", bad).passed)
    #expect(try await run("junit", good, command: "sh -c 'cp report {report}; exit 2'").achieved.hasPrefix("sh failed"))
    #expect(try await run("junit", "<testsuite></testsuite>").achieved == "no tests")
    #expect(try await !run("junit", "<testsuite></testsuite>").passed)
    #expect(try await run("junit", "5 passed").achieved.hasPrefix("cp failed"))
  }

  @Test func commandsAreSplitWithoutAShell() throws {
    #expect(
      try ReportCommand.words(of: " tool  --out 'a b'\"c\" $(x) '' ;rm\t*") == [
        "tool", "--out", "a bc", "$(x)", "", ";rm", "*",
      ])
    #expect(throws: GateUnavailable.self) { try ReportCommand.words(of: "a 'b") }
  }
}
