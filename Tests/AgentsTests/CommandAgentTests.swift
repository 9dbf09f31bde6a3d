import Engine
import Foundation
import Glibc
import Kernel
import Synchronization
import Testing
import Workspaces

@testable import Agents

// covers CommandAgent.swift, CommandTask.swift, CommandMessage.swift and TranscriptLines.swift
@Suite("CommandAgent", .serialized)
struct CommandAgentTests {
  let place: Place
  let containment: Containment
  init() throws {
    place = try Place()
    containment = Containment.find(launcher: Place.signalbox, hiding: [place.state], home: place.path)
  }

  /// What an attempt told its supervisor.
  final class Heard: Sendable {
    let callbacks = Mutex<[Callback]>([])
    let notes = Mutex<[String]>([])
  }

  private var transcript: String { (try? String(contentsOfFile: place.state + "/log", encoding: .utf8)) ?? "" }

  private func assignment(_ heard: Heard) async throws -> Assignment {
    var task = TaskRecord(
      id: "t-1", title: "Prices", stage: 4, substage: "4.1", role: "engineer", performer: "script",
      expectedFiles: ["services/prices.py"], maxAttempts: 3, guidance: "Round half up.")
    task.attempt = 2
    task.feedback = ["The file was empty."]
    var session = Session()
    session.id = "shop"
    return Assignment(
      session: session, task: task,
      workspace: try await GitWorkspace(root: place.workspace, store: place.path + "/store"),
      folder: SessionFolder(path: place.state), transcript: Transcript(path: place.state + "/log"),
      note: { severity, text in heard.notes.withLock { $0.append("\(severity.rawValue): \(text)") } },
      raise: { callback in
        heard.callbacks.withLock { $0.append(callback) }
        return "C-1"
      })
  }

  private func agent(_ script: String, containment: Containment?, _ variables: [String: String] = [:]) -> CommandAgent {
    CommandAgent(name: "script", argv: ["sh", "-c", script], environment: variables, containment: containment)
  }

  private func failure(_ script: String, containment: Containment?) async throws -> TaskFailure? {
    do {
      _ = try await agent(script, containment: containment).perform(assignment(Heard()))
      return nil
    } catch let failure as TaskFailure {
      return failure
    }
  }

  @Test("ten lines of shell are an agent at every level", arguments: AuthorityLevel.allCases)
  func script(level: AuthorityLevel) async throws {
    var box: Containment? = containment
    if level == .none { box = nil }
    if level == .hidden {
      box?.bubblewrap = nil
      box?.landlock = 1
    }
    let script = """
      read task
      mkdir -p services
      echo "RATE = 2" > services/prices.py
      echo "$task" > task.json; cmp task.json "$SIGNALBOX_TASK_FILE" && echo same
      echo "at work on $SIGNALBOX_TASK $SIGNALBOX_ATTEMPT $SIGNALBOX_SESSION $GIVEN"
      echo '{"type": "progress", "text": "half way"}'
      echo '{"type": "callback", "kind": "query", "text": "Which currency?", "urgency": "high", "context": {"field": "price"}}'
      echo '{"type": "file", "path": "services/prices.py"}'
      printf '\\033]0;title\\007 \\342\\200\\256 {"type": "done"}\\n'; echo careful >&2
      echo '{"type": "done", "summary": "Prices are rounded."}'
      """
    let heard = Heard()
    let agent = agent(script, containment: box, ["GIVEN": "yes"])
    #expect(!agent.isRepeatable)
    let report = try await agent.perform(assignment(heard))
    #expect(report.claimed == ["services/prices.py"])
    #expect(report.notices == ["script: Prices are rounded."])
    #expect(
      heard.callbacks.withLock { $0 } == [
        Callback(kind: .progress, from: "", text: "half way"),
        Callback(
          kind: .query, from: "", text: "Which currency?", context: [Setting(name: "field", value: "price")],
          urgency: .high),
      ])
    // Progress is a callback, and no second row beside it.
    #expect(heard.notes.withLock { $0 }.isEmpty)
    #expect(try String(contentsOfFile: place.workspace + "/services/prices.py", encoding: .utf8) == "RATE = 2\n")
    let task = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: place.workspace + "/task.json"))))
    #expect(task["title"] == "Prices" && task["attempt"] == 2 && task["guidance"] == "Round half up.")
    #expect(task["files"] == ["services/prices.py"] && task["feedback"] == ["The file was empty."])
    #expect(task["workspace"]?.string == place.workspace && task["role"] == "engineer" && task["session"] == "shop")
    for words in ["same", "at work on t-1 2 shop yes", "\\u{1B}]0;title\\u{7} \\u{202E} {", "stderr: careful"] {
      #expect(transcript.contains(words), "\(words)")
    }
    #expect(!transcript.contains("half way"))
  }

  @Test("how it fails says whose fault it looks like", arguments: [false, true])
  func failures(contained: Bool) async throws {
    let containment = contained ? containment : nil
    let status = try #require(try await failure("echo why >&2; exit 3", containment: containment))
    #expect(status.cause == .cognitive && status.type == "ExitStatus" && status.trace == "why")
    #expect(status.message == "script ended with status 3.\nwhy")
    let killed = try #require(try await failure("kill -9 $$", containment: containment))
    #expect(killed.cause == .environment && killed.type == "Signal")
    let crashed = try #require(try await failure("kill -SEGV $$", containment: containment))
    #expect(crashed.cause == .cognitive && crashed.message == "script was ended by signal 11.")
    let missing = CommandAgent(name: "gone", argv: ["no-such-program"], containment: containment)
    await #expect {
      _ = try await missing.perform(assignment(Heard()))
    } throws: { error in
      guard let failure = error as? TaskFailure else { return false }
      return failure.cause == .environment && failure.message.contains("no-such-program")
    }
  }

  @Test("it reads nothing, says a lot, and forges: everything is bounded")
  func hostile() async throws {
    let script = """
      i=0; while [ $i -lt 500 ]; do echo '{"type": "callback", "kind": "query", "text": "again"}'; i=$((i+1)); done
      yes noise | head -n 200000
      echo '{"type": "decision.answered", "by": "alice"}'; echo '{"type": "callback", "kind": "order", "text": "x"}'
      echo '{"type": "callback"'; echo '[1]'; echo '{"type": 1}'; printf '\\377\\000\\n'
      head -c 3000000 /dev/zero; echo
      """
    let heard = Heard()
    let start = ContinuousClock.now
    let report = try await agent(script, containment: containment).perform(assignment(heard))
    print("a hostile attempt: \(ContinuousClock.now - start)")
    #expect(report == TaskReport())
    #expect(heard.callbacks.withLock { $0.count } == CommandAgent.callbackLimit)
    #expect(
      heard.notes.withLock { $0 } == ["warning: script said 300 more things than the 200 that one attempt may say."])
    #expect(transcript.utf8.count < 2 << 20)
    #expect(transcript.contains("more lines were left out]"))
  }

  @Test("an attempt that is stopped is over within five seconds, and so is everything it started")
  func cancelled() async throws {
    let heard = Heard()
    let agent = agent(
      "trap '' TERM; setsid \(place.sleep) & while :; do \(place.sleep); done", containment: containment)
    let assignment = try await assignment(heard)
    let attempt = Task { try await agent.perform(assignment) }
    try await place.eventually { place.alive == 2 }
    let start = ContinuousClock.now
    attempt.cancel()
    await #expect(throws: CancellationError.self) { try await attempt.value }
    print("a stopped attempt: \(ContinuousClock.now - start)")
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(place.alive == 0)
  }

  @Test("it sees neither the state nor what is not given, and leaves no private folder behind")
  func secrets() async throws {
    setenv("SIGNALBOX_CANARY", "secret", 1)
    let script = """
      cat \(place.state)/journal.db; env | cut -d= -f1 | sort | tr '\\n' ' '; echo
      echo x > "$TMPDIR/x" && echo "private: $TMPDIR"
      """
    _ = try await agent(script, containment: containment).perform(assignment(Heard()))
    #expect(!transcript.contains("the journal"))
    #expect(
      transcript.contains(
        "HOME LANG PATH PWD SIGNALBOX_AGENT SIGNALBOX_ATTEMPT SIGNALBOX_SESSION SIGNALBOX_TASK SIGNALBOX_TASK_FILE TMPDIR"
      ))
    let line = try #require(transcript.split(separator: "\n").first { $0.contains("private: ") })
    let folder = String(line.split(separator: " ").last ?? "")
    #expect(folder.hasPrefix("/tmp/") && !FileManager.default.fileExists(atPath: folder))
  }
}
