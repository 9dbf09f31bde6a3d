import Kernel

extension Documents {
  /// Every going back and every undo, with what was kept, what was discarded and how it can be had back.
  static func returns(_ matter: ReportMatter, _ page: inout Page) {
    let chronicle = matter.chronicle
    page.heading(2, "11. Rollbacks & Undo")
    page.heading(3, "Rollbacks")
    page.table(
      ["Event", "When", "From → to", "Again", "Reason", "By", "Decision", "State"],
      chronicle.rollbacks.map { item in
        [
          item.mark, Words.time(item.at), "\(item.value.from) → \(item.value.to)",
          Words.list(item.value.substages.map(Markdown.inline), otherwise: "no sub-stage"),
          reason(item.value.reason), Markdown.inline(item.by), Markdown.inline(item.decision ?? "–"),
          standing(item.decision, "done", chronicle),
        ]
      }, otherwise: "None: the session never went back.")
    if !chronicle.rollbacks.isEmpty {
      page.list(
        chronicle.rollbacks.map { "**\($0.mark)** — \(price($0.value)) \(files(after: $0.seq, chronicle))" },
        otherwise: "")
    }
    page.heading(3, "Answers taken back")
    page.table(
      ["Event", "When", "Decision", "Answer", "Reason", "By", "Files"],
      chronicle.undos.map { item in
        [
          item.mark, Words.time(item.at), Markdown.inline(item.value.decision),
          Markdown.inline(
            matter.session.decision(item.value.decision)?.option(item.value.option)?.title ?? item.value.option),
          reason(item.value.reason), Markdown.inline(item.value.by), files(after: item.seq, chronicle),
        ]
      }, otherwise: "None: every answer stands.")
  }

  private static func price(_ back: Return) -> String {
    var words: [String] = []
    if back.gatesVoided > 0 {
      words.append("the results of \(Words.count(back.gatesVoided, "gate", "gates"))")
    }
    if !back.approvalsVoided.isEmpty {
      words.append("the approvals \(back.approvalsVoided.map(Markdown.inline).joined(separator: ", "))")
    }
    let lost =
      words.isEmpty
      ? "No result of a gate and no approval was lost." : "No longer counts: \(words.joined(separator: ", "))."
    return back.minutes == 0 ? lost : "\(lost) About \(back.minutes) min of work to be done again."
  }

  private static func files(after seq: Int, _ chronicle: Chronicle) -> String {
    guard let item = chronicle.putBack(after: seq) else { return "No file was touched; the code was kept." }
    let owed = item.value
    var words = "Files put back to tree \(Markdown.code(owed.tree))"
    if let done = owed.done {
      words += ": \(done.restored) restored, \(done.removed) removed (#\(done.seq))."
    } else {
      words += "; not done yet."
    }
    if !owed.failures.isEmpty {
      words += " Failed attempts: \(Markdown.inline(owed.failures.joined(separator: "; ")))."
    }
    guard let kept = owed.kept else {
      return words + " The files as they were are not kept yet, so nothing was touched."
    }
    return words
      + " What was discarded is in checkpoint \(Markdown.inline(kept.checkpoint)), tree \(Markdown.code(kept.tree)) "
      + "(#\(kept.seq)), and can be had back until \(Words.date(kept.at + PutBack.Kept.time))."
  }
}
