import Engine
import Foundation
import Glibc
import Testing

@testable import Agents

/// A folder of one test's own, and what tests with real processes need.
final class Place: Sendable {
  let path: String
  /// Stands in the command line of everything a test starts to find it again: `sleep 3600.TAG`.
  let tag = String(Int.random(in: 100_000...999_999))

  /// The program beside the tests.
  static var signalbox: String { Bundle.main.bundlePath + "/signalbox" }

  init() throws {
    var template = Array("/tmp/signalbox-agents-XXXXXX".utf8CString)
    #expect(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for folder in [workspace, state] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    try "the journal".write(toFile: state + "/journal.db", atomically: true, encoding: .utf8)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var workspace: String { path + "/workspace" }
  var state: String { path + "/state" }
  var sleep: String { "sleep 3600.\(tag)" }

  /// How many processes with the tag are alive.
  var alive: Int { Self.count("3600.\(tag)") }

  static func count(_ argument: String) -> Int {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.count { process in
      guard Int32(process) != nil, let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else {
        return false
      }
      return line.split(separator: 0).contains { $0.elementsEqual(argument.utf8) }
    }
  }

  /// Waits until a condition holds and returns how long that took; the test fails when it never does.
  @discardableResult
  func eventually(
    within limit: Duration = .seconds(5), _ place: SourceLocation = #_sourceLocation, _ condition: () -> Bool
  ) async throws -> Duration {
    let start = ContinuousClock.now
    while !condition() {
      guard ContinuousClock.now - start < limit else {
        Issue.record("It did not come to that within \(limit).", sourceLocation: place)
        return limit
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    return ContinuousClock.now - start
  }

  /// Runs a command to its end and returns what it printed.
  func run(
    _ arguments: [String], environment: [String: String] = ["PATH": "/usr/bin:/bin"],
    patience: AgentProcess.Patience = AgentProcess.Patience()
  ) async throws -> (ending: AgentProcess.Ending, output: String, errors: String) {
    let process = try AgentProcess(arguments, in: workspace, environment: environment, patience: patience)
    process.closeInput()
    var output = ""
    for await line in process.lines {
      if case .bytes(let bytes) = line { output += String(decoding: bytes, as: UTF8.self) + "\n" }
    }
    let ending = await process.wait()
    return (ending, output, String(decoding: process.standardError.bytes, as: UTF8.self))
  }

  /// Starts a program that nobody reads and nobody sweeps.
  func start(_ arguments: [String], environment: [String: String] = ["PATH": "/usr/bin:/bin"]) throws -> Int32 {
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    let log = open(path + "/out.log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer {
      close(nothing)
      close(log)
    }
    return try ProcessStart.start(
      arguments, in: workspace, environment: environment, input: nothing, output: log, error: log)
  }

  var log: String { (try? String(contentsOfFile: path + "/out.log", encoding: .utf8)) ?? "" }

  /// How much memory this process holds, in bytes.
  static var memory: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
  }
}
