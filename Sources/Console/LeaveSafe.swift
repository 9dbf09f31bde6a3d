import Kernel
import Screen

// What happens while nobody looks: the forecast before a person leaves. Silence reminds and pauses; it never answers.

extension Model {
  /// A moment as people say it: the time alone today, else with its date.
  func moment(_ moment: Int64) -> String {
    let date = Clock.date(moment, offset: offsetMinutes)
    let time = Clock.time(moment, offset: offsetMinutes)
    return date == Clock.date(now, offset: offsetMinutes) ? time : "\(date) \(time)"
  }

  /// When a decision that nobody answers pauses its session, if it ever does.
  func pauses(_ decision: Decision, in session: Session) -> Int64? {
    guard let expiry = decision.expiry else { return nil }
    let since = max(Clock.bounded(decision.raisedAt), Clock.bounded(session.resumedAt ?? 0))
    return Clock.bounded(since &+ Int64(clamping: expiry) &* 60_000)
  }

  /// When a person is next reminded of a decision, if ever again.
  func reminds(_ decision: Decision) -> Int64? {
    let left = decision.reminders.sorted().dropFirst(decision.remindersSent)
    return left.first.map { Clock.bounded(Clock.bounded(decision.raisedAt) &+ Int64(clamping: $0) &* 60_000) }
  }

  /// How many sessions are active, and for how many of them an engine works.
  var engineCounts: (active: Int, working: Int) {
    let active = sessions.filter { $0.session.standing == .active }
    return (active.count, active.count { if case .alive = $0.engine { true } else { false } })
  }

  /// What the leave dialog says.
  func leaveLines(columns: Int) -> [Line] {
    let (active, working) = engineCounts
    var lines = [Line("Sessions continue without the console; `signalbox` opens it again.")]
    lines.append(Line("Engines at work: \(working), for \(counted(active, "active session"))."))
    let forecast = order.compactMap(snapshot).filter { $0.session.standing == .active }.map { leaveLines($0) }
    let waiting = queue.count
    if waiting > 0 {
      let them = waiting == 1 ? "it" : "them"
      lines.append(Line("Waiting for you: \(counted(waiting, "decision")); nothing answers \(them).", .stateAsk))
    }
    if !forecast.isEmpty {
      lines.append(Line())
      lines.append(Line("If you leave now", Style.title.bold))
    }
    let shown = forecast.prefix(4)
    lines += shown.flatMap { $0 }
    if forecast.count > shown.count {
      lines.append(Line("and \(counted(forecast.count - shown.count, "more session")), the same way", .muted))
    }
    if !drafts.isEmpty {
      let words = counted(drafts.count, "draft")
      lines.append(
        keepsMemory
          ? Line("\(words) not sent; kept for the next console, and sent by nobody.", .stateWarning)
          : Line("\(words) not sent; leaving throws it away.", .danger))
    }
    return lines
  }

  /// What becomes of one session while nobody looks.
  func leaveLines(_ snapshot: SessionSnapshot) -> [Line] {
    let session = snapshot.session
    let name = Line(Text.clean(session.id).string + ": ", .key)
    var lines: [Line] = []
    for decision in session.decisionsInTurn.prefix(3) {
      let end: String
      if let pause = pauses(decision, in: session) {
        end = "unanswered, it pauses at \(moment(pause))"
      } else if let reminder = reminds(decision) {
        end = "you are reminded at \(moment(reminder)); it waits on"
      } else {
        end = "it waits as long as it takes"
      }
      lines.append(name + Line(Text.clean(decision.title)) + Line("; \(end).", .muted))
    }
    if session.openDecisions.count > 3 {
      lines.append(name + Line("and \(session.openDecisions.count - 3) more questions wait.", .muted))
    }
    if lines.isEmpty { lines = [name + workLine(snapshot)] }
    for waiver in session.standingWaivers {
      guard case .time(let end) = waiver.end else { continue }
      let title = session.gate(waiver.gate)?.title ?? waiver.gate
      lines.append(
        name + Line(Text.clean("the waiver of \(title) ends at \(moment(end)); its gate runs again.").string, .muted))
    }
    return lines
  }

  private func workLine(_ snapshot: SessionSnapshot) -> Line {
    let session = snapshot.session
    if let wait = session.waits.first {
      let title = session.workflow.dependency(wait.dependency)?.title ?? wait.dependency
      return Line(Text.clean("waits for \(title), looks again and goes on by itself.").string)
    }
    if snapshot.engine == .none || snapshot.engine == .gone {
      return Line("rests: no engine works for it until somebody starts one.", .stateWarning)
    }
    switch session.inFlight.first ?? session.outstanding.first {
    case .perform(let id, _):
      guard let task = session.task(id) else { return Line("goes on.") }
      let left = max(1, task.maxAttempts - task.failures)
      let budget = left == 1 ? "1 more failure" : "\(left) more failures"
      return Line(Text.clean("goes on with \(task.title); after \(budget) it asks you.").string)
    case .runGate(let id, _):
      let title = session.gate(id)?.title ?? id
      return Line(Text.clean("goes on checking \(title); it asks you where a check that must pass does not.").string)
    case .keep, .restore, .probe, .inspect: return Line("goes on, and asks you when a question is yours.")
    case nil: return Line("has nothing to do.", .muted)
    }
  }
}
