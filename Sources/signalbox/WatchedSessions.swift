import Console
import Engine
import Foundation
import Kernel

/// The sessions of a journal, kept folded and read on as they grow.
struct WatchedSessions {
  /// A session that was begun to be read.
  private struct Watched {
    var open: OpenSession
    var feed: EventHistory
    var engine = EngineStatus.none
    /// How much of which record was shown last.
    var output = ""
    /// Whether it was read to its end once; a state half read is never shown as the present.
    var isRead = false
    /// After which event its state was last kept, and when.
    var keptAt: Int
    var keptLast: ContinuousClock.Instant?
  }

  private let journal: any PagedJournal
  private let wiring: Wiring
  private var watched: [String: Watched] = [:]
  /// How many events the sessions have that can be read.
  private var heads: [String: Int] = [:]
  /// Why the others cannot be.
  private var troubles: [String: String] = [:]
  /// How many events are read at once.
  private static let stride = 500
  /// How long is read on before keys are looked at again.
  private static let patience = Duration.milliseconds(15)
  /// So many more events make a state worth keeping anew, though no sooner than after a while.
  private static let keptAfter = (events: 2_000, pause: Duration.seconds(30))
  /// How much of a running record is shown, in bytes from its end.
  private static let outputTail: UInt64 = 16_384
  /// Which build of the program this is.
  private static let program: String = {
    let path = Bundle.main.executablePath ?? ""
    let file = try? FileManager.default.attributesOfItem(atPath: path)
    let changed = (file?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\(Version.number) \(file?[.size] as? Int ?? 0) \(changed)"
  }()

  init(journal: any PagedJournal, wiring: Wiring) {
    self.journal = journal
    self.wiring = wiring
  }

  // MARK: Reading

  /// Reads on one session, or all of them where it is not known which grew. Long journals are read in parts, see
  /// ``behind``.
  mutating func refresh(_ session: String?) async throws {
    for head in try await journal.heads(of: session) {
      heads[head.session] = head.seq
      let start = ContinuousClock.now
      repeat { await read(head.session) } while isBehind(head.session) && ContinuousClock.now - start < Self.patience
    }
  }

  /// How many events of a session were read.
  private func done(_ name: String) -> Int { watched[name]?.open.session.version ?? 0 }
  private func isBehind(_ name: String) -> Bool { done(name) < heads[name] ?? 0 }

  /// Reads another part of what is behind, for as long as a key may wait.
  mutating func readOn() async {
    let start = ContinuousClock.now
    while true {
      let names = behind.map(\.session)
      guard !names.isEmpty else { return }
      for name in names {
        await read(name)
        if ContinuousClock.now - start > Self.patience { return }
      }
    }
  }

  /// Reads everything to its end.
  mutating func readAll() async {
    while !behind.isEmpty { await readOn() }
  }

  private mutating func read(_ name: String) async {
    var one: Watched
    if let known = watched[name] { one = known } else { one = await begin(name) }
    let start = one.open.session.version
    let new: [Event]
    do {
      new = try await one.open.advance(atMost: Self.stride)
      troubles[name] = nil
    } catch {
      // A session that cannot be read hides no other, and is never silently missing.
      troubles[name] = Told(error)?.why ?? "\(error)"
      heads[name] = nil
      return
    }
    let session = one.open.session
    guard !session.id.isEmpty else { return }
    one.feed.append(contentsOf: new.enumerated().map { FeedEvent(seq: start + $0 + 1, event: $1) })
    one.engine = status(session)
    if session.version >= heads[name] ?? 0 {
      one.isRead = true
      keep(&one)
    }
    watched[name] = one
  }

  /// Begins to read a session where it was last looked at, if that can be.
  private func begin(_ name: String) async -> Watched {
    let kept = KeptState.read(wiring.state.session(name).state, program: Self.program, session: name)
    let open = await OpenSession.looking(name, in: journal, from: kept)
    let count = open.session.version
    return Watched(
      open: open, feed: EventHistory(pages: JournalPages(journal: journal, session: name), count: count), keptAt: count)
  }

  /// Keeps the state of a session that grew by much since it was last kept, beside the loop.
  private func keep(_ one: inout Watched) {
    let (session, now) = (one.open.session, ContinuousClock.now)
    guard session.version - one.keptAt >= Self.keptAfter.events,
      one.keptLast.map({ now - $0 > Self.keptAfter.pause }) ?? true
    else { return }
    one.keptLast = now
    one.keptAt = session.version
    let kept = KeptState(program: Self.program, session: session.id, hash: one.open.headHash, state: session)
    let path = wiring.state.session(session.id).state
    Task.detached(priority: .background) { kept.write(to: path) }
  }

  // MARK: What is known

  /// The sessions that are not read to their end yet.
  var behind: [ReadingOn] {
    heads.sorted { $0.key < $1.key }.filter { isBehind($0.key) }.map {
      ReadingOn(session: $0, done: done($0), all: $1)
    }
  }

  /// The sessions that cannot be read, and those that are not read to their end yet.
  var reading: [ReadingOn] {
    troubles.sorted { $0.key < $1.key }.map { ReadingOn(session: $0, done: 0, all: 0, trouble: $1) } + behind
  }

  /// Whether there is none, not even one that cannot be read.
  var isEmpty: Bool { watched.isEmpty && troubles.isEmpty && heads.isEmpty }

  /// Whether a session was read to its end once.
  func isRead(_ name: String) -> Bool { watched[name]?.isRead ?? false }

  /// The session with a name, as it was last read.
  func session(_ name: String) -> Session? { watched[name]?.open.session }

  func snapshots() -> [SessionSnapshot] {
    watched.sorted { $0.key < $1.key }.filter(\.value.isRead).map { _, one in
      SessionSnapshot(session: one.open.session, events: one.feed, engine: one.engine)
    }
  }

  /// Whether an engine began or ended without an event that says so.
  mutating func livenessMoved() -> Bool {
    var moved = false
    for (name, one) in watched {
      let now = status(one.open.session)
      guard one.engine != now else { continue }
      watched[name]?.engine = now
      moved = true
    }
    return moved
  }

  private func status(_ session: Session) -> EngineStatus {
    guard let holder = session.holder else { return .none }
    return wiring.liveness(of: session) == .gone ? .gone : .alive(holder.name, since: holder.since)
  }

  /// The newest lines of what is being done, for each session in which they changed since they were last asked for.
  ///
  /// Output is looked at when the picture is drawn anyway, once a second while something runs; nothing waits for it.
  mutating func newOutput() -> [(session: String, lines: [String])] {
    var found: [(session: String, lines: [String])] = []
    for (name, one) in watched {
      guard case .perform(let task, let attempt)? = one.open.session.inFlight.last else { continue }
      let path = "\(wiring.state.session(name).transcripts)/\(task)-\(attempt).log"
      guard let handle = FileHandle(forReadingAtPath: path) else { continue }
      defer { try? handle.close() }
      guard let end = try? handle.seekToEnd() else { continue }
      let mark = "\(path) \(end)"
      guard one.output != mark else { continue }
      watched[name]?.output = mark
      let start = end > Self.outputTail ? end - Self.outputTail : 0
      guard (try? handle.seek(toOffset: start)) != nil, let data = try? handle.readToEnd() else { continue }
      var lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
      if start > 0, lines.count > 1 { lines.removeFirst() }
      found.append((name, lines))
    }
    return found
  }
}
