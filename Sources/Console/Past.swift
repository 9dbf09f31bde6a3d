import Kernel
import Screen

// Time travel: a session as it stood after one of its events, folded from the journal like the present. It is only
// looked at; every order is about the present and says so.

/// A session as it stood at a moment of its past.
struct Past: Equatable, Sendable {
  /// The session then, with the events up to then, and the engine that held it.
  private(set) var snapshot: SessionSnapshot
  /// Sessions folded on the way, so that a step back folds a few events and not all of them.
  private var kept: [Kept] = []
  private var spacing = 128

  private struct Kept: Equatable {
    var count: Int
    var session: Session
  }

  /// How many sessions are kept at most.
  private static let most = 64

  /// Goes to where a session stood after so many of its events.
  init(_ live: SessionSnapshot, after count: Int) {
    snapshot = SessionSnapshot(session: Session())
    go(to: count, in: live)
  }

  /// The moment of the last event that had happened.
  var moment: Int64 { snapshot.session.updatedAt }

  /// How many events had happened.
  var count: Int { snapshot.events.count }

  /// Goes to where the session stood after so many events, at least one.
  mutating func go(to wanted: Int, in live: SessionSnapshot) {
    let target = min(max(1, wanted), live.events.count)
    kept.removeAll { $0.count > live.events.count }
    let nearest = kept.last { $0.count <= target }
    var session = nearest?.session ?? Session()
    for place in (nearest?.count ?? 0)..<target {
      session.apply(live.events[place].event)
      if (place + 1) % spacing == 0 { keep(session, at: place + 1) }
    }
    let engine = session.holder.map { EngineStatus.alive($0.name, since: $0.since) } ?? .none
    snapshot = SessionSnapshot(session: session, events: live.events.upTo(target), engine: engine)
  }

  private mutating func keep(_ session: Session, at count: Int) {
    guard let place = kept.firstIndex(where: { $0.count >= count }) else {
      kept.append(Kept(count: count, session: session))
      return thin()
    }
    guard kept[place].count != count else { return }
    kept.insert(Kept(count: count, session: session), at: place)
    thin()
  }

  private mutating func thin() {
    guard kept.count > Past.most else { return }
    spacing *= 2
    kept.removeAll { $0.count % spacing != 0 }
  }
}

/// To what one goes in the past.
enum PastStep: Equatable, Sendable {
  /// The event before or behind, as far as the feed shows it.
  case event(Int)
  /// Where a stage began.
  case stage(Int)
  /// Where a person decided.
  case decision(Int)
}

extension Model {
  /// The past that the current session is looked at in, if it is.
  var past: Past? { currentID.flatMap { desks[$0]?.past } }

  /// A session as it is shown: as it stood, while its past is looked at.
  func shown(_ id: String) -> SessionSnapshot? { desks[id]?.past?.snapshot ?? snapshot(id) }

  /// Why an order has no sense now, or `nil`.
  var reasonPast: String? { past == nil ? nil : "you look at the past; \(keyName(.pastNow)) goes back to now" }

  /// Why the past cannot be looked at, or `nil`.
  var reasonNoPast: String? {
    guard let id = currentID, let live = snapshot(id) else { return "no session is open" }
    guard let first = live.events.first else { return "nothing has happened yet" }
    return first.seq == 1 ? nil : "its first events are not here"
  }

  /// Begins to look at the past where the person is: at the selected event of the feed, or before the newest one.
  mutating func enterPast() {
    guard past == nil, let id = currentID, let live = snapshot(id) else { return }
    var count = live.events.count - 1
    if desk.focus == .feed, !desk.isFollowing, let seq = desk.feed.selected, let place = live.place(of: seq) {
      count = place + 1
    }
    look(at: live, after: count)
  }

  /// Begins to look at the past right after an event, or goes there.
  mutating func enterPast(session id: String, after seq: Int) {
    guard let live = snapshot(id), let place = live.place(of: seq), reasonNoPast == nil else { return }
    look(at: live, after: place + 1)
  }

  private mutating func look(at live: SessionSnapshot, after count: Int) {
    closeReadings()
    if past == nil { desk.past = Past(live, after: count) } else { desk.past?.go(to: count, in: live) }
    desk.isFollowing = true
  }

  /// Goes back to the present; what was opened in the past is closed.
  mutating func leavePast() {
    guard past != nil else { return }
    closeReadings()
    desk.past = nil
    desk.isFollowing = true
  }

  private mutating func closeReadings() {
    places.removeAll { $0 == .reading }
    reading = []
  }

  /// Goes on in the past, towards the end as far as now; there it stays in the past, for only `G` says "now".
  mutating func travel(_ step: PastStep) {
    guard let id = currentID, let live = snapshot(id), let at = past?.count else { return }
    let events = live.events
    let sign: Int
    let fits: (Event) -> Bool
    switch step {
    case .event(let direction):
      sign = direction
      let level = desk.level.rawValue
      fits = { EventText.level(of: $0.fact).rawValue <= level }
    case .stage(let direction):
      sign = direction
      fits = { if case .stageStarted = $0.fact { true } else { false } }
    case .decision(let direction):
      sign = direction
      fits = { if case .decisionAnswered = $0.fact { true } else { false } }
    }
    var place = at - 1 + sign
    while events.indices.contains(place), !fits(events[place].event) { place += sign }
    guard events.indices.contains(place) else {
      let words: String
      switch step {
      case .event:
        words =
          sign < 0 ? "This is where it began." : "This is the newest event. \(keyName(.pastNow)) goes back to now."
      case .stage: words = sign < 0 ? "No stage began before." : "No stage began since."
      case .decision: words = sign < 0 ? "Nobody decided anything before." : "Nobody decided anything since."
      }
      toast = says(words, seconds: 4)
      return
    }
    look(at: live, after: place + 1)
  }

  /// What happened between the moment that is looked at and now, in rows of a label and words.
  var sincePast: [(label: String, value: String)] {
    guard let past, let live = currentID.flatMap(snapshot) else { return [] }
    let then = past.snapshot.session
    let now = live.session
    var rows: [(label: String, value: String)] = []
    func say(_ label: String, _ words: [String]) {
      if !words.isEmpty { rows.append((label, words.joined(separator: ", "))) }
    }
    if now.version <= then.version { return [("Since", "nothing: this is the newest event")] }
    say("Events", ["\(live.events.count - past.count) more"])
    say(
      "Stages",
      now.stages.compactMap { stage in
        let before = then.stages.first { $0.id == stage.id }?.state ?? .todo
        return before == stage.state
          ? nil : "\(stage.id) \(stage.name): \(before.word.rawValue) -> \(stage.state.word.rawValue)"
      })
    say(
      "Gates",
      now.gates.compactMap { gate in
        guard let before = then.gate(gate.id) else { return nil }
        let moved = before.achieved == gate.achieved ? "" : " (\(before.achieved) -> \(gate.achieved))"
        return before.word == gate.word && moved.isEmpty
          ? nil : "\(gate.title): \(before.word.rawValue) -> \(gate.word.rawValue)\(moved)"
      })
    let opened = now.gates.filter { then.gate($0.id) == nil }.count
    if opened > 0 { say("New gates", ["\(opened)"]) }
    say("Tasks", Model.counts(of: then, to: now))
    say(
      "Decided",
      now.decisions.compactMap { decision in
        guard let answer = decision.answer, then.decision(decision.id)?.answer == nil else { return nil }
        return "\(decision.id) \(decision.option(answer.option)?.title ?? answer.option) (\(answer.by))"
      })
    let settled = then.openDecisions.filter { now.decision($0.id)?.withdrawn != nil }.map(\.id)
    say("No longer asked", settled)
    let fresh = now.files.records.filter { then.files[$0.path] == nil }.count
    let changed = now.files.records.filter { record in
      then.files[record.path].map { $0.hash != record.hash } ?? false
    }.count
    say(
      "Files",
      (fresh > 0 ? ["\(counted(fresh, "file")) more"] : [])
        + (changed > 0 ? ["\(counted(changed, "file")) changed"] : [])
    )
    say("Blockers closed", then.blockers.filter { open in !now.blockers.contains { $0.id == open.id } }.map(\.text))
    return rows
  }

  private static func counts(of then: Session, to now: Session) -> [String] {
    let done = (then.tasks.filter { $0.state == .done }.count, now.tasks.filter { $0.state == .done }.count)
    let all = (then.tasks.count, now.tasks.count)
    return done.0 != done.1 || all.0 != all.1
      ? ["\(done.0) of \(all.0) done -> \(done.1) of \(all.1)"] : []
  }
}
