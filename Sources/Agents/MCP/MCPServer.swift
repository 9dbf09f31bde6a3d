import Engine
import Synchronization

/// Hands the desk's tools to an agent over the Model Context Protocol, and keeps nothing itself.
///
/// It speaks both eras in one process, told apart by each message: with the version in `_meta` it is the stateless one of
/// 2026, without it the one that begins with `initialize`. Source: the protocol's revisions 2024-11-05 to 2026-07-28.
public final class MCPServer: Sendable {
  /// Carries one call to the desk.
  public typealias Forward =
    @Sendable (_ tool: String, _ arguments: JSONValue, _ progress: DeskProgress?) async throws -> DeskAnswer

  /// Revisions that begin with a handshake, newest first.
  static let handshakeVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
  /// Revisions that carry their version in every request.
  static let statelessVersions = ["2026-07-28"]

  private static let versionKey = "io.modelcontextprotocol/protocolVersion"
  private static let capabilitiesKey = "io.modelcontextprotocol/clientCapabilities"
  private static let serverKey = "io.modelcontextprotocol/serverInfo"
  /// How long a list of tools may be kept; it changes only with the program.
  private static let timeToLive: JSONValue = 3_600_000

  private let version: String
  private let forward: Forward
  private let send: @Sendable ([UInt8]) -> Void
  private let running = Mutex<[RPCIdentifier: Task<Void, Never>]>([:])

  /// Makes a server.
  ///
  /// - Parameters:
  ///   - version: The program's version.
  ///   - send: Takes one line with its newline, from any thread; lines must not mix.
  ///   - forward: Carries a call to the desk.
  public init(version: String, send: @escaping @Sendable ([UInt8]) -> Void, forward: @escaping Forward) {
    self.version = version
    self.send = send
    self.forward = forward
  }

  // MARK: Lines

  /// Takes one line; what is to be answered is answered through `send`, each when it is ready.
  public func take(_ line: LineReader.Line) {
    switch line {
    case .tooLong(let count): write(failure: .parse("A line of \(count) bytes is too long."), id: nil)
    case .bytes(let bytes):
      guard !bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else { return }
      guard let value = JSONValue(reading: bytes) else {
        return write(failure: .parse("This is not JSON."), id: nil)
      }
      take(value)
    }
  }

  private func take(_ value: JSONValue) {
    let message: RPCMessage
    do {
      message = try RPCMessage(value)
      guard value["jsonrpc"] == "2.0" else { throw RPCError.invalidRequest("`jsonrpc` must be \"2.0\".") }
      if case .object(let members) = value, members["method"] != nil, members["id"] == .null {
        throw RPCError.invalidRequest("A request's id is a text or a whole number.")
      }
    } catch {
      let id = value["id"].flatMap(RPCIdentifier.init)
      return write(failure: error as? RPCError ?? .invalidRequest("This is no message."), id: id)
    }
    switch message {
    case .request(let id, let method, let params): begin(id, method, params)
    case .notification("notifications/cancelled", let params):
      guard let id = params["requestId"].flatMap(RPCIdentifier.init) else { return }
      // Whoever is not in the list any more gets no answer.
      running.withLock { $0.removeValue(forKey: id) }?.cancel()
    case .notification: break
    // Nothing is ever asked of a client, so there is nothing it could answer.
    case .result, .failure: break
    }
  }

  private func begin(_ id: RPCIdentifier, _ method: String, _ params: JSONValue) {
    // It is in the list before the next line is read, so that its cancellation finds it.
    let isNew = running.withLock { running in
      guard running[id] == nil else { return false }
      running[id] = Task { [self] in
        let answer = await answer(method, params) { [self] progress in
          guard self.running.withLock({ $0[id] != nil }) else { return }
          write(.notification(method: "notifications/progress", params: progress))
        }
        guard self.running.withLock({ $0.removeValue(forKey: id) }) != nil else { return }
        switch answer {
        case .success(let result): write(.result(id: id, result))
        case .failure(let error): write(failure: error, id: id)
        }
      }
      return true
    }
    if !isNew { write(failure: .invalidRequest("Another request with this id is under way."), id: id) }
  }

  /// After the input's end: lets what is nearly ready be said, then stops the rest.
  public func finish(within patience: Duration = .milliseconds(300)) async {
    let rest = running.withLock { Array($0.values) }
    guard !rest.isEmpty else { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for task in rest { await task.value } }
      group.addTask {
        try? await Task.sleep(for: patience)
        self.running.withLock { $0 = [:] }
        for task in rest { task.cancel() }
      }
      await group.next()
      group.cancelAll()
    }
  }

  private func write(_ message: RPCMessage) {
    guard let line = try? message.line() else { return }
    send(line)
  }

  private func write(failure error: RPCError, id: RPCIdentifier?) {
    guard id == nil, case .object(var members) = RPCMessage.failure(id: .null, error).value else {
      return write(.failure(id: id ?? .null, error))
    }
    // An error to what could not be read names no request.
    members["id"] = nil
    guard let line = try? JSONValue.object(members).encoded() else { return }
    send(line + [UInt8(ascii: "\n")])
  }

  // MARK: Requests

  /// Answers one request; `progress` gets the parameters of each progress notification.
  func answer(
    _ method: String, _ params: JSONValue, progress: @escaping @Sendable (JSONValue) -> Void
  ) async -> Result<JSONValue, RPCError> {
    do {
      guard method != "initialize" else { return .success(try initialize(params)) }
      let meta = params["_meta"] ?? [:]
      let isStateless = meta.object?[Self.versionKey] != nil
      if isStateless { try check(meta) }
      guard var members = try await result(method, params, isStateless, progress).object else {
        throw RPCError.internalError("The answer could not be made.")
      }
      if isStateless {
        members["resultType"] = "complete"
        members["_meta"] = [Self.serverKey: serverInfo]
      }
      return .success(.object(members))
    } catch let error as RPCError {
      return .failure(error)
    } catch {
      return .failure(.internalError("\(error)"))
    }
  }

  private func result(
    _ method: String, _ params: JSONValue, _ isStateless: Bool, _ progress: @escaping @Sendable (JSONValue) -> Void
  ) async throws -> JSONValue {
    switch method {
    case "ping" where !isStateless: return [:]
    case "server/discover":
      guard isStateless else { throw RPCError.invalidParams("`_meta` must name \(Self.versionKey).") }
      return [
        "supportedVersions": Self.allVersions, "capabilities": Self.capabilities,
        "instructions": .string(Self.instructions), "ttlMs": Self.timeToLive, "cacheScope": "private",
      ]
    case "tools/list":
      guard params["cursor"] == nil else { throw RPCError.invalidParams("There is one page only.") }
      var members: [String: JSONValue] = ["tools": .array(DeskTool.allCases.map(Self.offer))]
      if isStateless {
        members["ttlMs"] = Self.timeToLive
        members["cacheScope"] = "private"
      }
      return .object(members)
    case "tools/call": return try await call(params, progress)
    default: throw RPCError.methodNotFound(method)
    }
  }

  private func call(
    _ params: JSONValue, _ progress: @escaping @Sendable (JSONValue) -> Void
  ) async throws -> JSONValue {
    guard let name = params["name"]?.string, DeskTool(rawValue: name) != nil else {
      throw RPCError.invalidParams("Unknown tool: \((params["name"]?.string ?? "none was named").prefix(200))")
    }
    var tell: DeskProgress?
    if let token = params["_meta"]?["progressToken"], RPCIdentifier(token) != nil {
      // It must rise whatever comes, also when a call was said again after a lost connection.
      let last = Mutex<Int64>(0)
      tell = { _, words in
        let step = last.withLock { last in
          last += 1
          return last
        }
        progress(["progressToken": token, "progress": .integer(step), "message": .string(words)])
      }
    }
    let answer: DeskAnswer
    do {
      answer = try await forward(name, params["arguments"] ?? [:], tell)
    } catch let error as DeskUnreachable {
      answer = DeskAnswer(
        "The supervisor cannot be reached now; nothing was taken in. Go on with what you can, and try again in a "
          + "minute. (\(error))", isError: true)
    }
    var content: [JSONValue] = [["type": "text", "text": .string(answer.text)]]
    var members: [String: JSONValue] = ["isError": .bool(answer.isError)]
    if let structured = answer.structured {
      members["structuredContent"] = structured
      // Clients that know no structure read the same as text.
      let text = String(decoding: try structured.encoded(), as: UTF8.self)
      content.append(["type": "text", "text": .string(text)])
    }
    members["content"] = .array(content)
    return .object(members)
  }

  private func initialize(_ params: JSONValue) throws -> JSONValue {
    let asked = params["protocolVersion"]?.string ?? ""
    let version = Self.handshakeVersions.contains(asked) ? asked : Self.handshakeVersions[0]
    return [
      "protocolVersion": .string(version), "capabilities": Self.capabilities, "serverInfo": serverInfo,
      "instructions": .string(Self.instructions),
    ]
  }

  private func check(_ meta: JSONValue) throws {
    let asked = meta.object?[Self.versionKey] ?? .null
    guard let version = asked.string, Self.statelessVersions.contains(version) else {
      throw RPCError(
        -32022, "This protocol version is not supported.", data: ["supported": Self.allVersions, "requested": asked])
    }
    guard meta[Self.capabilitiesKey]?.object != nil else {
      throw RPCError.invalidParams("`_meta` must name \(Self.capabilitiesKey).")
    }
  }

  // MARK: What it is

  private static let allVersions = JSONValue.array((statelessVersions + handshakeVersions).map(JSONValue.string))
  private static let capabilities: JSONValue = ["tools": ["listChanged": false]]
  private static let instructions =
    "A person supervises this work. Read signalbox_context before you begin. Use signalbox_blocker when you cannot go on, "
    + "signalbox_ask when a person has to decide or to explain, signalbox_report now and then, and signalbox_done at the "
    + "end."

  private var serverInfo: JSONValue {
    ["name": "signalbox", "title": "Signalbox", "version": .string(version)]
  }

  private static func offer(_ tool: DeskTool) -> JSONValue {
    [
      "name": .string(tool.rawValue), "title": .string(tool.title), "description": .string(tool.description),
      "inputSchema": tool.inputSchema, "outputSchema": tool.outputSchema, "annotations": tool.annotations,
    ]
  }
}

extension MCPServer {
  /// Serves standard input and output until the input ends.
  public static func serveStandardStreams(version: String, forward: @escaping Forward) async {
    let connection = LineConnection(input: 0, output: 1)
    let server = MCPServer(version: version, send: { connection.send($0) }, forward: forward)
    let (ends, post) = AsyncStream.makeStream(of: Void.self)
    connection.start(take: { server.take($0) }, inputEnded: { post.yield() }, ended: { post.finish() })
    for await _ in ends {
      await server.finish()
      // What is ready is still written; then the thread ends, and with it this loop.
      connection.close()
    }
  }
}
