import Foundation
import Kernel

/// Runs `pytest` with coverage, and counts the lines of `services/` that ran.
///
/// The setting `source` names another folder. The required percentage comes from the setting `percentage`, else from
/// the words of `required`; never from the workspace, whose owner is the one being measured.
struct CoverageGate: GateKind {
  let name = "coverage"
  // Only what coverage.py writes: a test must not plant a module in the folder of its report.
  let artefacts =
    ["html", "css", "js", "png", "json"].map { "htmlcov/*.\($0)" } + ["htmlcov/.gitignore", "coverage.xml"]

  func check(_ context: GateContext) async throws -> GateResult {
    let words = context.settings["percentage"] ?? context.required
    guard let required = CoverageGate.percentage(words) else {
      throw GateUnavailable("“\(words)” names no percentage; write it as “85%”.")
    }
    let source = context.settings["source"] ?? "services"
    let report = context.evidenceFile(".xml")
    let tests = context.evidenceFile(".tests.xml")
    for file in [report, tests, context.scratch + "/coverage.data"] { try context.clear(file) }
    let run = try await context.run(
      [try context.tools().python, "-m", "pytest"] + TestsGate.options(report: tests) + [
        "--cov=\(source)", "--cov-report=html:htmlcov", "--cov-report=xml:\(report)", "--cov-fail-under=0",
      ])
    if let bad = context.endedBadly(run) { return bad }
    // 0: all passed; 1: some failed, and what ran still counts. The tests gate judges the tests.
    guard let status = run.exitStatus, status <= 1, let data = try context.report(report),
      let read = CoverageReport(cobertura: data)
    else { return context.broken("pytest", run) }
    try await context.workspace.write(Array(data), to: "coverage.xml", executable: false)
    guard let reached = read.percentage else {
      return context.result(
        false, achieved: "nothing was measured in \(source)/",
        findings: [Finding(file: source, line: 0, code: "unmeasured", message: "No line of it is known.")],
        run: run, evidence: report)
    }
    return context.result(
      reached >= required, achieved: CoverageGate.shown(reached) + "%",
      findings: findings(read, required, context), run: run, evidence: report)
  }

  private func findings(_ read: CoverageReport, _ required: Double, _ context: GateContext) -> [Finding] {
    read.files.filter { $0.valid > 0 && 100 * Double($0.covered) < required * Double($0.valid) }
      .sorted { ($1.valid - $1.covered, $0.path) < ($0.valid - $0.covered, $1.path) }
      .map { file in
        Finding(
          file: context.relative(file.path), line: file.firstMissed, code: "uncovered",
          message: "\(file.covered) of \(file.valid) lines ran; this is the first that did not.")
      }
  }

  /// The first number of a text, when it can be a percentage.
  static func percentage(_ text: String) -> Double? {
    let digits = text.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
    guard let number = Double(digits), (0...100).contains(number) else { return nil }
    return number
  }

  /// A percentage with one decimal, cut and not rounded: 84.96 must not read as 85.0 beside “required 85%”.
  static func shown(_ value: Double) -> String {
    let tenths = Int(value * 10)
    return "\(tenths / 10).\(tenths % 10)"
  }
}
