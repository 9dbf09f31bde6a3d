import Engine
import Foundation
import Synchronization

/// Runs the commands that an agent asks its client to run, contained like the agent itself.
actor TerminalHost {
  private final class Terminal: Sendable {
    let process: AgentProcess
    let output: Output
    private let reading: Task<Void, Never>

    init(_ process: AgentProcess, _ output: Output) {
      self.process = process
      self.output = output
      reading = Task {
        for await line in process.lines {
          switch line {
          case .bytes(let bytes): output.add(bytes + [UInt8(ascii: "\n")])
          case .tooLong(let count): output.add(Array("[a line of \(count) bytes]\n".utf8))
          }
        }
      }
    }

    /// Waits for its end, and until everything it wrote is taken: whoever waits asks for the output next.
    func wait() async -> AgentProcess.Ending {
      let ending = await process.wait()
      await reading.value
      return ending
    }

    func stop() async {
      if await process.stop() != nil { await reading.value }
    }
  }

  /// The last output of a command, within a limit.
  private final class Output: Sendable {
    private let limit: Int
    private let output = Mutex((bytes: [UInt8](), cut: 0))

    init(limit: Int) { self.limit = limit }

    func add(_ piece: some Collection<UInt8>) {
      output.withLock { output in
        output.bytes += piece
        // Cut in large steps, so that every byte is moved once on average.
        if output.bytes.count > limit + (1 << 16) {
          let extra = output.bytes.count - limit
          output.cut += extra
          output.bytes.removeFirst(extra)
        }
      }
    }

    /// The last output within the limit, cut at its start on a character's border, as the protocol wants it.
    func shown() -> (text: String, truncated: Bool) {
      output.withLock { output in
        var bytes = output.bytes.suffix(limit)
        let isCut = output.cut > 0 || bytes.count < output.bytes.count
        while isCut, let first = bytes.first, first & 0xC0 == 0x80 { bytes.removeFirst() }
        return (String(decoding: bytes, as: UTF8.self), isCut)
      }
    }
  }

  private var terminals: [String: Terminal] = [:]
  private var made = 0
  private let start:
    @Sendable (
      _ arguments: [String], _ folder: String, _ environment: [String: String],
      _ onErrorOutput: @escaping @Sendable ([UInt8]) -> Void
    ) throws -> AgentProcess

  /// The most terminals one agent may hold at once.
  static let limit = 32
  /// What is kept of a terminal's output where the agent names no limit, in bytes.
  static let outputLimit = 1 << 20

  init(
    start:
      @escaping @Sendable (
        _ arguments: [String], _ folder: String, _ environment: [String: String],
        _ onErrorOutput: @escaping @Sendable ([UInt8]) -> Void
      ) throws -> AgentProcess
  ) { self.start = start }

  /// Starts a command; without arguments it is a whole shell line, as agents write them.
  func create(_ params: JSONValue, in folder: String) throws -> JSONValue {
    guard terminals.count < TerminalHost.limit else {
      throw RPCError.invalidRequest("\(TerminalHost.limit) terminals are open; release one first.")
    }
    guard let command = params["command"]?.string, !command.isEmpty else {
      throw RPCError.invalidParams("A terminal needs a command.")
    }
    let arguments: [String]
    if let words = params["args"]?.array?.compactMap(\.string), !words.isEmpty {
      arguments = command.hasPrefix("/") ? [command] + words : ["/usr/bin/env", command] + words
    } else {
      arguments = ["/bin/sh", "-c", command]
    }
    var environment: [String: String] = [:]
    for pair in params["env"]?.array ?? [] {
      if let name = pair["name"]?.string, let value = pair["value"]?.string { environment[name] = value }
    }
    let limit = params["outputByteLimit"]?.integer.map { Int(clamping: $0) } ?? TerminalHost.outputLimit
    let output = Output(limit: min(max(limit, 0), 16 << 20))
    let process = try start(arguments, params["cwd"]?.string ?? folder, environment) { output.add($0) }
    made += 1
    let id = "terminal-\(made)"
    terminals[id] = Terminal(process, output)
    process.closeInput()
    return ["terminalId": .string(id)]
  }

  func output(_ id: String) async throws -> JSONValue {
    let terminal = try terminal(id)
    // Its end is told only with all of its output.
    let ending = terminal.process.ending == nil ? nil : await terminal.wait()
    let shown = terminal.output.shown()
    var reply: [String: JSONValue] = ["output": .string(shown.text), "truncated": .bool(shown.truncated)]
    if let ending { reply["exitStatus"] = TerminalHost.status(ending) }
    return .object(reply)
  }

  /// Waits for the end; it ends with the turn, since the host then kills what is left.
  func wait(_ id: String) async throws -> JSONValue { TerminalHost.status(try await terminal(id).wait()) }

  func kill(_ id: String) async throws -> JSONValue {
    try await terminal(id).stop()
    return [:]
  }

  func release(_ id: String) async throws -> JSONValue {
    let found = try terminal(id)
    terminals[id] = nil
    await found.stop()
    return [:]
  }

  /// Kills everything, at once: agents forget terminals when they are cancelled. What was said stays to be read.
  func stop() async { await TerminalHost.stop(Array(terminals.values)) }

  /// Kills and forgets everything.
  func end() async {
    let left = Array(terminals.values)
    terminals = [:]
    await TerminalHost.stop(left)
  }

  private static func stop(_ terminals: [Terminal]) async {
    await withTaskGroup(of: Void.self) { group in
      for terminal in terminals where terminal.process.ending == nil {
        group.addTask { await terminal.stop() }
      }
    }
  }

  private func terminal(_ id: String) throws -> Terminal {
    guard let found = terminals[id] else { throw RPCError(-32002, "There is no terminal \(id).") }
    return found
  }

  private static func status(_ ending: AgentProcess.Ending) -> JSONValue {
    var status: [String: JSONValue] = [:]
    status["exitCode"] = ending.exitStatus.map { .integer(Int64($0)) }
    status["signal"] = ending.signal.map { .string(String($0)) }
    return .object(status)
  }
}
