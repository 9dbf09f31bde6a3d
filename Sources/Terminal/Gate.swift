import CNcurses
import Glibc

/// Lets one thread wait for another without using time; opened once, passed once.
final class Gate: Sendable {
  private let event = cn_make_event()

  func open() {
    cn_signal(event)
  }

  func wait() {
    var descriptor = pollfd(fd: event, events: Int16(POLLIN), revents: 0)
    while poll(&descriptor, 1, -1) < 0, errno == EINTR {}
    cn_drain(event)
  }

  deinit {
    Glibc.close(event)
  }
}

/// Runs a closure on a new thread of its own, so that one thread alone speaks to ncurses.
func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let context = Unmanaged.passRetained(Box(body)).toOpaque()
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }, context)
  if status != 0 {
    Unmanaged<Box>.fromOpaque(context).release()
    return nil
  }
  return thread
}
