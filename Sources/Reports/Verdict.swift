import Kernel

/// How a session stands for somebody who reads a report.
struct Verdict {
  /// `Ready`, `Ready with waivers`, `Ready with reservations`, `Blocked` or `Partial`.
  let word: String
  /// Why, in one sentence.
  let reason: String
  /// Whether the report describes unfinished work.
  let isPartial: Bool

  /// Judges a session.
  init(_ session: Session) {
    let stillOpen = session.gates.filter { $0.mandatory && ($0.state == .todo || $0.state == .running) }
    let last = session.stages.last?.id
    let reachedTheEnd = last != nil && (session.currentStage == nil || session.currentStage?.id == last)
    switch session.standing {
    case .aborted(let by, let at, let reason):
      word = "Partial"
      self.reason = "Aborted by \(Markdown.inline(by)) at \(Words.time(at)): \(Markdown.inline(reason))"
      isPartial = true
      return
    case .active, .paused, .completed: break
    }
    isPartial = session.isResting || (session.standing.isUnfinished && !reachedTheEnd)
    let reservations = session.reservations
    if !session.blockers.isEmpty {
      word = "Blocked"
      let names = session.blockers.map { Markdown.inline($0.text.firstLine) }
      reason = "Open: " + names.joined(separator: "; ") + "."
    } else if isPartial || !stillOpen.isEmpty {
      word = "Partial"
      let place = session.currentStage.map { "stage \($0.id) \(Markdown.inline($0.name))" } ?? "its beginning"
      reason = "The session is \(session.state.rawValue) in \(place)."
    } else if !reservations.isEmpty {
      let isWaived = session.gates.contains { $0.state == .waived }
      word = isWaived ? "Ready with waivers" : "Ready with reservations"
      reason =
        (session.gates.isEmpty
          ? "No gate applies to this workflow and level; nothing was measured. Named persons accepted: "
          : "Every mandatory check passed or its failure was accepted by a named person. To be known before use: ")
        + reservations.joined(separator: "; ") + "."
    } else if session.gates.isEmpty {
      word = "Ready"
      reason = "No gate applies to this workflow and level; nothing was measured."
    } else {
      word = "Ready"
      reason = "Every mandatory check passed."
    }
  }
}

extension Session {
  /// Tasks that were left out on purpose and are still; what a plan no longer names was not left out.
  var skippedTasks: [TaskRecord] {
    tasks.filter { $0.state == .skipped && $0.skipReason != nil && $0.repairs == nil }
  }

  /// What stands in for something now.
  var standingSubstitutions: [Substitution] { substitutions.filter { !$0.isReverted } }

  /// Everything that somebody who takes the result over has to know, in words; with any of it nothing is plainly ready.
  var reservations: [String] {
    var words: [String] = []
    func add(_ items: [String], _ one: String, _ many: String) {
      guard !items.isEmpty else { return }
      words.append("\(Words.count(items.count, one, many)) (\(items.map(Markdown.inline).joined(separator: ", ")))")
    }
    add(gates.filter { $0.state == .waived }.map(\.title), "waived check", "waived checks")
    add(risks.map(\.id), "accepted risk", "accepted risks")
    add(postponed.map(\.id), "matter put off to the next iteration", "matters put off to the next iteration")
    add(standingSubstitutions.map(\.id), "stand-in", "stand-ins")
    add(skippedTasks.map(\.id), "task left out", "tasks left out")
    add(shortcomingsLeftOut ? shortcomings.map(\.subject) : [], "demand left out", "demands left out")
    return words
  }

  /// By whom, until when and why a gate's failure is accepted, if it is.
  func waiverWords(_ gate: String) -> String? {
    guard let waiver = standingWaivers.last(where: { $0.gate == gate }) else { return nil }
    let compensation =
      waiver.compensation.isEmpty ? "" : "; compensating action: \(Markdown.inline(waiver.compensation))"
    return "accepted by \(Markdown.inline(waiver.by)) as \(Markdown.inline(waiver.id)) until "
      + "\(Markdown.inline(waiver.until)): \(Markdown.inline(waiver.reason))\(compensation)"
  }
}
