import Engine
import Foundation
import Kernel

/// What a gate gets to do one check.
public struct GateContext: Sendable {
  /// The folder to check.
  public var workspace: any Workspace
  /// The tools, when they could be had.
  public var toolchain: ToolchainLocation?
  /// Why they could not, in words.
  public var toolchainFailure: String?
  /// An absolute folder for reports and raw output; what is put there stays.
  public var evidence: String
  /// The beginning of every evidence file's name, e.g. `lint-2`.
  public var name: String
  /// An absolute folder for caches and temporary files, outside the workspace; may be emptied at any time.
  public var scratch: String
  /// What must be reached, in words.
  public var required: String
  /// Settings by name.
  public var settings: [String: String]
  /// How long one command may take.
  public var timeLimit: Duration
  /// What runs commands.
  public var runner: CommandRunner
  /// What commands are kept in, since they run what agents wrote; `nil` runs them as they are.
  public var containment: Containment?

  /// Makes a context from its parts.
  public init(
    workspace: any Workspace, toolchain: ToolchainLocation?, evidence: String, name: String, scratch: String,
    required: String, settings: [String: String] = [:], timeLimit: Duration = .seconds(900),
    runner: CommandRunner = CommandRunner(), containment: Containment? = nil
  ) {
    self.containment = containment
    self.workspace = workspace
    self.toolchain = toolchain
    self.evidence = evidence
    self.name = name
    self.scratch = scratch
    self.required = required
    self.settings = settings
    self.timeLimit = timeLimit
    self.runner = runner
  }
}

/// One kind of check.
///
/// A new kind is one file that conforms, one line in `GateCatalogue.standard`, and one test file.
public protocol GateKind: Sendable {
  /// The name by which workflows ask for it.
  var name: String { get }
  /// Files, and folders ending in `/`, that the check itself may make or change in the workspace.
  var artefacts: [String] { get }
  /// Makes the check.
  ///
  /// - Throws: `GateUnavailable` when it cannot be made, `CancellationError`; anything else counts as unavailable too.
  func check(_ context: GateContext) async throws -> GateResult
}

extension GateKind {
  /// Most checks leave nothing in the workspace.
  public var artefacts: [String] { [] }
}

/// What a check makes of its findings.
public struct GateVerdict: Equatable, Sendable {
  /// Whether what was required was reached.
  public var passed: Bool
  /// What was reached, in words.
  public var achieved: String

  /// Makes a verdict from its parts.
  public init(passed: Bool, achieved: String) {
    self.passed = passed
    self.achieved = achieved
  }
}

/// A check whose verdict is what it found, so that what was found before can be set aside (see ``Baseline``).
public protocol FindingsKind: GateKind {
  /// Judges findings of this check; what `check` itself says of a whole look is the same.
  func judge(_ findings: [Finding], _ context: GateContext) throws -> GateVerdict
}

/// Says that a check cannot be made, which is never a pass.
public struct GateUnavailable: Error, Equatable, Sendable, CustomStringConvertible {
  /// Why not, and what to do.
  public var description: String

  /// Makes it from its words.
  public init(_ description: String) { self.description = description }
}

extension GateContext {
  /// How many findings a result names; the evidence holds all.
  static let findingLimit = 100
  /// The largest report that is read.
  static let reportLimit = 64 << 20

  /// The tools, or a reason why the check cannot be made.
  func tools() throws -> ToolchainLocation {
    if let toolchain { return toolchain }
    let reason = toolchainFailure ?? "they are not prepared; prepare them, then run the gate again."
    throw GateUnavailable("The tools for the checks cannot be had: \(reason)")
  }

  /// An evidence file of this gate.
  func evidenceFile(_ ending: String) -> String { "\(evidence)/\(name)\(ending)" }

  /// The environment every command gets: built here, nothing inherited.
  func environment() -> [String: String] {
    var environment = [
      "PATH": "/usr/bin:/bin", "HOME": scratch + "/home", "TMPDIR": scratch + "/tmp", "LC_ALL": "C.UTF-8",
      "LANG": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1",
      "PYTHONNOUSERSITE": "1", "PYTHONHASHSEED": "0", "RUFF_CACHE_DIR": scratch + "/ruff",
      "MYPY_CACHE_DIR": scratch + "/mypy", "COVERAGE_FILE": scratch + "/coverage.data",
    ]
    if let toolchain {
      environment["PATH"] = "\(toolchain.programs):/usr/bin:/bin"
      environment["VIRTUAL_ENV"] = toolchain.folder
    }
    return environment
  }

  /// Runs a command in the workspace and keeps its raw output as evidence, in a file with this ending.
  func run(_ arguments: [String], log: String = ".log") async throws -> CommandResult {
    for folder in [evidence, scratch + "/home", scratch + "/tmp"] {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    let contained = containment?.command(
      arguments, workspace: workspace.root, writable: [evidence, scratch],
      readable: toolchain.map { [$0.folder] } ?? [],
      network: false)
    do {
      var result = try await runner.run(
        contained ?? arguments, in: workspace.root, environment: environment(), timeLimit: timeLimit,
        outputLimit: 8 << 20, evidence: evidenceFile(log))
      // What is on record is the check, not the walls around it.
      if contained != nil {
        let name = arguments.first ?? ""
        result.arguments =
          [(try? CommandRunner.find(name, path: environment()["PATH"] ?? "")) ?? name] + arguments.dropFirst()
      }
      return result
    } catch let failure as CommandFailure {
      throw GateUnavailable(failure.description)
    }
  }

  /// Makes way for a report that a tool is about to write, so that an older one is never taken for it.
  func clear(_ report: String) throws {
    try FileManager.default.createDirectory(
      atPath: evidence, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    if FileManager.default.fileExists(atPath: report) { try FileManager.default.removeItem(atPath: report) }
  }

  /// Reads a report a tool wrote; `nil` when it wrote none.
  func report(_ path: String) throws -> Data? {
    guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int else { return nil }
    guard size <= GateContext.reportLimit else {
      throw GateUnavailable("The report \(path) is \(size) bytes long; only \(GateContext.reportLimit) are read.")
    }
    return FileManager.default.contents(atPath: path)
  }

  /// Writes a record that is to prove a result: lines, and the whole text of other evidence, each with its hash.
  ///
  /// - Returns: Where it is, and its SHA-256.
  func keepRecord(_ lines: [String], including files: [String] = []) throws -> (path: String, hash: String) {
    var bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    for file in files {
      let content = try report(file).map { Array($0) }
      bytes += Array("evidence: \(content.map(sha256) ?? "not there") \(file)\n".utf8)
      if let content { bytes += content + [UInt8(ascii: "\n")] }
    }
    let path = evidenceFile(".txt")
    try clear(path)
    try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    return (path, sha256(bytes))
  }

  /// A path below the workspace for one that a tool reports, absolute or not.
  func relative(_ path: String) -> String {
    var path = Substring(path)
    if path.hasPrefix(workspace.root + "/") { path = path.dropFirst(workspace.root.count + 1) }
    while path.hasPrefix("./") { path = path.dropFirst(2) }
    return String(path)
  }

  /// A result with what every result says; `evidence` names the file that proves it.
  func result(
    _ passed: Bool, achieved: String, findings: [Finding] = [], run: CommandResult? = nil, evidence: String? = nil
  ) -> GateResult {
    let proof = evidence ?? run.map { _ in evidenceFile(".log") }
    return GateResult(
      passed: passed, required: required, achieved: achieved,
      findings: findings, command: run?.arguments ?? [],
      exitStatus: run?.exitStatus.map(Int.init), evidence: proof, evidenceHash: proof.flatMap(fileDigest),
      milliseconds: Int((run?.seconds ?? 0) * 1000))
  }

  /// The result of a command that was stopped or died before it could judge, or `nil` when it ended by itself.
  func endedBadly(_ run: CommandResult) -> GateResult? {
    if run.timedOut {
      return result(false, achieved: "stopped after \(timeLimit.components.seconds) seconds", run: run)
    }
    if let signal = run.signal { return result(false, achieved: "ended by signal \(signal)", run: run) }
    return nil
  }

  /// The result of a command whose exit status says that it did not do its work.
  func broken(_ tool: String, _ run: CommandResult) -> GateResult {
    let words = Toolchain.lastLines(run)
    return result(
      false, achieved: "\(tool) failed with exit status \(run.exitStatus ?? -1)",
      findings: [Finding(file: ".", line: 0, code: "\(tool)-failed", message: words)], run: run)
  }
}

/// “1 error”, “2 errors”.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
