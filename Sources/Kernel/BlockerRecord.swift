// What stands in the way, who has to act, and what became of it. Obstacles are computed from the session; their records
// are kept by comparing what stands in the way before and after each event, so none can be forgotten.

/// An obstacle with its history, open or over.
public struct BlockerRecord: Codable, Equatable, Sendable {
  /// How far it is.
  public enum State: String, CaseIterable, Codable, Equatable, Sendable {
    /// It stands in the way.
    case open
    /// A task was made to take it away.
    case remediating
    /// A person decided what becomes of it.
    case decided
    /// It is gone.
    case resolved
  }

  /// Its identifier, e.g. `B-1`.
  public var id: String
  /// What it is, e.g. `gate:lint`, `callback:C-2`; the same as the open obstacle's identifier.
  public var subject: String
  /// Where it comes from: gate, dependency, callback, atomic-check, unassigned, rejection, task, integrity, verification.
  public var source: String
  /// What is wrong.
  public var text: String
  /// Who has to act.
  public var owner: String
  /// The task it belongs to, if any.
  public var task: String?
  /// How far it is.
  public var state: State
  /// What happened to it, in order.
  public var history: [Step]

  /// One step of a blocker's history.
  public struct Step: Codable, Equatable, Sendable {
    /// When.
    public var at: Moment
    /// Who caused it.
    public var by: String
    /// What happened, in one sentence.
    public var words: String
  }

  /// When it was noticed.
  public var since: Moment { history.first?.at ?? 0 }
}

extension Session {
  /// Brings the records up to date with what stands in the way now.
  mutating func noteBlockers(by: String, at: Moment) {
    guard workflow.supervision != nil else { return }
    let now = blockers
    for index in blockerRecords.indices where blockerRecords[index].state != .resolved {
      let record = blockerRecords[index]
      guard let found = now.first(where: { $0.id == record.subject }) else {
        blockerRecords[index].state = .resolved
        blockerRecords[index].history.append(.init(at: at, by: by, words: "It no longer stands in the way."))
        continue
      }
      if found.text != record.text {
        blockerRecords[index].text = found.text
        blockerRecords[index].history.append(.init(at: at, by: by, words: found.text))
      }
      if found.owner != record.owner {
        blockerRecords[index].history.append(.init(at: at, by: by, words: "It belongs to \(found.owner) now."))
        blockerRecords[index].owner = found.owner
      }
      blockerRecords[index].task = found.task
    }
    for obstacle in now
    where !blockerRecords.contains(where: { $0.subject == obstacle.id && $0.state != .resolved }) {
      blockerRecords.append(
        BlockerRecord(
          id: "B-\(blockerRecords.count + 1)", subject: obstacle.id, source: obstacle.source, text: obstacle.text,
          owner: obstacle.owner, task: obstacle.task, state: .open,
          history: [.init(at: at, by: by, words: "It was noticed.")]))
    }
  }

  /// The task that was last made to take an obstacle away, if one was.
  public func remedy(of record: BlockerRecord) -> TaskRecord? { tasks.last { $0.remedies == record.subject } }

  /// The record of what stands in the way under a subject now.
  public func blockerRecord(_ subject: String) -> BlockerRecord? {
    blockerRecords.last { $0.subject == subject && $0.state != .resolved }
  }
}
