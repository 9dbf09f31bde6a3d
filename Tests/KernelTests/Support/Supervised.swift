import Kernel

/// Workflows that use everything: rules, dependencies, closing tasks, gates that can be mended, and a playbook with every
/// fitting effect for every situation.
extension Workflows {
  static func when(_ fact: String, _ test: Condition.Test, _ value: String) -> Condition {
    Condition(fact: fact, test: test, value: value)
  }

  static func asking(
    _ situation: SituationKind, id: String? = nil, title: String = "{{stage}}", body: String = "",
    scenario: Int = 0, _ options: [PlaybookOption], recommended: String? = nil, stages: [Int] = [],
    conditions: [Condition] = [], fields: [DecisionField] = [], reminders: [Int] = [], expiry: Int? = nil
  ) -> Playbook {
    Playbook(
      id: id ?? situation.rawValue, scenario: scenario, title: title, body: body, options: options,
      recommended: recommended, situation: situation, stages: stages, conditions: conditions, fields: fields,
      reminders: reminders, expiry: expiry, records: "{{stage}}: \(situation.rawValue)")
  }

  static func choice(
    _ effect: OptionEffect, _ key: String, note: Bool = false, confirm: String? = nil, target: String? = nil,
    offered: [Condition] = [], recommended: [Condition] = [], fields: [String] = [], reversible: Bool? = nil
  ) -> PlaybookOption {
    PlaybookOption(
      id: effect.rawValue, key: key, title: effect.rawValue, says: "Does {{stage-id}}.", effect: effect,
      noteRequired: note, confirm: confirm, target: target, offeredWhen: offered, recommendedWhen: recommended,
      fields: fields, isReversible: reversible)
  }

  static let rest = choice(.pause, "p")
  static let end = choice(.abort, "x", note: true, confirm: confirmation)
  static let waiverFields = [
    DecisionField(name: Waiver.untilField, why: "W.", format: "F.", isOptional: true),
    DecisionField(name: Waiver.compensationField, why: "W.", format: "F.", isOptional: true),
    DecisionField(name: Waiver.scopeField, why: "W.", format: "F.", isOptional: true),
  ]
  static let waiverFieldNames = waiverFields.map(\.name)
  static let back = choice(.rollBack, "b", note: true, target: "{{previous-stage}}")

  /// One playbook and more for every situation.
  static let everyPlaybook: [Playbook] = [
    asking(
      .briefIncomplete, id: "gaps", title: "{{count}} fields", body: "{{gaps}}", scenario: 1,
      [choice(.amend, "f"), rest, end], recommended: "amend", reminders: [20, 60], expiry: 240),
    asking(
      .architectureConflict, id: "conflict", title: "{{rule-title}}", body: "{{requested}} {{why}}", scenario: 2,
      [choice(.adopt, "a"), choice(.amend, "m"), rest, end], recommended: "adopt"),
    asking(
      .unsupported, id: "unsupported", title: "{{count}} things", body: "{{shortcomings}}", scenario: 2,
      [choice(.leaveOut, "l"), choice(.requestChanges, "c", note: true), rest, end]),
    asking(
      .qualityConflict, id: "quality", title: "{{rule-title}} at {{level}}", body: "{{gap}} {{provides}}", scenario: 9,
      [
        choice(.changeLevel, "u", target: "{{needed-level}}"),
        choice(.include, "i", target: "{{substages-needed}}", offered: [when("substages-needed", .different, "")]),
        choice(.proceed, "a", note: true, reversible: false), choice(.amend, "m"), rest, end,
      ]),
    asking(
      .approval, id: "approve-intake", title: "Intake {{revision}}", body: "{{documents}}",
      [choice(.approve, "a"), choice(.requestChanges, "c", note: true), rest, end], reminders: [30]),
    asking(
      .approval, id: "approve-plan", title: "Plan {{revision}}", body: "{{documents}} {{tasks}}",
      [choice(.approve, "a"), choice(.requestChanges, "c", note: true), back, rest, end], expiry: 300),
    asking(
      .approval, id: "sign-off", title: "Report {{revision}}", body: "{{documents}} {{waivers}} {{recovery}}",
      [
        choice(.approve, "a"), choice(.requestChanges, "c", note: true), choice(.regenerate, "g", note: true), back,
        rest, end,
      ]),
    asking(
      .taskFailed, id: "task-failed", title: "{{task}}: {{error}}", body: "{{history}}", scenario: 3,
      [
        choice(.retry, "r"), choice(.skip, "s", note: true), choice(.postpone, "d", note: true),
        choice(.reassign, "o", target: "other"), choice(.regenerate, "g", note: true),
        choice(.rollBack, "b", note: true, target: "{{stage-id}}:{{substage}}"), rest, end,
      ], recommended: "retry", fields: [], reminders: [15, 45]),
    asking(
      .gateFailed, id: "gate-failed", title: "{{gate}}: {{achieved}}", body: "{{findings}} {{attempt}}", scenario: 4,
      [
        choice(.retry, "r"), choice(.fix, "f", offered: [when("fixable", .equal, "yes")]),
        choice(.waive, "w", note: true, fields: waiverFieldNames), choice(.postpone, "d", note: true),
        choice(.changeLevel, "l", target: "1", offered: [when("level", .atLeast, "2")]),
        choice(.regenerate, "g", note: true), choice(.rollBack, "b", target: "{{code-stage}}"), rest, end,
      ], fields: waiverFields),
    asking(
      .gateFailed, id: "gate-unavailable", title: "{{gate}} was not checked", scenario: 4,
      [choice(.retry, "r"), choice(.waive, "w", note: true, fields: waiverFieldNames), rest, end],
      conditions: [when("unavailable", .equal, "yes")], fields: waiverFields, expiry: 500),
    asking(
      .changeRequested, id: "change", title: "{{change}}", body: "{{impact}} {{reworked}} {{progress}}", scenario: 5,
      [
        choice(.incorporate, "n", recommended: [when("impact", .equal, "easy")]), choice(.postpone, "l"),
        choice(.rollBack, "b", offered: [when("impact", .different, "easy")]), choice(.dismiss, "d"),
      ], recommended: "defer"),
    asking(
      .dependencyFailed, id: "dependency", title: "{{dependency}}: {{error}}", body: "{{affects}} {{usual-outage}}",
      scenario: 6,
      [
        choice(.wait, "w", recommended: [when("severity", .equal, "blocker")]), choice(.substitute, "s"),
        choice(.retry, "r"), choice(.skip, "k", note: true), choice(.postpone, "d", note: true),
        choice(.rollBack, "b", target: "{{previous-stage}}"), rest, end,
      ]),
    asking(
      .rollbackRequested, id: "rollback", title: "{{move}}", body: "{{kept}} {{discarded}}", scenario: 7,
      [choice(.rollBack, "b", confirm: "{{target}}", target: "{{target-spec}}"), choice(.dismiss, "d"), rest]),
    asking(
      .abortRequested, id: "end", title: "End?", body: "{{saved}} {{lost}}", scenario: 8,
      [choice(.abort, "x", confirm: confirmation), rest, choice(.dismiss, "d")]),
    asking(
      .loop, id: "loop", title: "{{subject}} {{times}}", body: "{{pattern}} {{history}}", scenario: 10,
      [
        choice(.retry, "r"), choice(.skip, "s", note: true), choice(.postpone, "d", note: true),
        choice(.rollBack, "b", target: "{{rollback-target}}"), choice(.regenerate, "g"),
        choice(.waive, "w", note: true), choice(.amend, "m"), rest, end,
      ]),
    asking(
      .effectUnknown, id: "unknown", title: "{{task}} {{attempt}}", body: "{{evidence}} {{found}} {{missing}}",
      [
        choice(.proceed, "k"), choice(.retry, "r"), choice(.rollBack, "b", target: "{{previous-stage}}"), rest, end,
      ]),
    asking(
      .libraryChanged, id: "library", title: "{{offered-digest}}", body: "{{changes}}",
      [choice(.adopt, "a"), choice(.dismiss, "d", reversible: false), rest]),
  ]

  static let rules: [Rule] = [
    Rule(
      id: "http-only", kind: .architecture, title: "Data over HTTP", words: [["directly", "straight"], ["database"]],
      unless: ["not directly"], why: "W.", alternative: "Reach the database over its service."),
    Rule(
      id: "one-process", kind: .architecture, title: "A process each", words: [["same process"]],
      fields: [.functionalRequirements], why: "W.", alternative: "Give every service a process."),
    Rule(
      id: "tracing", kind: .quality, title: "Tracing", words: [["trace", "tracing"]], why: "W.", alternative: "",
      neededLevel: 3, substages: ["3.3"], gap: ["no tracing"]),
    Rule(
      id: "gdpr", kind: .quality, title: "GDPR", words: [["gdpr"]], why: "W.", alternative: "", neededLevel: 4,
      gap: ["no audit log"]),
  ]

  static let dependencies = [
    Dependency(
      id: "pypi", title: "PyPI", words: ["pypi"], severity: .workaround, workaround: "the mirror",
      usualOutage: "30 minutes", affects: "installing", probe: ["ping"]),
    Dependency(
      id: "registry", title: "The registry", words: ["registry"], severity: .blocker, workaround: "",
      usualOutage: "1 hour", affects: "images", probe: ["ping"]),
    Dependency(
      id: "weather", title: "The weather", words: ["weather"], severity: .informational, workaround: "",
      usualOutage: "", affects: "nothing", probe: []),
  ]

  static let causes = [
    CauseSign(place: .test, words: ["assert"]), CauseSign(place: .configuration, words: [".env"]),
    CauseSign(place: .dependency, words: ["pypi", "registry"]),
  ]

  static func template(_ id: String, files: [String]) -> TaskTemplate {
    TaskTemplate(id: id, title: id, role: "agent", performer: "document", files: files, maxAttempts: 2)
  }

  static func supervised(_ id: String, stages: [Stage], gates: [Gate]) -> Workflow {
    Workflow(
      id: id, title: id, version: 1, digest: "d1", fields: fields, levels: levels, modules: modules, stages: stages,
      gates: gates, playbooks: everyPlaybook, rules: rules, dependencies: dependencies, causes: causes,
      closing: [
        template("partial-report", files: ["artifacts/partial.md"]), template("partial-package", files: []),
      ], waiverCap: 2)
  }

  static func mendable(_ gate: Gate) -> Gate {
    var gate = gate
    gate.fix = "mender"
    return gate
  }

  /// The shape of the built-in workflow with all that it can ask.
  static let whole = supervised(
    "whole",
    stages: [
      Stage(id: 0, name: "Brief", work: [.brief(playbook: "gaps")], substages: []),
      Stage(
        id: 1, name: "Intake",
        work: [
          task("survey", performer: "survey", files: []), .shortcomings(playbook: "unsupported"),
          .rules(.architecture, playbook: "conflict"), task("intake"), .approval(playbook: "approve-intake"),
        ], substages: []),
      Stage(
        id: 2, name: "Plan",
        work: [
          .rules(.quality, playbook: "quality"), task("plan", performer: "plan"), .approval(playbook: "approve-plan"),
        ], substages: []),
      Stage(
        id: 3, name: "Code", work: [.substages],
        substages: [
          substage("3.1"), substage("3.1b", from: 2), substage("3.2", module: "bot"), substage("3.3", from: 3),
        ]),
      Stage(
        id: 4, name: "Verify",
        work: [task("tools", files: []), .gates(playbook: "gate-failed"), task("checklist")], substages: []),
      Stage(
        id: 5, name: "Hand over",
        work: [task("report"), .approval(playbook: "sign-off"), task("package", files: [])], substages: []),
    ],
    gates: [mendable(gates[0]), gates[1], gates[2]])

  /// The same in another order and fewer stages, so that no rule rests on the usual shape.
  static let strange = supervised(
    "strange",
    stages: [
      Stage(
        id: 2, name: "All",
        work: [
          .brief(playbook: "gaps"), .rules(.quality, playbook: "quality"), task("plan", performer: "plan"),
          .approval(playbook: "approve-plan"), .substages, task("intake"), .gates(playbook: "gate-failed"),
          .approval(playbook: "sign-off"),
        ], substages: [substage("2.1"), substage("2.2", from: 3), substage("2.3", module: "workers")]),
      Stage(
        id: 7, name: "Rest",
        work: [
          .rules(.architecture, playbook: "conflict"), task("report"), .approval(playbook: "approve-intake"),
          task("package", files: []),
        ],
        substages: []),
    ], gates: [mendable(gate("lint", mandatory: 1)), gate("never", from: 5, mandatory: nil)])

  /// The same workflow with other playbooks, as somebody may have edited them while a session ran.
  static func edited(_ workflow: Workflow, version: Int) -> Workflow {
    var edited = workflow
    edited.digest = "d\(version)"
    for index in edited.playbooks.indices where edited.playbooks[index].situation == .approval {
      edited.playbooks[index].title += " (\(version))"
    }
    return edited
  }
}
