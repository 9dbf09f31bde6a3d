import Kernel

/// Checks that a program answers `--version`; the setting `tool` names it.
struct ToolAvailableGate: GateKind {
  let name = "tool-available"

  func check(_ context: GateContext) async throws -> GateResult {
    guard let tool = context.settings["tool"], !tool.isEmpty, !tool.contains("/"), !tool.hasPrefix("-") else {
      throw GateUnavailable("The gate does not say which tool; set “tool” to a program's name.")
    }
    let run = try await context.run([tool, "--version"])
    if let bad = context.endedBadly(run) { return bad }
    guard run.exitStatus == 0 else { return context.broken(tool, run) }
    let line = String(decoding: run.output, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? "answers"
    return context.result(true, achieved: String(line.prefix(120)), run: run)
  }
}
