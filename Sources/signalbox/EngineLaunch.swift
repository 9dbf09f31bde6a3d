import Engine
import Foundation
import Glibc

/// Starts a session's engine as a process of its own: its own process session, no terminal, nothing inherited but what
/// it needs, so that closing a terminal or killing the console changes nothing.
enum EngineLaunch {
  /// Starts the engine unless one is at work; when two are started at once, the lease lets one go on.
  static func start(_ session: String, wiring: Wiring) throws {
    let folder = wiring.state.session(session)
    try folder.make()
    guard let program = Bundle.main.executablePath else {
      throw Told(.refused, why: "This program cannot find itself.", instead: "Start it by its full path.")
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, folder.log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID of <spawn.h>.
    posix_spawnattr_setflags(&attributes, 0x80)
    let words = [program, "engine", session]
    var environment = wiring.environment
    environment["SWIFT_BACKTRACE"] = "interactive=no,color=no"
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    var process = pid_t()
    let status = withWords(words) { argv in
      withWords(variables) { envp in posix_spawn(&process, program, &actions, &attributes, argv, envp) }
    }
    guard status == 0 else {
      throw Told(
        .refused, why: "The engine could not be started: \(String(cString: strerror(status))).",
        instead: "`signalbox engine \(session)` runs it in this terminal.")
    }
    let engine = process
    // Whoever started a process has to take note of its end, or it stays in the table of processes until the console ends.
    Thread.detachNewThread {
      var status: Int32 = 0
      while waitpid(engine, &status, 0) < 0, errno == EINTR {}
    }
  }
}
