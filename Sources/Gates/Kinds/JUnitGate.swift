import Kernel

/// Runs a test runner of any kind and reads the JUnit report it writes; no test at all is no pass.
///
/// The setting `command` says what to run, with `{report}` for the report's path.
struct JUnitGate: GateKind {
  let name = "junit"

  func check(_ context: GateContext) async throws -> GateResult {
    let command = try ReportCommand(context, ending: ".xml")
    let run = try await context.run(command.arguments)
    if let bad = context.endedBadly(run) { return bad }
    guard let data = try context.report(command.report), let read = TestReport(junit: data, firstLine: 1) else {
      return context.broken(command.arguments[0], run)
    }
    // A runner that failed for another reason than its tests did not do its work.
    guard run.exitStatus == 0 || read.failures + read.errors > 0 else {
      return context.broken(command.arguments[0], run)
    }
    return context.result(
      run.exitStatus == 0 && read.failures == 0 && read.errors == 0 && read.passed > 0, achieved: read.words,
      findings: read.findings.map {
        Finding(file: context.relative($0.file), line: $0.line, code: $0.code, message: $0.message)
      }, run: run, evidence: command.report)
  }
}
