import Engine
import Foundation
import JournalSQLite
import Kernel
import Testing

/// What agents asked leave for, from the command line. Covers PermissionsCommand and the keys in SupervisionJSON.
@Suite(.serialized) struct PermissionsTests {
  @Test func whatWasLetPassIsListedAndAGrantCanBeEnded() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", brief, "--headless", "--session", "leave").status == 4)
    #expect(try await program.run("permissions", "leave").output == "No agent asked leave for anything.\n")
    // Two answers on record and a grant, as an agent's attempt leaves them.
    let journal = try SQLiteJournal(path: program.home + "/journal.db")
    let version = try await OpenSession.open("leave", in: journal).session.version
    let now = currentMoment()
    func record(_ number: Int, _ title: String, _ allowed: Bool, by: String, decision: String? = nil) -> Fact {
      .permissionAnswered(
        PermissionRecord(
          task: "plan", attempt: 1, number: number, agent: "writer", title: title, isAllowed: allowed,
          answer: allowed ? "Yes, proceed" : "No", by: by, decision: decision))
    }
    let facts: [Fact] = [
      record(1, "Write plan.md", true, by: "rule of the card planner: its own files"),
      record(2, "Run rm -rf\u{1b}[2J build", false, by: "ana", decision: "leave-D1"),
      .grantGiven(
        StandingGrant(
          id: "G-1", scope: .command("pytest -q"), task: "nowhere", until: now + 60_000, by: "ana", at: now,
          decision: "leave-D1")),
    ]
    let entries = facts.map { EventCoding.entry(for: Event(at: now, by: "engine", fact: $0)) }
    _ = try await journal.append(entries, to: "leave", expecting: version, epoch: nil, request: "test")
    let text = try await program.run("permissions", "leave").output
    #expect(
      text.contains("writer: Write plan.md\n   allowed by rule of the card planner: its own files: “Yes, proceed”"))
    #expect(text.contains("refused by ana, leave-D1: “No”  (plan, attempt 1)"))
    #expect(text.contains("G-1  over  the command “pytest -q”\n   for nowhere until "), "\(text)")
    #expect(!text.contains("\u{1b}"))
    let json = try #require(try await program.run("permissions", "leave", "--json").json() as? [String: Any])
    let rows = try #require(json["permissions"] as? [[String: Any]])
    #expect(rows.map { $0["source"] as? String } == ["rule", "person"])
    #expect(rows.map { $0["state"] as? String } == ["allowed", "refused"])
    let shown = try await program.show("leave")
    #expect((shown["permissions"] as? [[String: Any]])?.count == 2)
    #expect((shown["grants"] as? [[String: Any]])?.first?["state"] as? String == "over")
    // Nobody revokes from inside a task, and nobody what does not exist.
    let inside = try await Program.run(
      "env", ["SIGNALBOX_TASK=plan", Program.path, "revoke", "leave", "G-1"], in: program.folder,
      environment: program.environment)
    #expect(inside.status == 3 && inside.words.contains("from inside a task"), "\(inside.words)")
    let absent = try await program.run("revoke", "leave", "G-9")
    #expect(absent.status == 3 && absent.words.contains("These stand: G-1."), "\(absent.words)")
    #expect(try await program.run("revoke", "leave", "G-1", "--reason", "It ran too often.").status == 0)
    #expect(try await program.run("permissions", "leave").output.contains("G-1  revoked: It ran too often."))
    let again = try await program.run("revoke", "leave", "G-1")
    #expect(again.status == 0 && again.output == "G-1 had ended before: It ran too often.\n")
  }
}
