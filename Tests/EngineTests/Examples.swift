import Engine
import Kernel

/// One example of everything that can have happened, and a small workflow to have it happen in.
enum Examples {
  static let options = [
    PlaybookOption(
      id: "approve", key: "a", title: "Approve", says: "The session goes on.", effect: .approve, noteRequired: false,
      confirm: nil),
    PlaybookOption(
      id: "retry", key: "r", title: "Try again", says: "It is tried again.", effect: .retry, noteRequired: false,
      confirm: nil),
    PlaybookOption(
      id: "waive", key: "w", title: "Accept", says: "It is accepted.", effect: .waive, noteRequired: true,
      confirm: nil),
    PlaybookOption(
      id: "pause", key: "p", title: "Pause", says: "The session rests.", effect: .pause, noteRequired: false,
      confirm: nil),
    PlaybookOption(
      id: "abort", key: "x", title: "Abort", says: "The session ends.", effect: .abort, noteRequired: true,
      confirm: "{{session}}"),
  ]

  static func playbook(_ id: String) -> Playbook {
    Playbook(
      id: id, scenario: 0, title: "\(id) of {{session}}?", body: "Stage {{stage}}.", options: options,
      recommended: "approve")
  }

  static let workflow = Workflow(
    id: "tiny", title: "Tiny", version: 1, digest: "d1",
    fields: [
      BriefFieldRule(field: .maturityLevel, required: true, why: "It sets the scope.", format: "1 to 4."),
      BriefFieldRule(field: .optionalModules, required: false, why: "They add services.", format: "a list."),
    ],
    levels: [
      Level(number: 1, name: "PoC", summary: "a demo", coverage: 60, minutes: 5...7),
      Level(number: 2, name: "Development", summary: "a beta", coverage: 75, minutes: 10...12),
    ],
    modules: [
      Module(id: "workers", title: "Workers", aliases: ["background workers"], requires: ["rabbitmq"]),
      Module(id: "rabbitmq", title: "RabbitMQ", aliases: [], requires: []),
    ],
    stages: [
      Stage(
        id: 1, name: "Validate",
        work: [
          .brief(playbook: "gaps"),
          .task(
            TaskTemplate(
              id: "plan", title: "Plan", role: "architect", performer: "plan", files: ["plan.md"], maxAttempts: 3)),
          .approval(playbook: "approve-plan"),
        ], substages: []),
      Stage(
        id: 4, name: "Generate", work: [.shortcomings(playbook: "gaps"), .substages],
        substages: [
          Substage(id: "4.1", name: "First", fromLevel: 1, module: nil, done: "there"),
          Substage(id: "4.4b", name: "Logging", fromLevel: 2, module: "workers", done: "there"),
        ]),
      Stage(id: 5, name: "Verify", work: [.gates(playbook: "gate-failed")], substages: []),
    ],
    gates: [
      Gate(
        id: "lint", title: "Lint", category: "static", kind: "lint", fromLevel: 1, mandatoryFrom: 1,
        required: "0 errors", settings: [Setting(name: "path", value: ".")], maxAttempts: 3)
    ],
    playbooks: ["gaps", "approve-plan", "gate-failed", "task-failed"].map(playbook))

  static let task = TaskRecord(
    id: "4.1-files", title: "Write files", stage: 4, substage: "4.1", role: "developer", performer: "write",
    expectedFiles: ["a.txt"], maxAttempts: 3)

  static let result = GateResult(
    passed: false, required: "0 errors", achieved: "2 errors",
    findings: [Finding(file: "a.py", line: 3, code: "E1", message: "bad | “quoted”")], command: ["ruff", "check"],
    exitStatus: 1, evidence: "/e/lint.json", evidenceHash: "abc", unavailable: nil, milliseconds: 12)

  static let decision: Decision = {
    var decision = Decision(
      id: "tiny-D1", playbook: "gate-failed", scenario: 4, stage: 5, subject: "gate:lint", title: "Lint failed",
      body: "Line one.\nLine two.", askedBy: "engine",
      fields: [DecisionField(name: "Target maturity level", why: "It sets the scope.", format: "1 to 4")],
      options: [
        Option(
          id: "waive", key: "w", title: "Accept", says: "It is accepted.", effect: .waive, noteRequired: true,
          confirm: "tiny")
      ], recommended: nil, digest: "f00", raisedAt: 5)
    return decision
  }()

  static let answer = Answer(
    decision: "tiny-D1", option: "waive", digest: "f00", note: "known",
    fields: [FieldValue(field: "Target maturity level", value: "2")], confirmation: "tiny", inAdvance: true,
    by: "ada", at: 7)

  static let creation = Creation(
    id: "tiny", title: "Tiny — größer", workspace: "/w", briefText: "# Tiny\r\n## Level\n2", workflow: workflow,
    level: 2, modules: ["workers"],
    answers: [
      AdvanceAnswer(
        by: "ada", playbook: "approve-plan", subject: nil, option: "approve", note: "seen", fields: [])
    ])

  /// In the order of `Fact`'s cases; a fact without an example has no stored form that is kept by a fixture.
  static let facts: [Fact] = [
    .sessionCreated(creation),
    .leaseTaken(holder: "process 7 on host", epoch: 3),
    .leaseReleased(epoch: 3),
    .effectStarted(.perform(task: "plan", attempt: 2), epoch: 3),
    .effectInterrupted(.runGate("lint", attempt: 1), reason: "gone"),
    .stageStarted(1),
    .stageCompleted(1),
    .briefAccepted(level: 2, modules: ["workers", "rabbitmq"], notices: ["RabbitMQ was added."]),
    .briefAmended([FieldValue(field: "Target maturity level", value: "2")]),
    .taskCreated(task),
    .taskCompleted(task: "4.1-files", attempt: 1, files: [FileClaim(path: "a.txt", hash: "aa")]),
    .taskFailed(
      task: "4.1-files", attempt: 1,
      failure: TaskFailure(cause: .environment, message: "no disk", missing: ["a.txt"])),
    .taskRetried(task: "4.1-files", guidance: "try"),
    .workPlanned([
      PlannedTask(
        id: "4.1-files", title: "Write files", substage: "4.1", role: "developer", performer: "write",
        files: ["a.txt"])
    ]),
    .shortcomingsFound([Shortcoming(subject: "bot", reason: "no templates", canLeaveOut: true)]),
    .shortcomingsLeftOut,
    .substageStarted("4.1"),
    .substageSkipped("4.4b", reason: "not requested"),
    .substageCompleted("4.1"),
    .checkpointTaken(id: "4.1", tree: "t1", files: 3),
    .gatesOpened([
      GateRecord(
        id: "lint", title: "Lint", category: "static", mandatory: true, required: "0 errors", maxAttempts: 3)
    ]),
    .gateReported(gate: "lint", attempt: 1, result: result),
    .gateRetried("lint"),
    .gateWaived(
      Waiver(id: "W-1", gate: "lint", reason: "known", by: "ada", at: 9, until: "next run", decision: "tiny-D1")),
    .decisionRaised(decision),
    .decisionAnswered(answer),
    .decisionWithdrawn("tiny-D1", reason: "settled"),
    .approved(stage: 1, playbook: "approve-plan", decision: "tiny-D2"),
    .changesRequested(stage: 1, note: "shorter"),
    .rolledBack(to: 4, substages: ["4.1"], reason: "again"),
    .sessionPaused(reason: "lunch"),
    .sessionResumed,
    .sessionAborted(reason: "enough"),
    .sessionCompleted,
    .noted(severity: .warning, text: "look"),
  ]
}
