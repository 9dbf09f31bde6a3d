import CNcurses
import Glibc
import Screen
import Synchronization

/// How a session on a terminal ended.
public enum TerminalEnd: Hashable, Sendable {
  /// It was closed by the program.
  case closed
  /// The terminal went away.
  case hungUp
}

/// A screen in use: pictures go in, keys come out.
///
/// One thread of its own speaks to ncurses; it sleeps until a key, a picture or a signal arrives, and never wakes up
/// for anything else. Every function may be called from any thread, also from within the key handler. Whatever ends
/// the session, the terminal is given back as it was.
///
///     let session = try TerminalSession.open { key in inbox.send(key) }
///     session.show(frame, theme: .terminal)
///     let end = await session.waitUntilEnded()
public final class TerminalSession: Sendable {
  /// What was found out about the terminal.
  public let capabilities: Capabilities
  private let mailbox: Mailbox
  private let thread: pthread_t
  private let isJoined = Mutex(false)

  private static let isTaken = Mutex(false)

  private init(capabilities: Capabilities, mailbox: Mailbox, thread: pthread_t) {
    self.capabilities = capabilities
    self.mailbox = mailbox
    self.thread = thread
  }

  deinit {
    close()
    // The terminal's own thread cannot wait for itself.
    if mailbox.isOwnThread { pthread_detach(thread) }
  }

  /// Takes the terminal and starts reading keys.
  ///
  /// Only one session may be open in a process, because ncurses knows only one.
  ///
  /// - Parameter onKey: called on the terminal's thread for every key and event, in order; it should return quickly.
  public static func open(
    _ options: TerminalOptions = TerminalOptions(), onKey: @escaping @Sendable (Key) -> Void
  ) throws(TerminalRefusal) -> TerminalSession {
    guard isatty(options.input) == 1, isatty(options.output) == 1 else {
      throw TerminalRefusal(
        reason: "input and output are not a terminal", hint: "run this in a terminal window")
    }
    let wasTaken = isTaken.withLock { taken in
      defer { taken = true }
      return taken
    }
    guard !wasTaken else {
      throw TerminalRefusal(reason: "this process has a screen already", hint: "close it first")
    }
    let mailbox = Mailbox()
    let opening = Opening()
    let thread = startThread {
      let end = TerminalLoop.run(options, mailbox: mailbox, onKey: onKey) { opening.finish($0) }
      isTaken.withLock { $0 = false }
      mailbox.finish(end)
    }
    guard let thread else {
      isTaken.withLock { $0 = false }
      throw TerminalRefusal(reason: "no thread could be started", hint: "close other programs and try again")
    }
    switch opening.wait() {
    case .success(let capabilities):
      return TerminalSession(capabilities: capabilities, mailbox: mailbox, thread: thread)
    case .failure(let refusal):
      pthread_join(thread, nil)
      throw refusal
    }
  }

  /// Shows a picture as soon as possible; of several, only the newest is drawn.
  public func show(_ frame: Frame, theme: Theme) {
    mailbox.post { $0.picture = (frame, theme) }
  }

  /// Sounds the bell.
  public func ring() {
    mailbox.post { $0.commands.append(.ring) }
  }

  /// Shows a notice on the desktop, where the terminal is known to have them; tells whether it is.
  ///
  /// Nobody answers: whether the person saw it stays unknown.
  public func notify(_ text: String) -> Bool {
    guard !Notice.sequence(for: text, environment: .current()).isEmpty else { return false }
    mailbox.post { $0.commands.append(.notify(text)) }
    return true
  }

  /// Shows how far the work is in the terminal's tab or the taskbar, until something else is; it is taken back when the
  /// terminal is.
  ///
  /// Only for terminals that take it (``Capabilities/takesProgress``), or where the person says so: others may show
  /// each one as a notice.
  public func setProgress(_ progress: WorkProgress) {
    mailbox.post { $0.commands.append(.progress(progress)) }
  }

  /// Starts or stops reading the mouse.
  public func setMouse(_ isOn: Bool) {
    mailbox.post { $0.commands.append(.mouse(isOn)) }
  }

  /// Sends the whole picture anew, after something else wrote on the screen.
  public func repaint() {
    mailbox.post { $0.commands.append(.repaint) }
  }

  /// Stops the program as Control-Z does; it goes on when the shell says so, with the same picture.
  public func stop() {
    mailbox.post { $0.commands.append(.stop) }
  }

  /// Asks the terminal to put a text into the clipboard, which it may ignore; false when the text is too long.
  ///
  /// The largest text is about 55,000 bytes, because terminals refuse more than 74,994 encoded ones.
  public func copy(_ text: String) -> Bool {
    let encoded = base64(text.utf8)
    guard encoded.count <= 74_994 else { return false }
    mailbox.post { $0.commands.append(.write(Array("\u{1B}]52;c;".utf8) + encoded + [0x07])) }
    return true
  }

  /// Gives the terminal to another program, such as an editor, while the body runs.
  ///
  /// No key is read and nothing is drawn meanwhile; afterwards the picture is drawn anew.
  public func lend<Result>(_ body: () throws -> Result) rethrows -> Result {
    let back = Gate()
    let released = Gate()
    requestLoan(back: back) { released.open() }
    released.wait()
    defer { back.open() }
    return try body()
  }

  /// Gives the terminal to another program, such as an editor, while the body runs.
  ///
  /// No key is read and nothing is drawn meanwhile; afterwards the picture is drawn anew.
  public func lend<Result: Sendable>(_ body: @Sendable () async throws -> Result) async rethrows -> Result {
    let back = Gate()
    await withCheckedContinuation { continuation in
      requestLoan(back: back) { continuation.resume() }
    }
    defer { back.open() }
    return try await body()
  }

  private func requestLoan(back: Gate, onReleased: @escaping @Sendable () -> Void) {
    precondition(!mailbox.isOwnThread, "The key handler cannot lend the terminal while it is being called")
    var hasEnded = false
    mailbox.post { contents in
      hasEnded = contents.end != nil
      if !hasEnded { contents.commands.append(.lend(onReleased: onReleased, back: back)) }
    }
    if hasEnded { onReleased() }
  }

  /// Gives the terminal back; returns when that is done, unless called from the key handler.
  public func close() {
    mailbox.post { $0.isClosing = true }
    guard !mailbox.isOwnThread else { return }
    let isFirst = isJoined.withLock { joined in
      defer { joined = true }
      return !joined
    }
    if isFirst { pthread_join(thread, nil) }
  }

  /// Waits until the session has ended and the terminal is as it was.
  public func waitUntilEnded() async -> TerminalEnd {
    await withCheckedContinuation { continuation in
      let end = mailbox.contents.withLock { contents -> TerminalEnd? in
        if contents.end == nil { contents.waiters.append(continuation) }
        return contents.end
      }
      if let end { continuation.resume(returning: end) }
    }
  }

  /// The result of opening, handed from the terminal's thread to the one that waits for it.
  private final class Opening: Sendable {
    private let outcome = Mutex<Result<Capabilities, TerminalRefusal>?>(nil)
    private let gate = Gate()

    func finish(_ result: Result<Capabilities, TerminalRefusal>) {
      outcome.withLock { $0 = result }
      gate.open()
    }

    func wait() -> Result<Capabilities, TerminalRefusal> {
      gate.wait()
      let refusal = TerminalRefusal(reason: "the terminal's thread ended early", hint: "try again")
      return outcome.withLock { $0 } ?? .failure(refusal)
    }
  }
}

/// The base64 form that clipboards expect.
func base64(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var result: [UInt8] = []
  var group: UInt32 = 0
  var count = 0
  for byte in bytes {
    group = group << 8 | UInt32(byte)
    count += 1
    if count == 3 {
      for shift: UInt32 in [18, 12, 6, 0] { result.append(alphabet[Int(group >> shift & 63)]) }
      (group, count) = (0, 0)
    }
  }
  if count == 1 {
    result += [alphabet[Int(group >> 2 & 63)], alphabet[Int(group << 4 & 63)], 0x3D, 0x3D]
  } else if count == 2 {
    result += [alphabet[Int(group >> 10 & 63)], alphabet[Int(group >> 4 & 63)], alphabet[Int(group << 2 & 63)], 0x3D]
  }
  return result
}
