import Engine

/// Reads JSON files as programs will, and says in which line and why they would not.
struct JSONValidator: PreflightValidator {
  let name = "json"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.kind == .json, context.text != nil else { return [] }
    var bytes = context.file.bytes[...]
    // A byte order mark is the encoding's to complain about, and nothing at all is the emptiness'.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    if bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return [] }
    var reader = JSONReader(bytes)
    guard let complaint = reader.read() else { return [] }
    return [
      reject("This is not JSON: \(complaint). Correct it and write the whole file again.", line: reader.line)
    ]
  }
}

/// Holds bytes against RFC 8259 without recursion, so that no depth of nesting can hurt.
struct JSONReader {
  /// Deeper than this, the readers of many languages give up.
  static let deepest = 500

  /// The line it stands in, counted from 1.
  private(set) var line = 1
  private let bytes: ArraySlice<UInt8>
  private var place: Int
  /// The brackets that are open, as their closing ones.
  private var open: [UInt8] = []

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  /// Reads everything and returns what it stopped at, or `nil` when all is well.
  mutating func read() -> String? {
    while true {
      if let complaint = readValue() { return complaint }
      // A value has ended: close what closes, until another one must follow.
      closing: while true {
        skipSpace()
        guard let end = open.last else {
          return place < bytes.endIndex ? "something follows after its end" : nil
        }
        switch here {
        case end:
          open.removeLast()
          place += 1
        case UInt8(ascii: ","):
          place += 1
          skipSpace()
          if here == end { return "a comma stands before “\(character(end))”" }
          if end == UInt8(ascii: "}"), let complaint = readName() { return complaint }
          break closing
        case nil: return "it ends before “\(character(end))”"
        default: return "“,” or “\(character(end))” was expected, not \(found)"
        }
      }
    }
  }

  /// Reads up to the end of a plain value, or of an empty pair of brackets.
  private mutating func readValue() -> String? {
    while true {
      skipSpace()
      switch here {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        let end = here == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: "}")
        guard open.count < JSONReader.deepest else { return "it is nested more than \(JSONReader.deepest) deep" }
        place += 1
        skipSpace()
        if here == end {
          place += 1
          return nil
        }
        open.append(end)
        if end == UInt8(ascii: "}"), let complaint = readName() { return complaint }
      case UInt8(ascii: "\""): return readText()
      case let byte? where byte == UInt8(ascii: "-") || (48...57).contains(byte): return readNumber()
      case nil: return "it ends where a value was expected"
      default:
        for word in ["true", "false", "null"] where bytes[place...].starts(with: word.utf8) {
          place += word.utf8.count
          return nil
        }
        return "a value was expected, not \(found)"
      }
    }
  }

  private mutating func readName() -> String? {
    skipSpace()
    guard here == UInt8(ascii: "\"") else { return "a name in double quotes was expected, not \(found)" }
    if let complaint = readText() { return complaint }
    skipSpace()
    guard here == UInt8(ascii: ":") else { return "“:” was expected after a name, not \(found)" }
    place += 1
    return nil
  }

  private mutating func readText() -> String? {
    place += 1
    while let byte = here {
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return nil
      case 0..<0x20: return "a text holds a line break or another control character"
      case UInt8(ascii: "\\"):
        guard let escape = here else { break }
        place += 1
        if escape == UInt8(ascii: "u") {
          let digits = bytes[place...].prefix(4)
          guard digits.count == 4, digits.allSatisfy(JSONReader.isHexadecimal) else {
            return "“\\u” must be followed by four hexadecimal digits"
          }
          place += 4
        } else if !"\"\\/bfnrt".utf8.contains(escape) {
          return "“\\\(character(escape))” is no escape"
        }
      default: break
      }
    }
    return "it ends inside of a text"
  }

  private mutating func readNumber() -> String? {
    let start = place
    while let byte = here, "+-.0123456789eE".utf8.contains(byte) { place += 1 }
    let number = bytes[start..<place]
    return JSONReader.isNumber(number) ? nil : "“\(String(decoding: number.prefix(40), as: UTF8.self))” is no number"
  }

  /// `-? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)?`
  private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
    func takeDigits() -> Int {
      let count = rest.prefix { (48...57).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    let leadsWithZero = rest.first == UInt8(ascii: "0")
    let whole = takeDigits()
    guard whole == 1 || (whole > 1 && !leadsWithZero) else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard takeDigits() > 0 else { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard takeDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
  }

  private var here: UInt8? { place < bytes.endIndex ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = here, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      if byte == 0x0A { line += 1 }
      place += 1
    }
  }

  private func character(_ byte: UInt8) -> Character { Character(Unicode.Scalar(byte)) }

  /// What stands here, in words.
  private var found: String {
    guard let byte = here else { return "the end" }
    if bytes[place...].starts(with: "//".utf8) || bytes[place...].starts(with: "/*".utf8) { return "a comment" }
    return byte > 0x20 && byte < 0x7F ? "“\(character(byte))”" : "another character"
  }
}
