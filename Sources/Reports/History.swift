import Kernel

/// What a session's history says about time and about everything that did not go straight.
struct History {
  /// Milliseconds in which at least one effect was in flight.
  private(set) var machine: Int64 = 0
  /// Milliseconds in which nothing was in flight and a question was open.
  private(set) var people: Int64 = 0
  /// Milliseconds in which the session was paused.
  private(set) var paused: Int64 = 0
  /// Milliseconds in which nothing was in flight, nothing was asked and nothing was paused: no engine was at work.
  private(set) var idle: Int64 = 0
  /// From the first event to the end, or to now while it goes on.
  private(set) var whole: Int64 = 0
  /// What did not go straight, as table rows: event, moment, what, by whom, why.
  private(set) var recoveries: [[String]] = []
  /// What was noted for supervisors, as table rows: event, moment, severity, text.
  private(set) var notes: [[String]] = []
  /// Whether an event's moment lay before that of the event before it; its step counts as no time.
  private(set) var clockWentBack = false

  /// Reads a history.
  ///
  /// - Parameters:
  ///   - events: The whole history.
  ///   - now: Where time ends while the session goes on.
  init(_ events: [Event], now: Moment) {
    var session = Session()
    for (index, event) in events.enumerated() {
      if index > 0 { spend(from: events[index - 1].at, to: event.at, in: session) }
      session.apply(event)
      note(event, seq: index + 1)
    }
    guard let last = events.last else { return }
    switch session.standing {
    case .aborted, .completed: break
    case .active, .paused: spend(from: last.at, to: now, in: session)
    }
  }

  private mutating func spend(from start: Moment, to end: Moment, in session: Session) {
    if end < start { clockWentBack = true }
    let time = max(0, end - start)
    whole += time
    if !session.inFlight.isEmpty {
      machine += time
    } else if session.state == .paused {
      paused += time
    } else if !session.openDecisions.isEmpty {
      people += time
    } else {
      idle += time
    }
  }

  private mutating func note(_ event: Event, seq: Int) {
    func recovered(_ what: String, _ why: String) {
      recoveries.append(["#\(seq)", Words.time(event.at), what, Markdown.inline(event.by), Markdown.inline(why)])
    }
    switch event.fact {
    case .leaseTaken(let holder, let epoch):
      if epoch > 1 { recovered("Engine took over (epoch \(epoch))", "New holder: \(holder)") }
    case .effectInterrupted(let effect, let reason):
      recovered("Interrupted: \(Markdown.inline(effect.name))", reason)
    case .taskFailed(let task, let attempt, let failure):
      recovered("Task \(Markdown.inline(task)), attempt \(attempt) failed (\(failure.cause.rawValue))", failure.message)
    case .taskRetried(let task, let guidance):
      recovered(
        "Fresh budget for task \(Markdown.inline(task))", guidance.isEmpty ? "No guidance was given." : guidance)
    case .gateReported(let gate, let attempt, let result):
      if !result.passed {
        let why = result.unavailable ?? "required \(result.required), reached \(result.achieved)"
        recovered("Gate \(Markdown.inline(gate)), attempt \(attempt) did not pass", why)
      }
    case .gateRetried(let gate): recovered("Gate \(Markdown.inline(gate)) to run again", "Asked for by a person.")
    case .changesRequested(let stage, let note): recovered("Changes requested in stage \(stage)", note)
    case .rolledBack(let stage, let substages, let reason):
      let again = Words.list(substages.map(Markdown.inline), otherwise: "no sub-stage")
      recovered("Rolled back to stage \(stage); again: \(again)", reason)
    case .sessionPaused(let reason): recovered("Paused", reason.isEmpty ? "No reason was given." : reason)
    case .sessionResumed: recovered("Resumed", "Asked for by a person.")
    case .decisionWithdrawn(let decision, let reason):
      recovered("Question \(Markdown.inline(decision)) withdrawn", reason)
    case .noted(let severity, let text):
      notes.append(["#\(seq)", Words.time(event.at), severity.rawValue, Markdown.inline(text)])
    case .sessionCreated, .leaseReleased, .effectStarted, .stageStarted, .stageCompleted, .briefAccepted,
      .briefAmended, .taskCreated, .taskCompleted, .workPlanned, .shortcomingsFound, .shortcomingsLeftOut,
      .substageStarted, .substageSkipped, .substageCompleted, .checkpointTaken, .gatesOpened, .gateWaived,
      .decisionRaised, .decisionAnswered, .approved, .sessionAborted, .sessionCompleted, .unknown:
      break
    }
  }
}
