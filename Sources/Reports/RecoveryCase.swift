import Kernel

/// The ten scenarios of failure and recovery, by number; 0 stands for what is none of them.
enum Scenario {
  /// A scenario's name.
  static func title(_ number: Int) -> String {
    switch number {
    case 1: return "Incomplete or invalid brief"
    case 2: return "Architecture conflict"
    case 3: return "Task or test failure"
    case 4: return "Quality gate failure"
    case 5: return "Changed requirement"
    case 6: return "External dependency failure"
    case 7: return "Rollback"
    case 8: return "Abort or pause"
    case 9: return "Conflicting quality requirements"
    case 10: return "Loop or stuck state"
    default: return "Beside the scenarios"
    }
  }

  /// Every number, in the order in which reports list them.
  static let all = Array(1...10) + [0]
}

/// One thing that went wrong or was asked for, with all that was tried, decided and reached; texts are no Markdown yet.
struct RecoveryCase {
  /// One thing that happened in it.
  struct Step {
    let seq: Int
    let at: Moment
    let by: String
    let what: String
    /// Where the cause lies and whose fault it looks like, where that is known.
    let cause: String
    /// The first line of what was said about it.
    let detail: String
    /// Whether it is something that failed.
    var isFailure = false
  }

  let scenario: Int
  /// What it is about, as decisions name it: `gate:lint`, `task:plan`, `request:change-1`.
  let subject: String
  /// The stage in which it arose.
  let stage: Int
  /// The playbooks by which it was put to a person, each once.
  var playbooks: [String] = []
  /// What happened, in order.
  var steps: [Step] = []
  /// The decisions about it, in order.
  var decisions: [String] = []
  /// What came of it.
  var outcome = ""
  /// What it is called, for people.
  var name = ""

  /// The place of the event with which it arose.
  func arose(in chronicle: Chronicle) -> Int {
    (steps.map(\.seq) + decisions.compactMap { chronicle.raised[$0] }).min() ?? 0
  }
}

/// Sorts a history into cases.
struct CaseBook {
  private var cases: [RecoveryCase] = []
  /// Failures about which nobody was asked yet, by subject.
  private var pending: [(subject: String, scenario: Int, stage: Int, steps: [RecoveryCase.Step])] = []

  /// Reads one event.
  mutating func read(_ step: Passage) {
    switch step.event.fact {
    case .decisionRaised(let decision): raise(decision)
    case .taskFailed(let task, let attempt, let failure):
      let record = step.after.task(task)
      let isOutside = failure.cause == .environment && step.after.workflow.dependency(in: failure.message) != nil
      fail(
        Self.subject(ofTask: task, in: step.after), scenario: record?.repairs != nil ? 4 : isOutside ? 6 : 3,
        stage: record?.stage ?? 0, step,
        record?.repairs != nil ? "Mending task \(task) failed" : "Attempt \(attempt) of task \(task) failed",
        cause: step.cause(of: failure, task: task), detail: failure.message)
    case .taskCompleted(let task, let attempt, let files, _, _):
      let isMending = step.after.task(task)?.repairs != nil
      let paths = files.map(\.path).joined(separator: ", ")
      succeed(
        Self.subject(ofTask: task, in: step.after), step,
        isMending ? "Mending task \(task) done" : "Attempt \(attempt) of task \(task) done",
        detail: isMending ? (paths.isEmpty ? "It named no file." : "It changed \(paths).") : "", closes: !isMending)
    case .gateReported(let gate, let attempt, let result):
      let subject = "gate:\(gate)"
      if result.passed, result.unavailable == nil {
        succeed(subject, step, "Run \(attempt) passed", detail: result.achieved, closes: true)
      } else if step.after.gate(gate)?.mandatory ?? true {
        let what = result.unavailable == nil ? "Run \(attempt) did not pass" : "Run \(attempt) could not be made"
        fail(
          subject, scenario: 4, stage: step.after.currentStage?.id ?? 0, step, what, cause: "",
          detail: result.unavailable ?? "required \(result.required), reached \(result.achieved)")
      }
    case .taskCreated(let task):
      guard let gate = task.repairs else { return }
      append(
        "gate:\(gate)", step, "Mending task \(task.id) made",
        "For what run \(step.after.gate(gate)?.attempt ?? 0) found.")
    case .effectReconciled(let finding):
      guard finding.verdict != .done, case .perform(let task, let attempt) = finding.effect else { return }
      let word = finding.verdict == .unknown ? "nobody can tell whether it was done" : "it was not done"
      fail(
        Self.subject(ofTask: task, in: step.after), scenario: 0, stage: step.after.task(task)?.stage ?? 0, step,
        "Attempt \(attempt) of task \(task) was interrupted; \(word)", cause: "interruption", detail: finding.evidence)
    case .taskSkipped(let task, let reason):
      append("task:\(task)", step, "Task \(task) left out", reason)
    case .dependencyAwaited(let wait):
      append("task:\(wait.task)", step, "Wait for \(step.after.dependencyTitle(wait.dependency)) begun", "")
    case .dependencyRestored(let id, _, let words):
      for wait in step.before.waits where wait.dependency == id {
        append("task:\(wait.task)", step, "\(step.after.dependencyTitle(id)) is back", words)
      }
    case .substituted(let substitution):
      append("task:\(substitution.task)", step, "\(substitution.with) stands in", substitution.todo)
    case .requested(let request):
      let number: Int
      switch request.situation {
      case .changeRequested: number = 5
      case .rollbackRequested: number = 7
      case .abortRequested: number = 8
      default: number = 0
      }
      fail(
        request.subject, scenario: number, stage: step.after.currentStage?.id ?? 0, step,
        "Asked for: \(request.words)", cause: "", detail: request.reason)
    case .restorationFailed(let id, let attempt, let reason):
      fail(
        "restore:\(id)", scenario: 7, stage: step.after.currentStage?.id ?? 0, step,
        "Attempt \(attempt) to put files back failed", cause: "", detail: reason)
    case .rolledBack(let stage, let substages, let reason):
      let again = substages.isEmpty ? "" : "; again: \(substages.joined(separator: ", "))"
      note(7, step, "Went back from stage \(step.before.currentStage?.id ?? stage) to \(stage)\(again)", reason)
    case .sessionPaused(let reason): note(8, step, "Paused", reason)
    case .sessionResumed: note(8, step, "Resumed", "")
    case .sessionAborted(let reason): note(8, step, "Aborted", reason)
    case .waiverEnded(let id, let reason):
      guard let gate = step.before.waivers.last(where: { $0.id == id })?.gate else { return }
      append("gate:\(gate)", step, "Waiver \(id) ended", reason)
    case .undone(let record):
      for index in cases.indices where cases[index].decisions.contains(record.decision) {
        cases[index].steps.append(
          Self.step(step, "The answer \(record.option) to \(record.decision) was taken back", record.reason))
      }
    default: break
    }
  }

  /// Every case in the order in which it arose, each with what came of it.
  func closed(by session: Session) -> [RecoveryCase] {
    var book = self
    for open in pending { book.settle(open) }
    return book.cases.map { item in
      var item = item
      item.name = session.name(ofSubject: item.subject)
      item.outcome = session.outcome(of: item)
      return item
    }
  }

  // MARK: - Moving

  private static func subject(ofTask id: String, in session: Session) -> String {
    session.task(id)?.repairs.map { "gate:\($0)" } ?? "task:\(id)"
  }

  private static func step(
    _ passage: Passage, _ what: String, _ detail: String, cause: String = "", isFailure: Bool = false
  ) -> RecoveryCase.Step {
    RecoveryCase.Step(
      seq: passage.seq, at: passage.event.at, by: passage.event.by, what: what, cause: cause, detail: detail.firstLine,
      isFailure: isFailure)
  }

  private mutating func raise(_ decision: Decision) {
    guard !decision.isApproval else { return }
    let isNew = !cases.contains { $0.scenario == decision.scenario && $0.subject == decision.subject }
    let index = self.index(decision.scenario, decision.subject, stage: decision.stage)
    // A loop is made of all that failed before, which other questions were about.
    if isNew, decision.situation == SituationKind.loop.rawValue {
      let earlier = cases.filter { $0.subject == decision.subject && $0.scenario != decision.scenario }
      cases[index].steps += earlier.flatMap(\.steps).filter(\.isFailure)
    }
    if let place = pending.firstIndex(where: { $0.subject == decision.subject }) {
      cases[index].steps += pending.remove(at: place).steps
    }
    add(decision, to: index)
  }

  private mutating func add(_ decision: Decision, to index: Int) {
    if !cases[index].decisions.contains(decision.id) { cases[index].decisions.append(decision.id) }
    if !cases[index].playbooks.contains(decision.playbook) { cases[index].playbooks.append(decision.playbook) }
  }

  /// A failure waits for the question it leads to; where it leads to none, it is a case that needed no person.
  private mutating func fail(
    _ subject: String, scenario: Int, stage: Int, _ passage: Passage, _ what: String, cause: String, detail: String
  ) {
    let step = Self.step(passage, what, detail, cause: cause, isFailure: true)
    if let place = pending.firstIndex(where: { $0.subject == subject }) {
      pending[place].steps.append(step)
    } else {
      pending.append((subject, scenario, stage, [step]))
    }
  }

  private mutating func succeed(
    _ subject: String, _ passage: Passage, _ what: String, detail: String, closes: Bool
  ) {
    let step = Self.step(passage, what, detail)
    if let place = pending.firstIndex(where: { $0.subject == subject }) {
      pending[place].steps.append(step)
      if closes { settle(pending.remove(at: place)) }
    } else if let index = cases.lastIndex(where: { $0.subject == subject && $0.scenario != 7 }),
      cases[index].steps.last.map({ $0.what != what }) ?? true
    {
      cases[index].steps.append(step)
    }
  }

  /// Something that belongs to a subject's running case, and to none where nothing failed.
  private mutating func append(_ subject: String, _ passage: Passage, _ what: String, _ detail: String) {
    let step = Self.step(passage, what, detail)
    if let place = pending.firstIndex(where: { $0.subject == subject }) {
      pending[place].steps.append(step)
    } else if let index = cases.lastIndex(where: { $0.subject == subject && $0.scenario != 7 }) {
      cases[index].steps.append(step)
    }
  }

  /// A rollback, a pause or an end, whichever question it was the answer to.
  private mutating func note(_ scenario: Int, _ passage: Passage, _ what: String, _ detail: String) {
    let decision = passage.decision.flatMap { passage.after.decision($0) }
    let subject = scenario == 8 ? "session" : decision?.subject ?? "session"
    let stage = passage.before.currentStage?.id ?? 0
    let index = self.index(scenario, subject, stage: stage)
    cases[index].steps.append(Self.step(passage, what, detail))
    if let decision { add(decision, to: index) }
  }

  private mutating func settle(_ open: (subject: String, scenario: Int, stage: Int, steps: [RecoveryCase.Step])) {
    let known = cases.lastIndex { $0.subject == open.subject && $0.scenario != 7 }
    let index = known ?? self.index(open.scenario, open.subject, stage: open.stage)
    cases[index].steps += open.steps
  }

  private mutating func index(_ scenario: Int, _ subject: String, stage: Int) -> Int {
    let subject = scenario == 8 ? "session" : subject
    if let index = cases.lastIndex(where: { $0.scenario == scenario && $0.subject == subject }) { return index }
    cases.append(RecoveryCase(scenario: scenario, subject: subject, stage: stage))
    return cases.count - 1
  }
}

extension Decision {
  /// Whether it is an ordinary approval, which recovers nothing.
  var isApproval: Bool {
    situation == SituationKind.approval.rawValue || (situation.isEmpty && scenario == 0)
  }
}
