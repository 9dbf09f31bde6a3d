import Screen

/// Something the person can do in the console; the raw value is the name used in key files.
public enum Action: String, CaseIterable, Sendable {
  case moveUp = "move.up"
  case moveDown = "move.down"
  case pageUp = "move.page-up"
  case pageDown = "move.page-down"
  case halfUp = "move.half-up"
  case halfDown = "move.half-down"
  case moveTop = "move.top"
  case moveBottom = "move.bottom"
  case open = "item.open"
  case nextPane = "pane.next"
  case previousPane = "pane.previous"
  case pane1 = "pane.1"
  case pane2 = "pane.2"
  case pane3 = "pane.3"
  case pane4 = "pane.4"
  case pane5 = "pane.5"
  case pane6 = "pane.6"
  case pane7 = "pane.7"
  case pane8 = "pane.8"
  case pane9 = "pane.9"
  case sideLeft = "move.left"
  case sideRight = "move.right"
  case wrap = "text.wrap"
  case columnLeft = "board.left"
  case columnRight = "board.right"
  case zoom = "pane.zoom"
  case follow = "feed.follow"
  case reply = "callback.answer"
  case revoke = "grant.revoke"
  case nextDecision = "decision.next"
  case nextProblem = "problem.next"
  case previousProblem = "problem.previous"
  case search = "search.open"
  case searchNext = "search.next"
  case searchPrevious = "search.previous"
  case filter = "filter.open"
  case filterAgain = "filter.again"
  case mark = "mark.toggle"
  case nextMark = "mark.next"
  case blockers = "blockers.open"
  case times = "times.next"
  case pause = "session.pause"
  case abort = "session.abort"
  case undo = "session.undo"
  case rollBack = "session.roll-back"
  case change = "session.change"
  case startEngine = "engine.start"
  case newSession = "session.new"
  case copy = "item.copy"
  case pager = "item.pager"
  case openFile = "item.open-file"
  case theme = "theme.pick"
  case beside = "difference.beside"
  case mouse = "mouse.toggle"
  case mute = "session.mute"
  case muteAll = "alerts.mute"
  case alerts = "alerts.open"
  case alertTest = "alerts.test"
  case palette = "palette.open"
  case help = "help.open"
  case confirm = "answer.confirm"
  case effects = "answer.effects"
  case why = "answer.why"
  case toggle = "item.toggle"
  case previousOption = "option.previous"
  case nextOption = "option.next"
  case nextField = "field.next"
  case previousField = "field.previous"
  case editor = "editor.open"
  case report = "report.open"
  case export = "report.export"
  case past = "past.open"
  case pastBack = "past.back"
  case pastForward = "past.forward"
  case pastStageBack = "past.stage-back"
  case pastStageForward = "past.stage-forward"
  case pastDecisionBack = "past.decision-back"
  case pastDecisionForward = "past.decision-forward"
  case pastSince = "past.since"
  case pastNow = "past.now"
  case close = "place.close"
  case leave = "place.leave"
  case interrupt = "console.interrupt"
  case quit = "console.quit"
  case suspend = "console.suspend"
  case repaint = "console.repaint"
  case reload = "console.reload"
}

/// Where a key means something.
public enum Where: String, CaseIterable, Sendable {
  /// The list of sessions.
  case overview
  /// The list of samples.
  case start
  /// A session as it stood.
  case past
  /// The feed of a session.
  case feed
  /// The board of tasks.
  case board
  /// Any pane of a session.
  case session
  /// Any list.
  case list
  /// A text that is read: help, details.
  case reading
  /// A decision, while its options have the keys.
  case decision
  /// A question such as whether to leave.
  case dialog
  /// A line or text being typed.
  case typing
  /// The list of all actions.
  case palette
  /// The list of themes.
  case themes
  /// A short list of things to copy or to open.
  case menu
  /// Wherever letters are no text and no option.
  case everywhere
  /// Really everywhere, also while typing.
  case always

  /// Its heading in the help and the manual.
  public var title: String {
    switch self {
    case .overview: return "Overview of sessions"
    case .start: return "Start a session"
    case .past: return "The past"
    case .feed: return "Feed"
    case .board: return "Board of tasks"
    case .session: return "Session"
    case .list: return "Lists"
    case .reading: return "Reading"
    case .decision: return "Your decision"
    case .dialog: return "Questions"
    case .typing: return "While typing"
    case .palette: return "All actions"
    case .themes: return "Themes"
    case .menu: return "Copy and open"
    case .everywhere: return "Everywhere but in texts and decisions"
    case .always: return "Everywhere"
    }
  }
}

/// One row of the key table: keys, where they work, what they do, and how that is explained.
public struct Binding: Equatable, Sendable {
  /// The keys; the first one is shown in hints.
  public var keys: [Key]
  /// Where they work.
  public var place: Where
  /// What they do.
  public var action: Action
  /// Two words at most for the status row, or `nil` to leave it out there.
  public var hint: String?
  /// One sentence for the help and the manual.
  public var help: String

  /// Makes a row from its parts.
  public init(_ keys: [Key], _ place: Where, _ action: Action, hint: String? = nil, _ help: String) {
    self.keys = keys
    self.place = place
    self.action = action
    self.hint = hint
    self.help = help
  }

  /// The keys as people read them.
  public var keyNames: String { keys.map(Keymap.name).joined(separator: " ") }
}

/// The one table of keys: dispatch, status row, help, palette and manual all read it.
public struct Keymap: Equatable, Sendable {
  /// The rows; within a place, hints appear in this order.
  public var bindings: [Binding]

  /// Makes a table from rows.
  public init(_ bindings: [Binding]) {
    self.bindings = bindings
  }

  /// The row for a key in a place.
  public func binding(for key: Key, in place: Where) -> Binding? {
    bindings.first { $0.place == place && $0.keys.contains(key) }
  }

  /// The rows of a place.
  public func rows(in place: Where) -> [Binding] { bindings.filter { $0.place == place } }

  /// Keys that mean two things in one place, which nobody could press with certainty.
  public var conflicts: [String] {
    var found: [String] = []
    for place in Where.allCases {
      var taken: [Key: Action] = [:]
      for row in rows(in: place) {
        for key in row.keys {
          if let other = taken[key], other != row.action {
            found.append("\(place.rawValue): \(key.name) means \(other.rawValue) and \(row.action.rawValue)")
          }
          taken[key] = row.action
        }
      }
    }
    return found
  }

  /// The table as Markdown, for the manual.
  public var markdown: String {
    var lines: [String] = []
    for place in Where.allCases where !rows(in: place).isEmpty {
      lines += ["### \(place.title)", "", "| keys | does | action |", "|---|---|---|"]
      for row in rows(in: place) {
        let keys = row.keys.map { "`\(Keymap.name($0))`" }.joined(separator: " ")
        lines.append("| \(keys) | \(row.help) | `\(row.action.rawValue)` |")
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }

  /// A key as people read it.
  public static func name(_ key: Key) -> String {
    switch key {
    case .enter: return "Enter"
    case .escape: return "Esc"
    case .tab: return "Tab"
    case .backTab: return "Shift-Tab"
    case .up: return "Up"
    case .down: return "Down"
    case .left: return "Left"
    case .right: return "Right"
    case .home: return "Home"
    case .end: return "End"
    case .pageUp: return "PgUp"
    case .pageDown: return "PgDn"
    case .character(" "): return "Space"
    case .control(let letter): return "Ctrl-\(letter.uppercased())"
    case .function(let number): return "F\(number)"
    default: return key.name
    }
  }

  /// The built-in table. Arrows, Enter, Esc, Tab and function keys reach everything; letters are beside them.
  public static let standard = Keymap(
    overviewRows + startRows + pastRows + feedRows + boardRows + sessionRows + listRows + readingRows + decisionRows
      + otherRows
      + everywhereRows + alwaysRows)

  private static let overviewRows: [Binding] = [
    Binding([.enter, .right, .type("l")], .overview, .open, hint: "open", "Opens the selected session."),
    Binding([.type("n"), .function(3)], .overview, .newSession, hint: "new", "Starts a session from a sample brief."),
    Binding([.type("r")], .overview, .report, "Writes the QA report of the selected session, and shows it."),
    Binding([.type("x")], .overview, .export, "Writes the handoff package of the selected session; asks where first."),
  ]

  private static let startRows: [Binding] = [
    Binding([.enter, .right, .type("l")], .start, .open, hint: "start it", "Starts a session from this sample.")
  ]

  private static let pastRows: [Binding] = [
    Binding([.left, .type("h")], .past, .pastBack, hint: "back", "Goes to the event before."),
    Binding([.right, .type("l")], .past, .pastForward, hint: "on", "Goes to the event behind."),
    Binding([.type("H")], .past, .pastStageBack, hint: "stage", "Goes to where the stage before began."),
    Binding([.type("L")], .past, .pastStageForward, "Goes to where the next stage began."),
    Binding([.type(",")], .past, .pastDecisionBack, hint: "decision", "Goes to the decision that was made before."),
    Binding([.type(".")], .past, .pastDecisionForward, "Goes to the next decision that was made."),
    Binding(
      [.type("d")], .past, .pastSince, hint: "since then", "Says what changed from then until now."),
    Binding([.type("G")], .past, .pastNow, hint: "now", "Goes back to now."),
  ]

  private static let feedRows: [Binding] = [
    Binding([.type(" ")], .feed, .follow, "Stops following new events, or follows them again."),
    Binding([.type("G"), .end], .feed, .moveBottom, "Goes to the newest event and follows."),
  ]

  private static let boardRows: [Binding] = [
    Binding([.left, .type("h")], .board, .columnLeft, hint: "columns", "Goes to the column on the left."),
    Binding([.right, .type("l")], .board, .columnRight, "Goes to the column on the right."),
  ]

  private static let sessionRows: [Binding] = [
    Binding(
      [.type("S")], .session, .startEngine, hint: "start engine",
      "Starts an engine when none works for it."),
    Binding([.enter], .session, .open, hint: "details", "Opens what is selected, in full."),
    Binding([.tab], .session, .nextPane, hint: "next pane", "Goes to the next pane."),
    Binding([.backTab], .session, .previousPane, "Goes to the previous pane."),
    Binding([.type("1")], .session, .pane1, "Goes to the feed: everything that happened."),
    Binding([.type("2")], .session, .pane2, "Goes to what needs you: decisions, callbacks, alerts, blockers."),
    Binding([.type("3")], .session, .pane3, "Goes to the tasks on their board, and to the agents."),
    Binding([.type("4")], .session, .pane4, "Goes to the gates: checks the engine itself runs."),
    Binding([.type("5")], .session, .pane5, "Goes to the stages and sub-stages."),
    Binding([.type("6")], .session, .pane6, "Goes to the output of agents and gates."),
    Binding([.type("7")], .session, .pane7, "Goes to the files: whether the disk agrees, and who made them."),
    Binding([.type("8")], .session, .pane8, "Goes to what agents said, and to what stands in the way."),
    Binding([.type("9")], .session, .pane9, "Goes to the health, alerts, healings and incident reports."),
    Binding([.type("B")], .session, .blockers, "Goes to what stands in the way."),
    Binding([.type("m")], .session, .mark, "Puts a mark on the selected row, or takes it away."),
    Binding([.type("'")], .session, .nextMark, "Goes to the next marked row."),
    Binding([.type("a")], .session, .reply, hint: "answer", "Answers what the selected agent asked."),
    Binding([.type("V")], .session, .revoke, "Ends a standing grant; asks first which one."),
    Binding([.type("z"), .function(11)], .session, .zoom, hint: "zoom", "Gives the pane the whole window, or back."),
    Binding([.type("r")], .session, .report, "Writes the QA report as it stands now, and shows it."),
    Binding([.type("x")], .session, .export, "Writes the handoff package; asks where first."),
    Binding([.type("H")], .session, .past, "Shows the session as it stood at an earlier moment, event by event."),
    Binding([.type("p"), .function(6)], .session, .pause, hint: "pause", "Pauses or resumes the session; asks first."),
    Binding([.type("C")], .session, .change, "Asks for something else than was agreed; a question says what it costs."),
    Binding([.type("R")], .session, .rollBack, "Asks to go back to a stage; a question says what is kept and lost."),
    Binding([.type("X")], .session, .abort, "Asks to end the session; a question says what is saved and lost."),
    Binding([.backspace], .session, .close, "Goes back to the overview."),
    Binding([.type("w")], .session, .wrap, "Shows what is selected in the feed or output whole below it, or no more."),
  ]

  private static let listRows: [Binding] = [
    Binding([.up, .type("k")], .list, .moveUp, "Moves up one row."),
    Binding([.down, .type("j")], .list, .moveDown, "Moves down one row."),
    Binding([.pageUp, .type("b")], .list, .pageUp, "Moves up one page."),
    Binding([.pageDown], .list, .pageDown, "Moves down one page."),
    Binding([.control("u")], .list, .halfUp, "Moves up half a page."),
    Binding([.control("d")], .list, .halfDown, "Moves down half a page."),
    Binding([.left, .type("h")], .list, .sideLeft, "Moves cut rows left by half their width."),
    Binding([.right, .type("l")], .list, .sideRight, "Moves cut rows right by half their width."),
    Binding([.home, .type("g")], .list, .moveTop, "Goes to the first row."),
    Binding([.end, .type("G")], .list, .moveBottom, "Goes to the last row."),
    Binding(
      [.type("f"), .function(4)], .list, .filter, hint: "filter",
      "Shows only some rows: a text, !text, sev: src: task: stage: by: is:marked."),
    Binding([.type(".")], .list, .filterAgain, "Takes the filter away, or uses the last one again."),
    Binding([.type("/"), .function(7)], .list, .search, hint: "search", "Finds a text, from here on."),
    Binding([.type("n")], .list, .searchNext, "Goes to the next row that was searched for."),
    Binding([.type("N")], .list, .searchPrevious, "Goes to the previous row that was searched for."),
    Binding([.type("e")], .list, .nextProblem, hint: "problem", "Goes to the next problem."),
    Binding([.type("E")], .list, .previousProblem, "Goes to the previous problem."),
    Binding(
      [.type("y")], .list, .copy, "Copies the row, its name, its path, all of it or the rows around it; asks which."),
    Binding(
      [.type("o")], .list, .openFile, "Opens the evidence or file of the selected row in your pager, to be read."),
    Binding([.type("P"), .function(8)], .list, .pager, "Opens the selected item in your pager."),
  ]

  private static let readingRows: [Binding] = [
    Binding([.up, .type("k")], .reading, .moveUp, hint: "scroll", "Scrolls up one row."),
    Binding([.down, .type("j")], .reading, .moveDown, "Scrolls down one row."),
    Binding([.pageUp, .type("b")], .reading, .pageUp, "Scrolls up one page."),
    Binding([.pageDown, .type(" ")], .reading, .pageDown, hint: "page", "Scrolls down one page."),
    Binding([.control("u")], .reading, .halfUp, "Scrolls up half a page."),
    Binding([.control("d")], .reading, .halfDown, "Scrolls down half a page."),
    Binding([.home, .type("g")], .reading, .moveTop, "Goes to the start."),
    Binding([.end, .type("G")], .reading, .moveBottom, "Goes to the end."),
    Binding([.type("w")], .reading, .wrap, "Wraps long lines, or cuts them at the edge."),
    Binding([.left, .type("h")], .reading, .sideLeft, "Moves cut lines left by half the width."),
    Binding([.right, .type("l")], .reading, .sideRight, "Moves cut lines right by half the width."),
    Binding(
      [.type("s")], .reading, .beside, "Shows both sides of a difference beside each other, or one below the other."),
    Binding([.type("/"), .function(7)], .reading, .search, hint: "search", "Finds a text; n and N go on."),
    Binding([.type("n")], .reading, .searchNext, "Goes to the next row with what was searched for."),
    Binding([.type("N")], .reading, .searchPrevious, "Goes to the previous row with what was searched for."),
    Binding([.type("a")], .reading, .reply, hint: "answer", "Answers the callback that is read."),
    Binding([.type("r")], .reading, .report, "Writes the report anew while it is read."),
    Binding([.type("x")], .reading, .export, "Writes the handoff package of the session whose report is read."),
    Binding([.type("H")], .reading, .past, "Shows the session as it stood right after the event that is read."),
    Binding([.type("V")], .reading, .revoke, "Ends a standing grant; asks first which one."),
    Binding([.type("y")], .reading, .copy, hint: "copy", "Copies the text, its name or its path; asks which."),
    Binding([.type("o")], .reading, .openFile, hint: "open", "Opens the evidence or file it names in your pager."),
    Binding([.type("P"), .function(8)], .reading, .pager, hint: "pager", "Opens the text in your pager."),
    Binding([.enter, .backspace], .reading, .close, "Closes it."),
  ]

  private static let decisionRows: [Binding] = [
    Binding([.down], .decision, .nextOption, hint: "choose", "Chooses the next option; sends nothing."),
    Binding([.up], .decision, .previousOption, "Chooses the previous option; sends nothing."),
    Binding([.enter], .decision, .confirm, hint: "confirm", "Sends the chosen option."),
    Binding([.right, .left], .decision, .effects, "Shows everything an option would do, or the question again."),
    Binding([.function(4)], .decision, .why, "Says why you are asked: the playbook, and what it matched."),
    Binding([.tab], .decision, .nextField, hint: "note, fields", "Goes to the next text, or the note."),
    Binding([.backTab], .decision, .previousField, "Goes to the previous text to fill in."),
    Binding([.pageDown, .type(" ")], .decision, .pageDown, hint: "read on", "Scrolls the question down."),
    Binding([.pageUp], .decision, .pageUp, "Scrolls the question up."),
    Binding([.home], .decision, .moveTop, "Goes to the start of the question."),
    Binding([.end], .decision, .moveBottom, "Goes to the end of the question."),
    Binding([.function(3)], .decision, .editor, "Writes the note in your editor."),
    Binding([.function(8)], .decision, .pager, "Opens the question in your pager."),
    Binding([.function(11)], .decision, .openFile, "Opens the evidence or documents it is about in your pager."),
    Binding([], .decision, .copy, "Copies the question, its name or its path; asks which."),
    Binding([.type("?")], .decision, .help, "Explains the keys and the words."),
  ]

  private static let otherRows: [Binding] = [
    Binding([.left], .dialog, .previousOption, hint: "choose", "Chooses the answer before."),
    Binding([.enter], .dialog, .confirm, hint: "confirm", "Does what is chosen."),
    Binding([.right], .dialog, .nextOption, "Chooses the answer behind."),
    Binding([.up], .dialog, .moveUp, "Goes up in the list, or to the answer before."),
    Binding([.down], .dialog, .moveDown, "Goes down in the list, or to the answer behind."),
    Binding([.type(" ")], .dialog, .toggle, hint: "tick", "Ticks the sub-stage, or takes the tick away."),
    Binding([.pageUp], .dialog, .pageUp, "Scrolls the text up."),
    Binding([.pageDown], .dialog, .pageDown, hint: "read on", "Scrolls the text down."),
    Binding([.tab], .dialog, .nextField, hint: "text", "Goes to the reason, or back to the answers."),
    Binding([.backTab], .dialog, .previousField, "Goes to the reason, or back to the answers."),
    Binding([.tab], .typing, .nextField, hint: "next", "Goes to the next text, or back to the options."),
    Binding([.backTab], .typing, .previousField, "Goes to the previous text, or back to the options."),
    Binding([.enter], .typing, .confirm, hint: "done", "Ends a text of one line; a new line in a longer one."),
    Binding([.function(3)], .typing, .editor, hint: "editor", "Writes the text in your editor."),
    Binding([.up], .palette, .moveUp, hint: "choose", "Chooses the action above."),
    Binding([.down], .palette, .moveDown, "Chooses the action below."),
    Binding([.pageUp], .palette, .pageUp, "Moves up one page."),
    Binding([.pageDown], .palette, .pageDown, "Moves down one page."),
    Binding([.enter], .palette, .confirm, hint: "do it", "Does the chosen action."),
    Binding([.up, .type("k")], .themes, .moveUp, hint: "choose", "Shows the theme above."),
    Binding([.down, .type("j")], .themes, .moveDown, "Shows the theme below."),
    Binding([.pageUp], .themes, .pageUp, "Moves up one page."),
    Binding([.pageDown], .themes, .pageDown, "Moves down one page."),
    Binding([.enter], .themes, .open, hint: "keep", "Keeps the theme that is shown."),
    Binding([.up, .type("k")], .menu, .moveUp, hint: "choose", "Moves up one row; digits and first letters choose."),
    Binding([.down, .type("j")], .menu, .moveDown, "Moves down one row."),
    Binding([.pageUp], .menu, .pageUp, "Moves up one page."),
    Binding([.pageDown], .menu, .pageDown, "Moves down one page."),
    Binding([.enter], .menu, .confirm, hint: "do it", "Does what is selected."),
  ]

  private static let everywhereRows: [Binding] = [
    Binding(
      [.type("D")], .everywhere, .nextDecision, hint: "decide",
      "Opens the next decision: what you asked for, else what waited longest."),
    Binding([.type("u")], .everywhere, .undo, "Takes the last answer back; shows first what that would change."),
    Binding([.type("t")], .everywhere, .times, "Shows times of day, since the start, or how long ago."),
    Binding([.type("T")], .everywhere, .theme, "Lists the colour themes; the screen shows each one."),
    Binding([.type("M")], .everywhere, .mouse, "Reads the mouse, or leaves it to the terminal."),
    Binding([.type("!")], .everywhere, .alerts, "Lists what you were told aloud, and how it went."),
    Binding([], .everywhere, .mute, "Mutes this session: half an hour, four hours, for good, no more."),
    Binding([], .everywhere, .muteAll, "Mutes everything, in the same steps."),
    Binding([], .everywhere, .alertTest, "Rings and notifies once, to see whether you would notice."),
    Binding([.type(":")], .everywhere, .palette, "Lists everything you can do here, also what has no key."),
    Binding([.type("?")], .everywhere, .help, hint: "help", "Explains the keys and the words of this place."),
    Binding([.type("q"), .function(10)], .everywhere, .leave, hint: "back", "Goes back; the overview asks to leave."),
  ]

  private static let alwaysRows: [Binding] = [
    Binding([.escape], .always, .close, hint: "back", "Goes back one step. It never answers, denies or leaves."),
    Binding([.function(1)], .always, .help, "Explains the keys and the words of this place."),
    Binding(
      [.function(2)], .always, .nextDecision, "Opens the next decision: what you asked for, else what waited longest."),
    Binding([.function(9), .control("p")], .always, .palette, "Lists everything you can do here."),
    Binding([.control("c")], .always, .interrupt, "Says how to leave; twice within two seconds leaves."),
    Binding([.control("z")], .always, .suspend, "Stops the console for your shell; `fg` comes back."),
    Binding([.control("l")], .always, .repaint, "Draws the screen again."),
    Binding(
      [.function(5)], .always, .reload, "Reads your files and the sessions again, and draws the screen anew."),
    Binding([], .always, .quit, "Leaves the console; sessions go on without it."),
  ]
}

extension Key {
  /// The key that types a letter; a shorter name, because the table is read as a table.
  fileprivate static func type(_ character: Character) -> Key { .character(character) }
}
