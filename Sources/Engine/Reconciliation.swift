import Foundation
import Kernel

/// Finds out what became of the effects that were under way when an engine died: done, not done, or unknown.
///
/// It looks at what an effect should have left and never at what anybody says. Only what cannot be told is put to a
/// person, with what was looked at.
struct Reconciliation: Sendable {
  let performers: Performers
  let workspace: any Workspace

  /// One finding for every effect in flight.
  func findings(in session: Session) async -> [EffectFinding] {
    var found: [EffectFinding] = []
    for effect in session.inFlight { found.append(await finding(effect, in: session)) }
    return found
  }

  private func finding(_ effect: Effect, in session: Session) async -> EffectFinding {
    guard case .perform(let id, _) = effect, let task = session.task(id) else {
      return EffectFinding(
        effect: effect, verdict: .notDone, evidence: "It can be done again from the beginning without harm.")
    }
    let performer = session.performer(of: task)
    if performers.tasks[performer]?.isRepeatable ?? true {
      return EffectFinding(
        effect: effect, verdict: .notDone,
        evidence: "Its performer (\(performer)) writes whole files; doing it again does no harm.")
    }
    do {
      let files = try await workspace.files()
      let expected = Set(task.expectedFiles)
      let there = files.filter { expected.contains($0.path) && $0.size > 0 }
        .map { FileClaim(path: $0.path, hash: $0.hash) }
      var lines = ["\(there.count) of \(task.expectedFiles.count) expected files are there."]
      guard let tree = session.keptTree else {
        lines.append("No earlier picture of the files is known to compare with.")
        return EffectFinding(effect: effect, verdict: .unknown, evidence: lines.joined(separator: "\n"), files: there)
      }
      let changes = try await workspace.changes(since: tree)
      if changes.isEmpty {
        return EffectFinding(
          effect: effect, verdict: .notDone, evidence: "No file differs from the picture taken before it began.")
      }
      lines += changes.prefix(20).map { "\($0.kind.rawValue): \($0.path)" }
      if changes.count > 20 { lines.append("and \(changes.count - 20) more") }
      return EffectFinding(effect: effect, verdict: .unknown, evidence: lines.joined(separator: "\n"), files: there)
    } catch {
      return EffectFinding(effect: effect, verdict: .unknown, evidence: "The workspace could not be read: \(error)")
    }
  }
}
