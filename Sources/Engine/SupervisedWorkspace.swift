import Foundation
import Kernel
import Synchronization

/// Says that a file was kept aside: it did not hold what every file must.
public struct FileRejected: Error, Equatable, Sendable, CustomStringConvertible {
  /// Its path below the workspace.
  public var path: String
  /// Why, each in one or two sentences.
  public var reasons: [String]

  /// What was rejected and why.
  public var description: String { "\(path) was rejected and kept aside: \(reasons.joined(separator: " "))" }
}

/// The workspace as one attempt of an agent sees it: every file is looked at before it is written, what belongs to
/// another task is not touched, and after the attempt's end nothing is written any more.
final class SupervisedWorkspace: Workspace {
  private let inner: any Workspace
  private let preflight: any Preflight
  private let attempt: AttemptAccount
  private let isClosed = Mutex(false)

  init(inner: any Workspace, preflight: any Preflight, attempt: AttemptAccount) {
    self.inner = inner
    self.preflight = preflight
    self.attempt = attempt
  }

  /// The attempt is over; whatever still runs of it changes nothing.
  func close() { isClosed.withLock { $0 = true } }

  var root: String { inner.root }

  func write(_ bytes: [UInt8], to path: String, executable: Bool) async throws {
    try check()
    attempt.sign()
    guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      attempt.note(violation: "tried to write outside the workspace: \(path)")
      throw WorkspaceRefusal("\(path) leads out of the workspace; nothing was written.")
    }
    if let owner = attempt.owner(of: path) {
      attempt.note(violation: "wrote to \(path), which belongs to \(owner)")
      throw WorkspaceRefusal("\(path) belongs to \(owner); nothing was written.")
    }
    let findings = try await preflight.check(attempt.candidate(bytes, at: path, executable: executable))
    let reasons = findings.filter { $0.severity == .reject }.map(\.words)
    guard reasons.isEmpty else {
      attempt.reject(path, bytes: bytes, reasons: reasons)
      throw FileRejected(path: path, reasons: reasons)
    }
    do {
      try await inner.write(bytes, to: path, executable: executable)
    } catch let refusal as WorkspaceRefusal {
      attempt.note(violation: "tried to write \(path): \(refusal.description)")
      throw refusal
    }
    attempt.accept(path, hash: sha256(bytes), warnings: findings.map(\.words))
  }

  func remove(_ path: String) async throws {
    try check()
    attempt.sign()
    if let owner = attempt.owner(of: path) {
      attempt.note(violation: "tried to remove \(path), which belongs to \(owner)")
      throw WorkspaceRefusal("\(path) belongs to \(owner); nothing was removed.")
    }
    try await inner.remove(path)
  }

  func read(_ path: String, limit: Int) async throws -> [UInt8] {
    attempt.sign()
    return try await inner.read(path, limit: limit)
  }

  func read(_ path: String, of tree: String, limit: Int) async throws -> [UInt8]? {
    try await inner.read(path, of: tree, limit: limit)
  }

  func files() async throws -> [WorkspaceFile] { try await inner.files() }
  func look() async throws -> WorkspaceLook { try await inner.look() }
  func files(of tree: String) async throws -> [WorkspaceFile] { try await inner.files(of: tree) }
  func tree() async throws -> String { try await inner.tree() }
  func changes(since tree: String) async throws -> [WorkspaceChange] { try await inner.changes(since: tree) }

  func checkpoint(named name: String, message: String) async throws -> String {
    try check()
    return try await inner.checkpoint(named: name, message: message)
  }

  func restore(tree: String) async throws -> RestoreSummary {
    throw WorkspaceRefusal("A task puts no files back; that is the engine's.")
  }

  func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String]) async throws
    -> String
  {
    try check()
    return try await inner.archive(to: path, prefix: prefix, extra: extra, leavingOut: paths)
  }

  private func check() throws {
    guard !isClosed.withLock({ $0 }) else { throw WorkspaceRefusal("The attempt is over; nothing was changed.") }
  }
}

extension PreflightFinding {
  /// The finding with its line, in one or two sentences.
  var words: String { line > 0 ? "Line \(line): \(message)" : message }
}

/// What is known of one attempt while it runs.
final class AttemptAccount: Sendable {
  /// What was gathered.
  struct Account: Sendable {
    var rejections: [FileRejection] = []
    var violations: [String] = []
    var warnings: [String] = []
    /// The hash of what was written and accepted, by path.
    var accepted: [[UInt8]: String] = [:]
    var lastSign = currentMoment()
    /// When it began, and how long it waited for people since, in milliseconds.
    let begun = currentMoment()
    var waited: Moment = 0
    /// How many questions to people are open, and since when there is one.
    var questions = 0
    var waitingSince: Moment = 0
  }

  let task: TaskRecord
  let session: Session
  private let aside: String
  private let secrets: KnownSecrets
  private let state = Mutex(Account())

  init(task: TaskRecord, session: Session, folder: SessionFolder, secrets: KnownSecrets = KnownSecrets()) {
    self.secrets = secrets
    self.task = task
    self.session = session
    aside = "\(folder.rejected)/\(task.id)-\(task.attempt)"
  }

  var account: Account { state.withLock { $0 } }

  /// Whether it may change what others made: what mends, and what the engine itself does.
  var mayChangeAll: Bool { task.repairs != nil || task.role == Session.engineRole }

  /// Whose a file is, when it is somebody else's.
  func owner(of path: String) -> String? {
    guard !mayChangeAll, !task.expectedFiles.contains(where: { $0.utf8.elementsEqual(path.utf8) }),
      let record = session.files[path], record.integrity != .missing
    else { return nil }
    if case .task(task.id, _, _) = record.author { return nil }
    return record.author.words
  }

  func candidate(_ bytes: [UInt8], at path: String, executable: Bool) -> CandidateFile {
    let isExpected = task.expectedFiles.contains { $0.utf8.elementsEqual(path.utf8) }
    return CandidateFile(
      path: path, bytes: bytes, isExecutable: executable, task: task.id, isExpected: isExpected,
      role: task.workingRole)
  }

  /// The agent gave a sign.
  /// Whether a person is being waited for.
  var isWaiting: Bool { state.withLock { $0.questions > 0 } }

  /// How long it was at work without waiting for anybody, in milliseconds.
  var worked: Moment {
    state.withLock { account in
      let now = currentMoment()
      return now - account.begun - account.waited - (account.questions > 0 ? now - account.waitingSince : 0)
    }
  }

  /// A person is waited for, or no longer.
  func waits(_ begins: Bool) {
    state.withLock { account in
      let now = currentMoment()
      if begins, account.questions == 0 { account.waitingSince = now }
      if !begins, account.questions == 1 { account.waited += now - account.waitingSince }
      account.questions += begins ? 1 : -1
      account.lastSign = now
    }
  }

  func sign() { state.withLock { $0.lastSign = currentMoment() } }

  func note(violation: String) {
    state.withLock { if !$0.violations.contains(violation) { $0.violations.append(violation) } }
  }

  func accept(_ path: String, hash: String, warnings: [String]) {
    state.withLock {
      $0.accepted[Array(path.utf8)] = hash
      $0.warnings += warnings.map { "\(path): \($0)" }
      // What was wrong at first and is right now is no rejection any more.
      $0.rejections.removeAll { $0.path.utf8.elementsEqual(path.utf8) }
    }
  }

  /// Keeps a file aside with the reasons.
  func reject(_ path: String, bytes: [UInt8], reasons: [String]) {
    let kept = keepAside(path, bytes: bytes)
    state.withLock {
      $0.rejections.removeAll { $0.path.utf8.elementsEqual(path.utf8) }
      $0.rejections.append(FileRejection(path: path, reasons: reasons, keptAt: kept))
    }
  }

  /// Writes a copy into the state folder; no name of an agent's can lead out of it.
  func keepAside(_ path: String, bytes: [UInt8]) -> String? {
    let parts = path.split(separator: "/").map { $0 == ".." || $0 == "." ? "_" : String($0.prefix(200)) }
    guard !parts.isEmpty else { return nil }
    let target = aside + "/" + parts.joined(separator: "/")
    do {
      try StateFolder.make(URL(fileURLWithPath: target).deletingLastPathComponent().path)
      guard
        FileManager.default.createFile(
          atPath: target, contents: Data(secrets.conceal(bytes)), attributes: [.posixPermissions: 0o600])
      else { return nil }
      return target
    } catch {
      return nil
    }
  }
}
