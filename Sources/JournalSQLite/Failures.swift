import Engine
import Foundation
import GRDB

/// Makes the failure for a system call on a path, in the system's words and, where there is one, with a way out.
func storageFailure(_ path: String, _ code: Int32) -> JournalFailure {
  let advice =
    switch code {
    case ENOSPC, EDQUOT: "; free some space, then try again"
    case EROFS: "; make it writable, then try again"
    case EACCES, EPERM: "; give this user access to it"
    case ELOOP: "; it is a symbolic link, put the file itself there"
    default: ""
    }
  return .storage(path: path, reason: String(cString: strerror(code)).lowercased() + advice)
}

/// Makes the failure for an error of SQLite, naming the database.
func storageFailure(_ path: String, _ error: DatabaseError) -> JournalFailure {
  let words = error.message ?? error.resultCode.description
  let reason =
    switch error.resultCode {
    case .SQLITE_FULL: "the disk is full; free some space, then try again"
    case .SQLITE_BUSY, .SQLITE_LOCKED: "another program keeps the database locked"
    case .SQLITE_READONLY: "it cannot be written: \(words)"
    case .SQLITE_CANTOPEN: "it cannot be opened: \(words)"
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the file is damaged: \(words)"
    case .SQLITE_IOERR: "reading or writing failed: \(words) (\(error.extendedResultCode.rawValue))"
    default: "SQLite says: \(words) (\(error.extendedResultCode.rawValue))"
    }
  return .storage(path: path, reason: reason)
}

/// Makes the failure for using a journal after `close()`.
func closedFailure(_ path: String) -> JournalFailure { .storage(path: path, reason: "the journal was closed") }

/// Turns whatever was thrown into a failure with words; a cancelled task stays a cancelled task.
func journalFailure(_ error: any Error, path: String) -> any Error {
  switch error {
  case let failure as JournalFailure: failure
  case let error as DatabaseError: storageFailure(path, error)
  case is CancellationError: error
  default: JournalFailure.storage(path: path, reason: String(describing: error))
  }
}

extension DatabaseError {
  /// Whether the file's content is damaged, rather than the storage or the caller at fault.
  var isDamage: Bool { resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB }
}
