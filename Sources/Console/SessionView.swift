import Kernel
import Screen

extension Model {
  func drawSession(_ canvas: inout Canvas) {
    guard let current, let id = currentID else {
      drawHeader(&canvas, left: Line(currentID ?? "", Style.title.bold))
      let words = readingOn.first { $0.session == currentID }?.words ?? "This session is not known (yet)"
      let way = "\(keyName(.close, in: .always)) goes back to the overview."
      let body = areas.body.inset(left: 1, top: 1, right: 1)
      canvas.write(Line("\(words). \(way)").wrapped(to: body.columns), in: body)
      return
    }
    let session = current.session
    let word = current.word(at: now)
    let waited = current.waited(at: now)
    var pieces = [Line(Text.clean(id), Style.title.bold) + Line("  \(word.rawValue)", word.style.bold)]
    if step >= .medium, let level = session.level { pieces.append(Line("  level \(level)", .muted)) }
    pieces.append(Line("  \(elapsed(current))"))
    if let level = session.lowestContainment?.level, step >= (level == .none ? .medium : .large) {
      pieces.append(Line("  \(level.words)", level == .none ? .stateWarning : .muted))
    }
    if step >= .medium, waited > 0 || current.paused(at: now) > 0 {
      pieces.append(Line(" (\(timeSpent(current)))", .muted))
    }
    if step >= .medium, past == nil, let forecast = forecast(current) { pieces.append(Line("  \(forecast)", .muted)) }
    if step >= .large { pieces.append(Line("  ") + Line(Text.clean(session.title))) }
    let title = headerLine(pieces)
    drawHeader(&canvas, left: title)
    drawBanner(&canvas, current)
    let (strip, below) = areas.body.splitTop(stripRows)
    drawStrip(&canvas, strip, current)
    if let past { drawTimeline(&canvas, below.splitTop(timelineRows).top, past) }
    for (pane, area) in paneAreas { drawPane(&canvas, pane, area, current) }
    if let pinnedArea { drawPinned(&canvas, pinnedArea, current) }
  }

  private func drawBanner(_ canvas: inout Canvas, _ current: SessionSnapshot) {
    let area = areas.banner
    if let past, !area.isEmpty { return drawPastBanner(&canvas, area, past) }
    guard let words = engineTrouble, !area.isEmpty else { return }
    canvas.fill(area, .danger)
    var line = Line(" \(words)", Style.danger.bold)
    switch current.engine {
    case .gone:
      if step >= .small { line += Line("  silent for \(age(current.session.updatedAt)).", .danger) }
      if step >= .medium { line += Line(" Answers are kept; work waits.", .danger) }
    case .alive, .none:
      line += Line("  nothing runs.", .danger)
      if step >= .medium {
        line += Line(isReadOnly ? " You can read; work waits." : " You can read and answer; work waits.", .danger)
      }
    }
    let way = isReadOnly ? "" : "\(keyName(.startEngine)) starts one "
    canvas.write(left: line, right: Line(way, Style.danger.bold), in: area)
  }

  // MARK: Panes

  private func drawPane(_ canvas: inout Canvas, _ pane: Pane, _ area: Area, _ current: SessionSnapshot) {
    let isFocused = desk.focus == pane && isSessionOnTop
    let trailing = trailing(pane, area, current)
    let inner: Area
    if step >= .small {
      inner = canvas.box(
        area, title: Line(area.columns < 60 && pane.isWide ? pane.shortTitle : pane.title), number: number(of: pane),
        isFocused: isFocused, trailing: trailing)
    } else {
      let head = area.line(0)
      canvas.rule(head)
      // The name first, the facts in what is left beside it.
      let title = Line(" \(pane.rawValue) \(pane.shortTitle) ", .title)
      canvas.write(title, in: head)
      let room = head.inset(left: min(title.columns, head.columns))
      canvas.write(trailing, in: room, align: trailing.columns < room.columns ? .right : .left)
      inner = area.inset(top: 1)
    }
    let (list, whole) = wholeSplit(pane, inner)
    drawWhole(&canvas, whole, pane, current)
    switch pane {
    case .feed: drawFeed(&canvas, list, box: area, isFocused, current)
    case .needs: drawNeeds(&canvas, inner, isFocused)
    case .tasks: drawTasks(&canvas, inner, isFocused, current)
    case .gates: drawGates(&canvas, inner, isFocused, current)
    case .stages: drawStages(&canvas, inner, isFocused, current)
    case .output: drawOutput(&canvas, list, isFocused)
    case .files: drawFiles(&canvas, inner, isFocused, current)
    case .calls: drawCalls(&canvas, inner, isFocused, current)
    case .health: drawHealth(&canvas, inner, isFocused, current)
    }
  }

  private var isSessionOnTop: Bool { if case .session = place { true } else { false } }

  /// Facts at the right end of a pane's upper edge.
  private func trailing(_ pane: Pane, _ area: Area, _ current: SessionSnapshot) -> Line {
    if pane != .feed, let typed = desk.filters[pane] {
      let chips = chips(typed, hidden: hiddenRows(pane, in: current.session))
      if !chips.isEmpty { return chips }
    }
    switch pane {
    case .feed:
      var line = Line()
      let hidden = desk.index.hidden(current.events)
      // In large steps, so that a count that runs does not draw the screen all the time.
      let left = desk.index.left
      let looks = desk.index.looksOn(desk.reach, in: current.events)
      if looks {
        line += Line("looking at \(left < 50_000 ? "" : "\(left / 50_000 * 50)k ")older ones ", .muted)
      }
      let among = left > 0 && !looks ? " of the newest \(desk.index.looked)" : ""
      if !desk.filterText.isEmpty {
        line += chips(desk.filterText, hidden: hidden)
      } else if desk.level == .problems {
        line += Line("problems only (\(hidden)\(among) hidden) ", .stateWarning)
      } else if hidden > 0 {
        line += Line("\(hidden) details\(among) hidden (\(keyName(.filter))) ", .muted)
      }
      guard !desk.isFollowing else { return line + Line("FOLLOW", .stateRunning) }
      let found = desk.news
      let bad = found.isCut ? "\(found.problems)+ problems" : counted(found.problems, "problem")
      let problems = found.problems == 0 ? "" : " (\(bad))"
      let news = found.count == 0 ? "" : " +\(found.count) new\(problems)"
      return line + Line("STOPPED\(news), \(keyName(.moveBottom, in: .feed)) follows", .statePaused)
    case .needs:
      let open = current.session.openDecisions.count
      let blocked = needRows.filter { if case .blocker = $0.kind { true } else { false } }.count
      let held = needRows.filter { if case .ledger(let entry) = $0.kind { entry.isOpen } else { false } }.count
      let record = held > 0 ? "\(held) on record" : ""
      let calls = current.session.unansweredCallbacks.count
      let fallen = current.session.incidents.filter { $0.resolution == nil }.count
      let alerts = needRows.filter { if case .alert = $0.kind { true } else { false } }.count
      if open + blocked + calls + fallen + alerts == 0 {
        return Line(record.isEmpty ? "nothing open" : "nothing open, \(record)", .muted)
      }
      return Line(counted(open, "decision"), open > 0 ? .stateAsk : .muted)
        + Line(calls > 0 ? ", \(counted(calls, "callback"))" : "", .stateAsk)
        + Line(alerts > 0 ? ", \(counted(alerts, "alert"))" : "", .stateAsk)
        + Line(fallen > 0 ? ", \(counted(fallen, "incident"))" : "", .stateFailed)
        + Line(blocked > 0 ? ", \(counted(blocked, "blocker"))" : "", .stateBlocked)
        + Line(record.isEmpty ? "" : ", \(record)", .muted)
    case .tasks:
      let tasks = current.session.tasks
      let counts = taskCounts(current.session)
      if !tasks.isEmpty, counts.columns + 30 < area.columns { return counts }
      return tasks.isEmpty ? Line() : Line("\(tasks.filter { $0.state == .done }.count) of \(tasks.count) done", .muted)
    case .gates:
      let gates = current.session.gates
      if gates.isEmpty { return Line() }
      let waived = gates.filter { $0.state == .waived }.count
      let passed = gates.filter { $0.state == .done }.count
      return Line("\(passed) of \(gates.count) passed\(waived > 0 ? ", \(waived) waived" : "")", .muted)
    case .stages: return Line()
    case .output: return Line(counted(desk.transcript.count, "line"), .muted)
    case .files:
      let files = current.session.files.records
      let differ = files.filter { !$0.integrity.isAsAccepted }.count
      return Line(differ > 0 ? "\(differ) not as recorded" : "", .stateWarning)
        + Line("\(differ > 0 ? " of " : "")\(counted(files.count, "file"))", .muted)
    case .calls:
      let calls = current.session.unansweredCallbacks.count
      let blocked = current.session.blockerRecords.filter { $0.state != .resolved }.count
      return Line("\(calls) unanswered", calls > 0 ? .stateAsk : .muted)
        + Line(", \(counted(blocked, "blocker"))", blocked > 0 ? .stateBlocked : .muted)
    case .health:
      let open = current.session.incidents.filter { $0.resolution == nil }.count
      let score = current.session.health.map { "health \($0.score)" } ?? ""
      return Line(open > 0 ? "\(counted(open, "open incident"))  " : "", .stateFailed) + Line(score, .muted)
    }
  }

  private func drawFeed(
    _ canvas: inout Canvas, _ area: Area, box: Area, _ isFocused: Bool, _ current: SessionSnapshot
  ) {
    let events = current.events
    let index = desk.index
    let count = index.count(events)
    guard count > 0 else {
      let words =
        events.isEmpty
        ? "Nothing has happened yet. What agents, gates and people do appears here."
        : "0 of \(events.count) events shown: \(desk.level.words)"
          + (desk.filterText.isEmpty ? "" : ", filter \(Text.clean(desk.filterText).string)")
          + ". \(keyName(.filter)) changes it"
          + (desk.filterText.isEmpty ? "." : ", \(keyName(.close, in: .always)) takes it away.")
      canvas.write(Line(" " + words, .muted).wrapped(to: area.columns), in: area)
      return
    }
    let (selected, viewport) = desk.feed.resolve(count: count, height: area.rows) { index.row(of: $0, in: events) }
    let withSource = area.columns >= 60
    let withSeconds = area.columns >= 50
    for (offset, row) in viewport.visible.enumerated() {
      let entry = events[index.event(at: row)]
      let words = EventText(row: entry.event, in: current.session)
      let line = area.line(offset)
      let mark = isMarked(.feed, "\(entry.seq)") ? Line("*", Style.key.bold) : Line(" ")
      var text = mark + Line(time(of: entry.event.at, since: current.session.createdAt, seconds: withSeconds), .muted)
      text += Line(" ") + Line(words.word.rawValue.padded(to: 5), words.word.style) + Line(" ")
      if withSource { text += Line(Screen.Text.cut(words.source, to: 8).padded(to: 8) + " ", .muted) }
      let message = highlighted(words.text, words.word == .ask ? Style.text.bold : .text)
      let gap =
        ruler(above: row, in: events, index: index).map { rulerLine($0, room: area.columns - text.columns) } ?? Line()
      let (rest, corner) = line.splitRight(gap.columns)
      canvas.write(gap, in: corner)
      canvas.write(text, in: rest)
      canvas.write(message, in: rest.inset(left: text.columns, right: gap.isEmpty ? 0 : 1), from: sideways(.feed))
      if row == selected, isFocused { canvas.select(line, isFocused: true) }
    }
    if step >= .small { canvas.scrollMarks(viewport, box: box) }
  }

  /// A text with what was searched for standing out.
  private func highlighted(_ text: String, _ style: Style) -> Line {
    let wanted = desk.searched.lowercased()
    guard !wanted.isEmpty, let range = text.lowercased().firstRange(of: wanted) else { return Line(text, style) }
    let lowered = text.lowercased()
    let start = lowered.distance(from: lowered.startIndex, to: range.lowerBound)
    let length = lowered.distance(from: range.lowerBound, to: range.upperBound)
    return Line(String(text.prefix(start)), style)
      + Line(String(text.dropFirst(start).prefix(length)), .match) + Line(String(text.dropFirst(start + length)), style)
  }

  /// An event's time in the format the person chose, always as wide.
  private func time(of moment: Int64, since start: Int64, seconds: Bool) -> String {
    switch timeFormat {
    case .clock: return Clock.time(moment, offset: offsetMinutes, seconds: seconds)
    case .elapsed: return ("+" + Clock.length(Clock.between(start, moment))).padded(to: seconds ? 8 : 5)
    case .ago: return age(moment).padded(to: seconds ? 8 : 5)
    }
  }

  func drawRows(
    _ canvas: inout Canvas, _ area: Area, _ pane: Pane, _ isFocused: Bool, count: Int, empty: String, frozen: Int = 5,
    row: (Int) -> Line
  ) {
    guard count > 0 else {
      canvas.write(Line(" " + emptyWords(pane, empty), .muted).wrapped(to: area.columns, indent: 1), in: area)
      return
    }
    let ids = identities(of: pane)
    let (selected, viewport) = list(pane).resolve(count: count, height: area.rows) { ids.firstIndex(of: $0) }
    for (offset, index) in viewport.visible.enumerated() {
      let mark = isMarked(pane, ids[index]) ? Line("*", Style.key.bold) : Line(" ")
      let line = area.line(offset)
      canvas.write(mark, in: line)
      let text = row(index)
      canvas.write(text, in: line.inset(left: 1))
      if sideways(pane) > 0 {
        // The word of a row's state stays in sight.
        let lead = min(frozen, text.columns)
        let rest = line.inset(left: 1 + lead)
        canvas.fill(rest)
        canvas.write(text.dropping(columns: lead), in: rest, from: sideways(pane))
      }
      if index == selected, isFocused { canvas.select(area.line(offset), isFocused: true) }
    }
    drawBelow(&canvas, area, viewport)
  }

  /// Says in the last row of a list how many more there are below it.
  func drawBelow(_ canvas: inout Canvas, _ area: Area, _ viewport: Viewport) {
    guard viewport.end < viewport.count, area.columns > 20 else { return }
    let words = Line(" +\(viewport.count - viewport.end) below", .muted)
    canvas.write(words, in: area.line(area.rows - 1), align: .right)
  }

  /// Why a list is empty: nothing is there, or nothing fits its filter.
  func emptyWords(_ pane: Pane, _ words: String) -> String {
    guard let typed = desk.filters[pane], let session = current?.session, hiddenRows(pane, in: session) > 0 else {
      return words
    }
    return "Nothing here fits the filter \(Text.clean(typed).string). \(keyName(.filter)) changes it, "
      + "\(keyName(.close, in: .always)) takes it away."
  }

  private func drawNeeds(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool) {
    let rows = needRows
    let empty = "Nothing needs you. When a question comes, this row and the header say so; nothing opens by itself."
    drawRows(&canvas, area, .needs, isFocused, count: rows.count, empty: empty) { index in
      switch rows[index].kind {
      case .blocker(let blocker):
        return Line("BLKD ", .stateBlocked) + Line(Text.clean(blocker.text))
      case .callback(let call):
        return Line(call.word.rawValue.padded(to: 5), call.word.style)
          + Line(Text.clean("\(call.from): \(call.text.replacingLines)"), Style.text.bold)
          + Line("  \(call.id), no answer, \(age(call.at))", .muted)
      case .alert(let alert):
        return Line("ASK  ", .stateAsk) + Line(Text.clean(alert.words)) + Line("  \(age(alert.at))", .muted)
      case .incident(let incident):
        return Line("FAIL ", .stateFailed) + Line(Text.clean("\(incident.id) \(incident.summary)"))
          + Line("  \(age(incident.at))", .muted)
      case .ledger(let entry):
        return Line(entry.word.rawValue.padded(to: 5), entry.word.style)
          + Line(Text.clean(entry.text), entry.isOpen ? .text : .muted)
      case .decision(let decision):
        let title = Line(Text.clean(decision.title), decision.isOpen ? Style.text.bold : .muted)
        if decision.isOpen { return Line("ASK  ", .stateAsk) + title + Line("  \(age(decision.raisedAt))", .muted) }
        if let answer = decision.answer {
          let option = decision.option(answer.option)?.title ?? answer.option
          if decision.isUndone {
            return Line("ROLL ", .stateRetry) + title + Line(Text.clean(": \(option) (taken back)"), .muted)
          }
          return Line("OK   ", .stateDone) + title + Line(Text.clean(": \(option) (\(answer.by))"), .muted)
        }
        return Line("INFO ", .muted) + title + Line(": no longer asked", .muted)
      }
    }
  }

  private func drawGates(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ current: SessionSnapshot) {
    let rows = gateRows
    let (list, evidence) = detailSplit(.gates, area)
    guard !rows.isEmpty else {
      let planned = current.session.workflow.gates.count
      let words = emptyWords(
        .gates,
        "Gates are checks the engine itself runs; no agent can pass them by claiming so. "
          + "They begin in the verification stage\(planned > 0 ? " (\(planned) in this workflow)" : "").")
      canvas.write(Line(" " + words, .muted).wrapped(to: area.columns, indent: 1), in: area)
      return
    }
    guard hasHeading(area) else {
      drawRows(&canvas, list, .gates, isFocused, count: rows.count, empty: "", frozen: 9) {
        Line(rows[$0].word.rawValue.padded(to: 9), rows[$0].word.style) + Line(Text.clean(rows[$0].title))
      }
      return
    }
    let table = Table([
      Column("STATE", width: 8), Column("GATE", minimum: 14, maximum: 34),
      Column("REQUIRED", minimum: 8, maximum: 24, dropOrder: 1),
      Column("ACHIEVED", minimum: 8, maximum: 26, dropOrder: 2), Column("MUST", width: 4, dropOrder: 4),
      Column("ATT", width: 4, dropOrder: 5), Column("EVIDENCE", minimum: 8, maximum: 30, dropOrder: 3),
    ])
    let ids = rows.map(\.id)
    let (selected, viewport) = self.list(.gates).resolve(count: rows.count, height: list.rows - 1) {
      ids.firstIndex(of: $0)
    }
    canvas.table(table, in: list, viewport: viewport, selected: isFocused ? selected : nil, isFocused: isFocused) {
      let gate = rows[$0]
      return [
        Line(gate.word.rawValue, gate.word.style), Line(Text.clean(gate.title)), Line(Text.clean(gate.required)),
        Line(Text.clean(gate.achieved.isEmpty ? "-" : gate.achieved)), Line(gate.mandatory ? "yes" : "no", .muted),
        Line(gate.results.isEmpty ? "-" : "\(gate.attempt)/\(gate.maxAttempts)", .muted),
        evidenceLine(gate, in: current.session),
      ]
    }
    drawBelow(&canvas, list, viewport)
    guard !evidence.isEmpty, let selected else { return }
    let gate = rows[selected]
    canvas.rule(evidence.line(0), title: Line("\(Text.clean(gate.title).string): evidence", .title))
    let lines = gateLines(gate, in: current.session, columns: evidence.columns - 2)
    canvas.write(lines, in: evidence.inset(left: 1, top: 1, right: 1))
  }

  /// The last part of the evidence's path, or by which waiver its absence is accepted.
  private func evidenceLine(_ gate: GateRecord, in session: Session) -> Line {
    if gate.state == .waived, let waiver = session.waivers.last(where: { $0.gate == gate.id }) {
      return Line(Text.clean("\(waiver.id) by \(waiver.by)"), .stateWarning)
    }
    guard let path = gate.results.last?.evidence else { return Line(gate.results.isEmpty ? "-" : "none kept", .muted) }
    return Line(Text.clean(path.split(separator: "/").last.map(String.init) ?? path), .muted)
  }

  private func drawStages(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ current: SessionSnapshot) {
    let session = current.session
    let rows: [Line] = session.stages.flatMap { stage in
      var head = Line(stage.state.word.rawValue.padded(to: 5), stage.state.word.style)
      head += Line("\(stage.id) \(stage.name)", Style.text.bold)
      if let steps = current.steps(of: stage) { head += Line("  \(steps.done)/\(steps.all)", .muted) }
      if let start = stage.startedAt {
        let length = stage.endedAt.map { Clock.length(Clock.between(start, $0)) } ?? age(start)
        head += Line("  \(length)", .muted)
      }
      if let approval = stage.approvals.last { head += Line("  approved by \(approval.by)", .stateDone) }
      let parts = stage.substages.map { substage in
        Line("  ") + Line(substage.state.word.rawValue.padded(to: 5), substage.state.word.style)
          + Line("\(substage.id) \(substage.name)")
          + Line(substage.reason.map { "  \($0)" } ?? (substage.round > 1 ? "  round \(substage.round)" : ""), .muted)
      }
      return [head] + parts
    }
    let empty = "The session has no stages yet; its workflow says which there will be."
    drawRows(&canvas, area, .stages, isFocused, count: rows.count, empty: empty, frozen: 0) { rows[$0] }
  }

  private func drawOutput(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool) {
    let lines = past == nil ? desk.transcript : []
    guard !lines.isEmpty else {
      let words =
        past == nil
        ? "What agents and gates print while they work appears here."
        : "Output is shown of now only; what was printed then is kept whole in the records."
      canvas.write(
        Line(" " + words, .muted).wrapped(to: area.columns), in: area)
      return
    }
    var position = desk.output
    if position.selected == nil || !isFocused {
      position.move(to: lines.count - 1, count: lines.count, height: area.rows, find: { $0 }, id: { $0 })
    }
    let (selected, viewport) = position.resolve(count: lines.count, height: area.rows) { $0 }
    for (offset, row) in viewport.visible.enumerated() {
      canvas.write(
        Line(Text.clean(LongText.start(of: lines[row]))), in: area.line(offset).inset(left: 1), from: sideways(.output))
      if row == selected, isFocused { canvas.select(area.line(offset), isFocused: true) }
    }
  }

  /// What is selected in the focused pane, in full, where there is a third column.
  private func drawPinned(_ canvas: inout Canvas, _ area: Area, _ current: SessionSnapshot) {
    var model = self
    let subject: Reading.Subject?
    let id = current.id
    switch desk.focus {
    case .feed: subject = desk.feed.selected.map { .event(session: id, seq: $0) }
    case .needs:
      let row = needRows.first { $0.id == desk.needs.selected }
      switch row?.kind {
      case .decision(let decision): subject = .decision(session: id, id: decision.id)
      case .blocker(let blocker): subject = .blocker(session: id, id: blocker.id)
      case .ledger(let entry): subject = .ledger(session: id, id: entry.id)
      case .callback(let callback): subject = .callback(session: id, id: callback.id)
      case .incident(let incident): subject = .incident(session: id, id: incident.id)
      case .alert: subject = row.map { .health(session: id, id: $0.id) }
      case nil: subject = nil
      }
    case .tasks: subject = desk.tasks.selected.map { Model.taskSubject($0, of: id) }
    case .gates: subject = desk.gates.selected.map { .gate(session: id, id: $0) }
    case .stages: subject = desk.stages.selected.map { .stage(session: id, id: $0) }
    case .output: subject = nil
    case .files: subject = desk.files.selected.map { .file(session: id, path: $0) }
    case .calls:
      subject = desk.calls.selected.map { row in
        current.session.callback(row) == nil ? .record(session: id, id: row) : .callback(session: id, id: row)
      }
    case .health: subject = desk.health.selected.map { Model.healthSubject($0, of: id) }
    }
    let inner = canvas.box(area, title: Line("Details of what is selected"))
    guard let subject else {
      canvas.write(" Nothing is selected.", in: inner.line(0), .muted)
      return
    }
    model.pinnedColumns = inner.columns - 2
    canvas.write(model.readingLines(Reading(subject: subject)), in: inner.inset(left: 1, right: 1))
  }

  /// The panes as a row of tabs, for windows that do not show them all.
  func drawTabs(_ canvas: inout Canvas, _ area: Area) {
    guard let current else { return }
    var line = Line()
    let gap = Line(area.columns >= 100 ? " " : "")
    for pane in Pane.allCases {
      let style = pane == desk.focus ? Style.title.bold : Style.muted
      var name = area.columns >= 70 ? " \(pane.shortTitle)" : ""
      // What waits for the person is counted where it is.
      let waiting =
        pane == .needs
        ? current.session.openDecisions.count : pane == .calls ? current.session.unansweredCallbacks.count : 0
      if waiting > 0 { name += " \(waiting)!" }
      line += Line(" ") + Line(keyName(pane.action, in: .session), .key) + Line(name, style) + gap
      if area.columns < 70, pane == desk.focus { line += Line(" \(pane.shortTitle)", style) }
    }
    let count = Line("\(counted(current.events.count, "event")) ", .muted)
    canvas.write(left: line, right: line.columns + count.columns < area.columns ? count : Line(), in: area)
  }
}
