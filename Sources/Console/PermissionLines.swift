import Kernel
import Screen

// What an agent asked leave for while it worked on a task, and what is granted for longer.

extension Model {
  /// What agents asked leave for in a task: what is open first, then what was answered, the last first.
  func permissionLines(of task: String, in session: Session, columns: Int) -> [Line] {
    let open = session.openDecisions.filter { $0.subjectPermission?.task == task }
    let records = session.permissions.filter { $0.task == task }
    guard !open.isEmpty || !records.isEmpty else {
      return grantLines(of: [task], in: session, columns: columns)
    }
    var lines = [Line(), Line("What its agent asked leave for", Style.title.bold)]
    for decision in open {
      lines += row(.ask, "\(decision.id): \(decision.title)", columns: columns)
    }
    for record in records.reversed() {
      let word: StateWord = record.isAllowed ? .good : record.source == .nobody ? .skipped : .warning
      let lost = record.isDelivered ? "" : "; it did not reach the agent"
      lines += row(word, record.title, columns: columns)
      lines += Line(
        Text.clean(
          "      \(record.verdict) by \(record.by), \"\(record.answer)\", attempt \(record.attempt), \(when(record.at))\(lost)"
        ), .muted
      ).wrapped(to: columns, indent: 6)
    }
    return lines + grantLines(of: [task], in: session, columns: columns)
  }

  /// What a person granted for more than one time, in tasks.
  func grantLines(of tasks: [String], in session: Session, columns: Int) -> [Line] {
    let grants = session.grants.filter { tasks.contains($0.task) }
    guard !grants.isEmpty else { return [] }
    var lines = [Line(), Line("Standing grants", Style.title.bold)]
    for grant in grants {
      let state = session.state(of: grant, at: now)
      let isStanding = state == .standing
      lines += row(isStanding ? .warning : .note, "\(grant.id) \(grant.scope.words)", columns: columns)
      let left = "ends in \(Clock.length(Clock.between(now, grant.until))) at the latest"
      let end = grant.ended.map { "revoked: \($0)" } ?? (isStanding ? left : state.rawValue)
      lines += Line(
        Text.clean("      \(end); given by \(grant.by) for \(grant.task), \(when(grant.at))"), .muted
      ).wrapped(to: columns, indent: 6)
      if isStanding {
        lines += Line("      signalbox revoke \(session.id) \(grant.id)", .link).wrapped(to: columns, indent: 6)
      }
    }
    return lines
  }

  private func row(_ word: StateWord, _ text: String, columns: Int) -> [Line] {
    (Line(word.rawValue.padded(to: 6), word.style) + Line(Text.clean(text))).wrapped(to: columns, indent: 6)
  }
}
