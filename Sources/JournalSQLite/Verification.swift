import Engine
import Foundation
import GRDB

extension JournalReader {
  /// Walks a whole history in one snapshot, in constant memory.
  func verify(_ session: String) async throws -> JournalVerification {
    _ = try files.identities()
    let anchor = try anchor(of: session)
    let verification = try await snapshot { table in
      guard let head = try provenHead(of: session, in: table, anchor: anchor) else {
        return JournalVerification(session: session, events: 0, hash: HashChain.start, epoch: 0, anchored: 0)
      }
      var check = ChainCheck(session: session)
      var epoch = 0
      var request = ""
      var expected = 0
      try table.walk(&check) { record, ordinal in
        let isContinued = record.seq > 1 && record.request.utf8.elementsEqual(request.utf8)
        expected = isContinued ? expected + 1 : 0
        if ordinal != expected {
          throw JournalFailure.broken(
            session: session, seq: record.seq, reason: "it is not marked as entry \(expected) of its append")
        }
        request = record.request
        epoch = max(epoch, record.epoch ?? 0)
        return true
      }
      try Proof.end(check, of: head, expecting: head.seq)
      if epoch != head.epoch {
        throw JournalFailure.broken(
          session: session, seq: head.seq,
          reason: "the session's head names lease epoch \(head.epoch), but its events \(epoch)")
      }
      return JournalVerification(
        session: session, events: head.seq, hash: head.hash, epoch: head.epoch, anchored: anchor?.seq ?? 0)
    }
    try await checkWholeFile()
    return verification
  }

  /// Asks SQLite to check the file with its indexes, on which "one answer per decision" rests.
  private func checkWholeFile() async throws {
    let findings = try await snapshot { table in
      try String.fetchAll(table.database, sql: "PRAGMA integrity_check(5)")
    }
    if findings != ["ok"] {
      throw JournalFailure.storage(
        path: files.database, reason: "the file is damaged: \(findings.joined(separator: "; "))")
    }
  }
}
