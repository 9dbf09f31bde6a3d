import Engine
import Kernel

/// Performs the task that makes the gates' tools ready.
public struct ToolchainPerformer: TaskPerformer {
  private let toolchain: Toolchain

  /// Makes the performer of a toolchain.
  public init(_ toolchain: Toolchain) { self.toolchain = toolchain }

  /// Prepares the tools; every step is noted, every line of the installer goes to the transcript.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    do {
      let location = try await toolchain.prepare { assignment.transcript.write($0) }
      await assignment.note(.ok, "The tools for the checks are ready (Python \(location.pythonVersion)).")
      return TaskReport()
    } catch let failure as ToolchainFailure {
      throw TaskFailure(cause: .environment, message: failure.description)
    }
  }
}
