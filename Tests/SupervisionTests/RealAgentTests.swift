import Agents
import Engine
import Foundation
import Glibc
import Kernel
import Testing

/// Where real agents are installed, if they are.
let realAgentsFolder = ProcessInfo.processInfo.environment["SIGNALBOX_AGENTS"]

/// Agents that people really use, contained and under the real supervisor. They need programs that cannot be had on every
/// machine, so this suite runs where `SIGNALBOX_AGENTS` names the folder they are installed in: `v-kimi` and `v-fast` are
/// virtual environments with kimi-cli 1.51.0 and fast-agent-mcp 0.10.46, `v-vibe` has mistral-vibe 3.0.2, `home/kimi` and `home/vibe` are set up for a model server that plays
/// what the prompt says, and `SIGNALBOX_MODEL_SERVER` is that server's program.
@Suite("Real agents", .serialized, .enabled(if: realAgentsFolder != nil, "SIGNALBOX_AGENTS names no folder."))
struct RealAgentTests {
  static let program =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".build/debug/signalbox").path

  /// How one of them is started, and how it is told what to do.
  struct Real: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [String]
    var environment: [String: String]
    var home: String
    /// The mode in which it asks for leave.
    var mode: String?
    /// A prompt that makes it write a file, run a command, or ask.
    var write: @Sendable (_ path: String, _ text: String) -> String
    var run: @Sendable (_ command: String) -> String
    var ask: @Sendable (_ question: String, _ path: String, _ text: String) -> String
    var testDescription: String { name }
  }

  static func json(_ fields: [String: String]) -> String {
    String(
      decoding: (try? JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes]))
        ?? Data(), as: UTF8.self)
  }

  static var all: [Real] {
    let base = realAgentsFolder ?? ""
    return [
      Real(
        name: "kimi", arguments: ["\(base)/v-kimi/bin/kimi", "acp"],
        environment: ["KIMI_SHARE_DIR": "\(base)/home/kimi"],
        home: "\(base)/home/kimi",
        write: { "@@call WriteFile \(json(["path": $0, "content": $1]))\n@@next\n@@say Done." },
        run: { "@@call Shell \(json(["command": $0]))\n@@next\n@@say Done." },
        ask: {
          "@@call signalbox_ask \(json(["question": $0]))\n@@next\n@@call WriteFile \(json(["path": $1, "content": $2]))\n@@next\n@@say Done."
        }),
      Real(
        name: "fast-agent",
        arguments: [
          "\(base)/v-fast/bin/fast-agent", "acp", "--model", "passthrough", "--shell", "--home", "\(base)/home/fast",
        ], environment: [:], home: "\(base)/home/fast",
        write: { "***CALL_TOOL write_text_file \(json(["path": $0, "content": $1]))" },
        run: { "***CALL_TOOL execute \(json(["command": $0]))" },
        ask: { question, _, _ in "***CALL_TOOL signalbox__signalbox_ask \(json(["question": question]))" }),
      Real(
        name: "vibe", arguments: ["\(base)/v-vibe/bin/vibe-acp"],
        environment: ["VIBE_HOME": "\(base)/home/vibe", "FAKE_KEY": "x"], home: "\(base)/home/vibe", mode: "ask",
        write: { "@@call write_file \(json(["path": $0, "content": $1]))\n@@next\n@@say Done." },
        run: { "@@call bash \(json(["command": $0]))\n@@next\n@@say Done." },
        ask: {
          let code = "return await tools.mcp_signalbox.signalbox_ask(\(json(["question": $0])));"
          return
            "@@call run_typescript \(json(["code": code]))\n@@next\n@@call write_file \(json(["path": $1, "content": $2]))\n@@next\n@@say Done."
        }),
    ].filter { FileManager.default.isExecutableFile(atPath: $0.arguments[0]) }
  }

  private func team(
    _ real: Real, _ prompt: @escaping @Sendable (_ attempt: Int, _ root: String) -> String
  ) throws -> ScriptedTeam {
    let planner = ScriptedAgent(
      script: { task in task.id == "plan" ? [.write("artifacts/plans/plan.md", "# Plan\n\nOne file.\n")] : [] },
      planned: [
        PlannedTask(
          id: "notes", title: "Write the notes", substage: "4.2", role: "developer", performer: "real",
          files: ["notes.txt"], goals: ["FR-001", "FR-002"])
      ])
    var rules = ScriptedTeam.rules
    rules.attempts = [AttemptBudget(kind: "real", attempts: 2)]
    rules.timeLimit = 60
    let launcher = Self.program
    let agent = ACPAgent(
      .init(
        name: real.name, arguments: real.arguments,
        environment: real.environment.merging(["PATH": "/usr/bin:/bin", "HOME": real.home]) { own, _ in own },
        writable: [real.home], network: true,
        mode: real.mode),
      containment: Containment.find(launcher: launcher, hiding: [], home: nil), card: { _ in AgentRunTests.card },
      prompt: { assignment, _ in prompt(assignment.task.attempt, assignment.workspace.root) },
      server: { try ACPAgent.DeskServer.open(for: $0, program: launcher) })
    return try ScriptedTeam(planner, workflow: ScriptedTeam.workflow(rules), others: ["real": agent])
  }

  /// The model server, for as long as the body runs.
  private func withModel<Result>(_ body: () async throws -> Result) async throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", ProcessInfo.processInfo.environment["SIGNALBOX_MODEL_SERVER"] ?? "", "8399"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    return try await body()
  }

  private func transcript(_ team: ScriptedTeam, attempt: Int = 1) -> String {
    FileManager.default.contents(atPath: "\(team.folder.transcripts)/notes-\(attempt).log")
      .map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Runs the team beside a person who refuses or allows what is asked for leave, and answers questions.
  private func run(_ team: ScriptedTeam, allowing: Bool = true, saying words: String? = nil) async throws -> Session {
    try await team.begin()
    let person = Task {
      for await _ in team.journal.changes() {
        let session = try await team.session()
        for decision in session.openDecisions where decision.situation == Decision.permissionSituation {
          let wanted: OptionEffect = allowing ? .grant : .deny
          guard let option = decision.options.first(where: { $0.effect == wanted && $0.key != "a" }) else { continue }
          try? await team.answer(decision, option.id)
        }
        if let words, let callback = session.callbacks.first(where: { $0.answer == nil && $0.kind == .query }) {
          var open = try await OpenSession.open("team", in: team.journal)
          _ = try? await open.submit(
            Order(at: currentMoment(), by: "ada", demand: .answerCallback(callback.id, text: words)),
            request: "reply-\(callback.id)")
        }
      }
    }
    defer { person.cancel() }
    return try await team.run()
  }

  @Test("writes through permission, and what it wrote is looked at like any other file", arguments: all)
  func writes(_ real: Real) async throws {
    let session = try await withModel {
      let team = try team(real) { _, root in real.write("\(root)/notes.txt", "line one\n") }
      let session = try await run(team)
      #expect(try team.files()["notes.txt"] == "line one\n", "\(transcript(team))")
      return session
    }
    #expect(session.state == .completed)
    #expect(!session.permissions.isEmpty)
    #expect(session.permissions.filter { !$0.isAllowed }.isEmpty)
  }

  @Test("is refused by its card without a question, and by a person in its own words", arguments: all)
  func refused(_ real: Real) async throws {
    try await withModel {
      let team = try team(real) { attempt, root in
        attempt == 1 ? real.run("rm -rf everything") : real.write("\(root)/notes.txt", "line\n")
      }
      let session = try await run(team, allowing: false)
      #expect(session.state == .completed, "\(transcript(team))\n\(transcript(team, attempt: 2))")
      let refusals = session.permissions.filter { !$0.isAllowed }
      #expect(refusals.first?.by.hasPrefix("rule") == true)
    }
  }

  @Test("is killed in the middle of a turn with all it started, and the next attempt goes on", arguments: all)
  func killed(_ real: Real) async throws {
    let mark = "29\(Int.random(in: 1_000...9_999))"
    try await withModel {
      let team = try team(real) { attempt, root in
        attempt == 1 ? real.run("setsid sleep \(mark) & sleep \(mark)") : real.write("\(root)/notes.txt", "line\n")
      }
      let killer = Task {
        for _ in 0..<200 {
          let found = try await ScriptedTeam.shell("pgrep -f '^sleep \(mark)' | wc -l")
          if Int(found.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 1 { break }
          try await Task.sleep(for: .milliseconds(100))
        }
        _ = try await ScriptedTeam.shell("pkill -9 -f '\(real.arguments[0])'")
      }
      let session = try await run(team)
      try await killer.value
      #expect(session.state == .completed, "\(transcript(team))\n\(transcript(team, attempt: 2))")
      #expect(session.task("notes")?.failedAttempts.first?.type == "AgentGone")
      let left = try await ScriptedTeam.shell("pgrep -f '^sleep \(mark)' | wc -l")
      #expect(left.trimmingCharacters(in: .whitespacesAndNewlines) == "0")
    }
  }

  @Test("is cancelled by a pause, and goes on after it", arguments: all)
  func cancelled(_ real: Real) async throws {
    let mark = "28\(Int.random(in: 1_000...9_999))"
    func sleeping() async throws -> Bool {
      let found = try await ScriptedTeam.shell("pgrep -f '^sleep \(mark)' | wc -l")
      return found.trimmingCharacters(in: .whitespacesAndNewlines) != "0"
    }
    try await withModel {
      let team = try team(real) { attempt, root in
        attempt == 1 ? real.run("sleep \(mark)") : real.write("\(root)/notes.txt", "line\n")
      }
      let pausing = Task {
        for _ in 0..<300 where try await !sleeping() { try await Task.sleep(for: .milliseconds(100)) }
        var open = try await OpenSession.open("team", in: team.journal)
        try await open.submit(Order(at: currentMoment(), by: "ada", demand: .pause(reason: "lunch")), request: "pause")
      }
      var session = try await run(team)
      try await pausing.value
      #expect(session.state == .paused, "\(transcript(team))")
      #expect(try await !sleeping())
      var open = try await OpenSession.open("team", in: team.journal)
      try await open.submit(Order(at: currentMoment(), by: "ada", demand: .resume), request: "resume")
      session = try await team.run()
      #expect(session.state == .completed, "\(transcript(team, attempt: 2))")
      #expect(session.task("notes")?.failedAttempts.isEmpty == true)
    }
  }

  @Test("asks through its tools and hears what a person answers", arguments: all)
  func asks(_ real: Real) async throws {
    try await withModel {
      let team = try team(real) { attempt, root in
        attempt == 1 && real.name == "fast-agent"
          ? real.ask("A or B?", "", "")
          : attempt == 1
            ? real.ask("A or B?", "\(root)/notes.txt", "line\n") : real.write("\(root)/notes.txt", "line\n")
      }
      let session = try await run(team, saying: "B, as the brief says.")
      #expect(session.state == .completed, "\(transcript(team))")
      let callback = try #require(session.callbacks.first { $0.text == "A or B?" })
      #expect(callback.answer?.text == "B, as the brief says.")
      #expect(callback.from.hasPrefix("developer"))
      let wire =
        FileManager.default.contents(atPath: "\(team.folder.transcripts)/notes-1.wire.jsonl")
        .map { String(decoding: $0, as: UTF8.self) } ?? ""
      #expect(wire.contains("ada answered: B, as the brief says."))
    }
  }
}
