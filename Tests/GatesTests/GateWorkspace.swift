import Engine
import Foundation
import Glibc
import Kernel
import Testing
import Workspaces

@testable import Gates

/// The tools every gate test runs with: built once, kept in the folder that `SIGNALBOX_TOOLCHAIN` names, else in the
/// machine's temporary folder.
enum TestToolchain {
  static let requirements = "ruff\nmypy\nbandit\npytest\npytest-cov\n"
  static let folder =
    ProcessInfo.processInfo.environment["SIGNALBOX_TOOLCHAIN"]
    ?? NSTemporaryDirectory() + "signalbox-toolchain-tests-\(getuid())"
  static let shared = Toolchain(folder: folder, requirements: requirements)

  static func location() async throws -> ToolchainLocation { try await shared.prepare { _ in } }
}

/// A workspace of one test's own, with places for evidence beside it; removed when the test is over.
final class GateWorkspace: Sendable {
  let path: String
  let workspace: GitWorkspace
  var root: String { path + "/workspace" }
  var evidence: String { path + "/evidence" }

  /// A small service that passes every gate.
  static let good = [
    "services/__init__.py": "",
    "services/sums.py": "def add(left: int, right: int) -> int:\n    return left + right\n",
    "tests/test_sums.py": """
    from services.sums import add


    def test_add() -> None:
        assert add(2, 3) == 5

    """,
    ".env.example": "MODE=test\n",
  ]

  init(_ files: [String: String] = GateWorkspace.good) async throws {
    var template = Array("/tmp/signalbox-gates-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw GateUnavailable("mkdtemp: \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    workspace = try await GitWorkspace(root: path + "/workspace", store: path + "/store")
    for (name, text) in files { try await workspace.write(Array(text.utf8), to: name, executable: false) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func add(_ text: String, to name: String) async throws {
    try await workspace.write(Array(text.utf8), to: name, executable: false)
  }

  func context(
    required: String = "", settings: [String: String] = [:], tools: Bool = true, timeLimit: Duration = .seconds(120)
  ) async throws -> GateContext {
    GateContext(
      workspace: workspace, toolchain: tools ? try await TestToolchain.location() : nil, evidence: evidence,
      name: "gate-1", scratch: path + "/scratch", required: required, settings: settings, timeLimit: timeLimit)
  }

  /// Runs a gate as the engine does.
  func run(
    _ kind: String, required: String = "", settings: [String: String] = [:], tools: Bool = true,
    timeLimit: Duration = .seconds(120)
  ) async throws -> GateResult {
    try await GateCatalogue().run(
      kind: kind, try await context(required: required, settings: settings, tools: tools, timeLimit: timeLimit))
  }
}

extension GateResult {
  /// Findings in one line each, as `file:line code`.
  var places: [String] { findings.map { "\($0.file):\($0.line) \($0.code)" } }

  /// Expects the evidence to be there with the digest the result names.
  func expectEvidence(sourceLocation: SourceLocation = #_sourceLocation) {
    guard let evidence, let hash = evidenceHash else {
      Issue.record("there is no evidence", sourceLocation: sourceLocation)
      return
    }
    #expect(fileDigest(evidence) == hash, sourceLocation: sourceLocation)
  }
}

/// Collects lines from any thread.
final class Lines: Sendable {
  private let lines = NSLockedLines()
  func add(_ line: String) { lines.add(line) }
  var all: [String] { lines.all }
}

/// Serialises access to the lines with a lock, which is the proof that sharing it is safe.
private final class NSLockedLines: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []
  func add(_ line: String) { lock.withLock { lines.append(line) } }
  var all: [String] { lock.withLock { lines } }
}
