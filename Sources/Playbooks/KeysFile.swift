import Foundation

/// One line of a key file, with the places where its words stand.
public struct KeyLine: Sendable {
  /// A word of the file and where it stands.
  public struct Word: Sendable {
    /// The word, as written.
    public var text: String
    let failure: LibraryFailure

    init(_ text: String, at entry: YAMLEntry) {
      self.text = text
      failure = entry.failure("")
    }
  }

  /// The action's name.
  public var action: Word
  /// The place's name, where the line means one place only.
  public var place: Word?
  /// The names of the keys.
  public var keys: [Word]

  /// Makes a failure at a word of the line.
  public func failure(at word: Word, _ message: String) -> LibraryFailure {
    var failure = word.failure
    failure.message = message
    return failure
  }
}

/// Reads which keys a person wants for what; whether they can have them is the console's to judge.
///
///     keys:
///       decision.next: [D, f2]
///       place.close: {session: [f12]}
public enum KeysFile {
  /// Reads a file at a path.
  ///
  /// - Throws: A ``LibraryFailure`` with the place to correct.
  public static func read(path: String) throws(LibraryFailure) -> [KeyLine] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw LibraryFailure(file: path, line: 0, column: 0, message: "There is no such file.")
    }
    return try lines(in: LibraryFile(reading: URL(fileURLWithPath: path), name: path, path: path))
  }

  static func lines(in file: LibraryFile) throws(LibraryFailure) -> [KeyLine] {
    let table = try YAMLEntry.read(file).table("a file of keys", required: ["keys"])
    let keys = try table.entry("keys")
    var lines: [KeyLine] = []
    for (name, value) in try entries(of: keys, what: "actions, such as decision.next: [D, f2]") {
      guard case .mapping = value.node else {
        lines.append(KeyLine(action: name, place: nil, keys: try words(value)))
        continue
      }
      for (place, value) in try entries(of: value, what: "places, such as session: [p]") {
        lines.append(KeyLine(action: name, place: place, keys: try words(value)))
      }
    }
    return lines
  }

  /// The named values of a mapping, whose names are not known here.
  private static func entries(
    of entry: YAMLEntry, what: String
  ) throws(LibraryFailure) -> [(name: KeyLine.Word, value: YAMLEntry)] {
    guard case .mapping(let mapping) = entry.node else { throw entry.failure("Expected \(what).") }
    var found: [(name: KeyLine.Word, value: YAMLEntry)] = []
    for (key, value) in mapping {
      let name = YAMLEntry(node: key, file: entry.file)
      let text = try name.text("a name")
      guard !found.contains(where: { $0.name.text == text }) else {
        throw name.failure("“\(text)” stands twice; keep one of them.")
      }
      found.append((KeyLine.Word(text, at: name), YAMLEntry(node: value, file: entry.file)))
    }
    return found
  }

  /// One key, or a list of keys. A blank stands for the space bar.
  private static func words(_ entry: YAMLEntry) throws(LibraryFailure) -> [KeyLine.Word] {
    if case .scalar(let scalar) = entry.node, !scalar.string.isEmpty, scalar.string != "null", scalar.string != "~" {
      return [KeyLine.Word(scalar.string, at: entry)]
    }
    guard case .sequence = entry.node else { throw entry.failure("Expected a list of keys, such as [D, f2].") }
    var words: [KeyLine.Word] = []
    for item in try entry.list(of: "keys") {
      guard case .scalar(let scalar) = item.node, !scalar.string.isEmpty else {
        throw item.failure("Expected a key, such as D, f2 or ctrl-p.")
      }
      guard !words.contains(where: { $0.text == scalar.string }) else {
        throw item.failure("“\(scalar.string)” stands twice; keep one of them.")
      }
      words.append(KeyLine.Word(scalar.string, at: item))
    }
    return words
  }
}

extension Library {
  /// What the project's or the person's `keys.yaml` says, the first one found, or `nil` when there is none.
  public func keys() throws(LibraryFailure) -> [KeyLine]? {
    guard let file = try find("keys.yaml") else { return nil }
    return try KeysFile.lines(in: file)
  }
}
