// What follows from what is reported and said in supervised work.

extension Session {
  /// A look at the disk: a sub-stage that failed as a whole, or the final verification.
  func inspectionFacts(_ subject: String, attempt: Int, files found: [FileClaim], at: Moment) -> [Fact] {
    if subject == Session.finalInspection {
      var draft = self
      var facts: [Fact] = []
      for fact in driftFacts(from: found, edits: [], at: at) {
        draft.apply(Event(at: at, by: "engine", fact: fact))
        facts.append(fact)
      }
      return facts + [.verified(draft.verify(found, at: at), attempt: attempt)]
    }
    let there = Set(found.map { Array($0.path.utf8) })
    // What was never begun is not missing.
    let own = tasks.filter {
      $0.substage == subject && $0.state != .skipped && $0.performer != Playbook.checkpointPerformer
        && $0.startedAt != nil
    }
    let expected = own.flatMap(\.expectedFiles)
    let missing = expected.filter { !there.contains(Array($0.utf8)) }
    let incident = incident(
      of: subject, failed: own.filter { $0.state == .failed }, expected: expected, missing: missing, at: at)
    return [
      .substageInspected(subject, attempt: attempt, found: expected.count - missing.count, missing: missing),
      .substageFailed(incident),
    ]
  }

  /// What differs from the record although no task or gate did it.
  func driftFacts(from found: [FileClaim], edits: [String], at: Moment) -> [Fact] {
    guard workflow.supervision != nil else { return [] }
    var operations = files.differences(from: found)
    for path in edits where files[path] == nil {
      guard let claim = found.first(where: { $0.path.utf8.elementsEqual(path.utf8) }) else { continue }
      operations.append(
        FileOperation(kind: .created, path: path, size: 0, before: nil, after: claim.hash, reason: "not by a task"))
    }
    guard !operations.isEmpty else { return [] }
    let alerts = operations.flatMap { operation -> [Fact] in
      guard let record = files[operation.path], operation.after != record.hash else { return [] }
      let isGone = operation.kind == .removed
      return alert(
        isGone ? .fileLost : .fileDrift, operation.path,
        isGone
          ? "\(operation.path) is gone: made by \(record.creator.words), last seen \(Session.clock(record.seenAt))."
          : "\(operation.path) was changed by someone outside; it was accepted from \(record.author.words).",
        at: at)
    }
    return [.filesRecorded(FileBatch(author: .outside, operations: operations))] + alerts
  }

  /// The report of a sub-stage that fails as a whole.
  func incident(
    of substage: String, failed: [TaskRecord], expected: [String], missing: [String], at: Moment
  ) -> Incident {
    let causes = failed.compactMap(\.cause)
    let cause: Incident.Cause =
      causes.contains(.hard)
      ? .hard : !causes.isEmpty && causes.allSatisfy { $0 == .environment } ? .environment : .cognitive
    let found = expected.filter { path in !missing.contains { $0.utf8.elementsEqual(path.utf8) } }
    let order = workflow.stages.flatMap(\.substages).map(\.id)
    let later = order.firstIndex(of: substage).map { Array(order[($0 + 1)...]) } ?? []
    let blocked = later.filter { id in planned.contains { $0.substage == id } }
    func set(_ paths: [String]) -> String { "{\(paths.joined(separator: ", "))}" }
    var chain: [String] = []
    for task in failed {
      let who = task.agent ?? task.performer
      guard let last = task.failedAttempts.last else { continue }
      if last.rejections.isEmpty {
        chain.append("\(who) failed at “\(task.title)”, attempt \(last.attempt): \(last.message.firstLine)")
      } else {
        for file in last.rejections {
          chain.append("\(who) wrote \(file.path) for “\(task.title)”, attempt \(last.attempt).")
          chain.append("Preflight rejected it and kept it aside: \(file.reasons.joined(separator: " "))")
        }
        chain.append("The attempt counts as rejected; nothing of its output was used.")
      }
    }
    let siblings = tasks.filter {
      $0.substage == substage && $0.state == .done && $0.performer != Playbook.checkpointPerformer
    }
    if !siblings.isEmpty {
      chain.append("The other tasks went on and were done: \(siblings.map(\.title).joined(separator: "; ")).")
    }
    chain.append("The check on the disk expected \(set(expected)) and found \(set(found)).")
    chain.append(
      "The sub-stage failed as a whole; \(blocked.isEmpty ? "nothing depends on it" : "\(blocked.joined(separator: ", ")) wait")."
    )
    var correct = ["The sub-stage failed as a whole instead of going on with a part of its files."]
    if failed.contains(where: { $0.failedAttempts.last?.rejections.isEmpty == false }) {
      correct.insert("Files that do not hold were kept out of the workspace.", at: 0)
    }
    if !found.isEmpty { correct.append("Files that are valid stay: \(found.joined(separator: ", ")).") }
    let specifics = failed.map { "\($0.title): \($0.error?.firstLine ?? "failed")" }.joined(separator: "; ")
    let advice: String
    switch cause {
    case .cognitive: advice = "Try the failed tasks again with the reasons; such mistakes often do not repeat."
    case .environment: advice = "See to the environment first, then try again; the agents did nothing wrong."
    case .hard: advice = "Trying again changes nothing; change the plan, leave it out, or go back."
    }
    return Incident(
      id: "I-\(incidents.count + 1)", substage: substage, at: at,
      summary:
        "\(substage) failed as a whole: \(missing.isEmpty ? "\(failed.count) of its tasks failed" : "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing").",
      chain: chain, cause: cause, specifics: specifics, correct: correct, recommendation: advice, expected: expected,
      found: found, missing: missing, tasks: failed.map(\.id), blocks: blocked)
  }

  /// The atomic check at the end of a sub-stage whose tasks all said they were done: what they left must still be there.
  func atomicFacts(of checkpoint: TaskRecord, attempt: Int, files found: [FileClaim], at: Moment) -> [Fact]? {
    guard workflow.supervision != nil, let substage = checkpoint.substage else { return nil }
    let there = Set(found.map { Array($0.path.utf8) })
    let own = tasks.filter { $0.substage == substage && $0.state == .done && $0.id != checkpoint.id }
    let lossy = own.filter { task in !task.expectedFiles.allSatisfy { there.contains(Array($0.utf8)) } }
    guard !lossy.isEmpty else { return nil }
    let expected = own.flatMap(\.expectedFiles)
    let missing = expected.filter { !there.contains(Array($0.utf8)) }
    var facts: [Fact] = [
      .effectInterrupted(.perform(task: checkpoint.id, attempt: attempt), reason: "Files of the sub-stage are gone.")
    ]
    facts += driftFacts(from: found, edits: [], at: at)
    var failed: [TaskRecord] = []
    for var task in lossy {
      let gone = task.expectedFiles.filter { !there.contains(Array($0.utf8)) }
      let words = gone.map { path -> String in
        guard let record = files[path] else { return "\(path) is gone." }
        return "\(path) is gone: made by \(record.creator.words), last seen \(Session.clock(record.seenAt))."
      }
      let failure = TaskFailure(
        cause: .cognitive, message: words.joined(separator: " "), missing: gone)
      facts.append(.taskFailed(task: task.id, attempt: task.attempt, failure: failure))
      task.cause = .cognitive
      task.error = failure.message
      failed.append(task)
    }
    return facts + [
      .substageFailed(incident(of: substage, failed: failed, expected: expected, missing: missing, at: at))
    ]
  }

  /// What agents claimed of a gate that finds otherwise.
  func refutedClaims(by result: GateResult, of gate: String, at: Moment) -> [Fact] {
    guard !result.passed else { return [] }
    return tasks.flatMap { task in
      task.claims.filter { $0.subject == gate }.flatMap { claim in
        alert(
          .claimRefuted, task.id,
          "\(task.agent ?? task.performer) said “\(claim.words)” (\(task.title), attempt \(task.attempt)), but the gate "
            + "\(self.gate(gate)?.title ?? gate) found: \(result.achieved).", severity: .failure, at: at)
      }
    }
  }

  /// The goals of a plan: those it names, else the brief's requirements with the files of the tasks that serve them.
  func goalsOf(_ planned: [PlannedTask], named: [Goal]?) -> [Goal] {
    if let named { return named }
    return brief.requirements.map { requirement in
      let files = planned.filter { $0.goals.contains(requirement.id) }.flatMap(\.files)
      return Goal(
        id: requirement.id, text: requirement.text, priority: requirement.priority,
        deliverables: files.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }
  }

  /// A callback as it is taken in, or why it is not.
  func taken(_ callback: Callback, at: Moment) throws(Refusal) -> Callback {
    guard !callback.text.allSatisfy(\.isWhitespace) else {
      throw .field(name: "text", problem: "it says nothing; write what the supervisor should know.")
    }
    var taken = callback
    taken.id = "C-\(callbacks.count + 1)"
    taken.at = at
    if taken.kind == .blocker, taken.missing.isEmpty { taken.missing = missingFiles(in: taken.text) }
    return taken
  }

  /// The callback that is to be answered, or why it cannot be.
  func answerable(_ id: String) throws(Refusal) -> Callback {
    guard let callback = callback(id) else {
      let open = unansweredCallbacks.map(\.id).joined(separator: ", ")
      throw .notNow(
        demand: "Answering \(id)", because: "there is no such callback.",
        instead: open.isEmpty ? "Nothing waits for an answer." : "These wait for an answer: \(open).")
    }
    if let answer = callback.answer {
      throw .notNow(
        demand: "Answering \(id)", because: "\(answer.by) answered it already: “\(answer.text)”.",
        instead: "Say something new with `signalbox callback`.")
    }
    return callback
  }
}

extension String {
  /// The first line.
  var firstLine: String { String(split(whereSeparator: \.isNewline).first ?? "") }
}
