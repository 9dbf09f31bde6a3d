import ArgumentParser
import Engine
import Foundation
import Playbooks

/// Lists or writes a sample brief.
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "List the sample briefs, or write one.")

  @Argument(help: "Which sample.")
  var name: String?
  @ArgumentParser.Option(help: "The file to write; standard output without it. An existing file is not replaced.")
  var output: String?

  func run() throws {
    let library = try Wiring().library
    guard let name else {
      for brief in library.briefs {
        say("\(brief.name.padding(toLength: 12, withPad: " ", startingAt: 0)) \(brief.title)")
      }
      remark("Write one with `signalbox sample NAME --output brief.md`, then `signalbox run brief.md`.")
      return
    }
    let brief = try library.brief(name)
    guard let output else {
      say(brief.text)
      return
    }
    let path = StateFolder.absolute(output)
    do {
      try Data(brief.text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
    } catch {
      throw Told(
        .refused,
        why: "\(output): \(FileManager.default.fileExists(atPath: path) ? "exists already" : "cannot be written").",
        instead: "Choose another file; nothing was written.")
    }
    remark("Wrote \(output). Start it with `signalbox run \(output)`.")
  }
}
