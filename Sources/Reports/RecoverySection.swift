import Kernel

extension Documents {
  /// Everything that did not go straight: by scenario with who decided what, then all of it in order of time.
  static func recoveryActions(_ matter: ReportMatter, _ page: inout Page) {
    page.heading(2, "8. Recovery Actions")
    let cases = matter.chronicle.cases
    guard !cases.isEmpty || !matter.history.recoveries.isEmpty else {
      page.paragraph("None: nothing failed, was interrupted, tried again or rolled back.")
      return
    }
    let found = Scenario.all.map { number in (number, cases.filter { $0.scenario == number }) }
      .filter { !$0.1.isEmpty }
    page.table(
      ["Scenario", "Cases", "Questions to people", "Waited for people"],
      found.map { number, cases in
        let decisions = Set(cases.flatMap(\.decisions)).compactMap { matter.session.decision($0) }
        let wait = decisions.reduce(Int64(0)) { sum, decision in
          guard let answer = decision.answer, !answer.inAdvance else { return sum }
          return sum + max(0, answer.at - decision.raisedAt)
        }
        return [
          label(number), String(cases.count),
          decisions.isEmpty ? "none were asked" : String(decisions.count), Words.duration(wait),
        ]
      }, otherwise: "No scenario arose.")
    for (number, cases) in found {
      page.heading(3, label(number))
      for item in cases { recovery(item, matter, &page) }
    }
    page.heading(3, "In order of time")
    page.table(["Event", "When", "What", "Caused by", "Why"], matter.history.recoveries, otherwise: "Nothing else.")
  }

  private static func label(_ number: Int) -> String {
    number == 0 ? Scenario.title(0) : "Scenario \(number) – \(Scenario.title(number))"
  }

  private static func recovery(_ item: RecoveryCase, _ matter: ReportMatter, _ page: inout Page) {
    let chronicle = matter.chronicle
    let decisions = item.decisions.compactMap { matter.session.decision($0) }
    let playbooks = Words.list(item.playbooks.map(Markdown.code), otherwise: "none; nobody had to be asked")
    page.heading(4, Markdown.inline(item.name))
    page.paragraph(
      "Arose with #\(item.arose(in: chronicle)) in stage \(item.stage); playbook: \(playbooks). "
        + "**\(Markdown.inline(item.outcome))**")
    for record in records(of: decisions) { page.paragraph("> \(Markdown.paragraph(record))") }
    if !item.steps.isEmpty {
      page.table(
        ["Event", "When", "What happened", "Cause", "First line", "By"],
        item.steps.map { step in
          [
            "#\(step.seq)", Words.time(step.at), Markdown.inline(step.what), Markdown.inline(step.cause),
            Markdown.inline(step.detail), Markdown.inline(step.by),
          ]
        }, otherwise: "")
    }
    if !decisions.isEmpty {
      page.table(
        ["Question", "Answer", "By", "When", "Waited", "Given", "What followed", "Digest", "Event"],
        decisions.map { decided($0, matter) }, otherwise: "")
    }
  }

  /// What playbooks say about their decisions, each sentence once.
  static func records(of decisions: [Decision]) -> [String] {
    decisions.filter { $0.withdrawn == nil }.map(\.records).reduce(into: []) { list, text in
      if !text.isEmpty, !list.contains(text) { list.append(text) }
    }
  }

  private static func decided(_ decision: Decision, _ matter: ReportMatter) -> [String] {
    let chronicle = matter.chronicle
    let question = "\(Markdown.inline(decision.id)): \(Markdown.inline(decision.title))"
    guard let answer = decision.answer else {
      let state = decision.withdrawn.map { "withdrawn: \(Markdown.inline($0))" } ?? "open"
      let event = chronicle.withdrawn[decision.id] ?? chronicle.raised[decision.id]
      return [
        question, state, "nobody", "–",
        decision.isOpen ? "\(Words.duration(matter.facts.at - decision.raisedAt)) so far" : "–", "–", "–",
        Markdown.code(decision.digest), event.map { "#\($0)" } ?? "–",
      ]
    }
    var followed = (chronicle.followed[decision.id] ?? []).compactMap { item in
      item.value.consequence(in: matter.session).map { "\(Markdown.inline($0)) (\(item.mark))" }
    }
    if decision.isUndone { followed.append("**taken back** \(takenBack(decision, chronicle))") }
    let note = answer.note.isEmpty ? "" : ": “\(Markdown.inline(answer.note))”"
    return [
      question,
      Markdown.inline(decision.option(answer.option)?.title ?? answer.option) + note,
      Markdown.inline(answer.by), Words.time(answer.at), decision.waitedWords, answer.givenWords,
      followed.isEmpty ? "nothing else" : followed.joined(separator: "; "), Markdown.code(answer.digest),
      chronicle.answered[decision.id].map { "#\($0)" } ?? "–",
    ]
  }
}
