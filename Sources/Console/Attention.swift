import Kernel
import Screen

// How a person who does not look is told: the bell, the desktop, a program of their own; and when they are not.

/// When and how a person wants to be told of what needs them; from `config.yaml`.
public struct Attention: Equatable, Sendable {
  /// Whether the terminal's bell may ring.
  public var bell = true
  /// Whether notices on the desktop may be asked of the terminal.
  public var desktop = true
  /// Whether a program of the person's own is told.
  public var hasProgram = false
  /// The time of day without sound, in minutes after local midnight: its first one and the one after its last. It may
  /// span midnight.
  public var quietHours: QuietHours?
  /// After how many minutes of waiting a decision is told again.
  public var repeats = [10, 60]

  /// A part of every day without sound.
  public struct QuietHours: Equatable, Sendable {
    /// Its first minute after local midnight.
    public var from: Int
    /// The first minute after it.
    public var until: Int

    /// Makes it from minutes after local midnight.
    public init(from: Int, until: Int) {
      self.from = from
      self.until = until
    }

    func contains(_ minute: Int) -> Bool {
      from <= until ? minute >= from && minute < until : minute >= from || minute < until
    }
  }

  /// Makes the settings that hold when nothing else was said.
  public init() {}
}

/// Something that a person is told of while they may be looking elsewhere.
public struct AlertNote: Equatable, Sendable {
  /// What kind of thing it is.
  public enum Kind: String, CaseIterable, Sendable {
    /// A decision waits.
    case ask
    /// A decision still waits.
    case again
    /// A session cannot go on.
    case blocked
    /// A session failed or was ended.
    case failed
    /// A session is complete.
    case done
    /// The person wants to know whether they would hear it.
    case test
  }

  /// Its number, counted from 1 while the console runs.
  public var number: Int
  /// What kind of thing it is.
  public var kind: Kind
  /// The session, or nothing for a test.
  public var session: String
  /// What is said, clean and on one line.
  public var text: String
  /// When, in milliseconds since 1970 (UTC).
  public var at: Int64
  /// How many decisions wait for the person then.
  public var waiting: Int
  /// Whether a notice on the desktop is wanted.
  public var desktop: Bool
  /// Whether the person's own program is told.
  public var program: Bool
}

/// An alert with what became of it.
struct SentAlert: Equatable, Sendable {
  var note: AlertNote
  /// By which ways it went, and whether it is known to have arrived.
  var ways: [String]
}

/// Until when a person hears nothing of something.
enum Muted: Equatable, Sendable {
  case until(Int64)
  case always

  func holds(at now: Int64) -> Bool {
    switch self {
    case .until(let moment): return now < moment
    case .always: return true
    }
  }
}

/// What the console knows of what it told.
struct Telling: Equatable, Sendable {
  /// The word each session was last seen with.
  var words: [String: StateWord] = [:]
  /// How many stages of each session were complete.
  var stages: [String: Int] = [:]
  /// How often each waiting decision was told again.
  var repeats: [DraftKey: Int] = [:]
  /// When each session was last told of aloud.
  var lastAt: [String: Int64] = [:]
  /// The sessions with a question that was not told aloud because another thing had just been.
  var owed: Set<String> = []
  var muted: [String: Muted] = [:]
  var allMuted: Muted?
  /// What was told, the newest last; the oldest go after two hundred.
  var sent: [SentAlert] = []
  var next = 1
  /// The second that was last looked at.
  var lookedAt: Int64 = 0
  /// Whether the window has the focus, once the terminal said so.
  var hasFocus: Bool?
}

extension Model {
  /// The most alerts that are listed.
  private static let listedAlerts = 200
  /// How long one session is told of only once, in milliseconds.
  private static let grouping: Int64 = 60_000

  /// Looks what changed since the last look and tells it; the first look tells nothing.
  mutating func tellChanges(isFirst: Bool) -> [Intent] {
    var intents: [Intent] = []
    for snapshot in sessions {
      let word = snapshot.word(at: now)
      let done = snapshot.session.stages.filter { $0.state == .done }.count
      let before = telling.words.updateValue(word, forKey: snapshot.id)
      let stagesBefore = telling.stages.updateValue(done, forKey: snapshot.id)
      guard !isFirst, let before else { continue }
      if before != word { intents += tell(snapshot, became: word) }
      // A stage that ends is worth a line, if nothing else is being said.
      if let stagesBefore, done > stagesBefore, toast == nil, word != .done,
        let stage = snapshot.session.stages.last(where: { $0.state == .done })
      {
        toast = says("\(snapshot.id): stage \(stage.id) \(stage.name) is complete.", .stateDone, seconds: 5)
      }
    }
    return intents
  }

  private mutating func tell(_ snapshot: SessionSnapshot, became word: StateWord) -> [Intent] {
    let id = snapshot.id
    switch word {
    case .blocked:
      let why = snapshot.session.blockers.first?.text ?? "it cannot go on"
      return tell(.blocked, id, "\(id) is blocked: \(why)", .stateBlocked)
    case .lost: return tell(.blocked, id, "\(id) lost its engine; work waits.", .stateBlocked)
    case .failed, .aborted: return tell(.failed, id, "\(id) was ended.", .stateFailed)
    case .done: return tell(.done, id, "\(id) is complete.", .stateDone)
    case .stalled:
      announce("\(id) is silent for long.", .stateWarning)
      return []
    default: return []
    }
  }

  private mutating func tell(_ kind: AlertNote.Kind, _ id: String, _ words: String, _ style: Style) -> [Intent] {
    announce(words, style)
    return sound(kind, session: id, words)
  }

  /// Says something above the status row, unless a question that waits stands there.
  private mutating func announce(_ words: String, _ style: Style) {
    if toast?.style != .stateAsk { toast = says(words, style) }
  }

  /// Tells the questions that came too soon after something else, as soon as they may be, if they still wait.
  mutating func tellOwed() -> [Intent] {
    let due = telling.owed.filter { now - (telling.lastAt[$0] ?? 0) >= Model.grouping }
    telling.owed.subtract(due)
    return due.sorted().flatMap { id -> [Intent] in
      guard let first = queue.first(where: { $0.session.id == id }) else { return [] }
      return sound(.ask, session: id, "\(id) needs you: \(first.decision.title)")
    }
  }

  /// Tells a decision again that waits for as long as the person said.
  mutating func tellAgain() -> [Intent] {
    guard hasSessions, !attention.repeats.isEmpty else { return [] }
    var intents: [Intent] = []
    let waiting = queue
    for entry in waiting {
      let key = DraftKey(session: entry.session.id, decision: entry.decision.id)
      let minutes = Clock.between(entry.decision.raisedAt, now) / 60_000
      let due = attention.repeats.filter { Int64($0) <= minutes }.count
      // What waited before the console was opened is seen by opening it.
      let told = telling.repeats[key] ?? due
      telling.repeats[key] = due
      // Where the engine reminds, it is told by that.
      guard entry.decision.reminders.isEmpty || entry.session.engine == .gone else { continue }
      guard due > told else { continue }
      let words = "\(key.session) still waits for you, \(age(entry.decision.raisedAt)): \(entry.decision.title)"
      toast = says("\(words)   \(keyName(.nextDecision)) opens the first", .stateAsk, seconds: nil)
      intents += sound(.again, session: key.session, words)
    }
    if telling.repeats.count > waiting.count {
      let open = Set(waiting.map { DraftKey(session: $0.session.id, decision: $0.decision.id) })
      telling.repeats = telling.repeats.filter { open.contains($0.key) }
    }
    return intents
  }

  /// Rings, and asks for notices, unless the person wants quiet; either way it is kept in the list of alerts.
  mutating func sound(_ kind: AlertNote.Kind, session: String, _ words: String) -> [Intent] {
    let recently = telling.lastAt[session].map { Clock.between($0, now) < Model.grouping } ?? false
    let quiet = kind == .test ? nil : reasonQuiet(session)
    var note = AlertNote(
      number: telling.next, kind: kind, session: session, text: Text.clean(words).string, at: now,
      waiting: queue.count, desktop: false, program: false)
    telling.next += 1
    defer {
      if telling.sent.count > Model.listedAlerts { telling.sent.removeFirst() }
    }
    if let quiet {
      telling.sent.append(SentAlert(note: note, ways: ["not told aloud: \(quiet)"]))
      return []
    }
    if recently, kind != .test {
      if kind == .ask { telling.owed.insert(session) }
      telling.sent.append(SentAlert(note: note, ways: ["not told aloud: told of this session a moment ago"]))
      return []
    }
    telling.lastAt[session] = now
    if note.waiting > 1, kind == .ask { note.text = "\(Model.needYou(note.waiting)). \(note.text)" }
    note.desktop = attention.desktop && (telling.hasFocus != true || kind == .test)
    note.program = attention.hasProgram
    let rings = attention.bell && kind != .done
    telling.sent.append(SentAlert(note: note, ways: rings ? ["bell (unknown whether heard)"] : []))
    return (rings ? [.bell] : []) + (note.desktop || note.program ? [.notify(note)] : [])
  }

  /// Why nothing is told aloud of a session now, or `nil` when it is.
  func reasonQuiet(_ session: String) -> String? {
    if telling.allMuted?.holds(at: liveNow) == true { return "everything is muted" }
    if telling.muted[session]?.holds(at: liveNow) == true { return "this session is muted" }
    let minute = Int(((liveNow / 60_000 + Int64(offsetMinutes)) % 1440 + 1440) % 1440)
    if attention.quietHours?.contains(minute) == true { return "quiet hours" }
    return nil
  }

  /// Takes note of what became of an alert.
  mutating func take(alert number: Int, way: String) {
    guard let place = telling.sent.lastIndex(where: { $0.note.number == number }) else { return }
    telling.sent[place].ways.append(Text.clean(way).string)
  }

  // MARK: Muting

  /// Mutes the session the person is on: first for half an hour, then for four, then for good, then no more.
  mutating func cycleMute() {
    guard let id = subjectID else { return }
    let next = Model.next(after: telling.muted[id], at: now)
    telling.muted[id] = next
    toast = says("\(id): \(muteWords(next)). Its questions still stand here.", seconds: 6)
  }

  /// Mutes everything, in the same steps.
  mutating func cycleMuteAll() {
    telling.allMuted = Model.next(after: telling.allMuted, at: now)
    toast = says("Everything: \(muteWords(telling.allMuted)). Questions still stand here.", seconds: 6)
  }

  private static func next(after muted: Muted?, at now: Int64) -> Muted? {
    guard let muted, muted.holds(at: now) else { return .until(now + 30 * 60_000) }
    guard case .until(let moment) = muted else { return nil }
    return moment - now <= 30 * 60_000 ? .until(now + 240 * 60_000) : .always
  }

  private func muteWords(_ muted: Muted?) -> String {
    switch muted {
    case .until(let until): return "muted until \(moment(until))"
    case .always: return "muted until you say otherwise"
    case nil: return "heard again"
    }
  }

  /// How many files have something wrong with them, and where that is listed.
  var troubleWords: String {
    let count = troubles.count
    return
      "\(counted(count, "problem")) with your files; \(way("\(keyName(.alerts)) lists \(count == 1 ? "it" : "them")", ""))"
  }

  /// What the header says of quiet, shortly; nothing while all is heard.
  var quietWords: String? {
    let now = liveNow
    if let all = telling.allMuted, all.holds(at: now) { return muteWords(all) }
    if let id = currentID, let one = telling.muted[id], one.holds(at: now) { return muteWords(one) }
    return nil
  }

  /// The session that is open or selected.
  var subjectID: String? { currentID ?? (place == .overview ? overview.selected : nil) }

  // MARK: The list

  /// Everything that was told, the newest first, with the ways it went.
  func alertLines(columns: Int) -> [Line] {
    var lines: [Line] = []
    if !troubles.isEmpty {
      lines.append(Line("What is wrong with your files", Style.title.bold))
      for trouble in troubles {
        lines += Line(Text.clean("- \(trouble)"), .stateWarning).wrapped(to: columns, indent: 2)
      }
      lines += [Line(), Line("What you were told", Style.title.bold)]
    }
    let bell = attention.bell ? "bell" : "no bell"
    let desktop = attention.desktop ? "notices on the desktop where the terminal has them" : "no notices on the desktop"
    let program = attention.hasProgram ? "a program of your own" : "no program of your own"
    lines += Line("By config.yaml: \(bell), \(desktop), \(program).", .muted).wrapped(to: columns)
    if let quiet = attention.quietHours {
      func time(_ minute: Int) -> String { Clock.time(Int64(minute) * 60_000, offset: 0) }
      lines += Line("Quiet hours: \(time(quiet.from)) to \(time(quiet.until)).", .muted).wrapped(to: columns)
    }
    if telling.allMuted?.holds(at: liveNow) == true { lines.append(Line(muteWords(telling.allMuted), .stateWarning)) }
    for (id, muted) in telling.muted.sorted(by: { $0.key < $1.key }) where muted.holds(at: liveNow) {
      lines.append(Line(Text.clean("\(id): \(muteWords(muted))"), .stateWarning))
    }
    lines.append(Line())
    if telling.sent.isEmpty {
      lines += Line("Nothing was told since this console was opened.", .muted).wrapped(to: columns)
    }
    for alert in telling.sent.reversed() {
      let time = Clock.time(alert.note.at, offset: offsetMinutes, seconds: true)
      lines +=
        (Line("\(time) ", .muted) + Line(alert.note.kind.word.rawValue.padded(to: 5), alert.note.kind.word.style)
        + Line(alert.note.text)).wrapped(to: columns, indent: 14)
      for way in alert.ways { lines += Line("              \(way)", .muted).wrapped(to: columns, indent: 14) }
    }
    return lines
  }
}

extension AlertNote.Kind {
  var word: StateWord {
    switch self {
    case .ask, .again: return .ask
    case .blocked: return .blocked
    case .failed: return .failed
    case .done: return .done
    case .test: return .note
    }
  }
}
