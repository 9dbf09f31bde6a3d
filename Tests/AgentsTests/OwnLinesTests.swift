import Engine
import Foundation
import Kernel
import Testing

@testable import Agents

// covers ACPAgent.swift
@Suite("What the client writes to agents")
struct OwnLinesTests {
  /// The parts of what was written, each with the method it belongs to, as the verification reads them.
  static func parts(written: [[UInt8]], asked: [RPCIdentifier: String]) throws -> [JSONValue] {
    try written.map { line in
      #expect(line.last == UInt8(ascii: "\n") && line.dropLast().allSatisfy { $0 >= 0x20 })
      let value = try JSONValue(parsing: line)
      #expect(value["jsonrpc"]?.string == "2.0")
      func part(_ method: String, _ part: String, _ body: JSONValue) -> JSONValue {
        ["method": .string(method), "part": .string(part), "body": body]
      }
      switch try RPCMessage(value) {
      case .request(_, let method, let params): return part(method, "request", params)
      case .notification(let method, let params): return part(method, "notification", params)
      case .result(let id, let result): return part(asked[id] ?? "?", "result", result)
      case .failure(let id, _): return part(asked[id] ?? "?", "error", value["error"] ?? .null)
      }
    }
  }

  @Test(
    "is what the official models take",
    .enabled("The package index cannot be reached, so the official models are not there.") { OfficialClient.isThere })
  func official() async throws {
    let place = try Place()
    var lines: [UInt8] = []
    for name in Recording.names {
      let recording = try Recording(name, root: place.workspace)
      let stage = await Stage(root: place.workspace)
      _ = try await TranscriptTests.play(recording, on: stage)
      var asked: [RPCIdentifier: String] = [:]
      for case .hear(let message) in recording.steps {
        if let method = message["method"]?.string, let id = message["id"].flatMap(RPCIdentifier.init) {
          asked[id] = method
        }
      }
      for part in try OwnLinesTests.parts(written: stage.written.lines, asked: asked) {
        lines += try part.encoded() + [10]
      }
    }
    for part in try await attempt(place) { lines += try part.encoded() + [10] }
    let file = place.path + "/parts.jsonl"
    try Data(lines).write(to: URL(fileURLWithPath: file))
    let (status, output) = try OfficialClient.run(
      [
        try OfficialClient.python.get().path, OfficialClient.folder.appendingPathComponent("verify_acp.py").path, file,
      ], seconds: 60)
    #expect(status == 0, "\(output)")
    for kind in [
      "request initialize", "request session/new", "request session/set_mode", "request session/prompt",
      "notification session/cancel", "result session/request_permission", "result fs/read_text_file",
      "result fs/write_text_file", "result terminal/create", "result terminal/output", "result terminal/wait_for_exit",
      "result terminal/release", "result terminal/kill", "error fs/read_text_file",
    ] { #expect(output.contains(kind), "nothing of \(kind) was written: \(output)") }
  }

  /// A whole attempt of the agent's own client with a program, and everything it wrote.
  private func attempt(_ place: Place) async throws -> [JSONValue] {
    try FileManager.default.createDirectory(atPath: place.path + "/transcripts", withIntermediateDirectories: true)
    let office = Office(root: place.workspace, folder: place.path)
    await office.ask { _ in .choose("allow") }
    let program = OfficialClient.folder.deletingLastPathComponent()
      .appendingPathComponent("SupervisionTests/stub_agent.py").path
    let agent = ACPAgent(
      .init(
        name: "stub", arguments: ["/usr/bin/env", "python3", program],
        environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]),
      containment: nil,
      prompt: { assignment, _ in "! slip \(assignment.workspace.root)/a.txt x\n! run echo hi\n! say done" },
      server: { _ in
        .init(
          entry: [
            "name": "signalbox", "command": "/bin/true", "args": ["mcp"],
            "env": [["name": "SIGNALBOX_DESK", "value": "/tmp/none"]],
          ], writable: [], done: { nil }, close: {})
      })
    _ = try await agent.perform(await office.assignment)
    let log = try String(contentsOfFile: place.path + "/transcripts/4.1-models-1.wire.jsonl", encoding: .utf8)
    var asked: [RPCIdentifier: String] = [:]
    var written: [[UInt8]] = []
    for line in log.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 2)
      #expect(parts.count == 3)
      if parts[1] == ">" { written.append(Array(parts[2].utf8) + [10]) }
      guard parts[1] == "<",
        case .request(let id, let method, _) = try RPCMessage(JSONValue(parsing: Array(parts[2].utf8)))
      else { continue }
      asked[id] = method
    }
    #expect(written.count >= 7)
    return try OwnLinesTests.parts(written: written, asked: asked)
      + [["method": "terminal/kill", "part": "result", "body": try await killed(place)]]
  }

  /// What is answered when a command is to be killed.
  private func killed(_ place: Place) async throws -> JSONValue {
    let stage = await Stage(root: place.workspace)
    await stage.office.ask { _ in .choose("allow") }
    let made = try await stage.host.answer("terminal/create", ["command": "exec sleep 60"])
    let reply = try await stage.host.answer("terminal/kill", made)
    await stage.end()
    return reply
  }

  @Test("every line of a connection is kept with its direction, up to a limit")
  func wireLog() throws {
    let place = try Place()
    let path = place.path + "/wire.jsonl"
    let log = WireLog(path: path)
    log.write(Array("{}\n".utf8), isIncoming: false)
    log.write(Array("[]".utf8), isIncoming: true)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 3 && lines[2].isEmpty)
    #expect(lines[0].hasSuffix("Z > {}") && lines[1].hasSuffix("Z < []"))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    // What passes the limit is left out, and the file grows no further.
    let large = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)
    for _ in 0..<12 { log.write(large, isIncoming: true) }
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    #expect(size <= WireLog.limit && size > WireLog.limit - (9 << 20), "\(size)")
    // A link in its place is not followed.
    let link = place.path + "/link.jsonl"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: place.path + "/other")
    WireLog(path: link).write(Array("{}".utf8), isIncoming: true)
    #expect(!FileManager.default.fileExists(atPath: place.path + "/other"))
  }

  @Test("a secret in pieces stands in the wire's log with its name: in words, in what a command printed, in thoughts")
  func wireSecrets() throws {
    let place = try Place()
    let path = place.path + "/wire.jsonl"
    let log = WireLog(path: path, secrets: KnownSecrets(["TOKEN": "ghp_0123456789"]))
    func chunk(_ words: String, _ kind: String = "agent_message_chunk") throws -> [UInt8] {
      let update: JSONValue = ["sessionUpdate": .string(kind), "content": ["type": "text", "text": .string(words)]]
      return try JSONValue.object(
        ["jsonrpc": "2.0", "method": "session/update", "params": ["sessionId": "s", "update": update]]
      ).encoded()
    }
    func output(_ text: String, isCut: Bool, isOver: Bool) throws -> [UInt8] {
      var result: [String: JSONValue] = ["output": .string(text), "truncated": .bool(isCut)]
      if isOver { result["exitStatus"] = ["exitCode": 0] }
      return try JSONValue.object(["jsonrpc": "2.0", "id": 1, "result": .object(result)]).encoded()
    }
    var lines: [String] { (try? String(contentsOfFile: path, encoding: .utf8))?.components(separatedBy: "\n") ?? [] }
    log.write(try chunk("it is ghp"), isIncoming: true)
    log.write(try chunk("ghp_0"), isIncoming: false)
    log.write(try chunk("ghp_01", "agent_thought_chunk"), isIncoming: true)
    log.write(try chunk("_0123"), isIncoming: true)
    #expect(lines.count == 2, "Something was written that may be a part of it: \(lines)")
    log.write(try chunk("456789 so"), isIncoming: true)
    log.write(try chunk("234 no", "agent_thought_chunk"), isIncoming: true)
    log.write(try chunk("gh"), isIncoming: true)
    log.close()
    let texts = lines.compactMap { $0.firstMatch(of: /"text":"([^"]*)"/)?.1 }
    #expect(texts == ["ghp_0", "it is [TOKEN]", "", " so", "ghp_01", "234 no", "gh"], "\(texts)")
    log.write(try output("456789 and ghp_01", isCut: true, isOver: false), isIncoming: false)
    log.write(try output("456789 and ghp_01", isCut: false, isOver: true), isIncoming: false)
    let outputs = lines.compactMap { $0.firstMatch(of: /"output":"([^"]*)"/)?.1 }
    #expect(outputs == ["[TOKEN] and [TOKEN]", "456789 and ghp_01"], "\(outputs)")
  }
}
