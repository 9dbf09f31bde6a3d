import Foundation
import Kernel

/// Runs `ruff check` over the workspace and reads its JSON report.
struct LintGate: FindingsKind {
  let name = "lint"

  private struct Entry: Decodable {
    struct Place: Decodable { var row: Int }
    var code: String?
    var filename: String
    var location: Place?
    var message: String
  }

  func check(_ context: GateContext) async throws -> GateResult {
    let report = context.evidenceFile(".json")
    try context.clear(report)
    let run = try await context.run([
      try context.tools().programs + "/ruff", "check", "--output-format", "json", "--output-file", report,
      "--no-fix", ".",
    ])
    if let bad = context.endedBadly(run) { return bad }
    // 0: nothing found; 1: something found; 2: ruff could not do its work.
    guard let status = run.exitStatus, status <= 1, let data = try context.report(report),
      let entries = try? JSONDecoder().decode([Entry].self, from: data)
    else { return context.broken("ruff", run) }
    let findings = entries.map {
      Finding(
        file: context.relative($0.filename), line: $0.location?.row ?? 0, code: $0.code ?? "syntax",
        message: $0.message)
    }
    let verdict = try judge(findings, context)
    return context.result(
      status == 0 && verdict.passed, achieved: verdict.achieved, findings: findings, run: run, evidence: report)
  }

  func judge(_ findings: [Finding], _ context: GateContext) throws -> GateVerdict {
    GateVerdict(passed: findings.isEmpty, achieved: counted(findings.count, "error"))
  }
}
