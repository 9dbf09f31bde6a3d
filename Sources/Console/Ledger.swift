import Kernel
import Screen

/// One thing a session keeps on record beside its work: a debt, a risk, a wait, a way back that was taken.
struct LedgerEntry: Equatable, Sendable {
  var id: String
  var word: StateWord
  /// The entry in one line.
  var text: String
  /// When it came about.
  var at: Int64
  /// Whether somebody still owes something for it, or it still holds.
  var isOpen: Bool
  /// Everything there is to say about it.
  var facts: [LedgerFact]
}

/// A label with its value.
struct LedgerFact: Equatable, Sendable {
  var label: String
  var value: String

  init(_ label: String, _ value: String) {
    self.label = label
    self.value = value
  }
}

extension Model {
  /// Everything on record, what still holds first, each part in the order in which it came about.
  func ledger(of session: Session) -> [LedgerEntry] {
    let entries =
      waits(session) + restorations(session) + requests(session) + loops(session) + waivers(session)
      + substitutions(session) + risks(session) + postponed(session) + settlements(session) + rollbacks(session)
      + undos(session) + findings(session)
    return entries.filter(\.isOpen) + entries.filter { !$0.isOpen }
  }

  private func by(_ name: String, _ moment: Int64) -> LedgerFact { LedgerFact("By", "\(name), \(when(moment))") }

  private func title(_ decision: String, in session: Session) -> String {
    session.decision(decision).map { "\($0.id): \($0.title)" } ?? decision
  }

  private func waits(_ session: Session) -> [LedgerEntry] {
    session.waits.map { wait in
      let dependency = session.workflow.dependency(wait.dependency)
      let title = dependency?.title ?? wait.dependency
      let task = session.task(wait.task)
      return LedgerEntry(
        id: "wait:\(wait.dependency):\(wait.task)", word: .blocked,
        text: "Waiting for \(title), \(age(wait.since)); looks again by itself", at: wait.since, isOpen: true,
        facts: [
          LedgerFact("Waits for", title), LedgerFact("Since", when(wait.since)),
          LedgerFact("Looked", counted(wait.attempt, "time") + "; it goes on by itself when it answers"),
          LedgerFact("Needed by", task?.title ?? wait.task), LedgerFact("Affects", dependency?.affects ?? ""),
          LedgerFact("Usually", dependency?.usualOutage ?? ""),
          LedgerFact("Stand-in", dependency?.workaround ?? ""),
          LedgerFact("Looks with", dependency?.probe.joined(separator: " ") ?? ""),
          LedgerFact("Error", task?.error ?? ""),
        ])
    }
  }

  private func restorations(_ session: Session) -> [LedgerEntry] {
    guard let owed = session.restoration else { return [] }
    return [
      LedgerEntry(
        id: "restore:\(owed.id)", word: .rolledBack, text: "Files are being put back: \(owed.reason)",
        at: session.updatedAt, isOpen: true,
        facts: [
          LedgerFact("Why", owed.reason), LedgerFact("To checkpoint", String(owed.tree.prefix(12))),
          LedgerFact("Kept first", owed.before.map { String($0.prefix(12)) } ?? "not yet; nothing is touched before"),
          LedgerFact("Attempt", String(owed.attempt)), LedgerFact("Failed", owed.failures.joined(separator: "\n")),
        ])
    ]
  }

  private func requests(_ session: Session) -> [LedgerEntry] {
    session.requests.map { request in
      let asked = session.decisions.last { $0.subject == request.subject }
      let isOpen = request.settled == nil
      let state = isOpen ? (asked?.isOpen == true ? "asked" : "asked as soon as the files are kept") : ""
      let how = request.settled.map { id in asked?.option(id)?.title ?? id } ?? state
      return LedgerEntry(
        id: "request:\(request.id)", word: isOpen ? .todo : .note,
        text: "\(request.by) asks: \(request.words) (\(how))",
        at: request.at, isOpen: isOpen && asked?.isOpen != true,
        facts: [
          LedgerFact("Request", request.words), LedgerFact("Reason", request.reason), by(request.by, request.at),
          LedgerFact("Settled", how), LedgerFact("Decision", asked.map { title($0.id, in: session) } ?? ""),
        ])
    }
  }

  private func loops(_ session: Session) -> [LedgerEntry] {
    session.tallies.compactMap { tally in
      guard let pattern = tally.loop else { return nil }
      let name = tally.subject.firstIndex(of: ":").map { String(tally.subject[$0...].dropFirst()) } ?? tally.subject
      let task = tally.subject.hasPrefix("task:") ? session.task(name) : nil
      let gate = tally.subject.hasPrefix("gate:") ? session.gate(name) : nil
      let title = task?.title ?? gate?.title ?? (tally.subject == "brief" ? "The brief" : name)
      let isAsked = session.openDecisions.contains {
        $0.subject == tally.subject || ($0.situation == SituationKind.loop.rawValue && tally.subject == "brief")
      }
      return LedgerEntry(
        id: "loop:\(tally.subject)", word: .retry, text: "\(title) goes round: \(pattern)", at: session.updatedAt,
        isOpen: true,
        facts: [
          LedgerFact("Goes round", title), LedgerFact("Pattern", pattern),
          LedgerFact("Tried", counted(tally.tries, "time")),
          LedgerFact("Now", isAsked ? "stopped; the question is yours" : "it stops and asks you at the next failure"),
          LedgerFact("Attempts", attempts(of: task, gate, in: session).joined(separator: "\n")),
        ])
    }
  }

  /// Every attempt of a task or a gate in one line each.
  func attempts(of task: TaskRecord?, _ gate: GateRecord?, in session: Session) -> [String] {
    if let task {
      return task.failedAttempts.suffix(12).map {
        "\($0.attempt). \($0.place.rawValue): \($0.message.replacingLines)"
      }
    }
    guard let gate else { return [] }
    let results = session.earlierGates.filter { $0.id == gate.id }.flatMap(\.results) + gate.results
    return results.enumerated().suffix(12).map { number, result in
      let words = result.unavailable.map { "not checked: \($0.replacingLines)" } ?? result.achieved
      return "\(number + 1). \(words) \(result.passed ? "PASS" : "FAIL")"
    }
  }

  private func waivers(_ session: Session) -> [LedgerEntry] {
    session.waivers.map { waiver in
      let title = session.gate(waiver.gate)?.title ?? waiver.gate
      let text: String
      let word: StateWord
      let state = session.state(of: waiver)
      switch state {
      case .standing: (word, text) = (.waived, "\(title) until \(waiver.until): \(waiver.reason)")
      case .ended: (word, text) = (.note, "The waiver of \(title) ended: \(waiver.ended ?? "")")
      case .orphaned: (word, text) = (.skipped, "The waiver of \(title) covers nothing any more")
      }
      return LedgerEntry(
        id: "waiver:\(waiver.id)", word: word, text: text, at: waiver.at, isOpen: state == .standing,
        facts: [LedgerFact("Gate", title)] + waiverFacts(waiver, in: session))
    }
  }

  /// What a waiver says, for its own page and for its gate's.
  func waiverFacts(_ waiver: Waiver, in session: Session) -> [LedgerFact] {
    let state: String
    switch session.state(of: waiver) {
    case .standing: state = "stands: a debt, not a pass"
    case .ended: state = "ended: \(waiver.ended ?? "")"
    case .orphaned: state = "orphaned: its gate passed, or is gone"
    }
    var ends = waiver.until
    if case .time(let end) = waiver.end {
      ends += " (\(end > now ? "in \(Clock.age(Clock.between(now, end)))" : "over"))"
    }
    if waiver.isReminded, session.state(of: waiver) == .standing { ends += "; you were reminded" }
    return [
      LedgerFact("Waiver", "\(waiver.id) \(state)"), LedgerFact("Until", ends), LedgerFact("Reason", waiver.reason),
      LedgerFact("Instead", waiver.compensation), by(waiver.by, waiver.at),
      LedgerFact("Covers", waiver.scope.map(\.path).joined(separator: "\n")),
      LedgerFact("Decision", title(waiver.decision, in: session)),
    ]
  }

  private func substitutions(_ session: Session) -> [LedgerEntry] {
    session.substitutions.map { item in
      let dependency = session.workflow.dependency(item.dependency)?.title ?? item.dependency
      return LedgerEntry(
        id: "substitution:\(item.id)", word: item.isReverted ? .good : .todo,
        text: item.isReverted ? "Switched back to \(dependency)" : "\(item.todo) (stands in: \(item.with))",
        at: item.at,
        isOpen: !item.isReverted,
        facts: [
          LedgerFact("Stands in", item.with), LedgerFact("For", dependency), LedgerFact("To do", item.todo),
          LedgerFact("Used by", session.task(item.task)?.title ?? item.task), by(item.by, item.at),
          LedgerFact("State", item.isReverted ? "switched back" : "still in place"),
          LedgerFact("Decision", title(item.decision, in: session)),
        ])
    }
  }

  private func risks(_ session: Session) -> [LedgerEntry] {
    session.risks.map { risk in
      LedgerEntry(
        id: "risk:\(risk.id)", word: .waived, text: "Risk accepted by \(risk.by): \(risk.text)", at: risk.at,
        isOpen: true,
        facts: [
          LedgerFact("Risk", risk.text), LedgerFact("Reason", risk.note), by(risk.by, risk.at),
          LedgerFact("Decision", title(risk.decision, in: session)),
        ])
    }
  }

  private func postponed(_ session: Session) -> [LedgerEntry] {
    session.postponed.map { item in
      LedgerEntry(
        id: "postponed:\(item.id)", word: .skipped, text: "Next iteration: \(item.text)", at: item.at, isOpen: true,
        facts: [
          LedgerFact("Put off", item.text), LedgerFact("Reason", item.note), by(item.by, item.at),
          LedgerFact("Decision", title(item.decision, in: session)),
        ])
    }
  }

  private func settlements(_ session: Session) -> [LedgerEntry] {
    session.settlements.enumerated().map { number, settled in
      let rule = session.workflow.rule(settled.rule)
      let title = rule?.title ?? settled.rule
      return LedgerEntry(
        id: "rule:\(settled.rule):\(number)", word: settled.how == "accepted" ? .waived : .good,
        text: "Rule settled, \(settled.how): \(title)", at: settled.at, isOpen: false,
        facts: [
          LedgerFact("Rule", title), LedgerFact("Asked for", settled.line), LedgerFact("Settled", settled.how),
          LedgerFact("Instead", settled.how == "adopted" ? rule?.alternative ?? "" : ""),
          LedgerFact("Reason", settled.note), by(settled.by, settled.at),
          LedgerFact("Decision", self.title(settled.decision, in: session)),
        ])
    }
  }

  private func rollbacks(_ session: Session) -> [LedgerEntry] {
    session.rollbacks.enumerated().map { number, record in
      let to = Weighed.stage(record.to, in: session)
      let again = record.substages.isEmpty ? "" : ", again \(record.substages.joined(separator: ", "))"
      let why = record.reason.isEmpty ? "" : ": \(record.reason)"
      return LedgerEntry(
        id: "rollback:\(number)", word: .rolledBack, text: "Went back from \(record.from) to \(to)\(again)\(why)",
        at: record.at, isOpen: false,
        facts: [
          LedgerFact("From", Weighed.stage(record.from, in: session)), LedgerFact("To", to),
          LedgerFact("Ran again", record.substages.joined(separator: ", ")), LedgerFact("Reason", record.reason),
          by(record.by, record.at),
        ])
    }
  }

  private func undos(_ session: Session) -> [LedgerEntry] {
    session.undone.enumerated().map { number, record in
      let decision = session.decision(record.decision)
      let option = decision?.option(record.option)?.title ?? record.option
      return LedgerEntry(
        id: "undo:\(number)", word: .rolledBack,
        text: "\(record.by) took back: \(option)", at: record.at, isOpen: false,
        facts: [
          LedgerFact("Taken back", option), LedgerFact("Asked", title(record.decision, in: session)),
          LedgerFact("Back to", "event \(record.version)"), LedgerFact("Reason", record.reason),
          by(record.by, record.at),
        ])
    }
  }

  private func findings(_ session: Session) -> [LedgerEntry] {
    session.findings.enumerated().map { number, finding in
      let (word, verdict) = finding.verdict.words
      let name = EventText.name(finding.effect, in: session)
      return LedgerEntry(
        id: "finding:\(number)", word: word, text: "Interrupted, \(verdict): \(name)",
        at: session.interruptions.last { $0.effect == finding.effect }?.at ?? session.createdAt, isOpen: false,
        facts: [
          LedgerFact("Interrupted", name), LedgerFact("Verdict", verdict), LedgerFact("Judged by", finding.evidence),
          LedgerFact("Files", finding.files.map(\.path).joined(separator: "\n")),
        ])
    }
  }
}

extension EffectFinding.Verdict {
  /// The word and the words for what became of an interrupted effect.
  var words: (word: StateWord, text: String) {
    switch self {
    case .done: return (.good, "done")
    case .notDone: return (.note, "not done")
    case .unknown: return (.warning, "unknown")
    }
  }
}
