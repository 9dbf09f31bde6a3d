import Engine
import Foundation

/// Proves how far a session's history goes, from outside the database.
///
/// A hash chain cannot show that its end is missing, and SQLite quietly drops the end of a damaged write-ahead log. The
/// anchor can: it is written and synced after a commit and before anybody hears of it.
struct Anchor: Equatable, Sendable {
  var session: String
  var seq: Int
  var hash: String
}

/// The stored form of an anchor: two fixed slots, written in turn, each with its own checksum.
///
/// ```
/// offset 0     signalbox anchor 1\n session NAME\n seq N\n hash HEX\n check HEX\n, padded to 512 bytes
/// offset 4096  the same, one append earlier or later
/// ```
/// The slots lie in different disk blocks: a write that tears one leaves the other, and the torn one was never
/// acknowledged.
enum AnchorForm {
  static let slotSize = 512
  static let slotOffsets = [0, 4096]
  static let fileSize = 8192

  static func encode(_ anchor: Anchor) -> [UInt8] {
    var bytes = Array("signalbox anchor 1\nsession \(anchor.session)\nseq \(anchor.seq)\nhash \(anchor.hash)\n".utf8)
    bytes += Array("check \(HashChain.digest(of: bytes))\n".utf8)
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: slotSize - bytes.count)
    return bytes
  }

  /// Reads one slot; `nil` unless it is exactly what `encode` writes.
  static func decode(_ slot: ArraySlice<UInt8>) -> Anchor? {
    let lines = slot.split(separator: UInt8(ascii: "\n"), maxSplits: 5, omittingEmptySubsequences: false)
    guard lines.count == 6, let session = value(lines[1], of: "session "), let seq = value(lines[2], of: "seq "),
      let hash = value(lines[3], of: "hash "), let number = Int(seq), hash.utf8.count == 64, number >= 0,
      session.utf8.count <= JournalRules.longestSession
    else { return nil }
    let anchor = Anchor(session: session, seq: number, hash: hash)
    return slot.elementsEqual(encode(anchor)) ? anchor : nil
  }

  /// Chooses the newest slot that holds, with the offset the next anchor goes to.
  static func newest(in file: [UInt8], session: String) -> (anchor: Anchor, next: Int)? {
    let slots = slotOffsets.map { offset -> Anchor? in
      guard file.count >= offset + slotSize else { return nil }
      let anchor = decode(file[offset..<offset + slotSize])
      return anchor?.session == session ? anchor : nil
    }
    switch (slots[0], slots[1]) {
    case (let first?, let second?): return first.seq > second.seq ? (first, slotOffsets[1]) : (second, slotOffsets[0])
    case (let first?, nil): return (first, slotOffsets[1])
    case (nil, let second?): return (second, slotOffsets[0])
    case (nil, nil): return nil
    }
  }

  private static func value(_ line: ArraySlice<UInt8>, of name: String) -> String? {
    line.starts(with: name.utf8) ? String(decoding: line.dropFirst(name.utf8.count), as: UTF8.self) : nil
  }
}

/// An open anchor file.
final class AnchorFile {
  let session: String
  let path: String
  let descriptor: Int32
  private var next = 0

  /// Opens the anchor of a session, or returns `nil` when it has none.
  init?(session: String, files: JournalFiles, forWriting: Bool) throws(JournalFailure) {
    self.session = session
    path = files.anchor(of: session)
    descriptor = open(path, (forWriting ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw storageFailure(path, errno)
    }
    guard try hasItsName() else { return nil }
  }

  private init(session: String, path: String, descriptor: Int32, next: Int) {
    self.session = session
    self.path = path
    self.descriptor = descriptor
    self.next = next
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Makes the anchor of a new session, proving nothing yet (`seq` 0); the caller syncs the folder.
  ///
  /// It is made before the session's first commit: from then on a history without its anchor is a broken one.
  static func make(session: String, files: JournalFiles) throws(JournalFailure) -> AnchorFile {
    let path = files.anchor(of: session)
    let draft = files.anchors + "/.new"
    _ = unlink(draft)
    let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw storageFailure(draft, errno) }
    let file = AnchorFile(session: session, path: path, descriptor: descriptor, next: AnchorForm.slotOffsets[1])
    var bytes = AnchorForm.encode(Anchor(session: session, seq: 0, hash: HashChain.start))
    bytes += [UInt8](repeating: 0, count: AnchorForm.fileSize - bytes.count)
    if fchmod(descriptor, 0o600) != 0 { throw storageFailure(draft, errno) }
    guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else { throw storageFailure(draft, errno) }
    if fsync(descriptor) != 0 { throw storageFailure(draft, errno) }
    if rename(draft, path) != 0 { throw storageFailure(path, errno) }
    return file
  }

  /// Whether the open file is still the one its path names; refuses second names and special files.
  func hasItsName() throws(JournalFailure) -> Bool {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw storageFailure(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink <= 1 else {
      throw .storage(path: path, reason: "it is not a regular file with one name")
    }
    return status.st_nlink == 1
  }

  /// Reads the newest slot that holds.
  ///
  /// A reader without the lock may meet a writer at work: it then asks again before it says that nothing holds.
  func read() throws(JournalFailure) -> Anchor {
    var bytes = [UInt8](repeating: 0, count: AnchorForm.fileSize)
    for attempt in 0..<5 {
      if attempt > 0 { usleep(500) }
      let count = pread(descriptor, &bytes, bytes.count, 0)
      if count < 0 { throw storageFailure(path, errno) }
      if let (anchor, next) = AnchorForm.newest(in: bytes, session: session) {
        self.next = next
        return anchor
      }
    }
    throw .broken(session: session, seq: 1, reason: "its anchor is damaged, so nothing proves where its history ends")
  }

  /// Writes an anchor over the older slot; `read` must have been called before.
  func write(_ anchor: Anchor) throws(JournalFailure) {
    let bytes = AnchorForm.encode(anchor)
    let count = pwrite(descriptor, bytes, bytes.count, off_t(next))
    if count != bytes.count { throw storageFailure(path, count < 0 ? errno : ENOSPC) }
    next = next == AnchorForm.slotOffsets[0] ? AnchorForm.slotOffsets[1] : AnchorForm.slotOffsets[0]
  }

  /// Brings what was written to the disk.
  func synchronize() throws(JournalFailure) {
    if fdatasync(descriptor) != 0 { throw storageFailure(path, errno) }
  }
}
