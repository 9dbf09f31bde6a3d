import Engine
import Synchronization
import Testing

@testable import Agents

// covers MCPServer.swift
@Suite("Callback server", .timeLimit(.minutes(1)))
struct ServerTests {
  /// What a server wrote, as JSON.
  final class Sheet: Sendable {
    private let lines = Mutex<[JSONValue]>([])

    var all: [JSONValue] { lines.withLock { $0 } }

    func add(_ line: [UInt8]) {
      let value = (try? JSONValue(parsing: line)) ?? .string("not JSON")
      #expect(line.last == UInt8(ascii: "\n") && line.count { $0 == UInt8(ascii: "\n") } == 1)
      lines.withLock { $0.append(value) }
    }

    /// The answer to a request, once it is there.
    func answer(_ id: JSONValue) async -> JSONValue {
      while true {
        if let found = all.first(where: { $0["id"] == id }) { return found }
        try? await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  private let sheet = Sheet()
  private let server: MCPServer

  init() {
    let desk = AgentDesk.rehearsal(answeringAfter: .milliseconds(300))
    server = MCPServer(
      version: "1", send: { [sheet] in sheet.add($0) }, forward: { await desk.call($0, $1, progress: $2) })
  }

  private func say(_ text: String) { server.take(.bytes(Array(text.utf8))) }

  private let stateless =
    #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

  @Test("a handshake settles on a version both know, else on the newest")
  func handshake() async {
    for (number, version) in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"].enumerated() {
      say(#"{"jsonrpc":"2.0","id":\#(number),"method":"initialize","params":{"protocolVersion":"\#(version)"}}"#)
      let answer = await sheet.answer(.integer(Int64(number)))["result"]
      #expect(answer?["protocolVersion"] == .string(version) && answer?["serverInfo"]?["version"] == "1")
      #expect(answer?["capabilities"] == ["tools": ["listChanged": false]] && answer?["resultType"] == nil)
    }
    for (id, params) in [("a", #"{"protocolVersion":"2026-07-28"}"#), ("b", #"{"protocolVersion":1}"#), ("c", "{}")] {
      say(#"{"jsonrpc":"2.0","id":"\#(id)","method":"initialize","params":\#(params)}"#)
      #expect(await sheet.answer(.string(id))["result"]?["protocolVersion"] == "2025-11-25")
    }
    say(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    say(#"{"jsonrpc":"2.0","id":"ping","method":"ping"}"#)
    #expect(await sheet.answer("ping") == ["jsonrpc": "2.0", "id": "ping", "result": [:]])
    #expect(sheet.all.count == 8)
  }

  @Test("without a handshake every request carries its version, and every result what it is")
  func statelessEra() async {
    say(#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{\#(stateless)}}"#)
    let found = await sheet.answer(1)["result"]
    #expect(found?["resultType"] == "complete" && found?["cacheScope"] == "private" && found?["ttlMs"] == 3_600_000)
    #expect(found?["supportedVersions"]?.array?.first == "2026-07-28" && found?["supportedVersions"]?.array?.count == 5)
    #expect(found?["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "signalbox")
    say(#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{\#(stateless)}}"#)
    let list = await sheet.answer(2)["result"]
    #expect(list?["resultType"] == "complete" && list?["cacheScope"] == "private" && list?["ttlMs"] == 3_600_000)
    #expect(list?["tools"]?.array?.map { $0["name"] } == DeskTool.allCases.map { .string($0.rawValue) })
    say(
      #"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"signalbox_report","arguments":{"text":"x"},\#(stateless)}}"#
    )
    let told = await sheet.answer(3)["result"]
    #expect(told?["resultType"] == "complete" && told?["isError"] == false)
    #expect(told?["structuredContent"] == ["status": "recorded", "ticket": "C-1"])
    say(#"{"jsonrpc":"2.0","id":4,"method":"ping","params":{\#(stateless)}}"#)
    #expect(await sheet.answer(4)["error"]?["code"] == -32601)
    let key = "io.modelcontextprotocol/protocolVersion"
    for (id, version) in [(5, #""1900-01-01""#), (6, "7"), (7, "null")] {
      say(#"{"jsonrpc":"2.0","id":\#(id),"method":"tools/list","params":{"_meta":{"\#(key)":\#(version)}}}"#)
      let error = await sheet.answer(.integer(Int64(id)))["error"]
      #expect(error?["code"] == -32022 && error?["data"]?["supported"]?.array?.contains("2026-07-28") == true)
    }
    say(#"{"jsonrpc":"2.0","id":8,"method":"tools/list","params":{"_meta":{"\#(key)":"2026-07-28"}}}"#)
    #expect(await sheet.answer(8)["error"]?["code"] == -32602)
    say(#"{"jsonrpc":"2.0","id":9,"method":"server/discover"}"#)
    #expect(await sheet.answer(9)["error"]?["code"] == -32602)
  }

  @Test("both eras mix in one process, and the older one hears nothing of the newer")
  func mixed() async {
    say(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{\#(stateless)}}"#)
    say(#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#)
    let list = await sheet.answer(2)["result"]
    #expect(list?.object?.keys.sorted() == ["tools"])
    #expect(await sheet.answer(1)["result"]?["tools"] == list?["tools"])
  }

  @Test("what is no request is said to be none, without an id where none can be read")
  func wrong() async {
    say("{bad")
    say("[]")
    say(#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#)
    say(#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#)
    server.take(.tooLong(bytes: 9 << 20))
    say("  ")
    #expect(sheet.all.map { $0["error"]?["code"] } == [-32700, -32600, -32600, -32600, -32700])
    #expect(sheet.all.map { $0.object?["id"] } == [nil, nil, 1, nil, nil])
    for (id, method, code) in [(2, "resources/list", -32601), (3, "tools/call", -32602)] {
      say(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#)
      #expect(await sheet.answer(.integer(Int64(id)))["error"]?["code"] == .integer(Int64(code)))
    }
    say(#"{"jsonrpc":"2.0","id":4,"method":"tools/list","params":{"cursor":"x"}}"#)
    #expect(await sheet.answer(4)["error"]?["code"] == -32602)
    say(#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"signalbox_decide","arguments":{}}}"#)
    #expect(await sheet.answer(5)["error"]?["code"] == -32602)
    for (id, arguments) in [(6, "{}"), (7, "[1]"), (8, #"{"text":5}"#)] {
      say(
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"signalbox_blocker","arguments":\#(arguments)}}"#
      )
      let result = await sheet.answer(.integer(Int64(id)))["result"]
      #expect(result?["isError"] == true && result?["structuredContent"] == nil)
    }
  }

  @Test("a waiting call tells progress that rises, others are answered meanwhile, and a cancelled one is silent")
  func waiting() async throws {
    let ask = #""name":"signalbox_ask","arguments":{"question":"q"}"#
    say(#"{"jsonrpc":"2.0","id":"w","method":"tools/call","params":{\#(ask),"_meta":{"progressToken":0}}}"#)
    say(#"{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{\#(ask),"_meta":{"progressToken":"t"}}}"#)
    say(#"{"jsonrpc":"2.0","id":"w","method":"tools/list"}"#)
    #expect(await sheet.answer("w")["error"]?["code"] == -32600)
    say(#"{"jsonrpc":"2.0","id":"l","method":"tools/list"}"#)
    _ = await sheet.answer("l")
    say(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"c"}}"#)
    say(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"unknown"}}"#)
    try await Task.sleep(for: .milliseconds(700))
    #expect(!sheet.all.contains { $0["id"] == "c" })
    let answers = sheet.all.filter { $0["id"] == "w" && $0["result"] != nil }
    #expect(answers.count == 1 && answers[0]["result"]?["structuredContent"]?["answer"] == "rehearsal")
    let progress = sheet.all.filter { $0["method"] == "notifications/progress" && $0["params"]?["progressToken"] == 0 }
    #expect(progress.count == 1 && progress[0]["params"]?["progress"] == 1)
    // The answer comes after the last sign.
    #expect(sheet.all.lastIndex(of: answers[0]) ?? 0 > sheet.all.lastIndex(of: progress[0]) ?? 0)
  }

  @Test("progress rises even when what waits begins to count anew")
  func rising() async {
    let sheet = Sheet()
    let server = MCPServer(
      version: "1", send: { sheet.add($0) },
      forward: { _, _, progress in
        for step in [1, 2, 1, 2] { await progress?(step, "waits") }
        return DeskAnswer("ok")
      })
    let call =
      #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"signalbox_poll","_meta":{"progressToken":"t"}}}"#
    server.take(.bytes(Array(call.utf8)))
    _ = await sheet.answer(1)
    #expect(sheet.all.compactMap { $0["params"]?["progress"]?.integer } == [1, 2, 3, 4])
  }

  @Test("a supervisor who cannot be reached is an error the model can read")
  func unreachable() async {
    let sheet = Sheet()
    let server = MCPServer(
      version: "1", send: { sheet.add($0) },
      forward: { _, _, _ in throw DeskUnreachable(description: "Nobody answers.") })
    let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"signalbox_poll"}}"#
    server.take(.bytes(Array(call.utf8)))
    let result = await sheet.answer(1)["result"]
    #expect(result?["isError"] == true)
    #expect(result?["content"]?.array?.first?["text"]?.string?.contains("cannot be reached") == true)
  }

  @Test("at the end what is nearly ready is said, and the rest is stopped")
  func ending() async {
    let ask = #""name":"signalbox_ask","arguments":{"question":"q"}"#
    say(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{\#(ask)}}"#)
    say(#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#)
    await server.finish(within: .milliseconds(50))
    #expect(sheet.all.map { $0["id"] } == [2])
  }
}
