import Kernel
import Screen

extension Model {
  /// Why a decision is asked: the playbook that fired, what it matched, and which ones came next to it.
  func whyLines(_ decision: Decision, in session: Session, columns: Int) -> [Line] {
    if let asked = decision.subjectPermission {
      let title = session.task(asked.task)?.title ?? asked.task
      return facts(
        [
          ("Asked by", decision.askedBy), ("In task", "\(title), attempt \(asked.attempt)"),
          ("Matched", "neither a rule of its role's card nor a standing grant answers it; no playbook does"),
          ("Silence", "never answers; the question is void when the attempt ends"),
          ("Bound to", "digest \(decision.digest.prefix(12)), this attempt"),
        ], columns: columns)
    }
    let kind = SituationKind(rawValue: decision.situation)
    let playbook = session.workflow.playbook(decision.playbook)
    var rows: [(label: String, value: String)] = [("Playbook", "\(decision.playbook)\(scenario(decision))")]
    guard let kind else {
      rows.append(("Matched", "named by the workflow for stage \(decision.stage); made before playbooks told why"))
      return facts(rows, columns: columns)
    }
    let verdicts = session.workflow.verdicts(
      for: kind, stage: decision.stage, facts: decision.facts, named: decision.playbook)
    let fired = verdicts.first { $0.playbook == decision.playbook }
    // Conditions on facts too long for a line cannot be shown to hold again; what was matched then stands anyway.
    let matched = fired?.matched ?? ["situation is \(kind.rawValue)"]
    rows.append(("Matched", matched.joined(separator: "\n")))
    for verdict in verdicts where verdict.playbook != decision.playbook {
      rows.append(("Beside it", "\(verdict.playbook): \(verdict.failed ?? "another one is more exact")"))
    }
    if !verdicts.contains(where: { $0.playbook != decision.playbook }) {
      rows.append(("Beside it", "no other playbook is for this situation"))
    }
    let minutes = (playbook?.attempts).map { "\($0) by itself before it asks" } ?? ""
    rows.append(("Attempts", minutes))
    rows.append(("Severity", decision.severity.rawValue))
    let reminders = decision.reminders.sorted().map { Clock.age(Int64(clamping: $0) &* 60_000) }
    let sent = decision.remindersSent > 0 ? " (\(decision.remindersSent) sent)" : ""
    rows.append(("Reminds", reminders.isEmpty ? "never" : "after \(reminders.joined(separator: ", "))\(sent)"))
    let expiry = decision.expiry.map { "pauses the session after \(Clock.age(Int64(clamping: $0) &* 60_000)); " } ?? ""
    rows.append(("Silence", expiry + "never answers"))
    rows.append(
      (
        "Bound to",
        "digest \(decision.digest.prefix(12)), files \(decision.tree.map { String($0.prefix(12)) } ?? "not kept then")"
      ))
    var lines = facts(rows, columns: columns)
    if !decision.facts.isEmpty {
      lines += [Line(), Line("The facts it was chosen by", Style.title.bold)]
      lines += facts(decision.facts.map { ($0.name, $0.value) }, columns: columns)
    }
    return lines
  }

  private func scenario(_ decision: Decision) -> String {
    decision.scenario > 0 ? ", scenario \(decision.scenario)" : ", an ordinary approval"
  }
}
