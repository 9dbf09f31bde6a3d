import Console
import Foundation
import Glibc
import Playbooks

/// What the person's and the project's files say of the console, read again when they change.
///
/// A file that cannot be read changes nothing: what it said before still holds, and what is wrong is told with its place.
struct ConsoleSettings {
  /// What `config.yaml` says, the project's over the person's own.
  private(set) var settings = Settings()
  /// The keys in force.
  private(set) var keys: KeyTable
  private let wiring: Wiring
  private var files: [File]
  private var keyStamps: [Stamp?]
  /// What is wrong with each file now, until it is corrected.
  private var keyTrouble: String?

  private struct File {
    let path: String
    let isOwn: Bool
    var stamp: Stamp?
    var said: Settings?
    var trouble: String?
  }

  /// By what a change of a file is seen, without reading it.
  private struct Stamp: Equatable {
    private let seconds: Int
    private let nanoseconds: Int
    private let size: Int64
    private let number: UInt64

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
      size = Int64(status.st_size)
      number = UInt64(status.st_ino)
    }
  }

  init(_ wiring: Wiring) {
    self.wiring = wiring
    files = [
      File(path: wiring.settingsFile, isOwn: true), File(path: ".signalbox/config.yaml", isOwn: false),
    ]
    keyStamps = wiring.keyFiles.map(Stamp.init)
    keys = KeyTable.inForce(wiring)
    keyTrouble = keys.notice
    for place in files.indices { read(place, before: nil) }
    combine()
  }

  /// What is wrong with the files, one sentence for each.
  var troubles: [String] { (files.map(\.trouble) + [keyTrouble]).compactMap { $0.map(wiring.atHome) } }

  /// What the console itself heeds of it.
  func preferences(takesProgress: Bool) -> Preferences {
    Preferences(
      attention: Attention(settings), keymap: keys.keymap, showsProgress: settings.progress ?? takesProgress)
  }

  /// Reads what changed since the last time, or everything; says what came of it, nothing when nothing changed.
  mutating func readAgain(everything: Bool = false) -> [String] {
    var said: [String] = []
    for place in files.indices where everything || Stamp(files[place].path) != files[place].stamp {
      read(place, before: files[place].said)
      said.append(wiring.atHome(files[place].trouble ?? "\(files[place].path) was read again."))
    }
    combine()
    let stamps = wiring.keyFiles.map(Stamp.init)
    if everything || stamps != keyStamps {
      keyStamps = stamps
      let found = KeyTable.inForce(wiring)
      if let first = found.failures.first {
        let more = found.failures.count > 1 ? " (and \(found.failures.count - 1) more)" : ""
        keyTrouble = "The keys stay as they are. \(first)\(more)"
      } else {
        (keys, keyTrouble) = (found, nil)
      }
      said.append(wiring.atHome(keyTrouble ?? "The keys were read again."))
    }
    return said
  }

  private mutating func read(_ place: Int, before: Settings?) {
    let file = files[place]
    // The stamp first: what changes while it is read is read once more.
    files[place].stamp = Stamp(file.path)
    do {
      files[place].said = try SettingsFile.read(path: file.path, isOwn: file.isOwn)
      files[place].trouble = nil
    } catch {
      files[place].said = before
      let rest =
        before == nil ? "Nothing in that file holds until it is corrected." : "What it said before still holds."
      files[place].trouble = "\(error) \(rest)"
    }
  }

  private mutating func combine() {
    settings = files.compactMap(\.said).reduce(Settings()) { $0.overridden(by: $1) }
  }
}

extension Attention {
  /// What a person's settings say of alerts.
  init(_ settings: Settings) {
    self.init()
    bell = settings.bell ?? bell
    desktop = settings.desktop ?? desktop
    hasProgram = settings.notifyCommand != nil
    quietHours = settings.quietHours.map { QuietHours(from: $0.from, until: $0.until) }
    repeats = settings.repeats ?? repeats
  }
}
