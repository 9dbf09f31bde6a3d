import Foundation
import Kernel

// The stored form of a frozen workflow; it travels in the event that created the session.

extension EventCoding {
  static func fields(of workflow: Workflow) -> [String: Any] {
    [
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
              "done": substage.done,
            ])
          },
        ] as [String: Any]
      },
      "gates": workflow.gates.map { gate in
        present([
          "id": gate.id, "title": gate.title, "category": gate.category, "kind": gate.kind,
          "fromLevel": gate.fromLevel, "mandatoryFrom": gate.mandatoryFrom, "required": gate.required,
          "settings": gate.settings.map { ["name": $0.name, "value": $0.value] }, "maxAttempts": gate.maxAttempts,
        ])
      },
      "playbooks": workflow.playbooks.map { playbook in
        present([
          "id": playbook.id, "scenario": playbook.scenario, "title": playbook.title, "body": playbook.body,
          "recommended": playbook.recommended,
          "options": playbook.options.map { option in
            present([
              "id": option.id, "key": option.key, "title": option.title, "says": option.says,
              "effect": option.effect.rawValue, "noteRequired": option.noteRequired, "confirm": option.confirm,
            ])
          },
        ])
      },
    ]
  }

  private static func fields(of work: Work) -> [String: Any] {
    switch work {
    case .brief(let playbook): return ["kind": "brief", "playbook": playbook]
    case .task(let task):
      return [
        "kind": "task", "id": task.id, "title": task.title, "role": task.role, "performer": task.performer,
        "files": task.files, "maxAttempts": task.maxAttempts,
      ]
    case .shortcomings(let playbook): return ["kind": "shortcomings", "playbook": playbook]
    case .substages: return ["kind": "substages"]
    case .gates(let playbook): return ["kind": "gates", "playbook": playbook]
    case .approval(let playbook): return ["kind": "approval", "playbook": playbook]
    }
  }

  private static func work(_ object: StoredObject) throws -> Work {
    switch try object.text("kind") {
    case "brief": return .brief(playbook: try object.text("playbook"))
    case "task":
      return .task(
        TaskTemplate(
          id: try object.text("id"), title: try object.text("title"), role: try object.text("role"),
          performer: try object.text("performer"), files: try object.texts("files"),
          maxAttempts: try object.number("maxAttempts")))
    case "shortcomings": return .shortcomings(playbook: try object.text("playbook"))
    case "substages": return .substages
    case "gates": return .gates(playbook: try object.text("playbook"))
    case "approval": return .approval(playbook: try object.text("playbook"))
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
              module: $0.optionalText("module"), done: try $0.text("done"))
          })
      },
      gates: try object.list("gates") { gate in
        Gate(
          id: try gate.text("id"), title: try gate.text("title"), category: try gate.text("category"),
          kind: try gate.text("kind"), fromLevel: try gate.number("fromLevel"),
          mandatoryFrom: gate.optionalNumber("mandatoryFrom"), required: try gate.text("required"),
          settings: try gate.list("settings") { Setting(name: try $0.text("name"), value: try $0.text("value")) },
          maxAttempts: try gate.number("maxAttempts"))
      },
      playbooks: try object.list("playbooks") { playbook in
        Playbook(
          id: try playbook.text("id"), scenario: try playbook.number("scenario"), title: try playbook.text("title"),
          body: try playbook.text("body"),
          options: try playbook.list("options") {
            PlaybookOption(
              id: try $0.text("id"), key: try $0.text("key"), title: try $0.text("title"), says: try $0.text("says"),
              effect: try $0.choice("effect", OptionEffect.self), noteRequired: try $0.flag("noteRequired"),
              confirm: $0.optionalText("confirm"))
          }, recommended: playbook.optionalText("recommended"))
      })
  }
}
