import Foundation
import Testing

/// What supervision has on record, from the command line: callbacks, blockers, incidents, health, files and what changed in
/// them. Covers Supervising, FileComparison, Integrity, SupervisionJSON.
@Suite(.serialized) struct SupervisionRunTests {
  /// A session of the seven stages that waits for its intake to be approved.
  private func waiting(_ name: String) async throws -> Program {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", brief, "--headless", "--session", name).status == 4)
    return program
  }

  @Test func whatIsSaidIsTakenInAnsweredAndKept() async throws {
    let program = try await waiting("talk")
    #expect(try await program.run("callbacks").output == "Nothing was said to the supervisor.\n")
    let text = "Is the due date a calendar day?\nThe brief says \"in time\"; I assume midnight."
    let said = try await program.run(
      "callback", "talk", "--text", text, "--kind", "clarification", "--from", "developer01", "--urgency", "high")
    #expect(said.status == 0 && said.output == "talk/C-1 was taken in.\n", "\(said.words)")
    let list = try #require(try await program.run("callbacks", "talk", "--json").json() as? [[String: Any]])
    #expect(list.count == 1)
    #expect(list.first?["text"] as? String == text)
    #expect(list.first?["from"] as? String == "developer01")
    #expect(try await program.run("callbacks").output.contains("reply with `signalbox reply talk/C-1 TEXT`"))
    // From inside a task nobody answers, and nobody speaks as the engine.
    let inside = try await Program.run(
      "env", ["SIGNALBOX_TASK=plan", Program.path, "reply", "C-1", "yes"], in: program.folder,
      environment: program.environment)
    #expect(inside.status == 3, "\(inside.words)")
    #expect(try await program.run("callback", "talk", "--text", "x", "--from", "engine").status == 3)
    #expect(try await program.run("callback", "talk", "--text", "x", "--task", "unicorn").status == 3)
    let answered = try await program.run("reply", "C-1", "Yes, midnight in the library's own time zone.")
    #expect(answered.status == 0, "\(answered.words)")
    #expect(try await program.run("reply", "talk/C-1", "No.").status != 0)
    #expect(try await program.run("reply", "C-9", "No.").status == 3)
    let after = try await program.run("callbacks", "talk").output
    #expect(after.contains("answered by") && after.contains("> Yes, midnight in the library's own time zone."))
    #expect(!after.contains("reply with"))
    // An obstacle that somebody reports is a blocker with an owner and a history.
    #expect(
      try await program.run("callback", "talk", "--text", "No test data.", "--kind", "blocker", "--from", "tester01")
        .status == 0)
    let blockers = try await program.run("blockers", "talk")
    #expect(blockers.output.contains("| No test data."), "\(blockers.words)")
    #expect(blockers.output.contains("owner "))
    #expect(try await program.run("incidents", "talk").output == "No sub-stage failed as a whole.\n")
    #expect(try await program.run("incidents", "talk", "I-1").status == 3)
    let health = try #require(try await program.run("health", "talk", "--json").json() as? [String: Any])
    #expect(health["session"] as? String == "talk")
    #expect(health["score"] as? Int == 100, "\(health)")
    #expect(health["metrics"] as? [String: Any] != nil)
    #expect(try await program.run("health", "talk").output.hasPrefix("health 100 of 100\n"))
    // T18: a name that would steer a terminal is marks on one, and the same name for a program.
    let name = "x\u{1B}[31m\u{9B}2J\u{202E}y"
    let spoken = try await program.run("callback", "talk", "--text", "Who am I?", "--from", name)
    #expect(spoken.status == 0, "\(spoken.words)")
    for words in [["callbacks", "talk"], ["events", "talk"], ["events", "talk", "--json"], ["callbacks", "--json"]] {
      let told = try await Program.run(
        Program.path, words, in: program.folder, environment: program.environment)
      let steering = told.output.unicodeScalars.filter { ["\u{1B}", "\u{9B}", "\u{202E}"].contains($0) }
      #expect(steering.isEmpty, "\(words) print what steers a terminal")
      if words == ["callbacks", "talk"] { #expect(told.output.contains("x^[[31m"), "\(told.output)") }
      guard words == ["callbacks", "--json"] else { continue }
      let rows = try #require(try told.json() as? [[String: Any]])
      #expect(rows.contains { $0["from"] as? String == name })
    }
  }

  @Test func filesAreHeldAgainstTheRecordAndTheirChangesAreShown() async throws {
    let program = try await waiting("held")
    let workspace = try #require(try await program.show("held")["workspace"] as? String)
    func files() async throws -> [String: String] {
      let shown = try #require(try await program.run("files", "held", "--json").json() as? [String: Any])
      let rows = try #require(shown["files"] as? [[String: Any]])
      return Dictionary(
        uniqueKeysWithValues: rows.map { ($0["path"] as? String ?? "", $0["integrity"] as? String ?? "") })
    }
    let intake = "artifacts/requirements/requirements-intake.md"
    #expect(try await files()[intake] == "ok")
    let new = try await program.run("files", "held", "--diff", intake)
    #expect(new.output.hasPrefix("--- \(intake)  nothing: it did not exist before\n"), "\(new.words)")
    #expect(new.output.contains("\n@@ -0,0 +1,"))
    // Somebody edits one file, makes another and takes a third away.
    let path = "\(workspace)/\(intake)"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try (text + "\u{1b}[2JOne line more.\n").write(toFile: path, atomically: true, encoding: .utf8)
    try Data([0, 1, 2]).write(to: URL(fileURLWithPath: "\(workspace)/bytes.bin"))
    let states = try await files()
    #expect(states[intake] == "drifted")
    #expect(states["bytes.bin"] == "unexpected")
    let changed = try await program.run("files", "held", "--diff", intake)
    #expect(changed.output.contains("as accepted, in checkpoint"), "\(changed.words)")
    #expect(changed.output.contains("\n+\u{FFFD}[2JOne line more.\n"), "\(changed.words)")
    let lines = changed.output.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("-") } == 1 && lines.count { $0.hasPrefix("+") } == 2)
    let bytes = try await program.run("files", "held", "--diff", "bytes.bin")
    #expect(bytes.output.contains("It is no text"), "\(bytes.words)")
    #expect(bytes.output.contains("no task of this session left it"))
    try FileManager.default.removeItem(atPath: path)
    #expect(try await files()[intake] == "missing")
    let gone = try await program.run("files", "held", "--diff", intake, "--json")
    let json = try #require(try gone.json() as? [String: Any])
    #expect(json["after"] as? String == "nothing: it is gone")
    #expect((json["lines"] as? [String])?.dropFirst().allSatisfy { $0.hasPrefix("-") } == true)
    let unknown = try await program.run("files", "held", "--diff", "unicorn.txt")
    #expect(unknown.status == 3)
    #expect(unknown.words.contains("`signalbox files held` lists them"))
  }
}
