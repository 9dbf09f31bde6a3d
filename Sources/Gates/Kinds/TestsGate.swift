import Kernel

/// Runs `pytest` and reads its JUnit report; no test at all is no pass.
struct TestsGate: GateKind {
  let name = "tests"

  func check(_ context: GateContext) async throws -> GateResult {
    let report = context.evidenceFile(".xml")
    try context.clear(report)
    let run = try await context.run(
      [try context.tools().python, "-m", "pytest"] + TestsGate.options(report: report))
    if let bad = context.endedBadly(run) { return bad }
    guard let data = try context.report(report), let read = TestReport(junit: data) else {
      return context.broken("pytest", run)
    }
    let passed = read.tests - read.failures - read.errors - read.skipped
    var achieved = "\(max(passed, 0)) passed, \(read.failures) failed, \(counted(read.errors, "error"))"
    if read.skipped > 0 { achieved += ", \(read.skipped) skipped" }
    if read.tests == 0 { achieved = "no tests" }
    return context.result(
      run.exitStatus == 0 && read.failures == 0 && read.errors == 0 && passed > 0, achieved: achieved,
      findings: read.findings, run: run, evidence: report)
  }

  /// No cache in the workspace, and a report whose test cases name file and line.
  static func options(report: String) -> [String] {
    ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", "--junit-xml", report, "-q"]
  }
}
