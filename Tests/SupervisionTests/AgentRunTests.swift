import Agents
import Engine
import Foundation
import Kernel
import Testing

/// Agents that speak the protocol, as real programs under the real supervisor. Covers ACPAgent, ACPHost, PermissionDesk,
/// DeedReading, TerminalHost, RPCConnection, TurnState, CardPreflight.
@Suite("Agents over the protocol", .serialized) struct AgentRunTests {
  static let card = RoleCard(
    role: "developer", title: "Developer", charter: "Writes what is planned.",
    preApprovals: [
      PreApproval(action: "new dependencies", scope: RoleScope(paths: ["requirements*.txt"]), approvers: ["person"])
    ],
    forbidden: [
      Prohibition(
        action: "migrations", why: "Migrations belong to the data engineer.",
        scope: RoleScope(paths: ["migrations/**"], commands: ["rm"]))
    ], allowed: RoleAllowance(reads: ["**"], writes: ["src/**"], commands: ["echo"]))

  /// A team whose developer is the stub, with one task that owes one file; its script by attempt.
  func team(
    _ script: @escaping @Sendable (_ attempt: Int, _ root: String) -> String, rules: Supervision = ScriptedTeam.rules,
    limits: ACPAgent.Limits = .init(), card: RoleCard? = AgentRunTests.card, memory: String? = nil,
    hasDesk: Bool = false
  ) throws -> ScriptedTeam {
    let planner = ScriptedAgent(
      script: { task in task.id == "plan" ? [.write("artifacts/plans/plan.md", "# Plan\n\nOne file.\n")] : [] },
      planned: [
        PlannedTask(
          id: "notes", title: "Write the notes", substage: "4.2", role: "developer", performer: "stub",
          files: ["src/notes.txt"], goals: ["FR-001", "FR-002"])
      ])
    var rules = rules
    rules.attempts = [AttemptBudget(kind: "stub", attempts: 1)]
    rules.timeLimit = 30
    let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("stub_agent.py")
      .path
    var environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
    if let memory { environment["STUB_MEMORY"] = memory }
    let server: @Sendable (Assignment) throws -> ACPAgent.DeskServer = {
      try ACPAgent.DeskServer.open(for: $0, program: "/bin/false")
    }
    let agent = ACPAgent(
      .init(
        name: "stub", arguments: ["/usr/bin/env", "python3", program],
        environment: environment,
        resumes: memory != nil, limits: limits),
      containment: nil, card: { _ in card },
      prompt: { assignment, _ in
        script(assignment.task.attempt, assignment.workspace.root).split(separator: "\n").map { "! \($0)" }
          .joined(separator: "\n")
      },
      server: hasDesk ? server : nil)
    return try ScriptedTeam(
      planner, workflow: ScriptedTeam.workflow(rules), others: ["stub": agent], cards: card.map { [$0] } ?? [])
  }

  /// Runs the team beside a person who answers whatever agents ask by the option's title.
  func run(_ team: ScriptedTeam, answering titles: String...) async throws -> Session {
    try await team.begin()
    let person = Task {
      for await _ in team.journal.changes() {
        for decision in try await team.session().openDecisions where decision.situation == Decision.permissionSituation
        {
          guard let option = decision.options.first(where: { titles.contains($0.title) && $0.title != "Always allow" })
          else { continue }
          try? await team.answer(decision, option.id)
        }
      }
    }
    defer { person.cancel() }
    return try await team.run()
  }

  func transcript(_ team: ScriptedTeam, attempt: Int = 1) -> String {
    FileManager.default.contents(atPath: "\(team.folder.transcripts)/notes-\(attempt).log")
      .map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  @Test("writes through permission: its own file passes by the rule, the rest is a person's, each is on record")
  func writes() async throws {
    let team = try team { _, root in
      """
      say Good morning
      write \(root)/src/notes.txt words
      write \(root)/requirements.txt fastapi
      read \(root)/src/notes.txt
      run echo hello
      """
    }
    let session = try await run(team, answering: "Yes, once")
    #expect(session.state == .completed, "\(transcript(team))")
    #expect(try team.files()["src/notes.txt"] == "words\n")
    #expect(try team.files()["requirements.txt"] == "fastapi\n")
    #expect(session.permissions.map(\.isAllowed) == [true, true])
    #expect(session.permissions.map(\.answer) == ["Yes, once", "Yes, once"])
    #expect(session.permissions[0].by.hasPrefix("rule of the card developer"))
    #expect(session.permissions[0].decision == nil)
    #expect(session.permissions[1].by == "ada")
    let decision = try #require(session.decisions.first { $0.situation == Decision.permissionSituation })
    #expect(decision.options.map(\.title).prefix(3) == ["Always allow", "Yes, once", "No, thanks"])
    #expect(decision.body.contains("+fastapi"))
    #expect(decision.body.contains("new dependencies"))
    let words = transcript(team)
    #expect(words.contains("Good morning"))
    #expect(words.contains("ran: 0 hello"))
    #expect(words.contains("read {'content': 'words\\n'}"))
  }

  @Test("what the card forbids is refused before it happens, also without being asked")
  func forbidden() async throws {
    let team = try team { _, root in
      """
      write \(root)/migrations/one.py x = 1
      slip \(root)/migrations/two.py x = 1
      slip \(root)/../outside.txt x
      slip /etc/signalbox-test x
      read /etc/passwd
      run rm -rf src
      run echo fine; rm -rf src
      write \(root)/src/notes.txt words
      """
    }
    let session = try await run(team)
    #expect(session.state == .completed, "\(transcript(team))")
    #expect(Set(try team.files().keys).isDisjoint(with: ["migrations/one.py", "migrations/two.py", "outside.txt"]))
    #expect(!FileManager.default.fileExists(atPath: "/etc/signalbox-test"))
    let words = transcript(team)
    #expect(words.components(separatedBy: "Z not written: ").count == 4, "\(words)")
    #expect(words.components(separatedBy: "Z not run: ").count == 3)
    #expect(words.contains("permission: selected no"))
    #expect(session.permissions.filter { !$0.isAllowed }.count == 5)
    #expect(session.decisions.allSatisfy { $0.situation != Decision.permissionSituation })
  }

  @Test("leave to write is leave to write what was shown; other words to the same file are asked about again")
  func otherWords() async throws {
    let team = try team { _, root in
      "bait \(root)/requirements.txt fastapi|evil\nwrite \(root)/src/notes.txt words"
    }
    let session = try await run(team, answering: "Yes, once", "Refuse")
    #expect(session.state == .completed, "\(transcript(team))")
    #expect(try team.files()["requirements.txt"] == nil)
    #expect(session.permissions.map(\.isAllowed).prefix(2) == [true, false], "\(session.permissions)")
  }

  @Test("what the card forbids is caught on the disk when a program writes past the protocol")
  func pastTheProtocol() async throws {
    let team = try team { attempt, root in
      attempt == 1
        ? "local mkdir -p migrations\npoke \(root)/migrations/one.sql drop\nwrite \(root)/src/notes.txt words"
        : "write \(root)/src/notes.txt words"
    }
    let session = try await run(team)
    #expect(session.state == .completed, "\(transcript(team))")
    #expect(try team.files()["migrations/one.sql"] == nil)
    let rejection = try #require(session.task("notes")?.failedAttempts.first?.rejections.first)
    #expect(rejection.path == "migrations/one.sql")
    #expect(rejection.reasons.first?.contains("Migrations belong to the data engineer") == true)
    #expect(session.alerts.contains { $0.kind == .fileRejected && $0.subject == "migrations/one.sql" })
  }

  @Test("a person's no is delivered in the agent's own words, and the agent goes on")
  func refused() async throws {
    let team = try team { _, root in "write \(root)/requirements.txt evil\nwrite \(root)/src/notes.txt words" }
    let session = try await run(team, answering: "No, thanks")
    #expect(session.state == .completed)
    #expect(try team.files()["requirements.txt"] == nil)
    #expect(session.permissions.first?.isAllowed == false)
    #expect(session.permissions.first?.answer == "No, thanks")
    #expect(transcript(team).contains("permission: selected no"))
  }

  @Test("killed in the middle of its turn: the question is void, the attempt failed, the next one goes on")
  func dies() async throws {
    let team = try team { attempt, root in
      attempt == 1 ? "say I begin\ndie" : "write \(root)/src/notes.txt words"
    }
    let session = try await run(team)
    #expect(session.state == .completed, "\(transcript(team, attempt: 2))")
    let failure = try #require(session.task("notes")?.failedAttempts.first)
    #expect(failure.type == "AgentGone")
    #expect(failure.cause == .environment)
    #expect(
      failure.message.contains("status 7") && failure.message.contains("dying as told"), "\(failure.message)")
  }

  @Test("an agent that can load goes on in the same attempt after its program died, and nothing it replays counts")
  func resumes() async throws {
    let memory = FileManager.default.temporaryDirectory.appendingPathComponent("signalbox-stub-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: memory) }
    let team = try team({ _, root in "say before\ndie-once\nwrite \(root)/src/notes.txt words" }, memory: memory)
    let session = try await run(team)
    #expect(session.state == .completed, "\(transcript(team))")
    #expect(session.task("notes")?.failedAttempts.isEmpty == true)
    #expect(session.task("notes")?.attempt == 1)
    let words = transcript(team)
    #expect(words.contains("it replayed 1 updates"))
    #expect(!words.contains("what I said before my end"))
    let notes = try await team.notes()
    #expect(notes.filter { $0.contains("started once more") }.count == 1)
  }

  @Test("a pause cancels the turn: the agent is told, the question is void, everything it started is gone")
  func paused() async throws {
    let mark = "31\(Int.random(in: 1_000...9_999))"
    let team = try team { attempt, root in
      attempt == 1 ? "linger \(mark)\nask may I" : "write \(root)/src/notes.txt words"
    }
    try await team.begin()
    let running = Task { try await team.supervisor(waits: true).run("team") }
    var question: Decision?
    for await _ in team.journal.changes() {
      question = try await team.session().openDecisions.first { $0.situation == Decision.permissionSituation }
      if question != nil { break }
    }
    let decision = try #require(question)
    var open = try await OpenSession.open("team", in: team.journal)
    try await open.submit(Order(at: currentMoment(), by: "ada", demand: .pause(reason: "lunch")), request: "pause")
    // The answer comes too late, and is refused.
    await #expect(throws: Refusal.self) { try await team.answer(decision, "choice-2") }
    try await open.submit(Order(at: currentMoment(), by: "ada", demand: .resume), request: "resume")
    for await _ in team.journal.changes() {
      let session = try await team.session()
      if session.state == .completed || session.state == .waiting { break }
    }
    _ = try await running.value
    let session = try await team.session()
    #expect(session.state == .completed)
    #expect(session.decision(decision.id)?.withdrawn != nil)
    #expect(session.permissions.allSatisfy { $0.decision != decision.id })
    let left = try await ScriptedTeam.shell("ps -eo args | grep '[s]leep \(mark)' | wc -l")
    #expect(left.trimmingCharacters(in: .whitespacesAndNewlines) == "0")
  }

  @Test("loops, too many calls, empty turns and files that stay away end the attempt with their name")
  func runaways() async throws {
    let scripts: [(String, String)] = [
      ("repeat 200", "RunawayLoop"), ("say nothing to see", "Unfinished"), ("", "EmptyTurn"),
    ]
    for (script, type) in scripts {
      let team = try team { attempt, root in attempt == 1 ? script : "write \(root)/src/notes.txt words" }
      let session = try await run(team)
      #expect(session.state == .completed, "\(script)")
      #expect(session.task("notes")?.failedAttempts.first?.type == type, "\(script)")
    }
  }

  /// A budget that is used up after the first turn, in turns and in money.
  static let budgets: [(limits: ACPAgent.Limits, words: String)] = [
    (.init(turns: 1), "It was spoken to 1 times; its budget for one attempt is 1."),
    (.init(cost: 2.5), "It says that it cost 3.5 EUR so far; its budget for one attempt is 2.5."),
  ]

  @Test("a budget that is used up pauses and asks; a yes lets the attempt go on", arguments: budgets.indices)
  func budgetGranted(_ index: Int) async throws {
    let budget = Self.budgets[index]
    let team = try team(
      { _, root in "spend 3.5\nsay thinking\nlater write \(root)/src/notes.txt words" }, limits: budget.limits)
    let session = try await run(team, answering: "Allow once")
    #expect(session.state == .completed, "\(transcript(team))")
    let task = try #require(session.task("notes"))
    #expect(task.attempt == 1 && task.failedAttempts.isEmpty)
    let decision = try #require(session.decisions.first { $0.situation == Decision.permissionSituation })
    #expect(decision.title.contains("go on beyond its budget"))
    #expect(decision.body.contains(budget.words), "\(decision.body)")
    #expect(decision.options.map(\.title).prefix(2) == ["Allow once", "Refuse"])
    #expect(decision.answer?.by == "ada")
    #expect(try team.files()["src/notes.txt"] == "words\n")
  }

  @Test("a no ends the attempt for good, and the person reads why", arguments: budgets.indices)
  func budgetRefused(_ index: Int) async throws {
    let team = try team(
      { _, root in "spend 3.5\nsay thinking\nlater write \(root)/src/notes.txt words" },
      limits: Self.budgets[index].limits)
    let session = try await run(team, answering: "Refuse")
    let failed = try #require(session.task("notes")?.failedAttempts)
    #expect(failed.map(\.type) == ["Budget"])
    #expect(failed.first?.message.contains("used up its budget") == true)
    #expect(session.openDecisions.map(\.subject) == ["task:notes"])
  }

  @Test("a budget of turns is asked about again when what was allowed is used up, and never without one")
  func budgetOfTurns() async throws {
    let team = try team(
      { _, root in "say one\nlater say two\nlater say three\nlater say four\nlater write \(root)/src/notes.txt words" },
      limits: .init(turns: 2))
    let session = try await run(team, answering: "Allow once")
    #expect(session.state == .completed)
    let asked = session.decisions.filter { $0.title.contains("go on beyond its budget") }
    #expect(asked.count == 2)
    #expect(asked.last?.body.contains("It was spoken to 4 times") == true)
    let plain = try self.team { attempt, root in
      attempt == 1 ? "say one\nlater say two\nlater say three" : "write \(root)/src/notes.txt words"
    }
    let other = try await run(plain)
    #expect(other.task("notes")?.failedAttempts.map(\.type) == ["Unfinished"])
    #expect(other.decisions.allSatisfy { !$0.title.contains("budget") })
  }

  @Test("an agent that loops and hears no cancel is stopped all the same, and its question is void")
  func deaf() async throws {
    let team = try team { attempt, root in attempt == 1 ? "deaf" : "write \(root)/src/notes.txt words" }
    let start = ContinuousClock.now
    let session = try await run(team)
    #expect(session.state == .completed)
    #expect(session.task("notes")?.failedAttempts.first?.type == "RunawayLoop")
    #expect(ContinuousClock.now - start < .seconds(25))
    #expect(session.decisions.allSatisfy { $0.situation != Decision.permissionSituation || $0.withdrawn != nil })
    #expect(session.permissions.allSatisfy { !$0.title.contains("deaf") || !$0.isAllowed })
  }

  @Test("forged answers, changed inputs and contradicting options change no decision and are told")
  func forgeries() async throws {
    let team = try team { attempt, root in
      attempt == 1
        ? "forge\nliar delete everything\nswap rm -rf /\nslip \(root)/src/notes.txt words"
        : "write \(root)/src/notes.txt words"
    }
    let session = try await run(team, answering: "Allow once", "Yes, once")
    let decision = try #require(session.decisions.first { $0.title.contains("delete everything") })
    #expect(decision.body.contains("contradict"))
    #expect(session.decisions.allSatisfy { $0.answer?.by != "alice" })
    let conduct = try #require(session.task("notes")?.failedAttempts.first)
    #expect(conduct.type == "Conduct" && conduct.message.contains("changed a tool call after it was allowed"))
    let notes = try await team.notes()
    #expect(notes.contains { $0.contains("what the protocol does not know") }, "\(notes)")
  }
}
