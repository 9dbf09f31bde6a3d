import Engine
import Foundation
import Gates
import Kernel
import Synchronization
import Testing
import Workspaces

/// What a scripted agent does in one attempt, in order.
enum Deed: Sendable {
  /// Writes by way of the engine, and goes on when a file is rejected.
  case write(String, String)
  /// Writes past the engine, as any program can.
  case smuggle(String, String)
  /// Removes past the engine.
  case remove(String)
  /// Leaves a symbolic link past the engine.
  case link(String, to: String)
  /// Leaves very many files past the engine.
  case flood(Int)
  /// Says that it wrote a file.
  case claim(String)
  /// Says something of a gate.
  case say(String, String)
  /// Says something to the supervisor.
  case raise(Callback.Kind, String)
  /// Reports what an auditor found.
  case find(AuditFinding)
  /// Fails.
  case fail(TaskFailure)
  /// Gives no sign for some seconds.
  case sleep(Int)
}

/// An agent that does what its script says; a script knows an attempt by how many failed before it, so that an engine's
/// death changes nothing in it.
struct ScriptedAgent: TaskPerformer {
  let script: @Sendable (TaskRecord) -> [Deed]
  var planned: [PlannedTask] = []
  var goals: [Goal]?

  func perform(_ assignment: Assignment) async throws -> TaskReport {
    let task = assignment.task
    var report = TaskReport()
    if task.id == "plan" {
      report.planned = planned
      report.goals = goals
    }
    let root = assignment.workspace.root
    for deed in script(task) {
      try Task.checkCancellation()
      switch deed {
      case .write(let path, let text):
        do {
          try await assignment.workspace.write(Array(text.utf8), to: path, executable: false)
        } catch is FileRejected {
          // An agent goes on with its other files; the supervisor knows of this one.
        }
      case .smuggle(let path, let text):
        let full = URL(fileURLWithPath: root + "/" + path)
        try FileManager.default.createDirectory(at: full.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: full)
      case .remove(let path): try? FileManager.default.removeItem(atPath: root + "/" + path)
      case .link(let path, let target):
        try? FileManager.default.createSymbolicLink(atPath: root + "/" + path, withDestinationPath: target)
      case .flood(let count):
        try FileManager.default.createDirectory(atPath: root + "/flood", withIntermediateDirectories: true)
        for number in 0..<count { try Data("x".utf8).write(to: URL(fileURLWithPath: "\(root)/flood/\(number).txt")) }
      case .claim(let path): report.claimed.append(path)
      case .say(let gate, let words): report.claims.append(AgentClaim(subject: gate, words: words))
      case .raise(let kind, let text):
        _ = try await assignment.raise(Callback(kind: kind, from: "", text: text))
      case .find(let finding): report.audit = (report.audit ?? []) + [finding]
      case .fail(let failure): throw failure
      case .sleep(let seconds): try await Task.sleep(for: .seconds(seconds))
      }
    }
    return report
  }
}

/// A gate that passes, or fails as often as it was told.
struct ScriptedGate: GateRunner {
  var failing: @Sendable (Session) -> Bool = { _ in false }

  func run(_ gate: Gate, of session: Session, in workspace: any Workspace, folder: SessionFolder, attempt: Int)
    async throws -> GateResult
  {
    let fails = failing(session)
    let path = "\(folder.evidence)/\(gate.id)-\(attempt).log"
    _ = FileManager.default.createFile(atPath: path, contents: Data("scripted".utf8))
    return GateResult(
      passed: !fails, required: gate.required, achieved: fails ? "3 failed" : "12 passed", evidence: path,
      evidenceHash: sha256(Array("scripted".utf8)))
  }
}

/// Nothing outside is looked for.
struct NoProbe: DependencyProbe {
  func look(for dependency: Dependency) async throws -> String? { "It answers." }
}

/// A journal that dies after so many appends: the last one is still written, and nobody hears of it, or is not.
final class MortalJournal: Journal {
  let inner: any Journal
  private let left: Mutex<Int>
  private let writesLast: Bool

  init(_ inner: any Journal, appends: Int, writesLast: Bool) {
    self.inner = inner
    self.writesLast = writesLast
    left = Mutex(appends)
  }

  struct Died: Error {}

  func append(_ entries: [JournalEntry], to session: String, expecting version: Int, epoch: Int?, request: String)
    async throws -> AppendOutcome
  {
    let now = left.withLock { count in
      count -= 1
      return count
    }
    if now < 0 { throw Died() }
    if now == 0 {
      if writesLast {
        _ = try await inner.append(entries, to: session, expecting: version, epoch: epoch, request: request)
      }
      throw Died()
    }
    return try await inner.append(entries, to: session, expecting: version, epoch: epoch, request: request)
  }

  func read(_ session: String, after seq: Int, limit: Int) async throws -> [JournalRecord] {
    try await inner.read(session, after: seq, limit: limit)
  }
  func heads(of session: String?) async throws -> [JournalHead] { try await inner.heads(of: session) }
  func changes() -> AsyncStream<String?> { inner.changes() }
}

/// A supervised session on a real workspace, with real preflight and scripted agents.
final class ScriptedTeam: Sendable {
  let journal = MemoryJournal()
  let folder: SessionFolder
  let root: String
  let agent: ScriptedAgent
  let gate: ScriptedGate
  let workflow: Workflow
  private let base: String
  private let others: [String: any TaskPerformer]
  private let cards: [RoleCard]
  private let duties: [RoleDuty]

  init(
    _ agent: ScriptedAgent, gate: ScriptedGate = ScriptedGate(), workflow: Workflow = ScriptedTeam.workflow(),
    others: [String: any TaskPerformer] = [:], cards: [RoleCard] = [], duties: [RoleDuty] = []
  ) throws {
    self.cards = cards
    self.duties = duties
    self.others = others
    self.agent = agent
    self.gate = gate
    self.workflow = workflow
    base = FileManager.default.temporaryDirectory.appendingPathComponent("signalbox-team-\(UUID().uuidString)").path
    root = base + "/work"
    folder = SessionFolder(path: base + "/state")
    try folder.make()
  }

  deinit { try? FileManager.default.removeItem(atPath: base) }

  func begin() async throws {
    var open = OpenSession("team", in: journal)
    let creation = Creation(
      id: "team", title: "Team", workspace: root, briefText: ScriptedTeam.brief, workflow: workflow)
    try await open.submit(
      Order(at: currentMoment(), by: "ada", demand: .create(creation, duties: duties)), request: "create")
  }

  func supervisor(in journal: (any Journal)? = nil, waits: Bool = false) -> Supervisor {
    var tasks: [String: any TaskPerformer] = [
      "checkpoint": CheckpointPerformer(), "quarantine": QuarantinePerformer(),
    ]
    for name in ["plan", "write", "look", "audit"] { tasks[name] = agent }
    tasks.merge(others) { _, other in other }
    return Supervisor(
      journal: journal ?? self.journal, folder: folder,
      performers: Performers(
        tasks: tasks, gates: gate, probe: NoProbe(), preflight: CardPreflight(PreflightCatalogue(), cards: cards)),
      settings: .init(holder: "test", waitsForPersons: waits),
      makeWorkspace: { [root, folder] _ in
        let workspace = try await GitWorkspace(root: root, store: folder.objects)
        if let tree = try await workspace.pendingRestore { _ = try await workspace.restore(tree: tree) }
        return workspace
      })
  }

  /// What a shell line prints.
  static func shell(_ line: String) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  func session() async throws -> Session { try await OpenSession.open("team", in: journal).session }

  func events() async throws -> [Event] {
    try await OpenSession.open("team", in: journal, keepingEvents: true).events
  }

  /// What was noted for the supervisor, in order.
  func notes() async throws -> [String] {
    try await events().compactMap { event in
      if case .noted(_, let text) = event.fact { text } else { nil }
    }
  }

  /// Lets the session work until it rests; a person answers what the table knows, by playbook.
  @discardableResult
  func run(answering answers: [String: String] = [:], in journal: (any Journal)? = nil) async throws -> Session {
    for _ in 0..<40 {
      _ = try await supervisor(in: journal).run("team")
      let session = try await session()
      guard let decision = session.openDecisions.first, let option = answers[decision.playbook] else { return session }
      try await answer(decision, option)
    }
    return try await session()
  }

  func answer(_ decision: Decision, _ option: String) async throws {
    var open = try await OpenSession.open("team", in: journal)
    let answer = Answer(
      decision: decision.id, option: option, digest: decision.digest, note: "because",
      confirmation: decision.option(option)?.confirm ?? "")
    try await open.submit(
      Order(at: currentMoment(), by: "ada", demand: .answer(answer)), request: "answer-\(decision.id)")
  }

  /// What lies in the workspace, by path.
  func files() throws -> [String: String] {
    var found: [String: String] = [:]
    let names = FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []
    for name in names {
      guard let data = FileManager.default.contents(atPath: root + "/" + name) else { continue }
      found[name] = String(decoding: data, as: UTF8.self)
    }
    return found
  }

  static let brief = """
    # Team
    ## Business context
    Leads and notes.
    ## Target maturity level
    1
    ## Functional requirements
    - Must: keep leads
    - Must: keep notes
    ## Optional modules
    none
    """

  static let rules = Supervision(
    agents: [
      AgentRecord(name: "manager01", role: "manager"), AgentRecord(name: "developer01", role: "developer"),
      AgentRecord(name: "developer02", role: "developer"), AgentRecord(name: "auditor01", role: "auditor"),
      AgentRecord(name: "auditor02", role: "auditor"),
    ], attempts: [AttemptBudget(kind: "write", attempts: 1)], parallel: 2, retryPauses: [0, 0], fileLimit: 50)

  static func planned(
    _ id: String, _ files: [String], in substage: String = "4.2", role: String = "developer",
    goals: [String] = ["FR-001"],
    sequence: Int = 1
  ) -> PlannedTask {
    PlannedTask(
      id: id, title: "Write \(id)", substage: substage, role: role, performer: role == "auditor" ? "look" : "write",
      files: files, goals: goals, sequence: sequence)
  }

  static func workflow(_ rules: Supervision = rules) -> Workflow {
    func option(_ id: String, _ effect: OptionEffect, target: String? = nil) -> PlaybookOption {
      PlaybookOption(
        id: id, key: String(id.prefix(1)), title: id, says: id, effect: effect, noteRequired: false, confirm: nil,
        target: target)
    }
    func playbook(_ id: String, _ scenario: Int, _ kind: SituationKind, _ options: [PlaybookOption]) -> Playbook {
      Playbook(
        id: id, scenario: scenario, title: "{{task}}{{text}}", body: "{{error}}{{failed}}", options: options,
        recommended: nil, situation: kind)
    }
    func task(_ id: String, role: String, performer: String, files: [String] = []) -> TaskTemplate {
      TaskTemplate(id: id, title: id, role: role, performer: performer, files: files, maxAttempts: 3)
    }
    return Workflow(
      id: "team", title: "Team", version: 1, digest: "",
      fields: [
        BriefFieldRule(field: .maturityLevel, required: true, why: "It decides.", format: "1–4"),
        BriefFieldRule(field: .functionalRequirements, required: true, why: "They are made.", format: "- Must: …"),
      ], levels: [Level(number: 1, name: "One", summary: "", coverage: 60, minutes: 1...2)], modules: [],
      stages: [
        Stage(id: 1, name: "Brief", work: [.brief(playbook: "gaps")], substages: []),
        Stage(
          id: 3, name: "Plan",
          work: [.task(task("plan", role: "manager", performer: "plan", files: ["artifacts/plans/plan.md"]))],
          substages: []),
        Stage(
          id: 4, name: "Code", work: [.substages],
          substages: [
            Substage(id: "4.2", name: "Routers", fromLevel: 1, module: nil, done: ""),
            Substage(id: "4.3", name: "More", fromLevel: 1, module: nil, done: ""),
          ]),
        Stage(
          id: 5, name: "Verify",
          work: [
            .gates(playbook: "gate-failed"),
            .verification(task("final-audit", role: "auditor", performer: "audit"), playbook: "verification-failed"),
          ], substages: []),
      ],
      gates: [
        Gate(
          id: "tests", title: "Tests", category: "Tests", kind: "tests", fromLevel: 1, mandatoryFrom: 1,
          required: "all pass", settings: [], maxAttempts: 3)
      ],
      playbooks: [
        playbook("gaps", 1, .briefIncomplete, [option("fill", .amend)]),
        playbook("task-failed", 3, .taskFailed, [option("retry", .retry), option("skip", .skip)]),
        playbook("gate-failed", 4, .gateFailed, [option("retry", .retry), option("regenerate", .regenerate)]),
        playbook("loop", 10, .loop, [option("retry", .retry), option("skip", .skip)]),
        playbook(
          "agent-missing", 0, .agentMissing, [option("adopt", .adopt, target: "{{provision}}"), option("skip", .skip)]),
        playbook(
          "blocker-open", 4, .blockerOpen,
          [option("retry", .retry), option("dismiss", .dismiss), option("proceed", .proceed)]),
        playbook(
          "verification-failed", 4, .verificationFailed,
          [option("retry", .retry), option("edits", .adopt), option("proceed", .proceed)]),
      ], supervision: rules)
  }
}
