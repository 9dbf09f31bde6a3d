import Foundation
import Glibc
import Screen
import Synchronization
import Terminal

/// The other end of a terminal: sees the bytes a screen sends, types keys, changes the size, hangs up.
final class PseudoTerminal {
  let near: Int32
  private var far: Int32
  private(set) var received: [UInt8] = []

  init?(columns: Int = 80, rows: Int = 24) {
    var far: Int32 = -1
    var near: Int32 = -1
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&far, &near, nil, nil, &size) == 0 else { return nil }
    self.far = far
    self.near = near
  }

  deinit {
    hangUp()
    close(near)
  }

  var modes: [UInt8] {
    var modes = termios()
    tcgetattr(near, &modes)
    return withUnsafeBytes(of: modes) { Array($0.prefix(17)) }
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(far, $0.baseAddress, $0.count) }
  }

  func resize(columns: Int, rows: Int) {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(far, UInt(TIOCSWINSZ), &size)
    // The terminal is not the one this process was started on, so the kernel tells nobody.
    kill(getpid(), SIGWINCH)
  }

  func hangUp() {
    if far >= 0 { close(far) }
    far = -1
  }

  func forget() {
    received = []
  }

  /// Reads until a text was received; false when it does not come in time.
  @discardableResult
  func read(until text: String, within seconds: Double = 5) -> Bool {
    let wanted = Data(text.utf8)
    let deadline = ContinuousClock.now + .seconds(seconds)
    while Data(received).range(of: wanted) == nil {
      let left = deadline - ContinuousClock.now
      guard left > .zero, readOnce(milliseconds: 50) || ContinuousClock.now < deadline else { return false }
    }
    return true
  }

  /// Reads what still comes until nothing has come for the given time, and returns how many bytes that was.
  @discardableResult
  func readUntilQuiet(milliseconds: Int32 = 60) -> Int {
    let before = received.count
    while readOnce(milliseconds: milliseconds) {}
    return received.count - before
  }

  func contains(_ text: String) -> Bool {
    Data(received).range(of: Data(text.utf8)) != nil
  }

  private func readOnce(milliseconds: Int32) -> Bool {
    var descriptor = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, milliseconds) > 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(far, &buffer, buffer.count)
    guard count > 0 else { return false }
    received.append(contentsOf: buffer.prefix(count))
    return true
  }
}

/// Keys as they arrive, to be waited for.
final class KeyLog: Sendable {
  private let keys = Mutex<[Key]>([])
  private let arrived = DispatchSemaphore(value: 0)

  func add(_ key: Key) {
    keys.withLock { $0.append(key) }
    arrived.signal()
  }

  /// Takes the next key, or nil when none comes within five seconds.
  func next() -> Key? {
    guard arrived.wait(timeout: .now() + 5) == .success else { return nil }
    return keys.withLock { $0.removeFirst() }
  }
}
