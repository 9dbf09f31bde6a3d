import Kernel
import Screen

/// Where the parts of a dialog lie.
struct DialogAreas {
  /// The whole dialog with its frame.
  var whole: Area
  /// What is said.
  var text: Area
  /// The rows to pick from.
  var rows: Area
  /// The texts to type, each with its rows.
  var texts: [Area]
  var choices: Area
}

extension Model {
  /// The dialog in the middle of the window: as tall as it needs to be; what is said gives way first, and scrolls.
  func dialogAreas(_ dialog: Dialog, said lines: [Line]? = nil) -> DialogAreas {
    let body = areas.body
    let columns = min(size.columns, Model.dialogColumns)
    let isTight = body.rows < 14
    let said = (lines ?? dialogText(dialog)).count
    let rowHeight = dialog.kind.isCycling ? min(1, dialog.rows.count) : dialog.rows.count
    let textHeights = dialog.texts.map { isTight ? min($0.rows, 2) : $0.rows }
    // A long text has its title above it.
    let titles = dialog.texts.filter { $0.rows > 1 }.count
    let gap = isTight ? 0 : 1
    let fixed = textHeights.reduce(0, +) + titles + 1 + gap
    let room = max(0, body.rows - 2 - fixed)
    let list = min(rowHeight, max(min(rowHeight, 3), room - said - (rowHeight > 0 ? gap : 0)))
    let gaps = gap + (list > 0 ? gap : 0)
    let text = min(said, max(1, body.rows - 2 - textHeights.reduce(0, +) - titles - 1 - list - gaps))
    let rows = text + list + gaps + textHeights.reduce(0, +) + titles + 1 + 2
    let whole = body.centered(Size(columns: columns, rows: rows))
    let inner = whole.inset(by: 1).inset(left: 1, right: 1)
    let (above, choices) = inner.splitBottom(1)
    var (said2, below) = above.splitTop(text)
    if list > 0 { below = below.inset(top: gap) }
    let (rowArea, rest) = below.splitTop(list)
    below = rest
    var found: [Area] = []
    for (place, height) in textHeights.enumerated() {
      let (area, rest) = below.splitTop(height + (dialog.texts[place].rows > 1 ? 1 : 0))
      found.append(area)
      below = rest
    }
    if said2.rows > text { said2 = said2.splitTop(text).top }
    return DialogAreas(whole: whole, text: said2, rows: rowArea, texts: found, choices: choices)
  }

  func drawDialog(_ canvas: inout Canvas) {
    guard let dialog else { return }
    let said = dialogText(dialog)
    let areas = dialogAreas(dialog, said: said)
    canvas.fill(areas.whole)
    canvas.box(areas.whole, title: Line(dialogTitle(dialog)), isFocused: true)
    let viewport = Viewport(count: said.count, height: areas.text.rows, offset: dialog.offset)
    canvas.write(said, in: areas.text, from: viewport.offset)
    if viewport.count > viewport.height { canvas.scrollMarks(viewport, box: areas.whole) }
    drawPicks(&canvas, areas.rows, dialog)
    for (place, area) in areas.texts.enumerated() { drawText(&canvas, area, dialog, place) }
    var line = choiceLine(dialog, gap: 3)
    if line.columns > areas.choices.columns { line = choiceLine(dialog, gap: 1) }
    canvas.write(line, in: areas.choices)
  }

  private func choiceLine(_ dialog: Dialog, gap: Int) -> Line {
    var line = Line()
    for (index, choice) in dialog.choices.enumerated() {
      let isChosen = index == dialog.choice
      if index > 0 { line += Line(String(repeating: " ", count: gap)) }
      line += Line(isChosen ? "[" : " ", .key)
      line += Line("\(isChosen ? String(glyphs.pointer) : " ") \(choice) ", isChosen ? Style.selection.bold : .text)
      line += Line(isChosen ? "]" : " ", .key)
    }
    return line
  }

  private func drawText(_ canvas: inout Canvas, _ area: Area, _ dialog: Dialog, _ place: Int) {
    let text = dialog.texts[place]
    let isFocused = dialog.typing == place
    let isNeeded = text.word.map { $0 != text.editor.text } ?? false
    let label = Line(
      "\(Screen.Text.clean(text.title).string): ", isFocused ? .title : isNeeded ? .stateWarning : .muted)
    canvas.write(label, in: area.line(0))
    guard text.rows > 1 else {
      let room = area.inset(left: label.columns)
      canvas.write(text.editor, in: room, isFocused: isFocused)
      return
    }
    let room = area.inset(top: 1)
    canvas.fill(room, .panel)
    canvas.write(text.editor, in: room, Style(.text, on: .panel), isFocused: isFocused)
  }

  private func drawPicks(_ canvas: inout Canvas, _ area: Area, _ dialog: Dialog) {
    guard !area.isEmpty, !dialog.rows.isEmpty else { return }
    let hasKeys = dialog.typing == nil
    if dialog.kind.isCycling {
      let row = dialog.rows[min(max(0, dialog.row), dialog.rows.count - 1)]
      let place = "\(dialog.row + 1) of \(dialog.rows.count) "
      let count = Line(
        area.columns >= 60
          ? "\(keyName(.moveUp, in: .dialog)), \(keyName(.moveDown, in: .dialog)): \(place)"
          : " \(dialog.row + 1)/\(dialog.rows.count)", .muted)
      canvas.write(left: Line("It \(row.title)", hasKeys ? Style.text.bold : .text), right: count, in: area)
      return
    }
    var viewport = Viewport(count: dialog.rows.count, height: area.rows)
    viewport.reveal(dialog.row)
    let stage = dialog.rows.prefix(through: min(dialog.row, dialog.rows.count - 1)).last { !$0.isTick }?.id
    for (offset, index) in viewport.visible.enumerated() {
      let row = dialog.rows[index]
      let line = area.line(offset)
      let note = Line(row.note + " ", .muted)
      var left: Line
      if row.isTick {
        let isTicked = dialog.ticked.contains(row.id)
        left = Line("      [\(isTicked ? "x" : " ")] ", isTicked ? .key : .muted) + Line(Screen.Text.clean(row.title))
      } else {
        left = Line("  (\(row.id == stage ? "o" : " ")) ", row.id == stage ? .key : .muted)
        left += Line(Screen.Text.clean(row.title), Style.text.bold)
      }
      // What it means is said in full or not at all; the row the person is on says it above.
      if left.columns + note.columns + 2 <= line.columns {
        canvas.write(left: left, right: note, in: line)
      } else {
        canvas.write(left, in: line)
      }
      if index == dialog.row { canvas.select(line, isFocused: hasKeys) }
    }
    let hidden = dialog.rows.count - viewport.end
    if hidden > 0 { canvas.write(Line(" +\(hidden) below", .key), in: area.line(area.rows - 1), align: .right) }
  }

  func dialogTitle(_ dialog: Dialog) -> String {
    switch dialog.kind {
    case .quit: return "Leave the console?"
    case .pause(let session): return "Pause \(session)?"
    case .resume(let session): return "Resume \(session)?"
    case .abort(let session): return "End \(session) for good?"
    case .requestAbort(let session): return "End \(session)?"
    case .undo(let session): return "Take back the last answer in \(session)?"
    case .rollBack(let session): return "Go back in \(session)?"
    case .change(let session): return "Change what \(session) shall be?"
    case .export(let session): return "Write the handoff package of \(session)?"
    case .reply(let session, let callback): return "Answer \(callback) in \(session)"
    case .revoke(let session): return "Revoke a grant in \(session)?"
    }
  }

  /// How wide a dialog is at most.
  static let dialogColumns = 76

  /// What a dialog says, wrapped to its inside.
  func dialogText(_ dialog: Dialog) -> [Line] {
    let columns = max(1, min(size.columns, Model.dialogColumns) - 4)
    var lines = dialogLines(dialog, columns: columns).flatMap { $0.wrapped(to: columns) }
    if !dialog.problem.isEmpty {
      lines += Line(Screen.Text.clean(dialog.problem), .stateWarning).wrapped(to: columns)
    }
    return lines
  }

  private func dialogLines(_ dialog: Dialog, columns: Int) -> [Line] {
    switch dialog.kind {
    case .quit: return leaveLines(columns: columns)
    case .pause(let id):
      let running = snapshot(id)?.session.inFlight ?? []
      var lines = [Line("Nothing new begins until somebody resumes it. No file is touched.")]
      if let session = snapshot(id)?.session, !running.isEmpty {
        let names = running.map { EventText.name($0, in: session) }.joined(separator: ", ")
        lines.append(Line("Stops and begins again on resuming: \(Screen.Text.clean(names).string)", .stateWarning))
      }
      return lines
    case .resume: return [Line("Work goes on where it stopped.")]
    case .abort:
      return [
        Line("It cannot be resumed afterwards.", .danger),
        Line("Files, journal and report stay; open decisions are withdrawn."),
      ]
    case .requestAbort:
      return [
        Line("Nothing ends yet: you are asked next, and shown what would be saved and what lost."),
        Line("What is under way may end meanwhile; nothing new begins.", .muted),
      ]
    case .undo(let id): return undoLines(dialog, id, columns: columns)
    case .rollBack: return rollBackLines(dialog)
    case .change(let id): return changeLines(dialog, id)
    case .reply(let id, let callback): return replyLines(id, callback)
    case .export(let id): return exportLines(of: id)
    case .revoke(let id): return revokeLines(dialog, id)
    }
  }

  private func undoLines(_ dialog: Dialog, _ id: String, columns: Int) -> [Line] {
    guard let session = snapshot(id)?.session else { return [Line("The session is not known any more.", .muted)] }
    guard let weighed = dialog.weighed else { return [] }
    var lines: [Line] = []
    if let point = session.restorePoints.last, let decision = session.decision(point.decision) {
      let option = decision.option(point.option)?.title ?? point.option
      lines.append(Line(Screen.Text.clean(decision.title), Style.title.bold))
      let when = decision.answer.map { ", \(age($0.at)) ago by \($0.by)" } ?? ""
      lines.append(Line(Screen.Text.clean("Answered: \(option)\(when)")))
      lines.append(Line())
    }
    var rows = weighed.rows(in: session)
    if let next = weighed.next { rows.append(next) }
    if let keeps = weighed.keeps { rows.append(keeps) }
    rows.append(EffectRow("Stays", "the answer and this undo stand in the record and in the report"))
    return lines + EffectRow.lines(rows, columns: columns)
  }

  private func rollBackLines(_ dialog: Dialog) -> [Line] {
    let lines = [Line("Nothing moves yet: you are asked next, and shown exactly what is kept and discarded.")]
    guard dialog.rows.indices.contains(dialog.row) else { return lines }
    let above = dialog.rows.prefix(through: dialog.row).last { !$0.isTick }
    guard let above else { return lines }
    let place = dialog.rows.firstIndex(of: above) ?? 0
    let ticks = dialog.rows.dropFirst(place + 1).prefix { $0.isTick }.map(\.id)
    var words = above.note
    if !ticks.isEmpty {
      let ticked = ticks.filter(dialog.ticked.contains)
      let again =
        ticked.isEmpty ? "all that ran runs again (tick some for less)" : "run again: \(ticked.joined(separator: ", "))"
      words += "; \(again)"
    }
    return [Line(Screen.Text.clean("Back to \(above.title): \(words)."), .title)] + lines
  }

  private func changeLines(_ dialog: Dialog, _ id: String) -> [Line] {
    var lines = [
      Line("Nothing changes yet: you are asked next, and shown what it costs now, later, or with a rollback.")
    ]
    guard dialog.rows.indices.contains(dialog.row) else { return lines }
    let name = dialog.rows[dialog.row].id
    if let field = BriefField.allCases.first(where: { $0.title == name }), let session = snapshot(id)?.session {
      let old = session.brief.text(of: field)
      lines.append(
        Line("Now: ", .muted) + Line(Screen.Text.clean(old.isEmpty ? "nothing" : old.replacingLines), .muted))
    }
    return lines
  }

  /// Brings the text of an open dialog into its bounds and notices when its end was shown.
  mutating func settleDialog() {
    guard var dialog else { return }
    let said = dialogText(dialog)
    let area = dialogAreas(dialog, said: said).text
    let count = said.count
    dialog.offset = min(max(0, dialog.offset), max(0, count - area.rows))
    if dialog.offset + area.rows >= count, area.rows > 0, dialog.weighed?.isLooking != true { dialog.wasRead = true }
    self.dialog = dialog
  }
}

extension Dialog.Kind {
  /// Whether only the row the person is on is shown.
  var isCycling: Bool { if case .change = self { true } else { false } }
}
