import Engine
import Kernel

/// Looks for TODO, FIXME, XXX and PLACEHOLDER in the files below `services/` (or the setting `source`).
struct PlaceholdersGate: FindingsKind {
  let name = "placeholders"

  private static let words = ["TODO", "FIXME", "XXX", "PLACEHOLDER"].map { Array($0.utf8) }

  func check(_ context: GateContext) async throws -> GateResult {
    let source = context.settings["source"] ?? "services"
    var findings: [Finding] = []
    let files = try await context.workspace.files().filter { $0.path.utf8.starts(with: "\(source)/".utf8) }
    guard !files.isEmpty else {
      return context.result(
        false, achieved: "no files in \(source)/",
        findings: [Finding(file: source, line: 0, code: "missing", message: "There is nothing to look at.")])
    }
    for file in files where file.mode != "120000" {
      let bytes = try await context.workspace.read(file.path, limit: file.size)
      if bytes.contains(0) { continue }
      findings += PlaceholdersGate.matches(in: bytes, of: file.path)
    }
    let verdict = try judge(findings, context)
    return context.result(verdict.passed, achieved: verdict.achieved, findings: findings)
  }

  func judge(_ findings: [Finding], _ context: GateContext) throws -> GateVerdict {
    GateVerdict(passed: findings.isEmpty, achieved: counted(findings.count, "placeholder"))
  }

  /// The words that stand alone: not part of a longer word, and in capitals.
  static func matches(in bytes: [UInt8], of file: String) -> [Finding] {
    var findings: [Finding] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      for word in words where contains(word, line) {
        findings.append(
          Finding(
            file: file, line: index + 1, code: String(decoding: word, as: UTF8.self),
            message: String(decoding: line.prefix(200), as: UTF8.self)))
      }
    }
    return findings
  }

  private static func contains(_ word: [UInt8], _ line: ArraySlice<UInt8>) -> Bool {
    guard line.count >= word.count else { return false }
    for start in line.startIndex...(line.endIndex - word.count) where line[start] == word[0] {
      let end = start + word.count
      guard line[start..<end].elementsEqual(word) else { continue }
      if start > line.startIndex, isPartOfWord(line[start - 1]) { continue }
      if end < line.endIndex, isPartOfWord(line[end]) { continue }
      return true
    }
    return false
  }

  private static func isPartOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}
