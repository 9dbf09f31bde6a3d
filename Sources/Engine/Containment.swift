import Foundation
import Glibc
import Kernel

/// Builds the command line by which a program runs guarded, and in a sandbox where the machine has one.
public struct Containment: Equatable, Sendable {
  /// What a contained program may use; `nil` is no limit.
  public struct Limits: Equatable, Sendable {
    /// The most processes and threads of its user. Root is held to it by the guardian, who ends what started more.
    public var processes: Int?
    /// The most bytes one file may grow to.
    public var fileSize: Int?
    /// The most descriptors one process may have open.
    public var openFiles: Int?
    /// The most bytes of address space one process may have; many runtimes reserve far more than they use.
    public var memory: Int?

    /// Makes limits. Without others: 4,096 processes stop a fork bomb and leave a desktop room, 8 GiB stop a runaway
    /// file, 8,192 descriptors are more than any build was seen to need.
    public init(
      processes: Int? = 4_096, fileSize: Int? = 8 << 30, openFiles: Int? = 8_192, memory: Int? = nil
    ) {
      self.processes = processes
      self.fileSize = fileSize
      self.openFiles = openFiles
      self.memory = memory
    }
  }

  /// The program that guards: Signalbox itself, by its absolute path.
  public var launcher: String
  /// Bubblewrap, where it is there and works.
  public var bubblewrap: String?
  /// The version of Landlock the kernel offers, 0 without.
  public var landlock: Int
  /// Folders no agent may see: the state folder.
  public var hidden: [String]
  /// The person's home folder, whose secrets no agent may see.
  public var home: String?
  /// Folders no agent may change, also where a folder around them is opened: the person's own rules.
  public var kept: [String] = []

  /// Makes a containment from its parts.
  public init(launcher: String, bubblewrap: String? = nil, landlock: Int = 0, hidden: [String], home: String? = nil) {
    self.launcher = launcher
    self.bubblewrap = bubblewrap
    self.landlock = landlock
    self.hidden = hidden
    self.home = home
  }

  /// Looks what the machine offers, by trying it once; takes a tenth of a second.
  ///
  /// - Parameters:
  ///   - launcher: Signalbox's own absolute path.
  ///   - hidden: The state folder, and whatever else no agent may see.
  ///   - kept: Folders no agent may change.
  ///   - home: The person's home folder.
  public static func find(
    launcher: String, hiding hidden: [String], keeping kept: [String] = [], home: String?
  ) -> Containment {
    var found = Containment(launcher: launcher, hidden: hidden, home: home)
    found.kept = kept
    for candidate in ["/usr/bin/bwrap", "/usr/local/bin/bwrap"] where access(candidate, X_OK) == 0 {
      found.bubblewrap = candidate
      // A bubblewrap that is there may still not be allowed to make namespaces.
      let trial = [launcher, "launch", "--", candidate] + found.walls(network: false) + ["--", "true"]
      if status(of: trial) == 0 { return found }
      found.bubblewrap = nil
    }
    // 127 says that there was nothing to ask.
    let version = status(of: [launcher, "launch", "--probe"]) ?? 0
    found.landlock = version == 127 ? 0 : Int(version)
    return found
  }

  /// How far it keeps agents from what decides about them.
  public var level: AuthorityLevel {
    // Landlock keeps signals and other processes' memory from them since version 6, yet gives no namespace of their own.
    bubblewrap != nil ? .sandbox : landlock > 0 ? .hidden : .none
  }

  /// The command line by which a program runs contained.
  ///
  /// The process that starts it is the one whose end ends it. Folders that do not exist are left out.
  ///
  /// - Parameters:
  ///   - arguments: The program and its arguments.
  ///   - workspace: The folder it works in and may write to.
  ///   - writable: Other folders it may write to, e.g. its own home and the one of a socket.
  ///   - readable: Folders it must see although something around them is hidden.
  ///   - network: Whether it may reach anything outside.
  public func command(
    _ arguments: [String], workspace: String, writable: [String] = [], readable: [String] = [], network: Bool,
    limits: Limits = Limits(), parent: Int32 = getpid()
  ) -> [String] {
    var words = [launcher, "launch", "--parent", String(parent)]
    for (name, limit) in [
      ("--processes", limits.processes), ("--file-size", limits.fileSize), ("--open-files", limits.openFiles),
      ("--memory", limits.memory),
    ] {
      if let limit { words += [name, String(limit)] }
    }
    let open = ([workspace] + writable).compactMap(Self.resolved)
    if let bubblewrap {
      words += ["--wrapped", "--", bubblewrap] + walls(network: network)
      for folder in readable.compactMap(Self.resolved) { words += ["--ro-bind", folder, folder] }
      for folder in open { words += ["--bind", folder, folder] }
      words += guards(within: open)
      // What is hidden stays hidden where a folder around it is opened, such as the person's home.
      for place in out(of: secrets) {
        let isWithin = open.contains { place.utf8.starts(with: "\($0)/".utf8) }
        let holds = open.contains { "\($0)/".utf8.starts(with: "\(place)/".utf8) }
        if isWithin, !holds { words += Self.cover(place) }
      }
      words += ["--chdir", open.first ?? workspace, "--"]
    } else if landlock > 0 {
      for place in out(of: secrets + ["/run/user"]) { words += ["--hide", place] }
      for place in guarded { words += ["--hide", place, "--read", place] }
      for folder in open + ["/tmp"] { words += ["--write", folder] }
      for folder in readable.compactMap(Self.resolved) { words += ["--read", folder] }
      if !network { words.append("--without-network") }
      words.append("--")
    } else {
      words.append("--")
    }
    return words + arguments
  }

  /// Everything of bubblewrap that does not depend on the program.
  private func walls(network: Bool) -> [String] {
    var words = [
      "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
      // Root keeps its capabilities otherwise, and could undo all of this.
      "--cap-drop", "ALL",
    ]
    if !network { words.append("--unshare-net") }
    words += ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    // Whoever may connect to a socket of a daemon (containers, the message bus) needs no file; so all of /run goes, but
    // for what names are looked up with and what some systems keep their programs in.
    if Self.resolved("/run") == "/run" {
      words += ["--tmpfs", "/run"]
      for place in ["/etc/resolv.conf", "/run/current-system"] {
        guard let real = Self.resolved(place), real.hasPrefix("/run/") else { continue }
        words += ["--ro-bind", real, real]
      }
    }
    for place in out(of: secrets) { words += Self.cover(place) }
    return words
  }

  /// Keeps what may not be changed as it is where a folder around it is opened.
  private func guards(within open: [String]) -> [String] {
    var words: [String] = []
    var held: Set<String> = []
    for place in guarded {
      guard let around = open.first(where: { place.utf8.starts(with: "\($0)/".utf8) }) else { continue }
      // A folder on the way could be renamed with all that is mounted in it, and another one put in its place; one that is
      // a mount itself cannot.
      var way = around
      for name in place.dropFirst(around.count + 1).split(separator: "/").dropLast() {
        way += "/\(name)"
        if Self.isFolder(way), held.insert(way).inserted { words += ["--bind", way, way] }
      }
    }
    for place in guarded where open.contains(where: { place.utf8.starts(with: "\($0)/".utf8) }) {
      // What is not there yet would steer as well once it is; a folder of its own stands in its place.
      words += Self.resolved(place) == nil ? ["--tmpfs", place] : ["--ro-bind", place, place]
    }
    return words
  }

  private static func cover(_ place: String) -> [String] {
    isFolder(place) ? ["--tmpfs", place] : ["--dev-bind", "/dev/null", place]
  }

  /// What is hidden of the person's own.
  private var secrets: [String] {
    guard let home, home.hasPrefix("/") else { return [] }
    return [
      ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", ".pgpass", ".pypirc", ".npmrc",
      ".git-credentials", ".password-store", ".config/gh", ".config/gcloud", ".config/git/credentials",
      ".config/google-chrome", ".config/chromium", ".mozilla", ".local/share/keyrings", ".bash_history",
    ].map { "\(home)/\($0)" }
  }

  /// What a person's shells, desktop and tools obey without being asked; whoever may write it acts as the person later,
  /// outside of everything.
  private static let startup = [
    ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin",
    ".zlogout", ".config/fish", ".config/systemd", ".config/autostart", ".config/environment.d", ".pam_environment",
    ".xprofile", ".xsession", ".gitconfig", ".config/git", ".local/bin", "bin",
  ]

  /// What of it is there in the person's home folder, by its true path.
  public var startupFiles: [String] {
    guard let home, home.hasPrefix("/") else { return [] }
    return out(only: Self.startup.map { "\(home)/\($0)" })
  }

  /// What stays as it is where a folder around it is opened. The folders that are to be kept may be missing.
  private var guarded: [String] { kept.map { Self.resolved($0) ?? $0 } + startupFiles }

  /// The hidden folders and some more, where they are; each by its true path, since a link cannot be mounted over.
  private func out(of more: [String]) -> [String] { out(only: hidden + more) }

  private func out(only paths: [String]) -> [String] {
    var places: [String] = []
    for place in paths.compactMap(Self.resolved) where !places.contains(place) { places.append(place) }
    return places
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Runs a small program that says everything by its exit status; `nil` when it cannot be started, is ended by a
  /// signal, or takes longer than five seconds.
  private static func status(of arguments: [String]) -> Int32? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for end in Int32(0)..<3 { posix_spawn_file_actions_addopen(&actions, end, "/dev/null", O_RDWR, 0) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID of <spawn.h>.
    posix_spawnattr_setflags(&attributes, 0x80)
    var process = pid_t()
    let started = withWords(arguments) { words in
      withWords(["PATH=/usr/local/bin:/usr/bin:/bin"]) { variables in
        posix_spawn(&process, arguments[0], &actions, &attributes, words, variables)
      }
    }
    guard started == 0 else { return nil }
    var status: Int32 = 0
    for _ in 0..<1_000 {
      let ended = waitpid(process, &status, WNOHANG)
      if ended == process { return status & 0x7f == 0 ? (status >> 8) & 0xff : nil }
      if ended < 0, errno != EINTR { return nil }
      usleep(5_000)
    }
    kill(-process, SIGKILL)
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return nil
  }
}
