import Console
import Engine
import Kernel
import Workspaces

/// A file's contents held against those that were there before.
///
/// A file as it was accepted is held against the newest checkpoint in which it was another; any other against what was
/// accepted. So the first shows what its author changed, the second what somebody else did to it.
struct FileComparison: Sendable {
  /// How many bytes of a file are compared at most.
  static let limit = 4 << 20

  let wiring: Wiring
  let session: Session

  /// Compares a file, or says why it cannot be.
  func compare(_ path: String) async throws -> Comparison {
    let workspace = try await wiring.workspace(of: session)
    let files = try await workspace.files()
    let disk = files.first { $0.path.utf8.elementsEqual(path.utf8) }
    guard let row = Integrity(of: session, disk: files).rows.first(where: { $0.path.utf8.elementsEqual(path.utf8) })
    else { throw Told.unknownFile(path, of: session.id) }
    let accepted = row.state == .unexpected ? nil : row.hash
    let now = disk == nil ? [] : try await workspace.read(path, limit: Self.limit)
    let isAsAccepted = disk != nil && disk?.hash == accepted
    var before: (label: String, bytes: [UInt8]) = ("nothing: it did not exist before", [])
    if accepted == nil { before.label = "nothing: no task of this session left it" }
    var trees: Set<String> = []
    for checkpoint in session.checkpoints.reversed() where trees.insert(checkpoint.tree).inserted {
      guard let bytes = try await workspace.read(path, of: checkpoint.tree, limit: Self.limit) else { continue }
      let hash = sha256(bytes)
      guard isAsAccepted ? hash != accepted : accepted == nil || hash == accepted else { continue }
      let words = hash == accepted ? "as accepted, in checkpoint" : "as it was in checkpoint"
      before = ("\(words) \(checkpoint.id)", bytes)
      break
    }
    if accepted != nil, !isAsAccepted, trees.isEmpty || before.bytes.isEmpty, sha256(before.bytes) != accepted {
      before.label = "nothing: what was accepted is in no checkpoint yet"
    }
    let after = disk == nil ? "nothing: it is gone" : isAsAccepted ? "on the disk, as accepted" : "on the disk"
    var comparison = Comparison(now: row.state, before: before.label, after: after)
    guard max(disk?.size ?? 0, before.bytes.count) < Self.limit else {
      comparison.note = "It is larger than \(Self.limit >> 20) MiB; that much is not compared."
      return comparison
    }
    switch try await workspace.difference(from: before.bytes, to: now) {
    case .none: comparison.note = now.isEmpty && disk != nil ? "It is empty." : "Both are the same."
    case .binary: comparison.note = "It is no text, so its lines cannot be compared."
    case .lines(let lines): comparison.lines = lines
    }
    return comparison
  }
}

extension Told {
  /// There is no file of that name, neither on record nor on the disk.
  fileprivate static func unknownFile(_ path: String, of session: String) -> Told {
    Told(
      .refused, why: "\(session) has no file \(path), neither on record nor on the disk.",
      instead: "`signalbox files \(session)` lists them; paths are told from the workspace's root.")
  }
}
