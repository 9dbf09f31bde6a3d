import Engine
import Foundation

/// One kind of look at a file.
///
/// A new kind is one file that conforms, one line in `PreflightCatalogue.standard`, and one test.
public protocol PreflightValidator: Sendable {
  /// The name its findings carry.
  var name: String { get }
  /// Names what speaks against the file.
  ///
  /// - Throws: `CancellationError`; anything else becomes a warning that the look could not be taken.
  func check(_ context: PreflightContext) async throws -> [PreflightFinding]
}

extension PreflightValidator {
  /// A finding of this validator that keeps the file out.
  func reject(_ message: String, line: Int = 0) -> PreflightFinding {
    PreflightFinding(check: name, severity: .reject, line: line, message: message)
  }

  /// A finding of this validator that lets the file in.
  func warn(_ message: String, line: Int = 0) -> PreflightFinding {
    PreflightFinding(check: name, severity: .warn, line: line, message: message)
  }

  /// The finding that a look could not be taken, which is never passed over in silence.
  func notChecked(_ reason: String) -> PreflightFinding {
    warn("This was not checked: \(reason)")
  }
}

/// What preflight allows and forbids, as data.
public struct PreflightRules: Equatable, Sendable {
  /// A path that agents leave alone.
  public struct ProtectedPath: Equatable, Sendable {
    /// Which paths.
    public var pattern: PathPattern
    /// Whether not even a task that names the file may write it.
    public var isAbsolute: Bool
    /// Why, as the end of a sentence: “it belongs to …”.
    public var reason: String

    /// Makes a line of the list.
    public init(_ pattern: PathPattern, isAbsolute: Bool = false, reason: String) {
      self.pattern = pattern
      self.isAbsolute = isAbsolute
      self.reason = reason
    }
  }

  /// The largest file that is accepted, in bytes.
  public var largestFile: Int
  /// Files that may be empty.
  public var mayBeEmpty: [PathPattern]
  /// Paths that agents leave alone.
  public var protected: [ProtectedPath]
  /// How long one program may look at one file.
  public var timeLimit: Duration

  /// Makes rules; without arguments, those every session begins with.
  public init(
    largestFile: Int = 2 << 20, mayBeEmpty: [PathPattern] = PreflightRules.standardEmpty,
    protected: [ProtectedPath] = PreflightRules.standardProtected, timeLimit: Duration = .seconds(10)
  ) {
    self.largestFile = largestFile
    self.mayBeEmpty = mayBeEmpty
    self.protected = protected
    self.timeLimit = timeLimit
  }

  /// Files whose being there is all they say.
  public static let standardEmpty: [PathPattern] = ["__init__.py", ".gitkeep", ".keep", "py.typed", ".nojekyll"]

  /// What belongs to the engine, to git, or to people.
  public static let standardProtected = [
    ProtectedPath(".git/", isAbsolute: true, reason: "git's own files decide what runs when git is used"),
    ProtectedPath(".git", isAbsolute: true, reason: "it would make another repository of the folder"),
    ProtectedPath(".signalbox/", isAbsolute: true, reason: "it holds what the session is supervised by"),
    ProtectedPath(".signalbox", isAbsolute: true, reason: "it holds what the session is supervised by"),
    ProtectedPath(".gitmodules", reason: "it makes git fetch what nobody reviewed"),
    ProtectedPath(".env", reason: "it holds the secrets of one machine"),
    ProtectedPath(".env.local", reason: "it holds the secrets of one machine"),
    ProtectedPath(".env.production", reason: "it holds the secrets of one machine"),
    ProtectedPath("/artifacts/", reason: "the engine keeps its documents there"),
    ProtectedPath("/.github/", reason: "it decides what the host runs"),
    ProtectedPath(".gitlab-ci.yml", reason: "it decides what the host runs"),
    ProtectedPath("/.circleci/", reason: "it decides what the host runs"),
    ProtectedPath("/.gitea/", reason: "it decides what the host runs"),
    ProtectedPath("/Jenkinsfile", reason: "it decides what the host runs"),
    ProtectedPath("/azure-pipelines.yml", reason: "it decides what the host runs"),
    ProtectedPath("/.husky/", reason: "it decides what git runs on a person's machine"),
    ProtectedPath(".pre-commit-config.yaml", reason: "it decides what git runs on a person's machine"),
    ProtectedPath("sitecustomize.py", reason: "Python runs it before every check"),
    ProtectedPath("usercustomize.py", reason: "Python runs it before every check"),
    ProtectedPath("*.pth", reason: "Python runs it before every check"),
    ProtectedPath(".ssh/", reason: "it holds keys"),
  ]
}

/// What a validator gets to look at one file.
public struct PreflightContext: Sendable {
  /// The file.
  public let file: CandidateFile
  /// The rules.
  public let rules: PreflightRules
  /// What its name says it holds.
  let kind: FileKind
  /// Its text, when it is UTF-8 without NUL bytes and not too large to be read.
  let text: String?
  /// What Python said of it, when it is Python.
  let reading: PythonReading?
  /// Where the programs come from.
  let programs: PreflightPrograms

  /// The lines as bytes, without their ends.
  var lines: [ArraySlice<UInt8>] {
    file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  }

  /// Lets a program read the file; `{file}` among its arguments becomes the path of a copy, else it is standard input.
  func run(_ arguments: [String]) async throws -> CommandResult {
    try await programs.run(arguments, over: file, timeLimit: rules.timeLimit)
  }
}

/// Runs programs over one file at a time, outside of every workspace.
actor PreflightPrograms {
  /// Everything a program gets.
  let environment: [String: String]
  private let python: String?
  private let runner = CommandRunner()
  private var interpreter: PythonInterpreter?

  /// Makes the runner.
  ///
  /// - Parameters:
  ///   - path: The folders programs are looked up in.
  ///   - python: The Python to use, by absolute path; `nil` takes the newest that is found.
  init(path: String, python: String?) {
    self.python = python
    environment = [
      "PATH": path.split(separator: ":").filter { $0.hasPrefix("/") }.joined(separator: ":"), "LC_ALL": "C.UTF-8",
      "LANG": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1",
    ]
  }

  /// The Python that reads files, found once; `nil` when the machine has none.
  func findPython() async throws -> PythonInterpreter? {
    if let interpreter { return interpreter }
    var environment = environment
    // A shim asks its owner's home which Python is meant.
    environment["HOME"] = NSHomeDirectory()
    if let python {
      let script = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
      let result = try? await runner.run(
        [python, "-I", "-S", "-c", script], in: "/", environment: environment, timeLimit: .seconds(30),
        outputLimit: 4096)
      try Task.checkCancellation()
      let version = result.map { String(decoding: $0.output, as: UTF8.self) }?.split(whereSeparator: \.isNewline)
      if result?.exitStatus == 0, let version, version.count == 1 {
        interpreter = PythonInterpreter(path: python, version: String(version[0]))
      }
    }
    if interpreter == nil {
      interpreter = try await PythonInterpreter.find(in: "/", environment: environment, runner: runner)
    }
    return interpreter
  }

  /// Runs a program over a file and leaves nothing behind.
  nonisolated func run(
    _ arguments: [String], over file: CandidateFile, timeLimit: Duration
  ) async throws -> CommandResult {
    let folder: PrivateFolder
    do { folder = try PrivateFolder("preflight") } catch { throw CommandFailure.refused(error.message) }
    defer { folder.remove() }
    let place = folder.path
    let copy = place + "/" + PreflightPrograms.nameOfCopy(file.path)
    guard
      FileManager.default.createFile(
        atPath: copy, contents: Data(file.bytes), attributes: [.posixPermissions: 0o600])
    else { throw CommandFailure.refused("\(copy) cannot be written; is the disk full?") }
    var environment = environment
    environment["HOME"] = place
    environment["TMPDIR"] = place
    return try await runner.run(
      arguments.map { $0 == "{file}" ? copy : $0 }, in: place, environment: environment, timeLimit: timeLimit,
      outputLimit: 1 << 18, input: arguments.contains("{file}") ? nil : copy)
  }

  /// A harmless name that keeps the ending, since some programs go by it.
  private static func nameOfCopy(_ path: String) -> String {
    let ending = path.utf8.split(separator: UInt8(ascii: "/")).last?.split(separator: UInt8(ascii: ".")).last
    guard let ending, ending.count <= 10, path.utf8.contains(UInt8(ascii: ".")),
      ending.allSatisfy({ (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) })
    else { return "candidate" }
    return "candidate." + String(decoding: ending, as: UTF8.self)
  }
}
