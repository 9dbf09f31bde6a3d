import Foundation
import Glibc
import Testing

@testable import Gates

// covers Toolchain.swift, PythonInterpreter.swift and ToolchainPerformer.swift
@Suite("Toolchain")
final class ToolchainTests: Sendable {
  let folder: String

  init() throws {
    var template = Array("/tmp/signalbox-tools-XXXXXX".utf8CString)
    #expect(mkdtemp(&template) != nil)
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// What installing costs is not what is tested here: an environment without packages is built in about two seconds.
  func empty() -> Toolchain { Toolchain(folder: folder + "/tools", requirements: "# nothing\n") }

  @Test func buildsOnceThenFindsIt() async throws {
    let lines = Lines()
    let location = try await empty().prepare { lines.add($0) }
    #expect(lines.all.first?.hasPrefix("Making a virtual environment with Python 3.") == true)
    #expect(lines.all.last == "The tools are ready.")
    #expect(FileManager.default.isExecutableFile(atPath: location.python))
    let quiet = Lines()
    #expect(try await empty().prepare { quiet.add($0) } == location)
    #expect(quiet.all.isEmpty)
    #expect(try await empty().health(of: location).isEmpty)
  }

  @Test func severalAtOnceBuildOne() async throws {
    // Several toolchains over one folder stand for several engines.
    let lines = Lines()
    let locations = try await withThrowingTaskGroup(of: ToolchainLocation.self) { group in
      for _ in 0..<4 { group.addTask { try await self.empty().prepare { lines.add($0) } } }
      var found: [ToolchainLocation] = []
      for try await location in group { found.append(location) }
      return found
    }
    #expect(locations.count == 4 && Set(locations.map(\.folder)).count == 1)
    #expect(lines.all.filter { $0 == "The tools are ready." }.count == 1)
  }

  @Test func twoCallersOfOneToolchainBothHear() async throws {
    let toolchain = empty()
    let first = Lines()
    let second = Lines()
    async let one = toolchain.prepare { first.add($0) }
    async let two = toolchain.prepare { second.add($0) }
    #expect(try await one == (try await two))
    #expect(first.all.contains("The tools are ready.") || second.all.contains("The tools are ready."))
  }

  @Test func aHalfBuiltOneIsBuiltAgain() async throws {
    let location = try await empty().prepare { _ in }
    try FileManager.default.removeItem(atPath: location.folder + "/.ready")
    try FileManager.default.removeItem(atPath: location.programs)
    let lines = Lines()
    #expect(try await empty().prepare { lines.add($0) } == location)
    #expect(lines.all.first == "Removing a toolchain that was not finished.")
    #expect(FileManager.default.isExecutableFile(atPath: location.python))
  }

  @Test func otherRequirementsAreAnotherToolchain() async throws {
    let one = try await empty().prepare { _ in }
    let two = try await Toolchain(folder: folder + "/tools", requirements: "# other\n").prepare { _ in }
    #expect(one.folder != two.folder)
  }

  @Test func saysWhyInstallingFailed() async throws {
    let toolchain = Toolchain(
      folder: folder + "/tools", requirements: "./no-such-package-here\n")
    do {
      _ = try await toolchain.prepare { _ in }
      Issue.record("nothing failed")
    } catch let failure as ToolchainFailure {
      #expect(failure.description.contains("could not install the tools"))
      #expect(failure.description.contains("no-such-package-here"))
    }
    // Nothing half-built is left to be taken for a whole one.
    let left = try FileManager.default.contentsOfDirectory(atPath: folder + "/tools")
    #expect(left.allSatisfy { $0.hasSuffix(".lock") || $0.hasSuffix(".requirements.txt") })
  }

  @Test func saysThatThereIsNoPython() async throws {
    let toolchain = Toolchain(folder: folder + "/tools", requirements: "", environment: ["PATH": folder])
    await #expect(throws: ToolchainFailure.self) { _ = try await toolchain.prepare { _ in } }
  }

  @Test func passesOnlyWhatInstallingNeeds() {
    let passed = Toolchain.passedOn([
      "PATH": ".:/usr/bin:relative:/bin", "HOME": "/home/x", "PIP_INDEX_URL": "i", "UV_CACHE_DIR": "u",
      "HTTPS_PROXY": "p", "no_proxy": "n", "SSL_CERT_FILE": "s", "REQUESTS_CA_BUNDLE": "r", "AWS_SECRET": "x",
      "PYTHONPATH": "/evil", "VIRTUAL_ENV": "/v", "LD_PRELOAD": "/evil.so", "SSH_AUTH_SOCK": "/s",
    ])
    #expect(
      passed == [
        "PATH": "/usr/bin:/bin", "HOME": "/home/x", "PIP_INDEX_URL": "i", "UV_CACHE_DIR": "u", "HTTPS_PROXY": "p",
        "no_proxy": "n", "SSL_CERT_FILE": "s", "REQUESTS_CA_BUNDLE": "r", "LC_ALL": "C.UTF-8",
      ])
  }

  @Test func knowsWhichToolsWereAskedFor() {
    #expect(Toolchain.tools(in: "ruff==0.1\npytest-cov>=1\n# mypy\nBandit[toml]==1; x\n") == ["ruff", "bandit"])
  }

  @Test func asksTheToolsWhetherTheyAreWell() async throws {
    let location = try await TestToolchain.location()
    #expect(try await TestToolchain.shared.health(of: location).isEmpty)
    let broken = ToolchainLocation(folder: folder, pythonVersion: "3")
    let ill = try await TestToolchain.shared.health(of: broken)
    #expect(ill.keys.sorted() == ["bandit", "mypy", "pytest", "python", "ruff"])
  }
}
