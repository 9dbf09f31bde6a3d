import Kernel
import Screen
import Testing

@testable import Console

// covers Arming.swift

/// A small generator of numbers, the same on every machine.
struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension Key {
  /// Any key at all, letters most often.
  static func random(_ dice: inout Dice) -> Key {
    let named: [Key] = [
      .enter, .escape, .tab, .backTab, .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .backspace,
      .delete, .control("c"), .control("d"), .control("u"), .control("l"), .control("p"), .alt("f"),
      .paste("yes\nhotel\n"), .mouse(Mouse(.wheelDown, at: Point(column: 3, row: 3))), .focus(true),
    ]
    switch Int.random(in: 0..<10, using: &dice) {
    case 0..<6: return .character(Character(Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &dice))))
    case 6: return .character("фывапролджэёйцукен".randomElement(using: &dice) ?? "ф")
    case 7: return .function(Int.random(in: 1...12, using: &dice))
    default: return named.randomElement(using: &dice) ?? .enter
    }
  }
}

extension Intent {
  /// Whether it would answer a decision.
  var isAnswer: Bool {
    if case .submit(_, .answer, _) = self { true } else { false }
  }
}

extension Intent {
  /// Whether it would start a session.
  var isStart: Bool {
    if case .startSample = self { true } else { false }
  }

  /// Whether it would answer what an agent asked.
  var isReply: Bool {
    if case .submit(_, .answerCallback, _) = self { true } else { false }
  }

  /// Whether it would take something away without a question.
  var isGrave: Bool {
    switch self {
    case .submit(_, .undo, _), .submit(_, .abort, _): true
    default: false
    }
  }
}

@Suite("Typing storms")
struct StormTests {
  @Test(
    "a thousand streams of keys, typed before and while a decision appears, never answer it unarmed",
    arguments: 0..<4)
  func thousand(_ quarter: Int) {
    var waiting = FakeEngine("hotel")
    let before = waiting.snapshot
    waiting.work()
    let after = waiting.snapshot
    var opened = 0
    for seed in (quarter * 250)..<(quarter * 250 + 250) {
      var dice = Dice(state: UInt64(seed))
      var model = Model.console(80, 24)
      model.send(.moment(waiting.moment))
      model.send(.sessions([before]))
      let appearsAt = Int.random(in: 0..<25, using: &dice)
      for step in 0..<50 {
        if step == appearsAt { model.send(.sessions([after])) }
        // Typing: a key every 30 to 300 ms, which is never the quiet that arms the keys.
        model.wait(Int64.random(in: 30...300, using: &dice))
        let isArmed = model.card?.isArmed ?? false
        #expect(!isArmed, "seed \(seed) armed while keys came")
        if model.place == .decision { opened += 1 }
        let intents = model.update(.key(.random(&dice)))
        #expect(intents.filter(\.isAnswer).isEmpty, "seed \(seed) answered at key \(step)")
        #expect(intents.filter(\.isStart).isEmpty, "seed \(seed) started a session at key \(step)")
      }
    }
    // The storm is worth something only if cards were open in it.
    #expect(opened > 200)
  }

  /// Sessions just before and just after something is asked, of every kind a console must survive.
  private func moments(_ kind: Int) -> (before: SessionSnapshot, after: SessionSnapshot, again: SessionSnapshot) {
    var engine = RecoveryGoldenTests.failed()
    switch kind % 6 {
    case 0:
      // A question asked anew while somebody types: withdrawn, then raised under another name.
      let before = engine.snapshot
      engine.take(.look(tree: "0ther", changes: ["app/main.py"]), by: "ben")
      let after = engine.snapshot
      engine.work()
      return (before, after, engine.snapshot)
    case 1:
      let before = engine.snapshot
      engine.take(.rollBack(to: 3, substages: ["3.2"], reason: ""), by: "ben")
      engine.work()
      let after = engine.snapshot
      engine.take(.requestAbort(reason: ""), by: "ben")
      return (before, after, engine.snapshot)
    case 2:
      engine.answer("retry")
      let before = engine.snapshot
      engine.work()
      let after = engine.snapshot
      engine.take(.undo(reason: ""), by: "ben")
      engine.work()
      return (before, after, engine.snapshot)
    case 3:
      let before = engine.snapshot
      engine.take(.change(text: "Must: more", field: nil), by: "ben")
      engine.work()
      let after = engine.snapshot
      engine.take(.pause(reason: ""), by: "ben")
      return (before, after, engine.snapshot)
    case 4:
      // Somebody reads and answers what agents ask, while more is asked.
      engine = Fixture.team()
      let before = engine.snapshot
      engine.take(.raiseCallback(Callback(kind: .query, from: "developer02", text: "Which port?")))
      let after = engine.snapshot
      engine.take(.answerCallback("C-2", text: "yes"), by: "ben")
      return (before, after, engine.snapshot)
    default:
      engine = FakeEngine("hotel", workflow: Fixture.recovering)
      let before = engine.snapshot
      engine.unreachable = ["plan"]
      engine.work()
      let after = engine.snapshot
      engine.answer("wait", by: "ben")
      return (before, after, engine.snapshot)
    }
  }

  @Test(
    "a thousand storms over questions that come, change, close and come again answer, undo and end nothing",
    arguments: 0..<6)
  func recovering(_ kind: Int) {
    let (before, after, again) = moments(kind)
    var opened = 0
    var dialogs = 0
    for seed in 0..<200 {
      var dice = Dice(state: UInt64(50_000 + kind * 1_000 + seed))
      var model = Model.console(seed.isMultiple(of: 3) ? 40 : 80, seed.isMultiple(of: 3) ? 12 : 24)
      model.send(.moment(again.session.updatedAt))
      model.send(.sessions([before]))
      let first = Int.random(in: 0..<12, using: &dice)
      let second = first + Int.random(in: 1..<12, using: &dice)
      for step in 0..<32 {
        if step == first { model.send(.sessions([after])) }
        if step == second { model.send(.sessions([again])) }
        model.wait(Int64.random(in: 30...300, using: &dice))
        if model.place == .decision { opened += 1 }
        if model.place == .dialog { dialogs += 1 }
        // Somebody who reaches for the keys of this console more often than chance would.
        let likely: [Key] = [
          .character("D"), .character("u"), .character("X"), .character("8"), .character("a"), .enter, .right, .end,
        ]
        let key = Int.random(in: 0..<4, using: &dice) == 0 ? likely.randomElement(using: &dice) : .random(&dice)
        for intent in model.update(.key(key ?? .enter)) {
          #expect(!intent.isAnswer, "kind \(kind), seed \(seed) answered at key \(step)")
          #expect(!intent.isStart, "kind \(kind), seed \(seed) started a session at key \(step)")
          #expect(!intent.isGrave, "kind \(kind), seed \(seed) took something away at key \(step): \(intent)")
          #expect(!intent.isReply, "kind \(kind), seed \(seed) answered an agent at key \(step)")
        }
        #expect(model.card?.isArmed != true || model.card?.phase != .open, "kind \(kind), seed \(seed) armed")
      }
    }
    #expect(opened > 200)
    #expect(dialogs > 100)
  }

  @Test("with pauses, an answer to a question that moves still needs arming, reading, and a look at the files")
  func pausesWhileMoving() {
    var answers = 0
    for seed in 0..<80 {
      var dice = Dice(state: UInt64(90_000 + seed))
      let (before, after, again) = moments(seed)
      var model = Model.console(80, 24)
      model.send(.moment(again.session.updatedAt))
      model.send(.sessions([before]))
      for step in 0..<60 {
        if step == 20 { model.send(.sessions([after])) }
        if step == 40 { model.send(.sessions([again])) }
        model.wait(Int64.random(in: 30...900, using: &dice))
        let card = model.card
        let dialog = model.dialog
        let keys: [Key] = [.character("D"), .character("r"), .enter, .end, .down, .right, .random(&dice)]
        for intent in model.update(.key(keys.randomElement(using: &dice) ?? .enter)) {
          if intent.isGrave {
            #expect(dialog?.isArmed == true && dialog?.wasRead == true && dialog?.untyped == nil)
          }
          guard intent.isAnswer else { continue }
          answers += 1
          #expect(card?.isArmed == true && card?.wasRead == true && card?.phase == .open)
          guard let choice = card?.choice else {
            Issue.record("seed \(seed) answered without a choice")
            continue
          }
          #expect(card?.effectsRead.contains(choice) == true && card?.effects[choice]?.isLooking == false)
        }
      }
    }
    #expect(answers > 0)
  }

  @Test("with pauses, an answer comes only from an armed, read card with a choice made in it")
  func pauses() {
    var engine = FakeEngine("hotel")
    engine.work()
    var answers = 0
    for seed in 0..<200 {
      var dice = Dice(state: UInt64(10_000 + seed))
      var model = Model.console(80, 24)
      model.send(.moment(engine.moment))
      model.send(.sessions([engine.snapshot]))
      for _ in 0..<60 {
        model.wait(Int64.random(in: 30...900, using: &dice))
        let card = model.card
        let place = model.place
        let keys: [Key] = [.character("D"), .character("a"), .enter, .end, .random(&dice)]
        for intent in model.update(.key(keys.randomElement(using: &dice) ?? .enter)) where intent.isAnswer {
          answers += 1
          #expect(place == .decision)
          #expect(card?.isArmed == true)
          #expect(card?.wasRead == true)
          #expect(card?.choice != nil)
        }
      }
    }
    #expect(answers > 0)
  }

  @Test("keys come alive after 350 ms without a key, counted from the moment after the last one")
  func arming() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("D")
    #expect(model.wakeAfter == 60)
    // The first moment after the key may lie long behind it; the quiet is counted from there.
    model.send(.moment(engine.moment + 10_000))
    #expect(model.card?.isArmed == false)
    model.send(.moment(engine.moment + 10_349))
    #expect(model.card?.isArmed == false)
    model.press("a")
    model.send(.moment(engine.moment + 10_400))
    model.send(.moment(engine.moment + 10_749))
    #expect(model.card?.isArmed == false)
    model.send(.moment(engine.moment + 10_750))
    #expect(model.card?.isArmed == true)
    #expect(model.card?.choice == nil)
    // A clock that jumps back begins the quiet anew in a card that is opened afterwards.
    model.press("esc", "D")
    model.send(.moment(engine.moment + 20_000))
    model.send(.moment(engine.moment))
    model.send(.moment(engine.moment + 349))
    #expect(model.card?.isArmed == false)
  }

  @Test("pasted text never answers, and goes only into texts")
  func paste() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    _ = model.update(.key(.paste("D")))
    #expect(model.card == nil)
    model.press("D")
    model.wait(600)
    model.press("end", "a")
    #expect(model.update(.key(.paste("\n"))).isEmpty)
    #expect(model.view().text.contains("Pasted text goes only into texts; none has the keys now."))
    model.press("tab")
    _ = model.update(.key(.paste("a note\nof two lines")))
    #expect(model.draft.note.text == "a note of two lines")
  }
}
