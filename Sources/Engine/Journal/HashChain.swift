/// Binds each record of a session's history to the one before it.
///
/// A record's hash is SHA-256 over its canonical bytes: a domain name and then every field, each with its length in
/// front, so that no two different records share their bytes (`a|bc` and `ab|c` differ). The bytes are made from the
/// fields themselves, never from re-encoded JSON, and never normalised: NFC and NFD spellings hash differently.
///
/// The chain alone cannot show that its end is missing; the anchor beside a journal does that.
public enum HashChain {
  /// The `previous` of a session's first record: 64 zeros.
  public static let start = String(repeating: "0", count: 64)

  /// Names what is hashed and in which form; another form would get another name.
  static let domain = "signalbox.journal.record.1"

  /// Returns the bytes that a record's hash covers: everything but the hash itself.
  public static func canonicalBytes(of record: JournalRecord) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(record.entry.data.utf8.count + 512)
    append(domain, to: &bytes)
    append(record.session, to: &bytes)
    append(Int64(record.seq), to: &bytes)
    append(record.request, to: &bytes)
    append(presence: record.epoch != nil, to: &bytes)
    if let epoch = record.epoch { append(Int64(epoch), to: &bytes) }
    append(record.entry.type, to: &bytes)
    append(record.entry.at, to: &bytes)
    append(record.entry.by, to: &bytes)
    append(presence: record.entry.answers != nil, to: &bytes)
    if let answers = record.entry.answers { append(answers, to: &bytes) }
    append(record.entry.data, to: &bytes)
    append(record.previous, to: &bytes)
    return bytes
  }

  /// Returns the hash a record must carry, in lower-case hex.
  public static func hash(of record: JournalRecord) -> String {
    digest(of: canonicalBytes(of: record))
  }

  /// Returns the SHA-256 of bytes, in lower-case hex.
  public static func digest(of bytes: [UInt8]) -> String {
    sha256(bytes)
  }

  /// Makes the record that follows `previous`, with its hash.
  public static func link(
    _ entry: JournalEntry, session: String, seq: Int, request: String, epoch: Int?, previous: String
  ) -> JournalRecord {
    var record = JournalRecord(
      seq: seq, session: session, request: request, epoch: epoch, entry: entry, previous: previous, hash: "")
    record.hash = hash(of: record)
    return record
  }

  /// Makes the records of one append, in order, after the record with `seq` and `hash`.
  public static func link(
    _ entries: [JournalEntry], session: String, after seq: Int, hash: String, request: String, epoch: Int?
  ) -> [JournalRecord] {
    var records: [JournalRecord] = []
    records.reserveCapacity(entries.count)
    var previous = hash
    for entry in entries {
      let record = link(
        entry, session: session, seq: seq + records.count + 1, request: request, epoch: epoch, previous: previous)
      previous = record.hash
      records.append(record)
    }
    return records
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    append(length: text.utf8.count, to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  private static func append(_ number: Int64, to bytes: inout [UInt8]) {
    append(length: 8, to: &bytes)
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }

  private static func append(presence: Bool, to bytes: inout [UInt8]) {
    bytes.append(presence ? 1 : 0)
  }

  private static func append(length: Int, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: UInt64(length).bigEndian) { bytes.append(contentsOf: $0) }
  }
}

/// Follows a history record by record and stops at the first one that does not hold.
///
/// Journals use it while reading, `verify` while walking a whole history, and whoever checks an exported history offline.
///
/// ```swift
/// var check = ChainCheck(session: "S1")
/// for record in records { try check.accept(record) }
/// ```
public struct ChainCheck: Sendable {
  /// The session whose history is followed.
  public let session: String
  /// The last record that held; 0 before the first.
  public private(set) var seq: Int
  /// The last held record's hash, or 64 zeros.
  public private(set) var hash: String

  /// Starts after a record that is known to hold, by default before the first.
  public init(session: String, after seq: Int = 0, hash: String = HashChain.start) {
    self.session = session
    self.seq = seq
    self.hash = hash
  }

  /// Takes the next record, or throws `JournalFailure.broken` with the place at which the history stops to hold.
  public mutating func accept(_ record: JournalRecord) throws(JournalFailure) {
    if !record.session.utf8.elementsEqual(session.utf8) {
      throw broken("it belongs to another session")
    }
    if record.seq != seq + 1 {
      throw broken(
        record.seq > seq + 1 ? "it is missing; event \(record.seq) follows" : "event \(record.seq) stands there")
    }
    if record.previous != hash { throw broken("it does not follow event \(seq): the hash of the event before differs") }
    if record.hash != HashChain.hash(of: record) { throw broken("its content does not match its hash") }
    seq = record.seq
    hash = record.hash
  }

  /// Returns the failure that names the record after the last one that held.
  public func broken(_ reason: String) -> JournalFailure {
    .broken(session: session, seq: seq + 1, reason: reason)
  }
}
