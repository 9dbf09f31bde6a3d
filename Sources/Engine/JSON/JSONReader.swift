/// Reads one JSON value by RFC 8259 and nothing beside it: what two readers could take for two things is no JSON here.
///
/// So a name that stands twice in one object is refused, also one that is only spelled in two ways that compare equal;
/// with other readers the first or the last would count, and what was looked at need not be what is done. Nothing throws
/// on the way: a flood of lines that are no JSON costs no more than its bytes.
struct JSONReader {
  /// Why it is no JSON, in one sentence; empty while nothing is wrong.
  private(set) var complaint = ""
  private let bytes: UnsafeBufferPointer<UInt8>
  private var place = 0
  private var depth = 0

  /// The most bytes a number may have; no double needs more, and longer ones only cost time.
  private static let longestNumber = 1_000

  private let depthLimit: Int

  private init(_ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
  }

  /// Reads bytes that are one value.
  static func read(_ bytes: [UInt8], depthLimit: Int) -> (value: JSONValue?, complaint: String) {
    bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer, depthLimit: depthLimit)
      // A byte order mark changes nothing in UTF-8.
      if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { reader.place = 3 }
      let value = reader.value()
      if value != nil {
        reader.skipSpace()
        if reader.place < buffer.count { return (nil, "Something follows after its end.") }
      }
      return (value, reader.complaint)
    }
  }

  private mutating func fail(_ words: String) -> JSONValue? {
    if complaint.isEmpty { complaint = words }
    return nil
  }

  private var here: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while place < bytes.count {
      let byte = bytes[place]
      guard byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return }
      place += 1
    }
  }

  private mutating func value() -> JSONValue? {
    skipSpace()
    guard let byte = here else { return fail("It ends where a value was expected.") }
    switch byte {
    case UInt8(ascii: "\""): return text().map(JSONValue.string)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      depth += 1
      defer { depth -= 1 }
      guard depth <= depthLimit else { return fail("It has more than \(depthLimit) levels.") }
      place += 1
      return byte == UInt8(ascii: "{") ? object() : array()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    case UInt8(ascii: "t"): return word("true", .bool(true))
    case UInt8(ascii: "f"): return word("false", .bool(false))
    case UInt8(ascii: "n"): return word("null", .null)
    default: return fail("A value was expected.")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) -> JSONValue? {
    let end = place + word.utf8CodeUnitCount
    guard end <= bytes.count, (0..<word.utf8CodeUnitCount).allSatisfy({ bytes[place + $0] == word.utf8Start[$0] })
    else {
      return fail("A value was expected.")
    }
    place = end
    return value
  }

  /// Whether a byte stands here, after blanks; then it is passed.
  private mutating func pass(_ byte: UInt8) -> Bool {
    skipSpace()
    guard here == byte else { return false }
    place += 1
    return true
  }

  private mutating func array() -> JSONValue? {
    var elements: [JSONValue] = []
    if pass(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      guard let element = value() else { return nil }
      elements.append(element)
      if pass(UInt8(ascii: "]")) { return .array(elements) }
      guard pass(UInt8(ascii: ",")) else { return fail("A comma or the end of a list was expected.") }
    }
  }

  private mutating func object() -> JSONValue? {
    var members: [String: JSONValue] = [:]
    if pass(UInt8(ascii: "}")) { return .object(members) }
    while true {
      skipSpace()
      guard here == UInt8(ascii: "\"") else { return fail("A name was expected.") }
      guard let name = text() else { return nil }
      guard pass(UInt8(ascii: ":")) else { return fail("A colon was expected.") }
      guard let value = value() else { return nil }
      guard members.updateValue(value, forKey: name) == nil else { return fail("A name stands twice.") }
      if pass(UInt8(ascii: "}")) { return .object(members) }
      guard pass(UInt8(ascii: ",")) else { return fail("A comma or the end of an object was expected.") }
    }
  }

  // MARK: - Numbers

  /// `-? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)?`
  private mutating func number() -> JSONValue? {
    let start = place
    if here == UInt8(ascii: "-") { place += 1 }
    let leadsWithZero = here == UInt8(ascii: "0")
    let whole = passDigits()
    guard whole == 1 || (whole > 1 && !leadsWithZero) else { return fail("This is no number.") }
    var isWhole = true
    if here == UInt8(ascii: ".") {
      place += 1
      isWhole = false
      guard passDigits() > 0 else { return fail("This is no number.") }
    }
    if here == UInt8(ascii: "e") || here == UInt8(ascii: "E") {
      place += 1
      isWhole = false
      if here == UInt8(ascii: "+") || here == UInt8(ascii: "-") { place += 1 }
      guard passDigits() > 0 else { return fail("This is no number.") }
    }
    guard place - start <= JSONReader.longestNumber else { return fail("A number is too long.") }
    let words = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<place]), as: UTF8.self)
    if isWhole, let value = Int64(words) { return .integer(value) }
    guard let value = Double(words), value.isFinite else { return fail("A number is too large.") }
    if !isWhole, let whole = Int64(exactly: value) { return .integer(whole) }
    return .number(value)
  }

  /// Passes digits; how many.
  private mutating func passDigits() -> Int {
    let start = place
    while let byte = here, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
    return place - start
  }

  // MARK: - Texts

  /// Reads a text from its opening quote to behind its closing one.
  private mutating func text() -> String? {
    place += 1
    var start = place
    var unescaped: [UInt8]?
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\"") {
        let piece = UnsafeBufferPointer(rebasing: bytes[start..<place])
        place += 1
        let found =
          unescaped.map { String(validating: $0 + piece, as: UTF8.self) }
          ?? String(validating: piece, as: UTF8.self)
        if found == nil { _ = fail("A text is no UTF-8.") }
        return found
      }
      if byte == UInt8(ascii: "\\") {
        if unescaped == nil { unescaped = [] }
        unescaped?.append(contentsOf: bytes[start..<place])
        place += 1
        guard let scalar = escape() else {
          _ = fail("An escape means nothing.")
          return nil
        }
        unescaped?.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        start = place
        continue
      }
      if byte < 0x20 {
        _ = fail("A text holds a control character.")
        return nil
      }
      place += 1
    }
    _ = fail("It ends inside of a text.")
    return nil
  }

  /// The character for what follows a backslash; `nil` for none and for half of a pair of surrogates.
  private mutating func escape() -> Unicode.Scalar? {
    guard let byte = here else { return nil }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      guard let first = hexadecimal() else { return nil }
      guard (0xD800...0xDBFF).contains(first) else { return Unicode.Scalar(first) }
      guard here == UInt8(ascii: "\\") else { return nil }
      place += 1
      guard here == UInt8(ascii: "u") else { return nil }
      place += 1
      guard let second = hexadecimal(), (0xDC00...0xDFFF).contains(second) else { return nil }
      return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    default: return nil
    }
  }

  private mutating func hexadecimal() -> UInt32? {
    guard place + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = bytes[place]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 + UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 + UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 + UInt32(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
      place += 1
    }
    return value
  }
}
