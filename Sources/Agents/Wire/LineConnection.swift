import CSignalbox
import Foundation
import Glibc
import Synchronization

/// Two descriptors on which whole lines come and go: one thread reads, writes and waits, and nobody else ever blocks.
///
/// Reading never waits for writing, so two programs that write to each other at once cannot hold each other up.
final class LineConnection: Sendable {
  private struct State {
    var waiting: [UInt8] = []
    var isClosing = false
    var hasEnded = false
  }

  /// The most bytes that wait to be written before the other side counts as gone.
  private static let mostWaiting = 32 << 20
  /// How long the other side may take to read the last lines after `close`, in milliseconds.
  private static let lastWords: Int32 = 1_000

  private let input: Int32
  private let output: Int32
  private let owns: Bool
  private let limit: Int
  private let wake: Int32
  private let state = Mutex(State())

  /// Uses a connected socket, which becomes the connection's own.
  init(socket: Int32, limit: Int = 8 << 20) {
    input = socket
    output = socket
    owns = true
    self.limit = limit
    wake = signalbox_eventfd()
  }

  /// Uses an input and an output that stay the caller's, such as the standard ones. After the input's end it can still
  /// be written to, until `close`.
  init(input: Int32, output: Int32, limit: Int = 8 << 20) {
    self.input = input
    self.output = output
    owns = false
    self.limit = limit
    wake = signalbox_eventfd()
  }

  /// Starts the thread. `take` and `inputEnded` are called on it, one at a time and in order; `ended` comes last.
  func start(
    take: @escaping @Sendable (LineReader.Line) -> Void, inputEnded: @escaping @Sendable () -> Void = {},
    ended: @escaping @Sendable () -> Void = {}
  ) {
    let thread = Thread { [self] in
      work(take, inputEnded)
      state.withLock { state in
        state.hasEnded = true
        state.waiting = []
        // Here and nowhere else: nobody signals once it has ended.
        Glibc.close(wake)
        if owns { Glibc.close(input) }
      }
      ended()
    }
    thread.name = "lines"
    // Whatever a line holds is read on this thread: JSON of 512 levels needs some megabytes when nothing is optimized.
    thread.stackSize = 16 << 20
    thread.start()
  }

  /// Writes bytes soon and in order; after the end nothing happens.
  func send(_ bytes: [UInt8]) {
    state.withLock { state in
      guard !state.hasEnded, !state.isClosing else { return }
      state.waiting += bytes
      if state.waiting.count > Self.mostWaiting {
        state.waiting = []
        state.isClosing = true
      }
      _ = signalbox_eventfd_signal(wake)
    }
  }

  /// Ends the connection once what was sent is written, or after a second.
  func close() {
    state.withLock { state in
      guard !state.hasEnded else { return }
      state.isClosing = true
      _ = signalbox_eventfd_signal(wake)
    }
  }

  private func work(_ take: (LineReader.Line) -> Void, _ inputEnded: () -> Void) {
    var reader = LineReader(limit: limit)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 8)
    defer { buffer.deallocate() }
    var isReading = true
    while true {
      let (isEmpty, isClosing) = state.withLock { ($0.waiting.isEmpty, $0.isClosing) }
      if isClosing, isEmpty { return }
      // A descriptor of -1 is passed over.
      var waited = [
        pollfd(fd: isReading && !isClosing ? input : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isEmpty ? -1 : output, events: Int16(POLLOUT), revents: 0),
      ]
      let count = poll(&waited, 3, isClosing ? Self.lastWords : -1)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      if waited[1].revents != 0 {
        var number: UInt64 = 0
        _ = read(wake, &number, MemoryLayout<UInt64>.size)
      }
      if waited[2].revents != 0, !write() { return }
      guard waited[0].revents != 0 else { continue }
      let size = read(input, buffer.baseAddress, buffer.count)
      if size < 0, errno == EINTR || errno == EAGAIN { continue }
      if size > 0 {
        for line in reader.take(buffer[..<size]) { take(line) }
      } else {
        if let rest = reader.end() { take(rest) }
        isReading = false
        inputEnded()
        if owns { return }
      }
    }
  }

  /// Writes as much as goes without waiting; whether the other side still reads.
  private func write() -> Bool {
    state.withLock { state in
      // A pipe that may be written to takes this much without waiting (PIPE_BUF); a socket of ours never waits.
      let most = owns ? state.waiting.count : min(state.waiting.count, 4_096)
      guard most > 0 else { return true }
      let size = state.waiting.withUnsafeBytes { bytes in
        owns
          ? Glibc.send(output, bytes.baseAddress, most, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
          : Glibc.write(output, bytes.baseAddress, most)
      }
      if size < 0 { return errno == EINTR || errno == EAGAIN }
      state.waiting.removeFirst(size)
      return true
    }
  }
}
