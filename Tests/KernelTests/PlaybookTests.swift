import Testing

@testable import Kernel

// covers Playbook.swift

@Suite("Playbook")
struct PlaybookTests {
  private let facts = [
    Setting(name: "a", value: "1"), Setting(name: "b", value: "{{a}}"), Setting(name: "é", value: "2"),
  ]

  @Test(
    "A fact stands where its name stands",
    arguments: [
      ("{{a}}", "1"), ("x{{a}}y{{a}}", "x1y1"), ("", ""), ("plain", "plain"), ("{{}}", "{{}}"),
      ("{{unknown}} {{a}}", "{{unknown}} 1"), ("{{a", "{{a"), ("a}}", "a}}"), ("{a}", "{a}"),
      ("{{ a }}", "{{ a }}"), ("{{{a}}}", "{{{a}}}"), ("{{é}}", "2"),
    ])
  func filling(template: String, text: String) {
    #expect(fill(template, with: facts) == text)
  }

  @Test("What a fact says is not read again, so a brief cannot name facts")
  func noSecondReading() {
    #expect(fill("{{b}}", with: facts) == "{{a}}")
  }

  @Test("The first of two facts with one name counts")
  func firstFact() {
    #expect(fill("{{a}}", with: facts + [Setting(name: "a", value: "3")]) == "1")
  }

  @Test("Only ending the session cannot be taken back")
  func final() {
    #expect(OptionEffect.allCases.filter(\.isFinal) == [.abort])
  }

  @Test("Checkpoints have names that no plan may take")
  func checkpointNames() {
    #expect(Playbook.checkpointTask(of: "4.1b") == "checkpoint-4.1b")
  }
}
