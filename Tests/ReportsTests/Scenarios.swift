import Kernel
import Testing

@testable import Reports

/// A workflow with every situation in it, made in code so that these tests depend on nobody's playbooks.
enum Scenarios {
  static func option(
    _ id: String, _ effect: OptionEffect, _ title: String, target: String? = nil, fields: [String] = []
  ) -> PlaybookOption {
    PlaybookOption(
      id: id, key: String(id.prefix(1)), title: title, says: title, effect: effect, noteRequired: false, confirm: nil,
      target: target, fields: fields)
  }

  static let pause = option("pause", .pause, "Pause")
  static let abort = option("abort", .abort, "Abort")

  static func playbook(
    _ id: String, _ scenario: Int, _ situation: SituationKind, _ title: String, _ options: [PlaybookOption],
    records: String = "", fields: [DecisionField] = [], reminders: [Int] = []
  ) -> Playbook {
    Playbook(
      id: id, scenario: scenario, title: title, body: title, options: options, recommended: nil, situation: situation,
      fields: fields, reminders: reminders, records: records)
  }

  static let playbooks: [Playbook] = [
    playbook(
      "incomplete-brief", 1, .briefIncomplete, "{{count}} fields of the brief are missing",
      [option("fill", .amend, "Fill in"), pause, abort], records: "The brief lacked {{fields}}."),
    playbook(
      "architecture-conflict", 2, .architectureConflict, "{{requested}} breaks a rule",
      [option("adopt", .adopt, "Adopt the compliant way"), option("amend", .amend, "Change the line"), pause, abort],
      records: "Requested: {{requested}}. Agreed instead: {{alternative}}"),
    playbook(
      "unsupported", 2, .unsupported, "{{count}} demands cannot be made",
      [option("leave-out", .leaveOut, "Leave out"), option("change", .requestChanges, "Change"), pause, abort]),
    playbook(
      "quality-conflict", 9, .qualityConflict, "{{requested}} needs level {{needed-level}}",
      [
        option("level", .changeLevel, "Take level {{needed-level}}", target: "{{needed-level}}"),
        option("include", .include, "Add {{substages-needed}} singly", target: "{{substages-needed}}"),
        option("accept", .proceed, "Accept the risk"), pause, abort,
      ]),
    approval("approve-intake"), approval("approve-plan"), approval("sign-off"),
    playbook(
      "task-failed", 3, .taskFailed, "{{task}} failed {{attempts}} times",
      [
        option("retry", .retry, "Try again"), option("skip", .skip, "Leave it out"),
        option("defer", .postpone, "Put it off"),
        option("back", .rollBack, "Back to the plan", target: "3"), pause, abort,
      ],
      records: "{{task}}: {{attempts}} attempts, cause in the {{cause-class}}."),
    playbook(
      "gate-failed", 4, .gateFailed, "{{gate}}: required {{required}}, reached {{achieved}}",
      [
        option("retry", .retry, "Check again"),
        option("waive", .waive, "Accept the failure", fields: ["Until", "Compensating action", "Files"]),
        option("defer", .postpone, "Put it off"), option("back", .rollBack, "Generate 4.3 again", target: "4:4.3"),
        pause,
        abort,
      ],
      records: "{{gate}} reached {{achieved}} of {{required}}.",
      fields: ["Until", "Compensating action", "Files"].map {
        DecisionField(name: $0, why: "", format: "", isOptional: true)
      }, reminders: [30]),
    playbook(
      "change-requested", 5, .changeRequested, "Change: {{change}}",
      [
        option("now", .incorporate, "Now"), option("later", .postpone, "In the next iteration"),
        option("drop", .dismiss, "Drop it"),
      ], records: "Impact {{impact}}, risk {{risk}}."),
    playbook(
      "dependency-failed", 6, .dependencyFailed, "{{dependency}} does not answer",
      [
        option("wait", .wait, "Wait for it"), option("substitute", .substitute, "Use {{workaround}}"),
        option("skip", .skip, "Leave it out"), pause, abort,
      ], records: "{{dependency}} is a {{severity}}."),
    playbook(
      "rollback-requested", 7, .rollbackRequested, "Go back {{move}}",
      [option("go", .rollBack, "Go back", target: "{{target-spec}}"), option("stay", .dismiss, "Stay"), pause]),
    playbook(
      "abort-requested", 8, .abortRequested, "End the session?",
      [abort, pause, option("on", .dismiss, "Go on")]),
    playbook(
      "loop", 10, .loop, "{{subject}}: {{pattern}}",
      [
        option("retry", .retry, "Once more"), option("skip", .skip, "Leave it out"),
        option("waive", .waive, "Accept it"),
        option("defer", .postpone, "Put it off"), pause, abort,
      ], records: "{{subject}}: {{pattern}}."),
    playbook(
      "effect-unknown", 0, .effectUnknown, "Was {{task}} done?",
      [option("keep", .proceed, "Keep what it left"), option("retry", .retry, "Do it again"), pause, abort]),
    playbook(
      "library-changed", 0, .libraryChanged, "The playbooks on disk changed",
      [option("adopt", .adopt, "Adopt"), option("keep", .dismiss, "Keep the old"), pause]),
  ]

  static func approval(_ id: String) -> Playbook {
    playbook(
      id, 0, .approval, "Approve {{stage}}?",
      [
        option("approve", .approve, "Approve"), option("request-changes", .requestChanges, "Request changes"),
        option("back", .rollBack, "Back to the plan", target: "3"), pause, abort,
      ])
  }

  static let rules = [
    Rule(
      id: "http-only-data-access", kind: .architecture, title: "Data is reached over HTTP only.",
      words: [["directly"], ["postgresql"]], why: "One source of truth.",
      alternative: "The service calls the data service over HTTP."),
    Rule(
      id: "gdpr", kind: .quality, title: "GDPR needs roles and an audit log.", words: [["gdpr"]], why: "The law.",
      alternative: "Level 4.", neededLevel: 4, substages: ["4.1c"], gap: ["audit log"]),
  ]

  static let dependencies = [
    Dependency(
      id: "pypi", title: "PyPI", words: ["pypi"], severity: .blocker, workaround: "a local mirror",
      usualOutage: "30 minutes", affects: "packages", probe: ["curl", "https://pypi.org"]),
    Dependency(
      id: "stats", title: "Statistics", words: ["statistics"], severity: .informational, workaround: "",
      usualOutage: "", affects: "nothing", probe: []),
  ]

  /// The seven stages with these playbooks, two rules, a mending performer and what an abort closes with.
  static func workflow() throws -> Workflow {
    var workflow = try Rehearsal.sevenStage.get()
    workflow.playbooks = playbooks
    workflow.rules = rules
    workflow.dependencies = dependencies
    workflow.causes = [CauseSign(place: .test, words: ["assertionerror"])]
    workflow.waiverCap = 3
    workflow.closing = [
      TaskTemplate(
        id: "partial-report", title: "Write the partial report", role: "auditor", performer: "document.partial-report",
        files: ["artifacts/reports/partial-qa-report.md"], maxAttempts: 3),
      TaskTemplate(
        id: "partial-package", title: "Make the partial package", role: "engine", performer: "package.partial",
        files: [],
        maxAttempts: 3),
    ]
    for index in workflow.gates.indices {
      workflow.gates[index].fix = workflow.gates[index].id == "format" ? "repair.format" : nil
    }
    for index in workflow.stages.indices {
      workflow.stages[index].work.removeAll { if case .rules = $0 { true } else { false } }
      let place = workflow.stages[index].work.firstIndex { if case .shortcomings = $0 { true } else { false } }
      guard let place else { continue }
      workflow.stages[index].work.insert(.rules(.architecture, playbook: "architecture-conflict"), at: place)
      workflow.stages[index].work.insert(.rules(.quality, playbook: "quality-conflict"), at: place + 1)
    }
    return workflow
  }

  /// The sample brief of the library with parts of it replaced.
  static func brief(_ parts: (String, String)...) throws -> String {
    var text = try Rehearsal.library.brief("library").text
    for (old, new) in parts { text = text.replacing(old, with: new) }
    return text
  }

  static func rehearsal(_ parts: (String, String)..., answers: [AdvanceAnswer] = []) throws -> Rehearsal {
    var text = try brief()
    for (old, new) in parts { text = text.replacing(old, with: new) }
    return try Rehearsal(on: workflow(), text: text, answers: answers)
  }

  static let failed = TaskFailure(
    cause: .cognitive, message: "AssertionError: expected 1, got 2\n  File \"src/a.py\", line 3\n  in create")
  static let outage = TaskFailure(cause: .hard, message: "unused")
}

extension Rehearsal {
  /// Everything up to the question about the result, with everything that fails on the way accepted nowhere.
  mutating func reach(_ playbook: String) throws {
    try settle()
    while let decision = session.openDecisions.first, decision.playbook != playbook {
      try #require(decision.isApproval, "\(decision.playbook) is asked on the way: \(decision.title)")
      try answer("approve", after: 60_000)
      try settle()
    }
    try #require(session.openDecisions.first?.playbook == playbook)
  }

  /// The open question.
  func open() throws -> Decision { try #require(session.openDecisions.first) }

  /// The report of the session as it stands.
  var report: String { Documents.qaReport(session, facts) }
  var parsed: Parsed { Parsed(report) }
}

extension Parsed {
  /// The rows of the one table whose head begins with some cells.
  func table(_ head: String...) -> [[String]] {
    tables.first { $0.first?.starts(with: head) ?? false }.map { Array($0.dropFirst(2)) } ?? []
  }
}
