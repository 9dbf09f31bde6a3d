import Foundation
import Glibc

// Measures what a person feels: from start to the first whole picture, and what an open console and a waiting engine
// cost while nothing happens. It prints figures and judges none; run it with
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
    measureStart(program, words: ["--version"], name: "process start and end (--version)", environment)
    measureStart(program, words: [], name: "start to first whole picture, overview", environment)
    measureStart(
      program, words: ["attach", "bench"], name: "start to first whole picture, session", environment)
    measureIdle(program, environment, folder)
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
    let engine = enginePID(folder)
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
    if engine > 0 { kill(engine, SIGTERM) }
  }

  private static func enginePID(_ folder: String) -> pid_t {
    let session = folder + "/state/sessions/bench"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: session)) ?? []
    for name in names where name.hasSuffix(".lock") {
      let words = (try? String(contentsOfFile: session + "/" + name, encoding: .utf8)) ?? ""
      if let process = pid_t(words.trimmingCharacters(in: .whitespacesAndNewlines)) { return process }
    }
    return 0
  }

  private static func ticks(_ process: pid_t) -> Int {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return 0 }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
  }

  private static func resident(_ process: pid_t) -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.split(whereSeparator: { !$0.isNumber }).first ?? "") } ?? 0
  }

  private static func text(_ number: Double) -> String { String((number * 100).rounded() / 100) }

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
      let got = read(terminal, &buffer, buffer.count)
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
      let got = read(terminal, &buffer, buffer.count)
      if got <= 0 { return last - start }
      count += got
      last = Benchmark.clock()
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
      let got = read(terminal, &buffer, buffer.count)
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
