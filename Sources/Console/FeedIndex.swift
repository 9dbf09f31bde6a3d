import Kernel
import Screen

extension SessionSnapshot {
  /// The place of the event with a number, found without walking through the history.
  func place(of seq: Int) -> Int? {
    var low = 0
    var high = events.count
    while low < high {
      let middle = (low + high) / 2
      if events[middle].seq < seq { low = middle + 1 } else { high = middle }
    }
    return low < events.count && events[low].seq == seq ? low : nil
  }
}

/// Which events of a feed are shown, found once per event and never again.
///
/// Without a filter nothing is stored: every event is a row. New events are looked at when they come.
struct FeedIndex: Equatable, Sendable {
  /// How much is shown.
  private(set) var level = FeedLevel.normal
  /// What the rows are filtered for.
  private(set) var query = Query("")
  private var typed = ""
  /// The numbers of the marked events, while the filter asks for them.
  private var marked: Set<Int> = []
  /// The stage and sub-stage that the last event looked at was in.
  private var stage: Int?
  private var substage: String?
  private var firstSeq: Int?
  private var lastSeq: Int?
  private var seen = 0
  private var rows: [Int] = []

  /// Whether every event is a row.
  private var isWhole: Bool { level == .everything && query.isEmpty }

  /// How many rows there are.
  func count(_ events: [FeedEvent]) -> Int { isWhole ? events.count : rows.count }

  /// How many events are not shown.
  func hidden(_ events: [FeedEvent]) -> Int { events.count - count(events) }

  /// The place of a row's event among the events.
  func event(at row: Int) -> Int { isWhole ? row : rows[row] }

  /// Finds the row that shows the event with a number.
  func row(of seq: Int, in events: [FeedEvent]) -> Int? {
    var low = 0
    var high = count(events)
    while low < high {
      let middle = (low + high) / 2
      if events[event(at: middle)].seq < seq { low = middle + 1 } else { high = middle }
    }
    guard low < count(events), events[event(at: low)].seq == seq else { return nil }
    return low
  }

  /// The first row at or behind the event with a number.
  func firstRow(from seq: Int, in events: [FeedEvent]) -> Int {
    var low = 0
    var high = count(events)
    while low < high {
      let middle = (low + high) / 2
      if events[event(at: middle)].seq < seq { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Chooses what is shown; the next refresh looks at every event again.
  mutating func choose(level: FeedLevel, filter: String, marks: Set<String>) {
    if filter != typed { query = Query(filter) }
    let asksMarks = query.parts.contains { $0.test == .marked }
    let lead = Desk.mark(.feed, "")
    let numbers =
      asksMarks ? Set(marks.compactMap { $0.hasPrefix(lead) ? Int($0.dropFirst(lead.utf8.count)) : nil }) : []
    guard level != self.level || filter != typed || numbers != marked else { return }
    self.level = level
    typed = filter
    marked = numbers
    forget()
  }

  /// Looks at the events that came since the last time.
  mutating func refresh(_ snapshot: SessionSnapshot) {
    let events = snapshot.events
    let grew = seen > 0 && seen <= events.count && events.first?.seq == firstSeq && events[seen - 1].seq == lastSeq
    if !grew { forget() }
    if !isWhole {
      for place in seen..<events.count where matches(events[place], in: snapshot.session) { rows.append(place) }
    }
    seen = events.count
    firstSeq = events.first?.seq
    lastSeq = events.last?.seq
  }

  private mutating func forget() {
    seen = 0
    rows = []
    firstSeq = nil
    lastSeq = nil
    stage = nil
    substage = nil
  }

  private mutating func matches(_ entry: FeedEvent, in session: Session) -> Bool {
    let event = entry.event
    let own = event.fact.subject
    let task = own.task.flatMap(session.task)
    switch event.fact {
    case .stageStarted(let id):
      stage = id
      substage = nil
    case .substageStarted(let id): substage = id
    case .rolledBack(let id, _, _):
      stage = id
      substage = nil
    default: break
    }
    guard EventText.level(of: event.fact).rawValue <= level.rawValue else { return false }
    guard !query.isEmpty else { return true }
    let found = EventText(event, in: session)
    let isOfTask = own.task != nil
    let inside = own.substage ?? task?.substage ?? (isOfTask || own.stage != nil ? nil : substage)
    let around =
      own.stage ?? task?.stage ?? inside.flatMap { $0.split(separator: ".").first.flatMap { Int($0) } } ?? stage
    return query.matches(
      FilteredRow(
        word: found.word, source: found.source, task: own.task ?? "",
        stages: (around.map { ["\($0)"] } ?? []) + (inside.map { [$0] } ?? []), author: event.by,
        isMarked: marked.contains(entry.seq), text: found.text))
  }
}
