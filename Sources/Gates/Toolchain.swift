import Crypto
import Engine
import Foundation
import Glibc
import Synchronization

/// Where the tools of a toolchain are.
public struct ToolchainLocation: Sendable, Equatable {
  /// The virtual environment's absolute path.
  public var folder: String
  /// The version of its Python, e.g. `3.12.4`.
  public var pythonVersion: String

  /// Makes a location from its parts.
  public init(folder: String, pythonVersion: String) {
    self.folder = folder
    self.pythonVersion = pythonVersion
  }

  /// The folder of its programs.
  public var programs: String { folder + "/bin" }
  /// Its Python.
  public var python: String { programs + "/python" }
}

/// Why the tools cannot be had.
public struct ToolchainFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong, what the program said, and what to do.
  public var description: String

  /// Makes a failure from its words.
  public init(_ description: String) { self.description = description }
}

/// Prepares the tools that gates need: one virtual environment for all sessions that need the same ones.
///
/// Several engines may prepare the same one at once: a lock lets one work while the others wait. A virtual environment
/// cannot be moved, so it is built in its place, and a marker written last says that it is whole; one without the
/// marker is removed and built again.
public actor Toolchain {
  private let folder: String
  private let requirements: String
  private let environment: [String: String]
  private let runner = CommandRunner()
  private var ready: ToolchainLocation?
  private var working: Task<ToolchainLocation, any Error>?
  private let listeners = ProgressListeners()

  /// Uses a folder for toolchains.
  ///
  /// - Parameters:
  ///   - folder: An absolute path; made when missing.
  ///   - requirements: What pip is to install, as the text of a requirements file.
  public init(folder: String, requirements: String) {
    self.init(folder: folder, requirements: requirements, environment: ProcessInfo.processInfo.environment)
  }

  /// Uses a folder for toolchains and another environment than this process has.
  init(folder: String, requirements: String, environment: [String: String]) {
    self.folder = folder
    self.requirements = requirements
    self.environment = Toolchain.passedOn(environment)
  }

  /// What of the machine's environment installing needs: proxies, certificates, indexes, caches; nothing else.
  static func passedOn(_ environment: [String: String]) -> [String: String] {
    let names: Set = [
      "PATH", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy",
      "no_proxy", "REQUESTS_CA_BUNDLE",
    ]
    var passed = environment.filter { name, _ in
      names.contains(name) || name.hasPrefix("PIP_") || name.hasPrefix("UV_") || name.hasPrefix("SSL_CERT_")
    }
    passed["PATH"] = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
      .split(separator: ":").filter { $0.hasPrefix("/") }.joined(separator: ":")
    passed["LC_ALL"] = "C.UTF-8"
    return passed
  }

  /// Makes the toolchain ready and says where it is; a ready one is found in milliseconds.
  ///
  /// - Parameter progress: Called with a line for people whenever something happens.
  /// - Throws: `ToolchainFailure` with the program's last words; `CancellationError`.
  public func prepare(progress: @escaping @Sendable (String) -> Void) async throws -> ToolchainLocation {
    if let ready, FileManager.default.fileExists(atPath: ready.folder + "/.ready") { return ready }
    let listener = listeners.add(progress)
    defer { listeners.remove(listener) }
    if let working { return try await working.value }
    let task = Task { try await build() }
    working = task
    defer { working = nil }
    let location = try await withTaskCancellationHandler {
      try await task.value
    } onCancel: { [listeners] in
      // Somebody else may wait for the same tools.
      if listeners.count <= 1 { task.cancel() }
    }
    ready = location
    return location
  }

  /// Asks every tool for its version.
  ///
  /// - Returns: The tools that did not answer, with what they said instead; empty when all is well.
  public func health(of location: ToolchainLocation) async throws -> [String: String] {
    var ill: [String: String] = [:]
    for tool in ["python"] + Toolchain.tools(in: requirements) {
      do {
        let result = try await runner.run(
          ["\(location.programs)/\(tool)", "--version"], in: folder,
          environment: environment, timeLimit: .seconds(60), outputLimit: 4096)
        if result.exitStatus != 0 { ill[tool] = Toolchain.lastLines(result) }
      } catch let failure as CommandFailure {
        ill[tool] = failure.description
      }
    }
    return ill
  }

  /// The programs gates use that a requirements text asks for.
  static func tools(in requirements: String) -> [String] {
    let known = ["ruff", "mypy", "bandit", "pytest", "uv"]
    let asked = requirements.split(whereSeparator: \.isNewline).map { line in
      line.prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) }.lowercased()
    }
    return known.filter(asked.contains)
  }

  private func build() async throws -> ToolchainLocation {
    do { try makeFolder() } catch { throw ToolchainFailure("\(folder) cannot be made: \(error)") }
    let (python, version) = try await findPython()
    let digest = SHA256.hash(data: Array("\(version)\n\(requirements)".utf8))
    let place = "\(folder)/\(lowercaseHex(Array(digest).prefix(8)))"
    let location = ToolchainLocation(folder: place, pythonVersion: version)
    if isReady(location) { return location }
    let lock = try await takeLock(place + ".lock")
    // Closing the file gives the lock back.
    defer { close(lock) }
    if isReady(location) { return location }
    if FileManager.default.fileExists(atPath: place) {
      say("Removing a toolchain that was not finished.")
      try remove(place)
    }
    do {
      try await fill(location, python: python)
    } catch {
      try? remove(place)
      throw error
    }
    return location
  }

  private func makeFolder() throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  private func remove(_ place: String) throws {
    do { try FileManager.default.removeItem(atPath: place) } catch {
      if FileManager.default.fileExists(atPath: place) {
        throw ToolchainFailure("\(place) cannot be removed: \(error)")
      }
    }
  }

  private func isReady(_ location: ToolchainLocation) -> Bool {
    let marker = try? String(contentsOfFile: location.folder + "/.ready", encoding: .utf8)
    return marker == location.pythonVersion + "\n"
      && FileManager.default.isExecutableFile(atPath: location.python)
  }

  private func fill(_ location: ToolchainLocation, python: String) async throws {
    let file = location.folder + ".requirements.txt"
    do { try requirements.write(toFile: file, atomically: true, encoding: .utf8) } catch {
      throw ToolchainFailure("\(file) cannot be written: \(error)")
    }
    let hasUV = (try? CommandRunner.find("uv", path: environment["PATH"] ?? "")) != nil
    say("Making a virtual environment with Python \(location.pythonVersion).")
    if hasUV {
      try await step(
        ["uv", "venv", "--no-config", "--python", python, location.folder], failing: "uv could not make it.")
      say("Installing the tools with uv.")
      try await step(
        ["uv", "pip", "install", "--no-config", "--python", location.python, "-r", file],
        failing: "uv could not install the tools; is there a network?")
    } else {
      try await step(
        [python, "-m", "venv", location.folder],
        failing: "Python could not make it; on Debian and Ubuntu, install python3-venv.")
      say("Installing the tools with pip; this can take a minute.")
      try await step(
        [
          location.python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar",
          "off", "-r", file,
        ], failing: "pip could not install the tools; is there a network?")
    }
    say("Asking every tool for its version.")
    let ill = try await health(of: location)
    if let (tool, words) = ill.min(by: { $0.key < $1.key }) {
      throw ToolchainFailure("\(tool) was installed but does not answer: \(words)")
    }
    do {
      try (location.pythonVersion + "\n").write(
        toFile: location.folder + "/.ready", atomically: true, encoding: .utf8)
    } catch { throw ToolchainFailure("\(location.folder)/.ready cannot be written: \(error)") }
    say("The tools are ready.")
  }

  private func say(_ line: String) { listeners.say(line) }

  private func step(_ command: [String], failing words: String) async throws {
    let lines = LineSplitter { [listeners] line in listeners.say(line) }
    let result: CommandResult
    do {
      result = try await runner.run(
        command, in: folder, environment: environment, timeLimit: .seconds(1800), outputLimit: 1 << 16
      ) { lines.add($0) }
    } catch let failure as CommandFailure {
      throw ToolchainFailure("\(words) \(failure)")
    }
    if result.timedOut { throw ToolchainFailure("\(words) It was stopped after half an hour.") }
    guard result.exitStatus == 0 else { throw ToolchainFailure("\(words)\n\(Toolchain.lastLines(result))") }
  }

  static func lastLines(_ result: CommandResult) -> String {
    String(decoding: result.output, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(8)
      .joined(separator: "\n")
  }

  private func findPython() async throws -> (path: String, version: String) {
    guard let found = try await PythonInterpreter.find(in: folder, environment: environment, runner: runner) else {
      throw ToolchainFailure("No Python 3 answers on this machine; install it (Debian: apt-get install python3-venv).")
    }
    return (found.path, found.version)
  }

  private func takeLock(_ path: String) async throws -> Int32 {
    let opened = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw ToolchainFailure("\(path) cannot be opened: \(String(cString: strerror(errno))).") }
    var said = false
    do {
      while flock(opened, LOCK_EX | LOCK_NB) != 0 {
        guard errno == EWOULDBLOCK || errno == EINTR else {
          throw ToolchainFailure("\(path) cannot be locked: \(String(cString: strerror(errno))).")
        }
        if !said { say("Another Signalbox is preparing the same tools; waiting for it.") }
        said = true
        // No event tells when another process lets go of a file lock.
        try await Task.sleep(for: .milliseconds(100))
      }
    } catch {
      close(opened)
      throw error
    }
    return opened
  }
}

/// Everyone who wants to hear how a preparation goes; several sessions may wait for one.
final class ProgressListeners: Sendable {
  private struct State {
    var next = 0
    var listeners: [Int: @Sendable (String) -> Void] = [:]
  }

  private let state = Mutex(State())

  func add(_ listener: @escaping @Sendable (String) -> Void) -> Int {
    state.withLock { state in
      state.next += 1
      state.listeners[state.next] = listener
      return state.next
    }
  }

  var count: Int { state.withLock { $0.listeners.count } }

  func remove(_ number: Int) { state.withLock { $0.listeners[number] = nil } }

  func say(_ line: String) {
    let all = state.withLock { state in state.listeners.sorted { $0.key < $1.key }.map(\.value) }
    for listener in all { listener(line) }
  }
}

/// Splits pieces of bytes into lines.
final class LineSplitter: Sendable {
  private let rest = Mutex<[UInt8]>([])
  private let onLine: @Sendable (String) -> Void

  init(onLine: @escaping @Sendable (String) -> Void) { self.onLine = onLine }

  func add(_ bytes: [UInt8]) {
    let lines = rest.withLock { rest in
      rest += bytes
      var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      // A line without an end is given up at 64 KiB, so that it cannot grow for ever.
      rest = Array((parts.popLast() ?? []).suffix(1 << 16))
      return parts.map { String(decoding: $0, as: UTF8.self) }
    }
    for line in lines where !line.allSatisfy(\.isWhitespace) { onLine(line) }
  }
}
