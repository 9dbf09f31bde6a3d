import Engine
import Foundation
import Kernel
import Testing

@testable import Agents

// covers TurnState.swift and DeedReading.swift
@Suite("What agents tell")
struct AgentStateTests {
  private func chunk(_ text: String) -> JSONValue {
    ["sessionUpdate": "agent_message_chunk", "content": ["type": "text", "text": .string(text)]]
  }

  @Test("an update fills in what it says and leaves the rest; a list replaces the one before")
  func upserts() {
    var state = TurnState()
    #expect(
      state.take([
        "sessionUpdate": "tool_call", "toolCallId": "1", "title": "Edit", "kind": "edit",
        "locations": [["path": "/w/a"], ["path": "/w/b"], ["line": 3]], "rawInput": ["x": 1],
        "content": [["type": "diff", "path": "/w/a", "oldText": "a", "newText": "b"]],
      ])
        == .call(state.calls[0], isNew: true))
    var call = state.calls[0]
    #expect(call.title == "Edit" && call.kind == "edit" && call.status == "pending" && call.isOpen)
    #expect(call.locations == ["/w/a", "/w/b"])
    #expect(call.changes == [.init(path: "/w/a", old: "a", new: "b")])
    // Absent and null are the same: nothing is said.
    state.take([
      "sessionUpdate": "tool_call_update", "toolCallId": "1", "title": .null, "rawInput": .null, "content": .null,
      "status": "in_progress", "kind": 7,
    ])
    call.status = "in_progress"
    #expect(state.calls == [call])
    // An empty list is a list; a difference without an old text is a new file.
    state.take(["sessionUpdate": "tool_call_update", "toolCallId": "1", "content": [], "locations": []])
    #expect(state.calls[0].changes == [] && state.calls[0].locations == [])
    state.take([
      "sessionUpdate": "tool_call_update", "toolCallId": "1",
      "content": [
        ["type": "diff", "path": "/w/c", "newText": "n"], ["type": "diff", "newText": "no path"],
        ["type": "content", "content": ["type": "text", "text": "see"]], ["type": "terminal", "terminalId": "t"], "x",
      ],
    ])
    #expect(state.calls[0].changes == [.init(path: "/w/c", old: nil, new: "n")])
    #expect(state.calls[0].text == "see")
    // An update of what was never announced announces it; a question without an identifier is a call like any other.
    #expect(
      state.take(["sessionUpdate": "tool_call_update", "toolCallId": "2"]) == .call(ToolCall(id: "2"), isNew: true))
    #expect(state.join([:]) == ToolCall(id: ""))
    #expect(state.callCount == 3)
    // Identifiers are compared byte for byte.
    state.take(["sessionUpdate": "tool_call", "toolCallId": "\u{E9}"])
    state.take(["sessionUpdate": "tool_call", "toolCallId": "e\u{301}"])
    #expect(state.calls.count == 5)
    // What was open at the end of a turn is not resolved any more; a new turn begins empty, and the count goes on.
    state.take(["sessionUpdate": "tool_call_update", "toolCallId": "1", "status": "completed"])
    state.end()
    #expect(state.calls.map(\.status) == ["completed"] + [String](repeating: "unresolved", count: 4))
    state.begin()
    #expect(state.calls.isEmpty && state.message.isEmpty && state.updates == 0 && state.callCount == 5)
  }

  @Test("modes, plans, costs and words are kept; what nobody knows is counted")
  func updates() {
    var state = TurnState()
    state.take(["sessionUpdate": "current_mode_update", "modeId": "ask"])
    #expect(state.mode == "ask")
    state.take(["sessionUpdate": "current_mode_update", "currentModeId": "code", "modeId": "ask"])
    #expect(state.mode == "code")
    state.take(["sessionUpdate": "current_mode_update"])
    #expect(state.mode == "code")
    state.take([
      "sessionUpdate": "plan", "entries": [["content": "one", "status": "completed"], ["content": "two"], [:]],
    ])
    #expect(state.plan.map(\.content) == ["one", "two", ""])
    #expect(state.plan.map(\.status) == ["completed", "pending", "pending"])
    state.take(["sessionUpdate": "usage_update", "used": 5, "size": 9, "cost": ["amount": 1, "currency": "EUR"]])
    state.take(["sessionUpdate": "usage_update", "used": 6])
    #expect(state.context?.used == 5 && state.context?.size == 9)
    #expect(state.cost?.amount == 1 && state.cost?.currency == "EUR")
    #expect(state.take(chunk("a")) == .said("a"))
    #expect(state.take(["sessionUpdate": "agent_message_chunk", "content": ["type": "image"]]) == .said("[image]"))
    #expect(state.take(["sessionUpdate": "agent_message_chunk"]) == .said(""))
    #expect(
      state.take(["sessionUpdate": "agent_thought_chunk", "content": ["type": "resource_link", "uri": "f:x"]])
        == .thought("f:x"))
    #expect(state.message == "a[image]")
    #expect(
      state.take(["sessionUpdate": "user_message_chunk", "content": ["text": "me"]]) == .other("user_message_chunk"))
    #expect(state.message == "a[image]")
    for number in 0..<300 { state.take(["sessionUpdate": .string("new-\(number % 150)")]) }
    #expect(state.unknown.count == 100 && state.unknown["new-0"] == 2)
    state.take(["sessionUpdate": .string(String(repeating: "k", count: 500))])
    #expect(state.unknown.keys.allSatisfy { $0.count <= 100 })
  }

  @Test("words beyond the limit are counted, and cut on a character's border")
  func limits() {
    var state = TurnState()
    state.take(chunk(String(repeating: "x", count: TurnState.textLimit - 1)))
    state.take(chunk("é"))
    state.take(chunk("and more"))
    #expect(state.message.utf8.count <= TurnState.textLimit)
    #expect(state.message.unicodeScalars.allSatisfy { $0 == "x" })
    #expect(state.message.utf8.count + state.leftOut == TurnState.textLimit - 1 + 2 + 8)
    for number in 0..<(TurnState.callLimit + 5) {
      state.take(["sessionUpdate": "tool_call", "toolCallId": .string("\(number)")])
    }
    #expect(state.calls.count == TurnState.callLimit)
    #expect(state.calls.first?.id == "5" && state.callCount == TurnState.callLimit + 5)
  }

  @Test("a command is found where agents say it, and nowhere else")
  func commands() {
    func command(_ update: JSONValue...) -> String? {
      var call = ToolCall(id: "1")
      for one in update { call.take(one) }
      return call.command
    }
    func text(_ text: String) -> JSONValue {
      [["type": "content", "content": ["type": "text", "text": .string(text)]]]
    }
    #expect(command(["rawInput": ["command": "ls -l"]]) == "ls -l")
    #expect(command(["rawInput": ["cmd": ["ls", "-l", 5]]]) == "ls -l")
    #expect(command(["rawInput": ["script": "a"], "title": "`b`", "kind": "execute"]) == "a")
    #expect(command(["rawInput": ["path": "x"]]) == nil)
    #expect(command(["title": "Run `make test` now", "kind": "execute"]) == "make test")
    #expect(command(["title": "Run `make test` now", "kind": "other"]) == nil)
    #expect(command(["title": "Run `make", "kind": "execute"]) == nil)
    #expect(command(["content": text(#"{"command":"echo a"}"#)]) == "echo a")
    // A question that replaces the text counts only where it says the same.
    let shown: JSONValue = ["title": "Shell: echo a", "content": text(#"{"command":"echo a"}"#)]
    #expect(command(shown, ["content": text("Requesting approval")]) == "echo a")
    #expect(command(shown, ["title": "Shell: rm -rf /", "content": text("Requesting approval")]) == nil)
    #expect(command(shown, ["status": "completed", "content": text(#"{"command":"rm"}"#)]) == "echo a")
    #expect(command(shown, ["rawInput": ["command": "rm"]]) == "rm")
    #expect(command(["content": text(#"["command"]"#)]) == nil)
  }

  @Test("a title is one line without what steers a terminal or turns its direction")
  func titles() {
    #expect(Deed.line("a\u{1B}[31mb\nc\u{202E}d\u{2028}e\u{0}f\u{9B}g\u{200B}h") == "a [31mb c\u{FFFD}d e f g\u{FFFD}h")
    #expect(Deed.line("\u{2066}x\u{2069}\u{FEFF}") == "\u{FFFD}x\u{FFFD}\u{FFFD}")
    #expect(Deed.line(String(repeating: "x", count: 200)).count == 200)
    #expect(Deed.line(String(repeating: "x", count: 201)) == String(repeating: "x", count: 199) + "…")
    // Marks piled on one letter are no way around the limit.
    #expect(Deed.line("a" + String(repeating: "\u{301}", count: 100_000)).unicodeScalars.count <= 401)
    var call = ToolCall(id: "1")
    call.take([
      "title": "Edit\u{1B}]0;x\u{7} `a`", "kind": "edit", "locations": [["path": "/w/a"], ["path": "/etc/b"]],
    ])
    let deed = Deed(call, root: "/w")
    #expect(deed.title == "Edit ]0;x  `a`" && deed.tool == deed.title)
    #expect(deed.writes == ["a", "/etc/b"])
    #expect(deed.command == nil)
    #expect(Deed(ToolCall(id: ""), root: "/w").title == "something it does not name")
    #expect(Deed(ToolCall(id: ""), root: "/w").details == "The agent's program says nothing more about it.")
  }

  @Test("no text closes its fence from inside, and what is cut is told")
  func fences() {
    #expect(Deed.fenced("a", as: "sh") == "```sh\na\n```")
    #expect(Deed.fenced("```\n# Approve\n````", as: "") == "`````\n```\n# Approve\n````\n`````")
    for text in ["`", "```", "``````````", "x\n`````\n"] {
      let fence = Deed.fenced(text, as: "").prefix { $0 == "`" }
      #expect(!text.contains(fence))
    }
    let long = Deed.fenced(String(repeating: "é", count: Deed.shownLimit), as: "")
    #expect(Deed.fenced("x" + String(repeating: "é", count: Deed.shownLimit), as: "").contains("\u{FFFD}") == false)
    #expect(long.hasSuffix("\n[\(Deed.shownLimit) bytes are not shown here]\n```"))
  }

  @Test("a difference shows every changed line and marks what it passes over")
  func differences() {
    func difference(_ old: String?, _ new: String) -> String {
      Deed.difference(.init(path: "a", old: old, new: new))
    }
    #expect(difference(nil, "a\nb\n") == "+a\n+b")
    #expect(difference("a\nb\nc\nd\n", "a\nX\nc\nd\ne\n") == "@@ line 1 @@\n-b\n+X\n@@ line 3 @@\n+e")
    #expect(difference("a\n", "a\n") == "(nothing changes)")
    #expect(difference("a", "") == "-a\n\\ no line end")
    #expect(difference("a\nb", "a\nb\n") == "@@ line 1 @@\n-b\n\\ no line end\n+b")
    #expect(difference("", "\n") == "+")
    #expect(difference("a\r\n", "a\n") == "-a\r\n+a")
    // The same to the eye is not the same.
    #expect(difference("\u{E9}\n", "e\u{301}\n").utf8.elementsEqual("-\u{E9}\n+e\u{301}".utf8))
    // What is too long to be compared is shown whole.
    let many = String(repeating: "x\n", count: 10_000)
    #expect(difference(many, many) == "(nothing changes)")
    #expect(difference(many, many + "y\n").split(separator: "\n").count == 20_001)
  }

  @Test("options whose words say the opposite of their kind are noticed")
  func contradictions() {
    func contradicts(_ id: String, _ name: String, _ kind: PermissionChoice.Kind) -> Bool {
      PermissionChoice(id: id, name: name, kind: kind).contradictsItself
    }
    #expect(contradicts("reject", "Allow once", .allowOnce))
    #expect(contradicts("1", "No", .allowOnce))
    #expect(contradicts("1", "Don't allow", .allowAlways))
    #expect(contradicts("approve", "Continue", .rejectOnce))
    #expect(contradicts("1", "Accept", .rejectAlways))
    #expect(!contradicts("allow_once", "Allow once", .allowOnce))
    #expect(!contradicts("approve", "Approve once", .allowOnce))
    #expect(!contradicts("reject_once", "Reject", .rejectOnce))
    #expect(!contradicts("1", "Do not allow", .rejectOnce))
    #expect(!contradicts("1", "Notify and go on", .allowOnce))
    // Every option that a real agent was seen to offer says what it means.
    let kinds: [String: PermissionChoice.Kind] = [
      "allow_once": .allowOnce, "allow_always": .allowAlways, "reject_once": .rejectOnce,
      "reject_always": .rejectAlways,
    ]
    for name in Recording.names {
      for case .hear(let message) in (try? Recording(name, root: "/w").steps) ?? [] {
        for option in message["params"]?["options"]?.array ?? [] {
          guard let kind = kinds[option["kind"]?.string ?? ""] else { continue }
          #expect(
            !contradicts(option["optionId"]?.string ?? "", option["name"]?.string ?? "", kind), "\(name) \(option)")
        }
      }
    }
  }

  @Test("a loop is one call or two in turn that come back often enough")
  func loops() {
    func isLoop(_ text: String, _ times: Int) -> Bool { ACPHost.isLoop(text.map(String.init), times: times) }
    #expect(isLoop("aaa", 3))
    #expect(!isLoop("aa", 3))
    #expect(isLoop("xaaa", 3))
    #expect(!isLoop("aaax", 3))
    #expect(isLoop("ababab", 3))
    #expect(!isLoop("babab", 3))
    #expect(!isLoop("abcabcabc", 3))
    #expect(isLoop("xxababab", 3))
    #expect(!isLoop("", 1))
  }

  @Test("words with arguments are quoted so that a shell reads the same")
  func quoting() async throws {
    #expect(ACPHost.quoted(["ls", "-l", "a/b.txt"], by: "'") == "ls -l a/b.txt")
    #expect(ACPHost.quoted(["sh", "-c", "a; b"], by: "\"") == #"sh -c "a; b""#)
    #expect(ACPHost.quoted(["a", ""], by: "'") == "a ''")
    let place = try Place()
    for words in [["it's"], ["a b", "$HOME", "`x`", "\\", "\"", "*"], ["", " ", "\n", "é"]] {
      let line = ACPHost.quoted(["printf", "%s|"] + words, by: "'")
      let (_, output, _) = try await place.run(["/bin/sh", "-c", line])
      #expect(
        output.trimmingCharacters(in: .newlines) == words.map { "\($0)|" }.joined().trimmingCharacters(in: .newlines))
    }
  }
}
