import Kernel
import Screen
import Testing

@testable import Console

// covers Linear.swift, LinearCommands.swift, LinearQuestions.swift

/// A console of lines and fake engines, wired as the shell wires them.
struct LineDesk {
  var engines: [FakeEngine]
  var console: LinearConsole
  var intents: [Intent] = []
  var said: [String] = []
  /// Whether the shell answers when it is asked to look at files.
  var looks = true

  init(_ engines: [FakeEngine]) {
    self.engines = engines
    console = LinearConsole(Model.console(80, 24))
    take(console.take(.moment((engines.map(\.moment).max() ?? Fixture.start) + 5000)))
    publish()
    said = console.begin()
  }

  mutating func publish() { take(console.take(.sessions(engines.map(\.snapshot)))) }

  mutating func take(_ output: LinearConsole.Output) {
    said += output.lines
    for intent in output.intents {
      intents.append(intent)
      switch intent {
      case .weigh(let weighing):
        if looks { take(console.take(.weighed(weighing, weighing.consequences, trouble: nil))) }
      case .writeReport(let session):
        take(console.take(.reported(session: session, "# QA report\n\nOf \(session).", trouble: nil)))
      case .submit(let session, let demand, let request):
        guard let index = engines.firstIndex(where: { $0.session.id == session }) else { continue }
        if let refusal = engines[index].take(demand, by: "ana") {
          let (why, instead) = refusal.words
          take(console.take(.submitted(request, .refused(why: why, instead: instead))))
        } else {
          take(console.take(.submitted(request, .accepted)))
        }
        publish()
      default: break
      }
    }
  }

  /// Types a line as a person does: after hearing what was said.
  @discardableResult
  mutating func type(_ lines: String...) -> [String] {
    for line in lines {
      wait(500)
      said = []
      take(console.type(line))
    }
    return said
  }

  mutating func wait(_ milliseconds: Int64) {
    let end = console.model.now + milliseconds
    while console.model.now < end { take(console.take(.moment(min(end, console.model.now + 60)))) }
  }

  mutating func work(_ index: Int = 0) {
    engines[index].work()
    publish()
    wait(1100)
  }

  var submitted: [Demand] {
    intents.compactMap { if case .submit(_, let demand, _) = $0 { demand } else { nil } }
  }

  var text: String { said.joined(separator: "\n") }
}

@Suite("The console of lines")
struct LinearTests {
  @Test("a day in lines: three sessions, decisions, a waiver, a rollback, an undo, an end, report and package")
  func wholeDay() {
    var desk = LineDesk([
      FakeEngine("crm-bot", title: "CRM bot", brief: GoldenTests.halfBrief), FakeEngine("hotel"), FakeEngine("zoo"),
    ])
    desk.engines[0].failing = ["coverage"]
    desk.work(0)
    #expect(desk.text.contains("crm-bot ASK The brief leaves 2 things open"))
    // The gaps, field by field.
    desk.type("decide")
    #expect(desk.text.contains("1) Fill in what is missing. Recommended."))
    desk.type("1")
    #expect(desk.text.contains("Business context (needed)."))
    desk.type("Clients write; the bot answers.", "1")
    #expect(desk.text.contains("Type yes to send it"))
    desk.type("yes")
    #expect(desk.text.contains("Recorded: Fill in what is missing."))
    desk.work(0)
    #expect(desk.engines[0].session.level == 1)
    // The plan: changes with a note, which is asked for; then approval.
    desk.type("decide", "2")
    #expect(desk.text.contains("needs a note. Type it."))
    desk.type("smaller steps", "yes")
    #expect(desk.engines[0].session.stages[2].revision == 2)
    desk.work(0)
    desk.type("decide", "1", "yes")
    desk.work(0)
    // The failed gate: accepted with a reason.
    desk.type("decide", "2", "only a prototype", "yes")
    #expect(desk.engines[0].session.waivers.map(\.reason) == ["only a prototype"])
    desk.work(0)
    desk.type("decide", "1", "yes")
    #expect(desk.engines[0].session.state == .completed)
    // Another session: approved, taken back, approved.
    desk.work(1)
    desk.type("open hotel", "decide", "1", "yes")
    #expect(desk.engines[1].session.stages[2].approvals.count == 1)
    desk.type("undo")
    #expect(desk.text.contains("Take back the last answer in hotel?"))
    desk.type("a mistake")
    #expect(desk.text.contains("type hotel."))
    desk.type("yes")
    #expect(desk.text.contains("Nothing was ordered. Type hotel exactly, or no."))
    desk.type("hotel")
    #expect(desk.submitted.contains(.undo(reason: "a mistake")))
    #expect(desk.engines[1].session.stages[2].approvals.isEmpty)
    // Paused and resumed.
    desk.type("pause", "lunch", "yes")
    #expect(desk.engines[1].session.state == .paused)
    desk.type("resume", "yes")
    #expect(desk.engines[1].session.state != .paused)
    // The third is ended by its name.
    desk.type("open zoo", "abort", "zoo")
    #expect(desk.engines[2].session.state == .aborted)
    // Report and package.
    desk.type("open crm-bot", "report")
    #expect(desk.text.contains("Of crm-bot."))
    desk.type("export", "", "yes")
    #expect(desk.intents.contains(.export(session: "crm-bot", path: "./crm-bot-handoff.zip")))
    desk.type("quit")
    #expect(desk.intents.last == .quit)
    #expect(desk.text.contains("Sessions continue without the console"))
  }

  @Test("nothing is sent without its last word, and later sends nothing")
  func lastWord() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = LineDesk([engine])
    desk.type("decide", "1", "y")
    #expect(desk.text.contains("Nothing was sent. Type yes exactly, note, or no."))
    desk.type("YES", "", "approve", "no")
    #expect(desk.text.contains("Later: hotel keeps waiting for you. Nothing was sent."))
    #expect(desk.submitted.isEmpty)
    #expect(desk.console.model.place == .session("hotel"))
    // A word that ends a session must be its own.
    desk.type("decide", "4")
    #expect(desk.text.contains("Type hotel to send it"))
    desk.type("yes")
    #expect(desk.submitted.isEmpty)
  }

  @Test("lines that were typed before a question stood there answer nothing")
  func typedAhead() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = LineDesk([engine])
    // All at once, as from a paste.
    for line in ["decide", "1", "yes", "1", "yes"] { desk.take(desk.console.type(line)) }
    #expect(desk.submitted.isEmpty)
    #expect(desk.text.contains("typed before the question stood here"))
    desk.type("1")
    desk.take(desk.console.type("yes"))
    #expect(desk.submitted.count == 1)
  }

  @Test(
    "the end of input leaves, and answers nothing", arguments: [[], ["decide"], ["decide", "1"], ["undo"], ["pause"]])
  func endOfInput(_ lines: [String]) {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = LineDesk([engine])
    for line in lines { desk.type(line) }
    desk.take(desk.console.type(nil))
    #expect(desk.intents.last == .quit)
    #expect(desk.submitted.isEmpty)
  }

  @Test("what an option does to files is looked at before it can be sent")
  func looksFirst() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = LineDesk([engine])
    desk.type("decide", "1", "yes")
    desk.work()
    desk.looks = false
    desk.type("undo")
    #expect(desk.text == "Looking at the files." || desk.text.contains("Take back the last answer"))
    desk.type("later")
    #expect(desk.submitted.count == 1)
  }

  @Test("a question that somebody else answered is closed, and who it was is said")
  func lostRace() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = LineDesk([engine])
    desk.type("decide", "1")
    desk.engines[0].answer("approve", by: "ben")
    desk.publish()
    #expect(desk.text.contains("ben answered first"))
    #expect(desk.console.step == .command)
    desk.type("yes")
    #expect(desk.submitted.isEmpty)
  }

  @Test("a long question is said in pages, and not answered before its end")
  func pages() {
    var engine = FakeEngine(
      "hotel", brief: Fixture.fullBrief + (0..<80).map { "- Must: requirement \($0)\n" }.joined())
    engine.work()
    var desk = LineDesk([engine])
    let long = (0..<60).map { "line \($0)" }
    #expect(desk.console.paged(long).count == LinearConsole.page + 1)
    desk.console.rest = []
    desk.type("decide")
    // However long: it was said to its end, or the rest is offered and nothing can be chosen.
    while !desk.console.rest.isEmpty {
      desk.type("s")
      desk.type("1")
      #expect(desk.text.contains("not said to its end"))
      desk.type("read")
      while !desk.console.rest.isEmpty { desk.type("") }
    }
    desk.type("1")
    #expect(desk.text.contains("You chose Approve and begin to generate"))
  }

  @Test("however much happens at once, no problem and no end of a session is left out")
  func endIsTold() {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.answer("approve")
    engine.work()
    var desk = LineDesk([engine])
    desk.said = []
    for number in 0..<20 { desk.engines[0].take(.note(.info, text: "note \(number)"), by: "ana") }
    desk.engines[0].take(.note(.failure, text: "the disk is nearly full"), by: "ana")
    desk.engines[0].answer("accept")
    desk.engines[0].work()
    #expect(desk.engines[0].session.state == .completed)
    desk.publish()
    desk.wait(1100)
    #expect(desk.text.contains("the disk is nearly full") && desk.text.contains("The session is complete"))
    #expect(desk.text.contains("more event"))
  }

  @Test("no is a text where a text is asked for, and leaves nothing")
  func noAsText() {
    var engine = FakeEngine("crm-bot", brief: GoldenTests.halfBrief)
    engine.work()
    var desk = LineDesk([engine])
    desk.type("decide", "1", "no")
    #expect(desk.console.model.draft.fields["Business context"]?.text == "no")
    #expect(desk.console.step == .field(1))
    desk.type("later", "pause", "no")
    #expect(desk.console.model.dialog?.text == "no")
    desk.type("no")
    #expect(desk.text.contains("Nothing was ordered."))
    #expect(desk.submitted.isEmpty)
  }

  @Test("what was skipped is not heard, whatever happens meanwhile")
  func skipped() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = LineDesk([engine])
    desk.type("decide")
    // The rest of a long question, before it was said.
    desk.console.model.card?.wasRead = false
    desk.console.rest = ["the last line"]
    desk.type("s")
    desk.engines[0].take(.note(.info, text: "something happened"), by: "ana")
    desk.publish()
    desk.type("1")
    #expect(desk.text.contains("not said to its end"))
    desk.type("read", "1", "yes")
    #expect(desk.submitted.count == 1)
  }

  @Test("every action can be done or says why not, and unknown lines change nothing")
  func everyAction() {
    var engine = FakeEngine("hotel")
    engine.work()
    for action in Action.allCases where action != .quit {
      var desk = LineDesk([engine])
      desk.type("do \(action.rawValue)")
      desk.type("no", "no")
      #expect(desk.submitted.allSatisfy { if case .readCallback = $0 { true } else { false } }, "\(action.rawValue)")
    }
    var desk = LineDesk([engine])
    let before = desk.console.model.sessions
    for line in [
      "", " ", "42", "yes", "approve", "decide nothing", "read 1", "at x", "event 99999", "open ?", "\u{1B}[2J",
    ] {
      desk.type(line)
      #expect(!desk.text.unicodeScalars.contains("\u{1B}"))
    }
    #expect(desk.console.model.sessions == before)
    #expect(desk.submitted.isEmpty)
  }

  @Test("every command says something")
  func everyCommand() {
    var engine = FakeEngine("hotel")
    engine.work()
    for command in LinearCommand.all {
      var desk = LineDesk([engine])
      desk.type(command.name)
      #expect(!desk.said.isEmpty, "\(command.name) is silent")
      #expect(command.help.first?.isLowercase == true || command.help.hasPrefix("QA"))
    }
  }

  @Test("storms of random lines order nothing that was not confirmed by its word")
  func storms() {
    let words = LinearCommand.all.map(\.name) + ["1", "2", "3", "yes", "no", "", "hotel", "s", "later", "note", "text"]
    for seed in 0..<60 {
      var random = Seeded(state: UInt64(seed) &+ 7)
      var engine = FakeEngine("hotel")
      engine.work()
      var desk = LineDesk([engine])
      for _ in 0..<60 {
        let step = desk.console.step
        let count = desk.submitted.count
        let line = words[Int(random.next() % UInt64(words.count))]
        desk.type(line)
        let fresh = desk.submitted.dropFirst(count).filter { if case .readCallback = $0 { false } else { true } }
        guard !fresh.isEmpty else { continue }
        #expect([.send, .order].contains(step) && ["yes", "hotel"].contains(line), "\(step) took \(line)")
        desk.work()
      }
    }
  }

  private struct Seeded {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
  }

  @Test("events are told once, at most once a second, and questions at once")
  func pace() {
    var desk = LineDesk([FakeEngine("hotel")])
    desk.wait(2000)
    desk.said = []
    for number in 0..<20 {
      desk.engines[0].take(.note(.info, text: "note \(number)"), by: "ana")
      desk.publish()
    }
    #expect(desk.said.count <= 1)
    desk.wait(1100)
    let text = desk.text
    #expect(text.contains("note 1") && text.contains("more events. Type: feed 20"))
    desk.said = []
    desk.type("quiet on")
    desk.engines[0].take(.note(.info, text: "unheard"), by: "ana")
    desk.engines[0].take(.note(.failure, text: "heard"), by: "ana")
    desk.publish()
    desk.wait(1100)
    #expect(!desk.text.contains("unheard") && desk.text.contains("heard"))
  }

  @Test("the past is said as it stood, and nothing is ordered from there")
  func past() {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.answer("approve")
    engine.work()
    var desk = LineDesk([engine])
    desk.type("at 8")
    #expect(desk.text.contains("You look at the past"))
    #expect(desk.console.model.current?.session.version == 8)
    desk.type("pause")
    #expect(desk.text.contains("you look at the past"))
    desk.type("since")
    #expect(desk.text.contains("Approve and begin to generate (ana)"))
    desk.type("now", "status")
    #expect(!desk.text.contains("You look at the past"))
    #expect(desk.submitted.isEmpty)
  }
}
