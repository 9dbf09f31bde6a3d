import Kernel
import Testing

@testable import Agents

// covers ReportReading.swift
@Suite("Report reading")
struct ReportReadingTests {
  typealias Item = ReportReading.Item
  typealias Tick = ReportReading.Tick

  @Test("a report in the form is read part by part")
  func form() {
    let report = ReportReading(
      """
      I am done.

      ## Implementation Complete

      **Files Created/Modified:**
      - `services/x/api.py` - the endpoint
      - `tests/unit/test_api.py`

      **Tests Added:**
      - `tests/unit/test_api.py::test_get` - the happy path

      **Verification:**
      - [x] types: `mypy services` gave no errors
      - [ ] tests: not run
      - [X] All tests pass: `pytest --cov`

      **Notes/Blockers:**
      - Which port is meant?
      - None
      """)
    #expect(report.isUnderstood)
    #expect(
      report.files == [
        Item(name: "services/x/api.py", words: "the endpoint"), Item(name: "tests/unit/test_api.py", words: ""),
      ])
    #expect(report.tests == [Item(name: "tests/unit/test_api.py::test_get", words: "the happy path")])
    #expect(
      report.verification == [
        Tick(words: "types: `mypy services` gave no errors", isTicked: true),
        Tick(words: "tests: not run", isTicked: false),
        Tick(words: "All tests pass: `pytest --cov`", isTicked: true),
      ])
    #expect(report.notes == ["I am done.", "Which port is meant?"])
    #expect(report.claimed == ["services/x/api.py", "tests/unit/test_api.py"])
    #expect(
      report.claims(about: ["types", "tests", "lint"]) == [
        AgentClaim(subject: "types", words: "types: `mypy services` gave no errors"),
        AgentClaim(subject: "tests", words: "All tests pass: `pytest --cov`"),
      ])
    #expect(report.claims(about: ["coverage"]).map(\.subject) == ["coverage"])
    #expect(report.claims(about: []) == [])
  }

  @Test("the form in which a role is asked is one that can be read")
  func ownForm() throws {
    let text = DelegationTests.delegation().text
    let form = try #require(text.split(separator: "```markdown").last?.split(separator: "```").first)
    let report = ReportReading(String(form))
    #expect(report.files == [Item(name: "path/to/file", words: "what was done")])
    #expect(report.tests == [Item(name: "path/to/test::name", words: "what it tests")])
    #expect(report.verification.count == 3 && report.verification.allSatisfy { !$0.isTicked })
    #expect(report.notes == ["what else must be known, or “none”"])
  }

  @Test("other ways of writing it are read as well")
  func tolerance() {
    let report = ReportReading(
      """
      ```markdown
      ### Files changed
      * src/a.py: new
      1. **src/b.py** — changed
      2) src/a.py – again

      Tests: none
      Verification:
      ✅ ruff check .
      ❌ mypy
      ruff format
      ## Summary
      All well.
      __Blockers:__ no key
      ```
      """.replacing("\n", with: "\r\n"))
    #expect(
      report.files == [
        Item(name: "src/a.py", words: "new"), Item(name: "src/b.py", words: "changed"),
        Item(name: "src/a.py", words: "again"),
      ])
    #expect(report.claimed == ["src/a.py", "src/b.py"])
    #expect(report.tests == [])
    #expect(
      report.verification == [
        Tick(words: "ruff check .", isTicked: true), Tick(words: "mypy", isTicked: false),
        Tick(words: "ruff format", isTicked: false),
      ])
    #expect(report.claims(about: ["lint", "types", "format"]).map(\.subject) == ["lint"])
    #expect(report.notes == ["All well.", "no key"])
  }

  @Test(
    "what keeps to no form is kept whole",
    arguments: ["Done, I think.\n\n- [x] really", "{\"files\": []}", "# Done\nyes"])
  func free(text: String) {
    let report = ReportReading(text)
    #expect(!report.isUnderstood)
    #expect(report.notes == [text])
    #expect(report.files.isEmpty && report.tests.isEmpty && report.verification.isEmpty)
  }

  @Test("nothing at all is nothing", arguments: ["", " \n\t\n"])
  func empty(text: String) { #expect(ReportReading(text).notes == []) }

  @Test("a report is never larger than can be kept")
  func bounds() {
    let many = ReportReading("Files:\n" + (1...10_000).map { "- a\($0)\n" }.joined())
    #expect(many.files.count == 500)
    let long = ReportReading("Files:\n- " + String(repeating: "é", count: 1_000_000))
    #expect(long.files.allSatisfy { $0.name.utf8.count <= 2_048 })
    let free = ReportReading(String(repeating: "é ", count: 1_000_000))
    #expect(free.notes.map(\.utf8.count).allSatisfy { $0 <= 262_144 })
    #expect(free.notes[0].hasSuffix(" … (3000000 bytes, cut)"))
  }
}
