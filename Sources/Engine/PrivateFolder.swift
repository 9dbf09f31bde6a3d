import Foundation
import Glibc
import Kernel

/// A folder of its own, which nobody else may enter and which goes with what it was made for.
///
/// It is locked for as long as its process lives, and the system lets go of the lock however that process ends. Whoever
/// can lock one therefore knows that nobody is left to take it away: see ``sweep(_:)``.
public struct PrivateFolder: Sendable {
  /// Its absolute path, without links in it.
  public let path: String
  private let hold: Hold

  /// Makes one.
  ///
  /// - Parameters:
  ///   - kind: What it is for, in small letters; it becomes part of the name.
  ///   - place: The folder in which it is made; the machine's temporary folder otherwise.
  /// - Throws: A `TaskFailure` that the machine is to blame for.
  public init(_ kind: String, below place: String = NSTemporaryDirectory()) throws(TaskFailure) {
    var reason = "somebody else took every one away"
    for _ in 0..<8 {
      var template = Array("\(place)/\(Self.prefix)\(kind).XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else {
        reason = String(cString: strerror(errno))
        break
      }
      let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let opened = open(made, Self.folderOnly)
      guard opened >= 0 else { continue }
      let hold = Hold(descriptor: opened)
      // Between making and locking, a sweep may have taken it for one that was left.
      guard flock(opened, LOCK_EX | LOCK_NB) == 0, Identity(of: opened) == Identity(at: made) else { continue }
      self.hold = hold
      path = URL(fileURLWithPath: made).resolvingSymlinksInPath().path
      return
    }
    throw TaskFailure(cause: .environment, message: "No folder could be made in \(place): \(reason).")
  }

  /// Takes it away with all it holds. What cannot be taken away now is found, and told, by the next sweep.
  public func remove() {
    let name = URL(fileURLWithPath: path).lastPathComponent
    let above = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, Self.folderOnly)
    guard above >= 0 else { return }
    defer { close(above) }
    _ = Self.takeAway(name, in: above, opened: hold.descriptor)
  }

  // MARK: - What killed engines left

  /// What a sweep did.
  public struct Sweep: Equatable, Sendable {
    /// The folders that were taken away, by path.
    public var removed: [String] = []
    /// The folders nobody lives in that could not be taken away, each with the reason.
    public var failed: [String] = []

    /// Makes a sweep from its parts.
    public init(removed: [String] = [], failed: [String] = []) {
      self.removed = removed
      self.failed = failed
    }
  }

  /// Where folders are made: the machine's temporary folders, and the one for the person's sockets.
  public static var places: [String] {
    var places = ["/tmp", NSTemporaryDirectory()]
    if let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
      places.append(runtime)
    }
    return places
  }

  /// Takes away the folders whose process is gone: of this user, with a name of ours, and locked by nobody.
  ///
  /// Everything is done by open descriptors. Whoever puts a link in the way, at any moment, leads it nowhere.
  public static func sweep(_ places: [String] = PrivateFolder.places) -> Sweep {
    var sweep = Sweep()
    var seen: [Identity] = []
    for place in places {
      let above = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard above >= 0 else { continue }
      defer { close(above) }
      guard let identity = Identity(of: above), !seen.contains(identity) else { continue }
      seen.append(identity)
      for bytes in names(in: above) ?? [] {
        guard let name = String(validating: bytes, as: UTF8.self), isOurs(name) else { continue }
        let opened = openat(above, name, folderOnly)
        guard opened >= 0 else { continue }
        defer { close(opened) }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_uid == geteuid(), flock(opened, LOCK_EX | LOCK_NB) == 0 else {
          continue
        }
        let path = URL(fileURLWithPath: place).resolvingSymlinksInPath().appendingPathComponent(name).path
        if let reason = takeAway(name, in: above, opened: opened) {
          sweep.failed.append("\(path): \(reason)")
        } else {
          sweep.removed.append(path)
        }
      }
    }
    return sweep
  }

  private static let prefix = "signalbox-"
  private static let folderOnly = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
  /// No home folder of a real program lies deeper; each level holds a descriptor while what is below it goes.
  private static let deepest = 128

  /// Whether a name is one that ``init(_:below:)`` gives: `signalbox-`, small letters, a point and six signs.
  static func isOurs(_ name: String) -> Bool {
    guard name.utf8.starts(with: prefix.utf8) else { return false }
    let parts = name.utf8.dropFirst(prefix.utf8.count).split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[1].count == 6 else { return false }
    let small = UInt8(ascii: "a")...UInt8(ascii: "z")
    let large = UInt8(ascii: "A")...UInt8(ascii: "Z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return parts[0].allSatisfy(small.contains)
      && parts[1].allSatisfy { small.contains($0) || large.contains($0) || digits.contains($0) }
  }

  /// Empties an open folder and takes it away, if its name still means it; says why it could not.
  private static func takeAway(_ name: String, in above: Int32, opened: Int32) -> String? {
    guard let identity = Identity(of: opened), identity == Identity(at: name, in: above) else {
      return "its name means another folder now"
    }
    var code = clear(opened, on: identity.device, depth: 0)
    // Whatever is ending there may have left something behind the first time.
    if code == ENOTEMPTY { code = clear(opened, on: identity.device, depth: 0) }
    if code == 0, unlinkat(above, name, AT_REMOVEDIR) != 0 { code = errno }
    return code == 0 ? nil : String(cString: strerror(code))
  }

  /// Removes everything below an open folder; returns 0, or the last problem as an errno value.
  private static func clear(_ folder: Int32, on device: dev_t, depth: Int) -> Int32 {
    guard depth < deepest else { return ENAMETOOLONG }
    // Tools leave folders nobody may write to.
    _ = fchmod(folder, 0o700)
    guard let names = names(in: folder) else { return errno }
    var problem: Int32 = 0
    for bytes in names {
      let name = bytes.map { CChar(bitPattern: $0) } + [0]
      let code = remove(name, in: folder, on: device, depth: depth)
      if code != 0 { problem = code }
    }
    return problem
  }

  private static func remove(_ name: [CChar], in folder: Int32, on device: dev_t, depth: Int) -> Int32 {
    var status = stat()
    guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return errno == ENOENT ? 0 : errno }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      return unlinkat(folder, name, 0) == 0 || errno == ENOENT ? 0 : errno
    }
    var inner = openat(folder, name, folderOnly)
    if inner < 0, errno == EACCES, fchmodat(folder, name, 0o700, AT_SYMLINK_NOFOLLOW) == 0 {
      inner = openat(folder, name, folderOnly)
    }
    guard inner >= 0 else { return errno }
    defer { close(inner) }
    // Another file system was mounted there by somebody, who takes it away.
    guard Identity(of: inner)?.device == device else { return EXDEV }
    let code = clear(inner, on: device, depth: depth + 1)
    guard code == 0 else { return code }
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno
  }

  /// The names of an open folder's entries; `nil` leaves the reason in `errno`.
  private static func names(in folder: Int32) -> [[UInt8]]? {
    // A descriptor of its own, since the listing closes it and moves its place.
    let listed = openat(folder, ".", folderOnly)
    guard listed >= 0, let list = fdopendir(listed) else { return nil }
    defer { closedir(list) }
    var names: [[UInt8]] = []
    while let entry = readdir(list) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
    }
    return names
  }

  /// Which folder it is, whatever it is called.
  private struct Identity: Equatable {
    let device: dev_t
    private let number: ino_t

    init?(of opened: Int32) {
      var status = stat()
      guard fstat(opened, &status) == 0 else { return nil }
      (device, number) = (status.st_dev, status.st_ino)
    }

    init?(at name: String, in folder: Int32 = AT_FDCWD) {
      var status = stat()
      guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
      (device, number) = (status.st_dev, status.st_ino)
    }
  }

  /// Keeps a folder open, and locked, until nobody uses it any more.
  private final class Hold: Sendable {
    let descriptor: Int32
    init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }
  }
}
