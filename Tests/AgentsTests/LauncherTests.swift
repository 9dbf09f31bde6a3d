import Engine
import Foundation
import Glibc
import Testing

@testable import Agents

// covers LaunchCommand.swift and ProcessStart.swift
@Suite("Launcher", .serialized)
struct LauncherTests {
  let place: Place
  init() throws { place = try Place() }

  private func launch(_ script: String, _ options: String...) -> [String] {
    [Place.signalbox, "launch"] + options + ["--", "sh", "-c", script]
  }

  /// Daemons of every kind: a session of its own, a double fork, without hangup, without its environment.
  private var daemons: String {
    """
    setsid \(place.sleep) >/dev/null 2>&1 &
    (setsid sh -c '\(place.sleep) & exec \(place.sleep)' >/dev/null 2>&1 &)
    nohup \(place.sleep) >/dev/null 2>&1 &
    setsid env -i \(place.sleep) >/dev/null 2>&1 &
    """
  }

  @Test("status and signal are the program's")
  func status() async throws {
    for status in [0, 1, 7, 255] {
      let ended = ProcessStart.waitForEnd(of: try place.start(launch("exit \(status)")))
      #expect(ended == Int32(status) << 8)
    }
    for signal in [SIGKILL, SIGTERM, SIGSEGV, SIGABRT] {
      let ended = ProcessStart.waitForEnd(of: try place.start(launch("kill -\(signal) $$")))
      // Without the bit that says a core was left.
      #expect(ended == signal)
    }
  }

  @Test("a program that cannot be started is told in one line and with status 127")
  func missing() async throws {
    let run = try await place.run([Place.signalbox, "launch", "--", "/no/such/program"])
    #expect(run.ending.exitStatus == 127)
    #expect(run.errors == "signalbox launch: /no/such/program cannot be started: No such file or directory\n")
  }

  @Test("it gets exactly what was given: variables, descriptors, signals, no core, no new privileges")
  func inheritance() async throws {
    setenv("SIGNALBOX_CANARY", "secret", 1)
    let variables = try await place.run(
      [Place.signalbox, "launch", "--", "/usr/bin/env"], environment: ["A": "1", "B": "two words"])
    let names = variables.output.split(separator: "\n").map { $0.hasPrefix("SIGNALBOX_AGENT=") ? "mark" : String($0) }
    #expect(names.sorted() == ["A=1", "B=two words", "mark"])
    let run = try await place.run(
      launch(
        "ulimit -c; ulimit -n; grep -E 'NoNewPrivs|SigIgn|SigBlk' /proc/self/status; ls /proc/self/fd", "--open-files",
        "64"))
    // `ls` opens the folder it lists itself, as descriptor 3.
    #expect(
      run.output.replacingOccurrences(of: "\t", with: "")
        == "0\n64\nSigBlk:0000000000000000\nSigIgn:0000000000000000\nNoNewPrivs:1\n0\n1\n2\n3\n")
  }

  @Test("daemons are gone when it ends")
  func end() async throws {
    let process = try place.start(launch(daemons + "\nwhile [ ! -e go ]; do sleep 0.02; done; exit 3"))
    try await place.eventually { place.alive == 5 }
    _ = FileManager.default.createFile(atPath: place.workspace + "/go", contents: nil)
    #expect(ProcessStart.waitForEnd(of: process) == 3 << 8)
    #expect(place.alive == 0)
  }

  @Test("daemons are gone when it is told to stop, also those that do not listen, and it may clean up first")
  func term() async throws {
    let script =
      "trap 'echo cleaned >> done; exit 5' TERM\n" + daemons + "\n(trap '' TERM; \(place.sleep)) &\nwait; wait"
    let process = try place.start(launch(script))
    try await place.eventually { place.alive == 6 }
    let start = ContinuousClock.now
    kill(process, SIGTERM)
    #expect(ProcessStart.waitForEnd(of: process) == 5 << 8)
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(place.alive == 0)
    #expect(FileManager.default.fileExists(atPath: place.workspace + "/done"))
  }

  @Test("what ignores the request to stop is killed two seconds later")
  func deaf() async throws {
    let process = try place.start(launch("trap '' TERM; \(place.sleep); \(place.sleep)"))
    try await place.eventually { place.alive == 1 }
    let start = ContinuousClock.now
    kill(process, SIGTERM)
    #expect(ProcessStart.waitForEnd(of: process) == SIGKILL)
    let took = ContinuousClock.now - start
    #expect(took > .seconds(1.8) && took < .seconds(5))
    #expect(place.alive == 0)
  }

  @Test("when whoever started it is killed, everything is gone")
  func orphan() async throws {
    let inner = "\(Place.signalbox) launch -- sh -c \"$SCRIPT\" & wait"
    // The guardian is known by the script it guards: other guardians on the machine are none of ours.
    let script = daemons + "\n\(place.sleep)"
    let process = try place.start(
      ["/bin/sh", "-c", inner], environment: ["PATH": "/usr/bin:/bin", "SCRIPT": script])
    try await place.eventually { place.alive == 6 }
    #expect(Place.count(script) > 0)
    kill(process, SIGKILL)
    _ = ProcessStart.waitForEnd(of: process)
    let took = try await place.eventually { place.alive == 0 && Place.count(script) == 0 }
    print("gone after the parent's end: \(took)")
  }

  @Test("a storm of processes is ended too")
  func storm() async throws {
    // Each makes two, up to some hundreds, in sessions of their own.
    let script = """
      f() { if [ $1 -gt 0 ]; then setsid sh -c "$F" f $(($1 - 1)) & setsid sh -c "$F" f $(($1 - 1)) & fi; exec \(place.sleep); }
      F='f() { if [ $1 -gt 0 ]; then setsid sh -c "$F" f $(($1 - 1)) & setsid sh -c "$F" f $(($1 - 1)) & fi; exec \(place.sleep); }; f $1'
      export F; f 7
      """
    let process = try place.start(launch(script))
    try await place.eventually(within: .seconds(20)) { place.alive > 150 }
    kill(process, SIGTERM)
    _ = ProcessStart.waitForEnd(of: process)
    #expect(place.alive == 0)
  }

  @Test("more processes than allowed are refused by the kernel, or all ended by the guardian, who says so")
  func tooMany() async throws {
    // Threads count as much and cost less; they end with the test at the latest.
    let script = """
      import threading, time
      threading.stack_size(65536)
      try:
          for _ in range(400): threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
          time.sleep(30)
      except RuntimeError:
          print("refused")
      """
    let run = try await place.run([
      Place.signalbox, "launch", "--processes", "300", "--", "/usr/bin/env", "python3", "-c", script,
    ])
    if getuid() == 0 {
      #expect(run.ending.signal == SIGKILL)
      #expect(run.errors == "signalbox: more than 300 processes; all of them were ended\n")
    } else {
      #expect(run.output == "refused\n")
    }
  }

  @Test("it does nothing while there is nothing to do")
  func idle() async throws {
    let process = try place.start(launch(place.sleep, "--processes", "4096"))
    try await place.eventually { place.alive == 1 }
    func ticks() throws -> Int {
      let fields = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8).split(separator: " ")
      return (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0)
    }
    let before = try ticks()
    try await Task.sleep(for: .seconds(1))
    #expect(try ticks() - before <= 1)
    kill(process, SIGTERM)
    _ = ProcessStart.waitForEnd(of: process)
  }
}
