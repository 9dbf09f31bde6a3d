import Foundation
import Glibc

// A session of a million events beside a log of as many lines in less and lnav, ten thousand commits in tig, and htop, all
// in one run on one pseudo terminal size, so that ratios say something on any machine:
//
//     swift run -c release Benchmark peers
//
// The programs that are not installed are left out.

/// A program beside which the console is measured.
struct Peer {
  var name: String
  var program: String
  var words: [String]
  /// The key that moves one line.
  var key: String
  /// How long it may take to come to rest after the start, in milliseconds.
  var patience: Int32 = 300
}

extension Benchmark {
  private static let events = 1_000_000

  /// Measures the console beside other programs.
  static func measurePeers(_ program: String, _ environment: [String: String]) throws {
    let peers =
      try [Peer(name: "signalbox", program: program, words: ["attach", "bench"], key: "k", patience: 1_500)]
      + others()
    let probe = Bundle.main.bundlePath + "/JournalProbe"
    // One engine for all of what follows, or each console that is opened would start another.
    let opener = Pseudo.spawn(program, ["attach", "bench"], environment)
    _ = opener.readUntilQuiet(since: clock())
    sleep(3)
    opener.end()
    let engine = enginePID(".", "bench")
    _ = Pseudo.spawn(probe, ["lengthen", "state/journal.db", "bench", "\(events)"], environment).readToEnd()
    var busy = -1
    while busy != ticks(engine) {
      busy = ticks(engine)
      sleep(2)
    }
    // Once, so that the state is kept: the figure is for a session that was looked at before.
    let first = Pseudo.spawn(program, ["attach", "bench"], environment)
    let start = clock()
    while first.readOnce(milliseconds: 5_000) > 0, clock() - start < 120_000 {}
    print("first look at \(events) events, all of them folded: \(text(clock() - start - 5_000)) ms until quiet")
    first.end()
    for peer in peers {
      measureStart(peer, environment)
      measureScroll(peer, environment)
    }
    measureFollow(program, probe, environment)
  }

  /// The others that are installed, with something as long to show.
  private static func others() throws -> [Peer] {
    var lines = ""
    lines.reserveCapacity(events * 110)
    for number in 0..<events {
      lines += "2026-08-22T10:00:\(number % 60 < 10 ? "0" : "")\(number % 60).000 INFO developer01 compiling app/module"
      lines += "\(number % 97).py, step \(number), which is as long as an event of a session usually is\n"
    }
    try lines.write(toFile: "long.log", atomically: true, encoding: .utf8)
    var commits = ""
    for number in 1...10_000 {
      commits +=
        "commit refs/heads/main\ncommitter a <a@b> \(1_700_000_000 + number) +0000\ndata 9\nchange \(number % 10)\n"
      commits += "\n"
    }
    try commits.write(toFile: "commits", atomically: true, encoding: .utf8)
    let git = Process()
    git.executableURL = URL(fileURLWithPath: "/bin/sh")
    git.arguments = ["-c", "git init -q repository && git -C repository fast-import --quiet < commits"]
    try git.run()
    git.waitUntilExit()
    func found(_ name: String) -> String? {
      ["/usr/bin/", "/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
    }
    var peers: [Peer] = []
    if let less = found("less") { peers.append(Peer(name: "less", program: less, words: ["long.log"], key: "j")) }
    if let lnav = found("lnav") {
      peers.append(Peer(name: "lnav", program: lnav, words: ["long.log"], key: "k", patience: 1_500))
    }
    if let tig = found("tig") {
      peers.append(Peer(name: "tig", program: tig, words: ["-Crepository"], key: "j", patience: 500))
    }
    if let htop = found("htop") { peers.append(Peer(name: "htop", program: htop, words: ["-d100"], key: "\u{1B}[B")) }
    return peers
  }

  private static func measureStart(_ peer: Peer, _ environment: [String: String]) {
    var times: [Double] = []
    for _ in 0..<10 {
      let start = clock()
      let child = Pseudo.spawn(peer.program, peer.words, environment)
      times.append(child.readUntilQuiet(since: start))
      child.end()
    }
    times.sort()
    print(
      "\(peer.name): start to quiet, median \(text(times[5])) ms, min \(text(times[0])), max \(text(times[9])) (n=10)")
  }

  private static func measureScroll(_ peer: Peer, _ environment: [String: String]) {
    let child = Pseudo.spawn(peer.program, peer.words, environment)
    // Until it rests: what is done in the background after the first picture is no part of a key.
    let start = clock()
    while child.readOnce(milliseconds: peer.patience) > 0, clock() - start < 60_000 {}
    var rest = clock()
    while ticks(child.process) > 0, clock() - rest < 60_000 {
      let before = ticks(child.process)
      usleep(500_000)
      child.drain()
      if ticks(child.process) - before <= 1 { break }
      rest = min(rest, clock())
    }
    var times: [Double] = []
    var bytes = 0
    for _ in 0..<200 {
      let start = clock()
      child.type(peer.key)
      var last = start
      while true {
        let got = child.readOnce(milliseconds: last == start ? 200 : 10)
        if got <= 0 { break }
        bytes += got
        last = clock()
      }
      times.append(last - start)
    }
    times.sort()
    child.drain()
    let before = ticks(child.process)
    sleep(10)
    let idle = ticks(child.process) - before
    print(
      "\(peer.name): line key to quiet, median \(text(times[100])) ms, 99% \(text(times[197])); \(bytes / 200) bytes a key; "
        + "10 s idle: \(child.drain()) bytes, \(idle) ticks; own memory \(resident(child.process, "RssAnon:")) kB")
    child.end()
  }

  /// Follows 50,000 events a second for five seconds.
  private static func measureFollow(_ program: String, _ probe: String, _ environment: [String: String]) {
    let child = Pseudo.spawn(program, ["attach", "bench"], environment)
    while child.readOnce(milliseconds: 1_500) > 0 {}
    sleep(20)
    child.drain()
    let before = ticks(child.process)
    let start = clock()
    var bytes = 0
    for round in 0..<50 {
      let writer = Pseudo.spawn(probe, ["lengthen", "state/journal.db", "bench", "5000"], environment)
      _ = writer.readToEnd()
      while clock() - start < Double(round + 1) * 100 {
        let got = child.readOnce(milliseconds: 5)
        if got > 0 { bytes += got }
      }
    }
    let spent = clock() - start
    let end = clock()
    var last = end
    while true {
      let got = child.readOnce(milliseconds: 100)
      if got <= 0 { break }
      bytes += got
      last = clock()
    }
    let used = Double(ticks(child.process) - before) * 1000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    print(
      "signalbox: followed 250000 events in \(text(spent)) ms with \(text(used * 100 / spent)) % of a core and \(bytes) bytes; "
        + "quiet \(text(last - end)) ms after the last one")
    child.end()
  }
}

extension Pseudo {
  /// Reads what comes within some milliseconds; how many bytes, 0 when nothing came.
  func readOnce(milliseconds: Int32) -> Int {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, milliseconds) > 0 else { return 0 }
    return Glibc.read(terminal, &buffer, buffer.count)
  }
}
