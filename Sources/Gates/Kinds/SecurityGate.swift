import Foundation
import Kernel

/// Runs `bandit` over the workspace and reads its JSON report; the setting `maximumHigh` bounds high severities.
struct SecurityGate: FindingsKind {
  let name = "security"

  private struct Report: Decodable {
    struct Problem: Decodable {
      var filename: String
      var reason: String
    }
    struct Issue: Decodable {
      var filename: String
      var lineNumber: Int
      var severity: String
      var text: String
      var test: String

      enum CodingKeys: String, CodingKey {
        case filename
        case lineNumber = "line_number"
        case severity = "issue_severity"
        case text = "issue_text"
        case test = "test_id"
      }
    }
    var errors: [Problem]
    var results: [Issue]
  }

  func check(_ context: GateContext) async throws -> GateResult {
    let report = context.evidenceFile(".json")
    try context.clear(report)
    _ = try maximumHigh(context)
    let run = try await context.run([
      try context.tools().programs + "/bandit", "-r", ".", "-f", "json", "-o", report, "--exit-zero", "-q",
    ])
    if let bad = context.endedBadly(run) { return bad }
    guard run.exitStatus == 0, let data = try context.report(report),
      let read = try? JSONDecoder().decode(Report.self, from: data)
    else { return context.broken("bandit", run) }
    let order = ["HIGH": 0, "MEDIUM": 1, "LOW": 2]
    let issues = read.results.enumerated().sorted { left, right in
      (order[left.element.severity] ?? 3, left.offset) < (order[right.element.severity] ?? 3, right.offset)
    }
    // A file that could not be read was not checked, so it cannot be part of a pass.
    var findings = read.errors.map {
      Finding(file: context.relative($0.filename), line: 0, code: "unread", message: $0.reason)
    }
    findings += issues.map(\.element).map {
      Finding(
        file: context.relative($0.filename), line: $0.lineNumber, code: $0.test,
        message: "\($0.severity.lowercased()): \($0.text)")
    }
    let verdict = try judge(findings, context)
    return context.result(
      verdict.passed, achieved: verdict.achieved, findings: findings, run: run, evidence: report)
  }

  func judge(_ findings: [Finding], _ context: GateContext) throws -> GateVerdict {
    let unread = findings.filter { $0.code == "unread" }.count
    func count(_ severity: String) -> Int {
      findings.filter { $0.code != "unread" && $0.message.hasPrefix(severity + ": ") }.count
    }
    let high = count("high")
    var achieved = "\(high) high, \(count("medium")) medium, \(count("low")) low"
    if unread > 0 { achieved += ", \(counted(unread, "file")) not read" }
    return GateVerdict(passed: high <= (try maximumHigh(context)) && unread == 0, achieved: achieved)
  }

  private func maximumHigh(_ context: GateContext) throws -> Int {
    guard let text = context.settings["maximumHigh"] else { return 0 }
    guard let number = Int(text), number >= 0 else {
      throw GateUnavailable("“\(text)” is no number of findings; set “maximumHigh” to 0 or more.")
    }
    return number
  }
}
