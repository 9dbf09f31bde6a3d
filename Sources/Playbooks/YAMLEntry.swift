import Yams

/// One value of a YAML file together with the place where it stands.
///
/// Every reader below says what it expected and where, so that a person can correct the file without this source.
struct YAMLEntry {
  /// The value as Yams composed it.
  let node: Node
  /// The file it stands in.
  let file: LibraryFile

  /// More values than this in one file are refused; the built-in workflow has about 700.
  static let mostNodes = 5_000

  /// Makes a failure at this value.
  func failure(_ message: String) -> LibraryFailure {
    file.failure(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message)
  }

  // MARK: - Reading a file

  /// Reads a whole file, refusing what makes YAML surprising: anchors, aliases, merge keys and doubled keys.
  static func read(_ file: LibraryFile) throws(LibraryFailure) -> YAMLEntry {
    try refuseAnchors(in: file)
    let root: Node?
    do {
      root = try compose(yaml: file.text, .default, .default, .utf8)
    } catch {
      throw failure(from: error, in: file)
    }
    guard let root else { throw file.failure(line: 1, column: 1, "The file is empty; expected names and values.") }
    let entry = YAMLEntry(node: root, file: file)
    var count = 0
    try entry.inspect(&count)
    return entry
  }

  /// Refuses an anchor before anything is composed: hashing keys made of aliases takes exponential time, and Yams holds
  /// a node's anchor weakly, so that afterwards it cannot be seen any more.
  ///
  /// An anchor is `&` and a letter, digit, `_` or `-`, where a value may begin: after a blank or a mark of a list or table.
  /// So “R&D”, “a & b” and a shell's `>&2` pass; “&nbsp;” after a blank in a text is refused too, which costs one word in a message and no time.
  private static func refuseAnchors(in file: LibraryFile) throws(LibraryFailure) {
    var line = 1
    var column = 1
    var before: Unicode.Scalar = "\n"
    var isAfterAnd = false
    for scalar in file.text.unicodeScalars {
      if isAfterAnd, scalar.isWordPart {
        throw file.failure(
          line: line, column: column - 1,
          "Anchors (“&name”) and aliases are not allowed; write the value out, or put a space after “&”.")
      }
      isAfterAnd = scalar == "&" && before.mayStandBeforeANode
      before = scalar
      if scalar == "\n" {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
  }

  private func inspect(_ count: inout Int) throws(LibraryFailure) {
    count += 1
    guard count <= YAMLEntry.mostNodes else {
      throw failure("The file holds more than \(YAMLEntry.mostNodes) values, which is the most that is read.")
    }
    switch node {
    case .scalar: return
    case .alias: throw failure("Aliases are not allowed; write the value out.")
    case .sequence(let sequence):
      for item in sequence { try YAMLEntry(node: item, file: file).inspect(&count) }
    case .mapping(let mapping):
      for (key, value) in mapping {
        guard case .scalar(let name) = key else {
          throw YAMLEntry(node: key, file: file).failure("Expected a plain name before the colon.")
        }
        if name.string == "<<" {
          throw YAMLEntry(node: key, file: file).failure("Merge keys (“<<”) are not allowed; write the values out.")
        }
        try YAMLEntry(node: key, file: file).inspect(&count)
        try YAMLEntry(node: value, file: file).inspect(&count)
      }
    }
  }

  private static func failure(from error: any Error, in file: LibraryFile) -> LibraryFailure {
    guard let error = error as? YamlError else {
      return file.failure(line: 1, column: 1, "The file is not YAML.")
    }
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let words = context.map { "\($0.text), \(problem)" } ?? problem
      return file.failure(line: mark.line, column: mark.column, "This is not YAML: \(words).")
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.map { "“\($0)”" }.joined(separator: ", ")
      return file.failure(
        line: context.mark.line, column: context.mark.column,
        "\(list) stands more than once among the same values; keep one of them.")
    case .reader(let problem, _, _, _): return file.failure(line: 1, column: 1, "This is not YAML: \(problem).")
    case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      return file.failure(line: 1, column: 1, "The file cannot be read as YAML.")
    }
  }

  // MARK: - Reading values

  /// The value as named values, of which only the given names are allowed.
  func table(_ what: String, required: [String], optional: [String] = []) throws(LibraryFailure) -> YAMLTable {
    let allowed = required + optional
    let list = allowed.joined(separator: ", ")
    guard case .mapping(let mapping) = node else {
      throw failure("Expected \(what) as named values: \(list).")
    }
    var entries: [(name: String, entry: YAMLEntry)] = []
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      guard allowed.contains(name) else {
        throw YAMLEntry(node: key, file: file).failure("“\(name)” is not known in \(what); known are \(list).")
      }
      // Yams compares keys with their tags, so `true` and `"true"` are two keys for it; here they are one.
      guard !entries.contains(where: { $0.name == name }) else {
        throw YAMLEntry(node: key, file: file).failure("“\(name)” stands twice in \(what); keep one of them.")
      }
      entries.append((name, YAMLEntry(node: value, file: file)))
    }
    let table = YAMLTable(what: what, owner: self, entries: entries)
    for name in required { _ = try table.entry(name) }
    return table
  }

  /// The value as a list; `what` names one item of it.
  func list(of what: String) throws(LibraryFailure) -> [YAMLEntry] {
    guard case .sequence(let sequence) = node else {
      throw failure("Expected a list of \(what), one “- ” per item.")
    }
    return sequence.map { YAMLEntry(node: $0, file: file) }
  }

  /// The value as a text that is not empty, exactly as written, whatever YAML would make of it.
  func text(_ what: String) throws(LibraryFailure) -> String {
    guard case .scalar(let scalar) = node, !scalar.string.allSatisfy(\.isWhitespace) else {
      throw failure("Expected \(what) as text.")
    }
    if let scalar = scalar.string.unicodeScalars.first(where: \.isInvisibleControl) {
      throw failure("\(what) holds the invisible control character U+\(String(scalar.value, radix: 16)); remove it.")
    }
    return scalar.string
  }

  /// The value as an identifier: lower-case letters, digits, hyphens and, for sub-stages, points and capitals.
  func identifier(_ what: String, allowing more: String = "") throws(LibraryFailure) -> String {
    let text = try text(what)
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "-"
        || more.unicodeScalars.contains(scalar)
    }
    guard isPlain, text.unicodeScalars.count <= 64, text.unicodeScalars.first != "-" else {
      throw failure("Expected \(what) out of lower-case letters, digits and hyphens, not “\(text)”.")
    }
    return text
  }

  /// The value as a whole number within bounds.
  func whole(_ what: String, in range: ClosedRange<Int>) throws(LibraryFailure) -> Int {
    let text = node.scalar?.string ?? ""
    guard let number = Int(text), range.contains(number) else {
      let found = text.isEmpty ? "" : ", not “\(text)”"
      throw failure("Expected \(what) as a whole number from \(range.lowerBound) to \(range.upperBound)\(found).")
    }
    return number
  }

  /// The value as `true` or `false`.
  func flag(_ what: String) throws(LibraryFailure) -> Bool {
    switch node.scalar?.string {
    case "true": return true
    case "false": return false
    default: throw failure("Expected \(what) as true or false.")
    }
  }

  /// The value as one of the given words.
  func choice<Value: RawRepresentable & CaseIterable>(
    _ what: String, of type: Value.Type
  ) throws(LibraryFailure) -> Value where Value.RawValue == String {
    let text = try text(what)
    guard let value = Value(rawValue: text) else {
      let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw failure("“\(text)” is no \(what); known are \(known).")
    }
    return value
  }
}

/// The named values of one mapping, every one of them known to its reader.
struct YAMLTable {
  /// What the mapping describes, for messages.
  let what: String
  /// The mapping itself, for failures about the whole.
  let owner: YAMLEntry
  /// The values in the order written.
  let entries: [(name: String, entry: YAMLEntry)]

  /// A value that must be there.
  func entry(_ name: String) throws(LibraryFailure) -> YAMLEntry {
    guard let entry = optional(name) else { throw owner.failure("“\(name)” is missing in \(what).") }
    return entry
  }

  /// A value that may be left out.
  func optional(_ name: String) -> YAMLEntry? { entries.first { $0.name == name }?.entry }
}

extension Unicode.Scalar {
  /// Whether a value may begin right after it: blanks, every end of a line that YAML knows, and marks of lists and tables.
  fileprivate var mayStandBeforeANode: Bool {
    switch self {
    case " ", "\t", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}", "[", "{", ",", ":", "-", "?", "!", "]",
      "}":
      return true
    default: return false
    }
  }

  /// Whether YAML counts the scalar among those of an anchor's name.
  fileprivate var isWordPart: Bool {
    ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self) || self == "_" || self == "-"
  }
}
