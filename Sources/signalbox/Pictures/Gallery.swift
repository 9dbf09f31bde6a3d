import Console
import Generator
import Kernel
import Playbooks
import Reports
import Screen
import Theming

/// The pictures of the manual: each is a frame of the real console on staged sessions, written as SVG.
struct Gallery {
  /// One picture.
  struct Picture {
    /// The file's name, without its ending.
    var name: String
    /// What it shows, in a sentence.
    var title: String
    var svg: String
  }

  private let theme: Theme
  /// A session at work, one that waits for an approval, one whose gate failed, and one that is complete.
  private let working, waiting, failed, complete: StagedSession

  /// 2026-08-22 09:00:00 UTC.
  private static let start: Moment = 1_787_389_200_000

  init() throws {
    let library = Library(project: nil, person: nil)
    var workflow = try library.workflow("seven-stage")
    // No sample breaks a rule, and holding every line against every word is most of the time this takes.
    workflow.rules = []
    let generator = try SystemGenerator()
    func stage(_ id: String, _ brief: String, minutes: Moment) throws -> StagedSession {
      let found = try library.brief(brief)
      return try StagedSession(
        id, brief: StagedSession.Brief(title: found.title, text: found.text), workflow: workflow, generator: generator,
        at: Self.start + minutes * 60_000)
    }
    theme = try ThemeLibrary(folders: [ThemeLibrary.builtIn]).load("dark")
    working = try Self.atWork(stage("neighbourhood-library", "library", minutes: 54))
    waiting = try Self.waitingForApproval(stage("tea-shop", "shop", minutes: 48))
    failed = try Self.withAFailedGate(stage("shared-notes", "notes", minutes: 30))
    var last = try stage("choir-notes", "notes", minutes: 0)
    last.plan = failed.plan
    complete = try Self.completed(last)
  }

  // MARK: Sessions

  private static func atWork(_ staged: StagedSession) throws -> StagedSession {
    var staged = staged
    try staged.take(.reportContainment(.sandbox))
    var seen = 0
    let slip = TaskFailure(
      cause: .cognitive, message: "SyntaxError: line 41: unexpected indent", missing: [], type: "SyntaxError")
    staged.failures["Use cases"] = slip
    try approveUntilGenerating(&staged)
    try staged.work(until: { task in
      if task.substage == "4.3" { seen += 1 }
      return seen == 3
    })
    try staged.take(
      .raiseCallback(
        Callback(
          kind: .query, from: "developer02",
          text: "May a member have more than one loan of the same title? The brief says one copy each.",
          context: [], task: staged.session.inFlight.first.flatMap(Self.task))))
    // Several work side by side.
    while staged.session.inFlight.count < 3, try staged.begin() != nil {}
    return staged
  }

  private static func task(_ effect: Effect) -> String? {
    if case .perform(let id, _) = effect { id } else { nil }
  }

  private static func approveUntilGenerating(_ staged: inout StagedSession) throws {
    try staged.work()
    try staged.answer("approve")
    try staged.work()
    try staged.answer("approve")
  }

  private static func waitingForApproval(_ staged: StagedSession) throws -> StagedSession {
    var staged = staged
    try staged.work()
    return staged
  }

  private static func withAFailedGate(_ staged: StagedSession) throws -> StagedSession {
    var staged = staged
    staged.results["coverage"] = GateResult(
      passed: false, required: "60%", achieved: "52%",
      findings: [
        Finding(file: "src/notes/service.py", line: 41, code: "45%", message: "lines 41-58 are run by no test"),
        Finding(file: "src/notes/api.py", line: 12, code: "48%", message: "lines 12-30 are run by no test"),
      ], command: ["pytest", "--cov"], exitStatus: 0, evidence: "evidence/coverage.txt",
      evidenceHash: String(repeating: "4be1c0ff", count: 8), milliseconds: 14_000)
    try approveUntilGenerating(&staged)
    try staged.work()
    return staged
  }

  private static func completed(_ staged: StagedSession) throws -> StagedSession {
    var staged = staged
    try approveUntilGenerating(&staged)
    try staged.work()
    try staged.answer("approve")
    try staged.work()
    return staged
  }

  // MARK: Pictures

  /// All pictures, in the order of the manual.
  func pictures() -> [Picture] {
    let all = [complete, waiting, failed, working]
    return [
      picture("overview", "All sessions, those that need a person first", 110, 30, all, []),
      picture(
        "work", "A session at work: stages, feed, what needs you, tasks and gates", 120, 36, [working], ["enter"]),
      picture(
        "approval", "A decision with what its option would do, before anything is done", 110, 36, [waiting],
        ["D", "end", "y"]),
      picture(
        "going-back", "What going back a stage would run again and keep, before anything is done", 110, 36, [failed],
        ["D", "end", "b", "right"]),
      picture("board", "Who does what: the board of tasks and the agents", 120, 34, [working], ["enter", "3"]),
      picture("gates", "Gates with threshold, result and evidence", 120, 34, [failed], ["enter", "4"]),
      picture("past", "A session as it stood earlier", 110, 32, [complete], ["enter", "H", "H", ",", ","]),
      picture("report", "The QA report, read in the console", 110, 34, [complete], ["enter", "r"]),
      picture("narrow", "The overview in a window of 40 by 12", 40, 12, all, []),
      picture("narrow-decision", "A decision in a window of 40 by 12", 40, 12, [waiting], ["D", "end", "y"]),
    ]
  }

  private func picture(
    _ name: String, _ title: String, _ columns: Int, _ rows: Int, _ sessions: [StagedSession], _ keys: [String]
  ) -> Picture {
    var model = Model(
      person: "ada", offsetMinutes: 120, glyphs: .full, themes: ["dark"], theme: "dark",
      size: Size(columns: columns, rows: rows))
    var now = (sessions.map(\.moment).max() ?? Self.start) + 9_000
    func update(_ message: Message) {
      var messages = [message]
      while !messages.isEmpty {
        for intent in model.update(messages.removeFirst()) {
          switch intent {
          case .weigh(let question): messages.append(.weighed(question, Self.weighed(question), trouble: nil))
          case .writeReport(let id):
            guard let staged = sessions.first(where: { $0.session.id == id }) else { continue }
            messages.append(.reported(session: id, staged.report, trouble: nil))
          default: break
          }
        }
      }
    }
    update(.moment(now))
    update(.sessions(sessions.map(\.snapshot)))
    for key in keys {
      // A card counts keys only after a moment of quiet.
      for _ in 0..<10 {
        now += 60
        update(.moment(now))
      }
      if let key = Key(name: key) { update(.key(key)) }
    }
    now += 600
    update(.moment(now))
    return Picture(name: name, title: title, svg: model.view().svg(theme: theme, title: title))
  }

  /// What a look at the files would find.
  private static func weighed(_ question: Weighing) -> Consequences {
    var found = question.consequences
    found.filesKept = 1
    found.filesDiscarded = 1
    found.linesDiscarded = 84
    return found
  }
}

extension StagedSession {
  /// The QA report as it stands.
  var report: String {
    Documents.qaReport(
      session,
      ReportFacts(
        at: moment, engineVersion: Version.number, host: "desk", events: events.map(\.event),
        files: session.files.records.map { FileClaim(path: $0.path, hash: $0.hash) }))
  }
}
