import Kernel

// What documents and commands say of supervised work, and no state holds as such.

/// What became of something that was said to the supervisor.
public enum CallbackStanding: String, CaseIterable, Equatable, Sendable {
  /// Somebody is still expected to answer.
  case open
  /// Somebody answered.
  case answered
  /// What it asked for came to be without an answer.
  case settled
  /// Nobody has to answer, and nobody did.
  case noted
}

extension Session {
  /// What became of a callback.
  public func standing(of callback: Callback) -> CallbackStanding {
    if callback.answer != nil { return .answered }
    if !callback.kind.wantsAnswer { return .noted }
    let record = blockerRecords.last { $0.subject == "callback:\(callback.id)" }
    return record?.state == .resolved || record?.state == .decided ? .settled : .open
  }

  /// The callbacks that somebody is still expected to answer, oldest first.
  public var openCallbacks: [Callback] { callbacks.filter { standing(of: $0) == .open } }

  /// How far an obstacle is, with what only its remedy's task tells.
  public func state(of record: BlockerRecord) -> BlockerRecord.State {
    guard record.state == .open, let remedy = remedy(of: record) else { return record.state }
    return remedy.state == .todo || remedy.state == .running ? .remediating : .open
  }

  /// Whether its work is supervised, so that documents tell of it.
  var isSupervised: Bool { workflow.supervision != nil }
}

extension SupervisionMetrics {
  /// The middle one of the recovery times; the longer of two middle ones, so that it is never flattering.
  public var medianRecovery: Moment? {
    recoveryTimes.isEmpty ? nil : recoveryTimes.sorted()[recoveryTimes.count / 2]
  }
}

extension HealthRecord {
  /// What the check looked for and what it found, in order.
  public var findings: [(words: String, found: [String])] {
    [
      ("goals without a task", emptyGoals), ("tasks without an agent", unassigned), ("failed tasks", failed),
      ("tasks whose agent gives no sign", silent), ("tasks of no goal", orphaned),
      ("blockers without an owner", ownerless), ("callbacks nobody read", unread),
    ]
  }
}
