import Engine
import Foundation
import Glibc
import Kernel
import Synchronization

/// Starts an agent's program once, shakes hands, opens a session in an empty folder, and stops it.
///
/// Nothing is prompted, so no model is asked and nothing is charged. The session is opened because only then an agent says
/// that it wants a login.
public struct AgentTrial: Sendable {
  /// What a program said of itself, and how long that took.
  public struct Outcome: Equatable, Sendable {
    /// What it said.
    public var greeting: ACPAgent.Greeting
    /// From its start to its session, in milliseconds.
    public var milliseconds: Int
  }

  private let definition: ACPAgent.Definition
  private let containment: Containment?
  private let seconds: Int

  /// Makes a trial.
  ///
  /// - Parameters:
  ///   - definition: What the program is.
  ///   - containment: How far it is kept from everything else; `nil` starts it as it is, for tests.
  ///   - seconds: How long it has for everything. Real programs need one to five, those that fetch themselves first more.
  public init(_ definition: ACPAgent.Definition, containment: Containment?, seconds: Int = 20) {
    self.definition = definition
    self.containment = containment
    self.seconds = seconds
  }

  /// Tries the program out.
  ///
  /// - Throws: A `TaskFailure` that says what is wrong.
  public func run() async throws -> Outcome {
    let place = try PrivateFolder("trial", below: "/tmp")
    let folder = place.path
    defer { place.remove() }
    let start = ContinuousClock.now
    let process: AgentProcess
    do {
      let words =
        containment?.command(
          definition.arguments, workspace: folder, writable: definition.writable, readable: definition.readable,
          network: definition.network) ?? definition.arguments
      process = try AgentProcess(
        words, in: folder, environment: definition.environment,
        patience: .init(closing: .milliseconds(500), stopping: .seconds(2)))
    } catch {
      throw TaskFailure(
        cause: .environment, message: "\(definition.name) could not be started: \(error)", type: "AgentNotStarted")
    }
    let connection = RPCConnection(write: { try await process.write($0) })
    let running = Task {
      await connection.run(
        process.lines, answer: { _, method, _ in throw RPCError.methodNotFound(method) }, tell: { _, _ in },
        ended: { await ACPAgent.gone(process) })
    }
    let result: Result<Outcome, any Error>
    do {
      let greeting = try await talk(connection, in: folder, since: start)
      let passed = (ContinuousClock.now - start).components
      result = .success(
        Outcome(
          greeting: greeting,
          milliseconds: Int(passed.seconds * 1_000 + passed.attoseconds / 1_000_000_000_000_000)))
    } catch {
      result = .failure(error)
    }
    await process.stop()
    await connection.close("\(definition.name) was stopped.")
    await running.value
    do {
      return try result.get()
    } catch let error as ConnectionFailure {
      let isLate = if case .late = error { true } else { false }
      throw TaskFailure(
        cause: .environment,
        message: isLate ? "\(definition.name) did not answer within \(seconds) s." : error.description,
        type: isLate ? "AgentLate" : "AgentGone")
    } catch let error as RPCError {
      throw TaskFailure(
        cause: .environment,
        message: "\(definition.name) answered with an error: \(Deed.line(error.description))", type: "AgentError")
    }
  }

  private func talk(
    _ connection: RPCConnection, in folder: String, since start: ContinuousClock.Instant
  ) async throws -> ACPAgent.Greeting {
    func left() -> Int { max(1, seconds - Int((ContinuousClock.now - start).components.seconds)) }
    let greeting = try await ACPAgent.greet(connection, seconds: left())
    // As a task does it, or it would warn of what does no harm.
    _ = try await ACPAgent.newSession(
      connection, ["cwd": .string(folder), "mcpServers": .array([])], greeting: greeting, seconds: left)
    return greeting
  }
}
