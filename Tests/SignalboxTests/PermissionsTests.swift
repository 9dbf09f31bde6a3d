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

  @Test func aGrantIsEndedByKeysAlone() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", brief, "--headless", "--session", "keys").status == 4)
    let journal = try SQLiteJournal(path: program.home + "/journal.db")
    let version = try await OpenSession.open("keys", in: journal).session.version
    let now = currentMoment()
    let facts: [Fact] = [
      .taskCreated(
        TaskRecord(
          id: "extra", title: "Extra", stage: 3, substage: nil, role: "developer", performer: "agent:writer",
          expectedFiles: [], maxAttempts: 1)),
      .grantGiven(
        StandingGrant(
          id: "G-1", scope: .command("pytest -q"), task: "extra", until: now + 600_000, by: "ana", at: now,
          decision: "keys-D1")),
    ]
    let entries = facts.map { EventCoding.entry(for: Event(at: now, by: "engine", fact: $0)) }
    _ = try await journal.append(entries, to: "keys", expecting: version, epoch: nil, request: "test")
    let terminal = try await Multiplexer(program, columns: 100, rows: 30)
    try await terminal.shows("keys")
    try await terminal.press("Enter")
    try await terminal.shows("Needs you")
    try await terminal.press("V")
    let asked = try await terminal.shows("Revoke a grant in keys?")
    #expect(asked.contains("G-1 the command") && asked.contains("pytest -q"), "\(asked)")
    try await terminal.press("Tab")
    try await terminal.type("It ran too often.")
    try await terminal.press("Enter", "Right")
    // Keys count once they have rested; one that comes too early is refused with a word.
    for _ in 0..<20 where try await !terminal.screen().contains("G-1 is revoked") {
      try await Task.sleep(for: .milliseconds(700))
      try await terminal.press("Enter")
    }
    try await terminal.shows("G-1 is revoked")
    #expect(try await program.run("permissions", "keys").output.contains("G-1  revoked: It ran too often."))
    let ended = try #require(try await program.events("keys").last { $0["type"] as? String == "grant.ended" })
    #expect(ended["by"] as? String == NSUserName())
    await terminal.close()
  }
}
