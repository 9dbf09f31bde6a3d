import Foundation

/// Knows where a person's sessions are kept; folders 0700, files 0600.
public struct StateFolder: Sendable, Equatable {
  /// The folder's absolute path.
  public let path: String

  /// Uses a folder; it is made when it is first needed.
  public init(path: String) { self.path = path }

  /// The folder that the environment names: `SIGNALBOX_HOME`, else `$XDG_STATE_HOME/signalbox`, else the home folder's.
  public init(environment: [String: String]) {
    if let home = environment["SIGNALBOX_HOME"], !home.isEmpty {
      path = StateFolder.absolute(home)
    } else if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      path = state + "/signalbox"
    } else {
      path = (environment["HOME"] ?? NSHomeDirectory()) + "/.local/state/signalbox"
    }
  }

  /// An absolute path for a path given in the current folder.
  public static func absolute(_ path: String) -> String {
    let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return URL(fileURLWithPath: full).standardizedFileURL.path
  }

  /// The default journal.
  public var journal: String { path + "/journal.db" }

  /// The folder of tools that gates need, shared between sessions.
  public var toolchains: String { path + "/toolchains" }

  /// The folder of one session.
  public func session(_ id: String) -> SessionFolder { SessionFolder(path: path + "/sessions/" + id) }

  /// Makes a folder that only its owner can enter, with those above it.
  public static func make(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }
}

extension StateFolder {
  /// Writes a file whole or not at all, readable by its owner only; tells whether it could, with `errno` set otherwise.
  public static func write(_ data: Data, to path: String) -> Bool {
    let fresh = "\(path).\(getpid())"
    guard FileManager.default.createFile(atPath: fresh, contents: data, attributes: [.posixPermissions: 0o600]) else {
      return false
    }
    guard rename(fresh, path) == 0 else {
      let reason = errno
      unlink(fresh)
      errno = reason
      return false
    }
    return true
  }
}

/// Knows where one session keeps what does not belong into its workspace.
public struct SessionFolder: Sendable, Equatable {
  /// The folder's absolute path.
  public let path: String

  /// Uses a folder; `make` makes it.
  public init(path: String) { self.path = path }

  /// The store of checkpoints.
  public var objects: String { path + "/objects" }
  /// The running records of attempts.
  public var transcripts: String { path + "/transcripts" }
  /// The state as it was after one of the events, for whoever looks at a long session.
  public var state: String { path + "/state.json" }
  /// What gates left as evidence.
  public var evidence: String { path + "/evidence" }
  /// Files that were kept aside instead of becoming part of the workspace.
  public var rejected: String { path + "/rejected" }
  /// Files of sub-stages that were set aside.
  public var quarantine: String { path + "/quarantine" }
  /// Handoff packages.
  public var packages: String { path + "/packages" }
  /// What the engine's process wrote to its standard error.
  public var log: String { path + "/engine.log" }

  /// The handoff package of a session.
  public func handoff(_ session: String) -> String { packages + "/" + session + "-handoff.zip" }

  /// Makes the folder and its parts.
  public func make() throws {
    for part in [path, transcripts, evidence, packages] { try StateFolder.make(part) }
  }
}
