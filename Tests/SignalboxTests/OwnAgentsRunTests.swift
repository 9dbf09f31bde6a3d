import Foundation
import Testing

/// A person's own agents in the real program, from agents.yaml to the roster and back. Covers Crew and KeptCards.
@Suite(.serialized) struct OwnAgentsRunTests {
  @Test func aProgramOfOnesOwnTakesItsRoleAndItsFailureIsToldInFull() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    let answers = try program.write(approvals, to: "answers.yaml")
    // In the sandbox the machine's temporary folder is not seen, so the program is one of the system's.
    let agents = try program.write(
      """
      agents:
        - name: bumbler
          roles: [developer]
          kind: command
          command: [sh, -c, 'echo "{\\"type\\":\\"callback\\",\\"kind\\":\\"query\\",\\"text\\":\\"What now?\\"}"; echo I cannot >&2; exit 3']
      """, to: "agents.yaml")
    let run = try await program.run(
      "run", brief, "--headless", "--answers", answers, "--session", "own", "--agents", agents)
    #expect(run.status == 4, "\(run.words)")
    let shown = try await program.show("own")
    let roster = try #require(shown["agents"] as? [[String: Any]])
    #expect(roster.filter { $0["role"] as? String == "developer" }.map { $0["name"] as? String } == ["bumbler"])
    let tasks = try #require(shown["tasks"] as? [[String: Any]])
    let failed = try #require(tasks.first { ($0["error"] as? String)?.contains("I cannot") == true })
    #expect((failed["error"] as? String)?.contains("status 3") == true, "\(failed)")
    #expect(failed["agent"] as? String == "bumbler")
    // What its card says is on record, and holds: two attempts of its own, then nobody above it works, so a person is asked.
    let duties = try #require(shown["duties"] as? [[String: Any]])
    #expect(duties.map { $0["role"] as? String } == ["developer", "architect", "ship-manager"])
    #expect(duties.map { $0["atWork"] as? Bool } == [true, false, false])
    #expect(duties[0]["mandatoryGates"] as? [String] == ["types", "tests", "format", "lint", "coverage"])
    #expect((failed["failures"] as? [[String: Any]])?.map { $0["role"] as? String } == ["developer", "developer"])
    let escalations = try #require(failed["escalations"] as? [[String: Any]])
    #expect(escalations.map { $0["to"] as? String } == ["person"], "\(escalations)")
    let question = try #require(try await program.run("decisions", "--json").json() as? [[String: Any]])
    let body = question.compactMap { $0["body"] as? String }.joined()
    #expect(
      body.contains("Attempt 2 by bumbler (developer)") && body.contains("Escalated from developer to person"),
      "\(body)")
    #expect(try await program.run("show", "own").output.contains("escalated from developer to person because"))
    // Documents are still made by whoever makes them without agents.
    #expect(tasks.first { $0["id"] as? String == "plan" }?["state"] as? String == "done")
    let callbacks = try #require(try await program.run("callbacks", "own", "--json").json() as? [[String: Any]])
    #expect(callbacks.contains { $0["text"] as? String == "What now?" && $0["from"] as? String == "bumbler" })
    // How far it was contained is one event, and says the same wherever it is told.
    let reached = try await program.events("own").filter { $0["type"] as? String == "containment.reached" }
      .compactMap { ($0["data"] as? [String: Any])?["level"] as? String }
    #expect(reached.count == 1 && reached[0].hasPrefix("L"), "\(reached)")
    let containment = try #require(shown["containment"] as? [String: Any])
    #expect(containment["level"] as? String == reached[0] && containment["now"] as? String == reached[0])
    #expect(roster.first { $0["name"] as? String == "bumbler" }?["level"] as? String == reached[0])
    let report = try await program.run("report", "own").output
    let words = try #require(containment["words"] as? String)
    #expect(report.contains("**\(words) since "), "\(report)")
    // Who works is kept with the session, so that changing the file changes nothing under it.
    #expect(FileManager.default.fileExists(atPath: program.home + "/sessions/own/agents.yaml"))
  }

  @Test func aCardThatIsEditedChangesNothingUnderASessionAndIsToldOnce() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    func card(_ rest: String) throws {
      let text = "id: developer\ntitle: Developer\nreports-to: person\ncharter: Makes what the plan asks for.\n"
      _ = try program.write(text + rest, to: ".signalbox/roles/developer.yaml")
    }
    try card("forbidden:\n  - {action: Write keep-out.txt, why: It is not yours., paths: [keep-out.txt]}\n")
    let agents = try program.write(
      """
      agents:
        - {name: bold, roles: [developer], kind: command, command: [sh, -c, "echo mine > keep-out.txt"]}
      """, to: "agents.yaml")
    let first = try await program.run("run", brief, "--headless", "--session", "cards", "--agents", agents)
    #expect(first.status == 4, "\(first.words)")
    let kept = program.home + "/sessions/cards/roles/developer.yaml"
    #expect(try String(contentsOfFile: kept, encoding: .utf8).contains("keep-out.txt"))
    // Nothing is forbidden any more, says the file; the session goes on with what it began with.
    try card("")
    for _ in 0..<2 {
      let id = try #require(try await program.decisions().first?["id"] as? String)
      #expect(try await program.run("answer", id, "approve").status == 0)
      let run = try await program.run("run", brief, "--headless", "--session", "cards", "--agents", agents)
      #expect(run.status == 4, "\(run.words)")
    }
    let events = try await program.events("cards").map { ($0["type"] as? String, $0["data"] as? [String: Any] ?? [:]) }
    let told = events.filter { ($0.1["text"] as? String)?.contains("card of developer") == true }
    #expect(told.count == 1, "\(told)")
    #expect(told.first?.1["text"] as? String == "The card of developer was changed since; this session keeps its own.")
    let rejected = events.filter { $0.0 == "alert.raised" && $0.1["subject"] as? String == "keep-out.txt" }
    #expect(!rejected.isEmpty)
    #expect(rejected.allSatisfy { ($0.1["words"] as? String)?.contains("It is not yours.") == true }, "\(rejected)")
    // Kept cards that are damaged stop the engine; it never takes others instead.
    try Data("id: [".utf8).write(to: URL(fileURLWithPath: kept))
    let damaged = try await program.run("engine", "cards")
    #expect(damaged.status != 0 && damaged.words.contains("roles/developer.yaml"), "\(damaged.words)")
  }

  @Test func whatAKilledEngineLeavesGoesWithTheNextOne() async throws {
    var program = try Program()
    let temporary = program.folder + "/temporary"
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    program.variables = ["TMPDIR": temporary]
    let brief = try program.write(smallBrief, to: "brief.md")
    let answers = try program.write(approvals, to: "answers.yaml")
    let agents = try program.write(
      "agents:\n  - {name: sleeper, roles: [developer], kind: command, command: [sleep, '600']}\n", to: "agents.yaml")
    let words = ["run", brief, "--headless", "--answers", answers, "--session", "left", "--agents", agents]
    func left() throws -> Set<String> {
      let names = try FileManager.default.contentsOfDirectory(atPath: temporary)
      return Set(names.filter { $0.hasPrefix("signalbox-agent.") })
    }
    let engine = program.start(words)
    try await program.eventually { try !left().isEmpty }
    let living = try left()
    let doctor = try #require(try await program.run("doctor", "--json").json() as? [[String: Any]])
    #expect(try left().isSuperset(of: living), "It was taken from under an engine that lives.")
    #expect(doctor.contains { $0["name"] as? String == "left folders" && $0["ok"] as? Bool == true })
    Program.kill(engine)
    let abandoned = try left()
    #expect(abandoned.isSuperset(of: living))
    let next = program.start(words)
    defer { Program.kill(next) }
    try await program.eventually { try left().isDisjoint(with: abandoned) }
  }

  @Test func aFileOfAgentsThatMakesNoSenseBeginsNothing() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    let agents = try program.write("agents:\n  - name: x\n    roles: [wizard]\n    kind: command\n", to: "bad.yaml")
    let run = try await program.run("run", brief, "--headless", "--session", "none", "--agents", agents)
    #expect(run.status == 3, "\(run.words)")
    #expect(run.words.contains("bad.yaml:3:"), "\(run.words)")
    #expect(run.words.contains("wizard"))
    #expect(try await program.run("run", brief, "--headless", "--agents", "nowhere.yaml").status == 3)
    let list = try #require(try await program.run("list", "--json").json() as? [[String: Any]])
    #expect(list.isEmpty)
  }
}
