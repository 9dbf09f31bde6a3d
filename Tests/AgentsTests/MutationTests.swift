import Engine
import Foundation
import Kernel
import Synchronization
import Testing

@testable import Agents

/// A small generator that comes to the same numbers from the same seed.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// Frames of real agents, changed in every way that a broken or hostile program might write them.
struct Mutator {
  var random: SplitMix64
  let frames: [[UInt8]]
  /// Where in each of them the values of members begin.
  private let places: [[Int]]

  static let session = "s"

  init(seed: UInt64, root: String) throws {
    random = SplitMix64(state: seed)
    var frames: [[UInt8]] = []
    for name in Recording.names {
      for case .hear(let message) in try Recording(name, root: root).steps {
        let text = String(decoding: try message.encoded(), as: UTF8.self)
        // All of one session, so that most of it is believed.
        frames.append(
          Array(text.replacing(/"sessionId":"[^"]*"/, with: "\"sessionId\":\"\(Mutator.session)\"").utf8))
      }
    }
    self.frames = frames
    places = frames.map(Mutator.places)
  }

  private static let values = [
    "null", "true", "false", "0", "-1", "1.5", "1.0", "9223372036854775807", "9223372036854775808", "1e400", "\"\"",
    "\"1\"", "[]", "{}", "[[]]", "[null]", "{\"\":null}", "\"\\u0000\"", "\"\\ud800\"", "\"\u{202E}\"", "\"é\"",
  ]

  private static let longText = "\"" + String(repeating: "x", count: 1 << 20) + "\""
  private static let depths = [60, 64, 65, 512, 20_000].map { depth in
    String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  }

  private mutating func pick<T>(_ all: [T]) -> T { all[Int.random(in: 0..<all.count, using: &random)] }

  /// The places at which the value of a member begins: behind a colon that follows a quote.
  private static func places(in bytes: [UInt8]) -> [Int] {
    bytes.indices.filter { $0 > 0 && bytes[$0] == UInt8(ascii: ":") && bytes[$0 - 1] == UInt8(ascii: "\"") }
  }

  /// Where the value that begins somewhere ends.
  private func end(of start: Int, in bytes: [UInt8]) -> Int {
    var (depth, at, isText) = (0, start, false)
    while at < bytes.count {
      let byte = bytes[at]
      if isText {
        if byte == UInt8(ascii: "\\") { at += 1 } else if byte == UInt8(ascii: "\"") { isText = false }
      } else {
        switch byte {
        case UInt8(ascii: "\""): isText = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          if depth == 0 { return at }
          depth -= 1
        case UInt8(ascii: ","): if depth == 0 { return at }
        default: break
        }
      }
      at += 1
    }
    return bytes.count
  }

  /// A frame in which the value of one member is another.
  private mutating func replaced(_ frame: Int, with value: String, key: String? = nil) -> [UInt8] {
    let bytes = frames[frame]
    var places = places[frame]
    if let key {
      let wanted = Array("\"\(key)\"".utf8)
      places = places.filter { $0 >= wanted.count && bytes[($0 - wanted.count)..<$0].elementsEqual(wanted) }
    }
    guard !places.isEmpty else { return bytes }
    let start = pick(places) + 1
    return bytes[..<start] + Array(value.utf8) + bytes[min(end(of: start, in: bytes), bytes.count)...]
  }

  private mutating func inserted(_ piece: [UInt8], into bytes: [UInt8]) -> [UInt8] {
    let at = Int.random(in: 0...bytes.count, using: &random)
    return bytes[..<at] + piece + bytes[at...]
  }

  /// The bytes of one changed frame, as they come out of a pipe.
  mutating func next() -> [UInt8] {
    let newline: [UInt8] = [10]
    let place = Int.random(in: 0..<frames.count, using: &random)
    let frame = frames[place]
    switch Int.random(in: 0..<18, using: &random) {
    case 0:
      let cuts = Int.random(in: 1...3, using: &random)
      return (0..<cuts).reduce(frame) { bytes, _ in inserted(newline, into: bytes) } + newline
    case 1: return frame + pick(frames) + newline
    case 2: return frame + newline + frame + newline + frame + newline
    case 3: return frame.prefix(Int.random(in: 0...frame.count, using: &random)) + newline
    case 4:
      // Rare: each takes as long as thousands of others.
      guard Int.random(in: 0..<200, using: &random) == 0 else {
        return replaced(place, with: pick(Mutator.values)) + newline
      }
      return replaced(place, with: Mutator.longText) + newline
    case 5:
      let wrong: [[UInt8]] = [
        [0xFF], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80],
      ]
      return inserted(pick(wrong), into: frame) + newline
    case 6: return inserted([0], into: frame) + newline
    case 7: return inserted(Array(#"\ud800"#.utf8), into: frame) + newline
    case 8, 9: return replaced(place, with: pick(Mutator.values)) + newline
    case 10:
      return replaced(place, with: "\"nobody/knows\"", key: pick(["method", "sessionId", "sessionUpdate", "kind"]))
        + newline
    case 11: return replaced(place, with: pick(Mutator.values), key: "id") + newline
    case 12: return Array(#"{"id":1,"id":"x","method":"a","params":{},"#.utf8) + frame.dropFirst() + newline
    case 13:
      return replaced(place, with: pick(Mutator.depths)) + newline
    case 14: return [UInt8(ascii: "[")] + frame + [UInt8(ascii: ",")] + pick(frames) + [UInt8(ascii: "]")] + newline
    case 15: return replaced(place, with: "\"again\"", key: "toolCallId") + newline
    case 16:
      let id = pick(["0", "1", "77", "-3", "\"0\"", "null", "9223372036854775807"])
      let body = pick([
        #""result":{"stopReason":"end_turn"}"#, #""error":{"code":"x"}"#, #""result":null"#, #""error":null"#,
        #""result":{"outcome":{"outcome":"selected","optionId":"choice-1"}}"#,
      ])
      return Array("{\"jsonrpc\":\"2.0\",\"id\":\(id),\(body)}\n".utf8)
    default:
      var bytes = frame
      for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
      }
      return bytes + newline
    }
  }
}

// covers RPCConnection.swift, LineReader.swift and JSONValue.swift
@Suite("Hostile agents", .serialized)
struct MutationTests {
  /// How many frames; each run takes others.
  static let count = ProcessInfo.processInfo.environment["SIGNALBOX_FRAMES"].flatMap { Int($0) } ?? 100_000
  /// The seed, another one in each run.
  static let seed =
    ProcessInfo.processInfo.environment["SIGNALBOX_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: .min ... .max)

  static func request(_ number: Int) -> PermissionRequest {
    PermissionRequest(
      task: "4.1-models", attempt: 1, number: number, agent: "stub", title: "the real question", details: "", why: "",
      choices: [PermissionChoice(id: "y", name: "Yes", kind: .allowOnce)])
  }

  /// What has to become of lines: each is passed over as blank, counted as a fault, taken as news, or answered.
  struct Expected {
    var faults = RPCConnection.Faults()
    var answers = 0

    mutating func hear(_ line: LineReader.Line) {
      guard case .bytes(let bytes) = line else {
        faults.tooLong += 1
        return
      }
      guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { return }
      guard let value = JSONValue(reading: bytes) else {
        faults.junk += 1
        return
      }
      for one in value.array.map({ $0.prefix(1_000) }) ?? [value] {
        switch try? RPCMessage(one) {
        case .notification: break
        case .request: answers += 1
        case .result, .failure: faults.unasked += 1
        case nil:
          faults.invalid += 1
          if one["method"] != nil, one["id"].flatMap(RPCIdentifier.init) != nil { answers += 1 }
        }
      }
    }
  }

  @Test("100,000 changed frames crash nothing, decide nothing, each is answered or told, and the connection lives")
  func mutations() async throws {
    let seed = MutationTests.seed
    let place = try Place()
    var mutator = try Mutator(seed: seed, root: place.workspace)
    let start = ContinuousClock.now
    var left = MutationTests.count
    var memory = 0
    while left > 0 {
      // An attempt does not see more than some thousands; each has its own session.
      let stage = await Stage(root: place.workspace)
      // Nobody answers: whatever is let pass then was not let pass by a person.
      await stage.office.ask { _ in .wait }
      let question = try await stage.office.order(.askPermission(MutationTests.request(1_000_000)))
      let asked = try #require(question.decisions.last)
      await stage.host.adopt(Mutator.session)
      await stage.host.begin()
      var reader = LineReader()
      var expected = Expected()
      for _ in 0..<min(left, 2_000) {
        for line in reader.take(mutator.next()) {
          expected.hear(line)
          stage.hear(line)
        }
      }
      left -= 2_000
      #expect(await stage.settled(), "seed \(seed)")
      let session = await stage.office.session
      #expect(session.decisions.first { $0.id == asked.id } == asked, "seed \(seed)")
      #expect(session.decisions.allSatisfy { $0.answer == nil && $0.withdrawn == nil }, "seed \(seed)")
      #expect(session.permissions.allSatisfy { !$0.isAllowed || $0.by.hasPrefix("rule") }, "seed \(seed)")
      #expect(session.grants.isEmpty, "seed \(seed)")
      await stage.host.cancel()
      await stage.host.end()
      // Nothing is lost without a word: every fault is counted, and every request has its answer.
      var faults = await stage.connection.faults
      faults.flooded = 0
      #expect(faults == expected.faults, "seed \(seed)")
      let answers = expected.answers
      #expect(await stage.until { stage.written.count >= answers }, "seed \(seed)")
      #expect(stage.written.count == answers, "seed \(seed)")
      #expect(try await stage.answersCleanly(), "seed \(seed)")
      await stage.end()
      if memory == 0 { memory = Place.memory }
    }
    let grown = (Place.memory - memory) >> 20
    #expect(grown < 128, "grown by \(grown) MB, seed \(seed)")
    print("\(MutationTests.count) frames in \(ContinuousClock.now - start), grown by \(grown) MB, seed \(seed)")
  }

  /// X17: another reader may be more patient, and never more strict, but for what this one refuses on purpose.
  @Test("changed frames mean the same to another reader, or are refused for a reason")
  func readers() throws {
    var mutator = try Mutator(seed: MutationTests.seed, root: "/w")
    let known = ["A name stands twice.", "It has more than 64 levels.", "A number is too long."]
    var (taken, refused) = (0, 0)
    for _ in 0..<1_000 {
      for line in mutator.next().split(separator: UInt8(ascii: "\n")) where line.count < 1 << 16 {
        // Foundation guesses other encodings from a NUL; lines are UTF-8 and nothing else.
        guard !line.contains(0) else { continue }
        let (value, complaint) = JSONValue.read(Array(line))
        let other = try? JSONSerialization.jsonObject(with: Data(line), options: .fragmentsAllowed) as? NSObject
        let words = String(decoding: line.prefix(2_000), as: UTF8.self)
        guard let value else {
          refused += 1
          #expect(other == nil || known.contains(complaint), "\(complaint) \(words), seed \(MutationTests.seed)")
          continue
        }
        taken += 1
        let again =
          try JSONSerialization.jsonObject(with: Data(value.encoded()), options: .fragmentsAllowed) as? NSObject
        #expect(other == again, "\(words), seed \(MutationTests.seed)")
      }
    }
    #expect(taken > 100 && refused > 100)
  }

  /// Plays a stream of bytes to a connection, lazily, so that nothing waits but what the connection itself keeps.
  private func pour(_ pieces: Int, _ piece: [UInt8]) async throws -> (RPCConnection.Faults, growth: Int) {
    let connection = RPCConnection(write: { _ in })
    let before = Place.memory
    final class Source {
      var reader = LineReader()
      var waiting: ArraySlice<LineReader.Line> = []
      var left: Int
      let piece: [UInt8]
      init(_ left: Int, _ piece: [UInt8]) {
        self.left = left
        self.piece = piece
      }
      func next() -> LineReader.Line? {
        while waiting.isEmpty, left > 0 {
          left -= 1
          waiting = reader.take(piece)[...]
        }
        return waiting.popFirst() ?? reader.end()
      }
    }
    let source = Mutex(Source(pieces, piece))
    let asking = Task { try await connection.request("session/prompt", [:]) }
    await connection.run(
      AsyncStream { source.withLock { $0.next() } }, answer: { _, _, _ in .null }, tell: { _, _ in }, ended: { "over" })
    await #expect(throws: ConnectionFailure.closed("over")) { try await asking.value }
    return (await connection.faults, Place.memory - before)
  }

  @Test("a million lines are counted and not kept")
  func flood() async throws {
    let start = ContinuousClock.now
    let (faults, growth) = try await pour(1_000, Array(String(repeating: "y\n", count: 1_000).utf8))
    #expect(faults.junk == 1_000_000)
    #expect(growth < 64 << 20)
    print("a million lines in \(ContinuousClock.now - start), grown by \(growth >> 20) MB")
  }

  @Test("a line of 100 MB is counted and not kept")
  func longLine() async throws {
    let (faults, growth) = try await pour(1_600, [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10))
    #expect(faults == RPCConnection.Faults(tooLong: 1))
    #expect(growth < 64 << 20)
  }
}
