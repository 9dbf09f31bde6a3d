import Testing

@testable import Kernel

// covers Order.swift

@Suite("Order")
struct OrderTests {
  static let refusals: [Refusal] = [
    .alreadyCreated(session: "s"), .notCreated, .ended(state: .aborted), .unknownDecision("D-9", open: ["D-1"]),
    .unknownDecision("D-9", open: []), .alreadyAnswered(decision: "D-1", option: "approve", by: "Ada", at: 1),
    .withdrawn(decision: "D-1", reason: "moot."), .unknownOption("sing", valid: ["a", "b"]),
    .stale(decision: "D-1", current: "ff"), .noteRequired(option: "waive"),
    .confirmationRequired(option: "abort", word: "s"), .field(name: "Level", problem: "no."),
    .fenced(epoch: 1, current: 2), .fenced(epoch: 2, current: 2), .staleReport("task plan, attempt 1"),
    .notNow(demand: "Pausing", because: "it is paused.", instead: "Resume it."),
  ]

  @Test("Every refusal says why, in a sentence, and shows a way out, in another", arguments: refusals)
  func words(refusal: Refusal) {
    let words = refusal.words
    #expect(words.why.last == "." || words.why.last == "!")
    #expect(words.instead.last == ".")
    #expect(words.why.first?.isUppercase == true || words.why.hasPrefix("D-"))
    #expect(words.instead.first?.isUppercase == true || words.instead.hasPrefix("`"))
    #expect(words.why != words.instead)
  }

  @Test("A refusal names what a person needs to go on")
  func names() {
    #expect(Refusal.alreadyAnswered(decision: "D-1", option: "approve", by: "Ada", at: 1).words.why.contains("Ada"))
    #expect(Refusal.unknownDecision("D-9", open: ["D-1", "D-2"]).words.instead.contains("D-1, D-2"))
    #expect(Refusal.unknownOption("sing", valid: ["a", "b"]).words.instead.contains("a, b"))
    #expect(Refusal.confirmationRequired(option: "abort", word: "demo").words.instead.contains("--confirm demo"))
    #expect(Refusal.fenced(epoch: 1, current: 3).words.why.contains("epoch 3"))
    #expect(Refusal.field(name: "Level", problem: "7 is no level.").words.instead.contains("--set 'Level=VALUE'"))
    #expect(Refusal.ended(state: .completed).words.why.contains("completed"))
  }

  @Test("A report claims nothing by itself")
  func report() {
    #expect(TaskReport() == TaskReport(files: [], planned: nil, shortcomings: nil, tree: nil, notices: []))
  }
}
