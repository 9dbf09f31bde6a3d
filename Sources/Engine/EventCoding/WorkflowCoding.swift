import Foundation
import Kernel

// The stored form of a frozen workflow; it travels in the event that created the session.

extension EventCoding {
  static func fields(of workflow: Workflow) -> [String: Any] {
    present([
      "id": workflow.id, "title": workflow.title, "version": workflow.version, "digest": workflow.digest,
      "fields": workflow.fields.map { rule in
        [
          "field": rule.field.rawValue, "required": rule.required, "why": rule.why, "format": rule.format,
        ] as [String: Any]
      },
      "levels": workflow.levels.map { level in
        [
          "number": level.number, "name": level.name, "summary": level.summary, "coverage": level.coverage,
          "minutesFrom": level.minutes.lowerBound, "minutesTo": level.minutes.upperBound,
        ] as [String: Any]
      },
      "modules": workflow.modules.map { module in
        [
          "id": module.id, "title": module.title, "aliases": module.aliases, "requires": module.requires,
        ] as [String: Any]
      },
      "stages": workflow.stages.map { stage in
        [
          "id": stage.id, "name": stage.name, "work": stage.work.map(fields(of:)),
          "substages": stage.substages.map { substage in
            present([
              "id": substage.id, "name": substage.name, "fromLevel": substage.fromLevel, "module": substage.module,
              "done": substage.done, "canIsolate": substage.canIsolate ? true : nil,
            ])
          },
        ] as [String: Any]
      },
      "gates": workflow.gates.map { gate in
        present([
          "id": gate.id, "title": gate.title, "category": gate.category, "kind": gate.kind,
          "fromLevel": gate.fromLevel, "mandatoryFrom": gate.mandatoryFrom, "required": gate.required,
          "settings": gate.settings.map(fields(of:)), "maxAttempts": gate.maxAttempts, "fix": gate.fix,
        ])
      },
      "playbooks": workflow.playbooks.map(fields(of:)),
      "rules": workflow.rules.map { rule in
        present([
          "id": rule.id, "kind": rule.kind.rawValue, "title": rule.title, "words": rule.words, "unless": rule.unless,
          "fields": rule.fields.map(\.rawValue), "why": rule.why, "alternative": rule.alternative,
          "impact": rule.impact, "neededLevel": rule.neededLevel, "substages": rule.substages, "gap": rule.gap,
        ])
      },
      "dependencies": workflow.dependencies.map { dependency in
        [
          "id": dependency.id, "title": dependency.title, "words": dependency.words,
          "severity": dependency.severity.rawValue, "workaround": dependency.workaround,
          "usualOutage": dependency.usualOutage, "affects": dependency.affects, "probe": dependency.probe,
        ] as [String: Any]
      },
      "causes": workflow.causes.map { ["place": $0.place.rawValue, "words": $0.words] as [String: Any] },
      "closing": workflow.closing.map(fields(of:)), "waiverCap": workflow.waiverCap,
      "supervision": workflow.supervision.map(fields(of:)),
    ])
  }

  private static func fields(of playbook: Playbook) -> [String: Any] {
    present([
      "id": playbook.id, "scenario": playbook.scenario, "title": playbook.title, "body": playbook.body,
      "recommended": playbook.recommended, "situation": playbook.situation?.rawValue, "stages": playbook.stages,
      "conditions": playbook.conditions.map(fields(of:)), "severity": playbook.severity.rawValue,
      "fields": playbook.fields.map(fields(of:)), "attempts": playbook.attempts, "reminders": playbook.reminders,
      "expiry": playbook.expiry, "records": playbook.records,
      "options": playbook.options.map { option in
        present([
          "id": option.id, "key": option.key, "title": option.title, "says": option.says,
          "effect": option.effect.rawValue, "noteRequired": option.noteRequired, "confirm": option.confirm,
          "target": option.target, "offeredWhen": option.offeredWhen.map(fields(of:)),
          "recommendedWhen": option.recommendedWhen.map(fields(of:)), "fields": option.fields,
          "reversible": option.isReversible,
        ])
      },
    ])
  }

  private static func playbook(_ object: StoredObject) throws -> Playbook {
    Playbook(
      id: try object.text("id"), scenario: try object.number("scenario"), title: try object.text("title"),
      body: try object.text("body"),
      options: try object.list("options") {
        PlaybookOption(
          id: try $0.text("id"), key: try $0.text("key"), title: try $0.text("title"), says: try $0.text("says"),
          effect: try $0.choice("effect", OptionEffect.self), noteRequired: try $0.flag("noteRequired"),
          confirm: $0.optionalText("confirm"), target: $0.optionalText("target"),
          offeredWhen: try $0.optionalList("offeredWhen", condition),
          recommendedWhen: try $0.optionalList("recommendedWhen", condition),
          fields: $0.optionalTexts("fields") ?? [], isReversible: $0.optionalFlag("reversible"))
      }, recommended: object.optionalText("recommended"),
      situation: try object.optionalChoice("situation", SituationKind.self),
      stages: object.optionalNumbers("stages") ?? [], conditions: try object.optionalList("conditions", condition),
      severity: try object.optionalChoice("severity", Severity.self) ?? .warning,
      fields: try object.optionalList("fields", decisionField), attempts: object.optionalNumber("attempts"),
      reminders: object.optionalNumbers("reminders") ?? [], expiry: object.optionalNumber("expiry"),
      records: object.optionalText("records") ?? "")
  }

  private static func fields(of condition: Condition) -> [String: Any] {
    ["fact": condition.fact, "test": condition.test.rawValue, "value": condition.value]
  }

  private static func condition(_ object: StoredObject) throws -> Condition {
    Condition(
      fact: try object.text("fact"), test: try object.choice("test", Condition.Test.self),
      value: try object.text("value"))
  }

  private static func fields(of task: TaskTemplate) -> [String: Any] {
    [
      "id": task.id, "title": task.title, "role": task.role, "performer": task.performer, "files": task.files,
      "maxAttempts": task.maxAttempts,
    ]
  }

  private static func taskTemplate(_ object: StoredObject) throws -> TaskTemplate {
    TaskTemplate(
      id: try object.text("id"), title: try object.text("title"), role: try object.text("role"),
      performer: try object.text("performer"), files: try object.texts("files"),
      maxAttempts: try object.number("maxAttempts"))
  }

  private static func fields(of work: Work) -> [String: Any] {
    switch work {
    case .brief(let playbook): return ["kind": "brief", "playbook": playbook]
    case .task(let task):
      return fields(of: task).merging(["kind": "task"]) { own, _ in own }
    case .rules(let kind, let playbook): return ["kind": "rules", "rules": kind.rawValue, "playbook": playbook]
    case .shortcomings(let playbook): return ["kind": "shortcomings", "playbook": playbook]
    case .substages: return ["kind": "substages"]
    case .gates(let playbook): return ["kind": "gates", "playbook": playbook]
    case .approval(let playbook): return ["kind": "approval", "playbook": playbook]
    case .verification(let task, let playbook):
      return fields(of: task).merging(["kind": "verification", "playbook": playbook]) { own, _ in own }
    }
  }

  private static func work(_ object: StoredObject) throws -> Work {
    switch try object.text("kind") {
    case "brief": return .brief(playbook: try object.text("playbook"))
    case "task":
      return .task(try taskTemplate(object))
    case "rules":
      return .rules(try object.choice("rules", RuleKind.self), playbook: try object.text("playbook"))
    case "shortcomings": return .shortcomings(playbook: try object.text("playbook"))
    case "substages": return .substages
    case "gates": return .gates(playbook: try object.text("playbook"))
    case "approval": return .approval(playbook: try object.text("playbook"))
    case "verification": return .verification(try taskTemplate(object), playbook: try object.text("playbook"))
    case let kind: throw EventCodingFailure(description: "work.kind holds the unknown word \(kind)")
    }
  }

  static func workflow(_ object: StoredObject) throws -> Workflow {
    Workflow(
      id: try object.text("id"), title: try object.text("title"), version: try object.number("version"),
      digest: try object.text("digest"),
      fields: try object.list("fields") {
        BriefFieldRule(
          field: try $0.choice("field", BriefField.self), required: try $0.flag("required"), why: try $0.text("why"),
          format: try $0.text("format"))
      },
      levels: try object.list("levels") { level in
        let from = try level.number("minutesFrom")
        return Level(
          number: try level.number("number"), name: try level.text("name"), summary: try level.text("summary"),
          coverage: try level.number("coverage"), minutes: from...max(from, try level.number("minutesTo")))
      },
      modules: try object.list("modules") {
        Module(
          id: try $0.text("id"), title: try $0.text("title"), aliases: try $0.texts("aliases"),
          requires: try $0.texts("requires"))
      },
      stages: try object.list("stages") { stage in
        Stage(
          id: try stage.number("id"), name: try stage.text("name"), work: try stage.list("work", work),
          substages: try stage.list("substages") {
            Substage(
              id: try $0.text("id"), name: try $0.text("name"), fromLevel: try $0.number("fromLevel"),
              module: $0.optionalText("module"), done: try $0.text("done"),
              canIsolate: $0.optionalFlag("canIsolate") ?? false)
          })
      },
      gates: try object.list("gates") { gate in
        Gate(
          id: try gate.text("id"), title: try gate.text("title"), category: try gate.text("category"),
          kind: try gate.text("kind"), fromLevel: try gate.number("fromLevel"),
          mandatoryFrom: gate.optionalNumber("mandatoryFrom"), required: try gate.text("required"),
          settings: try gate.list("settings", setting), maxAttempts: try gate.number("maxAttempts"),
          fix: gate.optionalText("fix"))
      },
      playbooks: try object.list("playbooks", playbook),
      rules: try object.optionalList("rules") { rule in
        Rule(
          id: try rule.text("id"), kind: try rule.choice("kind", RuleKind.self), title: try rule.text("title"),
          words: try rule.textLists("words"), unless: try rule.texts("unless"),
          fields: try rule.texts("fields").compactMap(BriefField.init(rawValue:)), why: try rule.text("why"),
          alternative: try rule.text("alternative"), impact: try rule.text("impact"),
          neededLevel: rule.optionalNumber("neededLevel"), substages: try rule.texts("substages"),
          gap: try rule.texts("gap"))
      },
      dependencies: try object.optionalList("dependencies") {
        Dependency(
          id: try $0.text("id"), title: try $0.text("title"), words: try $0.texts("words"),
          severity: try $0.choice("severity", DependencySeverity.self), workaround: try $0.text("workaround"),
          usualOutage: try $0.text("usualOutage"), affects: try $0.text("affects"), probe: try $0.texts("probe"))
      },
      causes: try object.optionalList("causes") {
        CauseSign(place: try $0.choice("place", CauseSign.Class.self), words: try $0.texts("words"))
      }, closing: try object.optionalList("closing", taskTemplate),
      waiverCap: object.optionalNumber("waiverCap") ?? 5,
      supervision: try object.optionalObject("supervision").map(supervision))
  }
}
