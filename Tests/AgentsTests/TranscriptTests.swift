import Engine
import Foundation
import Kernel
import Testing

@testable import Agents

// covers RPCConnection.swift, ACPHost.swift and PermissionDesk.swift
@Suite("Recorded agents")
struct TranscriptTests {
  /// What came of playing a recording.
  struct Outcome {
    var turns: [(words: String, ending: String)] = []
    var failures: [String] = []
    var unanswered: [RPCIdentifier] = []
  }

  /// Plays a recording: we ask what was asked, and hear what was heard, in the same order.
  static func play(_ recording: Recording, on stage: Stage) async throws -> Outcome {
    var outcome = Outcome()
    let outcomes = recording.outcomes.map(\.option)
    // A question says by its number which one it is; the engine's own about a command is let pass.
    await stage.office.ask { decision in
      if decision.options.contains(where: { $0.target == "refuse" }) { return .choose("allow") }
      let number = decision.subjectPermission?.number ?? 1
      guard outcomes.indices.contains(number - 1) else { return .wait }
      return outcomes[number - 1].map { .choose($0) } ?? .void
    }
    var asked: [Int64: (method: String, task: Task<JSONValue, any Error>)] = [:]
    var ours: [Int64: Int64] = [:]
    func settle(_ id: Int64) async {
      guard let (method, task) = asked.removeValue(forKey: id) else { return }
      let result = await task.result
      switch (method, result) {
      case ("session/new", .success(let reply)): await stage.host.adopt(reply["sessionId"]?.string ?? "")
      case ("session/load", _): await stage.host.replay(false)
      case ("session/prompt", _):
        let words = await stage.host.state.message
        switch result {
        case .success(let reply): outcome.turns.append((words, reply["stopReason"]?.string ?? "none"))
        case .failure(let error as RPCError): outcome.turns.append((words, "error \(error.code)"))
        case .failure(let error): outcome.failures.append("\(error)")
        }
        await stage.host.end()
      default: if case .failure(let error) = result { outcome.failures.append("\(error)") }
      }
    }
    for step in recording.steps {
      switch step {
      case .ask(let id, let method, let params):
        let number = Int64(ours.count)
        ours[id] = number
        if method == "session/load" || method == "session/resume" {
          await stage.host.adopt(params["sessionId"]?.string ?? "")
          await stage.host.replay(method == "session/load")
        }
        if method == "session/prompt" { await stage.host.begin() }
        asked[id] = (method, Task { [connection = stage.connection] in try await connection.request(method, params) })
        let isSent = await stage.until {
          stage.written.messages.contains {
            if case .request(.integer(number), _, _) = $0 { true } else { false }
          }
        }
        #expect(isSent)
      case .tell(let method, let params):
        await stage.connection.notify(method, params)
        if method == "session/cancel" { await stage.host.cancel() }
      case .reply(let id, _):
        if await !stage.until({ stage.written.answers(to: id) > 0 }) { outcome.unanswered.append(id) }
      case .hear(let message):
        guard message["method"] == nil, let id = message["id"]?.integer, let number = ours[id],
          case .object(var members) = message
        else {
          try stage.hear(message)
          continue
        }
        members["id"] = .integer(number)
        try stage.hear(.object(members))
        await settle(id)
      case .noise(let text): stage.hear(text)
      case .end: await stage.end()
      }
    }
    await stage.end()
    for id in asked.keys.sorted() { await settle(id) }
    return outcome
  }

  @Test("are understood to the last word", arguments: Recording.names)
  func understood(_ name: String) async throws {
    let place = try Place()
    let recording = try Recording(name, root: place.workspace)
    let stage = await Stage(root: place.workspace)
    let outcome = try await TranscriptTests.play(recording, on: stage)
    #expect(outcome.turns.map(\.ending) == recording.turns.map(\.ending))
    #expect(outcome.turns.map(\.words) == recording.turns.map(\.words))
    #expect(outcome.unanswered == [])
    // An agent that was killed leaves what it was asked unanswered, and that fails at once.
    let isKilled = name.hasSuffix("-crash")
    #expect(outcome.failures == (isKilled ? ["The agent is gone."] : []))
    // Each question of the agent has one answer, and that the one that was given.
    for (id, option) in recording.outcomes {
      let answers = stage.written.messages.compactMap { message -> JSONValue? in
        if case .result(id, let result) = message { result } else { nil }
      }
      let outcome: JSONValue =
        option.map { ["outcome": "selected", "optionId": .string($0)] } ?? ["outcome": "cancelled"]
      #expect(answers == [["outcome": outcome]])
    }
    let permissions = await stage.office.session.permissions
    // What was asked of the person is exactly what the agent asked, never once more for the deed itself.
    #expect(permissions.count == recording.outcomes.count)
    #expect(permissions.map(\.isAllowed) == recording.outcomes.map { $0.option.map { $0.hasPrefix("a") } ?? false })
    #expect(await stage.office.session.openDecisions.isEmpty)
    // What it replays is counted, and nothing of it is taken for new.
    #expect(await stage.host.replayed == recording.replayed)
    #expect(await stage.host.state.unknown == [:])
    let noise = recording.steps.count {
      if case .noise(let text) = $0 { !text.allSatisfy(\.isWhitespace) } else { false }
    }
    let faults = await stage.connection.faults
    #expect(faults.junk == noise)
    #expect(faults.total == noise)
  }

  @Test("an update of a kind that nobody knows is counted and kept apart")
  func unknown() async throws {
    let place = try Place()
    let stage = await Stage(root: place.workspace)
    await stage.host.adopt("s")
    for update: JSONValue in [
      ["sessionUpdate": "notice", "title": "new"], ["sessionUpdate": "notice"], ["sessionUpdate": 5], [:],
      ["sessionUpdate": "agent_message_chunk", "content": ["type": "text", "text": "still here"]],
    ] {
      try stage.hear(["jsonrpc": "2.0", "method": "session/update", "params": ["sessionId": "s", "update": update]])
    }
    await stage.end()
    let state = await stage.host.state
    #expect(state.unknown == ["notice": 2, "nothing": 2])
    #expect(state.message == "still here")
    #expect(state.updates == 5)
  }

  @Test("an agent that dies fails what it was asked, and its questions are void")
  func dead() async throws {
    let place = try Place()
    let stage = await Stage(root: place.workspace)
    await stage.office.ask { _ in .wait }
    let asking = Task { try await stage.connection.request("session/prompt", [:]) }
    #expect(await stage.until { stage.written.lines.count == 1 })
    try stage.hear([
      "id": 9, "method": "session/request_permission",
      "params": [
        "toolCall": ["toolCallId": "1", "title": "anything"],
        "options": [["optionId": "y", "name": "Yes", "kind": "allow_once"]],
      ],
    ])
    #expect(await stage.until { await stage.office.session.openDecisions.count == 1 })
    await stage.end()
    await #expect(throws: ConnectionFailure.closed("The agent is gone.")) { try await asking.value }
    await #expect(throws: ConnectionFailure.closed("The agent is gone.")) {
      try await stage.connection.request("session/new", [:])
    }
    #expect(await stage.until { await stage.office.session.openDecisions.isEmpty })
    #expect(await stage.until { await stage.office.session.permissions.map(\.by) == ["nobody"] })
  }

  /// D14: more questions than anybody could read.
  @Test("a flood of questions is bounded, each is answered, and none is let pass")
  func questions() async throws {
    let place = try Place()
    let stage = await Stage(root: place.workspace)
    await stage.office.ask { _ in .wait }
    await stage.host.begin()
    for id in 0..<500 {
      try stage.hear([
        "id": .integer(Int64(id)), "method": "session/request_permission",
        "params": [
          "toolCall": ["toolCallId": .string("\(id)"), "title": .string("deed \(id)")],
          "options": [
            ["optionId": "y", "name": "Yes", "kind": "allow_once"],
            ["optionId": "n", "name": "No", "kind": "reject_once"],
          ],
        ],
      ])
    }
    #expect(await stage.settled())
    #expect(await stage.until { stage.written.lines.count == 500 - PermissionDesk.openLimit })
    #expect(await stage.office.session.openDecisions.count == PermissionDesk.openLimit)
    // What it says meanwhile is still heard.
    #expect(try await stage.answersCleanly())
    await stage.host.cancel()
    #expect(await stage.until { stage.written.lines.count == 501 })
    var answered: [RPCIdentifier: Int] = [:]
    for message in stage.written.messages {
      if case .result(let id, _) = message { answered[id, default: 0] += 1 }
      if case .failure(let id, _) = message { answered[id, default: 0] += 1 }
    }
    #expect(answered.count == 500 && answered.values.allSatisfy { $0 == 1 })
    #expect(await stage.office.session.openDecisions.isEmpty)
    #expect(await stage.office.session.permissions.allSatisfy { !$0.isAllowed })
    #expect(!stage.written.lines.contains { String(decoding: $0, as: UTF8.self).contains("\"y\"") })
    await stage.end()
  }

  /// D8: leave for one thing is no leave for another.
  @Test("an identifier that is used again carries no leave, and a changed input ends the turn")
  func reused() async throws {
    let place = try Place()
    let stage = await Stage(root: place.workspace)
    await stage.host.adopt("s")
    await stage.host.begin()
    await stage.office.ask { decision in
      // What the engine itself asks is refused.
      if decision.options.contains(where: { $0.target == "refuse" }) { return .choose("refuse") }
      return .choose(decision.title.hasSuffix(": true") ? "y" : "n")
    }
    func permission(_ command: String) -> JSONValue {
      [
        "sessionId": "s",
        "toolCall": [
          "toolCallId": "1", "kind": "execute", "title": .string(command), "rawInput": ["command": .string(command)],
        ],
        "options": [
          ["optionId": "y", "name": "Yes", "kind": "allow_once"],
          ["optionId": "n", "name": "No", "kind": "reject_once"],
        ],
      ]
    }
    func chosen(_ command: String) async throws -> String? {
      try await stage.host.answer("session/request_permission", permission(command))["outcome"]?["optionId"]?.string
    }
    #expect(try await chosen("true") == "y")
    // Exactly what was let pass runs without another question.
    _ = try await stage.host.answer("terminal/create", ["command": "true"])
    #expect(await stage.office.session.decisions.count == 1)
    #expect(try await chosen("rm -rf /tmp/none") == "n")
    await #expect(throws: RPCError.self) {
      try await stage.host.answer("terminal/create", ["command": "true; rm -rf /tmp/none"])
    }
    // Words that only look the same when they are put in a row are another command.
    await #expect(throws: RPCError.self) {
      try await stage.host.answer("terminal/create", ["command": "tru", "args": ["e"]])
    }
    #expect(try await chosen("true") == "y")
    #expect(await stage.host.trouble == nil)
    try stage.hear([
      "method": "session/update",
      "params": [
        "sessionId": "s",
        "update": ["sessionUpdate": "tool_call_update", "toolCallId": "1", "rawInput": ["command": "false"]],
      ],
    ])
    #expect(await stage.settled())
    #expect(await stage.host.trouble?.type == "Conduct")
    // Another session's request is nobody's here.
    await #expect(throws: RPCError.self) {
      try await stage.host.answer("session/request_permission", ["sessionId": "t", "options": []])
    }
    await stage.end()
  }

  /// F49: a cancel and a question that cross each other.
  @Test("a cancel that races questions and answers leaves each with one answer", arguments: 0..<40)
  func races(_ seed: Int) async throws {
    let place = try Place()
    let stage = await Stage(root: place.workspace)
    await stage.office.ask { decision in
      switch (decision.subjectPermission?.number ?? 0) % 3 {
      case 0: .choose("y")
      case 1: .choose("n")
      default: .wait
      }
    }
    await stage.host.begin()
    for id in 0..<12 {
      try stage.hear([
        "id": .integer(Int64(id)), "method": "session/request_permission",
        "params": [
          "toolCall": ["toolCallId": .string("\(id)"), "title": .string("deed \(id)")],
          "options": [
            ["optionId": "y", "name": "Yes", "kind": "allow_once"],
            ["optionId": "n", "name": "No", "kind": "reject_once"],
          ],
        ],
      ])
      if id == seed % 12 { Task { await stage.host.cancel() } }
      if seed % 4 == 0 { await Task.yield() }
    }
    #expect(
      await stage.until { (0..<12).allSatisfy { stage.written.answers(to: .integer($0)) == 1 } }, "seed \(seed)")
    #expect(await stage.office.session.openDecisions.isEmpty)
    await stage.end()
    #expect((0..<12).allSatisfy { stage.written.answers(to: .integer($0)) == 1 })
    #expect(await stage.office.session.permissions.count == 12)
  }
}
