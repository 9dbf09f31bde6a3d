import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers LibraryCheck.swift, PlaybookRemark.swift and Trigger.swift
@Suite struct CheckTests {
  /// What the check says about a library whose project changes one file, or adds some.
  private func remarks(_ files: [(path: String, text: String)]) throws -> [PlaybookRemark] {
    let project = try Scratch()
    for (path, text) in files { try project.write(text, to: ".signalbox/" + path) }
    return Library(project: project.path, person: nil).check()
  }

  private func changed(_ path: String, _ old: String, _ new: String) throws -> (path: String, text: String) {
    let text = try builtIn(path)
    let place = try #require(text.range(of: old), "\(path) holds no \(old)")
    return (path, text.replacingCharacters(in: place, with: new))
  }

  /// A playbook for a failed gate under another name, and the workflows that list it.
  private func beside(_ id: String, when: String) throws -> [(path: String, text: String)] {
    let playbook = try changed("playbooks/gate-coverage.yaml", "id: gate-coverage", "id: \(id)")
    let text = playbook.text.replacingOccurrences(of: "when: [gate-id is coverage]", with: when)
    let workflow = try changed("workflows/seven-stage.yaml", "  - gate-coverage\n", "  - gate-coverage\n  - \(id)\n")
    let drill = try changed("workflows/drill.yaml", " gate-coverage,", " gate-coverage, \(id),")
    return [("playbooks/\(id).yaml", text), workflow, drill]
  }

  @Test func aFileThatIsRefusedIsARemarkWithItsPlace() throws {
    let file = try changed("playbooks/sign-off.yaml", "effect: approve", "effect: aprove")
    let remarks = try remarks([file])
    let remark = try #require(remarks.first)
    #expect(remark.kind == .refused)
    #expect(remark.file == ".signalbox/playbooks/sign-off.yaml")
    #expect(remark.line == line(of: "effect: aprove", in: file.text))
    #expect(remark.column == 13)
    #expect(remark.description.hasPrefix(".signalbox/playbooks/sign-off.yaml:\(remark.line):13: “aprove” is no effect"))
    // What cannot be read leaves its workflows unread, so nothing is said about use.
    #expect(remarks.allSatisfy { $0.kind == .refused })
  }

  @Test func aFileThatNothingUsesIsNamed() throws {
    let playbook = try changed("playbooks/gate-coverage.yaml", "id: gate-coverage", "id: gate-other")
    let rule = try changed("rules/metrics.yaml", "id: metrics", "id: more-metrics")
    let remarks = try remarks([("playbooks/gate-other.yaml", playbook.text), ("rules/more-metrics.yaml", rule.text)])
    #expect(
      remarks.map(\.description) == [
        ".signalbox/playbooks/gate-other.yaml:1:5: No workflow uses the playbook “gate-other”. "
          + "Add it to “playbooks” of a workflow, or remove the file.",
        ".signalbox/rules/more-metrics.yaml:1:5: No workflow uses the rule “more-metrics”. "
          + "Add it to “rules” of a workflow, or remove the file.",
      ])
  }

  @Test(arguments: [
    ("when: [fixable is yes, fixable is no]", "contradicts what stands before it"),
    ("when: [attempts-left at-least 3, attempts-left at-most 2]", "contradicts"),
    ("when: [gate-id is lint, gate-id is-not lint]", "contradicts"),
    ("when: [gate-id is lint, gate-id contains cover]", "contradicts"),
    ("when: [fixes is 2, fixes at-least 3]", "contradicts"),
    ("when: [fixable is-not yes, fixable is-not no]", "contradicts"),
    ("when: [attempts-left at-least 1, attempts-left at-most 1, attempts-left is-not 1]", "contradicts"),
    ("when: [gate-id is speed]", "“gate-id” is never “speed”"),
    ("stages: [3]", "arises only in stage 5"),
  ])
  func aTriggerThatNeverHoldsIsUnreachable(when: String, says: String) throws {
    let files = try beside("gate-special", when: when)
    let remark = try #require(try remarks(files).first)
    #expect(remark.kind == .unreachable)
    #expect(remark.message.contains(says), "\(remark)")
    #expect(remark.file == ".signalbox/playbooks/gate-special.yaml")
    #expect(remark.line == line(of: when, in: files[0].text))
  }

  @Test(arguments: [
    ("when: [gate-id is coverage]", "gate-coverage"),
    ("when: [gate-id contains coverage]", nil),
    ("when: [gate-id is coverage, fixable is no]", nil),
    ("stages: [5]", nil),
    ("severity: warning", "gate-failed"),
  ])
  func aPlaybookBehindAnotherIsShadowed(when: String, shadow: String?) throws {
    var files = try beside("gate-special", when: when)
    files[0].text = files[0].text.replacingOccurrences(of: "severity: warning\nname", with: "name")
    if when == "severity: warning" {
      files[0].text = files[0].text.replacingOccurrences(
        of: "name: Coverage below the threshold\nseverity: warning\n", with: "")
    }
    let remarks = try remarks(files).filter { $0.kind == .shadowed }
    #expect(remarks.first?.message.contains("“\(shadow ?? "")” fits whenever") == (shadow == nil ? nil : true))
  }

  @Test func moreExactDoesNotMeanNarrower() throws {
    // Three conditions that always hold together with the one of gate-coverage forestall it.
    let files = try beside("gate-special", when: "when: [gate-id is-not lint, gate-id contains cov]")
    let remarks = try remarks(files)
    #expect(remarks.map(\.kind) == [.shadowed])
    #expect(remarks.first?.message.contains("“gate-coverage” is never asked, because “gate-special”") == true)
  }

  @Test func anOptionThatIsNeverOfferedIsIdle() throws {
    let workflows = try Library(project: nil, person: nil).workflowNames.map { name in
      var text = try builtIn("workflows/\(name).yaml")
      for fix in ["lint", "format"] {
        for form in ["    fix: repair.\(fix)\n", ", fix: repair.\(fix)"] {
          text = text.replacingOccurrences(of: form, with: "")
        }
      }
      return (path: "workflows/\(name).yaml", text: text)
    }
    let remarks = try remarks(workflows)
    #expect(remarks.map(\.kind) == [.idle])
    #expect(remarks.first?.message.contains("The option “fix” of “gate-failed” is never offered") == true)
    let condition = try changed(
      "playbooks/gate-failed.yaml", "recommended-when: [fixable is yes]", "recommended-when: [fixable is no]")
    let second = try self.remarks([condition])
    #expect(second.map(\.kind) == [.idle])
    #expect(second.first?.line == line(of: "recommended-when: [fixable is no]", in: condition.text))
  }

  @Test func aScenarioWithoutAQuestionIsNamed() throws {
    var text = try builtIn("workflows/prototype.yaml")
    for line in ["      - rules: {kind: quality, playbook: quality-conflict}\n", "  - quality-contradiction\n"] {
      text = text.replacingOccurrences(of: line, with: "")
    }
    for rule in try Library(project: nil, person: nil).workflow("prototype").rules where rule.kind == .quality {
      text = text.replacingOccurrences(of: "  - \(rule.id)\n", with: "")
    }
    let remarks = try remarks([("workflows/prototype.yaml", text)])
    #expect(remarks.map(\.kind) == [.missing])
    #expect(remarks.first?.message.contains("“prototype” has no question for scenario 9") == true)
    #expect(remarks.first?.line == line(of: "  - task-failed", in: text))
  }

  @Test func anApprovalThatNoStageNamesIsNeverAsked() throws {
    let approval = try changed("playbooks/approve-plan.yaml", "id: approve-plan", "id: approve-more")
    let workflow = try changed("workflows/seven-stage.yaml", "  - task-failed\n", "  - task-failed\n  - approve-more\n")
    let remarks = try remarks([("playbooks/approve-more.yaml", approval.text), workflow])
    #expect(remarks.map(\.kind) == [.unreachable])
    #expect(remarks.first?.message.contains("asked only by name") == true)
  }

  // MARK: - Triggers

  private func trigger(_ conditions: Condition...) -> Trigger {
    Trigger(situation: .gateFailed, conditions: conditions)
  }

  @Test func whatFollowsFromWhat() {
    func condition(_ fact: String, _ test: Condition.Test, _ value: String) -> Condition {
      Condition(fact: fact, test: test, value: value)
    }
    let many = trigger(condition("fixes", .atLeast, "3"))
    #expect(many.implies(condition("fixes", .atLeast, "2")))
    #expect(many.implies(condition("fixes", .different, "2")))
    #expect(!many.implies(condition("fixes", .atLeast, "4")))
    #expect(!many.implies(condition("fixes", .different, "5")))
    #expect(trigger(condition("fixes", .atMost, "3")).implies(condition("fixes", .atMost, "4")))
    #expect(trigger(condition("fixes", .atMost, "3")).implies(condition("fixes", .different, "4")))
    #expect(trigger(condition("fixable", .different, "no")).implies(condition("fixable", .equal, "yes")))
    #expect(trigger(condition("gate", .contains, "Coverage")).implies(condition("gate", .contains, "cover")))
    #expect(trigger(condition("gate", .equal, "Lint")).implies(condition("gate", .contains, "lint")))
    #expect(trigger(condition("gate", .different, "Lint")).implies(condition("gate", .different, "Lint")))
    #expect(!trigger(condition("gate", .contains, "Lint")).implies(condition("gate", .equal, "Lint")))
    #expect(!trigger().implies(condition("fixable", .equal, "yes")))
    #expect(trigger().allows(condition("fixable", .equal, "yes")))
    #expect(trigger(condition("fixes", .equal, "2"), condition("gate", .equal, "x")).contradiction == nil)
  }
}
