import Kernel

extension Documents {
  /// Why the documents of a stage were made again, each time with who asked for it and when.
  static func revisions(
    ofStageWith performer: String, _ session: Session, _ facts: ReportFacts, _ page: inout Page
  ) {
    guard let stage = session.stage(with: performer) else { return }
    var rows: [[String]] = []
    for (index, event) in facts.events.enumerated() {
      switch event.fact {
      case .changesRequested(stage.id, let note):
        let isBack = index > 0 && facts.events[index - 1].fact.isRollback(to: stage.id)
        rows.append([
          isBack ? "The session went back here" : "Changes were asked for", reason(note), Markdown.inline(event.by),
          Words.time(event.at), "#\(index + 1)",
        ])
      case .rolledBack(let target, _, let note) where target < stage.id:
        rows.append([
          "The session went back to stage \(target), before this document", reason(note), Markdown.inline(event.by),
          Words.time(event.at), "#\(index + 1)",
        ])
      case .undone(let record):
        guard !rows.isEmpty else { continue }
        rows.append([
          "The answer to \(Markdown.inline(record.decision)) was taken back", reason(record.reason),
          Markdown.inline(event.by), Words.time(event.at), "#\(index + 1)",
        ])
      default: continue
      }
    }
    guard !rows.isEmpty else { return }
    page.paragraph("Why this document was made again:")
    page.table(["What", "Because", "By", "When", "Event"], rows, otherwise: "")
  }
}

extension Fact {
  fileprivate func isRollback(to stage: Int) -> Bool {
    if case .rolledBack(stage, _, _) = self { true } else { false }
  }
}
