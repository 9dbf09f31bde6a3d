import CNcurses
import Glibc
import Screen
import Synchronization

/// What other threads want of the terminal's thread.
final class Mailbox: Sendable {
  enum Command: Sendable {
    /// Give the terminal to another program until the gate opens.
    case lend(onReleased: @Sendable () -> Void, back: Gate)
    case stop
    case ring
    case notify(String)
    case mouse(Bool)
    case progress(WorkProgress)
    case repaint
    case write([UInt8])
  }

  struct Contents {
    /// Only the newest picture counts.
    var picture: (frame: Frame, theme: Theme)?
    var commands: [Command] = []
    var isClosing = false
    var end: TerminalEnd?
    var waiters: [CheckedContinuation<TerminalEnd, Never>] = []
    var owner: pthread_t?
  }

  /// Becomes readable when something new lies in the box.
  let event = cn_make_event()
  let contents = Mutex(Contents())

  /// Changes the contents and wakes the terminal's thread up.
  func post(_ change: (inout Contents) -> Void) {
    let isOwner = contents.withLock { contents in
      change(&contents)
      return contents.owner.map { pthread_equal($0, pthread_self()) != 0 } ?? false
    }
    // The thread looks into the box after every key anyway.
    if !isOwner { cn_signal(event) }
  }

  /// Tells whether the caller is the terminal's own thread.
  var isOwnThread: Bool {
    contents.withLock { $0.owner.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
  }

  func finish(_ end: TerminalEnd) {
    let waiters = contents.withLock { contents in
      contents.end = end
      defer { contents.waiters = [] }
      // Whoever waits for the terminal must not wait for ever.
      for case .lend(let onReleased, _) in contents.commands { onReleased() }
      contents.commands = []
      return contents.waiters
    }
    for waiter in waiters { waiter.resume(returning: end) }
  }

  deinit {
    Glibc.close(event)
  }
}
