import Kernel
import Screen

// The files that a row or a text names: evidence of gates, what tasks left, documents. They are read and never changed.

/// A file that a session names.
public struct NamedFile: Equatable, Sendable {
  /// The session.
  public var session: String
  /// Its path: from the workspace's root, or absolute for evidence.
  public var path: String
  /// The line that is meant, if one is.
  public var line: Int?
  /// SHA-256 of the bytes that evidence had when it was recorded.
  public var hash: String?

  /// Makes it from its parts.
  public init(session: String, path: String, line: Int? = nil, hash: String? = nil) {
    self.session = session
    self.path = path
    self.line = line
    self.hash = hash
  }
}

/// A text for the person's pager.
public struct PagerText: Equatable, Sendable {
  /// What it is called.
  public var title: String
  /// The text, as it came.
  public var text: String
  /// The session whose files it names, if it is about one.
  public var session: String?
  /// The width it was wrapped to, if it was.
  public var columns: Int?

  /// Makes it from its parts.
  public init(_ title: String, _ text: String, of session: String? = nil, columns: Int? = nil) {
    self.title = title
    self.text = text
    self.session = session
    self.columns = columns
  }
}

extension Model {
  /// The most files of one row that are listed.
  private static let listedFiles = 200

  /// The files that the selected row, or what is read, names; evidence first.
  var openables: [NamedFile] {
    guard let subject = chosenSubject, let id = subject.session, let session = shown(id)?.session else { return [] }
    var found: [NamedFile] = []
    func add(_ path: String, line: Int = 0, hash: String? = nil) {
      guard !path.isEmpty, found.count < Model.listedFiles,
        !found.contains(where: { $0.path.utf8.elementsEqual(path.utf8) })
      else { return }
      found.append(NamedFile(session: id, path: path, line: line > 0 ? line : nil, hash: hash))
    }
    func add(_ result: GateResult?) {
      if let path = result?.evidence { add(path, hash: result?.evidenceHash) }
      for finding in result?.findings ?? [] { add(finding.file, line: finding.line) }
    }
    func add(task: TaskRecord?) {
      for path in (task?.files.map(\.path) ?? []) + (task?.expectedFiles ?? []) { add(path) }
    }
    func add(decision: Decision?) {
      guard let decision else { return }
      let gate = decision.subject.split(separator: ":").last.map(String.init) ?? ""
      add(session.gate(decision.subject)?.results.last ?? session.gate(gate)?.results.last)
      add(task: session.task(decision.subject) ?? session.task(gate))
      for file in session.documents(of: decision.stage) { add(file.path) }
    }
    switch subject {
    case .event(_, let seq):
      guard let snapshot = shown(id), let place = snapshot.place(of: seq) else { return [] }
      switch snapshot.events[place].event.fact {
      case .gateReported(_, _, let result): add(result)
      case .filesRecorded(let batch): for operation in batch.operations { add(operation.path) }
      case .taskCreated(let task): add(task: session.task(task.id) ?? task)
      case .effectStarted(.perform(let task, _), _), .taskCompleted(let task, _, _, _, _), .taskFailed(let task, _, _):
        add(task: session.task(task))
      case .decisionRaised(let decision): add(decision: decision)
      case .decisionAnswered(let answer): add(decision: session.decision(answer.decision))
      default: break
      }
    case .task(_, let task): add(task: session.task(task))
    case .gate(_, let gate): add(session.gate(gate)?.results.last)
    case .decision(_, let decision), .why(_, let decision): add(decision: session.decision(decision))
    case .stage(_, let stage):
      if let number = Int(stage) { for file in session.documents(of: number) { add(file.path) } }
      for task in session.tasks where task.substage == stage { add(task: task) }
    case .file(_, let path): add(path)
    case .incident(_, let incident):
      guard let found = session.incidents.first(where: { $0.id == incident }) else { return [] }
      for path in found.found + found.missing { add(path) }
    case .report:
      for stage in session.stages.reversed() { for file in session.documents(of: stage.id) { add(file.path) } }
    case .help, .alerts, .since, .blocker, .transcript, .ledger, .agent, .callback, .record, .health: break
    }
    // What lies in a workspace is there now; only evidence is what it was.
    return past == nil ? found : found.filter { $0.hash != nil }
  }

  /// Why there is no file to open here, or `nil`.
  var reasonNoFile: String? {
    guard openables.isEmpty else { return nil }
    if past != nil { return "the past has only its evidence to open, and this names none" }
    return chosenSubject == nil ? "nothing is selected that names a file" : "this names no file and no evidence"
  }

  /// Opens the only file there is here, or asks which one.
  mutating func openFile() -> [Intent] {
    offer(
      "Open, to be read",
      openables.map { file in
        let line = file.line.map { "line \($0)" } ?? ""
        return Menu.Item(
          name: file.path, words: file.hash == nil ? line : "evidence", intent: .readFile(file))
      })
  }

  /// Takes a file's contents from the shell, or why there are none.
  mutating func take(_ file: NamedFile, _ text: String?, trouble: String?) -> [Intent] {
    if let trouble {
      toast = says("Not opened: \(trouble)", .stateWarning)
    } else if let text, !speaksLines {
      return [.openPager(PagerText(file.path, text, of: file.session))]
    }
    return []
  }
}
