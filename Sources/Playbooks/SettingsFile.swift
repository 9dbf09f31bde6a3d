import Foundation

/// How a person wants the console: the contents of `config.yaml`, each part only where it was written.
public struct Settings: Equatable, Sendable {
  /// The theme for every background, if one is named.
  public var theme: String?
  /// The theme on a dark background, where it depends on the background.
  public var darkTheme: String?
  /// The theme on a light background, where it depends on the background.
  public var lightTheme: String?
  /// Whether the mouse is read from the beginning.
  public var mouse: Bool?
  /// Whether the bell may ring.
  public var bell: Bool?
  /// Whether the terminal is asked for notices on the desktop.
  public var desktop: Bool?
  /// The program that is told of alerts, with its arguments; it gets each one as JSON on standard input.
  public var notifyCommand: [String]?
  /// The time of day without sound.
  public var quietHours: QuietHours?
  /// After how many minutes a waiting decision is told again.
  public var repeats: [Int]?
  /// Whether the terminal is told how far the work is, for its tab or the taskbar.
  public var progress: Bool?
  /// The program that takes copied text on standard input, with its arguments.
  public var copyCommand: [String]?

  /// A part of every day: its first minute after local midnight, and the first one after it.
  public struct QuietHours: Equatable, Sendable {
    /// Its first minute.
    public var from: Int
    /// The first minute after it.
    public var until: Int
  }

  /// Settings in which nothing was written.
  public init() {}

  /// These settings, with what `other` says instead where it says something.
  public func overridden(by other: Settings) -> Settings {
    var both = self
    if other.theme != nil || other.darkTheme != nil || other.lightTheme != nil {
      (both.theme, both.darkTheme, both.lightTheme) = (other.theme, other.darkTheme, other.lightTheme)
    }
    both.mouse = other.mouse ?? mouse
    both.bell = other.bell ?? bell
    both.desktop = other.desktop ?? desktop
    both.notifyCommand = other.notifyCommand ?? notifyCommand
    both.quietHours = other.quietHours ?? quietHours
    both.repeats = other.repeats ?? repeats
    both.progress = other.progress ?? progress
    both.copyCommand = other.copyCommand ?? copyCommand
    return both
  }
}

/// Reads `config.yaml`: the person's own one, and the one a project may have in `.signalbox/`.
public enum SettingsFile {
  /// A file to begin with; every line in it says what holds without it.
  public static let sample = """
    theme: terminal             # or {dark: NAME, light: NAME}, by the terminal's background
    mouse: false
    notify:
      bell: true
      desktop: true             # notices on the desktop, where the terminal has them
      # command: [my-notifier]  # gets each alert as JSON on standard input
      # quiet-hours: "22:00-07:00"
      repeat: [10, 60]          # minutes after which a waiting decision is told again
    # progress: on              # how far the work is, in the tab or the taskbar; off where it is not known to be shown
    # copy: [my-clipboard]      # gets copied text on standard input

    """

  /// Reads a file; nothing when there is none.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - isOwn: Whether it is the person's own. A project's file comes with the project, so it may name no programs.
  /// - Throws: A ``LibraryFailure`` with the place to correct.
  public static func read(path: String, isOwn: Bool) throws(LibraryFailure) -> Settings? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try settings(
      in: LibraryFile(reading: URL(fileURLWithPath: path), name: path, path: path), isOwn: isOwn)
  }

  static func settings(in file: LibraryFile, isOwn: Bool) throws(LibraryFailure) -> Settings {
    // A file in which everything is a comment says nothing.
    let isBlank = file.text.split(separator: "\n").allSatisfy { line in
      line.drop { $0 == " " }.isEmpty || line.drop { $0 == " " }.hasPrefix("#")
    }
    guard !isBlank else { return Settings() }
    let table = try YAMLEntry.read(file).table(
      "settings", required: [], optional: ["theme", "mouse", "notify", "progress", "copy"])
    var settings = Settings()
    if let entry = table.optional("theme") { try readTheme(entry, into: &settings) }
    settings.mouse = try table.optional("mouse")?.flag("mouse")
    if let entry = table.optional("progress") { settings.progress = try onOrOff(entry, "progress") }
    if let entry = table.optional("copy") { settings.copyCommand = try command(entry, "copy", isOwn: isOwn) }
    guard let notify = table.optional("notify") else { return settings }
    let parts = try notify.table(
      "notify", required: [], optional: ["bell", "desktop", "command", "quiet-hours", "repeat"])
    settings.bell = try parts.optional("bell")?.flag("bell")
    settings.desktop = try parts.optional("desktop")?.flag("desktop")
    if let entry = parts.optional("command") { settings.notifyCommand = try command(entry, "command", isOwn: isOwn) }
    if let entry = parts.optional("quiet-hours") { settings.quietHours = try quietHours(entry) }
    if let entry = parts.optional("repeat") {
      var minutes: [Int] = []
      for item in try entry.list(of: "minutes") { minutes.append(try item.whole("minutes", in: 1...10_080)) }
      settings.repeats = minutes.sorted()
    }
    return settings
  }

  private static func readTheme(_ entry: YAMLEntry, into settings: inout Settings) throws(LibraryFailure) {
    if case .scalar = entry.node {
      settings.theme = try entry.text("theme")
      return
    }
    let parts = try entry.table("theme", required: ["dark", "light"])
    settings.darkTheme = try parts.entry("dark").text("dark")
    settings.lightTheme = try parts.entry("light").text("light")
  }

  private static func onOrOff(_ entry: YAMLEntry, _ what: String) throws(LibraryFailure) -> Bool {
    switch try entry.text(what) {
    case "on", "true": return true
    case "off", "false": return false
    default: throw entry.failure("Expected \(what) as on or off.")
    }
  }

  private static func command(_ entry: YAMLEntry, _ what: String, isOwn: Bool) throws(LibraryFailure) -> [String] {
    guard isOwn else {
      throw entry.failure("A project's settings may name no programs; write \(what) into your own config.yaml.")
    }
    var words: [String] = []
    for item in try entry.list(of: "words") { words.append(try item.text("a word of \(what)")) }
    guard !words.isEmpty else {
      throw entry.failure("Expected a program and its arguments, e.g. [my-program, --flag].")
    }
    return words
  }

  private static func quietHours(_ entry: YAMLEntry) throws(LibraryFailure) -> Settings.QuietHours {
    let text = try entry.text("quiet-hours")
    let times = text.split(separator: "-", omittingEmptySubsequences: false).map { time -> Int? in
      let parts = time.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) }), let hour = Int(parts[0]),
        let minute = Int(parts[1]), (0...23).contains(hour), (0...59).contains(minute)
      else { return nil }
      return hour * 60 + minute
    }
    guard times.count == 2, let from = times[0], let until = times[1], from != until else {
      throw entry.failure("Expected quiet-hours as two times of day, e.g. \"22:00-07:00\", not “\(text)”.")
    }
    return Settings.QuietHours(from: from, until: until)
  }
}
