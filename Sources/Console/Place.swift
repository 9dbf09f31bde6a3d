import Kernel
import Screen

/// What lies on the screen; the console keeps a stack of them, and Esc takes the topmost away.
enum Place: Equatable, Sendable {
  /// The list of sessions; always lowest.
  case overview
  /// The list of samples.
  case start
  /// A session.
  case session(String)
  /// The open decision card.
  case decision
  /// Something in full.
  case reading
  /// A question of the console itself.
  case dialog
  /// The list of all actions.
  case palette
  /// The list of themes.
  case themes
  /// A short list of things to copy or to open.
  case menu
}

/// The panes of a session, in the order of their numbers.
enum Pane: Int, CaseIterable, Sendable {
  case feed = 1
  case needs, tasks, gates, stages, output, files, calls, health

  /// Its name.
  var title: String {
    switch self {
    case .feed: return "Feed"
    case .needs: return "Needs you"
    case .tasks: return "Tasks and agents"
    case .gates: return "Gates"
    case .stages: return "Stages"
    case .output: return "Output"
    case .files: return "Files"
    case .calls: return "Callbacks and blockers"
    case .health: return "Health and incidents"
    }
  }

  /// Its name where there is little room.
  var shortTitle: String {
    switch self {
    case .tasks: return "Tasks"
    case .needs: return "Needs"
    case .calls: return "Calls"
    case .health: return "Health"
    case .feed, .gates, .stages, .output, .files: return title
    }
  }

  /// Whether it takes all the room below the pipeline when it has the focus, since it shows a table with details.
  var isWide: Bool {
    switch self {
    case .tasks, .gates, .files, .calls, .health: return true
    case .feed, .needs, .stages, .output: return false
    }
  }
}

/// What came since a person stopped following; each event is looked at once.
struct News: Equatable, Sendable {
  /// After which event it began.
  private(set) var after = 0
  /// How many there are.
  private(set) var count = 0
  /// How many of them tell of problems, and whether that is all of them.
  private(set) var problems = 0
  private(set) var isCut = false

  /// Of a burst of more, only the last ones are looked at: that there are problems matters more than how many.
  private static let most = 2_000

  /// Takes note of the events after one with a number.
  mutating func refresh(_ events: EventHistory, after seq: Int) {
    let start = events.firstPlace(from: seq + 1)
    // Fewer than before are there while the past is looked at.
    if seq != after || events.count - start < count { self = News() }
    after = seq
    let known = start + count
    count = events.count - start
    let first = max(known, events.count - Self.most)
    if first > known { isCut = true }
    for place in first..<max(first, events.count) where EventText.level(of: events[place].event.fact) == .problems {
      problems += 1
    }
  }
}

/// What a screen remembers about one session: focus, positions by identity, filter, search.
struct Desk: Equatable, Sendable {
  var focus = Pane.feed
  var isZoomed = false
  /// Whether the feed shows the newest events as they come.
  var isFollowing = true
  /// The newest event when following was stopped; what came since is counted.
  var pausedAfter = 0
  /// What came since then.
  var news = News()
  /// Whether the person wants the first event, while older ones are still being looked at.
  var goesToTop = false
  /// What is being looked for in a long feed.
  var hunt: Hunt?
  var feed = ListPosition<Int>()
  var index = FeedIndex()
  var needs = ListPosition<String>()
  var tasks = ListPosition<String>()
  var gates = ListPosition<String>()
  var stages = ListPosition<String>()
  var output = ListPosition<Int>()
  var files = ListPosition<String>()
  var calls = ListPosition<String>()
  var health = ListPosition<String>()
  /// What was typed as the filter of each pane.
  var filters: [Pane: String] = [:]
  /// The rows that carry a mark, each as ``mark(_:_:)``.
  var marks: Set<String> = []
  var level = FeedLevel.normal
  /// Whether what is selected in a list is shown in full below it.
  var showsWhole = false
  /// Whether long lines of what is read are cut instead of wrapped.
  var cutsReadings = false
  /// From which column on the rows of a pane are shown.
  var sideways: [Pane: Int] = [:]
  var searched = ""
  var transcript: [String] = []
  /// The moment of the past that is looked at.
  var past: Past?

  /// How far into the past the feed is looked through.
  var reach: FeedIndex.Reach { goesToTop || hunt?.step == -1 ? .whole : .near(isFollowing ? nil : feed.selected) }

  /// The filter of the feed.
  var filterText: String { filters[.feed] ?? "" }

  /// Names a row of a pane.
  static func mark(_ pane: Pane, _ id: String) -> String { "\(pane.rawValue):\(id)" }

  /// The identities of the rows of a pane that carry one of some marks.
  static func marked(_ pane: Pane, in marks: Set<String>) -> [String] {
    let lead = mark(pane, "")
    return marks.compactMap { $0.hasPrefix(lead) ? String($0.dropFirst(lead.utf8.count)) : nil }
  }
}

/// A line typed at the foot of the screen.
struct InputLine: Equatable, Sendable {
  enum Purpose: Equatable, Sendable {
    case search, filter
  }

  var purpose: Purpose
  var editor: LineEditor
}

/// A text shown in full, with where the person is in it.
struct Reading: Equatable, Sendable {
  /// What is shown; the lines are made anew for each picture, so they follow the session.
  enum Subject: Equatable, Sendable {
    case help(Where?)
    /// What was told aloud, and how.
    case alerts
    /// The QA report as it stands.
    case report(session: String)
    /// What changed from the moment that is looked at until now.
    case since(session: String)
    case event(session: String, seq: Int)
    case task(session: String, id: String)
    case gate(session: String, id: String)
    case blocker(session: String, id: String)
    case decision(session: String, id: String)
    case stage(session: String, id: String)
    case transcript(session: String)
    case ledger(session: String, id: String)
    case why(session: String, id: String)
    /// An agent of the roster, or a role that has nobody.
    case agent(session: String, id: String)
    case file(session: String, path: String)
    case callback(session: String, id: String)
    /// A blocker with its history, by its number.
    case record(session: String, id: String)
    case incident(session: String, id: String)
    /// The score, an alert or a healing.
    case health(session: String, id: String)
  }

  var subject: Subject
  var offset = 0
  /// From which column on its lines are shown, when they are not wrapped.
  var sideways = 0
  /// What is searched for in it.
  var searched = ""
  /// The row that was found last.
  var found: Int?
}

/// The list of all actions that are possible here.
struct Palette: Equatable, Sendable {
  var editor = LineEditor()
  var position = ListPosition<String>()
}

/// A short message above the status row.
struct Toast: Equatable, Sendable {
  var text: String
  var style: Style
  /// When it goes away; `nil` stays until it was seen.
  var until: Int64?
}

/// Names a draft: which decision of which session.
struct DraftKey: Hashable, Sendable {
  var session: String
  var decision: String
}

/// What a person has typed for an answer that is not sent; it survives leaving the card.
struct Draft: Equatable, Sendable {
  var note = LineEditor()
  var fields: [String: LineEditor] = [:]

  /// Whether nothing was typed.
  var isEmpty: Bool { note.isEmpty && fields.values.allSatisfy(\.isEmpty) }
}

/// What an order was submitted for, to know what its result means.
enum Submission: Equatable, Sendable {
  case answer(DraftKey, option: String)
  case order(session: String, words: String)
  /// An order nobody waits for, such as that something was read.
  case quiet
}
