/// How far agents and checks are kept from what decides about them; a later one keeps them further.
public enum AuthorityLevel: String, CaseIterable, Codable, Comparable, Sendable {
  /// Nothing but the same user's rights.
  case none = "L0"
  /// The same user's rights, but what decides about them is out of sight.
  case hidden = "L0+"
  /// A sandbox of their own.
  case sandbox = "L1"

  /// The level in a word, then its name, e.g. `contained L1`.
  public var words: String {
    switch self {
    case .none: return "not contained \(rawValue)"
    case .hidden: return "half contained \(rawValue)"
    case .sandbox: return "contained \(rawValue)"
    }
  }

  /// What it means, for people.
  public var meaning: String {
    switch self {
    case .none:
      return
        "agents run with your rights and no sandbox. What they would do to this program's state is noticed afterwards, not prevented."
    case .hidden:
      return
        "agents run with your rights. Landlock hides this program's state from them and lets them write only to the workspace, their own folders and /tmp; they still see your processes, can reach sockets, and can change the modes of your files."
    case .sandbox:
      return
        "agents run in a sandbox. They see no process but their own and nothing of this program's state, and write only to the workspace and their own folders."
    }
  }

  /// Its name and what it means.
  public var sentence: String { "\(rawValue): \(meaning)" }

  /// Whether it keeps them less far.
  public static func < (left: AuthorityLevel, right: AuthorityLevel) -> Bool { left.rank < right.rank }

  private var rank: Int { AuthorityLevel.allCases.firstIndex(of: self) ?? 0 }
}

/// Since when programs of a session ran at a level.
public struct ContainmentRecord: Codable, Equatable, Sendable {
  /// The level.
  public var level: AuthorityLevel
  /// When an engine first found it, after it had been another one.
  public var since: Moment

  /// Makes a record from its parts.
  public init(level: AuthorityLevel, since: Moment) {
    self.level = level
    self.since = since
  }
}

extension Session {
  /// The lowest level at which a program of it ever ran, and since when; `nil` while none did.
  public var lowestContainment: ContainmentRecord? { containments.min { $0.level < $1.level } }

  /// The level in words, the lowest first: a session whose programs were once uncontained never counts as contained.
  ///
  /// - Parameter time: Writes a moment for people.
  public func containmentWords(_ time: (Moment) -> String) -> String? {
    guard let lowest = lowestContainment, let last = containments.last else { return nil }
    if lowest == last {
      let before = containments.count > 1 ? ", \(containments[0].level.words) before" : ""
      return "\(lowest.level.words) since \(time(lowest.since))\(before)"
    }
    let now = lowest.level == last.level ? "and again" : "now \(last.level.words)"
    return "\(lowest.level.words) from \(time(lowest.since)), \(now) since \(time(last.since))"
  }
}
