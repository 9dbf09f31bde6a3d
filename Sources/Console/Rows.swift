import Kernel
import Screen

/// One row of what needs a person: an open decision, a blocker, or the last answers.
struct NeedRow: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case decision(Decision)
    case blocker(Blocker)
  }

  var id: String
  var kind: Kind
}

extension Model {
  /// Open decisions first, then blockers nobody asks about, then what was answered, newest first.
  var needRows: [NeedRow] {
    guard let session = current?.session else { return [] }
    var rows = session.openDecisions.map { NeedRow(id: $0.id, kind: .decision($0)) }
    let subjects = Set(session.openDecisions.map(\.subject))
    rows += session.blockers.filter { !subjects.contains($0.id) }.map { NeedRow(id: $0.id, kind: .blocker($0)) }
    rows += session.decisions.filter { !$0.isOpen }.reversed().map { NeedRow(id: $0.id, kind: .decision($0)) }
    return rows
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

  /// What an option would do, the gravest first; computed by the functions that would do it.
  func effectLines(_ option: Option, of card: DecisionCard, columns: Int) -> [Line] {
    guard columns > 0 else { return [] }
    let effect = card.effects[option.id] ?? Consequences()
    let session = snapshot(card.key.session)
    let facts = (session?.facts ?? []).filter { $0.decision == card.shown.id && $0.option == option.id }
    var rows: [(label: String, text: String, style: Style)] = []
    for text in effect.irreversible { rows.append(("For good", text, .danger)) }
    for fact in facts where fact.isLoss { rows.append(("Lost", fact.text, .danger)) }
    if effect.filesDiscarded > 0 {
      rows.append(("Discards", "\(counted(effect.filesDiscarded, "file")); \(effect.filesKept) stay.", .stateWarning))
    }
    if !effect.approvalsVoided.isEmpty {
      rows.append(("Voids", "approval of " + effect.approvalsVoided.joined(separator: ", "), .stateWarning))
    }
    if !effect.waivers.isEmpty {
      let titles = effect.waivers.map { session?.session.gate($0)?.title ?? $0 }
      rows.append(("Accepts", "the failure of \(titles.joined(separator: ", ")), on record as a debt", .stateWarning))
    }
    if !effect.substagesRerun.isEmpty {
      rows.append(("Again", "sub-stages " + effect.substagesRerun.joined(separator: ", ") + " run again", .text))
    }
    if effect.filesRestored > 0 {
      rows.append(("Restores", "\(counted(effect.filesRestored, "file")) to an earlier content", .text))
    }
    if let left = effect.attemptsLeft {
      rows.append(("Attempts", "\(left) more before you are asked again", .text))
    }
    rows.append(("Does", option.says, .text))
    let next = effect.next.hasPrefix("Next: ") ? String(effect.next.dropFirst(6)) : effect.next
    if !next.isEmpty { rows.append(("Then", next, .text)) }
    for fact in facts where !fact.isLoss { rows.append(("Also", fact.text, .text)) }
    if rows.allSatisfy({ $0.style == .text }), effect.substagesRerun.isEmpty {
      rows.append(("Keeps", "Nothing is discarded.", .stateDone))
    }
    if option.noteRequired { rows.append(("Needs", "a note from you (Tab)", .key)) }
    if let word = option.confirm { rows.append(("Needs", "\(word) typed before it counts", .key)) }
    return rows.flatMap { row in
      let label = row.label + String(repeating: " ", count: max(1, 10 - row.label.utf8.count))
      let line = Line(label, row.style == .text ? .muted : row.style) + Line(Text.clean(row.text), row.style)
      return line.wrapped(to: columns, indent: min(10, columns / 3))
    }
  }

  /// What the chosen option would do, in full, in place of the question.
  func allEffectLines(_ card: DecisionCard, columns: Int) -> [Line] {
    guard let option = card.chosen else { return [Line("Choose an option first.", .muted)] }
    return [Line("\(option.key.uppercased())  \(Text.clean(option.title).string)", Style.title.bold)]
      + effectLines(option, of: card, columns: columns)
  }
}
