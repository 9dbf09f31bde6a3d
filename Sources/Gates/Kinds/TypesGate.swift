import Foundation
import Kernel

/// Runs `mypy` over the workspace and reads its JSON lines.
struct TypesGate: FindingsKind {
  let name = "types"

  private struct Entry: Decodable {
    var file: String
    var line: Int
    var message: String
    var code: String?
    var severity: String?
  }

  func check(_ context: GateContext) async throws -> GateResult {
    let run = try await context.run([
      try context.tools().programs + "/mypy", "--output", "json", "--no-error-summary", "--no-color-output",
      "--cache-dir", context.scratch + "/mypy", ".",
    ])
    if let bad = context.endedBadly(run) { return bad }
    // 0: no errors; 1: errors; 2: mypy could not look at everything.
    guard let status = run.exitStatus, status <= 2, !(run.truncated && status == 0) else {
      return context.broken("mypy", run)
    }
    var errors: [Finding] = []
    var notes = 0
    for line in run.output.split(separator: UInt8(ascii: "\n")) {
      guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line)) else { continue }
      guard entry.severity != "note" else {
        notes += 1
        continue
      }
      errors.append(
        Finding(
          file: context.relative(entry.file), line: max(entry.line, 0), code: entry.code ?? "mypy",
          message: entry.message))
    }
    guard status == 0 || !errors.isEmpty else { return context.broken("mypy", run) }
    let verdict = try judge(errors, context)
    return context.result(
      status == 0 && verdict.passed, achieved: verdict.achieved, findings: errors, run: run)
  }

  func judge(_ findings: [Finding], _ context: GateContext) throws -> GateVerdict {
    GateVerdict(passed: findings.isEmpty, achieved: counted(findings.count, "error"))
  }
}
