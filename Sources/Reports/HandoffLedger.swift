import Kernel

// What a manifest says of everything that did not go straight, for programs. Every key stays as it is for ever; a
// manifest of an older program lacks them all.

extension HandoffManifest {
  /// Something a person accepted as it is.
  public struct Risk: Codable, Equatable, Sendable {
    /// Its identifier.
    public var id: String
    /// What it is about.
    public var subject: String
    /// What was accepted.
    public var text: String
    /// Why.
    public var reason: String
    /// Who accepted it.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
    /// The decision that holds it.
    public var decision: String
    /// `standing` or `undone`.
    public var state: String
  }

  /// Something put off to the next iteration.
  public struct Postponed: Codable, Equatable, Sendable {
    /// Its identifier.
    public var id: String
    /// What it is about.
    public var subject: String
    /// What is put off.
    public var text: String
    /// Why.
    public var reason: String
    /// Who put it off.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
    /// The decision that holds it.
    public var decision: String
    /// `standing` or `undone`.
    public var state: String
  }

  /// Something that stands in for a dependency.
  public struct Substitution: Codable, Equatable, Sendable {
    /// Its identifier.
    public var id: String
    /// The dependency.
    public var dependency: String
    /// The task that uses it.
    public var task: String
    /// What stands in.
    public var with: String
    /// What is to be done to switch back.
    public var todo: String
    /// Who chose it.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
    /// The decision that holds it.
    public var decision: String
    /// `standing`, `reverted` or `undone`.
    public var state: String
  }

  /// How a broken rule was settled.
  public struct Settlement: Codable, Equatable, Sendable {
    /// The rule.
    public var rule: String
    /// The line that broke it.
    public var requested: String
    /// `adopted`, `accepted` or `included`.
    public var how: String
    /// The level then.
    public var level: Int?
    /// Why.
    public var reason: String
    /// Who settled it.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
    /// The decision that holds it.
    public var decision: String
    /// `standing` or `undone`.
    public var state: String
  }

  /// One rollback.
  public struct Rollback: Codable, Equatable, Sendable {
    /// The event.
    public var seq: Int
    /// From which stage.
    public var from: Int
    /// To which.
    public var to: Int
    /// Which sub-stages run again.
    public var substages: [String]
    /// Why.
    public var reason: String
    /// Who decided it.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
    /// The decision that holds it.
    public var decision: String?
    /// The tree to which files were put back, if they were.
    public var restoredTree: String?
    /// The tree that holds what was discarded, if anything was.
    public var discardedTree: String?
    /// The checkpoint that holds what was discarded.
    public var discardedCheckpoint: String?
    /// The day until which it can be had back.
    public var discardedUntil: String?
    /// `done` or `undone`.
    public var state: String
  }

  /// One undo.
  public struct Undo: Codable, Equatable, Sendable {
    /// The event.
    public var seq: Int
    /// The decision whose answer was taken back.
    public var decision: String
    /// The option that had been chosen.
    public var option: String
    /// Why.
    public var reason: String
    /// Who took it back.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
  }

  /// What became of an effect whose engine died.
  public struct FoundEffect: Codable, Equatable, Sendable {
    /// The effect, without its attempt.
    public var effect: String
    /// The attempt.
    public var attempt: Int
    /// `done`, `not-done` or `unknown`.
    public var verdict: String
    /// By what it was judged.
    public var evidence: String
  }

  /// What a person asked for beside answering.
  public struct Request: Codable, Equatable, Sendable {
    /// Its identifier.
    public var id: String
    /// What is asked for.
    public var text: String
    /// Why.
    public var reason: String
    /// Who asked.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
    /// The option that settled it, once one did.
    public var settled: String?
  }

  /// An effect that ended without a report.
  public struct Interruption: Codable, Equatable, Sendable {
    /// The event.
    public var seq: Int
    /// The effect, without its attempt.
    public var effect: String
    /// The attempt.
    public var attempt: Int
    /// Why it ended.
    public var reason: String
    /// When it was noticed, ISO 8601 in UTC.
    public var at: String
    /// `done`, `not done`, `unknown` or `stopped`.
    public var verdict: String
  }

  /// A task that was left out.
  public struct Skip: Codable, Equatable, Sendable {
    /// The event.
    public var seq: Int
    /// The task.
    public var task: String
    /// Why.
    public var reason: String
    /// Who left it out.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
  }

  /// A wait for a dependency.
  public struct Outage: Codable, Equatable, Sendable {
    /// The event.
    public var seq: Int
    /// The dependency.
    public var dependency: String
    /// The task that needed it.
    public var task: String
    /// Since when, ISO 8601 in UTC.
    public var since: String
    /// Until when, once it was back.
    public var until: String?
    /// How long it was waited for, in milliseconds, once it was back.
    public var milliseconds: Int?
  }

  /// One of the ten scenarios with its cases.
  public struct Scenario: Codable, Equatable, Sendable {
    /// Its number; 0 for what is none of the ten.
    public var scenario: Int
    /// Its name.
    public var title: String
    /// Its cases, in order.
    public var cases: [Case]
  }

  /// One case.
  public struct Case: Codable, Equatable, Sendable {
    /// What it is about.
    public var subject: String
    /// The stage in which it arose.
    public var stage: Int
    /// The event with which it arose.
    public var seq: Int
    /// The playbooks by which it was put to a person.
    public var playbooks: [String]
    /// What happened, in order.
    public var steps: [Step]
    /// The decisions about it.
    public var decisions: [String]
    /// What came of it.
    public var outcome: String
    /// What the playbooks say of it.
    public var records: [String]
  }

  /// One thing that happened in a case.
  public struct Step: Codable, Equatable, Sendable {
    /// The event.
    public var seq: Int
    /// When, ISO 8601 in UTC.
    public var at: String
    /// Who caused it.
    public var by: String
    /// What happened.
    public var what: String
    /// Where its cause lies, where that is known.
    public var cause: String
    /// The first line of what was said about it.
    public var detail: String
  }

  /// Why a package holds unfinished work.
  public struct Partial: Codable, Equatable, Sendable {
    /// Why.
    public var reason: String
    /// Who stopped the session, if somebody did.
    public var by: String?
    /// When, ISO 8601 in UTC.
    public var at: String?
    /// The stage it had reached.
    public var stage: Int?
    /// That stage's name.
    public var stageName: String?
  }
}

extension HandoffManifest {
  /// Says everything that did not go straight.
  mutating func tell(_ chronicle: Chronicle) {
    let session = chronicle.session
    func state(_ decision: String?) -> String { chronicle.isUndone(decision) ? "undone" : "standing" }
    waivers = chronicle.waivers.map { item in
      let waiver = item.value
      let state = chronicle.state(of: item)
      return Waiver(
        id: waiver.id, gate: waiver.gate, reason: waiver.reason, by: waiver.by, at: Words.time(waiver.at),
        until: waiver.until, decision: waiver.decision, inForce: state == WaiverState.standing.rawValue, state: state,
        ended: chronicle.current(item).ended, fingerprint: waiver.fingerprint,
        scope: waiver.scope.map { Claim(path: $0.path, sha256: $0.hash) }, compensation: waiver.compensation)
    }
    risks = chronicle.risks.map(\.value).map {
      Risk(
        id: $0.id, subject: $0.subject, text: $0.text, reason: $0.note, by: $0.by, at: Words.time($0.at),
        decision: $0.decision, state: state($0.decision))
    }
    postponed = chronicle.postponed.map(\.value).map {
      Postponed(
        id: $0.id, subject: $0.subject, text: $0.text, reason: $0.note, by: $0.by, at: Words.time($0.at),
        decision: $0.decision, state: state($0.decision))
    }
    substitutions = chronicle.substitutions.map(\.value).map { item in
      let isReverted = session.substitutions.last { $0.decision == item.decision }?.isReverted ?? false
      return Substitution(
        id: item.id, dependency: item.dependency, task: item.task, with: item.with, todo: item.todo, by: item.by,
        at: Words.time(item.at), decision: item.decision,
        state: chronicle.isUndone(item.decision) ? "undone" : isReverted ? "reverted" : "standing")
    }
    settlements = chronicle.settlements.map(\.value).map {
      Settlement(
        rule: $0.rule, requested: $0.line, how: $0.how, level: $0.level, reason: $0.note, by: $0.by,
        at: Words.time($0.at), decision: $0.decision, state: state($0.decision))
    }
    tellReturns(chronicle)
    tellMachine(chronicle)
    recovery = Reports.Scenario.all.compactMap { number in
      let cases = chronicle.cases.filter { $0.scenario == number }
      guard !cases.isEmpty else { return nil }
      return Scenario(
        scenario: number, title: Reports.Scenario.title(number), cases: cases.map { Self.told($0, chronicle) })
    }
  }

  private mutating func tellReturns(_ chronicle: Chronicle) {
    rollbacks = chronicle.rollbacks.map { item in
      let back = chronicle.putBack(after: item.seq)?.value
      return Rollback(
        seq: item.seq, from: item.value.from, to: item.value.to, substages: item.value.substages,
        reason: item.value.reason, by: item.by, at: Words.time(item.at), decision: item.decision,
        restoredTree: back?.tree, discardedTree: back?.kept?.tree, discardedCheckpoint: back?.kept?.checkpoint,
        discardedUntil: back?.kept.map { Words.date($0.at + PutBack.Kept.time) },
        state: chronicle.isUndone(item.decision) ? "undone" : "done")
    }
    undone = chronicle.undos.map {
      Undo(
        seq: $0.seq, decision: $0.value.decision, option: $0.value.option, reason: $0.value.reason, by: $0.by,
        at: Words.time($0.at))
    }
    requests = chronicle.requests.map(\.value).map { item in
      Request(
        id: item.id, text: item.words, reason: item.reason, by: item.by, at: Words.time(item.at),
        settled: chronicle.session.requests.first { $0.id == item.id }?.settled)
    }
  }

  private mutating func tellMachine(_ chronicle: Chronicle) {
    findings = chronicle.session.findings.map {
      FoundEffect(
        effect: $0.effect.subject, attempt: $0.effect.attempt, verdict: $0.verdict.rawValue, evidence: $0.evidence)
    }
    interruptions = chronicle.interruptions.map {
      Interruption(
        seq: $0.seq, effect: $0.value.effect.subject, attempt: $0.value.effect.attempt, reason: $0.value.reason,
        at: Words.time($0.at), verdict: $0.value.verdict)
    }
    skipped = chronicle.skips.map {
      Skip(seq: $0.seq, task: $0.value.task, reason: $0.value.reason, by: $0.by, at: Words.time($0.at))
    }
    outages = chronicle.outages.map { item in
      let end = item.value.end
      return Outage(
        seq: item.seq, dependency: item.value.wait.dependency, task: item.value.wait.task, since: Words.time(item.at),
        until: end.map { Words.time($0.at) }, milliseconds: end.map { Int(max(0, $0.at - item.at)) })
    }
  }

  private static func told(_ item: RecoveryCase, _ chronicle: Chronicle) -> Case {
    let decisions = item.decisions.compactMap { chronicle.session.decision($0) }
    return Case(
      subject: item.subject, stage: item.stage, seq: item.arose(in: chronicle), playbooks: item.playbooks,
      steps: item.steps.map {
        Step(seq: $0.seq, at: Words.time($0.at), by: $0.by, what: $0.what, cause: $0.cause, detail: $0.detail)
      }, decisions: item.decisions, outcome: item.outcome, records: Documents.records(of: decisions))
  }
}

extension Session {
  /// Why a package of this session is a partial one, or `nil` when it is a whole one.
  var partial: HandoffManifest.Partial? {
    guard Verdict(self).isPartial else { return nil }
    let stage = currentStage
    var partial = HandoffManifest.Partial(
      reason: "The session is \(state.rawValue).", by: nil, at: nil, stage: stage?.id, stageName: stage?.name)
    switch standing {
    case .aborted(let by, let at, let reason), .paused(let by, let at, let reason):
      partial.by = by
      partial.at = Words.time(at)
      partial.reason = reason.isEmpty ? partial.reason : reason
    case .active, .completed: break
    }
    return partial
  }
}
