import Kernel
import Screen

/// The state of anything, as a word first, a mark second and a colour third; in the order in which it needs a person.
public enum StateWord: String, CaseIterable, Sendable {
  case ask = "ASK"
  case blocked = "BLKD"
  case failed = "FAIL"
  case lost = "LOST"
  case stalled = "STALL"
  case retry = "RETRY"
  case running = "RUN"
  case idle = "IDLE"
  case paused = "PAUS"
  case todo = "TODO"
  case warning = "WARN"
  case unproven = "UNPROVEN"
  case waived = "WAIV"
  case rolledBack = "ROLL"
  case skipped = "SKIP"
  case isolated = "ISOL"
  case note = "INFO"
  case passed = "PASS"
  case good = "OK"
  case done = "DONE"
  case aborted = "ABRT"

  /// What it means, for the legend.
  public var meaning: String {
    switch self {
    case .ask: return "waits for your answer"
    case .blocked: return "cannot go on"
    case .failed: return "failed"
    case .lost: return "its engine is gone"
    case .stalled: return "works, but silent for long"
    case .retry: return "failed, trying again"
    case .running: return "working"
    case .idle: return "no engine works for it"
    case .paused: return "rests until resumed"
    case .todo: return "not begun"
    case .warning: return "worth a look"
    case .unproven: return "passed without evidence"
    case .waived: return "failed, accepted by a person"
    case .rolledBack: return "went back to a stage"
    case .skipped: return "not needed here"
    case .isolated: return "set aside, the rest goes on"
    case .note: return "for your information"
    case .passed: return "checked and good"
    case .good: return "went well"
    case .done: return "finished and checked"
    case .aborted: return "ended by a person"
    }
  }

  /// The role by which a theme colours it.
  public var style: Style {
    switch self {
    case .ask: return .stateAsk
    case .blocked, .lost: return .stateBlocked
    case .failed, .aborted: return .stateFailed
    case .stalled, .warning, .unproven, .waived: return .stateWarning
    case .retry, .rolledBack: return .stateRetry
    case .running: return .stateRunning
    case .idle, .paused: return .statePaused
    case .todo: return .stateTodo
    case .skipped, .isolated: return .stateSkipped
    case .note: return .muted
    case .passed, .good, .done: return .stateDone
    }
  }

  /// The one-column mark, for strips without room for words.
  public func mark(_ glyphs: GlyphSet) -> String {
    switch self {
    case .ask: return "?"
    case .blocked, .lost, .warning: return "!"
    case .failed, .aborted: return String(glyphs.cross)
    case .stalled: return "z"
    case .retry: return "^"
    case .running: return String(glyphs.pointer)
    case .idle, .paused: return "="
    case .todo, .note: return String(glyphs.dot)
    case .unproven: return "u"
    case .waived: return "w"
    case .rolledBack: return "<"
    case .skipped: return "-"
    case .isolated: return "~"
    case .passed, .good, .done: return String(glyphs.check)
    }
  }

  /// Whether it belongs to the problems that `e` jumps to.
  var isProblem: Bool {
    switch self {
    case .ask, .blocked, .failed, .lost, .stalled, .retry, .warning, .unproven, .aborted: return true
    default: return false
    }
  }
}

extension Progress {
  /// The word for how far a stage, sub-stage or task has come.
  var word: StateWord {
    switch self {
    case .todo: return .todo
    case .running: return .running
    case .done: return .done
    case .failed: return .failed
    case .skipped: return .skipped
    case .waived: return .waived
    case .isolated: return .isolated
    }
  }
}

extension GateRecord {
  /// The word for a gate: a pass without evidence is never shown as a pass, nor is a waiver.
  var word: StateWord {
    switch state {
    case .todo: return attempt > 1 ? .retry : .todo
    case .running: return .running
    case .skipped: return .skipped
    case .isolated: return .isolated
    case .waived: return .waived
    case .failed: return mandatory ? .failed : .warning
    case .done: return results.last?.evidence == nil ? .unproven : .passed
    }
  }
}

extension TaskRecord {
  /// The word for a task, with a repeated attempt told apart from a first one.
  var word: StateWord {
    switch state {
    case .todo, .running: return failures > 0 ? .retry : state.word
    default: return state.word
    }
  }
}

extension SessionSnapshot {
  /// How long a session may be silent while it works before it counts as stalled, in milliseconds.
  static let stallLimit: Int64 = 300_000

  /// The word for what the session is doing.
  func word(at now: Int64) -> StateWord {
    switch session.standing {
    case .paused: return .paused
    case .aborted: return .aborted
    case .completed: return .done
    case .active: break
    }
    if !session.openDecisions.isEmpty { return .ask }
    if engine == .gone { return .lost }
    if session.outstanding.isEmpty { return session.blockers.isEmpty ? .idle : .blocked }
    if engine == .none { return .idle }
    if session.state == .blocked { return .blocked }
    if Clock.between(session.updatedAt, now) > SessionSnapshot.stallLimit { return .stalled }
    let again = session.outstanding.contains { effect in
      switch effect {
      case .perform(let task, _): return (session.task(task)?.failures ?? 0) > 0
      case .runGate(_, let attempt): return attempt > 1
      case .keep, .probe, .inspect: return false
      case .restore(_, let attempt): return attempt > 1
      }
    }
    return again ? .retry : .running
  }

  /// Whether it has ended for good.
  var hasEnded: Bool {
    switch session.standing {
    case .completed, .aborted: return true
    case .active, .paused: return false
    }
  }

  /// When it ended, or now.
  func end(at now: Int64) -> Int64 {
    switch session.standing {
    case .completed(let moment): return moment
    case .aborted(_, let moment, _): return moment
    case .active, .paused: return now
    }
  }

  /// How long people were waited for, overlapping questions counted once, in milliseconds.
  func waited(at now: Int64) -> Int64 {
    let spans = session.decisions.filter { $0.withdrawn == nil }
      .map { (start: Clock.bounded($0.raisedAt), end: Clock.bounded($0.answer?.at ?? end(at: now))) }
      .sorted { $0.start < $1.start }
    var total: Int64 = 0
    var reached: Int64 = 0
    for span in spans where span.end > reached {
      total += span.end - max(reached, span.start)
      reached = span.end
    }
    return max(0, total)
  }

  /// Done and all of what a stage consists of: its tasks, sub-stages, gates and approvals; `nil` where nothing counts.
  func steps(of stage: StageRecord) -> (done: Int, all: Int)? {
    guard let definition = session.workflow.stage(stage.id) else { return nil }
    var done = 0
    var all = 0
    func count(_ isDone: Bool) {
      all += 1
      if isDone { done += 1 }
    }
    for work in definition.work {
      switch work {
      case .brief: count(session.level != nil)
      case .task(let template), .verification(let template, _): count(session.task(template.id)?.state == .done)
      case .approval(let playbook): count(stage.approvals.contains { $0.playbook == playbook })
      case .shortcomings, .rules: break
      case .substages:
        for substage in stage.substages where substage.state != .skipped { count(substage.state == .done) }
      case .gates:
        for gate in session.gates { count(gate.state == .done || gate.state == .waived) }
        if session.gates.isEmpty {
          all += session.workflow.gates.filter { (session.level ?? 1) >= $0.fromLevel }.count
        }
      }
    }
    return all == 0 ? nil : (done, all)
  }
}
