import Crypto
import Engine
import Foundation

/// SHA-256 of a file's bytes in lower-case hex, or `nil` when it cannot be read.
func fileDigest(_ path: String) -> String? {
  guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
  defer { try? handle.close() }
  var hash = SHA256()
  do {
    while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
  } catch {
    return nil
  }
  return lowercaseHex(hash.finalize())
}
