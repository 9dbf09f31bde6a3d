import Kernel
import Screen

// The panes of files, of callbacks and blockers, and of health and incidents: a list, and below it what is selected.

extension Model {
  /// Draws a list as a table, or without headings where there is little room, and what is selected below it.
  private func drawTable(
    _ canvas: inout Canvas, _ area: Area, _ pane: Pane, _ isFocused: Bool, _ table: Table, count: Int, empty: String,
    ids: [String], cells: (Int) -> [Line], narrow: (Int) -> Line, detail: (_ area: Area, _ selected: Int) -> Void
  ) {
    let (list, below) = detailSplit(pane, area)
    guard count > 0, hasHeading(area) else {
      return drawRows(&canvas, area, pane, isFocused, count: count, empty: empty, row: narrow)
    }
    let (selected, viewport) = self.list(pane).resolve(count: count, height: list.rows - 1) { ids.firstIndex(of: $0) }
    canvas.table(
      table, in: list, viewport: viewport, selected: isFocused ? selected : nil, isFocused: isFocused, row: cells)
    drawBelow(&canvas, list, viewport)
    if !below.isEmpty, let selected { detail(below, selected) }
  }

  /// A ruled-off part below a list.
  private func drawDetail(_ canvas: inout Canvas, _ area: Area, _ title: String, _ lines: [Line]) {
    canvas.rule(area.line(0), title: Line(Text.clean(title), .title))
    let body = area.inset(left: 1, top: 1, right: 1)
    canvas.write(lines, in: body)
    if lines.count > body.rows, body.columns > 30 {
      let words = Line(" \(keyName(.open, in: .session)): all of it", .muted)
      canvas.write(words, in: body.line(body.rows - 1), align: .right)
    }
  }

  // MARK: Files

  func drawFiles(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ current: SessionSnapshot) {
    let rows = fileRows
    let table = Table([
      Column("INT", width: 3), Column("PATH", minimum: 16), Column("BY", minimum: 12, maximum: 34, dropOrder: 1),
      Column("ACCEPTED", width: 8, dropOrder: 2), Column("SIZE", width: 8, dropOrder: 3, align: .right),
    ])
    let empty =
      current.session.workflow.supervision == nil
      ? "This session's workflow keeps no record of files. Tasks show what they left."
      : "No files yet. Each one that a task or gate leaves appears here, with who made it and whether the disk agrees."
    var chosen: (Area, FileRecord)?
    drawTable(
      &canvas, area, .files, isFocused, table, count: rows.count, empty: empty, ids: rows.map(\.path)
    ) {
      let file = rows[$0]
      return [
        Line(file.integrity.word, file.integrity.style), Line(Text.clean(file.path)),
        Line(Text.clean(Model.short(file.author)), .muted),
        Line(file.integrity == .unexpected ? "never" : Clock.time(file.acceptedAt, offset: offsetMinutes), .muted),
        Line("\(file.size)", .muted),
      ]
    } narrow: {
      Line(rows[$0].integrity.word.padded(to: 4), rows[$0].integrity.style) + Line(Text.clean(rows[$0].path))
    } detail: { below, selected in
      chosen = (below, rows[selected])
    }
    guard let (below, file) = chosen else { return }
    drawDetail(&canvas, below, file.path, fileLines(file, in: current.session, columns: below.columns - 2))
  }

  /// Who made a file, in as few words as possible.
  static func short(_ author: FileAuthor) -> String {
    switch author {
    case .task(let id, _, let agent): return "\(agent ?? "engine"), \(id)"
    case .gate(let id, _): return "gate \(id)"
    case .outside: return "someone outside"
    case .person(let name): return name
    }
  }

  // MARK: Callbacks and blockers

  func drawCalls(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ current: SessionSnapshot) {
    let session = current.session
    let rows = callRows
    let table = Table([
      Column("STATE", width: 5), Column("ID", minimum: 4, maximum: 5),
      Column("KIND", minimum: 8, maximum: 13, dropOrder: 4), Column("WHO", minimum: 8, maximum: 14, dropOrder: 1),
      Column("WHAT", minimum: 30), Column("ANSWER", minimum: 12, maximum: 14, dropOrder: 2),
      Column("AGE", width: 5, dropOrder: 3),
    ])
    let empty =
      "Nobody has said anything, and nothing stands in the way. What agents ask and report appears here; "
      + "\(keyName(.reply)) answers it."
    var chosen: (Area, CallRow)?
    drawTable(&canvas, area, .calls, isFocused, table, count: rows.count, empty: empty, ids: rows.map(\.id)) {
      switch rows[$0].kind {
      case .callback(let call):
        let style: Style = call.isUnanswered ? .stateAsk : .muted
        return [
          Line(call.word.rawValue, call.word.style), Line(call.id), Line(call.kind.rawValue, .muted),
          Line(Text.clean(call.from)), Line(Text.clean(call.text.replacingLines), call.isUnanswered ? .text : .muted),
          Line(Text.clean(call.answerWords), style), Line(age(call.at), .muted),
        ]
      case .blocker(let record):
        let isOver = record.state == .resolved
        return [
          Line(record.word.rawValue, record.word.style), Line(record.id), Line(Text.clean(record.source), .muted),
          Line(Text.clean(record.owner.isEmpty ? "nobody!" : record.owner)),
          Line(Text.clean(record.text.replacingLines), isOver ? .muted : .text), Line(record.state.rawValue, .muted),
          Line(age(record.since), .muted),
        ]
      }
    } narrow: {
      switch rows[$0].kind {
      case .callback(let call):
        return Line(call.word.rawValue.padded(to: 5), call.word.style)
          + Line(Text.clean("\(call.id) \(call.from): \(call.text.replacingLines)"))
      case .blocker(let record):
        return Line(record.word.rawValue.padded(to: 5), record.word.style)
          + Line(Text.clean("\(record.id) \(record.text.replacingLines)"))
      }
    } detail: { below, selected in
      chosen = (below, rows[selected])
    }
    guard let (below, row) = chosen else { return }
    let columns = below.columns - 2
    switch row.kind {
    case .callback(let call):
      drawDetail(&canvas, below, "\(call.id) from \(call.from)", callbackLines(call, in: session, columns: columns))
    case .blocker(let record):
      drawDetail(&canvas, below, "\(record.id)", recordLines(record, in: session, columns: columns))
    }
  }

  // MARK: Health and incidents

  func drawHealth(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ current: SessionSnapshot) {
    let session = current.session
    let rows = session.healthRows
    let table = Table([
      Column("STATE", width: 5), Column("KIND", minimum: 12, maximum: 30, dropOrder: 1), Column("WHAT", minimum: 44),
      Column("AGE", width: 5, dropOrder: 2),
    ])
    let empty =
      session.workflow.supervision == nil
      ? "This session's workflow has no health monitor."
      : "The health has not been checked yet. Scores, alerts, what was healed and incident reports appear here."
    var chosen: Area?
    drawTable(&canvas, area, .health, isFocused, table, count: rows.count, empty: empty, ids: rows.map(\.id)) {
      let row = healthWords(rows[$0], in: session)
      return [
        Line(row.word.rawValue, row.word.style), Line(Text.clean(row.kind), .muted), Line(Text.clean(row.words)),
        Line(row.at.map(age) ?? "", .muted),
      ]
    } narrow: {
      let row = healthWords(rows[$0], in: session)
      return Line(row.word.rawValue.padded(to: 5), row.word.style) + Line(Text.clean(row.words))
    } detail: { below, _ in
      chosen = below
    }
    guard let below = chosen else { return }
    canvas.rule(below.line(0), title: Line("How far supervision reaches", .title))
    canvas.write(metricLines(session.metrics, columns: below.columns - 2), in: below.inset(left: 1, top: 1, right: 1))
  }

  /// A row of health and incidents in words.
  func healthWords(
    _ row: HealthRow, in session: Session
  ) -> (word: StateWord, kind: String, words: String, at: Int64?) {
    switch row.kind {
    case .score:
      guard let record = session.health else { return (.note, "health", "not checked yet", nil) }
      let words = "\(record.score) of 100: \(Model.healthFindings(record))"
      return (record.score == 100 ? .good : .warning, "health", words, record.at)
    case .incident(let incident): return (incident.word, "incident \(incident.id)", incident.summary, incident.at)
    case .alert(let alert):
      // Nobody is asked about what is over.
      let word: StateWord = alert.needsPerson && !session.stillHolds(alert) ? .note : alert.word
      return (word, alert.kind.rawValue, alert.words, alert.at)
    case .healing(let healing): return (.good, "healed", healing.words, healing.at)
    }
  }

  /// What a check found, in one line.
  static func healthFindings(_ record: HealthRecord) -> String {
    let found = [
      (record.emptyGoals.count, "goal", "without a task"), (record.unassigned.count, "task", "without an agent"),
      (record.failed.count, "failed task", ""), (record.silent.count, "silent agent", ""),
      (record.orphaned.count, "orphaned task", ""), (record.ownerless.count, "blocker", "without an owner"),
      (record.unread.count, "callback", "nobody read"),
    ]
    let parts = found.filter { $0.0 > 0 }.map { counted($0.0, $0.1) + ($0.2.isEmpty ? "" : " \($0.2)") }
    return parts.isEmpty ? "nothing to say" : parts.joined(separator: ", ")
  }

  /// The measures of supervision as a small table.
  func metricLines(_ metrics: SupervisionMetrics, columns: Int) -> [Line] {
    func share(_ percent: Int?) -> String { percent.map { "\($0) %" } ?? "-" }
    let longest = metrics.recoveryTimes.first.map { "longest \(Clock.length($0))" } ?? "nothing to recover from"
    let answered = SupervisionMetrics.percent(metrics.callbacksAnswered, of: metrics.callbacksWanting)
    let rows: [(name: String, value: String, of: String)] = [
      ("Files created", share(metrics.filesCreated), "\(metrics.filesThere) of \(metrics.filesExpected)"),
      (
        "Callbacks answered", share(answered),
        "\(metrics.callbacksAnswered) of \(metrics.callbacksWanting) that want one, \(metrics.callbacks) in all"
      ),
      (
        "Blockers remediated", share(metrics.remediation),
        "\(metrics.blockersRemediated) of \(metrics.blockersRemediable), without a person"
      ),
      ("Goals with a task", share(metrics.goalCoverage), "\(metrics.goalsCovered) of \(metrics.goals)"),
      ("Tasks with an agent", share(metrics.assignment), "\(metrics.tasksAssigned) of \(metrics.tasks)"),
      ("Recoveries", "\(metrics.recoveryTimes.count)", longest), ("Health now", "\(metrics.health)", "of 100"),
    ]
    return rows.map { row in
      Line(row.name.padded(to: 21), .muted) + Line(row.value.padded(to: 7), Style.text.bold) + Line(row.of, .muted)
    }
  }
}
