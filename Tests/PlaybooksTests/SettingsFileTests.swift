import Testing

@testable import Playbooks

// Covers SettingsFile.

@Suite("Settings") struct SettingsFileTests {
  private func read(_ text: String, isOwn: Bool = true) throws -> Settings {
    try SettingsFile.settings(
      in: LibraryFile(name: "config.yaml", path: "config.yaml", bytes: Array(text.utf8)), isOwn: isOwn)
  }

  @Test("everything that can be said")
  func whole() throws {
    let settings = try read(
      """
      theme: {dark: night, light: day}
      mouse: true
      progress: on
      copy: [my-clipboard, --now]
      notify:
        bell: false
        desktop: false
        command: [my-notifier]
        quiet-hours: "22:00-07:30"
        repeat: [60, 10]
      """)
    #expect(settings.darkTheme == "night" && settings.lightTheme == "day" && settings.theme == nil)
    #expect(settings.mouse == true && settings.progress == true)
    #expect(settings.copyCommand == ["my-clipboard", "--now"])
    #expect(settings.bell == false && settings.desktop == false)
    #expect(settings.notifyCommand == ["my-notifier"])
    #expect(settings.quietHours?.from == 1320 && settings.quietHours?.until == 450)
    #expect(settings.repeats == [10, 60])
  }

  @Test("the sample is what holds without a file, and a file of comments says nothing")
  func sample() throws {
    let settings = try read(SettingsFile.sample)
    #expect(settings.theme == "terminal" && settings.mouse == false && settings.bell == true)
    #expect(settings.desktop == true && settings.repeats == [10, 60] && settings.notifyCommand == nil)
    #expect(try read("# nothing yet\n\n") == Settings())
    #expect(try SettingsFile.read(path: "/nowhere/config.yaml", isOwn: true) == nil)
  }

  @Test(
    "what is wrong is named with its place",
    arguments: [
      ("colour: red", "config.yaml:1:1: “colour” is not known in settings"),
      ("mouse: maybe", "config.yaml:1:8: Expected mouse as true or false."),
      ("notify:\n  quiet-hours: all night", "config.yaml:2:16: Expected quiet-hours as two times of day"),
      ("notify:\n  quiet-hours: 22:00-22:00", "config.yaml:2:16:"),
      ("notify:\n  quiet-hours: 25:00-7:00", "config.yaml:2:16:"),
      ("notify:\n  repeat: [0]", "config.yaml:2:12:"), ("notify:\n  repeat: soon", "config.yaml:2:11:"),
      ("progress: 40", "config.yaml:1:11: Expected progress as on or off."),
      ("copy: []", "config.yaml:1:7: Expected a program"), ("theme: {dark: a}", "“light” is missing"),
      ("mouse: true\nmouse: false", "mouse"), ("a: &b 1\nc: *b", "Anchors"),
    ])
  func wrong(_ text: String, _ words: String) {
    #expect {
      _ = try read(text)
    } throws: { error in
      "\(error)".contains(words)
    }
  }

  @Test("a project's file may name no programs, since it comes with the project")
  func project() throws {
    #expect(try read("theme: day", isOwn: false).theme == "day")
    for text in ["copy: [evil]", "notify: {command: [evil]}"] {
      #expect {
        _ = try read(text, isOwn: false)
      } throws: { error in
        "\(error)".contains("may name no programs")
      }
    }
  }

  @Test("the later settings hold where they say something")
  func order() throws {
    #expect(try read("progress: on").overridden(by: read("progress: off")).progress == false)
    let both = try read("theme: a\nmouse: true\nnotify: {bell: false}").overridden(
      by: read("theme: {dark: b, light: c}\nnotify: {desktop: false}"))
    #expect(both.theme == nil && both.darkTheme == "b")
    #expect(both.mouse == true && both.bell == false && both.desktop == false)
  }
}
