import Kernel

/// Says that another engine holds the session now.
public struct Replaced: Error, Equatable, Sendable {
  /// The epoch of the engine that took the lease.
  public var by: Int
}

/// A session as read from its journal, with the means to add to it.
///
/// Console, command line and engine all use it the same way: read, fold, decide, append with compare-and-set; when the
/// history moved meanwhile, read on and decide again.
public struct OpenSession: Sendable {
  /// The journal it was read from.
  public let journal: any Journal
  /// Its identifier.
  public let id: String
  /// The folded state.
  public private(set) var session = Session()
  /// The hash of the last event.
  public private(set) var headHash = String(repeating: "0", count: 64)
  /// The whole history, when it is kept.
  public private(set) var events: [Event] = []
  private let keepsEvents: Bool

  /// Prepares to read a session; `refresh` reads it.
  public init(_ id: String, in journal: any Journal, keepingEvents: Bool = false) {
    self.id = id
    self.journal = journal
    keepsEvents = keepingEvents
  }

  /// Prepares to read on from a kept state, if its event is the journal's; for looking, never for deciding.
  public static func looking(_ id: String, in journal: any Journal, from kept: KeptState?) async -> OpenSession {
    var open = OpenSession(id, in: journal)
    guard let kept, kept.session == id else { return open }
    let record = try? await journal.read(id, after: kept.state.version - 1, limit: 1).first
    guard let record, record.seq == kept.state.version, record.hash == kept.hash else { return open }
    open.session = kept.state
    open.headHash = kept.hash
    return open
  }

  /// Reads a session up to its head.
  ///
  /// - Throws: ``JournalFailure`` where the journal cannot be trusted, ``Refusal/notCreated`` where there is none.
  public static func open(
    _ id: String, in journal: any Journal, keepingEvents: Bool = false
  ) async throws -> OpenSession {
    var open = OpenSession(id, in: journal, keepingEvents: keepingEvents)
    try await open.refresh()
    guard !open.session.id.isEmpty else { throw Refusal.notCreated }
    return open
  }

  /// Reads a session as it stood after one of its events.
  ///
  /// - Throws: As `open` does.
  public static func open(_ id: String, in journal: any Journal, upTo seq: Int) async throws -> OpenSession {
    var open = OpenSession(id, in: journal)
    while open.session.version < seq {
      let records = try await journal.read(
        id, after: open.session.version, limit: min(1_000, seq - open.session.version))
      guard !records.isEmpty else { break }
      _ = try open.fold(records)
    }
    guard !open.session.id.isEmpty else { throw Refusal.notCreated }
    return open
  }

  /// Reads on to the head; returns the events that were new.
  @discardableResult
  public mutating func refresh() async throws -> [Event] {
    var new: [Event] = []
    while true {
      let more = try await advance(atMost: 1_000)
      if more.isEmpty { return new }
      new += more
    }
  }

  /// Reads on by at most so many events; returns them, and nothing at the head.
  public mutating func advance(atMost count: Int) async throws -> [Event] {
    try fold(try await journal.read(id, after: session.version, limit: count))
  }

  /// Submits an order: decides it on the newest state and appends what follows.
  ///
  /// - Parameters:
  ///   - order: What is asked.
  ///   - epoch: The caller's lease epoch when it is the engine, else `nil`.
  ///   - request: Identifies this submission; repeating it adds nothing.
  /// - Returns: The events that were added, or those the same request added before.
  /// - Throws: ``Refusal``, ``Replaced`` or ``JournalFailure``; nothing was added then.
  @discardableResult
  public mutating func submit(_ order: Order, epoch: Int? = nil, request: String) async throws -> [Event] {
    while true {
      let events = try decide(order, in: session)
      guard !events.isEmpty else { return [] }
      let entries = events.map(EventCoding.entry(for:))
      let outcome = try await journal.append(
        entries, to: id, expecting: session.version, epoch: epoch, request: request)
      switch outcome {
      case .appended(let records): return try fold(records)
      case .repeated(let records):
        try await refresh()
        return try records.map { try EventCoding.event(from: $0.entry) }
      case .moved: try await refresh()
      case .answered:
        // The winner's answer is in the history now; deciding again names who and what.
        try await refresh()
      case .fenced(let by):
        try await refresh()
        throw Replaced(by: by)
      }
    }
  }

  private mutating func fold(_ records: [JournalRecord]) throws -> [Event] {
    var new: [Event] = []
    for record in records {
      guard record.seq == session.version + 1 else {
        throw JournalFailure.broken(
          session: id, seq: session.version + 1, reason: "The event after \(session.version) is missing.")
      }
      let event: Event
      do {
        event = try EventCoding.event(from: record.entry)
      } catch {
        throw JournalFailure.broken(session: id, seq: record.seq, reason: "Its data cannot be read: \(error)")
      }
      session.apply(event)
      headHash = record.hash
      if keepsEvents { events.append(event) }
      new.append(event)
    }
    return new
  }
}
