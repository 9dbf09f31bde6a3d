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

  /// A session in which everything that can go wrong did, said in hostile words everywhere.
  static func recovering() throws -> Rehearsal {
    let line = hostile.replacing("\r\n", with: " ")
    var rehearsal = try Scenarios.rehearsal(
      ("The defaults of the chosen level are fine.", "- directly postgresql \(line)\n- GDPR \(line)\n"))
    try rehearsal.settle()
    try rehearsal.answer("adopt", note: hostile, by: hostile)
    try rehearsal.settle()
    try rehearsal.answer("accept", note: hostile, by: hostile)
    rehearsal.failures["4.1-all"] = Array(
      repeating: TaskFailure(cause: .cognitive, message: "```\n\(hostile)\n## 9. Forged\n"), count: 3)
    rehearsal.failures["4.2-all"] = Array(
      repeating: TaskFailure(cause: .environment, message: "pypi \(hostile)"), count: 3)
    try rehearsal.reach("task-failed")
    try rehearsal.order(.change(text: "chat \(line)", field: nil), by: hostile)
    try rehearsal.settle()
    try rehearsal.answer("later", to: "change-requested", note: hostile, by: hostile)
    try rehearsal.settle()
    try rehearsal.answer("skip", to: "task-failed", note: hostile, by: hostile)
    try rehearsal.reach("dependency-failed")
    try rehearsal.answer("substitute", note: hostile, by: hostile)
    rehearsal.results["lint"] = GateResult(
      passed: false, required: hostile, achieved: hostile,
      findings: [Finding(file: "src/4.3.py", line: 1, code: hostile, message: hostile)])
    try rehearsal.reach("gate-failed")
    try rehearsal.answer(
      "waive", note: hostile, fields: [FieldValue(field: "Compensating action", value: hostile)], by: hostile)
    try rehearsal.reach("sign-off")
    try rehearsal.order(.look(tree: "t|`", changes: [hostile]), by: "engine")
    try rehearsal.settle()
    try rehearsal.answer("back", to: "sign-off", note: hostile, by: hostile)
    try rehearsal.settle()
    try rehearsal.order(.undo(reason: hostile), by: hostile)
    try rehearsal.settle()
    try rehearsal.order(.abort(reason: hostile, confirmation: rehearsal.session.id), by: hostile)
    return rehearsal
  }

  @Test func whatIsSaidWhileRecoveringStaysText() throws {
    let rehearsal = try Self.recovering()
    let documents = allDocuments(rehearsal)
    for (name, text) in documents {
      for table in Parsed(withoutFences(text)).tables {
        let head = try #require(table.first)
        #expect(table.allSatisfy { $0.count == head.count }, "\(name): \(head)")
      }
      let outside = withoutCode(withoutFences(text))
      #expect(!outside.contains("<script") && !outside.contains("![p]") && !outside.contains("**PASSED**"), "\(name)")
      #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}") && !text.contains("\r"), "\(name)")
    }
    let report = withoutFences(documents.first { $0.name == "report" }?.text ?? "")
    #expect(Parsed(report).sections == ["Partial: what exists and what does not"] + DocumentsTests.report)
  }

  /// The text without its fenced blocks.
  private func withoutFences(_ text: String) -> String {
    var fence: String?
    var lines: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let open = fence {
        if line == open { fence = nil }
      } else if line.hasPrefix("```") {
        fence = String(line.prefix { $0 == "`" })
      } else {
        lines.append(line)
      }
    }
    return lines.joined(separator: "\n")
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
