import Console
import Engine
import Kernel

/// Reads the events of a session's journal by place, for whoever looks at old ones.
struct JournalPages: EventPages {
  let journal: any PagedJournal
  let session: String

  func events(at places: Range<Int>) -> [FeedEvent] {
    let records = (try? journal.page(session, after: places.lowerBound, limit: places.count)) ?? []
    return records.map { record in
      guard let event = try? EventCoding.event(from: record.entry) else {
        return EventHistory.unreadable(record.seq - 1)
      }
      return FeedEvent(seq: record.seq, event: event)
    }
  }
}
