import Engine

/// Holds text to UTF-8 without bytes that nobody sees.
struct EncodingValidator: PreflightValidator {
  let name = "encoding"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.kind.isText, context.file.bytes.count <= context.rules.largestFile else { return [] }
    let bytes = context.file.bytes
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return [reject("The file is UTF-16. Write it as UTF-8.")]
    }
    if let place = bytes.firstIndex(of: 0) {
      return [
        reject(
          "A text file holds a NUL byte, at byte \(place). Write it as UTF-8 without it.", line: line(place, bytes))
      ]
    }
    guard let text = context.text else {
      let place = EncodingValidator.firstMalformed(in: bytes)
      return [
        reject("The bytes from \(place) on are not UTF-8. Write the file as UTF-8.", line: line(place, bytes))
      ]
    }
    guard context.kind.isCode else { return [] }
    var findings: [PreflightFinding] = []
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      findings.append(warn("The file begins with a byte order mark. Write it without.", line: 1))
    }
    if bytes.contains(0xE2), let line = EncodingValidator.lineOfHiddenDirection(text) {
      findings.append(
        warn("The line holds characters that change how it reads, unseen. Write them as escapes.", line: line))
    }
    if bytes.starts(with: "#!".utf8), bytes.prefix(while: { $0 != UInt8(ascii: "\n") }).last == UInt8(ascii: "\r") {
      findings.append(
        reject(
          "The first line ends in a carriage return, so nothing can start it. End lines with a line feed.", line: 1)
      )
    }
    return findings
  }

  private func line(_ place: Int, _ bytes: [UInt8]) -> Int {
    bytes.prefix(place).reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
  }

  /// Where the first byte stands that no UTF-8 text can hold there.
  static func firstMalformed(in bytes: [UInt8]) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var place = 0
    while case .valid(let scalar) = parser.parseScalar(from: &rest) { place += scalar.count }
    return place
  }

  /// The first line with a bidirectional override, embedding or isolate.
  private static func lineOfHiddenDirection(_ text: String) -> Int? {
    var line = 1
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A: line += 1
      case 0x202A...0x202E, 0x2066...0x2069: return line
      default: break
      }
    }
    return nil
  }
}
