import Kernel

/// What a document needs to know besides the session: the moment, the maker, the history and the files.
public struct ReportFacts: Sendable {
  /// When the document is made, in milliseconds since 1970 (UTC).
  public var at: Moment
  /// The version of the program that makes it.
  public var engineVersion: String
  /// The machine on which it is made.
  public var host: String
  /// The session's whole history, the first event first; an event's place in it, counted from 1, is its `seq`.
  public var events: [Event]
  /// The files in the workspace now.
  public var files: [FileClaim]

  /// Makes facts from their parts.
  public init(at: Moment, engineVersion: String, host: String, events: [Event], files: [FileClaim]) {
    self.at = at
    self.engineVersion = engineVersion
    self.host = host
    self.events = events
    self.files = files
  }
}

extension ReportFacts {
  /// The `seq` of the last event for which a test holds, as documents cite it.
  func event(_ test: (Fact) -> Bool) -> String {
    guard let index = events.lastIndex(where: { test($0.fact) }) else { return "–" }
    return "#\(index + 1)"
  }

  /// Who began the session.
  var requester: String {
    let first = events.first { if case .sessionCreated = $0.fact { return true } else { return false } }
    return first.map { Markdown.inline($0.by) } ?? "not recorded"
  }

  /// Whether the workspace holds a file.
  func has(_ path: String) -> Bool { files.contains { Array($0.path.utf8) == Array(path.utf8) } }
}
