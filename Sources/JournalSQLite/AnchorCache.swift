import Dispatch
import Engine
import Foundation
import Synchronization

/// The anchors a writer has open, so that an append does not open a file each time.
struct AnchorCache {
  /// More sessions than this at once open their anchor anew for each append.
  private static let mostOpen = 128

  private let files: JournalFiles
  private var open: [String: AnchorFile] = [:]

  init(files: JournalFiles) { self.files = files }

  /// Reads a session's anchor, or `nil` when it has none.
  mutating func read(_ session: String) throws(JournalFailure) -> Anchor? {
    try file(of: session)?.read()
  }

  /// Makes the anchor of a new session; returns whether the folder must be synced for it.
  mutating func makeIfMissing(_ session: String) throws(JournalFailure) -> Bool {
    if try file(of: session) != nil { return false }
    remember(try AnchorFile.make(session: session, files: files))
    return true
  }

  /// Writes an anchor, not yet synced.
  mutating func write(_ anchor: Anchor) throws(JournalFailure) {
    guard let file = try file(of: anchor.session) else {
      throw .storage(path: files.anchor(of: anchor.session), reason: "it was removed while events were written")
    }
    try file.write(anchor)
  }

  /// Brings written anchors to the disk; several at the same time, because a disk serves waiting syncs together
  /// (64 one after the other took 48 ms where 64 at once took 2).
  mutating func synchronize(_ sessions: [String]) throws(JournalFailure) {
    if sessions.count == 1 {
      try file(of: sessions[0])?.synchronize()
      return
    }
    var files: [AnchorFile] = []
    for session in sessions {
      if let file = try file(of: session) { files.append(file) }
    }
    let failed = Mutex<JournalFailure?>(nil)
    let group = DispatchGroup()
    let each = (files.count + Self.hands.count - 1) / Self.hands.count
    for (number, hand) in Self.hands.enumerated() {
      let share = files.dropFirst(number * each).prefix(each).map { (descriptor: $0.descriptor, path: $0.path) }
      if share.isEmpty { break }
      // The group is waited for below, so the files outlive their descriptors' use here.
      hand.async(group: group) {
        for file in share where fdatasync(file.descriptor) != 0 {
          let failure = storageFailure(file.path, errno)
          failed.withLock { $0 = failure }
        }
      }
    }
    group.wait()
    withExtendedLifetime(files) {}
    if let failure = failed.withLock({ $0 }) { throw failure }
  }

  /// Serial queues, because each of them gets a thread of its own as soon as it has something to do.
  private static let hands = (0..<32).map { DispatchQueue(label: "signalbox.journal.anchor.\($0)") }

  /// Closes all files; the next use opens and checks them anew.
  mutating func close() { open = [:] }

  private mutating func file(of session: String) throws(JournalFailure) -> AnchorFile? {
    if let file = open[session], try file.hasItsName() { return file }
    open[session] = nil
    guard let file = try AnchorFile(session: session, files: files, forWriting: true) else { return nil }
    remember(file)
    return file
  }

  private mutating func remember(_ file: AnchorFile) {
    if open.count >= Self.mostOpen { open = [:] }
    open[file.session] = file
  }
}
