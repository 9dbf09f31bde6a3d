import Dispatch
import Engine
import Foundation
import GRDB
import Synchronization

/// Takes appends in the order they come, and commits those that wait together as one (group commit).
///
/// One queue's thread does all writing, so that nothing waits for a disk on a thread that tasks share.
final class JournalWriter: Sendable {
  /// How many appends share a commit at most; at 64 the sync no longer dominates.
  static let largestBatch = 64

  /// An append that waits for its commit.
  struct Append: Sendable {
    var entries: [JournalEntry]
    var session: String
    var version: Int
    var epoch: Int?
    var request: String
    var reply: CheckedContinuation<AppendOutcome, any Error>
  }

  private enum Job: Sendable {
    case append(Append)
    case other(@Sendable (inout WriterState) -> Void)
  }

  private struct Inbox {
    var jobs: [Job] = []
    var isDraining = false
  }

  private let inbox = Mutex(Inbox())
  private let state: Mutex<WriterState>
  private let queue = DispatchQueue(label: "signalbox.journal.writer")

  init(files: JournalFiles, patience: Duration) {
    state = Mutex(WriterState(files: files, patience: patience))
  }

  func append(
    _ entries: [JournalEntry], to session: String, expecting version: Int, epoch: Int?, request: String
  ) async throws -> AppendOutcome {
    try await withCheckedThrowingContinuation { reply in
      submit(
        .append(
          Append(
            entries: entries, session: session, version: version, epoch: epoch, request: request, reply: reply)))
    }
  }

  /// Runs a body between two commits, on the writer's own thread.
  func perform<Value: Sendable>(_ body: @escaping @Sendable (inout WriterState) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { reply in
      submit(.other { state in reply.resume(with: Result { try body(&state) }) })
    }
  }

  /// Runs a body at once; for making and closing, when nobody else writes.
  func performNow<Value>(_ body: (inout WriterState) throws -> sending Value) rethrows -> sending Value {
    try state.withLock(body)
  }

  private func submit(_ job: Job) {
    let mustStart = inbox.withLock { inbox in
      inbox.jobs.append(job)
      defer { inbox.isDraining = true }
      return !inbox.isDraining
    }
    if mustStart { queue.async { self.drain() } }
  }

  private func drain() {
    while true {
      let jobs = inbox.withLock { inbox -> [Job] in
        if inbox.jobs.isEmpty { inbox.isDraining = false }
        defer { inbox.jobs.removeAll(keepingCapacity: true) }
        return inbox.jobs
      }
      if jobs.isEmpty { return }
      state.withLock { state in
        var batch: [Append] = []
        for job in jobs {
          switch job {
          case .append(let append):
            batch.append(append)
            if batch.count == Self.largestBatch { Self.commit(&batch, &state) }
          case .other(let body):
            Self.commit(&batch, &state)
            body(&state)
          }
        }
        Self.commit(&batch, &state)
      }
    }
  }

  private static func commit(_ batch: inout [Append], _ state: inout WriterState) {
    if batch.isEmpty { return }
    for (append, result) in zip(batch, state.commit(batch)) { append.reply.resume(with: result) }
    batch.removeAll(keepingCapacity: true)
  }
}
