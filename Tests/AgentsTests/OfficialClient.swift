import Foundation
import Testing

/// The official client of the Model Context Protocol in a virtual environment of its own, made once.
///
/// `SIGNALBOX_TOOLCHAIN` names the folder that keeps it between test runs; without it it goes to the temporary folder.
enum OfficialClient {
  /// Where this test's files lie.
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  /// The program under test, beside the tests.
  static let program = URL(fileURLWithPath: Bundle.main.bundlePath + "/signalbox")
  /// The interpreter that has the client, or why there is none.
  static let python = Result { try install() }

  /// Whether the client is there. Where every change is judged it has to be.
  static var isThere: Bool {
    if case .success = python { return true }
    return ProcessInfo.processInfo.environment["CI"] == "true"
  }

  /// Why the client could not be installed.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private static func install() throws -> URL {
    let list = folder.appendingPathComponent("verify_mcp_requirements.txt")
    let parent =
      ProcessInfo.processInfo.environment["SIGNALBOX_TOOLCHAIN"].map { URL(fileURLWithPath: $0) }
      ?? FileManager.default.temporaryDirectory
    // Named after what is in it, so that a changed version makes a new one.
    let versions = try String(contentsOf: list, encoding: .utf8).split(whereSeparator: \.isNewline)
    let place = parent.appendingPathComponent("signalbox-client-" + versions.joined(separator: "-"))
    let python = place.appendingPathComponent("bin/python")
    let complete = place.appendingPathComponent("complete")
    if FileManager.default.fileExists(atPath: complete.path) { return python }
    try? FileManager.default.removeItem(at: place)
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    for command in [
      ["python3", "-m", "venv", place.path],
      [python.path, "-m", "pip", "install", "--quiet", "--requirement", list.path],
    ] {
      let (status, output) = try run(command, seconds: 600)
      guard status == 0 else {
        throw Failure(description: "\(command.joined(separator: " ")) failed:\n\(output.suffix(4_000))")
      }
    }
    try Data().write(to: complete)
    return python
  }

  /// Runs a program to its end, at most for some seconds.
  static func run(_ command: [String], seconds: Int) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["timeout", "--signal=KILL", String(seconds)] + command
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }
}
