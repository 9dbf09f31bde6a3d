// What answers to the questions of supervision do, and when those questions have lost their reason.

extension Decision {
  /// The role this decision is about, if it is about agents.
  public var subjectRole: String? { subject.hasPrefix("agent:") ? String(subject.dropFirst(6)) : nil }
  /// The obstacle this decision is about, if it is about one.
  public var subjectBlocker: String? { subject.hasPrefix("blocker:") ? String(subject.dropFirst(8)) : nil }
}

extension Session {
  /// Whether a question of supervision has lost its reason; `nil` for any other question.
  func isSupervisedMoot(_ decision: Decision) -> Bool? {
    if let asked = decision.subjectPermission {
      return !inFlight.contains(.perform(task: asked.task, attempt: asked.attempt))
    }
    if let role = decision.subjectRole {
      return !tasks.contains { $0.role == role && $0.isMarkedUnassigned && isUnassigned($0) }
    }
    if let subject = decision.subjectBlocker {
      guard let record = blockerRecord(subject), record.state != .decided else { return true }
      return tasks.contains { $0.remedies == subject && ($0.state == .todo || $0.state == .running) }
    }
    guard decision.subject.hasPrefix("verification:") else { return nil }
    guard verificationAccepted == nil, let last = verifications.last, currentStage?.id == decision.stage else {
      return true
    }
    return last.passed || last.basis != verificationBasis
  }

  /// Whether an option can do anything about a question of supervision; `nil` leaves it to what holds for all.
  func offersSupervised(_ option: PlaybookOption, of subject: String, facts: [Setting], target: String) -> Bool? {
    let isAgent = subject.hasPrefix("agent:")
    let isBlocker = subject.hasPrefix("blocker:")
    switch option.effect {
    case .adopt:
      if isAgent { return !target.isEmpty }
      return subject.hasPrefix("verification:") && facts.contains { $0.name == "drifted" && $0.value != "0" }
    case .retry:
      if isBlocker { return tasks.contains { $0.remedies == String(subject.dropFirst(8)) } }
      return !isAgent
    case .skip: return isAgent
    case .postpone: return isAgent || isBlocker
    case .dismiss: return isBlocker
    case .proceed: return !isAgent
    default: return nil
    }
  }

  /// What a person adds or takes over: an agent for a role, or edits as they are.
  func adoptionFacts(of decision: Decision, option: Option) -> [Fact]? {
    if let role = decision.subjectRole, let performer = option.target {
      let taken = agents.filter { $0.role == role }.count + 1
      let name = taken < 10 ? "\(role)0\(taken)" : "\(role)\(taken)"
      return [
        .agentProvisioned(
          AgentRecord(name: name, role: role, performer: performer, reason: decision.id, isProvisioned: true))
      ]
    }
    guard decision.subject.hasPrefix("verification:") else { return nil }
    return [
      .editsAccepted(
        files.records.compactMap { record in
          switch record.integrity {
          case .drifted: return record.found.map { FileClaim(path: record.path, hash: $0) }
          case .unexpected: return FileClaim(path: record.path, hash: record.hash)
          case .intact, .missing, .locked: return nil
          }
        })
    ]
  }

  /// What ends an obstacle or a verification by a person's word.
  func settlingFacts(of decision: Decision, how: String, note: String) -> [Fact] {
    let words = note.isEmpty ? how : "\(how): \(note)"
    if decision.subject.hasPrefix("verification:") { return [.verificationAccepted(reason: words)] }
    guard let subject = decision.subjectBlocker else { return [] }
    var facts = [Fact.blockerSettled(subject: subject, how: "A person decided: \(words)")]
    if subject.hasPrefix("callback:") {
      facts.append(.callbackAnswered(String(subject.dropFirst(9)), text: words))
    }
    return facts
  }
}
