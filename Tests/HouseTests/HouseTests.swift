import Foundation
import Testing

/// Keeps the house: what may import what, and that nothing stands without a test.
@Suite struct HouseTests {
  /// What each target may import, as the README draws it.
  static let drawn: [String: Set<String>] = [
    "Kernel": [],
    "Screen": [],
    "Console": ["Kernel", "Prose", "Screen", "Synchronization"],
    "Prose": ["CMarkdown", "Screen"],
    "Engine": ["Kernel", "Crypto", "Foundation", "Glibc", "Synchronization"],
    "Playbooks": ["Kernel", "Yams", "Crypto", "Foundation"],
    "Theming": ["Screen", "Yams", "Foundation"],
    "Agents": [
      "CSignalbox", "Engine", "Kernel", "Subprocess", "SystemPackage", "Foundation", "Glibc", "Synchronization",
    ],
    "Gates": [
      "Engine", "Kernel", "Crypto", "Subprocess", "SystemPackage", "Yams", "Foundation", "FoundationXML", "Glibc",
      "Synchronization",
    ],
    "Generator": ["Engine", "Kernel", "Mustache", "Foundation"],
    "JournalSQLite": [
      "CSignalbox", "Engine", "GRDB", "GRDBSQLite", "Foundation", "Glibc", "Synchronization", "Dispatch",
    ],
    "Reports": ["Engine", "Kernel", "Foundation"],
    "Terminal": ["Screen", "CNcurses", "Glibc", "Synchronization"],
    "Workspaces": [
      "CSignalbox", "Engine", "Crypto", "Subprocess", "SystemPackage", "Foundation", "Glibc", "Synchronization",
    ],
    "signalbox": [
      "Agents", "ArgumentParser", "CSignalbox", "Console", "Dispatch", "Engine", "Foundation", "Gates", "Generator",
      "Glibc", "JournalSQLite",
      "Kernel",
      "Playbooks", "Reports", "Screen", "Synchronization", "Terminal", "Theming", "Workspaces",
    ],
  ]

  static let root: URL = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url
  }()

  static func files(below folder: String, ending: String) -> [URL] {
    let walker = FileManager.default.enumerator(
      at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
    return (walker?.allObjects as? [URL] ?? []).filter { $0.pathExtension == ending }.sorted { $0.path < $1.path }
  }

  @Test func everyTargetImportsOnlyWhatIsDrawn() throws {
    var seen = 0
    for (target, allowed) in Self.drawn {
      for file in Self.files(below: "Sources/\(target)", ending: "swift") {
        seen += 1
        for line in try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline) {
          let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
          guard line.first != " ", words.first == "import", words.count >= 2, let name = words.last else { continue }
          let module = String(name.split(separator: ".").first ?? name)
          #expect(
            allowed.contains(module),
            "\(target)/\(file.lastPathComponent) imports \(module), which the drawing does not allow. Move the code, or redraw the border in the README and here."
          )
        }
      }
    }
    #expect(seen > 50, "The sources were not found; this test would pass for nothing.")
  }

  @Test func everyFolderOfSourcesIsATargetThatIsDrawn() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appendingPathComponent("Sources").path)
    let c: Set<String> = ["CMarkdown", "CNcurses", "CSignalbox"]
    #expect(Set(folders).subtracting(c) == Set(Self.drawn.keys))
  }

  @Test func everySourceFileIsNamedByATest() throws {
    var words = ""
    for file in Self.files(below: "Tests", ending: "swift") {
      words += file.deletingPathExtension().lastPathComponent + "\n" + (try String(contentsOf: file, encoding: .utf8))
    }
    let bytes = Data(words.utf8)
    for file in Self.files(below: "Sources", ending: "swift") {
      let name = file.deletingPathExtension().lastPathComponent
      let isNamed = bytes.range(of: Data(name.utf8)) != nil
      #expect(isNamed, "No test names \(name).swift. Write one, or say in one which covers it.")
    }
  }

  @Test func theTopLevelHoldsWhatItShould() throws {
    let allowed: Set<String> = [
      "Package.swift", "Sources", "Tests", "Themes", "README.md", "screenshots", "Package.resolved",
    ]
    let found = try FileManager.default.contentsOfDirectory(atPath: Self.root.path).filter { !$0.hasPrefix(".") }
    #expect(Set(found).subtracting(allowed).isEmpty)
  }

  /// X19: a text from outside can never be a format, because nothing takes formats.
  @Test func nothingPrintsByAFormat() throws {
    let takers = [
      "String(format", "NSString(format", "WithFormat", "appendFormat", "NSLog", "NSPredicate(format", "printf(",
      "printw(",
      "syslog(", "os_log", "strftime(",
    ]
    var seen = 0
    for ending in ["swift", "c", "h"] {
      for file in Self.files(below: "Sources", ending: ending) {
        seen += 1
        for (index, line) in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n").enumerated() {
          for taker in takers {
            guard let place = line.range(of: taker) else { continue }
            // A longer name is another function.
            let before = line[..<place.lowerBound].last
            let isWhole =
              taker.first?.isUppercase == true || !(before?.isLetter == true || before == "_" || before == ".")
            // A format of our own, written where it is used, is no text from outside.
            let isLiteral = line[place.upperBound...].contains("\"") && ending != "swift"
            #expect(!isWhole || isLiteral, "\(file.lastPathComponent):\(index + 1) prints by a format.")
          }
        }
      }
    }
    #expect(seen > 300)
  }

  @Test func noForceUnwrapAndNoUnprovedSendableOutsideTests() throws {
    for file in Self.files(below: "Sources", ending: "swift") {
      let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
      for (index, line) in lines.enumerated() {
        let place = "\(file.lastPathComponent):\(index + 1)"
        #expect(!line.contains("try!"), "\(place) uses try!.")
        guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else { continue }
        let near = lines[max(0, index - 8)...min(lines.count - 1, index + 1)].joined(separator: "\n")
        #expect(near.contains("//"), "\(place) claims safety without a sentence of proof beside it.")
      }
    }
  }
}
