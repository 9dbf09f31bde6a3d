import Foundation
import Testing

/// What the manual shows is what the program is. Covers Screenshots, Gallery, StagedSession, and the recording of .ci/tour.
@Suite struct ManualTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func everyPictureShowsTheConsoleAsItIs() async throws {
    let program = try Program()
    let folder = program.folder + "/pictures"
    let committed = Self.root.appendingPathComponent("screenshots")
    try FileManager.default.copyItem(atPath: committed.path, toPath: folder)
    // One that is not as it should be is told by its name; so the check can fail.
    try Data("<svg/>".utf8).write(to: URL(fileURLWithPath: folder + "/report.svg"))
    let checked = try await program.run("screenshots", folder, "--check")
    #expect(checked.status == 6)
    #expect(
      checked.output == "report.svg: The QA report, read in the console: not as the console is now\n",
      "Draw them again with `swift run signalbox screenshots screenshots`, and look at them.")
    #expect(try String(contentsOfFile: folder + "/report.svg", encoding: .utf8) == "<svg/>")
    let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    for name in try FileManager.default.contentsOfDirectory(atPath: committed.path) where !name.hasSuffix(".png") {
      #expect(readme.contains("screenshots/\(name)"), "The README does not show \(name).")
    }
  }

  @Test func theTourIsARecordingOfEveryScene() throws {
    let text = try String(contentsOf: Self.root.appendingPathComponent("screenshots/tour.cast"), encoding: .utf8)
    let lines = try text.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8))
    }
    let header = try #require(lines.first as? [String: Any])
    #expect(header["version"] as? Int == 2)
    #expect(header["width"] as? Int == 100 && header["height"] as? Int == 30)
    var (scenes, printed, last): ([String], String, Double) = ([], "", 0)
    for line in lines.dropFirst() {
      let event = try #require(line as? [Any])
      try #require(event.count == 3)
      let time = try #require(event[0] as? Double)
      #expect(time >= last, "Time goes back at \(time).")
      last = time
      let words = try #require(event[2] as? String)
      switch event[1] as? String {
      case "o": printed += words
      case "m": scenes.append(words)
      default: Issue.record("There is no kind of event \(event[1]).")
      }
    }
    // The script says which scenes there are; a new one wants a new recording.
    let script = try String(contentsOf: Self.root.appendingPathComponent(".ci/tour"), encoding: .utf8)
    let wanted = script.matches(of: /(?m)^    \("([^"]+)", \[/).map { String($0.output.1) }
    #expect(wanted.count == 8 && scenes == wanted, "Record it again with .ci/tour, and look at it.")
    #expect((20...120).contains(last))
    for words in ["Welcome", "Is this what you asked for?", "Matched", "Recorded", "Timeline", "Leave the console?"] {
      #expect(printed.contains(words), "\(words)")
    }
    // It begins on the other screen, and gives the terminal back.
    #expect(printed.contains("\u{1B}[?1049h") && printed.contains("\u{1B}[?1049l"))
    for path in ["/tmp/", "/home/", "/root", "/work"] { #expect(!text.contains(path), "It names \(path).") }
  }
}
