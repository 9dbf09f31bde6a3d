import Engine
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Agents

// covers AgentProcess.swift, LineFeed.swift, InputWriter.swift, ErrorFeed.swift and Pipe.swift
@Suite("AgentProcess", .serialized)
struct AgentProcessTests {
  let place: Place
  init() throws { place = try Place() }

  private func start(
    _ script: String, patience: AgentProcess.Patience = AgentProcess.Patience(), guarded: Bool = false,
    onErrorOutput: (@Sendable ([UInt8]) -> Void)? = nil
  ) throws -> AgentProcess {
    try AgentProcess(
      (guarded ? [Place.signalbox, "launch", "--"] : []) + ["/bin/sh", "-c", script], in: place.workspace,
      environment: ["PATH": "/usr/bin:/bin"], patience: patience, onErrorOutput: onErrorOutput)
  }

  private func text(_ line: LineReader.Line) -> String {
    switch line {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .tooLong(let count): "too long: \(count)"
    }
  }

  @Test("what goes in comes out, in order, also from many tasks at once")
  func echo() async throws {
    let process = try start("cat; echo err >&2")
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        group.addTask {
          let piece = String(repeating: "\(number) ", count: 5_000)
          try? await process.write(Array((piece + "\n").utf8))
        }
      }
      group.addTask {
        var seen = 0
        for await line in process.lines {
          let words = Set(text(line).split(separator: " "))
          #expect(words.count == 1)
          seen += 1
          if seen == 50 { process.closeInput() }
        }
        #expect(seen == 50)
      }
    }
    #expect(await process.wait() == AgentProcess.Ending(exitStatus: 0, signal: nil))
    #expect(process.standardError == StandardError(bytes: Array("err\n".utf8), count: 4))
  }

  @Test("a flood of a million lines costs no memory, and every line arrives although the reader is slow")
  func flood() async throws {
    let process = try start("yes 'a line of thirty-three bytes....' | head -n 1000000")
    try await Task.sleep(for: .milliseconds(500))
    let before = Place.memory
    var most = 0
    var seen = 0
    let start = ContinuousClock.now
    for await line in process.lines {
      seen += 1
      if seen == 1 { #expect(text(line) == "a line of thirty-three bytes....") }
      if seen % 20_000 == 0 { most = max(most, Place.memory - before) }
    }
    print("a million lines: \(ContinuousClock.now - start), \(most >> 10) KiB more memory")
    #expect(seen == 1_000_000)
    #expect(most < 32 << 20)
    #expect(await process.wait().exitStatus == 0)
  }

  @Test("programs that flood leave all other work its turn, though they are more than the processors")
  func floods() async throws {
    let count = ProcessInfo.processInfo.activeProcessorCount + 2
    let message = #"{"type":"progress","text":"one step of very many"}"#
    let processes = try (0..<count).map { _ in
      try start("exec timeout 20 yes '\(message)'", patience: .init(closing: .zero, stopping: .seconds(2)))
    }
    // Reading a message takes longer than writing it, so the next one waits already and no reader is ever held up.
    final class Tally: Sendable {
      let begun = Mutex(0)
      let ended = Mutex(0)
    }
    let tally = Tally()
    let readers = processes.map { process in
      Task {
        var seen = 0
        for await case .bytes(let line) in process.lines {
          seen += CommandMessage(line) == nil ? 0 : 1
          if seen == 5_000 { tally.begun.withLock { $0 += 1 } }
        }
        tally.ended.withLock { $0 += 1 }
        return await process.wait()
      }
    }
    try await place.eventually(within: .seconds(20)) { tally.begun.withLock { $0 } == count }
    for _ in 0..<100 { await Task {}.value }
    #expect(tally.ended.withLock { $0 } == 0, "Something else had its turn only once a flood was over.")
    for reader in readers { reader.cancel() }
    for process in processes { await process.stop() }
    for reader in readers { #expect(await reader.value.signal != nil) }
  }

  @Test("while nobody takes lines, the program waits; a reader that leaves lets it go on")
  func waiting() async throws {
    let process = try start("yes | head -c 50000000; echo done >&2")
    try await Task.sleep(for: .seconds(1))
    #expect(process.standardError.count == 0)
    process.abandonLines()
    #expect(await process.wait().exitStatus == 0)
    #expect(process.standardError.count == 5)
    for await _ in process.lines { Issue.record("A line came after all were abandoned.") }
  }

  @Test("a line of 100 MB is counted and dropped, and the next one is whole")
  func longLine() async throws {
    let process = try start("head -c 100000000 /dev/zero; echo; echo next")
    let before = Place.memory
    var lines: [String] = []
    var most = 0
    for await line in process.lines {
      most = max(most, Place.memory - before)
      lines.append(text(line))
    }
    print("a line of 100 MB: \(most >> 10) KiB more memory")
    #expect(lines == ["too long: 100000000", "next"])
    #expect(most < 64 << 20)
    _ = await process.wait()
  }

  @Test("both outputs full at once hold up nothing; of the errors both ends are kept")
  func errors() async throws {
    let told = Mutex(0)
    let process = try start(
      "echo first >&2; yes error | head -c 20000000 >&2 & yes | head -c 1000000; wait; echo last >&2",
      onErrorOutput: { piece in told.withLock { $0 += piece.count } })
    var seen = 0
    for await _ in process.lines { seen += 1 }
    #expect(seen == 500_000)
    _ = await process.wait()
    let errors = process.standardError
    #expect(errors.count == 20_000_011 && told.withLock { $0 } == errors.count)
    let words = String(decoding: errors.bytes, as: UTF8.self)
    #expect(words.hasPrefix("first\n") && words.hasSuffix("last\n") && words.contains("bytes left out]"))
    #expect(errors.bytes.count < 66 << 10)
  }

  @Test("a program that closed its input is an error of writing and nothing worse")
  func closedInput() async throws {
    let process = try start("exec 0<&-; echo ready; sleep 0.5")
    var lines = process.lines.makeAsyncIterator()
    #expect(await lines.next().map(text) == "ready")
    await #expect(throws: InputClosed.self) { try await process.write(Array(repeating: 65, count: 1 << 20)) }
    await #expect(throws: InputClosed.self) { try await process.write([65]) }
    #expect(await process.wait().exitStatus == 0)
  }

  @Test("writing to a program that reads nothing keeps nobody from reading it, and ends with it")
  func deafInput() async throws {
    let process = try start("echo ready; sleep 0.5; echo still; exit 4")
    let written = Task { try await process.write(Array(repeating: 65, count: 8 << 20)) }
    var seen: [String] = []
    for await line in process.lines { seen.append(text(line)) }
    #expect(seen == ["ready", "still"])
    #expect(await process.wait().exitStatus == 4)
    await #expect(throws: InputClosed.self) { try await written.value }
  }

  @Test("it ends in the middle of a line, and what it said is there")
  func midTurn() async throws {
    let process = try start("printf 'whole\\nhalf'; kill -9 $$")
    var seen: [String] = []
    for await line in process.lines { seen.append(text(line)) }
    #expect(seen == ["whole", "half"])
    #expect(await process.wait() == AgentProcess.Ending(exitStatus: nil, signal: SIGKILL))
  }

  @Test("what it left behind neither holds up its end nor survives it", arguments: [false, true])
  func grandchild(guarded: Bool) async throws {
    let process = try start(
      "\(place.sleep) & setsid \(place.sleep) & (setsid \(place.sleep) &) ; exit 0", guarded: guarded)
    let start = ContinuousClock.now
    for await _ in process.lines {}
    #expect(await process.wait().exitStatus == 0)
    #expect(ContinuousClock.now - start < .seconds(2))
    #expect(place.alive == 0)
  }

  @Test("something that keeps the output open and cannot be found holds up the end by the grace and no longer")
  func hidden() async throws {
    // Without its environment and in a session of its own: the sweep does not find it; a guardian would.
    let process = try start(
      "setsid env -i \(place.sleep) & sleep 0.3; exit 0", patience: AgentProcess.Patience(output: .seconds(1)))
    let start = ContinuousClock.now
    for await _ in process.lines {}
    _ = await process.wait()
    #expect(ContinuousClock.now - start < .seconds(3))
    let left = try await place.run(["/usr/bin/pkill", "-f", "^sleep 3600.\(place.tag)"])
    #expect(left.ending.exitStatus == 0)
  }

  @Test("a stop closes the input first, and that is enough for most")
  func politeStop() async throws {
    let process = try start("while read line; do echo $line; done; echo bye; exit 6")
    async let seen = { () async in
      var all: [String] = []
      for await line in process.lines { all.append(text(line)) }
      return all
    }()
    try await process.write(Array("hello\n".utf8))
    #expect(await process.stop() == AgentProcess.Ending(exitStatus: 6, signal: nil))
    #expect(await seen == ["hello", "bye"])
    #expect(await process.stop() == AgentProcess.Ending(exitStatus: 6, signal: nil))
  }

  @Test("what ignores a closed input and SIGTERM is killed with all it started", arguments: [false, true])
  func deafStop(guarded: Bool) async throws {
    let patience = AgentProcess.Patience(closing: .milliseconds(200), stopping: .seconds(3))
    let process = try start(
      "trap '' TERM; setsid \(place.sleep) & (setsid \(place.sleep) &); while :; do \(place.sleep); done",
      patience: patience, guarded: guarded)
    try await place.eventually { place.alive == 3 }
    let start = ContinuousClock.now
    // In a task that was cancelled, as an attempt is when it is stopped.
    let stopped = Task { () -> AgentProcess.Ending? in
      withUnsafeCurrentTask { $0?.cancel() }
      return await process.stop()
    }
    #expect(await stopped.value?.signal == SIGKILL)
    print("deaf, guarded \(guarded): \(ContinuousClock.now - start)")
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(place.alive == 0)
  }

  @Test("a program that stopped itself is ended as well")
  func suspended() async throws {
    let process = try start(
      "kill -STOP $$", patience: AgentProcess.Patience(closing: .milliseconds(100), stopping: .milliseconds(300)))
    #expect(await process.stop()?.signal == SIGKILL)
  }

  @Test("what cannot be started is told")
  func refused() async throws {
    #expect(throws: ProcessRefused.self) { try AgentProcess(["/no/such"], in: place.workspace, environment: [:]) }
    #expect(throws: ProcessRefused.self) { try AgentProcess(["/bin/sh"], in: "/no/such", environment: [:]) }
    #expect(throws: ProcessRefused.self) { try AgentProcess(["/bin/sh", "a\0b"], in: "/", environment: [:]) }
    #expect(throws: ProcessRefused.self) { try AgentProcess([], in: "/", environment: [:]) }
  }

  @Test("two hundred programs one after the other leave no descriptor and no thread behind")
  func descriptors() async throws {
    func count(_ folder: String) -> Int {
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(folder)"))?.count ?? 0
    }
    _ = try await place.run(["/bin/true"])
    let (descriptors, threads) = (count("fd"), count("task"))
    for _ in 0..<200 { _ = try await place.run(["/bin/true"]) }
    try await place.eventually { count("fd") <= descriptors + 2 && count("task") <= threads + 8 }
  }
}
