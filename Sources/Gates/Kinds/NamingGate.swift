import Engine
import Kernel

/// Checks that Python files and folders below `services/` (or the setting `source`) are named in snake case.
struct NamingGate: FindingsKind {
  let name = "naming"

  func check(_ context: GateContext) async throws -> GateResult {
    let source = context.settings["source"] ?? "services"
    let files = try await context.workspace.files().map(\.path).filter {
      $0.utf8.starts(with: "\(source)/".utf8) && $0.utf8.suffix(3).elementsEqual(".py".utf8)
    }
    guard !files.isEmpty else {
      return context.result(
        false, achieved: "no Python files in \(source)/",
        findings: [Finding(file: source, line: 0, code: "missing", message: "There is nothing to look at.")])
    }
    let findings = files.compactMap { path -> Finding? in
      let parts = path.dropLast(3).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard let wrong = parts.dropFirst().first(where: { !NamingGate.isSnakeCase($0) }) else { return nil }
      return Finding(file: path, line: 0, code: "name", message: "“\(wrong)” is not in snake case.")
    }
    let verdict = try judge(findings, context)
    return context.result(verdict.passed, achieved: verdict.achieved, findings: findings)
  }

  func judge(_ findings: [Finding], _ context: GateContext) throws -> GateVerdict {
    GateVerdict(passed: findings.isEmpty, achieved: counted(findings.count, "prohibited name"))
  }

  /// Lower-case ASCII letters, digits and underscores, not beginning with a digit.
  static func isSnakeCase(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return bytes.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || byte == UInt8(ascii: "_")
    }
  }
}
