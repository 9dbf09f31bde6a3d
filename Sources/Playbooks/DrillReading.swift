import Kernel

extension Drill {
  /// Reads a drill from its YAML file; its brief is the Markdown file beside it.
  init(
    reading file: LibraryFile, id: String, workflow find: (String) throws(LibraryFailure) -> Workflow,
    companion: (YAMLEntry) throws(LibraryFailure) -> LibraryFile
  ) throws(LibraryFailure) {
    let table = try YAMLEntry.read(file).table(
      "a drill", required: ["id", "scenario", "title", "says", "steps", "workflow", "brief", "report"],
      optional: ["level", "faults", "wishes", "answers", "ends"])
    let name = try table.entry("id")
    guard try name.identifier("the drill's id") == id else {
      throw name.failure("The id must be “\(id)”, like the file's name.")
    }
    let workflow = try find(try table.entry("workflow").identifier("the workflow"))
    self.id = id
    scenario = try table.entry("scenario").whole("the scenario", in: 1...10)
    title = try table.entry("title").text("the title")
    says = try table.entry("says").text("what it shows")
    steps = try Drill.texts(table.entry("steps"), "steps")
    self.workflow = workflow.id
    brief = try companion(try table.entry("brief")).text
    level = try table.optional("level")?.whole("the level", in: 1...4)
    faults = []
    for entry in try table.optional("faults")?.list(of: "faults") ?? [] {
      faults.append(try Drill.fault(entry, workflow))
    }
    wishes = []
    for entry in try table.optional("wishes")?.list(of: "wishes") ?? [] {
      wishes.append(try Drill.wish(entry, workflow))
    }
    answers = []
    for entry in try table.optional("answers")?.list(of: "answers") ?? [] {
      answers.append(try AnswersFile.answer(entry, by: "", for: workflow))
    }
    report = try Drill.texts(table.entry("report"), "words of the report")
    ends = try table.optional("ends")?.choice("the end", of: SessionState.self) ?? .completed
  }

  private static func texts(_ entry: YAMLEntry, _ what: String) throws(LibraryFailure) -> [String] {
    var all: [String] = []
    for item in try entry.list(of: what) { all.append(try item.text("one of the \(what)")) }
    return all
  }

  private static func numbers(_ entry: YAMLEntry?) throws(LibraryFailure) -> [Int] {
    var all: [Int] = []
    for item in try entry?.list(of: "attempts") ?? [] { all.append(try item.whole("an attempt", in: 1...100)) }
    return all
  }

  private static func fault(_ entry: YAMLEntry, _ workflow: Workflow) throws(LibraryFailure) -> Fault {
    let table = try entry.table(
      "a fault", required: [],
      optional: ["task", "gate", "dependency", "hold", "attempts", "cause", "message", "achieved", "findings", "looks"])
    let attempts = try numbers(table.optional("attempts"))
    if let task = table.optional("task") {
      return .task(
        try task.text("the task"), attempts: attempts,
        failure: TaskFailure(
          cause: try table.optional("cause")?.choice("the cause", of: TaskFailure.Cause.self) ?? .cognitive,
          message: try table.entry("message").text("the error")))
    }
    if let gate = table.optional("gate") {
      let id = try gate.text("the gate")
      guard workflow.gate(id) != nil else {
        let known = workflow.gates.map(\.id).joined(separator: ", ")
        throw gate.failure("There is no gate “\(id)”; known are \(known).")
      }
      var findings: [Finding] = []
      for item in try table.optional("findings")?.list(of: "findings") ?? [] {
        let parts = try item.table("a finding", required: ["file", "message"], optional: ["line", "code"])
        findings.append(
          Finding(
            file: try parts.entry("file").text("the file"),
            line: try parts.optional("line")?.whole("the line", in: 0...1_000_000) ?? 0,
            code: try parts.optional("code")?.text("the code") ?? "",
            message: try parts.entry("message").text("what was found")))
      }
      return .gate(
        id, attempts: attempts, achieved: try table.entry("achieved").text("what was reached"), findings: findings)
    }
    if let dependency = table.optional("dependency") {
      let id = try dependency.text("the dependency")
      guard workflow.dependency(id) != nil else {
        let known = workflow.dependencies.map(\.id).joined(separator: ", ")
        throw dependency.failure("There is no dependency “\(id)”; known are \(known).")
      }
      return .dependency(id, looks: try table.entry("looks").whole("the looks in vain", in: 0...100))
    }
    if let held = table.optional("hold") { return .hold(try held.text("the task that lasts")) }
    throw entry.failure("Expected one of task, gate, dependency or hold.")
  }

  private static func wish(
    _ entry: YAMLEntry, _ workflow: Workflow
  ) throws(LibraryFailure) -> (when: Moment, wish: Wish) {
    let table = try entry.table(
      "a wish", required: ["when"], optional: ["change", "roll-back", "substages", "abort", "undo", "reason"])
    let place = try table.entry("when").table("a moment", required: [], optional: ["task", "question", "answered"])
    let when: Moment
    if let task = place.optional("task") {
      when = .task(try task.text("the task"))
    } else if let question = place.optional("question") {
      when = .question(try known(question, in: workflow))
    } else if let answered = place.optional("answered") {
      when = .answered(try known(answered, in: workflow))
    } else {
      throw try table.entry("when").failure("Expected one of task, question or answered.")
    }
    let reason = try table.optional("reason")?.text("the reason") ?? ""
    if let change = table.optional("change") { return (when, .change(text: try change.text("the change"))) }
    if let stage = table.optional("roll-back") {
      var substages: [String] = []
      for item in try table.optional("substages")?.list(of: "sub-stages") ?? [] {
        substages.append(try item.text("a sub-stage"))
      }
      return (when, .rollBack(to: try stage.whole("the stage", in: 0...100), substages: substages, reason: reason))
    }
    if let abort = table.optional("abort") { return (when, .abort(reason: try abort.text("the reason"))) }
    if let undo = table.optional("undo") { return (when, .undo(reason: try undo.text("the reason"))) }
    throw entry.failure("Expected one of change, roll-back, abort or undo.")
  }

  private static func known(_ entry: YAMLEntry, in workflow: Workflow) throws(LibraryFailure) -> String {
    let id = try entry.identifier("a playbook's id")
    guard workflow.playbook(id) != nil else {
      let all = workflow.playbooks.map(\.id).joined(separator: ", ")
      throw entry.failure("There is no playbook “\(id)”; known are \(all).")
    }
    return id
  }
}
