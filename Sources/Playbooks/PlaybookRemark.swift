/// Something about the library that a person should look at, where it stands, and what to do instead.
public struct PlaybookRemark: Equatable, Sendable, CustomStringConvertible {
  /// What is the matter.
  public enum Kind: String, CaseIterable, Equatable, Sendable {
    /// The file cannot be used; whatever needs it does not start.
    case refused
    /// No workflow uses the file.
    case unused
    /// The trigger can never hold, or not where it is used.
    case unreachable
    /// Another playbook is always asked in its place.
    case shadowed
    /// The option can never be offered, or never recommended.
    case idle
    /// A scenario has no playbook in a workflow, or a role has nobody.
    case missing
  }

  /// What is the matter.
  public var kind: Kind
  /// The file, as a person would name it.
  public var file: String
  /// The line, counted from 1, or 0 when the file as a whole is meant.
  public var line: Int
  /// The column in Unicode scalars, counted from 1, or 0 when the file as a whole is meant.
  public var column: Int
  /// What was found, in one or two sentences.
  public var message: String
  /// What to do instead, in one sentence.
  public var instead: String

  /// Makes a remark from its parts.
  public init(kind: Kind, file: String, line: Int, column: Int, message: String, instead: String) {
    self.kind = kind
    self.file = file
    self.line = line
    self.column = column
    self.message = message
    self.instead = instead
  }

  /// The remark as compilers write it, `file:line:column: message`, so that editors can jump to it.
  public var description: String {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    return "\(place): \(message) \(instead)"
  }

  /// A remark about a file that was refused; its message says what was expected.
  init(_ failure: LibraryFailure) {
    self.init(
      kind: .refused, file: failure.file, line: failure.line, column: failure.column, message: failure.message,
      instead: "Correct it there; until then nothing that uses this file can start.")
  }

  /// A remark at a value of a file.
  init(_ kind: Kind, at entry: YAMLEntry, _ message: String, instead: String) {
    let place = entry.failure(message)
    self.init(
      kind: kind, file: place.file, line: place.line, column: place.column, message: message, instead: instead)
  }
}
