import Engine

/// How two contents of a file differ.
public enum Difference: Equatable, Sendable {
  /// Not at all.
  case none
  /// One of them is no text; git's own rule: a zero byte among the first 8,000.
  case binary
  /// The lines of a unified difference with three lines around each change, from the first `@@` on.
  case lines([String])
}

extension GitWorkspace {
  /// Compares two contents as git does. Both are put among the store's objects; the workspace is not touched.
  public func difference(from old: [UInt8], to new: [UInt8]) async throws -> Difference {
    guard old != new else { return .none }
    guard ![old, new].contains(where: { $0.prefix(8_000).contains(0) }) else { return .binary }
    var names: [String] = []
    for content in [old, new] {
      let name = try await git.run(["hash-object", "-w", "--stdin", "--no-filters"], input: content)
      names.append(String(decoding: name, as: UTF8.self).filter(\.isHexDigit))
    }
    // The store says of all files that they have no textual difference, so that nothing in a tree can say how to make one.
    let output = try await git.run(
      ["diff", "--text", "--no-color", "--no-ext-diff", "--no-textconv", "--unified=3"] + names)
    let lines = output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    return .lines(Array(lines.drop { !$0.hasPrefix("@@") }.dropLast()))
  }
}
