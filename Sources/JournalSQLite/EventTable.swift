import Engine
import Foundation
import GRDB
import GRDBSQLite

/// Reads and writes rows, inside whatever transaction the caller has begun.
///
/// Texts go through SQLite's own calls with their length in bytes: GRDB passes texts up to their first NUL.
struct EventTable {
  let database: Database

  // MARK: Heads

  func head(of session: String) throws -> JournalHead? {
    try first("SELECT id, head, head_hash, epoch FROM session WHERE id = ?", [.text(session)], Self.head)
  }

  func heads() throws -> [JournalHead] {
    var heads: [JournalHead] = []
    try each("SELECT id, head, head_hash, epoch FROM session ORDER BY id", []) { row in
      heads.append(Self.head(row))
      return true
    }
    return heads
  }

  func setHead(_ head: JournalHead, from seq: Int) throws {
    let values: [RawStatement.Value] = [
      .integer(head.seq), .hexadecimal(head.hash), .integer(head.epoch), .text(head.session),
    ]
    if seq == 0 {
      try run("INSERT INTO session (head, head_hash, epoch, id) VALUES (?, ?, ?, ?)", values)
    } else {
      try run(
        "UPDATE session SET head = ?, head_hash = ?, epoch = ? WHERE id = ? AND head = ?", values + [.integer(seq)])
    }
    guard database.changesCount == 1 else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the head of session \(head.session) did not move")
    }
  }

  private static func head(_ row: RawStatement) -> JournalHead {
    JournalHead(session: row.text(0), seq: row.integer(1), hash: row.hexadecimal(2), epoch: row.integer(3))
  }

  // MARK: Events

  func hash(of session: String, seq: Int) throws -> String? {
    try first("SELECT hash FROM event WHERE session = ? AND seq = ?", [.text(session), .integer(seq)]) {
      $0.hexadecimal(0)
    }
  }

  func hasEvents(_ session: String) throws -> Bool {
    try first("SELECT 1 FROM event WHERE session = ? LIMIT 1", [.text(session)]) { _ in true } ?? false
  }

  func firstSeq(ofRequest request: String, in session: String) throws -> Int? {
    try first(
      "SELECT seq FROM event WHERE session = ? AND request = ? AND ordinal = 0", [.text(session), .text(request)]
    ) {
      $0.integer(0)
    }
  }

  func seq(ofAnswerTo decision: String, in session: String) throws -> Int? {
    try first("SELECT seq FROM event WHERE session = ? AND answers = ?", [.text(session), .text(decision)]) {
      $0.integer(0)
    }
  }

  func insert(_ record: JournalRecord, ordinal: Int) throws {
    try run(
      """
      INSERT INTO event (session, seq, request, ordinal, epoch, type, at, by, answers, data, hash)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(record.session), .integer(record.seq), .text(record.request), .integer(ordinal), .integer(record.epoch),
        .text(record.entry.type), .integer(Int(record.entry.at)), .text(record.entry.by), .text(record.entry.answers),
        .text(record.entry.data), .hexadecimal(record.hash),
      ])
  }

  /// Walks over the records that follow `check`, each checked, until `body` returns false or `limit` is reached.
  ///
  /// `body` gets the record and its place within its append. Damage that SQLite notices counts as a broken event.
  func walk(
    _ check: inout ChainCheck, limit: Int = .max, _ body: (JournalRecord, Int) throws -> Bool
  ) throws {
    var current = check
    defer { check = current }
    do {
      try each(
        """
        SELECT seq, request, ordinal, epoch, type, at, by, answers, data, hash FROM event
        WHERE session = ? AND seq > ? ORDER BY seq LIMIT ?
        """, [.text(current.session), .integer(current.seq), .integer(limit)]
      ) { row in
        let record = JournalRecord(
          seq: row.integer(0), session: current.session, request: row.text(1), epoch: row.optionalInteger(3),
          entry: JournalEntry(
            type: row.text(4), at: Int64(row.integer(5)), by: row.text(6), answers: row.optionalText(7),
            data: row.text(8)),
          previous: current.hash, hash: row.hexadecimal(9))
        try current.accept(record)
        return try body(record, row.integer(2))
      }
    } catch let error as DatabaseError where error.isDamage {
      throw current.broken("the file is damaged there: \(error.message ?? "unreadable")")
    }
  }

  // MARK: Statements

  private func run(_ sql: String, _ values: [RawStatement.Value]) throws {
    try each(sql, values) { _ in true }
  }

  private func first<Found>(
    _ sql: String, _ values: [RawStatement.Value], _ value: (RawStatement) -> Found
  ) throws -> Found? {
    var found: Found?
    try each(sql, values) { row in
      found = value(row)
      return false
    }
    return found
  }

  /// Runs a statement and hands over its rows until `row` returns false.
  private func each(
    _ sql: String, _ values: [RawStatement.Value], _ row: (RawStatement) throws -> Bool
  ) throws {
    let statement = RawStatement(handle: try database.cachedStatement(sql: sql).sqliteStatement)
    defer { statement.reset() }
    for (index, value) in values.enumerated() { statement.bind(value, at: Int32(index + 1)) }
    while try statement.step(database) {
      if try !row(statement) { return }
    }
  }
}

/// A prepared statement, with texts that may hold any byte.
struct RawStatement {
  /// What is put in place of a question mark.
  enum Value {
    case integer(Int?)
    case text(String?)
    /// Bytes, written in hex.
    case hexadecimal(String)
  }

  let handle: OpaquePointer

  /// Tells SQLite to copy what is bound before the call returns.
  private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

  func bind(_ value: Value, at index: Int32) {
    switch value {
    case .integer(let number?): sqlite3_bind_int64(handle, index, Int64(number))
    case .text(let text?): bind(text, at: index)
    case .hexadecimal(let text): bind(hexadecimal: text, at: index)
    case .integer(nil), .text(nil): sqlite3_bind_null(handle, index)
    }
  }

  private func bind(_ text: String, at index: Int32) {
    var text = text
    text.withUTF8 { bytes in
      guard let start = bytes.baseAddress, !bytes.isEmpty else {
        _ = sqlite3_bind_text(handle, index, "", 0, Self.copied)
        return
      }
      _ = start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
        sqlite3_bind_text(handle, index, $0, Int32(bytes.count), Self.copied)
      }
    }
  }

  private func bind(hexadecimal text: String, at index: Int32) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    var high: UInt8?
    for digit in text.utf8 {
      let value = digit >= 97 ? digit &- 87 : digit &- 48
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    _ = sqlite3_bind_blob(handle, index, bytes, Int32(bytes.count), Self.copied)
  }

  /// Goes on to the next row, or returns false at the end.
  func step(_ database: Database) throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
  }

  func reset() {
    // The error of a failed step was thrown already; reset only repeats it.
    _ = sqlite3_reset(handle)
    _ = sqlite3_clear_bindings(handle)
  }

  func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

  func optionalInteger(_ column: Int32) -> Int? {
    sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : integer(column)
  }

  func text(_ column: Int32) -> String {
    // The pointer first: asking for it settles the encoding that the length is for.
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func optionalText(_ column: Int32) -> String? {
    sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : text(column)
  }

  func hexadecimal(_ column: Int32) -> String {
    guard let start = sqlite3_column_blob(handle, column) else { return "" }
    return lowercaseHex(
      UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }
}
