/// Says why a file of the library cannot be used, where it says so, and what was expected instead.
///
/// This target reads data files and nothing else: it never writes, never runs anything and knows no session.
public struct LibraryFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file, as a person would name it.
  public var file: String
  /// The line, counted from 1, or 0 when the file as a whole is meant.
  public var line: Int
  /// The column in Unicode scalars, counted from 1, or 0 when the file as a whole is meant.
  public var column: Int
  /// What is wrong and what was expected, in one or two sentences.
  public var message: String

  /// Makes a failure from its parts.
  public init(file: String, line: Int, column: Int, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  /// The failure as compilers write it, `file:line:column: message`, so that editors can jump to it.
  public var description: String { line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)" }
}
