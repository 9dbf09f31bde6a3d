import Kernel

extension Documents {
  /// What stands before a report of work that is not finished: what exists, why it stopped, and how to go on.
  static func partial(_ matter: ReportMatter, _ page: inout Page) {
    let session = matter.session
    let isPaused = session.isResting
    page.paragraph(
      isPaused
        ? "> **Progress report.** The session rests and can be resumed at any time. \(session.restReason)"
        : "> **Partial report.** The work described here is not finished. \(matter.verdict.reason)")
    page.heading(2, "Partial: what exists and what does not")
    progress(session, &page)
    page.paragraph("**Reason:** \(isPaused ? session.restReason : matter.verdict.reason)")
    stoppingPoint(matter, &page)
    page.heading(3, "What is saved and what is lost")
    page.list(saved(matter), otherwise: "")
    page.paragraph("Lost, or not made:")
    page.list(lost(matter), otherwise: "Nothing: what was begun had ended.")
    page.heading(3, "Where the checkpoints are")
    checkpoints(matter, &page)
    page.heading(3, session.isEnded ? "How to begin again" : "How to go on")
    page.list(next(session), otherwise: "")
  }

  private static func progress(_ session: Session, _ page: inout Page) {
    let stages = session.stages.filter { $0.state == .done }.map { "stage \($0.id) \(Markdown.inline($0.name))" }
    let parts = session.stages.flatMap(\.substages).filter { $0.state == .done }
      .map { "sub-stage \(Markdown.inline($0.id)) \(Markdown.inline($0.name))" }
    page.paragraph("**Completed:**")
    page.list(stages + parts, otherwise: "Nothing was completed.")
    page.paragraph("**In progress:**")
    let closing = session.workflow.closing.map(\.id)
    let tasks = session.tasks.filter { $0.state != .done && $0.state != .skipped && !closing.contains($0.id) }
      .map { "\(Markdown.inline($0.title)) (\(Words.progress($0.state)), attempt \($0.attempt))" }
    let open = session.openDecisions.map { "question \(Markdown.inline($0.id)): \(Markdown.inline($0.title))" }
    let current = session.currentStage.map { ["stage \($0.id) \(Markdown.inline($0.name))"] } ?? []
    page.list(current + tasks + open, otherwise: "Nothing.")
    page.paragraph("**Not begun:**")
    let rest = session.stages.filter { $0.state == .todo && $0.id != session.currentStage?.id }
    page.list(rest.map { "stage \($0.id) \(Markdown.inline($0.name))" }, otherwise: "No stage.")
  }

  private static func stoppingPoint(_ matter: ReportMatter, _ page: inout Page) {
    let session = matter.session
    page.heading(3, "The stopping point")
    let answered = session.decisions.filter { $0.answer != nil }
    let files = Set(session.tasks.flatMap(\.files).map(\.path)).count
    let documents = session.tasks.filter { $0.substage == nil && $0.repairs == nil }.flatMap(\.files).map {
      Markdown.code($0.path)
    }
    page.facts([
      ("Stage", session.currentStage.map { "\($0.id) \(Markdown.inline($0.name))" } ?? "the end"),
      (
        "Sub-stage",
        session.currentSubstage.map { "\(Markdown.inline($0.id)) \(Markdown.inline($0.name))" } ?? "none under way"
      ),
      (
        "Progress",
        session.progressLines.isEmpty
          ? "nothing was begun" : session.progressLines.map(Markdown.inline).joined(separator: "; ")
      ),
      ("Stopped by", stoppedBy(matter)),
      (
        "Decisions so far",
        answered.isEmpty
          ? "none" : "\(answered.count), the last one \(Markdown.inline(answered.last?.id ?? "")); section 7 lists them"
      ),
      (
        "Deliverables so far",
        "\(Words.count(files, "file", "files")) made by tasks; section 14 and the catalogue list them"
      ),
      ("Documents", Words.list(documents, otherwise: "none written yet")),
      ("Checks", gateTotals(session)),
    ])
  }

  private static func stoppedBy(_ matter: ReportMatter) -> String {
    switch matter.session.standing {
    case .aborted(let by, let at, _):
      let event = matter.facts.event { if case .sessionAborted = $0 { true } else { false } }
      return "\(Words.who(by, at)) (\(event))"
    case .paused(let by, let at, _):
      let event = matter.facts.event { if case .sessionPaused = $0 { true } else { false } }
      return "\(Words.who(by, at)) (\(event))"
    case .active: return "nobody; it is \(matter.session.state.rawValue)"
    case .completed: return "nobody; it is complete"
    }
  }

  // MARK: - Saved and lost

  private static func saved(_ matter: ReportMatter) -> [String] {
    let session = matter.session
    let head = matter.facts.events.count
    var lines = [
      "The journal with \(Words.count(head, "event", "events")) and every decision; nothing of it is ever removed."
    ]
    lines.append(
      "\(Words.count(matter.facts.files.count, "file", "files")) in the workspace \(Markdown.code(session.workspace)), as they are."
    )
    if let last = session.checkpoints.last {
      lines.append(
        "The files as of #\(last.seq): checkpoint \(Markdown.inline(last.id)), tree \(Markdown.code(last.tree)).")
    } else {
      lines.append("No checkpoint was taken, because no work had changed a file.")
    }
    return lines
  }

  private static func lost(_ matter: ReportMatter) -> [String] {
    let stop = matter.facts.events.lastIndex { event in
      switch event.fact {
      case .sessionAborted, .sessionPaused: return true
      default: return false
      }
    }
    // What was under way ends with the same order, so its events bear the same name and moment.
    guard let stop, matter.session.isEnded || matter.session.isResting else {
      return matter.session.inFlight.map { "\(Markdown.inline($0.name)), which is under way" }
    }
    let order = matter.facts.events[stop]
    var lines = matter.chronicle.interruptions.filter { $0.at == order.at && $0.by == order.by }.map {
      "\(Markdown.inline($0.value.effect.name)), which was under way and stopped (\($0.mark))"
    }
    if matter.session.isEnded {
      let rest = matter.session.stages.filter { $0.state != .done }.map { "\($0.id) \(Markdown.inline($0.name))" }
      if !rest.isEmpty { lines.append("The rest of the work: stages \(rest.joined(separator: ", ")).") }
    }
    return lines
  }

  private static func checkpoints(_ matter: ReportMatter, _ page: inout Page) {
    page.table(
      ["Checkpoint", "Stage", "Files", "Tree", "When", "Event"],
      matter.session.checkpoints.map { point in
        [
          Markdown.inline(point.id), String(point.stage), String(point.files), Markdown.code(point.tree),
          Words.time(point.at), "#\(point.seq)",
        ]
      }, otherwise: "None was taken yet.")
    page.paragraph("They lie in the session's folder beside the journal, as trees of a git object store.")
  }

  private static func next(_ session: Session) -> [String] {
    let id = session.id
    if session.isEnded {
      return [
        "The session cannot be resumed; its report stays readable with \(Markdown.code("signalbox report \(id)")).",
        "Begin a new one with \(Markdown.code("signalbox run BRIEF")); the brief is in the partial package as "
          + "\(Markdown.code("handoff/brief.md")); what was amended since stands in section 12.",
        "Give it the answers of section 7 in advance where they shall hold again.",
        "The files so far are in the workspace, in the partial package, and in the checkpoints above.",
      ]
    }
    guard session.isResting else {
      return ["Watch it, or answer what it asks: \(Markdown.code("signalbox attach \(id)"))."]
    }
    return [
      "Resume: \(Markdown.code("signalbox resume \(id)")). It goes on where it stopped; nothing that was done is done again.",
      "Look first: \(Markdown.code("signalbox attach \(id)")) shows everything; the session stays paused meanwhile.",
    ]
      + session.openDecisions.map {
        "Then answer \(Markdown.inline($0.id)): \(Markdown.inline($0.title))"
      } + [
        "End it instead: \(Markdown.code("signalbox abort \(id)")); a decision says beforehand what is saved and what is lost."
      ]
  }
}

extension Session {
  /// Whether it rests and can be resumed.
  var isResting: Bool { if case .paused = standing { true } else { false } }

  /// Whether it was aborted.
  var isEnded: Bool { if case .aborted = standing { true } else { false } }

  /// Who paused it, when and why.
  var restReason: String {
    guard case .paused(let by, let at, let reason) = standing else { return "" }
    return "Paused by \(Markdown.inline(by)) at \(Words.time(at)): \(Documents.reason(reason))"
  }
}
