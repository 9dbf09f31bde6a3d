import Foundation
import Glibc
import Synchronization

/// Says that a program takes nothing more on its standard input.
public struct InputClosed: Error, Equatable, Sendable, CustomStringConvertible {
  /// The sentence.
  public var description: String { "The program takes nothing more on its standard input." }
}

/// Writes to a program's standard input on a thread of its own: piece after piece, and never a part of one between two
/// parts of another.
final class InputWriter: Sendable {
  private struct Piece {
    var bytes: [UInt8]
    var written: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var queue: [Piece] = []
    /// Whether it is closed once everything is written, or at once.
    var isClosing = false
    var isAbandoned = false
    var isClosed = false
  }

  private let state = Mutex(State())
  private let wake: Wake

  /// Takes the write end over.
  init(_ descriptor: Int32) throws {
    wake = try Wake()
    // The program's end stays as it is: each end has settings of its own.
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    Thread.detachNewThread { [self] in
      // A closed pipe is an error to tell and not the end of this process.
      var blocked = sigset_t()
      sigemptyset(&blocked)
      sigaddset(&blocked, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &blocked, nil)
      run(descriptor)
      close(descriptor)
      let rest = state.withLock { state in
        state.isClosed = true
        defer { state.queue = [] }
        return state.queue
      }
      for piece in rest { piece.written.resume(throwing: InputClosed()) }
    }
  }

  deinit { close(wake.descriptor) }

  /// Writes bytes and returns once the system has taken all of them.
  ///
  /// - Throws: ``InputClosed``.
  func write(_ bytes: [UInt8]) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let isTaken = state.withLock { state in
        guard !state.isClosed, !state.isClosing, !state.isAbandoned else { return false }
        state.queue.append(Piece(bytes: bytes, written: continuation))
        return true
      }
      if isTaken { wake.ring() } else { continuation.resume(throwing: InputClosed()) }
    }
  }

  /// Closes it once everything given so far is written.
  func finish() {
    state.withLock { $0.isClosing = true }
    wake.ring()
  }

  /// Closes it at once.
  func abandon() {
    state.withLock { $0.isAbandoned = true }
    wake.ring()
  }

  private func run(_ descriptor: Int32) {
    while true {
      let (piece, isOver) = state.withLock { state -> (Piece?, Bool) in
        if state.isAbandoned { return (nil, true) }
        guard !state.queue.isEmpty else { return (nil, state.isClosing) }
        return (state.queue.removeFirst(), false)
      }
      if isOver { return }
      guard let piece else {
        // A program that closes its end is noticed here too, so that nothing is kept open for nobody.
        guard wait(descriptor, for: 0) else { return }
        continue
      }
      let isWritten = write(piece.bytes, to: descriptor)
      if isWritten { piece.written.resume() } else { piece.written.resume(throwing: InputClosed()) }
      if !isWritten { return }
    }
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      }
      if count >= 0 {
        done += count
      } else if errno == EAGAIN {
        guard wait(descriptor, for: POLLOUT), !state.withLock({ $0.isAbandoned }) else { return false }
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  /// Waits for an event of the pipe or a call; whether the pipe still has a reader.
  private func wait(_ descriptor: Int32, for event: Int32) -> Bool {
    var events = [
      pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: descriptor, events: Int16(event), revents: 0),
    ]
    _ = poll(&events, 2, -1)
    if events[0].revents != 0 { wake.rest() }
    return events[1].revents & Int16(POLLERR | POLLNVAL) == 0
  }
}
