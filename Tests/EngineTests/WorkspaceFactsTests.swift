import Foundation
import Kernel
import Testing

@testable import Engine

/// What the disk says of consequences (WorkspaceFacts), and answers that rest on files (AnswerSubmission).
@Suite struct WorkspaceFactsTests {
  let workspace = MemoryWorkspace()

  private func write(_ path: String, _ text: String) async throws {
    try await workspace.write(Array(text.utf8), to: path, executable: false)
  }

  @Test func filesAndLinesAreCountedByWhatWouldHappenToThem() async throws {
    try await write("kept.txt", "a\n")
    try await write("old.txt", "before\n")
    let target = try await workspace.checkpoint(named: "c", message: "")
    try await write("old.txt", "one\ntwo\nthree")
    try await write("new.txt", "one\ntwo\n")
    var session = Session()
    session.keptTree = try await workspace.checkpoint(named: "d", message: "")
    try await write("mine.txt", "my own\n")
    var asked = Consequences()
    asked.restoresTree = target
    let found = try await WorkspaceFacts(workspace).fill(asked, in: session)
    #expect(found.filesDiscarded == 2)
    #expect(found.filesRestored == 1)
    #expect(found.filesKept == 1)
    #expect(found.linesDiscarded == 3 + 2 + 1)
    #expect(found.personEdits == ["mine.txt"])
  }

  @Test func nothingIsCountedWhereNothingIsPutBack() async throws {
    try await write("a.txt", "a\n")
    var asked = Consequences()
    asked.filesKept = 7
    #expect(try await WorkspaceFacts(workspace).fill(asked, in: Session()) == asked)
  }

  /// What would be done is what is done: a restore changes exactly the files that were foreseen.
  @Test(arguments: 0..<40) func whatIsForeseenIsWhatARestoreDoes(_ seed: Int) async throws {
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    for number in 0..<next(12) { try await write("f\(number).txt", String(repeating: "x\n", count: next(4))) }
    let target = try await workspace.checkpoint(named: "c", message: "")
    for _ in 0..<next(12) { try await write("f\(next(16)).txt", String(repeating: "y\n", count: next(5))) }
    let before = Dictionary(uniqueKeysWithValues: try await workspace.files().map { ($0.path, $0.hash) })
    var asked = Consequences()
    asked.restoresTree = target
    let found = try await WorkspaceFacts(workspace).fill(asked, in: Session())
    _ = try await workspace.restore(tree: target)
    let after = Dictionary(uniqueKeysWithValues: try await workspace.files().map { ($0.path, $0.hash) })
    #expect(found.filesDiscarded == before.keys.filter { after[$0] == nil }.count)
    #expect(found.filesRestored == after.filter { before[$0.key] != $0.value }.count)
    #expect(found.filesKept == after.filter { before[$0.key] == $0.value }.count)
  }
}

/// Answers are bound to the files that were shown (AnswerSubmission).
@Suite struct AnswerSubmissionTests {
  let world: SupervisorTests

  init() throws { world = try SupervisorTests() }

  @Test func anAnswerOnFilesThatMovedIsRefusedAndAskedAnew() async throws {
    try await world.begin()
    _ = try await world.supervisor().run("tiny")
    var open = try await OpenSession.open("tiny", in: world.journal)
    let asked = try #require(open.session.openDecisions.first)
    #expect(asked.tree != nil)
    try await world.workspace.write(Array("mine".utf8), to: "mine.txt", executable: false)
    let submission = AnswerSubmission { [workspace = world.workspace] _ in workspace }
    let answer = Answer(decision: asked.id, option: "approve", digest: asked.digest)
    await #expect(throws: Refusal.self) {
      try await submission.submit(answer, to: &open, by: "ada", at: 5, request: "a")
    }
    let again = try #require(open.session.openDecisions.first)
    #expect(again.id != asked.id)
    #expect(again.subject == asked.subject)
    #expect(again.changes == ["mine.txt"])
    #expect(open.session.decision(asked.id)?.answer == nil)
    // What is shown now can be answered.
    try await submission.submit(
      Answer(decision: again.id, option: "approve", digest: again.digest), to: &open, by: "ada", at: 6, request: "b")
    #expect(open.session.decision(again.id)?.answer?.by == "ada")
  }

  @Test func anAnswerThatRestsOnNoFilesIsTaken() async throws {
    try await world.begin()
    _ = try await world.supervisor().run("tiny")
    var open = try await OpenSession.open("tiny", in: world.journal)
    let asked = try #require(open.session.openDecisions.first)
    try await world.workspace.write(Array("mine".utf8), to: "mine.txt", executable: false)
    let submission = AnswerSubmission { [workspace = world.workspace] _ in workspace }
    try await submission.submit(
      Answer(decision: asked.id, option: "pause", digest: asked.digest), to: &open, by: "ada", at: 5, request: "a")
    #expect(open.session.state == .paused)
  }
}
