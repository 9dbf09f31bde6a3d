import Engine
import Foundation
import Glibc
import Synchronization

/// Says that the desk cannot be reached.
public struct DeskUnreachable: Error, Equatable, Sendable, CustomStringConvertible {
  /// Why.
  public var description: String
}

/// The other end of the road: reaches a desk from the agent's side, and reaches it again when the connection is lost.
public actor DeskClient {
  private let path: String
  private let token: String
  private let patience: Duration
  private var opening: Task<DeskLink, any Error>?

  /// Prepares a client; the first call connects.
  ///
  /// - Parameter patience: How long to try to connect.
  public init(path: String, token: String, patience: Duration = .seconds(5)) {
    self.path = path
    self.token = token
    self.patience = patience
  }

  /// Calls a tool at the desk; cancelling the task ends its wait there too.
  ///
  /// - Throws: ``DeskUnreachable`` when nobody can be reached, `CancellationError` when it was cancelled.
  public func call(_ tool: String, _ arguments: JSONValue, progress: DeskProgress? = nil) async throws -> DeskAnswer {
    let link = try await link()
    do {
      return try await link.call(tool, arguments, progress)
    } catch is DeskUnreachable {
      // Saying the same twice is saying it once, so what was lost on the way is said again.
      return try await self.link().call(tool, arguments, progress)
    }
  }

  private func link() async throws -> DeskLink {
    while let opening {
      if case .success(let link) = await opening.result, link.isOpen { return link }
      if self.opening == opening { self.opening = nil }
    }
    let opening = Task { [path, token, patience] in try await DeskLink.open(path, token, patience) }
    self.opening = opening
    return try await opening.value
  }
}

/// One connection to a desk, let in.
private final class DeskLink: Sendable {
  private enum Heard: Sendable {
    case progress(Int, String)
    case answer(Result<JSONValue, RPCError>)
  }

  private typealias Post = AsyncThrowingStream<Heard, any Error>.Continuation

  private struct State {
    var isOpen = true
    var count: Int64 = 0
    var waiting: [Int64: Post] = [:]
  }

  private let connection: LineConnection
  private let state = Mutex(State())

  var isOpen: Bool { state.withLock { $0.isOpen } }

  private init(_ descriptor: Int32) {
    connection = LineConnection(socket: descriptor)
  }

  deinit { connection.close() }

  /// Connects, trying again for a while, and says the token.
  static func open(_ path: String, _ token: String, _ patience: Duration) async throws -> DeskLink {
    let end = ContinuousClock.now + patience
    while true {
      do {
        let link = DeskLink(try UnixSocket.connected(to: path))
        link.start()
        // An engine that is stopped lets connect and says nothing.
        let silence = Task {
          try await Task.sleep(for: max(patience, .milliseconds(100)))
          link.connection.close()
        }
        defer { silence.cancel() }
        do {
          _ = try await link.request("hello", ["token": .string(token)], nil)
        } catch {
          throw DeskUnreachable(description: "The desk did not let this program in.")
        }
        return link
      } catch let failure as SocketFailure {
        guard ContinuousClock.now < end else { throw DeskUnreachable(description: failure.description) }
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  private func start() {
    connection.start(
      take: { [weak self] line in self?.take(line) },
      ended: { [weak self] in
        let waiting = self?.state.withLock { state in
          state.isOpen = false
          defer { state.waiting = [:] }
          return Array(state.waiting.values)
        }
        for post in waiting ?? [] { post.finish(throwing: DeskUnreachable(description: "The connection was lost.")) }
      })
  }

  private func take(_ line: LineReader.Line) {
    guard case .bytes(let bytes) = line, let message = try? RPCMessage(JSONValue(parsing: bytes)) else { return }
    func post(_ id: JSONValue?, _ heard: Heard) {
      guard let number = id?.integer else { return }
      _ = state.withLock { $0.waiting[number] }?.yield(heard)
    }
    switch message {
    case .result(let id, let value): post(id.value, .answer(.success(value)))
    case .failure(let id, let error): post(id.value, .answer(.failure(error)))
    case .notification("progress", let params):
      post(params["id"], .progress(Int(params["step"]?.integer ?? 0), params["text"]?.string ?? ""))
    case .notification, .request: break
    }
  }

  func call(_ tool: String, _ arguments: JSONValue, _ progress: DeskProgress?) async throws -> DeskAnswer {
    do {
      let value = try await request("call", ["tool": .string(tool), "arguments": arguments], progress)
      return DeskAnswer(value) ?? DeskAnswer("The supervisor's answer cannot be read.", isError: true)
    } catch let error as RPCError {
      return DeskAnswer(error.message, isError: true)
    }
  }

  private func request(_ method: String, _ params: JSONValue, _ progress: DeskProgress?) async throws -> JSONValue {
    let (heard, post) = AsyncThrowingStream.makeStream(of: Heard.self, throwing: (any Error).self)
    let number = state.withLock { state -> Int64? in
      guard state.isOpen else { return nil }
      state.count += 1
      state.waiting[state.count] = post
      return state.count
    }
    guard let number else { throw DeskUnreachable(description: "The connection was lost.") }
    defer { state.withLock { $0.waiting[number] = nil } }
    connection.send(try RPCMessage.request(id: .integer(number), method: method, params: params).line())
    for try await heard in heard {
      switch heard {
      case .progress(let step, let words): await progress?(step, words)
      case .answer(let answer): return try answer.get()
      }
    }
    // The stream ends without an answer only when this task was cancelled.
    connection.send(try RPCMessage.notification(method: "cancel", params: ["id": .integer(number)]).line())
    throw CancellationError()
  }
}
