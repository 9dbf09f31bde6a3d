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
    /// It is no longer asked, or somebody else answered.
    case closed
  }

  /// How long no key may be pressed before keys can answer, in milliseconds. Long enough for a person typing into
  /// something else to notice; short enough not to be felt by one who opened the card.
  static let quiet: Int64 = 350

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
  /// Whether keys may answer.
  private(set) var isArmed = false
  /// The first moment known to be after the last key; `nil` until one came.
  private var quietSince: Int64?
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
  private(set) var effects: [String: Consequences] = [:]
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

  init(session: String, decision: Decision) {
    key = DraftKey(session: session, decision: decision.id)
    shown = decision
    hiddenCount = Text.lines(decision.body).reduce(0) { $0 + $1.hiddenCount }
  }

  /// Whether a text has the keys.
  var isTyping: Bool { focus != .options && phase == .open }

  /// The option chosen now.
  var chosen: Option? { choice.flatMap { id in shown.options.first { $0.id == id } } }

  /// A key was pressed: the quiet begins anew, unless the keys are armed already.
  mutating func disturb() {
    if !isArmed { quietSince = nil }
  }

  /// Time went on; the first moment after a key starts the quiet, because the key's own moment is not known.
  mutating func settle(at now: Int64) {
    guard !isArmed else { return }
    guard let since = quietSince, since <= now else {
      quietSince = now
      return
    }
    if now - since >= DecisionCard.quiet { isArmed = true }
  }

  /// The same question is asked anew under another identifier.
  mutating func rename(to key: DraftKey) { self.key = key }

  /// The question changed: it must be read and the keys armed again.
  mutating func reopen(with decision: Decision) {
    changes = DecisionCard.difference(from: shown, to: decision)
    shown = decision
    hiddenCount = Text.lines(decision.body).reduce(0) { $0 + $1.hiddenCount }
    laidOut = nil
    phase = .open
    focus = .options
    choice = nil
    confirmation = LineEditor()
    offset = 0
    showsEffects = false
    effectsRead = []
    wasRead = false
    isArmed = false
    quietSince = nil
    effectsVersion = -1
  }

  /// Finds out what each option would change, once per version of the session.
  mutating func weigh(in session: Session) {
    guard effectsVersion != session.version, session.decision(shown.id)?.isOpen == true else { return }
    effectsVersion = session.version
    effects = [:]
    for option in shown.options { effects[option.id] = preview(option, of: shown, in: session) }
  }

  /// The next or previous part that can have the keys.
  mutating func moveFocus(by step: Int) {
    var parts: [Focus] = [.options]
    parts += shown.fields.indices.map { .field($0) }
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

extension Option {
  /// Whether choosing it loses something for good.
  var isDestructive: Bool { confirm != nil || effect.isFinal }
}
