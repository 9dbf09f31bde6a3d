import Foundation

/// One file of the library, read whole and known to be clean UTF-8 text.
struct LibraryFile: Sendable {
  /// What the file is called in messages.
  let name: String
  /// Its path below the library, e.g. `playbooks/sign-off.yaml`.
  let path: String
  /// Its bytes as found.
  let bytes: [UInt8]
  /// Its text, without a byte order mark.
  let text: String

  /// Files are written by people; 64 KiB is twenty times the longest of the built-in ones.
  static let largestSize = 65_536

  /// Takes bytes for a file, or refuses what is no clean text.
  init(name: String, path: String, bytes: [UInt8], largestSize: Int = LibraryFile.largestSize) throws(LibraryFailure) {
    guard bytes.count <= largestSize else {
      throw LibraryFailure(
        file: name, line: 0, column: 0,
        message:
          "The file has \(bytes.count) bytes; at most \(largestSize) are read. Move long texts to files beside it.")
    }
    guard let text = String(bytes: bytes, encoding: .utf8) else {
      throw LibraryFailure(file: name, line: 0, column: 0, message: "The file is not UTF-8 text; save it as UTF-8.")
    }
    self.name = name
    self.path = path
    self.bytes = bytes
    self.text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    try refuseInvisible()
  }

  /// Reads a regular file of at most `largestSize` bytes; a link is followed, a pipe or device is refused unopened.
  init(reading url: URL, name: String, path: String, largestSize: Int = LibraryFile.largestSize) throws(LibraryFailure)
  {
    let target = url.resolvingSymlinksInPath()
    let attributes = try? FileManager.default.attributesOfItem(atPath: target.path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular else {
      throw LibraryFailure(file: name, line: 0, column: 0, message: "This is not a regular file.")
    }
    var data = Data()
    do {
      let handle = try FileHandle(forReadingFrom: target)
      defer { try? handle.close() }
      data = try handle.read(upToCount: largestSize + 1) ?? Data()
    } catch {
      throw LibraryFailure(
        file: name, line: 0, column: 0, message: "The file cannot be read; check its permissions.")
    }
    guard data.count <= largestSize else {
      throw LibraryFailure(
        file: name, line: 0, column: 0,
        message: "The file has more than \(largestSize) bytes, which is the most that is read.")
    }
    try self.init(name: name, path: path, bytes: Array(data), largestSize: largestSize)
  }

  /// Makes a failure at a place in this file.
  func failure(line: Int, column: Int, _ message: String) -> LibraryFailure {
    LibraryFailure(file: name, line: line, column: column, message: message)
  }

  /// Refuses characters that a person who reads the file cannot see, because what is shown must be what is there.
  private func refuseInvisible() throws(LibraryFailure) {
    var line = 1
    var column = 1
    for scalar in text.unicodeScalars {
      if scalar.isInvisibleControl {
        let code = String(scalar.value, radix: 16, uppercase: true)
        throw failure(
          line: line, column: column,
          "The invisible control character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code) "
            + "is not allowed; remove it.")
      }
      if scalar == "\n" {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
  }
}

extension Unicode.Scalar {
  /// Whether the scalar steers a terminal or the direction of text instead of being seen.
  var isInvisibleControl: Bool {
    switch value {
    case 0x09, 0x0A, 0x0D: return false
    case 0x00...0x1F, 0x7F...0x9F: return true
    case 0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2060...0x2064, 0x2066...0x206F, 0xFEFF:
      return true
    case 0xE0000...0xE007F: return true
    default: return false
    }
  }
}
