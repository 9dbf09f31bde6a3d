import Console
import Engine
import Foundation
import Glibc
import JournalSQLite
import Kernel
import Playbooks
import Screen
import Synchronization
import Terminal
import Theming

/// Joins the pure console to a terminal and a journal: messages in, intents out, one loop.
///
/// It holds nothing that matters: closing it, killing it or losing its terminal changes no session.
struct ConsoleHost {
  private let wiring: Wiring
  private let journal: any PagedJournal
  private let inbox: AsyncStream<Input>
  private let post: AsyncStream<Input>.Continuation
  private var files: ConsoleSettings
  private let memory: ConsoleMemory
  private let place: PlaceKeeping
  private let outbox = Outbox()
  private let deciding: DecidingStates
  /// Whether sessions are only looked at.
  private let isReadOnly: Bool
  /// When the person's files were last looked at, in milliseconds since 1970.
  private var lookedAt: Int64 = 0

  private enum Input: Sendable {
    case message(Message)
    case changed(String?)
    /// Another part of a long journal is to be read.
    case readOn
    case wake
    case ended
    /// A line was typed; `nil` at the end of input.
    case line(String?)
  }

  /// Opens the console, on one session or on all, and returns when the person leaves it.
  ///
  /// - Parameter startsEngine: Whether an engine is started for the session when it is read and none holds it.
  static func run(
    wiring: Wiring, journal: any PagedJournal, focus: String?, options: ConsoleOptions, startsEngine: Bool = false
  ) async throws {
    var host = ConsoleHost(wiring: wiring, journal: journal, isReadOnly: options.readOnly)
    let engineFor = startsEngine && !options.readOnly ? focus : nil
    if options.isLinear(wiring.environment) {
      try await host.runLines(focus: focus, engineFor: engineFor)
    } else {
      try await host.run(focus: focus, engineFor: engineFor, announcements: try options.announcements())
    }
  }

  /// Refuses before anything is begun, where there is no terminal to show it on.
  static func requireTerminal(_ options: ConsoleOptions, _ environment: [String: String]) throws {
    if options.isLinear(environment) { return }
    guard isatty(0) == 1, isatty(1) == 1 else {
      throw Told(
        .refused, why: "The console needs a terminal, and input or output is none; nothing was begun.",
        instead: "Use --linear for a console of lines, or --headless or --detach, then `signalbox decisions`, `answer` "
          + "and `show`.")
    }
  }

  private init(wiring: Wiring, journal: any PagedJournal, isReadOnly: Bool) {
    self.wiring = wiring
    self.journal = journal
    deciding = DecidingStates(journal: journal)
    self.isReadOnly = isReadOnly
    files = ConsoleSettings(wiring)
    memory = ConsoleMemory(state: wiring.state)
    place = PlaceKeeping(memory)
    (inbox, post) = AsyncStream.makeStream(of: Input.self)
  }

  private var settings: Settings { files.settings }

  /// Looks whether the person's files changed, at most once a second and only when something else woke the console up;
  /// what came of it.
  private mutating func lookAtFiles() -> [String] {
    let now = currentMoment()
    guard now - lookedAt >= 1000 || now < lookedAt else { return [] }
    defer { lookedAt = now }
    return lookedAt == 0 ? [] : files.readAgain()
  }

  /// The theme for the background that `COLORFGBG` tells of; dark, until the terminal says otherwise.
  private var backgroundTheme: String? {
    let number = wiring.environment["COLORFGBG"]?.split(separator: ";").last.flatMap { Int($0) }
    let isLight = number == 7 || number == 15
    return isLight ? settings.lightTheme : settings.darkTheme
  }

  private func makeModel(
    focus: String?, glyphs: GlyphSet, size: Size, themes: [String], theme: String = ThemeLibrary.standardName,
    samples: [Sample] = [], takesProgress: Bool = false
  ) -> Model {
    var model = Model(
      person: wiring.person, offsetMinutes: Self.offsetMinutes(), glyphs: glyphs, samples: samples, themes: themes,
      theme: theme, size: size)
    model.adopt(files.preferences(takesProgress: takesProgress))
    let isThere = FileManager.default.fileExists(atPath: wiring.settingsFile)
    model.settingsWords = wiring.atHome(wiring.settingsFile) + (isThere ? "" : " (not there)")
    model.isReadOnly = isReadOnly
    if let focus { model.open(session: focus) }
    return model
  }

  /// How far the local time is from UTC now, in minutes; asked anew now and then, since summer ends while people look on.
  private static func offsetMinutes() -> Int {
    var (now, parts) = (time(nil), tm())
    return localtime_r(&now, &parts) == nil ? 0 : parts.tm_gmtoff / 60
  }

  /// The briefs that can be tried.
  private var samples: [Sample] {
    wiring.library.briefs.map { Sample(name: $0.name, title: $0.title, summary: $0.summary) }
  }

  /// Tells of every session in which something happened, until it is cancelled.
  private func watchJournal() -> Task<Void, Never> {
    Task { [journal, post] in for await changed in journal.changes() { post.yield(.changed(changed)) } }
  }

  /// Wakes the loop after some milliseconds, if the picture can change by itself.
  private func wake(in wait: Int64?) -> Task<Void, Never>? {
    guard let wait else { return nil }
    return Task { [post] in
      try? await Task.sleep(for: .milliseconds(wait))
      if !Task.isCancelled { post.yield(.wake) }
    }
  }

  /// Where the state lies, as a person writes it.
  private var folderWords: String { wiring.atHome(StateFolder.absolute(wiring.state.path)) }

  // MARK: Lines

  /// The console as lines: reads one after another, adds lines, and leaves at the end of input.
  private mutating func runLines(focus: String?, engineFor: String?) async throws {
    let watch = watchJournal()
    // Reading blocks, and nothing can be waited for beside it, so it has its own thread.
    let reader = Thread { [post] in
      while let line = readLine() { post.yield(.line(line)) }
      post.yield(.line(nil))
    }
    reader.start()
    defer { watch.cancel() }
    let showsPrompt = isatty(0) == 1
    var console = LinearConsole(
      makeModel(focus: focus, glyphs: .ascii, size: Size(columns: 100, rows: 40), themes: [], samples: samples))
    var sessions = WatchedSessions(journal: journal, wiring: wiring)
    _ = console.take(.moment(currentMoment()))
    try await sessions.refresh(nil)
    await sessions.readAll()
    if let engineFor { try startEngine(for: engineFor, in: sessions) }
    // What is there at the beginning is told as it stands, not as news.
    var intents = console.take(.sessions(sessions.snapshots())).intents
    var alarm: Task<Void, Never>?
    var isPrompted = false
    func show(_ lines: [String], typed: Bool = false) {
      guard !lines.isEmpty else { return }
      // What is told by itself begins a line of its own, not behind the prompt.
      LinearConsole.Output.write(
        isPrompted && !typed ? [""] + lines : lines, prompt: showsPrompt ? console.prompt : nil)
      isPrompted = showsPrompt
    }
    show(files.troubles + console.begin())
    for await input in inbox {
      var lines: [String] = []
      func take(_ output: LinearConsole.Output) {
        lines += output.lines
        intents += output.intents
      }
      take(console.take(.moment(currentMoment())))
      let said = lookAtFiles()
      if !said.isEmpty { take(console.take(.preferences(files.preferences(takesProgress: false)))) }
      for notice in said { take(console.take(.notice(notice))) }
      var isTyped = false
      switch input {
      case .message(let message): take(console.take(message))
      case .changed(let session):
        try await sessions.refresh(session)
        await sessions.readAll()
        take(console.take(.sessions(sessions.snapshots())))
      case .readOn: break
      case .wake:
        if sessions.livenessMoved() { take(console.take(.sessions(sessions.snapshots()))) }
        for (session, printed) in sessions.newOutput() {
          take(console.take(.transcript(session: session, lines: printed)))
        }
      case .line(let line):
        isTyped = true
        take(console.type(line))
      case .ended: return
      }
      while !intents.isEmpty {
        let intent = intents.removeFirst()
        if intent == .quit {
          LinearConsole.Output.write(lines, prompt: nil)
          return
        }
        if intent == .reload {
          _ = files.readAgain(everything: true)
          try await sessions.refresh(nil)
          await sessions.readAll()
          take(console.take(.preferences(files.preferences(takesProgress: false))))
          take(console.take(.sessions(sessions.snapshots())))
          take(console.take(.notice(reloaded())))
          continue
        }
        for message in await perform(intent, terminal: nil, sessions: &sessions) {
          take(console.take(message))
        }
      }
      if isTyped, lines.isEmpty, showsPrompt { lines = [""] }
      show(lines, typed: isTyped)
      alarm?.cancel()
      alarm = wake(in: console.wakeAfter)
    }
  }

  // MARK: Frames

  private mutating func run(focus: String?, engineFor: String?, announcements: FileHandle?) async throws {
    let themes = ThemeLibrary(
      project: URL(fileURLWithPath: FileManager.default.currentDirectoryPath),
      environment: wiring.environment)
    let kept = memory.read()
    let wanted =
      wiring.environment["SIGNALBOX_THEME"] ?? kept.memory.chosenTheme ?? settings.theme ?? backgroundTheme
      ?? ThemeLibrary.standardName
    var theme = try? themes.load(wanted)
    let terminal: TerminalSession
    do {
      terminal = try TerminalSession.open(
        TerminalOptions(standardErrorLog: wiring.state.path + "/console.log"),
        onKey: { [post] in post.yield(.message(.key($0))) })
    } catch {
      throw Told(
        .refused, why: error.reason.asSentence,
        instead:
          "Without a terminal use --headless or --detach, and `signalbox decisions`, `answer`, `show`. "
          + error.hint.asSentence)
    }
    let watch = watchJournal()
    let end = Task { [post] in
      _ = await terminal.waitUntilEnded()
      post.yield(.ended)
    }
    defer {
      watch.cancel()
      end.cancel()
      terminal.close()
      place.finish()
    }
    var model = makeModel(
      focus: focus, glyphs: terminal.capabilities.glyphs, size: terminal.capabilities.size, themes: themes.names(),
      theme: theme?.name ?? ThemeLibrary.standardName, takesProgress: terminal.capabilities.takesProgress)
    model.readsMouse = settings.mouse ?? false
    model.recall(kept.memory, drafts: kept.drafts)
    model.keepsMemory = true
    if let focus { model.open(session: focus) }
    if model.readsMouse { terminal.setMouse(true) }
    var speaker = announcements.map { Speaker(model: model, file: $0) }
    var sessions = WatchedSessions(journal: journal, wiring: wiring)
    _ = model.update(.moment(currentMoment()))
    var intents: [Intent] = []
    if let focus {
      // What the person asked for is shown before the others are read.
      try await sessions.refresh(focus)
      if !sessions.snapshots().isEmpty {
        intents += model.update(.sessions(sessions.snapshots()))
        terminal.show(model.view(), theme: theme ?? .terminal)
      }
    }
    try await sessions.refresh(nil)
    // Samples are for those who have nothing yet.
    if sessions.isEmpty { model.samples = samples }
    intents += model.update(.sessions(sessions.snapshots()))
    intents += model.update(.troubles(files.troubles))
    terminal.show(model.view(), theme: theme ?? .terminal)
    if model.samples.isEmpty { model.samples = samples }
    var alarm: Task<Void, Never>?
    func readOn() {
      let reading = sessions.reading
      if reading != model.readingOn { intents += model.update(.reading(reading)) }
      // Keys that came meanwhile stand before the next part.
      if !sessions.behind.isEmpty { post.yield(.readOn) }
    }
    var isDark: Bool?
    /// Follows what the person's files say now; a theme that was chosen here stays.
    func adopt(before: Settings) {
      intents += model.update(.preferences(files.preferences(takesProgress: terminal.capabilities.takesProgress)))
      intents += model.update(.troubles(files.troubles))
      if let reads = settings.mouse, reads != before.mouse, reads != model.readsMouse {
        model.readsMouse = reads
        terminal.setMouse(reads)
      }
      guard !model.hasChosenTheme, wiring.environment["SIGNALBOX_THEME"] == nil else { return }
      let byBackground = isDark.map { $0 ? settings.darkTheme : settings.lightTheme } ?? backgroundTheme
      let name = settings.theme ?? byBackground ?? ThemeLibrary.standardName
      guard name != model.theme else { return }
      useTheme(name)
    }
    func useTheme(_ name: String) {
      do {
        theme = try themes.load(name)
        model.theme = name
      } catch { intents += model.update(.notice("\(error)")) }
    }
    var awaited = engineFor
    func startAwaited() {
      guard let id = awaited, sessions.isRead(id) else { return }
      awaited = nil
      do { try startEngine(for: id, in: sessions) } catch { intents += model.update(.notice(words(for: error))) }
    }
    readOn()
    startAwaited()
    for await input in inbox {
      intents += model.update(.moment(currentMoment()))
      switch input {
      case .readOn:
        await sessions.readOn()
        intents += model.update(.sessions(sessions.snapshots()))
      case .message(.key(.resize(let size))): intents += model.update(.resized(size))
      case .message(.key(.background(let isDarkNow))):
        isDark = isDarkNow
        guard let name = isDarkNow ? settings.darkTheme : settings.lightTheme, !model.hasChosenTheme,
          wiring.environment["SIGNALBOX_THEME"] == nil
        else { break }
        useTheme(name)
      case .message(let message): intents += model.update(message)
      case .changed(let session):
        try await sessions.refresh(session)
        intents += model.update(.sessions(sessions.snapshots()))
        speaker?.take(sessions.snapshots(), at: model.now)
      case .wake:
        model.offsetMinutes = Self.offsetMinutes()
        speaker?.take(sessions.snapshots(), at: model.now)
        if sessions.livenessMoved() { intents += model.update(.sessions(sessions.snapshots())) }
        for (session, lines) in sessions.newOutput() {
          intents += model.update(.transcript(session: session, lines: lines))
        }
      case .ended:
        _ = await outbox.finish()
        return
      case .line: break
      }
      // After the key: it meant what the screen said of it.
      let before = settings
      let said = lookAtFiles()
      if !said.isEmpty {
        adopt(before: before)
        for notice in said { intents += model.update(.notice(notice)) }
      }
      switch input {
      case .readOn, .changed:
        readOn()
        startAwaited()
      default: break
      }
      // The picture first: whoever pressed a key waits for that, and for nothing that is done because of it.
      if intents.first != .quit { terminal.show(model.view(), theme: theme ?? .terminal) }
      var isOld = false
      while !intents.isEmpty {
        let intent = intents.removeFirst()
        if intent == .quit {
          // The picture goes with the screen it was drawn on; what matters is left on the other one.
          terminal.close()
          if outbox.isBusy { remark("What you sent is on its way to the journal; this waits until it is there.") }
          let sent = await outbox.finish()
          guard await terminal.waitUntilEnded() == .closed else { return }
          // The last words are true: they count what was sent a moment ago.
          for (request, result) in sent {
            _ = model.update(.submitted(request, result))
            switch result {
            case .accepted: break
            case .refused(let why, let instead): remark("Not sent: \(why) \(instead)")
            case .stale, .filesMoved: remark("Not sent: what it was about changed meanwhile. Look again.")
            }
          }
          if !sent.isEmpty, (try? await sessions.refresh(nil)) != nil {
            _ = model.update(.sessions(sessions.snapshots()))
          }
          let words = model.farewell(keptIn: folderWords).map { $0 + "\n" }.joined()
          try? FileHandle.standardOutput.write(contentsOf: Data(words.utf8))
          return
        }
        if case .theme(let name) = intent {
          do { theme = try themes.load(name) } catch { intents += model.update(.notice("\(error)")) }
          isOld = true
          continue
        }
        if intent == .reload {
          let before = settings
          _ = files.readAgain(everything: true)
          adopt(before: before)
          useTheme(model.theme)
          try await sessions.refresh(nil)
          intents += model.update(.sessions(sessions.snapshots()))
          intents += model.update(.notice(reloaded()))
          terminal.repaint()
          isOld = true
          continue
        }
        for message in await perform(intent, terminal: terminal, sessions: &sessions) {
          intents += model.update(message)
          isOld = true
        }
      }
      if isOld { terminal.show(model.view(), theme: theme ?? .terminal) }
      alarm?.cancel()
      alarm = wake(in: model.wakeAfter)
    }
  }

  /// What is said when everything was read again: what is wrong, or that all is well.
  private func reloaded() -> String {
    files.troubles.isEmpty ? "Read again: settings, keys and sessions." : files.troubles.joined(separator: " ")
  }

  /// Starts an engine for a session that has not ended and that none holds.
  private func startEngine(for id: String, in sessions: WatchedSessions) throws {
    guard let session = sessions.session(id) else { return }
    if case .alive = wiring.liveness(of: session) { return }
    try EngineLaunch.start(id, wiring: wiring)
  }

  /// Does what the console asks for; what came of it at once comes back as messages, everything else later.
  private func perform(_ intent: Intent, terminal: TerminalSession?, sessions: inout WatchedSessions) async -> [Message]
  {
    if isReadOnly, intent.changesSessions {
      // The console offers none of this; that it cannot happen does not rest on that alone.
      let why = "This console is read-only."
      let instead = "`signalbox attach` without --read-only orders."
      if case .submit(_, _, let request) = intent { return [.submitted(request, .refused(why: why, instead: instead))] }
      return [.notice("\(why) \(instead)")]
    }
    switch intent {
    case .submit(let session, let demand, let request):
      guard terminal != nil else {
        var messages: [Message] = [.submitted(request, await submit(demand, to: session))]
        if (try? await sessions.refresh(session)) != nil { messages.append(.sessions(sessions.snapshots())) }
        return messages
      }
      outbox.add(request) {
        await submit(demand, to: session)
      } tell: { [post] result in
        post.yield(.message(.submitted(request, result)))
        post.yield(.changed(session))
      }
    case .weigh(let weighing):
      guard let session = sessions.session(weighing.session) else {
        return [.weighed(weighing, weighing.consequences, trouble: "the session is not known any more")]
      }
      weigh(weighing, in: session)
    case .look(let session, let decision):
      Task { [deciding] in await deciding.begin(session) }
      if let session = sessions.session(session) { look(at: decision, of: session) }
    case .compare(let question):
      guard let session = sessions.session(question.session) else {
        return [.compared(question, nil, trouble: "the session is not known any more")]
      }
      compare(question, in: session)
    case .writeReport(let session): writeReport(of: session)
    case .export(let session, let path): export(session, to: path)
    case .startSample(let name):
      do { return [.opened(session: try await startSample(name))] } catch { return [.notice(words(for: error))] }
    case .startEngine(let session):
      do { try EngineLaunch.start(session, wiring: wiring) } catch { return [.notice(words(for: error))] }
    case .openEditor(let purpose, let text):
      guard let terminal else { return [.notice("Type it here; the editor needs the screen.")] }
      return [.edited(purpose, Lent(terminal: terminal, environment: wiring.environment).edit(text))]
    case .openPager(let paged):
      guard let terminal else { return [.notice("The pager needs the screen.")] }
      let folders = paged.session.flatMap(sessions.session).map(folders) ?? NamedFolders(folders: [])
      let lent = Lent(terminal: terminal, environment: wiring.environment)
      if let trouble = lent.page(paged, linking: folders) { return [.notice(trouble)] }
    case .readFile(let file):
      guard let session = sessions.session(file.session) else {
        return [.fileRead(file, nil, trouble: "the session is not known any more")]
      }
      read(file, in: folders(of: session))
    case .copy(let text):
      let clipboard = Clipboard(environment: wiring.environment, ownCommand: settings.copyCommand)
      Task { [post] in post.yield(.message(.notice(await clipboard.copy(text, terminal: terminal)))) }
    case .notify(let note): tell(note, terminal: terminal)
    case .mouse(let isOn): terminal?.setMouse(isOn)
    case .remember(let memory): place.keep(memory)
    case .keepDraft(let draft):
      if let trouble = memory.keep(draft) {
        return [.notice("What you typed for \(draft.session) is not kept on the disk: \(trouble).")]
      }
    case .bell: terminal?.ring()
    case .title: break  // The frame carries the title.
    case .repaint: terminal?.repaint()
    case .suspend: terminal?.stop()
    case .progress(let progress): terminal?.setProgress(progress)
    case .theme, .reload, .quit: break
    }
    return []
  }

  /// Tells the person on the desktop and by their own program, beside the loop.
  private func tell(_ note: AlertNote, terminal: TerminalSession?) {
    if note.desktop, let terminal {
      let isKnown = terminal.notify(note.text)
      post.yield(
        .message(
          .alerted(
            note.number, way: isKnown ? "desktop (unknown whether shown)" : "desktop: not by this terminal")))
    }
    guard note.program, let command = settings.notifyCommand, let data = try? JSONEncoder().encode(AlertLine(note))
    else { return }
    let program = OwnProgram(command: command, environment: wiring.environment)
    Task { [post] in
      let (_, words) = await program.run(data + [0x0A])
      post.yield(.message(.alerted(note.number, way: words)))
    }
  }

  private func writeReport(of session: String) {
    let handoff = Handoff(wiring: wiring, journal: journal)
    Task { [post] in
      do {
        let text = try await handoff.report(of: session).markdown
        post.yield(.message(.reported(session: session, text, trouble: nil)))
      } catch {
        post.yield(.message(.reported(session: session, nil, trouble: Told(error)?.why ?? "\(error)")))
      }
    }
  }

  private func export(_ session: String, to path: String) {
    let handoff = Handoff(wiring: wiring, journal: journal)
    Task { [post] in
      do {
        let written = try await handoff.package(of: session, to: path, instead: "Name another file (x)")
        post.yield(.message(.notice("Written: \(written.path)  sha256 \(written.hash.prefix(12))")))
      } catch {
        let told = Told(error).map { "\($0.why) \($0.instead)" }
        post.yield(.message(.notice("Not written: \(told ?? "\(error)")")))
      }
    }
  }

  private func submit(_ demand: Demand, to session: String) async -> SubmitResult {
    do {
      var open = try await deciding.open(session)
      let request = "console-\(UUID().uuidString)"
      if case .answer(var answer) = demand {
        answer.origin = wiring.origin(client: "console")
        try await wiring.answers.submit(answer, to: &open, by: wiring.person, at: currentMoment(), request: request)
      } else {
        let order = Order(at: currentMoment(), by: wiring.person, demand: demand)
        if demand.mayPutFilesBack {
          _ = try decide(order, in: open.session)
          try await wiring.look(at: &open)
        }
        try await open.submit(order, request: request)
      }
      await deciding.keep(open)
      // Who only reads what an agent said begins nothing by it.
      if case .readCallback = demand { return .accepted }
      // What the answer leads to needs an engine; a person who looks on expects it to go on.
      if !open.session.outstanding.isEmpty, wiring.liveness(of: open.session) == .gone {
        try EngineLaunch.start(session, wiring: wiring)
      }
      return .accepted
    } catch Refusal.stale {
      return .stale
    } catch Refusal.filesMoved {
      let now = try? await deciding.open(session).session
      return .filesMoved(now?.personEdits ?? [])
    } catch {
      let told = Told(error) ?? Told(.refused, why: "\(error)", instead: "")
      return .refused(why: told.why, instead: told.instead)
    }
  }

  // MARK: The workspace

  /// Finds out what a choice would do to the files, beside the loop, so that keys never wait for a disk.
  private func weigh(_ weighing: Weighing, in session: Session) {
    let files = WorkspaceLook(wiring: wiring, deciding: deciding)
    Task { [post] in
      do {
        let found = try await files.fill(weighing.consequences, in: session)
        post.yield(.message(.weighed(weighing, found, trouble: nil)))
      } catch {
        post.yield(.message(.weighed(weighing, weighing.consequences, trouble: "\(error)")))
      }
    }
  }

  /// Looks whether a question still rests on the files it was raised on; the journal tells everybody when it does not.
  private func look(at decision: String, of session: Session) {
    // While work goes on, files move because they should; without an engine nobody could ask anew.
    guard session.inFlight.isEmpty, wiring.liveness(of: session) != .gone,
      let shown = session.decision(decision)?.tree
    else { return }
    let files = WorkspaceLook(wiring: wiring, deciding: deciding)
    Task { _ = await files.tell(session.id, movedSince: shown) }
  }

  /// Compares a file's contents, beside the loop.
  private func compare(_ question: Comparing, in session: Session) {
    let comparison = FileComparison(wiring: wiring, session: session)
    Task { [post] in
      do {
        let found = try await comparison.compare(question.path)
        post.yield(.message(.compared(question, found, trouble: nil)))
      } catch {
        post.yield(.message(.compared(question, nil, trouble: Told(error)?.why ?? "\(error)")))
      }
    }
  }

  /// The folders in which the files of a session lie: its workspace, and its own one in the state folder.
  private func folders(of session: Session) -> NamedFolders {
    NamedFolders(folders: [session.workspace, wiring.state.session(session.id).path])
  }

  /// Reads a file that a session names, beside the loop, so that keys never wait for a disk.
  private func read(_ file: NamedFile, in folders: NamedFolders) {
    Task { [post] in
      do {
        post.yield(.message(.fileRead(file, try folders.read(file), trouble: nil)))
      } catch {
        post.yield(.message(.fileRead(file, nil, trouble: Told(error)?.why ?? "\(error)")))
      }
    }
  }

  private func startSample(_ name: String) async throws -> String {
    let brief = try wiring.library.brief(name)
    let home = wiring.environment["HOME"] ?? NSHomeDirectory()
    let id = try await NewSession(
      wiring: wiring, journal: journal, text: brief.text, fallbackTitle: name,
      workflow: try wiring.library.workflow("seven-stage"), workspace: { "\(home)/signalbox/\($0)" }
    ).begin()
    try EngineLaunch.start(id, wiring: wiring)
    return id
  }

  private func words(for error: any Error) -> String {
    Told(error).map { "\($0.why) \($0.instead)" } ?? "\(error)"
  }
}

/// Looks at a session's workspace for the console.
struct WorkspaceLook: Sendable {
  let wiring: Wiring
  let deciding: DecidingStates

  /// Fills in what only the files can tell. The one call site for file facts in the console.
  func fill(_ consequences: Consequences, in session: Session) async throws -> Consequences {
    try await wiring.filled(consequences, of: session)
  }

  /// Writes down that the files moved since a question was shown, so that it is asked anew; the paths that changed, or
  /// `nil` when nothing did.
  func tell(_ name: String, movedSince shown: String) async -> [String]? {
    do {
      var open = try await deciding.open(name)
      let moved = try await wiring.answers.look(
        at: &open, shown: shown, by: wiring.person, at: currentMoment(), request: "look-\(UUID().uuidString)")
      await deciding.keep(open)
      return moved
    } catch {
      // Whoever cannot look says nothing; an answer is still held against the files when it is given.
      return nil
    }
  }
}

extension Demand {
  /// Whether what a person asks for may lead to files being put back.
  fileprivate var mayPutFilesBack: Bool {
    switch self {
    case .rollBack, .change, .requestAbort: return true
    default: return false
    }
  }
}

extension LinearConsole.Output {
  /// Prints lines, and what stands before the line that is typed.
  static func write(_ lines: [String], prompt: String?) {
    let text = lines.map { shown($0) + "\n" }.joined() + (prompt ?? "")
    FileHandle.standardOutput.write(Data(text.utf8))
  }
}
