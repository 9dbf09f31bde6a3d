import Kernel

extension Documents {
  /// The most requests that have a row; the journal holds every one.
  static let permissionLimit = 100

  /// What agents asked leave for, and what was granted for longer; nothing where nobody asked.
  static func permissions(_ session: Session, at moment: Moment, _ page: inout Page) {
    let records = session.permissions
    guard !records.isEmpty || !session.grants.isEmpty else { return }
    page.heading(3, "Requests for leave")
    func count(_ source: PermissionRecord.Source, _ allowed: Bool) -> String {
      String(records.count { $0.source == source && $0.isAllowed == allowed })
    }
    let words: [(PermissionRecord.Source, String)] = [
      (.rule, "A rule of a role card"), (.grant, "A standing grant"), (.person, "A person"),
      (.engine, "A limit of the engine"), (.nobody, "Nobody; the attempt ended before"),
    ]
    page.table(
      ["Answered by", "Allowed", "Not allowed"],
      words.filter { source, _ in records.contains { $0.source == source } }.map { source, name in
        [name, count(source, true), count(source, false)]
      }, otherwise: "No request was answered.")
    let told = records.filter { $0.source == .person || !$0.isAllowed }
    page.table(
      ["When", "Agent", "Task", "Asked leave for", "Became", "By", "Answer"],
      told.prefix(permissionLimit).map { record in
        [
          Words.time(record.at), Markdown.inline(record.agent), Markdown.code("\(record.task)#\(record.attempt)"),
          Markdown.inline(record.title), record.verdict + (record.isDelivered ? "" : ", not delivered"),
          Markdown.inline([record.by, record.decision].compactMap { $0 }.joined(separator: ", ")),
          Markdown.inline(record.answer),
        ]
      }, otherwise: "Nobody had to be asked, and nothing was refused.")
    if told.count > permissionLimit {
      page.paragraph(
        "\(Words.count(told.count - permissionLimit, "more request is", "more requests are")) in the journal: "
          + "`signalbox permissions`.")
    }
    guard !session.grants.isEmpty else { return }
    page.table(
      ["Grant", "Covers", "Task", "Given", "Until at the latest", "State"],
      session.grants.map { grant in
        [
          Markdown.inline(grant.id), Markdown.inline(grant.scope.words), Markdown.code(grant.task),
          "\(Words.time(grant.at)), \(Markdown.inline(grant.by)), \(Markdown.inline(grant.decision))",
          Words.time(grant.until),
          session.state(of: grant, at: moment).rawValue + (grant.ended.map { ": \(Markdown.inline($0))" } ?? ""),
        ]
      }, otherwise: "")
  }
}
