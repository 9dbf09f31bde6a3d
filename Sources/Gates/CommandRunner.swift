// Gates runs checks for real and judges what they leave behind. It never inherits an environment, never leaves a
// process behind, never believes a sentence a tool or an agent printed, and never counts a check that could not be
// made as passed.

import Engine
import Foundation
import Glibc
import Subprocess
import SystemPackage

/// What one command did.
public struct CommandResult: Sendable, Equatable {
  /// The command as it was run, the program by its absolute path.
  public var arguments: [String]
  /// Its exit status, when it ended by itself.
  public var exitStatus: Int32?
  /// The signal that ended it, when one did.
  public var signal: Int32?
  /// Whether it was stopped because its time was over.
  public var timedOut: Bool
  /// Standard output and error as they came, cut in the middle when there was more than the limit.
  public var output: [UInt8]
  /// Whether something was cut out of `output`.
  public var truncated: Bool
  /// How long it took, in seconds.
  public var seconds: Double
  /// SHA-256 of everything it wrote, cut or not, in lower-case hex.
  public var digest: String

  /// Makes a result from its parts.
  public init(
    arguments: [String], exitStatus: Int32?, signal: Int32?, timedOut: Bool, output: [UInt8], truncated: Bool,
    seconds: Double, digest: String
  ) {
    self.arguments = arguments
    self.exitStatus = exitStatus
    self.signal = signal
    self.timedOut = timedOut
    self.output = output
    self.truncated = truncated
    self.seconds = seconds
    self.digest = digest
  }
}

/// Why a command could not be run at all.
public enum CommandFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The program is not in any folder of the given `PATH`.
  case missing(program: String, path: String)
  /// The system refused, in its own words.
  case refused(String)

  /// What went wrong, for people.
  public var description: String {
    switch self {
    case .missing(let program, let path): "\(program) was not found in \(path.isEmpty ? "an empty PATH" : path)."
    case .refused(let reason): reason
    }
  }
}

/// Runs a command to its end, with nothing inherited and nothing left behind.
public struct CommandRunner: Sendable {
  /// The environment variable that marks everything a command starts, so that it can be found again.
  static let mark = "SIGNALBOX_COMMAND"
  /// How long a process may clean up after itself when it is told to stop.
  static let stopGrace = Duration.seconds(2)
  /// How long the output is waited for after the command's end, when somebody else holds it open.
  static let outputGrace = Duration.seconds(2)

  /// Makes a runner.
  public init() {}

  /// Runs a command in a session of its own, its standard input empty or a file.
  ///
  /// At the time limit, and when the calling task is cancelled, the whole group gets SIGTERM and two seconds later
  /// SIGKILL. Whatever the command left running is killed when it ends, daemons included: they are known by their
  /// session and by a mark in their environment.
  ///
  /// - Parameters:
  ///   - arguments: The program, by absolute path or by a name to look up in `environment["PATH"]`, and its arguments.
  ///   - folder: The absolute path of the folder to run in.
  ///   - environment: Everything the command gets; nothing is inherited.
  ///   - timeLimit: How long it may take.
  ///   - outputLimit: How many bytes of output to keep in memory.
  ///   - input: The absolute path of a file to read from; `nil` gives nothing to read.
  ///   - evidence: A file that receives the raw output, up to 256 MiB of it; replaced when it exists.
  ///   - onOutput: Called with each piece of output as it comes, in order.
  /// - Throws: `CommandFailure` when it cannot be run, `CancellationError` when the task was cancelled.
  public func run(
    _ arguments: [String], in folder: String, environment: [String: String], timeLimit: Duration, outputLimit: Int,
    input: String? = nil, evidence: String? = nil, onOutput: (@Sendable ([UInt8]) -> Void)? = nil
  ) async throws -> CommandResult {
    guard let name = arguments.first else { throw CommandFailure.refused("An empty command cannot be run.") }
    let program = try CommandRunner.find(name, path: environment["PATH"] ?? "")
    let command = [program] + arguments.dropFirst()
    let mark = UUID().uuidString
    var environment = environment
    environment[CommandRunner.mark] = mark
    let collector = try OutputCollector(limit: outputLimit, evidence: evidence, onOutput: onOutput)
    let clock = ContinuousClock()
    let start = clock.now
    let ending: Ending
    do {
      ending = try await end(
        of: command, in: folder, environment: environment, timeLimit: timeLimit, input: input, into: collector)
    } catch {
      _ = await collector.finish(grace: .zero)
      await ProcessSweep(variable: CommandRunner.mark, mark: mark, session: nil).run()
      throw error
    }
    await ProcessSweep(variable: CommandRunner.mark, mark: mark, session: ending.process).run()
    let collected = await collector.finish(grace: CommandRunner.outputGrace)
    try Task.checkCancellation()
    if let complaint = collected.complaint { throw CommandFailure.refused(complaint) }
    let took = (clock.now - start).components
    return CommandResult(
      arguments: command, exitStatus: ending.exitStatus, signal: ending.signal, timedOut: ending.timedOut,
      output: collected.output, truncated: collected.truncated,
      seconds: Double(took.seconds) + Double(took.attoseconds) / 1e18, digest: collected.digest)
  }

  private struct Ending: Sendable {
    var process: Int32
    var exitStatus: Int32?
    var signal: Int32?
    var timedOut = false
  }

  private func end(
    of command: [String], in folder: String, environment: [String: String], timeLimit: Duration,
    input: String?, into collector: OutputCollector
  ) async throws -> Ending {
    try await withThrowingTaskGroup(of: Ending?.self) { group in
      group.addTask { try await start(command, in: folder, environment: environment, input: input, into: collector) }
      group.addTask {
        try? await Task.sleep(for: timeLimit)
        return nil
      }
      var timedOut = false
      while let next = try await group.next() {
        guard var ending = next else {
          // The time is over, or the caller was cancelled: both stop the command, and only its end ends the wait.
          timedOut = !Task.isCancelled
          group.cancelAll()
          continue
        }
        group.cancelAll()
        ending.timedOut = timedOut
        return ending
      }
      throw CommandFailure.refused("\(command[0]) came to no end.")
    }
  }

  private func start(
    _ command: [String], in folder: String, environment: [String: String], input: String?,
    into collector: OutputCollector
  ) async throws -> Ending {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: CommandRunner.stopGrace)
    ]
    var values: [Environment.Key: String] = [:]
    for (key, value) in environment {
      guard let name = Environment.Key(rawValue: key) else { continue }
      values[name] = value
    }
    // A file and not a pipe: a program that reads nothing of it cannot make anybody wait.
    let given = open(input ?? "/dev/null", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard given >= 0 else {
      throw CommandFailure.refused("\(input ?? "/dev/null") cannot be read: \(String(cString: strerror(errno))).")
    }
    do {
      let result = try await Subprocess.run(
        .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())), environment: .custom(values),
        workingDirectory: FilePath(folder), platformOptions: options,
        input: .fileDescriptor(FileDescriptor(rawValue: given), closeAfterSpawningProcess: true),
        output: .fileDescriptor(collector.takeWriteEnd(), closeAfterSpawningProcess: true),
        error: .combinedWithOutput)
      var ending = Ending(process: result.processIdentifier.value)
      switch result.terminationStatus {
      case .exited(let code): ending.exitStatus = code
      case .signaled(let code): ending.signal = code
      }
      return ending
    } catch let error as SubprocessError {
      throw CommandFailure.refused("\(command[0]) could not be run in \(folder): \(error.description)")
    }
  }

  /// Looks a program up in the absolute folders of a `PATH`.
  static func find(_ name: String, path: String) throws -> String {
    if name.hasPrefix("/") { return name }
    guard !name.contains("/") else {
      throw CommandFailure.refused("\(name) is a relative path; name the program or give its absolute path.")
    }
    guard let program = findProgram(name, path: path) else { throw CommandFailure.missing(program: name, path: path) }
    return program
  }
}
