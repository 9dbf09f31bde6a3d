import Kernel

extension Documents {
  /// Composes the report of one sub-stage that failed as a whole.
  public static func incidentReport(_ incident: Incident, of session: Session) -> String {
    var page = Page()
    page.heading(1, "Incident \(Markdown.inline(incident.id)): \(Markdown.inline(incident.substage)) failed")
    page.facts([
      ("Session", "\(Markdown.inline(session.title)) (\(Markdown.code(session.id)))"),
      ("Date", Words.time(incident.at)),
      ("Incident", "The sub-stage \(Markdown.code(incident.substage)) failed as a whole"),
      ("Status", incidentStatus(incident)),
    ])
    tell(incident, of: session, level: 2, &page)
    return page.text
  }

  /// What an incident's report says, under headings of a level.
  static func tell(_ incident: Incident, of session: Session, level: Int, _ page: inout Page) {
    page.heading(level, "Summary")
    page.paragraph(Markdown.paragraph(incident.summary))
    page.heading(level, "Failure chain")
    page.list(incident.chain.enumerated().map { "\($0 + 1): \(Markdown.inline($1))" }, otherwise: "Not recorded.")
    page.heading(level, "Root cause classification")
    page.facts([
      ("Category", incident.causeWords), ("Specifics", Markdown.inline(incident.specifics)),
      ("Expected", Words.list(incident.expected.map(Markdown.code), otherwise: "nothing")),
      ("Found on the disk", Words.list(incident.found.map(Markdown.code), otherwise: "nothing")),
      ("Missing", Words.list(incident.missing.map(Markdown.code), otherwise: "nothing")),
      ("Tasks that failed", Words.list(incident.tasks.map(Markdown.code), otherwise: "none")),
      ("Waits meanwhile", Words.list(incident.blocks.map(Markdown.inline), otherwise: "nothing")),
    ])
    page.heading(level, "System behaviour")
    page.list(incident.correct.map(Markdown.paragraph), otherwise: "Not recorded.")
    page.heading(level, "Recommendation")
    page.paragraph(Markdown.paragraph(incident.recommendation))
    page.heading(level, "Errors in full")
    let failures = incident.tasks.flatMap { id in (session.task(id)?.failedAttempts ?? []).map { (id, $0) } }
      .filter { $1.at <= incident.at }
    if failures.isEmpty { page.paragraph("None is on record.") }
    for (id, failure) in failures { tell(failure, of: id, &page) }
    page.heading(level, "Resolution")
    guard let resolution = incident.resolution else { return page.paragraph("OPEN: it is not resolved.") }
    page.paragraph(
      Markdown.paragraph(resolution) + (incident.resolvedAt.map { " (\(Words.time($0)))" } ?? ""))
  }

  private static func tell(_ failure: FailedAttempt, of task: String, _ page: inout Page) {
    let agent = failure.agent.map { " by \(Markdown.inline($0))" } ?? ""
    let type = failure.type.isEmpty ? "" : ", \(Markdown.code(failure.type))"
    page.paragraph(
      "Task \(Markdown.code(task)), attempt \(failure.attempt)\(agent), \(Words.time(failure.at))\(type):")
    page.block(([failure.message, failure.trace] + failure.tools).filter { !$0.isEmpty }.joined(separator: "\n"))
    guard !failure.rejections.isEmpty else { return }
    page.table(
      ["Rejected file", "Reasons"],
      failure.rejections.map { [Markdown.code($0.path), Markdown.inline($0.reasons.joined(separator: " "))] },
      otherwise: "")
  }

  static func incidentStatus(_ incident: Incident) -> String {
    incident.resolution == nil
      ? "OPEN, failed as a whole" : "RESOLVED" + (incident.resolvedAt.map { " at \(Words.time($0))" } ?? "")
  }
}

extension Incident {
  /// Its cause as reports classify it.
  var causeWords: String {
    switch cause {
    case .cognitive: return "Cognitive failure: the agent's own mistake"
    case .environment: return "Environment failure: the machine, the network or a missing tool"
    case .hard: return "Hard failure: trying again changes nothing"
    }
  }
}
