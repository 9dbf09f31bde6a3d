import Foundation
import Kernel

/// Runs an analyser of any kind and reads the SARIF 2.1.0 report it writes.
///
/// The setting `command` says what to run, with `{report}` for the report's path; `level` from which level on a result
/// blocks: `error` (without the setting), `warning` or `note`.
struct SARIFGate: FindingsKind {
  let name = "sarif"

  private static let levels = SARIFReport.levels

  func check(_ context: GateContext) async throws -> GateResult {
    _ = try threshold(context)
    let command = try ReportCommand(context, ending: ".sarif")
    let run = try await context.run(command.arguments)
    if let bad = context.endedBadly(run) { return bad }
    guard let data = try context.report(command.report), let read = SARIFReport(data), !read.runs.isEmpty,
      // An analyser that found nothing and failed did not do its work.
      run.exitStatus == 0 || !read.results.isEmpty
    else { return context.broken(command.arguments[0], run) }
    let findings = read.results.enumerated().sorted { left, right in
      let ranks = (SARIFGate.rank(left.element.level), SARIFGate.rank(right.element.level))
      return (ranks.1, left.offset) < (ranks.0, right.offset)
    }.map(\.element).map {
      Finding(
        file: context.relative($0.file), line: $0.line, code: $0.code, message: "\($0.level): \($0.message)")
    }
    let verdict = try judge(findings, context)
    guard read.isWhole else {
      return context.result(
        false, achieved: "the analyser says that it did not finish; \(verdict.achieved)", findings: findings, run: run,
        evidence: command.report)
    }
    return context.result(
      verdict.passed, achieved: verdict.achieved, findings: findings, run: run, evidence: command.report)
  }

  func judge(_ findings: [Finding], _ context: GateContext) throws -> GateVerdict {
    let least = try threshold(context)
    func count(_ level: String) -> Int { findings.filter { $0.message.hasPrefix(level + ": ") }.count }
    let blocking = SARIFGate.levels.filter { SARIFGate.rank($0) >= least }.reduce(0) { $0 + count($1) }
    let words = [("error", count("error")), ("warning", count("warning")), ("note", count("note"))]
    return GateVerdict(
      passed: blocking == 0, achieved: words.map { counted($0.1, $0.0) }.joined(separator: ", "))
  }

  private func threshold(_ context: GateContext) throws -> Int {
    let level = context.settings["level"] ?? "error"
    guard level != "none", SARIFGate.levels.contains(level) else {
      throw GateUnavailable("“\(level)” is no level from which results block; set “level” to error, warning or note.")
    }
    return SARIFGate.rank(level)
  }

  private static func rank(_ level: String) -> Int { levels.firstIndex(of: level) ?? 0 }
}
