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

/// What a screen remembers about one session: focus, positions by identity, filter, search.
struct Desk: Equatable, Sendable {
  var focus = Pane.feed
  var isZoomed = false
  /// Whether the feed shows the newest events as they come.
  var isFollowing = true
  /// The newest event when following was stopped; what came since is counted.
  var pausedAfter = 0
  /// Whether the person wants the first event, while older ones are still being looked at.
  var goesToTop = false
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
  var searched = ""
  var transcript: [String] = []
  /// The moment of the past that is looked at.
  var past: Past?

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
