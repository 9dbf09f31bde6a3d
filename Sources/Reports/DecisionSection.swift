import Kernel

extension Documents {
  /// Every question with its answer, and how deciding went.
  static func decisions(_ matter: ReportMatter, _ page: inout Page) {
    let session = matter.session
    page.heading(2, "7. Decisions")
    page.table(
      [
        "Decision", "Question", "Option", "By", "When", "Waited", "Given", "Reason", "Event",
        "Digest of what was shown", "Taken back",
      ], session.decisions.map { row($0, matter) }, otherwise: "No question was asked.")
    guard !session.decisions.isEmpty else { return }
    page.heading(3, "How deciding went")
    let pace = DecisionPace(session)
    page.table(
      ["Measure", "Value"],
      [
        ["Questions asked", String(session.decisions.count)],
        ["Answered after they were asked", String(pace.waits.count)],
        [
          "Answered in advance, so that nobody looked at them",
          pace.inAdvance == 0 ? "none" : "\(pace.inAdvance) (\(pace.shareInAdvance) % of all answers)",
        ],
        ["Withdrawn before an answer", pace.withdrawn == 0 ? "none" : String(pace.withdrawn)],
        [
          "… of these asked again",
          pace.askedAgain == 0 ? "none" : String(pace.askedAgain),
        ],
        ["Taken back after the answer", pace.undone == 0 ? "none" : String(pace.undone)],
        ["Open", pace.open == 0 ? "none" : String(pace.open)],
        ["Median time to decide", pace.median.map(Words.duration) ?? "nothing was decided"],
        [
          "Longest time to decide",
          pace.longest.map { "\(Words.duration($0.wait)) (\(Markdown.inline($0.decision)))" } ?? "nothing was decided",
        ],
        ["Reminders sent", matter.chronicle.reminders.isEmpty ? "none" : String(matter.chronicle.reminders.count)],
      ], otherwise: "")
    guard !matter.chronicle.reminders.isEmpty else { return }
    page.paragraph("Reminders:")
    page.table(
      ["Event", "When", "Of"],
      matter.chronicle.reminders.map { [$0.mark, Words.time($0.at), Markdown.inline($0.value)] }, otherwise: "")
  }

  private static func row(_ decision: Decision, _ matter: ReportMatter) -> [String] {
    let chronicle = matter.chronicle
    let question = "\(Markdown.inline(decision.title)) (\(Markdown.code(decision.playbook)))"
    let raised = chronicle.raised[decision.id].map { "#\($0)" } ?? "–"
    guard let answer = decision.answer else {
      let state = decision.withdrawn.map { "withdrawn: \(Markdown.inline($0))" } ?? "open"
      let event = chronicle.withdrawn[decision.id].map { "#\($0)" } ?? raised
      return [
        Markdown.inline(decision.id), question, state, "nobody", "–",
        decision.isOpen ? "\(Words.duration(matter.facts.at - decision.raisedAt)) so far" : "–", "–", "–", event,
        Markdown.code(decision.digest), "–",
      ]
    }
    return [
      Markdown.inline(decision.id), question,
      Markdown.inline(decision.option(answer.option)?.title ?? answer.option),
      Markdown.inline(answer.by), Words.time(answer.at), decision.waitedWords, answer.givenWords,
      answer.note.isEmpty ? "none given" : Markdown.inline(answer.note),
      chronicle.answered[decision.id].map { "#\($0)" } ?? "–", Markdown.code(answer.digest),
      takenBack(decision, chronicle),
    ]
  }

  /// Who took an answer back and when, or that nobody did.
  static func takenBack(_ decision: Decision, _ chronicle: Chronicle) -> String {
    guard decision.isUndone else { return "no" }
    guard let undo = chronicle.undo(of: decision.id) else { return "yes" }
    return "by \(Words.who(undo.value.by, undo.at)) (\(undo.mark))"
  }
}

extension Decision {
  /// How long it waited for its answer.
  var waitedWords: String {
    guard let answer else { return "–" }
    return answer.inAdvance ? "not at all" : Words.duration(answer.at - raisedAt)
  }
}

extension Answer {
  /// Whether somebody had looked at the question.
  var givenWords: String { inAdvance ? "in advance; nobody looked at it" : "after it was asked" }
}

/// How long deciding took, and how it went beside.
struct DecisionPace: Equatable {
  /// The waits of the answers that were given after their question, in milliseconds, shortest first.
  let waits: [Int64]
  let longest: Longest?
  let inAdvance: Int
  let withdrawn: Int
  let askedAgain: Int
  let undone: Int
  let open: Int

  /// The longest wait with its decision.
  struct Longest: Equatable {
    let wait: Int64
    let decision: String
  }

  init(_ session: Session) {
    let answers = session.decisions.compactMap { decision in
      decision.answer.map { (decision: decision, answer: $0) }
    }
    let looked = answers.filter { !$0.answer.inAdvance }.map { item in
      Longest(wait: max(0, item.answer.at - item.decision.raisedAt), decision: item.decision.id)
    }
    waits = looked.map(\.wait).sorted()
    longest = looked.max { $0.wait < $1.wait }
    inAdvance = answers.count - looked.count
    let moot = session.decisions.enumerated().filter { $0.element.withdrawn != nil }
    withdrawn = moot.count
    askedAgain =
      moot.filter { place, decision in
        session.decisions.dropFirst(place + 1).contains {
          $0.subject == decision.subject && $0.situation == decision.situation
        }
      }.count
    undone = session.decisions.filter(\.isUndone).count
    open = session.openDecisions.count
  }

  /// The wait in the middle; of an even number the mean of the two.
  var median: Int64? {
    guard !waits.isEmpty else { return nil }
    let middle = waits.count / 2
    return waits.count % 2 == 1 ? waits[middle] : (waits[middle - 1] + waits[middle]) / 2
  }

  /// Which part of all answers was given in advance, in whole percent.
  var shareInAdvance: Int {
    let all = waits.count + inAdvance
    return all == 0 ? 0 : (inAdvance * 100 + all / 2) / all
  }
}
