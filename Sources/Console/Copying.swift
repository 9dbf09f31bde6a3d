import Kernel
import Screen

// What of the selected row, or of what is read, can be copied, and what goes to the pager.

extension Model {
  /// The most rows of a list that are copied at once.
  private static let copiedRows = 2_000

  /// What the selected row of a pane shows in full; `nil` where nothing is selected.
  func subject(of pane: Pane, in current: SessionSnapshot) -> Reading.Subject? {
    let id = current.id
    switch pane {
    case .feed:
      guard let seq = desk.feed.selected, let place = current.place(of: seq) else { return nil }
      switch current.events[place].event.fact {
      case .callbackRaised(let callback): return .callback(session: id, id: callback.id)
      case .substageFailed(let incident): return .incident(session: id, id: incident.id)
      default: return .event(session: id, seq: seq)
      }
    case .needs:
      guard let selected = desk.needs.selected, let row = needRows.first(where: { $0.id == selected }) else {
        return nil
      }
      switch row.kind {
      case .decision(let decision): return .decision(session: id, id: decision.id)
      case .blocker(let blocker): return .blocker(session: id, id: blocker.id)
      case .ledger(let entry): return .ledger(session: id, id: entry.id)
      case .callback(let callback): return .callback(session: id, id: callback.id)
      case .incident(let incident): return .incident(session: id, id: incident.id)
      case .alert: return .health(session: id, id: row.id)
      }
    case .tasks: return desk.tasks.selected.map { Model.taskSubject($0, of: id) }
    case .gates: return desk.gates.selected.map { .gate(session: id, id: $0) }
    case .stages: return desk.stages.selected.map { .stage(session: id, id: $0) }
    case .output: return desk.transcript.isEmpty ? nil : .transcript(session: id)
    case .files: return desk.files.selected.map { .file(session: id, path: $0) }
    case .calls:
      guard let row = desk.calls.selected else { return nil }
      let isCallback = current.session.callback(row) != nil
      return isCallback ? .callback(session: id, id: row) : .record(session: id, id: row)
    case .health: return desk.health.selected.map { Model.healthSubject($0, of: id) }
    }
  }

  /// What is read, or what the selected row shows in full.
  var chosenSubject: Reading.Subject? {
    switch place {
    case .reading: return reading.last?.subject
    case .session: return current.flatMap { subject(of: desk.focus, in: $0) }
    case .decision: return card.map { .decision(session: $0.key.session, id: $0.shown.id) }
    case .overview, .start, .dialog, .palette, .themes, .menu: return nil
    }
  }

  // MARK: Texts

  /// The selected row, or what is read, as one text.
  func selectedText() -> PagerText? {
    switch place {
    case .overview: return overview.selected.flatMap(snapshot).map { PagerText($0.id, rowText(of: $0), of: $0.id) }
    case .start:
      return samples.first { $0.name == start.selected }.map { PagerText($0.name, "\($0.name): \($0.summary)") }
    case .session:
      guard let current else { return nil }
      if desk.focus == .feed {
        guard let seq = desk.feed.selected, let line = feedLine(seq, in: current) else { return nil }
        return PagerText("\(current.id) event \(seq)", line, of: current.id)
      }
      if desk.focus == .output {
        return PagerText("\(current.id) output", desk.transcript.joined(separator: "\n"), of: current.id)
      }
      guard let id = list(desk.focus).selected else { return nil }
      return PagerText("\(current.id) \(id)", rowText(desk.focus, id), of: current.id)
    case .reading:
      guard let last = reading.last else { return nil }
      var whole = self
      whole.laysOutAll = true
      var text = PagerText(
        readingTitle(last).text, whole.readingLines(last).map(\.text).joined(separator: "\n"),
        of: last.subject.session)
      text.columns = readingInside.columns
      return text
    case .decision:
      guard let card else { return nil }
      let options = card.shown.options.map { "\($0.key.uppercased())  \($0.title): \($0.says)" }
      let body = Text.lines(card.shown.body).map(\.string)
      let lines = [card.shown.title, ""] + body + [""] + options
      return PagerText(card.shown.title, lines.joined(separator: "\n"), of: card.key.session)
    case .dialog, .palette, .themes, .menu: return nil
    }
  }

  private func feedLine(_ seq: Int, in snapshot: SessionSnapshot) -> String? {
    guard let place = snapshot.place(of: seq) else { return nil }
    let event = snapshot.events[place].event
    let words = EventText(event, in: snapshot.session)
    let time = Clock.time(event.at, offset: offsetMinutes, seconds: true)
    return "\(time) \(words.word.rawValue) \(words.source) \(words.text)"
  }

  mutating func pageSelected() -> [Intent] {
    guard let found = selectedText() else { return [] }
    if place == .decision { card?.wasRead = true }
    return [.openPager(found)]
  }

  // MARK: Copying

  /// Copies the only text there is here, or asks which one.
  mutating func copySelected() -> [Intent] {
    offer("Copy", copies.map { Menu.Item(name: $0.name, words: Model.firstRow($0.text), intent: .copy($0.text)) })
  }

  /// The texts that can be copied here, by name, each text once: the line, what it is called, where it lies, all of
  /// it, and the rows around it.
  var copies: [(name: String, text: String)] {
    var found: [(name: String, text: String)] = []
    func add(_ name: String, _ text: String?) {
      // Whoever pastes it into a shell shall find nothing in it that was not seen.
      guard let text = text.map(LinkedText.plain), !text.isEmpty, !found.contains(where: { $0.text == text }) else {
        return
      }
      found.append((name, text))
    }
    let whole = selectedText()?.text
    let isInSession = if case .session = place { true } else { false }
    if place == .reading || place == .decision {
      add("text", whole)
      add("id", chosenSubject?.name)
      add("path", copiedPath)
      return found
    }
    if desk.focus == .output, isInSession {
      // Until somebody moves in it, the newest line is the one they look at.
      let line = desk.output.selected ?? desk.transcript.count - 1
      add("line", desk.transcript.indices.contains(line) ? desk.transcript[line] : nil)
      add("rows", whole)
      return found
    }
    add("line", whole)
    if isInSession {
      add("id", chosenSubject?.name)
      add("path", copiedPath)
      if let subject = chosenSubject {
        add("text", readingLines(Reading(subject: subject)).map(\.text).joined(separator: "\n"))
      }
    } else if place == .overview {
      add("id", overview.selected)
      add("path", overview.selected.flatMap(snapshot)?.session.workspace)
    }
    add("rows", rowsOfList)
    return found
  }

  /// The first file that the selected row names, with its line where one is known.
  private var copiedPath: String? {
    guard let file = openables.first else { return nil }
    return file.line.map { "\(file.path):\($0)" } ?? file.path
  }

  /// Every row of the list; of a feed those on the screen, because it may be without end.
  private var rowsOfList: String? {
    switch place {
    case .overview: return listed.prefix(Model.copiedRows).map(rowText).joined(separator: "\n")
    case .session:
      guard let current else { return nil }
      guard desk.focus == .feed else {
        let ids = identities(of: desk.focus).prefix(Model.copiedRows)
        return ids.map { rowText(desk.focus, $0) }.joined(separator: "\n")
      }
      let (index, events) = (desk.index, current.events)
      let (_, viewport) = desk.feed.resolve(count: index.count(events), height: height(of: .feed)) {
        index.row(of: $0, in: events)
      }
      return viewport.visible.compactMap { feedLine(events[index.event(at: $0)].seq, in: current) }
        .joined(separator: "\n")
    case .start, .decision, .reading, .dialog, .palette, .themes, .menu: return nil
    }
  }

  private static func firstRow(_ text: String) -> String {
    let rows = text.split(separator: "\n", omittingEmptySubsequences: true)
    let more = rows.count > 1 ? "  (\(rows.count) rows)" : ""
    return (rows.first.map(String.init) ?? "") + more
  }
}

extension Reading.Subject {
  /// The session it is about, if it is about one.
  var session: String? {
    switch self {
    case .help, .alerts: return nil
    case .report(let session), .since(let session), .event(let session, _), .task(let session, _),
      .gate(let session, _), .blocker(let session, _), .decision(let session, _), .stage(let session, _),
      .transcript(let session), .ledger(let session, _), .why(let session, _), .agent(let session, _),
      .file(let session, _), .callback(let session, _), .record(let session, _), .incident(let session, _),
      .health(let session, _):
      return session
    }
  }

  /// What people call it: an identifier, an event's number, a path.
  var name: String? {
    switch self {
    case .help, .alerts, .transcript: return nil
    case .report(let session), .since(let session): return session
    case .event(_, let seq): return "\(seq)"
    case .file(_, let path): return path
    case .task(_, let id), .gate(_, let id), .blocker(_, let id), .decision(_, let id), .stage(_, let id),
      .ledger(_, let id), .why(_, let id), .callback(_, let id), .record(_, let id), .incident(_, let id):
      return id
    case .agent(_, let id), .health(_, let id): return String(id.split(separator: ":").last ?? "")
    }
  }
}
