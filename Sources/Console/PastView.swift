import Kernel
import Screen

// The timeline: when which stage was at work, where a person was waited for, and which moment is looked at.

extension Model {
  /// How many rows the timeline takes below the pipeline.
  var timelineRows: Int {
    guard past != nil else { return 0 }
    return step >= .medium ? 6 : step >= .small ? 2 : 0
  }

  /// The banner of a past moment: when, how long ago, and the way back.
  func drawPastBanner(_ canvas: inout Canvas, _ area: Area, _ past: Past) {
    canvas.fill(area, .match)
    let seconds = Clock.time(past.moment, offset: offsetMinutes, seconds: true)
    let all = currentID.flatMap(snapshot)?.events.count ?? past.count
    var line = Line(" PAST \(seconds)", Style.match.bold)
    line += Line("  \(Clock.length(Clock.between(past.moment, liveNow))) ago", .match)
    line += Line("  event \(past.count) of \(all)", .match)
    if step >= .medium { line += Line("  read only, nothing is ordered from here", .match) }
    canvas.write(left: line, right: Line("\(keyName(.pastNow)) is now ", Style.match.bold), in: area)
  }

  /// The timeline of the current session.
  func drawTimeline(_ canvas: inout Canvas, _ area: Area, _ past: Past) {
    guard let live = currentID.flatMap(snapshot), !area.isEmpty else { return }
    guard step >= .medium else {
      let lane = area.inset(left: 1, right: 1)
      canvas.write(self.lane(live, columns: lane.columns), in: lane.line(0))
      canvas.write(marks(live, past, columns: lane.columns), in: lane.line(1))
      return
    }
    let inner = canvas.box(
      area, title: "Timeline", trailing: Line("digit: stage at work, ? waits for you, = paused", .muted)
    ).inset(left: 1, right: 1)
    canvas.write(axis(live, columns: inner.columns), in: inner.line(0))
    canvas.write(lane(live, columns: inner.columns), in: inner.line(1))
    canvas.write(marks(live, past, columns: inner.columns), in: inner.line(2))
    var since = Line("since then: ", .muted)
    since += Line(Text.clean(sincePast.map { "\($0.label) \($0.value)" }.joined(separator: "; ")))
    canvas.write(since, in: inner.line(3))
  }

  /// The span of a session from its start until now.
  private func span(_ live: SessionSnapshot) -> (start: Int64, length: Int64) {
    let start = Clock.bounded(live.session.createdAt)
    return (start, max(1, Clock.between(start, live.end(at: liveNow))))
  }

  private func column(of moment: Int64, _ live: SessionSnapshot, columns: Int) -> Int {
    let (start, length) = span(live)
    return min(columns - 1, Int(Clock.between(start, moment) * Int64(max(1, columns - 1)) / length))
  }

  /// Times of day over the lane, one every sixteen columns.
  private func axis(_ live: SessionSnapshot, columns: Int) -> Line {
    let (start, length) = span(live)
    var text = ""
    let seconds = length < 1_200_000
    for column in stride(from: 0, to: columns - (seconds ? 8 : 5), by: 16) {
      let moment = start + length * Int64(column) / Int64(max(1, columns - 1))
      text = text.padded(to: column) + Clock.time(moment, offset: offsetMinutes, seconds: seconds)
    }
    return Line(text, .muted)
  }

  /// One character for each stretch of time: what the session did at its end.
  private func lane(_ live: SessionSnapshot, columns: Int) -> Line {
    guard columns > 1 else { return Line() }
    var stretches: [(from: Int64, mark: Character, style: Style)] = []
    var stage = 0
    var open: Set<String> = []
    var isPaused = false
    var hasEnded = false
    for entry in live.events {
      switch entry.event.fact {
      case .stageStarted(let id): stage = id
      case .rolledBack(let id, _, _): stage = id
      case .decisionRaised(let decision): open.insert(decision.id)
      case .decisionAnswered(let answer): open.remove(answer.decision)
      case .decisionWithdrawn(let id, _): open.remove(id)
      case .sessionPaused: isPaused = true
      case .sessionResumed: isPaused = false
      case .sessionCompleted, .sessionAborted: hasEnded = true
      default: continue
      }
      let mark: (Character, Style) =
        hasEnded
        ? (".", .muted)
        : isPaused
          ? ("=", .statePaused)
          : open.isEmpty ? (Character(String(min(stage, 9))), .stateRunning) : ("?", .stateAsk)
      stretches.append((entry.event.at, mark.0, mark.1))
    }
    var line = Line()
    var place = -1
    for column in 0..<columns {
      while place + 1 < stretches.count, self.column(of: stretches[place + 1].from, live, columns: columns) <= column {
        place += 1
      }
      line += place < 0 ? Line(".", .muted) : Line(String(stretches[place].mark), stretches[place].style)
    }
    return line
  }

  /// Where a person decided, and which moment is looked at.
  private func marks(_ live: SessionSnapshot, _ past: Past, columns: Int) -> Line {
    var cells = [Character](repeating: " ", count: max(0, columns))
    for decision in live.session.decisions {
      if let answer = decision.answer { cells[column(of: answer.at, live, columns: columns)] = "D" }
    }
    let here = column(of: past.moment, live, columns: columns)
    let words = "^ here"
    guard cells.indices.contains(here) else { return Line() }
    var line = Line(String(cells[..<here]), .muted)
    let isTight = here + words.utf8.count > columns
    line += Line(isTight ? "^" : words, Style.title.bold)
    if line.columns < columns { line += Line(String(cells[line.columns...]), .muted) }
    return line
  }

  /// What changed from the moment that is looked at until now, to be read.
  func sinceLines(columns: Int) -> [Line] {
    guard let past else { return [Line("It is now.", .muted)] }
    // How long ago it is counts from now, not from the moment that is looked at.
    var live = self
    live.now = liveNow
    let head = Line("From \(live.when(past.moment)) until now", Style.title.bold)
    return head.wrapped(to: columns) + [Line()] + facts(sincePast, columns: columns)
  }
}
