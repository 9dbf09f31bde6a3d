import Foundation
import Glibc

// Measures what a person feels: from start to the first whole picture, what an open console and a waiting engine cost
// while nothing happens, and how long a key waits for its answer, at rest and while an agent floods the session (P13: 200
// ms at most). It prints figures and judges none; run it with
//
//     swift build -c release && swift run -c release Benchmark
//
// Everything happens in a temporary folder; the program under test is the one beside this one.

@main
struct Benchmark {
  static func main() throws {
    let folder = NSTemporaryDirectory() + "/signalbox-benchmark-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard FileManager.default.changeCurrentDirectoryPath(folder) else { fatalError("\(folder) cannot be entered") }
    let program = Bundle.main.bundlePath + "/signalbox"
    let environment = [
      "SIGNALBOX_HOME": folder + "/state", "HOME": folder, "LANG": "C.UTF-8", "TERM": "xterm-256color",
      "PATH": "/usr/local/bin:/usr/bin:/bin",
    ]
    try prepare(program, environment: environment)
    let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
    print("machine load before: \(load.trimmingCharacters(in: .newlines))")
    if CommandLine.arguments.contains("peers") {
      try measurePeers(program, environment)
      let engine = enginePID(folder, "bench")
      if engine > 0 { kill(engine, SIGTERM) }
      return
    }
    measureStart(program, words: ["--version"], name: "process start and end (--version)", environment)
    measureStart(program, words: [], name: "start to first whole picture, overview", environment)
    measureStart(
      program, words: ["attach", "bench"], name: "start to first whole picture, session", environment)
    measureIdle(program, environment, folder)
    measureKeys(program, session: "bench", name: "key to answer, at rest", environment)
    try flood(program, environment)
    measureKeys(program, session: "flood", name: "key to answer, agent floods", environment)
    let engine = enginePID(folder, "flood")
    print("resident memory of the flooded engine: \(resident(engine)) kB, most \(resident(engine, "VmHWM:")) kB")
    for session in ["bench", "flood"] where enginePID(folder, session) > 0 { kill(enginePID(folder, session), SIGTERM) }
  }

  /// A session in the background whose agent writes lines and messages as fast as anybody reads them.
  private static func flood(_ program: String, _ environment: [String: String]) throws {
    let agents = """
      agents:
        - name: flooder
          role: developer
          kind: command
          command: [timeout, "60", sh, -c, "yes '{\\"type\\":\\"progress\\",\\"text\\":\\"a step\\"}' & exec yes a line"]
      """
    let answers = """
      by: benchmark
      answers:
        - {playbook: approve-intake, option: approve}
        - {playbook: approve-plan, option: approve}
      """
    for (name, text) in ["agents.yaml": agents, "answers.yaml": answers] {
      try text.write(toFile: name, atomically: true, encoding: .utf8)
    }
    let run = Pseudo.spawn(
      program,
      [
        "run", "brief.md", "--detach", "--session", "flood", "--agents", "agents.yaml", "--answers", "answers.yaml",
      ], environment)
    _ = run.readToEnd()
    // Until it floods: the attempt's transcript is full at 10,000 lines.
    let folder = "state/sessions/flood/transcripts"
    for _ in 0..<600 {
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let sizes = files.map {
        (try? FileManager.default.attributesOfItem(atPath: "\(folder)/\($0)"))?[.size] as? Int ?? 0
      }
      if sizes.contains(where: { $0 > 100_000 }) { return }
      usleep(50_000)
    }
    print("The session does not flood; what follows is measured at rest.")
  }

  /// How long it takes from a key that opens the help until the help's name is written to the terminal.
  private static func measureKeys(
    _ program: String, session: String, name: String, _ environment: [String: String]
  ) {
    let child = Pseudo.spawn(program, ["attach", session], environment)
    guard child.read(until: session) != nil else { return print("\(name): the console did not start") }
    sleep(2)
    child.drain()
    var written = 0
    for _ in 0..<50 {
      usleep(100_000)
      written += child.drain()
    }
    var times: [Double] = []
    for _ in 0..<40 {
      let start = clock()
      child.type("?")
      guard let end = child.read(until: "Help") else { break }
      times.append(end - start)
      child.type("\u{1B}")
      usleep(300_000)
      child.drain()
    }
    child.end()
    guard times.count == 40 else { return print("\(name): the console did not answer") }
    times.sort()
    print(
      "\(name): median \(text(times[20])) ms, 95% \(text(times[37])), max \(text(times[39])) (n=40, 120x40); \(written) bytes written in 5 s before"
    )
  }

  /// A session that waits for its first approval.
  private static func prepare(_ program: String, environment: [String: String]) throws {
    let sample = Pseudo.spawn(program, ["sample", "notes", "--output", "brief.md"], environment)
    _ = sample.readToEnd()
    let run = Pseudo.spawn(program, ["run", "brief.md", "--headless", "--session", "bench"], environment)
    _ = run.readToEnd()
  }

  private static func measureStart(
    _ program: String, words: [String], name: String, _ environment: [String: String]
  ) {
    var times: [Double] = []
    for _ in 0..<20 {
      let start = clock()
      let child = Pseudo.spawn(program, words, environment)
      if words == ["--version"] {
        _ = child.readToEnd()
        times.append(clock() - start)
        continue
      }
      times.append(child.readUntilQuiet(since: start))
      child.end()
    }
    times.sort()
    print("\(name): median \(text(times[10])) ms, min \(text(times[0])), max \(text(times[19])) (n=20, 120x40)")
  }

  private static func measureIdle(_ program: String, _ environment: [String: String], _ folder: String) {
    let child = Pseudo.spawn(program, ["attach", "bench"], environment)
    _ = child.readUntilQuiet(since: clock())
    sleep(3)
    let engine = enginePID(folder, "bench")
    let before = (ticks(child.process), ticks(engine))
    child.drain()
    let seconds = 20
    sleep(UInt32(seconds))
    let after = (ticks(child.process), ticks(engine))
    let perTick = 100.0 / Double(sysconf(Int32(_SC_CLK_TCK))) / Double(seconds)
    print(
      "console idle: \(text(Double(after.0 - before.0) * perTick)) % of a core over \(seconds) s, \(child.drain()) bytes written"
    )
    print("engine waiting: \(text(Double(after.1 - before.1) * perTick)) % of a core over \(seconds) s")
    print("resident memory: console \(resident(child.process)) kB, engine \(resident(engine)) kB")
    child.end()
  }

  static func enginePID(_ folder: String, _ session: String) -> pid_t {
    let session = folder + "/state/sessions/" + session
    let names = (try? FileManager.default.contentsOfDirectory(atPath: session)) ?? []
    for name in names where name.hasSuffix(".lock") {
      let words = (try? String(contentsOfFile: session + "/" + name, encoding: .utf8)) ?? ""
      if let process = pid_t(words.trimmingCharacters(in: .whitespacesAndNewlines)) { return process }
    }
    return 0
  }

  static func ticks(_ process: pid_t) -> Int {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return 0 }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
  }

  static func resident(_ process: pid_t, _ what: String = "VmRSS:") -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(what) }
    return line.flatMap { Int($0.split(whereSeparator: { !$0.isNumber }).first ?? "") } ?? 0
  }

  static func text(_ number: Double) -> String { String((number * 100).rounded() / 100) }

  static func clock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1_000_000
  }
}

/// A program on a pseudo terminal of 120x40.
struct Pseudo {
  let process: pid_t
  let terminal: Int32

  static func spawn(_ program: String, _ words: [String], _ environment: [String: String]) -> Pseudo {
    var main: Int32 = -1
    var other: Int32 = -1
    var size = winsize(ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&main, &other, nil, nil, &size) == 0 else { fatalError("no pseudo terminal") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    for target in Int32(0)...2 { posix_spawn_file_actions_adddup2(&actions, other, target) }
    posix_spawn_file_actions_addclose(&actions, main)
    // What the program starts in the background must not hold the terminal open.
    posix_spawn_file_actions_addclose(&actions, other)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID
    let arguments = ([program] + words).map { strdup($0) }
    let variables = environment.map { strdup("\($0.key)=\($0.value)") }
    var process = pid_t()
    guard posix_spawn(&process, program, &actions, &attributes, arguments + [nil], variables + [nil]) == 0 else {
      fatalError("\(program) could not be started")
    }
    for text in arguments + variables { free(text) }
    close(other)
    return Pseudo(process: process, terminal: main)
  }

  /// Reads until the program has ended; how many bytes.
  func readToEnd() -> Int {
    var count = 0
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let got = Glibc.read(terminal, &buffer, buffer.count)
      if got <= 0 { break }
      count += got
    }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    close(terminal)
    return count
  }

  /// Reads until 30 ms pass without a byte after the first 500; the moment of the last byte, in milliseconds.
  func readUntilQuiet(since start: Double) -> Double {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var last = start
    var count = 0
    while true {
      var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wait, 1, count > 500 ? 30 : 5_000)
      if ready <= 0 { return last - start }
      let got = Glibc.read(terminal, &buffer, buffer.count)
      if got <= 0 { return last - start }
      count += got
      last = Benchmark.clock()
    }
  }

  /// Types characters.
  func type(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = write(terminal, bytes, bytes.count)
  }

  /// Reads until a text has come, for five seconds at most; the moment at which it did.
  func read(until text: String) -> Double? {
    var seen: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 5_000) > 0 else { return nil }
      let got = Glibc.read(terminal, &buffer, buffer.count)
      guard got > 0 else { return nil }
      seen += buffer[..<got]
      if seen.firstRange(of: text.utf8) != nil { return Benchmark.clock() }
    }
  }

  /// Reads what is there; how many bytes.
  @discardableResult
  func drain() -> Int {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var count = 0
    while true {
      var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 0) > 0 else { return count }
      let got = Glibc.read(terminal, &buffer, buffer.count)
      if got <= 0 { return count }
      count += got
    }
  }

  func end() {
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    close(terminal)
  }
}
