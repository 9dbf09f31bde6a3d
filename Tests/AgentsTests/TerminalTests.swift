import Engine
import Foundation
import Synchronization
import Testing

@testable import Agents

// covers TerminalHost.swift
@Suite("Commands that agents have run")
struct TerminalTests {
  private func terminals(_ patience: Duration = .seconds(2)) -> TerminalHost {
    TerminalHost { arguments, folder, environment, onErrorOutput in
      try AgentProcess(
        arguments, in: folder, environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 },
        patience: .init(closing: .zero, stopping: patience), onErrorOutput: onErrorOutput)
    }
  }

  private func id(_ reply: JSONValue) throws -> String { try #require(reply["terminalId"]?.string) }

  /// Runs a command to its end and returns what is told of it.
  private func run(_ params: JSONValue, _ place: Place) async throws -> JSONValue {
    let host = terminals()
    let id = try id(await host.create(params, in: place.workspace))
    _ = try await host.wait(id)
    let output = try await host.output(id)
    await host.end()
    return output
  }

  @Test("a command alone is a shell line, one with arguments is run as it is; folder, environment and ends are told")
  func commands() async throws {
    let place = try Place()
    func output(_ params: JSONValue) async throws -> String? { try await run(params, place)["output"]?.string }
    #expect(try await output(["command": "echo a; echo b >&2; pwd"])?.contains("\(place.workspace)\n") == true)
    #expect(try await output(["command": "echo", "args": ["a; b", "$HOME"]]) == "a; b $HOME\n")
    #expect(try await output(["command": "/bin/echo", "args": ["x"]]) == "x\n")
    #expect(try await output(["command": "pwd", "cwd": "/usr"]) == "/usr\n")
    #expect(
      try await output(["command": "echo $A$B", "env": [["name": "A", "value": "1"], ["name": "B"], "x"]]) == "1\n")
    #expect(try await output(["command": "printf 'no newline'"]) == "no newline\n")
    // Nothing comes from its input, so whoever reads ends.
    #expect(try await output(["command": "cat; echo over"]) == "over\n")
    #expect(try await run(["command": "exit 3"], place)["exitStatus"] == ["exitCode": 3])
    #expect(try await run(["command": "kill -9 $$"], place)["exitStatus"] == ["signal": "9"])
    await #expect(throws: RPCError.self) { try await run(["command": ""], place) }
    await #expect(throws: RPCError.self) { try await run([:], place) }
  }

  /// X20: no word of a command with arguments is ever a shell's, and what a person is shown means just these words.
  @Test("words with signs of a shell arrive as they are, and are shown so that a shell would read the same")
  func words() async throws {
    let place = try Place()
    let words = [
      "$(touch MARKER)", "`touch MARKER`", ";touch MARKER", "| touch MARKER", "&& touch MARKER", "> MARKER", "a\nb",
      "'; touch MARKER; '", "\"; touch MARKER; \"", "-rf", "--output=MARKER", "%s%n", "$HOME", "~", "*", "\\", "\\n",
      "!!",
      "", " ", "é\u{202E}",
    ]
    let expected = words.map { "<\($0)>" }.joined() + "\n"
    let arguments = JSONValue.array((["<%s>"] + words).map(JSONValue.string))
    let told = try await run(["command": "printf", "args": arguments], place)["output"]?.string
    #expect(told == expected)
    let shown = ACPHost.quoted(["printf", "<%s>"] + words, by: "'")
    let again = try await run(["command": .string(shown)], place)["output"]?.string
    #expect(again == expected)
    // With arguments the command is the name of a program, whatever it holds.
    for name in ["true; touch MARKER", "$(touch MARKER)", "-rf", "true\ntouch MARKER"] {
      let told = try? await run(["command": .string(name), "args": ["x"]], place)
      #expect(told?["exitStatus"] != ["exitCode": 0], "\(name)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.workspace) == [])
  }

  @Test("output is cut at its start, on a character's border, within the limit")
  func limits() async throws {
    let place = try Place()
    var told = try await run(["command": "printf 'ééé\\n'", "outputByteLimit": 4], place)
    #expect(told["output"]?.string == "é\n" && told["truncated"]?.bool == true)
    told = try await run(["command": "printf 'ééé\\n'", "outputByteLimit": 7], place)
    #expect(told["output"]?.string == "ééé\n" && told["truncated"]?.bool == false)
    told = try await run(["command": "echo a", "outputByteLimit": 0], place)
    #expect(told["output"]?.string == "" && told["truncated"]?.bool == true)
    told = try await run(["command": "echo a", "outputByteLimit": -5], place)
    #expect(told["output"]?.string == "")
    told = try await run(["command": "seq 1 400000; echo end", "outputByteLimit": 1000], place)
    #expect(told["output"]?.string?.utf8.count == 1000 && told["output"]?.string?.hasSuffix("400000\nend\n") == true)
    told = try await run(["command": "seq 1 400000; echo end"], place)
    let kept = try #require(told["output"]?.string)
    #expect(kept.utf8.count == TerminalHost.outputLimit && kept.hasSuffix("400000\nend\n"))
    #expect(told["truncated"]?.bool == true)
  }

  @Test("one that is killed stays valid until it is released; then it is gone")
  func killing() async throws {
    let place = try Place()
    let host = terminals()
    let id = try id(await host.create(["command": .string("echo begun; \(place.sleep) & wait")], in: place.workspace))
    try await place.eventually { place.alive == 1 }
    let running = try await host.output(id)
    #expect(running["exitStatus"] == nil)
    #expect(try await host.kill(id) == [:])
    #expect(place.alive == 0)
    let told = try await host.output(id)
    #expect(told["output"]?.string == "begun\n" && told["exitStatus"]?["signal"]?.string == "15")
    #expect(try await host.kill(id) == [:])
    #expect(try await host.wait(id)["signal"]?.string == "15")
    #expect(try await host.release(id) == [:])
    for call in [host.output, host.wait, host.kill, host.release] {
      await #expect(throws: RPCError(-32002, "There is no terminal \(id).")) { try await call(id) }
    }
    // Released while it runs, it ends as well.
    let other = try self.id(await host.create(["command": .string(place.sleep)], in: place.workspace))
    try await place.eventually { place.alive == 1 }
    _ = try await host.release(other)
    #expect(place.alive == 0 && other != id)
  }

  @Test("the end kills everything at once, also what does not want to end, and answers who waits")
  func ending() async throws {
    let place = try Place()
    let host = terminals(.milliseconds(500))
    var ids: [String] = []
    for _ in 0..<8 {
      ids.append(
        try id(await host.create(["command": .string("trap '' TERM; \(place.sleep)")], in: place.workspace)))
    }
    try await place.eventually(within: .seconds(20)) { place.alive == 8 }
    let waiting = Task { [ids] in try await host.wait(ids[0]) }
    let start = ContinuousClock.now
    await host.stop()
    #expect(ContinuousClock.now - start < .seconds(4))
    #expect(place.alive == 0)
    #expect(try await waiting.value["signal"]?.string == "9")
    // What was stopped can be read until it is forgotten.
    #expect(try await host.output(ids[7])["exitStatus"] != nil)
    await host.end()
    await #expect(throws: RPCError.self) { try await host.output(ids[7]) }
  }

  @Test("only so many may be open at once")
  func many() async throws {
    let place = try Place()
    let host = terminals()
    var ids: [String] = []
    for _ in 0..<TerminalHost.limit { ids.append(try id(await host.create(["command": "true"], in: place.workspace))) }
    await #expect(throws: RPCError.self) { try await host.create(["command": "true"], in: place.workspace) }
    _ = try await host.release(ids[0])
    _ = try await host.create(["command": "true"], in: place.workspace)
    await host.end()
  }
}
