import ArgumentParser
@preconcurrency import Dispatch
import Engine
import Foundation
import Kernel

/// Opens the console on all sessions.
struct Overview: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console", abstract: "Open the console on all sessions (what `signalbox` alone does).",
    shouldDisplay: false)

  @OptionGroup var options: ConsoleOptions

  func run() async throws {
    let wiring = try Wiring()
    try await ConsoleHost.run(wiring: wiring, journal: try wiring.journal(), focus: nil, options: options)
  }
}

/// Opens the console on a session.
struct Attach: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach",
    abstract: "Open the console on a session; start its engine if none holds it.")

  @Argument(help: "The session; without it the only one there is.")
  var session: String?
  @OptionGroup var options: ConsoleOptions

  func run() async throws {
    let wiring = try Wiring()
    try wiring.refuseInsideTask("Sessions are not attended")
    let journal = try wiring.journal()
    let ids = try await journal.heads(of: nil).map(\.session)
    var name = session
    if name == nil, ids.count == 1 { name = ids.first }
    guard let name else {
      try await ConsoleHost.run(wiring: wiring, journal: journal, focus: nil, options: options)
      return
    }
    let id = try await SessionLookup(journal: journal).full(name)
    // Whether another engine is at work shows once the session is read; the picture need not wait for that.
    try await ConsoleHost.run(wiring: wiring, journal: journal, focus: id, options: options, startsEngine: true)
  }
}

/// Holds a session in the foreground.
struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "Hold a session in the foreground and do its work (what `run` starts).")

  @Argument(help: "The session.")
  var session: String

  func run() async throws {
    let wiring = try Wiring()
    let journal = try wiring.journal()
    let id = try await SessionLookup(journal: journal).one(session).id
    try await wiring.makeReady(id, journal: journal)
    let supervisor = try wiring.supervisor(of: id, journal: journal, waitsForPersons: true)
    let signals = StopSignals { supervisor.stop() }
    defer { signals.cancel() }
    switch try await supervisor.run(id) {
    case .ended(let state): remark("\(id) is \(state.rawValue).")
    case .resting(let state): remark("\(id) is \(state.rawValue).")
    case .stopped: remark("\(id): the engine stopped as it was told; `signalbox attach \(id)` goes on.")
    case .replaced(let epoch):
      let holder = try await OpenSession.open(id, in: journal).session.holder?.name ?? "another engine"
      throw Told(
        .refused, why: "\(holder) took the session over (epoch \(epoch)).",
        instead: "This engine stopped its agents; look with `signalbox attach \(id)`.")
    }
  }
}

/// Runs a session without a console.
struct HeadlessRun {
  let wiring: Wiring
  let journal: any Journal
  let session: String

  func run() async throws {
    try await wiring.makeReady(session, journal: journal)
    let output = PrintedEvents(journal: journal, session: session)
    let supervisor = try wiring.supervisor(of: session, journal: journal, waitsForPersons: false) { _, _ in
      await output.printNew()
    }
    let signals = StopSignals { supervisor.stop() }
    defer { signals.cancel() }
    let end = try await supervisor.run(session)
    await output.printNew()
    let open = try await OpenSession.open(session, in: journal)
    switch end {
    case .ended(.completed): return
    case .ended(let state):
      throw Told(
        .failed, why: "The session \(session) is \(state.rawValue).", instead: "`signalbox report \(session)`.")
    case .resting(.paused):
      throw Told(.waiting, why: "\(session) is paused.", instead: "`signalbox resume \(session)` goes on.")
    case .resting:
      let ids = open.session.openDecisions.map(\.id).joined(separator: ", ")
      throw Told(
        .waiting, why: "\(session) waits for a person: \(ids).",
        instead: "Look with `signalbox decisions \(session)`, then `signalbox answer`, and run again.")
    case .replaced:
      throw Told(.refused, why: "Another engine took \(session) over.", instead: "`signalbox attach \(session)`.")
    case .stopped:
      throw Told(.waiting, why: "\(session) was stopped.", instead: "Run it again to go on.")
    }
  }
}

/// Prints each event once, from whichever task tells of it.
actor PrintedEvents {
  private var printer: EventPrinter
  private var isPrinting = false
  private var isBehind = false

  init(journal: any Journal, session: String) {
    printer = EventPrinter(journal: journal, session: session, json: true, position: 0)
  }

  func printNew() async {
    // Reading suspends; whoever comes meanwhile leaves word instead of printing the same lines twice.
    isBehind = true
    guard !isPrinting else { return }
    isPrinting = true
    defer { isPrinting = false }
    while isBehind {
      isBehind = false
      var copy = printer
      do {
        try await copy.printNew()
      } catch {
        remark("\(error)")
      }
      printer = copy
    }
  }
}

/// Turns a polite request to stop into a call.
final class StopSignals: Sendable {
  private let sources: [any DispatchSourceSignal]

  init(_ stop: @escaping @Sendable () -> Void) {
    sources = [SIGTERM, SIGINT, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      let handler: @Sendable @convention(block) () -> Void = { stop() }
      source.setEventHandler(handler: handler)
      source.resume()
      return source
    }
  }

  func cancel() { for source in sources { source.cancel() } }
}

/// Looks for what is wrong with this machine.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look whether this machine has what Signalbox needs, and try its agents out.",
    discussion: """
      Each agent that speaks a protocol is started once, in the sandbox it works in, and stopped after the handshake; no \
      model is asked.
      """)

  @ArgumentParser.Option(help: "The file that says who works (default: the project's agents.yaml, then your own).")
  var agents: String?
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let checks = await MachineCheck.all(wiring: try Wiring(), agents: agents)
    if json {
      say(JSONOutput.text(checks.map(\.json)))
    } else {
      for check in checks {
        let word = check.isGood ? "ok  " : check.isNeeded ? "FAIL" : "note"
        say("\(word) \(check.name): \(check.found)")
        if !check.isGood { say("       \(check.instead)") }
      }
    }
    if checks.contains(where: { !$0.isGood && $0.isNeeded }) { throw ExitCode(Status.failed.rawValue) }
  }
}
