import Kernel
import Screen

/// Everything the console knows and shows; a value, changed only by ``update(_:)`` and drawn only by ``view(size:)``.
///
///     var model = Model(person: "ana")
///     let intents = model.update(.sessions(snapshots))
///     let frame = model.view()
public struct Model: Sendable {
  // MARK: What the shell sets

  /// Who sits here; shown, and never part of an order, whose author the shell knows better.
  public var person: String
  /// The local time's distance from UTC, in minutes.
  public var offsetMinutes: Int
  /// The drawing characters.
  public var glyphs: GlyphSet
  /// The sample briefs that can be started.
  public var samples: [Sample]
  /// The names of the themes, in the order in which they are offered.
  public var themes: [String]
  /// The theme in use.
  public var theme: String
  /// The key table.
  public var keymap: Keymap
  /// How the person wants to be told of what needs them.
  public var attention = Attention()
  /// Whether the shell keeps drafts and places for the next console.
  public var keepsMemory = false

  /// Whether sessions are only looked at, and nothing is ever ordered.
  public var isReadOnly = false
  /// Whether the terminal shows how far the work is.
  var showsProgress = false

  /// Whether orders are typed as lines, so that hints name commands and no keys.
  var speaksLines = false

  /// Whether the theme was chosen here, so that nothing else changes it.
  public var hasChosenTheme: Bool { chosenTheme != nil }

  // MARK: What happened

  /// The size of the window.
  public internal(set) var size: Size
  /// The newest moment heard of, in milliseconds since 1970.
  public internal(set) var now: Int64 = 0
  /// The sessions, as they were last told.
  public internal(set) var sessions: [SessionSnapshot] = []
  /// How far the sessions are read that are not there yet.
  public internal(set) var readingOn: [ReadingOn] = []

  /// What is wrong with files of the person or the project, as long as this console is open.
  public internal(set) var troubles: [String] = []
  /// Where the person's settings are, and whether they are there; empty when nobody said so.
  public var settingsWords = ""

  // MARK: What only the screen cares about

  var places: [Place] = [.overview]
  /// The sessions' identifiers in the order of attention.
  var order: [String] = []
  var overview = ListPosition<String>()
  var overviewFilter = ""
  var overviewSearched = ""
  /// The filter that was used last, wherever.
  var lastFilter = ""
  var start = ListPosition<String>()
  /// Whether Enter may start a sample yet: a session costs time and money, so nobody who types elsewhere starts one.
  var startArming = Arming()
  var desks: [String: Desk] = [:]
  var card: DecisionCard?
  var reading: [Reading] = []
  /// What is known of the contents of the file that was read last.
  var compared: Compared?
  /// The QA report that was read last.
  var reported: Reported?
  var dialog: Dialog?
  var palette: Palette?
  var themePick: ThemePick?
  var menu: Menu?
  var input: InputLine?
  var drafts: [DraftKey: Draft] = [:]
  /// What was typed as answers to callbacks and not sent.
  var replies: [DraftKey: String] = [:]
  var toast: Toast?
  var timeFormat = TimeFormat.clock
  var lastKeyAt: Int64 = 0
  var interruptedAt: Int64?
  var nextRequest = 1
  var submissions: [Int: Submission] = [:]
  var known: Set<DraftKey> = []
  /// How often a person was reminded of each decision, as far as it was told.
  var reminded: [DraftKey: Int] = [:]
  /// The decisions whose workspace the shell was asked to look at.
  var looked: Set<DraftKey> = []
  var hasSessions = false
  var lastTitle = ""
  var lastProgress = WorkProgress.none
  var telling = Telling()
  /// Whether the mouse is read.
  public var readsMouse = false
  /// The theme the person chose here, if they chose one.
  var chosenTheme: String?
  /// Whether differences are shown with both sides beside each other; by the width until it was chosen.
  var prefersBeside: Bool?
  /// What complete sessions tell of others like them, by identifier.
  var pastRuns: [String: PastRun] = [:]
  var keptDrafts: [KeptDraft] = []
  var lastMemory = Memory()
  /// The present, while a past moment is drawn as if it were now.
  var presentMoment: Int64?
  /// What is asked for all the time, while a picture is drawn.
  var frameFacts: FrameFacts?
  /// The width of details drawn beside lists instead of over them; set only while drawing.
  var pinnedColumns: Int?

  /// Whether even very long texts are laid out whole, for a pager or the clipboard.
  var laysOutAll = false

  /// Makes a console on the overview of all sessions.
  public init(
    person: String = "", offsetMinutes: Int = 0, glyphs: GlyphSet = .full, samples: [Sample] = [],
    themes: [String] = [], theme: String = "", size: Size = Size(columns: 80, rows: 24), keymap: Keymap = .standard
  ) {
    self.person = person
    self.offsetMinutes = offsetMinutes
    self.glyphs = glyphs
    self.samples = samples
    self.themes = themes
    self.theme = theme
    self.size = size
    self.keymap = keymap
  }

  /// Opens a session at once, for `signalbox attach SESSION`; it may still be on its way.
  public mutating func open(session: String) {
    places = [.overview, .session(session)]
    overview.selected = session
    desks[session] = desks[session] ?? Desk()
  }

  /// How many milliseconds from now the picture could change by itself, or `nil` when it cannot.
  public var wakeAfter: Int64? {
    if let card, !card.isArmed, place == .decision { return 60 }
    if let dialog, dialog.kind != .quit, !dialog.isArmed, place == .dialog { return 60 }
    if offersSamples, !startArming.isArmed { return 60 }
    if isLooking || currentID != nil && desk.hunt != nil { return 1 }
    var wait: Int64?
    func consider(_ milliseconds: Int64) { wait = min(wait ?? Int64.max, max(50, milliseconds)) }
    if let until = toast?.until { consider(until - now) }
    // Ages below a minute are told in seconds, older ones and the clock in minutes.
    let fresh = sessions.contains { !$0.hasEnded && Clock.between($0.session.updatedAt, now) < 60_000 }
    consider(fresh ? 1000 - now % 1000 : 60_000 - now % 60_000)
    return wait
  }

  // MARK: Looking things up

  /// Whether the samples are listed, so that Enter starts one.
  var offersSamples: Bool { place == .start || place == .overview && sessions.isEmpty }

  /// The topmost place.
  var place: Place { places.last ?? .overview }

  /// The session of the topmost session screen, if one is on the stack.
  var currentID: String? {
    for place in places.reversed() {
      if case .session(let id) = place { return id }
    }
    return nil
  }

  /// The session of the topmost session screen, if it is known; as it stood, while its past is looked at.
  var current: SessionSnapshot? {
    if let frameFacts { return frameFacts.current }
    return currentID.flatMap(shown)
  }

  /// The present, also while the past is drawn.
  var liveNow: Int64 { presentMoment ?? now }

  /// The session with an identifier.
  func snapshot(_ id: String) -> SessionSnapshot? { sessions.first { $0.id == id } }

  /// What the screen remembers about the current session.
  var desk: Desk {
    get { frameFacts?.desk ?? currentID.flatMap { desks[$0] } ?? Desk() }
    set { if let id = currentID { desks[id] = newValue } }
  }

  /// Every open decision of every session: what a person asked for first, since it holds up all else in its session;
  /// then the one that has waited longest.
  var queue: [(session: SessionSnapshot, decision: Decision)] {
    if let frameFacts { return frameFacts.queue }
    var found: [(session: SessionSnapshot, decision: Decision)] = []
    for snapshot in sessions where snapshot.session.standing == .active {
      found += snapshot.session.openDecisions.map { (snapshot, $0) }
    }
    return found.sorted { left, right in
      let isAsked = (left.decision.subjectRequest != nil, right.decision.subjectRequest != nil)
      if isAsked.0 != isAsked.1 { return isAsked.0 }
      if left.decision.raisedAt != right.decision.raisedAt { return left.decision.raisedAt < right.decision.raisedAt }
      if left.session.id != right.session.id { return left.session.id < right.session.id }
      return left.decision.id.utf8.count == right.decision.id.utf8.count
        ? left.decision.id < right.decision.id : left.decision.id.utf8.count < right.decision.id.utf8.count
    }
  }

  /// How long the decision that has waited longest waits, in words.
  var oldestWait: String? { queue.map(\.decision.raisedAt).min().map { Clock.age(Clock.between($0, liveNow)) } }

  /// The sessions on the overview, in the order of attention, after the filter.
  var listed: [SessionSnapshot] {
    let all = order.compactMap(snapshot)
    guard !overviewFilter.isEmpty else { return all }
    let query = Query(overviewFilter)
    return all.filter { query.matches(filtered($0)) }
  }

  /// A session as one text, for filter, search and copy.
  func rowText(of snapshot: SessionSnapshot) -> String {
    let row = filtered(snapshot)
    return "\(row.word.rawValue) \(row.text)"
  }

  /// The draft of the open card.
  var draft: Draft {
    get { card.flatMap { drafts[$0.key] } ?? Draft() }
    set { if let key = card?.key { drafts[key] = newValue.isEmpty ? nil : newValue } }
  }

  /// Whether what is typed is text.
  var isTyping: Bool {
    switch place {
    case .palette: return true
    case .themes, .menu: return false
    case .decision: return card?.isTyping ?? false
    case .dialog: return dialog?.isTyping ?? false
    case .overview, .start, .session, .reading: return input != nil
    }
  }

  /// Where keys are looked up, the nearest first.
  var chain: [Where] {
    switch place {
    case .palette: return [.palette, .always]
    case .themes: return [.themes, .always]
    case .menu: return [.menu, .always]
    case .dialog: return dialog?.isTyping == true ? [.typing, .always] : [.dialog, .always]
    case .decision:
      if card?.isTyping == true { return [.typing, .always] }
      // While a question is open its options own the letters.
      return card?.phase == .open ? [.decision, .always] : [.decision, .everywhere, .always]
    case .overview, .start, .session, .reading:
      if input != nil { return [.typing, .always] }
      return chain(of: place)
    }
  }

  private func chain(of place: Place) -> [Where] {
    switch place {
    case .overview: return [sessions.isEmpty ? .start : .overview, .list, .everywhere, .always]
    case .start: return [.start, .list, .everywhere, .always]
    case .session:
      return (past == nil ? [] : [.past]) + (desk.focus == .feed ? [.feed] : showsBoard ? [.board] : []) + [
        .session, .list, .everywhere, .always,
      ]
    case .reading: return [.reading, .everywhere, .always]
    case .decision: return [.decision, .always]
    case .dialog: return [.dialog, .always]
    case .palette: return [.palette, .always]
    case .themes: return [.themes, .always]
    case .menu: return [.menu, .always]
    }
  }

  /// The rows of the key table that work here, the nearest first, each action once.
  var bindings: [Binding] {
    var seen: Set<Action> = []
    return chain.flatMap(keymap.rows).filter { seen.insert($0.action).inserted }
  }

  /// Why an action does nothing here now, or `nil` when it works.
  func reasonDisabled(_ action: Action) -> String? {
    if let reason = reasonOnlyLooking(action) { return reason }
    switch action {
    case .pause, .abort, .rollBack, .change, .reply, .startEngine, .undo, .revoke:
      if let reasonPast { return reasonPast }
    case .past:
      if place == .reading {
        guard case .event? = reading.last?.subject else { return "only an event has its moment" }
      } else if past != nil {
        return "you look at it"
      }
      if let reason = reasonNoPast { return reason }
    case .pastBack, .pastForward, .pastStageBack, .pastStageForward, .pastDecisionBack, .pastDecisionForward,
      .pastSince,
      .pastNow:
      return past == nil ? "you look at the present (\(keyName(.past)) shows the past)" : nil
    default: break
    }
    switch action {
    case .nextDecision: return queue.isEmpty ? "no decision is open" : nil
    case .pause:
      guard let current else { return "no session is open" }
      return current.hasEnded ? "the session has ended" : nil
    case .abort: return current.map { $0.hasEnded ? "the session has ended" : nil } ?? "no session is open"
    case .undo: return reasonNoUndo(in: subjectSession)
    case .rollBack:
      if let reason = reasonNoRequest(.rollbackRequested, in: current) { return reason }
      let isEmpty = current?.session.rollBackTargets.isEmpty ?? true
      return isEmpty ? "nothing has been made yet that could be gone back from" : nil
    case .change: return reasonNoRequest(.changeRequested, in: current)
    case .reply: return reasonNoReply
    case .report, .export: return reasonNoReport
    case .openFile: return reasonNoFile
    case .revoke: return reasonNoRevoke
    case .columnLeft, .columnRight:
      return current?.session.tasks.isEmpty ?? true ? "there are no tasks yet" : nil
    case .startEngine:
      guard let current else { return "no session is open" }
      if current.hasEnded { return "the session has ended" }
      if case .alive(let name, _) = current.engine { return "\(name) works for it" }
      return nil
    case .open: return offersSamples && !startArming.isArmed ? "keep still for a moment; keys are not armed yet" : nil
    case .newSession: return samples.isEmpty ? "no sample is known; use `signalbox run BRIEF`" : nil
    case .theme:
      if speaksLines { return "lines have no colours" }
      return themes.count < 2 ? "no other theme is known" : nil
    case .beside: return reasonNotBeside
    case .wrap: return reasonNoWrap
    case .sideLeft: return reasonNotSideways(-1)
    case .sideRight: return reasonNotSideways(1)
    case .mouse: return speaksLines ? "lines need no mouse" : nil
    case .mute: return subjectID == nil ? "no session is open or selected" : nil
    case .filter, .search, .nextProblem, .previousProblem:
      if place == .overview, sessions.isEmpty { return "there is no session yet" }
      if place == .start { return "this list is short" }
      guard action == .filter, currentID != nil, !Model.isFiltered(desk.focus) else { return nil }
      return "nothing in this list is ever hidden"
    case .filterAgain:
      if currentID != nil, !Model.isFiltered(desk.focus) { return "nothing in this list is ever hidden" }
      return filterTyped.isEmpty && lastFilter.isEmpty ? "nothing was filtered for" : nil
    case .mark, .nextMark:
      guard let current else { return "no session is open" }
      if desk.focus == .output { return "the output changes under a mark" }
      if action == .nextMark { return desk.marks.isEmpty ? "nothing is marked" : nil }
      return desk.focus == .feed ? (current.events.isEmpty ? "nothing has happened" : nil) : nil
    case .blockers: return current == nil ? "no session is open" : nil
    case .searchNext, .searchPrevious:
      if place == .reading { return reading.last?.searched.isEmpty ?? true ? "nothing was searched for" : nil }
      let searched = currentID == nil ? overviewSearched : desk.searched
      return searched.isEmpty ? "nothing was searched for" : nil
    case .nextField where input != nil, .previousField where input != nil: return "this line is all there is to type"
    case .confirm where place == .decision: return card.flatMap(reasonUnconfirmed)
    case .nextField where place == .dialog, .previousField where place == .dialog:
      return dialog?.texts.isEmpty ?? true ? "there is nothing to type" : nil
    case .pageDown where place == .dialog, .pageUp where place == .dialog:
      guard let dialog else { return nil }
      let said = dialogText(dialog)
      return said.count <= dialogAreas(dialog, said: said).text.rows ? "everything is shown" : nil
    case .toggle:
      guard let dialog, dialog.rows.indices.contains(dialog.row), dialog.rows[dialog.row].isTick else {
        return "there is nothing to tick"
      }
      return nil
    case .editor:
      if place == .decision, card?.focus == .confirmation { return "it must be typed here" }
      if place == .dialog, let typing = dialog?.typing { return dialog?.texts[typing].rows == 1 ? "it is short" : nil }
      return place == .decision ? nil : "this text is typed here"
    default: return nil
    }
  }

  /// Why Enter would not answer the open card, or `nil` when it would.
  func reasonUnconfirmed(_ card: DecisionCard) -> String? {
    switch card.phase {
    case .sent: return "your answer is on its way"
    case .accepted: return "it is answered"
    case .closed: return "it is no longer asked"
    case .awaited: return "it is asked again as soon as the files are kept"
    case .open: break
    }
    if isReadOnly { return Model.reasonReadOnly }
    if !card.isArmed { return "keep still for a moment; keys are not armed yet" }
    if !card.wasRead, LongText.beginning(of: card.shown.body) != nil {
      return "open the whole question in your pager first (\(keyName(.pager, in: .decision)))"
    }
    if !card.wasRead { return "read the question to its end first (\(keyName(.pageDown, in: .decision)))" }
    guard let option = card.chosen else { return "choose an option first" }
    let draft = drafts[card.key] ?? Draft()
    if option.noteRequired, draft.note.text.allSatisfy(\.isWhitespace) {
      return "\(option.title) needs a note" + way(" (\(keyName(.nextField, in: .decision)))", "")
    }
    let fields = card.shown.fields(of: option)
    let filled = Model.filled(draft, in: fields).map(\.field)
    if option.effect == .amend {
      if filled.isEmpty { return "fill in a field first" + way(" (\(keyName(.nextField, in: .decision)))", "") }
    } else if let missing = fields.first(where: { !$0.isOptional && !filled.contains($0.name) }) {
      return "\(missing.name) is needed" + way(" (\(keyName(.nextField, in: .decision)))", "")
    }
    if card.effects[option.id]?.isLooking == true { return "the files are still being looked at" }
    return nil
  }

  /// How something is done here: by a key, or by a typed line.
  func way(_ keys: String, _ line: String) -> String { speaksLines ? line : keys }

  /// The fields of a draft in which something stands.
  static func filled(_ draft: Draft, in fields: [DecisionField]) -> [FieldValue] {
    fields.compactMap { field in
      guard let text = draft.fields[field.name]?.text, !text.allSatisfy(\.isWhitespace) else { return nil }
      return FieldValue(field: field.name, value: text)
    }
  }

  /// The first and the second line of the toast row: what to say now.
  func says(_ text: String, _ style: Style = .text, seconds: Int64? = 10) -> Toast {
    Toast(text: Text.clean(text).string, style: style, until: seconds.map { now + $0 * 1000 })
  }
}

extension String {
  /// Whether a text occurs, in whatever case; with `!` before it, whether it does not.
  func matches(_ needle: String) -> Bool {
    let wanted = needle.lowercased()
    if wanted.utf8.first == UInt8(ascii: "!") {
      let unwanted = String(wanted.dropFirst())
      return unwanted.isEmpty || !lowercased().contains(unwanted)
    }
    return wanted.isEmpty || lowercased().contains(wanted)
  }
}
