import Foundation
import Glibc
import Subprocess
import SystemPackage
import Testing

/// The built program, run as a person would: its own state folder, its own working folder, nothing of the caller's.
struct Program {
  /// What a run printed and how it ended.
  struct Result {
    var status: Int32
    var output: String
    var words: String

    /// Standard output as JSON.
    func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed) }
  }

  /// Where everything of this run lies; removed by nobody, since temporary folders are.
  let folder: String
  /// Variables of one test's own.
  var variables: [String: String] = [:]
  /// The state folder.
  var home: String { folder + "/state" }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("signalbox-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// Looks at a folder in which a program worked before.
  init(at folder: String) throws { self.folder = folder }

  /// The executable beside the tests.
  static var path: String { Bundle.main.bundlePath + "/signalbox" }

  /// The tools that gates need, made once for all tests.
  static var toolchain: String {
    ProcessInfo.processInfo.environment["SIGNALBOX_TOOLCHAIN"] ?? NSTemporaryDirectory() + "/signalbox-toolchain"
  }

  var environment: [String: String] {
    var own = [
      "SIGNALBOX_HOME": home, "HOME": folder, "LANG": "C.UTF-8", "TERM": "xterm-256color",
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
      "SWIFT_BACKTRACE": "interactive=no,color=no", "SIGNALBOX_TOOLCHAIN": Self.toolchain,
    ]
    // What a machine needs to reach its package index is the machine's, not the test's.
    for (name, value) in ProcessInfo.processInfo.environment
    where ["PIP_", "UV_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_", "REQUESTS_CA", "LD_LIBRARY_PATH"]
      .contains(where: { name.uppercased().hasPrefix($0) })
    {
      own[name] = value
    }
    own.merge(variables) { _, given in given }
    return own
  }

  /// Runs the program to its end.
  func run(_ words: String..., limit: Duration = .seconds(600)) async throws -> Result {
    try await Self.run(Self.path, words, in: folder, environment: environment)
  }

  /// Runs another program to its end.
  static func run(
    _ program: String, _ words: [String], in folder: String, environment: [String: String]
  ) async throws -> Result {
    var variables: [Environment.Key: String] = [:]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    let record = try await Subprocess.run(
      program.hasPrefix("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(words),
      environment: .custom(variables), workingDirectory: FilePath(folder), input: .none,
      output: .string(limit: 64 << 20), error: .string(limit: 4 << 20))
    let status: Int32
    switch record.terminationStatus {
    case .exited(let code): status = code
    case .signaled(let number): status = -Int32(number)
    }
    return Result(status: status, output: record.standardOutput, words: record.standardError)
  }

  /// Starts the program without waiting for it, in a process session of its own.
  func start(_ words: String...) -> pid_t { start(words) }

  /// The same, with the words in a list.
  func start(_ words: [String]) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, folder + "/out.log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID
    // `env` enters the folder and becomes the program: the process stays the same one.
    let arguments = (["/usr/bin/env", "-C", folder, Self.path] + words).map { strdup($0) }
    let variables = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { for text in arguments + variables { free(text) } }
    var process = pid_t()
    let status = posix_spawn(&process, "/usr/bin/env", &actions, &attributes, arguments + [nil], variables + [nil])
    precondition(status == 0, "the program could not be started: \(status)")
    return process
  }

  /// Kills a started program without a word and waits until it is gone.
  static func kill(_ process: pid_t) {
    Glibc.kill(process, SIGKILL)
    _ = ended(process)
  }

  /// Waits until a started program has ended; its wait status.
  @discardableResult
  static func ended(_ process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }

  /// Asks again until it is so; what is waited for happens in another process, which tells nobody here.
  func eventually(_ condition: () async throws -> Bool, _ place: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<1_200 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    Issue.record("It did not come to that within half a minute.", sourceLocation: place)
  }

  /// Kills the engine that works for a session in the background, once it does.
  ///
  /// - Parameter ifThere: Whether it is enough that none works.
  func stopEngine(of session: String, ifThere: Bool = false) async throws {
    if ifThere, !(try await show(session)["engine"] is [String: Any]) { return }
    try await eventually { try await show(session)["engine"] is [String: Any] }
    let engine = try #require(try await show(session)["engine"] as? [String: Any])
    let words = try #require(engine["holder"] as? String).split(separator: " ")
    if words.count > 1, let process = pid_t(words[1]) { Glibc.kill(process, SIGKILL) }
  }

  func write(_ text: String, to name: String) throws -> String {
    let path = folder + "/" + name
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// The events of a session, as `signalbox events --json` prints them.
  func events(_ session: String) async throws -> [[String: Any]] {
    let printed = try await run("events", session, "--json")
    return try printed.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// The open decisions.
  func decisions() async throws -> [[String: Any]] {
    try #require(try await run("decisions", "--json").json() as? [[String: Any]])
  }

  /// A session's state.
  func show(_ session: String) async throws -> [String: Any] {
    try #require(try await run("show", session, "--json").json() as? [String: Any])
  }
}

/// A brief without gaps that is quick to generate.
let smallBrief = """
  # Note keeper

  ## Business context
  People of a small office lose notes on paper; they want one place to keep and find them. Success: no lost note.

  ## Target maturity level
  1

  ## Functional requirements
  - Must: create, read, change and delete notes
  - Should: list notes page by page

  ## Optional modules
  none

  ## Non-functional constraints
  The framework's defaults are accepted.

  ## Dependencies and integrations
  None besides PostgreSQL.

  ## Scope boundaries
  No accounts, no sharing.

  ## Expected deliverables
  Source code, tests, a report.

  ## Acceptance criteria
  All tests pass and the coverage of the level is reached.

  ## Open questions and risks
  None known.

  ## Data model
  ### note
  - subject: text
  - body: text
  - pinned: boolean
  """

/// Approvals that a person gives in advance.
let approvals = """
  by: ada
  answers:
    - playbook: approve-intake
      option: approve
    - playbook: approve-plan
      option: approve
    - playbook: sign-off
      option: approve
  """
