import Synchronization

/// Keeps histories in memory: for tests, simulations and rehearsals.
///
/// It decides exactly as the durable journals do, and passes the same conformance suite. On top of that it can be told
/// to fail the way storage fails (`fail(next:)`), to lose what was not anchored, and to be tampered with.
public final class MemoryJournal: Journal {
  /// A way in which the next append goes wrong.
  public enum Fault: Equatable, Sendable {
    /// Nothing is written, and the append throws `JournalFailure.storage` with these words.
    case refused(String)
    /// Everything is written, but the caller is told `JournalFailure.storage`: it cannot know.
    case lostReply
    /// As `lostReply`, and the anchor stays behind, as after a crash between commit and anchor.
    case crashedBeforeAnchor
  }

  fileprivate struct History {
    var records: [JournalRecord] = []
    var epoch = 0
    var anchor = (seq: 0, hash: HashChain.start)
    var firstOfRequest: [[UInt8]: Int] = [:]
    var answerOfDecision: [[UInt8]: Int] = [:]

    var seq: Int { records.count }
    var hash: String { records.last?.hash ?? HashChain.start }

    mutating func index(_ record: JournalRecord) {
      // Keyed by bytes: two spellings of one text are two requests, as they are in a database.
      let request = Array(record.request.utf8)
      if firstOfRequest[request] == nil { firstOfRequest[request] = record.seq }
      if let decision = record.entry.answers { answerOfDecision[Array(decision.utf8)] = record.seq }
    }

    mutating func reindex() {
      firstOfRequest = [:]
      answerOfDecision = [:]
      for record in records { index(record) }
    }
  }

  private struct State {
    var histories: [String: History] = [:]
    var faults: [Fault] = []
    var appends = 0
  }

  /// The path that failures of this journal name.
  public static let path = "memory"

  private let state = Mutex(State())
  private let feed = ChangeFeed()

  /// Makes an empty journal.
  public init() {}

  // MARK: Journal

  public func append(
    _ entries: [JournalEntry], to session: String, expecting version: Int, epoch: Int?, request: String
  ) async throws -> AppendOutcome {
    let problem =
      JournalRules.problem(withSession: session) ?? JournalRules.problem(withEntries: entries, request: request)
    if let problem {
      throw JournalFailure.storage(path: Self.path, reason: problem)
    }
    let (outcome, fault) = try state.withLock { state in
      let fault = state.faults.isEmpty ? nil : state.faults.removeFirst()
      if case .refused(let reason) = fault { throw JournalFailure.storage(path: Self.path, reason: reason) }
      var history = state.histories[session] ?? History()
      try Self.checkAnchor(of: history, session: session)
      let outcome = try Self.append(entries, to: &history, session, version, epoch, request)
      if fault != .crashedBeforeAnchor { history.anchor = (history.seq, history.hash) }
      if history.seq > 0 { state.histories[session] = history }
      if case .appended = outcome { state.appends += 1 }
      return (outcome, fault)
    }
    if case .appended = outcome { feed.announce(session) }
    if fault != nil { throw JournalFailure.storage(path: Self.path, reason: "the reply was lost (injected)") }
    return outcome
  }

  public func read(_ session: String, after seq: Int, limit: Int) async throws -> [JournalRecord] {
    try state.withLock { state in
      guard let history = state.histories[session], limit > 0 else { return [] }
      try Self.checkAnchor(of: history, session: session)
      let start = max(seq, 0)
      guard start < history.seq else { return [] }
      let records = Array(history.records[start..<min(history.seq, start + min(limit, history.seq))])
      var check = ChainCheck(
        session: session, after: start, hash: start == 0 ? HashChain.start : history.records[start - 1].hash)
      for record in records { try check.accept(record) }
      return records
    }
  }

  public func heads(of session: String?) async throws -> [JournalHead] {
    state.withLock { state in
      state.histories.filter { session == nil || $0.key == session }
        .map { JournalHead(session: $0.key, seq: $0.value.seq, hash: $0.value.hash, epoch: $0.value.epoch) }
        .sorted { $0.session < $1.session }
    }
  }

  public func changes() -> AsyncStream<String?> { feed.listen() }

  // MARK: What only a journal in memory can do

  /// How many appends have added records.
  public var appends: Int { state.withLock { $0.appends } }

  /// Makes the next append fail in the given way; several calls queue up.
  public func fail(next fault: Fault) {
    state.withLock { $0.faults.append(fault) }
  }

  /// Forgets every record after the anchor, as a disk may after power loss; nothing acknowledged is among them.
  public func loseUnanchored() {
    state.withLock { state in
      for session in state.histories.keys { state.histories[session]?.cut(to: nil) }
    }
    feed.announce(nil)
  }

  /// Cuts a history behind the anchor's back: reading it from now on says `broken`.
  public func truncate(_ session: String, to seq: Int) {
    state.withLock { $0.histories[session]?.cut(to: seq) }
  }

  /// Changes a stored record behind the chain's back: reading it from now on says `broken`.
  public func tamper(_ session: String, seq: Int, _ change: (inout JournalRecord) -> Void) {
    state.withLock { state in
      guard var history = state.histories[session], history.records.indices.contains(seq - 1) else { return }
      change(&history.records[seq - 1])
      state.histories[session] = history
    }
  }

  // MARK: Rules

  private static func append(
    _ entries: [JournalEntry], to history: inout History, _ session: String, _ version: Int, _ epoch: Int?,
    _ request: String
  ) throws -> AppendOutcome {
    if let first = history.firstOfRequest[Array(request.utf8)] {
      let rest = history.records[(first - 1)...]
      return .repeated(Array(rest.prefix { $0.request.utf8.elementsEqual(request.utf8) }))
    }
    if let epoch, epoch < history.epoch { return .fenced(by: history.epoch) }
    for decision in entries.compactMap(\.answers) {
      if let seq = history.answerOfDecision[Array(decision.utf8)] { return .answered(history.records[seq - 1]) }
    }
    if version > history.seq { throw JournalRules.cut(session, head: history.seq, read: version) }
    if version < history.seq { return .moved(to: history.seq) }
    let records = HashChain.link(
      entries, session: session, after: history.seq, hash: history.hash, request: request, epoch: epoch)
    history.records += records
    for record in records { history.index(record) }
    if let epoch { history.epoch = max(history.epoch, epoch) }
    return .appended(records)
  }

  private static func checkAnchor(of history: History, session: String) throws {
    let anchor = history.anchor
    if anchor.seq > history.seq {
      throw JournalFailure.broken(
        session: session, seq: history.seq + 1, reason: "it is missing; the anchor proves \(anchor.seq) events")
    }
    if anchor.seq > 0, history.records[anchor.seq - 1].hash != anchor.hash {
      throw JournalFailure.broken(session: session, seq: anchor.seq, reason: "its hash is not the anchor's")
    }
  }
}

extension MemoryJournal.History {
  /// Drops the records after `seq`, or, with `nil`, those after the anchor.
  fileprivate mutating func cut(to seq: Int?) {
    records.removeLast(max(0, records.count - (seq ?? anchor.seq)))
    reindex()
    epoch = records.compactMap(\.epoch).max() ?? 0
  }
}
