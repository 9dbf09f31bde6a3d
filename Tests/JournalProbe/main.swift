// A process of its own for the journal tests: it appends, answers, listens and fails on command, and says on standard
// output what was acknowledged, one line per acknowledgement. The tests kill it, starve it and race it.
import Engine
import Foundation
import JournalSQLite
import Kernel

/// Writes a line at once; a line that is out was acknowledged.
func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

func entry(_ text: String, answers: String? = nil) -> JournalEntry {
  JournalEntry(
    type: answers == nil ? "note" : "decision.answered", at: 1_700_000_000_000, by: "probe-\(getpid())",
    answers: answers, data: #"{"text":"\#(text)"}"#)
}

/// Appends until `count` events are acknowledged, going on from wherever the history is.
func append(_ journal: SQLiteJournal, _ session: String, _ count: Int) async throws {
  var head = try await journal.heads(of: session).first?.seq ?? 0
  var done = 0
  while done < count {
    let request = "\(getpid())-\(done)"
    let outcome = try await journal.append(
      [entry(request)], to: session, expecting: head, epoch: nil, request: request)
    switch outcome {
    case .appended(let records), .repeated(let records):
      guard let last = records.last else { exit(70) }
      say("\(last.seq) \(last.hash)")
      head = last.seq
      done += 1
    case .moved(let seq): head = seq
    case .answered, .fenced: exit(71)
    }
  }
}

/// Answers decisions `D0 …` as fast as it can, and says which it won.
func answer(_ journal: SQLiteJournal, _ session: String, _ count: Int) async throws {
  for round in 0..<count {
    var head = try await journal.heads(of: session).first?.seq ?? 0
    settled: while true {
      let outcome = try await journal.append(
        [entry("\(round)", answers: "D\(round)")], to: session, expecting: head, epoch: nil,
        request: "\(getpid())-\(round)")
      switch outcome {
      case .appended:
        say("won \(round)")
        break settled
      case .answered: break settled
      case .moved(let seq): head = seq
      case .repeated, .fenced: exit(72)
      }
    }
  }
}

/// Appends under a limit on file sizes until the storage refuses, then without it, by the same request.
func fill(_ journal: SQLiteJournal, _ session: String) async throws {
  signal(SIGXFSZ, SIG_IGN)
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(1), &limit)
  let open = limit
  limit.rlim_cur = 300 << 10
  setrlimit(__rlimit_resource_t(1), &limit)
  var head = 0
  while true {
    let big = JournalEntry(
      type: "note", at: 0, by: "probe", data: "\"" + String(repeating: "x", count: 10_000) + "\"")
    do {
      let outcome = try await journal.append([big], to: session, expecting: head, epoch: nil, request: "r\(head)")
      switch outcome {
      case .appended(let records), .repeated(let records):
        head += records.count
        say("\(head)")
      default: exit(73)
      }
      if limit.rlim_cur == open.rlim_cur { return }
    } catch JournalFailure.storage(_, let reason) {
      say("refused \(reason)")
      if limit.rlim_cur == open.rlim_cur { exit(74) }
      limit = open
      setrlimit(__rlimit_resource_t(1), &limit)
    }
  }
}

/// Appends `count` events and, when the storage fails, repeats the request until it is acknowledged.
func insist(_ journal: SQLiteJournal, _ session: String, _ count: Int) async throws {
  for number in 0..<count {
    while true {
      do {
        let outcome = try await journal.append(
          [entry("\(number)")], to: session, expecting: number, epoch: nil, request: "r\(number)")
        switch outcome {
        case .appended, .repeated: say("\(number + 1)")
        default: exit(75)
        }
        break
      } catch JournalFailure.storage(_, let reason) {
        say("refused \(reason)")
      }
    }
  }
}

/// Lengthens a session by `count` notes, as many in one append as a busy agent makes in a second.
func lengthen(_ journal: SQLiteJournal, _ session: String, _ count: Int) async throws {
  var head = try await journal.heads(of: session).first?.seq ?? 0
  let words = ["compiling", "running the tests of", "reading", "writing", "looking at", "waiting for"]
  let start = Int64(Date().timeIntervalSince1970 * 1000) - Int64(count)
  var done = 0
  while done < count {
    let size = min(5_000, count - done)
    let events = (0..<size).map { number -> JournalEntry in
      let place = done + number
      let severity: Severity = place % 5_000 == 4_999 ? .failure : place % 500 == 499 ? .warning : .info
      return EventCoding.entry(
        for: Event(
          at: start + Int64(place), by: "developer01",
          fact: .noted(
            severity: severity, text: "\(words[place % words.count]) app/module\(place % 97).py, step \(place)")))
    }
    let outcome = try await journal.append(
      events, to: session, expecting: head, epoch: nil, request: "lengthen-\(getpid())-\(done)")
    guard case .appended = outcome else { exit(76) }
    head += size
    done += size
  }
  say("\(head)")
}

/// Says each change of a history as it is noticed, with the history's length then.
func listen(_ journal: SQLiteJournal, _ session: String, until count: Int) async throws {
  for await _ in journal.changes() {
    let seq = try await journal.heads(of: session).first?.seq ?? 0
    say("\(seq)")
    if seq >= count { return }
  }
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let count = Int(arguments[4]) else {
  say("JournalProbe append|answer|fill|insist|lengthen|listen|notice|measure PATH SESSION COUNT")
  exit(64)
}
do {
  let journal = try SQLiteJournal(path: arguments[2])
  switch arguments[1] {
  case "append": try await append(journal, arguments[3], count)
  case "answer": try await answer(journal, arguments[3], count)
  case "fill": try await fill(journal, arguments[3])
  case "insist": try await insist(journal, arguments[3], count)
  case "lengthen": try await lengthen(journal, arguments[3], count)
  case "listen": try await listen(journal, arguments[3], until: count)
  case "notice": try await notice(journal, arguments[3], count)
  case "measure": try await measure(arguments[2], count)
  default: exit(64)
  }
} catch {
  say("failed \(error)")
  exit(1)
}
