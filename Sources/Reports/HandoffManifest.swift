import Foundation
import Kernel

/// What a handoff package holds and what it rests on, for programs; its JSON is the same for the same facts.
public struct HandoffManifest: Codable, Equatable, Sendable {
  /// One file of the package.
  public struct File: Codable, Equatable, Sendable {
    /// Its path inside the package.
    public var path: String
    /// SHA-256 of its bytes, lower-case hex.
    public var sha256: String
    /// Its size in bytes.
    public var size: Int

    /// Makes an entry from its parts.
    public init(path: String, sha256: String, size: Int) {
      self.path = path
      self.sha256 = sha256
      self.size = size
    }
  }

  /// The journal's last record, from which everything here can be checked.
  public struct Head: Codable, Equatable, Sendable {
    /// Its place in the history, counted from 1.
    public var seq: Int
    /// Its hash, lower-case hex.
    public var hash: String
  }

  /// One gate.
  public struct Gate: Codable, Equatable, Sendable {
    /// Its identifier.
    public var id: String
    /// `passed`, `waived`, `failed`, `todo`, `running` or `skipped`; a waived gate is never `passed`.
    public var state: String
    /// Whether a failure blocks.
    public var mandatory: Bool
    /// What is required.
    public var required: String
    /// What was reached.
    public var achieved: String
    /// SHA-256 of the last evidence, if there is some.
    public var evidenceSHA256: String?
  }

  /// One decision.
  public struct Decision: Codable, Equatable, Sendable {
    /// Its identifier.
    public var id: String
    /// The playbook that raised it.
    public var playbook: String
    /// What it was about.
    public var subject: String
    /// The option chosen, or `nil` while it is open or when it was withdrawn.
    public var option: String?
    /// Who chose.
    public var by: String?
    /// When, ISO 8601 in UTC.
    public var at: String?
    /// SHA-256 of what was asked.
    public var digest: String
    /// Whether the answer was given before the question arose, so that nobody looked at it.
    public var inAdvance: Bool
    /// The reason given.
    public var note: String
  }

  /// One accepted failure.
  public struct Waiver: Codable, Equatable, Sendable {
    /// Its identifier.
    public var id: String
    /// The gate.
    public var gate: String
    /// Why.
    public var reason: String
    /// Who accepted it.
    public var by: String
    /// When, ISO 8601 in UTC.
    public var at: String
    /// When it ends, in words.
    public var until: String
    /// The decision that holds it.
    public var decision: String
    /// Whether it still holds.
    public var inForce: Bool
    /// `standing`, `ended`, `orphaned` or `undone`.
    public var state: String?
    /// Why it ended, once it did.
    public var ended: String?
    /// SHA-256 of exactly the findings that were accepted.
    public var fingerprint: String?
    /// The files it covers, as they were then.
    public var scope: [Claim]?
    /// What is done to make up for it.
    public var compensation: String?
  }

  /// A file as it was at some moment.
  public struct Claim: Codable, Equatable, Sendable {
    /// Its path below the workspace.
    public var path: String
    /// SHA-256 of its bytes, lower-case hex.
    public var sha256: String
  }

  /// A level of containment.
  public struct Contained: Codable, Equatable, Sendable {
    /// `L0`, `L0+` or `L1`.
    public var level: String
    /// Since when, ISO 8601 in UTC.
    public var since: String
  }

  /// The manifest's own format; a reader refuses one it does not know.
  public var format: String
  /// The session's identifier.
  public var session: String
  /// Its title.
  public var title: String
  /// `running`, `waiting`, `paused`, `aborted` or `completed`.
  public var state: String
  /// The level, once chosen.
  public var level: Int?
  /// The modules, with those they need.
  public var modules: [String]
  /// The workflow's identifier.
  public var workflow: String
  /// SHA-256 of the files the workflow was read from.
  public var workflowDigest: String
  /// When the manifest was made, ISO 8601 in UTC.
  public var at: String
  /// The journal's last record.
  public var journal: Head
  /// Every file, sorted by path as given.
  public var files: [File]
  /// Every gate, in order.
  public var gates: [Gate]
  /// Every decision, in order.
  public var decisions: [Decision]
  /// Every waiver, in order, also one that ended or was taken back.
  public var waivers: [Waiver]
  /// Why the package holds unfinished work; absent in a whole one.
  public var partial: Partial?
  /// How the result stands, in the words of the QA report.
  public var verdict: String?
  /// What was accepted as it is.
  public var risks: [Risk]?
  /// What was put off.
  public var postponed: [Postponed]?
  /// What stands in for dependencies.
  public var substitutions: [Substitution]?
  /// How broken rules were settled.
  public var settlements: [Settlement]?
  /// Every rollback.
  public var rollbacks: [Rollback]?
  /// Every answer that was taken back.
  public var undone: [Undo]?
  /// What became of effects whose engine died.
  public var findings: [FoundEffect]?
  /// What persons asked for beside answering.
  public var requests: [Request]?
  /// Every effect that ended without a report.
  public var interruptions: [Interruption]?
  /// Every task that was left out.
  public var skipped: [Skip]?
  /// Every wait for a dependency.
  public var outages: [Outage]?
  /// Everything that did not go straight, by scenario.
  public var recovery: [Scenario]?
  /// How far agents and checks were contained, each change in order; absent where no program ran.
  public var containment: [Contained]?
  /// What the person was told, and what was left out.
  public var notes: [String]

  /// Makes the manifest of a session.
  ///
  /// - Parameters:
  ///   - session: The session.
  ///   - history: Its whole history.
  ///   - files: The files of the package.
  ///   - headSeq: The place of the journal's last record.
  ///   - headHash: The hash of that record.
  ///   - at: The moment, in milliseconds since 1970 (UTC).
  public init(session: Session, history: [Event], files: [File], headSeq: Int, headHash: String, at: Moment) {
    format = "signalbox.handoff.v1"
    self.session = session.id
    title = session.title
    state = session.state.rawValue
    level = session.level
    modules = session.modules
    workflow = session.workflow.id
    workflowDigest = session.workflow.digest
    self.at = Words.time(at)
    journal = Head(seq: headSeq, hash: headHash)
    self.files = files
    gates = session.gates.map { gate in
      Gate(
        id: gate.id, state: gate.state == .done ? "passed" : gate.state.rawValue, mandatory: gate.mandatory,
        required: gate.required, achieved: gate.achieved, evidenceSHA256: gate.results.last?.evidenceHash)
    }
    decisions = session.decisions.map { decision in
      Decision(
        id: decision.id, playbook: decision.playbook, subject: decision.subject, option: decision.answer?.option,
        by: decision.answer?.by, at: decision.answer.map { Words.time($0.at) }, digest: decision.digest,
        inAdvance: decision.answer?.inAdvance ?? false, note: decision.answer?.note ?? "")
    }
    waivers = []
    partial = session.partial
    verdict = Verdict(session).word
    containment = session.containments.map { Contained(level: $0.level.rawValue, since: Words.time($0.since)) }
    if containment?.isEmpty == true { containment = nil }
    let leftOut = session.shortcomingsLeftOut ? session.shortcomings : []
    notes = session.notices + leftOut.map { "Left out: \($0.subject) – \($0.reason)" }
    notes += session.alerts.filter { $0.kind == .repositoryInside }.map(\.words)
    tell(Chronicle(history))
  }

  /// The manifest as JSON with sorted keys and one value per line, ending with a line end.
  ///
  /// - Parameter extra: Further texts at the top level; a name the manifest already has is not replaced.
  public func json(with extra: [String: String] = [:]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Texts, whole numbers and truth values always encode; were that to change, the package's own check would fail on
    // the empty manifest.
    let data = (try? encoder.encode(Extended(manifest: self, extra: extra))) ?? Data()
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  private struct Extended: Encodable {
    let manifest: HandoffManifest
    let extra: [String: String]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      for (name, value) in extra { try container.encode(value, forKey: Name(stringValue: name)) }
      try manifest.encode(to: encoder)
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
