import Testing

@testable import Playbooks

/// Covers KeysFile.
@Suite struct KeysFileTests {
  private func read(_ text: String) throws(LibraryFailure) -> [KeyLine] {
    try KeysFile.lines(in: LibraryFile(name: "keys.yaml", path: "keys.yaml", bytes: Array(text.utf8)))
  }

  @Test func actionsHaveKeysEverywhereOrInPlaces() throws {
    let lines = try read(
      """
      keys:
        decision.next: [D, f2]
        session.pause: y
        place.close: {session: [backspace], reading: " "}
        session.undo: []
      """)
    #expect(
      lines.map(\.action.text) == ["decision.next", "session.pause", "place.close", "place.close", "session.undo"])
    #expect(lines.map { $0.place?.text } == [nil, nil, "session", "reading", nil])
    // `y` and a blank are what was written, whatever YAML would make of them.
    #expect(lines.map { $0.keys.map(\.text) } == [["D", "f2"], ["y"], ["backspace"], [" "], []])
    #expect("\(lines[0].failure(at: lines[0].keys[1], "So."))" == "keys.yaml:2:22: So.")
  }

  @Test(
    arguments: [
      ("", "keys.yaml:1:1: The file is empty"), ("key: {}", "keys.yaml:1:1: “key” is not known"),
      ("keys: [D]", "keys.yaml:1:7: Expected actions"), ("keys: {a.b: }", "keys.yaml:1:13: Expected a list of keys"),
      ("keys: {a.b: [[D]]}", "keys.yaml:1:14: Expected a key"),
      ("keys: {a.b: [D, D]}", "keys.yaml:1:17: “D” stands twice"),
      ("keys: {a.b: &x [D]}", "keys.yaml:1:13: Anchors"),
      ("keys: {a.b: {c: d: e}}", "keys.yaml:1:18: This is not YAML"),
    ])
  func whatIsWrongIsToldWithItsPlace(text: String, message: String) throws {
    let found = try #require(failure { _ = try read(text) })
    #expect("\(found)".hasPrefix(message), "\(found)")
  }

  @Test func theProjectComesBeforeThePerson() throws {
    let scratch = try Scratch()
    try scratch.write("keys: {a.b: [p]}", to: "person/keys.yaml")
    let person = Library(project: scratch.path, person: scratch.path + "/person")
    #expect(try person.keys()?.first?.keys.first?.text == "p")
    try scratch.write("keys: {a.b: [q]}", to: ".signalbox/keys.yaml")
    let both = Library(project: scratch.path, person: scratch.path + "/person")
    #expect(try both.keys()?.first?.keys.first?.text == "q")
    #expect(try Library(project: nil, person: nil).keys() == nil)
    #expect(failure { _ = try KeysFile.read(path: scratch.path + "/none") }?.message == "There is no such file.")
  }
}
