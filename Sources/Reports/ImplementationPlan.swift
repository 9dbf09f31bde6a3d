import Kernel

extension Documents {
  /// Composes the implementation plan: what is built, in which order, and how each part is checked.
  ///
  /// - Parameter planned: The tasks that the plan gives to the sub-stages.
  public static func implementationPlan(
    _ session: Session, planned: [PlannedTask], _ facts: ReportFacts
  ) -> String {
    var page = Page()
    page.heading(1, "Implementation Plan: \(Markdown.inline(session.title))")
    page.heading(2, "1. Plan Metadata")
    page.facts([
      ("Request id", Markdown.code(session.id)),
      ("Version", "\(session.revision(ofStageWith: "document.plan"))"),
      ("Date", Words.time(facts.at)),
      ("Agent", "Signalbox \(Markdown.inline(facts.engineVersion)), role architect"),
      ("Approver", approver(session)),
      ("Intake", session.document("document.intake").map(Markdown.code) ?? "none in this workflow"),
    ])
    if let note = session.revisionNote(ofStageWith: "document.plan") {
      page.paragraph("Changes that a person asked for in this version:")
      page.quote(note, otherwise: "")
    }
    revisions(ofStageWith: "document.plan", session, facts, &page)
    let chronicle = Chronicle(facts.events)
    planSummary(session, planned, &page)
    page.paragraph("Settled conflicts with the rules:")
    settlements(session, chronicle, &page)
    page.paragraph("Accepted risks:")
    risks(chronicle, &page)
    page.paragraph("Put off to the next iteration:")
    postponedItems(chronicle, &page)
    planFeatures(session, &page)
    planArchitecture(session, &page)
    planMatrix(session, planned, &page)
    planWork(session, planned, &page)
    page.heading(2, "7. Risks & Mitigations")
    page.table(
      ["Risk", "Description", "Impact", "Likelihood", "Mitigation", "Owner"],
      Risk.all(in: session).map { [$0.item, $0.description, $0.impact, "not assessed", $0.resolution, $0.owner] },
      otherwise: "None are known: the brief names none, and none follow from its level and modules.")
    planVerification(session, &page)
    page.heading(2, "9. Deliverables & Acceptance")
    page.paragraph("Expected by the brief:")
    page.quote(session.brief.text(of: .expectedDeliverables), otherwise: "Not stated in the brief.")
    page.paragraph("Accepted when:")
    page.quote(session.brief.text(of: .acceptanceCriteria), otherwise: "Not stated in the brief.")
    planSchedule(session, &page)
    page.heading(2, "11. Sign-Off")
    page.table(
      ["Stage", "Playbook", "Approval"], session.signOffRows(inStageOf: "document.plan"),
      otherwise: "This workflow asks for no approval of the plan; generating starts when it is written.")
    page.heading(2, "12. References")
    page.list(
      [
        "Requirements intake: \(session.document("document.intake").map(Markdown.code) ?? "none in this workflow").",
        "Workflow \(session.workflowWords).",
        "The brief as written, kept with the session.",
      ], otherwise: "")
    return page.text
  }

  private static func approver(_ session: Session) -> String {
    let rows = session.signOffRows(inStageOf: "document.plan")
    return rows.isEmpty ? "none; this workflow asks for no approval of the plan" : rows[0][2]
  }

  private static func planSummary(_ session: Session, _ planned: [PlannedTask], _ page: inout Page) {
    page.heading(2, "2. Summary")
    let run = session.substagePlan.filter { $0.skipped == nil }
    page.facts([
      (
        "Concept",
        "\(Words.count(session.brief.entities.count, "entity", "entities")) and "
          + "\(Words.count(session.brief.requirements.count, "requirement", "requirements")) become "
          + "\(Words.count(planned.count, "task", "tasks")) in \(Words.count(run.count, "sub-stage", "sub-stages"))"
      ),
      ("Maturity level", session.levelWords),
      ("Modules", session.moduleWords),
      ("Estimated time", session.timeWords),
    ])
    page.paragraph("What it is for:")
    page.quote(session.brief.text(of: .businessContext), otherwise: "Not stated in the brief.")
    page.paragraph("Assumptions and notices:")
    page.list(session.notices.map(Markdown.paragraph), otherwise: "None.")
    page.paragraph("Left out by a person's decision:")
    page.list(leftOut(session), otherwise: "Nothing.")
  }

  private static func planFeatures(_ session: Session, _ page: inout Page) {
    page.heading(2, "3. Maturity Level Features")
    let plan = session.substagePlan
    page.heading(3, "Included")
    page.table(
      ["Sub-stage", "Feature", "Justification"],
      plan.filter { $0.skipped == nil }.map {
        [
          Markdown.inline($0.definition.id), Markdown.inline($0.definition.name),
          session.included.contains($0.definition.id)
            ? "added singly by a person's decision" : justification($0.definition),
        ]
      }, otherwise: "No sub-stage runs.")
    page.heading(3, "Skipped")
    page.table(
      ["Sub-stage", "Feature", "Reason", "To get it"],
      plan.filter { $0.skipped != nil }.map { item in
        [
          Markdown.inline(item.definition.id), Markdown.inline(item.definition.name),
          Markdown.inline(item.skipped ?? ""), upgrade(item.definition, session),
        ]
      }, otherwise: "Nothing is skipped.")
  }

  private static func justification(_ substage: Substage) -> String {
    let level = substage.fromLevel > 1 ? "level \(substage.fromLevel) and up" : "every level"
    return substage.module.map { "module \(Markdown.inline($0)) was chosen; \(level)" } ?? level
  }

  private static func upgrade(_ substage: Substage, _ session: Session) -> String {
    var steps: [String] = []
    if let module = substage.module, !session.modules.contains(module) {
      steps.append("choose the module \(Markdown.inline(module))")
    }
    if let level = session.level, level < substage.fromLevel { steps.append("choose level \(substage.fromLevel)") }
    return Words.list(steps, otherwise: "not possible with the chosen agent")
  }

  private static func planArchitecture(_ session: Session, _ page: inout Page) {
    page.heading(2, "4. Architecture Impact")
    func parts(_ words: [String]) -> String {
      let found = session.substagePlan.filter { item in
        let name = item.definition.name.lowercased()
        return item.skipped == nil && words.contains { name.contains($0) }
      }
      return Words.list(found.map { Markdown.inline($0.definition.name) }, otherwise: "")
    }
    func row(_ title: String, _ words: [String], _ otherwise: String) -> (String, String) {
      let found = parts(words)
      return (title, found.isEmpty ? otherwise : found)
    }
    page.facts([
      row("Services", ["business", "worker", "bot", "gateway", "communication", "storage"], "none are planned"),
      row("Data access", ["data layer"], "none is planned"),
      row("Infrastructure", ["infrastructure"], "none is planned"),
      row("Observability", ["logging", "metrics", "tracing", "elk"], "nothing beyond plain logs at this level"),
      row("Security", ["oauth", "ssl", "security"], "nothing beyond checked input at this level"),
    ])
    page.paragraph("Every part is held to the sentence that says when its sub-stage is done:")
    page.list(
      session.substagePlan.filter { $0.skipped == nil }.map {
        "\(Markdown.inline($0.definition.id)) — \(Markdown.inline($0.definition.done))"
      }, otherwise: "No sub-stage runs.")
  }

  private static func planMatrix(_ session: Session, _ planned: [PlannedTask], _ page: inout Page) {
    page.heading(2, "5. Requirements Traceability Matrix")
    page.table(
      ["Req ID", "Priority", "Feature", "Entities it names", "Sub-stages", "Evidence", "Status"],
      RequirementCoverage.all(in: session).map { coverage in
        let phases = planned.map(\.substage).reduce(into: [String]()) { list, id in
          if !list.contains(id) { list.append(id) }
        }
        return [
          coverage.requirement.id, Words.priority(coverage.requirement.priority),
          Markdown.inline(coverage.requirement.text),
          Words.list(coverage.entities.map(Markdown.inline), otherwise: "none; check by hand"),
          coverage.state == .leftOut
            ? "none" : Words.list(phases.map(Markdown.inline), otherwise: "none are planned"),
          "the files of those tasks", coverage.state == .open ? "Pending" : coverage.state.rawValue,
        ]
      }, otherwise: "The brief lists no requirement.")
    page.paragraph(
      "Every planned task serves every requirement that it can: services are made from the data model. Whether the "
        + "wording of a requirement asks for more than create, read, update and delete is judged by a person.")
  }

  private static func planWork(_ session: Session, _ planned: [PlannedTask], _ page: inout Page) {
    page.heading(2, "6. Work Plan")
    page.heading(3, "Stages")
    page.table(
      ["Stage", "Work", "Done when"],
      session.workflow.stages.map { stage in
        ["\(stage.id) \(Markdown.inline(stage.name))", work(stage), "all of its work is done"]
      }, otherwise: "The workflow has no stage.")
    page.heading(3, "Conditional phases")
    page.table(
      ["Sub-stage", "Name", "Outcome", "Tasks", "Done when"],
      session.substagePlan.map { item in
        let tasks = planned.filter { $0.substage == item.definition.id }.count
        return [
          Markdown.inline(item.definition.id), Markdown.inline(item.definition.name),
          item.skipped.map { "skipped: \(Markdown.inline($0))" } ?? outcome(item.record), String(tasks),
          Markdown.inline(item.definition.done),
        ]
      }, otherwise: "The workflow has no sub-stage.")
    page.heading(3, "Tasks")
    page.table(
      ["Task", "Title", "Sub-stage", "Owner", "Tooling", "Files it must leave"],
      planned.map { task in
        [
          Markdown.code(task.id), Markdown.inline(task.title), Markdown.inline(task.substage),
          Markdown.inline(task.role), Markdown.code(task.performer),
          Words.list(task.files.map(Markdown.code), otherwise: "none"),
        ]
      }, otherwise: "No task is planned.")
  }

  private static func outcome(_ record: SubstageRecord?) -> String {
    switch record?.state {
    case .done: return "executed"
    case .running: return "in progress"
    case .skipped: return "skipped"
    case .isolated: return "set aside"
    case .failed: return "failed"
    case .todo, .waived, nil: return "will run"
    }
  }

  private static func work(_ stage: Stage) -> String {
    let pieces = stage.work.map { work in
      switch work {
      case .brief: return "check the brief"
      case .task(let task): return "\(Markdown.inline(task.title)) (\(Markdown.inline(task.role)))"
      case .shortcomings: return "ask about what cannot be made"
      case .rules(.architecture, _): return "hold the architecture's rules against the brief"
      case .rules(.quality, _): return "hold what the level provides against the brief"
      case .substages: return "run the sub-stages"
      case .gates: return "run every gate"
      case .approval: return "a person approves"
      case .verification(let task, _): return "\(Markdown.inline(task.title)), then every deliverable is looked for"
      }
    }
    return Words.list(pieces, otherwise: "none")
  }

  private static func planVerification(_ session: Session, _ page: inout Page) {
    page.heading(2, "8. Verification Strategy")
    page.table(
      ["Gate", "Required", "Category", "A failure blocks"], gatePlan(session),
      otherwise: "The workflow has no gate; nothing is measured.")
    page.paragraph(
      "The engine runs every gate itself and keeps its output as evidence. A failure that blocks is put to a person, "
        + "who has it checked again, generated again, or accepted with a reason. An accepted failure is a waiver and is "
        + "never shown as passed.")
    page.paragraph("Not measured by any gate, judged by a person:")
    page.list(Checks.byHand(session).map { "\($0.check): \($0.expected)" }, otherwise: "Nothing.")
  }

  private static func planSchedule(_ session: Session, _ page: inout Page) {
    page.heading(2, "10. Dependencies & Schedule")
    page.paragraph("Systems outside, in the words of the brief:")
    page.quote(session.brief.text(of: .dependencies), otherwise: "Not stated in the brief.")
    page.table(
      ["Milestone", "When"],
      [["All code generated", session.timeWords]]
        + session.approvalPoints.map {
          ["\($0.stage.id) \(Markdown.inline($0.stage.name)) approved", "when a person decides; no date is set"]
        }, otherwise: "")
  }
}
