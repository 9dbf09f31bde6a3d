/// One file an agent wrote, before it is accepted.
public struct CandidateFile: Equatable, Sendable {
  /// Path below the workspace, with `/`, without a leading one, as the agent gave it.
  public var path: String
  /// What is to stand in it.
  public var bytes: [UInt8]
  /// Whether it is to be executable.
  public var isExecutable: Bool
  /// The task that wrote it.
  public var task: String
  /// Whether the task was to write this very file.
  public var isExpected: Bool
  /// The role of whoever wrote it; empty where nobody says.
  public var role: String

  /// Makes a candidate from its parts.
  public init(
    path: String, bytes: [UInt8], isExecutable: Bool, task: String, isExpected: Bool, role: String = ""
  ) {
    self.role = role
    self.path = path
    self.bytes = bytes
    self.isExecutable = isExecutable
    self.task = task
    self.isExpected = isExpected
  }
}

/// One thing that speaks against a file.
public struct PreflightFinding: Equatable, Sendable {
  /// What a finding means for the file.
  public enum Severity: String, Equatable, Sendable {
    /// The file must not be accepted.
    case reject
    /// The file may be accepted; somebody should know.
    case warn
  }

  /// The name of the validator that found it.
  public var check: String
  /// What it means for the file.
  public var severity: Severity
  /// The line, counted from 1; 0 when it is about the whole file.
  public var line: Int
  /// What is wrong and what to do instead, in one or two sentences.
  public var message: String

  /// Makes a finding from its parts.
  public init(check: String, severity: Severity, line: Int, message: String) {
    self.check = check
    self.severity = severity
    self.line = line
    self.message = message
  }
}

/// Looks at every file an agent wrote before it becomes part of what was accepted.
public protocol Preflight: Sendable {
  /// Names everything that speaks against a file; an empty list accepts it.
  ///
  /// - Throws: Only `CancellationError`; a look that cannot be taken is a finding that says so.
  func check(_ file: CandidateFile) async throws -> [PreflightFinding]
}

/// Accepts every file unseen, for tests of something else.
public struct NoPreflight: Preflight {
  /// Makes it.
  public init() {}

  /// Finds nothing.
  public func check(_ file: CandidateFile) async throws -> [PreflightFinding] { [] }
}
