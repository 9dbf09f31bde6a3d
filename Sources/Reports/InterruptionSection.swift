import Kernel

extension Documents {
  /// What came from outside: outages, engines that died, mending of gates and edits by people.
  static func interruptions(_ matter: ReportMatter, _ page: inout Page) {
    let chronicle = matter.chronicle
    let session = matter.session
    page.heading(2, "13. Outages, Interruptions & Edits")
    page.heading(3, "Outages of dependencies")
    page.table(
      ["Dependency", "Needed by", "Since", "Until", "Waited", "What was found", "Events"],
      chronicle.outages.map { outage($0, matter) }, otherwise: "None: nothing outside was waited for.")
    page.heading(3, "Interrupted effects")
    page.table(
      ["Event", "When", "Effect", "Why it ended", "Found", "Evidence"],
      chronicle.interruptions.map { item in
        [
          item.mark, Words.time(item.at), Markdown.inline(item.value.effect.name), Markdown.inline(item.value.reason),
          item.value.verdict, Markdown.inline(item.value.finding?.evidence.firstLine ?? "–"),
        ]
      }, otherwise: "None: everything that was begun came to its end.")
    page.heading(3, "Mending tasks")
    page.table(
      ["Task", "Gate", "For run", "Made by", "Outcome", "Files it changed", "The gate after it", "Event"],
      chronicle.mendings.map { mending($0, session) }, otherwise: "None: no gate had its findings mended.")
    page.heading(3, "Edits by people")
    page.table(
      ["Event", "When noticed", "Files"],
      chronicle.edits.map { item in
        [item.mark, Words.time(item.at), Words.list(item.value.map(Markdown.code), otherwise: "none")]
      }, otherwise: "None were noticed: every change of a file came from a task.")
  }

  private static func outage(_ item: Cited<Outage>, _ matter: ReportMatter) -> [String] {
    let wait = item.value.wait
    let isWaiting = matter.session.waits.contains { $0.dependency == wait.dependency && $0.task == wait.task }
    let end = item.value.end
    let until = end.map { Words.time($0.at) } ?? (isWaiting ? "still waiting" : "the wait was given up")
    let time = end.map { Words.duration($0.at - item.at) }
    return [
      Markdown.inline(matter.session.dependencyTitle(wait.dependency)), Markdown.code(wait.task), Words.time(item.at),
      until, time ?? (isWaiting ? "\(Words.duration(matter.facts.at - item.at)) so far" : "–"),
      Markdown.inline(end?.words.firstLine ?? "–"),
      ([item.mark] + (end.map { ["#\($0.seq)"] } ?? [])).joined(separator: ", "),
    ]
  }

  static func mending(_ item: Cited<Mending>, _ session: Session) -> [String] {
    let mending = item.value
    return [
      Markdown.code(mending.task), Markdown.inline(session.gateTitle(mending.gate)), String(mending.run),
      Markdown.inline(item.by), Markdown.inline(mending.result ?? "not done yet"),
      Words.list(mending.files.map(Markdown.code), otherwise: "none named"),
      Markdown.inline(mending.gateAfter ?? "not run yet"), item.mark,
    ]
  }

  /// Every error of more than one line, in full.
  static func errors(_ chronicle: Chronicle, _ page: inout Page) {
    page.heading(2, "19. Errors in Full")
    let long = chronicle.failures.filter { $0.value.message.lineCount > 1 }
    guard !long.isEmpty else {
      page.paragraph("None: no error had more than the line that section 8 shows.")
      return
    }
    for item in long {
      page.paragraph(
        "\(item.mark), task \(Markdown.code(item.value.task)), attempt \(item.value.attempt), "
          + "\(Markdown.inline(item.value.cause)):")
      page.block(item.value.message)
    }
  }
}
