import Foundation
import Testing

/// Every scenario, rehearsed on the real engine: without a console by the answers of the script, and by keys in a real
/// terminal. Covers DrillCommand, DrillStage, ScriptedFaults, ScriptedPerson, Drill, DrillReading, LibraryDrills.
@Suite(.serialized) struct DrillTests {
  @Test(arguments: 1...10) func aDrillPlaysItselfByItsScript(_ scenario: Int) async throws {
    let program = try Program()
    let played = try await program.run("drill", String(scenario), "--headless", "--keep")
    #expect(played.status == 0, "\(played.words)")
    let stage = try stage(of: played)
    let session = "drill-\(scenario)"
    let shown = try await stage.show(session)
    #expect(shown["state"] as? String == (scenario == 8 ? "aborted" : "completed"))
    #expect(try await stage.run("verify", session).status == 0)
    let events = try await stage.events(session)
    let raised = events.filter { $0["type"] as? String == "decision.raised" }
      .compactMap { $0["data"] as? [String: Any] }
    #expect(raised.contains { $0["scenario"] as? Int == scenario })
    try await check(scenario, events: events, shown: shown, stage: stage, session: session)
    try? FileManager.default.removeItem(atPath: stage.folder)
  }

  /// The place a kept drill was played in, as a program to look at it with.
  private func stage(of played: Program.Result) throws -> Program {
    let line = try #require(played.words.split(separator: "\n").first { $0.hasPrefix("Kept in ") })
    return try Program(at: String(line.dropFirst("Kept in ".count).dropLast()))
  }

  /// What each scenario must have left besides: in the journal, in the workspace, in the report.
  private func check(
    _ scenario: Int, events: [[String: Any]], shown: [String: Any], stage: Program, session: String
  ) async throws {
    func happened(_ type: String) -> [[String: Any]] {
      events.filter { $0["type"] as? String == type }.compactMap { $0["data"] as? [String: Any] }
    }
    let workspace = try #require(shown["workspace"] as? String)
    func text(_ path: String) -> String {
      (try? String(contentsOfFile: workspace + "/" + path, encoding: .utf8)) ?? ""
    }
    switch scenario {
    case 1:
      let asked = try #require(happened("decision.raised").first)
      #expect((asked["fields"] as? [[String: Any]])?.count == 3)
      #expect(happened("brief.amended").count == 1)
    case 2:
      #expect(happened("rule.settled").first?["how"] as? String == "adopted")
      #expect(text("artifacts/requirements/requirements-intake.md").contains("over HTTP"))
    case 3:
      #expect(happened("task.failed").count == 3)
      #expect(
        happened("task.retried").first?["guidance"] as? String == "Give the fixture a Redis container in conftest.py.")
    case 4:
      let waiver = try #require((shown["waivers"] as? [[String: Any]])?.first)
      #expect(waiver["state"] as? String == "standing")
      #expect(waiver["until"] as? String == "stage 4 runs again")
      let gates = try #require(shown["gates"] as? [[String: Any]])
      #expect(gates.first { $0["id"] as? String == "coverage" }?["state"] as? String == "waived")
    case 5: #expect((shown["postponed"] as? [[String: Any]])?.count == 1)
    case 6:
      #expect(happened("dependency.awaited").count == 1)
      #expect(happened("dependency.restored").count == 1)
    case 7:
      let back = try #require(happened("files.restored").first)
      #expect((back["removed"] as? Int ?? 0) > 10)
      #expect((shown["rollbacks"] as? [[String: Any]])?.count == 1)
      // The plan was approved twice: the first approval fell with what it rested on.
      #expect(happened("stage.approved").filter { $0["stage"] as? Int == 3 }.count == 2)
    case 8:
      #expect(!text("artifacts/reports/partial-qa-report.md").isEmpty)
      #expect(happened("session.aborted").count == 1)
      let late = try await stage.run("resume", session)
      #expect(late.status == 3)
    case 9: #expect((shown["risks"] as? [[String: Any]])?.count == 1)
    default:
      #expect(happened("task.failed").count == 4)
      #expect(happened("task.skipped").count == 1)
    }
  }

  @Test func theListTellsAllTen() async throws {
    let listed = try await Program().run("drill")
    #expect(listed.status == 0)
    for number in 1...10 { #expect(listed.output.contains("\(number)  "), "\(number)") }
  }

  @Test func anUnknownDrillIsRefusedWithThoseThereAre() async throws {
    let refused = try await Program().run("drill", "11", "--headless")
    #expect(refused.status == 3)
    #expect(refused.words.contains("01-incomplete-brief"))
  }
}

/// The same ten by keys alone, as a person plays them.
@Suite(.serialized) struct DrillKeysTests {
  /// What a person does in a drill besides the approvals.
  private func play(_ scenario: Int, on terminal: Multiplexer) async throws {
    let approvals = ["Is this what you asked for?", "Shall it be built like this?"]
    let session = "drill-\(scenario)"
    switch scenario {
    case 1:
      try await terminal.decide(
        "The brief leaves something open", "f",
        fields: ["Three people lose notes; success is that nobody asks twice.", "1", "none"])
    case 2: try await terminal.decide("Services reach data over HTTP only", "y")
    default: break
    }
    for title in approvals { try await terminal.decide(title, "y") }
    switch scenario {
    case 3: try await terminal.decide("Use cases did not succeed", "r", note: "Give the fixture a Redis container.")
    case 4:
      try await terminal.decide(
        "Coverage: required 60%", "w", fields: ["stage 4", "Every refund is checked by hand.", ""],
        note: "The refund code is replaced next month.")
    case 5:
      try await terminal.shows("Now: Use cases")
      try await terminal.press("C")
      // What shall be different has the keys from the beginning.
      try await terminal.shows("Change what \(session) shall be?")
      try await terminal.type("People can chat about a note.")
      try await ask(on: terminal)
      try await terminal.decide("A change of Functional requirements", "d", note: "Not urgent.")
    case 6:
      try await terminal.decide("does not answer", "w", within: 120)
    // The gates follow at once; that it was back is in the journal.
    case 7:
      try await terminal.shows("Now: Use cases")
      try await terminal.press("R")
      try await terminal.shows("Go back in \(session)?")
      for _ in 0..<4 { try await terminal.press("Down") }
      try await terminal.shows("(o) 3 Architecture")
      try await terminal.press("Tab")
      try await terminal.type("The plan asks for too much.")
      try await ask(on: terminal)
      try await terminal.decide("Go back to stage 3", "b", confirm: session)
      try await terminal.decide("Shall it be built like this?", "y")
    case 8:
      try await terminal.shows("Now: Use cases")
      try await terminal.press("X")
      try await terminal.shows("End \(session)?")
      try await terminal.press("Tab")
      try await terminal.type("The project was stopped.")
      try await ask(on: terminal)
      try await terminal.decide("Stop this session?", "a", confirm: session)
      try await terminal.shows("Ended by")
      return
    case 9: try await terminal.decide("Compliance needs", "k", note: "A demonstration.", within: 60)
    case 10:
      try await terminal.decide("Use cases did not succeed", "r")
      try await terminal.decide("goes round in circles", "d", note: "By hand, later.")
      try await terminal.decide(
        "Coverage: required", "w", fields: ["", "", ""], note: "The part is missing.", within: 120)
    default: break
    }
    try await terminal.decide("Do you take over the result?", "y", within: 120)
    try await terminal.shows("every stage is complete", within: 60)
  }

  /// Leaves a dialog's text for its buttons, and takes the one that asks.
  private func ask(on terminal: Multiplexer) async throws {
    try await terminal.press("Tab")
    try await terminal.press("Right")
    try await terminal.shows("[► Ask the question ]")
    // Enter counts only after a third of a second without a key, which nothing but time can bring.
    try await Task.sleep(for: .seconds(1))
    try await terminal.press("Enter")
    try await terminal.shows("needs you")
  }

  @Test(arguments: 1...10) func aPersonPlaysADrillByKeys(_ scenario: Int) async throws {
    let program = try Program()
    let terminal = try await Multiplexer(program, columns: 120, rows: 40, "drill \(scenario) --keep")
    do {
      try await play(scenario, on: terminal)
    } catch {
      await terminal.close()
      throw error
    }
    try await terminal.press("q")
    await terminal.close()
  }
}
