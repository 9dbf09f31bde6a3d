import Kernel
import Screen

/// One row of what needs a person: an open decision, a blocker, what stands on record, or the last answers.
struct NeedRow: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case decision(Decision)
    case blocker(Blocker)
    case ledger(LedgerEntry)
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
  /// Open decisions first, then blockers nobody asks about, then what still holds on record; then the rest, newest first.
  var needRows: [NeedRow] {
    guard let session = current?.session else { return [] }
    var rows = session.decisionsInTurn.map { NeedRow(id: $0.id, kind: .decision($0)) }
    let subjects = Set(session.openDecisions.map(\.subject))
    // What is waited for outside stands on record with more words.
    let blockers = session.blockers.filter { !subjects.contains($0.id) && $0.source != "dependency" }
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

  /// Tasks, those that need attention or are at work first, otherwise in the order in which they were made.
  var taskRows: [TaskRecord] {
    guard let session = current?.session else { return [] }
    return Model.byRank(session.tasks, \.word)
  }

  /// Gates, those that block first, otherwise in the order in which they run.
  var gateRows: [GateRecord] {
    guard let session = current?.session else { return [] }
    return Model.byRank(session.gates, \.word)
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
      }
    case .tasks:
      guard let task = session.task(id) else { return id }
      return Text.clean("\(task.word.rawValue) \(id) \(task.title) \(task.role)").string
    case .gates:
      guard let gate = session.gate(id) else { return id }
      return Text.clean("\(gate.word.rawValue) \(gate.title): \(gate.achieved), required \(gate.required)").string
    case .stages:
      if let stage = session.stages.first(where: { String($0.id) == id }) { return "\(id) \(stage.name)" }
      let substage = session.stages.flatMap(\.substages).first { $0.id == id }
      return "\(id) \(substage?.name ?? "") \(substage?.reason ?? "")"
    case .feed, .output: return id
    }
  }

  /// The actions that are possible where the palette was opened, those that do something first.
  var paletteRows: [Binding] {
    guard let palette else { return [] }
    var below = self
    below.places.removeAll { $0 == .palette }
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
    let body = Markdown.rows(card.shown.body, columns: columns)
    lines += body.lines
    return lines.isEmpty ? [Line("There is nothing more to say about it.", .muted)] : lines
  }
}
