import Engine
import Foundation
import Kernel
import Synchronization

extension AgentDesk {
  /// A desk behind which nobody stands: it records nothing and answers every question after a moment.
  ///
  /// With it the road from an agent to the desk can be tried out without a session.
  public static func rehearsal(answeringAfter pause: Duration = .seconds(1)) -> AgentDesk {
    let stage = RehearsalStage(pause: pause)
    let task = TaskRecord(
      id: "rehearsal", title: "Rehearsal", stage: 0, substage: nil, role: "developer", performer: "rehearsal",
      expectedFiles: [], maxAttempts: 1)
    return AgentDesk(
      Assignment(
        session: Session(), task: task, workspace: EmptyWorkspace(), folder: SessionFolder(path: "/nonexistent"),
        transcript: Transcript(path: "/dev/null"), note: { _, _ in }, raise: { await stage.raise($0) },
        follow: { _, isEnough in try await stage.follow(isEnough) }))
  }
}

/// The session of a rehearsal: it lives in memory and is gone with it.
private actor RehearsalStage {
  private let pause: Duration
  private var session = Session()
  private var audience: [Int: AsyncStream<Session>.Continuation] = [:]
  private var seats = 0

  init(pause: Duration) { self.pause = pause }

  func raise(_ callback: Callback) -> String {
    var taken = callback
    taken.id = "C-\(session.callbacks.count + 1)"
    taken.task = "rehearsal"
    session.callbacks.append(taken)
    let id = taken.id
    if taken.kind.wantsAnswer {
      Task {
        try? await Task.sleep(for: pause)
        answer(id)
      }
    }
    return id
  }

  private func answer(_ id: String) {
    guard let place = session.callbacks.firstIndex(where: { $0.id == id }) else { return }
    session.callbacks[place].answer = CallbackAnswer(text: "rehearsal", by: "nobody", at: currentMoment())
    for listener in audience.values { listener.yield(session) }
  }

  func follow(_ isEnough: @Sendable (Session) -> Bool) async throws -> Session {
    if isEnough(session) { return session }
    seats += 1
    let seat = seats
    let (states, post) = AsyncStream.makeStream(of: Session.self)
    audience[seat] = post
    defer { audience[seat] = nil }
    for await state in states where isEnough(state) { return state }
    throw CancellationError()
  }
}

/// A folder that holds nothing and takes nothing.
private struct EmptyWorkspace: Workspace {
  private static let words = WorkspaceRefusal("This is a rehearsal; there are no files.")

  var root: String { "/nonexistent" }
  func write(_ bytes: [UInt8], to path: String, executable: Bool) async throws { throw Self.words }
  func read(_ path: String, limit: Int) async throws -> [UInt8] { throw Self.words }
  func remove(_ path: String) async throws { throw Self.words }
  func read(_ path: String, of tree: String, limit: Int) async throws -> [UInt8]? { nil }
  func files() async throws -> [WorkspaceFile] { [] }
  func checkpoint(named name: String, message: String) async throws -> String { throw Self.words }
  func restore(tree: String) async throws -> RestoreSummary { throw Self.words }
  func files(of tree: String) async throws -> [WorkspaceFile] { [] }
  func tree() async throws -> String { throw Self.words }
  func changes(since tree: String) async throws -> [WorkspaceChange] { [] }
  func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String]) async throws
    -> String
  { throw Self.words }
}
