import Kernel
import Playbooks
import Testing

@testable import Reports

/// Leads a session through the kernel's own `decide`, with a clock that a test turns.
struct Rehearsal {
  var session = Session()
  var events: [Event] = []
  var now: Moment = 1_767_225_600_000  // 2026-01-01T00:00:00Z
  /// What a gate gives; everything passes unless a test says otherwise.
  var results: [String: GateResult] = [:]
  var shortcomings: [Shortcoming] = []
  /// How the next attempts of a task fail, in order.
  var failures: [String: [TaskFailure]] = [:]
  /// What the next runs of a gate give, in order, before ``results`` is asked.
  var runs: [String: [GateResult]] = [:]
  /// Dependencies that do not answer; looking for them goes on until a test takes them out.
  var down: Set<String> = []
  /// What a person changed, as the next keeping of the workspace finds it.
  var edits: [String] = []

  static let library = Library(project: nil, person: nil)
  /// The built-in workflows, read once for all tests. Their rules are left out: no sample brief breaks one, and holding
  /// every line against every word at each step would take most of these tests' time.
  static let sevenStage = Result { try withoutRules("seven-stage") }
  static let prototype = Result { try withoutRules("prototype") }

  private static func withoutRules(_ name: String) throws -> Workflow {
    var workflow = try library.workflow(name)
    workflow.rules = []
    return workflow
  }

  static let hash = String(repeating: "a", count: 64)

  /// Begins a session of a built-in workflow with a sample brief or a text.
  init(
    brief name: String = "library", text: String? = nil, title: String = "Neighbourhood library",
    workflow: String = "seven-stage", answers: [AdvanceAnswer] = [], duties: [RoleDuty] = []
  ) throws {
    let known = workflow == "seven-stage" ? Rehearsal.sevenStage : Rehearsal.prototype
    try self.init(
      on: known.get(), text: text ?? Rehearsal.library.brief(name).text, title: title, answers: answers,
      duties: duties)
  }

  /// Begins a session of a workflow made in code.
  init(
    on workflow: Workflow, text: String, title: String = "Neighbourhood library", answers: [AdvanceAnswer] = [],
    duties: [RoleDuty] = []
  ) throws {
    let creation = Creation(
      id: "library-1", title: title, workspace: "/w", briefText: text, workflow: workflow, answers: answers)
    try order(.create(creation, duties: duties), by: "Ada")
    try order(.takeLease(holder: "engine on test", epoch: 1), by: "engine")
  }

  mutating func order(_ demand: Demand, by: String = "engine") throws {
    for event in try decide(Order(at: now, by: by, demand: demand), in: session) {
      session.apply(event)
      events.append(event)
    }
  }

  /// Performs the next effect, which takes ten seconds, and says whether there was one.
  mutating func step() throws -> Bool {
    guard let effect = session.outstanding.first else { return false }
    if case .probe(let id, _) = effect, down.contains(id) {
      if !session.inFlight.contains(effect) { try order(.start(effect, epoch: session.epoch)) }
      return false
    }
    if !session.inFlight.contains(effect) { try order(.start(effect, epoch: session.epoch)) }
    now += 10_000
    switch effect {
    case .perform(let id, let attempt):
      let task = try #require(session.task(id))
      if let failure = failures[id]?.first {
        failures[id]?.removeFirst()
        try order(.reportTask(id, attempt: attempt, outcome: .failed(failure)))
        return true
      }
      let done = report(of: task)
      let operations = done.files.filter { session.files[$0.path]?.hash != $0.hash }.map {
        FileOperation(kind: .created, path: $0.path, size: 1, before: nil, after: $0.hash)
      }
      if !operations.isEmpty, session.workflow.supervision != nil {
        let author = FileAuthor.task(id, attempt: attempt, agent: task.agent)
        try order(.recordFiles(FileBatch(author: author, operations: operations)))
      }
      try order(.reportTask(id, attempt: attempt, outcome: .finished(done)))
    case .runGate(let id, let attempt):
      let passed = GateResult(
        passed: true, required: session.gate(id)?.required ?? "", achieved: "as required",
        command: ["uv", "run", id], exitStatus: 0, evidence: "/state/evidence/\(id)-\(attempt).log",
        evidenceHash: Rehearsal.hash, milliseconds: 900)
      let next = runs[id]?.first
      if next != nil { runs[id]?.removeFirst() }
      try order(.reportGate(id, attempt: attempt, result: next ?? results[id] ?? passed))
    case .keep(let attempt):
      now -= 10_000
      try order(
        .reportKept(
          attempt: attempt,
          outcome: .kept(tree: "tree-\(attempt)", files: session.tasks.flatMap(\.files), edits: edits)))
      edits = []
    case .restore(let id, let attempt):
      try order(.reportRestored(id, attempt: attempt, outcome: .restored(restored: 2, removed: 3)))
    case .inspect(let subject, let attempt):
      let files = session.files.records.map { FileClaim(path: $0.path, hash: $0.hash) }
      try order(.reportInspection(subject, attempt: attempt, files: files))
    case .probe(let id, let attempt): try order(.reportRestoredDependency(id, attempt: attempt, words: "It answers."))
    }
    return true
  }

  /// Performs everything until a person is asked or nothing is left.
  mutating func settle() throws {
    while try step() {}
  }

  /// Lets a person answer the oldest open question, or the oldest of a kind, after an hour.
  mutating func answer(
    _ option: String, to playbook: String? = nil, about subject: String? = nil, note: String = "",
    fields: [FieldValue] = [], by: String = "Ada", after wait: Moment = 3_600_000
  ) throws {
    let decision = try #require(
      session.openDecisions.first {
        $0.playbook == playbook ?? $0.playbook && $0.subject == subject ?? $0.subject
      })
    now += wait
    let word = decision.option(option)?.confirm ?? ""
    try order(
      .answer(
        Answer(
          decision: decision.id, option: option, digest: decision.digest, note: note, fields: fields,
          confirmation: word)), by: by)
  }

  /// Performs and approves everything until the session is complete.
  mutating func finish() throws {
    try settle()
    while let decision = session.openDecisions.first {
      switch decision.playbook {
      case "unsupported": try answer("leave-out")
      default:
        if decision.subjectGate != nil {
          try answer("waive", note: "Known and accepted.")
        } else {
          try answer("approve")
        }
      }
      try settle()
    }
  }

  /// Everything up to the question of a playbook.
  mutating func lead(to playbook: String) throws {
    try settle()
    while let decision = session.openDecisions.first, decision.playbook != playbook {
      try answer(decision.playbook == "unsupported" ? "leave-out" : "approve")
      try settle()
    }
    try #require(session.openDecisions.first?.playbook == playbook)
  }

  var facts: ReportFacts {
    let files = session.tasks.flatMap(\.files)
    return ReportFacts(at: now, engineVersion: "1.0", host: "desk", events: events, files: files)
  }

  static func planned(_ session: Session) -> [PlannedTask] {
    session.substagePlan.filter { $0.skipped == nil }.map { item in
      PlannedTask(
        id: "\(item.definition.id)-all", title: "Make \(item.definition.name)", substage: item.definition.id,
        role: "developer", performer: "generate", files: ["src/\(item.definition.id).py"],
        goals: session.brief.requirements.map(\.id))
    }
  }

  private func report(of task: TaskRecord) -> TaskReport {
    var report = TaskReport(files: task.expectedFiles.map { FileClaim(path: $0, hash: Rehearsal.hash) })
    if task.repairs != nil { report.files = [FileClaim(path: "src/4.1.py", hash: Rehearsal.hash)] }
    if task.performer == "survey" { report.shortcomings = shortcomings }
    if task.performer == "document.plan" { report.planned = Rehearsal.planned(session) }
    if task.performer == Playbook.checkpointPerformer {
      report.tree = String(repeating: "b", count: 40)
      report.files = session.files.records.map { FileClaim(path: $0.path, hash: $0.hash) }
    }
    return report
  }
}

/// A document taken apart as GitHub's Markdown would, as far as these tests need it.
struct Parsed {
  /// Every heading of the second level.
  var sections: [String] = []
  /// Every table as rows of cells, the head first.
  var tables: [[[String]]] = []
  /// Lines that are in no table.
  var lines: [String] = []

  init(_ text: String) {
    var table: [[String]] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("|") {
        table.append(Parsed.cells(line))
        continue
      }
      if !table.isEmpty { tables.append(table) }
      table = []
      lines.append(line)
      if line.hasPrefix("## ") { sections.append(String(line.dropFirst(3))) }
    }
    if !table.isEmpty { tables.append(table) }
  }

  /// The cells of a row: a bar ends one unless a backslash stands before it.
  static func cells(_ line: String) -> [String] {
    var cells: [String] = []
    var cell = ""
    var isEscaped = false
    for scalar in line.unicodeScalars.dropFirst() {
      if scalar == "|", !isEscaped {
        cells.append(cell.trimmingSpaces)
        cell = ""
      } else {
        cell.unicodeScalars.append(scalar)
      }
      isEscaped = scalar == "\\" && !isEscaped
    }
    return cells
  }

  /// The row of any table whose first cell is a text.
  func row(_ first: String) -> [String]? { tables.flatMap { $0 }.first { $0.first == first } }
}

extension String {
  var trimmingSpaces: String {
    var text = Substring(self)
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// Every document of a session, by name.
func allDocuments(_ rehearsal: Rehearsal) -> [(name: String, text: String)] {
  let session = rehearsal.session
  let facts = rehearsal.facts
  return [
    ("intake", Documents.requirementsIntake(session, facts)),
    ("plan", Documents.implementationPlan(session, planned: Rehearsal.planned(session), facts)),
    ("checklist", Documents.verificationChecklist(session, facts)),
    ("report", Documents.qaReport(session, facts)),
    ("catalogue", Documents.deliverablesCatalogue(session, facts)),
    ("deployment", Documents.deploymentGuide(session, facts)),
  ]
}
