import CSignalbox
import Engine
import Foundation
import Glibc
import Synchronization

/// The road to a desk: a socket in a private folder, open for one attempt.
///
/// Whoever connects must be the same user and say the token first. Lines are JSON-RPC messages: `hello` with the token,
/// then `call` with a tool and its arguments, any number at once; `progress` comes back while one waits, and `cancel`
/// ends it. Who disconnects ends the waits of all its calls.
public final class DeskSocket: Sendable {
  /// The socket's path.
  public var path: String { porter.path }
  /// The private folder it lies in; whoever builds a sandbox lets the agent in there.
  public var folder: String { porter.folder }
  /// What whoever connects must say.
  public var token: String { porter.token }

  private let porter: Porter

  /// Opens the road to a desk.
  ///
  /// - Parameter parent: Where to make the private folder; without it in `XDG_RUNTIME_DIR`, else in `/tmp`, since a
  ///   socket's path must be short.
  public init(desk: AgentDesk, below parent: String? = nil) throws(SocketFailure) {
    porter = try Porter(desk: desk, below: parent)
    porter.start()
  }

  deinit { porter.close() }

  /// Ends every connection and wait, and removes the folder; doing it again does nothing.
  public func close() { porter.close() }

  /// The entry for `mcpServers` of `session/new`, `load` and `resume`.
  ///
  /// The token goes into the environment, since arguments can be seen by every process of the machine; agents hand an
  /// environment on only when it is listed here.
  ///
  /// - Parameter program: The absolute path of `signalbox`.
  public func serverEntry(program: String) -> JSONValue {
    [
      "name": "signalbox", "command": .string(program), "args": ["mcp", "--socket", .string(path)],
      "env": [["name": .string(Self.tokenVariable), "value": .string(token)]],
    ]
  }

  /// The environment variable that holds the token.
  public static let tokenVariable = "SIGNALBOX_DESK_TOKEN"
  /// The environment variable that may hold the socket's path.
  public static let pathVariable = "SIGNALBOX_DESK"
}

/// Lets connections in; lives until the socket is closed.
private final class Porter: Sendable {
  private struct State {
    var visits: [Int: Visit] = [:]
    var count = 0
    var isClosed = false
    var hasEnded = false
  }

  /// How many may be connected at once: an agent starts one server per conversation, and may start it again.
  private static let mostVisits = 16

  let path: String
  var folder: String { place.path }
  let token: String
  private let place: PrivateFolder
  private let desk: AgentDesk
  private let listener: Int32
  private let wake: Int32
  private let state = Mutex(State())

  init(desk: AgentDesk, below parent: String?) throws(SocketFailure) {
    self.desk = desk
    token = Self.makeToken()
    place = try Self.makeFolder(below: parent)
    path = place.path + "/desk"
    do {
      listener = try UnixSocket.listening(at: path)
    } catch {
      place.remove()
      throw error
    }
    wake = signalbox_eventfd()
  }

  /// 32 bytes that nobody can guess, as hexadecimal digits.
  private static func makeToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<32).map { _ in
      let byte = UInt8.random(in: .min ... .max, using: &generator)
      return (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private static func makeFolder(below parent: String?) throws(SocketFailure) -> PrivateFolder {
    let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    var failure = SocketFailure("A folder for the socket cannot be made")
    for place in parent.map({ [$0] }) ?? [runtime, "/tmp"].compactMap({ $0 }) {
      // The folder is called “/signalbox-desk.” and six characters; after it comes “/desk”.
      guard place.utf8.count + 22 + 5 <= UnixSocket.pathLimit else {
        failure = SocketFailure("\(place) is too long a path for a socket.")
        continue
      }
      do { return try PrivateFolder("desk", below: place) } catch {
        failure = SocketFailure("\(error.message)")
      }
    }
    throw failure
  }

  func start() {
    let thread = Thread { [self] in
      receive()
      state.withLock { state in
        state.hasEnded = true
        Glibc.close(listener)
        Glibc.close(wake)
      }
    }
    thread.name = "desk"
    thread.stackSize = 256 << 10
    thread.start()
  }

  func close() {
    let visits = state.withLock { state -> [Visit] in
      guard !state.isClosed else { return [] }
      state.isClosed = true
      if !state.hasEnded { _ = signalbox_eventfd_signal(wake) }
      place.remove()
      defer { state.visits = [:] }
      return Array(state.visits.values)
    }
    for visit in visits { visit.close() }
  }

  private func receive() {
    var waited = [
      pollfd(fd: listener, events: Int16(POLLIN), revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      let count = poll(&waited, 2, -1)
      if count < 0, errno != EINTR { return }
      if waited[1].revents != 0 { return }
      guard count > 0 else { continue }
      let descriptor = signalbox_accept(listener)
      guard descriptor >= 0 else {
        // Out of descriptors: the connection stays waiting, and asking at once again would only turn.
        if errno == EMFILE || errno == ENFILE || errno == ENOMEM { usleep(100_000) }
        continue
      }
      letIn(descriptor)
    }
  }

  private func letIn(_ descriptor: Int32) {
    let user = signalbox_peer_user(descriptor)
    guard user == Int(getuid()) else {
      Glibc.close(descriptor)
      refuse("User \(user) tried to reach the desk of an agent and was turned away")
      return
    }
    let visit = Visit(LineConnection(socket: descriptor), desk: desk, token: token)
    let number = state.withLock { state -> Int? in
      guard !state.isClosed, state.visits.count < Self.mostVisits else { return nil }
      state.count += 1
      state.visits[state.count] = visit
      return state.count
    }
    visit.start(
      refused: { [weak self] in
        self?.refuse("A program without the token tried to reach the desk of an agent and was turned away")
      },
      ended: { [weak self] in self?.state.withLock { state in _ = number.map { state.visits.removeValue(forKey: $0) } }
      })
    if number == nil { visit.close() }
  }

  private func refuse(_ words: String) {
    Task { [desk] in await desk.mention(stranger: words) }
  }
}

/// One connection at the desk.
private final class Visit: Sendable {
  private struct State {
    var isKnown = false
    var isRefused = false
    var hasEnded = false
    var calls: [RPCIdentifier: Task<Void, Never>] = [:]
  }

  /// How many calls may wait at once on one connection.
  private static let mostCalls = 64
  /// How long whoever connects may take to say the token.
  private static let patience = Duration.seconds(10)

  private let connection: LineConnection
  private let desk: AgentDesk
  private let token: String
  private let state = Mutex(State())

  init(_ connection: LineConnection, desk: AgentDesk, token: String) {
    self.connection = connection
    self.desk = desk
    self.token = token
  }

  func start(refused: @escaping @Sendable () -> Void, ended: @escaping @Sendable () -> Void) {
    let silence = Task { [weak self] in
      try? await Task.sleep(for: Self.patience)
      guard let self, !Task.isCancelled, !self.state.withLock({ $0.isKnown }) else { return }
      self.connection.close()
    }
    connection.start(
      take: { [self] line in
        guard !state.withLock({ $0.isRefused }), !take(line) else { return }
        state.withLock { $0.isRefused = true }
        refused()
        connection.close()
      },
      ended: { [self] in
        silence.cancel()
        let calls = state.withLock { state in
          state.hasEnded = true
          defer { state.calls = [:] }
          return Array(state.calls.values)
        }
        for call in calls { call.cancel() }
        ended()
      })
  }

  func close() { connection.close() }

  /// Takes one line; `false` for whoever does not know the token.
  private func take(_ line: LineReader.Line) -> Bool {
    let isKnown = state.withLock { $0.isKnown }
    guard case .bytes(let bytes) = line else {
      guard isKnown else { return false }
      // Whose answer would be waited for cannot be told, so that the other side must not go on waiting.
      connection.close()
      return true
    }
    guard let message = try? RPCMessage(JSONValue(parsing: bytes)) else { return isKnown }
    guard isKnown else {
      guard case .request(let id, "hello", let params) = message, isToken(params["token"]?.string ?? "") else {
        return false
      }
      state.withLock { $0.isKnown = true }
      send(.result(id: id, [:]))
      return true
    }
    switch message {
    case .request(let id, "call", let params): begin(id, params)
    case .request(let id, let method, _): send(.failure(id: id, .methodNotFound(method)))
    case .notification("cancel", let params):
      guard let id = params["id"].flatMap(RPCIdentifier.init) else { break }
      state.withLock { $0.calls.removeValue(forKey: id) }?.cancel()
    case .notification, .result, .failure: break
    }
    return true
  }

  /// Compares without telling by its time how much was right.
  private func isToken(_ said: String) -> Bool {
    let said = Array(said.utf8)
    let right = Array(token.utf8)
    guard said.count == right.count else { return false }
    return zip(said, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private func begin(_ id: RPCIdentifier, _ params: JSONValue) {
    let problem = state.withLock { state -> RPCError? in
      guard !state.hasEnded else { return nil }
      guard state.calls[id] == nil else { return .invalidRequest("Another call with this id is under way.") }
      guard state.calls.count < Self.mostCalls else {
        return .invalidRequest("\(Self.mostCalls) calls are under way; wait for one.")
      }
      state.calls[id] = Task { [self] in
        let answer = await desk.call(params["tool"]?.string ?? "", params["arguments"] ?? [:]) { [self] step, words in
          send(
            .notification(
              method: "progress", params: ["id": id.value, "step": .integer(Int64(step)), "text": .string(words)]))
        }
        // Who was cancelled meanwhile hears nothing.
        guard self.state.withLock({ $0.calls.removeValue(forKey: id) }) != nil else { return }
        send(.result(id: id, answer.value))
      }
      return nil
    }
    if let problem { send(.failure(id: id, problem)) }
  }

  private func send(_ message: RPCMessage) {
    guard let line = try? message.line() else { return }
    connection.send(line)
  }
}

extension DeskAnswer {
  /// The answer as it goes over the road.
  var value: JSONValue {
    ["text": .string(text), "structured": structured ?? .null, "isError": .bool(isError)]
  }

  init?(_ value: JSONValue) {
    guard let text = value["text"]?.string else { return nil }
    self.init(text, structured: value["structured"], isError: value["isError"]?.bool ?? false)
  }
}
