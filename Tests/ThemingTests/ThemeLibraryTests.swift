import Foundation
import Screen
import Testing

@testable import Theming

@Suite("ThemeLibrary")
struct ThemeLibraryTests {
  private let builtIn = ThemeLibrary(folders: [ThemeLibrary.builtIn])

  @Test("there are exactly six built-in themes")
  func names() {
    #expect(builtIn.names() == ["dark", "high-contrast", "light", "mono", "safe", "terminal"])
  }

  @Test("the files of the two themes that are also in code say the same as the code")
  func filesAndCodeAgree() throws {
    #expect(try builtIn.load("terminal") == Theme.terminal)
    #expect(try builtIn.load("mono") == Theme.mono)
  }

  @Test("every text of the built-in palettes can be read", arguments: ["dark", "light", "high-contrast", "safe"])
  func contrast(name: String) throws {
    let theme = try builtIn.load(name)
    #expect(theme.usesPalette)
    for role in Role.allCases {
      for surface in Surface.allCases {
        let paint = theme.paint(role, on: surface)
        let contrast = try #require(paint.foreground.contrast(with: paint.background))
        let least = role == .border || role == .borderFocus ? 3.0 : 4.5
        #expect(contrast >= least, "\(name) \(role) on \(surface)")
      }
    }
  }

  @Test("high contrast means seven to one")
  func highContrast() throws {
    let theme = try builtIn.load("high-contrast")
    for role in Role.allCases {
      let paint = theme.paint(role)
      #expect(try #require(paint.foreground.contrast(with: paint.background)) >= 7, "\(role)")
    }
  }

  @Test("the built-in palettes are readable without being lifted", arguments: ["dark", "light", "safe"])
  func palettesAreGoodBefore(name: String) throws {
    let theme = try builtIn.load(name)
    let text = try String(contentsOf: ThemeLibrary.builtIn.appending(path: "\(name).yaml"), encoding: .utf8)
    // The state colours that people learn are printed as the file says.
    for (role, slot) in [(Role.stateFailed, "08"), (.stateDone, "0B"), (.stateWarning, "0A"), (.muted, "03")] {
      guard case .rgb(let red, let green, let blue) = theme.paint(role).foreground else {
        Issue.record("\(role) has no colour")
        continue
      }
      let hexadecimal = String(format: "%02x%02x%02x", red, green, blue)
      #expect(text.contains("base\(slot): \"#\(hexadecimal)\""), "\(name) \(role) was lifted to \(hexadecimal)")
    }
  }

  @Test("the first folder with a name wins, and hidden files are no themes")
  func searchOrder() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "themes-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let project = root.appending(path: "project")
    let own = root.appending(path: "config/signalbox/themes")
    let projectThemes = project.appending(path: ".signalbox/themes")
    for folder in [own, projectThemes] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    let dark = try String(contentsOf: ThemeLibrary.builtIn.appending(path: "dark.yaml"), encoding: .utf8)
    let light = try String(contentsOf: ThemeLibrary.builtIn.appending(path: "light.yaml"), encoding: .utf8)
    try light.write(to: own.appending(path: "dark.yaml"), atomically: true, encoding: .utf8)
    try light.write(to: own.appending(path: ".hidden.yaml"), atomically: true, encoding: .utf8)
    let environment = ["XDG_CONFIG_HOME": root.appending(path: "config").path]
    let library = ThemeLibrary(project: project, environment: environment)
    #expect(!library.names().contains(".hidden"))
    #expect(try library.load("dark").paint(.text) == builtIn.load("light").paint(.text))
    try dark.write(to: projectThemes.appending(path: "dark.yml"), atomically: true, encoding: .utf8)
    #expect(try library.load("dark") == builtIn.load("dark"))
  }

  @Test("an unknown name lists the known ones; a name cannot leave the folder")
  func unknownNames() {
    #expect(throws: ThemeRefusal.self) { try builtIn.load("../../etc/passwd") }
    do {
      _ = try builtIn.load("solarised")
      Issue.record("expected a refusal")
    } catch {
      #expect(error.description.contains("high-contrast, light"))
    }
  }
}
