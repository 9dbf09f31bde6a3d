// What a session remembers beside its work: what persons accepted, put off, asked for and took back.

/// Something a person accepted as it is.
public struct AcceptedRisk: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `R-1`.
  public var id: String
  /// What it is about: a rule, a task.
  public var subject: String
  /// What was accepted, in one sentence.
  public var text: String
  /// Why, in the person's words.
  public var note: String
  /// Who accepted it.
  public var by: String
  /// When.
  public var at: Moment
  /// The decision that holds it.
  public var decision: String

  /// Makes a risk from its parts.
  public init(id: String, subject: String, text: String, note: String, by: String, at: Moment, decision: String) {
    self.id = id
    self.subject = subject
    self.text = text
    self.note = note
    self.by = by
    self.at = at
    self.decision = decision
  }
}

/// Something put off to the next iteration.
public struct PostponedItem: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `P-1`.
  public var id: String
  /// What it is about: a gate, a task, a change.
  public var subject: String
  /// What is put off, in one sentence.
  public var text: String
  /// Why, in the person's words.
  public var note: String
  /// Who put it off.
  public var by: String
  /// When.
  public var at: Moment
  /// The decision that holds it.
  public var decision: String

  /// Makes an item from its parts.
  public init(id: String, subject: String, text: String, note: String, by: String, at: Moment, decision: String) {
    self.id = id
    self.subject = subject
    self.text = text
    self.note = note
    self.by = by
    self.at = at
    self.decision = decision
  }
}

/// Something that stands in for what does not answer.
public struct Substitution: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `S-1`.
  public var id: String
  /// The dependency it stands in for.
  public var dependency: String
  /// The task that uses it.
  public var task: String
  /// What stands in, in words.
  public var with: String
  /// What is to be done to switch back.
  public var todo: String
  /// Who chose it.
  public var by: String
  /// When.
  public var at: Moment
  /// The decision that holds it.
  public var decision: String
  /// Whether it was switched back.
  public var isReverted = false

  /// Makes a substitution from its parts.
  public init(
    id: String, dependency: String, task: String, with: String, todo: String, by: String, at: Moment, decision: String
  ) {
    self.id = id
    self.dependency = dependency
    self.task = task
    self.with = with
    self.todo = todo
    self.by = by
    self.at = at
    self.decision = decision
  }
}

/// A wait for something outside.
public struct DependencyWait: Codable, Equatable, Sendable {
  /// The dependency.
  public var dependency: String
  /// The task that needs it.
  public var task: String
  /// Since when.
  public var since: Moment
  /// The number of the current attempt to look for it.
  public var attempt: Int

  /// Makes a wait from its parts.
  public init(dependency: String, task: String, since: Moment, attempt: Int) {
    self.dependency = dependency
    self.task = task
    self.since = since
    self.attempt = attempt
  }
}

/// What a person asked for beside answering.
public struct SupervisorRequest: Codable, Equatable, Sendable {
  /// What can be asked for.
  public enum Kind: Codable, Equatable, Sendable {
    /// Something else than was agreed; the text replaces a field, or joins the functional requirements.
    case change(text: String, field: String?)
    /// To go back.
    case rollBack(to: Int, substages: [String])
    /// To end or rest.
    case abort
    /// To use other playbooks.
    case adoptPlaybooks(digest: String)
  }

  /// Its identifier, e.g. `change-1`.
  public var id: String
  /// What is asked for.
  public var kind: Kind
  /// Why.
  public var reason: String
  /// Who asked.
  public var by: String
  /// When.
  public var at: Moment
  /// How it was settled, once it was.
  public var settled: String?

  /// Makes an open request from its parts.
  public init(id: String, kind: Kind, reason: String, by: String, at: Moment) {
    self.id = id
    self.kind = kind
    self.reason = reason
    self.by = by
    self.at = at
  }

  /// The subject of the decision it becomes.
  public var subject: String { "request:\(id)" }

  /// The situation it is.
  public var situation: SituationKind {
    switch kind {
    case .change: return .changeRequested
    case .rollBack: return .rollbackRequested
    case .abort: return .abortRequested
    case .adoptPlaybooks: return .libraryChanged
    }
  }
}

/// One rollback, for the report.
public struct RollbackRecord: Codable, Equatable, Sendable {
  /// From which stage.
  public var from: Int
  /// To which.
  public var to: Int
  /// Which sub-stages of it run again; empty for all.
  public var substages: [String]
  /// Why.
  public var reason: String
  /// Who decided it.
  public var by: String
  /// When.
  public var at: Moment
}

/// One undo, for the report.
public struct UndoRecord: Codable, Equatable, Sendable {
  /// The decision whose answer was taken back.
  public var decision: String
  /// The option that had been chosen.
  public var option: String
  /// The version the work returned to.
  public var version: Int
  /// Why.
  public var reason: String
  /// Who took it back.
  public var by: String
  /// When.
  public var at: Moment

  /// Makes a record from its parts.
  public init(decision: String, option: String, version: Int, reason: String, by: String, at: Moment) {
    self.decision = decision
    self.option = option
    self.version = version
    self.reason = reason
    self.by = by
    self.at = at
  }
}

/// Files that are to be put back before anything else goes on.
public struct Restoration: Codable, Equatable, Sendable {
  /// Its number within the session.
  public var id: Int
  /// The tree the files are put back to.
  public var tree: String
  /// Why, for people.
  public var reason: String
  /// The tree of the files as they were before, once they were kept; nothing is touched without it.
  public var before: String?
  /// The number of the current attempt.
  public var attempt: Int
  /// Why the last attempts failed; a person is asked after three.
  public var failures: [String]

  /// Makes a restoration that has not begun.
  public init(id: Int, tree: String, reason: String) {
    self.id = id
    self.tree = tree
    self.reason = reason
    attempt = 1
    failures = []
  }

  /// The subject of the decision when it cannot be done.
  var subject: String { "restore:\(id)" }
}

/// Where an answer can be taken back to: the session as it was before it.
public struct RestorePoint: Codable, Equatable, Sendable {
  /// The decision.
  public var decision: String
  /// The option that was chosen.
  public var option: String
  /// The tree of the files then, where they were kept.
  public var tree: String?
  /// The session before the answer, boxed because a value cannot hold itself.
  var before: [Session]
  /// Whether the next picture shows the files as they were at the answer: they were not kept then, and nothing has
  /// begun since.
  var awaitsTree: Bool

  /// The version of the session before the answer.
  public var version: Int { before.first?.version ?? 0 }
}

/// How often something was tried, and how it went; never taken back by an undo.
public struct Tally: Codable, Equatable, Sendable {
  /// What: `task:plan`, `gate:lint`, `brief`.
  public var subject: String
  /// The highest number an attempt ever had.
  public var lastAttempt = 0
  /// How it went, as digests, since it last went well; oldest first.
  public var outcomes: [String] = []
  /// How often it was tried in all.
  public var tries = 0

  /// What makes a loop of it, in words, or `nil`: the same action more than three times without success, in a row with
  /// the same result, to and fro between two, or always another.
  public var loop: String? {
    guard outcomes.count > Tally.limit else { return nil }
    let last = outcomes.suffix(Tally.limit + 1)
    if Set(last).count == 1 { return "the same result \(outcomes.count) times in a row" }
    let tail = Array(last)
    if tail[0] == tail[2], tail[1] == tail[3], tail[0] != tail[1] { return "two results by turns" }
    return "\(outcomes.count) times without success"
  }

  /// How often an action may be repeated.
  public static let limit = 3
  /// How many outcomes are kept.
  static let kept = 12
}

/// What became of an effect that was under way when its engine died.
public struct EffectFinding: Codable, Equatable, Sendable {
  /// What can be found.
  public enum Verdict: String, CaseIterable, Codable, Equatable, Sendable {
    /// It left everything it owed.
    case done
    /// It left nothing, or doing it again does no harm.
    case notDone = "not-done"
    /// It cannot be told; a person is asked.
    case unknown
  }

  /// The effect.
  public var effect: Effect
  /// What was found.
  public var verdict: Verdict
  /// By what it was judged, in lines for people.
  public var evidence: String
  /// The files it left, when it is done.
  public var files: [FileClaim]

  /// Makes a finding from its parts.
  public init(effect: Effect, verdict: Verdict, evidence: String, files: [FileClaim] = []) {
    self.effect = effect
    self.verdict = verdict
    self.evidence = evidence
    self.files = files
  }
}

/// How keeping the workspace went.
public enum KeepOutcome: Equatable, Sendable {
  /// It was kept; the files are all it holds, the edits those that differ from the last picture.
  case kept(tree: String, files: [FileClaim], edits: [String])
  /// It could not be kept.
  case failed(String)
}

/// How putting files back went.
public enum RestoreOutcome: Equatable, Sendable {
  /// The files are those of the tree.
  case restored(restored: Int, removed: Int)
  /// Nothing can be said but why it failed.
  case failed(String)
}
