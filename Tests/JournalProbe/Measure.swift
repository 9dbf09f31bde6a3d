import Engine
import Foundation
import JournalSQLite

// Figures for people: `swift run -c release JournalProbe measure FOLDER/journal.db S 2000`. Everything is measured in
// one run beside the bare disk, because disks differ and change their mind.

/// Nanoseconds that all processes of a machine agree on.
func now() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Says how often something fits into a second, and how long half and nearly all of its runs took.
private func report(_ name: String, _ times: [UInt64], each: Int = 1) {
  let sorted = times.sorted()
  let seconds = Double(times.reduce(0, +)) / 1e9
  let microseconds = { (share: Double) in sorted[Int(Double(sorted.count - 1) * share)] / 1000 }
  let rate = Int(Double(times.count * each) / seconds)
  say("\(name): \(rate)/s, p50 \(microseconds(0.5)) µs, p99 \(microseconds(0.99)) µs")
}

private func highestMemory() -> String {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  return status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }.map(String.init) ?? "VmHWM unknown"
}

/// Starts the count of the highest memory anew, so that reading is not charged with writing.
private func forgetHighestMemory() {
  try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
}

/// What the disk does at best: an append of 300 bytes and a sync, and the same with a second, fixed place after it.
private func floor(_ folder: String, _ count: Int, anchored: Bool) {
  let log = open(folder + "/floor.log", O_RDWR | O_CREAT | O_TRUNC, 0o600)
  let anchor = open(folder + "/floor.anchor", O_RDWR | O_CREAT | O_TRUNC, 0o600)
  defer {
    close(log)
    close(anchor)
  }
  let bytes = [UInt8](repeating: 65, count: 512)
  _ = pwrite(anchor, bytes, 512, 4096)
  fsync(anchor)
  var times: [UInt64] = []
  for _ in 0..<count {
    let start = now()
    _ = write(log, bytes, 300)
    fdatasync(log)
    if anchored {
      _ = pwrite(anchor, bytes, 512, 0)
      fdatasync(anchor)
    }
    times.append(now() - start)
  }
  report(anchored ? "disk, log and anchor" : "disk, log only", times)
}

private func body(_ number: Int) -> JournalEntry {
  JournalEntry(
    type: "task.reported", at: 1_700_000_000_000, by: "engine",
    data: #"{"task":"T-\#(number)","text":"\#(String(repeating: "x", count: 80))"}"#)
}

func measure(_ path: String, _ count: Int) async throws {
  let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
  let journal = try SQLiteJournal(path: path)
  floor(String(folder), count, anchored: false)
  floor(String(folder), count, anchored: true)

  // A young journal's log still grows with each append; from the first checkpoint on it is written over.
  var times: [UInt64] = []
  for number in 0..<500 {
    let start = now()
    _ = try await journal.append([body(number)], to: "young", expecting: number, epoch: 1, request: "r-\(number)")
    times.append(now() - start)
  }
  report("append, growing log", times)
  try await journal.checkpoint()
  times = []
  for number in 0..<count {
    let start = now()
    _ = try await journal.append([body(number)], to: "one", expecting: number, epoch: 1, request: "request-\(number)")
    times.append(now() - start)
    try await journal.checkpointIfNeeded()
  }
  report("append, one session", times)
  floor(String(folder), count, anchored: false)
  floor(String(folder), count, anchored: true)

  let start = now()
  try await withThrowingTaskGroup(of: Void.self) { group in
    for task in 0..<64 {
      group.addTask {
        for number in 0..<50 {
          _ = try await journal.append(
            [body(number)], to: "many-\(task)", expecting: number, epoch: 1, request: "request-\(number)")
        }
      }
    }
    try await group.waitForAll()
  }
  report("append, 64 sessions at once", [now() - start], each: 64 * 50)

  try await measureNotice(journal, path)

  for goal in [10_000, 1_000_000] {
    let session = "long-\(goal)"
    for batch in 0..<goal / 10_000 {
      _ = try await journal.append(
        (0..<10_000).map(body), to: session, expecting: batch * 10_000, epoch: 1, request: "batch-\(batch)")
      try await journal.checkpointIfNeeded()
    }
    forgetHighestMemory()
    let start = now()
    var seq = 0
    while true {
      let records = try await journal.read(session, after: seq, limit: 1000)
      guard let last = records.last else { break }
      seq = last.seq
    }
    report("read \(seq) events", [now() - start], each: seq)
    let again = now()
    _ = try await journal.verify(session)
    report("verify \(seq) events", [now() - again], each: seq)
    say(highestMemory())
  }
  var size = stat()
  stat(path, &size)
  say("database \(size.st_size >> 20) MiB")
}

/// How long after the start of an append another process has read its event.
private func measureNotice(_ journal: SQLiteJournal, _ path: String) async throws {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
  process.arguments = ["notice", path, "noticed", "300"]
  process.standardOutput = pipe
  try process.run()
  try await Task.sleep(for: .milliseconds(300))
  var starts: [UInt64] = []
  for number in 0..<300 {
    starts.append(now())
    _ = try await journal.append([body(number)], to: "noticed", expecting: number, epoch: nil, request: "r\(number)")
    try await Task.sleep(for: .milliseconds(3))
  }
  process.waitUntilExit()
  let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  let noticed = text.split(separator: "\n").compactMap { line -> UInt64? in
    let words = line.split(separator: " ").compactMap { UInt64($0) }
    return words.count == 2 ? words[1] - starts[Int(words[0]) - 1] : nil
  }
  report("append → read by another process (\(noticed.count) events)", noticed)
}

/// Says when each event of a session was read.
func notice(_ journal: SQLiteJournal, _ session: String, _ count: Int) async throws {
  var seq = 0
  for await name in journal.changes() where name == nil || name == session {
    for record in try await journal.read(session, after: seq, limit: 100) {
      seq = record.seq
      say("\(seq) \(now())")
    }
    if seq >= count { return }
  }
}
