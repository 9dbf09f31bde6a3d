import Console
import Kernel
import Screen

/// A small workflow and a fake engine that folds with the kernel, so that the console is tested on real sessions.
enum Fixture {
  /// 2026-08-22 10:00:00 UTC.
  static let start: Int64 = 1_787_392_800_000

  static func option(
    _ id: String, _ key: String, _ title: String, _ says: String, _ effect: OptionEffect, note: Bool = false,
    confirm: String? = nil
  ) -> PlaybookOption {
    PlaybookOption(id: id, key: key, title: title, says: says, effect: effect, noteRequired: note, confirm: confirm)
  }

  static let stop = option(
    "abort", "x", "End the session", "Ends the session and keeps what exists.", .abort, confirm: "{{session}}")

  static let workflow = Workflow(
    id: "small", title: "A small workflow", version: 1, digest: "00",
    fields: [
      BriefFieldRule(
        field: .businessContext, required: true, why: "Agents must know what the system is for.",
        format: "Two or three sentences, e.g. \"Clients book rooms; the owner wants fewer phone calls.\""),
      BriefFieldRule(
        field: .maturityLevel, required: true, why: "It decides which checks run.", format: "A number from 1 to 4."),
    ],
    levels: [
      Level(number: 1, name: "Prototype", summary: "to try", coverage: 60, minutes: 5...8),
      Level(number: 2, name: "Development Ready", summary: "to develop", coverage: 75, minutes: 8...12),
    ],
    modules: [],
    stages: [
      Stage(
        id: 0, name: "Init",
        work: [
          .task(
            TaskTemplate(
              id: "preflight", title: "Check the workspace", role: "engine", performer: "preflight", files: [],
              maxAttempts: 2))
        ], substages: []),
      Stage(id: 1, name: "Brief", work: [.brief(playbook: "incomplete-brief")], substages: []),
      Stage(
        id: 2, name: "Plan",
        work: [
          .task(
            TaskTemplate(
              id: "plan", title: "Implementation plan", role: "architect", performer: "document.plan",
              files: ["artifacts/plan.md"], maxAttempts: 2)), .approval(playbook: "approve-plan"),
        ], substages: []),
      Stage(
        id: 3, name: "Generate", work: [.substages],
        substages: [
          Substage(id: "3.1", name: "Skeleton", fromLevel: 1, module: nil, done: "the service starts"),
          Substage(id: "3.2", name: "Data model", fromLevel: 1, module: nil, done: "tables exist"),
          Substage(id: "3.3", name: "Workers", fromLevel: 1, module: "workers", done: "a job runs"),
        ]),
      Stage(id: 4, name: "Verify", work: [.gates(playbook: "gate-failed")], substages: []),
      Stage(id: 5, name: "Report", work: [.approval(playbook: "accept")], substages: []),
    ],
    gates: [
      Gate(
        id: "lint", title: "Lint", category: "Code", kind: "lint", fromLevel: 1, mandatoryFrom: 1,
        required: "0 findings", settings: [], maxAttempts: 3),
      Gate(
        id: "coverage", title: "Test coverage", category: "Tests", kind: "coverage", fromLevel: 1, mandatoryFrom: 1,
        required: "at least {{coverage}} %", settings: [], maxAttempts: 3),
      Gate(
        id: "docs", title: "Documentation", category: "Docs", kind: "docs", fromLevel: 1, mandatoryFrom: nil,
        required: "README names every command", settings: [], maxAttempts: 3),
    ],
    playbooks: [
      Playbook(
        id: "incomplete-brief", scenario: 1, title: "The brief leaves {{count}} things open",
        body:
          "## What is missing\n\nNothing runs before these are known:\n\n{{gaps}}\n\nWhat you wrote stays as it is.",
        options: [
          option("amend", "a", "Fill in what is missing", "Adds your words to the brief and checks it again.", .amend),
          option("wait", "w", "Pause the session", "Everything rests until somebody resumes it.", .pause), stop,
        ], recommended: "amend"),
      Playbook(
        id: "approve-plan", scenario: 0, title: "Approve the implementation plan, version {{revision}}?",
        body: """
          ## Summary
          Level {{level}}, modules: {{modules}}. **{{requirements}} requirements**, all mapped to tasks.

          ### Documents
          - `artifacts/plan.md`, version {{revision}}

          | Risk | Impact | Plan |
          |---|---|---|
          | broker unavailable | medium | health gate before 3.2 |
          | data lost | high | `pg_dump` every night |

          ### Sub-stages that will run
          {{substages}}
          """,
        options: [
          option("approve", "a", "Approve and begin to generate", "The agents begin with stage 3.", .approve),
          option(
            "changes", "b", "Ask for changes", "The plan is made again with your note.", .requestChanges, note: true),
          option("wait", "w", "Pause the session", "Everything rests until somebody resumes it.", .pause), stop,
        ], recommended: "approve"),
      Playbook(
        id: "gate-failed", scenario: 4, title: "{{gate}}: {{achieved}}, required {{required}}",
        body: "The gate **{{gate}}** failed.\n\n- Command: `{{command}}`\n- Evidence: {{evidence}}\n\n{{findings}}",
        options: [
          option("retry", "r", "Run it again", "The same check runs once more.", .retry),
          option("waive", "v", "Accept the failure", "Kept on record as a debt.", .waive, note: true),
          option("again", "g", "Generate again", "Every sub-stage is generated again.", .regenerate, note: true), stop,
        ], recommended: "retry"),
      Playbook(
        id: "task-failed", scenario: 3, title: "{{task}} failed {{attempts}} times",
        body: "The last error:\n\n```\n{{error}}\n```",
        options: [option("retry", "r", "Try again", "A fresh budget of attempts.", .retry), stop],
        recommended: "retry"),
      Playbook(
        id: "accept", scenario: 0, title: "Accept the result?", body: "{{gates}}.\n\nWaivers:\n\n{{waivers}}",
        options: [option("accept", "a", "Accept", "The session is complete.", .approve), stop], recommended: "accept"),
    ])

  static let fullBrief = """
    # Room booking

    ## Context
    Clients book rooms by telephone; the owner wants fewer calls.

    ## Level
    1

    ## Requirements
    - Must: book a room
    - Must: cancel a booking
    """
}

/// A session with its history and an engine that does everything at once.
struct FakeEngine {
  var session = Session()
  var events: [FeedEvent] = []
  var moment: Int64
  /// Gates that fail as long as they are named here.
  var failing: Set<String> = []
  /// Tasks that fail as long as they are named here.
  var broken: Set<String> = []
  var status = EngineStatus.alive("engine on this machine", since: Fixture.start)

  /// Tasks that fail because something outside does not answer.
  var unreachable: Set<String> = []
  /// Tasks whose files are kept aside by the review as long as they are named here.
  var rejecting: Set<String> = []
  /// What the plan gives the sub-stages, where it is not the usual.
  var plan: [PlannedTask] = []
  /// Edits that somebody else made, found when the files are kept next.
  var edits: [String] = []

  init(
    _ id: String, title: String = "Room booking", brief: String = Fixture.fullBrief, at moment: Int64 = Fixture.start,
    workflow: Workflow = Fixture.workflow
  ) {
    self.moment = moment
    take(
      .create(
        Creation(
          id: id, title: title, workspace: "/work/" + id, briefText: brief, workflow: workflow, level: nil)))
    take(.takeLease(holder: "engine on this machine", epoch: 1))
  }

  var snapshot: SessionSnapshot {
    SessionSnapshot(session: session, events: EventHistory(events), engine: status)
  }

  /// What is on the disk: in supervised work exactly what is on record.
  private var disk: [FileClaim] { session.files.records.map { FileClaim(path: $0.path, hash: $0.hash) } }

  /// Gives an order and folds what follows; tells why it was refused.
  @discardableResult
  mutating func take(_ demand: Demand, by name: String = "engine") -> Refusal? {
    moment += 1000
    do throws(Refusal) {
      for event in try decide(Order(at: moment, by: name, demand: demand), in: session) {
        session.apply(event)
        events.append(FeedEvent(seq: session.version, event: event))
      }
      return nil
    } catch {
      return error
    }
  }

  /// Begins the next effect; tells whether there was one.
  @discardableResult
  mutating func begin() -> Effect? {
    // Keeping the files takes no time here, so that a test need not count it.
    while case .keep(let attempt)? = session.outstanding.first, session.inFlight.isEmpty {
      take(.start(.keep(attempt: attempt), epoch: session.epoch))
      take(.reportKept(attempt: attempt, outcome: .kept(tree: "5ee7\(attempt)", files: disk, edits: edits)))
    }
    guard let effect = session.outstanding.first(where: { !session.inFlight.contains($0) }) else { return nil }
    moment += 4000
    take(.start(effect, epoch: session.epoch))
    return effect
  }

  /// Ends an effect that was begun.
  mutating func end(_ effect: Effect) {
    moment += 20_000
    switch effect {
    case .perform(let id, let attempt):
      if broken.contains(id) {
        let failure = TaskFailure(cause: .cognitive, message: "ModuleNotFoundError: no module named booking")
        take(.reportTask(id, attempt: attempt, outcome: .failed(failure)))
        return
      }
      if unreachable.contains(id) {
        let failure = TaskFailure(cause: .environment, message: "pypi.org: timeout after 60 s")
        take(.reportTask(id, attempt: attempt, outcome: .failed(failure)))
        return
      }
      let task = session.task(id)
      if rejecting.contains(id) {
        take(.reportTask(id, attempt: attempt, outcome: .failed(Fixture.rejection(of: task?.expectedFiles ?? []))))
        return
      }
      if session.workflow.supervision != nil, let task, !task.expectedFiles.isEmpty {
        let operations = task.expectedFiles.map {
          // The same hash as in the report below.
          FileOperation(kind: .created, path: $0, size: 1_024, before: nil, after: "9f3c" + id)
        }
        take(.recordFiles(FileBatch(author: .task(id, attempt: attempt, agent: task.agent), operations: operations)))
      }
      var report = TaskReport(files: (task?.expectedFiles ?? []).map { FileClaim(path: $0, hash: "9f3c" + id) })
      if id == "plan" {
        report.planned =
          !plan.isEmpty
          ? plan
          : ["3.1", "3.2"].map {
            PlannedTask(
              id: "write-\($0)", title: "Write \($0)", substage: $0, role: "developer", performer: "generator",
              files: ["app/\($0).py"])
          }
      }
      if id.hasPrefix("checkpoint-") {
        report.tree = "77a0" + id
        report.files = disk
      }
      take(.reportTask(id, attempt: attempt, outcome: .finished(report)))
    case .runGate(let id, let attempt):
      let passed = !failing.contains(id)
      let result = GateResult(
        passed: passed, required: session.gate(id)?.required ?? "", achieved: passed ? "reached" : "58 %",
        findings: passed
          ? [] : [Finding(file: "app/orders.py", line: 41, code: "C901", message: "never run by a test")],
        command: ["pytest", "--cov=app"], exitStatus: passed ? 0 : 1, evidence: "evidence/\(id).txt",
        evidenceHash: "4be1c0ffee00" + id, milliseconds: 72_000)
      take(.reportGate(id, attempt: attempt, result: result))
    case .keep(let attempt):
      take(.reportKept(attempt: attempt, outcome: .kept(tree: "5ee7\(attempt)", files: disk, edits: [])))
    case .restore(let id, let attempt):
      take(.reportRestored(id, attempt: attempt, outcome: .restored(restored: 3, removed: 2)))
    case .inspect(let subject, let attempt):
      take(.reportInspection(subject, attempt: attempt, files: disk))
    case .probe(let id, let attempt): take(.reportRestoredDependency(id, attempt: attempt, words: "It answers."))
    }
  }

  /// Works until a person is asked or nothing is left.
  mutating func work() {
    while let effect = begin() { end(effect) }
  }

  /// Works for a number of effects.
  mutating func work(effects: Int) {
    for _ in 0..<effects {
      guard let effect = begin() else { return }
      end(effect)
    }
  }

  /// Answers the oldest open decision by an option.
  mutating func answer(_ option: String, note: String = "", fields: [FieldValue] = [], by name: String = "ana") {
    guard let decision = session.openDecisions.first else { return }
    let word = decision.option(option)?.confirm ?? ""
    let answer = Answer(
      decision: decision.id, option: option, digest: decision.digest, note: note, fields: fields, confirmation: word)
    take(.answer(answer), by: name)
  }
}

extension Model {
  /// A console in ASCII at a size.
  static func console(_ columns: Int, _ rows: Int, samples: [Sample] = Model.samples) -> Model {
    Model(
      person: "ana", offsetMinutes: 120, glyphs: .ascii, samples: samples, themes: ["terminal", "safe"],
      theme: "terminal", size: Size(columns: columns, rows: rows))
  }

  static let samples = [
    Sample(
      name: "bookings", title: "Room booking for a small hotel",
      summary: "A complete brief at level 1: watch all stages and approve twice."),
    Sample(
      name: "half-a-brief", title: "A brief with gaps",
      summary: "The first question comes at once: what is missing, and why it is asked."),
    Sample(
      name: "orders", title: "Orders with workers and a broker",
      summary: "Level 3 with two modules, for a longer look."),
  ]

  mutating func send(_ message: Message) { _ = update(message) }

  /// Types keys by their names.
  @discardableResult
  mutating func press(_ names: String...) -> [Intent] {
    names.flatMap { name in Key(name: name).map { update(.key($0)) } ?? [] }
  }

  /// Types a text.
  @discardableResult
  mutating func type(_ text: String) -> [Intent] { text.flatMap { update(.key(.character($0))) } }

  /// Lets time pass in steps, as a terminal loop does.
  @discardableResult
  mutating func wait(_ milliseconds: Int64) -> [Intent] {
    let end = now + milliseconds
    var intents: [Intent] = []
    while now < end { intents += update(.moment(min(end, now + 60))) }
    return intents
  }
}

extension SessionSnapshot {
  /// The same with something changed in the session.
  func with(events: EventHistory? = nil, _ change: (inout Session) -> Void = { _ in }) -> SessionSnapshot {
    var session = session
    change(&session)
    return SessionSnapshot(session: session, events: events ?? self.events, engine: engine, facts: facts)
  }
}
