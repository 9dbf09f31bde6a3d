import Kernel

/// What an answer given in advance is for: one gate, task, stage, rule or request.
enum AnswerMatch: String, CaseIterable {
  case gate, task, stage, rule, request, subject

  /// What people may write for a request, and which situation it becomes.
  static let requests: [(word: String, situation: SituationKind)] = [
    ("change", .changeRequested), ("rollback", .rollbackRequested), ("abort", .abortRequested),
    ("playbooks", .libraryChanged),
  ]

  /// The situations that arise about it.
  var situations: [SituationKind] {
    switch self {
    case .gate: return [.gateFailed, .loop]
    case .task: return [.taskFailed, .loop, .dependencyFailed, .effectUnknown]
    case .stage: return [.briefIncomplete, .unsupported, .approval, .loop]
    case .rule: return [.architectureConflict, .qualityConflict]
    case .request: return AnswerMatch.requests.map(\.situation)
    case .subject: return SituationKind.allCases
    }
  }

  /// The subject that a match means, e.g. `gate:lint`, or `nil` for any.
  static func subject(
    _ entry: YAMLEntry?, of playbook: Playbook?, in workflow: Workflow?
  ) throws(LibraryFailure) -> String? {
    guard let entry else { return nil }
    let words = allCases.map(\.rawValue)
    let table = try entry.table("a match", required: [], optional: words)
    guard table.entries.count <= 1 else {
      throw entry.failure("Expected one of \(words.joined(separator: ", ")), not several.")
    }
    guard let (name, value) = table.entries.first, let match = AnswerMatch(rawValue: name) else { return nil }
    let text = try value.text("what the answer is for")
    if let playbook, let situation = playbook.situation, !match.situations.contains(situation) {
      let fitting = allCases.filter { $0.situations.contains(situation) }.map(\.rawValue).joined(separator: " or ")
      throw value.failure("“\(playbook.id)” is never asked about a \(name); match it by \(fitting).")
    }
    switch match {
    case .gate:
      try check(text, among: workflow?.gates.map(\.id), what: "gate", at: value)
      return "gate:\(text)"
    case .rule:
      try check(text, among: workflow?.rules.map(\.id), what: "rule", at: value)
      return "rule:\(text)"
    case .stage:
      try check(text, among: workflow?.stages.map { String($0.id) }, what: "stage", at: value)
      return "stage:\(text)"
    case .task: return "task:\(text)"
    case .request:
      // `change` means every wish of its kind, `change-2` the second one.
      let parts = text.split(separator: "-", maxSplits: 1)
      let number = parts.count > 1 ? Int(parts[1]) : nil
      guard let request = requests.first(where: { $0.word == parts[0] }), parts.count == 1 || number ?? 0 > 0 else {
        let known = requests.map(\.word).joined(separator: ", ")
        throw value.failure("There is no request “\(text)”; known are \(known), or one of them such as change-1.")
      }
      if let playbook, playbook.situation != request.situation {
        throw value.failure("“\(playbook.id)” is not asked about a request “\(text)”.")
      }
      return number == nil ? nil : "request:\(text)"
    case .subject: return text
    }
  }

  private static func check(
    _ text: String, among known: [String]?, what: String, at entry: YAMLEntry
  ) throws(LibraryFailure) {
    guard let known, !known.contains(text) else { return }
    throw entry.failure("There is no \(what) “\(text)”; known are \(known.joined(separator: ", ")).")
  }
}
