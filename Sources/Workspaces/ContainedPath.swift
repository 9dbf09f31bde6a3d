import Engine

/// Names one file below a workspace, as the bytes the file system holds.
///
/// Bytes, because two spellings of one word (NFC and NFD) are two files but compare equal as `String`.
struct ContainedPath: Hashable, Sendable {
  /// The whole path, components joined by `/`, no `/` at either end.
  let bytes: [UInt8]

  /// Takes bytes that a listing of the folder itself produced.
  init(listed bytes: [UInt8]) { self.bytes = bytes }

  /// Checks a path somebody asked for; what could leave the folder, or stand for `.git` anywhere, is refused.
  init(asked text: String) throws {
    try self.init(asked: Array(text.utf8))
  }

  /// Checks a path somebody asked for, given as bytes.
  init(asked bytes: [UInt8]) throws {
    let path = ContainedPath(listed: bytes)
    let shown = path.shown
    guard !bytes.isEmpty else { throw WorkspaceRefusal("An empty path names no file; give one below the workspace.") }
    guard !bytes.contains(0) else {
      throw WorkspaceRefusal("\(shown) holds a NUL byte, which no file name can hold.")
    }
    guard bytes.first != UInt8(ascii: "/") else {
      throw WorkspaceRefusal("\(shown) is absolute; give a path below the workspace.")
    }
    guard bytes.count < ContainedPath.longestPath else {
      throw WorkspaceRefusal("\(shown) is longer than \(ContainedPath.longestPath - 1) bytes; use shorter names.")
    }
    for component in path.components {
      let name = Array(component)
      guard !name.isEmpty, name != [UInt8(ascii: ".")], name != Array("..".utf8) else {
        throw WorkspaceRefusal("\(shown) holds an empty name, “.” or “..”; name every folder plainly.")
      }
      guard name.count <= ContainedPath.longestName else {
        throw WorkspaceRefusal("\(shown) holds a name of more than \(ContainedPath.longestName) bytes; shorten it.")
      }
      guard !ContainedPath.standsForGit(name) else {
        throw WorkspaceRefusal("\(shown) names git's own folder, which nothing may write or read here.")
      }
      guard !ContainedPath.isPassedOver(name) else {
        throw WorkspaceRefusal(
          "\(shown) lies in a cache that checkpoints pass over, so it could not be restored; choose another place.")
      }
    }
    self = path
  }

  /// The longest name Linux file systems take, in bytes.
  static let longestName = 255
  /// The longest path a system call takes, in bytes, with its closing NUL.
  static let longestPath = 4096
  /// How deep a file may lie; deeper ones are refused so that every walk is bounded.
  static let deepest = 256

  /// The names between the slashes.
  var components: [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
  }

  /// The last name.
  var name: [UInt8] { components.last.map(Array.init) ?? [] }

  /// The folder it lies in, or `nil` directly below the workspace.
  var parent: ContainedPath? {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return ContainedPath(listed: Array(bytes[..<slash]))
  }

  /// Every folder above it, the outermost first.
  var ancestors: [ContainedPath] {
    bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }.map { ContainedPath(listed: Array(bytes[..<$0])) }
  }

  /// The path one name further down.
  func appending(_ name: [UInt8]) -> ContainedPath { ContainedPath(listed: bytes + [UInt8(ascii: "/")] + name) }

  /// Tells whether this path lies below a folder.
  func isBelow(_ folder: ContainedPath) -> Bool {
    bytes.count > folder.bytes.count && bytes.starts(with: folder.bytes)
      && bytes[folder.bytes.count] == UInt8(ascii: "/")
  }

  /// The path as a listing gives it.
  ///
  /// Bytes that are not UTF-8 are written `\xNN`, a backslash beside them `\\`, and the whole begins with `./`, which
  /// no true path does: so two different files never share a listed path.
  var listed: String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return "./" + escaped { $0 == UInt8(ascii: "\\") || $0 >= 0x80 }
  }

  /// The path in quotation marks, safe to put into a sentence: controls and bytes outside ASCII that are not UTF-8
  /// are written as escapes, and only the first 200 bytes are shown.
  var shown: String {
    let short = ContainedPath(listed: Array(bytes.prefix(200)))
    let valid = String(validating: short.bytes, as: UTF8.self) != nil
    let text = short.escaped { $0 < 0x20 || $0 == 0x7F || (!valid && $0 >= 0x80) }
    return "“\(text)\(bytes.count > 200 ? "…" : "")”"
  }

  private func escaped(_ needsEscape: (UInt8) -> Bool) -> String {
    var result: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in bytes {
      if byte == UInt8(ascii: "\\"), needsEscape(byte) {
        result += Array("\\\\".utf8)
      } else if needsEscape(byte) {
        result += Array("\\x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension ContainedPath: Comparable {
  static func < (left: ContainedPath, right: ContainedPath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension ContainedPath {
  /// The folders that tools fill and can fill again; a walk does not look into them.
  static let caches: Set<[UInt8]> = Set(
    ["__pycache__", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", "node_modules"].map { Array($0.utf8) })

  /// How a file is called while it is being written; one left behind by a crash is no part of the workspace.
  static let partialPrefix = Array(".signalbox-partial-".utf8)

  /// Tells whether a walk passes an entry over: `.git` in any folder, caches, coverage data, half-written files.
  static func isPassedOver(_ name: [UInt8]) -> Bool {
    name == Array(".git".utf8) || caches.contains(name) || name == Array(".coverage".utf8)
      || name.starts(with: Array(".coverage.".utf8)) || name.starts(with: partialPrefix)
  }

  /// Tells whether git on any file system could take a name for `.git`: other case, trailing dots or blanks, a
  /// stream suffix, the short name `git~1`, or characters that HFS+ ignores.
  static func standsForGit(_ name: [UInt8]) -> Bool {
    var scalars = String(decoding: name, as: UTF8.self).unicodeScalars.filter { scalar in
      switch scalar.value {
      case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: false
      default: true
      }
    }
    if let colon = scalars.firstIndex(of: ":") { scalars = .init(scalars[..<colon]) }
    while let last = scalars.last, last == "." || last == " " { scalars.removeLast() }
    let plain = String(String.UnicodeScalarView(scalars)).lowercased()
    return plain == ".git" || plain == "git~1"
  }
}
