import Engine
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Agents

// covers DeskSocket.swift, DeskClient.swift, UnixSocket.swift and LineConnection.swift
@Suite("Road to the desk", .timeLimit(.minutes(1)))
struct RoadTests {
  private func client(_ socket: DeskSocket, token: String? = nil, patience: Duration = .seconds(2)) -> DeskClient {
    DeskClient(path: socket.path, token: token ?? socket.token, patience: patience)
  }

  private func mode(_ path: String) -> mode_t {
    var found = stat()
    return lstat(path, &found) == 0 ? found.st_mode & 0o7777 : 0
  }

  /// Asks again until it is so: it happens on another thread.
  private func eventually(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<400 {
      if await condition() { return true }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  @Test("the folder is private, the path short, the token long, and all are gone afterwards")
  func folder() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    #expect(mode(socket.folder) == 0o700 && mode(socket.path) == 0o600)
    #expect(socket.path.utf8.count < 107 && socket.token.utf8.count == 64)
    let other = try DeskSocket(desk: AgentDesk(await office.assignment), below: "/tmp")
    #expect(other.token != socket.token && other.folder != socket.folder && other.folder.hasPrefix("/tmp/"))
    let entry = socket.serverEntry(program: "/opt/signalbox")
    #expect(
      entry == [
        "name": "signalbox", "command": "/opt/signalbox", "args": ["mcp", "--socket", .string(socket.path)],
        "env": [["name": "SIGNALBOX_DESK_TOKEN", "value": .string(socket.token)]],
      ])
    socket.close()
    socket.close()
    #expect(!FileManager.default.fileExists(atPath: socket.folder))
    #expect(throws: SocketFailure.self) {
      try DeskSocket(desk: .rehearsal(), below: "/tmp/" + String(repeating: "x", count: 100))
    }
    #expect(throws: SocketFailure.self) { try DeskSocket(desk: .rehearsal(), below: "/tmp/nowhere-\(UUID())") }
  }

  @Test("what is said arrives, and the answer comes back as it was given")
  func calling() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    defer { socket.close() }
    let client = client(socket)
    let answer = try await client.call("signalbox_report", ["text": "Zeile\nzwei é"])
    #expect(answer == DeskAnswer("Taken in as C-1.", structured: ["status": "recorded", "ticket": "C-1"]))
    #expect(await office.session.callbacks[0].text == "Zeile\nzwei é")
    #expect(try await client.call("signalbox_report", [:]).isError)
    #expect(try await client.call("nope", [:]).isError)
  }

  @Test("a wrong token is turned away, and the supervisor hears of it")
  func wrongToken() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    defer { socket.close() }
    for token in ["", "0", String(socket.token.dropLast()) + "x", socket.token + "0"] {
      await #expect(throws: DeskUnreachable.self) {
        try await client(socket, token: token).call("signalbox_report", ["text": "let me in"])
      }
    }
    #expect(await eventually { await office.notes.count == 4 })
    #expect(await office.notes.allSatisfy { $0.contains("without the token") })
    #expect(await office.session.callbacks.isEmpty)
    #expect(!(try await client(socket).call("signalbox_report", ["text": "mine"])).isError)
  }

  @Test("whoever calls before saying the token is turned away")
  func noToken() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    defer { socket.close() }
    let connection = LineConnection(socket: try UnixSocket.connected(to: socket.path))
    let heard = Mutex<[LineReader.Line]>([])
    let (ends, post) = AsyncStream.makeStream(of: Void.self)
    connection.start(take: { line in heard.withLock { $0.append(line) } }, ended: { post.finish() })
    let call = #"{"id":1,"method":"call","params":{"tool":"signalbox_report","arguments":{"text":"x"}}}"#
    connection.send(Array((call + "\n" + call + "\n").utf8))
    for await _ in ends {}
    #expect(heard.withLock { $0 }.isEmpty)
    #expect(await eventually { await office.notes.count == 1 })
    #expect(await office.session.callbacks.isEmpty)
  }

  @Test("two ask at once, and each hears its own answer when it comes")
  func twoAtOnce() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment, progressPause: .milliseconds(20)))
    defer { socket.close() }
    let (left, right) = (client(socket), client(socket))
    let steps = Mutex<[Int]>([])
    async let first = left.call("signalbox_ask", ["question": "Left?"]) { step, _ in steps.withLock { $0.append(step) }
    }
    await office.until(callbacks: 1, waiting: 1)
    async let second = right.call("signalbox_ask", ["question": "Right?"])
    await office.until(callbacks: 2, waiting: 2)
    // On a connection that waits, others go on.
    #expect(!(try await left.call("signalbox_report", ["text": "meanwhile"])).isError)
    try await Task.sleep(for: .milliseconds(60))
    await office.answer("C-2", "yes")
    #expect(try await second.text == "ana answered: yes")
    await office.answer("C-1", "no")
    #expect(try await first.text == "ana answered: no")
    let numbers = steps.withLock { $0 }
    #expect(numbers.count > 1 && numbers == numbers.sorted() && Set(numbers).count == numbers.count)
  }

  @Test("whoever disconnects or cancels waits no longer, and the question stays")
  func disconnecting() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    defer { socket.close() }
    let client = client(socket)
    let cancelled = Task { try await client.call("signalbox_ask", ["question": "Cancelled?"]) }
    await office.until(callbacks: 1, waiting: 1)
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    await office.until(callbacks: 1, waiting: 0)

    let connection = LineConnection(socket: try UnixSocket.connected(to: socket.path))
    connection.start(take: { _ in })
    let hello = #"{"id":0,"method":"hello","params":{"token":"\#(socket.token)"}}"#
    let ask = #"{"id":"a","method":"call","params":{"tool":"signalbox_ask","arguments":{"question":"Gone?"}}}"#
    connection.send(Array((hello + "\n" + ask + "\n").utf8))
    await office.until(callbacks: 2, waiting: 1)
    connection.close()
    await office.until(callbacks: 2, waiting: 0)
    #expect(await office.session.unansweredCallbacks.count == 2)
  }

  @Test("when the road closes, waits end and nobody can be reached any more")
  func closing() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    let client = client(socket, patience: .milliseconds(300))
    let asked = Task { try await client.call("signalbox_ask", ["question": "Still there?"]) }
    await office.until(callbacks: 1, waiting: 1)
    socket.close()
    await #expect(throws: DeskUnreachable.self) { try await asked.value }
    await office.until(callbacks: 1, waiting: 0)
    await #expect(throws: DeskUnreachable.self) { try await client.call("signalbox_report", ["text": "x"]) }
  }

  @Test("a desk that comes late is waited for")
  func late() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    defer { socket.close() }
    let path = socket.folder + "/late"
    let client = DeskClient(path: path, token: socket.token, patience: .seconds(5))
    let early = Task { try await client.call("signalbox_report", ["text": "early"]) }
    try await Task.sleep(for: .milliseconds(300))
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: socket.path)
    #expect(!(try await early.value).isError)
    try FileManager.default.removeItem(atPath: path)
  }

  @Test("big lines pass, one beyond the limit ends the connection, and the next call makes a new one")
  func bigLines() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    defer { socket.close() }
    let client = client(socket)
    let big = String(repeating: "x", count: 3 << 20)
    #expect(try await client.call("signalbox_report", ["text": .string(big)]).text.contains("at most"))
    let huge = String(repeating: "x", count: 9 << 20)
    await #expect(throws: DeskUnreachable.self) { try await client.call("signalbox_report", ["text": .string(huge)]) }
    #expect(!(try await client.call("signalbox_report", ["text": "small"])).isError)
  }

  @Test("deeply nested arguments pass, and harm neither side")
  func deep() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    defer { socket.close() }
    var nested: JSONValue = []
    for _ in 0..<50 { nested = [nested] }
    #expect(!(try await client(socket).call("signalbox_report", ["text": "deep", "more": nested])).isError)
  }

  @Test("many connections are let in one after the other, too many at once are not")
  func crowd() async throws {
    let office = Office()
    let socket = try DeskSocket(desk: AgentDesk(await office.assignment))
    defer { socket.close() }
    for number in 0..<40 {
      // Each goes when its client is let go.
      #expect(!(try await client(socket).call("signalbox_report", ["text": .string("\(number)")])).isError)
    }
    var held: [DeskClient] = []
    var turnedAway = 0
    for number in 0..<20 {
      let client = client(socket)
      do {
        _ = try await client.call("signalbox_report", ["text": .string("held \(number)")])
        held.append(client)
      } catch {
        #expect(error is DeskUnreachable)
        turnedAway += 1
      }
    }
    #expect(held.count <= 16 && turnedAway >= 4)
    held = []
    #expect(await eventually { (try? await client(socket).call("signalbox_report", ["text": "again"])) != nil })
  }
}
