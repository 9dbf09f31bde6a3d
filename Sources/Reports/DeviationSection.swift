import Kernel

extension Documents {
  /// What was accepted as it is: waivers, risks and rules.
  static func deviations(_ session: Session, _ chronicle: Chronicle, _ page: inout Page) {
    page.heading(3, "Waivers")
    waivers(session, chronicle, &page)
    page.heading(3, "Accepted risks")
    risks(chronicle, &page)
    page.heading(3, "Settled rules")
    settlements(session, chronicle, &page)
  }

  /// Every waiver with its end and its state; none of them is ever a pass.
  static func waivers(_ session: Session, _ chronicle: Chronicle, _ page: inout Page) {
    page.table(
      ["Waiver", "Gate", "State", "Until", "Accepted by", "When", "Decision", "Event"],
      chronicle.waivers.map { item in
        let waiver = item.value
        return [
          Markdown.inline(waiver.id), Markdown.inline(session.gateTitle(waiver.gate)), state(of: item, chronicle),
          Markdown.inline(waiver.until), Markdown.inline(waiver.by), Words.time(waiver.at),
          Markdown.inline(waiver.decision), item.mark,
        ]
      }, otherwise: "None: no failure was accepted.")
    guard !chronicle.waivers.isEmpty else { return }
    page.list(chronicle.waivers.map { details($0.value) }, otherwise: "")
    let standing = session.standingWaivers.count
    page.paragraph(
      "A waiver is a debt and never counts as passed. "
        + "\(standing == 1 ? "1 stands" : "\(standing) stand"); this workflow allows \(session.workflow.waiverCap) at once."
    )
  }

  private static func state(of item: Cited<Waiver>, _ chronicle: Chronicle) -> String {
    switch chronicle.state(of: item) {
    case WaiverState.standing.rawValue: return "WAIVED, in force"
    case WaiverState.ended.rawValue:
      let why = chronicle.current(item).ended ?? "its gate ran again"
      return "ended: \(Markdown.inline(why))"
    case WaiverState.orphaned.rawValue: return "orphaned: nothing is left for it to cover"
    default: return "taken back" + undoMark(item.value.decision, chronicle)
    }
  }

  /// The reason, what makes up for it, and exactly what it covers.
  private static func details(_ waiver: Waiver) -> String {
    let compensation =
      waiver.compensation.isEmpty ? "no compensating action was named" : Markdown.inline(waiver.compensation)
    let files = waiver.scope.map { "\(Markdown.code($0.path)) (SHA-256 \(Markdown.code($0.hash)))" }
    let stop = compensation.hasSuffix(".") ? "" : "."
    return "**\(Markdown.inline(waiver.id))** — \(reason(waiver.reason)) Compensating action: \(compensation)\(stop) "
      + "Covers the findings with fingerprint \(Markdown.code(waiver.fingerprint))"
      + (files.isEmpty ? "." : " in \(files.joined(separator: ", ")).")
  }

  /// What persons accepted as it is.
  static func risks(_ chronicle: Chronicle, _ page: inout Page) {
    page.table(
      ["Risk", "What was accepted", "Reason", "By", "When", "Decision", "State", "Event"],
      chronicle.risks.map { item in
        let risk = item.value
        return [
          Markdown.inline(risk.id), Markdown.inline(risk.text), Markdown.inline(risk.note), Markdown.inline(risk.by),
          Words.time(risk.at), Markdown.inline(risk.decision), standing(risk.decision, "ACCEPTED", chronicle),
          item.mark,
        ]
      }, otherwise: "None: no risk was accepted.")
  }

  /// How broken rules were settled: what was asked for, what is done instead, and who agreed.
  static func settlements(_ session: Session, _ chronicle: Chronicle, _ page: inout Page) {
    page.table(
      ["Rule", "Requested", "How it was settled", "Instead", "By", "When", "Decision", "State", "Event"],
      chronicle.settlements.map { item in
        let settled = item.value
        let rule = session.workflow.rule(settled.rule)
        return [
          Markdown.inline(rule?.title ?? settled.rule), Markdown.inline(settled.line),
          Markdown.inline(settled.words) + (settled.note.isEmpty ? "" : ": \(Markdown.inline(settled.note))"),
          settled.how == "adopted" ? Markdown.inline(rule?.alternative ?? "") : "–", Markdown.inline(settled.by),
          Words.time(settled.at), Markdown.inline(settled.decision), standing(settled.decision, "agreed", chronicle),
          item.mark,
        ]
      }, otherwise: "None: the brief broke no rule that had to be settled.")
  }

  /// A word for something that stands, unless its answer was taken back.
  static func standing(_ decision: String?, _ word: String, _ chronicle: Chronicle) -> String {
    chronicle.isUndone(decision) ? "taken back" + undoMark(decision, chronicle) : word
  }

  private static func undoMark(_ decision: String?, _ chronicle: Chronicle) -> String {
    chronicle.undo(of: decision).map { " (\($0.mark))" } ?? ""
  }

  /// A person's reason as a sentence.
  static func reason(_ text: String) -> String {
    let line = Markdown.inline(text)
    if line.isEmpty { return "No reason was given." }
    return line.hasSuffix(".") || line.hasSuffix("!") || line.hasSuffix("?") ? line : line + "."
  }
}
