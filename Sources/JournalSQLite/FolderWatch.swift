import CSignalbox
import Engine
import Foundation

/// Tells which file of a folder was written, without polling (inotify).
///
/// Nothing wakes up while nothing is written. Where the system has no watch left to give, it says "anything may have
/// changed" every second instead: late, never silent.
final class FolderWatch: Sendable {
  private let stop: @Sendable () -> Void

  /// Starts watching; from the return on, no write is missed. `announce` gets a file's name, or `nil` for "any".
  init(folder: String, announce: @escaping @Sendable (String?) -> Void) {
    let events = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    let end = signalbox_eventfd()
    let mask = UInt32(IN_MODIFY | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
    guard events >= 0, end >= 0, inotify_add_watch(events, folder, mask) >= 0 else {
      for descriptor in [events, end] where descriptor >= 0 { close(descriptor) }
      stop = Self.announceEverySecond(announce)
      return
    }
    let thread = Thread {
      Self.watch(events, until: end, announce)
      // Here and nowhere else: `stop` has been called, and is called once.
      close(events)
      close(end)
    }
    thread.name = "journal watch"
    thread.stackSize = 256 << 10
    thread.start()
    stop = { _ = signalbox_eventfd_signal(end) }
  }

  deinit { stop() }

  /// Waits, without waking up in between, until a file was written or the watch is to end.
  private static func watch(_ events: Int32, until end: Int32, _ announce: (String?) -> Void) {
    var waiting = [
      pollfd(fd: events, events: Int16(POLLIN), revents: 0), pollfd(fd: end, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      let count = poll(&waiting, 2, -1)
      if count < 0, errno != EINTR { return }
      if waiting[1].revents != 0 { return }
      if count > 0 { names(from: events).forEach(announce) }
    }
  }

  private static func announceEverySecond(
    _ announce: @escaping @Sendable (String?) -> Void
  ) -> @Sendable () -> Void {
    let task = Task {
      while !Task.isCancelled {
        announce(nil)
        try? await Task.sleep(for: .seconds(1))
      }
    }
    return { task.cancel() }
  }

  /// Reads every waiting event; each name once, in order, and `nil` when the system lost some or the folder went away.
  private static func names(from descriptor: Int32) -> [String?] {
    var names: [String?] = []
    var seen: Set<String?> = []
    let size = 64 << 10
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, size)
      guard count > 0 else { return names }
      var offset = 0
      let header = MemoryLayout<inotify_event>.size
      while offset + header <= count {
        let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
        let length = Int(event.len)
        let bytes = buffer[(offset + header)..<min(offset + header + length, count)].prefix { $0 != 0 }
        offset += header + length
        let name = bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
        if let name, JournalRules.problem(withSession: name) != nil { continue }
        if seen.insert(name).inserted { names.append(name) }
      }
    }
  }
}
