import Kernel

@testable import Console

/// The fixture's workflow with the playbooks by which a session recovers: waivers with fields, rollback, change, end,
/// a dependency that does not answer, a loop, and doubt after a kill.
extension Fixture {
  static let waiverFields = [
    DecisionField(
      name: Waiver.untilField, why: "A waiver is a debt; it needs an end.",
      format: "A day (2026-12-24), \"stage 4\", \"file changes\", or nothing: until the gate runs again.",
      isOptional: true),
    DecisionField(
      name: Waiver.compensationField, why: "It says what makes up for the gap.", format: "One sentence.",
      isOptional: true),
    DecisionField(
      name: Waiver.scopeField, why: "It says which files the waiver covers.", format: "Paths with commas between.",
      isOptional: true),
  ]

  static var recovering: Workflow {
    var workflow = workflow
    workflow.playbooks = workflow.playbooks.map { playbook in
      var playbook = playbook
      switch playbook.id {
      case "incomplete-brief": playbook.situation = .briefIncomplete
      case "gate-failed":
        playbook.situation = .gateFailed
        playbook.fields = waiverFields
        playbook.reminders = [30, 240]
        playbook.expiry = 2880
        if let place = playbook.options.firstIndex(where: { $0.id == "waive" }) {
          playbook.options[place].fields = waiverFields.map(\.name)
        }
        playbook.options.insert(
          PlaybookOption(
            id: "back", key: "b", title: "Go back to the plan", says: "The plan is made again; what came later goes.",
            effect: .rollBack, noteRequired: false, confirm: "{{session}}", target: "2"), at: 3)
        playbook.options.insert(
          option("defer", "d", "Put it off", "It is done in the next iteration.", .postpone, note: true), at: 2)
        playbook.options.insert(
          option("rest", "p", "Pause", "Everything rests until somebody resumes it.", .pause), at: 5)
      case "task-failed": playbook.situation = .taskFailed
      default: playbook.situation = .approval
      }
      return playbook
    }
    workflow.playbooks += [rollBack, change, ending, unreachable, loop, doubt]
    workflow.dependencies = [
      Dependency(
        id: "pypi", title: "PyPI", words: ["pypi"], severity: .blocker, workaround: "the packages in the cache",
        usualOutage: "usually less than 30 minutes", affects: "no package can be installed",
        probe: ["curl", "pypi.org"])
    ]
    return workflow
  }

  private static let rollBack = Playbook(
    id: "rollback", scenario: 7, title: "Go back to {{target}} {{target-name}}?",
    body: "**Move:** {{move}}\n\n**Kept**\n\n{{kept}}\n\n**Discarded**\n\n{{discarded}}\n\nWhy: {{reason}}",
    options: [
      PlaybookOption(
        id: "back", key: "b", title: "Go back", says: "The session goes back; what came later is put aside.",
        effect: .rollBack, noteRequired: false, confirm: "{{session}}", target: "{{target-spec}}"),
      option("stay", "s", "Stay where it is", "Everything goes on as it was.", .dismiss),
    ], recommended: "stay", situation: .rollbackRequested)

  private static let change = Playbook(
    id: "change", scenario: 5, title: "Take the change up now?",
    body: "**You want:** {{change}}\n\nImpact: {{impact}}, risk: {{risk}}.\n\n**Made again**\n\n{{reworked}}",
    options: [
      option("now", "n", "Now", "The change joins the brief; intake and plan are made again.", .incorporate),
      option("later", "l", "In the next iteration", "It is written down; nothing changes now.", .postpone),
      option("drop", "d", "Drop it", "Everything goes on as it was.", .dismiss),
    ], recommended: "later", situation: .changeRequested)

  private static let ending = Playbook(
    id: "ending", scenario: 8, title: "End {{session}}?",
    body: "**So far**\n\n{{progress}}\n\n**Saved**\n\n{{saved}}\n\n**Lost**\n\n{{lost}}",
    options: [
      option("pause", "p", "Rest instead", "Everything rests until somebody resumes it.", .pause), stop,
      option("go-on", "g", "Go on", "Everything goes on as it was.", .dismiss),
    ], recommended: "pause", situation: .abortRequested)

  private static let unreachable = Playbook(
    id: "unreachable", scenario: 6, title: "{{dependency}} does not answer",
    body: "{{task}} needs it: {{affects}}. {{usual-outage}}.\n\n```\n{{error}}\n```",
    options: [
      option("wait", "w", "Wait for it", "It is looked at until it answers; then the task goes on.", .wait),
      option("instead", "i", "Use {{workaround}}", "It stands in, with a note to switch back.", .substitute), stop,
    ], recommended: "wait", situation: .dependencyFailed)

  private static let loop = Playbook(
    id: "loop", scenario: 10, title: "{{subject}} goes round: {{pattern}}",
    body: "It was tried {{times}} times and is stopped.\n\n**Attempts**\n\n{{history}}",
    options: [
      option("retry", "r", "Try again", "A fresh budget, with your words.", .retry, note: true),
      option("skip", "k", "Leave it out", "It is left out, on record.", .skip, note: true), stop,
    ], recommended: nil, situation: .loop)

  private static let doubt = Playbook(
    id: "doubt", scenario: 0, title: "Was {{task}} done?", body: "{{evidence}}\n\n{{found}}",
    options: [
      option("keep", "k", "Keep what is there", "It counts as done.", .proceed),
      option("again", "a", "Do it again", "It begins anew.", .retry), stop,
    ], recommended: "again", situation: .effectUnknown)
}
