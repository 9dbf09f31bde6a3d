/// Says which paths below a workspace are meant; data, so that a list of them can be read and grown.
///
/// `*` stands for anything but `/`, `?` for one byte but `/`. A pattern that ends in `/` means everything below that
/// folder; one with another `/` is held against the whole path; one without is held against every part of it, so that
/// `*.sql` means every such file wherever it stands, and `.git/` every folder of that name. A `/` at the beginning
/// binds it to the workspace's own folder. Letters match whatever their case unless asked otherwise: some disks do not
/// tell them apart.
public struct PathPattern: Equatable, Sendable, ExpressibleByStringLiteral {
  /// The pattern as it was written.
  public var text: String

  /// Takes a pattern as it is written.
  public init(_ text: String) { self.text = text }

  /// Takes a pattern as it is written in code.
  public init(stringLiteral value: String) { self.init(value) }

  /// Whether a path is meant.
  public func matches(_ path: String, ignoringCase: Bool = true) -> Bool {
    let slash = UInt8(ascii: "/")
    let fold = ignoringCase ? PathPattern.lowered : { $0 }
    let parts = path.utf8.split(separator: slash).map { $0.map(fold) }
    var pattern = text.utf8.map(fold)
    let isBound = pattern.first == slash
    if isBound { pattern.removeFirst() }
    let isFolder = pattern.last == slash
    if isFolder { pattern.removeLast() }
    let wanted = pattern.split(separator: slash).map(Array.init)
    guard !wanted.isEmpty, parts.count >= wanted.count else { return false }
    let starts = isBound || wanted.count > 1 ? 0...0 : 0...(parts.count - 1)
    return starts.contains { start in
      let rest = parts.count - start - wanted.count
      guard rest >= 0, isFolder ? rest > 0 : rest == 0 else { return false }
      return wanted.indices.allSatisfy { PathPattern.matches(wanted[$0][...], parts[start + $0][...]) }
    }
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
  }

  /// Matches one part; on a mismatch, the last star takes one byte more.
  private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
    var place = pattern.startIndex
    var seen = name.startIndex
    var star: (place: Int, seen: Int)?
    while seen < name.endIndex {
      if place < pattern.endIndex, pattern[place] == UInt8(ascii: "*") {
        star = (place, seen)
        place += 1
      } else if place < pattern.endIndex, pattern[place] == name[seen] || pattern[place] == UInt8(ascii: "?") {
        place += 1
        seen += 1
      } else if let last = star {
        star = (last.place, last.seen + 1)
        place = last.place + 1
        seen = last.seen + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
