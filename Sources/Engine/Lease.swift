import Foundation
import Glibc

/// Says that the lease could not be taken because an engine is alive.
public struct LeaseHeld: Error, Equatable, Sendable {
  /// The process that holds it, if it can be told.
  public var process: Int?
}

/// Holds the lock that shows an engine is alive.
///
/// The lease itself is an event with an epoch; this lock only tells the living from the dead without a clock. Each epoch
/// has a lock file of its own, so an engine that was frozen while another took over keeps a lock nobody asks about.
/// The system releases the lock when the process ends, however it ends.
public final class EngineLock: Sendable {
  private let descriptor: Int32
  private let path: String

  /// Locks an epoch.
  ///
  /// - Throws: ``LeaseHeld`` when another engine has locked the same epoch.
  public init(folder: SessionFolder, epoch: Int) throws {
    // The stored properties are set last: a class whose initializer throws after that runs `deinit`, which would take
    // away the lock file of the engine that is alive.
    let wanted = EngineLock.path(folder, epoch)
    descriptor = try EngineLock.lock(wanted)
    path = wanted
    let text = "\(getpid())\n"
    ftruncate(descriptor, 0)
    _ = text.withCString { write(descriptor, $0, strlen($0)) }
    for old in 1..<max(2, epoch) where old < epoch { unlink(EngineLock.path(folder, old)) }
  }

  private static func lock(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw JournalFailure.storage(path: path, reason: String(cString: strerror(errno)))
    }
    var lock = whole(F_WRLCK)
    guard fcntl(descriptor, setOwn, &lock) == 0 else {
      close(descriptor)
      throw LeaseHeld(process: process(of: path))
    }
    return descriptor
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  /// Whether the engine of an epoch is alive: running, or stopped by a signal.
  public static func liveness(folder: SessionFolder, epoch: Int) -> EngineLiveness {
    let path = path(folder, epoch)
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return .gone }
    defer { close(descriptor) }
    var lock = whole(F_WRLCK)
    guard fcntl(descriptor, getOwn, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return .gone }
    guard let process = process(of: path) else { return .alive(process: nil) }
    return isStopped(process) ? .stopped(process: process) : .alive(process: process)
  }

  private static func path(_ folder: SessionFolder, _ epoch: Int) -> String { "\(folder.path)/engine-\(epoch).lock" }

  private static func process(of path: String) -> Int? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    return Int(text.split(whereSeparator: \.isNewline).first ?? "")
  }

  /// The third field of /proc/PID/stat, after the name in parentheses; `T` is stopped by a signal.
  private static func isStopped(_ process: Int) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return false }
    let state = stat[stat.index(after: end)...].split(separator: " ").first
    return state == "T" || state == "t"
  }

  private static func whole(_ type: Int32) -> flock {
    var lock = flock()
    lock.l_type = Int16(type)
    lock.l_whence = Int16(SEEK_SET)
    return lock
  }

  // F_OFD_GETLK and F_OFD_SETLK of <fcntl.h>: locks that belong to the open file, not to the process.
  private static let getOwn: Int32 = 36
  private static let setOwn: Int32 = 37
}

/// Whether the engine of a lease works.
public enum EngineLiveness: Equatable, Sendable {
  /// It runs.
  case alive(process: Int?)
  /// It is stopped by a signal; another may take over.
  case stopped(process: Int)
  /// It has ended.
  case gone
}
