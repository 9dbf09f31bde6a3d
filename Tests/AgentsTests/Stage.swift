import Engine
import Foundation
import Kernel
import Synchronization

@testable import Agents

/// A client and its host on which recorded agents play: an office with a person, real commands in a folder, no program.
final class Stage: Sendable {
  let office: Office
  let host: ACPHost
  let connection: RPCConnection
  /// Everything the client wrote, line by line.
  let written: Written
  private let feed: AsyncStream<LineReader.Line>.Continuation
  private let running: Task<Void, Never>

  final class Written: Sendable {
    private let kept = Mutex([[UInt8]]())
    private let marks = Mutex(0)
    /// How often the client came to a mark among what it hears.
    var reached: Int { marks.withLock { $0 } }
    func reach() { marks.withLock { $0 += 1 } }
    var lines: [[UInt8]] { kept.withLock { $0 } }
    /// How many lines there are.
    var count: Int { kept.withLock { $0.count } }
    func add(_ line: [UInt8]) { kept.withLock { $0.append(line) } }
    func clear() { kept.withLock { $0 = [] } }
    var messages: [RPCMessage] { lines.compactMap { try? RPCMessage(JSONValue(parsing: $0)) } }
    /// How often a request of the agent was answered.
    func answers(to id: RPCIdentifier) -> Int {
      messages.count {
        switch $0 {
        case .result(id, _), .failure(id, _): return true
        default: return false
        }
      }
    }
  }

  init(root: String, card: RoleCard? = nil, limits: ACPAgent.Limits = .init()) async {
    office = Office(root: root)
    let written = Written()
    self.written = written
    let terminals = TerminalHost { arguments, folder, environment, onErrorOutput in
      try AgentProcess(
        arguments, in: folder, environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 },
        patience: .init(closing: .zero, stopping: .seconds(2)), onErrorOutput: onErrorOutput)
    }
    let assignment = await office.assignment
    let host = ACPHost(
      assignment, card: card, terminals: terminals, limits: limits, lines: TranscriptLines(assignment.transcript))
    self.host = host
    let connection = RPCConnection(
      write: { _ in }, record: { isIncoming, line in if !isIncoming { written.add(line) } })
    self.connection = connection
    let (lines, feed) = AsyncStream.makeStream(of: LineReader.Line.self)
    self.feed = feed
    running = Task {
      await connection.run(
        lines, answer: { _, method, params in try await host.answer(method, params) },
        tell: { method, params in
          if method == "mark" { return written.reach() }
          if method == "$/cancel_request", let id = params["requestId"].flatMap(RPCIdentifier.init) {
            await connection.cancel(id)
          } else {
            await host.tell(method, params)
          }
        }, ended: { "The agent is gone." })
    }
  }

  /// Lets the client hear a line.
  func hear(_ line: LineReader.Line) { feed.yield(line) }
  func hear(_ text: String) { feed.yield(.bytes(Array(text.utf8))) }
  func hear(_ value: JSONValue) throws { feed.yield(.bytes(try value.encoded())) }

  /// The agent's output ends; returns once the client took note of it.
  func end() async {
    feed.finish()
    await running.value
    await host.end()
  }

  /// Waits until something holds; whether it did within some seconds.
  func until(within seconds: Int = 10, _ condition: () async -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while await !condition() {
      if deadline < .now { return false }
      try? await Task.sleep(for: .milliseconds(1))
    }
    return true
  }

  /// Waits until the client has taken everything it was given to hear.
  func settled() async -> Bool {
    let wanted = written.reached + 1
    hear(#"{"jsonrpc":"2.0","method":"mark"}"#)
    return await until(within: 60) { written.reached >= wanted }
  }

  /// Asks something that is answered at once; whether the answer arrived.
  func answersCleanly() async throws -> Bool {
    let before = written.lines.count
    let asking = Task { try await connection.request("session/list", [:], seconds: 10) }
    var id: RPCIdentifier?
    _ = await until {
      for line in written.lines.dropFirst(before) {
        if case .request(let found, "session/list", _)? = try? RPCMessage(JSONValue(parsing: line)) { id = found }
      }
      return id != nil
    }
    guard let id else { return false }
    try hear(RPCMessage.result(id: id, ["clean": true]).value)
    return try await asking.value["clean"]?.bool == true
  }
}
