import Crypto
import Engine
import Foundation
import Glibc
import Synchronization
import SystemPackage

/// Takes what a command writes from a pipe: hashes all of it, keeps the two ends of it, and writes it to a file.
///
/// A thread of its own reads, so that a flood of output neither waits for nor holds up Swift's own threads; the pipe
/// makes the command wait when it is faster.
final class OutputCollector: Sendable {
  /// What was taken.
  struct Collected: Sendable {
    var output: [UInt8]
    var truncated: Bool
    var digest: String
    /// What kept the evidence from being written, in words.
    var complaint: String?
  }

  /// The most that is written into an evidence file, so that a flood cannot fill the disk.
  static let evidenceLimit = 256 << 20

  private struct State {
    var writeEnd: Int32
    var collected: Collected?
    var waiting: CheckedContinuation<Collected, Never>?
  }

  private let state: Mutex<State>
  private let readEnd: Int32
  /// An event pipe: a byte in it says that the command has ended.
  private let stopRead: Int32
  private let stopWrite: Int32
  private let grace = Mutex(Duration.zero)

  init(limit: Int, evidence: String?, onOutput: (@Sendable ([UInt8]) -> Void)?) throws {
    let output = try OutputCollector.makePipe()
    let stop = try OutputCollector.makePipe()
    let file: Int32
    do {
      file = try evidence.map(OutputCollector.makeFile) ?? -1
    } catch {
      for end in [output.read, output.write, stop.read, stop.write] { close(end) }
      throw error
    }
    readEnd = output.read
    (stopRead, stopWrite) = (stop.read, stop.write)
    state = Mutex(State(writeEnd: output.write))
    Thread.detachNewThread { [self] in
      let collected = take(limit: limit, evidence: file, onOutput: onOutput)
      if file >= 0 { close(file) }
      close(readEnd)
      state.withLock { state in
        state.collected = collected
        state.waiting?.resume(returning: collected)
        state.waiting = nil
      }
    }
  }

  deinit {
    close(stopRead)
    close(stopWrite)
    let rest = state.withLock { $0.writeEnd }
    if rest >= 0 { close(rest) }
  }

  private static func makeFile(_ path: String) throws -> Int32 {
    unlink(path)
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw CommandFailure.refused("The evidence \(path) cannot be written: \(Errno(rawValue: errno)).")
    }
    return file
  }

  private static func makePipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw CommandFailure.refused("No pipe could be made: \(Errno(rawValue: errno)).")
    }
    // Set a moment later than made: a child started in between would close them anyway, as Subprocess closes all.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// The end a command writes to; whoever takes it closes it.
  func takeWriteEnd() -> FileDescriptor {
    state.withLock { state in
      defer { state.writeEnd = -1 }
      return FileDescriptor(rawValue: state.writeEnd)
    }
  }

  /// Waits for the end of the output, or for `grace` when a process still holds it open, and returns what was taken.
  func finish(grace: Duration) async -> Collected {
    self.grace.withLock { $0 = grace }
    let rest = state.withLock { state in
      defer { state.writeEnd = -1 }
      return state.writeEnd
    }
    if rest >= 0 { close(rest) }
    var byte: UInt8 = 1
    _ = Glibc.write(stopWrite, &byte, 1)
    return await withCheckedContinuation { continuation in
      state.withLock { state in
        if let collected = state.collected {
          continuation.resume(returning: collected)
        } else {
          state.waiting = continuation
        }
      }
    }
  }

  private func take(limit: Int, evidence: Int32, onOutput: (@Sendable ([UInt8]) -> Void)?) -> Collected {
    var hash = SHA256()
    var kept = KeptEnds(limit: limit)
    var complaint: String?
    var written = 0
    let clock = ContinuousClock()
    var deadline: ContinuousClock.Instant?
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      var events = [pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)]
      if deadline == nil { events.append(pollfd(fd: stopRead, events: Int16(POLLIN), revents: 0)) }
      var wait: Int32 = -1
      if let deadline {
        let left = (deadline - clock.now).components
        wait = Int32(max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000))
      }
      let ready = poll(&events, nfds_t(events.count), wait)
      if ready < 0 && errno == EINTR { continue }
      if ready == 0 { break }
      if events.count > 1, events[1].revents != 0 { deadline = clock.now + grace.withLock { $0 } }
      guard events[0].revents != 0 else { continue }
      let count = Glibc.read(readEnd, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      let piece = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
      hash.update(bufferPointer: piece)
      kept.add(piece)
      onOutput?(Array(piece))
      if evidence >= 0, complaint == nil, written < OutputCollector.evidenceLimit {
        complaint = OutputCollector.write(piece, to: evidence)
        written += count
        if written >= OutputCollector.evidenceLimit {
          let words = Array("\n[more was written than is kept here]\n".utf8)
          _ = words.withUnsafeBytes { OutputCollector.write($0, to: evidence) }
        }
      }
    }
    let output = kept.joined()
    return Collected(
      output: output, truncated: kept.isCut, digest: lowercaseHex(hash.finalize()), complaint: complaint)
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> String? {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(file, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return "The evidence could not be written: \(Errno(rawValue: errno))."
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
  }
}
