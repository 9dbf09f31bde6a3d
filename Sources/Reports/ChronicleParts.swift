import Kernel

/// A task that was left out.
struct SkippedTask {
  let task: String
  let title: String
  let reason: String
}

/// One going back, with what it took with it.
struct Return {
  let from: Int
  let to: Int
  let substages: [String]
  let reason: String
  /// How many gates had a result that no longer counts.
  let gatesVoided: Int
  /// The approvals that no longer count, as `stage playbook`.
  let approvalsVoided: [String]
  /// Whole minutes that the sub-stages to run again took, or usually take.
  let minutes: Int

  init(_ step: Passage, to stage: Int, substages: [String], reason: String) {
    let before = step.before
    from = before.currentStage?.id ?? stage
    to = stage
    self.substages = substages
    self.reason = reason
    gatesVoided = before.gates.filter { !$0.results.isEmpty }.count
    approvalsVoided = before.stages.filter { record in
      record.id > stage || (record.id == stage && record.substages.isEmpty)
    }.flatMap { record in record.approvals.map { "\(record.id) \($0.playbook)" } }
    minutes = substages.isEmpty ? 0 : before.minutes(of: substages)
  }
}

/// One putting back of files.
struct PutBack {
  /// The picture of the files as they were before.
  struct Kept {
    let checkpoint: String
    let tree: String
    let seq: Int
    let at: Moment

    /// How long discarded work can be had back, in milliseconds: 30 days.
    static let time: Moment = 30 * 86_400_000
  }

  let id: Int
  /// The place of the event that caused it.
  let cause: Int
  /// The tree to which files are put back.
  let tree: String
  let reason: String
  var kept: Kept?
  var done: (seq: Int, restored: Int, removed: Int)?
  var failures: [String] = []

  init(id: Int, cause: Int, tree: String, reason: String) {
    self.id = id
    self.cause = cause
    self.tree = tree
    self.reason = reason
  }
}

/// An agreement on a level, the first one from none.
struct LevelChange {
  let from: Int?
  let to: Int
}

/// A wait for something outside, with its end.
struct Outage {
  let wait: DependencyWait
  var end: (seq: Int, at: Moment, words: String)?
}

/// An effect that ended without a report, with what was found out about it.
struct Broken {
  let effect: Effect
  let reason: String
  var finding: EffectFinding?

  /// `done`, `not done`, `unknown`, or that it was stopped and nothing had to be found out.
  var verdict: String {
    switch finding?.verdict {
    case .done: return "done"
    case .notDone: return "not done"
    case .unknown: return "unknown"
    case nil: return "stopped"
    }
  }
}

/// A task that mends what a gate found.
struct Mending {
  let task: String
  let gate: String
  /// The gate's run whose findings it mends.
  let run: Int
  var result: String?
  var files: [String] = []
  var gateAfter: String?

  init(task: String, gate: String, run: Int) {
    self.task = task
    self.gate = gate
    self.run = run
  }
}

/// A failed attempt of a task.
struct Failure {
  let task: String
  let title: String
  let attempt: Int
  /// Whose fault it looks like, and where the cause lies by the error's words.
  let cause: String
  /// The error in full.
  let message: String
}

extension String {
  /// The first line that says something.
  var firstLine: String {
    split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }.map(String.init) ?? ""
  }

  /// How many lines say something.
  var lineCount: Int { split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }.count }
}
