import Foundation
import Testing

@testable import Engine

/// Who is alive (Lease) and where things are kept (StateFolder, Ports, Transcript).
@Suite struct LeaseTests {
  let folder: SessionFolder

  init() throws {
    folder = SessionFolder(
      path: FileManager.default.temporaryDirectory.appendingPathComponent("signalbox-\(UUID().uuidString)").path)
    try folder.make()
  }

  @Test func aLockIsHeldOnceAndGoneWithItsHolder() throws {
    var lock: EngineLock? = try EngineLock(folder: folder, epoch: 1)
    #expect(throws: LeaseHeld.self) { try EngineLock(folder: folder, epoch: 1) }
    #expect(EngineLock.liveness(folder: folder, epoch: 1) == .alive(process: Int(getpid())))
    withExtendedLifetime(lock) {}
    lock = nil
    #expect(EngineLock.liveness(folder: folder, epoch: 1) == .gone)
  }

  @Test func aNewEpochHasALockOfItsOwn() throws {
    let old = try EngineLock(folder: folder, epoch: 1)
    let new = try EngineLock(folder: folder, epoch: 2)
    #expect(EngineLock.liveness(folder: folder, epoch: 2) == .alive(process: Int(getpid())))
    withExtendedLifetime((old, new)) {}
  }

  @Test func foldersOfASessionAreForItsOwnerOnly() throws {
    for path in [folder.path, folder.transcripts, folder.evidence, folder.packages] {
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o700)
    }
  }

  @Test(arguments: [
    (["SIGNALBOX_HOME": "/s"], "/s"),
    (["XDG_STATE_HOME": "/x", "HOME": "/h"], "/x/signalbox"),
    (["HOME": "/h"], "/h/.local/state/signalbox"),
    (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/signalbox"),
  ])
  func theStateFolderFollowsTheEnvironment(environment: [String: String], path: String) {
    #expect(StateFolder(environment: environment).path == path)
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
    (1_795_257_726_999, "2026-11-21T10:42:06Z"), (-1, "1969-12-31T23:59:59Z"),
  ])
  func momentsReadAsUTC(moment: Int64, text: String) {
    #expect(isoTime(moment) == text)
  }

  @Test func aTranscriptIsAddedTo() throws {
    let path = folder.transcripts + "/t.log"
    Transcript(path: path).write("one")
    Transcript(path: path).write("two")
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.map { $0.split(separator: " ").last } == ["one", "two"])
  }
}
