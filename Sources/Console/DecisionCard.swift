import Kernel
import Screen

/// An open decision on the screen: what was shown, what has the keys, and whether keys may answer yet.
struct DecisionCard: Equatable, Sendable {
  /// Which part has the keys.
  enum Focus: Equatable, Sendable {
    case options
    case field(Int)
    case note
    case confirmation
  }

  /// How far the answer is.
  enum Phase: Equatable, Sendable {
    /// The person reads and chooses.
    case open
    /// An answer is on its way.
    case sent(Int)
    /// The answer was written down.
    case accepted
    /// The files moved; the same question comes again as soon as they were kept.
    case awaited
    /// It is no longer asked, or somebody else answered.
    case closed
  }

  private(set) var key: DraftKey
  /// The decision as it is shown; an answer is bound to its digest.
  var shown: Decision
  var focus = Focus.options
  var phase = Phase.open
  /// The chosen option. Nothing is chosen until the person chooses.
  var choice: String?
  var confirmation = LineEditor()
  /// The first visible row of the question.
  var offset = 0
  /// Whether everything the chosen option would do stands where the question was.
  var showsEffects = false
  /// The options whose consequences did not fit beside the question and were shown in full.
  var effectsRead: Set<String> = []
  /// Whether the end of the question was on the screen.
  var wasRead = false
  private var arming = Arming()
  /// Whether keys may answer.
  var isArmed: Bool { arming.isArmed }
  /// What to tell the person about the last try.
  var notice: (words: String, isGood: Bool)? {
    get { noticeWords.map { ($0, noticeIsGood) } }
    set {
      noticeWords = newValue?.words
      noticeIsGood = newValue?.isGood ?? false
    }
  }
  private var noticeWords: String?
  private var noticeIsGood = false
  /// Lines that changed since the person read it: removed and added.
  var changes: [(isAdded: Bool, text: String)] {
    get { zip(changeMarks, changeTexts).map { ($0, $1) } }
    set {
      changeMarks = newValue.map(\.isAdded)
      changeTexts = newValue.map(\.text)
    }
  }
  private var changeMarks: [Bool] = []
  private var changeTexts: [String] = []
  /// The consequences of each option, by its identifier, at a version of the session.
  var effects: [String: Weighed] = [:]
  private var effectsVersion = -1
  /// The question laid out at a width, kept because every key asks for it.
  var laidOut: (columns: Int, lines: [Line])? {
    get { laidOutColumns.map { ($0, laidOutLines) } }
    set {
      laidOutColumns = newValue?.columns
      laidOutLines = newValue?.lines ?? []
    }
  }
  private var laidOutColumns: Int?
  private var laidOutLines: [Line] = []
  /// How many hidden characters of the question were made visible.
  private(set) var hiddenCount = 0
  /// Words of the question in which a letter is not what it looks like.
  private(set) var lookAlikes: [LookAlike] = []

  init(session: String, decision: Decision) {
    key = DraftKey(session: session, decision: decision.id)
    shown = decision
    lookCloser()
  }

  /// Counts what was hidden in the question, and finds letters that look like others.
  private mutating func lookCloser() {
    hiddenCount = Text.lines(shown.body).reduce(0) { $0 + $1.hiddenCount }
    lookAlikes = Text.lookAlikes(
      in: [shown.title, shown.body, shown.askedBy] + shown.options.flatMap { [$0.title, $0.says] })
  }

  /// Whether a text has the keys.
  var isTyping: Bool { focus != .options && phase == .open }

  /// The option chosen now.
  var chosen: Option? { choice.flatMap { id in shown.options.first { $0.id == id } } }

  /// The fields that are asked for now: those of the chosen option; before one is chosen, those nobody may leave out.
  var fields: [DecisionField] {
    switch phase {
    case .open, .sent: return shown.fields(of: chosen)
    case .accepted, .closed, .awaited: return []
    }
  }

  /// Whether a field takes several lines; only what becomes part of the brief does.
  var isLongField: Bool { chosen.map { $0.effect == .amend } ?? true }

  /// A key was pressed.
  mutating func disturb() { arming.disturb() }

  /// Time went on.
  mutating func settle(at now: Int64) { arming.settle(at: now) }

  /// The same question is asked anew under another identifier.
  mutating func rename(to key: DraftKey) { self.key = key }

  /// The question changed: it must be read and the keys armed again.
  mutating func reopen(with decision: Decision) {
    changes = DecisionCard.difference(from: shown, to: decision)
    shown = decision
    lookCloser()
    laidOut = nil
    phase = .open
    focus = .options
    choice = nil
    confirmation = LineEditor()
    offset = 0
    showsEffects = false
    effectsRead = []
    wasRead = false
    arming = Arming()
    effects = [:]
    effectsVersion = -1
  }

  /// Finds out what each option would change, once per version of the session.
  mutating func weigh(in session: Session) {
    guard effectsVersion != session.version, session.decision(shown.id)?.isOpen == true else { return }
    effectsVersion = session.version
    for option in shown.options {
      let base = preview(option, of: shown, in: session)
      if let known = effects[option.id], known.base != base { effectsRead.remove(option.id) }
      effects[option.id, default: Weighed(base)].renew(base)
    }
  }

  /// The question was closed from outside: what is typed now was meant for it, so the keys must rest first.
  mutating func disarm() { arming = Arming() }

  /// The next or previous part that can have the keys.
  mutating func moveFocus(by step: Int) {
    var parts: [Focus] = [.options]
    parts += fields.indices.map { .field($0) }
    parts.append(.note)
    let place = parts.firstIndex(of: focus) ?? 0
    focus = parts[(place + step + parts.count) % parts.count]
  }

  /// The lines that two versions of a question do not share.
  static func difference(from old: Decision, to new: Decision) -> [(isAdded: Bool, text: String)] {
    func lines(_ decision: Decision) -> [String] {
      let options = decision.options.map { "\($0.key.uppercased()) \($0.title): \($0.says)" }
      return [decision.title] + Text.lines(decision.body).map(\.string) + options
    }
    let before = lines(old)
    let after = lines(new)
    let change = after.difference(from: before)
    var found: [(isAdded: Bool, text: String)] = []
    for step in change {
      switch step {
      case .remove(_, let text, _): if !text.isEmpty { found.append((false, text)) }
      case .insert(_, let text, _): if !text.isEmpty { found.append((true, text)) }
      }
    }
    return found
  }
}

extension Decision {
  /// The fields that an option takes; without one, those that may not stay empty.
  func fields(of option: Option?) -> [DecisionField] {
    guard let option else { return fields.filter { !$0.isOptional } }
    // Decisions of older programs name no fields: they all belong to the option that amends the brief.
    if option.effect == .amend, option.fields.isEmpty { return fields }
    return fields.filter { option.fields.contains($0.name) }
  }

  /// Where the same question is open again after it was withdrawn, if it is.
  func successor(in session: Session) -> Decision? {
    session.openDecisions.first { $0.subject == subject && $0.situation == situation && $0.id != id }
  }
}
