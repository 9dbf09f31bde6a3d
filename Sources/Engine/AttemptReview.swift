import Foundation
import Kernel

/// What became of an attempt after everything it said was held against the disk: its output, or why there is none.
///
/// Whoever wants the output has to look which of the two it is, so a rejected one can never be used by accident.
public enum ReviewedAttempt: Sendable {
  /// The output may be used; 10 without a remark, 7 with some.
  case approved(TaskReport, quality: Int)
  /// There is no output, and why.
  case rejected(TaskFailure)
}

/// Which files the workspace held when somebody last looked, so that every change can be told whose it is.
actor WorkspaceWatch {
  private var known: [[UInt8]: WorkspaceFile] = [:]
  private var running: [String: Set<[UInt8]>] = [:]
  private var repositories: Set<[UInt8]> = []
  private let workspace: any Workspace

  init(_ workspace: any Workspace) { self.workspace = workspace }

  /// One file that changed.
  struct Change: Sendable {
    var old: WorkspaceFile?
    var new: WorkspaceFile?
    var path: String { new?.path ?? old?.path ?? "" }
    /// The change as it goes on record.
    var operation: FileOperation {
      FileOperation(
        kind: old == nil ? .created : new == nil ? .removed : .modified, path: path, size: new?.size ?? old?.size ?? 0,
        before: old?.hash, after: new?.hash)
    }
  }

  /// Somebody begins to work; where nobody else does, the files are looked at first.
  func begin(_ subject: String, owing paths: [String]) async throws {
    if running.isEmpty {
      let look = try await workspace.look()
      if running.isEmpty {
        known = WorkspaceWatch.keyed(look.files)
        repositories = Set(look.repositories.map { Array($0.utf8) })
      }
    }
    running[subject] = Set(paths.map { Array($0.utf8) })
  }

  /// Somebody ended: what changed since, apart from what others who still work owe, and the repositories that are new.
  func end(_ subject: String) async throws -> (changes: [Change], repositories: [String]) {
    let look = try await workspace.look()
    let now = WorkspaceWatch.keyed(look.files)
    let fresh = look.repositories.filter { repositories.insert(Array($0.utf8)).inserted }
    let own = running.removeValue(forKey: subject) ?? []
    let others = running.values.reduce(into: Set<[UInt8]>()) { $0.formUnion($1) }.subtracting(own)
    var changes: [Change] = []
    for path in Set(known.keys).union(now.keys) where known[path] != now[path] && !others.contains(path) {
      changes.append(Change(old: known[path], new: now[path]))
      known[path] = now[path]
    }
    return (changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }, fresh)
  }

  /// Every path, as last seen, sorted by its bytes.
  var paths: [String] {
    known.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// What is there of some paths, as last seen.
  func files(at paths: [String]) -> [WorkspaceFile] { paths.compactMap { known[Array($0.utf8)] } }

  /// What was put back or taken away after a look.
  func settle(_ path: String, as file: WorkspaceFile?) { known[Array(path.utf8)] = file }

  private static func keyed(_ files: [WorkspaceFile]) -> [[UInt8]: WorkspaceFile] {
    Dictionary(files.map { (Array($0.path.utf8), $0) }, uniquingKeysWith: { first, _ in first })
  }
}

/// Holds everything an attempt says and left against the disk and the record.
struct AttemptReview: Sendable {
  let attempt: AttemptAccount
  let workspace: any Workspace
  let preflight: any Preflight
  let rules: Supervision
  /// The bytes of accepted files that no picture holds yet, by path.
  let saved: [[UInt8]: [UInt8]]

  private static let readLimit = 4 << 20

  /// What a review found.
  struct Outcome: Sendable {
    var result: ReviewedAttempt
    var operations: [FileOperation]
    var violations: [String]
    /// What somebody should know although it is no violation.
    var alerts: [Alert] = []
  }

  /// Reviews an attempt's end.
  ///
  /// - Parameter repositories: The `.git` entries that appeared meanwhile.
  func review(
    _ result: Result<TaskReport, any Error>, changes: [WorkspaceWatch.Change], repositories: [String] = [],
    watch: WorkspaceWatch
  ) async throws -> Outcome {
    var operations: [FileOperation] = []
    let task = attempt.task
    var own = changes
    // A flood is taken back whole, whatever is in it.
    let extra = own.filter { $0.old == nil && !isExpected($0.path) }
    if extra.count > rules.fileLimit {
      for (number, change) in extra.enumerated() {
        if number < 20 { await keepAside(change) }
        try await workspace.remove(change.path)
        await watch.settle(change.path, as: nil)
      }
      let first = extra.prefix(20).map {
        FileOperation(
          kind: .rejected, path: $0.path, size: $0.new?.size ?? 0, before: nil, after: $0.new?.hash,
          reason: "one of \(extra.count) files beside the \(task.expectedFiles.count) expected ones")
      }
      operations += first
      attempt.note(
        violation: "left \(extra.count) files beside the \(task.expectedFiles.count) expected ones; at most "
          + "\(rules.fileLimit) are allowed, so none was accepted")
      own.removeAll { change in change.old == nil && !isExpected(change.path) }
    }
    // What an interrupted attempt left and this one found as it should be is this one's.
    for file in await watch.files(at: task.expectedFiles)
    where attempt.session.files[file.path]?.hash != file.hash && !own.contains(where: { $0.new == file }) {
      own.append(WorkspaceWatch.Change(old: nil, new: file))
    }
    for change in own { operations += try await judge(change, watch: watch) }
    for rejection in attempt.account.rejections
    where !operations.contains(where: { $0.kind == .rejected && $0.path.utf8.elementsEqual(rejection.path.utf8) }) {
      operations.append(
        FileOperation(
          kind: .rejected, path: rejection.path, size: 0, before: nil, after: nil,
          reason: rejection.reasons.joined(separator: " ")))
    }
    let report = try? result.get()
    try await hold(report?.claimed ?? [], against: own)
    let created = operations.filter { $0.kind == .created }.map(\.path)
    return Outcome(
      result: verdict(result, operations: operations), operations: operations,
      violations: attempt.account.violations,
      alerts: repositories.map { Alert(leftOut: $0, by: attempt.task) }
        + PathTwins.find(of: created, among: await watch.paths).map {
          Alert(kind: .pathTwins, subject: $0.path, words: "\($0.words) By \(attempt.task.attemptWords).")
        })
  }

  private func isExpected(_ path: String) -> Bool {
    attempt.task.expectedFiles.contains { $0.utf8.elementsEqual(path.utf8) }
  }

  private func verdict(_ result: Result<TaskReport, any Error>, operations: [FileOperation]) -> ReviewedAttempt {
    let account = attempt.account
    let who = attempt.task.agent ?? attempt.task.performer
    var words = account.rejections.map { "\($0.path) was rejected: \($0.reasons.joined(separator: " "))" }
    words += account.violations.map { "\(who) \($0)." }
    switch result {
    case .failure(let error):
      var failure = AttemptReview.failure(error)
      failure.rejections += account.rejections
      if !words.isEmpty, !(error is FileRejected) { failure.message += "\n" + words.joined(separator: "\n") }
      if error is FileRejected { failure.message = words.joined(separator: "\n") }
      return .rejected(failure)
    case .success(var report):
      guard words.isEmpty else {
        return .rejected(
          TaskFailure(
            cause: .cognitive, message: words.joined(separator: "\n"),
            type: account.rejections.isEmpty ? "Conduct" : "PreflightRejection", rejections: account.rejections))
      }
      if attempt.task.expectedFiles.isEmpty {
        report.files = operations.filter { $0.kind == .created || $0.kind == .modified }
          .compactMap { operation in operation.after.map { FileClaim(path: operation.path, hash: $0) } }
      }
      report.notices += account.warnings
      report.quality = account.warnings.isEmpty ? 10 : 7
      return .approved(report, quality: report.quality ?? 10)
    }
  }

  /// What an error means, with everything it says.
  static func failure(_ error: any Error) -> TaskFailure {
    switch error {
    case let failure as TaskFailure: return failure
    case let refusal as WorkspaceRefusal:
      return TaskFailure(cause: .environment, message: refusal.description, type: "WorkspaceRefusal")
    case let rejected as FileRejected:
      return TaskFailure(cause: .cognitive, message: rejected.description, type: "PreflightRejection")
    default:
      return TaskFailure(
        cause: .cognitive, message: String(describing: error), type: String(describing: type(of: error)),
        trace: String(reflecting: error))
    }
  }

  /// Whose a change is, and whether it may stay.
  private func judge(_ change: WorkspaceWatch.Change, watch: WorkspaceWatch) async throws -> [FileOperation] {
    let path = change.path
    let done = change.operation
    if let new = change.new, new.mode == WorkspaceFile.unkeepable {
      let reason = "it is a pipe, a socket, a device, a second name of another file, or far too large"
      attempt.note(violation: "left \(path), which nobody can keep: \(reason)")
      try await workspace.remove(path)
      return [try await revert(done, change, watch: watch, reason: reason)]
    }
    if let owner = attempt.owner(of: path) {
      let deed = done.kind == .removed ? "removed" : "overwrote"
      attempt.note(violation: "\(deed) \(path), which belongs to \(owner)")
      return [
        try await revert(
          done, change, watch: watch, reason: "\(deed) by a task it does not belong to; \(owner) owns it")
      ]
    }
    guard let new = change.new else { return [done] }
    if new.mode == "120000" {
      guard let reason = await linkProblem(path) else { return [done] }
      attempt.note(violation: "left the link \(path): \(reason)")
      return [try await revert(done, change, watch: watch, reason: reason)]
    }
    if attempt.account.accepted[Array(path.utf8)] == new.hash || attempt.mayChangeAll { return [done] }
    // Written past the engine, so it is looked at now.
    guard new.size <= AttemptReview.readLimit else {
      let reason = "It is \(new.size) bytes long; files of up to \(AttemptReview.readLimit) bytes are accepted."
      attempt.reject(path, bytes: [], reasons: [reason])
      return [try await revert(done, change, watch: watch, reason: reason)]
    }
    let bytes = try await workspace.read(path, limit: AttemptReview.readLimit)
    let findings = try await preflight.check(attempt.candidate(bytes, at: path, executable: new.mode == "100755"))
    let reasons = findings.filter { $0.severity == .reject }.map(\.words)
    guard reasons.isEmpty else {
      attempt.reject(path, bytes: bytes, reasons: reasons)
      return [try await revert(done, change, watch: watch, reason: reasons.joined(separator: " "))]
    }
    attempt.accept(path, hash: new.hash, warnings: findings.map(\.words))
    return [done]
  }

  /// Why a symbolic link may not stay, or `nil`.
  private func linkProblem(_ path: String) async -> String? {
    let full = workspace.root + "/" + path
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: full) else { return nil }
    let base = URL(fileURLWithPath: full).deletingLastPathComponent().path
    let resolved = URL(fileURLWithPath: target.hasPrefix("/") ? target : base + "/" + target).standardizedFileURL.path
    return resolved.hasPrefix(workspace.root + "/") ? nil : "it leads out of the workspace, to \(target)"
  }

  private func keepAside(_ change: WorkspaceWatch.Change) async {
    guard let new = change.new, new.mode != "120000", new.size <= AttemptReview.readLimit,
      let bytes = try? await workspace.read(change.path, limit: AttemptReview.readLimit)
    else { return }
    _ = attempt.keepAside(change.path, bytes: bytes)
  }

  /// Takes back what may not stay: the file as it was accepted, or none.
  private func revert(
    _ done: FileOperation, _ change: WorkspaceWatch.Change, watch: WorkspaceWatch, reason: String
  ) async throws -> FileOperation {
    var taken = done
    taken.reason = reason
    if taken.after?.isEmpty == true { taken.after = nil }
    guard let old = change.old else {
      try await workspace.remove(done.path)
      await watch.settle(done.path, as: nil)
      taken.kind = .rejected
      return taken
    }
    var bytes = saved[Array(done.path.utf8)]
    if bytes == nil, let tree = attempt.session.keptTree {
      bytes = try await workspace.read(done.path, of: tree, limit: AttemptReview.readLimit)
    }
    guard let bytes, sha256(bytes) == old.hash else {
      // It cannot be had back, so the record says what is there and the check on the disk finds it.
      taken.reason += "; what it was before cannot be had back"
      return taken
    }
    try await workspace.write(bytes, to: done.path, executable: old.mode == "100755")
    await watch.settle(done.path, as: old)
    taken.kind = .reverted
    taken.after = old.hash
    return taken
  }

  /// Files an agent says it wrote must be there, and must be its own.
  private func hold(_ claimed: [String], against changes: [WorkspaceWatch.Change]) async throws {
    guard !claimed.isEmpty else { return }
    let there = Set(try await workspace.files().map { Array($0.path.utf8) })
    let changed = Set(changes.map { Array($0.path.utf8) })
    for path in claimed {
      let key = Array(path.utf8)
      if !there.contains(key) {
        attempt.note(violation: "says it wrote \(path), which is not there")
      } else if !changed.contains(key), attempt.session.files[path]?.isBy(attempt.task.id) != true {
        attempt.note(violation: "says it wrote \(path), which it did not touch")
      }
    }
  }
}

extension TaskRecord {
  /// Who works on it in which attempt, e.g. `writer (Write the plan, attempt 2)`.
  fileprivate var attemptWords: String { "\(agent ?? performer) (\(title), attempt \(attempt))" }
}

extension Alert {
  /// Says that a repository lies in the workspace, and during whose work it appeared, where that is known.
  init(leftOut path: String, by task: TaskRecord? = nil) {
    let when = task.map { " It appeared while \($0.attemptWords) was at work." } ?? ""
    self.init(
      kind: .repositoryInside, subject: path,
      words: "\(path) is left out: a repository inside the workspace.\(when) No picture of the files holds it, putting "
        + "files back does not touch it, and nothing in it is run.",
      severity: task == nil ? .info : .warning)
  }
}

extension FileRecord {
  /// Whether a task made it what it is.
  fileprivate func isBy(_ task: String) -> Bool {
    if case .task(task, _, _) = author { return true }
    return false
  }
}

extension AttemptReview {
  /// The bytes of accepted files that the newest picture does not hold, so that they can be had back.
  static func unpictured(in session: Session, _ workspace: any Workspace) async -> [[UInt8]: [UInt8]] {
    let picture = session.checkpoints.last { $0.tree == session.keptTree }
    var saved: [[UInt8]: [UInt8]] = [:]
    var left = 32 << 20
    for record in session.files.records
    where [.intact, .locked].contains(record.integrity) && record.size < 1 << 20 && left > record.size {
      if picture?.holds(record) == true { continue }
      guard let bytes = try? await workspace.read(record.path, limit: 1 << 20), sha256(bytes) == record.hash else {
        continue
      }
      saved[Array(record.path.utf8)] = bytes
      left -= bytes.count
    }
    return saved
  }
}
