import Kernel

/// Where a workflow uses a playbook; decides which facts its texts may name and what its options may do.
enum Use: Equatable {
  /// The brief leaves something open.
  case brief
  /// The agent cannot make something.
  case shortcomings
  /// A person approves a stage; sub-stages may have run before it.
  case approval(afterSubstages: Bool)
  /// A gate failed.
  case gates
  /// A task failed for good.
  case task

  /// The facts the kernel fills in, as listed in its `due` rules.
  var facts: [String] {
    let common = ["session", "title", "level", "modules", "stage"]
    switch self {
    case .brief: return common + ["count", "gaps", "fields"]
    case .shortcomings: return common + ["count", "shortcomings"]
    case .approval:
      return common + [
        "documents", "revision", "requirements", "entities", "tasks", "substages", "minutes", "gates", "waivers",
        "notices",
      ]
    case .gates: return common + ["gate", "required", "achieved", "attempt", "command", "evidence", "findings"]
    case .task: return common + ["task", "attempts", "error"]
    }
  }

  /// What its options may do; anything else would change nothing and the same question would return at once.
  var effects: [OptionEffect] {
    switch self {
    case .brief: return [.amend, .pause, .abort]
    case .shortcomings: return [.leaveOut, .pause, .abort]
    case .approval(let afterSubstages):
      return [.approve, .requestChanges] + (afterSubstages ? [.regenerate] : []) + [.pause, .abort]
    case .gates: return [.retry, .regenerate, .waive, .pause, .abort]
    case .task: return [.retry, .pause, .abort]
    }
  }

  /// The use in words, for messages.
  var words: String {
    switch self {
    case .brief: return "an incomplete brief"
    case .shortcomings: return "what cannot be made"
    case .approval(let afterSubstages): return afterSubstages ? "an approval" : "an approval before any sub-stage"
    case .gates: return "a failed gate"
    case .task: return "a failed task"
    }
  }
}

/// A text with places for facts, and where it stands.
struct Template {
  /// The text.
  let text: String
  /// The file it stands in.
  let file: LibraryFile
  /// The line of its first character.
  let line: Int
  /// The column of its first character.
  let column: Int
  /// Whether the text stands in the file character by character, so that a fact's own line can be named.
  let isVerbatim: Bool

  /// Refuses a fact that nobody fills in, because a person would read `{{name}}` instead of a value.
  func check(facts: [String], usedFor words: String) throws(LibraryFailure) {
    var line = line
    var column = column
    var rest = Substring(text)
    while let first = rest.first {
      if rest.hasPrefix("{{") {
        let inner = rest.dropFirst(2)
        let name = inner.prefix { $0 != "}" && $0 != "{" && !$0.isNewline }
        guard inner.dropFirst(name.count).hasPrefix("}}") else {
          throw file.failure(line: line, column: column, "“{{” is not closed; write a fact as {{name}}.")
        }
        guard facts.contains(String(name)) else {
          let known = facts.joined(separator: ", ")
          throw file.failure(
            line: line, column: column, "Nothing fills in {{\(name)}} for \(words); known are \(known).")
        }
      }
      rest = rest.dropFirst()
      guard isVerbatim else { continue }
      if first.isNewline {
        line += 1
        column = 1
      } else {
        column += first.unicodeScalars.count
      }
    }
  }
}
