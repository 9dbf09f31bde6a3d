import Kernel
import Screen

extension Model {
  /// Takes note of a message and says what the shell should do. It accepts every message in every state.
  public mutating func update(_ message: Message) -> [Intent] {
    var intents: [Intent] = []
    switch message {
    case .sessions(let snapshots): intents += take(snapshots)
    case .reading(let sessions): readingOn = sessions
    case .key(let key):
      if case .resize(let size) = key {
        self.size = size
        card?.laidOut = nil
      } else {
        intents += press(key)
      }
    case .resized(let size):
      self.size = size
      card?.laidOut = nil
    case .moment(let moment):
      now = Clock.bounded(moment)
      card?.settle(at: now)
      dialog?.settle(at: now)
      startArming.settle(at: now)
      if let until = toast?.until, until <= now { toast = nil }
      if let earlier = interruptedAt, now - earlier > 2000 { interruptedAt = nil }
      // Time alone moves no row and changes no title, and it comes often.
      if isLooking { settleDesk() }
      if let current, desk.hunt != nil { goOnHunting(in: current) }
      guard now / 1000 != telling.lookedAt else { return [] }
      telling.lookedAt = now / 1000
      return tellChanges(isFirst: !hasSessions) + tellOwed() + tellAgain()
    case .submitted(let request, let result): intents += finish(request, result)
    case .weighed(let weighing, let found, let trouble): take(weighing, found, trouble: trouble)
    case .compared(let question, let found, let trouble): take(question, found, trouble: trouble)
    case .reported(let session, let text, let trouble): take(report: text, of: session, trouble: trouble)
    case .fileRead(let file, let text, let trouble): intents += take(file, text, trouble: trouble)
    case .transcript(let session, let lines):
      var desk = desks[session] ?? Desk()
      desk.transcript = lines
      desks[session] = desk
    case .edited(let purpose, let text): if let text { takeEdited(purpose, text) }
    case .opened(let session): open(session: session)
    case .preferences(let preferences): adopt(preferences)
    case .notice(let text): toast = says(text)
    case .troubles(let found):
      troubles = found
      if let first = found.first { toast = says(found.count == 1 ? first : troubleWords, .stateWarning) }
    case .alerted(let number, let way): take(alert: number, way: way)
    }
    settleAll()
    intents += questionsToShell()
    intents += keeping()
    intents += progressToShell()
    let title = windowTitle
    if title != lastTitle {
      lastTitle = title
      intents.append(.title(title))
    }
    return intents
  }

  /// The window's title: how many decisions wait, and where the person is.
  var windowTitle: String {
    let count = queue.count
    let asks = (isReadOnly ? "[read-only] " : "") + (count > 0 ? "(\(count)!) " : "")
    guard let current = currentID.flatMap(snapshot) else { return "\(asks)Signalbox" }
    let stage = current.session.currentStage.map { " \($0.id) \($0.name)" } ?? ""
    return "\(asks)\(Text.clean(current.id).string)\(Text.clean(stage).string) - Signalbox"
  }

  // MARK: Sessions

  private mutating func take(_ snapshots: [SessionSnapshot]) -> [Intent] {
    var seen: Set<String> = []
    sessions = snapshots.filter { seen.insert($0.id).inserted }
    for snapshot in sessions where desks[snapshot.id] == nil { desks[snapshot.id] = Desk() }
    learnRuns()
    arrange()
    followCard()
    followDialog()
    let isFirst = !hasSessions
    let asked = announce()
    return asked + tellChanges(isFirst: isFirst)
  }

  /// Puts the sessions in the order of attention, but never under the fingers of somebody who just pressed a key.
  private mutating func arrange() {
    let present = sessions.map(\.id)
    let wanted = sessions.map { (id: $0.id, rank: rank($0)) }
      .sorted { ($0.rank.word, $0.rank.since, $0.id) < ($1.rank.word, $1.rank.since, $1.id) }
      .map(\.id)
    let isBusy = hasSessions && now - lastKeyAt < 2000 && lastKeyAt > 0
    order = isBusy ? order.filter(present.contains) + wanted.filter { !order.contains($0) } : wanted
  }

  private func rank(_ snapshot: SessionSnapshot) -> (word: Int, since: Int64) {
    let word = snapshot.word(at: now)
    let place = StateWord.allCases.firstIndex(of: word) ?? 0
    // What has waited longest comes first; what has ended, last ended first.
    let oldest = snapshot.session.openDecisions.map(\.raisedAt).min()
    return (place, oldest ?? (snapshot.hasEnded ? -Clock.bounded(snapshot.end(at: now)) : snapshot.session.createdAt))
  }

  /// Tells about decisions that are new; nothing ever opens by itself.
  private mutating func announce() -> [Intent] {
    let open = queue
    let keys = Set(open.map { DraftKey(session: $0.session.id, decision: $0.decision.id) })
    let fresh = open.filter { !known.contains(DraftKey(session: $0.session.id, decision: $0.decision.id)) }
    let isFirst = !hasSessions
    known.formUnion(keys)
    hasSessions = true
    if toast?.style == .stateAsk, keys.isEmpty { toast = nil }
    let again = remind(isFirst: isFirst)
    guard let first = fresh.first, !isFirst else { return again }
    let more = fresh.count > 1 ? " (and \(fresh.count - 1) more)" : ""
    let isFirstOf = open.first.map { $0.decision.id == first.decision.id && $0.session.id == first.session.id } ?? false
    let key = keyName(.nextDecision)
    let way =
      open.count == 1
      ? "\(key) opens it"
      : isFirstOf ? "\(key) opens it first, \(open.count) wait" : "\(key) opens the first of \(open.count)"
    let words = "\(first.session.id) needs you: \(first.decision.title)\(more)   \(way)"
    toast = says(words, .stateAsk, seconds: nil)
    return sound(.ask, session: first.session.id, "\(first.session.id) needs you: \(first.decision.title)\(more)")
  }

  /// Says when a person was reminded anew: of a question that waits, of a waiver that ends soon.
  private mutating func remind(isFirst: Bool) -> [Intent] {
    var words: String?
    var subject = ""
    for entry in queue {
      let key = DraftKey(session: entry.session.id, decision: entry.decision.id)
      let before = reminded.updateValue(entry.decision.remindersSent, forKey: key) ?? 0
      guard entry.decision.remindersSent > before, words == nil else { continue }
      let waited = age(entry.decision.raisedAt)
      subject = entry.session.id
      words =
        "\(entry.session.id) still waits for you, \(waited): \(entry.decision.title)   \(keyName(.nextDecision)) opens the first"
    }
    for snapshot in sessions {
      for waiver in snapshot.session.standingWaivers where waiver.isReminded {
        let key = DraftKey(session: snapshot.id, decision: "waiver \(waiver.id)")
        guard reminded.updateValue(1, forKey: key) == nil, words == nil else { continue }
        let title = snapshot.session.gate(waiver.gate)?.title ?? waiver.gate
        subject = snapshot.id
        words = "\(snapshot.id): the waiver of \(title) ends soon: it lasts until \(waiver.until)."
      }
    }
    guard let words, !isFirst else { return [] }
    toast = says(words, .stateAsk, seconds: nil)
    return sound(.again, session: subject, words)
  }

  /// The open card follows its decision: changed, withdrawn, answered elsewhere, or asked anew.
  private mutating func followCard() {
    guard var card, let session = snapshot(card.key.session)?.session else { return }
    defer { self.card = card }
    guard let decision = session.decision(card.key.decision) else { return }
    switch card.phase {
    case .sent, .accepted: return
    case .open, .closed, .awaited: break
    }
    if decision.withdrawn != nil, let next = decision.successor(in: session) {
      renew(&card, as: next)
      card.notice = ("It is asked anew; what you typed is kept. What changed stands first.", false)
      return
    }
    guard card.phase == .open else { return }
    if decision.isOpen, decision.digest != card.shown.digest {
      card.reopen(with: decision)
      card.notice = ("It changed while you read it. What changed stands first.", false)
    }
    if let reason = decision.withdrawn {
      card.phase = .closed
      card.disarm()
      card.notice = ("No longer asked: \(reason)", false)
    } else if let answer = decision.answer {
      let title = decision.option(answer.option)?.title ?? answer.option
      card.phase = .closed
      card.disarm()
      card.notice = ("\(answer.by) answered first: \(title). Nothing of yours was sent.", false)
    }
  }

  /// Shows the same question under its new identifier: with the draft, to be read and armed again.
  private mutating func renew(_ card: inout DecisionCard, as decision: Decision) {
    let key = DraftKey(session: card.key.session, decision: decision.id)
    if key != card.key {
      if let draft = drafts.removeValue(forKey: card.key) { drafts[key] = drafts[key] ?? draft }
      card.rename(to: key)
    }
    card.reopen(with: decision)
  }

  // MARK: Results

  private mutating func finish(_ request: Int, _ result: SubmitResult) -> [Intent] {
    guard let submission = submissions.removeValue(forKey: request) else { return [] }
    switch submission {
    case .answer(let key, let option): finish(key, option: option, request, result)
    case .quiet: break
    case .order(let session, let words):
      switch result {
      // What came of it may have been told before: a question outranks the news that it was asked for.
      case .accepted: if toast == nil || toast?.until != nil { toast = says("\(session): \(words)", .stateDone) }
      case .refused(let why, let instead): toast = says("\(why) \(instead)", .stateWarning, seconds: 20)
      case .stale, .filesMoved:
        toast = says("\(session) went on meanwhile. Look again, then repeat it.", .stateWarning)
      }
    }
    return []
  }

  private mutating func finish(_ key: DraftKey, option: String, _ request: Int, _ result: SubmitResult) {
    if case .accepted = result { drafts[key] = nil }
    guard var card, card.key == key, card.phase == .sent(request) else {
      // The card was left meanwhile; the person is told anyway.
      switch result {
      case .accepted: toast = says("\(key.session): your answer is recorded.", .stateDone)
      case .refused(let why, let instead): toast = says("\(why) \(instead)", .stateWarning, seconds: 20)
      case .stale, .filesMoved:
        toast = says(
          "\(key.session): the question changed, nothing was sent. \(way("\(keyName(.nextDecision)) opens it", "Type decide")).",
          .stateWarning)
      }
      return
    }
    switch result {
    case .accepted:
      let next = card.effects[option]?.consequences.next ?? ""
      card.phase = .accepted
      let words = "Recorded: \(card.shown.option(option)?.title ?? option)."
      // What comes next is said whole or not at all.
      let isRoomy = Width.columns(of: "\(words) \(next)") < size.columns - 2
      card.notice = (isRoomy ? "\(words) \(next)" : words, true)
    case .refused(let why, let instead):
      let isOpen = snapshot(key.session)?.session.decision(key.decision)?.isOpen ?? false
      card.phase = isOpen ? .open : .closed
      card.focus = .options
      card.notice = ("\(why) \(instead)", false)
    case .stale:
      let session = snapshot(key.session)?.session
      let same = session?.decision(key.decision)
      let successor = session.flatMap { card.shown.successor(in: $0) }
      if let current = same?.isOpen == true ? same : successor {
        renew(&card, as: current)
        card.notice = ("It changed since you read it; nothing was sent. What changed stands first.", false)
      } else {
        card.phase = .closed
        card.notice = ("It is no longer asked; nothing was sent.", false)
      }
    case .filesMoved(let paths):
      card.phase = .awaited
      card.disarm()
      let what = paths.count == 1 ? paths[0] : paths.isEmpty ? "files" : "\(paths.count) files"
      card.notice = ("Not sent: \(what) changed since it was shown; it is asked again.", false)
    }
    self.card = card
  }

  private mutating func takeEdited(_ purpose: EditorPurpose, _ text: String) {
    switch purpose {
    case .dialog(let session, let place):
      guard dialog?.session == session, dialog?.texts.indices.contains(place) == true else { return }
      dialog?.texts[place].editor.replace(with: text)
    case .note(let session, let decision):
      let key = DraftKey(session: session, decision: decision)
      var draft = drafts[key] ?? Draft()
      draft.note.replace(with: text)
      drafts[key] = draft.isEmpty ? nil : draft
    case .field(let session, let decision, let name):
      let key = DraftKey(session: session, decision: decision)
      var draft = drafts[key] ?? Draft()
      var editor = LineEditor(isMultiline: true)
      editor.replace(with: text)
      draft.fields[name] = editor
      drafts[key] = draft.isEmpty ? nil : draft
    }
  }

  // MARK: After every message

  /// Brings positions, filters and the open card in line with what is there now.
  private mutating func settleAll() {
    let rows = listed
    overview.settle(
      count: rows.count, height: overviewHeight, find: { id in rows.firstIndex { $0.id == id } }, id: { rows[$0].id })
    let count = samples.count
    let names = samples.map(\.name)
    start.settle(count: count, height: startHeight, find: { names.firstIndex(of: $0) }, id: { names[$0] })
    if currentID != nil { settleDesk() }
    if place == .decision { settleCard() }
    if place == .dialog { settleDialog() }
    if place == .reading, !reading.isEmpty {
      let most = max(0, readingLines(reading[reading.count - 1]).count - readingInside.rows)
      reading[reading.count - 1].offset = min(max(0, reading[reading.count - 1].offset), most)
    }
    if var palette {
      let ids = paletteRows.map(\.action.rawValue)
      palette.position.settle(
        count: ids.count, height: paletteHeight, find: { ids.firstIndex(of: $0) }, id: { ids[$0] })
      self.palette = palette
    }
  }

  private mutating func settleDesk() {
    guard let current else { return }
    var desk = desk
    desk.index.choose(level: desk.level, filter: desk.filterText, marks: desk.marks)
    desk.index.refresh(current, desk.reach)
    let count = desk.index.count(current.events)
    let events = current.events
    let index = desk.index
    let visible = paneAreas
    let feedHeight = height(of: .feed, in: visible)
    if desk.goesToTop {
      desk.feed.move(
        to: 0, count: count, height: feedHeight, find: { index.row(of: $0, in: events) },
        id: { events[index.event(at: $0)].seq })
      desk.goesToTop = desk.index.left > 0
    }
    if !desk.isFollowing { desk.news.refresh(events, after: desk.pausedAfter) }
    if desk.isFollowing {
      desk.feed = ListPosition()
      desk.feed.move(
        to: count - 1, count: count, height: feedHeight, find: { index.row(of: $0, in: events) },
        id: { events[index.event(at: $0)].seq })
    } else {
      desk.feed.settle(
        count: count, height: feedHeight, find: { index.row(of: $0, in: events) },
        id: { events[index.event(at: $0)].seq })
    }
    self.desk = desk
    for pane in [Pane.needs, .tasks, .gates, .stages, .files, .calls, .health] {
      let ids = identities(of: pane)
      let rows = height(of: pane, in: visible)
      let isWaiting = desk.focus != pane
      changeList(pane) { list in
        if isWaiting, !list.isTouched { list = ListPosition() }
        list.settle(count: ids.count, height: rows, find: { ids.firstIndex(of: $0) }, id: { ids[$0] })
      }
    }
    let lines = desk.transcript.count
    let rows = height(of: .output, in: visible)
    // Until somebody moves in it, the output shows what was printed last.
    if self.desk.output.isTouched {
      self.desk.output.settle(count: lines, height: rows, find: { $0 }, id: { $0 })
    } else {
      self.desk.output = ListPosition()
    }
  }

  mutating func changeList(_ pane: Pane, _ change: (inout ListPosition<String>) -> Void) {
    var desk = desk
    Model.changeList(pane, of: &desk, change)
    self.desk = desk
  }

  static func changeList(_ pane: Pane, of desk: inout Desk, _ change: (inout ListPosition<String>) -> Void) {
    switch pane {
    case .needs: change(&desk.needs)
    case .tasks: change(&desk.tasks)
    case .gates: change(&desk.gates)
    case .stages: change(&desk.stages)
    case .files: change(&desk.files)
    case .calls: change(&desk.calls)
    case .health: change(&desk.health)
    case .feed, .output: break
    }
  }

  func list(_ pane: Pane) -> ListPosition<String> { Model.list(pane, of: desk) }

  static func list(_ pane: Pane, of desk: Desk) -> ListPosition<String> {
    switch pane {
    case .needs: return desk.needs
    case .tasks: return desk.tasks
    case .gates: return desk.gates
    case .stages: return desk.stages
    case .files: return desk.files
    case .calls: return desk.calls
    case .health: return desk.health
    case .feed, .output: return ListPosition()
    }
  }

  /// The rows of a pane, by identity, in the order in which they are shown.
  func identities(of pane: Pane) -> [String] {
    guard let session = current?.session else { return [] }
    switch pane {
    case .needs: return needRows.map(\.id)
    case .tasks: return taskIdentities
    case .gates: return gateRows.map(\.id)
    case .stages: return session.stages.flatMap { stage in ["\(stage.id)"] + stage.substages.map(\.id) }
    case .files: return fileRows.map(\.path)
    case .calls: return callRows.map(\.id)
    case .health: return session.healthRows.map(\.id)
    case .feed, .output: return []
    }
  }

  /// Finds out what the options of the open card would do.
  mutating func weighCard() {
    if let card, let session = snapshot(card.key.session)?.session { self.card?.weigh(in: session) }
  }

  private mutating func settleCard() {
    weighCard()
    // Where lines are said and no rows shown, whoever says them knows what was heard to its end.
    guard var card, !speaksLines else { return }
    let areas = cardAreas(card)
    let inside = areas.bodyInside
    let lines =
      card.showsEffects ? allEffectLines(card, columns: inside.columns) : bodyLines(card, columns: inside.columns)
    if !card.showsEffects { card.laidOut = (inside.columns, lines) }
    card.offset = min(max(0, card.offset), max(0, lines.count - inside.rows))
    let isAtEnd = card.offset + inside.rows >= lines.count
    if case .field = card.focus {
      // The field stands where the question was.
    } else if card.showsEffects {
      let shown = card.choice.map { [$0] } ?? card.shown.options.map(\.id)
      if isAtEnd { card.effectsRead.formUnion(shown.filter { card.effects[$0]?.isLooking != true }) }
    } else if isAtEnd, inside.rows > 0, LongText.beginning(of: card.shown.body) == nil {
      card.wasRead = true
    }
    if let option = card.chosen, !card.effectsRead.contains(option.id), card.effects[option.id]?.isLooking != true {
      let effects = effectLines(option, of: card, columns: areas.effectInside.columns)
      if effects.count <= areas.effectInside.rows { card.effectsRead.insert(option.id) }
    }
    self.card = card
  }
}
