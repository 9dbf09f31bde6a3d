import Foundation
import Testing

@testable import Playbooks

/// A folder of a test's own that goes away with it.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("playbooks-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let url = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    return url.path
  }
}

/// The text of a built-in file, to be spoilt by a test.
func builtIn(_ path: String) throws -> String {
  try String(contentsOf: Library.builtInFolder.appendingPathComponent(path), encoding: .utf8)
}

/// The failure that a body throws.
func failure(_ body: () throws -> Void) -> LibraryFailure? {
  do {
    try body()
    return nil
  } catch {
    return error as? LibraryFailure
  }
}

/// The failure of reading a text as YAML.
func failureReading(_ text: String) -> LibraryFailure? {
  failure { _ = try YAMLEntry.read(LibraryFile(name: "x.yaml", path: "x.yaml", bytes: Array(text.utf8))) }
}

/// The 1-based line of the first line that holds a text.
func line(of needle: String, in text: String) -> Int {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  return (lines.firstIndex { $0.contains(needle) } ?? -1) + 1
}
