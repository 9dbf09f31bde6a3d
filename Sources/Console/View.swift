import Kernel
import Screen

extension Model {
  /// Draws the picture for the window's size.
  public func view() -> Frame { view(size: size) }

  /// Draws the picture for a size; the same facts in every size, fewer columns in smaller ones.
  public func view(size: Size) -> Frame {
    var model = self
    if size != self.size {
      model.size = size
      model.card?.laidOut = nil
    }
    if let past, presentMoment == nil {
      // As it stood: ages and waits are counted until then.
      model.presentMoment = now
      model.now = past.moment
    }
    model.frameFacts = FrameFacts(model)
    return model.drawNow()
  }

  private func drawNow() -> Frame {
    var canvas = Canvas(size: size, glyphs: glyphs)
    canvas.setTitle(windowTitle)
    guard step > .mini else {
      drawMini(&canvas)
      return canvas.frame
    }
    let areas = areas
    drawUnderlying(&canvas)
    switch place {
    case .overview, .start, .session: break
    case .reading:
      dim(&canvas)
      drawReading(&canvas)
    case .decision:
      dim(&canvas)
      drawCard(&canvas)
    case .dialog:
      dim(&canvas)
      drawDialog(&canvas)
    case .palette:
      dim(&canvas)
      drawPalette(&canvas)
    case .themes: drawThemes(&canvas)
    case .menu:
      dim(&canvas)
      drawMenu(&canvas)
    }
    drawToast(&canvas, areas.toast)
    drawStatus(&canvas, areas.status)
    return canvas.frame
  }

  /// What lies below a sheet steps back.
  private func dim(_ canvas: inout Canvas) {
    canvas.restyle(areas.banner, .muted)
    canvas.restyle(areas.body, .muted)
  }

  /// What lies below cards and questions: the topmost list.
  private func drawUnderlying(_ canvas: inout Canvas) {
    let base = places.last { place in
      switch place {
      case .overview, .start, .session: return true
      case .decision, .reading, .dialog, .palette, .themes, .menu: return false
      }
    }
    switch base {
    case .session: drawSession(&canvas)
    case .start: drawStart(&canvas)
    case .overview, .decision, .reading, .dialog, .palette, .themes, .menu, nil:
      if sessions.isEmpty { drawStart(&canvas) } else { drawOverview(&canvas) }
    }
    canvas.setCursor(place == base ? canvas.frame.cursor : nil)
  }

  /// Three lines for windows in which nothing else fits.
  private func drawMini(_ canvas: inout Canvas) {
    let running = sessions.filter { !$0.hasEnded }.count
    let need = queue.count
    var lines = [Line(need > 0 ? Model.needYou(need) : "nothing needs you", need > 0 ? .stateAsk : .text)]
    lines.append(Line("\(running) of \(counted(sessions.count, "session")) at work", .text))
    if isReadOnly { lines[1] = Line("READ-ONLY  ", .stateWarning) + lines[1] }
    lines.append(Line("window \(size.columns)x\(size.rows), needs 40x12", .muted))
    canvas.write(lines, in: canvas.area)
  }

  // MARK: Rows every screen has

  /// What fits beside the header's right end, the first pieces first.
  func headerLine(_ pieces: [Line]) -> Line {
    var room = areas.header.columns - headerRight.columns - 2
    var line = Line()
    for piece in pieces {
      guard piece.columns <= room || line.isEmpty else { break }
      line += piece
      room -= piece.columns
    }
    return line
  }

  /// The header: the program or the session left, the questions that wait and the clock right.
  func drawHeader(_ canvas: inout Canvas, left: Line) {
    let area = areas.header
    canvas.fill(area, .panel)
    canvas.write(left: Line(" ", .panel) + left.on(.panel), right: headerRight, in: area)
  }

  private var headerRight: Line {
    var right = isReadOnly ? Line("READ-ONLY  ", Style(.stateWarning, on: .panel).bold) : Line()
    if step >= .medium, let quietWords { right += Line("\(quietWords)  ", Style(.stateWarning, on: .panel)) }
    if currentID != nil, let oldestWait {
      right += Line(Model.needYou(queue.count), Style(.stateAsk, on: .panel))
      if step >= .medium { right += Line(" (oldest \(oldestWait))", .panel) }
      right += Line("  ", .panel)
    }
    // Where there is little room, what needs you goes before the clock.
    if isReadOnly, step < .small { return right }
    right += Line(Clock.time(liveNow, offset: offsetMinutes), .panel)
    if step >= .small { right += Line(" \(Clock.zone(offsetMinutes))", Style(.muted, on: .panel)) }
    right += Line(" ", .panel)
    return right
  }

  /// How long a session has lasted; to the second only once it cannot change any more.
  func elapsed(_ snapshot: SessionSnapshot) -> String {
    let length = Clock.between(snapshot.session.createdAt, snapshot.end(at: now))
    return snapshot.hasEnded ? Clock.length(length) : Clock.age(length)
  }

  /// How many decisions wait, in words that cannot be overlooked.
  static func needYou(_ count: Int) -> String { count == 1 ? "1 NEEDS YOU" : "\(count) NEED YOU" }

  /// How long ago a moment was.
  func age(_ moment: Int64) -> String { Clock.age(Clock.between(moment, now)) }

  /// The row above the status row: a line being typed, a message, or where the person is.
  private func drawToast(_ canvas: inout Canvas, _ area: Area) {
    guard !area.isEmpty else { return }
    canvas.fill(area)
    if let input, place != .palette, place != .dialog, place != .decision {
      drawInput(&canvas, area, input)
      return
    }
    if let notice = card?.notice, place == .decision {
      canvas.write(
        Line(" ") + Line(Text.clean(notice.words), notice.isGood ? .stateDone : .stateWarning), in: area)
      return
    }
    if let toast {
      canvas.write(Line(" ") + Line(toast.text, toast.style), in: area)
      return
    }
    switch place {
    case .session: drawTabs(&canvas, area)
    case .decision: drawCardHint(&canvas, area)
    case .overview:
      if !sessions.isEmpty { drawOverviewFoot(&canvas, area) }
    case .start, .reading, .dialog, .palette, .themes, .menu: break
    }
  }

  private func drawInput(_ canvas: inout Canvas, _ area: Area, _ input: InputLine) {
    let hasLevels = currentID != nil && desk.focus == .feed
    var label: Line
    switch input.purpose {
    case .search: label = Line(" Search: ", .title)
    case .filter:
      label = Line(" Filter: ", .title)
      if hasLevels { label = Line(" Filter [", .title) + Line(desk.level.words, .key) + Line("]: ", .title) }
    }
    let (enter, escape) = (keyName(.confirm, in: .typing), keyName(.close, in: .always))
    var hint = "\(enter), \(escape)"
    var isProblem = false
    if input.purpose == .filter {
      hint = "\(hasLevels ? "Up/Down how much, " : "")\(enter) keeps, \(escape) clears"
      if input.editor.isEmpty { hint = "text !text " + Query.names.joined(separator: " ") }
      if let problem = Query(input.editor.text).problem {
        hint = problem
        isProblem = true
      }
    }
    let columns = label.columns
    canvas.write(label, in: area)
    let room = area.inset(left: columns)
    let showsHint = room.columns > hint.utf8.count + (input.editor.isEmpty ? 2 : 20)
    // What is wrong with a filter is said, if need be in part, beside its end.
    let (field, right) = room.splitRight(showsHint ? hint.utf8.count + 1 : isProblem ? max(0, room.columns - 24) : 0)
    canvas.write(Line(hint, isProblem ? .stateWarning : .muted), in: right)
    canvas.write(input.editor, in: field)
  }

  /// The keys that work now, at most eight, the most useful first.
  private func drawStatus(_ canvas: inout Canvas, _ area: Area) {
    guard !area.isEmpty else { return }
    canvas.fill(area, .panel)
    // Help keeps its place, whatever else does not fit.
    var hints = hints
    let last = hints.firstIndex { $0.words == "help" }.map { hints.remove(at: $0) }
    let help = last.map { Line($0.key, Style(.key, on: .panel).bold) + Line(" \($0.words) ", .panel) } ?? Line()
    canvas.write(help, in: area, align: .right)
    let room = area.columns - 2 - help.columns
    var line = Line(" ", .panel)
    for hint in hints {
      let piece = Line(hint.key, Style(.key, on: .panel).bold) + Line(" \(hint.words)", .panel)
      let gap = line.columns > 1 ? 2 : 0
      if line.columns + gap + piece.columns > room { continue }
      line += Line(String(repeating: " ", count: gap), .panel) + piece
    }
    canvas.write(line, in: area)
  }

  /// The hints of the status row: what leads on from here comes first.
  var hints: [(key: String, words: String)] {
    var found: [(key: String, words: String)] = []
    let waiting = queue.count
    func add(_ action: Action, in site: Where? = nil, _ words: String) {
      found.append((keyName(action, in: site ?? .decision), words))
    }
    if waiting > 0, place != .decision, chain.contains(.everywhere) {
      found.append((keyName(.nextDecision), waiting > 1 ? "decide (\(waiting))" : "decide"))
    }
    if place == .decision, let card, !card.isTyping {
      if card.phase == .open {
        let keys = card.shown.options.map { $0.key.uppercased() }.joined()
        if step >= .small { found.append((keys, "or arrows choose")) }
        if let option = card.chosen, !isReadOnly { add(.confirm, "confirm \(option.key.uppercased())") }
        if !card.wasRead { add(.pageDown, "read on") }
        if !isReadOnly { add(.nextField, card.fields.isEmpty ? "note" : "fill in, note") }
        if step >= .small { add(.effects, card.showsEffects ? "question" : "all effects") }
        if step >= .medium { add(.why, "why") }
        add(.close, in: .always, "later")
        add(.help, in: .always, "help")
      } else {
        if case .sent = card.phase { return [(keyName(.close, in: .always), "back; the answer is on its way")] }
        add(.confirm, "close")
        let others = queue.filter { $0.session.id != card.key.session || $0.decision.id != card.key.decision }
        if !others.isEmpty { found.append((keyName(.nextDecision), "next decision (\(others.count))")) }
      }
      return found
    }
    if isTyping, place == .decision {
      let isField = if case .field = card?.focus { card?.isLongField ?? true } else { false }
      let isWord = card?.focus == .confirmation
      add(.nextField, in: .typing, "next")
      if isField { found.append(("Enter", "new line")) } else { add(.confirm, in: .typing, isWord ? "send" : "done") }
      if !isWord { add(.editor, in: .typing, "your editor") }
      add(.close, in: .always, "back to the options")
      add(.help, in: .always, "help")
      return found
    }
    var rows = bindings.filter { $0.hint != nil && !$0.keys.isEmpty && reasonDisabled($0.action) == nil }
    let last: [Action] = [.help, .leave]
    let ends = last.compactMap { action in rows.first { $0.action == action } }
    rows = rows.filter { !last.contains($0.action) } + ends
    // Out of a text the way back keeps its place, whatever else does not fit.
    let kept = place == .reading ? ends.count : 0
    for row in rows where found.count < (last.contains(row.action) ? 8 : 8 - kept) {
      guard row.action != .nextDecision, let key = row.keys.first, let hint = row.hint else { continue }
      var words = hint
      if row.action == .close, chain.contains(.everywhere), place != .reading { continue }
      if row.action == .pause, case .paused = current?.session.standing { words = "resume" }
      if row.action == .leave, places.count <= 1 { words = "leave" }
      if row.action == .close, place == .dialog, !isTyping { words = dialog?.kind == .quit ? "stay" : "later" }
      found.append((Keymap.name(key), words))
    }
    // Help never falls off the end of the row.
    if found.count == 8, !found.contains(where: { $0.words == "help" }) {
      found[7] = (keyName(.help, in: .everywhere), "help")
    }
    return found
  }
}
