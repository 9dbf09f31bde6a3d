import Kernel
import Screen

// The console as lines: for screen readers, braille, bad connections and logs. It drives the same model as the frames do,
// so what may be answered, and what stands between a person and an answer, is decided in one place.

/// The console as lines that are only ever added, with a line typed for every order.
///
///     var console = LinearConsole(model)
///     let first = console.take(.sessions(snapshots))
///     let answer = console.type("decide")
public struct LinearConsole: Sendable {
  /// What a message or a typed line leads to.
  public struct Output: Sendable {
    /// The lines to print, in order.
    public var lines: [String] = []
    /// What the shell should do.
    public var intents: [Intent] = []
  }

  /// What the next typed line is taken for.
  enum Step: Equatable, Sendable {
    /// A command.
    case command
    /// The number of an option of the open decision.
    case option
    /// A field of the open decision's answer.
    case field(Int)
    /// The note of the open decision's answer.
    case note
    /// The word that sends the answer.
    case send
    /// The number of a row of the open dialog.
    case row
    /// A text of the open dialog.
    case text(Int)
    /// The word that gives the dialog's order.
    case order
  }

  /// The console below, which knows and decides everything.
  public internal(set) var model: Model
  var step = Step.command
  /// The rest of a long text, which Enter goes on with.
  var rest: [String] = []
  /// The last pane that was listed, for `read NUMBER`.
  var listed: Pane?
  /// How far each session's events were told, by number.
  private var told: [String: Int] = [:]
  /// What happened and was not told yet.
  private var waiting: [(word: StateWord, line: String)] = []
  private var unsaid = 0
  private var spokeAt: Int64 = 0
  /// Whether only questions and failures are told by themselves.
  var isQuiet = false
  /// What was said last, for `say`.
  private(set) var lastSaid: [String] = []
  var toastSaid: Toast?
  private var noticeSaid: String?
  /// Whether what an option or an undo would do is still awaited, to be said when it comes.
  var awaitsEffects = false
  /// Whether a report or a file's difference is awaited.
  var awaitsReading = false
  /// Whether a file's contents are awaited.
  var awaitsFile = false

  /// How many lines are printed before Enter is asked for.
  static let page = 20
  /// How wide texts are laid out.
  static let columns = 100

  /// Makes a console of lines from a model, whose size does not matter.
  public init(_ model: Model) {
    self.model = model
    self.model.size = Size(columns: LinearConsole.columns, rows: 40)
    self.model.glyphs = .ascii
    self.model.speaksLines = true
  }

  /// What stands before the line that is typed.
  public var prompt: String {
    if !rest.isEmpty { return "Enter for more, s to skip > " }
    switch step {
    case .command:
      let mark = model.isReadOnly ? "(read-only) " : ""
      return model.currentID.map { "\(Text.clean($0).string) \(mark)> " } ?? "\(mark)> "
    case .option: return "option > "
    case .field, .text: return "text > "
    case .note: return "note > "
    case .send, .order: return "yes or no > "
    case .row: return "number > "
    }
  }

  // MARK: What happens

  /// Takes note of a message.
  public mutating func take(_ message: Message) -> Output {
    var output = Output()
    output.intents = model.update(message)
    switch message {
    case .sessions(let snapshots): tell(snapshots)
    default: break
    }
    if case .fileRead(let file, let text, let trouble) = message {
      output.lines += say(file, text, trouble: trouble)
    }
    output.lines += results()
    output.lines += speak()
    remember(output.lines)
    return output
  }

  /// Begins: what there is, in a few lines.
  public mutating func begin() -> [String] {
    var lines = ["Signalbox in lines. Type help for the commands, quit to leave; sessions go on without this."]
    if model.isReadOnly { lines.append("READ-ONLY: everything can be looked at, and nothing is ordered from here.") }
    if model.currentID == nil, model.sessions.count == 1 { model.open(session: model.sessions[0].id) }
    lines += statusLines()
    remember(lines)
    return lines
  }

  /// Milliseconds until something could have to be said, or `nil`.
  public var wakeAfter: Int64? { waiting.isEmpty ? model.wakeAfter : min(1000, model.wakeAfter ?? 1000) }

  /// Puts new events into words; what is a question or a failure is told at once, the rest once a second. No problem and
  /// no end of a session is left out, however much else happens.
  private mutating func tell(_ snapshots: [SessionSnapshot]) {
    for snapshot in snapshots {
      let last = snapshot.events.last?.seq ?? 0
      guard let before = told.updateValue(last, forKey: snapshot.id) else { continue }
      let first = snapshot.place(of: before).map { $0 + 1 } ?? 0
      for entry in snapshot.events[first...] {
        let level = EventText.level(of: entry.event.fact)
        let mustBeSaid = level == .problems || entry.event.fact == .sessionCompleted
        guard mustBeSaid || level == .normal && !isQuiet else { continue }
        if !mustBeSaid, waiting.count >= 3 {
          unsaid += 1
          continue
        }
        waiting.append((EventText(entry.event, in: snapshot.session).word, line(of: entry, in: snapshot)))
      }
    }
  }

  /// `10:42:06 ledger RUN 5 Verify: requirements 16 of 18`, with what to type for a question.
  func line(of entry: FeedEvent, in snapshot: SessionSnapshot) -> String {
    let words = EventText(entry.event, in: snapshot.session)
    let time = Clock.time(entry.event.at, offset: model.offsetMinutes, seconds: true)
    var line = "\(time) \(Text.clean(snapshot.id).string) \(words.word.rawValue) \(words.text)"
    if case .decisionRaised(let decision) = entry.event.fact, snapshot.session.decision(decision.id)?.isOpen == true {
      line += "  Waits for you. Type: decide \(decision.id)"
    }
    return line
  }

  private mutating func speak() -> [String] {
    // While somebody answers, only the answer is talked about.
    guard !waiting.isEmpty, step == .command, rest.isEmpty else { return [] }
    let isUrgent = waiting.contains { $0.word == .ask || $0.word == .failed }
    guard isUrgent || model.now - spokeAt >= 1000 else { return [] }
    spokeAt = model.now
    defer {
      waiting = []
      unsaid = 0
    }
    return waiting.map(\.line) + (unsaid > 0 ? ["and \(counted(unsaid, "more event")). Type: feed 20"] : [])
  }

  /// What came of an order, a look at files or a report that was asked for.
  private mutating func results() -> [String] {
    var lines: [String] = []
    if let card = model.card, let notice = card.notice, notice.words != noticeSaid {
      noticeSaid = notice.words
      lines.append(Text.clean(notice.words).string)
      switch card.phase {
      case .open: lines += options(of: card)
      case .sent, .awaited: break
      case .accepted, .closed:
        _ = model.perform(.close)
        model.card = nil
        leaveQuestion()
      }
    }
    if awaitsEffects { lines += effectsIfKnown() ?? [] }
    if awaitsReading { lines += readingIfKnown() ?? [] }
    // Questions are told as the events that raised them.
    if let toast = model.toast, toast != toastSaid, step == .command, toast.style != .stateAsk {
      lines.append(toast.text)
    }
    toastSaid = model.toast
    return lines
  }

  mutating func leaveQuestion() {
    step = .command
    noticeSaid = nil
    awaitsEffects = false
    while [.decision, .dialog, .reading, .palette, .menu].contains(model.place) {
      if model.place == .dialog { model.leaveDialog() } else { _ = model.perform(.close) }
    }
  }

  mutating func remember(_ lines: [String]) { if !lines.isEmpty { lastSaid = lines } }

  /// Cuts a long text into pages.
  mutating func paged(_ lines: [String]) -> [String] {
    guard lines.count > LinearConsole.page + 4 else { return lines }
    rest = Array(lines.dropFirst(LinearConsole.page))
    return Array(lines.prefix(LinearConsole.page)) + ["\(rest.count) more lines."]
  }

  /// A text without the spaces at its end.
  static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }

  /// Lines of a frame as plain text; empty rows only where they part something.
  static func plain(_ lines: [Line]) -> [String] {
    var found: [String] = []
    for line in lines {
      let text = trimmed(line.text)
      if text.isEmpty, found.last?.isEmpty ?? true { continue }
      found.append(text)
    }
    while found.last?.isEmpty == true { found.removeLast() }
    return found
  }
}
