import Console
import Synchronization

/// Writes down where the person is, beside the loop and at most once in a while: no key waits for a disk.
///
/// What they typed is another matter, see ``ConsoleMemory``; that is on the disk before the next key is taken.
final class PlaceKeeping: Sendable {
  private struct State {
    var wanted: Memory?
    var isWaiting = false
  }

  private let memory: ConsoleMemory
  private let state = Mutex(State())

  init(_ memory: ConsoleMemory) { self.memory = memory }

  /// Takes note of a place; the last one of a while is written.
  func keep(_ place: Memory) {
    let isFirst = state.withLock { state in
      defer { state.isWaiting = true }
      state.wanted = place
      return !state.isWaiting
    }
    guard isFirst else { return }
    Task.detached(priority: .background) { [self] in
      try? await Task.sleep(for: .seconds(1))
      finish()
    }
  }

  /// Writes what is not written yet.
  func finish() {
    // Under the lock, so that whoever leaves waits for a write that has begun.
    state.withLock { state in
      state.isWaiting = false
      guard let place = state.wanted else { return }
      state.wanted = nil
      memory.keep(place)
    }
  }
}
