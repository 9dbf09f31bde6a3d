import Engine
import Testing

// covers HashChain.swift, ChangeFeed.swift, JournalRules.swift, MemoryJournal.swift

/// Hashes are counted on for years, so their form is fixed here, byte by byte.
@Suite("Hash chain")
struct HashChainTests {
  let record = HashChain.link(
    JournalEntry(type: "t", at: 1, by: "b", answers: nil, data: "{}"), session: "S", seq: 1, request: "r", epoch: nil,
    previous: HashChain.start)

  @Test("the canonical bytes are every field with its length in front")
  func form() {
    func text(_ text: String) -> [UInt8] { [0, 0, 0, 0, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8) }
    let one: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]
    let expected: [UInt8] =
      text("signalbox.journal.record.1") + text("S") + one + text("r") + [0] + text("t") + one + text("b") + [0]
      + text("{}") + text(String(repeating: "0", count: 64))
    #expect(HashChain.canonicalBytes(of: record) == expected)
    var answer = record
    answer.epoch = 1
    answer.entry.answers = "D"
    let more: [UInt8] =
      text("signalbox.journal.record.1") + text("S") + one + text("r") + [1] + one + text("t") + one + text("b") + [1]
      + text("D") + text("{}") + text(String(repeating: "0", count: 64))
    #expect(HashChain.canonicalBytes(of: answer) == more)
  }

  @Test("the digest is SHA-256 in lower-case hex")
  func digest() {
    // From the published test vectors of FIPS 180.
    #expect(
      HashChain.digest(of: Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(HashChain.digest(of: []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test("every field counts, and no two fields can trade bytes")
  func fields() {
    var hashes: Set<String> = [record.hash]
    let changes: [(inout JournalRecord) -> Void] = [
      { $0.session = "T" }, { $0.seq = 2 }, { $0.request = "s" }, { $0.epoch = 0 }, { $0.epoch = 1 },
      { $0.entry.type = "u" }, { $0.entry.at = 2 }, { $0.entry.by = "c" }, { $0.entry.answers = "" },
      { $0.entry.answers = "D" }, { $0.entry.data = "{ }" }, { $0.previous = String(repeating: "1", count: 64) },
      {
        $0.session = "Sr"
        $0.request = ""
      },
      {
        $0.entry.by = "b{"
        $0.entry.data = "}"
      },
    ]
    for change in changes {
      var changed = record
      change(&changed)
      #expect(hashes.insert(HashChain.hash(of: changed)).inserted)
    }
    var spelled = record
    spelled.entry.by = "caf\u{e9}"
    let composed = HashChain.hash(of: spelled)
    spelled.entry.by = "cafe\u{301}"
    #expect(HashChain.hash(of: spelled) != composed)
  }

  @Test("a check follows a history and names the first event that does not hold")
  func check() throws {
    let entries = (0..<5).map { note("\($0)") }
    let records = HashChain.link(
      entries, session: "S", after: 0, hash: HashChain.start, request: "r", epoch: 2)
    var whole = ChainCheck(session: "S")
    for record in records { try whole.accept(record) }
    #expect(whole.seq == 5)
    #expect(whole.hash == records[4].hash)
    var second = ChainCheck(session: "S", after: 3, hash: records[2].hash)
    for record in records[3...] { try second.accept(record) }
    #expect(second.hash == whole.hash)

    func firstBroken(_ records: [JournalRecord]) -> Int? {
      var check = ChainCheck(session: "S")
      for record in records {
        do throws(JournalFailure) { try check.accept(record) } catch { return error.brokenSeq }
      }
      return nil
    }
    #expect(firstBroken(records) == nil)
    #expect(firstBroken(Array(records.dropFirst())) == 1)
    #expect(firstBroken(Array(records[0...1] + records[3...])) == 3)
    #expect(firstBroken([records[0], records[2], records[1]]) == 2)
    #expect(firstBroken([records[0], records[0]]) == 2)
    var edited = records
    edited[3].entry.data = "{}"
    #expect(firstBroken(edited) == 4)
    edited[3].hash = HashChain.hash(of: edited[3])
    #expect(firstBroken(edited) == 5)
    edited = records
    edited[2].session = "T"
    #expect(firstBroken(edited) == 3)
  }
}

@Suite("Change feed")
struct ChangeFeedTests {
  @Test("a listener that falls behind loses names, never the news")
  func behind() async {
    let feed = ChangeFeed()
    let stream = feed.listen()
    for number in 0..<500 { feed.announce("S\(number)") }
    feed.finish()
    var heard: [String?] = []
    for await name in stream { heard.append(name) }
    #expect(heard.count <= 64)
    #expect(heard.last == .some(nil), "anything may have changed")
  }

  @Test("a dropped stream is forgotten, a finished feed still says hello")
  func dropped() async {
    let feed = ChangeFeed()
    var stream: AsyncStream<String?>? = feed.listen()
    let other = feed.listen()
    #expect(feed.count == 2)
    #expect(stream != nil)
    stream = nil
    #expect(feed.count == 1)
    feed.finish()
    var heard = 0
    for await _ in other { heard += 1 }
    for await _ in feed.listen() { heard += 1 }
    #expect(heard == 2)
    #expect(feed.count == 0)
  }
}

@Suite("Memory journal")
struct MemoryJournalTests {
  @Test("a refused append adds nothing; the next goes through")
  func refused() async throws {
    let journal = MemoryJournal()
    journal.fail(next: .refused("the disk is full"))
    #expect(await failure { try await journal.fill("S1", 1) }?.refusal == "the disk is full")
    #expect(try await journal.heads(of: nil).isEmpty)
    try await journal.fill("S1", 1)
    #expect(journal.appends == 1)
  }

  @Test("a lost reply: the request, asked again, has its first result")
  func lostReply() async throws {
    let journal = MemoryJournal()
    journal.fail(next: .lostReply)
    #expect(await failure { try await journal.fill("S1", 1) }?.refusal != nil)
    let again = try await journal.append([note()], to: "S1", expecting: 0, epoch: nil, request: "r0")
    #expect(again == .repeated(try await journal.history("S1")))
    #expect(journal.appends == 1)
  }

  @Test("a crash before the anchor may lose the append, and nothing that was acknowledged")
  func crashed() async throws {
    let journal = MemoryJournal()
    let kept = try await journal.fill("S1", 2)
    journal.fail(next: .crashedBeforeAnchor)
    #expect(await failure { try await journal.fill("S1", 1, from: 2) }?.refusal != nil)
    #expect(try await journal.history("S1").count == 3, "perhaps it is there")
    journal.loseUnanchored()
    #expect(try await journal.history("S1") == kept, "perhaps it is not")
    try await journal.fill("S1", 1, from: 2)
  }

  @Test("a cut or changed history is broken")
  func tampered() async throws {
    let journal = MemoryJournal()
    try await journal.fill("S1", 4)
    try await journal.fill("S2", 4)
    journal.truncate("S1", to: 2)
    #expect(await failure { _ = try await journal.history("S1") }?.brokenSeq == 3)
    #expect(await failure { try await journal.fill("S1", 1, from: 2) }?.brokenSeq == 3)
    journal.tamper("S2", seq: 2) { $0.entry.by = "mallory" }
    #expect(await failure { _ = try await journal.history("S2") }?.brokenSeq == 2)
  }
}
