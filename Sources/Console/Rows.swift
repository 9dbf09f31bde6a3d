import Kernel
import Prose
import Screen

/// One row of what needs a person: an open decision, what an agent asks, an alert, a sub-stage that failed as a whole, a
/// blocker, what stands on record, or the last answers.
struct NeedRow: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case decision(Decision)
    case blocker(Blocker)
    case ledger(LedgerEntry)
    case callback(Callback)
    case alert(Alert)
    case incident(Incident)
  }

  var id: String
  var kind: Kind
}

extension Session {
  /// The open decisions: what a person asked for first, since nothing new begins before it is answered.
  var decisionsInTurn: [Decision] {
    let open = openDecisions
    return open.filter { $0.subjectRequest != nil } + open.filter { $0.subjectRequest == nil }
  }
}

extension Model {
  /// Open decisions first, then what agents wait for, alerts, incidents and blockers nobody asks about, then what still
  /// holds on record; then the rest, newest first.
  var needRows: [NeedRow] {
    if let frameFacts { return frameFacts.needRows }
    guard let session = current?.session else { return [] }
    var rows = session.decisionsInTurn.map { NeedRow(id: $0.id, kind: .decision($0)) }
    let subjects = Set(session.openDecisions.map(\.subject))
    rows += session.unansweredCallbacks.map { NeedRow(id: $0.id, kind: .callback($0)) }
    // What is asked already, or stands in the list by itself, is not said twice.
    let alerts = session.alertsForPerson.filter {
      $0.alert.kind != .callbackUnread && !subjects.contains("agent:\($0.alert.subject)")
    }
    rows += alerts.map { NeedRow(id: $0.id, kind: .alert($0.alert)) }
    rows += session.incidents.filter { $0.resolution == nil }.map { NeedRow(id: $0.id, kind: .incident($0)) }
    // What is waited for outside stands on record with more words.
    let shown = ["dependency", "atomic-check", "unassigned"]
    let blockers = session.blockers.filter { blocker in
      guard !subjects.contains(blocker.id), !shown.contains(blocker.source) else { return false }
      return !session.unansweredCallbacks.contains { "callback:\($0.id)" == blocker.id }
    }
    rows += blockers.map { NeedRow(id: $0.id, kind: .blocker($0)) }
    let ledger = ledger(of: session)
    rows += ledger.filter(\.isOpen).map { NeedRow(id: $0.id, kind: .ledger($0)) }
    var past = session.decisions.enumerated().filter { !$0.element.isOpen }.map { place, decision in
      (
        at: decision.answer?.at ?? decision.raisedAt, place: place,
        row: NeedRow(id: decision.id, kind: .decision(decision))
      )
    }
    past += ledger.filter { !$0.isOpen }.enumerated().map { place, entry in
      (at: entry.at, place: Int.max - 10_000 + min(place, 9_999), row: NeedRow(id: entry.id, kind: .ledger(entry)))
    }
    return rows + past.sorted { ($0.at, $0.place) > ($1.at, $1.place) }.map(\.row)
  }

  /// Tasks, those that need attention or are at work first, otherwise in the order in which they were made; on the board,
  /// column by column.
  var taskRows: [TaskRecord] {
    guard let session = current?.session else { return [] }
    if showsBoard { return board(session).flatMap(\.tasks) }
    return Model.byRank(shownTasks(of: session), session.word(of:))
  }

  /// The tasks, then the agents: one list for those who move in it.
  var taskIdentities: [String] { taskRows.map(\.id) + (current?.session.roster.map(\.id) ?? []) }

  /// What a row of the tasks and agents opens.
  static func taskSubject(_ row: String, of session: String) -> Reading.Subject {
    row.hasPrefix("agent:") || row.hasPrefix("missing:")
      ? .agent(session: session, id: row) : .task(session: session, id: row)
  }

  /// What a row of health and incidents opens.
  static func healthSubject(_ row: String, of session: String) -> Reading.Subject {
    row.hasPrefix("incident:")
      ? .incident(session: session, id: String(row.dropFirst("incident:".utf8.count)))
      : .health(session: session, id: row)
  }

  /// Gates, those that block first, otherwise in the order in which they run.
  var gateRows: [GateRecord] {
    guard let session = current?.session else { return [] }
    return shownRows(Model.byRank(session.gates, \.word), in: .gates) { filtered($0) }
  }

  private static func byRank<Row>(_ rows: [Row], _ word: (Row) -> StateWord) -> [Row] {
    let ranked = rows.enumerated().map { place, row in
      (rank: StateWord.allCases.firstIndex(of: word(row)) ?? 0, place: place, row: row)
    }
    return ranked.sorted { ($0.rank, $0.place) < ($1.rank, $1.place) }.map(\.row)
  }

  /// A row of a pane as one text, for search and copy.
  func rowText(_ pane: Pane, _ id: String) -> String {
    guard let session = current?.session else { return id }
    switch pane {
    case .needs:
      guard let row = needRows.first(where: { $0.id == id }) else { return id }
      switch row.kind {
      case .decision(let decision): return Text.clean("\(id) \(decision.title)").string
      case .blocker(let blocker): return Text.clean("\(id) \(blocker.text)").string
      case .ledger(let entry): return Text.clean("\(entry.word.rawValue) \(entry.text)").string
      case .callback(let callback): return Text.clean("\(id) \(callback.from) asks: \(callback.text)").string
      case .alert(let alert): return Text.clean("\(alert.kind.rawValue) \(alert.words)").string
      case .incident(let incident): return Text.clean("\(id) \(incident.summary)").string
      }
    case .tasks:
      guard let task = session.task(id) else {
        guard let row = session.roster.first(where: { $0.id == id }) else { return id }
        return Text.clean("\(row.state) \(row.name) \(row.role) \(row.task) \(row.note)").string
      }
      let word = session.word(of: task).rawValue
      return Text.clean("\(word) \(id) \(task.title) \(task.role) \(session.agentWords(task))").string
    case .gates:
      guard let gate = session.gate(id) else { return id }
      return Text.clean("\(gate.word.rawValue) \(gate.title): \(gate.achieved), required \(gate.required)").string
    case .stages:
      if let stage = session.stages.first(where: { String($0.id) == id }) { return "\(id) \(stage.name)" }
      let substage = session.stages.flatMap(\.substages).first { $0.id == id }
      return "\(id) \(substage?.name ?? "") \(substage?.reason ?? "")"
    case .files:
      guard let file = session.files[id] else { return id }
      return Text.clean("\(file.integrity.word) \(id) \(file.author.words)").string
    case .calls:
      guard let row = session.callRows.first(where: { $0.id == id }) else { return id }
      switch row.kind {
      case .callback(let call): return Text.clean("\(call.word.rawValue) \(id) \(call.from): \(call.text)").string
      case .blocker(let record):
        return Text.clean("\(record.word.rawValue) \(id) \(record.source) \(record.owner): \(record.text)").string
      }
    case .health:
      guard let row = session.healthRows.first(where: { $0.id == id }) else { return id }
      switch row.kind {
      case .score: return "Health \(session.health?.score ?? session.metrics.health)"
      case .incident(let incident): return Text.clean("\(incident.id) \(incident.summary)").string
      case .alert(let alert): return Text.clean("\(alert.kind.rawValue) \(alert.words)").string
      case .healing(let healing): return Text.clean("\(healing.kind.rawValue) \(healing.words)").string
      }
    case .feed, .output: return id
    }
  }

  /// The actions that are possible where the palette was opened, those that do something first.
  var paletteRows: [Binding] {
    guard let palette else { return [] }
    var below = without(.palette)
    below.input = nil
    below.palette = nil
    let text = palette.editor.text
    var seen: Set<Action> = []
    let rows = below.bindings.filter { row in
      switch row.action {
      case .palette, .close, .confirm, .nextField, .previousField: return false
      default: return seen.insert(row.action).inserted
      }
    }
    let fitting = rows.filter { "\($0.help) \($0.action.rawValue)".matches(text) }
    return fitting.filter { below.reasonDisabled($0.action) == nil }
      + fitting.filter { below.reasonDisabled($0.action) != nil }
  }

  // MARK: Decisions

  /// The question's rows: first what changed since it was read, then its text.
  func bodyLines(_ card: DecisionCard, columns: Int) -> [Line] {
    if let laidOut = card.laidOut, laidOut.columns == columns { return laidOut.lines }
    return layOutBody(card, columns: columns)
  }

  private func layOutBody(_ card: DecisionCard, columns: Int) -> [Line] {
    // Without a frame the question itself has no other place.
    var lines = step < .small ? Line(Text.clean(card.shown.title), Style.title.bold).wrapped(to: columns) : []
    if !card.lookAlikes.isEmpty {
      lines += Line("Letters here only look like others:", Style.stateWarning.bold).wrapped(to: columns)
      for found in card.lookAlikes {
        lines += Line(Text.clean("! \(found.words)"), .stateWarning).wrapped(to: columns, indent: 2)
      }
      lines.append(Line())
    }
    if !card.shown.changes.isEmpty {
      let count = counted(card.shown.changes.count, "file")
      lines += Line("Changed since it was asked before: \(count)", Style.stateWarning.bold).wrapped(to: columns)
      for path in card.shown.changes {
        lines += (Line("~ ", .diffChanged) + Line(Text.clean(path), .diffChanged)).wrapped(to: columns, indent: 2)
      }
      lines.append(Line())
    }
    if !card.changes.isEmpty {
      lines.append(Line("Changed since you read it:", Style.stateWarning.bold))
      for change in card.changes {
        let style = change.isAdded ? Style.diffAdded : Style.diffRemoved
        lines += Line((change.isAdded ? "+ " : "- ") + change.text, style).wrapped(to: columns, indent: 2)
      }
      lines.append(Line())
    }
    let (body, rest) = laidOut(card.shown.body, in: .decision)
    lines += Markdown.rows(body, columns: columns).lines + rest.flatMap { $0.wrapped(to: columns) }
    return lines.isEmpty ? [Line("There is nothing more to say about it.", .muted)] : lines
  }
}
