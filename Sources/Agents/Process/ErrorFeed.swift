import Engine
import Foundation
import Glibc
import Synchronization

/// What a program wrote to its standard error.
public struct StandardError: Equatable, Sendable {
  /// The first and the last 32 KiB, with a line between them that says how much is missing.
  public var bytes: [UInt8]
  /// How many bytes it wrote in all.
  public var count: Int
}

/// Reads a program's standard error on a thread of its own: all of it, keeping both ends.
final class ErrorFeed: Sendable {
  private struct State {
    var kept = KeptEnds(limit: 64 << 10)
    var count = 0
    var deadline: ContinuousClock.Instant?
    var isFinished = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let descriptor: Int32
  private let wake: Wake

  /// Takes the read end over.
  init(_ descriptor: Int32, onOutput: (@Sendable ([UInt8]) -> Void)?) throws {
    self.descriptor = descriptor
    wake = try Wake()
    Thread.detachNewThread { [self] in read(onOutput) }
  }

  deinit {
    close(descriptor)
    close(wake.descriptor)
  }

  /// What was written so far.
  var output: StandardError {
    state.withLock { state in
      var kept = state.kept
      return StandardError(bytes: kept.joined(), count: state.count)
    }
  }

  /// The program has ended: waits for the rest, no longer than the grace.
  func finish(grace: Duration) async {
    state.withLock { $0.deadline = .now + grace }
    wake.ring()
    await withCheckedContinuation { continuation in
      let now = state.withLock { state in
        if !state.isFinished { state.waiting.append(continuation) }
        return state.isFinished
      }
      if now { continuation.resume() }
    }
  }

  private func read(_ onOutput: (@Sendable ([UInt8]) -> Void)?) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let deadline = state.withLock { $0.deadline }
      if let deadline, deadline < .now { break }
      var events = [
        pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&events, 2, milliseconds(until: deadline))
      if ready < 0, errno != EINTR { break }
      if ready == 0 { break }
      if events[0].revents != 0 { wake.rest() }
      guard ready > 0, events[1].revents != 0 else { continue }
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      state.withLock { state in
        state.kept.add(piece)
        state.count += count
      }
      onOutput?(Array(piece))
    }
    let waiting = state.withLock { state in
      state.isFinished = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
  }
}
