import Kernel

/// Checks that the Python the tools run on is new enough; `required` names the version, as in `>= 3.12`.
struct PythonVersionGate: GateKind {
  let name = "python-version"

  func check(_ context: GateContext) async throws -> GateResult {
    let script = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    let run = try await context.run([try context.tools().python, "-I", "-c", script])
    if let bad = context.endedBadly(run) { return bad }
    let text = String(decoding: run.output, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
    guard run.exitStatus == 0, let text, let found = PythonVersionGate.numbers(text) else {
      return context.broken("python", run)
    }
    guard let wanted = PythonVersionGate.numbers(context.settings["version"] ?? context.required) else {
      throw GateUnavailable("“\(context.required)” names no version; write it as “>= 3.12”.")
    }
    return context.result(!found.lexicographicallyPrecedes(wanted), achieved: text, run: run)
  }

  /// The numbers of the first dotted version in a text.
  static func numbers(_ text: String) -> [Int]? {
    let digits = text.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
    let numbers = digits.split(separator: ".").compactMap { Int($0) }
    return numbers.isEmpty ? nil : numbers
  }
}
