/// A text for a pager, in which files and web addresses are links of the terminal (OSC 8).
///
/// The whole text is cleaned first, so the only control sequences in the result are those that are written here. A link
/// never leads anywhere that does not stand there to be read: to the address that is shown, or to the file whose path is.
///
///     LinkedText.linked(report, host: "forge") { path in inside(workspace, path) }
public enum LinkedText {
  /// The longest path or address that becomes a link, in bytes.
  private static let limit = 1_024
  /// How many different paths of one text are looked up; more would let a text keep the disk busy.
  private static let lookups = 4_000
  private static let end = "\u{1B}]8;;\u{1B}\\"

  /// The text with everything hidden or dangerous made visible, and no links.
  public static func plain(_ text: String) -> String {
    Text.lines(text).map(\.string).joined(separator: "\n")
  }

  /// The cleaned text with links.
  ///
  /// - Parameters:
  ///   - text: The text, as it came.
  ///   - columns: The width it was wrapped to, if it was: a word that was cut at the edge is no address any more.
  ///   - host: The name of this machine, since a terminal may show what another one runs; without one no file is linked.
  ///   - file: The absolute path of the file that a word names, or `nil` when it names none that may be opened.
  public static func linked(
    _ text: String, columns: Int? = nil, host: String, file: (String) -> String?
  ) -> String {
    var known: [String: String?] = [:]
    let isNamed = !host.isEmpty && host.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E }
    func address(of path: String) -> String? {
      guard isNamed else { return nil }
      if let found = known[path] { return found }
      guard known.count < lookups else { return nil }
      let found = file(path).map { "file://\(host)\(encoded($0))" }
      known[path] = .some(found)
      return found
    }
    var isContinued = false
    return Text.lines(text).map { clean in
      let line = clean.string
      let isCut = columns.map { Width.columns(of: line) >= $0 - 1 } ?? false
      defer { isContinued = isCut }
      return linked(line, isContinued: isContinued, isCut: isCut, address: address)
    }.joined(separator: "\n")
  }

  private static func linked(
    _ line: String, isContinued: Bool, isCut: Bool, address: (String) -> String?
  ) -> String {
    let bytes = Array(line.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    let first = bytes.firstIndex { $0 != 0x20 } ?? 0
    var index = 0
    while index < bytes.count {
      let isWhole = !(isContinued && index == first)
      if let length = webAddress(in: bytes, at: index) {
        let word = bytes[index..<index + length]
        let reachesEdge = isCut && index + length == bytes.count
        result += isWhole && !reachesEdge ? link(word, to: String(decoding: word, as: UTF8.self)) : Array(word)
        index += length
        continue
      }
      guard !isSeparator(bytes[index]) else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let run = bytes[index...].prefix { !isSeparator($0) }
      let word = trimmed(run)
      let reachesEdge = isCut && run.endIndex == bytes.count
      if isWhole, !reachesEdge, let path = path(in: word), let target = address(path) {
        result += link(word, to: target)
        result += run[word.endIndex...]
      } else {
        result += run
      }
      index = run.endIndex
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func link(_ words: ArraySlice<UInt8>, to target: String) -> [UInt8] {
    Array("\u{1B}]8;;\(target)\u{1B}\\".utf8) + words + Array(end.utf8)
  }

  // MARK: Web addresses

  /// How long the web address is that begins here; `nil` when none does that can be trusted to be what it looks like.
  private static func webAddress(in bytes: [UInt8], at start: Int) -> Int? {
    guard bytes[start] == 0x68 || bytes[start] == 0x48, start == 0 || !isAlphanumeric(bytes[start - 1]) else {
      return nil
    }
    guard let scheme = ["https://", "http://"].first(where: { bytes[start...].starts(with: $0.utf8) }) else {
      return nil
    }
    let all = bytes[start...].prefix { isPartOfAddress($0) }
    // A letter of another script right behind it may be meant to be part of it.
    guard all.endIndex == bytes.count || bytes[all.endIndex] < 0x80 else { return nil }
    var run = trimmed(all)
    if run.last == 0x29, run.count(where: { $0 == 0x28 }) < run.count(where: { $0 == 0x29 }) { run = run.dropLast() }
    let host = run.dropFirst(scheme.utf8.count).prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
    // What stands before an @ looks like where it leads, and is not.
    guard !host.isEmpty, !host.contains(0x40), isAlphanumeric(host[host.startIndex]) || host.first == 0x5B,
      run.count <= limit
    else { return nil }
    return run.count
  }

  private static func isPartOfAddress(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
  }

  // MARK: Paths

  /// The path that a word names, without the line behind it; `nil` for words that are no paths.
  private static func path(in word: ArraySlice<UInt8>) -> String? {
    var path = word
    for _ in 0..<2 {
      let digits = path.reversed().prefix { (0x30...0x39).contains($0) }.count
      guard digits > 0, path.count > digits + 1, path[path.endIndex - digits - 1] == 0x3A else { break }
      path = path.dropLast(digits + 1)
    }
    guard path.count > 1, path.count <= limit, path.first != 0x2D, path.contains(where: { $0 == 0x2F || $0 == 0x2E })
    else { return nil }
    return String(decoding: path, as: UTF8.self)
  }

  /// A path as part of an address.
  static func encoded(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in path.utf8 {
      if isAlphanumeric(byte) || "-._~/".utf8.contains(byte) {
        result.append(byte)
      } else {
        result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x20 || "\"'`<>()[]{},;|=".utf8.contains(byte) }

  /// A word without the punctuation of the sentence around it.
  private static func trimmed(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var word = word
    while let last = word.last, ".,:;!?'".utf8.contains(last) { word = word.dropLast() }
    return word
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
