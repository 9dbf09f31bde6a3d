import ArgumentParser
import Engine
import Foundation

/// Draws the pictures of the manual, or says which ones do not show the console as it is.
struct Screenshots: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "screenshots", abstract: "Draw the manual's pictures as SVG, from frames of the console itself.")

  @Argument(help: "The folder of the pictures.")
  var folder: String
  @Flag(help: "Write nothing; list the pictures that do not show the console as it is, and end with 6.")
  var check = false

  func run() throws {
    let folder = URL(fileURLWithPath: StateFolder.absolute(folder), isDirectory: true)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw Told(.refused, why: "\(folder.path) is no folder.", instead: "Make it first; nothing was written.")
    }
    let pictures = try Gallery().pictures()
    let stale = pictures.filter {
      (try? Data(contentsOf: folder.appendingPathComponent("\($0.name).svg"))) != Data($0.svg.utf8)
    }
    if check {
      for picture in stale { say("\(picture.name).svg: \(picture.title): not as the console is now") }
      guard stale.isEmpty else {
        remark("Draw them again with `swift run signalbox screenshots screenshots`, and look at them.")
        throw ExitCode(Status.unverified.rawValue)
      }
      return say("\(pictures.count) pictures show the console as it is.")
    }
    for picture in stale {
      try Data(picture.svg.utf8).write(to: folder.appendingPathComponent("\(picture.name).svg"), options: .atomic)
      say("\(picture.name).svg: \(picture.title)")
    }
    remark("\(stale.count) of \(pictures.count) pictures are new.")
  }
}
