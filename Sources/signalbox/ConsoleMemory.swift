import Console
import Engine
import Foundation
import Glibc
import Kernel

/// Keeps where the person was and what they typed in files of the state folder, for the next console.
///
/// Each draft has a file of its own, so that two consoles that are open at once do not write over each other's.
struct ConsoleMemory {
  private let folder: String

  init(state: StateFolder) {
    folder = StateFolder.absolute(state.path) + "/console"
  }

  private var placeFile: String { folder + "/place.json" }
  private var draftFolder: String { folder + "/drafts" }
  /// More than this was never typed by a person.
  private static let largest = 1_048_576

  /// Reads everything; what cannot be read is as if it were not there.
  func read() -> (memory: Memory, drafts: [KeptDraft]) {
    let decoder = JSONDecoder()
    let memory = bytes(placeFile).flatMap { try? decoder.decode(Memory.self, from: $0) } ?? Memory()
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: draftFolder)) ?? []).sorted()
    let drafts = names.filter { $0.hasSuffix(".json") }
      .compactMap { bytes("\(draftFolder)/\($0)").flatMap { try? decoder.decode(KeptDraft.self, from: $0) } }
    return (memory, drafts)
  }

  /// Keeps where the person is.
  func keep(_ memory: Memory) {
    guard let data = try? encoder.encode(memory) else { return }
    write(data, to: placeFile)
  }

  /// Keeps what was typed, or forgets it when it is empty. Says why it could not.
  func keep(_ draft: KeptDraft) -> String? {
    let path = "\(draftFolder)/\(sha256(Array("\(draft.session)\n\(draft.subject)".utf8)).prefix(32)).json"
    if draft.isEmpty {
      unlink(path)
      return nil
    }
    guard let data = try? encoder.encode(draft), data.count <= Self.largest else { return "it is too long" }
    return write(data, to: path) ? nil : String(cString: strerror(errno))
  }

  private var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return encoder
  }

  private func bytes(_ path: String) -> Data? {
    guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size <= Self.largest else {
      return nil
    }
    return FileManager.default.contents(atPath: path)
  }

  /// Writes a file of the folder, which is made first if need be.
  @discardableResult
  private func write(_ data: Data, to path: String) -> Bool {
    guard (try? StateFolder.make((path as NSString).deletingLastPathComponent)) != nil else { return false }
    return StateFolder.write(data, to: path)
  }
}
