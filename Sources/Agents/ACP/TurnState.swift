import Engine

/// A tool call as its agent described it so far; only what changes is sent, so it is kept and filled in.
public struct ToolCall: Equatable, Sendable {
  /// The agent's identifier of it; not necessarily unique, and not kept on replay.
  public var id: String
  /// What it does, in the agent's words.
  public var title = ""
  /// read, edit, delete, move, search, execute, think, fetch, switch_mode or other; empty when never said.
  public var kind = ""
  /// pending, in_progress, completed or failed, as the agent says; `unresolved` when its turn ended first.
  public var status = "pending"
  /// The differences it shows: path, the text before (`nil` for a new file), the text after.
  public var changes: [Change] = []
  /// The text it shows.
  public var text = ""
  /// The absolute paths it names.
  public var locations: [String] = []
  /// What was given to the tool, where that was said.
  public var rawInput: JSONValue?
  /// What was given to the tool where only the text it showed at some time says so, in JSON.
  private(set) var shownInput: JSONValue?

  /// Makes one of which nothing is known yet.
  init(id: String) { self.id = id }

  /// One difference that a tool call shows.
  public struct Change: Equatable, Sendable {
    public var path: String
    public var old: String?
    public var new: String
  }

  /// Whether it is still under way.
  public var isOpen: Bool { status == "pending" || status == "in_progress" }

  /// The command it would run, where its input or its title says so.
  public var command: String? {
    if let input = rawInput, let command = ToolCall.command(in: input) { return command }
    // Text that is replaced later, as by a question, still counts where what replaced it says the same.
    if rawInput == nil, let command = shownInput.flatMap(ToolCall.command(in:)), !command.isEmpty,
      title.contains(command) || text.contains(command) || ToolCall.object(in: text) == shownInput
    {
      return command
    }
    guard kind == "execute" else { return nil }
    let trimmed = title.split(separator: "`", omittingEmptySubsequences: false)
    return trimmed.count >= 3 ? String(trimmed[1]) : nil
  }

  private static func command(in input: JSONValue) -> String? {
    for key in ["command", "cmd", "script", "shell_command"] {
      if let text = input[key]?.string { return text }
      if let words = input[key]?.array { return words.compactMap(\.string).joined(separator: " ") }
    }
    return nil
  }

  private static func object(in text: String) -> JSONValue? {
    guard text.utf8.first == UInt8(ascii: "{"), let value = JSONValue(reading: Array(text.utf8)) else {
      return nil
    }
    return value
  }

  /// What makes two calls the same for whoever watches for loops.
  var fingerprint: String { "\(kind)|\(title)|\(rawInput.map { "\($0)" } ?? "")|\(locations.joined(separator: ","))" }

  /// Takes over what an update says; what it leaves out stays, and a list replaces the earlier one whole.
  mutating func take(_ update: JSONValue) {
    if let title = update["title"]?.string { self.title = String(title.prefix(4_000)) }
    if let kind = update["kind"]?.string { self.kind = kind }
    if let status = update["status"]?.string { self.status = status }
    if let input = update["rawInput"] { rawInput = input }
    if let found = update["locations"]?.array { locations = found.compactMap { $0["path"]?.string } }
    guard let content = update["content"]?.array else { return }
    changes = []
    text = ""
    for part in content {
      switch part["type"]?.string {
      case "diff":
        if let path = part["path"]?.string {
          changes.append(Change(path: path, old: part["oldText"]?.string, new: part["newText"]?.string ?? ""))
        }
      case "content": if let words = part["content"]?["text"]?.string { text += words }
      default: break
      }
    }
    if isOpen, let input = ToolCall.object(in: text) { shownInput = input }
  }
}

/// What one agent session is like, folded from its updates. It never waits, and nothing an agent sends is fatal to it.
public struct TurnState: Equatable, Sendable {
  /// The agent's words since the last prompt, at most ``textLimit`` bytes of them.
  public private(set) var message = ""
  /// How many bytes of its words were left out.
  public private(set) var leftOut = 0
  /// The tool calls since the last prompt, in the order they came up.
  public private(set) var calls: [ToolCall] = []
  /// The agent's own plan: what, and how far.
  public private(set) var plan: [(content: String, status: String)] = []
  /// The mode it works in, where it says so.
  public private(set) var mode = ""
  /// Tokens of its context in use, and how many there are.
  public private(set) var context: (used: Int64, size: Int64)?
  /// What it says it cost so far, in its currency.
  public private(set) var cost: (amount: Double, currency: String)?
  /// Updates of kinds that nobody here knows, by kind.
  public private(set) var unknown: [String: Int] = [:]
  /// How many updates came since the last prompt.
  public private(set) var updates = 0
  /// How many tool calls there ever were.
  public private(set) var callCount = 0

  /// The most that is kept of an agent's words, in bytes; the transcript has the rest.
  public static let textLimit = 256 << 10
  /// The most tool calls that are kept of a turn.
  static let callLimit = 1_000

  /// Makes the state of a session in which nothing happened yet.
  public init() {}

  public static func == (left: TurnState, right: TurnState) -> Bool {
    left.message == right.message && left.calls == right.calls && left.mode == right.mode
      && left.unknown == right.unknown && left.updates == right.updates
      && left.plan.map(\.content) == right.plan.map(\.content)
  }

  /// A new turn begins.
  mutating func begin() {
    message = ""
    leftOut = 0
    calls = []
    updates = 0
  }

  /// A turn ended: what was not finished never will be.
  mutating func end() {
    for place in calls.indices where calls[place].isOpen { calls[place].status = "unresolved" }
  }

  /// What an update changed, for whoever looks on.
  public enum Change: Equatable, Sendable {
    /// The agent said something; only what is new.
    case said(String)
    /// It thought something.
    case thought(String)
    /// A tool call came up or moved on.
    case call(ToolCall, isNew: Bool)
    /// Its plan is another.
    case planned
    /// Something else, in a word.
    case other(String)
  }

  /// Takes one update of a session and says what changed.
  @discardableResult
  public mutating func take(_ update: JSONValue) -> Change {
    updates += 1
    let kind = update["sessionUpdate"]?.string ?? "nothing"
    switch kind {
    case "agent_message_chunk":
      let words = TurnState.text(of: update["content"])
      add(words)
      return .said(words)
    case "agent_thought_chunk": return .thought(TurnState.text(of: update["content"]))
    case "user_message_chunk": return .other(kind)
    case "tool_call", "tool_call_update": return upsert(update)
    case "plan":
      plan = (update["entries"]?.array ?? []).prefix(200).map {
        ($0["content"]?.string ?? "", $0["status"]?.string ?? "pending")
      }
      return .planned
    case "current_mode_update":
      // The documentation's example and the schema differ in the name.
      mode = update["currentModeId"]?.string ?? update["modeId"]?.string ?? mode
      return .other(kind)
    case "usage_update":
      if let used = update["used"]?.integer, let size = update["size"]?.integer { context = (used, size) }
      if let amount = update["cost"]?["amount"]?.number {
        cost = (amount, update["cost"]?["currency"]?.string ?? "")
      }
      return .other(kind)
    case "available_commands_update", "config_option_update", "session_info_update": return .other(kind)
    default:
      if unknown.count < 100 || unknown[kind] != nil { unknown[String(kind.prefix(100)), default: 0] += 1 }
      return .other(kind)
    }
  }

  /// Takes what a question says of its tool call, also of one that was never announced.
  mutating func join(_ call: JSONValue) -> ToolCall {
    if case .call(let found, _) = upsert(call) { return found }
    return ToolCall(id: "")
  }

  private mutating func upsert(_ update: JSONValue) -> Change {
    let id = update["toolCallId"]?.string ?? ""
    if let place = calls.lastIndex(where: { $0.id.utf8.elementsEqual(id.utf8) }) {
      calls[place].take(update)
      return .call(calls[place], isNew: false)
    }
    var call = ToolCall(id: id)
    call.take(update)
    callCount += 1
    if calls.count >= TurnState.callLimit { calls.removeFirst() }
    calls.append(call)
    return .call(call, isNew: true)
  }

  private mutating func add(_ words: String) {
    // Once something was left out, what comes behind it is left out too: a text has no hole.
    let kept = leftOut == 0 ? words.prefix(bytes: TurnState.textLimit - message.utf8.count) : ""
    message += kept
    leftOut += words.utf8.count - kept.utf8.count
  }

  /// The text of a content block; what is no text is named.
  static func text(of content: JSONValue?) -> String {
    guard let content else { return "" }
    switch content["type"]?.string {
    case "text", nil: return content["text"]?.string ?? ""
    case "resource_link": return content["uri"]?.string ?? ""
    case "resource": return content["resource"]?["text"]?.string ?? ""
    case let kind?: return "[\(kind)]"
    }
  }
}

extension String {
  /// The longest beginning of so many bytes at most that ends on a character's border.
  func prefix(bytes count: Int) -> Substring {
    guard utf8.count > count else { return self[...] }
    var end = utf8.index(startIndex, offsetBy: max(0, count))
    while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
    return self[..<end]
  }
}
