/// What choosing an option would change, found out by choosing it on a copy.
public struct Consequences: Equatable, Sendable {
  /// Files that tasks left and that stay as they are; filled in by the shell where files are put back.
  public var filesKept = 0
  /// Files that would no longer be in the workspace.
  public var filesDiscarded = 0
  /// Files that would get an earlier content back.
  public var filesRestored = 0
  /// Lines that would go with them.
  public var linesDiscarded = 0
  /// Edits that no task made and that would be overwritten, by path; they are kept in a checkpoint first.
  public var personEdits: [String] = []
  /// The tree to which files would be put back, if any.
  public var restoresTree: String?
  /// Sub-stages that would run again.
  public var substagesRerun: [String] = []
  /// Stages whose own documents would be made again.
  public var stagesRedone: [Int] = []
  /// Approvals that would no longer count, as `stage playbook`.
  public var approvalsVoided: [String] = []
  /// Gates whose failure would be accepted.
  public var waivers: [String] = []
  /// Gates whose results would no longer count.
  public var gatesVoided = 0
  /// How often the subject may still be tried before a person is asked again, where it is tried again.
  public var attemptsLeft: Int?
  /// Minutes of work that would not have to be done.
  public var minutesSaved = 0
  /// Minutes of work that would be done again.
  public var minutesLost = 0
  /// What the session would do next, in one sentence.
  public var next = ""
  /// Until when it can be undone, in one sentence.
  public var undo = ""
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
  return consequences(from: session, to: draft.session, option: option)
}

/// Computes what taking the last answer back would change, or says why nothing can be.
public func previewUndo(in session: Session) -> Result<Consequences, Refusal> {
  do {
    let order = Order(at: session.updatedAt, by: "preview", demand: .undo(reason: ""))
    let events = try decide(order, in: session)
    var after = session
    for event in events { after.apply(event) }
    return .success(consequences(from: session, to: after, option: nil))
  } catch {
    return .failure(error)
  }
}

/// What lies between two states of a session, as far as a person would want to know before.
public func consequences(from before: Session, to after: Session, option: Option?) -> Consequences {
  var result = Consequences()
  result.filesKept = Set(before.tasks.flatMap(\.files).map(\.path)).count
  if before.restoration == nil { result.restoresTree = after.restoration?.tree }
  let rounds = before.stages.flatMap(\.substages)
  for substage in after.stages.flatMap(\.substages) {
    guard let old = rounds.first(where: { $0.id == substage.id }), old.round < substage.round else { continue }
    result.substagesRerun.append(substage.id)
  }
  for stage in before.stages {
    let now = after.stages.first { $0.id == stage.id }
    for approval in stage.approvals where !(now?.approvals ?? []).contains(approval) {
      result.approvalsVoided.append("\(stage.id) \(approval.playbook)")
    }
    if let now, now.revision > stage.revision { result.stagesRedone.append(stage.id) }
  }
  result.waivers = after.waivers.filter { new in !before.waivers.contains { $0.id == new.id } }.map(\.gate)
  result.gatesVoided =
    before.gates.filter { gate in
      !gate.results.isEmpty && !(after.gate(gate.id)?.results.count ?? 0 >= gate.results.count)
    }.count
  for task in after.tasks {
    guard let old = before.task(task.id), old.attempt < task.attempt, task.state == .todo else { continue }
    result.attemptsLeft = task.maxAttempts - task.failures
  }
  let ran = rounds.filter { $0.state == .done }.map(\.id)
  result.minutesLost = before.minutes(of: result.substagesRerun.filter(ran.contains))
  let skipped = after.tasks.filter { task in
    task.state == .skipped && before.task(task.id)?.state != .skipped && task.repairs == nil
  }
  result.minutesSaved = skipped.isEmpty ? 0 : before.minutes(of: Array(Set(skipped.compactMap(\.substage))))
  if let option, option.effect.isFinal {
    result.irreversible = ["The session ends; it cannot be resumed."]
    result.undo = "It cannot be undone."
  } else if case .completed = after.standing {
    result.irreversible = ["The session is complete; it cannot be gone back from."]
    result.undo = "It cannot be undone."
  } else if let option, !option.isReversible {
    result.irreversible = ["The playbook says that this cannot be taken back."]
    result.undo = "It cannot be undone."
  } else if option != nil {
    result.undo = "`undo` takes it back until the session ends."
  }
  result.next = sentence(after, option: option)
  return result
}

private func sentence(_ session: Session, option: Option?) -> String {
  switch session.standing {
  case .paused: return "Everything rests until somebody resumes the session."
  case .aborted: return "Work stops; files, journal and report stay."
  case .completed: return "The session is complete."
  case .active: break
  }
  if option?.effect == .amend { return "The brief is checked again with what you fill in." }
  if session.restoration != nil {
    return "Next: the files as they are now are kept, then the earlier ones are put back."
  }
  for effect in session.outstanding {
    switch effect {
    case .perform(let id, let attempt):
      let title = session.task(id)?.title ?? id
      return attempt > 1 ? "Next: \(title) (attempt \(attempt))." : "Next: \(title)."
    case .runGate(let id, let attempt):
      return "Next: the gate \(session.gate(id)?.title ?? id) runs (attempt \(attempt))."
    case .keep: return "Next: the files are kept, then the session goes on."
    case .restore: return "Next: the earlier files are put back."
    case .inspect: return "Next: the disk is looked at."
    case .probe(let id, _):
      let title = session.workflow.dependency(id)?.title ?? id
      return "Nothing is done until \(title) answers; then it goes on by itself."
    }
  }
  if let decision = session.openDecisions.first { return "Next you are asked: \(decision.title)" }
  return "Nothing is left to do."
}
