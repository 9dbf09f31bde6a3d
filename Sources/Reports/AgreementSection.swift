import Kernel

extension Documents {
  /// What was agreed differently after the beginning, with who and when.
  static func agreement(_ matter: ReportMatter, _ page: inout Page) {
    page.heading(2, "12. Changes to the Agreement")
    page.heading(3, "Requests and what became of them")
    page.table(
      ["Request", "What", "Reason", "By", "When", "Outcome", "Settled by", "Events"],
      matter.chronicle.requests.map { request($0, matter) },
      otherwise: "None: nobody asked for a change, a rollback or an end.")
    page.heading(3, "Brief, level and sub-stages")
    amendments(matter.session, matter.chronicle, &page)
    page.heading(3, "Playbooks")
    let offers = matter.chronicle.requests.filter { $0.value.situation == .libraryChanged }
    page.list(
      offers.map { offer in
        let words = outcome(of: offer.value, matter.session)
        return "\(offer.mark): other playbooks were found on disk; \(words)."
      }, otherwise: "As they were frozen when the session began.")
    page.paragraph("In force: SHA-256 \(Markdown.code(matter.session.workflow.digest)).")
  }

  private static func request(_ item: Cited<SupervisorRequest>, _ matter: ReportMatter) -> [String] {
    let request = item.value
    let isOpen = matter.session.requests.first { $0.id == request.id }?.settled == nil
    let settled = isOpen ? nil : matter.chronicle.settled[request.id]
    return [
      Markdown.inline(request.id), Markdown.inline(request.words), reason(request.reason), Markdown.inline(request.by),
      Words.time(request.at), outcome(of: request, matter.session),
      settled.map { Words.who($0.by, $0.at) } ?? "nobody yet",
      ([item.mark] + (settled.map { [$0.mark] } ?? [])).joined(separator: ", "),
    ]
  }

  /// How a request was settled, in the words of the option that was chosen.
  private static func outcome(of request: SupervisorRequest, _ session: Session) -> String {
    guard let how = session.requests.first(where: { $0.id == request.id })?.settled else { return "OPEN" }
    let answered = session.decisions.last { $0.subject == request.subject && $0.answer != nil }
    return Markdown.inline(answered?.option(how)?.title ?? how)
  }

  /// Every field that was given later, every change of level and every sub-stage that was added singly.
  static func amendments(_ session: Session, _ chronicle: Chronicle, _ page: inout Page) {
    var rows: [(seq: Int, cells: [String])] = []
    func add<Value>(_ item: Cited<Value>, _ what: String, _ value: String) {
      rows.append(
        (
          item.seq,
          [
            what, value, Markdown.inline(item.by), Words.time(item.at), Markdown.inline(item.decision ?? "–"),
            standing(item.decision, "agreed", chronicle), item.mark,
          ]
        ))
    }
    for item in chronicle.amendments {
      for field in item.value { add(item, Markdown.inline(field.field), Markdown.inline(field.value)) }
    }
    for item in chronicle.levels {
      add(item, "Level agreed", (item.value.from.map { "\($0) → " } ?? "") + String(item.value.to))
    }
    for item in chronicle.inclusions {
      add(item, "Sub-stages added singly", Words.list(item.value.map(Markdown.inline), otherwise: "none"))
    }
    page.table(
      ["What", "Value", "By", "When", "Decision", "State", "Event"], rows.sorted { $0.seq < $1.seq }.map(\.cells),
      otherwise: "Nothing was added to the brief.")
  }
}
