import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers SupervisionReading.swift, and what StageReading.swift, WorkflowFit.swift and LibraryCheck.swift do for it
@Suite struct SupervisionReadingTests {
  let library = Library(project: nil, person: nil)
  /// The projects of a test, which go away with it.
  private final class Projects { var all: [Scratch] = [] }
  private let projects = Projects()

  @Test func sevenStageSaysHowItsWorkIsSupervised() throws {
    let rules = try #require(try library.workflow("seven-stage").supervision)
    #expect(
      rules.agents.map { "\($0.name) \($0.role)" } == [
        "analyst01 analyst", "architect01 architect", "auditor01 auditor", "developer01 developer",
        "developer02 developer",
      ])
    #expect(rules.provisions.map(\.name) == ["analyst02", "architect02", "auditor02", "developer03"])
    #expect((rules.agents + rules.provisions).allSatisfy { $0.performer == nil && $0.state == .available })
    #expect(rules.attempts == [AttemptBudget(kind: "generate", attempts: 3)])
    #expect(rules.parallel == 4 && rules.timeLimit == 300 && rules.retryPauses == [5, 10])
    #expect(rules.healthInterval == 300 && rules.healthRetries == 3)
    #expect(rules.remedies == 3 && rules.fixLimit == 10)
    #expect(rules.fileLimit == Supervision().fileLimit && rules.silence == Supervision().silence)
  }

  @Test(arguments: ["seven-stage", "prototype"])
  func everyRoleThatATaskNamesHasAnAgent(name: String) throws {
    let workflow = try library.workflow(name)
    let rules = try #require(workflow.supervision)
    var tasks = workflow.closing
    for work in workflow.stages.flatMap(\.work) {
      switch work {
      case .task(let task), .verification(let task, _): tasks.append(task)
      case .brief, .shortcomings, .rules, .substages, .gates, .approval: continue
      }
    }
    // What the built-in generator plans is done by developers.
    for role in Set(tasks.map(\.role)).subtracting([Session.engineRole]).union(["developer"]) {
      #expect(rules.agents.contains { $0.role == role }, "\(role)")
    }
  }

  @Test func theDrillsNeedNoAgents() throws { #expect(try library.workflow("drill").supervision == nil) }

  /// A library whose project changes one part of the seven stages.
  private func changed(_ old: String, _ new: String, performers: [String]? = nil) throws -> (Library, String) {
    let text = try builtIn("workflows/seven-stage.yaml")
    let place = try #require(text.range(of: old), "no \(old)")
    let changed = text.replacingCharacters(in: place, with: new)
    let project = try Scratch()
    try project.write(changed, to: ".signalbox/workflows/seven-stage.yaml")
    projects.all.append(project)
    return (Library(project: project.path, person: nil, performers: performers), changed)
  }

  private static let wholeTable: String = {
    let text = (try? builtIn("workflows/seven-stage.yaml")) ?? ""
    guard let start = text.range(of: "supervision:\n"), let end = text.range(of: "\nstages:\n") else { return "" }
    return String(text[start.lowerBound..<end.lowerBound])
  }()

  @Test func everythingMayBeLeftOut() throws {
    let (library, _) = try changed(Self.wholeTable, "supervision: {}\n")
    #expect(try library.workflow("seven-stage").supervision == Supervision())
    // Nobody can do anything then, and the check says so for every role.
    let remarks = library.check()
    #expect(remarks.map(\.kind) == [.missing, .missing, .missing])
    #expect(
      remarks.first?.message
        == "Nobody in “seven-stage” has the role “architect”, so every session stops here to ask for an agent.")
  }

  @Test func everythingMayBeSaid() throws {
    let (library, _) = try changed(
      Self.wholeTable,
      """
      supervision:
        agents:
          - {name: architect01, role: architect, performer: document.plan}
        provision:
          - {name: helper, role: developer}
        attempts: {generate: 2, developer: 4, document.plan: 1}
        parallel: 2
        time-limit: 60
        retry-pauses: []
        file-limit: 0
        health: {interval: 30}
        silence: 45
        remedies: 1
        fix-limit: 0

      """)
    let rules = try #require(try library.workflow("seven-stage").supervision)
    #expect(
      rules
        == Supervision(
          agents: [AgentRecord(name: "architect01", role: "architect", performer: "document.plan")],
          provisions: [AgentRecord(name: "helper", role: "developer")],
          attempts: [
            AttemptBudget(kind: "generate", attempts: 2), AttemptBudget(kind: "developer", attempts: 4),
            AttemptBudget(kind: "document.plan", attempts: 1),
          ], parallel: 2, timeLimit: 60, retryPauses: [], fileLimit: 0, healthInterval: 30, healthRetries: 3,
          silence: 45, remedies: 1, fixLimit: 0))
  }

  /// One way to spoil the supervision, with the text at which the failure must point.
  struct Spoiled: CustomTestStringConvertible, Sendable {
    let old: String
    let new: String
    let at: String
    let says: String
    var testDescription: String { says }
  }

  static let spoiled: [Spoiled] = [
    Spoiled(
      old: "  parallel: 4", new: "  paralel: 4", at: "paralel",
      says:
        "“paralel” is not known in the supervision; known are agents, provision, attempts, parallel, time-limit, "
        + "retry-pauses, file-limit, health, silence, remedies, fix-limit, coverage."),
    Spoiled(
      old: "  parallel: 4", new: "  parallel: 0", at: "0",
      says: "Expected how many tasks may be under way at once as a whole number from 1 to 64, not “0”."),
    Spoiled(
      old: "time-limit: 300", new: "time-limit: soon", at: "soon",
      says: "Expected how many seconds an attempt may take as a whole number from 1 to 86400, not “soon”."),
    Spoiled(
      old: "retry-pauses: [5, 10]", new: "retry-pauses: 5", at: "5",
      says: "Expected a list of pauses in seconds, one “- ” per item."),
    Spoiled(
      old: "retry-pauses: [5, 10]", new: "retry-pauses: [5, -1]", at: "-1",
      says: "Expected a pause in seconds as a whole number from 0 to 3600, not “-1”."),
    Spoiled(
      old: "retry-pauses: [5, 10]", new: "retry-pauses: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", at: "[1, 1",
      says: "Expected at most 9 pauses, because nothing is tried more than 10 times by itself."),
    Spoiled(
      old: "health: {interval: 300, retries: 3}", new: "health: {every: 300}", at: "every",
      says: "“every” is not known in the health checks; known are interval, retries."),
    Spoiled(
      old: "health: {interval: 300, retries: 3}", new: "health: 300", at: "300",
      says: "Expected the health checks as named values: interval, retries."),
    Spoiled(
      old: "remedies: 3", new: "remedies: 0", at: "0",
      says: "Expected how often a remedy is tried as a whole number from 1 to 10, not “0”."),
    Spoiled(
      old: "attempts: {generate: 3}", new: "attempts: 3", at: "3",
      says: "Expected attempts as named numbers, for example {generate: 3, developer: 2}."),
    Spoiled(
      old: "attempts: {generate: 3}", new: "attempts: {generate: 11}", at: "11",
      says: "Expected the attempts of “generate” as a whole number from 1 to 10, not “11”."),
    Spoiled(
      old: "attempts: {generate: 3}", new: "attempts: {generated: 3}", at: "generated",
      says: "“generated” is neither a role nor a performer; known are analyst, architect, auditor, developer, "),
    Spoiled(
      old: "{name: developer02, role: developer}", new: "{name: developer01, role: developer}",
      at: "developer01, role: developer}\n  # Added",
      says: "The agent “developer01” stands twice; every agent needs a name of its own."),
    Spoiled(
      old: "{name: developer03, role: developer}", new: "{name: auditor01, role: developer}",
      at: "auditor01, role: developer", says: "The agent “auditor01” stands twice; every agent needs a name of its own."
    ),
    Spoiled(
      old: "{name: architect02, role: architect}", new: "{name: architect02, role: analyst}",
      at: "analyst}\n    - {name: auditor02",
      says: "“analyst02” is added for “analyst” already, and one per role is the most; remove one of them."),
    Spoiled(
      old: "{name: analyst01, role: analyst}", new: "{name: Analyst 1, role: analyst}", at: "Analyst 1",
      says: "Expected the agent's name out of lower-case letters, digits and hyphens, not “Analyst 1”."),
    Spoiled(
      old: "{name: analyst01, role: analyst}", new: "{name: analyst01, role: \"\"}", at: "\"\"}",
      says: "Expected the agent's role as text."),
    Spoiled(
      old: "{name: analyst01, role: analyst}", new: "{name: analyst01}", at: "{name: analyst01}",
      says: "“role” is missing in an agent."),
    Spoiled(
      old: "{name: analyst01, role: analyst}", new: "{name: engine01, role: engine}", at: "engine}",
      says: "Tasks of the role “engine” are done by the engine; it needs no agent."),
    Spoiled(
      old: "{name: analyst01, role: analyst}", new: "{name: analyst01, role: analyst, performer: nobody}",
      at: "nobody}", says: "There is no performer “nobody”; known are "),
    Spoiled(
      old: "isolate: true", new: "isolate: perhaps", at: "perhaps",
      says: "Expected whether the sub-stage may be set aside as true or false."),
    Spoiled(
      old: "          playbook: verification-failed", new: "          playbook: gate-failed",
      at: "gate-failed\n      - task:\n          id: checklist",
      says: "“gate-failed” is for a failed gate; expected a playbook for a final verification that did not pass."),
    Spoiled(
      old: "          playbook: verification-failed\n", new: "", at: "task:\n            id: final-audit",
      says: "“playbook” is missing in a verification."),
    Spoiled(
      old: "            performer: audit\n", new: "            performer: nobody\n", at: "nobody",
      says: "There is no performer “nobody”; known are "),
    Spoiled(
      old: "            id: final-audit", new: "            id: survey", at: "survey\n            title: Audit",
      says: "The task “survey” stands twice."),
  ]

  @Test(arguments: spoiled)
  func aSpoiledSupervisionIsRefusedExactlyWhereItIsSpoiled(_ spoiled: Spoiled) throws {
    let known = ReadingTests.known.performers
    let (library, text) = try changed(spoiled.old, spoiled.new, performers: known)
    let failure = try refusal { _ = try library.workflow("seven-stage") }
    #expect(failure.file == ".signalbox/workflows/seven-stage.yaml")
    #expect(failure.message.hasPrefix(spoiled.says), "\(failure)")
    let start = try #require(text.range(of: spoiled.new.isEmpty ? spoiled.at : spoiled.new))
    let place = try #require(text.range(of: spoiled.at, range: start.lowerBound..<text.endIndex), "no \(spoiled.at)")
    let before = text[..<place.lowerBound]
    #expect(failure.line == before.count { $0 == "\n" } + 1, "\(failure)")
    #expect(failure.column == (before.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0) + 1)
  }

  private static let verification = """
          - verification:
              task:
                id: final-audit
                title: Audit every deliverable and requirement
                role: auditor
                performer: audit
                files: []
                attempts: 3
              playbook: verification-failed

    """

  /// What is said of the seven stages with their verification somewhere else.
  private func refused(
    moving verification: String, before place: String, _ change: (String) -> String = { $0 }
  ) throws -> (LibraryFailure, line: Int) {
    var text = try builtIn("workflows/seven-stage.yaml")
    if let old = text.range(of: Self.verification) { text.removeSubrange(old) }
    #expect(!text.contains("final-audit"))
    let there = try #require(text.range(of: place))
    text.insert(contentsOf: verification, at: there.lowerBound)
    text = change(text)
    let project = try Scratch()
    try project.write(text, to: ".signalbox/workflows/seven-stage.yaml")
    let library = Library(project: project.path, person: nil)
    let failure = try refusal { _ = try library.workflow("seven-stage") }
    return (failure, line(of: "- verification:", in: text))
  }

  @Test func aVerificationStandsBehindTheGatesAndTheSubstages() throws {
    let early = try refused(moving: Self.verification, before: "      - gates: gate-failed\n")
    #expect(
      early.0.message == "The verification stands before the gates of its stage; write it after them.")
    #expect(early.0.line == early.line)
    let first = try refused(moving: Self.verification, before: "      - substages\n")
    #expect(
      first.0.message
        == "The verification looks at what the sub-stages made; write it after the work “substages”.")
    #expect(first.0.line == first.line)
  }

  @Test func aVerificationStandsOnce() throws {
    let second = Self.verification.replacingOccurrences(of: "final-audit", with: "second-audit")
    let twice = try refused(
      moving: Self.verification + second, before: "      - task:\n          id: checklist\n")
    #expect(twice.0.message == "“verification” may stand only once in a workflow.")
    #expect(twice.0.line == twice.line + 9)
  }

  @Test func whatOnlySupervisedWorkDoesIsRefusedWithoutIt() throws {
    let table = Self.wholeTable
    let bare = try refused(moving: Self.verification, before: "      - task:\n          id: checklist\n") {
      $0.replacingOccurrences(of: table, with: "")
    }
    #expect(
      bare.0.message == "A verification is for supervised work only; add “supervision” to the workflow.")
    #expect(bare.0.line < bare.line + 1)
    let isolating = try refused(moving: "", before: "      - task:\n          id: checklist\n") {
      $0.replacingOccurrences(of: table, with: "")
    }
    #expect(
      isolating.0.message
        == "A sub-stage is set aside in supervised work only; add “supervision” to the workflow, or leave “isolate” out."
    )
  }

  @Test func aWorkflowGetsTheEverydayPlaybooksOfItsSupervision() throws {
    let listed = "  - agent-missing\n  - blocker-open\n"
    let (library, _) = try changed(listed, "")
    let workflow = try library.workflow("seven-stage")
    #expect(workflow.playbook("agent-missing") != nil && workflow.playbook("blocker-open") != nil)
    #expect(library.check() == [])
    // Without supervision none of it can arise.
    let drill = try library.workflow("drill")
    for name in ["agent-missing", "blocker-open", "verification-failed"] { #expect(drill.playbook(name) == nil) }
    let prototype = try library.workflow("prototype")
    #expect(prototype.playbook("agent-missing") != nil && prototype.playbook("blocker-open") != nil)
    #expect(prototype.playbook("verification-failed") == nil)
  }

  @Test func whatCanAriseFollowsFromTheSupervision() throws {
    func needs(_ name: String) throws -> [String] {
      let kinds: [SituationKind] = [.agentMissing, .blockerOpen, .verificationFailed]
      return try library.workflow(name).needs.filter { kinds.contains($0.kind) }.map {
        "\($0.kind.rawValue) \($0.stages.map(String.init).joined(separator: " "))"
      }
    }
    #expect(try needs("seven-stage") == ["agent-missing 0 1 2 3 4 5 6", "blocker-open 4 5", "verification-failed 5"])
    #expect(try needs("prototype") == ["agent-missing 0 1 2 3 4 5 6", "blocker-open 4", "verification-failed "])
    #expect(try needs("drill") == [])
  }

  // MARK: - Playbooks

  @Test func thePlaybooksOfSupervisionAreExplained() throws {
    let missing = try library.explain("agent-missing")
    #expect(missing.contains("  a task that nobody can do (agent-missing)"))
    #expect(missing.contains("     acts on {{provision}}"))
    #expect(missing.contains("     offered when substage is-not \"\""))
    #expect(missing.last == "  prototype, seven-stage")
    let verification = try library.explain("verification-failed")
    #expect(verification.contains("     offered when drifted at-least 1"))
    #expect(verification.last == "  seven-stage")
    #expect(try library.explain("blocker-open").contains { $0.contains("blocker, source, text, owner") })
  }

  private func spoil(_ playbook: String, _ old: String, _ new: String) throws -> LibraryFailure {
    let text = try builtIn("playbooks/\(playbook).yaml")
    let place = try #require(text.range(of: old))
    let project = try Scratch()
    try project.write(
      text.replacingCharacters(in: place, with: new), to: ".signalbox/playbooks/\(playbook).yaml")
    let library = Library(project: project.path, person: nil, performers: ReadingTests.known.performers)
    return try refusal { _ = try library.workflow("seven-stage") }
  }

  @Test func theirFilesAreCheckedLikeAllOthers() throws {
    #expect(
      try spoil("agent-missing", "    target: \"{{provision}}\"\n", "").message
        == "“adopt” needs a target: a performer, for example “generate”, or a fact.")
    #expect(
      try spoil("agent-missing", "target: \"{{provision}}\"", "target: nobody").message.hasPrefix(
        "There is no performer “nobody”; known are "))
    #expect(
      try spoil("verification-failed", "effect: adopt\n", "effect: adopt\n    target: x\n").message.contains(
        "leave the target out"))
    #expect(
      try spoil("verification-failed", "[drifted at-least 1]", "[requirements at-least 1]").message
        == "“requirements” is a text, so “at-least” never holds; use is, is-not or contains.")
    #expect(
      try spoil("blocker-open", "effect: proceed\n    note: required", "effect: proceed").message.contains(
        "“proceed” needs a reason"))
    #expect(try spoil("agent-missing", "scenario: 0", "scenario: 4").message.contains("belongs to scenario 0, not 4"))
    #expect(
      try spoil("agent-missing", "effect: defer", "effect: waive").message.hasPrefix(
        "“waive” means nothing for a task that nobody can do"))
  }
}
