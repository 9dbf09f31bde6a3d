import Foundation

/// A command of the workflow's own that writes a report for a gate to read.
struct ReportCommand: Equatable {
  /// The program and its arguments.
  var arguments: [String]
  /// Where the report is to be, by absolute path.
  var report: String

  /// Reads the setting `command`, in which `{report}` stands for the report's path, and makes way for the report.
  init(_ context: GateContext, ending: String) throws {
    guard let text = context.settings["command"] else {
      throw GateUnavailable("The gate does not say what to run; set “command”, with “{report}” for the report's path.")
    }
    report = context.evidenceFile(ending)
    let path = report
    arguments = try ReportCommand.words(of: text).map { $0.replacingOccurrences(of: "{report}", with: path) }
    guard !arguments.isEmpty, text.contains("{report}") else {
      throw GateUnavailable("“\(text)” does not name “{report}”, so the gate cannot know where the report will be.")
    }
    try context.clear(report)
  }

  /// Splits a command at white space. Single and double quotes keep words together; no other character means anything,
  /// because no shell reads it.
  static func words(of text: String) throws -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let whole = word { words.append(whole) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { throw GateUnavailable("A quote is not closed in “\(text)”.") }
    if let whole = word { words.append(whole) }
    return words
  }
}
