import Console
import Foundation
import Playbooks
import Screen

/// The keys in force: the built-in ones, with what the project's or the person's `keys.yaml` changes.
///
/// A file that cannot be used stops nothing: the built-in keys stay, and the console says what is wrong and where.
struct KeyTable {
  /// The table.
  private(set) var keymap = Keymap.standard
  /// What is wrong, at which place of the file; with any of it the built-in table stays.
  private(set) var failures: [LibraryFailure] = []
  /// Whether there is a file that changes something.
  private(set) var isChanged = false

  /// What the console says when it opens, or `nil` when all is well.
  var notice: String? {
    guard let first = failures.first else { return nil }
    let more = failures.count > 1 ? " (and \(failures.count - 1) more; `signalbox keys --check` lists them)" : ""
    return "Built-in keys are used. \(first)\(more)"
  }

  /// The keys of the project, else the person's, else the built-in ones.
  static func inForce(_ wiring: Wiring) -> KeyTable {
    do throws(LibraryFailure) {
      guard let lines = try wiring.library.keys() else { return KeyTable() }
      return KeyTable(lines, environment: wiring.environment)
    } catch {
      return KeyTable(error)
    }
  }

  /// The keys of a file.
  static func read(_ path: String, environment: [String: String]) -> KeyTable {
    do throws(LibraryFailure) {
      return KeyTable(try KeysFile.read(path: path), environment: environment)
    } catch {
      return KeyTable(error)
    }
  }

  private init() {}

  private init(_ failure: LibraryFailure) { failures = [failure] }

  private init(_ lines: [KeyLine], environment: [String: String]) {
    let changes = lines.map { KeyChange($0.action.text, in: $0.place?.text, keys: $0.keys.map(\.text)) }
    let (keymap, troubles) = Keymap.standard.changed(by: changes, prefix: Self.prefixes(environment).first)
    failures = troubles.map { trouble in
      let line = lines[trouble.change]
      let word: KeyLine.Word
      switch trouble.part {
      case .action: word = line.action
      case .place: word = line.place ?? line.action
      case .key(let number): word = line.keys[number]
      }
      return line.failure(at: word, trouble.reason.asSentence)
    }
    guard failures.isEmpty else { return }
    self.keymap = keymap
    isChanged = !changes.isEmpty
  }

  /// The rows whose keys a tmux around this terminal takes for itself, which is no fault of the file.
  func taken(environment: [String: String]) -> [String] {
    Self.prefixes(environment).flatMap { prefix in
      keymap.bindings.filter { $0.keys.contains(prefix) }.map {
        "\(prefix.name), \($0.action.rawValue) in \($0.place.rawValue): the tmux around this terminal takes it first."
      }
    }
  }

  /// The keys that begin a command of the tmux around this terminal, if it is in one.
  static func prefixes(_ environment: [String: String]) -> [Key] {
    guard environment["TMUX"]?.isEmpty == false else { return [] }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["timeout", "2", "tmux", "display-message", "-p", "#{prefix} #{prefix2}"]
    process.environment = environment
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return [] }
    let printed = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: printed, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap(key)
  }

  /// A key as tmux writes it: `C-b`, `M-x`, `F5`, `C-Space`.
  static func key(_ name: Substring) -> Key? {
    let ours = name.replacing("C-", with: "ctrl-").replacing("M-", with: "alt-").lowercased()
    return name == "None" ? nil : name.count == 1 ? Key(name: String(name)) : Key(name: ours)
  }
}
