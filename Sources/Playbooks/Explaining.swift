import Kernel

// What a playbook does and when, in lines for a person.

extension PlaybookSource {
  /// Everything about the playbook but where it is used.
  var lines: [String] {
    let scenario = playbook.scenario == 0 ? "an ordinary question" : "scenario \(playbook.scenario)"
    var lines = ["\(playbook.id) — \(name) (\(scenario), \(playbook.severity.rawValue))", "", "Asked about"]
    lines.append("  \(situation.words) (\(situation.rawValue))")
    let stages = playbook.stages.map(String.init).joined(separator: ", ")
    lines.append(stages.isEmpty ? "  in any stage" : "  in stage \(stages)")
    lines += playbook.conditions.map { "  when \($0.shown)" }
    lines += ["", "Asks", "  \(playbook.title)", "", "Options"]
    for option in playbook.options {
      lines.append("  \(option.key)  \(option.title) (\(option.id), \(option.effect.rawValue))")
      lines.append("     \(option.says)")
      lines += option.remarks(recommended: playbook.recommended == option.id).map { "     \($0)" }
    }
    if !playbook.fields.isEmpty {
      lines += ["", "To fill in"]
      for field in playbook.fields {
        lines.append("  \(field.name)\(field.isOptional ? " (may stay empty)" : "")")
        lines += ["     \(field.why)", "     \(field.format)"]
      }
    }
    lines += ["", "Without an answer"]
    let reminders = playbook.reminders.map(PlaybookSource.span)
    lines.append(reminders.isEmpty ? "  no reminder" : "  reminders after \(reminders.joined(separator: ", "))")
    lines.append(
      playbook.expiry.map { "  after \(PlaybookSource.span($0)) the session pauses; silence decides nothing" }
        ?? "  it waits for ever; silence decides nothing")
    if let attempts = playbook.attempts { lines.append("  before it is asked, \(attempts) attempts are made") }
    if !playbook.records.isEmpty { lines += ["", "The QA report says", "  \(playbook.records)"] }
    lines += ["", "Facts it may name", "  \(situation.facts(given: playbook.conditions).joined(separator: ", "))"]
    lines += ["", "Files"]
    lines += files.map { "  \($0.name)" }
    return lines
  }

  /// Minutes in words, e.g. `4 hours`.
  static func span(_ minutes: Int) -> String {
    func words(_ count: Int, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
    if minutes % 1_440 == 0 { return words(minutes / 1_440, "day") }
    if minutes % 60 == 0 { return words(minutes / 60, "hour") }
    return words(minutes, "minute")
  }
}

extension PlaybookOption {
  /// What must be known before it is chosen, one line each.
  fileprivate func remarks(recommended isRecommended: Bool) -> [String] {
    var lines: [String] = []
    if let target { lines.append("acts on \(target)") }
    if !offeredWhen.isEmpty { lines.append("offered when \(offeredWhen.map(\.shown).joined(separator: " and "))") }
    if !recommendedWhen.isEmpty {
      lines.append("recommended when \(recommendedWhen.map(\.shown).joined(separator: " and "))")
    }
    if isRecommended { lines.append("recommended, unless another one is by its own rule") }
    if !fields.isEmpty { lines.append("takes \(fields.joined(separator: ", "))") }
    if noteRequired { lines.append("needs a reason") }
    if let confirm { lines.append("confirmed by typing \(confirm)") }
    if !isReversible { lines.append("cannot be undone") }
    return lines
  }
}

extension Condition {
  /// The condition in words, with an empty value that can be seen.
  fileprivate var shown: String { "\(fact) \(test.rawValue) \(value.isEmpty ? "\"\"" : value)" }
}
