/// What choosing an option would change, found out by choosing it on a copy.
public struct Consequences: Equatable, Sendable {
  /// Files by what would happen to them; counts, filled in by the shell where the kernel cannot know.
  public var filesKept = 0
  /// Files that would no longer be in the workspace.
  public var filesDiscarded = 0
  /// Files that would get an earlier content back.
  public var filesRestored = 0
  /// Sub-stages that would run again.
  public var substagesRerun: [String] = []
  /// Approvals that would no longer count, as `stage playbook`.
  public var approvalsVoided: [String] = []
  /// Gates whose failure would be accepted.
  public var waivers: [String] = []
  /// How often the subject may still be tried before a person is asked again, where it is tried again.
  public var attemptsLeft: Int?
  /// What the session would do next, in one sentence.
  public var next = ""
  /// What could not be taken back.
  public var irreversible: [String] = []

  /// Makes consequences of nothing.
  public init() {}
}

/// Computes what choosing an option of an open decision would change, with the same functions that would change it.
public func preview(_ option: Option, of decision: Decision, in session: Session) -> Consequences {
  var draft = Draft(session: session, at: session.updatedAt)
  let answer = Answer(decision: decision.id, option: option.id, digest: decision.digest, by: "preview")
  let facts = (try? answerFacts(answer, in: session, rehearsal: true)) ?? []
  for fact in facts { draft.add(fact, by: "preview") }
  if option.effect != .amend { draft.settle() }
  return difference(from: session, to: draft.session, option: option)
}

private func difference(from before: Session, to after: Session, option: Option) -> Consequences {
  var result = Consequences()
  result.filesKept = Set(before.tasks.flatMap(\.files).map(\.path)).count
  let rounds = before.stages.flatMap(\.substages)
  for substage in after.stages.flatMap(\.substages) {
    guard let old = rounds.first(where: { $0.id == substage.id }), old.round < substage.round else { continue }
    result.substagesRerun.append(substage.id)
  }
  for stage in before.stages {
    let kept = after.stages.first { $0.id == stage.id }?.approvals ?? []
    for approval in stage.approvals where !kept.contains(approval) {
      result.approvalsVoided.append("\(stage.id) \(approval.playbook)")
    }
  }
  result.waivers = after.waivers.dropFirst(before.waivers.count).map(\.gate)
  for task in after.tasks {
    guard let old = before.task(task.id), old.attempt < task.attempt else { continue }
    result.attemptsLeft = task.maxAttempts - task.failures
  }
  if option.effect.isFinal { result.irreversible = ["The session ends; it cannot be resumed."] }
  result.next = sentence(after, option: option)
  return result
}

private func sentence(_ session: Session, option: Option) -> String {
  switch session.standing {
  case .paused: return "Everything rests until somebody resumes the session."
  case .aborted: return "Work stops; files, journal and report stay."
  case .completed: return "The session is complete."
  case .active: break
  }
  if option.effect == .amend { return "The brief is checked again with what you fill in." }
  if let effect = session.outstanding.first {
    switch effect {
    case .perform(let id, let attempt):
      let title = session.task(id)?.title ?? id
      return attempt > 1 ? "Next: \(title) (attempt \(attempt))." : "Next: \(title)."
    case .runGate(let id, let attempt):
      return "Next: the gate \(session.gate(id)?.title ?? id) runs (attempt \(attempt))."
    }
  }
  if let decision = session.openDecisions.first { return "Next you are asked: \(decision.title)" }
  return "Nothing is left to do."
}
