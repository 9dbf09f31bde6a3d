@testable import Kernel

/// How a world begins: with a workflow, a brief that may have gaps and break rules, and answers given in advance.
extension Simulation {
  static func creation(_ random: inout SplitMix64) -> Creation {
    let kind = random.below(100)
    let workflow =
      kind < 12
      ? Workflows.mini
      : kind < 17
        ? Workflows.odd
        : kind < 22 ? Workflows.tiny : kind < 76 ? Workflows.whole : kind < 99 ? Workflows.strange : Workflows.full
    var replacing: [BriefField: String] = [
      .maturityLevel: String(1 + random.below(4)),
      .optionalModules: random.pick(["none", "bot", "workers", "payment, bot"]),
    ]
    if random.chance(30) {
      replacing[.functionalRequirements] = random.pick([
        "- Must: read the database directly\n- Must: go straight to the database", "- Must: trace every call",
        "- Must: keep GDPR\n- Should: tracing", "- Must: bot and API in the same process",
      ])
    }
    var fields = workflow.fields.map(\.field)
    if random.chance(35) {
      fields = fields.filter { _ in random.chance(70) }
      if random.chance(30) { replacing[.maturityLevel] = random.pick(["7", "TBD", "2 or 3", "soon"]) }
      if random.chance(30) { replacing[.optionalModules] = random.pick(["none, bot", "spaceships"]) }
    }
    return Creation(
      id: "s", title: "t", workspace: "/w", briefText: Briefs.text(fields, replacing: replacing), workflow: workflow,
      level: random.chance(10) ? 1 + random.below(4) : nil, modules: random.chance(10) ? ["bot"] : nil,
      answers: random.chance(25) ? inAdvance(workflow, &random) : [])
  }

  private static func inAdvance(_ workflow: Workflow, _ random: inout SplitMix64) -> [AdvanceAnswer] {
    var answers: [AdvanceAnswer] = []
    let values = Briefs.values.sorted { $0.key.rawValue < $1.key.rawValue }
    for _ in 0...random.below(3) {
      let playbook = random.pick(workflow.playbooks)
      let option = random.pick(playbook.options)
      if option.effect == .abort, random.chance(90) { continue }
      answers.append(
        AdvanceAnswer(
          by: random.pick(["Ada", "Dee"]), playbook: playbook.id,
          subject: random.pick([nil, nil, "lint", "stage:1", "2", "task:plan", "nothing"]),
          option: random.chance(90) ? option.id : "sing", note: random.chance(70) ? "beforehand" : "",
          fields: option.effect == .amend
            ? values.filter { _ in random.chance(30) }.map { FieldValue(field: $0.key.title, value: $0.value) } : []))
    }
    return answers
  }
}
