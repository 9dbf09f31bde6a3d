import Console
import Generator
import Kernel
import Playbooks

/// A session for pictures: the real workflow and the real plan, folded by the real kernel, with work that takes a given
/// time and ends as it is told. No clock, no disk, no chance, so its pictures are the same on every machine.
struct StagedSession {
  private(set) var session = Session()
  private(set) var events: [FeedEvent] = []
  private(set) var moment: Moment
  /// How gates end that do not pass.
  var results: [String: GateResult] = [:]
  /// Tasks, by their titles, whose first attempt fails, and with what.
  var failures: [String: TaskFailure] = [:]
  /// What the generator plans, found out once.
  var plan: [PlannedTask] = []
  private let generator: SystemGenerator

  /// Begins a session of a sample brief.
  init(_ id: String, brief: Brief, workflow: Workflow, generator: SystemGenerator, at moment: Moment) throws {
    self.moment = moment
    self.generator = generator
    try take(
      .create(
        Creation(
          id: id, title: brief.title, workspace: "/home/ada/signalbox/\(id)", briefText: brief.text, workflow: workflow)
      ), by: "ada")
    try take(.takeLease(holder: "engine", epoch: 1))
  }

  /// A brief by its title and text.
  struct Brief {
    var title: String
    var text: String
  }

  var snapshot: SessionSnapshot {
    SessionSnapshot(session: session, events: EventHistory(events), engine: .alive("engine", since: session.createdAt))
  }

  /// Gives an order and folds what follows.
  mutating func take(_ demand: Demand, by name: String = "engine", after wait: Moment = 400) throws {
    moment += wait
    for event in try decide(Order(at: moment, by: name, demand: demand), in: session) {
      session.apply(event)
      events.append(FeedEvent(seq: session.version, event: event))
    }
  }

  /// Answers the oldest open question.
  mutating func answer(_ option: String, note: String = "", after wait: Moment = 95_000) throws {
    guard let decision = session.openDecisions.first else { return }
    try take(
      .answer(
        Answer(
          decision: decision.id, option: option, digest: decision.digest, note: note,
          confirmation: decision.option(option)?.confirm ?? "")), by: "ada", after: wait)
  }

  /// Begins what is owed next; tells whether there was something.
  mutating func begin() throws -> Effect? {
    guard let effect = session.outstanding.first(where: { !session.inFlight.contains($0) }) else { return nil }
    try take(.start(effect, epoch: session.epoch), after: 900)
    return effect
  }

  /// Works until a person is asked, nothing is left, or a task is begun that stays under way.
  mutating func work(until task: (TaskRecord) -> Bool = { _ in false }) throws {
    while let effect = try begin() {
      if case .perform(let id, _) = effect, let record = session.task(id), task(record) { return }
      try end(effect)
    }
  }

  /// Ends what is under way.
  mutating func end(_ effect: Effect) throws {
    switch effect {
    case .perform(let id, let attempt):
      guard let task = session.task(id) else { return }
      moment += 7_000 + Moment(task.expectedFiles.count) * 1_700
      if attempt == 1, let failure = failures[task.title] {
        return try take(.reportTask(id, attempt: attempt, outcome: .failed(failure)))
      }
      let files = task.expectedFiles.map { FileClaim(path: $0, hash: Self.hash($0, attempt)) }
      if !files.isEmpty {
        let operations = files.map {
          FileOperation(kind: .created, path: $0.path, size: 900 + $0.path.utf8.count * 37, before: nil, after: $0.hash)
        }
        try take(
          .recordFiles(FileBatch(author: .task(id, attempt: attempt, agent: task.agent), operations: operations)))
      }
      var report = TaskReport(files: files)
      if task.performer == "document.plan" {
        if plan.isEmpty { plan = try generator.plan(for: session) }
        report.planned = plan
      }
      if task.performer == Playbook.checkpointPerformer {
        report.tree = Self.hash(id, attempt)
        report.files = disk
      }
      if task.performer == "audit" {
        report.audit = session.goals.map { goal in
          AuditFinding(subject: goal.id, passed: true, evidence: "\(goal.deliverables.first ?? "app"):1")
        }
      }
      try take(.reportTask(id, attempt: attempt, outcome: .finished(report)))
    case .runGate(let id, let attempt):
      moment += 11_000
      let required = session.gate(id)?.required ?? ""
      let passed = GateResult(
        passed: true, required: required, achieved: Self.achieved[id] ?? required, command: ["pytest"], exitStatus: 0,
        evidence: "evidence/\(id).txt", evidenceHash: Self.hash(id, attempt), milliseconds: 11_000)
      try take(.reportGate(id, attempt: attempt, result: results[id] ?? passed))
    case .keep(let attempt):
      try take(
        .reportKept(attempt: attempt, outcome: .kept(tree: Self.hash("tree", attempt), files: disk, edits: [])),
        after: 60)
    case .restore(let id, let attempt):
      try take(.reportRestored(id, attempt: attempt, outcome: .restored(restored: 3, removed: 9)), after: 800)
    case .inspect(let subject, let attempt):
      try take(.reportInspection(subject, attempt: attempt, files: disk), after: 300)
    case .probe(let id, let attempt):
      try take(.reportRestoredDependency(id, attempt: attempt, words: "It answers."), after: 2_000)
    }
  }

  /// What is on the disk: exactly what is on record.
  private var disk: [FileClaim] { session.files.records.map { FileClaim(path: $0.path, hash: $0.hash) } }

  private static let achieved = [
    "python-version": "3.12.4", "uv": "uv 0.8.3", "lint": "0 errors", "format": "no drift", "types": "0 errors",
    "security": "0 high, 2 low", "tests": "148 of 148", "coverage": "91%", "placeholders": "0 placeholders",
  ]

  /// Looks like a hash and is the same on every machine.
  private static func hash(_ text: String, _ attempt: Int) -> String {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(text) \(attempt)".utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let part = String(value, radix: 16)
    let padded = String(repeating: "0", count: 16 - part.count) + part
    return String(repeating: padded, count: 4)
  }
}
