import Kernel
import Screen

extension Model {
  /// Does an action here and says what the shell should do; an action that is not possible says why.
  mutating func perform(_ action: Action) -> [Intent] {
    // Enter in a card checks for itself, because it also leaves texts and closes what is answered.
    if action != .confirm, let reason = reasonDisabled(action) {
      toast = says("Not now: \(reason).", .stateWarning, seconds: 5)
      return []
    }
    switch action {
    case .moveUp, .moveDown, .pageUp, .pageDown, .halfUp, .halfDown, .moveTop, .moveBottom:
      if place == .themes { return moveTheme(action) }
      move(action)
    case .open: return openSelected()
    case .nextPane: cyclePane(1)
    case .previousPane: cyclePane(-1)
    case .pane1: focus(.feed)
    case .pane2: focus(.needs)
    case .pane3: focus(.tasks)
    case .pane4: focus(.gates)
    case .pane5: focus(.stages)
    case .pane6: focus(.output)
    case .pane7: focus(.files)
    case .pane8: focus(.calls)
    case .pane9: focus(.health)
    case .sideLeft: moveSideways(-1)
    case .sideRight: moveSideways(1)
    case .wrap: toggleWrap()
    case .columnLeft: moveColumn(-1)
    case .columnRight: moveColumn(1)
    case .reply: return askReply()
    case .revoke: askRevoke()
    case .zoom: desk.isZoomed.toggle()
    case .follow: toggleFollow()
    case .nextDecision: openNextDecision()
    case .nextProblem: findProblem(1)
    case .previousProblem: findProblem(-1)
    case .search: input = InputLine(purpose: .search, editor: LineEditor())
    case .filter:
      input = InputLine(purpose: .filter, editor: LineEditor(filterTyped))
    case .filterAgain: repeatFilter()
    case .mark: toggleMark()
    case .nextMark: findMark()
    case .blockers: openBlockers()
    case .searchNext: findText(1)
    case .searchPrevious: findText(-1)
    case .times:
      timeFormat = timeFormat.next
      toast = says("Times: \(timeFormat.words)", seconds: 4)
    case .pause: askPause()
    case .abort: askAbort()
    case .undo: askUndo()
    case .rollBack: askRollBack()
    case .change: askChange()
    case .why: openWhy()
    case .toggle: toggleTick()
    case .report: return openReport()
    case .export: askExport()
    case .past:
      if place == .reading, case .event(let id, let seq)? = reading.last?.subject {
        enterPast(session: id, after: seq)
      } else {
        enterPast()
      }
    case .pastBack: travel(.event(-1))
    case .pastForward: travel(.event(1))
    case .pastStageBack: travel(.stage(-1))
    case .pastStageForward: travel(.stage(1))
    case .pastDecisionBack: travel(.decision(-1))
    case .pastDecisionForward: travel(.decision(1))
    case .pastSince: if let id = currentID { open(Reading(subject: .since(session: id))) }
    case .pastNow: leavePast()
    case .startEngine:
      guard let id = currentID else { return [] }
      toast = says("Starting an engine for \(id)...", seconds: 5)
      return [.startEngine(session: id)]
    case .newSession:
      guard place != .start else { return [] }
      places.append(.start)
      startArming = Arming()
    case .copy: return copySelected()
    case .pager: return pageSelected()
    case .openFile: return openFile()
    case .theme: pickTheme()
    case .beside: toggleBeside()
    case .mouse: return toggleMouse()
    case .mute: cycleMute()
    case .muteAll: cycleMuteAll()
    case .alerts: open(Reading(subject: .alerts))
    case .alertTest:
      toast = says("This is how you would be told. \(keyName(.alerts)) lists what became of it.", seconds: 8)
      return sound(.test, session: "", "Signalbox would tell you like this.")
    case .palette:
      guard place != .palette else { return close() }
      places.append(.palette)
      palette = Palette()
    case .help: openHelp()
    case .confirm: return confirm()
    case .effects: toggleEffects()
    case .previousOption: moveOption(-1)
    case .nextOption: moveOption(1)
    case .nextField: moveField(1)
    case .previousField: moveField(-1)
    case .editor: return openEditor()
    case .close: return close()
    case .leave: return leave()
    case .interrupt: return interrupt()
    case .quit: ask(Dialog(kind: .quit))
    case .suspend: return [.suspend]
    case .repaint: return [.repaint]
    case .reload: return [.reload]
    }
    return []
  }

  // MARK: Places

  /// Goes back one step: ends typing, clears a search, leaves a zoom, moves rows back, closes a place. It never answers and never quits.
  private mutating func close() -> [Intent] {
    if let line = input {
      input = nil
      if line.purpose == .filter { applyFilter("") }
      return []
    }
    switch place {
    case .overview:
      overviewFilter = ""
      overviewSearched = ""
      toast = nil
    case .start: places.removeLast()
    case .session:
      if desk.isZoomed {
        desk.isZoomed = false
      } else if desk.past != nil {
        leavePast()
      } else if !desk.searched.isEmpty || !filterTyped.isEmpty {
        desk.searched = ""
        filterTyped = ""
      } else if sideways(desk.focus) > 0 {
        desk.sideways[desk.focus] = nil
      } else {
        places.removeLast()
      }
    case .decision:
      guard var card else {
        places.removeLast()
        return []
      }
      if card.isTyping {
        card.focus = .options
        self.card = card
      } else if card.showsEffects {
        card.showsEffects = false
        card.offset = 0
        self.card = card
      } else {
        places.removeLast()
        if card.phase == .open {
          let kept = drafts[card.key] == nil ? "" : " What you typed is kept."
          toast = says("Later: \(card.key.session) keeps waiting for you.\(kept)", seconds: 5)
        }
        self.card = nil
      }
    case .reading:
      places.removeLast()
      if !reading.isEmpty { reading.removeLast() }
    case .dialog:
      if dialog?.isTyping == true {
        dialog?.typing = nil
      } else {
        leaveDialog()
      }
    case .palette:
      places.removeLast()
      palette = nil
    case .themes: return dropTheme()
    case .menu: closeMenu()
    }
    return []
  }

  private mutating func leave() -> [Intent] {
    if places.count <= 1 {
      ask(Dialog(kind: .quit))
      return []
    }
    if case .session = place {
      leavePast()
      places.removeLast()
      return []
    }
    return close()
  }

  private mutating func interrupt() -> [Intent] {
    if interruptedAt != nil { return [.quit] }
    interruptedAt = now
    toast = says(
      "\(keyName(.interrupt)) again leaves the console; sessions go on without it. \(keyName(.close, in: .always)) stays.",
      .stateWarning, seconds: 2)
    return []
  }

  private mutating func openHelp() {
    guard place != .reading || reading.last.map({ if case .help = $0.subject { false } else { true } }) ?? true else {
      return
    }
    open(Reading(subject: .help(chain.first)))
  }

  private mutating func openWhy() {
    guard let card else { return }
    open(Reading(subject: .why(session: card.key.session, id: card.shown.id)))
  }

  mutating func open(_ reading: Reading) {
    places.append(.reading)
    self.reading.append(reading)
  }

  /// Opens a decision's card; only ever because the person asked for it.
  mutating func open(_ decision: Decision, of session: String) {
    while [.decision, .reading, .palette, .menu].contains(place) { _ = closeQuietly() }
    // A question is about the present, and so is everything around it.
    leavePast()
    card = DecisionCard(session: session, decision: decision)
    places.append(.decision)
  }

  private mutating func closeQuietly() -> Bool {
    switch place {
    case .decision: card = nil
    case .reading: if !reading.isEmpty { reading.removeLast() }
    case .palette: palette = nil
    case .menu: menu = nil
    case .overview, .start, .session, .dialog, .themes: return false
    }
    places.removeLast()
    return true
  }

  private mutating func openNextDecision() {
    let all = queue
    guard let first = all.first, place != .dialog else { return }
    var next = first
    if let card, place == .decision,
      let index = all.firstIndex(where: { $0.session.id == card.key.session && $0.decision.id == card.key.decision })
    {
      next = all[(index + 1) % all.count]
    }
    open(next.decision, of: next.session.id)
  }

  // MARK: Moving

  private mutating func move(_ action: Action) {
    switch place {
    case .overview: if sessions.isEmpty { moveStart(action) } else { moveOverview(action) }
    case .start: moveStart(action)
    case .session: movePane(action)
    case .reading:
      guard let last = reading.indices.last else { return }
      let height = readingInside.rows
      reading[last].offset = Model.target(action, from: reading[last].offset, count: 1_000_000, height: height)
    case .decision:
      guard var card else { return }
      let height = max(1, cardAreas(card).bodyInside.rows - 1)
      card.offset = Model.target(action, from: card.offset, count: 1_000_000, height: height)
      self.card = card
    case .palette:
      guard var palette else { return }
      let ids = paletteRows.map(\.action.rawValue)
      let at = palette.position.selected.flatMap { ids.firstIndex(of: $0) } ?? 0
      palette.position.move(
        to: Model.target(action, from: at, count: ids.count, height: paletteHeight), count: ids.count,
        height: paletteHeight, find: { ids.firstIndex(of: $0) }, id: { ids[$0] })
      self.palette = palette
    case .dialog: moveDialog(action)
    case .menu: moveMenu(action)
    case .themes: break
    }
  }

  /// Where a movement leads in a list.
  static func target(_ action: Action, from index: Int, count: Int, height: Int) -> Int {
    let page = max(1, height - 1)
    let wanted: Int
    switch action {
    case .moveUp: wanted = index - 1
    case .moveDown: wanted = index + 1
    case .pageUp: wanted = index - page
    case .pageDown: wanted = index + page
    case .halfUp: wanted = index - max(1, height / 2)
    case .halfDown: wanted = index + max(1, height / 2)
    case .moveTop: wanted = 0
    case .moveBottom: wanted = count - 1
    default: wanted = index
    }
    return min(max(0, wanted), max(0, count - 1))
  }

  private mutating func moveOverview(_ action: Action) {
    let rows = listed
    let at = overview.selected.flatMap { id in rows.firstIndex { $0.id == id } } ?? 0
    overview.move(
      to: Model.target(action, from: at, count: rows.count, height: overviewHeight), count: rows.count,
      height: overviewHeight, find: { id in rows.firstIndex { $0.id == id } }, id: { rows[$0].id })
  }

  private mutating func moveStart(_ action: Action) {
    let names = samples.map(\.name)
    let at = start.selected.flatMap { names.firstIndex(of: $0) } ?? 0
    start.move(
      to: Model.target(action, from: at, count: names.count, height: startHeight), count: names.count,
      height: startHeight, find: { names.firstIndex(of: $0) }, id: { names[$0] })
  }

  private mutating func movePane(_ action: Action) {
    guard let current else { return }
    let pane = desk.focus
    switch pane {
    case .feed:
      let count = desk.index.count(current.events)
      let at = desk.feed.selected.flatMap { desk.index.row(of: $0, in: current.events) } ?? max(0, count - 1)
      moveFeed(to: Model.target(action, from: at, count: count, height: height(of: .feed)))
      desk.goesToTop = action == .moveTop && desk.index.left > 0
      if action == .moveBottom { desk.isFollowing = true }
    case .output:
      let count = desk.transcript.count
      let height = height(of: .output)
      let at = desk.output.selected ?? max(0, count - 1)
      desk.output.move(
        to: Model.target(action, from: at, count: count, height: height), count: count, height: height, find: { $0 },
        id: { $0 })
      if action == .moveBottom { desk.output = ListPosition() }
    case .needs, .tasks, .gates, .stages, .files, .calls, .health:
      let ids = identities(of: pane)
      let at = list(pane).selected.flatMap { ids.firstIndex(of: $0) } ?? 0
      moveList(pane, to: Model.target(action, from: at, count: ids.count, height: height(of: pane)))
    }
  }

  mutating func moveList(_ pane: Pane, to index: Int) {
    let ids = identities(of: pane)
    let height = height(of: pane)
    changeList(pane) { list in
      list.move(to: index, count: ids.count, height: height, find: { ids.firstIndex(of: $0) }, id: { ids[$0] })
    }
  }

  /// Moves in the feed; leaving its end stops following.
  private mutating func moveFeed(to row: Int) {
    guard let current else { return }
    var desk = desk
    let index = desk.index
    let events = current.events
    let count = index.count(events)
    desk.feed.move(
      to: row, count: count, height: height(of: .feed), find: { index.row(of: $0, in: events) },
      id: { events[index.event(at: $0)].seq })
    if desk.isFollowing, row < count - 1 {
      desk.isFollowing = false
      desk.pausedAfter = events.last?.seq ?? 0
    }
    self.desk = desk
  }

  private mutating func toggleFollow() {
    desk.isFollowing.toggle()
    if !desk.isFollowing { desk.pausedAfter = current?.events.last?.seq ?? 0 }
  }

  private mutating func cyclePane(_ step: Int) {
    let all = Pane.allCases
    let at = all.firstIndex(of: desk.focus) ?? 0
    focus(all[(at + step + all.count) % all.count])
  }

  private mutating func focus(_ pane: Pane) { desk.focus = pane }

  // MARK: Finding

  private mutating func findProblem(_ step: Int) {
    guard currentID != nil else {
      let moment = now
      jumpOverview(step) { $0.word(at: moment).isProblem }
      return
    }
    desk.focus = .feed
    hunt(.problem, step)
  }

  private mutating func findText(_ step: Int) {
    if place == .reading { return findInReading(step) }
    guard current != nil else {
      let text = overviewSearched
      let model = self
      jumpOverview(step) { model.rowText(of: $0).matches(text) }
      return
    }
    let text = desk.searched
    switch desk.focus {
    case .feed:
      hunt(.text(text), step)
    case .output:
      let lines = desk.transcript
      let row = Model.next(step, from: desk.output.selected ?? 0, count: lines.count) { lines[$0].matches(text) }
      guard let row else { return sayNothingFound() }
      let height = height(of: .output)
      desk.output.move(to: row, count: lines.count, height: height, find: { $0 }, id: { $0 })
    case .needs, .tasks, .gates, .stages, .files, .calls, .health:
      let pane = desk.focus
      let ids = identities(of: pane)
      let at = list(pane).selected.flatMap { ids.firstIndex(of: $0) } ?? 0
      let row = Model.next(step, from: at, count: ids.count) { rowText(pane, ids[$0]).matches(text) }
      guard let row else { return sayNothingFound() }
      moveList(pane, to: row)
    }
  }

  /// Goes to the next row of a text in which something occurs, going round.
  private mutating func findInReading(_ step: Int) {
    guard let last = reading.indices.last else { return }
    let text = reading[last].searched
    let lines = readingLines(reading[last])
    let height = readingInside.rows
    // The first match on the screen is where the person is, until the text goes no further down.
    let most = max(0, lines.count - height)
    let shown = lines.indices.filter { lines[$0].text.matches(text) }
    let here = reading[last].found ?? (reading[last].offset - (step > 0 ? 1 : 0))
    let next = step > 0 ? shown.first { $0 > here } ?? shown.first : shown.last { $0 < here } ?? shown.last
    guard let next else { return sayNothingFound() }
    reading[last].found = next
    showFound(lines[next], text)
    reading[last].offset = min(most, max(0, next - height / 3))
    let place = (shown.firstIndex(of: next) ?? 0) + 1
    toast = says("\(place) of \(shown.count) rows with \(text)", seconds: 4)
  }

  /// Goes to a row of the feed and stays there, even when it is the newest.
  mutating func lookAt(feedRow row: Int) {
    moveFeed(to: row)
    guard desk.isFollowing else { return }
    desk.isFollowing = false
    desk.pausedAfter = current?.events.last?.seq ?? 0
  }

  /// Goes to what stands in the way.
  private mutating func openBlockers() {
    focus(.calls)
    guard let current else { return }
    let open = current.session.blockerRecords.filter { $0.state != .resolved }.map(\.id)
    let ids = identities(of: .calls)
    guard let row = ids.firstIndex(where: { open.contains($0) }) else {
      toast = says(open.isEmpty ? "Nothing stands in the way." : "The filter hides what stands in the way.", seconds: 4)
      return
    }
    moveList(.calls, to: row)
  }

  private mutating func jumpOverview(_ step: Int, where matches: (SessionSnapshot) -> Bool) {
    let rows = listed
    let at = overview.selected.flatMap { id in rows.firstIndex { $0.id == id } } ?? 0
    guard let row = Model.next(step, from: at, count: rows.count, where: { matches(rows[$0]) }) else {
      return sayNothingFound()
    }
    let height = overviewHeight
    overview.move(
      to: row, count: rows.count, height: height, find: { id in rows.firstIndex { $0.id == id } },
      id: { rows[$0].id })
  }

  /// The next row of a list that fits, going round.
  static func next(_ step: Int, from start: Int, count: Int, where matches: (Int) -> Bool) -> Int? {
    guard count > 0 else { return nil }
    return (1...count).lazy.map { ((start + step * $0) % count + count) % count }.first(where: matches)
  }

  mutating func sayNothingFound() {
    toast = says("Nothing found.", seconds: 4)
  }

  // MARK: Opening

  private mutating func openSelected() -> [Intent] {
    switch place {
    case .overview:
      if sessions.isEmpty { return startSample() }
      guard let id = overview.selected else { return [] }
      places.append(.session(id))
      desk.isFollowing = true
    case .start: return startSample()
    case .session: return openItem()
    case .themes: keepTheme()
    case .decision, .reading, .dialog, .palette, .menu: break
    }
    return []
  }

  private mutating func startSample() -> [Intent] {
    guard let name = start.selected else { return [] }
    guard startArming.isArmed else { return [] }
    if place == .start { places.removeLast() }
    toast = says("Starting the sample \(name)...", seconds: 10)
    return [.startSample(name)]
  }

  private mutating func openItem() -> [Intent] {
    guard let current, let subject = subject(of: desk.focus, in: current) else { return [] }
    var asked: String?
    switch subject {
    case .callback(_, let callback): return openCallback(callback, in: current)
    case .decision(_, let decision): asked = decision
    case .event(_, let seq):
      if let place = current.place(of: seq), case .decisionRaised(let raised) = current.events[place].event.fact {
        asked = raised.id
      }
    default: break
    }
    if let decision = asked.flatMap(current.session.decision), decision.isOpen, past == nil {
      open(decision, of: current.id)
    } else {
      open(Reading(subject: subject))
    }
    return []
  }

  private mutating func openEditor() -> [Intent] {
    if place == .dialog, let dialog, let typing = dialog.typing, let session = dialog.session {
      return [.openEditor(.dialog(session: session, text: typing), text: dialog.texts[typing].editor.text)]
    }
    guard let card, place == .decision else { return [] }
    let key = card.key
    switch card.focus {
    case .options, .note:
      return [.openEditor(.note(session: key.session, decision: key.decision), text: draft.note.text)]
    case .field(let index):
      guard card.fields.indices.contains(index) else { return [] }
      let name = card.fields[index].name
      let purpose = EditorPurpose.field(session: key.session, decision: key.decision, name: name)
      return [.openEditor(purpose, text: draft.fields[name]?.text ?? "")]
    case .confirmation: return []
    }
  }
}
