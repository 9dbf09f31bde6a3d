import Engine
import Foundation
import Kernel

/// Answers what one agent asks of its client, and keeps what it tells: one for each attempt.
///
/// Files are read and written through the assignment's workspace, so every file is looked at before it counts; commands
/// run in terminals that are contained like the agent; leave is asked of the card, a grant, or a person.
actor ACPHost {
  private let assignment: Assignment
  private let desk: PermissionDesk
  private let terminals: TerminalHost
  private let limits: ACPAgent.Limits
  private(set) var state = TurnState()
  /// The agent session that belongs to this attempt; what others tell is kept apart.
  private var session: String?
  /// Updates that came before the session had a name.
  private var early: [(session: String, update: JSONValue)] = []
  /// Updates that an agent replays from an earlier life: counted, compared, never merged.
  private(set) var replayed = 0
  private var isReplaying = false
  /// The tool calls that somebody let pass, by identifier, as they were then.
  private var approved: [String: ToolCall] = [:]
  private var recent: [String] = []
  /// Why the turn has to end, once it has to.
  private(set) var trouble: TaskFailure?
  private var onTrouble: (@Sendable () async -> Void)?
  /// How often something was told or asked in another session's name.
  private(set) var strangers = 0
  /// What is told goes to the transcript by these, so that a flood does not fill the disk.
  private let lines: TranscriptLines
  private var said: SecretSeam<Void>
  private var line = ""

  /// - Parameter lines: Where what it tells is written.
  init(
    _ assignment: Assignment, card: RoleCard?, terminals: TerminalHost, limits: ACPAgent.Limits, lines: TranscriptLines
  ) {
    self.assignment = assignment
    self.lines = lines
    said = SecretSeam(assignment.transcript.secrets, holding: 1)
    self.terminals = terminals
    self.limits = limits
    desk = PermissionDesk(assignment, card: card)
  }

  /// A session has its name now; what came for it before is taken.
  func adopt(_ session: String) {
    self.session = session
    let waiting = early
    early = []
    for one in waiting where one.session == session { take(one.update) }
  }

  /// While an agent replays what was before, nothing it tells is new.
  func replay(_ isReplaying: Bool) { self.isReplaying = isReplaying }

  /// A turn begins.
  func begin() async {
    state.begin()
    desk.begin()
    recent = []
    trouble = nil
    onTrouble = nil
    await terminals.end()
  }

  /// What is called once when the turn has to end early, also when it has to already.
  func whenInTrouble(_ call: @escaping @Sendable () async -> Void) {
    onTrouble = call
    if trouble != nil { Task { await call() } }
  }

  /// The turn is cancelled: every question is void and every command is killed, whatever the agent makes of it.
  func cancel() async {
    desk.void()
    await terminals.stop()
  }

  /// A turn ended, and with it what it left running.
  func end() async {
    state.end()
    flush()
    onTrouble = nil
    await terminals.stop()
  }

  // MARK: - What it tells

  /// Takes a notification of the agent.
  func tell(_ method: String, _ params: JSONValue) {
    guard method == "session/update" else { return }
    let name = params["sessionId"]?.string ?? ""
    let update = params["update"] ?? .object([:])
    guard let session else {
      if early.count < 1_000 { early.append((name, update)) }
      return
    }
    guard name == session else {
      strangers += 1
      return
    }
    if isReplaying {
      replayed += 1
      return
    }
    take(update)
  }

  private func take(_ update: JSONValue) {
    assignment.alive()
    switch state.take(update) {
    case .said(let words): write(words)
    case .thought: break
    case .planned:
      // An entry may be as long as it likes, and there may be hundreds.
      let entries = state.plan.map { "[\(Deed.line($0.status))] \(Deed.line($0.content))" }
      lines.take("plan: \(entries.joined(separator: "; "))")
    case .call(let call, let isNew):
      flush()
      let words = Deed.line(call.title)
      lines.take(
        "\(isNew ? "tool" : "tool, now \(Deed.line(call.status))"): \(words.isEmpty ? Deed.line(call.id) : words)")
      if isNew { watch(call) }
      hold(call)
    case .other(let kind):
      if state.unknown[kind] == 1 { lines.take("[an update of the unknown kind \(Deed.line(kind))]") }
    }
  }

  /// An agent's words go to the transcript line by line. What is secret in them is concealed before: models send words in
  /// pieces, and a line that is too long is cut.
  private func write(_ words: String) {
    write(said.take(Array(words.utf8), as: ()))
    if line.utf8.count > 4_000 { writeLine() }
  }

  private func write(_ pieces: [SecretSeam<Void>.Released]) {
    let words = String(decoding: pieces.flatMap(\.bytes), as: UTF8.self)
    line += words
    guard words.contains(where: \.isNewline) else { return }
    // Every line once, however many came: the rest is never copied.
    var rest = line[...]
    while let end = rest.firstIndex(where: \.isNewline) {
      lines.take(Deed.line(String(rest[..<end])))
      rest = rest[rest.index(after: end)...]
    }
    line = String(rest)
  }

  private func writeLine() {
    if !line.isEmpty { lines.take(Deed.line(line)) }
    line = ""
  }

  private func flush() {
    write(said.end())
    writeLine()
  }

  /// Whoever does the same again and again is stopped.
  private func watch(_ call: ToolCall) {
    recent.append(call.fingerprint)
    if recent.count > 64 { recent.removeFirst() }
    if state.callCount > limits.toolCalls {
      stop("made more than \(limits.toolCalls) tool calls", type: "ToolCallLimit")
    } else if ACPHost.isLoop(recent, times: limits.repeats) {
      stop("did the same again and again: \(Deed.line(call.title))", type: "RunawayLoop")
    }
  }

  /// Whether a list ends in a pattern of one or two calls that comes back so many times.
  static func isLoop(_ calls: [String], times: Int) -> Bool {
    for length in 1...2 {
      let needed = length * times
      guard calls.count >= needed else { continue }
      let tail = Array(calls.suffix(needed))
      let pattern = Array(tail.prefix(length))
      if length == 2, pattern[0] == pattern[1] { continue }
      if tail.indices.allSatisfy({ tail[$0] == pattern[$0 % length] }) { return true }
    }
    return false
  }

  private func stop(_ words: String, type: String) {
    guard trouble == nil else { return }
    let who = assignment.task.agent ?? assignment.task.performer
    trouble = TaskFailure(
      cause: .cognitive, message: "\(who) \(words); the turn was stopped.", type: type, tools: tools)
    let call = onTrouble
    Task { await call?() }
  }

  /// A call that was let pass and says something else now was not what was let pass.
  private func hold(_ call: ToolCall) {
    guard let then = approved[call.id], let input = then.rawInput, let now = call.rawInput, input != now else { return }
    approved[call.id] = nil
    let who = assignment.task.agent ?? assignment.task.performer
    let words = "\(who) changed the input of “\(Deed.line(then.title))” after it was allowed."
    Task { await assignment.note(.failure, words) }
    stop("changed a tool call after it was allowed", type: "Conduct")
  }

  /// The tool calls of the turn, each in a line.
  var tools: [String] { state.calls.map { "\(Deed.line($0.title)) (\($0.status))" } }

  // MARK: - What it asks

  /// Asks a person about something that is no tool call.
  func ask(title: String, details: String) async -> PermissionDesk.Verdict {
    await desk.decide(
      Deed(title: title, details: details, kind: "", command: nil, writes: [], tool: ""), choices: nil)
  }

  /// Answers a request of the agent.
  func answer(_ method: String, _ params: JSONValue) async throws -> JSONValue {
    assignment.alive()
    // An agent may only ask in the session that is this attempt's.
    if let name = params["sessionId"]?.string, let session, name != session {
      strangers += 1
      throw RPCError.invalidParams("The session \(Deed.line(name)) is not this attempt's.")
    }
    switch method {
    case "session/request_permission": return try await permission(params)
    case "fs/read_text_file": return try await read(params)
    case "fs/write_text_file": return try await write(params)
    case "terminal/create": return try await create(params)
    case "terminal/output": return try await terminals.output(try id(params))
    case "terminal/wait_for_exit": return try await terminals.wait(try id(params))
    case "terminal/kill": return try await terminals.kill(try id(params))
    case "terminal/release": return try await terminals.release(try id(params))
    // Never offered, so nobody who follows the protocol asks; whoever does is told.
    case "elicitation/create":
      throw RPCError.invalidParams("Questions go through the tool signalbox_ask; this client shows no forms.")
    default: throw RPCError.methodNotFound(Deed.line(method))
    }
  }

  private func id(_ params: JSONValue) throws -> String {
    guard let id = params["terminalId"]?.string else { throw RPCError.invalidParams("terminalId is missing.") }
    return id
  }

  private func permission(_ params: JSONValue) async throws -> JSONValue {
    let asked = params["toolCall"] ?? .object([:])
    var call = state.join(asked)
    // A question that says nothing is about the call before it that is still open.
    if call.title.isEmpty, call.rawInput == nil, call.changes.isEmpty,
      let last = state.calls.last(where: { $0.isOpen && !$0.title.isEmpty })
    {
      call = last
    }
    let choices = (params["options"]?.array ?? []).compactMap { option -> PermissionChoice? in
      guard let id = option["optionId"]?.string else { return nil }
      // A kind that nobody knows might mean anything, so it is shown as the widest.
      let kind: PermissionChoice.Kind
      switch option["kind"]?.string {
      case "allow_once": kind = .allowOnce
      case "reject_once": kind = .rejectOnce
      case "reject_always": kind = .rejectAlways
      default: kind = .allowAlways
      }
      return PermissionChoice(id: id, name: Deed.line(option["name"]?.string ?? id), kind: kind)
    }
    let cancelled: JSONValue = ["outcome": ["outcome": "cancelled"]]
    guard !choices.isEmpty else { return cancelled }
    switch await desk.decide(Deed(call, root: assignment.workspace.root), choices: choices) {
    case .allowed(let choice?, _):
      approved[call.id] = call
      return ["outcome": ["outcome": "selected", "optionId": .string(choice.id)]]
    case .refused(let choice?, _): return ["outcome": ["outcome": "selected", "optionId": .string(choice.id)]]
    case .allowed(nil, _), .refused(nil, _), .void: return cancelled
    }
  }

  /// A path below the workspace, from the absolute one that the protocol wants.
  private func path(_ params: JSONValue) throws -> String {
    guard let path = params["path"]?.string, path.hasPrefix("/") else {
      throw RPCError.invalidParams("path has to be absolute.")
    }
    let root = assignment.workspace.root
    guard path.utf8.starts(with: Array("\(root)/".utf8)) else {
      let who = assignment.task.agent ?? assignment.task.performer
      let words = "\(who) reached for \(Deed.line(path)), outside its workspace; it was refused."
      Task { await assignment.note(.warning, words) }
      throw RPCError.invalidParams("\(Deed.line(path)) is outside the workspace \(root).")
    }
    return String(decoding: path.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self)
  }

  private func read(_ params: JSONValue) async throws -> JSONValue {
    let path = try path(params)
    let bytes: [UInt8]
    do {
      bytes = try await assignment.workspace.read(path, limit: 16 << 20)
    } catch {
      throw RPCError(-32002, "\(error)")
    }
    var text = String(decoding: bytes, as: UTF8.self)
    let first = params["line"]?.integer.map { max(1, Int(clamping: $0)) } ?? 1
    let count = params["limit"]?.integer.map { max(0, Int(clamping: $0)) }
    if first > 1 || count != nil {
      var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst(first - 1)
      if let count { lines = lines.prefix(count) }
      text = lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }
    return ["content": .string(text)]
  }

  /// Lets pass what the card allows, and asks about everything else.
  ///
  /// - Parameter words: What did not happen, where it is not to be.
  private func require(_ deed: Deed, orElse words: String) async throws {
    if case .allowed = desk.verdict(on: deed) { return }
    switch await desk.decide(deed, choices: nil) {
    case .allowed: return
    case .refused(_, let why): throw RPCError.invalidParams("\(words): \(why)")
    case .void: throw RPCError(-32800, "\(words): the turn is over.")
    }
  }

  private func write(_ params: JSONValue) async throws -> JSONValue {
    let path = try path(params)
    guard let content = params["content"]?.string else { throw RPCError.invalidParams("content is missing.") }
    let old = try? await assignment.workspace.read(path, limit: 16 << 20)
    let change = ToolCall.Change(
      path: path, old: old.map { String(decoding: $0, as: UTF8.self) }, new: content)
    var call = ToolCall(id: "")
    call.title = "Write \(path)"
    call.kind = "edit"
    call.changes = [change]
    let deed = Deed(call, root: assignment.workspace.root)
    if !desk.hasPassed("write \(path) \(Deed.mark(content))"),
      // Without a card nobody said what a role may write; then preflight and the review afterwards judge alone.
      !(desk.hasNoCard && desk.verdict(on: deed) == .unknown)
    {
      try await require(deed, orElse: "\(path) was not written")
    }
    do {
      try await assignment.workspace.write(Array(content.utf8), to: path, executable: false)
    } catch {
      throw RPCError.invalidParams("\(path) was not written: \(error)")
    }
    return .null
  }

  /// Words as they are typed into a shell, in quotes where they need some.
  static func quoted(_ words: [String], by mark: String) -> String {
    words.map { word in
      let isPlain =
        !word.isEmpty
        && word.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): return true
          case UInt8(ascii: "0")...UInt8(ascii: "9"): return true
          default: return "_@%+=:,./-".utf8.contains(byte)
          }
        }
      return isPlain ? word : mark + word.replacing("'", with: mark == "'" ? #"'\''"# : "'") + mark
    }.joined(separator: " ")
  }

  private func create(_ params: JSONValue) async throws -> JSONValue {
    let words = [params["command"]?.string ?? ""] + (params["args"]?.array?.compactMap(\.string) ?? [])
    // As it would be typed, so that a word with a blank is not taken for two; a command alone is a whole shell line.
    let command = words.count == 1 ? words[0] : ACPHost.quoted(words, by: "'")
    var call = ToolCall(id: "")
    call.title = "Run \(command)"
    call.kind = "execute"
    call.rawInput = ["command": .string(command)]
    let deed = Deed(call, root: assignment.workspace.root)
    // What was let pass is exactly this command, or what a shell is told to run by it; one more word is another command.
    var same = [command]
    if words.count > 1, words.allSatisfy({ $0.utf8.allSatisfy { !#""\$`"#.utf8.contains($0) } }) {
      same.append(ACPHost.quoted(words, by: "\""))
    }
    if words.count == 3, ["-c", "-lc"].contains(words[1]) { same.append(words[2]) }
    let isAsked =
      same.contains { desk.hasPassed("run \($0)") }
      || approved.values.contains { call in call.command.map { same.contains($0) } ?? false }
    if !isAsked { try await require(deed, orElse: "The command was not run") }
    let folder = assignment.workspace.root
    if let given = params["cwd"]?.string, given != folder, !given.utf8.starts(with: Array("\(folder)/".utf8)) {
      throw RPCError.invalidParams("\(Deed.line(given)) is outside the workspace \(folder).")
    }
    return try await terminals.create(params, in: folder)
  }
}
