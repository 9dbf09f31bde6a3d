import Engine
import Foundation
import Glibc
import Kernel

/// A folder of its own, which nobody else may enter and which goes with what it was made for.
public struct PrivateFolder: Sendable {
  /// Its absolute path, without links in it.
  public let path: String

  /// Makes one.
  ///
  /// - Parameters:
  ///   - kind: What it is for, in one word of its name.
  ///   - place: The folder in which it is made; the machine's temporary folder otherwise.
  /// - Throws: A `TaskFailure` that the machine is to blame for.
  public init(_ kind: String, below place: String = NSTemporaryDirectory()) throws {
    var template = Array("\(place)/signalbox-\(kind)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw TaskFailure(
        cause: .environment, message: "No folder could be made in \(place): \(String(cString: strerror(errno))).")
    }
    path =
      URL(fileURLWithPath: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
      .resolvingSymlinksInPath().path
  }

  /// Takes it away with all it holds.
  public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
