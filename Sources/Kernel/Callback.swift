// What agents say to the supervisor, and what becomes of it.

/// Something said to the supervisor by an agent, a person or the engine.
public struct Callback: Codable, Equatable, Sendable {
  /// What kind of thing it is.
  public enum Kind: String, CaseIterable, Codable, Equatable, Sendable {
    /// A question about facts.
    case query
    /// Something without which the work cannot go on.
    case blocker
    /// A question about what is wanted.
    case clarification
    /// Something went wrong.
    case error
    /// How far it is; nobody has to answer.
    case progress

    /// Whether somebody is expected to answer.
    public var wantsAnswer: Bool { self != .progress && self != .error }
  }

  /// How soon somebody should look.
  public enum Urgency: String, CaseIterable, Codable, Equatable, Sendable {
    case low, normal, high
  }

  /// Its identifier, e.g. `C-1`; given when it is taken in.
  public var id: String
  /// What kind of thing it is.
  public var kind: Kind
  /// Who says it.
  public var from: String
  /// To whom: `person`, `manager`, a role or an agent.
  public var to: String
  /// What is said, in full.
  public var text: String
  /// What it is about beside the words: the attempted operation, the folder …
  public var context: [Setting]
  /// How soon somebody should look.
  public var urgency: Urgency
  /// When.
  public var at: Moment
  /// The task it was said in, if any.
  public var task: String?
  /// That task's attempt.
  public var attempt: Int?
  /// The files it says are missing, as paths below the workspace; filled in when it is taken in.
  public var missing: [String]
  /// Who answered, once somebody did.
  public var answer: CallbackAnswer?
  /// Who first read it, once somebody did.
  public var readBy: String?

  /// Makes a callback that nobody has read.
  public init(
    id: String = "", kind: Kind, from: String, to: String = "person", text: String, context: [Setting] = [],
    urgency: Urgency = .normal, at: Moment = 0, task: String? = nil, attempt: Int? = nil, missing: [String] = []
  ) {
    self.id = id
    self.kind = kind
    self.from = from
    self.to = to
    self.text = text
    self.context = context
    self.urgency = urgency
    self.at = at
    self.task = task
    self.attempt = attempt
    self.missing = missing
  }

  /// Whether somebody is still expected to answer.
  public var isUnanswered: Bool { kind.wantsAnswer && answer == nil }
}

/// What was answered to a callback.
public struct CallbackAnswer: Codable, Equatable, Sendable {
  /// The answer in full.
  public var text: String
  /// Who gave it.
  public var by: String
  /// When.
  public var at: Moment

  /// Makes an answer from its parts.
  public init(text: String, by: String, at: Moment) {
    self.text = text
    self.by = by
    self.at = at
  }
}

extension Session {
  /// The callback with an identifier.
  public func callback(_ id: String) -> Callback? { callbacks.first { $0.id == id } }

  /// The callbacks that nobody has answered yet, oldest first.
  public var unansweredCallbacks: [Callback] {
    callbacks.filter { callback in
      // What a blocker asked for may have come to be without an answer.
      callback.isUnanswered
        && !blockerRecords.contains {
          $0.subject == "callback:\(callback.id)" && ($0.state == .resolved || $0.state == .decided)
        }
    }
  }

  /// The files a text says are missing: those of a goal or a task that it names, else what looks like a path before
  /// such words as “was not created”.
  func missingFiles(in text: String) -> [String] {
    let lower = text.lowercased()
    let signs = [
      "was not created", "were not created", "not created", "is missing", "are missing", "not found", "missing",
      "does not exist",
    ]
    guard signs.contains(where: lower.contains) else { return [] }
    let owed = goals.flatMap(\.deliverables) + tasks.flatMap(\.expectedFiles) + planned.flatMap(\.files)
    let words = text.split { $0.isWhitespace || "`'\"“”‘’,;()[]".contains($0) }
      .map { word in String(word.drop { $0 == "." && word.count > 1 && !word.hasPrefix("./") }) }
      .map { word in word.hasSuffix(".") || word.hasSuffix(":") ? String(word.dropLast()) : word }
    var found: [String] = []
    for word in words {
      let bare = word.hasPrefix("./") ? String(word.dropFirst(2)) : word
      let match = owed.first {
        $0.utf8.elementsEqual(bare.utf8) || $0.utf8.reversed().starts(with: "/\(bare)".utf8.reversed())
      }
      let isPath = bare.contains(".") && !bare.hasPrefix("/") && !bare.contains("..") && bare.last != "."
      guard let path = match ?? (isPath ? bare : nil), !found.contains(path) else { continue }
      found.append(path)
    }
    return found
  }
}
