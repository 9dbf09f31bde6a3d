import Foundation
import Glibc
import Synchronization

/// Reads a program's lines on a thread of its own and hands them out one by one.
///
/// When nobody takes them, the thread waits, the pipe fills, and the program waits: a flood costs no memory. The end of
/// the program ends the reading a grace later, also while something else holds the pipe open.
final class LineFeed: Sendable {
  /// How many bytes of lines may wait to be taken. What a line costs beside its bytes is counted too, so that a flood of
  /// empty ones is bounded as well.
  static let room = 1 << 20
  private static let lineCost = 64
  /// After so many lines its reader gives way: while lines wait, taking one never suspends, and two floods would hold both
  /// threads of a small machine against everything else the engine has to do.
  private static let turn = 64
  /// How much is read after the grace: what lay in the pipe already.
  private static let remainder = 1 << 20

  private struct State {
    var queue: [LineReader.Line] = []
    var taken = 0
    var inTurn = 0
    var bytes = 0
    var waiting: CheckedContinuation<LineReader.Line?, Never>?
    var isFinished = false
    var isAbandoned = false
    var deadline: ContinuousClock.Instant?

    var isFull: Bool { bytes >= LineFeed.room && !isAbandoned }

    mutating func take() -> LineReader.Line? {
      guard taken < queue.count else { return nil }
      let line = queue[taken]
      queue[taken] = .bytes([])
      taken += 1
      bytes -= LineFeed.cost(line)
      // Moved in large steps, so that every line is moved once on average.
      if taken == queue.count || taken > 1_024 && taken * 2 > queue.count {
        queue.removeFirst(taken)
        taken = 0
      }
      return line
    }
  }

  private let state = Mutex(State())
  private let descriptor: Int32
  private let wake: Wake

  /// Takes the read end over.
  init(_ descriptor: Int32, limit: Int) throws {
    self.descriptor = descriptor
    wake = try Wake()
    Thread.detachNewThread { [self] in read(limit: limit) }
  }

  deinit {
    close(descriptor)
    close(wake.descriptor)
  }

  /// The next line, once there is one; `nil` after the last.
  func next() async -> LineReader.Line? {
    let isTurnOver = state.withLock { state in
      state.inTurn = (state.inTurn + 1) % Self.turn
      return state.inTurn == 0
    }
    if isTurnOver { await Task.yield() }
    return await withCheckedContinuation { continuation in
      let (now, line, hasRoom) = state.withLock { state -> (Bool, LineReader.Line?, Bool) in
        let wasFull = state.isFull
        if let line = state.take() { return (true, line, wasFull && !state.isFull) }
        if state.isFinished || state.isAbandoned || state.waiting != nil { return (true, nil, false) }
        state.waiting = continuation
        return (false, nil, false)
      }
      if hasRoom { wake.ring() }
      if now { continuation.resume(returning: line) }
    }
  }

  /// Nobody takes lines any more; what still comes is read and forgotten, so that the program is not held up.
  func abandon() {
    let waiting = state.withLock { state in
      state.isAbandoned = true
      state.queue = []
      (state.taken, state.bytes) = (0, 0)
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: nil)
    wake.ring()
  }

  /// The program has ended: what comes is waited for no longer than the grace.
  func finish(grace: Duration) {
    state.withLock { $0.deadline = .now + grace }
    wake.ring()
  }

  private static func cost(_ line: LineReader.Line) -> Int {
    switch line {
    case .bytes(let bytes): bytes.count + lineCost
    case .tooLong: lineCost
    }
  }

  private func read(limit: Int) {
    var reader = LineReader(limit: limit)
    var late = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while late < Self.remainder {
      let (isFull, isAbandoned, deadline) = state.withLock { ($0.isFull, $0.isAbandoned, $0.deadline) }
      // A negative descriptor is passed over: while there is no room, only a call wakes this thread.
      var events = [
        pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isFull ? -1 : descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&events, 2, isFull ? -1 : milliseconds(until: deadline))
      if ready < 0, errno != EINTR { break }
      if ready == 0 { break }
      if events[0].revents != 0 { wake.rest() }
      guard ready > 0, events[1].revents != 0 else { continue }
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      if let deadline, deadline < .now { late += count }
      if isAbandoned { continue }
      deliver(reader.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
    }
    deliver(reader.end().map { [$0] } ?? [])
    let waiting = state.withLock { state in
      state.isFinished = true
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: nil)
  }

  private func deliver(_ lines: [LineReader.Line]) {
    guard !lines.isEmpty else { return }
    let (waiting, first) = state.withLock {
      state -> (CheckedContinuation<LineReader.Line?, Never>?, LineReader.Line?) in
      guard !state.isAbandoned else { return (nil, nil) }
      state.queue += lines
      state.bytes += lines.reduce(0) { $0 + Self.cost($1) }
      guard let waiting = state.waiting else { return (nil, nil) }
      state.waiting = nil
      return (waiting, state.take())
    }
    waiting?.resume(returning: first)
  }
}
