import Kernel
import Testing

@testable import Playbooks

/// covers AnswersFile.swift and AnswerMatch.swift
@Suite struct AnswersFileTests {
  let text = """
    by: Ada Lovelace
    answers:
      - playbook: incomplete-brief
        option: fill
        fields: {Target maturity level: 2, modules: none}
      - playbook: gate-failed
        match: {gate: security}
        option: waive
        note: Accepted until the next release.
        fields: {until: 2030-01-31, Files: src/a.py}
      - {playbook: task-failed, match: {subject: "task:plan"}, option: retry}
      - {playbook: approve-plan, option: approve}
      - {playbook: loop-gate, match: {gate: lint}, option: defer, note: By hand.}
      - {playbook: quality-conflict, match: {rule: compliance}, option: u}
      - {playbook: sign-off, match: {stage: 6}, option: approve}
      - {playbook: change-requested, match: {request: change}, option: incorporate}
      - {playbook: change-requested, match: {request: change-2}, option: dismiss}
    """

  private func read(_ text: String, for workflow: Workflow? = nil) throws(LibraryFailure) -> [AdvanceAnswer] {
    try AnswersFile.read(bytes: Array(text.utf8), name: "answers.yaml", for: workflow)
  }

  @Test func answersAreReadAsWritten() throws {
    let workflow = try Library(project: nil, person: nil).workflow("seven-stage")
    let by = "Ada Lovelace"
    let expected = [
      AdvanceAnswer(
        by: by, playbook: "incomplete-brief", subject: nil, option: "fill", note: "",
        fields: [FieldValue(field: "Target maturity level", value: "2"), FieldValue(field: "modules", value: "none")]),
      AdvanceAnswer(
        by: by, playbook: "gate-failed", subject: "gate:security", option: "waive",
        note: "Accepted until the next release.",
        fields: [FieldValue(field: "Until", value: "2030-01-31"), FieldValue(field: "Files", value: "src/a.py")]),
      AdvanceAnswer(by: by, playbook: "task-failed", subject: "task:plan", option: "retry", note: "", fields: []),
      AdvanceAnswer(by: by, playbook: "approve-plan", subject: nil, option: "approve", note: "", fields: []),
      AdvanceAnswer(
        by: by, playbook: "loop-gate", subject: "gate:lint", option: "defer", note: "By hand.", fields: []),
      AdvanceAnswer(
        by: by, playbook: "quality-conflict", subject: "rule:compliance", option: "u", note: "", fields: []),
      AdvanceAnswer(by: by, playbook: "sign-off", subject: "stage:6", option: "approve", note: "", fields: []),
      AdvanceAnswer(by: by, playbook: "change-requested", subject: nil, option: "incorporate", note: "", fields: []),
      AdvanceAnswer(
        by: by, playbook: "change-requested", subject: "request:change-2", option: "dismiss", note: "", fields: []),
    ]
    #expect(try read(text).count == expected.count)
    #expect(try read(text, for: workflow) == expected)
  }

  @Test func answersAreReadFromADisk() throws {
    let scratch = try Scratch()
    let path = try scratch.write(text, to: "answers.yaml")
    #expect(try AnswersFile.read(path: path).count == 9)
    let absent = failure { _ = try AnswersFile.read(path: scratch.path + "/none.yaml") }
    #expect(absent?.message == "There is no such file.")
    #expect(failure { _ = try AnswersFile.read(path: scratch.path) }?.message == "This is not a regular file.")
  }

  @Test(arguments: [
    ("by: Ada Lovelace", "by: engine", "the engine answers nothing", 1),
    ("by: Ada Lovelace", "by: ''", "the person who answers", 1),
    ("playbook: gate-failed", "playbook: gates-failed", "There is no playbook “gates-failed”", 6),
    ("option: waive", "option: forgive", "has no option “forgive”", 8),
    ("gate: security", "gate: safety", "There is no gate “safety”", 7),
    ("    note: Accepted until the next release.\n", "", "needs a reason", 8),
    ("    fields: {Target maturity level: 2, modules: none}\n", "", "fills something in", 4),
    ("modules: none", "colour: red", "“colour” is no field of a brief", 5),
    ("match: {gate: security}", "match: {gate: security, task: x}", "not several", 7),
    ("match: {gate: security}", "when: {gate: security}", "“when” is not known in an answer", 7),
    ("answers:", "answer:", "“answer” is not known", 2),
    ("until: 2030-01-31", "unto: 2030-01-31", "does not take the field “unto”; it takes Until", 10),
    ("until: 2030-01-31", "until: ''", "Expected the field “until” as text", 10),
    ("until: 2030-01-31", "files: src/b.py", "“Files” is given twice", 10),
    ("option: retry", "option: retry, fields: {Files: x}", "does not take the field “Files”; it takes none", 11),
    ("{subject: \"task:plan\"}", "{gate: lint}", "never asked about a gate; match it by task or subject", 11),
    ("{gate: lint}", "{rule: compliance}", "never asked about a rule", 13),
    ("{rule: compliance}", "{rule: obedience}", "There is no rule “obedience”", 14),
    ("{stage: 6}", "{stage: 7}", "There is no stage “7”", 15),
    ("{request: change}", "{request: wish}", "There is no request “wish”", 16),
    ("{request: change}", "{request: abort}", "not asked about a request “abort”", 16),
    ("{request: change-2}", "{request: change-x}", "There is no request “change-x”", 17),
  ])
  func whatDoesNotFitIsRefusedWhereItStands(old: String, new: String, says: String, line: Int) throws {
    let workflow = try Library(project: nil, person: nil).workflow("seven-stage")
    try #require(text.contains(old))
    let changed = text.replacingOccurrences(of: old, with: new)
    let failure = try #require(failure { _ = try read(changed, for: workflow) })
    #expect(failure.message.contains(says), "\(failure)")
    #expect(failure.line == line, "\(failure)")
    #expect(failure.file == "answers.yaml")
  }
}
