import Foundation
import Testing

/// What the manual shows is what the program is. Covers Screenshots, Gallery, StagedSession.
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
}
