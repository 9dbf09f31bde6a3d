import Engine
import Foundation
import Synchronization
import Testing

@testable import Agents

// covers MCPCommand.swift
@Suite("Callback server as a program", .serialized, .timeLimit(.minutes(10)))
struct MCPTests {
  @Test(
    "the official client finds nothing wrong in any of its modes, nor does the raw wire",
    .enabled("The package index cannot be reached, so the official client is not there.") { OfficialClient.isThere })
  func official() throws {
    let (status, output) = try OfficialClient.run(
      [
        try OfficialClient.python.get().path, OfficialClient.folder.appendingPathComponent("verify_mcp.py").path,
        OfficialClient.program.path, "mcp", "--rehearse",
      ], seconds: 300)
    #expect(status == 0 && output.hasSuffix("39 held, 0 failed\n"), "\(output)")
  }

  /// The server as an agent starts it: with no environment but what the entry lists.
  private func start(_ entry: JSONValue) throws -> (Process, LineConnection, ServerTests.Sheet) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: entry["command"]?.string ?? "")
    process.arguments = entry["args"]?.array?.compactMap(\.string)
    process.environment = Dictionary(
      uniqueKeysWithValues: (entry["env"]?.array ?? []).map { ($0["name"]?.string ?? "", $0["value"]?.string ?? "") })
    let (input, output) = (Foundation.Pipe(), Foundation.Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let sheet = ServerTests.Sheet()
    let connection = LineConnection(
      input: output.fileHandleForReading.fileDescriptor, output: input.fileHandleForWriting.fileDescriptor)
    connection.start(
      take: { line in
        if case .bytes(let bytes) = line { sheet.add(bytes + [UInt8(ascii: "\n")]) }
      },
      inputEnded: { connection.close() },
      ended: {
        // The pipes live as long as somebody reads and writes.
        withExtendedLifetime((input, output)) {}
      })
    return (process, connection, sheet)
  }

  @Test("what the model calls reaches the supervisor, and the answer the model")
  func whole() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    let (process, connection, sheet) = try start(socket.serverEntry(program: OfficialClient.program.path))
    let ask = #""params":{"name":"signalbox_ask","arguments":{"question":"A or B?"}}"#
    connection.send(Array((#"{"jsonrpc":"2.0","id":1,"method":"tools/call",\#(ask)}"# + "\n").utf8))
    await office.until(callbacks: 1, waiting: 1)
    await office.answer("C-1", "B")
    let answer = await sheet.answer(1)["result"]
    #expect(answer?["content"]?.array?.first?["text"] == "ana answered: B")
    // An agent that is killed takes its server with it; the wait ends.
    let again = #""params":{"name":"signalbox_ask","arguments":{"question":"C or D?"}}"#
    connection.send(Array((#"{"jsonrpc":"2.0","id":2,"method":"tools/call",\#(again)}"# + "\n").utf8))
    await office.until(callbacks: 2, waiting: 1)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    await office.until(callbacks: 2, waiting: 0)
    socket.close()
  }

  @Test("with nobody at the desk the model is told to try again")
  func nobody() async throws {
    let entry: JSONValue = [
      "command": .string(OfficialClient.program.path), "args": ["mcp"],
      "env": [
        ["name": "SIGNALBOX_DESK", "value": "/nonexistent/desk"], ["name": "SIGNALBOX_DESK_TOKEN", "value": "x"],
      ],
    ]
    let (process, connection, sheet) = try start(entry)
    let call = #""params":{"name":"signalbox_report","arguments":{"text":"x"}}"#
    connection.send(Array((#"{"jsonrpc":"2.0","id":1,"method":"tools/call",\#(call)}"# + "\n").utf8))
    let result = await sheet.answer(1)["result"]
    #expect(result?["isError"] == true)
    #expect(result?["content"]?.array?.first?["text"]?.string?.contains("try again") == true)
    process.terminate()
    process.waitUntilExit()
    connection.close()
  }

  @Test("by hand, without a socket, it says what it is for")
  func byHand() throws {
    let (status, output) = try OfficialClient.run([OfficialClient.program.path, "mcp"], seconds: 30)
    #expect(status == 64 && output.contains("--rehearse"))
  }
}
