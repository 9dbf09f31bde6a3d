import Kernel
import Screen

// The strip above the panes of a session: its stages, the steps of the current one, and what happens now.

extension Model {
  func drawStrip(_ canvas: inout Canvas, _ area: Area, _ current: SessionSnapshot) {
    let columns = max(0, area.columns - 2)
    canvas.write(Line(" ") + pipeline(current, columns: columns), in: area.line(0))
    var row = 1
    if area.rows > 2 {
      canvas.write(Line(" ") + steps(current, columns: columns), in: area.line(row))
      row += 1
    }
    let line = area.line(row)
    var (now, activity) = nowParts(current)
    let isWorking = !current.session.inFlight.isEmpty && current.session.standing == .active
    if let stage = current.session.currentStage, let steps = current.steps(of: stage), isWorking, area.columns >= 60 {
      let (left, bar) = line.splitRight(22)
      writeNow(&canvas, now, activity, current, in: left)
      let count = " \(steps.done)/\(steps.all) "
      canvas.write(Line(count), in: bar, align: .right)
      canvas.bar(steps.done, of: steps.all, in: bar.inset(left: 1, right: count.utf8.count))
      return
    }
    if area.columns < 60, let stage = current.session.currentStage, let steps = current.steps(of: stage) {
      now = Line("\(steps.done)/\(steps.all) ") + now
    }
    writeNow(&canvas, now, activity, current, in: line)
  }

  /// What happens now; how long ago something happened stays in sight, whatever the name of the work is.
  private func writeNow(
    _ canvas: inout Canvas, _ now: Line, _ activity: Line, _ snapshot: SessionSnapshot, in area: Area
  ) {
    let line = Line(" ") + now
    let short = activity.isEmpty ? "" : "\(age(snapshot.session.updatedAt)) ago"
    if line.columns + activity.columns <= area.columns {
      canvas.write(line + activity, in: area)
    } else {
      canvas.write(left: line, right: Line(short, .muted), in: area)
    }
  }

  /// All stages in one row: done, current in brackets with its counted steps, to do. Narrow rows lose names only.
  func pipeline(_ snapshot: SessionSnapshot, columns: Int) -> Line {
    let session = snapshot.session
    let current = session.currentStage?.id
    func line(names: (StageRecord) -> String) -> Line {
      var line = Line()
      for stage in session.stages {
        if !line.isEmpty { line += Line(" ") }
        if stage.id == current {
          let count = snapshot.steps(of: stage).map { " \($0.done)/\($0.all)" } ?? ""
          let word = snapshot.word(at: now)
          let style = word == .running || word == .retry ? StateWord.running.style : word.style
          let name = names(stage).uppercased()
          line += Line("[\(name.isEmpty ? "\(stage.id)" : "\(stage.id) \(name)")\(count)]", style.bold)
        } else {
          let mark = stage.state.word.mark(glyphs)
          line += Line(names(stage).isEmpty ? "\(stage.id)" : "\(stage.id) \(names(stage))", stage.state.word.style)
          line += Line(mark, stage.state.word.style)
        }
      }
      return line
    }
    var best = line { $0.name }
    if best.columns > columns { best = line { $0.id == current ? $0.name : Model.shortName($0.name) } }
    if best.columns > columns { best = line { $0.id == current ? $0.name : "" } }
    if best.columns > columns { best = line { _ in "" } }
    return best
  }

  /// At most four letters of a name, and no single one of its second word.
  private static func shortName(_ name: String) -> String {
    let start = name.prefix(4)
    return String(start.firstIndex(of: " ").map { start[..<$0] } ?? start)
  }

  /// The sub-stages or gates of the current stage, in the order in which they run.
  private func steps(_ snapshot: SessionSnapshot, columns: Int) -> Line {
    let session = snapshot.session
    guard let stage = session.currentStage else { return Line("every stage is complete", .stateDone) }
    var parts: [(text: String, word: StateWord)] = []
    var skipped = 0
    if !stage.substages.isEmpty {
      for substage in stage.substages {
        if substage.state == .skipped { skipped += 1 } else { parts.append((substage.id, substage.state.word)) }
      }
    } else if !session.gates.isEmpty, session.workflow.runsGates(in: stage.id) {
      parts = session.gates.map { ($0.id, $0.word) }
    } else {
      // A failure somebody accepted stays in sight until the end.
      parts = session.tasks.filter { $0.stage == stage.id }.map { ($0.id, $0.word) }
      parts += session.gates.filter { $0.state == .waived }.map { ($0.id, $0.word) }
    }
    var line = Line("in stage \(stage.id): ", .muted)
    if parts.isEmpty { return line + Line("nothing yet", .muted) }
    let tail = skipped > 0 ? "  (\(skipped) not needed)" : ""
    // What is at work stays visible: the row begins early enough before it.
    let at = parts.firstIndex { $0.word == .running || $0.word == .retry || $0.word == .failed } ?? 0
    var first = 0
    func width(from start: Int) -> Int {
      parts[start...max(start, min(at + 1, parts.count - 1))].reduce(0) { $0 + $1.text.utf8.count + 2 }
    }
    while first < at, width(from: first) > columns - line.columns - tail.utf8.count - 4 { first += 1 }
    if first > 0 { line += Line("\(first) before  ", .muted) }
    for (place, part) in parts.enumerated().dropFirst(first) {
      let piece = "\(part.text)\(part.word.mark(glyphs)) "
      let rest = parts.count - place
      if line.columns + Width.columns(of: piece) + tail.utf8.count + 6 > columns, rest > 1 {
        line += Line("+\(rest)", .muted)
        break
      }
      line += Line(piece, part.word.style)
    }
    return line + Line(tail, .muted)
  }

  /// What is happening now, in one sentence anybody understands.
  func nowLine(_ snapshot: SessionSnapshot) -> Line {
    let (now, activity) = nowParts(snapshot)
    return now + activity
  }

  /// What is happening now, and how long ago something happened.
  private func nowParts(_ snapshot: SessionSnapshot) -> (now: Line, activity: Line) {
    let session = snapshot.session
    let activity = Line("  last activity \(age(session.updatedAt)) ago", .muted)
    if session.standing == .active, session.decisionsInTurn.isEmpty, session.waits.isEmpty,
      !(session.inFlight.isEmpty && session.outstanding.isEmpty)
    {
      return (workLine(snapshot), activity)
    }
    return (restLine(snapshot), Line())
  }

  /// What a session says of itself that does not work: how it stands, or what it waits for.
  private func restLine(_ snapshot: SessionSnapshot) -> Line {
    let session = snapshot.session
    switch session.standing {
    case .paused(let by, let at, let reason):
      let why = reason.isEmpty ? "" : " (\(Text.clean(reason).string))"
      return Line("Paused by \(by) \(age(at)) ago\(why).\(way(" \(keyName(.pause)) resumes it.", ""))", .statePaused)
    case .aborted(let by, _, _): return Line("Ended by \(by). Files, journal and report stay.", .stateFailed)
    case .completed: return Line("Complete. `signalbox report \(session.id)` shows the result.", .stateDone)
    case .active: break
    }
    let open = session.decisionsInTurn
    if let first = open.first {
      let more = open.count > 1 ? " and \(open.count - 1) more" : ""
      let oldest = queue.first
      let isNext = oldest?.session.id == session.id && oldest?.decision.id == first.id
      let pane2 = "\(keyName(.pane2)) \(keyName(.open, in: .session))"
      let sent = first.remindersSent > 0 ? ", reminded \(first.remindersSent)x" : ""
      return Line("Waiting for you\(more), \(age(first.raisedAt))\(sent): ", .stateAsk)
        + Line(Text.clean(first.title), Style.text.bold)
        + Line(
          presentMoment != nil || speaksLines
            ? "" : isNext ? "  \(keyName(.nextDecision)) opens it" : currentID == nil ? "" : "  \(pane2) opens it",
          .muted)
    }
    if let wait = session.waits.first {
      let title = Text.clean(session.workflow.dependency(wait.dependency)?.title ?? wait.dependency).string
      let isLooked = snapshot.engine != .none && snapshot.engine != .gone
      return Line("Waiting for \(title), \(age(wait.since))", .stateBlocked)
        + Line(isLooked ? "; looks again by itself and goes on." : "; an engine must look for it.", .muted)
    }
    return Line("Nothing is left to do here.", .muted)
  }

  /// What a session works at, or is about to.
  private func workLine(_ snapshot: SessionSnapshot) -> Line {
    let session = snapshot.session
    let attempt: (number: Int, most: Int, name: String)
    switch session.inFlight.first ?? session.outstanding.first {
    case .perform(let id, let number):
      let task = session.task(id)
      attempt = (number, task?.maxAttempts ?? 1, task.map { "\($0.title) (\($0.workingRole))" } ?? id)
    case .runGate(let id, let number):
      let gate = session.gate(id)
      attempt = (number, gate?.maxAttempts ?? 1, "checking \(gate?.title ?? id)")
    case .keep: attempt = (1, 1, "keeping the files as they are")
    case .restore(_, let number): attempt = (number, 3, "putting files back")
    case .inspect: attempt = (1, 1, "looking at the files on the disk")
    case .probe(let id, _):
      attempt = (1, 1, "waiting until \(session.workflow.dependency(id)?.title ?? id) answers; goes on by itself")
    case nil: return Line("Nothing is left to do here.", .muted)
    }
    let isRunning = !session.inFlight.isEmpty
    if isRunning, snapshot.engine == .gone || snapshot.engine == .none {
      return Line("Interrupted: ", .stateBlocked) + Line(Text.clean(attempt.name))
    }
    let lead = isRunning ? "Now: " : "Next: "
    let tries = attempt.number > 1 ? "  attempt \(attempt.number)" : ""
    var line = Line(lead, isRunning ? .stateRunning : .muted) + Line(Text.clean(attempt.name))
    if !tries.isEmpty { line += Line(tries, .stateRetry) }
    return line
  }
}

extension Workflow {
  /// Whether a stage is the one that runs the gates.
  fileprivate func runsGates(in stage: Int) -> Bool {
    self.stage(stage)?.work.contains { if case .gates = $0 { true } else { false } } ?? false
  }
}
