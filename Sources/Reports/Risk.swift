import Kernel

/// Something that may go wrong or has to be clarified, with who looks after it; every text is Markdown already.
struct Risk {
  /// What it is, in a few words.
  let item: String
  /// What may happen.
  let description: String
  /// Low, medium or high, as far as the session knows.
  let impact: String
  /// Who looks after it.
  let owner: String
  /// What is done about it.
  let resolution: String

  /// Every risk that follows from the brief, the level, the modules and what cannot be made.
  static func all(in session: Session) -> [Risk] {
    open(session) + level(session) + modules(session) + shortcomings(session)
  }

  private static func open(_ session: Session) -> [Risk] {
    let text = session.brief.text(of: .openQuestions)
    let plain = text.lowercased().filter { $0.isLetter || $0.isNumber }
    if plain.isEmpty || plain == "none" { return [] }
    let items = text.split(whereSeparator: \.isNewline).map { line in
      line.hasPrefix("- ") || line.hasPrefix("* ") ? String(line.dropFirst(2)) : String(line)
    }
    return items.filter { !$0.allSatisfy(\.isWhitespace) }.map {
      Risk(
        item: "Open question of the brief", description: Markdown.inline($0), impact: "not assessed",
        owner: "requester", resolution: "open; carried along")
    }
  }

  /// Rules of compliance ask for audit logs, roles and encryption, which only the highest level brings.
  private static func level(_ session: Session) -> [Risk] {
    guard let level = session.level, let highest = session.workflow.levels.last, level < highest.number else {
      return []
    }
    let text = session.briefText.uppercased().map { $0.isLetter || $0.isNumber ? $0 : " " }
    let words = " " + String(text).split(separator: " ").joined(separator: " ") + " "
    let rules = ["GDPR", "HIPAA", "PCI DSS", "SOC 2", "CCPA"]
    return rules.filter { words.contains(" \($0) ") }.map {
      Risk(
        item: "Compliance", description: "The brief names \($0); level \(level) has neither roles nor an audit log.",
        impact: "high", owner: "requester",
        resolution: "choose level \(highest.number), or accept that the result is not \($0) compliant")
    }
  }

  private static func modules(_ session: Session) -> [Risk] {
    var found: [Risk] = []
    if session.modules.contains("communication"), !session.modules.contains("workers") {
      found.append(
        Risk(
          item: "Sending without workers", description: "Messages are sent while a request waits, so it is slow.",
          impact: "medium", owner: "requester", resolution: "accept it, or add the module workers"))
    }
    if session.modules.contains("payment") {
      found.append(
        Risk(
          item: "Payment provider", description: "A provider outside can fail or repeat its messages.",
          impact: "high", owner: "developer",
          resolution: "idempotency keys and a state machine; test against the provider before use"))
    }
    return found
  }

  private static func shortcomings(_ session: Session) -> [Risk] {
    session.shortcomings.map {
      Risk(
        item: Markdown.inline($0.subject), description: Markdown.inline($0.reason),
        impact: $0.canLeaveOut ? "medium" : "high", owner: "requester",
        resolution: session.shortcomingsLeftOut ? "left out by a person's decision" : "to be decided")
    }
  }
}
