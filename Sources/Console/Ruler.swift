import Kernel
import Screen

// What separates two rows of a feed in time. It stands within the later row, since one event is one row and rows are
// found by their places: at the right end, where nothing else stands, and the message gives way to it.

/// What lies between two events that are shown one below the other: a long silence, another day, a clock set back.
struct Ruler: Equatable, Sendable {
  /// From this length on a silence is told.
  static let silence: Int64 = 120_000
  /// Clocks of two machines may differ; from this much on, one was set back.
  static let slip: Int64 = 10_000

  /// How long nothing was shown; `nil` when it was not long.
  private var length: Int64?
  /// How many events happened in that time that the filter hides.
  private var hidden = 0
  /// By how much the clock was set back.
  private var back: Int64?
  /// The day that begins, as a moment in it.
  private var day: Int64?

  /// Finds what lies between two events; `nil` when it is nothing worth telling.
  ///
  /// - Parameters:
  ///   - before: The moment of the event above; `nil` above the first one.
  ///   - after: The moment of the event.
  ///   - hidden: How many events between the two are not shown.
  ///   - today: The present; the day of the first event is told when it is another one.
  init?(before: Int64?, after: Int64, hidden: Int, today: Int64, offset: Int) {
    // What cannot be read has no moment.
    guard after > 0, before ?? 1 > 0 else { return nil }
    if Clock.days(before ?? today, offset: offset) != Clock.days(after, offset: offset) { day = after }
    if let before {
      if before - after > Ruler.slip { back = Clock.between(after, before) }
      if Clock.between(before, after) > Ruler.silence { (length, self.hidden) = (Clock.between(before, after), hidden) }
    }
    if length == nil, back == nil, day == nil { return nil }
  }

  /// It in words, from the fullest to the shortest that still says the most important of it.
  func words(offset: Int, today: Int64) -> [String] {
    let date = day.map { day in
      let year = Clock.year(day, offset: offset)
      return Clock.dayName(day, offset: offset) + (year == Clock.year(today, offset: offset) ? "" : " \(year)")
    }
    let age = length.map(Clock.age)
    let quiet = age.map { hidden > 0 ? "\($0), \(hidden) hidden" : "\($0) silent" }
    let clock = back.map { "clock set back \(Clock.age($0))" }
    let full = [date, clock, quiet].compactMap { $0 }.joined(separator: ", ")
    let short = [date, back.map { "back \(Clock.age($0))" }, age].compactMap { $0 }
    // Where even that is too much, the day says itself.
    let least = day.map { String(Clock.dayName($0, offset: offset).dropFirst(4)) } ?? short[0]
    return [full, short.joined(separator: ", "), least]
  }

  /// It as a sentence, for lines that are read aloud.
  func sentence(offset: Int) -> String {
    let parts = [
      day.map { Clock.longDay($0, offset: offset) },
      back.map { "the clock was set back by \(Clock.words($0))" },
      length.map { "\(Clock.words($0)) \(hidden > 0 ? "with \(counted(hidden, "event")) not told" : "of silence")" },
    ]
    return parts.compactMap { $0 }.joined(separator: ", ").capitalizedFirst + "."
  }
}

extension Model {
  /// What lies between a row of the feed and the one above it.
  func ruler(above row: Int, in events: EventHistory, index: FeedIndex) -> Ruler? {
    let place = index.event(at: row)
    let before = row > 0 ? index.event(at: row - 1) : nil
    return Ruler(
      before: before.map { events[$0].event.at }, after: events[place].event.at, hidden: place - (before ?? place) - 1,
      today: liveNow, offset: offsetMinutes)
  }

  /// A ruler for the right end of a row, in the fullest words that leave the message most of its room.
  func rulerLine(_ ruler: Ruler, room: Int) -> Line {
    let edge = String(repeating: String(glyphs.horizontal), count: 2)
    let lines = ruler.words(offset: offsetMinutes, today: liveNow).map { Line("\(edge) \($0) \(edge)", .muted) }
    return lines.first { $0.columns * 20 <= room * 9 } ?? lines.last { $0.columns * 5 <= room * 3 } ?? Line()
  }
}

extension String {
  /// The text with a capital at its beginning.
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
