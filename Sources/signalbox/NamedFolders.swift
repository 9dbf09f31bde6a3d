import Console
import Engine
import Foundation
import Glibc

/// The folders in which the files of a session lie. A path leads to a file only when that file really lies in one of them,
/// wherever links on the way point, because agents write the workspace and could put a link there to anything.
struct NamedFolders: Sendable {
  /// How many bytes of a file are read at most.
  static let limit = 16 << 20

  /// The workspace first: paths that are not absolute begin there.
  let folders: [String]

  /// The real absolute path of the file that a path names, or `nil` when there is none in these folders.
  func file(_ path: String) -> String? {
    guard let found = real(path), isInside(found) else { return nil }
    var status = stat()
    return stat(found, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? found : nil
  }

  private func real(_ path: String) -> String? {
    guard let root = folders.first, !path.utf8.contains(0) else { return nil }
    guard let found = realpath(path.hasPrefix("/") ? path : root + "/" + path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  private func isInside(_ path: String) -> Bool {
    folders.contains { folder in
      guard let found = realpath(folder, nil) else { return false }
      defer { free(found) }
      return path.utf8.starts(with: (String(cString: found) + "/").utf8)
    }
  }

  /// The text of a file, with a first line where something must be known about it, or why it cannot be read.
  func read(_ named: NamedFile) throws -> String {
    guard let real = real(named.path) else { throw Told.unread("\(named.path) is not there (any more).") }
    guard isInside(real) else {
      throw Told.unread("\(named.path) lies outside the session's workspace and state, at \(real).")
    }
    // Neither a link that somebody just put there nor a pipe that never ends is read.
    let descriptor = open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Told.unread("\(named.path): \(String(cString: strerror(errno))).") }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Told.unread("\(named.path) is no file.")
    }
    let bytes = [UInt8](try handle.read(upToCount: Self.limit) ?? Data())
    guard !bytes.prefix(8_000).contains(0) else {
      throw Told.unread("\(named.path) is no text (\(status.st_size) bytes).")
    }
    var remarks: [String] = []
    if bytes.count < Int(status.st_size) {
      remarks.append("Only the first \(Self.limit >> 20) MiB of \(status.st_size) bytes stand here.")
    } else if let hash = named.hash, sha256(bytes) != hash {
      remarks.append("CHANGED since it was recorded as evidence: its sha256 was \(hash.prefix(12)) then.")
    }
    if bytes.isEmpty { remarks.append("It is empty.") }
    return (remarks.isEmpty ? "" : remarks.joined(separator: " ") + "\n\n") + String(decoding: bytes, as: UTF8.self)
  }
}

extension Told {
  fileprivate static func unread(_ why: String) -> Told {
    Told(.refused, why: why, instead: "Nothing was changed.")
  }
}
