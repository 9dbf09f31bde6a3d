import Foundation
import Kernel
import Testing

@testable import Engine

// Covers KeptState.

@Suite("Kept states") struct KeptStateTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kept-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  /// A journal with a session to which everything happened that has an example.
  private func lived() async throws -> (journal: MemoryJournal, session: Session, hash: String) {
    let journal = MemoryJournal()
    let facts = [Fact.sessionCreated(Examples.creation)] + Examples.facts + Examples.grown
    let entries = facts.enumerated().map { number, fact in
      EventCoding.entry(for: Event(at: 1_000 + Int64(number), by: "ana", fact: fact))
    }
    var head = 0
    for (number, var entry) in entries.enumerated() {
      // Examples answer the same decision more than once; a history cannot.
      if entry.answers != nil { entry.answers = "D\(number)" }
      guard
        case .appended = try await journal.append(
          [entry], to: Examples.creation.id, expecting: head, epoch: nil, request: "r\(number)")
      else { continue }
      head += 1
    }
    let open = try await OpenSession.open(Examples.creation.id, in: journal)
    return (journal, open.session, open.headHash)
  }

  private func keep(_ session: Session, _ hash: String, program: String = "this") -> String {
    let path = "\(folder)/state.json"
    #expect(KeptState(program: program, session: session.id, hash: hash, state: session).write(to: path))
    return path
  }

  @Test("a state comes back as it was, whatever happened in it, and only its owner can read the file")
  func same() async throws {
    let (_, session, hash) = try await lived()
    #expect(session.version > 60)
    let path = keep(session, hash)
    let kept = try #require(KeptState.read(path, program: "this", session: session.id))
    #expect(kept.state == session)
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
  }

  @Test("what another build wrote, what is broken and what is another session's counts as not there")
  func refused() async throws {
    let (_, session, hash) = try await lived()
    let path = keep(session, hash)
    #expect(KeptState.read(path, program: "another", session: session.id) == nil)
    #expect(KeptState.read(path, program: "this", session: "other") == nil)
    #expect(KeptState.read(folder + "/none", program: "this", session: session.id) == nil)
    try Data("{\"program\":\"this\"".utf8).write(to: URL(fileURLWithPath: path))
    #expect(KeptState.read(path, program: "this", session: session.id) == nil)
  }

  @Test("looking goes on from a kept state; what is decided never does")
  func looking() async throws {
    let (journal, session, hash) = try await lived()
    let kept = KeptState(program: "this", session: session.id, hash: hash, state: session)
    var open = await OpenSession.looking(session.id, in: journal, from: kept)
    #expect(open.session == session)
    #expect(try await open.advance(atMost: 10).isEmpty)
    // One that was tampered with is as good as its hash, so nothing is ever decided on it.
    var forged = session
    forged.title = "forged"
    let false1 = KeptState(program: "this", session: session.id, hash: String(repeating: "0", count: 64), state: forged)
    open = await OpenSession.looking(session.id, in: journal, from: false1)
    #expect(open.session.version == 0)
    try await open.refresh()
    #expect(open.session == session)
    let decided = try await OpenSession.open(session.id, in: journal)
    #expect(decided.session == session)
  }
}
