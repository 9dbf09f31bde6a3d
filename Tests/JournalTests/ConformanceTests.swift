import Engine
import Foundation
import Testing

// covers MemoryJournal.swift, SQLiteJournal.swift, JournalWriter.swift, JournalReader.swift, WriterState.swift,
// EventTable.swift, JournalRules.swift

/// What every journal promises, in the same words for each of them.
@Suite("Conformance")
struct ConformanceTests {
  @Test("a new journal has no sessions, and an unknown session no events", arguments: Kind.allCases)
  func empty(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      #expect(try await journal.heads(of: nil).isEmpty)
      #expect(try await journal.heads(of: "S1").isEmpty)
      #expect(try await journal.read("S1", after: 0, limit: 10).isEmpty)
    }
  }

  @Test("what was appended is read back, linked and numbered from 1", arguments: Kind.allCases)
  func appendAndRead(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      let first = try await journal.append(
        [note("a"), note("b")], to: "S1", expecting: 0, epoch: nil, request: "r1"
      ).added()
      let second = try await journal.append([note("c")], to: "S1", expecting: 2, epoch: 3, request: "r2").added()
      let records = try await journal.read("S1", after: 0, limit: 10)
      #expect(records == first + second)
      #expect(records.map(\.seq) == [1, 2, 3])
      #expect(records.map(\.entry) == [note("a"), note("b"), note("c")])
      #expect(records.map(\.request) == ["r1", "r1", "r2"])
      #expect(records.map(\.epoch) == [nil, nil, 3])
      #expect(records[0].previous == String(repeating: "0", count: 64))
      #expect(records[1].previous == records[0].hash)
      #expect(records[2].previous == records[1].hash)
      #expect(records.allSatisfy { $0.hash == HashChain.hash(of: $0) })
      #expect(
        try await journal.heads(of: "S1") == [JournalHead(session: "S1", seq: 3, hash: records[2].hash, epoch: 3)])
    }
  }

  @Test("reading starts after a place and ends at the limit", arguments: Kind.allCases)
  func pages(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      let all = try await journal.fill("S1", 7)
      #expect(try await journal.read("S1", after: 0, limit: 3) == Array(all[0..<3]))
      #expect(try await journal.read("S1", after: 3, limit: 3) == Array(all[3..<6]))
      #expect(try await journal.read("S1", after: 6, limit: 3) == Array(all[6...]))
      #expect(try await journal.read("S1", after: 7, limit: 3).isEmpty)
      #expect(try await journal.read("S1", after: 99, limit: 3).isEmpty)
      #expect(try await journal.read("S1", after: 0, limit: 0).isEmpty)
      #expect(try await journal.read("S1", after: -5, limit: .max) == all)
      #expect(try await journal.read("S1", after: 2, limit: .max) == Array(all[2...]))
    }
  }

  @Test("sessions do not touch each other", arguments: Kind.allCases)
  func sessions(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      let second = try await journal.fill("S2", 2)
      let first = try await journal.fill("S1", 3)
      #expect(first[0].request == second[0].request)
      #expect(try await journal.history("S1") == first)
      #expect(try await journal.history("S2") == second)
      #expect(try await journal.heads(of: nil).map(\.session) == ["S1", "S2"])
      #expect(try await journal.heads(of: nil).map(\.seq) == [3, 2])
      #expect(first[0].hash != second[0].hash, "the session is part of what is hashed")
    }
  }

  @Test("an append after somebody else's says how far to read on, and adds nothing", arguments: Kind.allCases)
  func moved(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      let all = try await journal.fill("S1", 3)
      let late = try await journal.append([note("late")], to: "S1", expecting: 1, epoch: nil, request: "late")
      #expect(late == .moved(to: 3))
      #expect(try await journal.history("S1") == all)
      // Having read on, the same request goes through: nothing remembers the attempt.
      let again = try await journal.append([note("late")], to: "S1", expecting: 3, epoch: nil, request: "late")
      #expect(try again.added().map(\.seq) == [4])
    }
  }

  @Test("a caller who has read further than the journal goes has found lost events", arguments: Kind.allCases)
  func cut(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      try await journal.fill("S1", 3)
      let found = await failure {
        _ = try await journal.append([note()], to: "S1", expecting: 5, epoch: nil, request: "x")
      }
      #expect(found?.brokenSeq == 4)
    }
  }

  @Test("a repeated request returns the first result, whatever else changed", arguments: Kind.allCases)
  func repeated(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      let first = try await journal.append(
        [note("a", answers: "D1"), note("b")], to: "S1", expecting: 0, epoch: 1, request: "r1"
      ).added()
      _ = try await journal.append([note("c")], to: "S1", expecting: 2, epoch: 2, request: "r2").added()
      // Neither the old version, nor the old epoch, nor the answered decision, nor other content matters.
      for entries in [[note("a", answers: "D1"), note("b")], [note("something else")]] {
        let again = try await journal.append(entries, to: "S1", expecting: 0, epoch: 1, request: "r1")
        #expect(again == .repeated(first))
      }
      #expect(try await journal.heads(of: "S1").first?.seq == 3)
    }
  }

  @Test("a decision takes one answer; the second learns who won", arguments: Kind.allCases)
  func answered(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      try await journal.fill("S1", 2)
      let won = try await journal.append([note("yes", answers: "D1")], to: "S1", expecting: 2, epoch: nil, request: "a")
        .added()
      for version in [2, 3] {
        let lost = try await journal.append(
          [note("no", answers: "D1")], to: "S1", expecting: version, epoch: nil, request: "b\(version)")
        #expect(lost == .answered(won[0]))
      }
      // The whole append is refused, not only its answer; another decision and another session are free.
      let mixed = try await journal.append(
        [note("x"), note("no", answers: "D1")], to: "S1", expecting: 3, epoch: nil, request: "c")
      #expect(mixed == .answered(won[0]))
      #expect(try await journal.heads(of: "S1").first?.seq == 3)
      _ = try await journal.append([note("y", answers: "D2")], to: "S1", expecting: 3, epoch: nil, request: "d").added()
      _ = try await journal.append([note("z", answers: "D1")], to: "S2", expecting: 0, epoch: nil, request: "e").added()
    }
  }

  @Test("a lease is won by a higher epoch, and then fences the lower", arguments: Kind.allCases)
  func epochs(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      _ = try await journal.append([note("1")], to: "S1", expecting: 0, epoch: 1, request: "1").added()
      _ = try await journal.append([note("2")], to: "S1", expecting: 1, epoch: 1, request: "2").added()
      _ = try await journal.append([note("3")], to: "S1", expecting: 2, epoch: 5, request: "3").added()
      // Fenced comes before moved: whoever lost the lease must not read on and try again.
      for version in [2, 3] {
        let stale = try await journal.append([note("4")], to: "S1", expecting: version, epoch: 4, request: "4")
        #expect(stale == .fenced(by: 5))
      }
      // A person's process has no epoch and needs none.
      _ = try await journal.append([note("5")], to: "S1", expecting: 3, epoch: nil, request: "5").added()
      _ = try await journal.append([note("6")], to: "S1", expecting: 4, epoch: 5, request: "6").added()
      let head = try await journal.heads(of: "S1").first
      #expect(head?.epoch == 5)
      #expect(head?.seq == 5)
    }
  }

  @Test("two engines that take the same epoch at once: one has it, the other must read on", arguments: Kind.allCases)
  func race(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      async let first = journal.append([note("a")], to: "S1", expecting: 0, epoch: 1, request: "a")
      async let second = journal.append([note("b")], to: "S1", expecting: 0, epoch: 1, request: "b")
      let outcomes = try await [first, second]
      #expect(outcomes.filter { if case .appended = $0 { true } else { false } }.count == 1)
      #expect(outcomes.contains(.moved(to: 1)))
    }
  }

  static let hostile: [(String, String)] = [
    ("NUL", "a\0b\0"), ("carriage returns", "a\r\nb\rc\n"), ("NFC", "caf\u{e9}"), ("NFD", "cafe\u{301}"),
    ("bidirectional", "approve \u{202E}tcejer\u{202C}"), ("escape", "\u{1b}]52;c;?\u{7}\u{9b}"), ("empty", ""),
    ("many marks", "a" + String(repeating: "\u{301}", count: 10_000)), ("SQL", "D1');DROP TABLE event;--%s%n"),
    ("highest", "\u{10FFFF}\u{FFFE}\u{FEFF}"),
  ]

  @Test("every text comes back byte for byte", arguments: Kind.allCases, hostile)
  func bytes(kind: Kind, text: (String, String)) async throws {
    try await withJournal(kind) { (journal) async throws in
      let hostile = text.1
      let entry = JournalEntry(type: hostile, at: .min, by: hostile, answers: hostile, data: hostile)
      let added = try await journal.append([entry], to: "S1", expecting: 0, epoch: .max, request: "r" + hostile).added()
      let read = try await journal.read("S1", after: 0, limit: 1)
      for record in added + read {
        for field in [record.entry.type, record.entry.by, record.entry.answers ?? "missing", record.entry.data] {
          #expect(Array(field.utf8) == Array(hostile.utf8))
        }
        #expect(Array(record.request.utf8) == Array(("r" + hostile).utf8))
        #expect(record.entry.at == .min)
        #expect(record.epoch == .max)
      }
      let again = try await journal.append([note()], to: "S1", expecting: 0, epoch: nil, request: "r" + hostile)
      #expect(again == .repeated(added))
      let other = try await journal.append([entry], to: "S1", expecting: 1, epoch: nil, request: "other")
      #expect(other == .answered(added[0]))
    }
  }

  @Test("two spellings of one text are two requests and two decisions", arguments: Kind.allCases)
  func spellings(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      for (number, text) in ["caf\u{e9}", "cafe\u{301}"].enumerated() {
        let outcome = try await journal.append(
          [note("x", answers: text)], to: "S1", expecting: number, epoch: nil, request: text)
        #expect(try outcome.added().map(\.seq) == [number + 1])
      }
      let hashes = try await journal.history("S1").map(\.hash)
      #expect(Set(hashes).count == 2)
    }
  }

  @Test("a megabyte of data, and a hundred entries at once", arguments: Kind.allCases)
  func large(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      let megabyte = String(repeating: "0123456789abcdef", count: 1 << 16)
      var entries = (0..<100).map { note("\($0)") }
      entries[50].data = megabyte
      _ = try await journal.append(entries, to: "S1", expecting: 0, epoch: nil, request: "r").added()
      let read = try await journal.history("S1", page: 7)
      #expect(read.map(\.entry) == entries)
    }
  }

  @Test("what cannot be stored is refused in words", arguments: Kind.allCases)
  func limits(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      func refusal(_ entries: [JournalEntry], _ session: String, _ request: String) async -> String? {
        let found = await failure {
          _ = try await journal.append(entries, to: session, expecting: 0, epoch: nil, request: request)
        }
        return found?.refusal
      }
      for session in ["", ".", "..", ".hidden", "a/b", "a b", "a\0b", "ä", String(repeating: "x", count: 101)] {
        #expect(await refusal([note()], session, "r") != nil, "session \(session.debugDescription)")
        #expect(try await journal.read(session, after: 0, limit: 1).isEmpty)
        #expect(try await journal.heads(of: session).isEmpty)
      }
      #expect(await refusal([], "S1", "r") == "there is nothing to append")
      #expect(await refusal([note()], "S1", "") == "an append needs a request identifier")
      #expect(await refusal([note(answers: "D1"), note(answers: "D1")], "S1", "r")?.contains("twice") == true)
      let long = String(repeating: "x", count: JournalRules.longestData + 1)
      #expect(
        await refusal([JournalEntry(type: "t", at: 0, by: "b", data: long)], "S1", "r")?.contains("transcript") == true)
      #expect(await refusal([note()], "S1", String(repeating: "x", count: 65_537))?.contains("64 KiB") == true)
      #expect(try await journal.heads(of: nil).isEmpty)
      let longest = String(repeating: "x", count: 100)
      _ = try await journal.append([note()], to: longest, expecting: 0, epoch: nil, request: "r").added()
    }
  }

  @Test("64 answers at the same moment: one wins, the others learn of it", arguments: Kind.allCases)
  func manyAnswers(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      for round in 0..<5 {
        let outcomes = try await withThrowingTaskGroup(of: AppendOutcome.self) { group in
          for person in 0..<64 {
            group.addTask {
              try await journal.append(
                [note("\(person)", answers: "D\(round)")], to: "S1", expecting: round, epoch: nil,
                request: "\(round)-\(person)")
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        let winners = outcomes.compactMap { if case .appended(let records) = $0 { records[0] } else { nil } }
        #expect(winners.count == 1)
        for outcome in outcomes {
          if case .appended = outcome { continue }
          #expect(outcome == .answered(winners[0]))
        }
      }
      #expect(try await journal.history("S1").count == 5)
    }
  }

  @Test("appends from many tasks keep every chain", arguments: Kind.allCases)
  func concurrent(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      let sessions = ["A", "B", "C"]
      let tasks = 12
      let each = 15
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<tasks {
          group.addTask {
            var generator = SplitMix(seed: UInt64(task))
            var versions: [String: Int] = [:]
            var done = 0
            while done < each {
              let session = sessions[Int(generator.next() % 3)]
              let count = Int(generator.next() % 3) + 1
              let outcome = try await journal.append(
                (0..<count).map { note("\(task) \(done) \($0)") }, to: session, expecting: versions[session] ?? 0,
                epoch: nil, request: "\(task)-\(done)")
              switch outcome {
              case .appended(let records):
                versions[session] = records.last?.seq
                done += 1
              case .moved(let seq): versions[session] = seq
              default: Issue.record("unexpected \(outcome)")
              }
            }
          }
        }
        try await group.waitForAll()
      }
      var requests: Set<String> = []
      for session in sessions {
        var check = ChainCheck(session: session)
        for record in try await journal.history(session) {
          try check.accept(record)
          requests.insert(record.request)
        }
        #expect(try await journal.heads(of: session).first.map(\.hash) == check.hash)
      }
      #expect(requests.count == tasks * each)
    }
  }

  @Test("reading a session at the moment of its first append finds nothing or everything", arguments: Kind.allCases)
  func firstMoment(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      for number in 0..<100 {
        let session = "S\(number)"
        async let outcome = journal.append(
          [note("a"), note("b")], to: session, expecting: 0, epoch: nil, request: "r")
        var seen = try await journal.read(session, after: 0, limit: 10).count
        while seen == 0 { seen = try await journal.read(session, after: 0, limit: 10).count }
        #expect(seen == 2)
        _ = try await outcome.added()
      }
    }
  }

  @Test("every caller of changes() hears at once, and then of every append", arguments: Kind.allCases)
  func changes(kind: Kind) async throws {
    try await withJournal(kind) { (journal) async throws in
      var first = journal.changes().makeAsyncIterator()
      var second = journal.changes().makeAsyncIterator()
      #expect(await first.next() == .some(nil))
      #expect(await second.next() == .some(nil))
      try await journal.fill("S1", 1)
      // Wake-ups may be spurious, so each is followed by a look, as every caller does.
      while true {
        let heard = await first.next()
        #expect(heard == .some("S1") || heard == .some(nil))
        if try await journal.heads(of: "S1").first?.seq == 1 { break }
      }
      try await journal.fill("S2", 1)
      var heard: Set<String> = []
      while !heard.contains("S2") {
        guard let name = await second.next() else {
          Issue.record("the stream ended")
          return
        }
        if let name { heard.insert(name) }
      }
      #expect(heard.isSubset(of: ["S1", "S2"]))
    }
  }
}

/// A small seeded generator, so that a failing run can be repeated.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
