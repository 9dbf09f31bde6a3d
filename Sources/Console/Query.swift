import Kernel
import Screen

/// A row of any list, as filters see it.
struct FilteredRow {
  var word: StateWord
  /// Where it comes from: `gate`, `task`, `you`, or who does it.
  var source = ""
  /// The task it is about, by identifier.
  var task = ""
  /// The stages and sub-stages it belongs to: `4`, `4.3`.
  var stages: [String] = []
  /// Who did it.
  var author = ""
  var isMarked = false
  /// Everything else that can be read in it.
  var text: String
}

/// What a person filters for: `sev:fail src:gate !lint` shows failures of gates that do not say "lint".
///
/// Named parts end at the next space; the plain words between them are one text that must occur as it stands. An
/// exclamation mark before a part turns it round. Parts of different names must all hold.
struct Query: Equatable, Sendable {
  /// One part of it, shown as a chip.
  struct Part: Equatable, Sendable {
    enum Test: Equatable, Sendable {
      case text(String)
      case words(Set<StateWord>)
      case source(String)
      case task(String)
      case stage(String)
      case author(String)
      case marked
    }

    var test: Test
    var isNegated: Bool
    /// How it was typed.
    var words: String

    func holds(for row: FilteredRow) -> Bool {
      let holds: Bool
      switch test {
      case .text(let text): holds = "\(row.word.rawValue) \(row.source) \(row.text)".lowercased().contains(text)
      case .words(let words): holds = words.contains(row.word)
      case .source(let source): holds = row.source.lowercased().hasPrefix(source)
      case .task(let task): holds = row.task.lowercased().contains(task)
      case .stage(let stage): holds = row.stages.contains { $0 == stage || $0.hasPrefix(stage + ".") }
      case .author(let author): holds = row.author.lowercased().hasPrefix(author)
      case .marked: holds = row.isMarked
      }
      return holds != isNegated
    }
  }

  /// The names that parts may have, as they are typed.
  static let names = ["sev:", "src:", "task:", "stage:", "by:", "is:marked"]

  private(set) var parts: [Part] = []
  /// What is not understood in it, in words; such a part holds nothing back.
  private(set) var problem: String?

  /// Whether it shows everything.
  var isEmpty: Bool { parts.isEmpty }

  /// Reads what was typed. Anything is accepted: what has no known name is text.
  init(_ typed: String) {
    var plain: [Substring] = []
    func text() -> Part? {
      let words = plain.joined(separator: " ")
      plain = []
      let isNegated = words.hasPrefix("!")
      let wanted = (isNegated ? String(words.dropFirst()) : words).lowercased()
      return wanted.isEmpty ? nil : Part(test: .text(wanted), isNegated: isNegated, words: words)
    }
    for word in typed.split(separator: " ") {
      let isNegated = word.hasPrefix("!")
      let body = isNegated ? word.dropFirst() : word
      switch Query.named(body.lowercased()) {
      case .part(let test):
        if let text = text() { parts.append(text) }
        parts.append(Part(test: test, isNegated: isNegated, words: String(word)))
      case .problem(let words): problem = problem ?? words
      case .begun: break
      case .text:
        // A new exclamation mark begins a new text.
        if isNegated, let text = text() { parts.append(text) }
        plain.append(word)
      }
    }
    if let text = text() { parts.append(text) }
  }

  private enum Named {
    case part(Part.Test)
    /// A name without its value yet.
    case begun
    case problem(String)
    case text
  }

  private static func named(_ word: String) -> Named {
    if word.hasPrefix("sev") { return severity(word) }
    guard let colon = word.firstIndex(of: ":") else { return .text }
    let value = String(word[word.index(after: colon)...])
    let test: Part.Test
    switch word[..<colon] {
    case "src": test = .source(value)
    case "task": test = .task(value)
    case "stage": test = .stage(value)
    case "by": test = .author(value)
    case "is":
      guard !"marked".hasPrefix(value) || value == "marked" else { return .begun }
      return value == "marked" ? .part(.marked) : .problem("is: knows only is:marked")
    default: return .text
    }
    return value.isEmpty ? .begun : .part(test)
  }

  private static func severity(_ word: String) -> Named {
    for sign in [">=", ":"] where word.hasPrefix("sev" + sign) {
      let values = word.dropFirst(3 + sign.utf8.count).split(separator: ",", omittingEmptySubsequences: true)
      guard !values.isEmpty else { return .begun }
      var found: Set<StateWord> = []
      for value in values {
        if value == "problem" || value == "problems" {
          found.formUnion(StateWord.allCases.filter(\.isProblem))
          continue
        }
        let exact = StateWord.allCases.filter { $0.rawValue.lowercased() == value }
        let named = exact.isEmpty ? StateWord.allCases.filter { $0.rawValue.lowercased().hasPrefix(value) } : exact
        guard let least = named.map(\.urgency).max() else {
          let words = ["ask", "blkd", "fail", "stall", "warn", "retry", "run", "ok", "info"]
          return .problem(
            "no state is called \(Text.clean(String(value)).string); there are \(words.joined(separator: ", "))")
        }
        found.formUnion(sign == ":" ? named : StateWord.allCases.filter { $0.urgency <= least })
      }
      return .part(.words(found))
    }
    return ["sev", "sev>"].contains(word) ? .begun : .text
  }

  /// Whether a row is shown.
  func matches(_ row: FilteredRow) -> Bool { parts.allSatisfy { $0.holds(for: row) } }

  /// Its parts as chips, each readable without colour.
  var chips: Line {
    var line = Line()
    for part in parts {
      if !line.isEmpty { line += Line(" ") }
      line += Line("[\(Text.clean(part.words).string)]", Style.stateWarning.bold)
    }
    return line
  }
}

extension StateWord {
  /// How much it needs a person, from 0; `sev>=` counts down from here.
  var urgency: Int {
    switch self {
    case .ask: return 0
    case .blocked, .failed, .lost, .aborted: return 1
    case .stalled, .warning, .unproven, .waived: return 2
    case .retry, .rolledBack: return 3
    case .running, .idle, .paused, .todo: return 4
    case .passed, .good, .done, .skipped, .isolated: return 5
    case .note: return 6
    }
  }
}

extension Fact {
  /// The task, the sub-stage and the stage that a fact names by itself.
  var subject: (task: String?, substage: String?, stage: Int?) {
    switch self {
    case .effectStarted(let effect, _), .effectInterrupted(let effect, _):
      if case .perform(let task, _) = effect { return (task, nil, nil) }
      return (nil, nil, nil)
    case .taskCreated(let task): return (task.id, task.substage, task.stage)
    case .taskCompleted(let task, _, _, _, _), .taskFailed(let task, _, _), .taskRetried(let task, _),
      .taskSkipped(let task, _), .taskReassigned(let task, _), .taskResultKept(let task, _),
      .taskAssigned(let task, _, _), .taskUnassigned(let task, _, _), .retryDue(let task):
      return (task, nil, nil)
    case .substageStarted(let id), .substageSkipped(let id, _), .substageCompleted(let id),
      .substageIsolated(let id, _),
      .substageInspected(let id, _, _, _):
      return (nil, id, nil)
    case .stageStarted(let stage), .stageCompleted(let stage), .approved(let stage, _, _),
      .changesRequested(let stage, _),
      .rolledBack(let stage, _, _):
      return (nil, nil, stage)
    case .decisionRaised(let decision): return (nil, nil, decision.stage)
    default: return (nil, nil, nil)
    }
  }
}

extension Model {
  /// Whether the rows of a pane can be filtered. What needs a person is never hidden, and short lists need no filter.
  static func isFiltered(_ pane: Pane) -> Bool {
    switch pane {
    case .feed, .tasks, .gates, .files, .calls: return true
    case .needs, .stages, .output, .health: return false
    }
  }

  /// The rows of a pane that its filter lets through.
  func shownRows<Row>(_ rows: [Row], in pane: Pane, as row: (Row) -> FilteredRow) -> [Row] {
    guard let typed = desk.filters[pane], !typed.isEmpty else { return rows }
    let query = Query(typed)
    return rows.filter { query.matches(row($0)) }
  }

  /// Whether a row of a pane carries a mark.
  func isMarked(_ pane: Pane, _ id: String) -> Bool {
    let marks = desk.marks
    return !marks.isEmpty && marks.contains(Desk.mark(pane, id))
  }

  func filtered(_ task: TaskRecord, in session: Session) -> FilteredRow {
    FilteredRow(
      word: session.word(of: task), source: task.role, task: task.id,
      stages: ["\(task.stage)"] + (task.substage.map { [$0] } ?? []), author: task.agent ?? "",
      isMarked: isMarked(.tasks, task.id), text: "\(task.id) \(task.title) \(session.agentWords(task))")
  }

  func filtered(_ gate: GateRecord) -> FilteredRow {
    FilteredRow(
      word: gate.word, source: "gate", isMarked: isMarked(.gates, gate.id),
      text: "\(gate.id) \(gate.title) \(gate.achieved) \(gate.required)")
  }

  func filtered(_ file: FileRecord) -> FilteredRow {
    FilteredRow(
      word: file.integrity.isAsAccepted ? .good : .warning, source: file.integrity.word,
      author: Model.short(file.author), isMarked: isMarked(.files, file.path),
      text: "\(file.path) \(file.author.words)")
  }

  func filtered(_ row: CallRow) -> FilteredRow {
    switch row.kind {
    case .callback(let call):
      return FilteredRow(
        word: call.word, source: call.kind.rawValue, author: call.from, isMarked: isMarked(.calls, row.id),
        text: "\(row.id) \(call.from) \(call.text)")
    case .blocker(let record):
      return FilteredRow(
        word: record.word, source: record.source, task: record.task ?? "", author: record.owner,
        isMarked: isMarked(.calls, row.id), text: "\(row.id) \(record.text)")
    }
  }

  func filtered(_ snapshot: SessionSnapshot) -> FilteredRow {
    let session = snapshot.session
    let needs = session.openDecisions.map(\.title).joined(separator: " ")
    return FilteredRow(
      word: snapshot.word(at: now), stages: session.currentStage.map { ["\($0.id)"] } ?? [],
      text: "\(snapshot.id) \(session.title) \(needs)")
  }

  // MARK: Chips

  /// What a filter is and how much it hides, for the upper edge of a list.
  func chips(_ typed: String, hidden: Int) -> Line {
    guard !typed.isEmpty else { return Line() }
    let query = Query(typed)
    if query.isEmpty {
      return Line(query.problem == nil ? "" : "filter not understood, nothing hidden ", .stateWarning)
    }
    return query.chips + Line(" \(hidden) hidden ", .stateWarning)
  }

  /// How many rows of a pane its filter hides.
  func hiddenRows(_ pane: Pane, in session: Session) -> Int {
    switch pane {
    case .tasks: return session.tasks.count - shownTasks(of: session).count
    case .gates: return session.gates.count - gateRows.count
    case .files: return session.files.records.count - fileRows.count
    case .calls: return session.callRows.count - callRows.count
    case .feed, .needs, .stages, .output, .health: return 0
    }
  }

  /// Shows the filter that was used last again, or takes it away.
  mutating func repeatFilter() {
    let old = filterTyped
    filterTyped = old.isEmpty ? lastFilter : ""
    if !old.isEmpty { lastFilter = old }
    toast = says(filterTyped.isEmpty ? "The filter is off." : "Filter: \(filterTyped)", seconds: 4)
  }

  /// The filter of the list that has the keys, as it was typed.
  var filterTyped: String {
    get { currentID == nil ? overviewFilter : desk.filters[desk.focus] ?? "" }
    set {
      if currentID == nil {
        overviewFilter = newValue
      } else {
        desk.filters[desk.focus] = newValue.isEmpty ? nil : newValue
      }
    }
  }

  // MARK: Marks

  /// The selected row of the pane that has the keys, by identity.
  private var selectedRow: String? {
    desk.focus == .feed ? desk.feed.selected.map(String.init) : list(desk.focus).selected
  }

  /// Puts a mark on the selected row, or takes it away.
  mutating func toggleMark() {
    guard let id = selectedRow else { return }
    let mark = Desk.mark(desk.focus, id)
    if desk.marks.remove(mark) == nil { desk.marks.insert(mark) }
    let count = Desk.marked(desk.focus, in: desk.marks).count
    let next = keyName(.nextMark)
    toast = says(
      "\(counted(count, "mark")) in this list; \(next) goes to the next, filter is:marked shows them.", seconds: 4)
  }

  /// Goes to the next marked row of the pane that has the keys, going round.
  mutating func findMark() {
    guard let current else { return }
    let pane = desk.focus
    guard pane == .feed else {
      let ids = identities(of: pane)
      let at = list(pane).selected.flatMap { ids.firstIndex(of: $0) } ?? 0
      guard let row = Model.next(1, from: at, count: ids.count, where: { isMarked(pane, ids[$0]) }) else {
        return sayNothingFound()
      }
      return moveList(pane, to: row)
    }
    let marked = Desk.marked(.feed, in: desk.marks).compactMap(Int.init).sorted()
    let shown = marked.filter { desk.index.row(of: $0, in: current.events) != nil }
    let here = desk.feed.selected ?? 0
    guard let next = shown.first(where: { $0 > here }) ?? shown.first,
      let row = desk.index.row(of: next, in: current.events)
    else { return sayNothingFound() }
    lookAt(feedRow: row)
  }
}
