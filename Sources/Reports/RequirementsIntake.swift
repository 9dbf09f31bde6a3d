import Kernel

extension Documents {
  /// Composes the requirements intake: what will be made, in the person's words where they were clear.
  public static func requirementsIntake(_ session: Session, _ facts: ReportFacts) -> String {
    let chronicle = Chronicle(facts.events)
    var page = Page()
    page.heading(1, "Requirements Intake: \(Markdown.inline(session.title))")
    intakeMetadata(session, facts, chronicle, &page)
    page.heading(2, "2. Target Configuration")
    page.facts([
      ("Maturity level", session.levelWords),
      ("What it is for", Markdown.inline(session.workflow.level(session.level)?.summary ?? "not chosen yet")),
      ("Modules", session.moduleWords),
      ("Least test coverage", session.workflow.level(session.level).map { "\($0.coverage) %" } ?? "not chosen yet"),
      ("Estimated time", session.timeWords),
      ("Workflow", session.workflowWords),
    ])
    let changes = chronicle.levels.dropFirst().map { item in
      "Level \(item.value.from.map(String.init) ?? "?") became \(item.value.to), agreed by "
        + "\(Words.who(item.by, item.at)) (\(item.mark))"
    }
    let added = session.included.map { id in
      "Sub-stage \(Markdown.inline(id)) of a higher level was added singly"
        + (chronicle.inclusions.last { $0.value.contains(id) }
          .map { " by \(Words.who($0.by, $0.at)) (\($0.mark))" } ?? "")
    }
    if !changes.isEmpty || !added.isEmpty {
      page.paragraph("Agreed since the session began:")
      page.list(changes + added, otherwise: "")
    }
    page.heading(2, "3. Business Context & Objectives")
    page.quote(session.brief.text(of: .businessContext), otherwise: "Not stated in the brief.")
    intakeRequirements(session, &page)
    intakeConstraints(session, chronicle, &page)
    page.heading(2, "6. Dependencies & Integrations")
    page.quote(session.brief.text(of: .dependencies), otherwise: "Not stated in the brief.")
    intakeData(session, &page)
    page.heading(2, "8. Scope Boundaries")
    page.quote(session.brief.text(of: .scopeBoundaries), otherwise: "Not stated in the brief.")
    page.paragraph(
      "Inside the scope are the requirements of section 4 and the data model of section 7, and nothing else.")
    page.paragraph("Left out because the chosen agent cannot make it:")
    page.list(leftOut(session), otherwise: "Nothing was left out.")
    page.paragraph("Put off to the next iteration by a person:")
    postponedItems(chronicle, &page)
    page.heading(2, "9. Expected Deliverables")
    page.quote(session.brief.text(of: .expectedDeliverables), otherwise: "Not stated in the brief.")
    page.heading(2, "10. Acceptance Criteria")
    page.quote(session.brief.text(of: .acceptanceCriteria), otherwise: "Not stated in the brief.")
    page.paragraph("The engine itself measures these gates; everything else in the criteria is judged by a person:")
    page.table(
      ["Gate", "Required", "Category", "A failure blocks"], gatePlan(session), otherwise: "The workflow has no gate.")
    intakeRisks(session, chronicle, &page)
    intakeNextSteps(session, &page)
    page.heading(2, "13. References")
    page.list(
      [
        "The brief as written, kept with the session and in the handoff package as `handoff/brief.md`.",
        "Workflow \(session.workflowWords).",
        "Implementation plan: \(session.document("document.plan").map(Markdown.code) ?? "none in this workflow").",
      ], otherwise: "")
    return page.text
  }

  private static func intakeMetadata(
    _ session: Session, _ facts: ReportFacts, _ chronicle: Chronicle, _ page: inout Page
  ) {
    page.heading(2, "1. Request Metadata")
    page.facts([
      ("Request id", Markdown.code(session.id)),
      ("Requester", facts.requester),
      (
        "Other people who answered",
        Words.list(
          session.people.map(Markdown.inline).filter { $0 != facts.requester }, otherwise: "none")
      ),
      ("Requested", Words.time(session.createdAt)),
      ("Document made", Words.time(facts.at)),
      ("Revision", "\(session.revision(ofStageWith: "document.intake"))"),
      ("Channel", "a brief in Markdown, given to Signalbox \(Markdown.inline(facts.engineVersion))"),
      ("Prepared on", Markdown.inline(facts.host)),
    ])
    if let note = session.revisionNote(ofStageWith: "document.intake") {
      page.paragraph("Changes that a person asked for in this revision:")
      page.quote(note, otherwise: "")
    }
    revisions(ofStageWith: "document.intake", session, facts, &page)
    page.heading(3, "Prompt validation record")
    let questions = session.decisions.filter { $0.scenario == 1 }
    page.table(
      ["Question", "Asked for", "Answered by", "When"],
      questions.map { decision in
        [
          Markdown.inline(decision.id), Words.list(decision.fields.map { Markdown.inline($0.name) }, otherwise: "–"),
          decision.answer.map { Markdown.inline($0.by) } ?? "not answered",
          decision.answer.map { Words.time($0.at) } ?? "–",
        ]
      }, otherwise: "The brief was complete when it was given; nothing had to be asked.")
    page.paragraph("Given or agreed after the brief was written:")
    amendments(session, chronicle, &page)
    page.paragraph("Notices from validation:")
    page.list(session.notices.map(Markdown.paragraph), otherwise: "None.")
  }

  private static func intakeRequirements(_ session: Session, _ page: inout Page) {
    page.heading(2, "4. Functional Requirements")
    let covered = RequirementCoverage.all(in: session)
    page.table(
      ["Req ID", "Priority", "Requirement", "Entities it names", "Status"],
      covered.map { coverage in
        [
          coverage.requirement.id, Words.priority(coverage.requirement.priority),
          Markdown.inline(coverage.requirement.text),
          Words.list(coverage.entities.map(Markdown.inline), otherwise: "none"),
          coverage.state == .open ? "Pending" : coverage.state.rawValue,
        ]
      }, otherwise: "The brief lists none.")
    page.heading(3, "Requirements summary")
    func number(_ priority: Priority) -> String {
      String(session.brief.requirements.filter { $0.priority == priority }.count)
    }
    page.table(
      ["Must", "Should", "Could", "Total"],
      [[number(.must), number(.should), number(.could), String(session.brief.requirements.count)]], otherwise: "")
    page.paragraph(
      "Identifiers follow the order of the brief. A requirement without a priority counts as Must. User interface "
        + "requirements have no section of their own in a brief; where there are any, they stand in this table.")
  }

  private static func intakeConstraints(_ session: Session, _ chronicle: Chronicle, _ page: inout Page) {
    page.heading(2, "5. Non-Functional Constraints")
    page.quote(session.brief.text(of: .nonFunctionalConstraints), otherwise: "Not stated in the brief.")
    page.heading(3, "Expected load")
    page.quote(
      session.brief.text(of: .expectedLoad),
      otherwise: "Not stated in the brief; the level was chosen without it.")
    page.heading(3, "What the level adds")
    page.list(
      session.substagePlan.filter { $0.skipped == nil && $0.definition.fromLevel > 1 }.map {
        "\(Markdown.inline($0.definition.name)): \(Markdown.inline($0.definition.done))"
      }, otherwise: "Nothing beyond the basic sub-stages.")
    page.heading(3, "Settled conflicts")
    settlements(session, chronicle, &page)
  }

  private static func intakeData(_ session: Session, _ page: inout Page) {
    page.heading(2, "7. Data & Storage")
    for entity in session.brief.entities {
      page.heading(3, Markdown.inline(entity.name))
      page.table(
        ["Field", "Type"], entity.fields.map { [Markdown.inline($0.name), $0.type.words(naming: Markdown.inline)] },
        otherwise: "No fields are described.")
    }
    if session.brief.entities.isEmpty { page.paragraph("The brief describes no entity.") }
    page.paragraph("Every entity also has an identifier `id`, which is not written in a brief.")
    let layers = session.substagePlan.filter { $0.skipped == nil && $0.definition.id.hasPrefix("4.2") }
    page.facts([
      ("Sources", "only what users enter; other systems are those of section 6"),
      (
        "Mapping to data services",
        Words.list(layers.map { Markdown.inline($0.definition.name) }, otherwise: "not chosen yet")
      ),
      ("Volume and growth", "see “Expected load” in section 5; nothing else is stated"),
      ("Retention", "not stated in the brief; nothing is deleted by itself"),
    ])
  }

  private static func intakeRisks(_ session: Session, _ chronicle: Chronicle, _ page: inout Page) {
    page.heading(2, "11. Risks & Open Questions")
    let rows = Risk.all(in: session).enumerated().map { index, risk in
      ["RQ-\(index + 1)", risk.item, risk.description, risk.owner, risk.resolution]
    }
    page.table(
      ["Id", "Item", "Description", "Owner", "Resolution"], rows,
      otherwise: "None are known: the brief names none, and none follow from its level and modules.")
    page.heading(3, "Accepted risks")
    risks(chronicle, &page)
  }

  private static func intakeNextSteps(_ session: Session, _ page: inout Page) {
    page.heading(2, "12. Next Steps")
    let rows = session.signOffRows(inStageOf: "document.intake")
    page.table(["Stage", "Playbook", "Approval"], rows, otherwise: "This workflow asks for no approval of the intake.")
    let open = session.openDecisions.map { "\(Markdown.inline($0.id)): \(Markdown.inline($0.title))" }
    page.paragraph("Questions that wait for a person:")
    page.list(open, otherwise: "None at this moment; the approval above is asked when this document is written.")
    page.paragraph("Plan review: as soon as the plan is written; no date is set, and waiting costs nothing.")
  }

  /// What a person chose to leave out, as list items.
  static func leftOut(_ session: Session) -> [String] {
    guard session.shortcomingsLeftOut else { return [] }
    return session.shortcomings.map { "**\(Markdown.inline($0.subject))** — \(Markdown.inline($0.reason))" }
  }

  /// The gates that apply at the session's level, as table rows.
  static func gatePlan(_ session: Session) -> [[String]] {
    let level = session.level ?? 1
    let coverage = [Setting(name: "coverage", value: String(session.workflow.level(level)?.coverage ?? 0))]
    // Nobody has worked yet; whatever a card asks for holds as soon as its role does.
    return session.gateRecords(under: session.duties).map { gate in
      let required = session.workflow.gate(gate.id)?.required ?? gate.required
      return [
        Markdown.inline(gate.title), Markdown.inline(fill(required, with: coverage)), Markdown.inline(gate.category),
        gate.mandatory ? "yes" + (gate.reason.map { ", \(Markdown.inline($0))" } ?? "") : "no, it advises",
      ]
    }
  }
}

extension Session {
  /// How often the documents of the stage with a performer's task were asked for.
  func revision(ofStageWith performer: String) -> Int { record(ofStageWith: performer)?.revision ?? 1 }

  /// What a person asked to be different in the current revision of those documents.
  func revisionNote(ofStageWith performer: String) -> String? { record(ofStageWith: performer)?.revisionNote }

  private func record(ofStageWith performer: String) -> StageRecord? {
    let stage = stage(with: performer)
    return stages.first { $0.id == stage?.id }
  }

  /// The stage with a performer's task.
  func stage(with performer: String) -> Stage? {
    workflow.stages.first { stage in
      stage.work.contains { work in
        if case .task(let task) = work { return task.performer == performer } else { return false }
      }
    }
  }
}
