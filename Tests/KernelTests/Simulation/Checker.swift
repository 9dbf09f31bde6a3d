@testable import Kernel

/// Watches a history event by event and says which promise was broken first.
///
/// It keeps its own account of what is in flight, answered and approved, and trusts the session's only to compare.
struct Checker {
  private var started: Set<Effect> = []
  private var inFlight: Set<Effect> = []
  private var lastAttempt: [String: Int] = [:]
  private var raised: [String: Decision] = [:]
  private var digests: Set<String> = []
  private var answered: Set<String> = []
  private var advance: Set<String> = []
  private var epoch = 0
  private var holds = false
  private var isPaused = false
  private var hasEnded = false
  /// When each task was last completed, by the number of the event.
  private var completed: [String: Int] = [:]
  private var claims: [String: [FileClaim]] = [:]
  private var approved: [String: Int] = [:]
  private var gateAnswer: [String: (seq: Int, holds: Bool)] = [:]
  private var lastCode = 0
  /// The shortcomings a person has seen and chosen to leave out.
  private var leftOut: [Shortcoming] = []

  /// Looks at one event between the session before and after it; returns what is wrong, if anything.
  mutating func see(_ event: Event, before: Session, after: Session) -> String? {
    if hasEnded {
      switch event.fact {
      case .noted, .leaseTaken, .leaseReleased: break
      default: return "something happened after the end"
      }
    }
    switch event.fact {
    case .sessionCreated: return before.version == 0 ? nil : "created twice"
    case .leaseTaken(_, let taken):
      guard taken > epoch else { return "an epoch was taken twice" }
      epoch = taken
      holds = true
    case .leaseReleased(let released):
      guard released == epoch, holds else { return "a lease was given back by somebody else" }
      holds = false
    case .effectStarted(let effect, let by): return start(effect, epoch: by, before: before)
    case .effectInterrupted(let effect, _): return end(effect)
    case .taskCompleted(let task, let attempt, let files):
      completed[task] = after.version
      claims[task] = files
      if before.task(task)?.substage != nil { lastCode = after.version }
      return end(.perform(task: task, attempt: attempt))
    case .taskFailed(let task, let attempt, _): return end(.perform(task: task, attempt: attempt))
    case .gateReported(let gate, let attempt, let result):
      gateAnswer[gate] = (after.version, result.passed && result.unavailable == nil)
      return end(.runGate(gate, attempt: attempt))
    case .gateWaived(let waiver):
      guard gateAnswer[waiver.gate]?.holds == false else { return "a gate was waived that had not failed" }
      guard !waiver.reason.isEmpty else { return "a waiver has no reason" }
      gateAnswer[waiver.gate] = (after.version, true)
    case .decisionRaised(let decision): return raise(decision, before: before)
    case .decisionAnswered(let answer): return settle(answer, before: before)
    case .decisionWithdrawn(let id, _):
      guard raised[id] != nil, answered.insert(id).inserted else { return "a settled decision was withdrawn" }
    case .approved(let stage, let playbook, _): approved["\(stage) \(playbook)"] = after.version
    case .stageStarted(let stage):
      let earlier = before.stages.prefix { $0.id != stage }
      guard earlier.allSatisfy({ $0.state == .done }) else { return "a stage began before the one before it ended" }
    case .stageCompleted(let stage): return finish(stage, before: before)
    case .sessionPaused: isPaused = true
    case .sessionResumed: isPaused = false
    case .sessionAborted, .sessionCompleted:
      hasEnded = true
      if case .sessionCompleted = event.fact, before.stages.contains(where: { $0.state != .done }) {
        return "completed with stages left"
      }
    case .taskCreated(let task):
      guard before.task(task.id) == nil else { return "a task was made twice" }
    case .shortcomingsLeftOut: leftOut = before.shortcomings
    case .briefAccepted, .briefAmended, .taskRetried, .workPlanned, .shortcomingsFound, .substageStarted,
      .substageSkipped, .substageCompleted, .checkpointTaken, .gatesOpened, .gateRetried,
      .changesRequested, .rolledBack, .noted, .unknown:
      break
    }
    return nil
  }

  /// What must hold whenever nobody is in the middle of an append.
  func rest(_ session: Session) -> String? {
    guard Set(session.inFlight) == inFlight else { return "the session is wrong about what is in flight" }
    if hasEnded, !session.openDecisions.isEmpty { return "a decision is open after the end" }
    if hasEnded || isPaused, !inFlight.isEmpty { return "work goes on while the session rests" }
    if hasEnded || isPaused, !session.outstanding.isEmpty { return "work is owed while the session rests" }
    guard session.due(at: 0).isEmpty else { return "something is due that was not done" }
    if session.standing == .active, session.outstanding.isEmpty, session.openDecisions.isEmpty {
      return session.id.isEmpty ? nil : "stuck: nothing is owed and nobody is asked"
    }
    for effect in inFlight where !session.outstanding.contains(effect) {
      return "\(effect.name) is in flight, not owed"
    }
    for decision in session.openDecisions where decision.digest != raised[decision.id]?.digest {
      return "\(decision.id) changed while it was open"
    }
    return nil
  }

  /// What must hold for the whole history; dear, so it is looked at now and then and at the end.
  func history(_ session: Session) -> String? {
    for decision in session.decisions {
      guard var first = raised[decision.id] else { return "\(decision.id) was never raised" }
      first.answer = decision.answer
      first.withdrawn = decision.withdrawn
      guard first == decision else { return "\(decision.id) changed after it was raised" }
    }
    return nil
  }

  /// Whether an effect was started on record and has not ended.
  func isInFlight(_ effect: Effect) -> Bool { inFlight.contains(effect) }

  /// Whether an effect was ever started on record.
  func wasStarted(_ effect: Effect) -> Bool { started.contains(effect) }

  private mutating func start(_ effect: Effect, epoch by: Int, before: Session) -> String? {
    guard holds, by == epoch else { return "an engine without the lease started \(effect.name)" }
    guard !isPaused, !hasEnded else { return "\(effect.name) was started while the session rests" }
    guard started.insert(effect).inserted else { return "\(effect.name) was started twice" }
    inFlight.insert(effect)
    let (key, attempt) = effect.parts
    guard attempt > lastAttempt[key] ?? 0 else { return "the attempts of \(key) do not increase" }
    lastAttempt[key] = attempt
    guard let stage = before.currentStage, let work = before.workflow.stage(stage.id)?.work else {
      return "\(effect.name) was started without a stage"
    }
    for piece in work {
      switch piece {
      case .task(let template):
        if effect == .perform(task: template.id, attempt: attempt) { return nil }
        if completed[template.id] == nil || before.task(template.id)?.state != .done {
          return "\(effect.name) was started before \(template.id) was done"
        }
      case .substages:
        guard case .perform(let id, _) = effect, let task = before.task(id), let own = task.substage else {
          if stage.substages.contains(where: { $0.state == .todo || $0.state == .running }) {
            return "\(effect.name) was started before the sub-stages were done"
          }
          continue
        }
        let running = stage.substages.first { $0.state != .done && $0.state != .skipped }
        guard running?.id == own else { return "\(effect.name) was started before its sub-stage" }
        let siblings = before.tasks.filter { $0.substage == own && $0.id != id }
        if task.performer == Playbook.checkpointPerformer,
          siblings.contains(where: { $0.state != .done && $0.state != .skipped })
        {
          return "\(own) was kept before it was finished"
        }
        return nil
      case .gates:
        if case .runGate = effect { return nil }
      case .brief: if before.level == nil { return "\(effect.name) was started before the brief was accepted" }
      case .approval(let playbook):
        if !stage.approvals.contains(where: { $0.playbook == playbook }) {
          return "\(effect.name) was started before \(playbook)"
        }
      case .shortcomings:
        if before.shortcomings != leftOut, !before.shortcomings.isEmpty {
          return "\(effect.name) was started with shortcomings open"
        }
      }
    }
    return "\(effect.name) belongs to no work of stage \(stage.id)"
  }

  private mutating func end(_ effect: Effect) -> String? {
    inFlight.remove(effect) == nil ? "\(effect.name) ended without being in flight" : nil
  }

  private mutating func raise(_ decision: Decision, before: Session) -> String? {
    if isPaused || hasEnded { return "\(decision.id) was raised while the session rests" }
    guard raised.updateValue(decision, forKey: decision.id) == nil else { return "\(decision.id) was raised twice" }
    guard digests.insert(decision.digest).inserted else { return "\(decision.id) has another's digest" }
    guard !decision.options.isEmpty else { return "\(decision.id) offers nothing" }
    let twin = before.openDecisions.first { $0.playbook == decision.playbook && $0.subject == decision.subject }
    return twin.map { "\(decision.id) asks what \($0.id) asks" }
  }

  private mutating func settle(_ answer: Answer, before: Session) -> String? {
    guard let decision = raised[answer.decision] else { return "\(answer.decision) was answered before it was asked" }
    guard answered.insert(answer.decision).inserted else { return "\(answer.decision) has two answers" }
    guard answer.digest == decision.digest else { return "\(answer.decision) was answered as something else" }
    guard let option = decision.options.first(where: { $0.id == answer.option }) else {
      return "\(answer.decision) was answered with what it does not offer"
    }
    if option.noteRequired, answer.note.isEmpty { return "\(answer.decision) was answered without a reason" }
    if let word = option.confirm, answer.confirmation != word { return "\(answer.decision) was not confirmed" }
    if answer.by.isEmpty || answer.by == "engine" { return "\(answer.decision) was answered by nobody" }
    if answer.inAdvance {
      let known = before.answersInAdvance.contains { $0.playbook == decision.playbook && $0.by == answer.by }
      guard known else { return "\(answer.decision) was answered in advance by nobody" }
      guard advance.insert("\(decision.playbook) \(decision.subject)").inserted else {
        return "\(answer.decision) was answered in advance a second time"
      }
    }
    return nil
  }

  private func finish(_ id: Int, before: Session) -> String? {
    guard let work = before.workflow.stage(id)?.work else { return "stage \(id) does not exist" }
    var latest = 0
    for piece in work {
      switch piece {
      case .brief: if before.level == nil { return "stage \(id) ended without an accepted brief" }
      case .task(let template):
        guard let seq = completed[template.id] else { return "stage \(id) ended without \(template.id)" }
        let paths = claims[template.id, default: []].map { Array($0.path.utf8) }
        for file in template.files where !paths.contains(Array(file.utf8)) {
          return "\(template.id) ended without \(file)"
        }
        latest = max(latest, seq)
      case .shortcomings:
        if before.shortcomings != leftOut, !before.shortcomings.isEmpty { return "shortcomings were passed over" }
      case .substages:
        for substage in before.workflow.stage(id)?.substages ?? [] {
          guard substage.skipReason(level: before.level ?? 0, modules: before.modules) == nil else { continue }
          let tasks = before.planned.filter { $0.substage == substage.id }
          if tasks.isEmpty, before.shortcomingsLeftOut { continue }
          for task in tasks {
            guard completed[task.id] != nil else { return "the planned \(task.id) was not done" }
            let paths = claims[task.id, default: []].map { Array($0.path.utf8) }
            for file in task.files where !paths.contains(Array(file.utf8)) { return "\(task.id) ended without \(file)" }
          }
          guard let kept = completed["checkpoint-\(substage.id)"] else { return "\(substage.id) was not kept" }
          let made = tasks.compactMap { completed[$0.id] }.max() ?? 0
          guard made < kept else { return "\(substage.id) was changed after it was kept" }
        }
      case .gates:
        let level = before.level ?? 0
        for gate in before.workflow.gates where level >= gate.fromLevel {
          guard let answer = gateAnswer[gate.id] else { return "stage \(id) ended without the gate \(gate.id)" }
          guard answer.holds || !gate.isMandatory(at: level) else {
            return "the failed gate \(gate.id) was passed over"
          }
          guard answer.seq > max(latest, lastCode) else { return "the gate \(gate.id) saw older files" }
        }
      case .approval(let playbook):
        guard let seq = approved["\(id) \(playbook)"] else { return "stage \(id) ended without \(playbook)" }
        guard seq > latest else { return "\(playbook) rests on older documents" }
      }
    }
    return nil
  }
}

extension Effect {
  /// What is done, and the number of the attempt.
  var parts: (key: String, attempt: Int) {
    switch self {
    case .perform(let task, let attempt): return ("task \(task)", attempt)
    case .runGate(let gate, let attempt): return ("gate \(gate)", attempt)
    }
  }
}
