import Kernel
import Screen

// The board of tasks with the selected task's summary and the roster; in narrow windows one list of both.

extension Session {
  /// Which attempt of its budget a task is at: `2/3`; `-/3` before the first.
  func attemptWords(_ task: TaskRecord) -> String {
    let isUnbegun = task.state == .todo && task.failedAttempts.isEmpty
    if isUnbegun { return "-/\(task.maxAttempts)" }
    let number = task.failures + (task.state == .failed ? 0 : 1)
    return "\(min(max(1, number), max(1, task.maxAttempts)))/\(task.maxAttempts)"
  }
}

extension RosterRow {
  /// Its state in at most five letters, for narrow lists.
  var shortState: String {
    switch state {
    case "MISSING": return "MISS"
    case "working": return "RUN"
    case AgentState.available.rawValue, AgentState.active.rawValue: return "IDLE"
    case AgentState.busy.rawValue: return "BUSY"
    case AgentState.inactive.rawValue: return "OFF"
    case AgentState.failed.rawValue: return "FAIL"
    default: return "GONE"
    }
  }
}

extension Model {
  func drawTasks(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ current: SessionSnapshot) {
    if desk.focus == .tasks, showsBoard { return drawBoard(&canvas, area, isFocused, current.session) }
    drawTaskList(&canvas, area, isFocused, current.session)
  }

  /// How many tasks stand in each column, by word; columns without tasks are left out.
  func taskCounts(_ session: Session) -> Line {
    var line = Line()
    for (column, tasks) in board(session) where !tasks.isEmpty {
      if !line.isEmpty { line += Line("  ") }
      line += Line("\(column.word.rawValue) \(columnCount(tasks, column, in: session))", column.word.style)
    }
    return line
  }

  /// How many tasks a column has; what did not end well never counts as done.
  private func columnCount(_ tasks: [TaskRecord], _ column: BoardColumn, in session: Session) -> String {
    guard column == .done else { return "\(tasks.count)" }
    let done = tasks.filter { $0.state == .done }.count
    return done == tasks.count ? "\(done)" : "\(done) (+\(tasks.count - done) left out)"
  }

  // MARK: List

  private func drawTaskList(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ session: Session) {
    let tasks = taskRows
    let roster = session.roster
    let count = tasks.count + roster.count
    let empty = "No tasks yet; agents get them stage by stage."
    guard count > 0, hasHeading(area) else {
      drawRows(&canvas, area, .tasks, isFocused, count: count, empty: empty) { index in
        guard index < tasks.count else {
          let row = roster[index - tasks.count]
          return Line(row.shortState.padded(to: 6), row.style) + Line(Text.clean("\(row.name) \(row.role)"))
        }
        let word = session.word(of: tasks[index])
        return Line(word.rawValue.padded(to: 6), word.style) + Line(Text.clean(tasks[index].title))
      }
      return
    }
    let table = Table([
      Column("STATE", width: 5), Column("TASK", minimum: 14), Column("AGENT", minimum: 10, maximum: 14, dropOrder: 1),
      Column("ATT", width: 4, dropOrder: 2), Column("ROLE", minimum: 8, maximum: 12, dropOrder: 3),
      Column("FILES", width: 5, dropOrder: 4, align: .right),
    ])
    let ids = tasks.map(\.id) + roster.map(\.id)
    let (selected, viewport) = list(.tasks).resolve(count: count, height: area.rows - 1) { ids.firstIndex(of: $0) }
    canvas.table(table, in: area, viewport: viewport, selected: isFocused ? selected : nil, isFocused: isFocused) {
      guard $0 < tasks.count else {
        let row = roster[$0 - tasks.count]
        return [
          Line(row.shortState, row.style), Line(Text.clean(row.task == "-" ? "nothing to do" : row.task), .muted),
          Line(Text.clean(row.name)), Line(row.failures > 0 ? "\(row.failures)x" : "", .stateRetry),
          Line(Text.clean(row.role), .muted),
        ]
      }
      let task = tasks[$0]
      let word = session.word(of: task)
      let files = task.state == .done ? task.files.count : task.expectedFiles.count
      return [
        Line(word.rawValue, word.style), Line(Text.clean(task.title)), agentLine(task, in: session),
        Line(session.attemptWords(task), task.failures > 0 ? .stateRetry : .muted), Line(Text.clean(task.role), .muted),
        Line(files == 0 ? "-" : "\(files)", .muted),
      ]
    }
  }

  private func agentLine(_ task: TaskRecord, in session: Session) -> Line {
    Line(Text.clean(session.agentWords(task)), session.lacksAgent(task) ? Style.stateBlocked.bold : .muted)
  }

  // MARK: Board

  private func drawBoard(_ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ session: Session) {
    let roster = session.roster
    let rosterRows = roster.isEmpty ? 0 : min(roster.count + 2, max(4, area.rows / 4))
    let detailRows = pinnedArea == nil ? max(5, area.rows * 3 / 10) : 0
    let (above, rosterArea) = area.splitBottom(rosterRows)
    let (board, detail) = above.splitBottom(detailRows)
    let ids = taskIdentities
    let selected = list(.tasks).resolve(count: ids.count, height: 1) { ids.firstIndex(of: $0) }.index.map { ids[$0] }
    drawColumns(&canvas, board, isFocused, session, selected: selected)
    if !detail.isEmpty { drawSummary(&canvas, detail, session, selected: selected) }
    guard !rosterArea.isEmpty else { return }
    canvas.rule(rosterArea.line(0), title: Line("Agents", .title))
    let table = Table([
      Column("NAME", minimum: 8, maximum: 16), Column("ROLE", minimum: 8, maximum: 14),
      Column("STATE", width: 10), Column("TASK", minimum: 12, maximum: 40),
      Column("FAILS", width: 5, dropOrder: 2, align: .right), Column("NOTE", minimum: 8, dropOrder: 1),
    ])
    let place = roster.firstIndex { $0.id == selected }
    var viewport = Viewport(count: roster.count, height: rosterArea.rows - 2)
    if let place { viewport.reveal(place) }
    let body = rosterArea.inset(top: 1)
    canvas.table(table, in: body, viewport: viewport, selected: isFocused ? place : nil, isFocused: isFocused) {
      let row = roster[$0]
      return [
        Line(Text.clean(row.name)), Line(Text.clean(row.role), .muted), Line(row.state, row.style),
        Line(Text.clean(row.task)), Line("\(row.failures)", row.failures > 0 ? .stateRetry : .muted),
        Line(Text.clean(note(of: row)), .muted),
      ]
    }
    drawBelow(&canvas, body, viewport)
  }

  private func drawColumns(
    _ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ session: Session, selected: String?
  ) {
    let columns = board(session)
    let (heads, body) = area.splitTop(1)
    if session.tasks.isEmpty {
      let words = " No tasks yet; agents get them stage by stage, and each moves from left to right."
      canvas.write(Line(words, .muted).wrapped(to: body.columns, indent: 1), in: body)
    } else if columns.allSatisfy(\.tasks.isEmpty) {
      canvas.write(Line(" " + emptyWords(.tasks, ""), .muted).wrapped(to: body.columns, indent: 1), in: body)
    }
    for (place, (column, tasks)) in columns.enumerated() {
      let slot = area.sideBySide([1, 1, 1, 1, 1])[place]
      let head = Area(column: slot.column, row: heads.row, columns: slot.columns, rows: min(1, heads.rows))
      let count = columnCount(tasks, column, in: session)
      canvas.write(
        Line(" \(column.word.rawValue) \(count)", tasks.isEmpty ? .muted : column.word.style.bold), in: head)
      let room = Area(column: slot.column, row: body.row, columns: slot.columns, rows: body.rows)
      drawCards(&canvas, room, isFocused, session, column, tasks, selected: selected)
    }
  }

  private func drawCards(
    _ canvas: inout Canvas, _ area: Area, _ isFocused: Bool, _ session: Session, _ column: BoardColumn,
    _ tasks: [TaskRecord], selected: String?
  ) {
    guard !tasks.isEmpty, area.rows > 0 else { return }
    let isQuiet = column == .todo || column == .done
    let height = area.rows >= 9 ? (isQuiet ? 2 : 3) : isQuiet ? 1 : min(2, area.rows)
    // The last row says how many more there are.
    let fits = area.rows / height >= tasks.count
    let visible = max(1, fits ? area.rows / height : (area.rows - 1) / height)
    let at = tasks.firstIndex { $0.id == selected }
    let first = min(max(0, (at ?? 0) - visible + 1), max(0, tasks.count - visible))
    for (offset, task) in tasks.dropFirst(first).prefix(visible).enumerated() {
      let card = Area(
        column: area.column, row: area.row + offset * height, columns: area.columns,
        rows: min(height, area.rows - offset * height))
      let lines = cardLines(task, column, in: session)
      for row in 0..<card.rows where row < lines.count { canvas.write(Line(" ") + lines[row], in: card.line(row)) }
      if task.id == selected, isFocused {
        for row in (1..<max(1, card.rows)).reversed() { canvas.lay(card.line(row), on: .selection) }
        canvas.select(card.line(0), isFocused: true)
      }
    }
    let more = tasks.count - first - visible
    guard more > 0 || first > 0, area.rows > 1 else { return }
    let words = [first > 0 ? "+\(first) above" : "", more > 0 ? "+\(more) more" : ""].filter { !$0.isEmpty }
    canvas.write(Line(" \(words.joined(separator: ", "))", .muted), in: area.line(area.rows - 1))
  }

  /// A task on the board: its title, who does it and how often it was tried, and what matters most about it now.
  private func cardLines(_ task: TaskRecord, _ column: BoardColumn, in session: Session) -> [Line] {
    let word = session.word(of: task)
    var title = Line(Text.clean(task.title))
    if word != column.word { title = Line("\(word.rawValue) ", word.style) + title }
    let who = Line("\(session.attemptWords(task)) ", .muted) + agentLine(task, in: session)
    let third: Line
    switch column {
    case .running: third = Line(task.startedAt.map { "for \(age($0))" } ?? "begins", .stateRunning)
    case .blocked: third = Line(Text.clean(session.obstacle(of: task) ?? ""), .muted)
    case .failed: third = Line(Text.clean((task.error ?? "").replacingLines), .muted)
    case .todo, .done: third = Line()
    }
    return [title, who, third]
  }

  // MARK: Summary

  private func drawSummary(_ canvas: inout Canvas, _ area: Area, _ session: Session, selected: String?) {
    guard let selected else { return canvas.rule(area.line(0)) }
    let task = session.task(selected)
    let name = task.map { "\(selected): \($0.title)" } ?? String(selected.drop { $0 != ":" }.dropFirst())
    canvas.rule(area.line(0), title: Line(Text.clean(name), .title))
    let columns = area.columns - 2
    let lines =
      task.map { taskSummary($0, in: session, columns: columns) }
      ?? agentLines(selected, in: session, columns: columns)
    let body = area.inset(left: 1, top: 1, right: 1)
    canvas.write(lines, in: body)
    if lines.count > body.rows, body.columns > 30 {
      let words = Line(" \(keyName(.open, in: .session)): all of it", .muted)
      canvas.write(words, in: body.line(body.rows - 1), align: .right)
    }
  }

  /// What a supervisor asks first about a task, in a few rows: what for, who, what was tried, what it left.
  func taskSummary(_ task: TaskRecord, in session: Session, columns: Int) -> [Line] {
    let agent = session.lacksAgent(task) ? "no agent!" : "agent \(session.agentWords(task))"
    let role = task.workingRole == task.role ? task.role : "\(task.workingRole) in place of \(task.role)"
    var who = "role \(role), \(agent), sequence \(task.sequence)"
    who += task.dependsOn.isEmpty ? "" : ", after \(task.dependsOn.joined(separator: ", "))"
    var tried = task.failedAttempts.suffix(3).map { "\($0.attempt) FAIL \(attemptTitle($0))" }
    switch task.state {
    case .running: tried.append("\(task.attempt) RUN" + (task.startedAt.map { " \(age($0))" } ?? ""))
    case .done: tried.append("\(task.attempt) DONE" + (task.quality.map { ", quality \($0) of 10" } ?? ""))
    case .todo: tried.append("next is \(task.attempt)")
    case .failed, .skipped, .waived, .isolated: break
    }
    let left = max(0, task.maxAttempts - task.failures)
    if task.state != .done { tried[max(0, tried.count - 1)] += "  (\(counted(left, "failure")) left)" }
    return facts(
      [
        ("Goal", goalWords(task, in: session).joined(separator: "; ")), ("Who", who),
        ("Stopped by", session.obstacle(of: task) ?? ""),
        ("Attempts", tried.joined(separator: "\n")), ("Files", fileWords(task, in: session)),
      ], columns: columns)
  }

  /// An attempt's error in its first line.
  func attemptTitle(_ attempt: FailedAttempt) -> String {
    let message = attempt.message.replacingLines
    let type = attempt.type.isEmpty || message.hasPrefix(attempt.type) ? "" : "\(attempt.type): "
    return type + (message.isEmpty ? "without a word" : message)
  }

  /// The goals a task serves, with their words.
  func goalWords(_ task: TaskRecord, in session: Session) -> [String] {
    task.goals.map { id in
      session.goals.first { $0.id == id }.map { "\(id) \($0.text)" } ?? "\(id), which there is not"
    }
  }

  private func fileWords(_ task: TaskRecord, in session: Session) -> String {
    let found = task.files.map(\.path)
    let there = task.expectedFiles.filter(found.contains)
    let owed = task.expectedFiles.filter { !found.contains($0) }
    let extra = found.filter { !task.expectedFiles.contains($0) }
    var parts: [String] = []
    if !there.isEmpty { parts.append("left \(there.joined(separator: ", "))") }
    if !owed.isEmpty { parts.append("\(task.state == .done ? "MISSING" : "owes") \(owed.joined(separator: ", "))") }
    if !extra.isEmpty { parts.append("beside it \(extra.joined(separator: ", "))") }
    return parts.isEmpty ? "none expected" : parts.joined(separator: "; ")
  }
}
