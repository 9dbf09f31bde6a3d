import Engine
import Kernel

/// Finds what was left for later: the words the placeholders gate looks for, and Python functions that only raise
/// `NotImplementedError`.
///
/// A word is a warning here, because the gate judges it when everything is written; a function that is not written is
/// no file that can be accepted.
struct PlaceholdersValidator: PreflightValidator {
  let name = "placeholders"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.text != nil, context.kind != .markdown else { return [] }
    var findings = PlaceholdersGate.matches(in: context.file.bytes, of: context.file.path).prefix(20).map {
      warn("“\($0.code)” is left in this line. Do what it says, or take it out.", line: $0.line)
    }
    if case .read(_, let bodies, _) = context.reading {
      findings += bodies.filter { $0.kind == .unfinished }.map { body in
        let words =
          "The function \(body.name) only raises NotImplementedError. Write its body, or mark it as abstract."
        return body.isExcusable ? warn(words, line: body.line) : reject(words, line: body.line)
      }
    }
    return findings
  }
}
