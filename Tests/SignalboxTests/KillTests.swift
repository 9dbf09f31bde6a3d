import Foundation
import Glibc
import Testing

/// Kills the engine without a word, again and again, at random moments, in every stage: no acknowledged answer is lost,
/// no step is lost, and none is done twice unseen. Covers EngineLaunch, Working, Supervisor, Lease, SQLiteJournal.
@Suite(.serialized) struct KillTests {
  /// SplitMix64; a failing run prints its seed, SIGNALBOX_SEED replays it.
  struct Dice {
    var state: UInt64
    mutating func next(_ limit: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }
  }

  /// How many kills are tried: 200 unless `SIGNALBOX_KILLS` says otherwise.
  private static let wanted = ProcessInfo.processInfo.environment["SIGNALBOX_KILLS"].flatMap(Int.init) ?? 200

  @Test func twoHundredKillsLoseNothing() async throws {
    let seed =
      ProcessInfo.processInfo.environment["SIGNALBOX_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...9_999_999)
    var dice = Dice(state: seed)
    let program = try Program()
    // The gates' tools take seconds; a workflow of the person's own, with the same stages and quick gates, is killed more
    // often in each of them.
    _ = try program.write(QuickWorkflow.text, to: ".signalbox/workflows/quick.yaml")
    let brief = try program.write(smallBrief, to: "brief.md")
    var kills = 0
    var killedIn: Set<Int> = []
    var acknowledged: [String: String] = [:]
    var round = 0
    let stages: Set<Int> = [2, 3, 4, 5, 6]
    while kills < Self.wanted || (!killedIn.isSuperset(of: stages) && kills < 400) {
      round += 1
      let session = "kill-\(round)"
      // The session is created by a process of its own that ends by itself; the engine is what is killed.
      let begun = try await program.run("run", brief, "--detach", "--workflow", "quick", "--session", session)
      #expect(begun.status == 0, "seed \(seed): \(begun.words)")
      var state = "running"
      var own = 0
      var refused = ""
      while state != "completed" {
        let engine = program.start("engine", session)
        wait(forAppends: dice.next(5), to: session, of: program, atMost: dice.next(300))
        Program.kill(engine)
        kills += 1
        own += 1
        let shown = try await program.show(session)
        if let stage = shown["stage"] as? Int { killedIn.insert(stage) }
        state = try #require(shown["state"] as? String)
        for id in shown["decisions"] as? [String] ?? [] {
          var answer = try await program.run("answer", id, "approve")
          if answer.status != 0 {
            // What was lost with its engine more than three times is not tried again without a person.
            answer = try await program.run("answer", id, "other-way", "--note", "The engine was killed on purpose.")
          }
          if answer.status == 0 { acknowledged[id] = session }
          refused = answer.status == 0 ? "" : answer.words
        }
        guard own < 300 else {
          Issue.record("seed \(seed): \(session) does not come to an end; it is \(state). \(refused)")
          return
        }
      }
      let events = try await program.events(session)
      try check(events, seed: seed)
      let answered = Set(
        events.filter { $0["type"] as? String == "decision.answered" }
          .compactMap { ($0["data"] as? [String: Any])?["decision"] as? String })
      let owed = acknowledged.filter { $0.value == session }.map(\.key)
      #expect(Set(owed).isSubset(of: answered), "seed \(seed)")
      let verified = try await program.run("verify", session)
      #expect(verified.status == 0, "seed \(seed): \(verified.words)")
    }
    #expect(killedIn.isSuperset(of: stages), "seed \(seed): killed in the stages \(killedIn.sorted())")
  }

  /// Waits until the session's anchor was synced some times more, which each append does last; with none, or when the
  /// engine has nothing to append, until some milliseconds have passed.
  private func wait(forAppends count: Int, to session: String, of program: Program, atMost milliseconds: Int) {
    func mark() -> [Int] {
      var status = stat()
      guard stat(program.home + "/journal.db.anchors/" + session, &status) == 0 else { return [] }
      return [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
    var last = mark()
    var seen = 0
    // An engine needs a moment to begin; one that waits for a person never appends.
    let patience = count == 0 ? milliseconds : 1_500
    for _ in 0..<patience where count == 0 || seen < count {
      usleep(1_000)
      let now = mark()
      if now != last { seen += 1 }
      last = now
    }
  }

  /// No effect began twice under one attempt; sequence numbers have no gap; every decision has at most one answer.
  private func check(_ events: [[String: Any]], seed: UInt64) throws {
    #expect(events.compactMap { $0["seq"] as? Int } == Array(1...events.count), "seed \(seed)")
    var begun: Set<String> = []
    var answered: Set<String> = []
    for event in events {
      let data = try #require(event["data"] as? [String: Any])
      switch event["type"] as? String {
      case "effect.started":
        let effect = try #require(data["effect"] as? [String: Any])
        let name = "\(effect["kind"] ?? "") \(effect["subject"] ?? "") \(effect["attempt"] ?? "")"
        #expect(begun.insert(name).inserted, "seed \(seed): \(name) began twice")
      case "decision.answered":
        let id = try #require(data["decision"] as? String)
        #expect(answered.insert(id).inserted, "seed \(seed): \(id) was answered twice")
      default: break
      }
    }
  }

  @Test func aFrozenEngineIsReplacedAndStopsWhenItWakes() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", brief, "--headless", "--session", "frozen").status == 4)
    let first = program.start("engine", "frozen")
    try await program.eventually { try await program.show("frozen")["engine"] is [String: Any] }
    Glibc.kill(first, SIGSTOP)
    try await program.eventually {
      let stat = try String(contentsOfFile: "/proc/\(first)/stat", encoding: .utf8)
      return stat.contains(") T ")
    }
    let second = program.start("engine", "frozen")
    try await program.eventually {
      let engine = try await program.show("frozen")["engine"] as? [String: Any]
      return (engine?["holder"] as? String)?.contains("process \(second) ") == true
    }
    Glibc.kill(first, SIGCONT)
    let status = Program.ended(first)
    #expect((status >> 8) & 0xff == 3)
    let log = try String(contentsOfFile: program.folder + "/out.log", encoding: .utf8)
    #expect(log.contains("process \(second) ") && log.contains("took the session over"))
    Program.kill(second)
  }

  @Test func aSecondEngineIsToldWhoHoldsTheSession() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", brief, "--headless", "--session", "held").status == 4)
    let first = program.start("engine", "held")
    try await program.eventually { try await program.show("held")["engine"] is [String: Any] }
    let second = try await program.run("engine", "held")
    #expect(second.status == 3)
    #expect(second.words.contains("\(first)"))
    Glibc.kill(first, SIGTERM)
    #expect(Program.ended(first) == 0)
    #expect(try await program.show("held")["engine"] is NSNull)
  }

  @Test func ofManyAnswersAtOnceOneWinsAndTheOthersAreTold() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", brief, "--headless", "--session", "race").status == 4)
    let id = try #require(try await program.decisions().first?["id"] as? String)
    let results = try await withThrowingTaskGroup(of: Program.Result.self) { group in
      for _ in 0..<8 { group.addTask { try await program.run("answer", id, "approve") } }
      var all: [Program.Result] = []
      for try await result in group { all.append(result) }
      return all
    }
    #expect(results.filter { $0.status == 0 }.count == 1)
    for loser in results where loser.status != 0 {
      #expect(loser.status == 3)
      #expect(loser.words.contains("already answered by \(NSUserName())"))
    }
  }
}
