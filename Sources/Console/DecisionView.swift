import Kernel
import Screen

extension Model {
  func drawCard(_ canvas: inout Canvas) {
    guard let card else { return }
    let areas = cardAreas(card)
    canvas.setCursor(nil)
    if step >= .large {
      canvas.fill(areas.whole)
      canvas.box(areas.whole, title: Line("YOUR DECISION", .stateAsk), isFocused: true)
    } else {
      canvas.fill(areas.whole)
    }
    drawCardHeader(&canvas, areas, card)
    drawQuestion(&canvas, areas, card)
    drawOptions(&canvas, areas, card)
    drawEffect(&canvas, areas, card)
    drawFields(&canvas, areas, card)
    drawNote(&canvas, areas, card)
  }

  private func drawCardHeader(_ canvas: inout Canvas, _ areas: CardAreas, _ card: DecisionCard) {
    let all = queue
    let place = all.firstIndex { $0.session.id == card.key.session && $0.decision.id == card.shown.id }
    let session = snapshot(card.key.session)?.session
    var left = Line(" ", .panel)
    if step < .large {
      left += Line(step >= .small ? "YOUR DECISION " : "DECISION ", Style(.stateAsk, on: .panel).bold)
    }
    if let place { left += Line("\(place + 1) of \(all.count)  ", .panel) }
    left += Line(Text.clean(card.key.session).string, Style(.title, on: .panel).bold)
    if step >= .small, let stage = session?.stages.first(where: { $0.id == card.shown.stage }) {
      left += Line(" / \(stage.id) \(stage.name)", .panel)
    }
    left += Line("  waiting \(age(card.shown.raisedAt))", .panel)
    var right: Line
    switch card.phase {
    case .open:
      right =
        card.isArmed ? Line("keys armed ", Style(.stateDone, on: .panel)) : Line("wait... ", Style(.muted, on: .panel))
    case .sent: right = Line("sending... ", Style(.stateRunning, on: .panel))
    case .accepted: right = Line("RECORDED ", Style(.stateDone, on: .panel).bold)
    case .closed: right = Line("CLOSED ", Style(.statePaused, on: .panel).bold)
    case .awaited: right = Line("asked again... ", Style(.stateWarning, on: .panel).bold)
    }
    canvas.fill(areas.header, .panel)
    canvas.write(left: left, right: right, in: areas.header)
    guard !areas.asked.isEmpty else { return }
    let hidden = card.hiddenCount
    let isLarge = step >= .large
    let time = Clock.time(card.shown.raisedAt, offset: offsetMinutes, seconds: isLarge)
    var asked = Line(" Asked by \(Text.clean(card.shown.askedBy).string) at \(time).", .muted)
    if card.shown.scenario > 0, step >= .medium { asked += Line(" Scenario \(card.shown.scenario).", .muted) }
    if let session, let pause = pauses(card.shown, in: session) {
      asked += Line(" Unanswered, it pauses \(moment(pause)).", .muted)
    } else {
      asked += Line(" Waiting loses nothing.", .muted)
    }
    if card.shown.remindersSent > 0, step >= .large {
      asked += Line(" Reminded \(counted(card.shown.remindersSent, "time")).", .muted)
    }
    if hidden > 0 { asked += Line(" \(counted(hidden, "hidden character")) made visible.", .stateWarning) }
    canvas.write(asked, in: areas.asked)
  }

  private func drawQuestion(_ canvas: inout Canvas, _ areas: CardAreas, _ card: DecisionCard) {
    if case .field(let index) = card.focus, card.fields.indices.contains(index) {
      drawFieldEditor(&canvas, areas, card, card.fields[index])
      return
    }
    let inside = areas.bodyInside
    let lines =
      card.showsEffects ? allEffectLines(card, columns: inside.columns) : bodyLines(card, columns: inside.columns)
    let viewport = Viewport(count: lines.count, height: inside.rows, offset: card.offset)
    let effects = card.choice == nil ? "What each option would do" : "What it would do"
    let title = card.showsEffects ? effects : Text.clean(card.shown.title).string
    if areas.isFramed {
      canvas.box(areas.body, title: Line(title), isFocused: card.focus == .options && card.phase == .open)
      canvas.scrollMarks(viewport, box: areas.body)
    }
    canvas.write(lines, in: inside, from: viewport.offset)
    guard !areas.isFramed, areas.body.rows > 2 else { return }
    let rule = areas.body.line(areas.body.rows - 1)
    let rest = viewport.count - viewport.end
    let more = "\(counted(rest, "more row")): \(keyName(.pageDown, in: .decision))"
    canvas.rule(rule, title: Line(rest > 0 ? more : Screen.Text.cut(title, to: 30), .title))
  }

  private var goesOn: String { "\(keyName(.nextField, in: .decision)) goes on" }

  private func drawFieldEditor(_ canvas: inout Canvas, _ areas: CardAreas, _ card: DecisionCard, _ field: DecisionField)
  {
    let area = areas.isFramed ? areas.body : areas.body.inset(bottom: 1)
    var inside = area
    let name = Text.clean(field.name).string + (field.isOptional ? " (optional)" : "")
    if areas.isFramed {
      inside = canvas.box(area, title: Line(name), isFocused: true).inset(left: 1, right: 1)
    } else {
      canvas.write(Line(name, Style.title.bold), in: inside.line(0))
      inside = inside.inset(left: 1, top: 1)
      canvas.rule(areas.body.line(areas.body.rows - 1))
    }
    var lines = (Line("Why       ", .muted) + Line(Text.clean(field.why))).wrapped(to: inside.columns, indent: 10)
    lines += (Line("Expected  ", .muted) + Line(Text.clean(field.format))).wrapped(to: inside.columns, indent: 10)
    // The text being typed always has its rows; the explanation gives way in small windows.
    let least = card.isLongField ? 3 : 1
    let room = max(min(least, inside.rows), card.isLongField ? inside.rows - lines.count - 1 : 1)
    let (above, editor) = inside.splitBottom(room)
    canvas.write(lines, in: above)
    if lines.count > above.rows, above.rows > 0 {
      let words = Line(" +\(counted(lines.count - above.rows, "row"))", .key)
      canvas.write(words, in: above.line(above.rows - 1), align: .right)
    }
    canvas.fill(editor, .panel)
    canvas.write(
      draft.fields[field.name] ?? LineEditor(isMultiline: card.isLongField), in: editor, Style(.text, on: .panel),
      isFocused: true)
  }

  private func drawFields(_ canvas: inout Canvas, _ areas: CardAreas, _ card: DecisionCard) {
    let fields = card.fields
    guard !fields.isEmpty, !areas.fields.isEmpty else { return }
    let filled = Model.filled(draft, in: fields).map(\.field)
    if areas.isFramed, !areas.sharesFrame {
      canvas.box(
        areas.fields, title: "To fill in",
        trailing: Line("\(filled.count) of \(fields.count) filled, \(goesOn)", .muted))
    }
    let inside = areas.fieldsInside
    var at: Int?
    if case .field(let index) = card.focus { at = index }
    var viewport = Viewport(count: fields.count, height: inside.rows)
    if let at { viewport.reveal(at) }
    let width = min(inside.columns / 2, (fields.map { Width.columns(of: $0.name) }.max() ?? 0) + 2)
    for (offset, index) in viewport.visible.enumerated() {
      let field = fields[index]
      let isFilled = filled.contains(field.name)
      let text = draft.fields[field.name]?.text ?? ""
      let empty = field.isOptional ? Line("optional", .muted) : Line("empty", .stateTodo)
      let value = isFilled ? Line(Text.clean(text.replacingLines), .text) : empty
      let word = isFilled ? StateWord.good : field.isOptional ? .skipped : .todo
      canvas.write(
        Line(" \((word == .skipped ? "-" : word.rawValue).padded(to: 5))", word.style)
          + Line(
            Screen.Text.cut(Text.clean(field.name).string, to: width - 1).padded(to: width),
            index == at ? Style.title.bold : .text) + value,
        in: inside.line(offset))
      if index == at { canvas.lay(inside.line(offset), on: .selectionInactive) }
    }
    let hidden = fields.count - viewport.end
    if hidden > 0, inside.columns >= 56 {
      canvas.write(Line(" +\(hidden) more", .key), in: inside.line(inside.rows - 1), align: .right)
    }
  }

  private func drawOptions(_ canvas: inout Canvas, _ areas: CardAreas, _ card: DecisionCard) {
    let options = card.shown.options
    if areas.isFramed {
      canvas.box(
        areas.options, title: "Options",
        trailing: Line(
          card.choice == nil
            ? "choosing shows the effect, sends nothing" : "\(keyName(.confirm, in: .decision)) confirms", .muted))
    }
    let inside = areas.optionsInside
    let at = card.choice.flatMap { id in options.firstIndex { $0.id == id } }
    var viewport = Viewport(count: options.count, height: inside.rows)
    if let at { viewport.reveal(at) }
    for (offset, index) in viewport.visible.enumerated() {
      let option = options[index]
      let line = inside.line(offset)
      let isOpen = card.phase == .open || index == at
      let left =
        Line("  \(option.key.uppercased())  ", isOpen ? Style.key.bold : .muted)
        + Line(Text.clean(option.title), isOpen ? .text : .muted)
      canvas.write(left: left, right: optionFacts(option, card, columns: line.columns), in: line)
      if index == at { canvas.select(line, isFocused: card.focus == .options) }
    }
    let hidden = options.count - viewport.visible.count
    if hidden > 0, inside.rows > 0 {
      let keys = "\(keyName(.previousOption)), \(keyName(.nextOption))"
      canvas.write(Line(" +\(hidden): \(keys)", .key), in: inside.line(inside.rows - 1), align: .right)
    }
  }

  /// What is to be known of an option before it is chosen; what does not fit beside its title is left out, losses last.
  private func optionFacts(_ option: Option, _ card: DecisionCard, columns: Int) -> Line {
    let isSmall = step < .small
    let loss = lossWords(option, of: card).map { Line($0, .danger) }
    let advice = option.id == card.shown.recommended ? Line(isSmall ? "RECOMMEND" : "RECOMMENDED", .stateDone) : nil
    let note = option.noteRequired && !isSmall ? Line("needs a note", .muted) : nil
    func joined(_ parts: [Line?]) -> Line {
      parts.compactMap { $0 }.reduce(Line()) { $0 + $1 + Line("  ") }
    }
    let title = 5 + Text.clean(option.title).string.count + 2
    let ways = [joined([loss, note, advice]), joined([loss, advice]), joined([loss ?? advice])]
    return ways.first { $0.columns + title <= columns } ?? ways[2]
  }

  private func drawEffect(_ canvas: inout Canvas, _ areas: CardAreas, _ card: DecisionCard) {
    guard !areas.effect.isEmpty else { return }
    let option = card.chosen
    if areas.isFramed {
      let title = option.map { "Effect of \($0.key.uppercased())" } ?? "Effect"
      let filled = Model.filled(draft, in: card.fields).count
      let count = areas.sharesFrame ? Line("\(filled) of \(card.fields.count) filled, \(goesOn)", .muted) : Line()
      canvas.box(areas.effect, title: Line(title), trailing: count)
    }
    let inside = areas.effectInside
    guard let option else { return }
    let lines = effectLines(option, of: card, columns: inside.columns)
    canvas.write(lines, in: inside)
    if lines.count > inside.rows, inside.rows > 0 {
      canvas.write(
        Line(" +\(lines.count - inside.rows) rows: \(keyName(.effects, in: .decision))", Style.key),
        in: inside.line(inside.rows - 1), align: .right)
    }
  }

  private func drawNote(_ canvas: inout Canvas, _ areas: CardAreas, _ card: DecisionCard) {
    let area = areas.note
    if card.focus == .confirmation, let word = card.chosen?.confirm {
      let shown = Text.clean(word).string
      let label = Line(" Type ", .danger) + Line(shown, Style.danger.bold) + Line(" to confirm: ", .danger)
      canvas.write(label, in: area)
      let enter = keyName(.confirm, in: .typing)
      let state = enter + (card.confirmation.text == word ? " sends it " : " does nothing yet ")
      let room = area.inset(left: label.columns)
      let (field, right) = room.splitRight(room.columns > 40 ? state.utf8.count : 0)
      canvas.write(Line(state, .muted), in: right)
      canvas.write(card.confirmation, in: field)
      return
    }
    guard !isReadOnly || !draft.note.isEmpty else {
      canvas.write(Line(" READ-ONLY: nothing is answered here.", .stateWarning), in: area)
      return
    }
    let isFocused = card.focus == .note
    let isNeeded = card.chosen?.noteRequired == true
    let label = Line(isNeeded ? " Note (needed): " : " Note (optional): ", isNeeded ? .stateWarning : .muted)
    canvas.write(label, in: area)
    let room = area.inset(left: label.columns)
    if draft.note.isEmpty, !isFocused {
      canvas.write(Line("\(keyName(.nextField, in: .decision)) to write; it goes into the record", .muted), in: room)
    } else {
      canvas.write(draft.note, in: room, isFocused: isFocused)
    }
  }

  /// What stands between the person and an answer, in the row above the keys.
  func drawCardHint(_ canvas: inout Canvas, _ area: Area) {
    guard let card, card.phase == .open, !card.isTyping else { return }
    guard let reason = reasonUnconfirmed(card) else {
      let enter = keyName(.confirm, in: .decision)
      if let word = card.chosen?.confirm {
        canvas.write(Line(" \(enter), then type \(Text.clean(word).string) to confirm it.", .danger), in: area)
      } else {
        canvas.write(Line(" \(enter) sends this answer.", .stateDone), in: area)
      }
      return
    }
    canvas.write(Line(" To answer: \(reason).", .muted), in: area)
  }

  // MARK: All actions

  func drawPalette(_ canvas: inout Canvas) {
    guard let palette else { return }
    let area = paletteArea
    canvas.fill(area)
    let rows = paletteRows
    let inner: Area
    if step >= .small {
      inner = canvas.box(
        area, title: "Everything you can do here", isFocused: true,
        trailing: Line(counted(rows.count, "action"), .muted)
      ).inset(left: 1, right: 1)
    } else {
      inner = area
    }
    canvas.write(Line("Find: ", .title), in: inner.line(0))
    let list = inner.inset(top: 2)
    let ids = rows.map(\.action.rawValue)
    let (selected, viewport) = palette.position.resolve(count: rows.count, height: list.rows) {
      ids.firstIndex(of: $0)
    }
    let below = without(.palette)
    for (offset, index) in viewport.visible.enumerated() {
      let row = rows[index]
      let line = list.line(offset)
      let reason = below.reasonDisabled(row.action)
      canvas.write(
        left: Line("  \(row.help)", reason == nil ? .text : .muted),
        right: reason.map { Line("Not now: \($0) ", .muted) } ?? Line(row.keyNames + " ", .key), in: line)
      if index == selected { canvas.select(line, isFocused: true) }
    }
    if rows.isEmpty { canvas.write(Line("  Nothing is called that.", .muted), in: list.line(0)) }
    if step >= .small { canvas.scrollMarks(viewport, box: area) }
    canvas.write(palette.editor, in: inner.line(0).inset(left: 6))
  }
}

extension String {
  /// The text in one row, line ends as a mark.
  var replacingLines: String { split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " / ") }
}
