import Kernel
import Screen

// What was said to the supervisor, what stands in the way, and what the health monitor found, as rows.

/// A row of what was said and of what stands in the way.
struct CallRow: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case callback(Callback)
    case blocker(BlockerRecord)
  }

  var kind: Kind

  /// `C-2`, or `B-1`.
  var id: String {
    switch kind {
    case .callback(let callback): return callback.id
    case .blocker(let record): return record.id
    }
  }
}

/// A row of what the health monitor found, healed and said, and of what failed as a whole.
struct HealthRow: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    /// The score, with everything the last check found.
    case score
    case incident(Incident)
    case alert(Alert)
    case healing(Healing)
  }

  var id: String
  var kind: Kind
}

extension Callback {
  /// The word for it: what waits for an answer asks or blocks, until it has one.
  var word: StateWord {
    if answer != nil { return .good }
    switch kind {
    case .query, .clarification: return .ask
    case .blocker: return .blocked
    case .error: return .failed
    case .progress: return .note
    }
  }

  /// What became of it, in as few words as possible.
  var answerWords: String {
    if let answer { return "by \(answer.by)" }
    if isUnanswered { return readBy == nil ? "none, unread" : "none yet" }
    return readBy == nil ? "not read" : "read"
  }
}

extension BlockerRecord {
  /// The word for how far it is.
  var word: StateWord {
    switch state {
    case .open: return .blocked
    case .remediating: return .retry
    case .decided: return .waived
    case .resolved: return .good
    }
  }
}

extension Alert {
  /// The word for it: what needs a person asks.
  var word: StateWord { needsPerson ? .ask : StateWord(severity) }
}

extension Incident {
  /// The word for it: it stays a failure until it was resolved.
  var word: StateWord { resolution == nil ? .failed : .good }
}

extension Session {
  /// Unanswered callbacks, oldest first; then what stands in the way; then the rest, newest first.
  var callRows: [CallRow] {
    let open = unansweredCallbacks.map { CallRow(kind: .callback($0)) }
    let standing = blockerRecords.filter { $0.state != .resolved }.map { CallRow(kind: .blocker($0)) }
    var past = callbacks.filter { !$0.isUnanswered }.map { (at: $0.at, row: CallRow(kind: .callback($0))) }
    past += blockerRecords.filter { $0.state == .resolved }.map {
      (at: $0.history.last?.at ?? $0.since, row: CallRow(kind: .blocker($0)))
    }
    let sorted = past.enumerated().sorted { ($0.element.at, $0.offset) > ($1.element.at, $1.offset) }
    return open + standing + sorted.map(\.element.row)
  }

  /// The score; then what is not over and what needs a person, newest first; then all the rest, newest first.
  var healthRows: [HealthRow] {
    guard health != nil || !alerts.isEmpty || !incidents.isEmpty || !healings.isEmpty else { return [] }
    var rows: [(at: Moment, row: HealthRow)] = []
    rows += incidents.map { ($0.at, HealthRow(id: "incident:\($0.id)", kind: .incident($0))) }
    rows += alerts.enumerated().map { ($0.element.at, HealthRow(id: "alert:\($0.offset)", kind: .alert($0.element))) }
    rows += healings.enumerated().map {
      ($0.element.at, HealthRow(id: "healing:\($0.offset)", kind: .healing($0.element)))
    }
    let sorted = rows.enumerated().sorted { ($0.element.at, $0.offset) > ($1.element.at, $1.offset) }.map(\.element.row)
    func isOpen(_ row: HealthRow) -> Bool {
      switch row.kind {
      case .incident(let incident): return incident.resolution == nil
      case .alert(let alert): return alert.needsPerson && stillHolds(alert)
      case .score, .healing: return false
      }
    }
    return [HealthRow(id: "score", kind: .score)] + sorted.filter(isOpen) + sorted.filter { !isOpen($0) }
  }

  /// The alerts for which a person has to act and which still hold, each subject once, oldest first.
  var alertsForPerson: [(id: String, alert: Alert)] {
    var found: [(id: String, alert: Alert)] = []
    for (place, alert) in alerts.enumerated() where alert.needsPerson && stillHolds(alert) {
      found.removeAll { $0.alert.kind == alert.kind && $0.alert.subject == alert.subject }
      found.append(("alert:\(place)", alert))
    }
    return found
  }

  /// Whether what an alert says is still so, where that can be seen; an alert itself never ends.
  func stillHolds(_ alert: Alert) -> Bool {
    switch alert.kind {
    case .noTasksForGoal: return emptyGoals.contains { $0.id == alert.subject }
    case .noAgentsAtAll, .noAvailableAgents, .correctiveTaskNoAgent:
      return tasks.contains { $0.role == alert.subject && lacksAgent($0) }
    case .orphanedTask, .agentSilent: return task(alert.subject).map { $0.state != .done } ?? true
    case .callbackUnread: return callback(alert.subject).map { $0.readBy == nil && $0.answer == nil } ?? false
    case .blockerWithoutOwner:
      return blockerRecords.contains { $0.id == alert.subject && $0.state == .open && $0.owner.isEmpty }
    case .fileDrift, .fileLost: return files[alert.subject].map { !$0.integrity.isAsAccepted } ?? true
    case .repositoryInside, .pathTwins: return true
    case .unrecoverable, .claimRefuted, .conduct, .noFiles, .fileRejected:
      return task(alert.subject).map { $0.state != .done && $0.state != .skipped } ?? true
    }
  }

  /// The alert that a row's identifier names.
  func alert(row id: String) -> Alert? { numbered(id, "alert:", alerts) }

  /// The healing that a row's identifier names.
  func healing(row id: String) -> Healing? { numbered(id, "healing:", healings) }

  private func numbered<Item>(_ id: String, _ prefix: String, _ items: [Item]) -> Item? {
    guard id.hasPrefix(prefix), let place = Int(id.dropFirst(prefix.utf8.count)), items.indices.contains(place) else {
      return nil
    }
    return items[place]
  }
}

extension FileRecord.Integrity {
  /// The word for whether the disk agrees with the record.
  var word: String {
    switch self {
    case .intact: return "ok"
    case .drifted: return "DRF"
    case .missing: return "MIS"
    case .unexpected: return "UNX"
    case .locked: return "LCK"
    }
  }

  /// What the word means, for people.
  var meaning: String {
    switch self {
    case .intact: return "as it was accepted"
    case .drifted: return "changed by someone else"
    case .missing: return "not on the disk"
    case .unexpected: return "made by nobody who may"
    case .locked: return "approved as it is; no agent may change it"
    }
  }

  /// The role by which a theme colours it.
  var style: Style {
    switch self {
    case .intact: return .stateDone
    case .drifted, .unexpected: return .stateWarning
    case .missing: return .stateFailed
    case .locked: return .statePaused
    }
  }

  /// Its place in a list: what is not there first, what is as it should be last.
  var rank: Int {
    switch self {
    case .missing: return 0
    case .drifted: return 1
    case .unexpected: return 2
    case .locked: return 3
    case .intact: return 4
    }
  }
}

extension Model {
  /// The files that differ from the record first, each part in the order of the paths.
  var fileRows: [FileRecord] {
    guard let records = current?.session.files.records else { return [] }
    // Most sessions have nothing that differs; a thousand records are not sorted for each key then.
    guard records.contains(where: { !$0.integrity.isAsAccepted }) else {
      return shownRows(records, in: .files) { filtered($0) }
    }
    let sorted = records.enumerated().sorted {
      ($0.element.integrity.rank, $0.offset) < ($1.element.integrity.rank, $1.offset)
    }
    return shownRows(sorted.map(\.element), in: .files) { filtered($0) }
  }

  /// What was said and what stands in the way, after the filter.
  var callRows: [CallRow] {
    guard let session = current?.session else { return [] }
    return shownRows(session.callRows, in: .calls) { filtered($0) }
  }
}
