import Foundation

/// Finds paths that are two here and one elsewhere: on a disk that does not tell large letters from small ones, or a letter
/// with its accent from the two apart, one of them would overwrite the other.
enum PathTwins {
  /// A path, or a folder on the way to it, and the one it would become the same as.
  struct Pair: Equatable {
    let path: String
    let other: String

    /// The pair in words; what looks the same on the screen is spelled out.
    var words: String {
      let areAlike = path == other
      let (path, other) = areAlike ? (PathTwins.spelled(path), PathTwins.spelled(other)) : (path, other)
      return
        "\(path) and \(other) are one name on disks that do not tell large letters from small ones, or accents that "
        + "are spelled otherwise; there one would overwrite the other. Rename one."
    }
  }

  /// The twins that new paths have among all paths, each name once, in the order of the new ones.
  static func find(of new: [String], among all: [String]) -> [Pair] {
    guard !new.isEmpty else { return [] }
    var spellings: [[UInt8]: [[UInt8]]] = [:]
    for path in all {
      for name in names(path) {
        let key = key(name)
        if spellings[key]?.contains(name) != true { spellings[key, default: []].append(name) }
      }
    }
    var told: Set<[UInt8]> = []
    var pairs: [Pair] = []
    for path in new {
      // A folder that has a twin is told once, not with each file in it.
      for name in names(path) {
        let key = key(name)
        guard let other = spellings[key]?.first(where: { $0 != name }) else { continue }
        if told.insert(key).inserted {
          pairs.append(Pair(path: String(decoding: name, as: UTF8.self), other: String(decoding: other, as: UTF8.self)))
        }
        break
      }
    }
    return pairs
  }

  /// A path with every folder on the way to it, the shortest first.
  private static func names(_ path: String) -> [[UInt8]] {
    let bytes = Array(path.utf8)
    return bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }.map { Array(bytes[..<$0]) } + [bytes]
  }

  /// What is the same for all spellings of a name. Large letters first, since some small ones have the same large one.
  private static func key(_ name: [UInt8]) -> [UInt8] {
    guard name.contains(where: { $0 >= 0x80 }) else {
      return name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
    }
    let folded = String(decoding: name, as: UTF8.self).uppercased().lowercased()
    return Array(folded.precomposedStringWithCanonicalMapping.utf8)
  }

  private static func spelled(_ path: String) -> String {
    path.unicodeScalars.map { $0.isASCII ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
  }
}
