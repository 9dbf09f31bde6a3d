import Foundation

/// A folder in which files of the library may stand.
struct LibraryPlace: Sendable {
  /// The folder.
  let folder: URL
  /// What messages call it.
  let label: String

  func listing(of name: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(name).path)) ?? []
  }

  func file(_ path: String) throws(LibraryFailure) -> LibraryFile? {
    let url = folder.appendingPathComponent(path)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    return try LibraryFile(reading: url, name: "\(label)/\(path)", path: path)
  }
}
