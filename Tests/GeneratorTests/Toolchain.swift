import Foundation
import Testing

@testable import Generator

/// The Python tools generated systems are checked with, installed once for all tests.
///
/// `SIGNALBOX_TOOLCHAIN` names the folder that keeps them between test runs; without it they go to the temporary
/// folder. The installation's name depends on the pinned versions, so a changed pin makes a new one.
enum Toolchain {
  /// Why the tools could not be installed.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// What a finished program said and how it ended.
  struct Outcome {
    var status: Int32
    var output: String
  }

  /// The folder with the tools' programs.
  static func programs() throws -> URL {
    try installation.get().appendingPathComponent("bin")
  }

  /// Whether the slow tests were asked for.
  static var isSlowAllowed: Bool { ProcessInfo.processInfo.environment["SIGNALBOX_SLOW"] == "1" }

  private static let installation = Result { try install() }

  private static func install() throws -> URL {
    let requirements = try SystemGenerator().toolchainRequirements
    let environment = ProcessInfo.processInfo.environment
    let parent =
      environment["SIGNALBOX_TOOLCHAIN"].map { URL(fileURLWithPath: $0) } ?? FileManager.default.temporaryDirectory
    let hash = requirements.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    let folder = parent.appendingPathComponent("signalbox-toolchain-" + String(hash, radix: 16))
    let list = folder.appendingPathComponent("requirements.txt")
    if FileManager.default.fileExists(atPath: folder.appendingPathComponent("complete").path) { return folder }

    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(requirements.utf8).write(to: list)
    let python = folder.appendingPathComponent("bin/python").path
    for command in [
      ["python3", "-m", "venv", folder.path], [python, "-m", "pip", "install", "--quiet", "--requirement", list.path],
    ] {
      let outcome = try run(command, in: folder, seconds: 600)
      guard outcome.status == 0 else {
        throw Failure(description: "\(command.joined(separator: " ")) failed:\n\(outcome.output.suffix(4000))")
      }
    }
    try Data().write(to: folder.appendingPathComponent("complete"))
    return folder
  }

  /// Runs a program to its end, at most for some seconds, with an environment of its own.
  static func run(_ command: [String], in folder: URL, seconds: Int = 300) throws -> Outcome {
    let log = FileManager.default.temporaryDirectory.appendingPathComponent("output-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: log) }
    try Data().write(to: log)
    let process = process(["timeout", "--signal=KILL", String(seconds)] + command, in: folder, [:])
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try handle.close()
    return Outcome(status: process.terminationStatus, output: try String(contentsOf: log, encoding: .utf8))
  }

  /// Prepares a program found on the search path, which sees only these variables and what Python needs.
  static func process(_ command: [String], in folder: URL, _ variables: [String: String]) -> Process {
    let own = ProcessInfo.processInfo.environment
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = folder
    process.environment = variables.merging(
      ["PATH": own["PATH"] ?? "/usr/bin:/bin", "HOME": own["HOME"] ?? "/", "PYTHONDONTWRITEBYTECODE": "1"]
    ) { given, _ in given }
    // where a machine keeps its packages is its own business
    for (name, value) in own where name.hasPrefix("PIP_") || name.hasPrefix("SSL_") || name.hasSuffix("_proxy") {
      process.environment?[name] = value
    }
    return process
  }
}

/// A generated system on disk, removed when the test is over.
final class GeneratedWorkspace {
  let folder: URL

  /// Generates a system and writes it down.
  init(_ request: GenerationRequest) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("system-\(UUID().uuidString)")
    let generator = try SystemGenerator()
    for task in try generator.tasks(for: request, substages: Samples.substages) {
      for file in try generator.files(of: task, for: request) {
        let place = folder.appendingPathComponent(file.path)
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.bytes).write(to: place)
      }
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Runs every quality gate and records an issue for each that fails.
  func checkGates(coverage: Int) throws {
    let programs = try Toolchain.programs()
    let caches = programs.deletingLastPathComponent()
    func expect(_ name: String, _ arguments: [String], also: (String) -> Bool = { _ in true }) throws {
      let outcome = try Toolchain.run([programs.appendingPathComponent(name).path] + arguments, in: folder)
      let isPassed = outcome.status == 0 && also(outcome.output)
      #expect(isPassed, "\(name) \(arguments.joined(separator: " ")):\n\(outcome.output.suffix(6000))")
    }
    try expect("ruff", ["check", "--no-cache", "."])
    try expect("ruff", ["format", "--no-cache", "--check", "--diff", "."])
    try expect("mypy", ["--cache-dir", caches.appendingPathComponent("mypy").path, "."])
    try expect("bandit", ["-r", "."]) { $0.contains("No issues identified") }
    try expect("bandit", ["-c", "pyproject.toml", "-r", "."]) { $0.contains("No issues identified") }
    try expect(
      "pytest",
      [
        "-q", "-p", "no:cacheprovider", "-W", "error", "--cov=services", "--cov-report=html", "--cov-report=xml",
        "--cov-fail-under=\(coverage)",
      ])
    for evidence in ["htmlcov/index.html", "coverage.xml"] {
      #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(evidence).path))
    }
  }
}
