import Kernel
import Screen

// How long a session may still take: a range with what it rests on, or that it is unknown. Never a percent.

/// How long a session that is complete took without its waits for people.
struct PastRun: Equatable, Sendable {
  var workflow: String
  var level: Int
  var modules: [String]
  /// In milliseconds.
  var work: Int64
}

extension SessionSnapshot {
  /// How long it rested because a person wanted it to, in milliseconds.
  func paused(at now: Int64) -> Int64 {
    guard case .paused(_, let since, _) = session.standing else { return Clock.bounded(session.rested) }
    return Clock.bounded(session.rested) + Clock.between(since, now)
  }

  /// How long it worked: without waits for people and without rests, in milliseconds.
  func worked(at now: Int64) -> Int64 {
    max(0, Clock.between(session.createdAt, end(at: now)) - waited(at: now) - paused(at: now))
  }

  /// What it tells of sessions like it, once it is complete.
  var pastRun: PastRun? {
    guard case .completed(let moment) = session.standing, let level = session.level else { return nil }
    return PastRun(
      workflow: session.workflow.id, level: level, modules: session.modules.sorted(), work: worked(at: moment))
  }
}

extension Model {
  /// Fewer runs than this say nothing.
  private static let leastRuns = 3

  /// Takes note of what complete sessions tell; each is looked at once.
  mutating func learnRuns() {
    for snapshot in sessions where pastRuns[snapshot.id] == nil {
      if let run = snapshot.pastRun { pastRuns[snapshot.id] = run }
    }
  }

  /// How long a session may still take, and what that rests on; `nil` while it waits, rests or has ended.
  func forecast(_ snapshot: SessionSnapshot) -> String? {
    switch snapshot.word(at: now) {
    case .running, .retry, .stalled: break
    default: return nil
    }
    let session = snapshot.session
    guard let level = session.level else { return "ETA unknown" }
    let worked = snapshot.worked(at: now)
    // Each failed attempt makes the end less certain.
    let retries = Int64(clamping: session.tasks.reduce(0) { $0 + $1.failures })
    func range(_ least: Int64, _ most: Int64, _ basis: String) -> String {
      let low = max(0, least - worked)
      let high = max(0, most + most * min(retries, 10) / 10 - worked)
      guard high > 0 else { return "ETA unknown: longer than \(basis)" }
      let minutes = (low: low / 60_000, high: (high + 59_999) / 60_000)
      let span = minutes.low == minutes.high ? "\(minutes.high)" : "\(minutes.low)-\(minutes.high)"
      return "ETA \(span) min (\(basis))"
    }
    let modules = session.modules.sorted()
    let runs = pastRuns.values
      .filter { $0.workflow == session.workflow.id && $0.level == level && $0.modules == modules }.map(\.work)
    if runs.count >= Model.leastRuns, let least = runs.min(), let most = runs.max() {
      return range(least, most, "from \(runs.count) past runs")
    }
    guard let plan = session.workflow.level(level)?.minutes else { return "ETA unknown" }
    return range(
      Int64(plan.lowerBound) * 60_000, Int64(plan.upperBound) * 60_000, "by the plan of level \(level)")
  }

  /// How the time since the beginning was spent: at work, waiting for people, at rest.
  func timeSpent(_ snapshot: SessionSnapshot) -> String {
    let waited = snapshot.waited(at: now)
    let paused = snapshot.paused(at: now)
    var words = "work \(Clock.age(snapshot.worked(at: now)))"
    if waited > 0 { words += ", waited for you \(Clock.age(waited))" }
    if paused > 0 { words += ", rested \(Clock.age(paused))" }
    return words
  }
}
