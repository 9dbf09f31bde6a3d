import Foundation
import Kernel
import Synchronization

/// What a performer gets to do one attempt of a task.
public struct Assignment: Sendable {
  /// The session as it was when the attempt began.
  public let session: Session
  /// The task.
  public let task: TaskRecord
  /// The folder in which it works.
  public let workspace: any Workspace
  /// Where the session keeps what does not belong into the workspace.
  public let folder: SessionFolder
  /// Writes a line a supervisor should see; it becomes an event.
  public let note: @Sendable (Severity, String) async -> Void
  /// The attempt's running record beside the journal.
  public let transcript: Transcript
  /// Says something to the supervisor and returns the callback's identifier; when it returns, it is in the journal.
  /// Saying the same twice is saying it once.
  public let raise: @Sendable (Callback) async throws -> String
  /// Says that it gives signs of life; what is silent too long is told to the supervisor.
  public let alive: @Sendable () -> Void
  /// Gives an order in the performer's own name and returns the session afterwards.
  ///
  /// - Throws: ``Refusal``, and whatever the journal says.
  public let order: @Sendable (Demand) async throws -> Session
  /// Waits until the session is as it should be, for as long as it takes, and returns it. The attempt's time does not
  /// run meanwhile when `forPerson` is true, since nobody is slow who waits for a person.
  ///
  /// - Throws: `CancellationError` when the attempt is over first.
  public let follow:
    @Sendable (_ forPerson: Bool, _ until: @escaping @Sendable (Session) -> Bool) async throws -> Session

  /// Makes an assignment from its parts.
  public init(
    session: Session, task: TaskRecord, workspace: any Workspace, folder: SessionFolder, transcript: Transcript,
    note: @escaping @Sendable (Severity, String) async -> Void,
    raise: @escaping @Sendable (Callback) async throws -> String = { _ in "" },
    order: (@Sendable (Demand) async throws -> Session)? = nil,
    alive: @escaping @Sendable () -> Void = {},
    follow: (@Sendable (Bool, @escaping @Sendable (Session) -> Bool) async throws -> Session)? = nil
  ) {
    self.raise = raise
    self.alive = alive
    self.order = order ?? { _ in session }
    self.follow = follow ?? { _, _ in session }
    self.session = session
    self.task = task
    self.workspace = workspace
    self.folder = folder
    self.transcript = transcript
    self.note = note
  }
}

/// Performs tasks of one kind.
///
/// It is cancelled through its Swift task; whatever it says it wrote is checked on the disk afterwards.
public protocol TaskPerformer: Sendable {
  /// Performs one attempt.
  ///
  /// - Returns: What it planned, found or kept; `files` may stay empty, since the disk is asked.
  /// - Throws: ``TaskFailure`` with its cause, or any other error, which counts as the agent's own mistake.
  func perform(_ assignment: Assignment) async throws -> TaskReport
  /// Whether doing a task again that was cut short does no harm, because it writes whole files and reaches nothing
  /// outside. Of any other, a person is asked when nobody can tell whether it was done.
  var isRepeatable: Bool { get }
}

extension TaskPerformer {
  /// Most of the built-in ones are.
  public var isRepeatable: Bool { true }
}

/// Looks whether something outside answers.
public protocol DependencyProbe: Sendable {
  /// Returns in words what answered once it does; `nil` while it does not.
  ///
  /// - Throws: Only when it was cancelled.
  func look(for dependency: Dependency) async throws -> String?
}

/// Runs gates.
public protocol GateRunner: Sendable {
  /// Runs one gate once.
  ///
  /// - Throws: Only when it was cancelled; a check that cannot be made is a result that says so.
  func run(_ gate: Gate, of session: Session, in workspace: any Workspace, folder: SessionFolder, attempt: Int)
    async throws -> GateResult
}

/// Everyone who does effects for a session: one line per kind.
public struct Performers: Sendable {
  /// Task performers by catalogue name.
  public var tasks: [String: any TaskPerformer]
  /// Who looks at every file an agent wrote before it is accepted.
  public var preflight: any Preflight
  /// The gate runner.
  public var gates: any GateRunner
  /// Who looks whether what did not answer is back.
  public var probe: any DependencyProbe
  /// How long to wait between two looks, in milliseconds; the last one is repeated.
  public var probePauses: [Int]
  /// What agents are given and nobody may write down, as it is now.
  public var secrets: @Sendable () -> KnownSecrets = { KnownSecrets() }

  /// Makes a catalogue from its parts.
  public init(
    tasks: [String: any TaskPerformer], gates: any GateRunner, probe: any DependencyProbe,
    probePauses: [Int] = [2_000, 5_000, 10_000, 30_000, 60_000], preflight: any Preflight = NoPreflight()
  ) {
    self.preflight = preflight
    self.tasks = tasks
    self.gates = gates
    self.probe = probe
    self.probePauses = probePauses
  }
}

/// Keeps what an attempt says, beside the journal; the journal refers to it.
public final class Transcript: Sendable {
  /// The file it is written to.
  public let path: String
  /// What never stands in it.
  public let secrets: KnownSecrets
  /// For each source, what may be the beginning of a secret that its next line goes on with.
  private let seams = Mutex<[String: SecretSeam<Moment>]>([:])

  /// The fewest bytes of a secret's beginning for which a line is held back: so few that a line which only looks like one
  /// is rare, and is read a line later.
  private static let fewest = 4

  /// Opens a transcript; it is appended to, never cut.
  ///
  /// - Parameter secrets: What never stands in it.
  public init(path: String, secrets: KnownSecrets = KnownSecrets()) {
    self.path = path
    self.secrets = secrets
  }

  deinit { close() }

  /// Adds a line with the moment it was written.
  ///
  /// - Parameter source: What stands before it, e.g. `stderr: `; lines of one source go on in each other.
  public func write(_ line: String, from source: String = "") {
    let now = currentMoment()
    // Under the lock, so that lines stand in the order in which they came.
    seams.withLock { seams in
      guard !secrets.isEmpty else { return append([(now, Array(line.utf8))], from: source) }
      append(
        seams[source, default: SecretSeam(secrets, holding: Transcript.fewest)].take(Array(line.utf8), as: now),
        from: source)
    }
  }

  /// Writes what was held back; nothing follows, or only after a while.
  public func close() {
    seams.withLock { seams in
      for source in seams.keys.sorted() { append(seams[source]?.end() ?? [], from: source) }
    }
  }

  private func append(_ lines: [(piece: Moment, bytes: [UInt8])], from source: String) {
    guard !lines.isEmpty, let handle = FileHandle(forWritingAtPath: path) ?? create() else { return }
    defer { try? handle.close() }
    _ = try? handle.seekToEnd()
    for (moment, bytes) in lines {
      try? handle.write(contentsOf: Data(Array("\(isoTime(moment)) \(source)".utf8) + bytes + [UInt8(ascii: "\n")]))
    }
  }

  private func create() -> FileHandle? {
    _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
    return FileHandle(forWritingAtPath: path)
  }
}

/// The present moment in milliseconds since 1970 (UTC).
public func currentMoment() -> Moment { Moment(Date().timeIntervalSince1970 * 1_000) }

/// A moment as ISO 8601 in UTC with seconds, e.g. `2026-11-21T10:42:06Z`.
public func isoTime(_ moment: Moment) -> String {
  // Civil-from-days, so that no calendar, locale or formatter is needed. Source: the proleptic Gregorian calendar.
  let seconds = Int(moment >= 0 ? moment / 1_000 : (moment - 999) / 1_000)
  let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
  let rest = seconds - days * 86_400
  let shifted = days + 719_468
  let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let monthIndex = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
  let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
  let clock = "\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
  return "\(year)-\(two(month))-\(two(day))T\(clock)Z"
}
