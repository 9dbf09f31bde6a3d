import Engine
import Foundation
import Kernel
import Synchronization

/// An agent program that speaks the Agent Client Protocol, one process for each attempt.
///
/// Version 1 goes over the wire. What it says is never believed: its files are held against the disk after every turn, and
/// what it replays of an earlier life is compared and never merged, since the journal is the truth.
public struct ACPAgent: TaskPerformer {
  /// When a turn has to end.
  public struct Limits: Equatable, Sendable {
    /// Prompts of one attempt, the task and then what is still missing, before a person is asked; without such a
    /// budget the attempt ends unfinished after ``unasked``.
    public var turns: Int?
    /// Tool calls of one attempt.
    public var toolCalls: Int
    /// How often the same call, or the same two in turn, may come one after the other.
    public var repeats: Int
    /// Seconds for each step before the first prompt.
    public var handshake: Int
    /// What it may cost, in its own currency, before a person is asked; `nil` without a limit.
    public var cost: Double?

    /// Makes limits; without others, such as real agents stay well below.
    public init(turns: Int? = nil, toolCalls: Int = 300, repeats: Int = 8, handshake: Int = 60, cost: Double? = nil) {
      self.turns = turns
      self.toolCalls = toolCalls
      self.repeats = repeats
      self.handshake = handshake
      self.cost = cost
    }

    /// How many prompts an attempt has where nobody set a budget; the next attempt begins with what was learned.
    public static let unasked = 3
  }

  /// What the program is and how it is used.
  public struct Definition: Sendable {
    /// Its name, for people.
    public var name: String
    /// The program and its arguments.
    public var arguments: [String]
    /// Everything it gets in its environment.
    public var environment: [String: String]
    /// Folders it may write to beside the workspace: its own home.
    public var writable: [String]
    /// Folders it must see although something around them is hidden.
    public var readable: [String]
    /// Whether it may reach the network.
    public var network: Bool
    /// The mode it is put into, where it has one of that name.
    public var mode: String?
    /// Its options and their values, where it has them.
    public var options: [(id: String, value: String)]
    /// Whether it is started once more, and taken up where it was, when its program ends in the middle of an attempt.
    public var resumes: Bool
    /// When a turn has to end.
    public var limits: Limits

    /// Makes a definition from its parts.
    public init(
      name: String, arguments: [String], environment: [String: String] = [:], writable: [String] = [],
      readable: [String] = [], network: Bool = false, mode: String? = nil, options: [(id: String, value: String)] = [],
      resumes: Bool = false, limits: Limits = Limits()
    ) {
      self.resumes = resumes
      self.name = name
      self.arguments = arguments
      self.environment = environment
      self.writable = writable
      self.readable = readable
      self.network = network
      self.mode = mode
      self.options = options
      self.limits = limits
    }
  }

  /// What an agent said of itself.
  public struct Greeting: Equatable, Sendable {
    /// Its name and version, as it tells them.
    public var name: String
    /// The protocol's version it speaks.
    public var version: Int64
    /// Whether it can take up an earlier session.
    public var loads: Bool
    public var resumes: Bool
    /// Whether it wants to be told when its session is over.
    public var closes: Bool
    /// How one logs in, where that is needed.
    public var logins: [(id: String, name: String, isTerminal: Bool)]

    public static func == (left: Greeting, right: Greeting) -> Bool {
      left.name == right.name && left.version == right.version && left.loads == right.loads
        && left.resumes == right.resumes && left.logins.map(\.id) == right.logins.map(\.id)
    }
  }

  private let definition: Definition
  private let containment: Containment?
  private let card: @Sendable (String) -> RoleCard?
  private let prompt: @Sendable (Assignment, RoleCard?) async -> String
  private let server: (@Sendable (Assignment) throws -> DeskServer)?

  /// Something that an agent is given to speak up with.
  public struct DeskServer: Sendable {
    /// As the protocol wants it in `mcpServers`.
    public var entry: JSONValue
    /// Folders it needs beside the workspace.
    public var writable: [String]
    /// What the agent says is done.
    public var done: @Sendable () -> (summary: String, files: [String])?
    /// Ends it.
    public var close: @Sendable () async -> Void

    /// Makes one from its parts.
    public init(
      entry: JSONValue, writable: [String], done: @escaping @Sendable () -> (summary: String, files: [String])?,
      close: @escaping @Sendable () async -> Void
    ) {
      self.entry = entry
      self.writable = writable
      self.done = done
      self.close = close
    }

    /// Opens the desk of an attempt and the road to it.
    ///
    /// - Parameter program: Signalbox's own absolute path, by which the agent starts its server.
    public static func open(for assignment: Assignment, program: String) throws -> DeskServer {
      let desk = AgentDesk(assignment)
      let socket = try DeskSocket(desk: desk)
      return DeskServer(
        entry: socket.serverEntry(program: program), writable: [socket.folder],
        done: { desk.done.map { ($0.summary, $0.files) } }, close: { socket.close() })
    }
  }

  /// Makes an agent.
  ///
  /// - Parameters:
  ///   - definition: What the program is.
  ///   - containment: How far it is kept from everything else; `nil` starts it as it is, for tests.
  ///   - card: The card of a role.
  ///   - prompt: What an agent is told, whole, since it inherits no context.
  ///   - server: Makes what an agent speaks up with.
  public init(
    _ definition: Definition, containment: Containment?, card: @escaping @Sendable (String) -> RoleCard? = { _ in nil },
    prompt: @escaping @Sendable (Assignment, RoleCard?) async -> String,
    server: (@Sendable (Assignment) throws -> DeskServer)? = nil
  ) {
    self.definition = definition
    self.containment = containment
    self.card = card
    self.prompt = prompt
    self.server = server
  }

  /// It may reach something outside, so whoever died with it is asked about.
  public var isRepeatable: Bool { false }

  // MARK: - One attempt

  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let card = card(assignment.task.workingRole)
    let desk = try server?(assignment)
    do {
      let report = try await perform(assignment, card: card, desk: desk)
      await desk?.close()
      return report
    } catch {
      await desk?.close()
      throw error
    }
  }

  /// How far a conversation came, for whoever takes it up again.
  private final class Reached: Sendable {
    private let state = Mutex<(greeting: Greeting, session: String)?>(nil)
    var last: (greeting: Greeting, session: String)? { state.withLock { $0 } }
    func came(to session: String, with greeting: Greeting) { state.withLock { $0 = (greeting, session) } }
  }

  private func perform(_ assignment: Assignment, card: RoleCard?, desk: DeskServer?) async throws -> TaskReport {
    let reached = Reached()
    do {
      return try await live(assignment, card: card, desk: desk, reached: reached, resuming: nil)
    } catch let failure as TaskFailure where failure.type == "AgentGone" && definition.resumes && !Task.isCancelled {
      guard let last = reached.last, last.greeting.loads || last.greeting.resumes else { throw failure }
      await assignment.note(
        .warning,
        "\(definition.name) ended in the middle of its turn; it is started once more and goes on. \(failure.message)")
      return try await live(assignment, card: card, desk: desk, reached: reached, resuming: last.session)
    }
  }

  /// One life of the program, from its start to its end.
  private func live(
    _ assignment: Assignment, card: RoleCard?, desk: DeskServer?, reached: Reached, resuming: String?
  ) async throws -> TaskReport {
    let wire = WireLog(
      path: "\(assignment.folder.transcripts)/\(assignment.task.id)-\(assignment.task.attempt).wire.jsonl",
      secrets: assignment.transcript.secrets)
    defer { wire.close() }
    let lines = TranscriptLines(assignment.transcript)
    defer { lines.finish() }
    let root = assignment.workspace.root
    let writable = definition.writable + (desk?.writable ?? [])
    @Sendable func start(
      _ arguments: [String], _ folder: String, _ environment: [String: String], patience: AgentProcess.Patience,
      _ onErrorOutput: @escaping @Sendable ([UInt8]) -> Void
    ) throws -> AgentProcess {
      let words =
        containment?.command(
          arguments, workspace: root, writable: writable, readable: definition.readable, network: definition.network)
        ?? arguments
      return try AgentProcess(
        words, in: folder, environment: environment, patience: patience, onErrorOutput: onErrorOutput)
    }
    let process: AgentProcess
    do {
      process = try start(definition.arguments, root, definition.environment, patience: .init()) {
        lines.takeErrors($0)
      }
    } catch {
      throw TaskFailure(
        cause: .environment, message: "\(definition.name) could not be started: \(error)", type: "AgentNotStarted")
    }
    let terminals = TerminalHost { arguments, folder, environment, onErrorOutput in
      // What a command gets is what its agent gets, with what the agent adds.
      let all = definition.environment.merging(environment) { _, given in given }
      return try start(
        arguments, folder, all, patience: .init(closing: .zero, stopping: .seconds(2)), onErrorOutput)
    }
    let host = ACPHost(assignment, card: card, terminals: terminals, limits: definition.limits, lines: lines)
    let connection = RPCConnection(
      write: { try await process.write($0) }, record: { wire.write($1, isIncoming: $0) })
    let running = Task {
      await connection.run(
        process.lines, answer: { _, method, params in try await host.answer(method, params) },
        tell: { method, params in
          if method == "$/cancel_request", let id = params["requestId"].flatMap(RPCIdentifier.init) {
            await connection.cancel(id)
          } else {
            await host.tell(method, params)
          }
        },
        ended: { await ACPAgent.gone(process) })
    }
    do {
      let report = try await talk(
        assignment, card: card, desk: desk, connection: connection, host: host, reached: reached, resuming: resuming)
      await close(connection, terminals, process, running)
      await tellFaults(connection, host, assignment)
      return report
    } catch {
      await close(connection, terminals, process, running)
      await tellFaults(connection, host, assignment)
      throw await failure(error, host: host, process: process)
    }
  }

  /// Ends everything, also when the attempt was cancelled.
  private func close(
    _ connection: RPCConnection, _ terminals: TerminalHost, _ process: AgentProcess, _ running: Task<Void, Never>
  ) async {
    // A task of its own: what is awaited in a cancelled one comes back at once.
    await Task {
      await terminals.end()
      _ = await process.stop()
      await connection.close("\(definition.name) was stopped.")
      await running.value
    }.value
  }

  static func gone(_ process: AgentProcess) async -> String {
    let ending = await process.wait()
    let tail = String(decoding: process.standardError.bytes.suffix(2_000), as: UTF8.self)
    let last = tail.split(whereSeparator: \.isNewline).suffix(3).map { Deed.line(String($0)) }.joined(separator: " | ")
    return "The agent's program \(ending.words)\(last.isEmpty ? "." : ": \(last)")"
  }

  private func tellFaults(_ connection: RPCConnection, _ host: ACPHost, _ assignment: Assignment) async {
    let strangers = await host.strangers
    if strangers > 0 {
      await assignment.note(
        .warning,
        "\(definition.name) spoke \(strangers) times in the name of another session than its own. Nothing came of it.")
    }
    let faults = await connection.faults
    guard faults.total > 0 else { return }
    let counts: [(String, Int)] = [
      ("lines that are no JSON", faults.junk), ("messages that are none", faults.invalid),
      ("lines that were too long", faults.tooLong), ("answers to nothing asked", faults.unasked),
      ("requests too many", faults.flooded),
    ]
    let words = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    assignment.transcript.write("protocol: \(words)")
    await assignment.note(
      .warning, "\(definition.name) sent what the protocol does not know: \(words). Nothing came of it.")
  }

  private func failure(_ error: any Error, host: ACPHost, process: AgentProcess) async -> any Error {
    if let trouble = await host.trouble { return trouble }
    switch error {
    case is CancellationError, is TaskFailure: return error
    case let error as ConnectionFailure:
      let trace = String(decoding: process.standardError.bytes, as: UTF8.self)
      return TaskFailure(
        cause: .environment, message: error.description, type: "AgentGone", trace: trace, tools: await host.tools)
    case let error as RPCError:
      return TaskFailure(
        cause: .cognitive, message: "\(definition.name) answered with an error: \(error.description)",
        type: "AgentError",
        trace: error.data.map { "\($0)" } ?? "", tools: await host.tools)
    default: return error
    }
  }

  // MARK: - The conversation

  private func talk(
    _ assignment: Assignment, card: RoleCard?, desk: DeskServer?, connection: RPCConnection, host: ACPHost,
    reached: Reached, resuming: String?
  ) async throws -> TaskReport {
    let greeting = try await ACPAgent.greet(connection, seconds: definition.limits.handshake)
    assignment.transcript.write("agent: \(greeting.name), protocol \(greeting.version)")
    var words = await prompt(assignment, card)
    let session: String
    if let resuming {
      session = resuming
      if try await takeUp(resuming, assignment, desk: desk, greeting: greeting, connection: connection, host: host) {
        words =
          "Your program ended in the middle of your turn and was started again. Look at what is there in the workspace, "
          + "then go on with your task from where you were."
      }
    } else {
      session = try await open(assignment, desk: desk, greeting: greeting, connection: connection)
      await host.adopt(session)
    }
    reached.came(to: session, with: greeting)
    var emptyTurns = 0
    var turn = 0
    var granted = definition.limits.turns ?? Limits.unasked
    while true {
      turn += 1
      let reason = try await turnEnd(words, session: session, connection: connection, host: host)
      if let trouble = await host.trouble { throw trouble }
      let state = await host.state
      assignment.transcript.write("turn \(turn) ended: \(reason)")
      if reason == "cancelled" { throw CancellationError() }
      let isEmpty = state.message.allSatisfy(\.isWhitespace) && state.calls.isEmpty
      emptyTurns += isEmpty ? 1 : 0
      let missing = try await missingFiles(assignment)
      if missing.isEmpty, !isEmpty || !assignment.task.expectedFiles.isEmpty {
        // Whoever can be told that nothing more comes is told; an answer is not needed.
        if greeting.closes {
          _ = try? await connection.request("session/close", ["sessionId": .string(session)], seconds: 2)
        }
        return report(state, done: desk?.done(), assignment)
      }
      if reason == "refusal" {
        throw TaskFailure(
          cause: .cognitive, message: "\(definition.name) refused the task: \(Deed.line(state.message))",
          missing: missing, type: "Refusal", tools: await host.tools)
      }
      guard emptyTurns < 2, turn < granted || definition.limits.turns != nil else {
        let what = isEmpty ? "ended its turn without a word or a deed" : "ended its turn (\(reason))"
        throw TaskFailure(
          cause: .cognitive,
          message:
            "\(definition.name) \(what)\(missing.isEmpty ? "" : "; missing: \(missing.joined(separator: ", "))").",
          missing: missing, type: emptyTurns == turn ? "EmptyTurn" : "Unfinished", tools: await host.tools)
      }
      if let most = definition.limits.cost, let cost = state.cost, cost.amount > most {
        let spent = Deed.line("\(cost.amount) \(cost.currency)")
        try await askForMore(
          "It says that it cost \(spent) so far; its budget for one attempt is \(most).", used: "\(spent) of \(most)",
          host: host)
      }
      if let most = definition.limits.turns, turn >= granted {
        let left = missing.isEmpty ? "" : " Still missing: \(missing.joined(separator: ", "))."
        try await askForMore(
          "It was spoken to \(turn) times; its budget for one attempt is \(most). A yes lets it be spoken to \(most) "
            + "more times.\(left)", used: "\(turn) of \(granted) turns", host: host)
        granted += most
      }
      words =
        missing.isEmpty
        ? "Your last turn ended without a word. Do the task, or say what keeps you from it."
        : "These files are still missing on the disk; make them, whole, or say what keeps you from it:\n"
          + missing.map { "- \(assignment.workspace.root)/\($0)" }.joined(separator: "\n")
    }
  }

  /// Shakes hands and returns what the agent says of itself.
  static func greet(_ connection: RPCConnection, seconds: Int) async throws -> Greeting {
    let reply = try await connection.request(
      "initialize",
      [
        "protocolVersion": 1,
        "clientCapabilities": ["fs": ["readTextFile": true, "writeTextFile": true], "terminal": true],
        "clientInfo": ["name": "signalbox", "title": "Signalbox", "version": "1"],
      ], seconds: seconds)
    let version = reply["protocolVersion"]?.integer ?? 1
    // Some echo whatever they are sent; whoever speaks only something else is not understood.
    guard version == 1 else {
      throw TaskFailure(
        cause: .hard, message: "The agent speaks version \(version) of the protocol; version 1 is spoken here.",
        type: "ProtocolVersion")
    }
    let capabilities = reply["agentCapabilities"]
    let info = reply["agentInfo"]
    let name = [info?["title"]?.string ?? info?["name"]?.string, info?["version"]?.string].compactMap { $0 }
    return Greeting(
      name: name.isEmpty ? "an agent without a name" : Deed.line(name.joined(separator: " ")), version: version,
      loads: capabilities?["loadSession"]?.bool ?? false,
      resumes: capabilities?["sessionCapabilities"]?["resume"] != nil,
      closes: capabilities?["sessionCapabilities"]?["close"] != nil,
      logins: (reply["authMethods"]?.array ?? []).map {
        (
          $0["id"]?.string ?? "", Deed.line($0["name"]?.string ?? ""),
          $0["type"]?.string == "terminal" || $0["_meta"]?["terminal-auth"] != nil
        )
      })
  }

  private func open(
    _ assignment: Assignment, desk: DeskServer?, greeting: Greeting, connection: RPCConnection
  ) async throws -> String {
    let params: JSONValue = [
      "cwd": .string(assignment.workspace.root), "mcpServers": .array(desk.map { [$0.entry] } ?? []),
    ]
    let reply = try await ACPAgent.newSession(connection, params, greeting: greeting) { definition.limits.handshake }
    guard let session = reply["sessionId"]?.string else {
      throw TaskFailure(cause: .cognitive, message: "The agent gave its session no name.", type: "AgentError")
    }
    try await choose(reply, session: session, assignment: assignment, connection: connection)
    return session
  }

  /// Asks for a new session; where a login comes first, the one way in that needs nobody is tried once.
  ///
  /// - Parameter seconds: How long the next answer may take.
  static func newSession(
    _ connection: RPCConnection, _ params: JSONValue, greeting: Greeting, seconds: () -> Int
  ) async throws -> JSONValue {
    do {
      return try await connection.request("session/new", params, seconds: seconds())
    } catch let error as RPCError where error.code == -32000 {
      guard let login = greeting.logins.first(where: { !$0.isTerminal }) else { throw needsLogin(greeting) }
      do {
        _ = try await connection.request("authenticate", ["methodId": .string(login.id)], seconds: seconds())
        return try await connection.request("session/new", params, seconds: seconds())
      } catch is RPCError {
        throw needsLogin(greeting)
      }
    }
  }

  /// Takes up the session that an earlier life of the program had; whether it remembers anything of it.
  ///
  /// What it replays is counted and forgotten: the journal is the truth. Some go on with what they were doing while they
  /// load, so everything that watches over them is there before.
  private func takeUp(
    _ session: String, _ assignment: Assignment, desk: DeskServer?, greeting: Greeting, connection: RPCConnection,
    host: ACPHost
  ) async throws -> Bool {
    let params: JSONValue = [
      "sessionId": .string(session), "cwd": .string(assignment.workspace.root),
      "mcpServers": .array(desk.map { [$0.entry] } ?? []),
    ]
    await host.adopt(session)
    if greeting.resumes {
      _ = try await connection.request("session/resume", params, seconds: definition.limits.handshake)
      return true
    }
    await host.replay(true)
    _ = try await connection.request("session/load", params, seconds: definition.limits.handshake)
    await host.replay(false)
    let replayed = await host.replayed
    assignment.transcript.write("it replayed \(replayed) updates of its earlier life; the journal is the truth")
    // Some load anything and remember nothing of it.
    return replayed > 0
  }

  static func needsLogin(_ greeting: Greeting) -> TaskFailure {
    let ways = greeting.logins.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
    return TaskFailure(
      cause: .environment,
      message:
        "\(greeting.name) wants a login first\(ways.isEmpty ? "" : ": \(ways)"). Log in with the agent's own program.",
      type: "AuthenticationRequired")
  }

  /// Puts the agent into the mode and options that its definition wants, where it has them.
  private func choose(
    _ reply: JSONValue, session: String, assignment: Assignment, connection: RPCConnection
  ) async throws {
    var wanted = definition.options
    let known = reply["configOptions"]?.array ?? []
    if let mode = definition.mode {
      if let option = known.first(where: { $0["category"]?.string == "mode" })?["id"]?.string {
        wanted.append((option, mode))
      } else {
        let modes = (reply["modes"]?["availableModes"]?.array ?? []).compactMap { $0["id"]?.string }
        guard modes.contains(mode) else {
          throw TaskFailure(
            cause: .hard,
            message:
              "\(definition.name) has no mode “\(mode)”; it has: \(modes.isEmpty ? "none" : modes.joined(separator: ", ")).",
            type: "AgentMode")
        }
        _ = try await connection.request(
          "session/set_mode", ["sessionId": .string(session), "modeId": .string(mode)],
          seconds: definition.limits.handshake)
      }
    }
    for (id, value) in wanted {
      guard known.contains(where: { $0["id"]?.string == id }) else {
        await assignment.note(.warning, "\(definition.name) has no option “\(id)”; it works without.")
        continue
      }
      _ = try await connection.request(
        "session/set_config_option",
        ["sessionId": .string(session), "configId": .string(id), "value": .string(value)],
        seconds: definition.limits.handshake)
    }
  }

  /// Sends one prompt and waits for the end of its turn; when the attempt is cancelled, the agent is told and waited for.
  private func turnEnd(
    _ words: String, session: String, connection: RPCConnection, host: ACPHost
  ) async throws -> String {
    await host.begin()
    let turn = Task {
      try await connection.request(
        "session/prompt",
        ["sessionId": .string(session), "prompt": [["type": "text", "text": .string(words)]]])
    }
    let cancel: @Sendable () async -> Void = {
      await connection.notify("session/cancel", ["sessionId": .string(session)])
      await host.cancel()
      // An agent that does not end its turn is stopped with its program.
      try? await Task.sleep(for: .seconds(5))
      turn.cancel()
    }
    await host.whenInTrouble(cancel)
    do {
      let reply = try await withTaskCancellationHandler {
        try await turn.value
      } onCancel: {
        Task { await cancel() }
      }
      await host.end()
      try Task.checkCancellation()
      return reply["stopReason"]?.string ?? "end_turn"
    } catch {
      await host.end()
      try Task.checkCancellation()
      throw error
    }
  }

  private func missingFiles(_ assignment: Assignment) async throws -> [String] {
    let there = Set(try await assignment.workspace.files().filter { $0.size > 0 }.map { Array($0.path.utf8) })
    return assignment.task.expectedFiles.filter { !there.contains(Array($0.utf8)) }
  }

  /// A budget that is used up is a question, not an end.
  private func askForMore(_ details: String, used: String, host: ACPHost) async throws {
    switch await host.ask(title: "go on beyond its budget", details: details) {
    case .allowed: return
    case .refused, .void:
      throw TaskFailure(cause: .hard, message: "\(definition.name) used up its budget (\(used)).", type: "Budget")
    }
  }

  /// What it says it did: what it told the desk, and the report at the end of its words where it has the form that was
  /// asked for. All of it is held against the disk.
  private func report(
    _ state: TurnState, done: (summary: String, files: [String])?, _ assignment: Assignment
  ) -> TaskReport {
    var report = TaskReport()
    report.claimed = done?.files ?? []
    let reading = ReportReading(state.message)
    guard reading.isUnderstood else { return report }
    let root = assignment.workspace.root
    for path in reading.claimed.map({ PathPattern.relative($0, to: root) })
    where !report.claimed.contains(where: { $0.utf8.elementsEqual(path.utf8) }) {
      report.claimed.append(path)
    }
    report.claims = reading.claims(about: assignment.session.workflow.gates.map(\.id))
    report.notices = reading.notes.prefix(20).map { "\(definition.name): \(Deed.line($0))" }
    return report
  }
}
