import Engine
import Foundation
import Glibc
import Testing

@testable import Gates

// covers CommandRunner.swift, OutputCollector.swift, FileDigest.swift, and of Engine KeptEnds.swift, Programs.swift and ProcessSweep.swift
@Suite("CommandRunner")
final class CommandRunnerTests: Sendable {
  let folder: String

  init() throws {
    var template = Array("/tmp/signalbox-run-XXXXXX".utf8CString)
    #expect(mkdtemp(&template) != nil)
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func shell(
    _ script: String, limit: Int = 1 << 16, time: Duration = .seconds(30), evidence: String? = nil,
    environment: [String: String] = [:], onOutput: (@Sendable ([UInt8]) -> Void)? = nil
  ) async throws -> CommandResult {
    try await CommandRunner().run(
      ["sh", "-c", script], in: folder,
      environment: environment.merging(["PATH": "/usr/bin:/bin"]) { given, _ in given }, timeLimit: time,
      outputLimit: limit, evidence: evidence, onOutput: onOutput)
  }

  /// Whether a process with this argument in its command line is alive.
  func isAlive(_ argument: String) -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.filter { Int32($0) != nil }.contains { process in
      guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
      return line.split(separator: 0).contains { $0.elementsEqual(argument.utf8) }
    }
  }

  @Test func saysWhatACommandDid() async throws {
    let result = try await shell("echo out; echo err >&2; pwd; exit 3")
    #expect(result.arguments == ["/usr/bin/sh", "-c", "echo out; echo err >&2; pwd; exit 3"])
    #expect(String(decoding: result.output, as: UTF8.self) == "out\nerr\n\(folder)\n")
    #expect(result.exitStatus == 3)
    #expect(result.signal == nil)
    #expect(!result.timedOut && !result.truncated)
    #expect(result.digest == (try await shell("printf 'out\\nerr\\n'; pwd")).digest)
    #expect(try await shell("kill -9 $$").signal == SIGKILL)
  }

  @Test func givesNothingButWhatIsListed() async throws {
    setenv("SIGNALBOX_CANARY", "secret", 1)
    let result = try await shell("env | cut -d= -f1 | sort; cat; ls /proc/self/fd", environment: ["LISTED": "x"])
    // `ls` opens the folder it lists itself, as descriptor 3.
    #expect(
      String(decoding: result.output, as: UTF8.self) == "LISTED\nPATH\nPWD\nSIGNALBOX_COMMAND\n0\n1\n2\n3\n")
  }

  @Test func looksProgramsUpInAbsoluteFoldersOnly() async throws {
    try "#!/bin/sh\necho planted\n".write(toFile: folder + "/tool", atomically: true, encoding: .utf8)
    chmod(folder + "/tool", 0o755)
    // A relative folder is taken from where this process stands, so this one would truly lead to the tool.
    let steps = FileManager.default.currentDirectoryPath.split(separator: "/").count
    let relative = Array(repeating: "..", count: steps).joined(separator: "/") + folder
    #expect(access(relative + "/tool", X_OK) == 0)
    for path in [".", "", ":.:relative", relative] {
      await #expect(throws: CommandFailure.missing(program: "tool", path: path)) {
        _ = try await CommandRunner().run(
          ["tool"], in: folder, environment: ["PATH": path], timeLimit: .seconds(5), outputLimit: 10)
      }
    }
    await #expect(throws: CommandFailure.self) {
      _ = try await CommandRunner().run(
        ["./tool"], in: folder, environment: [:], timeLimit: .seconds(5), outputLimit: 9)
    }
    let found = try await CommandRunner().run(
      ["tool"], in: folder, environment: ["PATH": folder], timeLimit: .seconds(5), outputLimit: 100)
    #expect(found.exitStatus == 0)
    await #expect(throws: CommandFailure.self) {
      _ = try await CommandRunner().run(
        ["/no/such"], in: folder, environment: [:], timeLimit: .seconds(5), outputLimit: 9)
    }
    await #expect(throws: CommandFailure.self) { _ = try await shell("true", evidence: "/no/such/folder/file") }
  }

  @Test func readsAFileThatIsGivenAndNoLink() async throws {
    try "one\ntwo\n".write(toFile: folder + "/input", atomically: true, encoding: .utf8)
    #expect(symlink("input", folder + "/link") == 0)
    func count(_ input: String) async throws -> CommandResult {
      try await CommandRunner().run(
        ["wc", "-l"], in: folder, environment: ["PATH": "/usr/bin:/bin"], timeLimit: .seconds(30), outputLimit: 100,
        input: input)
    }
    #expect(try await count(folder + "/input").output == Array("2\n".utf8))
    await #expect(throws: CommandFailure.self) { _ = try await count(folder + "/link") }
    await #expect(throws: CommandFailure.self) { _ = try await count(folder + "/absent") }
  }

  @Test func keepsBothEndsOfAFloodAndHashesAllOfIt() async throws {
    let megabytes = 100
    let before = peakMemory()
    let result = try await shell(
      "echo first; head -c \(megabytes << 20) /dev/zero; echo; echo last", limit: 1 << 16,
      evidence: folder + "/evidence")
    #expect(result.truncated)
    #expect(result.output.count < 1 << 17)
    #expect(result.output.starts(with: "first\n".utf8))
    #expect(result.output.suffix(6).elementsEqual("\nlast\n".utf8))
    #expect(peakMemory() - before < 64 << 20)
    let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/evidence")
    #expect(attributes[.size] as? Int == megabytes << 20 + 6 + 6)
    #expect(fileDigest(folder + "/evidence") == result.digest)
  }

  /// The most memory this process ever used, in bytes.
  func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (Int(line.filter(\.isNumber)) ?? 0) << 10
  }

  @Test func keepsEndsExactly() {
    var ends = KeptEnds(limit: 8)
    for byte in 0..<200_000 { withUnsafeBytes(of: UInt8(byte % 251)) { ends.add($0) } }
    let kept = ends.joined()
    #expect(ends.isCut)
    #expect(kept.prefix(4).elementsEqual([0, 1, 2, 3]))
    #expect(kept.suffix(4).elementsEqual((199_996..<200_000).map { UInt8($0 % 251) }))
    #expect(String(decoding: kept.dropFirst(4).dropLast(4), as: UTF8.self) == "\n[199992 bytes left out]\n")
    var few = KeptEnds(limit: 8)
    for byte in UInt8(0)..<8 { withUnsafeBytes(of: byte) { few.add($0) } }
    #expect(few.joined() == Array(0..<8))
    #expect(!few.isCut)
  }

  @Test(.timeLimit(.minutes(1))) func stopsTheWholeTreeWhenTheTimeIsOver() async throws {
    let result = try await shell(
      "trap '' TERM; echo begun; (trap '' TERM; sleep 987601) & sleep 987601; wait", time: .milliseconds(500))
    #expect(result.timedOut)
    #expect(result.signal == SIGKILL)
    #expect(result.output == Array("begun\n".utf8))
    #expect(!isAlive("987601"))
    #expect(result.seconds < 20)
  }

  @Test(.timeLimit(.minutes(1))) func leavesNoGrandchildBehind() async throws {
    let result = try await shell(
      "echo done; sleep 987602 & setsid sleep 987603 & (setsid setsid sleep 987604 &) ; exit 0")
    #expect(result.exitStatus == 0)
    #expect(result.output == Array("done\n".utf8))
    for number in [987_602, 987_603, 987_604] { #expect(!isAlive(String(number))) }
    #expect(result.seconds < 20)
  }

  @Test(.timeLimit(.minutes(1))) func doesNotWaitForAStrangerThatHoldsTheOutput() async throws {
    // It hides from the sweep: a session of its own and an empty environment.
    let result = try await shell("echo done; setsid env -i sleep 40 & sleep 0.2; exit 0")
    #expect(result.exitStatus == 0)
    #expect(result.output == Array("done\n".utf8))
    #expect(result.seconds < 30)
  }

  @Test(.timeLimit(.minutes(1))) func stopsWhenTheTaskIsCancelled() async throws {
    let (begun, signal) = AsyncStream<Void>.makeStream()
    let task = Task {
      try await shell("echo begun; sleep 987605", time: .seconds(600)) { _ in signal.yield() }
    }
    for await _ in begun { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    #expect(!isAlive("987605"))
  }

  @Test func givesOutputAsItComes() async throws {
    let lines = Lines()
    let splitter = LineSplitter { lines.add($0) }
    _ = try await shell("printf 'one\\ntw'; printf 'o\\n\\nthree\\n'") { splitter.add($0) }
    #expect(lines.all == ["one", "two", "three"])
  }
}
