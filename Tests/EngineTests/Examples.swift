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
  static let facts: [Fact] =
    [
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
      .effectReconciled(
        EffectFinding(
          effect: .restore(2, attempt: 1), verdict: .unknown, evidence: "1 of 2 files are there.",
          files: [FileClaim(path: "a.txt", hash: "aa")])),
      .workspaceKept(attempt: 4, tree: "t4", files: 12, edits: ["notes.md"]),
      .keepFailed(attempt: 5, reason: "no room"),
      .workspaceMoved(tree: "t5", changes: ["notes.md"]),
      .restorationOwed(restoration),
      .filesRestored(id: 2, attempt: 3, restored: 7, removed: 1),
      .restorationFailed(id: 2, attempt: 2, reason: "busy"),
      .taskSkipped(task: "4.1-files", reason: "not needed"),
      .taskReassigned(task: "4.1-files", performer: "other"),
      .taskResultKept(task: "4.1-files", files: [FileClaim(path: "a.txt", hash: "aa")]),
      .dependencyAwaited(DependencyWait(dependency: "pypi", task: "tools", since: 11, attempt: 2)),
      .dependencyRestored("pypi", attempt: 2, words: "It answers."),
      .substituted(
        Substitution(
          id: "S-3", dependency: "pypi", task: "tools", with: "the cache", todo: "Switch back.", by: "ada", at: 12,
          decision: "tiny-D3")),
      .ruleSettled(
        RuleSettlement(
          rule: "http-only", line: "- direct database access", how: "adopted", level: 2, by: "ada", at: 13,
          note: "agreed", decision: "tiny-D4")),
      .riskAccepted(
        AcceptedRisk(
          id: "R-5", subject: "rule:gdpr", text: "No audit log", note: "a demo", by: "ada", at: 14, decision: "tiny-D5")
      ),
      .itemPostponed(
        PostponedItem(
          id: "P-6", subject: "request:change-1", text: "Chat", note: "later", by: "ada", at: 15, decision: "tiny-D6")),
      .substagesIncluded(["4.3c"]),
      .requested(
        SupervisorRequest(
          id: "rollback-1", kind: .rollBack(to: 4, substages: ["4.1"]), reason: "no MongoDB", by: "ada", at: 16)),
      .requestSettled("rollback-1", how: "roll-back"),
      .workflowOffered(richWorkflow),
      .workflowAdopted,
      .waiverEnded("W-1", reason: "a.py changed"),
      .waiverReminded("W-1"),
      .decisionReminded("tiny-D1", count: 2),
      .undone(UndoRecord(decision: "tiny-D1", option: "waive", version: 31, reason: "too soon", by: "ada", at: 17)),
    ] + Supervising.facts

  static let restoration: Restoration = {
    var owed = Restoration(id: 2, tree: "t1", reason: "it was taken back")
    owed.before = "t4"
    owed.attempt = 3
    owed.failures = ["busy"]
    return owed
  }()

  /// A workflow with everything that a workflow can have.
  static let richWorkflow: Workflow = {
    var rich = workflow
    rich.digest = "d2"
    rich.stages[0].work.insert(.rules(.quality, playbook: "quality"), at: 1)
    rich.gates[0].fix = "repair.lint"
    rich.rules = [
      Rule(
        id: "gdpr", kind: .quality, title: "GDPR needs level 4", words: [["gdpr", "dsgvo"], ["comply"]],
        unless: ["no gdpr"], fields: [.nonFunctionalConstraints], why: "Audit.", alternative: "Level 4.",
        impact: "time", neededLevel: 4, substages: ["4.3d"], gap: ["audit log"])
    ]
    rich.dependencies = [
      Dependency(
        id: "pypi", title: "PyPI", words: ["pypi"], severity: .workaround, workaround: "the cache",
        usualOutage: "half an hour", affects: "the tools", probe: ["true"])
    ]
    rich.causes = [CauseSign(place: .configuration, words: ["setting"])]
    rich.closing = [
      TaskTemplate(
        id: "partial-report", title: "Partial report", role: "auditor", performer: "document.partial-report",
        files: ["r.md"], maxAttempts: 2)
    ]
    rich.waiverCap = 3
    rich.playbooks.append(
      Playbook(
        id: "quality", scenario: 9, title: "{{rule-title}}", body: "{{requested}}",
        options: [
          PlaybookOption(
            id: "upgrade", key: "u", title: "Level {{needed-level}}", says: "More.", effect: .changeLevel,
            noteRequired: false, confirm: nil, target: "{{needed-level}}",
            offeredWhen: [Condition(fact: "needed-level", test: .atLeast, value: "2")],
            recommendedWhen: [Condition(fact: "rule", test: .equal, value: "gdpr")], fields: ["Until"],
            isReversible: false)
        ], recommended: "upgrade", situation: .qualityConflict, stages: [1, 5],
        conditions: [Condition(fact: "rule", test: .different, value: "other")], severity: .failure,
        fields: [DecisionField(name: "Until", why: "w", format: "f", isOptional: true)], attempts: 3,
        reminders: [30, 240], expiry: 4_320, records: "{{rule}} was settled."))
    return rich
  }()

  /// A decision with everything that a decision can have.
  static let richDecision: Decision = {
    var rich = decision
    rich.situation = "gate-failed"
    rich.severity = .failure
    rich.facts = [Setting(name: "attempts-left", value: "0")]
    rich.tree = "t4"
    rich.basis = "b"
    rich.changes = ["notes.md"]
    rich.records = "The gate failed."
    rich.reminders = [30]
    rich.expiry = 60
    rich.fields[0].isOptional = true
    rich.options[0].target = "3"
    rich.options[0].fields = ["Until"]
    rich.options[0].isReversible = false
    return rich
  }()

  static let grownResult = GateResult(
    passed: true, required: "all pass", achieved: "2 passed, 0 failed, 0 errors, 1 flaky, 3 known",
    findings: [Finding(file: "tests/test_a.py", line: 4, code: "flaky", message: "test_a: it passed when run again")],
    command: ["pytest"], exitStatus: 1, evidence: "/e/tests.txt", evidenceHash: "abd", milliseconds: 9,
    flaky: ["tests/test_a.py::test_a"], baselined: 3)

  /// Facts that have an example above already, with everything that was added to them since.
  static let grown: [Fact] =
    [
      .gateReported(gate: "tests", attempt: 2, result: grownResult),
      .decisionRaised(richDecision),
      .decisionAnswered(Answer(decision: "tiny-D1", option: "waive", digest: "f00", tree: "t4", by: "ada", at: 7)),
      .decisionAnswered(
        Answer(
          decision: "tiny-D1", option: "waive", digest: "f00", by: "ada", at: 7,
          origin: AnswerOrigin(user: 1000, host: "desk", terminal: "/dev/pts/4", client: "console"))),
      .gateWaived(
        Waiver(
          id: "W-2", gate: "lint", reason: "known", by: "ada", at: 9, until: "stage 4 runs again", decision: "tiny-D2",
          end: .stageRuns(4), fingerprint: "f", scope: [FileClaim(path: "a.py", hash: "aa")], compensation: "a review")),
      .gateWaived(
        Waiver(
          id: "W-3", gate: "lint", reason: "known", by: "ada", at: 9, until: "a day", decision: "tiny-D3",
          end: .time(99))),
      .gateWaived(
        Waiver(
          id: "W-4", gate: "lint", reason: "known", by: "ada", at: 9, until: "a file", decision: "tiny-D4",
          end: .fileChanges)),
      .effectStarted(.keep(attempt: 3), epoch: 1), .effectStarted(.probe("pypi", attempt: 1), epoch: 1),
      .requested(
        SupervisorRequest(id: "change-1", kind: .change(text: "Chat", field: nil), reason: "", by: "ada", at: 1)),
      .requested(SupervisorRequest(id: "abort-1", kind: .abort, reason: "enough", by: "ada", at: 1)),
      .requested(
        SupervisorRequest(id: "playbooks-1", kind: .adoptPlaybooks(digest: "d2"), reason: "", by: "engine", at: 1)),
      .taskCreated(
        TaskRecord(
          id: "fix-lint-1", title: "Mend", stage: 5, substage: nil, role: "engineer", performer: "repair.lint",
          expectedFiles: [], maxAttempts: 1, repairs: "lint")),
    ] + Supervising.grown
}
