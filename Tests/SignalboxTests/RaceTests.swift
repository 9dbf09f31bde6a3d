import Engine
import Foundation
import JournalSQLite
import Kernel
import Testing

/// Many who answer one decision at once: one wins, every other is told who and what, and asking twice is asking once. Over
/// the journal that people use. Covers OpenSession, SQLiteJournal, Decide.
@Suite(.serialized) struct RaceTests {
  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("signalbox-race-\(UUID().uuidString)").path

  /// Who won, and whom the others were told.
  actor Outcome {
    private(set) var won: [String] = []
    private(set) var told: [String: Int] = [:]
    func win(_ name: String) { won.append(name) }
    func tell(_ name: String) { told[name, default: 0] += 1 }
  }

  /// A session that has asked for an approval and has no engine.
  private func ask(_ id: String, in journal: any Journal) async throws -> Decision {
    let playbook = Playbook(
      id: "approve", scenario: 0, title: "Go on?", body: "{{session}}",
      options: [
        PlaybookOption(
          id: "yes", key: "y", title: "Yes", says: "", effect: .approve, noteRequired: false, confirm: nil),
        PlaybookOption(
          id: "no", key: "n", title: "No", says: "", effect: .requestChanges, noteRequired: false, confirm: nil),
      ], recommended: nil, situation: .approval)
    let workflow = Workflow(
      id: "race", title: "Race", version: 1, digest: "", fields: [], levels: [], modules: [],
      stages: [
        Stage(id: 1, name: "One", work: [.approval(playbook: "approve")], substages: []),
        Stage(id: 2, name: "Two", work: [.approval(playbook: "approve")], substages: []),
      ], gates: [], playbooks: [playbook])
    var open = OpenSession(id, in: journal)
    let creation = Creation(id: id, title: id, workspace: "/w", briefText: "# T", workflow: workflow)
    try await open.submit(Order(at: 1, by: "ada", demand: .create(creation)), request: "create")
    try await keep(&open)
    return try #require(open.session.openDecisions.first)
  }

  /// What an engine does before a question: it keeps the files.
  private func keep(_ open: inout OpenSession) async throws {
    guard case .keep(let attempt)? = open.session.outstanding.first else { return }
    let epoch = open.session.epoch + 1
    for (name, demand) in [
      ("lease", Demand.takeLease(holder: "e", epoch: epoch)), ("start", .start(.keep(attempt: attempt), epoch: epoch)),
      ("kept", .reportKept(attempt: attempt, outcome: .kept(tree: "t", files: [], edits: []))),
      ("release", .releaseLease(epoch: epoch)),
    ] {
      try await open.submit(
        Order(at: 1, by: "engine", demand: demand), epoch: epoch, request: "\(name)-\(epoch)-\(attempt)")
    }
  }

  @Test func sixtyFourAnswerAtOnceAndOneWins() async throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let journal = try SQLiteJournal(path: path + "/journal.db")
    for round in 0..<200 {
      let session = "race-\(round)"
      let decision = try await ask(session, in: journal)
      let before = try await OpenSession.open(session, in: journal).session.version
      let outcome = Outcome()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<64 {
          group.addTask {
            var open = try await OpenSession.open(session, in: journal)
            let answer = Answer(
              decision: decision.id, option: number % 2 == 0 ? "yes" : "no", digest: decision.digest)
            let order = Order(at: 2, by: "person-\(number)", demand: .answer(answer))
            do {
              try await open.submit(order, request: "answer-\(number)")
              await outcome.win("person-\(number)")
              // The reply was lost, and the same request comes again: the first result stands and nothing is added.
              var again = try await OpenSession.open(session, in: journal)
              let version = again.session.version
              _ = try? await again.submit(order, request: "answer-\(number)")
              try await again.refresh()
              #expect(again.session.version == version)
            } catch Refusal.alreadyAnswered(_, _, let by, _) {
              await outcome.tell(by)
            }
          }
        }
        try await group.waitForAll()
      }
      let winners = await outcome.won
      #expect(winners.count == 1, "round \(round): \(winners)")
      #expect(await outcome.told == [winners.first ?? "": 63], "round \(round)")
      let after = try await OpenSession.open(session, in: journal).session
      #expect(after.decision(decision.id)?.answer?.by == winners.first)
      #expect(after.version > before)
    }
  }
}
