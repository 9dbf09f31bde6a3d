import Kernel
import Screen

extension Model {
  // MARK: Sessions

  func drawOverview(_ canvas: inout Canvas) {
    let waiting = queue
    var pieces = [Line("SIGNALBOX", Style.title.bold)]
    if let oldestWait {
      pieces.append(Line("  ") + Line(Model.needYou(waiting.count), Style.stateAsk.bold))
      pieces.append(Line(" (oldest \(oldestWait))"))
    } else {
      pieces.append(Line("  nothing waits for you", .muted))
    }
    pieces.append(Line("  \(counted(sessions.count, "session"))", .muted))
    if !unreadable.isEmpty { pieces.append(Line("  \(unreadable.count) unreadable", Style.danger.bold)) }
    drawHeader(&canvas, left: headerLine(pieces))
    let areas = overviewAreas
    let rows = listed
    let inner: Area
    if step >= .small {
      var trailing = Line("needs you first", .muted)
      if !overviewFilter.isEmpty {
        trailing = chips(overviewFilter, hidden: order.count - rows.count)
      }
      inner = canvas.box(areas.list, title: "Sessions", number: 1, isFocused: place == .overview, trailing: trailing)
    } else {
      inner = areas.list
    }
    drawSessionTable(&canvas, inner, rows)
    if !areas.queue.isEmpty { drawQueue(&canvas, areas.queue, waiting) }
    if !areas.preview.isEmpty { drawPreview(&canvas, areas.preview) }
  }

  private func drawSessionTable(_ canvas: inout Canvas, _ area: Area, _ rows: [SessionSnapshot]) {
    let table = Table([
      Column("STATE", width: 5), Column("NAME", minimum: 10, maximum: 16),
      Column("LV", width: 2, dropOrder: 5), Column("STAGE", minimum: 10, maximum: 16, dropOrder: 1),
      Column("STEPS", width: 5, dropOrder: 4, align: .right),
      Column("ELAPSED", width: 7, dropOrder: 6, align: .right), Column("LAST", width: 5, dropOrder: 3, align: .right),
      Column("NEEDS", minimum: 6, maximum: 60, dropOrder: 2),
    ])
    let (index, viewport) = overview.resolve(count: rows.count, height: max(0, area.rows - 1)) { id in
      rows.firstIndex { $0.id == id }
    }
    canvas.table(table, in: area, viewport: viewport, selected: index, isFocused: place == .overview) { row in
      sessionCells(rows[row])
    }
    drawUnreadable(&canvas, area.inset(top: 1 + viewport.end - viewport.offset))
    if rows.isEmpty {
      canvas.write(
        Line(
          " No session fits \(Text.clean(overviewFilter).string); \(order.count) are hidden. "
            + "\(keyName(.close, in: .always)) takes it away.", .muted),
        in: area.line(1))
    }
  }

  /// The sessions whose journals cannot be read, and why.
  private var unreadable: [ReadingOn] { readingOn.filter { $0.trouble != nil } }

  /// Says below the sessions which others there are that cannot be read, as far as there is room.
  @discardableResult
  private func drawUnreadable(_ canvas: inout Canvas, _ area: Area) -> Int {
    var row = 0
    for reading in unreadable {
      let words = Line(" ERR   ", Style.stateFailed.bold) + Line(reading.words, .stateFailed)
      for part in words.wrapped(to: max(1, area.columns), indent: 7) where row < area.rows {
        canvas.write(part, in: area.line(row))
        row += 1
      }
    }
    return row
  }

  private func sessionCells(_ snapshot: SessionSnapshot) -> [Line] {
    let session = snapshot.session
    let word = snapshot.word(at: now)
    let stage = session.currentStage
    let substage = session.currentSubstage.map { " \($0.id)" } ?? ""
    let steps = stage.flatMap(snapshot.steps).map { "\($0.done)/\($0.all)" } ?? "-"
    let open = session.decisionsInTurn
    var needs = Line("-", .muted)
    if !open.isEmpty {
      let count = open.count > 1 ? "\(open.count)x " : ""
      needs = Line(count + Text.clean(open[0].title).string, .stateAsk)
    } else if let wait = session.waits.first, word == .blocked {
      let title = session.workflow.dependency(wait.dependency)?.title ?? wait.dependency
      needs = Line(Text.clean("waits for \(title)"), .stateWarning)
    } else if word == .lost || word == .idle {
      needs = Line("an engine", .stateWarning)
    } else if word == .paused {
      needs = Line("resume", .statePaused)
    }
    return [
      Line(word.rawValue, word.style), Line(Text.clean(session.id)),
      Line(session.level.map(String.init) ?? "-", .muted),
      Line(stage.map { "\($0.id) \($0.name)\(substage)" } ?? "all done"), Line(steps),
      Line(elapsed(snapshot)),
      Line(open.isEmpty ? age(session.updatedAt) : age(open[0].raisedAt), open.isEmpty ? .muted : .stateAsk), needs,
    ]
  }

  /// Every open decision of every session, the next one first.
  private func drawQueue(
    _ canvas: inout Canvas, _ area: Area, _ waiting: [(session: SessionSnapshot, decision: Decision)]
  ) {
    let inner = canvas.box(area, title: "Decisions that wait for you", trailing: Line("next first", .muted))
    guard !waiting.isEmpty else {
      canvas.write(" Nothing waits for you.", in: inner.line(0), .muted)
      return
    }
    var row = 0
    for entry in waiting where row < inner.rows {
      let head =
        Line(" \(entry.session.id)", Style.title) + Line("  stage \(entry.decision.stage)  ", .muted)
        + Line("waiting \(age(entry.decision.raisedAt))", .stateAsk)
      canvas.write(head, in: inner.line(row))
      canvas.write(Line("   ") + Line(Text.clean(entry.decision.title)), in: inner.line(row + 1))
      row += 3
    }
    if waiting.count * 3 > inner.rows + 1 {
      canvas.write(
        Line("\(keyName(.nextDecision)) opens the first of \(waiting.count) ", .muted), in: inner.line(inner.rows - 1),
        align: .right)
    }
  }

  private func drawPreview(_ canvas: inout Canvas, _ area: Area) {
    guard let snapshot = overview.selected.flatMap(snapshot) else {
      canvas.box(area, title: "Preview")
      return
    }
    let inner = canvas.box(area, title: Line("Preview: \(Text.clean(snapshot.id).string)", .title))
    canvas.write(previewLines(snapshot, columns: inner.columns - 2), in: inner.inset(left: 1, right: 1))
  }

  /// What a person wants to know about a session before opening it.
  private func previewLines(_ snapshot: SessionSnapshot, columns: Int) -> [Line] {
    let session = snapshot.session
    let word = snapshot.word(at: now)
    var lines: [Line] = []
    lines.append(
      Line(word.rawValue, word.style.bold) + Line("  \(word.meaning)", .muted) + Line("   ")
        + Line(Text.clean(session.title), .title))
    lines += nowLine(snapshot).wrapped(to: columns)
    lines.append(pipeline(snapshot, columns: columns))
    var facts = session.level.map { "level \($0)" } ?? "level not chosen yet"
    facts += session.modules.isEmpty ? ", no modules" : ", modules \(session.modules.joined(separator: ", "))"
    lines.append(Line(facts, .muted))
    let room = step >= .large ? 14 : 4
    let shown = snapshot.events.suffix(60).filter { EventText.level(of: $0.event.fact) != .everything }.suffix(room)
    if !shown.isEmpty { lines += [Line(), Line("Last events", .title)] }
    for entry in shown.reversed() {
      let words = EventText(row: entry.event, in: session)
      lines.append(
        Line(Clock.time(entry.event.at, offset: offsetMinutes, seconds: true) + " ", .muted)
          + Line(words.word.rawValue.padded(to: 6), words.word.style) + Line(words.text))
    }
    return lines
  }

  func drawOverviewFoot(_ canvas: inout Canvas, _ area: Area) {
    let rows = listed
    let place = overview.selected.flatMap { id in rows.firstIndex { $0.id == id } }.map { "\($0 + 1)/\(rows.count) " }
    var left = Line()
    if let first = readingOn.first {
      left = Line(" \(first.words)", first.trouble == nil ? .muted : .danger)
    } else if let lost = sessions.first(where: { $0.word(at: now) == .lost }) {
      let way = isReadOnly ? "." : ": open it, then \(keyName(.startEngine)) starts one."
      left = Line(" \(lost.id) lost its engine\(way)", .stateWarning)
    } else if !troubles.isEmpty {
      left = Line(" \(troubleWords)", .stateWarning)
    }
    canvas.write(left: left, right: Line(place ?? "", .muted), in: area)
  }

  // MARK: First run

  func drawStart(_ canvas: inout Canvas) {
    let isFirst = sessions.isEmpty && readingOn.isEmpty
    var header = Line("SIGNALBOX", Style.title.bold)
    if isFirst {
      header += Line("  no sessions yet", .panel)
    } else if unreadable.isEmpty {
      header += Line(sessions.isEmpty ? "  reading sessions" : "  start a session", .panel)
    } else {
      header += Line("  \(unreadable.count) unreadable", Style.danger.bold)
    }
    drawHeader(&canvas, left: header)
    let body = areas.body
    let inner =
      step >= .small
      ? canvas.box(body, title: Line(isFirst ? "Welcome" : "Start a session"), isFocused: true).inset(left: 1, right: 1)
      : body
    var row = 0
    func say(_ line: Line) {
      for part in line.wrapped(to: max(1, inner.columns)) {
        canvas.write(part, in: inner.line(row))
        row += 1
      }
    }
    // That a session cannot be read comes before anything else.
    row += drawUnreadable(&canvas, inner)
    if !isFirst, sessions.isEmpty, let reading = readingOn.first(where: { $0.trouble == nil }) {
      say(Line("\(reading.words)...", .muted))
    }
    if row > 0, step >= .small { row += 1 }
    if step >= .medium, isFirst || row == 0 {
      say(Line("AI agents build software here, in seven stages, and you supervise them."))
      say(Line("Every question that is yours stops the work and waits for you, for a minute or a week."))
      say(Line("Closing this window stops nothing; open it again with `signalbox`.", .muted))
      row += 1
    }
    if samples.isEmpty {
      say(Line("Start with your own brief:") + Line("  signalbox run BRIEF.md", .key))
      return
    }
    say(Line("Choose a sample brief and press \(keyName(.open, in: .start)) to see it work:", .title))
    if step >= .medium { row += 1 }
    let height = startHeight
    let names = samples.map(\.name)
    let (index, viewport) = start.resolve(count: names.count, height: height) { names.firstIndex(of: $0) }
    for place in viewport.visible {
      let sample = samples[place]
      let line = inner.line(row)
      let head = Line("  \(sample.name.padded(to: 16)) ", .key) + Line(Text.clean(sample.title))
      canvas.write(head, in: line)
      if place == index { canvas.select(line, isFocused: true) }
      if sampleRows > 1 {
        canvas.write(Line("    ") + Line(Text.clean(sample.summary), .muted), in: inner.line(row + 1))
      }
      row += sampleRows
    }
    if viewport.end < viewport.count {
      canvas.write(Line("\(viewport.count - viewport.end) more below", .muted), in: inner.line(row), align: .right)
    }
    guard step >= .small else { return }
    row = inner.rows - (step >= .medium ? settingsWords.isEmpty ? 3 : 4 : 1)
    say(Line("Your own brief:  ", .muted) + Line("signalbox run BRIEF.md", .key))
    if step >= .medium {
      if !settingsWords.isEmpty {
        canvas.write(
          left: Line("Settings:  ", .muted) + Line(Text.clean(settingsWords), .muted),
          right: Line("colours: \(theme) (\(keyName(.theme)))", .muted), in: inner.line(row))
        row += 1
      }
      say(Line("Keys: arrows, Enter, Esc, and \(keyName(.help, in: .everywhere)) for help anywhere.", .muted))
    }
  }
}

extension String {
  /// The text with spaces behind it up to a width; longer texts stay whole.
  func padded(to columns: Int) -> String {
    self + String(repeating: " ", count: max(0, columns - Width.columns(of: self)))
  }
}
