import Engine
import Kernel
import Synchronization
import Testing

@testable import Agents

// covers AgentDesk.swift, DeskArguments.swift, DeskTool.swift and Rehearsal.swift
@Suite("Desk")
struct DeskTests {
  @Test("a report becomes a progress callback, a blocker one that names what is missing")
  func saying() async {
    let office = Office()
    let desk = AgentDesk(await office.assignment)
    let told = await desk.call("signalbox_report", ["text": "Half of it", "percent": 50, "security_risk": "low"])
    #expect(told == DeskAnswer("Taken in as C-1.", structured: ["status": "recorded", "ticket": "C-1"]))
    let blocked = await desk.call(
      "signalbox_blocker", ["text": "No schema", "missing": ["./db/schema.sql"], "urgency": "high"])
    #expect(blocked.structured == ["status": "recorded", "ticket": "C-2"])
    let callbacks = await office.session.callbacks
    #expect(callbacks.map(\.kind) == [.progress, .blocker])
    #expect(callbacks[0].context == [Setting(name: "percent", value: "50")])
    #expect(callbacks[1].missing == ["db/schema.sql"] && callbacks[1].urgency == .high)
    #expect(await desk.call("signalbox_poll", ["ticket": "C-1"]).structured?["status"] == "recorded")
    #expect(await desk.call("signalbox_poll", ["ticket": "C-2"]).structured?["status"] == "pending")
    await office.answer("C-2", "Write one.")
    #expect(await desk.call("signalbox_poll", ["ticket": "C-2"]).text == "ana answered: Write one.")
  }

  @Test("an answer that comes while a question waits is heard at once, with signs of waiting before it")
  func answerWhileWaiting() async {
    let office = Office()
    let desk = AgentDesk(await office.assignment, progressPause: .milliseconds(20))
    let signs = Mutex<[Int]>([])
    async let asked = desk.call("signalbox_ask", ["question": "A or B?", "kind": "clarification", "context": "of two"])
    {
      number, _ in signs.withLock { $0.append(number) }
    }
    await office.until(callbacks: 1, waiting: 1)
    try? await Task.sleep(for: .milliseconds(100))
    await office.answer("C-1", "B")
    let answer = await asked
    #expect(answer.text == "ana answered: B" && !answer.isError)
    #expect(answer.structured == ["status": "answered", "ticket": "C-1", "answer": "B", "by": "ana"])
    #expect(await office.session.callbacks[0].kind == .clarification)
    #expect(await office.waiting == 0)
    let numbers = signs.withLock { $0 }
    #expect(numbers.count > 1 && numbers == Array(1...numbers.count))
  }

  @Test("a question nobody answers in time becomes a ticket, and the same question is the same ticket")
  func pending() async {
    let office = Office()
    let desk = AgentDesk(await office.assignment)
    let first = await desk.call("signalbox_ask", ["question": "Why?", "wait_seconds": .number(0.05)])
    #expect(first.structured == ["status": "pending", "ticket": "C-1"])
    #expect(first.text.contains("signalbox_poll"))
    await office.answer("C-1", "Because.")
    let again = await desk.call("signalbox_ask", ["question": "Why?", "wait_seconds": 0])
    #expect(again.structured?["answer"] == "Because.")
    #expect(await office.session.callbacks.count == 1)
  }

  @Test("a ticket of another task is none")
  func foreignTicket() async {
    let office = Office()
    await office.change { $0.callbacks = [Callback(id: "C-1", kind: .query, from: "eve", text: "x", task: "other")] }
    let desk = AgentDesk(await office.assignment)
    for ticket in ["C-1", "C-2"] {
      let answer = await desk.call("signalbox_poll", ["ticket": .string(ticket)])
      #expect(answer.isError && answer.text.contains(ticket))
    }
  }

  @Test("what cannot be used is refused with what is expected, and nothing is raised")
  func badArguments() async {
    let office = Office()
    let desk = AgentDesk(await office.assignment)
    let wrong: [(String, JSONValue, String)] = [
      ("signalbox_report", [:], "`text` is missing"), ("signalbox_report", ["text": 1], "must be a text"),
      ("signalbox_report", ["text": " \n"], "says nothing"), ("signalbox_report", [1], "one JSON object"),
      ("signalbox_report", ["text": "a", "percent": 101], "from 0 to 100"),
      ("signalbox_report", ["text": .string(String(repeating: "x", count: (64 << 10) + 1))], "at most 65536"),
      ("signalbox_blocker", ["text": "a", "urgency": "now"], "low, normal, high"),
      ("signalbox_blocker", ["text": "a", "missing": "b"], "list of at most"),
      ("signalbox_blocker", ["text": "a", "missing": ["../b"]], "below the workspace"),
      ("signalbox_blocker", ["text": "a", "missing": ["/b"]], "below the workspace"),
      ("signalbox_ask", ["question": "a", "kind": "blocker"], "query, clarification"),
      ("signalbox_ask", ["question": "a", "wait_seconds": -1], "must be a number"),
      ("signalbox_poll", [:], "`ticket` is missing"), ("signalbox_done", ["files": ["a"]], "`summary` is missing"),
      ("signalbox_context", ["part": "secrets"], "task, requirements, plan, files, answers"),
      ("signalbox_answer", [:], "There is no tool"),
    ]
    for (tool, arguments, words) in wrong {
      let answer = await desk.call(tool, arguments)
      #expect(answer.isError && answer.text.contains(words) && answer.structured == nil, "\(tool): \(answer.text)")
    }
    #expect(await office.session.callbacks.isEmpty)
  }

  @Test("whoever says the same over and over is stopped, and can still poll")
  func flood() async {
    let office = Office()
    let desk = AgentDesk(await office.assignment)
    for number in 1...AgentDesk.mostCallbacks {
      #expect(!(await desk.call("signalbox_report", ["text": .string("line \(number)")])).isError)
    }
    let late = await desk.call("signalbox_blocker", ["text": "one more"])
    #expect(late.isError && late.text.contains("no more are taken"))
    #expect(await office.session.callbacks.count == AgentDesk.mostCallbacks)
    #expect(!(await desk.call("signalbox_poll", ["ticket": "C-1"])).isError)
  }

  @Test("done is remembered and tells which files are not there")
  func finishing() async {
    let office = Office(expectedFiles: ["a.py", "b.py"], files: ["a.py": "1", "b.py": ""])
    let desk = AgentDesk(await office.assignment)
    #expect(desk.done == nil)
    let early = await desk.call("signalbox_done", ["summary": "All of it.", "files": ["a.py", "c.py"]])
    #expect(early.structured == ["status": "recorded", "missing": ["b.py", "c.py"]])
    #expect(desk.done == AgentDesk.Done(summary: "All of it.", files: ["a.py", "c.py"]))
    office.workspace.put("2", at: "b.py")
    let then = await desk.call("signalbox_done", ["summary": "Now."])
    #expect(then.structured == ["status": "recorded", "missing": []])
    #expect(await office.notes == ["acp says it is done: All of it.", "acp says it is done: Now."])
  }

  @Test("an agent reads its task, the requirements, the plan, its files and its answers, within bounds")
  func context() async {
    let plan = String(repeating: "é", count: 40_000)
    let office = Office(
      expectedFiles: ["a.py", "b.py"], files: ["a.py": "1", "docs/plan.md": plan, "docs/in.md": "IN"])
    await office.change { session in
      session.tasks[0].goals = ["FR-001"]
      session.tasks[0].guidance = "Keep it small."
      session.goals = [Goal(id: "FR-001", text: "Keep notes", priority: .must, deliverables: ["a.py"])]
      for (performer, path) in [("document.plan", "docs/plan.md"), ("document.intake", "docs/in.md")] {
        var task = TaskRecord(
          id: performer, title: performer, stage: 1, substage: nil, role: "planner", performer: performer,
          expectedFiles: [path],
          maxAttempts: 1)
        task.files = [FileClaim(path: path, hash: "")]
        session.tasks.append(task)
      }
    }
    let desk = AgentDesk(await office.assignment)
    _ = await desk.call("signalbox_ask", ["question": "Which?", "wait_seconds": 0])
    await office.answer("C-1", "This one.")
    let all = await desk.call("signalbox_context", [:]).text
    for words in [
      "Models", "Goal FR-001: Keep notes", "Keep it small.", "a.py: 1 bytes", "b.py: not there", "This one.",
    ] {
      #expect(all.contains(words), "\(words) is not in: \(all)")
    }
    let requirements = await desk.call("signalbox_context", ["part": "requirements"]).text
    #expect(requirements.contains("FR-001") && requirements.contains("IN"))
    let read = await desk.call("signalbox_context", ["part": "plan"]).text
    #expect(read.contains("(docs/plan.md)") && read.contains("cut after") && read.utf8.count < 50_000)
    #expect(!read.contains("\u{FFFD}"))
  }

  @Test("the attempt's end ends a wait")
  func cancelled() async {
    let office = Office()
    let desk = AgentDesk(await office.assignment)
    let asked = Task { await desk.call("signalbox_ask", ["question": "Why?"]) }
    await office.until(callbacks: 1, waiting: 1)
    asked.cancel()
    #expect(await asked.value.isError)
    #expect(await office.waiting == 0)
  }

  @Test("strangers are mentioned a few times and no more")
  func strangers() async {
    let office = Office()
    let desk = AgentDesk(await office.assignment)
    for _ in 1...20 { await desk.mention(stranger: "Somebody came") }
    #expect(await office.notes.count == AgentDesk.strangerLimit)
  }

  @Test("a rehearsal answers every question after a moment")
  func rehearsal() async {
    let desk = AgentDesk.rehearsal(answeringAfter: .milliseconds(50))
    #expect(await desk.call("signalbox_ask", ["question": "Why?"]).structured?["answer"] == "rehearsal")
    let ticket = await desk.call("signalbox_ask", ["question": "Why?", "wait_seconds": 0]).structured?["ticket"]
    #expect(ticket == "C-2")
    #expect(
      await desk.call("signalbox_poll", ["ticket": "C-2", "wait_seconds": 5]).structured?["status"] == "answered")
    #expect(!(await desk.call("signalbox_done", ["summary": "x"])).isError)
  }

  @Test("every tool has names, words and schemas that clients take")
  func catalogue() {
    for tool in DeskTool.allCases {
      #expect(tool.rawValue.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "_") } && tool.rawValue.count < 32)
      #expect(!tool.title.isEmpty && tool.description.hasSuffix("."))
      #expect(tool.inputSchema["type"] == "object" && tool.inputSchema["additionalProperties"] == nil)
      let properties = tool.inputSchema["properties"]?.object ?? [:]
      for name in tool.inputSchema["required"]?.array ?? [] { #expect(properties[name.string ?? ""] != nil) }
      #expect(!["answer", "decide", "approve"].contains { tool.rawValue.contains($0) })
    }
  }
}
