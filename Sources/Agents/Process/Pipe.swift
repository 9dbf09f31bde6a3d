import CSignalbox
import Engine
import Glibc

/// The two ends of a pipe, closed in whatever is started.
struct Pipe {
  var read: Int32
  var write: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ProcessRefused(program: "A pipe", reason: String(cString: strerror(errno))) }
    // Set a moment later than made: a child started in between closes whatever it is not given.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (read, write) = (ends[0], ends[1])
  }
}

/// Wakes a thread that waits for a descriptor.
struct Wake: Sendable {
  let descriptor: Int32

  init() throws {
    descriptor = signalbox_eventfd()
    guard descriptor >= 0 else {
      throw ProcessRefused(program: "An event counter", reason: String(cString: strerror(errno)))
    }
  }

  func ring() { _ = signalbox_eventfd_signal(descriptor) }

  /// Takes note of it, so that the next wait waits.
  func rest() {
    var count: UInt64 = 0
    _ = Glibc.read(descriptor, &count, 8)
  }
}

/// How many milliseconds are left until a moment, as `poll` wants it: -1 without one.
func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
  guard let deadline else { return -1 }
  let left = (deadline - .now).components
  return Int32(clamping: max(0, left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000))
}
