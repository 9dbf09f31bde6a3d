import Kernel

// What supervision says in the feed: every check, healing and alert is a row.

extension EventText {
  /// An event of supervision in words.
  static func supervised(_ event: Event, in session: Session) -> EventText {
    func title(_ id: String) -> String { session.task(id)?.title ?? id }
    switch event.fact {
    case .goalsSet(let goals): return EventText(.good, "plan", "\(counted(goals.count, "goal")) to become true")
    case .rolesAssigned(let duties):
      return EventText(
        .note, "agent", "Bound by their cards: " + duties.filter(\.isAtWork).map(\.words).joined(separator: "; "))
    case .taskEscalated(let escalation):
      let isPersons = escalation.to == RoleCard.person
      return EventText(
        isPersons ? .blocked : .retry, "agent", "\(title(escalation.task)): \(escalation.words)")
    case .taskAssigned(let id, let agent, let reason):
      return EventText(.note, "agent", "\(title(id)) goes to \(agent): \(reason)")
    case .taskUnassigned(let id, let role, let reason):
      return EventText(.blocked, "agent", "\(title(id)) has no agent of the role \(role): \(reason)")
    case .agentChanged(let name, let state, let reason):
      let isAble = state == .available || state == .active
      let why = reason.isEmpty ? "" : ": \(reason)"
      return EventText(isAble ? .good : .warning, "agent", "\(name) is \(state.rawValue)\(why)")
    case .agentProvisioned(let agent):
      return EventText(.good, "agent", "\(agent.name) was added for \(agent.role): \(agent.reason)")
    case .retryDue(let id): return EventText(.retry, "task", "\(title(id)) is tried again after a fault outside")
    case .filesRecorded(let batch): return files(batch)
    case .editsAccepted(let claims):
      return EventText(.good, "files", "\(event.by) accepts edits of \(claims.map(\.path).joined(separator: ", "))")
    case .substageFailed(let incident):
      return EventText(.failed, "stage", "\(incident.summary). Incident \(incident.id): \(incident.specifics)")
    case .substageInspected(let id, _, let found, let missing):
      let gone = missing.isEmpty ? "" : "; missing: \(missing.joined(separator: ", "))"
      return EventText(.note, "stage", "\(id): \(counted(found, "expected file")) found on the disk\(gone)")
    case .substageIsolated(let id, let reason):
      return EventText(.warning, "stage", "\(id) was set aside with its files; the rest goes on. \(reason)")
    case .callbackRaised(let callback):
      let word: StateWord =
        switch callback.kind {
        case .query, .clarification: .ask
        case .blocker: .blocked
        case .error: .failed
        case .progress: .note
        }
      return EventText(word, "callback", "\(callback.from) (\(callback.kind.rawValue)): \(callback.text)")
    case .callbackRead(let id): return EventText(.note, "callback", "\(event.by) read \(id)")
    case .grantGiven(let grant):
      return EventText(
        .warning, "leave", "\(grant.by) allows \(grant.scope.words) until \(title(grant.task)) ends (\(grant.id))")
    case .grantEnded(let id, let reason): return EventText(.note, "leave", "The grant \(id) ended: \(reason)")
    case .permissionAnswered(let record):
      let verb = record.isAllowed ? "may" : record.answer == PermissionRecord.cancelled ? "got no answer to" : "may not"
      let lost = record.isDelivered ? "" : "; it did not reach the agent"
      return EventText(
        record.isAllowed ? .good : .warning, "leave",
        "\(record.agent) \(verb): \(record.title) (\(record.by), “\(record.answer)”)\(lost)")
    case .callbackAnswered(let id, let text):
      return EventText(.good, "callback", "\(event.by) answered \(session.callback(id)?.from ?? id): \(text)")
    case .blockerSettled(let subject, let how): return EventText(.note, "blocker", "\(subject): \(how)")
    case .auditReported(let found):
      let failed = found.filter { !$0.passed }.count
      return EventText(
        failed == 0 ? .good : .warning, "audit",
        "\(counted(found.count, "thing")) looked at, \(failed == 0 ? "all hold" : "\(failed) do not hold")")
    case .verified(let verification, _):
      let failed = verification.items.filter { !$0.passed }
      if failed.isEmpty {
        return EventText(.passed, "verify", "Everything is there: \(counted(verification.items.count, "item"))")
      }
      let first = failed.prefix(3).map { "\($0.subject) \($0.words)" }.joined(separator: "; ")
      return EventText(.failed, "verify", "\(failed.count) of \(verification.items.count) do not hold: \(first)")
    case .verificationReopened(let reason): return EventText(.retry, "verify", "To be verified again: \(reason)")
    case .verificationAccepted(let reason):
      return EventText(.waived, "verify", "\(event.by) goes on without a passed verification: \(reason)")
    case .healthChecked(let record):
      return EventText(
        record.score == 100 ? .good : .warning, "health", "Health \(record.score): \(Model.healthFindings(record))")
    case .containmentReached(let level):
      return EventText(level == .none ? .warning : .note, "agent", "\(level.words): \(level.meaning)")
    case .healed(let healing): return EventText(.retry, "health", "Healed by itself: \(healing.words)")
    case .alertRaised(let alert):
      let word: StateWord = alert.needsPerson ? .ask : StateWord(alert.severity)
      return EventText(word, "health", "\(alert.kind.rawValue): \(alert.words)")
    default: return EventText(.note, "other", "")
    }
  }

  private static func files(_ batch: FileBatch) -> EventText {
    func count(_ kind: FileOperation.Kind) -> Int { batch.operations.filter { $0.kind == kind }.count }
    let rejected = batch.operations.filter { $0.kind == .rejected || $0.kind == .reverted }
    let who = batch.author.words
    if let first = rejected.first {
      let more = rejected.count > 1 ? " and \(rejected.count - 1) more" : ""
      return EventText(.failed, "files", "\(who): \(first.path) \(first.kind.rawValue)\(more). \(first.reason)")
    }
    let parts = FileOperation.Kind.allCases.compactMap { kind -> String? in
      count(kind) == 0 ? nil : "\(count(kind)) \(kind.rawValue)"
    }
    let names = batch.operations.prefix(3).map(\.path).joined(separator: ", ")
    let more = batch.operations.count > 3 ? " …" : ""
    return EventText(
      batch.author == .outside ? .warning : .note, "files", "\(who): \(parts.joined(separator: ", ")): \(names)\(more)")
  }
}

extension StateWord {
  /// The word for how much something matters.
  init(_ severity: Severity) {
    switch severity {
    case .info: self = .note
    case .ok: self = .good
    case .warning: self = .warning
    case .failure: self = .failed
    }
  }
}
