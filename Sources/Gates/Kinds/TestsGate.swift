import Kernel

/// Runs `pytest` and reads its JUnit report; no test at all is no pass.
///
/// Tests that failed are run once more over the same files. What passes then without a change is flaky: it does not
/// fail the gate, and it is never passed over either.
struct TestsGate: GateKind {
  let name = "tests"

  /// When more tests than this fail, it is not for being flaky.
  static let mostRepeated = 200

  func check(_ context: GateContext) async throws -> GateResult {
    let report = context.evidenceFile(".xml")
    try context.clear(report)
    let run = try await context.run(
      [try context.tools().python, "-m", "pytest"] + TestsGate.options(report: report))
    if let bad = context.endedBadly(run) { return bad }
    guard let data = try context.report(report), let read = TestReport(junit: data) else {
      return context.broken("pytest", run)
    }
    let failed = read.failedNodes
    guard run.exitStatus == 1, !failed.isEmpty, failed.count <= TestsGate.mostRepeated,
      let again = try await repeated(failed, context)
    else {
      return context.result(
        run.exitStatus == 0 && read.failures == 0 && read.errors == 0 && read.passed > 0, achieved: read.words,
        findings: read.findings, run: run, evidence: report)
    }
    return try judged(read, flaky: failed.filter(again.report.hasPassed), run, [report, again.path], context)
  }

  /// Runs exactly these tests once more; `nil` when nothing can be said of them.
  private func repeated(
    _ nodes: [String], _ context: GateContext
  ) async throws -> (report: TestReport, path: String)? {
    let path = context.evidenceFile(".again.xml")
    try context.clear(path)
    // Named files alone would move the folder that names are relative to.
    let run = try await context.run(
      [try context.tools().python, "-m", "pytest"] + TestsGate.options(report: path)
        + ["--rootdir", context.workspace.root] + nodes, log: ".again.log")
    guard let status = run.exitStatus, status <= 1, let data = try context.report(path),
      let read = TestReport(junit: data)
    else { return nil }
    return (read, path)
  }

  private func judged(
    _ read: TestReport, flaky: [String], _ run: CommandResult, _ reports: [String], _ context: GateContext
  ) throws -> GateResult {
    let names = Set(flaky.map { Array($0.utf8) })
    func isFlaky(_ test: TestReport.Case) -> Bool { test.node.map { names.contains(Array($0.utf8)) } ?? false }
    let excused = read.cases.filter(isFlaky).flatMap(\.findings)
    let real = read.cases.filter { !isFlaky($0) }.flatMap(\.findings)
    let failures = read.failures - excused.filter { $0.code == "failure" }.count
    let errors = read.errors - excused.filter { $0.code == "error" }.count
    var achieved = "\(read.passed) passed, \(failures) failed, \(counted(errors, "error"))"
    if read.skipped > 0 { achieved += ", \(read.skipped) skipped" }
    if !flaky.isEmpty { achieved += ", \(flaky.count) flaky" }
    let findings =
      real
      + excused.map {
        Finding(file: $0.file, line: $0.line, code: "flaky", message: "It passed when run again. \($0.message)")
      }
    let record = try context.keepRecord(
      ["achieved: \(achieved)"] + flaky.map { "flaky: \($0)" }, including: reports)
    var result = context.result(
      failures == 0 && errors == 0 && read.passed + flaky.count > 0, achieved: achieved, findings: findings, run: run,
      evidence: record.path)
    result.flaky = flaky
    return result
  }

  /// No cache in the workspace, and a report whose test cases name file and line.
  static func options(report: String) -> [String] {
    ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", "--junit-xml", report, "-q"]
  }
}
