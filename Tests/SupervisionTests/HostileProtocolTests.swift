import Engine
import Foundation
import Kernel
import Testing

/// What a hostile agent tries over the protocol; each try is refused, told, and changes nothing.
extension AgentRunTests {
  private func notes(_ team: ScriptedTeam) async throws -> String {
    try await team.notes().joined(separator: "\n")
  }

  @Test("D14: of 500 questions at once 16 are open, and every other one is refused and on record")
  func flood() async throws {
    let team = try team { attempt, root in
      attempt == 1 ? "flood 500\nwrite \(root)/src/notes.txt words" : "write \(root)/src/notes.txt words"
    }
    let session = try await run(team)
    #expect(session.state == .completed)
    #expect(transcript(team).contains("flood: 484 answered, 0 allowed"), "\(transcript(team).suffix(2_000))")
    let asked = session.decisions.filter { $0.situation == Decision.permissionSituation }
    #expect(asked.count == 16)
    #expect(asked.allSatisfy { $0.answer == nil && $0.withdrawn != nil })
    let told = session.permissions.filter { !$0.isAllowed && $0.by == "the limit of open questions" }.count
    let notes = try await notes(team)
    #expect(told > 0 && (told == 484 || notes.contains("requests too many")), "\(told) \(notes)")
  }

  @Test("X1, X2, X4: no path and no link leads out of the workspace")
  func paths() async throws {
    let team = try team { attempt, root in
      attempt > 1
        ? "write \(root)/src/notes.txt words"
        : """
        read /etc/passwd
        read /proc/self/root/etc/passwd
        read /dev/stdin
        read \(root)/../secret.txt
        read \(root)/src/../../secret.txt
        read \(root)/src/x\\0.evil
        read secret.txt
        link \(root)/../secret.txt \(root)/src/soft.txt
        read \(root)/src/soft.txt
        slip \(root)/src/soft.txt overwritten
        link \(root)/.. \(root)/src/up
        read \(root)/src/up/secret.txt
        slip \(root)/src/up/secret.txt overwritten
        hard \(root)/../secret.txt \(root)/src/hard.txt
        read \(root)/src/hard.txt
        slip \(root)/src/hard.txt overwritten
        write \(root)/src/notes.txt words
        """
    }
    let secret = URL(fileURLWithPath: team.root).deletingLastPathComponent().appendingPathComponent("secret.txt")
    try Data("canary".utf8).write(to: secret)
    let session = try await run(team)
    let words = transcript(team)
    #expect(session.state == .completed, "\(words)")
    #expect(!words.contains("canary") && !words.contains("root:"), "\(words)")
    #expect(words.components(separatedBy: "'message'").count == 11, "\(words)")
    #expect(words.components(separatedBy: "Z not written: ").count == 4, "\(words)")
    #expect(try String(contentsOf: secret, encoding: .utf8) == "canary")
    #expect(try await notes(team).contains("reached for /etc/passwd, outside its workspace"))
    let failure = try #require(session.task("notes")?.failedAttempts.first)
    for name in ["src/soft.txt", "src/up", "src/hard.txt"] {
      #expect(failure.message.contains(name), "\(failure.message)")
      #expect(!FileManager.default.fileExists(atPath: "\(team.root)/\(name)"))
    }
  }

  @Test("X6: a name that only looks like an allowed one, or unlike a forbidden one, is asked about")
  func twins() async throws {
    var card = AgentRunTests.card
    card.allowed.writes = ["src/notes.txt", "caf\u{e9}/**"]
    let team = try team(
      { _, root in
        """
        slip \(root)/cafe\u{301}/menu.txt x
        slip \(root)/Migrations/one.py x = 1
        slip \(root)/SRC/notes.txt x
        write \(root)/src/notes.txt words
        """
      }, card: card)
    let session = try await run(team, answering: "Refuse")
    #expect(session.state == .completed, "\(transcript(team))")
    #expect(
      Set(try team.files().keys).isDisjoint(with: ["cafe\u{301}/menu.txt", "Migrations/one.py", "SRC/notes.txt"]))
    let refused = session.permissions.filter { !$0.isAllowed }
    #expect(refused.count == 3)
    #expect(refused.allSatisfy { $0.by == "ada" || $0.by.hasPrefix("rule") }, "\(refused)")
  }

  @Test("F50: what is told and asked in another session's name is not taken, and said")
  func strangers() async throws {
    let team = try team { _, root in "stranger \(root)/src/strange.txt\nwrite \(root)/src/notes.txt words" }
    let session = try await run(team)
    #expect(session.state == .completed)
    #expect(!transcript(team).contains("ANOTHER SPEAKS"))
    #expect(try team.files()["src/strange.txt"] == nil)
    let told = try await notes(team)
    #expect(told.contains("another session"), "\(told)")
  }

  @Test("D2: the desk's road leads to the desk's tools and to no decision; who lacks the token is turned away and told")
  func desk() async throws {
    let team = try team({ _, root in "desk\nwrite \(root)/src/notes.txt words" }, hasDesk: true)
    let session = try await run(team)
    let words = transcript(team)
    #expect(session.state == .completed, "\(words)")
    #expect(words.contains("desk wrong hello: closed"), "\(words)")
    #expect(words.contains("desk wrong call: closed"), "\(words)")
    #expect(words.components(separatedBy: "There is no tool").count == 5, "\(words)")
    #expect(words.contains("desk right answer: "), "\(words)")
    #expect(session.decisions.allSatisfy { $0.answer == nil })
    #expect(try await notes(team).contains("without the token"))
  }

  @Test("D10: an answer to another question, to an older one, or in another session is refused")
  func replayed() async throws {
    let team = try team { _, root in "write \(root)/requirements.txt x\nwrite \(root)/src/notes.txt words" }
    try await team.begin()
    let running = Task { try await team.supervisor(waits: true).run("team") }
    var question: Decision?
    for await _ in team.journal.changes() {
      question = try await team.session().openDecisions.first { $0.situation == Decision.permissionSituation }
      if question != nil { break }
    }
    let decision = try #require(question)
    var other = decision
    other.digest = String(decision.digest.reversed())
    await #expect(throws: Refusal.self) { try await team.answer(other, "choice-2") }
    other = decision
    other.id = "other-D1"
    await #expect(throws: Refusal.self) { try await team.answer(other, "choice-2") }
    #expect(try await team.session().decision(decision.id)?.isOpen == true)
    try await team.answer(decision, "choice-2")
    // Once it was answered, the same answer is a second one.
    await #expect(throws: (any Error).self) {
      var open = try await OpenSession.open("team", in: team.journal)
      let again = Answer(decision: decision.id, option: "choice-3", digest: decision.digest, note: "x")
      try await open.submit(Order(at: currentMoment(), by: "alice", demand: .answer(again)), request: "again")
    }
    for await _ in team.journal.changes() where try await team.session().state == .completed { break }
    _ = try await running.value
    let session = try await team.session()
    #expect(session.decision(decision.id)?.answer?.option == "choice-2")
    #expect(session.decision(decision.id)?.answer?.by == "ada")
  }
}
