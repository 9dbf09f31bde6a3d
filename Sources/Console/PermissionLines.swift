import Kernel
import Screen

// What an agent asked leave for while it worked on a task, and what is granted for longer and can be ended.

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
        lines +=
          (Line("      \(keyName(.revoke, in: .session)) ends it, or ", .muted)
          + Line("signalbox revoke \(session.id) \(grant.id)", .link))
          .wrapped(to: columns, indent: 6)
      }
    }
    return lines
  }

  // MARK: Revoking

  /// The grants that still answer for a person.
  private func standingGrants(in session: Session) -> [StandingGrant] {
    session.grants.filter { session.state(of: $0, at: now) == .standing }
  }

  /// Why no grant can be ended here.
  var reasonNoRevoke: String? {
    guard let session = current?.session else { return "no session is open" }
    return standingGrants(in: session).isEmpty ? "no grant stands" : nil
  }

  /// The grants to pick from, each with the task it is for and its end at the latest.
  func grantRows(of session: Session) -> [PickRow] {
    standingGrants(in: session).map {
      let left = Clock.length(Clock.between(now, $0.until))
      return PickRow(
        id: $0.id, title: "\($0.id) \($0.scope.words)", note: "for \($0.task), ends in \(left) at the latest")
    }
  }

  /// Asks which grant ends; the first of the task or agent the person is at is picked.
  mutating func askRevoke() {
    guard let current else { return }
    var dialog = Dialog(kind: .revoke(session: current.id))
    dialog.rows = grantRows(of: current.session)
    let tasks = tasksAtHand(in: current.session)
    let own = current.session.grants.filter { tasks.contains($0.task) }.map(\.id)
    dialog.row = dialog.rows.firstIndex { own.contains($0.id) } ?? 0
    ask(dialog)
  }

  /// The task the person reads or has selected, or those of the agent.
  private func tasksAtHand(in session: Session) -> [String] {
    let subject: Reading.Subject?
    if place == .reading {
      subject = reading.last?.subject
    } else if desk.focus == .tasks, let row = desk.tasks.selected {
      subject = Model.taskSubject(row, of: session.id)
    } else {
      subject = nil
    }
    switch subject {
    case .task(_, let id): return [id]
    case .agent(_, let id):
      let name = session.roster.first { $0.id == id }?.name
      return session.tasks.filter { $0.agent == name }.map(\.id)
    default: return []
    }
  }

  /// What ending a grant means.
  func revokeLines(_ dialog: Dialog, _ id: String) -> [Line] {
    guard dialog.rows.indices.contains(dialog.row) else {
      return [Line("No grant stands any more.", .muted)]
    }
    let row = dialog.rows[dialog.row]
    var lines = [Line(Text.clean("\(row.title), \(row.note)."), .title)]
    if let grant = snapshot(id)?.session.grants.first(where: { $0.id == row.id }) {
      lines.append(Line(Text.clean("\(grant.by) gave it \(when(grant.at)), with the answer to \(grant.decision).")))
    }
    return lines + [
      Line("From now on the agent's next question of this kind is yours again."),
      Line(
        "What it let pass stays as it is; undo (\(keyName(.undo))) or a rollback (\(keyName(.rollBack))) takes files back.",
        .muted),
    ]
  }

  private func row(_ word: StateWord, _ text: String, columns: Int) -> [Line] {
    (Line(word.rawValue.padded(to: 6), word.style) + Line(Text.clean(text))).wrapped(to: columns, indent: 6)
  }
}
