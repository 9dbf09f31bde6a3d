import Foundation
import Kernel

/// Runs `ruff format --check` over the workspace; its exit status decides, its JSON report says where.
struct FormatGate: GateKind {
  let name = "format"

  private struct Entry: Decodable {
    struct Place: Decodable { var row: Int }
    var code: String?
    var filename: String
    var location: Place?
    var message: String
  }

  func check(_ context: GateContext) async throws -> GateResult {
    let run = try await context.run([
      try context.tools().programs + "/ruff", "format", "--check", "--quiet", "--output-format", "json", ".",
    ])
    if let bad = context.endedBadly(run) { return bad }
    if run.exitStatus == 0 { return context.result(true, achieved: "no drift", run: run) }
    // 1: something would change; 2: something could not be read. Warnings may stand before the report.
    guard let start = run.output.firstIndex(of: UInt8(ascii: "[")), !run.truncated,
      let entries = try? JSONDecoder().decode([Entry].self, from: Data(run.output[start...])), !entries.isEmpty
    else { return context.broken("ruff", run) }
    let findings = entries.map {
      Finding(
        file: context.relative($0.filename), line: $0.location?.row ?? 0, code: $0.code ?? "syntax",
        message: $0.message)
    }
    let files = Set(findings.map { Array($0.file.utf8) }).count
    return context.result(
      false, achieved: "\(counted(files, "file")) to reformat", findings: findings, run: run)
  }
}
