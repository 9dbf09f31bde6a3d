import Kernel

/// What a report is made from, read once.
struct ReportMatter {
  let session: Session
  let facts: ReportFacts
  let verdict: Verdict
  let history: History
  let chronicle: Chronicle

  init(_ session: Session, _ facts: ReportFacts) {
    self.session = session
    self.facts = facts
    verdict = Verdict(session)
    history = History(facts.events, now: facts.at)
    chronicle = Chronicle(facts.events)
  }
}

extension Documents {
  /// Composes the QA report; while a session is unfinished or aborted it is a partial one and says so first.
  public static func qaReport(_ session: Session, _ facts: ReportFacts) -> String {
    let matter = ReportMatter(session, facts)
    var page = Page()
    page.heading(1, "\(reportTitle(session)): \(Markdown.inline(session.title))")
    if matter.verdict.isPartial { partial(matter, &page) }
    reportMetadata(session, facts, &page)
    executiveSummary(matter, &page)
    checklistSummary(session, facts, &page)
    requirementsCoverage(session, &page)
    testDetails(session, &page)
    defects(matter, &page)
    decisions(matter, &page)
    recoveryActions(matter, &page)
    page.heading(2, "9. Approved Deviations")
    deviations(session, matter.chronicle, &page)
    page.heading(2, "10. Left Out, Postponed & Substituted")
    postponed(session, matter.chronicle, &page)
    returns(matter, &page)
    agreement(matter, &page)
    interruptions(matter, &page)
    deliverablesSummary(session, facts, &page)
    timeSpent(session, matter.history, &page)
    page.heading(2, "16. Sign-Off")
    page.table(
      ["Stage", "Playbook", "Approval"], session.signOffRows(),
      otherwise: "This workflow asks for no approval.")
    page.facts([
      ("Agent", "Signalbox \(Markdown.inline(facts.engineVersion)), role auditor"),
      ("Requester", facts.requester),
    ])
    references(session, facts, &page)
    upgradePath(session, &page)
    errors(matter.chronicle, &page)
    supervision(matter, &page)
    return page.text
  }

  /// What the report is called: a partial one after an abort, one of progress while the session rests.
  private static func reportTitle(_ session: Session) -> String {
    switch session.standing {
    case .aborted: return "Partial QA Report"
    case .paused: return "Progress Report"
    case .active, .completed: return "QA Report"
    }
  }

  // MARK: - Sections

  private static func reportMetadata(_ session: Session, _ facts: ReportFacts, _ page: inout Page) {
    page.heading(2, "1. Report Metadata")
    let reviewers = session.people.map(Markdown.inline)
    page.facts([
      ("Project", Markdown.inline(session.title)),
      ("Request id", Markdown.code(session.id)),
      ("Report version", "\(session.revision(ofStageWith: "document.report"))"),
      ("Date", Words.time(facts.at)),
      (
        "Preparer", "Signalbox \(Markdown.inline(facts.engineVersion)), role auditor, on \(Markdown.inline(facts.host))"
      ),
      ("Reviewers", Words.list(reviewers, otherwise: "nobody has answered a question yet")),
      ("Maturity level", session.levelWords),
      ("Modules", session.moduleWords),
      ("Workflow", session.workflowWords),
      (
        "Journal",
        "\(Words.count(facts.events.count, "event", "events")); the last one is cited as #\(facts.events.count)"
      ),
    ])
  }

  private static func executiveSummary(_ matter: ReportMatter, _ page: inout Page) {
    let session = matter.session
    let facts = matter.facts
    let verdict = matter.verdict
    page.heading(2, "2. Executive Summary")
    page.paragraph("**Overall status: \(verdict.word).** \(verdict.reason)")
    let substages = session.stages.flatMap(\.substages)
    let coverage = session.gates.first { session.workflow.gate($0.id)?.kind == "coverage" }
    page.paragraph("**Accomplishments**")
    page.list(
      [
        "\(substages.filter { $0.state == .done }.count) sub-stages executed, "
          + "\(substages.filter { $0.state == .skipped }.count) skipped, \(substages.count) in all",
        "\(session.tasks.filter { $0.state == .done }.count) of \(session.tasks.count) tasks done",
        "\(Words.count(facts.files.count, "file", "files")) in the workspace",
        gateTotals(session),
        "Coverage: "
          + (coverage.map { "\($0.achievedWords), required \(Markdown.inline($0.required))" }
            ?? "not measured by this workflow"),
        "Recovery: " + recoveryWords(matter.chronicle),
      ], otherwise: "")
    page.paragraph("**Outstanding issues**")
    let issues = outstanding(session)
    page.list(issues, otherwise: "None that the engine can see; “Checked by hand” in section 3 stays with a person.")
    page.paragraph("**Recommendation:** \(recommendation(verdict))")
  }

  /// How much did not go straight, in one line.
  private static func recoveryWords(_ chronicle: Chronicle) -> String {
    guard !chronicle.cases.isEmpty else { return "nothing had to be recovered" }
    let scenarios = Set(chronicle.cases.map(\.scenario)).count
    return "\(Words.count(chronicle.cases.count, "case", "cases")) in "
      + "\(Words.count(scenarios, "scenario", "scenarios")), told in section 8"
  }

  /// Everything that is open, accepted or only put off.
  private static func outstanding(_ session: Session) -> [String] {
    var issues = session.blockers.map { "\(Markdown.inline($0.text.firstLine)) (owner: \(Markdown.inline($0.owner)))" }
    issues += session.openDecisions.filter { !$0.isApproval && $0.subjectGate == nil && $0.subjectTask == nil }.map {
      "Open question \(Markdown.inline($0.id)): \(Markdown.inline($0.title))"
    }
    issues += session.standingWaivers.map {
      "WAIVED until \(Markdown.inline($0.until)): \(Markdown.inline(session.gateTitle($0.gate))) – "
        + Markdown.inline($0.reason)
    }
    issues += session.risks.map {
      "Risk \(Markdown.inline($0.id)) accepted by \(Markdown.inline($0.by)): \(Markdown.inline($0.text))"
    }
    issues += session.postponed.map {
      "Put off to the next iteration (\(Markdown.inline($0.id))): \(Markdown.inline($0.text))"
    }
    issues += session.standingSubstitutions.map { "TODO (\(Markdown.inline($0.id))): \(Markdown.inline($0.todo))" }
    issues += session.skippedTasks.map {
      "Left out: \(Markdown.inline($0.title)) – \(Markdown.inline($0.skipReason ?? ""))"
    }
    issues += session.gates.filter { $0.state == .failed && !$0.mandatory }.map {
      "\(Markdown.inline($0.title)) did not pass and does not block: \($0.achievedWords)"
    }
    return issues
  }

  private static func recommendation(_ verdict: Verdict) -> String {
    switch verdict.word {
    case "Ready": return "judge what is checked by hand, then take the result over."
    case "Ready with waivers":
      return "read the accepted failures in section 9, judge what is checked by hand, then decide."
    case "Ready with reservations":
      return
        "read what was accepted, put off or left out in sections 9 and 10, judge what is checked by hand, then decide."
    case "Blocked": return "do not take the result over before the outstanding issues are settled."
    default: return "do not use the result as it is; it is unfinished."
    }
  }

  private static func checklistSummary(_ session: Session, _ facts: ReportFacts, _ page: inout Page) {
    page.heading(2, "3. Checklist Summary")
    let head = ["Check", "Required", "Reached", "Status", "Evidence", "Event", "Notes"]
    for category in gateCategories(session) {
      page.heading(3, Markdown.inline(category))
      page.table(
        head,
        session.gates.filter { $0.category == category }.map { gate in
          [
            Markdown.inline(gate.title), Markdown.inline(gate.required), gate.achievedWords, Words.state(of: gate),
            gate.evidenceWords, reportEvent(gate, facts), notes(on: gate, session),
          ]
        }, otherwise: "")
    }
    if session.gates.isEmpty { page.paragraph("No gate has been opened, so nothing has been measured.") }
    page.heading(3, "Release gate")
    page.table(["Check", "Expected", "Status"], releaseGate(session, facts), otherwise: "")
    page.heading(3, "Checked by hand")
    page.table(
      ["Check", "Expected", "Status"],
      Checks.byHand(session).map { [$0.check, $0.expected, "OPEN, for a person"] }, otherwise: "Nothing.")
  }

  private static func notes(on gate: GateRecord, _ session: Session) -> String {
    var notes: [String] = []
    if gate.results.count > 1 { notes.append("run \(gate.results.count) times") }
    if !gate.mandatory { notes.append("advises only") }
    if let reason = gate.reason { notes.append(Markdown.inline(reason)) }
    if let words = session.waiverWords(gate.id) { notes.append(words) }
    let mendings = session.tasks.filter { $0.repairs == gate.id }.count
    if mendings > 0 { notes.append("mended \(Words.count(mendings, "time", "times"))") }
    return Words.list(notes, otherwise: "none")
  }

  private static func requirementsCoverage(_ session: Session, _ page: inout Page) {
    page.heading(2, "4. Requirements Coverage")
    let covered = RequirementCoverage.all(in: session)
    page.paragraph(
      "GENERATED means: the requirement names entities of the data model, every generating task is done, and its files "
        + "were found on the disk; section 3 says how they did in the checks. Whether the wording is met beyond create, "
        + "read, update and delete is judged by a person. CHECK BY HAND means: the text names no entity, so only a person "
        + "can tell.")
    page.heading(3, "Functional requirements")
    page.table(
      ["Req ID", "Priority", "Requirement", "Status", "Evidence"],
      covered.map {
        [
          $0.requirement.id, Words.priority($0.requirement.priority), Markdown.inline($0.requirement.text),
          $0.state.rawValue, $0.evidence,
        ]
      }, otherwise: "The brief lists none.")
    page.heading(3, "Evidence by entity")
    let made = session.generatingTasks.filter { $0.state == .done }.flatMap(\.files)
    page.table(
      ["Entity", "Files of generating tasks that carry its name"],
      session.brief.entities.map { entity in
        let paths = RequirementCoverage.files(naming: entity.name, among: made)
        return [Markdown.inline(entity.name), Words.list(paths.map(Markdown.code), otherwise: "none by name")]
      }, otherwise: "The brief describes no entity.")
    page.heading(3, "Evidence by task")
    page.table(
      ["Task", "Title", "Sub-stage", "State", "Attempt", "Files left"],
      session.generatingTasks.map { task in
        [
          Markdown.code(task.id), Markdown.inline(task.title), Markdown.inline(task.substage ?? "–"),
          Words.progress(task.state), String(task.attempt), String(task.files.count),
        ]
      }, otherwise: "No task that generates code was made.")
    page.heading(3, "Non-functional requirements")
    page.paragraph("In the words of the brief; only what a gate measures is checked:")
    page.quote(session.brief.text(of: .nonFunctionalConstraints), otherwise: "Not stated in the brief.")
    page.heading(3, "User interface requirements")
    page.paragraph("None are recorded: a brief has no section for them.")
    page.heading(3, "Totals")
    func number(_ state: RequirementCoverage.State) -> String { String(covered.filter { $0.state == state }.count) }
    page.table(
      ["Total", "Generated", "Check by hand", "Partly generated", "Not generated", "Left out"],
      [
        [
          String(covered.count), number(.generated), number(.unmapped), number(.partly), number(.open),
          number(.leftOut),
        ]
      ], otherwise: "")
  }

  private static func testDetails(_ session: Session, _ page: inout Page) {
    page.heading(2, "5. Test & Coverage Details")
    let gates = session.gates.filter { gate in
      ["tests", "coverage", "coverage-artefacts"].contains(session.workflow.gate(gate.id)?.kind ?? "")
    }
    page.table(
      ["Check", "Command", "Required", "Reached", "Status", "Report"],
      gates.map { gate in
        [
          Markdown.inline(gate.title), gate.commandWords, Markdown.inline(gate.required), gate.achievedWords,
          Words.state(of: gate), gate.evidenceWords,
        ]
      }, otherwise: "No test or coverage gate has run.")
    let changed = session.gates.filter { gate in
      gate.results.contains(where: \.passed) && gate.results.contains { !$0.passed }
    }
    page.paragraph("Checks that gave different results in one round (flaky, or the files changed in between):")
    page.list(
      changed.map {
        "\(Markdown.inline($0.title)): "
          + $0.results.map { $0.passed ? "passed" : "did not pass" }.joined(separator: ", then ")
      }, otherwise: "None.")
    page.paragraph("Skipped tests and known failures are those that the test command itself reports in “Reached”.")
  }

  private static func defects(_ matter: ReportMatter, _ page: inout Page) {
    let session = matter.session
    page.heading(2, "6. Defects & Risks")
    var rows: [[String]] = session.blockers.map {
      [
        Markdown.inline($0.text.firstLine), "Blocker", "open", Markdown.inline($0.owner),
        $0.owner == "engine" ? "wait, or answer otherwise" : "answer the open question",
      ]
    }
    rows += session.standingWaivers.map {
      [
        "\(Markdown.inline(session.gateTitle($0.gate))): \(session.gate($0.gate)?.achievedWords ?? "not measured")",
        "Accepted", "WAIVED", Markdown.inline($0.by),
        $0.compensation.isEmpty ? Markdown.inline($0.reason) : Markdown.inline($0.compensation),
      ]
    }
    rows += session.risks.map {
      [Markdown.inline($0.text), "Risk", "ACCEPTED", Markdown.inline($0.by), Markdown.inline($0.note)]
    }
    rows += session.standingSubstitutions.map {
      [
        "\(Markdown.inline($0.with)) stands in", "Debt", "open", Markdown.inline($0.by),
        "TODO: \(Markdown.inline($0.todo))",
      ]
    }
    rows += session.skippedTasks.map {
      ["Not made: \(Markdown.inline($0.title))", "Debt", "LEFT OUT", "requester", Markdown.inline($0.skipReason ?? "")]
    }
    rows += session.gates.filter { $0.state == .failed && !$0.mandatory }.map {
      ["\(Markdown.inline($0.title)): \($0.achievedWords)", "Warning", "open", "developer", "does not block"]
    }
    rows += Risk.all(in: session).map { ["\($0.item): \($0.description)", "Risk", "open", $0.owner, $0.resolution] }
    page.table(
      ["Id", "Description", "Severity", "Status", "Owner", "Mitigation"],
      rows.enumerated().map { index, row in ["DR-\(index + 1)"] + row },
      otherwise: "None are known to the engine.")
    page.paragraph("Noted while working:")
    page.table(["Event", "When", "Severity", "Note"], matter.history.notes, otherwise: "Nothing was noted.")
  }

  private static func deliverablesSummary(_ session: Session, _ facts: ReportFacts, _ page: inout Page) {
    page.heading(2, "14. Deliverables Summary")
    let adr = facts.files.filter { $0.path.hasPrefix("artifacts/adr/") }
    page.facts([
      ("Catalogue", catalogue(session).map(Markdown.code) ?? "composed for the handoff package"),
      ("Files in the workspace", String(facts.files.count)),
      ("Files made by tasks", String(Set(session.tasks.flatMap(\.files).map(\.path)).count)),
      (
        "Architecture decision records",
        Words.list(adr.map { Markdown.code($0.path) }, otherwise: "none were written")
      ),
      (
        "Documents",
        Words.list(
          session.tasks.filter { $0.substage == nil && $0.repairs == nil }.flatMap(\.files).map {
            Markdown.code($0.path)
          },
          otherwise: "none written yet")
      ),
      (
        "Last checkpoint",
        session.checkpoints.last.map {
          "\(Markdown.inline($0.id)), \(Words.count($0.files, "file", "files")), tree \(Markdown.code($0.tree))"
        } ?? "none taken"
      ),
    ])
  }

  /// The path of the deliverables catalogue: the second document of the task that writes this report.
  private static func catalogue(_ session: Session) -> String? {
    for stage in session.workflow.stages {
      for case .task(let task) in stage.work where task.performer == "document.report" && task.files.count > 1 {
        return task.files[1]
      }
    }
    return nil
  }

  private static func timeSpent(_ session: Session, _ history: History, _ page: inout Page) {
    page.heading(2, "15. Time")
    page.table(
      ["What", "Time"],
      [
        ["Machine: at least one task or gate was running", Words.duration(history.machine)],
        ["People: nothing ran and a question was open", Words.duration(history.people)],
        ["Outside: nothing ran, nothing was asked, and a dependency did not answer", Words.duration(history.outside)],
        ["Paused", Words.duration(history.paused)],
        ["No engine at work", Words.duration(history.idle)],
        ["From beginning to \(session.standing.isUnfinished ? "now" : "end")", Words.duration(history.whole)],
        ["Usual machine time", session.timeWords],
      ], otherwise: "")
    if history.clockWentBack {
      page.paragraph("The clock went back during the session; those steps count as no time.")
    }
  }

  private static func references(_ session: Session, _ facts: ReportFacts, _ page: inout Page) {
    page.heading(2, "17. References")
    let documents = [
      ("Requirements intake", "document.intake"), ("Implementation plan", "document.plan"),
      ("Verification checklist", "document.checklist"),
    ]
    page.list(
      documents.map { title, performer in
        guard let path = session.document(performer) else { return "\(title): not part of this workflow" }
        guard let file = facts.files.first(where: { $0.path == path }) else {
          return "\(title): \(Markdown.code(path)), not written yet"
        }
        return "\(title): \(Markdown.code(path)), SHA-256 \(Markdown.code(file.hash))"
      } + ["Workflow \(session.workflowWords)"], otherwise: "")
  }

  private static func upgradePath(_ session: Session, _ page: inout Page) {
    page.heading(2, "18. Upgrade Path")
    guard let level = session.level else {
      page.paragraph("No level has been chosen yet.")
      return
    }
    page.paragraph("Generated at level \(session.levelWords).")
    let next = session.workflow.levels.filter { $0.number > level }
    page.table(
      ["Level", "Brings", "Least coverage", "Usual effort from the level before"],
      next.map { higher in
        let brings = session.workflow.stages.flatMap(\.substages).filter { substage in
          substage.fromLevel == higher.number && (substage.module.map(session.modules.contains) ?? true)
        }
        return [
          "\(higher.number) – \(Markdown.inline(higher.name))",
          Words.list(brings.map { Markdown.inline($0.name) }, otherwise: "no further sub-stage"),
          "\(higher.coverage) %", effort[higher.number] ?? "not known",
        ]
      }, otherwise: "This is the workflow's highest level.")
  }

  /// How long raising an existing system to a level takes by hand, from the experience the domain's guide records.
  private static let effort = [2: "about 2 hours", 3: "about 1 day", 4: "about 1 week"]
}
