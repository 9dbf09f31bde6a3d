import ArgumentParser
import Engine
import Foundation
import Kernel
import Playbooks

/// Looks at playbooks, checks them, explains them.
struct PlaybooksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "playbooks", abstract: "List the playbooks, check them, or explain one, or why a decision was asked.",
    subcommands: [ListPlaybooks.self, CheckPlaybooks.self, ExplainPlaybook.self], defaultSubcommand: ListPlaybooks.self)
}

/// Lists the playbooks by scenario.
struct ListPlaybooks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the playbooks by scenario.")

  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let library = try Wiring().library
    var found: [Playbook] = []
    for name in library.playbookNames {
      do {
        found.append(try library.playbook(name))
      } catch {
        remark("\(error)")
      }
    }
    found.sort { ($0.scenario, $0.id) < ($1.scenario, $1.id) }
    if json {
      return say(
        JSONOutput.text(
          found.map { playbook in
            [
              "id": playbook.id, "scenario": playbook.scenario, "situation": playbook.situation?.rawValue ?? "",
              "title": playbook.title, "options": playbook.options.map(\.id),
            ] as [String: Any]
          }))
    }
    let width = found.map(\.id.count).max() ?? 0
    for playbook in found {
      let number = playbook.scenario == 0 ? " –" : playbook.scenario < 10 ? " \(playbook.scenario)" : "10"
      let id = playbook.id.padding(toLength: width, withPad: " ", startingAt: 0)
      say("\(number)  \(id)  \(playbook.options.map(\.id).joined(separator: ", "))")
    }
  }
}

/// Checks every file of the library.
struct CheckPlaybooks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Check playbooks, rules, workflows, role cards, agents and drills: what cannot be read, is never asked, or is missing."
  )

  func run() async throws {
    let library = try Wiring().library
    let remarks = library.check()
    for found in remarks { say("\(found)") }
    var broken: [LibraryFailure] = []
    for name in library.drillNames {
      do { _ = try library.drill(name) } catch { broken.append(error) }
    }
    for failure in broken { say("\(failure)") }
    guard remarks.isEmpty, broken.isEmpty else { throw ExitCode(Status.refused.rawValue) }
    say(
      "\(library.playbookNames.count) playbooks, \(library.ruleNames.count) rules, \(library.workflowNames.count) workflows, "
        + "\(library.roleNames.count) role cards and \(library.drillNames.count) drills hold.")
  }
}

/// Explains a playbook, or why a decision was asked.
struct ExplainPlaybook: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explain a playbook, or which rule fired for a decision and which did not.")

  @Argument(help: "A playbook's name, or a decision as `signalbox decisions` names it.")
  var name: String

  func run() async throws {
    let wiring = try Wiring()
    if wiring.library.playbookNames.contains(name) {
      for line in try wiring.library.explain(name) { say(line) }
      return
    }
    let journal = try wiring.journal()
    guard let (open, decision) = try? await SessionLookup(journal: journal).decision(name) else {
      let known = wiring.library.playbookNames.joined(separator: ", ")
      throw Told(
        .refused, why: "There is no playbook and no decision \(name).", instead: "Playbooks: \(known).")
    }
    say("\(decision.id)  \(decision.title)")
    say()
    for line in DecisionExplanation(of: decision, in: open.session.workflow).lines { say(line) }
    let facts = decision.facts.filter { !$0.value.isEmpty }
    guard !facts.isEmpty else { return }
    say()
    say("Facts it was asked on")
    say()
    for fact in facts { say("  \(fact.name): \(fact.value)") }
  }
}
