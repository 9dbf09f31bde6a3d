import Foundation
import Glibc

/// The far end of a terminal: reads what a screen sends.
final class FarEnd {
  let near: Int32
  private let far: Int32
  private(set) var received: [UInt8] = []

  init?() {
    var (far, near): (Int32, Int32) = (-1, -1)
    var size = winsize(ws_row: 30, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&far, &near, nil, nil, &size) == 0 else { return nil }
    (self.far, self.near) = (far, near)
  }

  deinit {
    close(far)
    close(near)
  }

  func forget() { received = [] }

  /// How many bytes are there to be read, now that everything was sent.
  func waiting() -> Int {
    var count: Int32 = 0
    return ioctl(far, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
  }

  /// Reads until a text was received; false when nothing comes any more.
  func read(until text: String) -> Bool {
    let wanted = Data(text.utf8)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while Data(received.suffix(70_000)).range(of: wanted) == nil {
      var descriptor = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
      guard poll(&descriptor, 1, 5_000) > 0 else { return false }
      let count = Glibc.read(far, &buffer, buffer.count)
      guard count > 0 else { return false }
      received += buffer.prefix(count)
    }
    return true
  }
}
