import Engine
import Foundation
import Glibc
import Testing

// Sources/Engine/PrivateFolder.swift
@Suite struct PrivateFolderTests {
  private let place: String

  init() throws {
    place =
      URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath()
      .appendingPathComponent("private-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: place + "/outside", withIntermediateDirectories: true)
    try Data("stays".utf8).write(to: URL(fileURLWithPath: place + "/outside/file"))
  }

  /// Makes a folder whose maker is gone, as after a kill.
  private func leave() throws -> String { try PrivateFolder("home", below: place).path }

  private func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  @Test func aLivingOneStaysAndOneThatWasLeftGoes() throws {
    let living = try PrivateFolder("home", below: place)
    let left = try leave()
    #expect(PrivateFolder.sweep([place]) == PrivateFolder.Sweep(removed: [left]))
    #expect(isThere(living.path) && !isThere(left))
    living.remove()
    #expect(!isThere(living.path))
    #expect(PrivateFolder.sweep([place, place + "/"]) == PrivateFolder.Sweep())
  }

  @Test func whatLiesInItGoesAndNoLinkIsFollowed() throws {
    let left = try leave()
    try FileManager.default.createDirectory(atPath: left + "/a/b", withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(fileURLWithPath: left + "/a/b/file"))
    #expect(symlink(place + "/outside", left + "/a/link") == 0)
    #expect(symlink(place + "/outside/file", left + "/a/b/link") == 0)
    #expect(mkfifo(left + "/pipe", 0o600) == 0)
    #expect(chmod(left + "/a/b", 0o500) == 0 && chmod(left + "/a", 0) == 0)
    #expect(PrivateFolder.sweep([place]).removed == [left])
    #expect(!isThere(left) && isThere(place + "/outside/file"))
  }

  @Test func onlyFoldersWithANameOfOursAreTouched() throws {
    // A link of exactly such a name, and a file, lead nowhere.
    #expect(symlink(place + "/outside", place + "/signalbox-home.AbC123") == 0)
    try Data().write(to: URL(fileURLWithPath: place + "/signalbox-home.AbC124"))
    let others = [
      "signalbox-home-AbC123", "signalbox-.AbC123", "signalbox-home.AbC12", "signalbox-home.AbC1234",
      "signalbox-Home.AbC123", "signalbox-home.a.AbC123", "xsignalbox-home.AbC123", "signalbox-ho me.AbC123",
    ]
    for name in others { #expect(mkdir("\(place)/\(name)", 0o700) == 0) }
    #expect(PrivateFolder.sweep([place]) == PrivateFolder.Sweep())
    for name in others + ["signalbox-home.AbC123", "signalbox-home.AbC124"] { #expect(isThere("\(place)/\(name)")) }
    #expect(isThere(place + "/outside/file"))
  }

  @Test(.enabled(if: geteuid() == 0)) func thoseOfOthersStay() throws {
    let left = try leave()
    #expect(chown(left, 4_242, 4_242) == 0)
    #expect(PrivateFolder.sweep([place]) == PrivateFolder.Sweep())
    #expect(isThere(left))
  }

  @Test func whatCannotBeTakenAwayIsSaid() throws {
    let left = try leave()
    var path = left
    // Deeper than any program's own folders; nobody's stack or descriptors are spent on it.
    for _ in 0..<140 {
      path += "/d"
      #expect(mkdir(path, 0o700) == 0)
    }
    let sweep = PrivateFolder.sweep([place])
    #expect(sweep.removed.isEmpty)
    #expect(sweep.failed.count == 1 && sweep.failed.first?.hasPrefix(left) == true, "\(sweep)")
    try FileManager.default.removeItem(atPath: left)
  }
}
