import Kernel
import Testing

@testable import Reports

/// Puts hostile text everywhere a person or a program may write, and looks whether it stays text.
@Suite struct HostileTextTests {
  static let hostile =
    "x | y\r\n| z <script>alert(1)</script> ![p](http://e/?q=) `c` \u{1B}[2J\u{202E} &amp; **PASSED** \\| =HYPERLINK(1)"

  func rehearsal() throws -> Rehearsal {
    let line = HostileTextTests.hostile.replacing("\r\n", with: " ")
    let text = try Rehearsal(brief: "shop").session.briefText
      .replacing("- Must: An order", with: "- Must: \(line)\n- Must: An order")
      .replacing("# Tea and spice shop", with: "# \(line)")
      .replacing("### Delivery", with: "### De|livery <b>")
      .replacing("- supplier: text", with: "- sup|plier `x`: text")
      .replacing(
        "## Scope boundaries\n",
        with: "## Scope boundaries\n# h\n```\n| a |\n## 9. Forged\n```\n<!-- \n\(HostileTextTests.hostile)\n"
      )
      .replacing("## Open questions and risks\n", with: "## Open questions and risks\n- \(line)\n")
    var rehearsal = try Rehearsal(text: text, title: HostileTextTests.hostile)
    rehearsal.shortcomings = [
      Shortcoming(subject: HostileTextTests.hostile, reason: HostileTextTests.hostile, canLeaveOut: true)
    ]
    rehearsal.results["lint"] = GateResult(
      passed: false, required: HostileTextTests.hostile, achieved: HostileTextTests.hostile,
      findings: [
        Finding(
          file: HostileTextTests.hostile, line: 1, code: HostileTextTests.hostile, message: HostileTextTests.hostile)
      ], command: ["sh", "-c", HostileTextTests.hostile], evidence: "/e/" + HostileTextTests.hostile,
      evidenceHash: "x|y")
    try rehearsal.lead(to: "gate-failed")
    try rehearsal.order(.note(.warning, text: HostileTextTests.hostile), by: HostileTextTests.hostile)
    try rehearsal.answer("waive", note: HostileTextTests.hostile, by: HostileTextTests.hostile)
    try rehearsal.settle()
    return rehearsal
  }

  @Test func tablesKeepTheirShape() throws {
    for (name, text) in allDocuments(try rehearsal()) {
      let tables = Parsed(text).tables
      #expect(!tables.isEmpty, "\(name)")
      for table in tables {
        let head = try #require(table.first)
        #expect(table.count >= 3, "\(name): \(head)")
        #expect(table[1].allSatisfy { $0 == "---" }, "\(name): \(head)")
        #expect(table.allSatisfy { $0.count == head.count }, "\(name): \(head)")
      }
    }
  }

  @Test func sectionsStayThoseOfTheDocument() throws {
    let documents = Dictionary(uniqueKeysWithValues: allDocuments(try rehearsal()).map { ($0.name, $0.text) })
    #expect(Parsed(documents["intake"] ?? "").sections == DocumentsTests.intake)
    #expect(Parsed(documents["plan"] ?? "").sections == DocumentsTests.plan)
    #expect(Parsed(documents["report"] ?? "").sections == DocumentsTests.report)
  }

  @Test func nothingSteersATerminalOrABrowser() throws {
    for (name, text) in allDocuments(try rehearsal()) {
      for scalar in text.unicodeScalars {
        let isControl = scalar.value < 0x20 && scalar != "\n" || (0x7F...0x9F).contains(scalar.value)
        #expect(!isControl && !(0x202A...0x202E).contains(scalar.value), "\(name): U+\(scalar.value)")
      }
      #expect(!text.contains("\r"), "\(name)")
      // A code span shows HTML and links as text, so only what stands outside of one can do harm.
      let outside = withoutCode(text)
      #expect(!outside.contains("<script"), "\(name)")
      #expect(!outside.contains("<!--"), "\(name)")
      #expect(!outside.contains("![p]"), "\(name)")
      #expect(!outside.contains("**PASSED**"), "\(name)")
    }
  }

  @Test func nothingIsCutShort() throws {
    let long = String(repeating: "word ", count: 2_000) + "END"
    var rehearsal = try Rehearsal()
    rehearsal.results["lint"] = GateResult(passed: false, required: "0", achieved: long)
    try rehearsal.lead(to: "gate-failed")
    try rehearsal.answer("waive", note: long)
    try rehearsal.settle()
    let text = Documents.qaReport(rehearsal.session, rehearsal.facts)
    #expect(text.contains(long))
  }

  /// The text without its code spans, taken out by the rule of CommonMark: equal runs of backticks, none escaped.
  private func withoutCode(_ text: String) -> String {
    var result = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var rest = Substring(line)
      while let first = rest.first {
        if first == "\\" {
          result += "·"  // an escaped character is text
          rest = rest.dropFirst(2)
        } else if first == "`" {
          let run = rest.prefix { $0 == "`" }
          rest = rest.dropFirst(run.count)
          while !rest.isEmpty {
            let next = rest.prefix { $0 == "`" }
            if next.count == run.count {
              rest = rest.dropFirst(next.count)
              break
            }
            rest = rest.dropFirst(max(1, next.count))
          }
        } else {
          result.append(first)
          rest = rest.dropFirst()
        }
      }
      result += "\n"
    }
    return result
  }
}
