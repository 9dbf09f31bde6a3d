import Foundation
import Screen

/// All themes a person can choose: those of the project, their own, and the built-in ones, in this order.
///
/// A theme is one file; its name is the file's name without `.yaml`. The first one found wins, so a person may
/// replace a built-in theme by a file of the same name.
public struct ThemeLibrary: Sendable {
  /// The theme used when nothing is chosen.
  public static let standardName = "terminal"

  /// The folders searched, in order.
  public let folders: [URL]

  /// Makes a library of the project's themes, the person's and the built-in ones.
  ///
  /// - Parameters:
  ///   - project: the project's folder, whose `.signalbox/themes` is searched first.
  ///   - environment: where `XDG_CONFIG_HOME` or `HOME` say where the person's own themes are.
  public init(
    project: URL? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    var folders: [URL] = []
    if let project { folders.append(project.appending(path: ".signalbox/themes")) }
    if let configuration = environment["XDG_CONFIG_HOME"], configuration.hasPrefix("/") {
      folders.append(URL(filePath: configuration).appending(path: "signalbox/themes"))
    } else if let home = environment["HOME"], !home.isEmpty {
      folders.append(URL(filePath: home).appending(path: ".config/signalbox/themes"))
    }
    folders.append(ThemeLibrary.builtIn)
    self.folders = folders
  }

  /// Makes a library of given folders.
  public init(folders: [URL]) {
    self.folders = folders
  }

  /// The folder of the built-in themes.
  ///
  /// An installed program has it at `share/signalbox/Themes` beside its `bin` folder; a build tree in its bundle.
  public static var builtIn: URL {
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    let installed = program?.deletingLastPathComponent().appending(path: "share/signalbox/Themes")
    if let installed, FileManager.default.fileExists(atPath: installed.path) { return installed }
    return (Bundle.module.resourceURL ?? Bundle.module.bundleURL).appending(path: "Themes")
  }

  /// The names of all themes, sorted.
  public func names() -> [String] {
    var names: Set<String> = []
    for folder in folders {
      for file in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
        if let name = ThemeLibrary.name(of: file) { names.insert(name) }
      }
    }
    return names.sorted()
  }

  /// Loads a theme by its name, or says which file is wrong at which place, or which names there are.
  public func load(_ name: String) throws(ThemeRefusal) -> Theme {
    guard ThemeLibrary.isName(name) else {
      throw ThemeRefusal(
        file: name, line: 0, column: 0, reason: "a theme's name has only letters, digits, - and _")
    }
    for folder in folders {
      for suffix in ["yaml", "yml"] {
        let file = folder.appending(path: "\(name).\(suffix)")
        guard FileManager.default.fileExists(atPath: file.path) else { continue }
        return try ThemeFile.parse(read(file), file: file.path, name: name)
      }
    }
    throw ThemeRefusal(
      file: name, line: 0, column: 0, reason: "no theme has this name; there are \(names().joined(separator: ", "))")
  }

  private func read(_ file: URL) throws(ThemeRefusal) -> String {
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      // One byte more than allowed tells that a file is too long, without reading all of it.
      let data = try handle.read(upToCount: ThemeFile.sizeLimit + 1) ?? Data()
      guard let text = String(data: data, encoding: .utf8) else {
        throw ThemeRefusal(file: file.path, line: 0, column: 0, reason: "the file is not UTF-8 text")
      }
      return text
    } catch let refusal as ThemeRefusal {
      throw refusal
    } catch {
      throw ThemeRefusal(
        file: file.path, line: 0, column: 0, reason: "the file cannot be read; check its permissions")
    }
  }

  private static func name(of file: String) -> String? {
    for suffix in [".yaml", ".yml"] where file.hasSuffix(suffix) {
      let name = String(file.dropLast(suffix.count))
      return isName(name) ? name : nil
    }
    return nil
  }

  /// Names come from command lines and settings; they must not leave the folders.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 64
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
          || byte == 0x5F
      }
  }
}
