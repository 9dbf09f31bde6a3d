import Engine

/// A Python of the machine that answered when it was asked.
struct PythonInterpreter: Equatable, Sendable {
  /// The program's own absolute path, behind every shim.
  var path: String
  /// Its version, e.g. `3.12.4`.
  var version: String

  /// The newest Python of the machine that answers; programs that only stand in for one (shims) may not.
  static func find(
    in folder: String, environment: [String: String], runner: CommandRunner, timeLimit: Duration = .seconds(30)
  ) async throws -> PythonInterpreter? {
    let script = "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])"
    for name in ["python3.14", "python3.13", "python3.12", "python3"] {
      guard let program = try? CommandRunner.find(name, path: environment["PATH"] ?? "") else { continue }
      let result = try await runner.run(
        [program, "-I", "-c", script], in: folder, environment: environment, timeLimit: timeLimit, outputLimit: 4096)
      let lines = String(decoding: result.output, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
      guard result.exitStatus == 0, lines.count == 2, lines[0].hasPrefix("/") else { continue }
      return PythonInterpreter(path: lines[0], version: lines[1])
    }
    return nil
  }
}
