/// What a role card says of something an agent wants to do.
public enum RoleVerdict: Equatable, Sendable {
  /// It may be done without asking, by the rule named.
  case allowed(by: String)
  /// It may be done once all of these approve: roles, or `person`.
  case needsApproval(of: [String], action: String)
  /// It must not be done, whoever asks.
  case forbidden(why: String)
  /// The card does not say; a person is asked.
  case unknown
}

extension RoleCard {
  /// Says whether a file may be read or changed.
  ///
  /// What is forbidden comes first, then what needs approval, then what is allowed. The files that a task is expected
  /// to leave are always its own to write, whatever the card forbids; git's own folder and Signalbox's are nobody's.
  ///
  /// - Parameters:
  ///   - path: The path below the workspace, as the agent gave it; ``PathPattern/relative(_:to:)`` makes it so.
  ///   - writing: Whether it is to be written, moved or removed.
  ///   - expected: The files that the agent's own task must leave behind.
  public func verdict(path: String, writing: Bool, expecting expected: [String] = []) -> RoleVerdict {
    guard let parts = PathPattern.resolved(path) else {
      return writing ? .forbidden(why: "“\(path)” is not a path below the workspace.") : .unknown
    }
    if RoleCard.isReserved(parts) || RoleCard.isReserved(path) {
      return writing
        ? .forbidden(why: "“\(path)” belongs to the records of the session, which no agent changes.") : .unknown
    }
    if writing {
      if parts.isEmpty { return .forbidden(why: "The workspace itself cannot be replaced.") }
      if expected.contains(where: { PathPattern.resolved($0) == parts }) {
        return .allowed(by: "the task's own files")
      }
    }
    func fits(_ patterns: [String], ignoringCase: Bool) -> String? {
      patterns.first { PathPattern($0).matches(parts, ignoringCase: ignoringCase) }
    }
    for rule in forbidden where writing || rule.reading {
      if fits(rule.scope.paths, ignoringCase: true) != nil { return .forbidden(why: rule.words) }
    }
    guard writing else {
      return fits(allowed.reads, ignoringCase: false).map { .allowed(by: "read \($0)") } ?? .unknown
    }
    for rule in preApprovals where fits(rule.scope.paths, ignoringCase: true) != nil {
      return .needsApproval(of: rule.approvers, action: rule.action)
    }
    return fits(allowed.writes, ignoringCase: false).map { .allowed(by: "write \($0)") } ?? .unknown
  }

  /// Says whether a command may be given to a shell.
  ///
  /// It is forbidden, or needs approval, when any part of it does, wherever that part stands; it is allowed only when
  /// every part is, nothing is redirected or put in by the shell, and no word leads out of the workspace.
  ///
  /// - Parameters:
  ///   - command: The whole text, as a shell would get it.
  ///   - workspace: The workspace's absolute path; words that begin with it stay inside.
  ///   - expected: The files that the agent's own task must leave behind.
  public func verdict(command: String, in workspace: String = "", expecting expected: [String] = []) -> RoleVerdict {
    let reading = CommandReading(command)
    let everything = reading.everything
    func touches(_ patterns: [String]) -> Bool {
      patterns.contains { text in
        let pattern = CommandPattern(text)
        return everything.contains(where: pattern.touches)
      }
    }
    for rule in forbidden where touches(rule.scope.commands) { return .forbidden(why: rule.words) }
    let targets = reading.targets.map { word in
      verdict(
        path: PathPattern.relative(String(decoding: word.bytes, as: UTF8.self), to: workspace), writing: true,
        expecting: expected)
    }
    for case .forbidden(let why) in targets { return .forbidden(why: why) }
    for rule in preApprovals where touches(rule.scope.commands) {
      return .needsApproval(of: rule.approvers, action: rule.action)
    }
    for case .needsApproval(let approvers, let action) in targets {
      return .needsApproval(of: approvers, action: action)
    }
    guard reading.doubts.isEmpty, !reading.parts.isEmpty else { return .unknown }
    let patterns = allowed.commands.map { CommandPattern($0) }
    var rules: [String] = []
    for part in reading.parts {
      guard let pattern = patterns.first(where: { $0.allows(part) }),
        part.allSatisfy({ staysInside($0, workspace: workspace) })
      else { return .unknown }
      if !rules.contains(pattern.text) { rules.append(pattern.text) }
    }
    return .allowed(by: "run \(rules.joined(separator: ", "))")
  }

  /// Says whether a tool may be used, by its name and its kind.
  ///
  /// - Parameters:
  ///   - tool: Its name.
  ///   - kind: What it says it does, e.g. `read`; empty where it says nothing.
  public func verdict(tool: String, kind: String = "") -> RoleVerdict {
    func fits(_ patterns: [String], ignoringCase: Bool) -> String? {
      patterns.first { pattern in
        let isKind = pattern.utf8.starts(with: RoleCard.kindPrefix.utf8)
        let glob = isKind ? Array(pattern.utf8.dropFirst(RoleCard.kindPrefix.utf8.count)) : Array(pattern.utf8)
        let name = Array((isKind ? kind : tool).utf8)
        return !name.isEmpty && Glob.matches(glob, name, ignoringCase: ignoringCase)
      }
    }
    for rule in forbidden where fits(rule.scope.tools, ignoringCase: true) != nil { return .forbidden(why: rule.words) }
    for rule in preApprovals where fits(rule.scope.tools, ignoringCase: true) != nil {
      return .needsApproval(of: rule.approvers, action: rule.action)
    }
    return fits(allowed.tools, ignoringCase: false).map { .allowed(by: "use \($0)") } ?? .unknown
  }

  /// What a pattern of a tool's kind begins with.
  public static let kindPrefix = "kind:"

  /// The folders by which the work itself is recorded; whoever could change them could change what is believed.
  private static func isReserved(_ parts: [[UInt8]]) -> Bool {
    parts.contains { part in
      let name = Glob.fold(part)
      return name.elementsEqual(".git".utf8) || name.elementsEqual(".signalbox".utf8)
    }
  }

  /// Looks at a path as it was written: a link may make `.git/../x` something else than `x`.
  private static func isReserved(_ path: String) -> Bool {
    isReserved(Array(path.utf8).split(separator: UInt8(ascii: "/")).map(Array.init))
  }

  /// Whether a word of an allowed command names nothing outside the workspace, nothing hidden behind a pattern, and
  /// nothing that the role must not even read.
  private func staysInside(_ word: CommandWord, workspace: String) -> Bool {
    guard !word.isOpen, !word.hasBraces else { return false }
    let values = word.bytes.split(whereSeparator: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ",") })
    for value in values {
      var value = Array(value)
      let dash = UInt8(ascii: "-")
      // `-o/etc/x` is an option with its value joined on.
      if value.count > 2, value[0] == dash, value[1] != dash { value = Array(value.dropFirst(2)) }
      let path = PathPattern.relative(String(decoding: value, as: UTF8.self), to: workspace)
      let bytes = Array(path.utf8)
      if bytes.first == UInt8(ascii: "/") || bytes.first == UInt8(ascii: "~") { return false }
      if zip(bytes, bytes.dropFirst()).contains(where: { $0 == UInt8(ascii: ":") && ($1 == 47 || $1 == 126) }) {
        return false
      }
      let parts = bytes.split(separator: UInt8(ascii: "/")).map(Array.init)
      if parts.contains([46, 46]) || RoleCard.isReserved(parts) { return false }
      if word.isPattern, parts.contains(where: { $0.first == 46 && $0.count > 1 }) { return false }
      if case .forbidden = verdict(path: path, writing: false) { return false }
    }
    return true
  }
}

extension Prohibition {
  /// What is said to whoever tries.
  public var words: String { "\(action) is forbidden: \(why)" }
}
