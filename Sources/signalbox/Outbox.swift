import Console
import Synchronization

/// What the person sent and what is on its way to the journal: one after another, beside the loop.
///
/// Nobody leaves before it is empty, see ``finish()``; what came of each is told to the console in either case.
final class Outbox: Sendable {
  private struct State {
    var last: Task<SubmitResult, Never>?
    var underWay: [Int: Task<SubmitResult, Never>] = [:]
  }

  private let state = Mutex(State())

  /// Sends something when everything before it was sent, and then tells what came of it.
  func add(
    _ request: Int, send: @escaping @Sendable () async -> SubmitResult,
    tell: @escaping @Sendable (SubmitResult) -> Void
  ) {
    state.withLock { state in
      let task = Task { [self, before = state.last] in
        _ = await before?.value
        let result = await send()
        tell(result)
        self.state.withLock { $0.underWay[request] = nil }
        return result
      }
      state.last = task
      state.underWay[request] = task
    }
  }

  /// Whether something is on its way.
  var isBusy: Bool { state.withLock { !$0.underWay.isEmpty } }

  /// Waits for what is on its way now; what came of it.
  func finish() async -> [(request: Int, result: SubmitResult)] {
    var found: [(request: Int, result: SubmitResult)] = []
    for (request, task) in state.withLock({ $0.underWay }).sorted(by: { $0.key < $1.key }) {
      found.append((request, await task.value))
    }
    return found
  }
}
