import Engine

/// Lets a program of the project's own choice judge files of its kind; exit status 0 accepts.
///
/// `{file}` among the arguments becomes the path of a copy; without it the file is standard input. The program gets no
/// environment of the machine, runs in an empty folder, and is stopped when its time is over.
public struct CommandValidator: PreflightValidator {
  /// The name its findings carry.
  public let name: String
  /// Which files it judges.
  public let pattern: PathPattern
  /// The program and its arguments.
  public let arguments: [String]

  /// Makes a validator from its parts.
  public init(name: String = "custom", pattern: PathPattern, arguments: [String]) {
    self.name = name
    self.pattern = pattern
    self.arguments = arguments
  }

  /// Runs the program when the file is of its kind.
  public func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard pattern.matches(context.file.path), context.file.bytes.count <= context.rules.largestFile else { return [] }
    let run = try await context.run(arguments)
    if run.exitStatus == 0 { return [] }
    let program = arguments.first ?? ""
    if let words = PythonReading.lost(run, context.rules) {
      return [reject("\(program) could not judge this file: \(words). Write it again, shorter and less nested.")]
    }
    let said = Toolchain.lastLines(run)
    return [
      reject(
        "\(program) does not accept this file: \(said.isEmpty ? "exit status \(run.exitStatus ?? -1)" : said)")
    ]
  }
}
