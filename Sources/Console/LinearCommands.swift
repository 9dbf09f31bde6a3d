import Kernel
import Screen

/// A command that can be typed, with the action of the key table that it stands for where there is one.
struct LinearCommand: Sendable {
  var name: String
  var argument: String = ""
  var help: String
  var action: Action?

  /// Every command, in the order in which help lists them.
  static let all: [LinearCommand] = [
    LinearCommand(name: "sessions", help: "lists the sessions, those first that need you"),
    LinearCommand(name: "open", argument: "SESSION", help: "goes to a session, by name or number; else says a file"),
    LinearCommand(name: "status", help: "says where the session is and what it does"),
    LinearCommand(name: "decide", argument: "[ID]", help: "opens a decision; without a name the next one"),
    LinearCommand(name: "feed", argument: "[COUNT]", help: "says the last events"),
    LinearCommand(name: "errors", argument: "[COUNT]", help: "says the last problems"),
    LinearCommand(name: "find", argument: "TEXT", help: "says the events in which a text occurs"),
    LinearCommand(name: "needs", help: "lists what needs you"),
    LinearCommand(name: "tasks", help: "lists tasks and agents"),
    LinearCommand(name: "gates", help: "lists the gates"),
    LinearCommand(name: "stages", help: "lists stages and sub-stages"),
    LinearCommand(name: "files", help: "lists the files and whether the disk agrees"),
    LinearCommand(name: "calls", help: "lists what agents said, and blockers"),
    LinearCommand(name: "health", help: "lists health, alerts, healings and incidents"),
    LinearCommand(name: "output", argument: "[COUNT]", help: "says the last lines that agents and gates printed"),
    LinearCommand(name: "read", argument: "NUMBER", help: "says a row of the last list in full"),
    LinearCommand(name: "diff", argument: "PATH", help: "says what changed in a file"),
    LinearCommand(name: "file", argument: "[NAME]", help: "says a file, or the evidence of a gate, in full"),
    LinearCommand(name: "copy", argument: "[WORD]", help: "copies what was read last: line, id, path, text or rows"),
    LinearCommand(name: "event", argument: "NUMBER", help: "says an event in full"),
    LinearCommand(name: "timeline", help: "says when which stage began and who decided what"),
    LinearCommand(name: "at", argument: "EVENT", help: "shows the session as it stood after an event; read only"),
    LinearCommand(name: "since", help: "says what changed from the moment that is looked at until now"),
    LinearCommand(name: "now", help: "goes back to now", action: .pastNow),
    LinearCommand(name: "report", help: "writes the QA report as it stands and says it", action: .report),
    LinearCommand(name: "export", help: "writes the handoff package; asks where", action: .export),
    LinearCommand(name: "reply", argument: "ID", help: "answers what an agent asked"),
    LinearCommand(name: "pause", help: "pauses the session; asks first", action: .pause),
    LinearCommand(name: "resume", help: "resumes a paused session; asks first", action: .pause),
    LinearCommand(name: "undo", help: "takes the last answer back; says first what that changes", action: .undo),
    LinearCommand(name: "rollback", help: "asks to go back to a stage", action: .rollBack),
    LinearCommand(name: "change", help: "asks for something else than was agreed", action: .change),
    LinearCommand(name: "abort", help: "asks to end the session", action: .abort),
    LinearCommand(name: "revoke", help: "ends a standing grant; asks which one", action: .revoke),
    LinearCommand(name: "engine", help: "starts an engine when none works", action: .startEngine),
    LinearCommand(name: "new", argument: "[SAMPLE]", help: "starts a session from a sample brief"),
    LinearCommand(name: "times", help: "changes how times are said", action: .times),
    LinearCommand(name: "reload", help: "reads settings, keys and sessions again", action: .reload),
    LinearCommand(name: "actions", help: "lists every action, and why one is not possible now"),
    LinearCommand(name: "do", argument: "ACTION", help: "does an action by its name"),
    LinearCommand(name: "quiet", argument: "[on|off]", help: "tells only questions and problems by itself"),
    LinearCommand(name: "say", help: "says the last thing again"),
    LinearCommand(name: "help", help: "lists the commands"),
    LinearCommand(name: "quit", help: "says what happens if you leave, then leaves"),
  ]
}

extension LinearConsole {
  // MARK: What is typed

  /// Takes a typed line; `nil` means that no more lines come, and leaves.
  public mutating func type(_ line: String?) -> Output {
    guard let line else { return Output(lines: leaveWords(), intents: [.quit]) }
    let typed = String(line.drop { $0 == " " || $0 == "\t" })
    let text = Text.clean(typed).string
    var output = Output()
    // Whoever types a command has heard enough; a question must be heard to its end.
    if !rest.isEmpty, step == .command, !["", "s", "skip"].contains(text) { rest = [] }
    if !rest.isEmpty {
      output.lines = goOn(text)
    } else {
      switch step {
      case .command: output = command(text)
      case .option, .field, .note, .send: output = answering(text, exact: typed)
      case .row, .text, .order: output = ordering(text, exact: typed)
      }
    }
    output.intents += model.questionsToShell()
    if !["say", "s", ""].contains(text) { remember(output.lines) }
    return output
  }

  /// The next page of a long text, or its end.
  private mutating func goOn(_ text: String) -> [String] {
    if ["s", "skip", "q"].contains(text) {
      rest = []
      // What was skipped was not read; the question says so before it is answered.
      return afterReading(isWhole: false)
    }
    let lines = Array(rest.prefix(LinearConsole.page))
    rest = Array(rest.dropFirst(LinearConsole.page))
    guard rest.isEmpty else { return lines + ["\(rest.count) more lines."] }
    return lines + afterReading(isWhole: true)
  }

  private mutating func command(_ text: String) -> Output {
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let word = words.first?.lowercased() else { return Output() }
    let argument = words.count > 1 ? words[1] : ""
    let exact = LinearCommand.all.filter { $0.name == word }
    let found = exact.isEmpty ? LinearCommand.all.filter { $0.name.hasPrefix(word) } : exact
    guard found.count == 1 else {
      let near = found.map(\.name).joined(separator: ", ")
      return Output(lines: [
        found.isEmpty
          ? "There is no command \(word). Type help for the commands." : "\(word) could be: \(near)."
      ])
    }
    return perform(found[0], argument)
  }

  private mutating func perform(_ command: LinearCommand, _ argument: String) -> Output {
    switch command.name {
    case "help":
      return Output(
        lines: LinearCommand.all.map { "\($0.name)\($0.argument.isEmpty ? "" : " \($0.argument)"): \($0.help)." })
    case "say": return Output(lines: lastSaid)
    case "quit": return Output(lines: leaveWords(), intents: [.quit])
    case "quiet":
      isQuiet = argument.isEmpty ? !isQuiet : argument == "on"
      return Output(lines: [isQuiet ? "Quiet: only questions and problems are told." : "Everything normal is told."])
    case "sessions": return Output(lines: sessionLines())
    case "open": return open(argument)
    case "status": return Output(lines: statusLines())
    case "decide": return decide(argument)
    case "new": return new(argument)
    case "actions": return Output(lines: paged(actionLines()))
    case "reload": return Output(lines: ["Reading everything again."], intents: act(.reload).intents)
    case "do":
      guard let action = Action(rawValue: argument) else {
        return Output(lines: ["There is no action \(argument). Type actions for all of them."])
      }
      return act(action)
    default: break
    }
    guard model.current != nil else { return Output(lines: [noSession]) }
    switch command.name {
    case "feed": return Output(lines: eventLines(argument, level: .normal))
    case "errors": return Output(lines: eventLines(argument, level: .problems))
    case "find": return Output(lines: foundLines(argument))
    case "needs": return Output(lines: list(.needs))
    case "tasks": return Output(lines: list(.tasks))
    case "gates": return Output(lines: list(.gates))
    case "stages": return Output(lines: list(.stages))
    case "files": return Output(lines: list(.files))
    case "calls": return Output(lines: list(.calls))
    case "health": return Output(lines: list(.health))
    case "output": return Output(lines: Array(outputLines(argument)))
    case "read": return read(argument)
    case "diff": return difference(argument)
    case "file": return file(argument)
    case "copy": return copy(argument)
    case "event": return event(argument)
    case "timeline": return Output(lines: paged(timelineLines()))
    case "at": return look(at: argument)
    case "since": return since()
    case "reply": return reply(argument)
    default: return command.action.map { act($0) } ?? Output()
    }
  }

  private var noSession: String { "No session is open. Type sessions, then open and a number." }

  /// Does an action of the key table, and asks in lines what it asks.
  mutating func act(_ action: Action) -> Output {
    if let reason = model.reasonDisabled(action) { return Output(lines: ["Not now: \(reason)."]) }
    let earlier = model.toast
    var output = Output(intents: model.perform(action))
    switch model.place {
    case .dialog: output.lines += askDialog()
    case .decision:
      if step == .command { output.lines += askCard() }
    case .reading: output.lines += sayReading()
    case .menu: return sayMenu(action)
    case .overview, .start, .session, .palette, .themes:
      if let toast = model.toast, toast != earlier { output.lines.append(toast.text) }
    }
    return output
  }

  private func leaveWords() -> [String] { LinearConsole.plain(model.leaveLines(columns: LinearConsole.columns)) }

  // MARK: Saying

  private func sessionLines() -> [String] {
    guard !model.sessions.isEmpty else {
      return ["There is no session yet. Type new for the samples, or use signalbox run BRIEF.md."]
    }
    return model.listed.enumerated().map { place, snapshot in
      let word = snapshot.word(at: model.now)
      let stage = snapshot.session.currentStage.map { ", stage \($0.id) \($0.name)" } ?? ""
      let open = snapshot.session.openDecisions.count
      return "\(place + 1). \(Text.clean(snapshot.id).string): \(word.rawValue), \(word.meaning)\(stage)"
        + (open > 0 ? ", \(counted(open, "decision")) for you" : "")
    }
  }

  mutating func statusLines() -> [String] {
    guard let current = model.current else {
      return sessionLines() + (model.queue.isEmpty ? ["Nothing waits for you."] : [])
    }
    var lines: [String] = []
    if let past = model.past {
      let time = Clock.time(past.moment, offset: model.offsetMinutes, seconds: true)
      lines.append("You look at the past, \(time), event \(past.count). Nothing is ordered from here; now goes back.")
    }
    let word = current.word(at: model.now)
    lines.append("\(Text.clean("\(current.id), \(current.session.title)").string): \(word.rawValue), \(word.meaning).")
    for stage in current.session.stages where stage.state != .todo {
      let steps = current.steps(of: stage).map { ", \($0.done) of \($0.all)" } ?? ""
      lines.append("Stage \(stage.id) \(stage.name): \(stage.state.word.rawValue)\(steps)")
    }
    lines.append(model.nowLine(current).text)
    if let trouble = model.engineTrouble {
      lines.append("\(trouble).\(model.isReadOnly ? "" : " Type engine to start one.")")
    }
    let waits = model.queue
    if !waits.isEmpty {
      lines.append(
        "\(Model.needYou(waits.count)): \(waits.map { "\($0.session.id) \($0.decision.id)" }.joined(separator: ", ")). Type decide."
      )
    }
    return lines
  }

  private func actionLines() -> [String] {
    var seen: Set<Action> = []
    return model.keymap.bindings.filter { seen.insert($0.action).inserted }.map { row in
      let reason = model.reasonDisabled(row.action).map { " Not now: \($0)." } ?? ""
      return "\(row.action.rawValue): \(row.help)\(reason)"
    }
  }

  private func eventLines(_ argument: String, level: FeedLevel) -> [String] {
    guard let current = model.current else { return [] }
    let count = min(max(1, Int(argument) ?? 10), 200)
    let shown = current.events.reversed().lazy
      .filter { EventText.level(of: $0.event.fact).rawValue <= level.rawValue }.prefix(count)
    var lines: [String] = []
    var before: FeedEvent?
    for entry in Array(shown).reversed() {
      if let before, let ruler = ruler(from: before, to: entry) { lines.append(ruler) }
      lines.append("\(entry.seq). \(line(of: entry, in: current))")
      before = entry
    }
    return lines.isEmpty ? [level == .problems ? "There was no problem." : "Nothing has happened yet."] : lines
  }

  /// What lies between two events that are told one after the other.
  private func ruler(from before: FeedEvent, to entry: FeedEvent) -> String? {
    Ruler(
      before: before.event.at, after: entry.event.at, hidden: entry.seq - before.seq - 1, today: model.now,
      offset: model.offsetMinutes)?.sentence(offset: model.offsetMinutes)
  }

  private func foundLines(_ text: String) -> [String] {
    guard let current = model.current else { return [] }
    guard !text.isEmpty else { return ["Type find and a text."] }
    let found = current.events.map { "\($0.seq). \(line(of: $0, in: current))" }.filter { $0.matches(text) }
    return found.isEmpty ? ["No event has \(text) in it."] : Array(found.suffix(50))
  }

  private func outputLines(_ argument: String) -> [String] {
    let lines = model.past == nil ? model.desk.transcript : []
    guard !lines.isEmpty else { return ["Nothing is printed now."] }
    return lines.suffix(min(max(1, Int(argument) ?? 20), 500)).map { Text.clean($0).string }
  }

  private mutating func list(_ pane: Pane) -> [String] {
    listed = pane
    let ids = model.identities(of: pane)
    guard !ids.isEmpty else { return ["\(pane.title): nothing there."] }
    let lines = ids.enumerated().map { place, id in "\(place + 1). \(stateWord(pane, id))\(model.rowText(pane, id))" }
    return paged(["\(pane.title), \(ids.count). Type read and a number for one in full."] + lines)
  }

  /// The state of rows whose text does not begin with it.
  private func stateWord(_ pane: Pane, _ id: String) -> String {
    guard let session = model.current?.session else { return "" }
    switch pane {
    case .needs: return session.decision(id).map { $0.isOpen ? "ASK " : "OK " } ?? ""
    case .stages:
      if let stage = session.stages.first(where: { String($0.id) == id }) { return "\(stage.state.word.rawValue) " }
      return session.stages.flatMap(\.substages).first { $0.id == id }.map { "\($0.state.word.rawValue) " } ?? ""
    case .feed, .tasks, .gates, .output, .files, .calls, .health: return ""
    }
  }

  private func timelineLines() -> [String] {
    guard let current = model.current else { return [] }
    return current.events.filter { entry in
      switch entry.event.fact {
      case .stageStarted, .stageCompleted, .decisionRaised, .decisionAnswered, .rolledBack, .undone, .sessionPaused,
        .sessionResumed, .sessionCompleted, .sessionAborted:
        return true
      default: return false
      }
    }.map { "\($0.seq). \(line(of: $0, in: current))" } + ["Type at and a number to see the session as it stood then."]
  }

  // MARK: Going somewhere

  private mutating func open(_ argument: String) -> Output {
    let rows = model.listed
    let byNumber = Int(argument).flatMap { rows.indices.contains($0 - 1) ? rows[$0 - 1] : nil }
    let near = rows.filter { $0.id.hasPrefix(argument) }
    guard !argument.isEmpty,
      let found = rows.first(where: { $0.id == argument }) ?? byNumber ?? (near.count == 1 ? near[0] : nil)
    else {
      if let session = model.current?.session, named(argument, in: session) != nil { return file(argument) }
      return Output(lines: ["Which one?"] + sessionLines())
    }
    model.leavePast()
    model.open(session: found.id)
    listed = nil
    return Output(lines: statusLines())
  }

  private mutating func new(_ argument: String) -> Output {
    let samples = model.samples
    let byNumber = Int(argument).flatMap { samples.indices.contains($0 - 1) ? samples[$0 - 1] : nil }
    guard let sample = samples.first(where: { $0.name == argument }) ?? byNumber else {
      return Output(
        lines: samples.enumerated().map { "\($0 + 1). \($1.name): \($1.title). \($1.summary)" }
          + ["Type new and a number."])
    }
    if let reason = model.reasonDisabled(.newSession) { return Output(lines: ["Not now: \(reason)."]) }
    return Output(lines: ["Starting the sample \(sample.name)."], intents: [.startSample(sample.name)])
  }

  private mutating func look(at argument: String) -> Output {
    guard let seq = Int(argument), let id = model.currentID else { return Output(lines: ["Type at and a number."]) }
    if let reason = model.reasonNoPast { return Output(lines: ["Not now: \(reason)."]) }
    guard model.snapshot(id)?.place(of: seq) != nil else { return Output(lines: ["There is no event \(seq)."]) }
    model.enterPast(session: id, after: seq)
    return Output(lines: statusLines())
  }

  private mutating func since() -> Output {
    guard model.past != nil else { return Output(lines: ["You look at now. Type at and a number first."]) }
    return Output(lines: LinearConsole.plain(model.sinceLines(columns: LinearConsole.columns)))
  }

  // MARK: Reading

  private mutating func read(_ argument: String) -> Output {
    guard let pane = listed else { return Output(lines: ["Type a list first: needs, tasks, gates, files, calls."]) }
    let ids = model.identities(of: pane)
    guard let number = Int(argument), ids.indices.contains(number - 1) else {
      return Output(lines: ["There are \(ids.count) rows. Type read and a number."])
    }
    model.desk.focus = pane
    model.moveList(pane, to: number - 1)
    return act(.open)
  }

  private mutating func event(_ argument: String) -> Output {
    guard let seq = Int(argument), let current = model.current, current.place(of: seq) != nil else {
      return Output(lines: ["Type event and a number, as feed says it."])
    }
    model.open(Reading(subject: .event(session: current.id, seq: seq)))
    return Output(lines: sayReading())
  }

  private mutating func difference(_ argument: String) -> Output {
    guard let current = model.current, current.session.files[argument] != nil else {
      return Output(lines: ["No file \(argument) is on record. Type files."])
    }
    model.open(Reading(subject: .file(session: current.id, path: argument)))
    return Output(lines: sayReading())
  }

  private mutating func reply(_ argument: String) -> Output {
    guard let session = model.current?.session, let callback = session.callback(argument) else {
      return Output(lines: ["Nothing by this name was asked. Type calls."])
    }
    model.desk.focus = .calls
    let ids = model.identities(of: .calls)
    if let place = ids.firstIndex(of: callback.id) { model.moveList(.calls, to: place) }
    return act(.reply)
  }

  /// Says what is open for reading, or that it comes.
  private mutating func sayReading() -> [String] {
    guard let reading = model.reading.last else { return [] }
    awaitsReading = true
    if let lines = readingIfKnown() { return lines }
    switch reading.subject {
    case .report: return ["Writing the report."]
    default: return ["Looking at the files."]
    }
  }

  /// What is open for reading, once everything of it is known.
  mutating func readingIfKnown() -> [String]? {
    guard let reading = model.reading.last, model.place == .reading else {
      awaitsReading = false
      return nil
    }
    switch reading.subject {
    case .report: if model.reported?.text == nil, model.reported?.trouble == nil { return nil }
    case .file(let session, let path):
      let hasLooked =
        model.past != nil || model.comparison(session: session, path: path) != nil
        || model.compared?.question.path == path && model.compared?.trouble != nil
      if !hasLooked { return nil }
    default: break
    }
    awaitsReading = false
    let lines = wholeText(reading)
    while model.place == .reading { _ = model.perform(.close) }
    return paged(lines)
  }

  /// Everything there is to say about something.
  mutating func wholeText(_ reading: Reading) -> [String] {
    model.pinnedColumns = LinearConsole.columns
    defer { model.pinnedColumns = nil }
    return LinearConsole.plain(model.readingLines(reading))
  }
}
