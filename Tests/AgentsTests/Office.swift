import Engine
import Foundation
import Kernel
import Synchronization

@testable import Agents

/// A session in memory with one task, its workspace, and a person who can answer.
actor Office {
  private(set) var session = Session()
  private(set) var notes: [String] = []
  private var audience: [Int: AsyncStream<Session>.Continuation] = [:]
  private var seats = 0
  private(set) var waiting = 0
  private let task: TaskRecord
  let workspace: Shelf

  /// How a person answers what an agent asks: by the agent's identifier of an option; `nil` when the question is void.
  private var person: (@Sendable (Decision) -> Reply)?

  /// What a person makes of a question.
  enum Reply: Sendable {
    case choose(String)
    case void
    case wait
  }

  private let folder: String

  init(
    expectedFiles: [String] = [], files: [String: String] = [:], root: String? = nil, folder: String = "/nonexistent"
  ) {
    self.folder = folder
    task = TaskRecord(
      id: "4.1-models", title: "Models", stage: 4, substage: "4.1", role: "developer", performer: "acp",
      expectedFiles: expectedFiles,
      maxAttempts: 3)
    workspace = Shelf(files, root: root)
    session.id = "office"
    session.tasks = [task]
    session.title = "Note keeper"
    session.inFlight = [.perform(task: task.id, attempt: task.attempt)]
  }

  func change(_ body: @Sendable (inout Session) -> Void) {
    body(&session)
    for listener in audience.values { listener.yield(session) }
  }

  func answer(_ id: String, _ text: String, by person: String = "ana") {
    change { session in
      guard let place = session.callbacks.firstIndex(where: { $0.id == id }) else { return }
      session.callbacks[place].answer = CallbackAnswer(text: text, by: person, at: 1)
    }
  }

  /// Waits until so many callbacks were raised, and so many calls wait for a person.
  func until(callbacks: Int, waiting wanted: Int) async {
    while session.callbacks.count < callbacks || waiting != wanted { try? await Task.sleep(for: .milliseconds(5)) }
  }

  var assignment: Assignment {
    Assignment(
      session: session, task: task, workspace: workspace, folder: SessionFolder(path: folder),
      transcript: Transcript(path: "/dev/null"), note: { _, text in await self.note(text) },
      raise: { await self.raise($0) }, order: { try await self.order($0) },
      follow: { forPerson, isEnough in try await self.follow(forPerson, isEnough) })
  }

  /// Has a person answer from now on.
  func ask(_ person: @escaping @Sendable (Decision) -> Reply) { self.person = person }

  /// Takes an order as the engine does.
  @discardableResult
  func order(_ demand: Demand, by: String = "stub") throws -> Session {
    let events = try decide(Order(at: 1, by: by, demand: demand), in: session)
    // Without stages it would be complete at once.
    change { session in for event in events where event.fact != .sessionCompleted { session.apply(event) } }
    if case .askPermission(let request) = demand, let decision = session.decision(for: request), let person {
      switch person(decision) {
      case .choose(let target):
        guard let option = decision.options.first(where: { $0.target == target && $0.id != Decision.grantOption })
        else {
          break
        }
        let answer = Answer(decision: decision.id, option: option.id, digest: decision.digest)
        try order(.answer(answer), by: "ana")
      case .void: try order(.voidPermission(decision.subject, reason: "as recorded"), by: "engine")
      case .wait: break
      }
    }
    return session
  }

  private func note(_ text: String) { notes.append(text) }

  private func raise(_ callback: Callback) -> String {
    let isKnown = session.callbacks.contains { $0.kind == callback.kind && $0.text == callback.text }
    // As the engine has it: what an earlier attempt said already has no identifier of this one.
    if isKnown { return "" }
    var taken = callback
    taken.id = "C-\(session.callbacks.count + 1)"
    taken.from = "bob"
    taken.task = task.id
    change { [taken] in $0.callbacks.append(taken) }
    return taken.id
  }

  private func follow(_ forPerson: Bool, _ isEnough: @Sendable (Session) -> Bool) async throws -> Session {
    if isEnough(session) { return session }
    if forPerson { waiting += 1 }
    defer { if forPerson { waiting -= 1 } }
    seats += 1
    let seat = seats
    let (states, post) = AsyncStream.makeStream(of: Session.self)
    audience[seat] = post
    defer { audience[seat] = nil }
    for await state in states where isEnough(state) { return state }
    throw CancellationError()
  }
}

/// A workspace that can be read and listed; what is written to it lies in a real folder where it has one.
final class Shelf: Workspace {
  let root: String
  private let isReal: Bool
  private let contents: Mutex<[String: String]>

  init(_ files: [String: String], root: String? = nil) {
    contents = Mutex(files)
    self.root = root ?? "/shelf"
    isReal = root != nil
  }

  func put(_ text: String, at path: String) { contents.withLock { $0[path] = text } }
  func write(_ bytes: [UInt8], to path: String, executable: Bool) async throws {
    put(String(decoding: bytes, as: UTF8.self), at: path)
    if isReal { try Data(bytes).write(to: URL(fileURLWithPath: "\(root)/\(path)")) }
  }
  func read(_ path: String, limit: Int) async throws -> [UInt8] {
    guard let text = contents.withLock({ $0[path] }) else { throw WorkspaceRefusal("no \(path)") }
    return Array(text.utf8.prefix(limit))
  }
  func remove(_ path: String) async throws {}
  func read(_ path: String, of tree: String, limit: Int) async throws -> [UInt8]? { nil }
  func files() async throws -> [WorkspaceFile] {
    contents.withLock { $0 }.map { WorkspaceFile(path: $0.key, hash: "", size: $0.value.utf8.count, mode: "100644") }
  }
  func checkpoint(named name: String, message: String) async throws -> String { "" }
  func restore(tree: String) async throws -> RestoreSummary { RestoreSummary(restored: [], removed: []) }
  func files(of tree: String) async throws -> [WorkspaceFile] { [] }
  func tree() async throws -> String { "" }
  func changes(since tree: String) async throws -> [WorkspaceChange] { [] }
  func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String]) async throws
    -> String
  { "" }
}
