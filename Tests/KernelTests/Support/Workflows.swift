import Kernel

/// Workflows made in code, so that Kernel's tests depend on nobody's files.
enum Workflows {
  static let confirmation = "{{session}}"

  static func option(
    _ id: String, _ effect: OptionEffect, note: Bool = false, confirm: String? = nil
  ) -> PlaybookOption {
    PlaybookOption(
      id: id, key: String(id.prefix(1)), title: id, says: id, effect: effect, noteRequired: note, confirm: confirm)
  }

  static let pause = option("pause", .pause)
  static let abort = PlaybookOption(
    id: "abort", key: "x", title: "abort", says: "Ends {{session}}.", effect: .abort, noteRequired: true,
    confirm: confirmation)

  static let playbooks: [Playbook] = [
    Playbook(
      id: "gaps", scenario: 1, title: "{{count}} fields", body: "{{gaps}}",
      options: [option("fill", .amend), pause, abort], recommended: "fill"),
    Playbook(
      id: "unsupported", scenario: 2, title: "{{count}} things", body: "{{shortcomings}}",
      options: [
        option("leave-out", .leaveOut), option("again", .requestChanges, note: true), pause, abort,
      ], recommended: "leave-out"),
    Playbook(
      id: "approve-intake", scenario: 0, title: "Intake {{revision}}", body: "{{documents}}",
      options: [option("approve", .approve), option("request-changes", .requestChanges, note: true), pause, abort],
      recommended: nil),
    Playbook(
      id: "approve-plan", scenario: 0, title: "Plan {{revision}}", body: "{{documents}} {{tasks}}",
      options: [option("approve", .approve), option("request-changes", .requestChanges, note: true), pause, abort],
      recommended: nil),
    Playbook(
      id: "sign-off", scenario: 0, title: "Report {{revision}}", body: "{{documents}} {{waivers}}",
      options: [
        option("approve", .approve), option("request-changes", .requestChanges, note: true),
        PlaybookOption(
          id: "regenerate", key: "g", title: "regenerate", says: "", effect: .regenerate, noteRequired: true,
          confirm: nil), pause, abort,
      ], recommended: nil),
    Playbook(
      id: "gate-failed", scenario: 4, title: "{{gate}}: {{achieved}}", body: "{{findings}} {{attempt}}",
      options: [
        option("retry", .retry), option("waive", .waive, note: true),
        PlaybookOption(
          id: "regenerate", key: "g", title: "regenerate", says: "", effect: .regenerate, noteRequired: true,
          confirm: nil), pause, abort,
      ], recommended: "retry"),
    Playbook(
      id: "task-failed", scenario: 3, title: "{{task}}: {{error}}", body: "{{attempts}}",
      options: [
        option("retry", .retry),
        PlaybookOption(
          id: "regenerate", key: "g", title: "regenerate", says: "", effect: .regenerate, noteRequired: true,
          confirm: nil), pause, abort,
      ], recommended: "retry"),
  ]

  static func rule(_ field: BriefField, required: Bool = true) -> BriefFieldRule {
    BriefFieldRule(field: field, required: required, why: "W.", format: "F.")
  }

  static let levels = (1...4).map {
    Level(number: $0, name: "L\($0)", summary: "", coverage: 50 + 10 * $0, minutes: $0...(10 * $0))
  }

  static let modules = [
    Module(id: "workers", title: "Background workers", aliases: ["Worker"], requires: ["rabbitmq"]),
    Module(id: "bot", title: "Telegram bot", aliases: ["telegram"], requires: ["rabbitmq"]),
    Module(id: "rabbitmq", title: "RabbitMQ", aliases: [], requires: []),
    Module(id: "payment", title: "Payment", aliases: [], requires: ["workers", "communication"]),
    Module(id: "communication", title: "Communication", aliases: [], requires: ["rabbitmq"]),
  ]

  static func task(
    _ id: String, performer: String = "document", files: [String]? = nil, attempts: Int = 2
  ) -> Work {
    .task(
      TaskTemplate(
        id: id, title: id, role: "agent", performer: performer, files: files ?? ["artifacts/\(id).md"],
        maxAttempts: attempts))
  }

  static func substage(_ id: String, from level: Int = 1, module: String? = nil) -> Substage {
    Substage(id: id, name: id, fromLevel: level, module: module, done: "")
  }

  static func gate(_ id: String, from: Int = 1, mandatory: Int?) -> Gate {
    Gate(
      id: id, title: id, category: "C", kind: id, fromLevel: from, mandatoryFrom: mandatory,
      required: "{{coverage}} %", settings: [], maxAttempts: 3)
  }

  static let gates = [gate("lint", mandatory: 1), gate("style", mandatory: nil), gate("types", from: 2, mandatory: 2)]

  static let fields = [
    rule(.businessContext), rule(.maturityLevel), rule(.functionalRequirements), rule(.optionalModules),
    rule(.expectedLoad, required: false),
  ]

  static func workflow(
    _ id: String, fields: [BriefFieldRule] = fields, stages: [Stage], gates: [Gate] = gates
  ) -> Workflow {
    Workflow(
      id: id, title: id, version: 1, digest: "", fields: fields, levels: levels, modules: modules, stages: stages,
      gates: gates, playbooks: playbooks)
  }

  /// The shape of the built-in workflow with as little in it as possible.
  static let mini = workflow(
    "mini",
    stages: [
      Stage(id: 0, name: "Brief", work: [.brief(playbook: "gaps")], substages: []),
      Stage(
        id: 1, name: "Intake",
        work: [
          task("survey", performer: "survey", files: []), .shortcomings(playbook: "unsupported"), task("intake"),
          .approval(playbook: "approve-intake"),
        ], substages: []),
      Stage(
        id: 2, name: "Plan", work: [task("plan", performer: "plan"), .approval(playbook: "approve-plan")],
        substages: []),
      Stage(
        id: 3, name: "Code", work: [.substages],
        substages: [substage("3.1"), substage("3.1b", from: 2), substage("3.2", module: "bot")]),
      Stage(
        id: 4, name: "Verify",
        work: [task("tools", files: []), .gates(playbook: "gate-failed"), task("checklist")], substages: []),
      Stage(
        id: 5, name: "Hand over",
        work: [task("report"), .approval(playbook: "sign-off"), task("package", files: [])], substages: []),
    ])

  /// Everything in two stages and in an order that nobody would write, so that no rule rests on the usual order.
  static let odd = workflow(
    "odd",
    stages: [
      Stage(
        id: 1, name: "All",
        work: [
          .brief(playbook: "gaps"), task("plan", performer: "plan"), .approval(playbook: "approve-plan"), .substages,
          task("intake"), .gates(playbook: "gate-failed"), .approval(playbook: "sign-off"),
        ], substages: [substage("1.1"), substage("1.2", from: 3), substage("1.3", module: "workers")]),
      Stage(
        id: 7, name: "Rest", work: [task("report"), .approval(playbook: "approve-intake"), task("package", files: [])],
        substages: []),
    ], gates: [gate("lint", mandatory: 1), gate("never", from: 5, mandatory: nil)])

  /// The least that can be approved.
  static let tiny = workflow(
    "tiny",
    stages: [
      Stage(id: 0, name: "Brief", work: [.brief(playbook: "gaps")], substages: []),
      Stage(id: 1, name: "Report", work: [task("report"), .approval(playbook: "sign-off")], substages: []),
    ], gates: [])

  /// As large as the built-in one: seven stages, 24 sub-stages, 15 gates.
  static let full = workflow(
    "full",
    fields: BriefField.allCases.map { rule($0, required: $0 != .expectedLoad && $0 != .openQuestions) },
    stages: [
      Stage(id: 0, name: "Initialization", work: [task("context", files: [])], substages: []),
      Stage(id: 1, name: "Validation", work: [.brief(playbook: "gaps")], substages: []),
      Stage(
        id: 2, name: "Intake",
        work: [
          task("survey", performer: "survey", files: []), .shortcomings(playbook: "unsupported"), task("intake"),
          .approval(playbook: "approve-intake"),
        ], substages: []),
      Stage(
        id: 3, name: "Plan", work: [task("plan", performer: "plan"), .approval(playbook: "approve-plan")],
        substages: []),
      Stage(
        id: 4, name: "Code", work: [.substages],
        substages: [
          substage("4.1"), substage("4.1b", from: 2), substage("4.1c", from: 3), substage("4.1d", from: 4),
          substage("4.2"), substage("4.2b", module: "communication"), substage("4.3"), substage("4.3b", from: 2),
          substage("4.3c", from: 3), substage("4.3d", from: 4), substage("4.4", module: "workers"),
          substage("4.4b", from: 2, module: "workers"), substage("4.5", module: "bot"),
          substage("4.5b", from: 2, module: "bot"), substage("4.X", module: "rabbitmq"),
          substage("4.A", module: "communication"), substage("4.Z", module: "payment"), substage("4.6"),
          substage("4.6b", from: 2), substage("4.6c", from: 3), substage("4.6d", from: 4), substage("4.7", from: 4),
          substage("4.8", from: 4),
        ]),
      Stage(
        id: 5, name: "Verification",
        work: [task("tools", files: []), .gates(playbook: "gate-failed"), task("checklist")], substages: []),
      Stage(
        id: 6, name: "Hand-off",
        work: [task("report"), .approval(playbook: "sign-off"), task("package", files: [])], substages: []),
    ],
    gates: (1...15).map { gate("gate-\($0)", from: 1 + $0 % 4, mandatory: $0 % 5 == 0 ? nil : 1 + $0 % 3) })
}

/// Briefs and the values that close their gaps.
enum Briefs {
  static let values: [BriefField: String] = [
    .businessContext: "Members of a small library borrow books.", .maturityLevel: "2",
    .functionalRequirements: "- Must: lend a book\n- Should: send reminders", .optionalModules: "bot",
    .nonFunctionalConstraints: "The defaults are fine.", .dependencies: "None.", .scopeBoundaries: "No accounts.",
    .expectedDeliverables: "Code and tests.", .acceptanceCriteria: "Every endpoint answers; all tests pass.",
    .openQuestions: "None.", .expectedLoad: "20 users a day",
    .dataModel: "### Book\n- title: text\n### Loan\n- book: reference to Book\n- due: date",
  ]

  /// A brief with the given fields, in the workflow's order; each may be given another text.
  static func text(
    _ fields: [BriefField] = BriefField.allCases, replacing: [BriefField: String] = [:], title: String = "Library"
  ) -> String {
    let sections = fields.map { "## \($0.title)\n\(replacing[$0] ?? values[$0] ?? "")\n" }
    return "# \(title)\n\n" + sections.joined(separator: "\n")
  }
}
