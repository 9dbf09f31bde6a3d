import Testing

@testable import Kernel

/// A session that a test drives by hand, one order after the other.
struct Driver {
  var session = Session()
  var events: [Event] = []
  var clock: Moment = 0

  /// A session that nobody has created.
  static var blank: Driver { Driver(clock: 0) }

  private init(clock: Moment) { self.clock = clock }

  /// A session on a workflow, created and with a lease taken by epoch 1.
  init(
    _ workflow: Workflow = Workflows.mini, brief: String = Briefs.text(), level: Int? = nil, modules: [String]? = nil,
    answers: [AdvanceAnswer] = [], duties: [RoleDuty] = []
  ) throws {
    try order(
      .create(
        Creation(
          id: "s", title: "t", workspace: "/w", briefText: brief, workflow: workflow, level: level, modules: modules,
          answers: answers), duties: duties))
    try order(.takeLease(holder: "e", epoch: 1), by: "engine")
  }

  /// Gives an order and folds what follows; a refusal changes nothing.
  @discardableResult
  mutating func order(_ demand: Demand, by: String = "Ada") throws(Refusal) -> [Event] {
    clock += 1
    let new = try decide(Order(at: clock, by: by, demand: demand), in: session)
    for event in new { session.apply(event) }
    events += new
    if isKeeping { try keepFiles() }
    return new
  }

  /// Whether pictures of the workspace are taken as soon as they are owed, so that a test need not speak of them.
  var isKeeping = true

  /// Keeps the workspace while that is owed and an engine is there.
  mutating func keepFiles() throws(Refusal) {
    while session.holder != nil, case .keep(let attempt)? = session.outstanding.first, session.inFlight.isEmpty {
      try decideAndApply(.start(.keep(attempt: attempt), epoch: session.epoch))
      try decideAndApply(
        .reportKept(
          attempt: attempt,
          outcome: .kept(tree: "kept-\(session.touchedAt)", files: session.tasks.flatMap(\.files), edits: [])))
    }
  }

  private mutating func decideAndApply(_ demand: Demand) throws(Refusal) {
    let new = try decide(Order(at: clock, by: "engine", demand: demand), in: session)
    for event in new { session.apply(event) }
    events += new
  }

  /// What an order is refused with; records an issue when it is accepted.
  func refusal(
    _ demand: Demand, by: String = "Ada", sourceLocation: SourceLocation = #_sourceLocation
  ) -> Refusal? {
    do throws(Refusal) {
      let events = try decide(Order(at: 99, by: by, demand: demand), in: session)
      Issue.record("accepted with \(events.count) events", sourceLocation: sourceLocation)
      return nil
    } catch {
      return error
    }
  }

  /// The oldest open decision.
  func open(sourceLocation: SourceLocation = #_sourceLocation) throws -> Decision {
    try #require(session.openDecisions.first, sourceLocation: sourceLocation)
  }

  /// Answers the oldest open decision, with everything that its option needs.
  @discardableResult
  mutating func answer(
    _ option: String, note: String = "because", fields: [FieldValue] = [], by: String = "Ada"
  ) throws -> [Event] {
    let decision = try open()
    let answer = Answer(
      decision: decision.id, option: option, digest: decision.digest, note: note, fields: fields,
      confirmation: decision.option(option)?.confirm ?? "")
    return try order(.answer(answer), by: by)
  }

  /// Starts an effect under the current lease.
  mutating func start(_ effect: Effect) throws { try order(.start(effect, epoch: session.epoch), by: "engine") }

  /// Starts what a task is owed and reports it.
  mutating func perform(_ task: String, _ outcome: TaskOutcome? = nil) throws {
    let record = try #require(session.task(task))
    try start(.perform(task: task, attempt: record.attempt))
    try order(
      .reportTask(task, attempt: record.attempt, outcome: outcome ?? .finished(Driver.report(for: record))),
      by: "engine")
  }

  /// Runs a gate and reports it.
  mutating func run(_ gate: String, passed: Bool = true, unavailable: String? = nil) throws {
    let attempt = try #require(session.gate(gate)).attempt
    try start(.runGate(gate, attempt: attempt))
    try order(
      .reportGate(
        gate, attempt: attempt,
        result: GateResult(passed: passed, required: "0", achieved: passed ? "0" : "3", unavailable: unavailable)),
      by: "engine")
  }

  /// Does everything that is owed, successfully, until a person is needed, the end is reached, or a task is owed.
  mutating func work(until stop: String? = nil, failing gates: Set<String> = []) throws {
    for _ in 0..<500 {
      guard let effect = session.outstanding.first else { return }
      switch effect {
      case .perform(let task, _):
        if task == stop { return }
        try perform(task)
      case .runGate(let gate, _):
        if gate == stop { return }
        try run(gate, passed: !gates.contains(gate))
      case .keep: try keepFiles()
      case .restore(let id, let attempt):
        try start(effect)
        try order(.reportRestored(id, attempt: attempt, outcome: .restored(restored: 1, removed: 1)), by: "engine")
      case .inspect(let subject, let attempt):
        try start(effect)
        let files = session.files.records.map { FileClaim(path: $0.path, hash: $0.hash) }
        try order(.reportInspection(subject, attempt: attempt, files: files), by: "engine")
      case .probe(let id, let attempt):
        try start(effect)
        try order(.reportRestoredDependency(id, attempt: attempt, words: "It answers."), by: "engine")
      }
    }
    Issue.record("the work has no end")
  }

  /// A report with everything a task owes; a plan gives each sub-stage one task.
  static func report(for task: TaskRecord) -> TaskReport {
    var report = TaskReport(files: task.expectedFiles.map { FileClaim(path: $0, hash: "\(task.id)-\(task.attempt)") })
    switch task.performer {
    case "plan": report.planned = plan(["3.1", "3.1b", "3.2"])
    case "checkpoint": report.tree = "tree-\(task.attempt)"
    default: break
    }
    return report
  }

  /// One task for each sub-stage.
  static func plan(_ substages: [String], suffix: String = "") -> [PlannedTask] {
    substages.map {
      PlannedTask(
        id: "task-\($0)\(suffix)", title: $0, substage: $0, role: "agent", performer: "code", files: ["src/\($0).py"])
    }
  }

  /// The names of events, without what they carry.
  static func kinds(_ events: [Event]) -> [String] {
    events.map { String(String(describing: $0.fact).prefix { $0 != "(" }) }
  }
}
