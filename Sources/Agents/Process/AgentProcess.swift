import Engine
import Foundation
import Glibc
import Synchronization

/// A program that works for a session, with pipes of its own for what goes in and what comes out.
///
/// It gets nothing but what it is given. When it ends, however it does, everything it started is swept away; its end is
/// known from the system and never from a closed pipe, which something it left behind may hold open. Whoever starts one
/// waits for it or stops it.
///
/// ```swift
/// let agent = try AgentProcess(containment.command(…), in: root, environment: ["PATH": "/usr/bin:/bin"])
/// try await agent.write(Array("hello\n".utf8))
/// for await line in agent.lines { … }
/// let ending = await agent.wait()
/// ```
public final class AgentProcess: Sendable {
  /// How a program ended.
  public struct Ending: Equatable, Sendable {
    /// Its exit status, when it ended by itself.
    public var exitStatus: Int32?
    /// The signal that ended it, when one did.
    public var signal: Int32?

    /// How it ended, for people.
    public var words: String {
      if let signal { return "was ended by signal \(signal)" }
      return "ended with status \(exitStatus ?? -1)"
    }
  }

  /// How long to wait at each step of a stop, and for output after an end.
  public struct Patience: Equatable, Sendable {
    /// For the program to end by itself once its input is closed.
    public var closing: Duration
    /// For it to end once it is told to stop.
    public var stopping: Duration
    /// For the last output, when something else holds the pipe open.
    public var output: Duration

    /// Makes a patience. Without others: real agents end within 1.2 s of a closed input, and may save something when
    /// they are told to stop.
    public init(closing: Duration = .seconds(5), stopping: Duration = .seconds(5), output: Duration = .seconds(2)) {
      self.closing = closing
      self.stopping = stopping
      self.output = output
    }
  }

  /// The environment variable that marks everything a program starts, so that it can be found again.
  static let mark = "SIGNALBOX_AGENT"

  private struct State {
    var ending: Ending?
    /// Whether the number may already belong to another process.
    var isReaped = false
    var waiting: [CheckedContinuation<Ending, Never>] = []
  }

  /// The number of the process that was started: the guardian, where there is one.
  public let process: Int32
  private let patience: Patience
  private let sweep: ProcessSweep
  private let input: InputWriter
  private let feed: LineFeed
  private let errors: ErrorFeed
  private let state = Mutex(State())

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - arguments: The program by its absolute path, and its arguments; see ``Containment``.
  ///   - folder: The absolute path of the folder to run in.
  ///   - environment: Everything it gets beside its mark; nothing is inherited.
  ///   - lineLimit: The most bytes one line may have; of a longer one only the length is told.
  ///   - onErrorOutput: Called with each piece of its standard error as it comes, in order.
  /// - Throws: `ProcessRefused`.
  public init(
    _ arguments: [String], in folder: String, environment: [String: String], lineLimit: Int = 8 << 20,
    patience: Patience = Patience(), onErrorOutput: (@Sendable ([UInt8]) -> Void)? = nil
  ) throws {
    let mark = UUID().uuidString
    var environment = environment
    environment[AgentProcess.mark] = mark
    var open: [Int32] = []
    func makePipe() throws -> Pipe {
      let pipe = try Pipe()
      open += [pipe.read, pipe.write]
      return pipe
    }
    let own: (input: Int32, output: Int32, error: Int32)
    do {
      let (given, output, error) = (try makePipe(), try makePipe(), try makePipe())
      process = try ProcessStart.start(
        arguments, in: folder, environment: environment, input: given.read, output: output.write, error: error.write)
      for end in [given.read, output.write, error.write] { close(end) }
      own = (given.write, output.read, error.read)
    } catch {
      for end in open { close(end) }
      throw error
    }
    self.patience = patience
    sweep = ProcessSweep(variable: AgentProcess.mark, mark: mark, session: process)
    do {
      input = try InputWriter(own.input)
      feed = try LineFeed(own.output, limit: lineLimit)
      errors = try ErrorFeed(own.error, onOutput: onErrorOutput)
    } catch {
      kill(-process, SIGKILL)
      _ = ProcessStart.waitForEnd(of: process)
      throw error
    }
    Thread.detachNewThread { [self] in waitForEnd() }
  }

  deinit { feed.abandon() }

  /// The lines of its standard output, for one reader; they end soon after the program does.
  ///
  /// While nobody takes them the program waits; a reader that is cancelled leaves the rest to be forgotten.
  public var lines: AsyncStream<LineReader.Line> {
    AsyncStream(unfolding: { [self] in await feed.next() }, onCancel: { [feed] in feed.abandon() })
  }

  /// What it wrote to its standard error so far; complete once ``wait()`` returned.
  public var standardError: StandardError { errors.output }

  /// Writes to its standard input and returns once the system has taken all of it; what is written at once by several
  /// tasks is written one after the other.
  ///
  /// - Throws: ``InputClosed``.
  public func write(_ bytes: [UInt8]) async throws { try await input.write(bytes) }

  /// Closes its standard input once everything given so far is written.
  public func closeInput() { input.finish() }

  /// Nobody takes its lines any more; the rest is read and forgotten.
  public func abandonLines() { feed.abandon() }

  /// How it ended; `nil` while it runs.
  public var ending: Ending? { state.withLock { $0.ending } }

  /// Waits for its end, and until everything it started is gone.
  public func wait() async -> Ending {
    await withCheckedContinuation { continuation in
      let ending = state.withLock { state in
        if state.ending == nil { state.waiting.append(continuation) }
        return state.ending
      }
      if let ending { continuation.resume(returning: ending) }
    }
  }

  /// Ends it: closes its input, tells it to stop, kills it, each when the step before did not help. Everything it
  /// started goes with it. Also works in a task that was cancelled.
  ///
  /// - Returns: How it ended; `nil` when the system cannot end it, which happens while it hangs in the kernel.
  @discardableResult
  public func stop() async -> Ending? {
    // A task of its own, since the waits of a cancelled one return at once.
    await Task { [self] in
      input.abandon()
      if let ending = await ending(within: patience.closing) { return ending }
      signal(SIGTERM)
      if let ending = await ending(within: patience.stopping) { return ending }
      signal(SIGKILL)
      await sweep.run()
      return await ending(within: .seconds(5))
    }.value
  }

  private func ending(within limit: Duration) async -> Ending? {
    let deadline = ContinuousClock.now + limit
    while true {
      if let ending = state.withLock({ $0.ending }) { return ending }
      if deadline <= .now { return nil }
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  private func signal(_ number: Int32) {
    // Under the lock: as long as nobody took note of its end, its number is its own.
    state.withLock { state in
      if !state.isReaped { kill(-process, number) }
    }
  }

  private func waitForEnd() {
    var information = siginfo_t()
    while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    let status = state.withLock { state in
      state.isReaped = true
      return ProcessStart.waitForEnd(of: process)
    }
    let signal = status & 0x7f
    let ending =
      signal == 0 ? Ending(exitStatus: (status >> 8) & 0xff, signal: nil) : Ending(exitStatus: nil, signal: signal)
    Task { [self] in
      await sweep.run()
      input.abandon()
      feed.finish(grace: patience.output)
      await errors.finish(grace: patience.output)
      let waiting = state.withLock { state in
        state.ending = ending
        defer { state.waiting = [] }
        return state.waiting
      }
      for one in waiting { one.resume(returning: ending) }
    }
  }
}
