import Kernel
import Testing

@testable import Playbooks

/// Leads a session through a built-in workflow without any world: every effect is reported as a test says.
struct Rehearsal {
  var session = Session()
  /// Every decision that was ever asked, by its identifier.
  var asked: [String: Decision] = [:]
  /// How a task ends; the rest is finished with its files.
  var task: (TaskRecord) -> TaskOutcome? = { _ in nil }
  /// Which gates fail, and how.
  var gate: (String) -> GateResult? = { _ in nil }
  /// The task during which the engine dies.
  var held: String?
  /// Whether files can be put back.
  var restores = true
  /// The files that are there, by path, with their hashes; whoever changes it is someone outside.
  var disk: [String: String] = [:]
  /// Sub-stages that the plan gives a task beside the usual ones.
  var extraSubstages: [String] = []
  private var trees: [String: [String: String]] = [:]
  private var moment: Moment = 1_000
  /// The built-in workflows, read once for all rehearsals.
  private static let workflows: [String: Workflow] = {
    let library = Library(project: nil, person: nil)
    var read: [String: Workflow] = [:]
    for name in library.workflowNames { read[name] = try? library.workflow(name) }
    return read
  }()

  init(_ brief: String = "shop", workflow: String = "seven-stage", change: (String) -> String = { $0 }) throws {
    let frozen = try #require(Self.workflows[workflow])
    let text = try Library(project: nil, person: nil).brief(brief).text
    try order(
      .create(Creation(id: "tea", title: "Tea", workspace: "/w", briefText: change(text), workflow: frozen)))
    try order(.takeLease(holder: "test", epoch: 1), by: "engine")
  }

  mutating func order(_ demand: Demand, by: String = "Ada") throws {
    moment += 1_000
    for event in try decide(Order(at: moment, by: by, demand: demand), in: session) { session.apply(event) }
    for decision in session.decisions { asked[decision.id] = decision }
  }

  /// Lets time go by, and the session notice it.
  mutating func wait(seconds: Moment) throws {
    moment += seconds * 1_000
    try order(.tick, by: "engine")
  }

  /// The open decision of a playbook.
  func open(_ playbook: String) throws -> Decision {
    try #require(
      session.openDecisions.first { $0.playbook == playbook }, "open: \(session.openDecisions.map(\.playbook))")
  }

  mutating func answer(_ playbook: String, _ option: String, note: String = "", fields: [FieldValue] = []) throws {
    let decision = try open(playbook)
    let chosen = try #require(
      decision.option(option), "\(playbook) offers \(decision.options.map(\.id))")
    try order(
      .answer(
        Answer(
          decision: decision.id, option: option, digest: decision.digest,
          note: note.isEmpty && chosen.noteRequired ? "Because." : note, fields: fields,
          confirmation: chosen.confirm ?? "")))
  }

  /// Performs what is owed until a person is asked or nothing is left.
  mutating func perform() throws {
    for _ in 0..<1_000 {
      guard let effect = session.outstanding.first(where: { !session.inFlight.contains($0) }) else { return }
      try order(.start(effect, epoch: session.epoch), by: "engine")
      if case .perform(held, _) = effect { return }
      try report(effect)
    }
  }

  mutating func report(_ effect: Effect) throws {
    switch effect {
    case .perform(let id, let attempt):
      let task = try #require(session.task(id))
      let outcome = self.task(task) ?? finished(task)
      if case .finished(let report) = outcome {
        if let tree = report.tree {
          trees[tree] = disk
        } else {
          try record(report.files, by: .task(id, attempt: attempt, agent: task.agent))
        }
      }
      try order(.reportTask(id, attempt: attempt, outcome: outcome), by: "engine")
    case .runGate(let id, let attempt):
      let passed = GateResult(passed: true, required: "0", achieved: "0", evidence: "evidence/\(id).txt")
      try order(.reportGate(id, attempt: attempt, result: gate(id) ?? passed), by: "engine")
    case .keep(let attempt):
      trees["t\(moment)"] = disk
      try order(
        .reportKept(attempt: attempt, outcome: .kept(tree: "t\(moment)", files: files, edits: [])), by: "engine")
    case .restore(let id, let attempt):
      if restores, let tree = session.restoration?.tree, let kept = trees[tree] { disk = kept }
      let outcome = restores ? RestoreOutcome.restored(restored: 1, removed: 0) : .failed("The disk is full.")
      try order(.reportRestored(id, attempt: attempt, outcome: outcome), by: "engine")
    case .inspect(let subject, let attempt):
      try order(.reportInspection(subject, attempt: attempt, files: files), by: "engine")
    case .probe(let id, let attempt):
      try order(.reportRestoredDependency(id, attempt: attempt, words: "It answers."), by: "engine")
    }
  }

  /// Files come to be, and the engine puts on record whose they are.
  private mutating func record(_ files: [FileClaim], by author: FileAuthor) throws {
    let operations = files.map { file in
      let before = disk[file.path]
      return FileOperation(
        kind: before == nil ? .created : .modified, path: file.path, size: 10, before: before, after: file.hash)
    }
    for file in files { disk[file.path] = file.hash }
    try order(.recordFiles(FileBatch(author: author, operations: operations)), by: "engine")
  }

  /// What a look at the disk finds.
  private var files: [FileClaim] {
    disk.sorted { $0.key < $1.key }.map { FileClaim(path: $0.key, hash: $0.value) }
  }

  func finished(_ record: TaskRecord) -> TaskOutcome {
    let files = record.expectedFiles.map { FileClaim(path: $0, hash: String(repeating: "a", count: 64)) }
    var report = TaskReport(files: files)
    if record.id == "plan" {
      report.planned = (["4.1", "4.2", "4.3", "4.6"] + extraSubstages).map { substage in
        PlannedTask(
          id: "make-\(substage)", title: "Make \(substage)", substage: substage, role: "developer",
          performer: "generate", files: ["src/\(substage).py"], goals: session.brief.requirements.map(\.id))
      }
    }
    if record.performer == "audit" {
      report.audit = session.goals.map { goal in
        let isThere = goal.deliverables.contains { disk[$0] != nil }
        return AuditFinding(
          subject: goal.id, passed: isThere, evidence: isThere ? "\(goal.deliverables[0]):1" : "Nothing is there.")
      }
    }
    if record.performer == Playbook.checkpointPerformer {
      report.tree = "c\(moment)"
      report.files = self.files
    }
    return .finished(report)
  }
}

/// The failure that a body throws; it must throw one.
func refusal(_ body: () throws -> Void) throws -> LibraryFailure {
  let found = failure(body)
  return try #require(found)
}
