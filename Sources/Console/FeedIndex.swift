import Kernel
import Screen

extension SessionSnapshot {
  /// The place of the event with a number, found without walking through the history.
  func place(of seq: Int) -> Int? {
    let place = events.firstPlace(from: seq)
    return place < events.count && events[place].seq == seq ? place : nil
  }
}

/// Which events of a feed are shown, found once per event and never again.
///
/// Without a filter nothing is stored: every event is a row. Otherwise the newest events are looked at first, since that
/// is where a person is, and the older ones bit by bit, so that no key waits for a long history - and only when the person
/// comes near them or asks for something that may be there. A filter by stage needs to know what happened before, so it
/// begins at the other end.
struct FeedIndex: Equatable, Sendable {
  /// How far into the past events are looked at.
  enum Reach: Equatable, Sendable {
    /// As far as a person can soon scroll from the row of the event with a number; from the end, where none is given.
    case near(Int?)
    /// To the first event.
    case whole
  }

  /// How many older events are looked at in one go.
  static let stride = 512
  /// So many of the newest events are looked at in any case.
  static let newest = 2_048
  /// So many rows are ready above the one a person is at.
  static let margin = 64

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
  /// The places that were looked at.
  private var seen = 0..<0
  /// The places of rows: those found backwards, the newest of them first, and those found forwards.
  private var older: [Int] = []
  private var newer: [Int] = []
  /// How many events there are.
  private var total = 0

  /// Whether every event is a row.
  private var isWhole: Bool { level == .everything && query.isEmpty }

  /// Whether what was before must be known.
  private var goesForwards: Bool {
    query.parts.contains { if case .stage = $0.test { true } else { false } }
  }

  /// How many events were not looked at yet.
  var left: Int { isWhole ? 0 : total - seen.count }

  /// How many of the newest events were looked at.
  var looked: Int { isWhole ? total : seen.count }

  /// Whether older events are to be looked at before anybody asks for them.
  func looksOn(_ reach: Reach, in events: EventHistory) -> Bool {
    guard left > 0 else { return false }
    guard !goesForwards, case .near(let seq) = reach, looked >= FeedIndex.newest else { return true }
    let row = seq.map { firstRow(from: $0, in: events) } ?? count(events)
    return row < FeedIndex.margin
  }

  /// How many rows there are, as far as it was looked.
  func count(_ events: EventHistory) -> Int { isWhole ? events.count : older.count + newer.count }

  /// How many events are known not to be shown.
  func hidden(_ events: EventHistory) -> Int { isWhole ? 0 : seen.count - older.count - newer.count }

  /// The place of a row's event among the events.
  func event(at row: Int) -> Int {
    if isWhole { return row }
    return row < older.count ? older[older.count - 1 - row] : newer[row - older.count]
  }

  /// Finds the row that shows the event with a number.
  func row(of seq: Int, in events: EventHistory) -> Int? {
    let row = firstRow(from: seq, in: events)
    guard row < count(events), events[event(at: row)].seq == seq else { return nil }
    return row
  }

  /// The first row at or behind the event with a number.
  func firstRow(from seq: Int, in events: EventHistory) -> Int {
    let wanted = events.firstPlace(from: seq)
    var low = 0
    var high = count(events)
    while low < high {
      let middle = (low + high) / 2
      if event(at: middle) < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Chooses what is shown; the next refresh looks at every event again.
  mutating func choose(level: FeedLevel, filter: String, marks: Set<String>) {
    if filter != typed { query = Query(filter) }
    let asksMarks = query.parts.contains { $0.test == .marked }
    let numbers = asksMarks ? Set(Desk.marked(.feed, in: marks).compactMap(Int.init)) : []
    guard level != self.level || filter != typed || numbers != marked else { return }
    self.level = level
    typed = filter
    marked = numbers
    forget()
  }

  /// Looks at the events that came since the last time, and at some of the older ones if they may soon be wanted.
  mutating func refresh(_ snapshot: SessionSnapshot, _ reach: Reach = .whole) {
    let events = snapshot.events
    let grew =
      total > 0 && total <= events.count && events.first?.seq == firstSeq && events[total - 1].seq == lastSeq
    if !grew { forget() }
    if total == 0 { seen = goesForwards ? 0..<0 : events.count..<events.count }
    total = events.count
    firstSeq = events.first?.seq
    lastSeq = events.last?.seq
    guard !isWhole else { return }
    if goesForwards {
      let end = min(total, seen.upperBound + FeedIndex.stride)
      look(forwardsTo: end, in: snapshot)
    } else {
      // New events are rows at once; a burst in one go is what it is.
      look(forwardsTo: total, in: snapshot)
      guard looksOn(reach, in: events) else { return }
      let start = max(0, seen.lowerBound - FeedIndex.stride)
      for place in (start..<seen.lowerBound).reversed() where matches(events[place], in: snapshot.session) {
        older.append(place)
      }
      seen = start..<seen.upperBound
    }
  }

  private mutating func look(forwardsTo end: Int, in snapshot: SessionSnapshot) {
    guard seen.upperBound < end else { return }
    for place in seen.upperBound..<end where matches(snapshot.events[place], in: snapshot.session) {
      newer.append(place)
    }
    seen = seen.lowerBound..<end
  }

  private mutating func forget() {
    seen = 0..<0
    total = 0
    older = []
    newer = []
    firstSeq = nil
    lastSeq = nil
    stage = nil
    substage = nil
  }

  private mutating func matches(_ entry: FeedEvent, in session: Session) -> Bool {
    let event = entry.event
    let own = event.fact.subject
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
    let task = own.task.flatMap(session.task)
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

extension Model {
  /// Whether the feed of the session on the screen is still being looked through.
  var isLooking: Bool {
    guard let current else { return false }
    return desk.index.looksOn(desk.reach, in: current.events)
  }
}
