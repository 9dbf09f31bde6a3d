import Foundation
import Testing

/// What people get wrong first: each has a clear word, exit status 3 or 64, and nothing is begun or lost.
/// Covers Run, NewSession, Told, Sample, SessionLookup.
@Suite struct BriefRefusalTests {
  let program: Program
  init() throws { program = try Program() }

  @Test(arguments: [
    ("empty", "", "empty"), ("blank", " \r\n\t\n", "empty"), ("mark", "\u{FEFF}\n", "empty"),
    ("nul", "# A\u{0}", "UTF-8"), ("big", "# A\n" + String(repeating: "x", count: 2 << 20), "at most"),
  ])
  func whatIsNoBriefIsRefusedAndNothingIsBegun(name: String, text: String, word: String) async throws {
    let path = try program.write(text, to: "\(name).md")
    let run = try await program.run("run", path, "--headless")
    #expect(run.status == 3)
    #expect(run.words.contains(word))
    #expect(run.words.contains(path))
    #expect(try await program.run("list", "--json").output.trimmingCharacters(in: .whitespacesAndNewlines) == "[\n\n]")
  }

  @Test func bytesThatAreNoTextAreRefused() async throws {
    let path = program.folder + "/binary.md"
    try Data([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x80]).write(to: URL(fileURLWithPath: path))
    let run = try await program.run("run", path, "--headless")
    #expect(run.status == 3)
    #expect(run.words.contains("UTF-8"))
  }

  @Test func aMissingFileAndAFolderAreNamed() async throws {
    let missing = try await program.run("run", "nowhere.md", "--headless")
    #expect(missing.status == 3)
    #expect(missing.words.contains("nowhere.md"))
    #expect(missing.words.contains("signalbox sample"))
    let folder = try await program.run("run", program.folder, "--headless")
    #expect(folder.status == 3)
    #expect(folder.words.contains("not a file"))
  }

  /// One decision with a field per gap; the answer is checked again; then the session goes on.
  @Test(arguments: [
    ("level seven", "# A\n## Level\n7\n", "There is no level 7"),
    ("no headings", "just some words about a shop\n", "It is missing."),
    ("line ends", "# A\r\n## Business context\r\nTBD\r\n", "It says only"),
  ])
  func whatIsIncompleteBecomesOneDecision(name: String, text: String, word: String) async throws {
    let path = try program.write(text, to: "brief.md")
    let run = try await program.run("run", path, "--headless", "--session", "gaps")
    #expect(run.status == 4)
    let open = try await program.decisions()
    #expect(open.count == 1)
    #expect(open.first?["playbook"] as? String == "incomplete-brief")
    #expect((open.first?["body"] as? String)?.contains(word) == true)
    let fields = open.first?["fields"] as? [[String: Any]] ?? []
    #expect(fields.count >= 8)
    #expect(
      fields.allSatisfy { ($0["why"] as? String)?.isEmpty == false && ($0["format"] as? String)?.isEmpty == false })
    let events = try await program.events("gaps")
    let creation = try #require(events.first?["data"] as? [String: Any])
    #expect((creation["brief"] as? String)?.utf8.elementsEqual(text.utf8) == true)
  }

  @Test func anUnknownHeadingIsKeptAndTold() async throws {
    let path = try program.write(smallBrief + "\n## Colour of the logo\nblue\n", to: "brief.md")
    let run = try await program.run("run", path, "--headless", "--session", "logo")
    #expect(run.status == 4)
    let notices = try #require(try await program.show("logo")["notices"] as? [String])
    #expect(notices.contains { $0.contains("Colour of the logo") })
  }

  @Test func answersAreCheckedAndTheBriefIsAskedAgainUntilItIsWhole() async throws {
    let path = try program.write(smallBrief.replacingOccurrences(of: "\n1\n", with: "\n7\n"), to: "brief.md")
    _ = try await program.run("run", path, "--headless", "--session", "again")
    let id = try #require(try await program.decisions().first?["id"] as? String)
    let empty = try await program.run("answer", id, "fill", "--set", "Target maturity level= ")
    #expect(empty.status == 3)
    let foreign = try await program.run("answer", id, "fill", "--set", "Shoe size=43")
    #expect(foreign.status == 3)
    #expect(foreign.words.contains("Target maturity level"))
    let invalid = try await program.run("answer", id, "fill", "--set", "target maturity level=9")
    #expect(invalid.status == 3)
    #expect(invalid.words.contains("1, 2"), "the valid levels are named: \(invalid.words)")
    #expect(try await program.decisions().count == 1)
    #expect(try await program.run("answer", id, "fill", "--set", "target maturity level=1").status == 0)
    let late = try await program.run("answer", id, "fill", "--set", "target maturity level=2")
    #expect(late.status == 3)
    #expect(late.words.contains("already answered by"))
    #expect(try await program.show("again")["level"] as? Int == 1)
  }

  @Test func wrongWordsAreUsage() async throws {
    #expect(try await program.run("run").status == 64)
    #expect(try await program.run("dance").status == 64)
    #expect(try await program.run("show", "nobody").status == 3)
    #expect(try await program.run("answer", "D9", "approve").status == 3)
    let path = try program.write(smallBrief, to: "brief.md")
    let level = try await program.run("run", path, "--headless", "--level", "7")
    #expect(level.status == 3)
    #expect(level.words.contains("1, 2"))
    #expect(try await program.run("run", path, "--headless", "--modules", "jetpack").status == 3)
    #expect(try await program.run("run", path, "--headless", "--session", "../evil").status == 3)
  }

  @Test func samplesAreListedWrittenAndNeverWrittenOver() async throws {
    let list = try await program.run("sample")
    #expect(list.status == 0)
    #expect(list.output.contains("library"))
    #expect(try await program.run("sample", "library", "--output", "brief.md").status == 0)
    let again = try await program.run("sample", "notes", "--output", "brief.md")
    #expect(again.status == 3)
    #expect(again.words.contains("exists already"))
    #expect(try await program.run("sample", "unicorn").status == 3)
  }

  @Test func withoutATerminalNothingIsBegun() async throws {
    let path = try program.write(smallBrief, to: "brief.md")
    let run = try await program.run("run", path, "--session", "unseen")
    #expect(run.status == 3)
    #expect(run.words.contains("--headless"))
    #expect(try await program.run("show", "unseen").status == 3)
  }

  @Test func wishesThatWouldBeLostAreRefused() async throws {
    let path = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", path, "--headless").status == 4)
    #expect(try await program.run("run", path, "--headless").status == 4)
    let modules = try await program.run("run", path, "--headless", "--modules", "redis")
    #expect(modules.status == 3)
    #expect(modules.words.contains("other modules"))
    #expect(try await program.run("run", path, "--headless", "--level", "2").status == 3)
    let answers = try program.write(approvals, to: "answers.yaml")
    let late = try await program.run("run", path, "--headless", "--answers", answers)
    #expect(late.status == 3)
    #expect(late.words.contains("signalbox answer"))
    let id = try #require(try await program.decisions().first?["id"] as? String)
    let fields = try await program.run("answer", id, "approve", "--set", "foo=bar")
    #expect(fields.status == 3)
    #expect(fields.words.contains("takes no fields"))
    #expect(try await program.decisions().count == 1)
  }
}
