import Kernel

@testable import Console

/// The fixture's workflow with agents, goals, a health monitor and the questions of supervision.
extension Fixture {
  static var supervised: Workflow {
    var workflow = recovering
    workflow.playbooks += [missing, blocked]
    workflow.supervision = Supervision(
      agents: [
        AgentRecord(name: "architect01", role: "architect"), AgentRecord(name: "developer01", role: "developer"),
        AgentRecord(name: "developer02", role: "developer"),
        AgentRecord(name: "developer03", role: "developer", state: .failed, reason: "three attempts failed in a row"),
      ], attempts: [AttemptBudget(kind: "developer", attempts: 3), AttemptBudget(kind: "tester", attempts: 2)],
      healthRetries: 1)
    return workflow
  }

  private static let missing = Playbook(
    id: "agent-missing", scenario: 0, title: "Nobody can do {{task}}", body: "{{alert}}\n\n{{agents}}",
    options: [
      option("skip", "s", "Leave it out", "The task is left out.", .skip, note: true),
      option("rest", "p", "Pause", "Everything rests until somebody resumes it.", .pause), stop,
    ], recommended: "rest", situation: .agentMissing)

  private static let blocked = Playbook(
    id: "blocker-open", scenario: 0, title: "{{blocker}}: {{text}}", body: "{{history}}",
    options: [
      option("go-on", "g", "Go on without it", "It stays on record.", .proceed, note: true),
      option("rest", "p", "Pause", "Everything rests until somebody resumes it.", .pause), stop,
    ], recommended: "rest", situation: .blockerOpen)

  /// What a review says of files that do not hold.
  static func rejection(of files: [String]) -> TaskFailure {
    TaskFailure(
      cause: .cognitive, message: "SyntaxError: line 41: unexpected indent\nThe file cannot be imported.",
      missing: files, type: "SyntaxError", trace: "app/routes.py:41\n  return order\napp/main.py:3",
      tools: ["read app/models.py", "write app/routes.py (88 lines)"],
      rejections: files.map {
        FileRejection(path: $0, reasons: ["Line 41: unexpected indent."], keptAt: "/work/hotel/.aside/\($0)")
      })
  }

  /// A plan with work for two developers and a tester whom nobody has.
  static let teamPlan: [PlannedTask] = [
    PlannedTask(
      id: "3.1-main", title: "Service skeleton", substage: "3.1", role: "developer", performer: "generator",
      files: ["app/main.py", "pyproject.toml"], goals: ["FR-001", "FR-002"], priority: .high),
    PlannedTask(
      id: "3.2-models", title: "Order models", substage: "3.2", role: "developer", performer: "generator",
      files: ["app/models.py"], goals: ["FR-001"], priority: .high),
    PlannedTask(
      id: "3.2-routes", title: "Booking routes", substage: "3.2", role: "developer", performer: "generator",
      files: ["app/routes.py"], goals: ["FR-001"], dependsOn: ["3.2-models"]),
    PlannedTask(
      id: "3.2-seed", title: "Seed data", substage: "3.2", role: "developer", performer: "generator",
      files: ["app/seed.py"], goals: ["FR-002"]),
    PlannedTask(
      id: "3.2-tests", title: "Tests of cancelling", substage: "3.2", role: "tester", performer: "generator",
      files: ["tests/test_cancel.py"], goals: ["FR-002"]),
    PlannedTask(
      id: "3.2-docs", title: "Runbook", substage: "3.2", role: "developer", performer: "generator",
      files: ["docs/runbook.md"], goals: ["FR-002"], sequence: 2, priority: .low),
  ]

  /// A supervised session in the middle of its work: one task is done, one tries again, one has failed, one has nobody;
  /// agents asked and reported; somebody changed files.
  static func team(_ id: String = "hotel") -> FakeEngine {
    var engine = FakeEngine(id, workflow: supervised)
    engine.plan = teamPlan
    engine.rejecting = ["3.2-routes", "3.2-seed"]
    engine.work()
    engine.answer("approve")
    // The tasks of 3.2 go on side by side; each ends when its turn comes.
    var tries = 0
    while let effect = engine.begin(), tries < 40 {
      tries += 1
      guard case .perform(let task, let attempt) = effect else {
        engine.end(effect)
        continue
      }
      if task == "3.2-routes", attempt == 2 { continue }
      engine.end(effect)
    }
    engine.take(
      .raiseCallback(
        Callback(
          kind: .query, from: "architect01", text: "Is FR-017 descoped?", context: [], task: "plan", attempt: 1)))
    engine.take(.answerCallback("C-1", text: "Yes, since yesterday."), by: "ana")
    engine.take(
      .raiseCallback(
        Callback(
          kind: .clarification, from: "developer01",
          text: "May a booking be cancelled on the day itself?\nThe brief says \"in time\"; I assume midnight.",
          context: [Setting(name: "folder", value: "app/")], urgency: .high, task: "3.2-routes", attempt: 2)))
    engine.take(
      .raiseCallback(
        Callback(kind: .blocker, from: "developer02", text: "app/seed.py was not created.", task: "3.2-docs")))
    engine.take(.raiseCallback(Callback(kind: .progress, from: "developer01", text: "half of the routes are done")))
    engine.take(
      .recordFiles(
        FileBatch(
          author: .outside,
          operations: [
            FileOperation(
              kind: .modified, path: "app/main.py", size: 990, before: "9f3c3.1-main", after: "77a0beef"),
            FileOperation(kind: .created, path: "notes/todo.txt", size: 12, before: nil, after: "0ddba11"),
            FileOperation(kind: .removed, path: "pyproject.toml", size: 0, before: "9f3c", after: nil),
          ])))
    engine.take(.checkHealth)
    return engine
  }

  /// A supervised session in which an agent asks leave for what a person decides on: a difference, then a command.
  static func asking(_ id: String = "hotel") -> FakeEngine {
    var engine = team(id)
    func ask(_ number: Int, _ title: String, _ details: String, _ scope: GrantScope) -> PermissionRequest {
      PermissionRequest(
        task: "3.2-routes", attempt: 2, number: number, agent: "developer01", title: title, details: details,
        why: "No rule of its role's card covers it.",
        choices: [
          PermissionChoice(id: "once", name: "Yes, proceed", kind: .allowOnce),
          PermissionChoice(id: "ever", name: "Yes, and don't ask again for this", kind: .allowAlways),
          PermissionChoice(id: "no", name: "No, and tell me what to do differently", kind: .rejectOnce),
        ], scope: scope)
    }
    let difference = """
      change `app/main.py`:

      ````diff
      @@ line 12 @@
      -app = FastAPI()
      +app = FastAPI(title="Hotel", description=\"""
      +```
      +GET /rooms
      +```
      +\""")
      ````

      Kind of tool: edit
      """
    func record(_ number: Int, _ title: String, _ allowed: Bool, by: String, decision: String? = nil) {
      engine.take(
        .recordPermission(
          PermissionRecord(
            task: "3.2-routes", attempt: 2, number: number, agent: "developer01", title: title, isAllowed: allowed,
            answer: allowed ? "Yes, proceed" : "No", by: by, decision: decision)))
    }
    record(1, "Write app/routes.py", true, by: "rule of the card developer: its own files")
    record(2, "Run rm -rf build", false, by: "rule of the card developer")
    engine.take(.askPermission(ask(3, "Run pytest -q", "Command:\n\n```sh\npytest -q\n```", .command("pytest -q"))))
    if let decision = engine.session.openDecisions.last(where: { $0.subjectPermission != nil }) {
      let option = Decision.grantOption
      engine.take(.answer(Answer(decision: decision.id, option: option, digest: decision.digest)), by: "ana")
      record(3, "Run pytest -q", true, by: "ana", decision: decision.id)
    }
    engine.take(.askPermission(ask(4, "Edit app/main.py", difference, .path("app/main.py"))))
    engine.take(
      .askPermission(
        ask(
          5, "Install httpx", "Command:\n\n```sh\npip install 'httpx>=0.27' && pip freeze > requirements.txt\n```",
          .command("pip install httpx"))))
    return engine
  }

  /// A supervised session whose sub-stage failed as a whole.
  static func fallen(_ id: String = "hotel") -> FakeEngine {
    var engine = FakeEngine(id, workflow: supervised)
    engine.plan = teamPlan.filter { $0.role == "developer" }
    engine.rejecting = ["3.2-seed"]
    engine.work()
    engine.answer("approve")
    engine.work()
    return engine
  }
}
