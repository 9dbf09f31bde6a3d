import Foundation
import Kernel
import Testing

@testable import Engine

/// The stored form (EventCoding, PartCoding, SupervisionCoding, TeamCoding, WorkflowCoding, StoredObject): what was written once is read for ever.
@Suite struct EventCodingTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

  @Test(arguments: Examples.facts.indices)
  func everyFactSurvivesItsStoredForm(_ index: Int) throws {
    let event = Event(at: 1_700_000_000_123, by: "ada", fact: Examples.facts[index])
    let entry = EventCoding.entry(for: event)
    #expect(try EventCoding.event(from: entry) == event)
  }

  @Test(arguments: Examples.grown.indices)
  func everythingAddedToAFactSurvivesToo(_ index: Int) throws {
    let event = Event(at: 1_700_000_000_123, by: "ada", fact: Examples.grown[index])
    #expect(try EventCoding.event(from: EventCoding.entry(for: event)) == event)
  }

  /// Fixtures are written once (SIGNALBOX_WRITE_FIXTURES=1) and never changed; a kind that changes gets a new version.
  @Test(arguments: Examples.facts.indices)
  func everyFixtureDecodesForEver(_ index: Int) throws {
    let entry = EventCoding.entry(for: Event(at: 1_700_000_000_123, by: "ada", fact: Examples.facts[index]))
    let file = Self.folder.appendingPathComponent("\(entry.type).v1.json")
    if ProcessInfo.processInfo.environment["SIGNALBOX_WRITE_FIXTURES"] == "1",
      !FileManager.default.fileExists(atPath: file.path)
    {
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      try Data((entry.data + "\n").utf8).write(to: file)
    }
    let stored = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines)
    let old = JournalEntry(type: entry.type, at: 1, by: "ada", answers: nil, data: stored)
    #expect(try EventCoding.event(from: old).fact == Examples.facts[index])
  }

  @Test func whatAResultDoesNotSayIsNotStored() throws {
    func fixture(_ name: String) throws -> String {
      try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
        .trimmingCharacters(in: .newlines)
    }
    func entry(_ result: GateResult, _ gate: String, _ attempt: Int) -> JournalEntry {
      EventCoding.entry(for: Event(at: 1, by: "ada", fact: .gateReported(gate: gate, attempt: attempt, result: result)))
    }
    // A result without flaky tests and known findings has the very bytes it had before there were any.
    #expect(entry(Examples.result, "lint", 1).data == (try fixture("gate.reported.v1.json")))
    let grown = entry(Examples.grownResult, "tests", 2)
    let stored = try fixture("gate.reported.v1.flaky.json")
    #expect(grown.data == stored)
    let old = JournalEntry(type: grown.type, at: 1, by: "ada", answers: nil, data: stored)
    #expect(
      try EventCoding.event(from: old).fact == .gateReported(gate: "tests", attempt: 2, result: Examples.grownResult))
  }

  @Test func everyStoredKindHasItsOwnName() {
    let names = Examples.facts.map { EventCoding.entry(for: Event(at: 0, by: "", fact: $0)).type }
    #expect(Set(names).count == names.count)
  }

  @Test func anUnknownKindOrVersionIsKeptAsItWas() throws {
    for data in [#"{"v":1,"x":[1,2]}"#, #"{"v":2}"#] {
      let entry = JournalEntry(type: "moon.landed", at: 4, by: "engine", answers: nil, data: data)
      let event = try EventCoding.event(from: entry)
      #expect(event.fact == .unknown(type: "moon.landed", data: data))
      #expect(EventCoding.entry(for: event) == entry)
    }
    let newer = JournalEntry(type: "stage.started", at: 4, by: "engine", answers: nil, data: #"{"v":2,"stage":1}"#)
    #expect(try EventCoding.event(from: newer).fact == .unknown(type: "stage.started", data: newer.data))
  }

  @Test func aKnownKindThatLacksAFieldSaysWhich() {
    let entry = JournalEntry(type: "stage.started", at: 4, by: "engine", answers: nil, data: #"{"v":1}"#)
    #expect(throws: EventCodingFailure(description: "stage is missing or of another kind")) {
      try EventCoding.event(from: entry)
    }
  }

  @Test func onlyAnAnswerClaimsToAnswer() {
    let claims = Examples.facts.map { EventCoding.entry(for: Event(at: 0, by: "", fact: $0)).answers }
    #expect(claims.compactMap { $0 } == ["tiny-D1"])
  }
}
