import Foundation
import Glibc
import Testing

/// Going back, undoing, pausing and ending with the real program, also when it is killed in the middle. Covers Acting,
/// Foreseen, WorkspaceFacts, Supervisor, Restore, PlaybooksCommand.
@Suite(.serialized) struct RecoveryRunTests {
  /// Every file below a folder with its content, as `find` and `sha256sum` see them.
  private func files(below folder: String, _ program: Program) async throws -> String {
    try await Program.run(
      "sh", ["-c", "cd '\(folder)' && find . -type f -print0 | sort -z | xargs -0 sha256sum"], in: program.folder,
      environment: program.environment
    ).output
  }

  /// A session of the quick workflow that waits for the sign-off: the code is made, the gates have passed.
  private func waiting(_ program: Program, _ session: String) async throws -> String {
    _ = try program.write(QuickWorkflow.text, to: ".signalbox/workflows/quick.yaml")
    let brief = try program.write(smallBrief, to: "brief.md")
    let answers = try program.write(
      approvals.replacingOccurrences(of: "  - playbook: sign-off\n    option: approve", with: ""), to: "answers.yaml")
    let run = try await program.run(
      "run", brief, "--headless", "--workflow", "quick", "--session", session, "--answers", answers)
    #expect(run.status == 4, "\(run.words)")
    return try #require(try await program.show(session)["workspace"] as? String)
  }

  private func decision(_ program: Program, _ playbook: String) async throws -> [String: Any] {
    try #require(try await program.decisions().first { $0["playbook"] as? String == playbook })
  }

  @Test func goingBackAndUndoingItBringsEveryByteBack() async throws {
    let program = try Program()
    let workspace = try await waiting(program, "back")
    let made = try await files(below: workspace, program)
    // A person's own edit is at risk; it is named before, and kept.
    try Data("my own\n".utf8).write(to: URL(fileURLWithPath: workspace + "/NOTES.md"))
    let edited = try await files(below: workspace, program)
    let asked = try await program.run("rollback", "back", "--to", "3", "--reason", "the plan is wrong")
    #expect(asked.status == 0, "\(asked.words)")
    let question = try await decision(program, "rollback-requested")
    let options = try #require(question["options"] as? [[String: Any]])
    let foreseen = try #require(
      options.first { $0["kind"] as? String == "roll-back" }?["consequences"] as? [String: Any])
    let counts = try #require(foreseen["files"] as? [String: Any])
    #expect((counts["discarded"] as? Int ?? 0) > 20)
    #expect((counts["lines"] as? Int ?? 0) > 100)
    #expect(foreseen["personEdits"] as? [String] == ["NOTES.md"])
    let id = try #require(question["id"] as? String)
    let unconfirmed = try await program.run("answer", id, "go-back")
    #expect(unconfirmed.status == 3)
    #expect(unconfirmed.words.contains("--confirm back"))
    let answered = try await program.run("answer", id, "go-back", "--confirm", "back")
    #expect(answered.status == 0, "\(answered.words)")
    let brief = program.folder + "/brief.md"
    _ = try await program.run("run", brief, "--headless", "--workflow", "quick", "--session", "back")
    let after = try await files(below: workspace, program)
    #expect(!after.contains("NOTES.md"))
    #expect(!after.contains("services/"))
    #expect(after.contains("requirements-intake.md"))
    let told = try await program.run("undo", "back", "--dry-run")
    #expect(told.status == 0, "\(told.words)")
    let undone = try await program.run("undo", "back", "--reason", "it was right")
    #expect(undone.status == 0, "\(undone.words)")
    try await program.eventually { try await program.show("back")["restoring"] is NSNull }
    #expect(try await files(below: workspace, program) == edited)
    #expect(made != edited)
    #expect(try await decision(program, "rollback-requested")["id"] as? String != id)
    try await program.stopEngine(of: "back")
    #expect(try await program.run("verify", "back").status == 0)
  }

  @Test func aRollbackKilledAtAnyMomentFinishes() async throws {
    let program = try Program()
    let workspace = try await waiting(program, "killed")
    let full = try await files(below: workspace, program)
    var empty = ""
    var dice = KillTests.Dice(state: 41)
    for round in 0..<12 {
      let asked = try await program.run("rollback", "killed", "--to", "3")
      #expect(asked.status == 0, "round \(round): \(asked.words)")
      try await program.stopEngine(of: "killed", ifThere: true)
      let id = try #require(try await decision(program, "rollback-requested")["id"] as? String)
      #expect(try await program.run("answer", id, "go-back", "--confirm", "killed").status == 0)
      // The engine is killed while it keeps, removes and writes files; then another one goes on.
      for _ in 0..<3 {
        let engine = program.start("engine", "killed")
        usleep(UInt32(20_000 + dice.next(140_000)))
        Program.kill(engine)
      }
      let engine = program.start("engine", "killed")
      try await program.eventually { try await program.show("killed")["restoring"] is NSNull }
      Program.kill(engine)
      let now = try await files(below: workspace, program).split(separator: "\n")
        .filter { !$0.contains("implementation-plan.md") }.joined(separator: "\n")
      if empty.isEmpty { empty = now }
      #expect(now == empty, "round \(round)")
      // Back again, killed likewise: every byte is as it was.
      #expect(try await program.run("undo", "killed").status == 0, "round \(round)")
      try await program.stopEngine(of: "killed", ifThere: true)
      for _ in 0..<2 {
        let engine = program.start("engine", "killed")
        usleep(UInt32(20_000 + dice.next(140_000)))
        Program.kill(engine)
      }
      let last = program.start("engine", "killed")
      try await program.eventually { try await program.show("killed")["restoring"] is NSNull }
      Program.kill(last)
      #expect(try await files(below: workspace, program) == full, "round \(round)")
      // The request is asked again after its undo; it is taken back, so that the next round asks anew.
      let open = try await program.decisions()
      for decision in open where decision["playbook"] as? String == "rollback-requested" {
        let again = try #require(decision["id"] as? String)
        #expect(try await program.run("answer", again, "dismiss").status == 0)
      }
    }
    #expect(try await program.run("verify", "killed").status == 0)
  }

  @Test func aPauseStopsWhatWorksWithinFiveSeconds() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    let answers = try program.write(approvals, to: "answers.yaml")
    #expect(
      try await program.run("run", brief, "--detach", "--session", "rest", "--answers", answers).status == 0)
    // Type checks and tests take seconds; whatever is under way then is stopped with everything it started.
    try await program.eventually {
      let gates = try await program.show("rest")["gates"] as? [[String: Any]] ?? []
      return gates.contains { $0["state"] as? String == "running" }
    }
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try await program.run("pause", "rest", "--reason", "lunch").status == 0)
    try await program.eventually {
      let shown = try await program.show("rest")
      let gates = shown["gates"] as? [[String: Any]] ?? []
      return shown["state"] as? String == "paused" && !gates.contains { $0["state"] as? String == "running" }
    }
    try await program.eventually {
      let left = try await Program.run(
        "sh", ["-c", "grep -l SIGNALBOX_COMMAND /proc/[0-9]*/environ 2>/dev/null | wc -l"], in: program.folder,
        environment: program.environment)
      return left.output.trimmingCharacters(in: .whitespacesAndNewlines) == "0"
    }
    #expect(clock.now - start < .seconds(5))
    #expect(try await program.run("resume", "rest").status == 0)
    try await program.eventually { try await program.show("rest")["state"] as? String != "paused" }
    // An end counts at once, and an approval after it is refused.
    let ended = try await program.run("abort", "rest", "--confirm", "rest", "--reason", "enough")
    #expect(ended.status == 0, "\(ended.words)")
    try await program.eventually {
      FileManager.default.fileExists(
        atPath: (try await program.show("rest")["workspace"] as? String ?? "")
          + "/artifacts/reports/partial-qa-report.md")
    }
    #expect(try await program.run("answer", "rest-D1", "approve").status == 3)
    #expect(try await program.run("resume", "rest").status == 3)
  }

  @Test func filesThatMovedAreToldBeforeAnAnswerCounts() async throws {
    let program = try Program()
    let workspace = try await waiting(program, "moved")
    let first = try await decision(program, "sign-off")
    let id = try #require(first["id"] as? String)
    try Data("later\n".utf8).write(to: URL(fileURLWithPath: workspace + "/LATER.md"))
    let refused = try await program.run("answer", id, "approve")
    #expect(refused.status == 3)
    #expect(refused.words.contains("LATER.md"))
    let again = try await decision(program, "sign-off")
    #expect(again["id"] as? String != id)
    #expect(again["changes"] as? [String] == ["LATER.md"])
    let next = try #require(again["id"] as? String)
    #expect(try await program.run("answer", next, "approve").status == 0)
  }

  @Test func changedPlaybooksAreShownAndTakenOverOnlyByADecision() async throws {
    let program = try Program()
    _ = try await waiting(program, "library")
    let frozen = try await program.show("library")
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/Playbooks/Library/playbooks/sign-off.yaml")
    let text = try String(contentsOf: sources, encoding: .utf8)
    _ = try program.write(
      text.replacingOccurrences(of: "title: Do you take over the result?", with: "title: Is it good enough for you?"),
      to: ".signalbox/playbooks/sign-off.yaml")
    let brief = program.folder + "/brief.md"
    let again = try await program.run("run", brief, "--headless", "--workflow", "quick", "--session", "library")
    #expect(again.status == 4)
    let offered = try await decision(program, "library-changed")
    #expect((offered["body"] as? String)?.contains("sign-off says or does something else") == true)
    // Nothing of it counts yet.
    #expect(try await decision(program, "sign-off")["title"] as? String == "Do you take over the result?")
    let id = try #require(offered["id"] as? String)
    #expect(try await program.run("answer", id, "adopt").status == 0)
    let adopted = try await program.show("library")
    func digest(_ shown: [String: Any]) -> String? { (shown["workflow"] as? [String: Any])?["digest"] as? String }
    #expect(digest(adopted) != digest(frozen))
    // The changed question is what is asked from now on.
    let old = try #require(try await decision(program, "sign-off")["id"] as? String)
    #expect(try await program.run("answer", old, "request-changes", "--note", "once more").status == 0)
    _ = try await program.run("run", brief, "--headless", "--workflow", "quick", "--session", "library")
    #expect(try await decision(program, "sign-off")["title"] as? String == "Is it good enough for you?")
  }

  @Test func wishesThatMakeNoSenseAreRefusedWithAWayOut() async throws {
    let program = try Program()
    _ = try await waiting(program, "odd")
    for (words, expected) in [
      (["rollback", "odd", "--to", "9"], "It can go back to"),
      (["rollback", "odd", "--to", "4", "--substages", "4.9"], "Those that ran are"),
      (["change", "odd", "--text", "  "], "it says nothing"),
      (["change", "odd", "--text", "x", "--field", "Horoscope"], "a brief has no such field"),
      (["change", "odd", "--text", "seven", "--field", "Target maturity level"], "Target maturity level"),
      (["abort", "odd", "--confirm", "even"], "--confirm odd"),
      (["playbooks", "explain", "nothing"], "There is no playbook and no decision nothing"),
    ] {
      let refused = try await Program.run(
        Program.path, words, in: program.folder, environment: program.environment)
      #expect(refused.status == 3, "\(words)")
      #expect(refused.words.contains(expected), "\(words): \(refused.words)")
    }
    let fresh = try await program.run("undo", "nobody")
    #expect(fresh.status == 3)
    // What the quick workflow leaves out is told; what comes with the program holds.
    let checked = try await program.run("playbooks", "check")
    #expect(checked.status == 3)
    #expect(checked.output.contains("has no question for scenario 6"))
    #expect(try await Program().run("playbooks", "check").status == 0)
    let why = try await program.run("playbooks", "explain", "odd-D3")
    #expect(why.status == 0, "\(why.words)")
    #expect(why.output.contains("because"))
  }
}
