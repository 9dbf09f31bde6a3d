import Foundation
import Kernel

/// Puts moments, durations and states into the words that every document uses.
enum Words {
  /// A moment as ISO 8601 in UTC, to the second.
  static func time(_ moment: Moment) -> String {
    Date(timeIntervalSince1970: Double(moment / 1000)).formatted(.iso8601)
  }

  /// Who did something and when, for a cell.
  static func who(_ by: String, _ at: Moment) -> String { "\(Markdown.inline(by)), \(time(at))" }

  /// A moment's date in UTC.
  static func date(_ moment: Moment) -> String { String(time(moment).prefix(10)) }

  /// A length of time in its two largest units, e.g. `2 d 4 h`.
  static func duration(_ milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds) / 1000
    if milliseconds > 0, seconds == 0 { return "under 1 s" }
    let units: [(Int64, String)] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
    var rest = seconds
    var parts: [String] = []
    for (size, name) in units where parts.count < 2 {
      if rest >= size { parts.append("\(rest / size) \(name)") } else if !parts.isEmpty { break }
      rest %= size
    }
    return parts.isEmpty ? "0 s" : parts.joined(separator: " ")
  }

  /// A gate's state in capitals; a waived one is never called passed.
  static func state(of gate: GateRecord) -> String {
    switch gate.state {
    case .done: return "PASSED"
    case .waived: return "WAIVED"
    case .running: return "RUNNING"
    case .todo: return gate.results.isEmpty ? "NOT RUN" : "TO RUN AGAIN"
    case .skipped, .isolated: return "SKIPPED"
    case .failed:
      let word = gate.results.last?.unavailable == nil ? "FAILED" : "NOT CHECKED"
      return gate.mandatory ? word : "\(word) (advisory)"
    }
  }

  /// How far something has come, in a word.
  static func progress(_ progress: Kernel.Progress) -> String {
    switch progress {
    case .todo: return "not started"
    case .running: return "in progress"
    case .done: return "done"
    case .failed: return "failed"
    case .skipped: return "skipped"
    case .waived: return "waived"
    case .isolated: return "set aside"
    }
  }

  /// A priority as documents write it.
  static func priority(_ priority: Priority) -> String {
    switch priority {
    case .must: return "Must"
    case .should: return "Should"
    case .could: return "Could"
    }
  }

  /// A list within a sentence or a cell.
  static func list(_ items: [String], otherwise: String) -> String {
    items.isEmpty ? otherwise : items.joined(separator: ", ")
  }

  /// A number with its noun.
  static func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }
}
