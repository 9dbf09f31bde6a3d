import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers YAMLEntry.swift, LibraryFile.swift and LibraryFailure.swift
@Suite struct YAMLEntryTests {
  @Test func failuresReadLikeThoseOfACompiler() {
    let failure = LibraryFailure(file: "a.yaml", line: 3, column: 7, message: "Expected b.")
    #expect(failure.description == "a.yaml:3:7: Expected b.")
    #expect(LibraryFailure(file: "a.yaml", line: 0, column: 0, message: "No.").description == "a.yaml: No.")
  }

  @Test func anAliasBombIsRefusedBeforeItIsComposed() {
    // Nine keys of nine aliases each: composing it hashes 9^9 values.
    var text = "a0: &a0 [x]\n"
    for level in 1..<10 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
      text += "? &a\(level) [\(aliases)]\n: y\n"
    }
    let failure = failureReading(text)
    #expect(failure?.line == 1)
    #expect(failure?.column == 5)
    #expect(failure?.message.contains("Anchors") == true)
  }

  @Test(arguments: [
    ("a: &x 1", 1, 4), ("a: [1,&x 2]", 1, 7), ("- &x\n  a: 1", 1, 3), ("{a: 1, \"b\":&x 2}", 1, 12),
    ("a: !t &x 1", 1, 7), ("---\n&x a: 1", 2, 1),
  ])
  func anchorsAreRefusedWhereTheyStand(text: String, line: Int, column: Int) {
    let failure = failureReading(text)
    #expect(failure?.line == line)
    #expect(failure?.column == column)
  }

  @Test func anUndefinedAliasIsRefused() {
    #expect(failureReading("a: 1\nb: *x")?.line == 2)
  }

  @Test(arguments: ["a: R&D", "a: this & that", "a: \"b &\"", "a: '&'", "a: x&y", "a: 'echo no >&2'"])
  func anAmpersandInATextIsNoAnchor(text: String) {
    #expect(failureReading(text) == nil)
  }

  @Test func mergeKeysAreRefused() {
    let failure = failureReading("a: 1\n<<: {b: 2}")
    #expect(failure?.line == 2)
    #expect(failure?.message.contains("Merge keys") == true)
  }

  @Test func doubledKeysAreRefused() {
    #expect(failureReading("a: 1\na: 2")?.message.contains("“a” stands more than once") == true)
    // To Yams the number 1 and the text "1" are two keys; to a person they are one.
    let file = try? LibraryFile(name: "x", path: "x", bytes: Array("1: a\n\"1\": b".utf8))
    let doubled = failure { _ = try YAMLEntry.read(#require(file)).table("a test", required: ["1"]) }
    #expect(doubled?.line == 2)
  }

  @Test func namesMustBePlain() {
    #expect(failureReading("? [a, b]\n: c")?.message.contains("plain name") == true)
  }

  @Test func twoDocumentsAreRefused() {
    #expect(failureReading("a: 1\n---\nb: 2") != nil)
  }

  @Test(arguments: ["", "# nothing\n", "a: [1", "a: \"b", "\tb: 1", "a: b: c", "a: @"])
  func whatIsNoYAMLIsRefusedWithAPlace(text: String) {
    let failure = failureReading(text)
    #expect((failure?.line ?? 0) >= 1)
    #expect((failure?.column ?? 0) >= 1)
  }

  @Test func tooManyValuesAreRefused() {
    let list = Array(repeating: "1", count: YAMLEntry.mostNodes).joined(separator: ",")
    #expect(failureReading("[\(list)]")?.message.contains("more than 5000 values") == true)
    let fewer = Array(repeating: "1", count: YAMLEntry.mostNodes - 1).joined(separator: ",")
    #expect(failureReading("[\(fewer)]") == nil)
  }

  @Test func aDeepFileIsRefusedRatherThanOverflowing() {
    #expect(failureReading(String(repeating: "[", count: 30_000)) != nil)
    #expect(failureReading(String(repeating: "- ", count: 30_000) + "a") != nil)
    #expect(failureReading(String(repeating: "? ", count: 30_000) + "a") != nil)
  }

  @Test func aLargeFileIsRefused() {
    let text = "a: " + String(repeating: "x", count: LibraryFile.largestSize)
    #expect(failureReading(text)?.message.contains("at most 65536") == true)
  }

  @Test func whatIsNotUTF8IsRefused() {
    let failure = failure { _ = try LibraryFile(name: "x", path: "x", bytes: [0x61, 0xFF]) }
    #expect(failure?.message.contains("UTF-8") == true)
  }

  @Test(arguments: ["a: \u{1B}[2J", "a: b\u{202E}c", "a: \u{200B}", "a: b\u{0}", "a: \u{9B}1m"])
  func invisibleCharactersAreRefused(text: String) {
    let failure = failureReading("ok: 1\n" + text)
    #expect(failure?.line == 2)
    #expect(failure?.message.contains("invisible") == true)
  }

  @Test func escapesCannotBringInvisibleCharactersIn() throws {
    let file = try LibraryFile(name: "x", path: "x", bytes: Array(#"a: "\e[2J""#.utf8))
    let entry = try YAMLEntry.read(file).table("a test", required: ["a"]).entry("a")
    #expect(failure { _ = try entry.text("a text") }?.message.contains("U+1b") == true)
  }

  /// X16: whatever a file of a person or a project is read for, YAML's surprises are refused in it, each with its place.
  @Test func everyReaderRefusesSurprises() throws {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1..<24 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    let surprises = [
      (bomb, "Anchors"), ("id: x\nb: *a\n", "alias"), ("id: x\n<<: {title: y}\n", "Merge keys"),
      ("id: x\nid: y\n", "stands more than once"), ("id: x\nid : y\n", "stands more than once"),
      ("id: x\nother: {a: 1, a: 2}\n", "stands more than once"), ("id: x\n---\nid: y\n", "YAML"),
      ("id: x\nt: \u{202E}y\n", "invisible"),
    ]
    for (text, words) in surprises {
      let project = try Scratch()
      for folder in ["workflows", "playbooks", "rules", "roles"] {
        try project.write(text, to: ".signalbox/\(folder)/x.yaml")
      }
      let library = Library(project: project.path, person: nil)
      let bytes = Array(text.utf8)
      let failures = [
        "workflow": failure { _ = try library.workflow("x") }, "playbook": failure { _ = try library.playbook("x") },
        "rule": failure { _ = try library.rule("x") }, "role card": failure { _ = try library.roleCard("x") },
        "agents": failure { _ = try AgentsFile.read(bytes: bytes, name: "x", roles: [], performers: []) },
        "answers": failure { _ = try AnswersFile.read(bytes: bytes, name: "x") },
      ]
      for (reader, found) in failures {
        let found = try #require(found, "\(reader) took \(text)")
        #expect(found.line >= 1 && found.column >= 1, "\(reader): \(found)")
        #expect(found.message.localizedCaseInsensitiveContains(words), "\(reader): \(found)")
      }
    }
  }

  /// X16: what YAML takes for truths, times and other numbers is a text, or no number at all.
  @Test func noIsNoFalseAndATimeNoNumber() throws {
    func agents(_ more: String) throws(LibraryFailure) -> [AgentDefinition] {
      let text =
        "agents:\n  - {name: no, role: developer, kind: command, command: [yes, on, 12:30:45, 0o17, ~, 1e3], \(more)}\n"
      return try AgentsFile.read(bytes: Array(text.utf8), name: "x", roles: ["developer"], performers: [])
    }
    let taken = try agents("network: true")
    #expect(taken.map(\.name) == ["no"])
    #expect(taken.first?.command == ["yes", "on", "12:30:45", "0o17", "~", "1e3"])
    for word in ["no", "No", "off", "n", "0", "False", "~", "null"] {
      #expect(failure { _ = try agents("network: \(word)") }?.message.contains("true or false") == true, "\(word)")
    }
    for word in ["12:30:45", "1_000", "0x10", "0o17", "1e3", "1.0", ".5", "~", "１２"] {
      let found = failure { _ = try agents("limits: {seconds: \(word)}") }
      #expect(found?.message.contains("whole number") == true, "\(word)")
    }
  }

  @Test func textIsTakenAsWritten() throws {
    let file = try LibraryFile(name: "x", path: "x", bytes: Array("a: 4.10\nb: no\nc: 0x1F".utf8))
    let table = try YAMLEntry.read(file).table("a test", required: ["a", "b", "c"])
    #expect(try table.entry("a").text("a") == "4.10")
    #expect(try table.entry("b").text("b") == "no")
    #expect(try table.entry("c").text("c") == "0x1F")
  }

  @Test func unknownAndMissingNamesAreRefused() throws {
    let file = try LibraryFile(name: "x", path: "x", bytes: Array("a: 1\nz: 2".utf8))
    let entry = try YAMLEntry.read(file)
    let unknown = failure { _ = try entry.table("a test", required: ["a"], optional: ["b"]) }
    #expect(
      unknown == LibraryFailure(file: "x", line: 2, column: 1, message: "“z” is not known in a test; known are a, b."))
    let missing = failure { _ = try entry.table("a test", required: ["a", "z", "c"]) }
    #expect(missing?.message == "“c” is missing in a test.")
  }

  @Test func aByteOrderMarkIsNoText() throws {
    let file = try LibraryFile(name: "x", path: "x", bytes: [0xEF, 0xBB, 0xBF] + Array("a: 1".utf8))
    #expect(file.text == "a: 1")
  }
}
