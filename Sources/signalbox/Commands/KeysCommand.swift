import ArgumentParser
import Console
import Foundation
import Playbooks

/// Shows the keys in force, or checks a file of keys.
struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Show the keys of the console, or check a file that changes them.",
    discussion: """
      A keys.yaml in the project's .signalbox/ or in $XDG_CONFIG_HOME/signalbox/ gives actions other keys:
        keys: {decision.next: [M, f2], session.pause: [Q]}
      """)

  @Flag(help: "List what is wrong instead; ends with 3 when something is.")
  var check = false
  @Flag(help: "As JSON.")
  var json = false
  @Argument(help: "A file of keys, instead of the project's or your own.")
  var file: String?

  func run() throws {
    let wiring = try Wiring()
    // `keys check`, as `playbooks check`.
    let isWord = file == "check" && !FileManager.default.fileExists(atPath: "check")
    let table: KeyTable
    if let file, !isWord {
      table = KeyTable.read(file, environment: wiring.environment)
      // Whoever only looks wants that file's keys or none.
      if !check, let failure = table.failures.first { throw failure }
    } else {
      table = KeyTable.inForce(wiring)
    }
    if check || isWord { return try judge(table, wiring.environment) }
    if let notice = table.notice { remark(notice) }
    if json { return say(JSONOutput.text(rows(table))) }
    let rows = table.keymap.bindings
    let width = rows.map { $0.keyNames.count }.max() ?? 0
    let names = rows.map { $0.action.rawValue.count }.max() ?? 0
    for place in Where.allCases where !table.keymap.rows(in: place).isEmpty {
      say("\(place.title)  (\(place.rawValue))")
      for row in table.keymap.rows(in: place) {
        let keys = row.keyNames.padding(toLength: width, withPad: " ", startingAt: 0)
        let action = row.action.rawValue.padding(toLength: names, withPad: " ", startingAt: 0)
        say("  \(keys)  \(action)  \(row.help)")
      }
      say()
    }
  }

  private func rows(_ table: KeyTable) -> [[String: Any]] {
    table.keymap.bindings.map {
      ["place": $0.place.rawValue, "action": $0.action.rawValue, "keys": $0.keys.map(\.name), "help": $0.help]
    }
  }

  private func judge(_ table: KeyTable, _ environment: [String: String]) throws {
    let found = table.failures.map { "\($0)" } + table.taken(environment: environment)
    if json {
      say(JSONOutput.text(found))
    } else {
      for line in found { say(line) }
    }
    guard found.isEmpty else { throw ExitCode(Status.refused.rawValue) }
    if !json {
      say(table.isChanged ? "The keys hold, with what the file changes." : "The built-in keys are in force, and hold.")
    }
  }
}
