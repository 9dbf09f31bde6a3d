import Kernel

extension Documents {
  /// What supervision saw, healed and verified; a session whose work is not supervised has none of it.
  static func supervision(_ matter: ReportMatter, _ page: inout Page) {
    let session = matter.session
    guard session.isSupervised else { return }
    page.heading(2, "20. Supervision")
    figures(session, &page)
    verification(session, &page)
    page.heading(3, "Incidents")
    if session.incidents.isEmpty { page.paragraph("None: no sub-stage failed as a whole.") }
    for incident in session.incidents {
      page.heading(
        4, "\(Markdown.inline(incident.id)): \(Markdown.inline(incident.substage)), \(incidentStatus(incident))")
      tell(incident, of: session, level: 5, &page)
    }
    chainOfCommand(session, &page)
    permissions(session, at: matter.facts.at, &page)
    callbacks(session, &page)
    blockers(session, &page)
    health(session, &page)
    fileAudit(matter, &page)
  }

  private static func figures(_ session: Session, _ page: inout Page) {
    let found = session.metrics
    func share(_ value: Int?, _ part: Int, _ whole: Int) -> String {
      value.map { "\($0) % (\(part) of \(whole))" } ?? "nothing to count"
    }
    page.heading(3, "Figures")
    page.facts([
      ("Agents and checks ran", containment(session)),
      ("Files created", share(found.filesCreated, found.filesThere, found.filesExpected)),
      ("Callbacks collected", "\(found.callbacks), each in full in the journal"),
      (
        "Callbacks answered",
        share(
          SupervisionMetrics.percent(found.callbacksAnswered, of: found.callbacksWanting), found.callbacksAnswered,
          found.callbacksWanting)
      ),
      ("Blockers remediated", share(found.remediation, found.blockersRemediated, found.blockersRemediable)),
      ("Goals with a task", share(found.goalCoverage, found.goalsCovered, found.goals)),
      ("Tasks with an agent", share(found.assignment, found.tasksAssigned, found.tasks)),
      ("Longest recovery", found.recoveryTimes.first.map { Words.duration($0) } ?? "nothing had to recover"),
      ("Health", "\(found.health) of 100"),
    ])
  }

  /// What the cards bound the engine to, and every task that went up the chain; nothing where no agents work.
  private static func chainOfCommand(_ session: Session, _ page: inout Page) {
    guard !session.duties.isEmpty else { return }
    page.heading(3, "Roles and the chain of command")
    page.table(
      ["Role", "At work", "Reports to", "Attempts", "Gates that must pass", "Gates that should pass"],
      session.duties.map { duty in
        [
          Markdown.inline("\(duty.title) (\(duty.role))"), duty.isAtWork ? "yes" : "no",
          Markdown.inline(duty.reportsTo),
          String(duty.attempts), Words.list(duty.mandatoryGates.map(Markdown.code), otherwise: "none"),
          Words.list(duty.optionalGates.map(Markdown.code), otherwise: "none"),
        ]
      }, otherwise: "")
    page.table(
      ["When", "Task", "From", "To", "Because"],
      session.tasks.flatMap(\.escalations).map { escalation in
        [
          Words.time(escalation.at), Markdown.code(escalation.task), Markdown.inline(escalation.from),
          Markdown.inline(escalation.to + (escalation.agent.map { " (\($0))" } ?? "")),
          Markdown.inline(escalation.reason),
        ]
      }, otherwise: "No task went up the chain.")
  }

  /// How far programs were contained: the lowest level first, and what it means.
  private static func containment(_ session: Session) -> String {
    guard let words = session.containmentWords(Words.time), let lowest = session.lowestContainment else {
      return "not yet: no program was started"
    }
    return "**\(words)**: \(lowest.level.meaning)"
  }

  private static func verification(_ session: Session, _ page: inout Page) {
    page.heading(3, "Final verification")
    guard let last = session.verifications.last else {
      return page.paragraph(
        session.verificationAccepted == nil
          ? "It has not been made yet." : "It was NOT made; a person went on without it.")
    }
    let failed = last.items.filter { !$0.passed }
    page.paragraph(
      "**Verification \(last.number), \(Words.time(last.at)): \(failed.isEmpty ? "PASS" : "FAIL").** "
        + "\(last.items.count - failed.count) of \(Words.count(last.items.count, "item holds", "items hold")).")
    if let reason = session.verificationAccepted {
      page.paragraph(
        "A person went on although it did not pass: \(Markdown.inline(reason)). It is not passed for that.")
    }
    page.table(
      ["What", "Subject", "Verdict", "Evidence or reason", "Owed by"],
      last.items.map { item in
        [
          item.kind.rawValue, Markdown.code(item.subject), item.passed ? "PASS" : "FAIL", Markdown.inline(item.words),
          Markdown.inline([item.agent, item.task].compactMap { $0 }.joined(separator: ", ")),
        ]
      }, otherwise: "Nothing was to be verified.")
  }

  private static func callbacks(_ session: Session, _ page: inout Page) {
    page.heading(3, "Callbacks")
    page.table(
      ["Id", "When", "Kind", "From", "To", "State", "Answer"],
      session.callbacks.map { callback in
        [
          callback.id, Words.time(callback.at), callback.kind.rawValue, Markdown.inline(callback.from),
          Markdown.inline(callback.to),
          session.standing(of: callback) == .open ? "UNANSWERED" : session.standing(of: callback).rawValue,
          callback.answer.map { "\(Markdown.inline($0.by)): \(Markdown.inline($0.text))" } ?? "",
        ]
      }, otherwise: "Nobody said anything to the supervisor.")
    for callback in session.callbacks where callback.kind != .progress {
      page.paragraph("\(callback.id), \(Markdown.inline(callback.from)):")
      page.quote(callback.text, otherwise: "")
    }
  }

  private static func blockers(_ session: Session, _ page: inout Page) {
    page.heading(3, "Blockers and remediation")
    page.table(
      ["Id", "Source", "What", "Owner", "State", "Remedy", "History"],
      session.blockerRecords.map { record in
        let history = record.history.map { "\(Words.time($0.at)) \($0.words)" }.joined(separator: "; ")
        return [
          record.id, record.source, Markdown.inline(record.text.firstLine), Markdown.inline(record.owner),
          session.state(of: record).rawValue, session.remedy(of: record).map { Markdown.code($0.id) } ?? "",
          Markdown.inline(history),
        ]
      }, otherwise: "Nothing stood in the way.")
  }

  private static func health(_ session: Session, _ page: inout Page) {
    page.heading(3, "Health and healing")
    let last = session.health.map { "the last at \(Words.time($0.at)) with a score of \($0.score)" } ?? "none so far"
    page.paragraph("\(Words.count(session.healthChecks, "check", "checks")), \(last).")
    page.table(
      ["When", "Healed", "What was done", "Wrong since"],
      session.healings.map {
        [Words.time($0.at), $0.kind.rawValue, Markdown.inline($0.words), Words.time($0.since)]
      }, otherwise: "Nothing had to be healed.")
    page.table(
      ["When", "Alert", "About", "What", "Needs a person"],
      session.alerts.map {
        [
          Words.time($0.at), $0.kind.rawValue, Markdown.inline($0.subject), Markdown.inline($0.words),
          $0.needsPerson ? "yes" : "no",
        ]
      }, otherwise: "No alert was raised.")
  }

  /// Who did what to files, counted; the journal holds every operation with its hashes.
  private static func fileAudit(_ matter: ReportMatter, _ page: inout Page) {
    page.heading(3, "File audit")
    var rows: [(author: String, counts: [FileOperation.Kind: Int])] = []
    var aside: [[String]] = []
    for (number, event) in matter.facts.events.enumerated() {
      guard case .filesRecorded(let batch) = event.fact else { continue }
      let author = batch.author.group
      let index = rows.firstIndex { $0.author == author } ?? rows.count
      if index == rows.count { rows.append((author, [:])) }
      for operation in batch.operations {
        rows[index].counts[operation.kind, default: 0] += 1
        guard operation.kind == .rejected || operation.kind == .reverted else { continue }
        aside.append([
          Markdown.code(operation.path), operation.kind.rawValue, Markdown.inline(batch.author.words),
          Markdown.inline(operation.reason), "#\(number + 1)",
        ])
      }
    }
    page.table(
      ["Author"] + FileOperation.Kind.allCases.map { $0.rawValue.capitalized },
      rows.map { row in
        [Markdown.inline(row.author)] + FileOperation.Kind.allCases.map { String(row.counts[$0] ?? 0) }
      }, otherwise: "No file was changed.")
    page.table(
      ["File", "Became", "By", "Why", "Event"], aside, otherwise: "No file was kept aside and none was put back.")
    let odd = matter.session.files.records.filter { $0.integrity != .intact && $0.integrity != .locked }
    page.table(
      ["File", "Integrity", "Accepted from", "Last seen as it should be"],
      odd.map {
        [
          Markdown.code($0.path), $0.integrity.rawValue, Markdown.inline($0.author.words), Words.time($0.seenAt),
        ]
      }, otherwise: "Every file is as it was accepted, as far as anyone looked.")
  }
}

extension FileAuthor {
  /// The author without the attempt, so that one agent's work is counted together.
  fileprivate var group: String {
    switch self {
    case .task(_, _, let agent): return agent ?? "engine"
    case .gate: return "gates"
    case .outside, .person: return words
    }
  }
}
