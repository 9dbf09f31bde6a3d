import Kernel
import Screen

/// A question of the console itself; the first answer is always the one that changes nothing.
struct Dialog: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case quit
    case pause(session: String)
    case resume(session: String)
    /// Ends a session at once; for one that rests, and for workflows that cannot ask.
    case abort(session: String)
    /// Asks to end or rest; the question that comes says what is saved and what is lost.
    case requestAbort(session: String)
    /// Takes the last answer back.
    case undo(session: String)
    /// Asks to go back; the question that comes says what is kept and what is discarded.
    case rollBack(session: String)
    /// Asks for something else than was agreed.
    case change(session: String)
    /// Answers what an agent said.
    case reply(session: String, callback: String)
    /// Writes the handoff package.
    case export(session: String)
    /// Ends a standing grant.
    case revoke(session: String)
  }

  /// A text that can be typed into a dialog.
  struct Text: Equatable, Sendable {
    var title: String
    /// How many rows it has.
    var rows = 1
    /// What must stand in it before the second answer counts.
    var word: String?
    var editor = LineEditor()
  }

  var kind: Kind
  /// The chosen answer.
  var choice = 0
  var texts: [Text] = []
  /// Which text has the keys; `nil` while the answers have them.
  var typing: Int?
  /// The rows to pick from.
  var rows: [PickRow] = []
  /// The row the person is on.
  var row = 0
  /// The rows that are ticked, by identifier.
  var ticked: Set<String> = []
  /// What taking the answer back would change, or why it cannot be.
  var weighed: Weighed?
  /// Why the last try was refused, in words.
  var problem = ""
  /// The first visible row of the text.
  var offset = 0
  /// Whether its end was on the screen.
  var wasRead = false
  private var arming = Arming()
  /// Whether keys may give its order.
  var isArmed: Bool { arming.isArmed }

  init(kind: Kind) {
    self.kind = kind
    switch kind {
    case .quit, .resume: break
    case .pause: texts = [Text(title: "Reason (optional)")]
    case .abort(let session): texts = [Text(title: "Type \(session) to end it", word: session)]
    case .requestAbort: texts = [Text(title: "Reason (optional)")]
    case .undo(let session):
      texts = [Text(title: "Type \(session) to take it back", word: session), Text(title: "Reason (optional)")]
    case .rollBack: texts = [Text(title: "Reason, for the report")]
    case .change: texts = [Text(title: "What shall be different", rows: 3, editor: LineEditor(isMultiline: true))]
    case .export: texts = [Text(title: "Zip to write")]
    case .reply: texts = [Text(title: "Your answer", rows: 3, editor: LineEditor(isMultiline: true))]
    case .revoke: texts = [Text(title: "Reason (optional)")]
    }
  }

  /// The session it is about, if it is about one.
  var session: String? {
    switch kind {
    case .quit: return nil
    case .pause(let id), .resume(let id), .abort(let id), .requestAbort(let id), .undo(let id), .rollBack(let id),
      .change(let id), .reply(let id, _), .export(let id), .revoke(let id):
      return id
    }
  }

  /// The answers.
  var choices: [String] {
    switch kind {
    case .quit: return ["Stay", "Leave"]
    case .pause: return ["Keep it running", "Pause it"]
    case .resume: return ["Leave it paused", "Resume it"]
    case .abort: return ["Keep it", "End it for good"]
    case .requestAbort: return ["Go on", "Ask the question"]
    case .undo: return weighed == nil ? ["Close"] : ["Keep it", "Take it back"]
    case .rollBack: return ["Stay here", "Ask the question"]
    case .change: return ["Leave it", "Ask the question"]
    case .reply: return ["Later", "Send the answer"]
    case .export: return ["Leave it", "Write it"]
    case .revoke: return rows.isEmpty ? ["Close"] : ["Let it stand", "Revoke it"]
    }
  }

  /// Whether a text has the keys.
  var isTyping: Bool { typing != nil }

  /// The first text, for dialogs that have one.
  var text: String { texts.first?.editor.text ?? "" }

  /// Whether the second answer takes something away, so that keys must have rested before it counts.
  var isGrave: Bool {
    switch kind {
    case .abort, .undo: return true
    case .quit, .pause, .resume, .requestAbort, .rollBack, .change, .reply, .export, .revoke: return false
    }
  }

  /// The text that must be typed and is not, if any.
  var untyped: Int? {
    texts.indices.first { place in texts[place].word.map { $0 != texts[place].editor.text } ?? false }
  }

  /// A key was pressed.
  mutating func disturb() { arming.disturb() }

  /// Time went on.
  mutating func settle(at now: Int64) { arming.settle(at: now) }

  /// Goes on to the next or previous part: the answers, then each text.
  mutating func moveFocus(by step: Int) {
    guard !texts.isEmpty else { return }
    let count = texts.count + 1
    let place = (((typing.map { $0 + 1 } ?? 0) + step) % count + count) % count
    typing = place == 0 ? nil : place - 1
  }
}

/// One row of a dialog from which something is picked.
struct PickRow: Equatable, Sendable {
  /// Its identifier: a stage's number, a sub-stage, a field.
  var id: String
  /// What it is.
  var title: String
  /// What picking it means.
  var note: String
  /// Whether it belongs to the row above and is ticked with Space.
  var isTick = false
}

extension Model {
  /// Why an action on a session is not possible, where it can be told without rehearsing it.
  func reasonNoRequest(_ situation: SituationKind, in snapshot: SessionSnapshot?) -> String? {
    guard let snapshot else { return "no session is open" }
    if snapshot.hasEnded { return "the session has ended" }
    if case .paused = snapshot.session.standing { return "the session is paused; resume it first" }
    if let open = snapshot.session.openRequests.first(where: { $0.situation == situation }) {
      let asked = snapshot.session.openDecisions.first { $0.subject == open.subject }
      return asked == nil
        ? "it is asked for already"
        : "it is asked already; \(way("\(keyName(.nextDecision)) opens", "decide opens")) it"
    }
    let canAsk = snapshot.session.workflow.playbooks.contains { $0.situation == situation }
    return canAsk ? nil : "this session's workflow has no playbook for it"
  }

  /// Why nothing can be taken back, where it can be told without rehearsing it.
  func reasonNoUndo(in snapshot: SessionSnapshot?) -> String? {
    guard let session = snapshot?.session else { return "no session is chosen" }
    switch session.undoLimit {
    case .ended(let state): return "the session is \(state.rawValue)"
    case .nothing:
      return session.restorePoints.isEmpty
        ? "no answer was given that could be taken back"
        : "the last answer cannot be taken back, as was said before it was chosen"
    case .open: return nil
    }
  }

  /// The session that a key for a whole session means here: the open one, that of the card, or the selected one.
  var subjectSession: SessionSnapshot? {
    if let current { return current }
    if place == .decision, let card { return snapshot(card.key.session) }
    return place == .overview || place == .palette ? overview.selected.flatMap(snapshot) : nil
  }

  // MARK: Asking

  mutating func ask(_ dialog: Dialog) {
    guard place != .dialog else { return }
    places.append(.dialog)
    self.dialog = dialog
  }

  mutating func askPause() {
    guard let current else { return }
    if case .paused = current.session.standing {
      ask(Dialog(kind: .resume(session: current.id)))
    } else {
      ask(Dialog(kind: .pause(session: current.id)))
    }
  }

  /// Asks to end: by the question of its playbook where there is one and the session works, else at once with its name.
  mutating func askAbort() {
    guard let current else { return }
    if reasonNoRequest(.abortRequested, in: current) == nil {
      ask(Dialog(kind: .requestAbort(session: current.id)))
    } else if case .active = current.session.standing,
      let open = current.session.openRequests.first(where: { $0.situation == .abortRequested }),
      let decision = current.session.openDecisions.first(where: { $0.subject == open.subject })
    {
      // Asked for already: the person wants this very question.
      self.open(decision, of: current.id)
    } else {
      ask(Dialog(kind: .abort(session: current.id)))
    }
  }

  mutating func askUndo() {
    guard let snapshot = subjectSession else { return }
    var dialog = Dialog(kind: .undo(session: snapshot.id))
    rehearseUndo(&dialog, in: snapshot.session)
    ask(dialog)
  }

  mutating func askRollBack() {
    guard let current else { return }
    var dialog = Dialog(kind: .rollBack(session: current.id))
    dialog.rows = Model.rollBackRows(current.session)
    ask(dialog)
  }

  mutating func askChange() {
    guard let current else { return }
    var dialog = Dialog(kind: .change(session: current.id))
    let added = BriefField.functionalRequirements.title
    dialog.rows = [PickRow(id: "", title: "adds to \(added)", note: "")]
    dialog.rows += BriefField.allCases.map { PickRow(id: $0.title, title: "replaces \($0.title)", note: "") }
    dialog.typing = 0
    ask(dialog)
  }

  /// Finds out what taking the last answer back would change.
  private func rehearseUndo(_ dialog: inout Dialog, in session: Session) {
    switch previewUndo(in: session) {
    case .success(let consequences):
      if dialog.weighed == nil { dialog.weighed = Weighed(consequences) } else { dialog.weighed?.renew(consequences) }
    case .failure(let refusal):
      dialog.weighed = nil
      dialog.texts = []
      dialog.typing = nil
      dialog.choice = 0
      dialog.problem = "\(refusal.words.why) \(refusal.words.instead)"
    }
  }

  /// An open dialog follows its session: what it would do may have changed.
  mutating func followDialog() {
    guard var dialog, let session = dialog.session.flatMap(snapshot)?.session else { return }
    switch dialog.kind {
    case .undo: if dialog.weighed != nil { rehearseUndo(&dialog, in: session) }
    case .rollBack:
      let rows = Model.rollBackRows(session)
      if rows != dialog.rows {
        let selected = dialog.rows.indices.contains(dialog.row) ? dialog.rows[dialog.row].id : ""
        dialog.rows = rows
        dialog.row = rows.firstIndex { $0.id == selected } ?? 0
        dialog.ticked.formIntersection(rows.filter(\.isTick).map(\.id))
      }
    case .reply(_, let id):
      if let answer = session.callback(id)?.answer, dialog.problem.isEmpty {
        dialog.problem = "\(answer.by) answered it meanwhile: \(answer.text)"
        dialog.choice = 0
      }
    case .revoke:
      let rows = grantRows(of: session)
      let selected = dialog.rows.indices.contains(dialog.row) ? dialog.rows[dialog.row].id : ""
      dialog.rows = rows
      dialog.row = rows.firstIndex { $0.id == selected } ?? 0
      // Nobody ends another grant than the one they chose.
      if !rows.contains(where: { $0.id == selected }), !selected.isEmpty {
        dialog.choice = 0
        let ended = session.grants.first { $0.id == selected }?.ended
        dialog.problem = "\(selected) ended meanwhile\(ended.map { ": \($0)" } ?? ".")"
      }
    case .quit, .pause, .resume, .abort, .requestAbort, .change, .export: break
    }
    self.dialog = dialog
  }

  /// The stages a session can go back to, and below the one with sub-stages those that ran.
  static func rollBackRows(_ session: Session) -> [PickRow] {
    let coding = session.stages.firstIndex { !$0.substages.isEmpty }
    return session.rollBackTargets.reversed().flatMap { target -> [PickRow] in
      guard let place = session.stages.firstIndex(where: { $0.id == target.stage }) else { return [] }
      let stage = session.stages[place]
      let note: String
      if !stage.substages.isEmpty {
        note = "every file stays"
      } else if let coding, place > coding {
        note = "the code stays; checks and documents are made again"
      } else {
        note = "made and approved again; what came later goes"
      }
      let ran = stage.substages.filter { $0.state == .done || $0.state == .running }
      return [PickRow(id: String(stage.id), title: "\(stage.id) \(stage.name)", note: note)]
        + ran.map { PickRow(id: $0.id, title: "\($0.id) \($0.name)", note: $0.state.word.rawValue, isTick: true) }
    }
  }

  // MARK: Moving

  /// Moves in a dialog: through its rows where it has some, through its text, or between its answers.
  mutating func moveDialog(_ action: Action) {
    guard var dialog else { return }
    switch action {
    case .moveUp, .moveDown:
      let step = action == .moveUp ? -1 : 1
      if dialog.rows.isEmpty {
        dialog.choice = min(max(0, dialog.choice + step), dialog.choices.count - 1)
      } else {
        dialog.row = min(max(0, dialog.row + step), dialog.rows.count - 1)
        dialog.problem = ""
      }
    case .pageUp: dialog.offset -= max(1, dialogAreas(dialog).text.rows - 1)
    case .pageDown: dialog.offset += max(1, dialogAreas(dialog).text.rows - 1)
    case .moveTop: dialog.offset = 0
    case .moveBottom: dialog.offset = 100_000
    default: break
    }
    dialog.offset = max(0, dialog.offset)
    self.dialog = dialog
  }

  /// Ticks the row of a dialog, or takes the tick away.
  mutating func toggleTick() {
    guard var dialog, dialog.rows.indices.contains(dialog.row), dialog.rows[dialog.row].isTick else { return }
    let id = dialog.rows[dialog.row].id
    if dialog.ticked.remove(id) == nil { dialog.ticked.insert(id) }
    self.dialog = dialog
  }

  // MARK: Confirming

  mutating func confirmDialog() -> [Intent] {
    guard let dialog else { return [] }
    if dialog.isTyping {
      self.dialog?.typing = nil
      return []
    }
    guard dialog.choice == 1 else {
      leaveDialog()
      return []
    }
    // Leaving loses nothing; every other order needs a moment of quiet, so that nobody typing elsewhere gives one.
    if dialog.kind != .quit, !dialog.isArmed {
      toast = says("Not done: keep still for a moment; keys are not armed yet.", .stateWarning, seconds: 8)
      return []
    }
    if dialog.isGrave {
      if !dialog.wasRead {
        toast = says(
          "Not done: read it to its end first (\(keyName(.pageDown, in: .dialog))).", .stateWarning, seconds: 8)
        return []
      }
      if dialog.weighed?.isLooking == true {
        toast = says("Not done: the files are still being looked at.", .stateWarning, seconds: 8)
        return []
      }
    }
    if let place = dialog.untyped {
      self.dialog?.typing = place
      let word = dialog.texts[place].word ?? ""
      toast = says(
        "Type \(word) first; then \(keyName(.confirm, in: .typing)), and \(keyName(.confirm, in: .dialog)) again does it.",
        .stateWarning, seconds: 8)
      return []
    }
    return confirmed(dialog)
  }

  /// Gives the order that a dialog was for; what the kernel would refuse is said in the dialog, and nothing is lost.
  private mutating func confirmed(_ dialog: Dialog) -> [Intent] {
    let demand: Demand
    let words: String
    switch dialog.kind {
    case .quit:
      closeDialog()
      return [.quit]
    case .export(let session):
      let path = dialog.text
      guard !path.allSatisfy(\.isWhitespace) else {
        self.dialog?.problem = "Name the zip to write."
        self.dialog?.choice = 0
        return []
      }
      closeDialog()
      toast = says("Writing the handoff package of \(session)...", seconds: 60)
      return [.export(session: session, path: path)]
    case .pause:
      let way = way(" (\(keyName(.pause)))", "")
      (demand, words) = (.pause(reason: dialog.text), "paused. Nothing runs until you resume it\(way).")
    case .resume: (demand, words) = (.resume, "works again.")
    case .abort:
      (demand, words) = (.abort(reason: "", confirmation: dialog.text), "ended. Files, journal and report stay.")
    case .requestAbort:
      (demand, words) = (.requestAbort(reason: dialog.text), "asked. Nothing has ended; the question waits for you.")
    case .undo:
      let reason = dialog.texts.last?.editor.text ?? ""
      (demand, words) = (.undo(reason: reason), "the answer is taken back; it stays on record.")
    case .rollBack:
      guard dialog.rows.indices.contains(dialog.row) else { return [] }
      let target = Model.target(of: dialog)
      demand = .rollBack(to: target.stage, substages: target.substages, reason: dialog.text)
      words = "asked. Nothing has moved; the question waits for you."
    case .change:
      let field = dialog.rows.indices.contains(dialog.row) ? dialog.rows[dialog.row].id : ""
      demand = .change(text: dialog.text, field: field.isEmpty ? nil : field)
      words = "asked. Nothing has changed; the question waits for you."
    case .revoke:
      guard dialog.rows.indices.contains(dialog.row) else { return [] }
      let grant = dialog.rows[dialog.row].id
      (demand, words) = (
        .revokeGrant(grant, reason: dialog.text), "\(grant) is revoked; the next question is yours again."
      )
    case .reply(_, let callback):
      demand = .answerCallback(callback, text: dialog.text)
      words = "\(callback) is answered; whoever asked hears it with the next attempt."
    }
    guard let session = dialog.session else { return [] }
    if let snapshot = snapshot(session) {
      do throws(Refusal) {
        let order = Order(at: now, by: person.isEmpty ? "you" : person, demand: demand)
        _ = try decide(order, in: snapshot.session)
      } catch {
        self.dialog?.problem = "\(error.words.why) \(error.words.instead)"
        self.dialog?.choice = 0
        return []
      }
    }
    closeDialog()
    if case .reply(_, let callback) = dialog.kind { replies[Model.replyKey(callback, of: session)] = nil }
    return submit(session, demand, words)
  }

  /// The stage and sub-stages that are picked: a sub-stage means its stage.
  private static func target(of dialog: Dialog) -> RollBackTarget {
    let stages = dialog.rows.prefix(through: dialog.row).filter { !$0.isTick }
    let stage = stages.last.flatMap { Int($0.id) } ?? 0
    let place = dialog.rows.firstIndex { $0.id == stages.last?.id } ?? 0
    let below = dialog.rows.dropFirst(place + 1).prefix { $0.isTick }
    return RollBackTarget(stage: stage, substages: below.map(\.id).filter(dialog.ticked.contains))
  }

  /// Closes a dialog without its order; an answer that was begun is kept.
  mutating func leaveDialog() {
    if let dialog, case .reply(let session, let callback) = dialog.kind {
      replies[Model.replyKey(callback, of: session)] = dialog.text.isEmpty ? nil : dialog.text
      if !dialog.text.isEmpty { toast = says("\(callback) keeps waiting. What you typed is kept.", seconds: 5) }
    }
    closeDialog()
  }

  private mutating func closeDialog() {
    places.removeLast()
    dialog = nil
  }

  mutating func submit(_ session: String, _ demand: Demand, _ words: String) -> [Intent] {
    let request = nextRequest
    nextRequest += 1
    submissions[request] = .order(session: session, words: words)
    return [.submit(session: session, demand, request: request)]
  }
}
