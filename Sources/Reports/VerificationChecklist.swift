import Kernel

extension Documents {
  /// Composes the verification checklist: every check with its command, what was expected, the evidence and the status.
  public static func verificationChecklist(_ session: Session, _ facts: ReportFacts) -> String {
    let chronicle = Chronicle(facts.events)
    var page = Page()
    page.heading(1, "Verification Checklist: \(Markdown.inline(session.title))")
    page.facts([
      ("Request id", Markdown.code(session.id)),
      ("Maturity level", session.levelWords),
      ("Date", Words.time(facts.at)),
      ("Agent", "Signalbox \(Markdown.inline(facts.engineVersion)), role auditor"),
      ("Prepared on", Markdown.inline(facts.host)),
      ("Result", gateTotals(session)),
    ])
    for (index, category) in gateCategories(session).enumerated() {
      page.heading(2, "\(index + 1). \(Markdown.inline(category))")
      page.table(
        ["Check", "Command or action", "Expected", "Reached", "Evidence", "Event", "Status", "Notes"],
        session.gates.filter { $0.category == category }.map { gate in
          [
            Markdown.inline(gate.title), gate.commandWords, Markdown.inline(gate.required), gate.achievedWords,
            gate.evidenceWords, reportEvent(gate, facts), Words.state(of: gate), session.waiverWords(gate.id) ?? "–",
          ]
        }, otherwise: "No check applies.")
    }
    if session.gates.isEmpty { page.paragraph("No gate has been opened yet, so nothing has been measured.") }
    page.heading(2, "Release gate")
    page.paragraph("This is the hand-over from verification to the report; it is settled in the last stage.")
    page.table(["Check", "Expected", "Status"], releaseGate(session, facts), otherwise: "")
    page.heading(2, "Checked by hand")
    page.paragraph("No gate makes these checks. They are open until a person has looked.")
    page.table(
      ["Check", "Expected", "Status"],
      Checks.byHand(session).map { [$0.check, $0.expected, "OPEN, for a person"] }, otherwise: "Nothing.")
    page.heading(2, "Attempts and findings")
    gateAttempts(session, &page)
    page.heading(3, "Mending")
    page.table(
      ["Task", "Gate", "For run", "Made by", "Outcome", "Files it changed", "The gate after it", "Event"],
      chronicle.mendings.map { mending($0, session) }, otherwise: "No gate had its findings mended.")
    page.heading(2, "Approved deviations")
    waivers(session, chronicle, &page)
    return page.text
  }

  /// The categories of a session's gates, in the order of the gates.
  static func gateCategories(_ session: Session) -> [String] {
    session.gates.reduce(into: []) { list, gate in
      if !list.contains(gate.category) { list.append(gate.category) }
    }
  }

  /// The event that holds a gate's last result.
  static func reportEvent(_ gate: GateRecord, _ facts: ReportFacts) -> String {
    facts.event { if case .gateReported(gate.id, _, _) = $0 { return true } else { return false } }
  }

  /// How many gates passed, were waived, failed or did not run, in one sentence.
  static func gateTotals(_ session: Session) -> String {
    func number(_ states: Progress...) -> Int { session.gates.filter { states.contains($0.state) }.count }
    if session.gates.isEmpty { return "no gate has run" }
    let advisory = session.gates.filter { $0.state == .failed && !$0.mandatory }.count
    let others = [
      (number(.waived), "waived"), (number(.failed) - advisory, "failed and blocking"),
      (advisory, "failed and only advising"), (number(.todo, .running, .skipped), "without a result"),
    ]
    let words = others.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return (["\(number(.done)) of \(session.gates.count) gates passed"] + words).joined(separator: ", ")
  }

  /// The checks of the hand-over, as table rows.
  static func releaseGate(_ session: Session, _ facts: ReportFacts) -> [[String]] {
    func presence(_ performer: String) -> String {
      guard let path = session.document(performer) else { return "not part of this workflow" }
      if session.documentsAtWork.contains(path) {
        return "WRITTEN TOGETHER WITH THIS DOCUMENT (\(Markdown.code(path)))"
      }
      return facts.has(path) ? "PRESENT (\(Markdown.code(path)))" : "NOT YET WRITTEN"
    }
    let blockers = session.blockers.count
    return [
      ["QA report", "ready", presence("document.report")],
      ["Verification checklist", "complete", presence("document.checklist")],
      [
        "Outstanding issues", "none, or known to a person",
        blockers == 0 ? "NONE OPEN" : "\(Words.count(blockers, "blocker is", "blockers are")) OPEN",
      ],
    ]
  }

  /// Every run of every gate with what it found.
  static func gateAttempts(_ session: Session, _ page: inout Page) {
    let rounds = session.earlierGates.map { ($0, "earlier round") } + session.gates.map { ($0, "this round") }
    let runs = rounds.flatMap { gate, round in
      gate.results.enumerated().map { index, result in
        [
          Markdown.inline(gate.title), "\(index + 1), \(round)", result.passed ? "passed" : "did not pass",
          Markdown.inline(result.unavailable ?? result.achieved), result.exitStatus.map(String.init) ?? "none",
          "\(result.milliseconds) ms", result.evidenceHash.map(Markdown.code) ?? "none kept",
        ]
      }
    }
    page.table(
      ["Gate", "Run", "Outcome", "Reached", "Exit status", "Took", "Evidence SHA-256"], runs,
      otherwise: "No gate has run.")
    let findings = session.gates.flatMap { gate in
      (gate.results.last?.findings ?? []).map { finding in
        [
          Markdown.inline(gate.title),
          Markdown.code(finding.line > 0 ? "\(finding.file):\(finding.line)" : finding.file),
          Markdown.inline(finding.code), Markdown.inline(finding.message),
        ]
      }
    }
    page.table(["Gate", "Place", "Code", "Finding"], findings, otherwise: "The last runs found nothing to list.")
  }
}
