import Engine

/// Keeps agents away from what is not theirs.
///
/// A path that leaves the workspace is refused whoever asks; the others may be written by a task that names them.
struct ProtectedPathsValidator: PreflightValidator {
  let name = "protected-paths"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    let path = context.file.path
    if let reason = ProtectedPathsValidator.isNoPath(path) {
      return [reject("The path \(reason). Give a path below the workspace, with “/” between its parts.")]
    }
    let meant = context.rules.protected.filter { $0.pattern.matches(path) }
    if let line = meant.first(where: \.isAbsolute) {
      return [reject("Agents do not write \(path): \(line.reason). Leave it as it is.")]
    }
    guard !context.file.isExpected, let line = meant.first else { return [] }
    return [
      reject(
        "Agents write \(path) only when their task names it: \(line.reason). Leave it as it is, or ask for a task that "
          + "names it.")
    ]
  }

  /// Why a text cannot be a path below a folder, as the end of a sentence.
  static func isNoPath(_ path: String) -> String? {
    let bytes = Array(path.utf8)
    if bytes.isEmpty { return "is empty" }
    if bytes.count > 1024 { return "is longer than 1024 bytes" }
    if bytes.first == UInt8(ascii: "/") || bytes.first == UInt8(ascii: "~") { return "is absolute" }
    if bytes.contains(UInt8(ascii: "\\")) { return "holds a backslash" }
    if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "holds characters that nobody sees" }
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for part in parts {
      if part.isEmpty { return "has an empty part" }
      if part.elementsEqual("..".utf8) { return "leads out of a folder (“..”)" }
      if part.elementsEqual(".".utf8) { return "has a part that says nothing (“.”)" }
      if part.count > 255 { return "has a part longer than 255 bytes" }
    }
    return nil
  }
}
