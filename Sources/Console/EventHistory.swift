import Kernel
import Synchronization

/// Reads events of a history by their places; what it gives for a place never changes, since histories only grow.
public protocol EventPages: Sendable {
  /// The events at some places, counted from 0; fewer where the history ends. One that cannot be read is said to be so.
  func events(at places: Range<Int>) -> [FeedEvent]
}

/// The events of a session, by place: all of them in memory, or pages that are read when somebody looks at them.
///
/// However long a history is, only what was looked at lately is held.
public struct EventHistory: RandomAccessCollection, Equatable, Sendable, ExpressibleByArrayLiteral {
  /// How many events one page has.
  static let pageSize = 256
  /// How many pages are held; the ones that were looked at longest ago go first.
  static let mostPages = 24
  /// How many of the newest events are held beside the pages, so that following them reads nothing.
  static let mostNewest = 1_024

  private var newest: [FeedEvent]
  /// How many events lie before the newest ones.
  private var before: Int
  private let cache: PageCache?

  /// Makes a history of events that are all in memory.
  public init(_ events: some Sequence<FeedEvent>) {
    newest = Array(events)
    before = 0
    cache = nil
  }

  /// Makes a history of events that are all in memory.
  public init(arrayLiteral events: FeedEvent...) { self.init(events) }

  /// Makes a history of so many events that are read from its pages when somebody looks at them.
  public init(pages: any EventPages, count: Int = 0) {
    newest = []
    before = count
    cache = PageCache(pages)
  }

  /// The place of the first event.
  public var startIndex: Int { 0 }
  /// The place behind the last event.
  public var endIndex: Int { before + newest.count }

  /// The event at a place.
  public subscript(place: Int) -> FeedEvent {
    if place >= before { return newest[place - before] }
    guard let cache else { return newest[place] }
    return cache.event(at: place)
  }

  /// Adds the events that happened since.
  public mutating func append(contentsOf events: some Collection<FeedEvent>) {
    newest += events
    guard cache != nil, newest.count > 2 * EventHistory.mostNewest else { return }
    let gone = newest.count - EventHistory.mostNewest
    newest.removeFirst(gone)
    before += gone
  }

  /// Adds an event.
  public mutating func append(_ event: FeedEvent) { append(contentsOf: CollectionOfOne(event)) }

  /// The first place whose event has a number or a larger one.
  func firstPlace(from seq: Int) -> Int {
    // A journal's numbers have no gaps, so nothing need be read to find one.
    if cache != nil { return Swift.min(Swift.max(0, seq - 1), count) }
    var low = 0
    var high = newest.count
    while low < high {
      let middle = (low + high) / 2
      if newest[middle].seq < seq { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The same history as it was after so many of its events.
  public func upTo(_ count: Int) -> EventHistory {
    var part = self
    if count >= before {
      part.newest = Array(newest.prefix(count - before))
    } else {
      part.newest = []
      part.before = count
    }
    return part
  }

  /// Whether two histories of one session hold the same events.
  public static func == (left: EventHistory, right: EventHistory) -> Bool {
    guard left.count == right.count else { return false }
    // Histories that are read in pages only grow, so the newest events tell; the others are compared whole.
    if left.cache != nil || right.cache != nil { return left.last == right.last }
    return left.newest == right.newest
  }
}

/// The pages that were looked at lately.
private final class PageCache: Sendable {
  private struct Held {
    var pages: [Int: [FeedEvent]] = [:]
    /// The numbers of the pages, the one that was looked at longest ago first.
    var order: [Int] = []
  }

  private let source: any EventPages
  private let held = Mutex(Held())

  init(_ source: any EventPages) { self.source = source }

  func event(at place: Int) -> FeedEvent {
    let number = place / EventHistory.pageSize
    let start = number * EventHistory.pageSize
    let page = held.withLock { held -> [FeedEvent]? in
      guard let page = held.pages[number], page.count > place - start else { return nil }
      if held.order.last != number {
        held.order.removeAll { $0 == number }
        held.order.append(number)
      }
      return page
    }
    if let page { return page[place - start] }
    let read = source.events(at: start..<(start + EventHistory.pageSize))
    held.withLock { held in
      held.pages[number] = read
      held.order.removeAll { $0 == number }
      held.order.append(number)
      if held.order.count > EventHistory.mostPages { held.pages[held.order.removeFirst()] = nil }
    }
    guard read.count > place - start else { return EventHistory.unreadable(place) }
    return read[place - start]
  }
}

extension EventHistory {
  /// What stands for an event that cannot be read any more.
  public static func unreadable(_ place: Int) -> FeedEvent {
    FeedEvent(
      seq: place + 1,
      event: Event(
        at: 0, by: "journal",
        fact: .noted(severity: .failure, text: "Event \(place + 1) cannot be read; `signalbox verify` says why.")))
  }
}
