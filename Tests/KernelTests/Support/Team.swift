@testable import Kernel

/// A workflow whose work is supervised, with as little in it as possible.
enum Team {
  static let rules = Supervision(
    agents: [
      AgentRecord(name: "architect01", role: "architect"), AgentRecord(name: "developer01", role: "developer"),
      AgentRecord(name: "developer02", role: "developer"), AgentRecord(name: "auditor01", role: "auditor"),
    ], attempts: [AttemptBudget(kind: "write", attempts: 1)], healthRetries: 3)

  static func playbooks() -> [Playbook] {
    func made(_ id: String, _ situation: SituationKind, _ options: [PlaybookOption]) -> Playbook {
      Playbook(
        id: id, scenario: 0, title: id, body: "", options: options + [Workflows.pause, Workflows.abort],
        recommended: nil, situation: situation)
    }
    func option(_ id: String, _ effect: OptionEffect, target: String? = nil) -> PlaybookOption {
      PlaybookOption(
        id: id, key: String(id.prefix(1)), title: id, says: id, effect: effect, noteRequired: false, confirm: nil,
        target: target)
    }
    return Workflows.playbooks + [
      made(
        "agent-missing", .agentMissing,
        [option("adopt", .adopt, target: "{{provision}}"), option("skip", .skip), option("later", .postpone)]),
      made(
        "blocker-open", .blockerOpen,
        [option("retry", .retry), option("dismiss", .dismiss), option("proceed", .proceed)]),
      made(
        "verification-failed", .verificationFailed,
        [
          option("retry", .retry), option("edits", .adopt), option("proceed", .proceed),
          option("generate", .regenerate),
        ]),
    ]
  }

  static func workflow(_ rules: Supervision = rules, isolating: Bool = false) -> Workflow {
    func task(_ id: String, role: String, performer: String, files: [String] = []) -> TaskTemplate {
      TaskTemplate(id: id, title: id, role: role, performer: performer, files: files, maxAttempts: 2)
    }
    return Workflow(
      id: "team", title: "team", version: 1, digest: "", fields: Workflows.fields, levels: Workflows.levels,
      modules: Workflows.modules,
      stages: [
        Stage(id: 0, name: "Brief", work: [.brief(playbook: "gaps")], substages: []),
        Stage(
          id: 1, name: "Plan", work: [.task(task("plan", role: "architect", performer: "plan", files: ["plan.md"]))],
          substages: []),
        Stage(
          id: 2, name: "Code", work: [.substages],
          substages: [
            Substage(id: "2.1", name: "Routers", fromLevel: 1, module: nil, done: ""),
            Substage(id: "2.2", name: "Preview", fromLevel: 1, module: nil, done: "", canIsolate: isolating),
          ]),
        Stage(
          id: 3, name: "Verify",
          work: [
            .gates(playbook: "gate-failed"),
            .verification(task("audit", role: "auditor", performer: "audit"), playbook: "verification-failed"),
          ], substages: []),
      ], gates: [Workflows.gate("tests", mandatory: 1)], playbooks: playbooks(), supervision: rules)
  }

  static func planned(
    _ id: String, _ files: [String], in substage: String = "2.1", role: String = "developer",
    goals: [String] = ["FR-001"],
    sequence: Int = 1, dependsOn: [String] = [], priority: TaskPriority = .medium
  ) -> PlannedTask {
    PlannedTask(
      id: id, title: "Write \(id)", substage: substage, role: role, performer: role == "auditor" ? "look" : "write",
      files: files, goals: goals, sequence: sequence, dependsOn: dependsOn, priority: priority)
  }

  static let routers = [
    planned("leads", ["routers/leads.py"]), planned("notes", ["routers/notes.py"], goals: ["FR-002"]),
    planned("preview", ["preview.txt"], in: "2.2"),
  ]
}

/// A supervised session that a test drives by hand, with a disk of its own.
struct TeamDriver {
  var driver: Driver
  /// What lies on the disk, by path.
  var disk: [String: String] = [:]

  var session: Session { driver.session }
  var facts: [Fact] { driver.events.map(\.fact) }

  init(
    _ workflow: Workflow = Team.workflow(), planning planned: [PlannedTask] = Team.routers, duties: [RoleDuty] = []
  ) throws {
    driver = try Driver(workflow, brief: Briefs.text(), level: 1, duties: duties)
    driver.isKeeping = false
    try work(until: "plan")
    disk["plan.md"] = "p"
    try end("plan", TaskReport(planned: planned))
  }

  /// Lets time pass and says so.
  mutating func wait(seconds: Int) throws {
    driver.clock += Moment(seconds) * 1_000
    try driver.order(.tick, by: "engine")
  }

  func claims(_ paths: [String]) -> [FileClaim] {
    paths.compactMap { path in disk[path].map { FileClaim(path: path, hash: $0) } }
  }

  var whole: [FileClaim] { claims(disk.keys.sorted()) }

  /// Records what a task left and reports it.
  mutating func end(_ id: String, _ report: TaskReport = TaskReport()) throws {
    guard let task = session.task(id) else { return }
    if !session.inFlight.contains(.perform(task: id, attempt: task.attempt)) {
      try driver.start(.perform(task: id, attempt: task.attempt))
    }
    var report = report
    for path in task.expectedFiles where disk[path] == nil { disk[path] = "\(id)#\(task.attempt)" }
    report.files = claims(task.expectedFiles)
    let operations = report.files.filter { session.files[$0.path]?.hash != $0.hash }.map {
      FileOperation(kind: .created, path: $0.path, size: 1, before: nil, after: $0.hash)
    }
    let author = FileAuthor.task(id, attempt: task.attempt, agent: task.agent)
    try driver.order(.recordFiles(FileBatch(author: author, operations: operations)), by: "engine")
    try driver.order(.reportTask(id, attempt: task.attempt, outcome: .finished(report)), by: "engine")
  }

  mutating func fail(_ id: String, _ failure: TaskFailure) throws {
    guard let task = session.task(id) else { return }
    if !session.inFlight.contains(.perform(task: id, attempt: task.attempt)) {
      try driver.start(.perform(task: id, attempt: task.attempt))
    }
    try driver.order(.reportTask(id, attempt: task.attempt, outcome: .failed(failure)), by: "engine")
  }

  /// Does one effect as it should be.
  mutating func perform(_ effect: Effect) throws {
    switch effect {
    case .perform(let id, let attempt):
      guard let task = session.task(id) else { return }
      if task.performer == Playbook.checkpointPerformer {
        try driver.start(effect)
        let report = TaskReport(files: whole, tree: "tree-\(disk.hashValue)")
        return try void(driver.order(.reportTask(id, attempt: attempt, outcome: .finished(report)), by: "engine"))
      }
      if task.performer == Playbook.quarantinePerformer {
        for path in (task.guidance ?? "").split(separator: "\n") { disk[String(path)] = nil }
      }
      try end(id)
    case .runGate(let id, let attempt):
      try driver.start(effect)
      let result = GateResult(passed: true, required: "0", achieved: "0", evidence: "e", evidenceHash: "h")
      try driver.order(.reportGate(id, attempt: attempt, result: result), by: "engine")
    case .keep(let attempt):
      try driver.start(effect)
      let outcome = KeepOutcome.kept(tree: "tree-\(disk.hashValue)", files: whole, edits: [])
      try driver.order(.reportKept(attempt: attempt, outcome: outcome), by: "engine")
    case .inspect(let subject, let attempt):
      try driver.start(effect)
      try driver.order(.reportInspection(subject, attempt: attempt, files: whole), by: "engine")
    case .restore(let id, let attempt):
      try driver.start(effect)
      try driver.order(
        .reportRestored(id, attempt: attempt, outcome: .restored(restored: 1, removed: 0)), by: "engine")
    case .probe(let id, let attempt):
      try driver.start(effect)
      try driver.order(.reportRestoredDependency(id, attempt: attempt, words: "back"), by: "engine")
    }
  }

  private func void(_ events: [Event]) {}

  /// Does everything that is owed until a task is, a person is needed, or nothing is left.
  mutating func work(until stop: String? = nil) throws {
    for _ in 0..<500 {
      guard let effect = session.outstanding.first(where: { !session.inFlight.contains($0) }) else { return }
      if case .perform(stop, _) = effect { return }
      try perform(effect)
    }
  }
}
