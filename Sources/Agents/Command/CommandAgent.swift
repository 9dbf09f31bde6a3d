import Engine
import Foundation
import Glibc
import Kernel

/// Any program as an agent: it reads its task from standard input, works in the workspace, and says what it likes on
/// standard output.
///
/// The task is one JSON object, on standard input and in the file that `SIGNALBOX_TASK_FILE` names. A line of output that
/// is a JSON object of a known `type` is obeyed, any other goes to the transcript:
///
///     {"type": "progress", "text": "half way"}
///     {"type": "callback", "kind": "query", "text": "Which currency?", "urgency": "high", "context": {"field": "price"}}
///     {"type": "file", "path": "services/prices.py"}
///     {"type": "done", "summary": "Prices are rounded."}
///
/// A program that says nothing at all is an agent too: what it left in the workspace is looked at.
public struct CommandAgent: TaskPerformer {
  /// The most callbacks of one attempt.
  static let callbackLimit = 200
  /// The most files one attempt may claim.
  static let claimLimit = 10_000

  /// What it is called.
  public var name: String
  /// The program and its arguments.
  public var arguments: [String]
  /// Variables it gets beside `PATH`, `HOME`, `LANG`, `TMPDIR` and the task's own.
  public var environment: [String: String]
  /// Whether it may reach anything outside.
  public var network: Bool
  /// How it is contained; `nil` runs it with nothing between it and the machine.
  public var containment: Containment?
  /// What it may use.
  public var limits: Containment.Limits
  /// How long it is waited for when the attempt is stopped; within the five seconds in which a stop takes effect.
  public var patience: AgentProcess.Patience

  /// Defines an agent.
  public init(
    name: String, argv arguments: [String], environment: [String: String] = [:], network: Bool = false,
    containment: Containment?, limits: Containment.Limits = Containment.Limits(),
    patience: AgentProcess.Patience = AgentProcess.Patience(closing: .milliseconds(500), stopping: .seconds(3))
  ) {
    self.name = name
    self.arguments = arguments
    self.environment = environment
    self.network = network
    self.containment = containment
    self.limits = limits
    self.patience = patience
  }

  /// Nobody knows what a program does besides writing files.
  public var isRepeatable: Bool { false }

  /// Runs the program once.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let place = try PrivateFolder("agent")
    defer { place.remove() }
    let task = try CommandTask(assignment).value.encoded() + [UInt8(ascii: "\n")]
    let file = place.path + "/task.json"
    guard FileManager.default.createFile(atPath: file, contents: Data(task), attributes: [.posixPermissions: 0o600])
    else { throw TaskFailure(cause: .environment, message: "The task cannot be written to \(file).") }
    let lines = TranscriptLines(assignment.transcript)
    defer { lines.finish() }
    let process = try start(assignment, in: place, file: file, lines: lines)
    // Beside the reading: a program that reads nothing of its task must not keep anybody from reading what it says.
    Task {
      try? await process.write(task)
      process.closeInput()
    }
    var hearing = Hearing(name: name, assignment: assignment, lines: lines)
    let ending = await withTaskCancellationHandler {
      for await line in process.lines { await hearing.take(line) }
      return await process.wait()
    } onCancel: {
      Task { await process.stop() }
    }
    try Task.checkCancellation()
    await hearing.finish()
    if let failure = failure(ending, errors: process.standardError, last: hearing.last) { throw failure }
    return TaskReport(notices: hearing.summaries, claimed: hearing.claimed)
  }

  private func start(_ assignment: Assignment, in place: PrivateFolder, file: String, lines: TranscriptLines) throws
    -> AgentProcess
  {
    var variables = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": place.path, "TMPDIR": place.path, "LANG": "C.UTF-8",
    ]
    variables.merge(environment) { _, given in given }
    variables["SIGNALBOX_TASK"] = assignment.task.id
    variables["SIGNALBOX_ATTEMPT"] = String(assignment.task.attempt)
    variables["SIGNALBOX_SESSION"] = assignment.session.id
    variables["SIGNALBOX_TASK_FILE"] = file
    let root = assignment.workspace.root
    do {
      let command: [String]
      if let containment {
        command = containment.command(
          arguments, workspace: root, writable: [place.path], network: network, limits: limits)
      } else {
        command = try ProcessStart.located(arguments, path: variables["PATH"] ?? "")
      }
      return try AgentProcess(
        command, in: root, environment: variables, lineLimit: 1 << 20, patience: patience,
        onErrorOutput: { lines.takeErrors($0) })
    } catch let refused as ProcessRefused {
      throw TaskFailure(cause: .environment, message: "\(name): \(refused.description)", type: "ProcessRefused")
    }
  }

  /// Why it counts as failed, or `nil`.
  private func failure(_ ending: AgentProcess.Ending, errors: StandardError, last: [String]) -> TaskFailure? {
    guard ending.exitStatus != 0 else { return nil }
    let told = errors.bytes.split(separator: UInt8(ascii: "\n")).map { cleaned($0) }
    let trace = told.joined(separator: "\n")
    // The sandbox and the guardian speak in the program's place only before it runs.
    if let first = told.first, first.hasPrefix("signalbox launch: ") || first.hasPrefix("bwrap: ") {
      return TaskFailure(
        cause: .environment, message: "\(name) could not be started: \(first)", type: "ProcessRefused", trace: trace)
    }
    var ending = ending
    // Bubblewrap tells a signal as a shell does.
    if containment?.bubblewrap != nil, let status = ending.exitStatus, (129...128 + 31).contains(status) {
      ending = AgentProcess.Ending(exitStatus: nil, signal: status - 128)
    }
    let words = (told.isEmpty ? last : told).suffix(10).joined(separator: "\n")
    let message = "\(name) \(ending.words)." + (words.isEmpty ? "" : "\n\(words)")
    guard let signal = ending.signal else {
      return TaskFailure(cause: .cognitive, message: message, type: "ExitStatus", trace: trace)
    }
    // A program crashes by its own fault; it is killed by others: memory, a limit, a person.
    let isCrash = [SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGPIPE].contains(signal)
    return TaskFailure(cause: isCrash ? .cognitive : .environment, message: message, type: "Signal", trace: trace)
  }
}

/// What is made of a program's lines.
private struct Hearing {
  let name: String
  let assignment: Assignment
  let lines: TranscriptLines
  private(set) var claimed: [String] = []
  private(set) var summaries: [String] = []
  /// The beginnings of the last lines that were no messages, as they came: few of them are ever read.
  private var latest: [[UInt8]] = []
  private var known: Set<[UInt8]> = []
  private var raised = 0
  private var unheard = 0

  init(name: String, assignment: Assignment, lines: TranscriptLines) {
    self.name = name
    self.assignment = assignment
    self.lines = lines
  }

  /// The last lines that were no messages, for people.
  var last: [String] { latest.map { cleaned(assignment.transcript.secrets.conceal($0).prefix(400)) } }

  mutating func take(_ line: LineReader.Line) async {
    guard case .bytes(let bytes) = line, let message = CommandMessage(bytes) else {
      lines.take(line)
      if case .bytes(let bytes) = line, !bytes.isEmpty {
        latest.append(Array(bytes.prefix(4_096)))
        if latest.count > 10 { latest.removeFirst() }
      }
      return
    }
    switch message {
    case .progress(let text):
      _ = await raise(Callback(kind: .progress, from: "", text: text))
    case .callback(let kind, let text, let urgency, let context):
      _ = await raise(Callback(kind: kind, from: "", text: text, context: context, urgency: urgency))
    case .file(let path):
      let root = assignment.workspace.root + "/"
      let inside = path.utf8.starts(with: root.utf8) ? String(path.dropFirst(root.count)) : path
      if claimed.count < CommandAgent.claimLimit, known.insert(Array(inside.utf8)).inserted { claimed.append(inside) }
    case .done(let summary):
      if !summary.isEmpty, summaries.count < 10 { summaries.append("\(name): \(summary)") }
    }
  }

  /// Whether it was heard.
  private mutating func raise(_ callback: Callback) async -> Bool {
    guard raised < CommandAgent.callbackLimit else {
      unheard += 1
      return false
    }
    raised += 1
    do {
      _ = try await assignment.raise(callback)
      return true
    } catch {
      assignment.transcript.write("A \(callback.kind.rawValue) was not taken: \(error)")
      return false
    }
  }

  func finish() async {
    guard unheard > 0 else { return }
    await assignment.note(
      .warning, "\(name) said \(unheard) more things than the \(CommandAgent.callbackLimit) that one attempt may say.")
  }
}
