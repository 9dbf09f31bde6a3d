/// A pattern of paths below the workspace, e.g. `services/**/api/*.py`.
///
/// `*` stands for anything within one part of the path, `?` for one character, and a part that is `**` for any number of
/// parts. A pattern that ends in `/**` also means the folder itself. Bytes are compared, so two spellings of one letter
/// (composed, decomposed) stay two names, as they are two names on the disk.
public struct PathPattern: Equatable, Sendable {
  /// The pattern as written.
  public let text: String
  private let parts: [[UInt8]]

  /// The longest pattern and the longest path that are compared, in bytes; Linux refuses longer paths.
  public static let longest = 4_096

  /// Takes a pattern as it is written.
  public init(_ text: String) {
    self.text = text
    parts = Array(text.utf8).split(separator: UInt8(ascii: "/")).map(Array.init)
  }

  /// Why a pattern cannot be meant as it is written, or `nil` when it can.
  public static func fault(in text: String) -> String? {
    let parts = Array(text.utf8).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
    let star = UInt8(ascii: "*")
    if text.utf8.count > 512 { return "it has more than 512 bytes" }
    if text.utf8.first == UInt8(ascii: "/") { return "it begins with “/”; paths are those below the workspace" }
    if parts.contains([]) { return "it has an empty part; write one “/” between two parts and none at the end" }
    if parts.contains([46]) || parts.contains([46, 46]) {
      return "“.” and “..” never stand in a path that is compared"
    }
    if parts.contains(where: { part in
      part != [star, star] && zip(part, part.dropFirst()).contains { $0 == star && $1 == star }
    }) {
      return "“**” must stand alone between two “/”"
    }
    return nil
  }

  /// Whether a path that ``resolved(_:)`` gave fits.
  ///
  /// - Parameter ignoringCase: Whether `.GIT` counts as `.git`; only the letters A–Z are folded.
  public func matches(_ path: [[UInt8]], ignoringCase: Bool = false) -> Bool {
    // Every part of a pattern but `**` takes exactly one part of the path, so it is enough to go back to the last `**`:
    // the work grows with the product of both lengths and never more.
    var (here, there) = (0, 0)
    var resume: (pattern: Int, path: Int)?
    while there < path.count {
      if here < parts.count, parts[here] == PathPattern.anyParts {
        // At the end it takes the folder itself too, which it has by now, or whatever is left.
        resume = (here, there)
        here += 1
      } else if here < parts.count, Glob.matches(parts[here], path[there], ignoringCase: ignoringCase) {
        here += 1
        there += 1
      } else if let (pattern, start) = resume {
        resume = (pattern, start + 1)
        here = pattern + 1
        there = start + 1
      } else {
        return false
      }
    }
    return parts[here...].allSatisfy { $0 == PathPattern.anyParts }
  }

  private static let anyParts = Array("**".utf8)

  /// A path below the workspace without `.` and `..`, part by part, or `nil` where it leads out of the workspace, is
  /// absolute, is empty or cannot be a path. The workspace itself has no parts.
  ///
  /// It is resolved by its letters alone: whoever opens the file still has to refuse links that lead elsewhere.
  public static func resolved(_ path: String) -> [[UInt8]]? {
    let bytes = Array(path.utf8)
    guard let first = bytes.first, first != UInt8(ascii: "/"), bytes.count <= longest, !bytes.contains(0) else {
      return nil
    }
    var parts: [[UInt8]] = []
    for part in bytes.split(separator: UInt8(ascii: "/")) {
      switch Array(part) {
      case [46]: continue
      case [46, 46]:
        guard parts.popLast() != nil else { return nil }
      case let part: parts.append(part)
      }
    }
    return parts
  }

  /// A path relative to a folder: absolute ones below the folder lose it, all others stay as they are.
  public static func relative(_ path: String, to folder: String) -> String {
    var folder = Array(folder.utf8)
    while folder.last == UInt8(ascii: "/") { folder.removeLast() }
    let bytes = Array(path.utf8)
    guard !folder.isEmpty, bytes.count >= folder.count, bytes.starts(with: folder) else { return path }
    if bytes.count == folder.count { return "." }
    guard bytes[folder.count] == UInt8(ascii: "/") else { return path }
    // Two slashes would leave a path that counts as absolute.
    let rest = bytes[folder.count...].drop { $0 == UInt8(ascii: "/") }
    return rest.isEmpty ? "." : String(decoding: rest, as: UTF8.self)
  }
}

/// Compares names with `*` and `?`.
enum Glob {
  /// Whether a name fits a pattern; `*` is anything, `?` one character, all else itself.
  static func matches(_ pattern: [UInt8], _ name: [UInt8], ignoringCase: Bool = false) -> Bool {
    var (here, there) = (0, 0)
    var resume: (pattern: Int, name: Int)?
    while there < name.count {
      if here < pattern.count, pattern[here] == UInt8(ascii: "*") {
        resume = (here, there)
        here += 1
      } else if here < pattern.count, pattern[here] == UInt8(ascii: "?") {
        here += 1
        there += 1
        // The rest of a character that takes several bytes.
        while there < name.count, name[there] & 0xC0 == 0x80 { there += 1 }
      } else if here < pattern.count, fold(pattern[here], ignoringCase) == fold(name[there], ignoringCase) {
        here += 1
        there += 1
      } else if let (star, start) = resume {
        resume = (star, start + 1)
        here = star + 1
        there = start + 1
      } else {
        return false
      }
    }
    return pattern[here...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  static func fold(_ byte: UInt8, _ ignoringCase: Bool) -> UInt8 {
    ignoringCase && (65...90).contains(byte) ? byte + 32 : byte
  }

  static func fold(_ bytes: [UInt8]) -> [UInt8] { bytes.map { fold($0, true) } }
}
