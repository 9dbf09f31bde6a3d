import Engine

/// What a program answered nothing to, because it is gone or its time was over.
public enum ConnectionFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The connection ended, and in which words.
  case closed(String)
  /// It did not answer in time.
  case late(method: String, seconds: Int)

  public var description: String {
    switch self {
    case .closed(let words): return words
    case .late(let method, let seconds): return "It did not answer \(method) within \(seconds) seconds."
    }
  }
}

/// One JSON-RPC connection: requests both ways, in whatever order they are answered.
///
/// Lines are taken in the order they come. What the other side asks is answered by tasks of their own, so that a question
/// to a person never holds up the rest. Nothing that comes in is fatal; what is no message is counted.
actor RPCConnection {
  /// What came in and could not be used.
  struct Faults: Equatable, Sendable {
    /// Lines that are no JSON.
    var junk = 0
    /// JSON that is no message.
    var invalid = 0
    /// Lines that were too long.
    var tooLong = 0
    /// Answers to nothing that was asked.
    var unasked = 0
    /// Requests beyond what is answered at once.
    var flooded = 0

    var total: Int { junk + invalid + tooLong + unasked + flooded }
  }

  /// Answers what the other side asks.
  typealias Answering = @Sendable (_ id: RPCIdentifier, _ method: String, _ params: JSONValue) async throws -> JSONValue
  /// Takes what the other side tells, in order.
  typealias Telling = @Sendable (_ method: String, _ params: JSONValue) async -> Void

  private let write: @Sendable ([UInt8]) async throws -> Void
  /// Sees every line, with whether it came in.
  private let record: @Sendable (_ isIncoming: Bool, [UInt8]) -> Void
  private var next: Int64 = 0
  private var pending: [Int64: CheckedContinuation<JSONValue, any Error>] = [:]
  private var answering: [RPCIdentifier: Task<Void, Never>] = [:]
  private var closed: String?
  private(set) var faults = Faults()
  /// The first lines that were no JSON, for people.
  private(set) var junk: [String] = []

  /// The most requests of the other side that are answered at once.
  static let openLimit = 64

  init(
    write: @escaping @Sendable ([UInt8]) async throws -> Void,
    record: @escaping @Sendable (Bool, [UInt8]) -> Void = { _, _ in }
  ) {
    self.write = write
    self.record = record
  }

  /// Takes lines until there are no more, then fails whatever still waits.
  func run(
    _ lines: AsyncStream<LineReader.Line>, answer: @escaping Answering, tell: @escaping Telling,
    ended: @Sendable () async -> String
  ) async {
    for await line in lines { await take(line, answer: answer, tell: tell) }
    await close(await ended())
  }

  /// Asks the other side and waits for its answer.
  func request(_ method: String, _ params: JSONValue, seconds: Int? = nil) async throws -> JSONValue {
    let id = next
    next += 1
    if let closed { throw ConnectionFailure.closed(closed) }
    let timer = seconds.map { seconds in
      Task { [weak self] in
        try await Task.sleep(for: .seconds(seconds))
        await self?.settle(id, .failure(ConnectionFailure.late(method: method, seconds: seconds)))
      }
    }
    defer { timer?.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        pending[id] = continuation
        if Task.isCancelled { return settle(id, .failure(CancellationError())) }
        Task { await send(.request(id: .integer(id), method: method, params: params), failing: id) }
      }
    } onCancel: {
      Task { await self.settle(id, .failure(CancellationError())) }
    }
  }

  /// Tells the other side something.
  func notify(_ method: String, _ params: JSONValue) async {
    await send(.notification(method: method, params: params), failing: nil)
  }

  /// Ends everything that waits: what was asked fails, what is being answered is stopped.
  func close(_ words: String) async {
    if closed == nil { closed = words }
    for task in answering.values { task.cancel() }
    let waiting = pending
    pending = [:]
    for continuation in waiting.values { continuation.resume(throwing: ConnectionFailure.closed(words)) }
  }

  private func send(_ message: RPCMessage, failing id: Int64?) async {
    do {
      let line = try message.line()
      record(false, line)
      try await write(line)
    } catch {
      guard let id else { return }
      // Whoever takes no more input has mostly ended, and the end says more; it is told a moment later.
      Task { [weak self] in
        try? await Task.sleep(for: .seconds(2))
        await self?.settle(id, .failure(ConnectionFailure.closed("It takes no more input: \(error)")))
      }
    }
  }

  private func settle(_ id: Int64, _ result: Result<JSONValue, any Error>) {
    pending.removeValue(forKey: id)?.resume(with: result)
  }

  private func take(_ line: LineReader.Line, answer: @escaping Answering, tell: Telling) async {
    let bytes: [UInt8]
    switch line {
    case .tooLong(let count):
      faults.tooLong += 1
      return record(true, Array("[a line of \(count) bytes was not kept]".utf8))
    case .bytes(let found): bytes = found
    }
    record(true, bytes)
    guard !bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else { return }
    guard let value = JSONValue(reading: bytes) else {
      faults.junk += 1
      if junk.count < 20 { junk.append(String(decoding: bytes.prefix(300), as: UTF8.self)) }
      return
    }
    // The next version of the protocol allows several messages at once.
    for one in value.array.map({ Array($0.prefix(1_000)) }) ?? [value] { await take(one, answer: answer, tell: tell) }
  }

  private func take(_ value: JSONValue, answer: @escaping Answering, tell: Telling) async {
    guard let message = try? RPCMessage(value) else {
      faults.invalid += 1
      // Whoever can be told is told.
      if let id = value["id"].flatMap(RPCIdentifier.init), value["method"] != nil {
        await send(.failure(id: id, .invalidRequest("This is no JSON-RPC 2.0 message.")), failing: nil)
      }
      return
    }
    switch message {
    case .notification(let method, let params): await tell(method, params)
    case .result(let id, let result): settleAnswer(id, .success(result))
    case .failure(let id, let error): settleAnswer(id, .failure(error))
    case .request(let id, let method, let params):
      guard answering.count < RPCConnection.openLimit, answering[id] == nil else {
        faults.flooded += 1
        let words = answering[id] == nil ? "Too many requests at once." : "The id is in use."
        return await send(.failure(id: id, .invalidRequest(words)), failing: nil)
      }
      answering[id] = Task { [weak self] in
        let reply: RPCMessage
        do {
          reply = .result(id: id, try await answer(id, method, params))
        } catch let error as RPCError {
          reply = .failure(id: id, error)
        } catch is CancellationError {
          reply = .failure(id: id, RPCError(-32800, "The request was cancelled."))
        } catch {
          reply = .failure(id: id, .internalError("\(error)"))
        }
        await self?.finish(id, reply)
      }
    }
  }

  private func finish(_ id: RPCIdentifier, _ reply: RPCMessage) async {
    answering[id] = nil
    await send(reply, failing: nil)
  }

  /// Stops answering one request, as the other side asks; an answer goes out all the same.
  func cancel(_ id: RPCIdentifier) { answering[id]?.cancel() }

  private func settleAnswer(_ id: RPCIdentifier, _ result: Result<JSONValue, any Error>) {
    guard case .integer(let number) = id, pending[number] != nil else {
      faults.unasked += 1
      return
    }
    settle(number, result)
  }
}
