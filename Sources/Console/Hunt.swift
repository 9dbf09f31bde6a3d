import Kernel

/// A search through a feed that is too long to be gone through while a key waits.
///
/// It goes on bit by bit whenever time has passed, also through events that were not looked at yet, until it finds
/// something, reaches the end, or the person presses a key.
struct Hunt: Equatable, Sendable {
  /// What is looked for.
  enum Quarry: Equatable, Sendable {
    /// A row in which a text occurs.
    case text(String)
    /// A row that tells of a problem.
    case problem
  }

  var quarry: Quarry
  /// 1 to newer events, -1 to older ones.
  var step: Int
  /// The number of the event up to which it came.
  var seq: Int
  /// How many rows it went through.
  var rows = 0

  /// How many rows are gone through in one go.
  static let stride = 1_024

  /// What is said when there is none.
  var missing: String {
    switch quarry {
    case .text(let text): "Not found in this direction: \(text)"
    case .problem: "No other problem in this direction."
    }
  }

  /// Whether an event is what is looked for.
  func matches(_ event: Event, in session: Session) -> Bool {
    switch quarry {
    case .problem: return EventText.level(of: event.fact) == .problems
    case .text(let text):
      let words = EventText(event, in: session)
      return "\(words.word.rawValue) \(words.source) \(words.text)".matches(text)
    }
  }
}

extension Model {
  /// Goes to the next row of the feed that is looked for: at once where it is near, bit by bit where it is not.
  mutating func hunt(_ quarry: Hunt.Quarry, _ step: Int) {
    guard let current else { return }
    let seq = desk.feed.selected ?? (step < 0 ? Int.max : 0)
    desk.hunt = Hunt(quarry: quarry, step: step, seq: seq)
    goOnHunting(in: current)
  }

  /// Goes through some more rows.
  mutating func goOnHunting(in snapshot: SessionSnapshot) {
    guard var hunt = desk.hunt else { return }
    let (index, events) = (desk.index, snapshot.events)
    let count = index.count(events)
    let here = hunt.seq == Int.max ? count : index.firstRow(from: hunt.seq, in: events)
    let isLater = hunt.rows > 0
    // The row it came to is not looked at again.
    let isThere = here < count && events[index.event(at: here)].seq == hunt.seq
    var row = hunt.step < 0 ? here - 1 : isThere ? here + 1 : here
    var left = Hunt.stride
    while row >= 0, row < count, left > 0 {
      let entry = events[index.event(at: row)]
      if hunt.matches(entry.event, in: snapshot.session) {
        desk.hunt = nil
        lookAt(feedRow: row)
        // What was said on the way is over.
        if isLater { toast = nil }
        return
      }
      hunt.seq = entry.seq
      hunt.rows += 1
      row += hunt.step
      left -= 1
    }
    let isAtEnd = hunt.step < 0 ? row < 0 && index.left == 0 : row >= count
    guard !isAtEnd else {
      desk.hunt = nil
      toast = says(hunt.missing, seconds: 4)
      return
    }
    desk.hunt = hunt
    let rows = hunt.rows / 10_000
    toast = says("Looking through older rows\(rows > 0 ? ", \(rows * 10)k so far" : "")... Any key stops it.", .muted)
  }
}
