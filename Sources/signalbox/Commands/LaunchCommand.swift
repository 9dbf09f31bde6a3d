import ArgumentParser
import CSignalbox
import Foundation
import Glibc

/// Guards a program an engine starts, so that nothing of it outlives it, its stop or the engine.
///
/// Nobody types this; engines start themselves with it, because a guardian has to be a process of its own.
struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch", abstract: "Guard a program: nothing it starts outlives it.", shouldDisplay: false)

  @ArgumentParser.Option(help: "The most processes the program's user may have.")
  var processes: Int64 = -1
  @ArgumentParser.Option(help: "The most bytes one file may grow to.")
  var fileSize: Int64 = -1
  @ArgumentParser.Option(help: "The most descriptors one process may have open.")
  var openFiles: Int64 = -1
  @ArgumentParser.Option(help: "The most bytes of address space one process may have.")
  var memory: Int64 = -1
  @ArgumentParser.Option(help: "The process whose end ends everything; whoever started this otherwise.")
  var parent: Int32 = 0
  @ArgumentParser.Option(help: "How many milliseconds the program may clean up when it is told to stop.")
  var grace: Int32 = 2_000
  @Flag(help: "The program is a wrapper: only what runs inside it is told to stop.")
  var wrapped = false
  @Flag(help: "Refuse TCP, by Landlock.")
  var withoutNetwork = false
  @ArgumentParser.Option(help: "A folder that Landlock hides.")
  var hide: [String] = []
  @ArgumentParser.Option(help: "A folder that Landlock leaves writable.")
  var write: [String] = []
  @ArgumentParser.Option(help: "A folder that Landlock leaves readable, although it lies in a hidden one.")
  var read: [String] = []
  @Flag(help: "Start nothing; end with the version of Landlock as the status.")
  var probe = false
  @Argument(parsing: .postTerminator, help: "The program and its arguments, after --.")
  var words: [String] = []

  func run() throws {
    if probe { Glibc.exit(signalbox_landlock_version()) }
    guard !words.isEmpty else { throw ValidationError("Name a program after --.") }
    let hidden = Self.pointers(hide)
    let (writable, readable) = (Self.pointers(write), Self.pointers(read))
    var options = signalbox_launch_options(
      processes: processes, file_size: fileSize, open_files: openFiles, memory: memory, parent: parent, grace: grace,
      wrapped: wrapped ? 1 : 0, without_network: withoutNetwork ? 1 : 0,
      hidden: hide.isEmpty && write.isEmpty ? nil : UnsafePointer(hidden), writable: UnsafePointer(writable),
      readable: UnsafePointer(readable))
    // The arguments as they came, since a program's argument need not be text.
    let first = Int(CommandLine.argc) - words.count
    Glibc.exit(signalbox_launch(&options, CommandLine.unsafeArgv + first, nil))
  }

  /// The words as C wants them, for as long as the process lives.
  private static func pointers(_ words: [String]) -> UnsafeMutablePointer<UnsafePointer<CChar>?> {
    let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: words.count + 1)
    for (index, word) in words.enumerated() { list[index] = UnsafePointer(strdup(word)) }
    list[words.count] = nil
    return list
  }
}
