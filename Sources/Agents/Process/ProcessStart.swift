import CSignalbox
import Engine
import Glibc

/// Why a program could not be started, in the system's words.
public struct ProcessRefused: Error, Equatable, Sendable, CustomStringConvertible {
  /// The program.
  public var program: String
  /// What the system said.
  public var reason: String

  /// Both in one sentence.
  public var description: String { "\(program) cannot be started: \(reason)." }
}

/// Starts a program in a process session of its own, with the three descriptors and the environment it is given and
/// nothing else.
enum ProcessStart {
  /// Starts a program without waiting for it.
  ///
  /// - Parameters:
  ///   - arguments: The program by its path, and its arguments.
  ///   - folder: The absolute path of the folder to run in.
  ///   - environment: Everything it gets; nothing is inherited.
  /// - Returns: Its process identifier, which is its group's and its session's too. The caller waits for its end.
  /// - Throws: ``ProcessRefused``.
  static func start(
    _ arguments: [String], in folder: String, environment: [String: String], input: Int32, output: Int32, error: Int32
  ) throws -> Int32 {
    guard let program = arguments.first else { throw ProcessRefused(program: "Nothing", reason: "no program is named") }
    // A text with a zero byte would be cut there, and mean something else.
    let words = arguments + [folder] + environment.flatMap { [$0.key, $0.value] }
    guard !words.contains(where: { $0.utf8.contains(0) }) else {
      throw ProcessRefused(program: program, reason: "an argument or a variable holds a zero byte")
    }
    var process: Int32 = 0
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    let status = withWords(arguments) { argv in
      withWords(variables) { envp in signalbox_spawn(&process, folder, [input, output, error], argv, envp) }
    }
    guard status == 0 else { throw ProcessRefused(program: program, reason: String(cString: strerror(status))) }
    return process
  }

  /// Waits for the end of a process that was started here; its wait status.
  ///
  /// It blocks its thread; call it on one of its own.
  static func waitForEnd(of process: Int32) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }

  /// The same command with its program's path, looked up in the absolute folders of a `PATH`.
  ///
  /// - Throws: ``ProcessRefused``.
  static func located(_ arguments: [String], path: String) throws -> [String] {
    guard let name = arguments.first, !name.contains("/") else { return arguments }
    guard let program = findProgram(name, path: path) else {
      throw ProcessRefused(program: name, reason: "it was not found in \(path.isEmpty ? "an empty PATH" : path)")
    }
    return [program] + arguments.dropFirst()
  }
}
