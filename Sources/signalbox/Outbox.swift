import Console
import Synchronization

/// What the person sent and what is on its way to the journal: one after another, beside the loop.
///
/// Nobody leaves before it is empty, see ``finish()``; what came of each is told to the console in either case.
final class Outbox: Sendable {
  private struct State {
    var last: Task<Void, Never>?
    var results: [(request: Int, result: SubmitResult)] = []
    var underWay = 0
  }

  private let state = Mutex(State())

  /// Sends something when everything before it was sent, and then tells what came of it.
  func add(
    _ request: Int, send: @escaping @Sendable () async -> SubmitResult,
    tell: @escaping @Sendable (SubmitResult) -> Void
  ) {
    state.withLock { state in
      let before = state.last
      state.underWay += 1
      state.last = Task { [self] in
        await before?.value
        let result = await send()
        self.state.withLock { state in
          state.underWay -= 1
          state.results.append((request, result))
        }
        tell(result)
      }
    }
  }

  /// Whether something is on its way.
  var isBusy: Bool { state.withLock { $0.underWay > 0 } }

  /// Waits until nothing is on its way; what came of what was when this was asked, and nothing where nothing was.
  func finish() async -> [(request: Int, result: SubmitResult)] {
    let last = state.withLock { state in
      defer { state.results = [] }
      return state.underWay > 0 ? state.last : nil
    }
    guard let last else { return [] }
    await last.value
    return state.withLock { $0.results }
  }
}
