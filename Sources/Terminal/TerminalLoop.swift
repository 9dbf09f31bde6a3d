import CNcurses
import Glibc
import Screen

/// The one thread that speaks to ncurses: waits, reads keys, draws. It owns everything in here.
struct TerminalLoop {
  private let options: TerminalOptions
  private let mailbox: Mailbox
  private let onKey: @Sendable (Key) -> Void
  private let escapeDelay: Int
  private let isSimple: Bool
  private let environment: Environment
  private let errors: StandardErrorLog?
  private var decoder: KeyDecoder
  private var painter: Painter
  private var lastPicture: (frame: Frame, theme: Theme)?
  private var title: String?
  private var size: Size
  private var usesMouse: Bool
  private var progress = WorkProgress.none
  /// When it was last sent, in nanoseconds.
  private var progressSentAt: UInt64 = 0
  /// When the last frame was sent, in nanoseconds.
  private var lastFrame: UInt64 = 0
  private var hasFreshKey = true

  /// Frames follow each other at most this fast, unless a key asks for one at once: 60 in a second.
  private static let frameInterval: UInt64 = 16_000_000
  /// How long an unfinished paste is waited for, in milliseconds.
  private static let pasteDelay = 2000
  /// Frames with more changed cells are wrapped, so that the terminal shows them as a whole.
  private static let synchronizedCells = 400

  // MARK: Life

  static func run(
    _ options: TerminalOptions, mailbox: Mailbox, onKey: @escaping @Sendable (Key) -> Void,
    onOpened: (Result<Capabilities, TerminalRefusal>) -> Void
  ) -> TerminalEnd {
    let environment = Environment.current()
    mailbox.contents.withLock { $0.owner = pthread_self() }
    cn_prepare_thread()
    let isUTF8 = cn_choose_locale()
    let errors = StandardErrorLog(path: options.standardErrorLog, temporaryDirectory: environment.temporaryDirectory)
    // Both before ncurses, which leaves signals alone that somebody listens to already.
    cn_watch_signals(mailbox.event)
    cn_guard_crashes(options.input, options.output, errors?.original ?? -1)
    var notes: [String] = []
    guard let term = openScreen(options, environment: environment, notes: &notes) else {
      cn_unguard_crashes()
      cn_unwatch_signals()
      errors?.finish()
      onOpened(
        .failure(
          TerminalRefusal(
            reason: "the terminal \(options.term ?? environment.term) cannot show a full screen",
            hint: "set TERM to what your terminal is, such as xterm-256color")))
      return .closed
    }
    let direct = environment.directTerm(for: term)
    let depth = environment.depth(colors: Int(cn_colors()), hasDirectTerm: direct != nil, wish: options.depth)
    let glyphs = options.glyphs ?? environment.glyphs(term: term, isUTF8: isUTF8)
    var loop = TerminalLoop(
      options: options, mailbox: mailbox, onKey: onKey,
      escapeDelay: options.escapeDelay ?? environment.escapeDelay, isSimple: Environment.isSimple(term),
      environment: environment,
      errors: errors, decoder: KeyDecoder(extras: describedKeys()),
      painter: Painter(term: term, directTerm: direct, depth: depth), size: Size(columns: 80, rows: 24),
      usesMouse: options.usesMouse)
    loop.adoptSize()
    loop.enterModes(isFirst: true)
    onOpened(
      .success(
        Capabilities(
          term: term, size: loop.size, depth: depth, glyphs: glyphs, isUTF8: isUTF8,
          ignoresUnknown: !loop.isSimple, takesProgress: ProgressReport.isTaken(environment), notes: notes)))
    let end = loop.live()
    loop.leaveModes(isLast: true)
    cn_close()
    cn_unguard_crashes()
    cn_unwatch_signals()
    errors?.finish()
    return end
  }

  private init(
    options: TerminalOptions, mailbox: Mailbox, onKey: @escaping @Sendable (Key) -> Void, escapeDelay: Int,
    isSimple: Bool, environment: Environment, errors: StandardErrorLog?, decoder: KeyDecoder, painter: Painter,
    size: Size, usesMouse: Bool
  ) {
    self.options = options
    self.mailbox = mailbox
    self.onKey = onKey
    self.escapeDelay = escapeDelay
    self.isSimple = isSimple
    self.environment = environment
    self.errors = errors
    self.decoder = decoder
    self.painter = painter
    self.size = size
    self.usesMouse = usesMouse
  }

  private static func openScreen(
    _ options: TerminalOptions, environment: Environment, notes: inout [String]
  ) -> String? {
    let term = options.term ?? environment.term
    if cn_open(term, options.input, options.output) { return term }
    // Terminals newer than the descriptions on this machine are nearly all like xterm; a dumb one is not.
    guard !["dumb", "unknown", ""].contains(term), isatty(options.output) == 1 else { return nil }
    let fallback = "xterm-256color"
    guard cn_open(fallback, options.input, options.output) else { return nil }
    notes.append("No description of the terminal \(term) is installed; it is treated as \(fallback).")
    return fallback
  }

  /// The terminal's own sequences for keys, as far as they begin like all others.
  private static func describedKeys() -> [[UInt8]: Key] {
    var names: [(String, Key)] = [
      ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
      ("kpp", .pageUp), ("knp", .pageDown), ("kich1", .insert), ("kdch1", .delete), ("kcbt", .backTab),
      ("kUP5", .controlUp), ("kDN5", .controlDown), ("kLFT5", .controlLeft), ("kRIT5", .controlRight),
    ]
    for number in 1...24 { names.append(("kf\(number)", .function(number))) }
    var found: [[UInt8]: Key] = [:]
    for (name, key) in names {
      guard let text = cn_terminfo(name) else { continue }
      let bytes = Array(String(cString: text).utf8)
      if bytes.count >= 3, bytes[0] == 0x1B, bytes[1] == 0x5B || bytes[1] == 0x4F { found[bytes] = key }
    }
    return found
  }

  // MARK: Waiting

  private mutating func live() -> TerminalEnd {
    while true {
      var descriptors = [
        pollfd(fd: options.input, events: Int16(POLLIN), revents: 0),
        pollfd(fd: mailbox.event, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&descriptors, 2, timeout())
      if ready < 0, errno != EINTR { return .hungUp }
      if ready == 0, decoder.isWaiting { deliver(decoder.expire()) }
      if descriptors[1].revents != 0 { cn_drain(mailbox.event) }
      handleSignals()
      let state = descriptors[0].revents
      if state & Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0 {
        guard readKeys() else { return .hungUp }
      }
      handleCommands()
      if progress != .none, TerminalLoop.now() >= progressSentAt + ProgressReport.refresh { sendProgress() }
      if mailbox.contents.withLock({ $0.isClosing }) { return .closed }
      drawIfDue()
    }
  }

  /// Milliseconds to sleep at most: for ever, unless half a key or a held-back picture is there, or progress is shown.
  private func timeout() -> Int32 {
    var limit: Int = -1
    if decoder.isWaiting { limit = decoder.isPasting ? TerminalLoop.pasteDelay : escapeDelay }
    func wait(until due: UInt64) {
      let now = TerminalLoop.now()
      let wait = due > now ? Int((due - now + 999_999) / 1_000_000) : 0
      limit = limit < 0 ? wait : min(limit, wait)
    }
    if mailbox.contents.withLock({ $0.picture != nil }) { wait(until: lastFrame + TerminalLoop.frameInterval) }
    if progress != .none { wait(until: progressSentAt + ProgressReport.refresh) }
    return Int32(limit)
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Reads what is there; false when the terminal is gone.
  private mutating func readKeys() -> Bool {
    let capacity = 65_536
    var status = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      status = read(options.input, buffer.baseAddress, capacity)
      count = max(0, status)
    }
    // Nothing at all is the end of the terminal; an error may be one, too.
    if status == 0 { return false }
    if status < 0 { return errno == EAGAIN || errno == EINTR }
    deliver(decoder.feed(bytes))
    return true
  }

  private mutating func deliver(_ keys: [Key]) {
    for key in keys {
      hasFreshKey = true
      onKey(key)
    }
  }

  // MARK: Signals and commands

  private mutating func handleSignals() {
    let signals = cn_take_signals()
    guard signals != 0 else { return }
    if signals & UInt32(CN_STOP_WANTED) != 0 {
      stop()
    } else if signals & UInt32(CN_CONTINUED) != 0 {
      // Stopped by force: the shell may have changed the modes meanwhile.
      comeBack()
    } else if signals & UInt32(CN_RESIZED) != 0 {
      adoptSize()
    }
  }

  private mutating func handleCommands() {
    let commands = mailbox.contents.withLock { contents in
      defer { contents.commands = [] }
      return contents.commands
    }
    for command in commands {
      switch command {
      case .lend(let onReleased, let back):
        leave()
        onReleased()
        back.wait()
        comeBack()
      case .stop: stop()
      case .ring: send("\u{7}")
      case .notify(let text): send(Notice.sequence(for: text, environment: environment))
      case .mouse(let isOn):
        usesMouse = isOn
        setMouse(isOn)
      case .progress(let wanted):
        guard wanted != progress, !isSimple else { continue }
        progress = wanted
        sendProgress()
      case .repaint:
        cn_repaint()
        redraw()
      case .write(let bytes): _ = cn_write(options.output, bytes, bytes.count)
      }
    }
  }

  private mutating func stop() {
    leave()
    cn_stop_process_group()
    _ = cn_take_signals()
    comeBack()
  }

  private mutating func leave() {
    leaveModes(isLast: false)
    cn_leave()
    errors?.restore()
  }

  private mutating func comeBack() {
    errors?.redirect()
    cn_come_back()
    enterModes(isFirst: false)
    adoptSize()
    redraw()
  }

  /// Takes over the size of the window and tells about it when it is new.
  private mutating func adoptSize() {
    var columns: Int32 = 0
    var rows: Int32 = 0
    if !cn_terminal_size(options.output, &columns, &rows) { cn_screen_size(&columns, &rows) }
    guard columns > 0, rows > 0 else { return }
    cn_resize(columns, rows)
    let new = Size(columns: Int(columns), rows: Int(rows))
    guard new != size else { return }
    size = new
    painter.forget()
    deliver([.resize(new)])
    // The old picture stands in, cut to the window, until the new one comes.
    redraw()
  }

  // MARK: Modes

  private func send(_ text: String) {
    _ = text.withCString { cn_write(options.output, $0, strlen($0)) }
  }

  private mutating func enterModes(isFirst: Bool) {
    guard !isSimple else { return }
    send((isFirst ? "\u{1B}[22;2t" : "") + "\u{1B}[?2004h\u{1B}[?1004h\u{1B}[?2031h\u{1B}[?996n")
    if usesMouse { setMouse(true) }
    if progress != .none { sendProgress() }
    title = nil
  }

  /// Says how far the work is; whatever ends the process from here on takes it back.
  private mutating func sendProgress() {
    cn_set_progress(progress != .none)
    send(ProgressReport.sequence(for: progress))
    progressSentAt = TerminalLoop.now()
  }

  private func leaveModes(isLast: Bool) {
    guard !isSimple else { return }
    setMouse(false)
    if progress != .none {
      send(ProgressReport.sequence(for: .none))
      cn_set_progress(false)
    }
    send("\u{1B}[?2031l\u{1B}[?1004l\u{1B}[?2004l" + (isLast ? "\u{1B}[23;2t" : ""))
  }

  private func setMouse(_ isOn: Bool) {
    guard !isSimple else { return }
    send(isOn ? "\u{1B}[?1000h\u{1B}[?1006h" : "\u{1B}[?1006l\u{1B}[?1000l")
  }

  // MARK: Drawing

  private mutating func drawIfDue() {
    let isDue = hasFreshKey || TerminalLoop.now() >= lastFrame + TerminalLoop.frameInterval
    guard isDue else { return }
    let picture = mailbox.contents.withLock { contents in
      defer { contents.picture = nil }
      return contents.picture
    }
    guard let picture else { return }
    draw(picture.frame, theme: picture.theme)
  }

  private mutating func redraw() {
    painter.forget()
    if let lastPicture { draw(lastPicture.frame, theme: lastPicture.theme) }
  }

  private mutating func draw(_ frame: Frame, theme: Theme) {
    lastPicture = (frame, theme)
    let changed = painter.draw(frame, theme: theme)
    let isSynchronized = changed > TerminalLoop.synchronizedCells && !isSimple
    cn_flush(
      isSynchronized ? "\u{1B}[?2026h" : "", (isSynchronized ? "\u{1B}[?2026l" : "") + titleSequence(frame.title))
    lastFrame = TerminalLoop.now()
    hasFreshKey = false
  }

  /// What sets the window's title, or nothing where it is set already.
  private mutating func titleSequence(_ wanted: String?) -> String {
    guard let wanted, wanted != title, !isSimple else { return "" }
    title = wanted
    let clean = Text.cut(Text.clean(wanted).string, to: 200)
    return "\u{1B}]2;\(clean)\u{7}"
  }
}
