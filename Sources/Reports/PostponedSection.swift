import Kernel

extension Documents {
  /// What the result does not hold although it was asked for, and what only stands in.
  static func postponed(_ session: Session, _ chronicle: Chronicle, _ page: inout Page) {
    page.list(
      leftOut(session),
      otherwise: session.shortcomings.isEmpty
        ? "Nothing: the agent could make everything it was asked for."
        : "Nothing was left out; \(session.shortcomings.count) shortcomings wait for a decision.")
    let repositories = session.alerts.filter { $0.kind == .repositoryInside }
    if !repositories.isEmpty {
      page.heading(3, "Repositories inside the workspace")
      page.list(repositories.map { "\(Words.time($0.at)): \(Markdown.inline($0.words))" }, otherwise: "")
    }
    page.heading(3, "Put off to the next iteration")
    postponedItems(chronicle, &page)
    page.heading(3, "Tasks left out")
    page.table(
      ["Task", "Title", "Why", "By", "When", "State", "Event"],
      chronicle.skips.map { item in
        let isOut = session.task(item.value.task)?.state == .skipped
        return [
          Markdown.code(item.value.task), Markdown.inline(item.value.title), Markdown.inline(item.value.reason),
          Markdown.inline(item.by), Words.time(item.at), isOut ? "LEFT OUT" : "taken up again", item.mark,
        ]
      }, otherwise: "None: every task that was begun was done or is still to be done.")
    page.heading(3, "Stand-ins")
    page.table(
      ["Id", "Stands in", "For", "In task", "To do", "By", "When", "State", "Event"],
      chronicle.substitutions.map { item in
        let value = item.value
        let isReverted = session.substitutions.last { $0.decision == value.decision }?.isReverted ?? true
        return [
          Markdown.inline(value.id), Markdown.inline(value.with),
          Markdown.inline(session.dependencyTitle(value.dependency)),
          Markdown.code(value.task), "TODO: \(Markdown.inline(value.todo))", Markdown.inline(value.by),
          Words.time(value.at), standing(value.decision, isReverted ? "switched back" : "STANDS IN", chronicle),
          item.mark,
        ]
      }, otherwise: "None: everything outside was used as it is.")
  }

  /// What persons put off.
  static func postponedItems(_ chronicle: Chronicle, _ page: inout Page) {
    page.table(
      ["Id", "What", "Reason", "By", "When", "Decision", "State", "Event"],
      chronicle.postponed.map { item in
        let value = item.value
        return [
          Markdown.inline(value.id), Markdown.inline(value.text), Markdown.inline(value.note),
          Markdown.inline(value.by),
          Words.time(value.at), Markdown.inline(value.decision), standing(value.decision, "next iteration", chronicle),
          item.mark,
        ]
      }, otherwise: "Nothing was put off.")
  }
}
