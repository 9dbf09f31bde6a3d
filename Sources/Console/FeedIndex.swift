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
  /// The text that must occur, in lower case; with `!` before it, must not occur.
  private(set) var needle = ""
  private var firstSeq: Int?
  private var lastSeq: Int?
  private var seen = 0
  private var rows: [Int] = []

  /// Whether every event is a row.
  private var isWhole: Bool { level == .everything && needle.isEmpty }

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
  mutating func choose(level: FeedLevel, needle: String) {
    let lowered = needle.lowercased()
    guard level != self.level || lowered != self.needle else { return }
    self.level = level
    self.needle = lowered
    forget()
  }

  /// Looks at the events that came since the last time.
  mutating func refresh(_ snapshot: SessionSnapshot) {
    let events = snapshot.events
    let grew = seen > 0 && seen <= events.count && events.first?.seq == firstSeq && events[seen - 1].seq == lastSeq
    if !grew { forget() }
    if !isWhole {
      for place in seen..<events.count where matches(events[place].event, in: snapshot.session) { rows.append(place) }
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
  }

  private func matches(_ event: Event, in session: Session) -> Bool {
    guard EventText.level(of: event.fact).rawValue <= level.rawValue else { return false }
    guard !needle.isEmpty else { return true }
    let found = EventText(event, in: session)
    let whole = "\(found.word.rawValue) \(found.source) \(found.text)".lowercased()
    if needle.utf8.first == UInt8(ascii: "!") {
      let unwanted = String(needle.dropFirst())
      return unwanted.isEmpty || !whole.contains(unwanted)
    }
    return whole.contains(needle)
  }
}
