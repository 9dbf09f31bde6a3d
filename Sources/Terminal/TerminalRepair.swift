import CNcurses
import Glibc

/// Puts a terminal in order that a killed program left behind; it needs no session, and opens none.
///
/// What ends a program otherwise gives the terminal back by itself. Only a kill that cannot be caught leaves the other
/// screen, no cursor, no echo, and a mouse that types.
public enum TerminalRepair {
  /// Puts the terminal at a path in order.
  ///
  /// - Returns: what the terminal is called.
  /// - Throws: why it is no terminal that can be put in order, and what to do instead.
  @discardableResult
  public static func repair(_ path: String) throws(TerminalRefusal) -> String {
    // A serial line must not hold up whoever names it by mistake, and no terminal becomes this process's own.
    let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      let isMissing = errno == ENXIO || errno == ENODEV
      let reason = isMissing ? "this process has no terminal" : String(cString: strerror(errno))
      throw TerminalRefusal(
        reason: "\(path) cannot be opened: \(reason)",
        hint: "type it in the terminal itself, or name it with --tty; `tty` says what a terminal is called")
    }
    defer { close(descriptor) }
    guard isatty(descriptor) == 1 else {
      throw TerminalRefusal(
        reason: "\(path) is no terminal", hint: "name one such as /dev/pts/3; `tty` says what a terminal is called")
    }
    let name = ttyname(descriptor).map { String(cString: $0) } ?? path
    guard cn_put_in_order(descriptor) else {
      throw TerminalRefusal(reason: "\(path) does not answer any more", hint: "close its window and open another")
    }
    return name
  }
}
