import CSignalbox
import Engine
import Foundation
import Glibc
import Kernel
import Testing

@testable import Agents

// covers Containment.swift
@Suite("Containment", .serialized)
struct ContainmentTests {
  let place: Place
  let home: String
  static let hasBubblewrap = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"].contains { (path: String) in
    access(path, X_OK) == 0
  }

  init() throws {
    place = try Place()
    home = place.path + "/home"
    try FileManager.default.createDirectory(atPath: home + "/.ssh", withIntermediateDirectories: true)
    for (name, words) in [".ssh/id": "key", ".netrc": "password", "notes": "mine"] {
      try words.write(toFile: "\(home)/\(name)", atomically: true, encoding: .utf8)
    }
  }

  private func run(
    _ script: String, in containment: Containment, network: Bool = false, writable: [String] = [],
    readable: [String] = []
  ) async throws -> String {
    let command = containment.command(
      ["sh", "-c", script], workspace: place.workspace, writable: writable, readable: readable, network: network)
    let run = try await place.run(command)
    return run.output + (run.errors.isEmpty ? "" : "stderr: " + run.errors)
  }

  private var found: Containment { Containment.find(launcher: Place.signalbox, hiding: [place.state], home: home) }

  @Test("the level is told for what it is")
  func levels() {
    #expect(Containment(launcher: "/x", hidden: []).level == .none)
    #expect(Containment(launcher: "/x", landlock: 3, hidden: []).level == .hidden)
    #expect(Containment(launcher: "/x", bubblewrap: "/usr/bin/bwrap", hidden: []).level == .sandbox)
    for level in AuthorityLevel.allCases { #expect(level.sentence.hasPrefix(level.rawValue + ": ")) }
    #expect(Containment.find(launcher: "/no/such/launcher", hiding: [], home: nil).level == .none)
  }

  @Test("without anything the program still runs guarded, within its limits")
  func bare() {
    let command = Containment(launcher: "/x", hidden: ["/tmp"]).command(
      ["a", "b"], workspace: "/w", network: false, limits: Containment.Limits(processes: 5, fileSize: nil, memory: 9),
      parent: 7)
    #expect(
      command
        == [
          "/x", "launch", "--parent", "7", "--processes", "5", "--open-files", "8192", "--memory", "9", "--", "a", "b",
        ])
  }

  @Test("bubblewrap: state and secrets are out of sight, only the workspace is writable", .enabled(if: hasBubblewrap))
  func walls() async throws {
    let box = found
    #expect(box.level == .sandbox)
    let own = place.path + "/own"
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    #expect(try await run("pwd; echo hi > made && cat made", in: box) == "\(place.workspace)\nhi\n")
    #expect(FileManager.default.fileExists(atPath: place.workspace + "/made"))
    #expect(
      try await run("ls -A \(place.state); ls -A \(home)/.ssh; cat \(home)/.netrc", in: box, readable: [home])
        .contains("key") == false)
    #expect(try await run("cat \(place.state)/journal.db 2>/dev/null || echo none", in: box) == "none\n")
    #expect(
      try await run(
        "for f in /etc/x /usr/x /x /var/x /sys/x; do (echo > $f) 2>/dev/null && echo wrote $f; done; true", in: box)
        == "")
    #expect(try await run("echo 1 > \(own)/x && cat \(own)/x", in: box, writable: [own]) == "1\n")
    #expect(try await run("ls -A /run/user /run/dbus /tmp/.X11-unix 2>/dev/null; true", in: box) == "")
    #expect(
      try await run("grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr -d '\\t'", in: box)
        == "CapEff:0000000000000000\nNoNewPrivs:1\n")
    #expect(try await run("mount -t tmpfs none /mnt 2>/dev/null || echo refused", in: box) == "refused\n")
  }

  @Test(
    "bubblewrap: what lies where secrets do is hidden, the rest of the home folder is not", .enabled(if: hasBubblewrap))
  func secrets() async throws {
    // Outside /tmp, which is hidden as a whole.
    let home = "/var/tmp/signalbox-home-\(place.tag)"
    try FileManager.default.createDirectory(atPath: home + "/.ssh", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home) }
    for name in [".ssh/id", ".netrc", "notes"] {
      try "x\n".write(toFile: "\(home)/\(name)", atomically: true, encoding: .utf8)
    }
    symlink(home + "/.ssh", home + "/.gnupg")
    let box = Containment.find(launcher: Place.signalbox, hiding: [place.state], home: home)
    #expect(box.level == .sandbox)
    #expect(try await run("cd \(home); cat notes; ls -A .ssh; cat .netrc; ls -A .gnupg/", in: box) == "x\n")
  }

  /// What an agent that works with the person's own home folder does to what steers the person's programs.
  private func expectOwnRulesKept(_ box: Containment, home: String) async throws {
    for name in [".bashrc", ".config/systemd/user/own.service", "notes"] {
      let path = URL(fileURLWithPath: "\(home)/\(name)")
      try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("mine\n".utf8).write(to: path)
    }
    let script = """
      cd \(home); for f in .bashrc .config/systemd/user/own.service notes; do echo x >> $f; done
      mkdir -p .config/signalbox/rules; echo x > .config/signalbox/rules/red.yaml; mv .bashrc .oldrc; rm -f .bashrc
      mv .config .other; mkdir -p .config/signalbox/rules; echo x > .config/signalbox/rules/red.yaml
      """
    _ = try await run(script, in: box, writable: [home])
    func text(_ name: String) -> String? { try? String(contentsOfFile: "\(home)/\(name)", encoding: .utf8) }
    #expect(text(".bashrc") == "mine\n")
    #expect(text(".config/systemd/user/own.service") == "mine\n")
    #expect(text("notes") == "mine\nx\n")
    #expect(text(".config/signalbox/rules/red.yaml") == nil)
    // One's own rules are read, and not changed, once they are there.
    try FileManager.default.createDirectory(
      atPath: home + "/.config/signalbox/rules", withIntermediateDirectories: true)
    try Data("mine\n".utf8).write(to: URL(fileURLWithPath: home + "/.config/signalbox/rules/own.yaml"))
    let rules =
      "cd \(home)/.config/signalbox/rules; cat own.yaml; echo x > own.yaml; echo x > red.yaml; rm own.yaml; cd ../../..; "
      + "mv .config .other; mv .config/signalbox .other; mkdir -p .config/signalbox/rules; echo x > .config/signalbox/rules/red.yaml"
    #expect(try await run("(\(rules)) 2>/dev/null", in: box, writable: [home]) == "mine\n")
    #expect(text(".config/signalbox/rules/own.yaml") == "mine\n")
    #expect(text(".config/signalbox/rules/red.yaml") == nil)
  }

  @Test(
    "bubblewrap: with the person's home folder, what steers the person's programs stays", .enabled(if: hasBubblewrap))
  func ownRules() async throws {
    let home = "/var/tmp/signalbox-home-\(place.tag)"
    defer { try? FileManager.default.removeItem(atPath: home) }
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    let box = Containment.find(
      launcher: Place.signalbox, hiding: [place.state], keeping: [home + "/.config/signalbox"], home: home)
    #expect(box.level == .sandbox)
    try await expectOwnRulesKept(box, home: home)
  }

  @Test(
    "Landlock: with the person's home folder, what steers the person's programs stays",
    .enabled(if: landlockVersion > 0, "This kernel offers no Landlock."))
  func ownRulesByLandlock() async throws {
    let home = "/var/tmp/signalbox-home-\(place.tag)"
    defer { try? FileManager.default.removeItem(atPath: home) }
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    var box = Containment(launcher: Place.signalbox, landlock: Self.landlockVersion, hidden: [place.state], home: home)
    box.kept = [home + "/.config/signalbox"]
    try await expectOwnRulesKept(box, home: home)
  }

  @Test("bubblewrap: it cannot hurt anybody outside, and sees nobody", .enabled(if: hasBubblewrap))
  func processes() async throws {
    let victim = try place.start([Place.signalbox, "launch", "--", "sh", "-c", place.sleep])
    try await place.eventually { place.alive == 1 }
    #expect(
      try await run("kill -9 -1 2>/dev/null; kill -9 \(victim) 2>/dev/null || echo nobody", in: found) == "nobody\n")
    #expect(place.alive == 1)
    let seen = try await run("ls /proc | grep -c '^[0-9]'", in: found)
    #expect((Int(seen.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 99) <= 6, "\(seen)")
    #expect(try await run("cat /proc/\(getpid())/environ 2>/dev/null | grep -c CANARY; true", in: found) == "0\n")
    kill(victim, SIGTERM)
    _ = ProcessStart.waitForEnd(of: victim)
  }

  @Test("bubblewrap: the network is there only when it is given", .enabled(if: hasBubblewrap))
  func network() async throws {
    // `lo` alone; the names come from the kernel and not from a tool.
    let names = "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '"
    #expect(try await run(names, in: found) == "lo\n")
    let outside = try await place.run(["/bin/sh", "-c", names]).output
    #expect(try await run(names, in: found, network: true) == outside)
  }

  @Test("bubblewrap: daemons go, and a request to stop reaches what is inside", .enabled(if: hasBubblewrap))
  func stopping() async throws {
    let script = """
      trap 'echo cleaned > done; exit 0' TERM
      setsid \(place.sleep) & (setsid \(place.sleep) &) ; setsid env -i \(place.sleep) &
      \(place.sleep) & wait
      """
    let process = try AgentProcess(
      found.command(["sh", "-c", script], workspace: place.workspace, network: false), in: place.workspace,
      environment: ["PATH": "/usr/bin:/bin"],
      patience: AgentProcess.Patience(closing: .milliseconds(100), stopping: .seconds(5)))
    try await place.eventually { place.alive == 4 }
    let start = ContinuousClock.now
    let ending = await process.stop()
    #expect(ending != nil)
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(place.alive == 0)
    #expect(FileManager.default.fileExists(atPath: place.workspace + "/done"))
  }

  /// The version of Landlock here.
  static let landlockVersion: Int = Int(signalbox_landlock_version())

  @Test(
    "Landlock: state and secrets cannot be read, only the workspace and /tmp be written",
    .enabled(if: landlockVersion > 0, "This kernel offers no Landlock."))
  func landlock() async throws {
    var box = found
    box.bubblewrap = nil
    let state = "/var/tmp/signalbox-state-\(place.tag)"
    try FileManager.default.createDirectory(atPath: state + "/deep", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: state) }
    try "the journal".write(toFile: state + "/deep/journal.db", atomically: true, encoding: .utf8)
    box.hidden = [state]
    let version = try place.start([Place.signalbox, "launch", "--probe"])
    box.landlock = Int(ProcessStart.waitForEnd(of: version) >> 8)
    #expect(box.landlock == Self.landlockVersion)
    #expect(box.level == .hidden)
    #expect(try await run("cat \(state)/deep/journal.db 2>/dev/null || echo no", in: box) == "no\n")
    #expect(
      try await run(
        "(echo x > \(state)/deep/journal.db) 2>/dev/null || echo no; rm -rf \(state) 2>/dev/null; true", in: box)
        == "no\n")
    #expect(FileManager.default.fileExists(atPath: state + "/deep/journal.db"))
    #expect(
      try await run("grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status | tr -d '\\t'; su -c id 2>/dev/null | wc -l", in: box)
        .contains("CapPrm:0000000000000000\nCapEff:0000000000000000\n"))
    #expect(try await run("echo hi > made && cat made; ls /usr >/dev/null && echo usr", in: box) == "hi\nusr\n")
    #expect(
      try await run("(echo > /etc/x) 2>/dev/null || echo no; cat \(home)/.netrc 2>/dev/null || echo no", in: box)
        == "no\nno\n")
    let victim = try place.start([Place.signalbox, "launch", "--", "sh", "-c", place.sleep])
    try await place.eventually { place.alive == 1 }
    if box.landlock >= 6 {
      #expect(try await run("kill -9 \(victim) 2>/dev/null || echo no", in: box) == "no\n")
      #expect(place.alive == 1)
    }
    kill(victim, SIGTERM)
    _ = ProcessStart.waitForEnd(of: victim)
  }
}
