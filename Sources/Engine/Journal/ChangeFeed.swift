import Synchronization

/// Tells any number of listeners which session's history grew.
///
/// Every journal uses it for `changes()`. A listener gets one element at once. One that falls behind loses names but
/// not the news: its newest element is then `nil`, "anything may have changed".
public final class ChangeFeed: Sendable {
  /// A listener's unread names are kept up to here; a person's console is never this far behind.
  private static let unread = 64

  private struct Listeners {
    var next = 0
    var open: [Int: AsyncStream<String?>.Continuation] = [:]
    var finished = false
  }

  private let listeners = Mutex(Listeners())

  /// Makes a feed without listeners.
  public init() {}

  deinit { finish() }

  /// How many streams are open.
  public var count: Int { listeners.withLock { $0.open.count } }

  /// Opens a stream; its first element (`nil`) is there at once. Dropping the stream closes it.
  public func listen() -> AsyncStream<String?> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: String?.self, bufferingPolicy: .bufferingNewest(Self.unread))
    continuation.yield(nil)
    let number = listeners.withLock { listeners -> Int? in
      if listeners.finished { return nil }
      listeners.next += 1
      listeners.open[listeners.next] = continuation
      return listeners.next
    }
    if let number {
      continuation.onTermination = { [weak self] _ in
        self?.listeners.withLock { _ = $0.open.removeValue(forKey: number) }
      }
    } else {
      continuation.finish()
    }
    return stream
  }

  /// Tells every listener that a session's history grew, or, with `nil`, that any may have.
  public func announce(_ session: String?) {
    for continuation in listeners.withLock({ Array($0.open.values) }) {
      // Dropping the oldest name would lose news; "anything" in its place does not.
      if case .dropped = continuation.yield(session) { continuation.yield(nil) }
    }
  }

  /// Ends every stream, and every later one after its first element.
  public func finish() {
    let open = listeners.withLock { listeners in
      listeners.finished = true
      defer { listeners.open = [:] }
      return Array(listeners.open.values)
    }
    for continuation in open { continuation.finish() }
  }
}
