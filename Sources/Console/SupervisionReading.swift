import Kernel
import Screen

// Everything there is to say about an agent, a file, a callback, a blocker, an incident, and the session's health.

extension Model {
  /// The failed attempts of a task in full, the last one first: error, type, trace, tool calls, files kept aside.
  func attemptLines(_ task: TaskRecord, columns: Int) -> [Line] {
    task.failedAttempts.reversed().flatMap { attempt -> [Line] in
      let head = Line("Attempt \(attempt.attempt) ", .title) + Line("FAIL", StateWord.failed.style)
      let aside = attempt.rejections.flatMap { file in
        ["\(file.path): \(file.reasons.joined(separator: " "))"] + (file.keptAt.map { ["kept at \($0)"] } ?? [])
      }
      let tools = attempt.tools.enumerated().map { "\($0.offset + 1). \($0.element)" }
      return [Line(), head]
        + facts(
          [
            ("When", when(attempt.at)),
            (
              "Agent",
              (attempt.agent ?? "") + (attempt.role.isEmpty || attempt.role == task.role ? "" : ", as \(attempt.role)")
            ),
            ("Fault", "\(attempt.cause.rawValue), \(attempt.place.rawValue)"), ("Type", attempt.type),
            ("Error", attempt.message), ("Rejected", aside.joined(separator: "\n")), ("Trace", attempt.trace),
            ("Tool calls", tools.joined(separator: "\n")),
          ], columns: columns)
    }
  }

  /// An agent, or a role that has nobody, with its tasks.
  func agentLines(_ row: String, in session: Session, columns: Int) -> [Line] {
    guard let found = session.roster.first(where: { $0.id == row }) else {
      return [Line("It is no longer there.", .muted)]
    }
    let agent = session.agent(found.name)
    let own =
      agent == nil
      ? session.tasks.filter { $0.role == found.role && session.lacksAgent($0) }
      : session.tasks.filter { $0.agent == found.name }
    let others = session.agents.filter { $0.role == found.role && agent == nil }
    let added = agent?.isProvisioned == true ? "added by itself, because its role had nobody else" : ""
    var lines = facts(
      [
        ("Agent", agent == nil ? "nobody" : found.name), ("Role", found.role),
        ("State", found.state + (found.style == .stateWarning ? ", gets no tasks" : "")),
        ("Why", agent?.reason ?? note(of: found)), ("Added", added), ("Works with", agent?.performer ?? ""),
        ("Its card", session.duty(of: found.role)?.words ?? ""),
        // The built-in generator starts no program that could be contained.
        ("Runs", agent?.performer == nil ? "" : session.containmentWords(when) ?? "no program was started yet"),
        ("Failed", found.failures > 0 ? counted(found.failures, "attempt") : ""),
        (
          "Of this role",
          others.map { "\($0.name) is \($0.state.rawValue)\($0.reason.isEmpty ? "" : ": \($0.reason)")" }
            .joined(separator: "\n")
        ),
      ], columns: columns)
    guard !own.isEmpty else { return lines + [Line("It was given no task yet.", .muted)] }
    lines += [Line(), Line(agent == nil ? "Waiting for somebody" : "Its tasks", Style.title.bold)]
    for task in own {
      let word = session.word(of: task)
      lines += (Line(word.rawValue.padded(to: 6), word.style) + Line(Text.clean("\(task.id): \(task.title)")))
        .wrapped(to: columns, indent: 6)
    }
    return lines + grantLines(of: own.map(\.id), in: session, columns: columns)
  }

  /// A file: whether the disk agrees, what is recorded and what was found, who made it.
  func fileLines(_ file: FileRecord, in session: Session, columns: Int) -> [Line] {
    let owing = session.tasks.last { $0.expectedFiles.contains(file.path) }
    let isUnexpected = file.integrity == .unexpected
    let looked = session.files.lookedAt
    // The disk, where somebody just looked at it, knows better than the record.
    let now = comparison(session: session.id, path: file.path)?.now ?? file.integrity
    let isNew = now != file.integrity
    let since = isNew ? "; it happened after the last whole look" : ""
    return (Line(now.word + "  ", now.style.bold) + Line(now.meaning + since)).wrapped(to: columns)
      + facts(
        [
          ("Recorded", isUnexpected ? "nothing; nobody of this session left it" : file.hash),
          (
            "Found",
            isNew
              ? "see below" : isUnexpected ? file.hash : now == .missing ? "nothing" : file.found ?? "the same"
          ),
          ("Last by", file.author.words), ("First by", file.creator == file.author ? "" : file.creator.words),
          ("Accepted", isUnexpected ? "never" : when(file.acceptedAt)),
          (isUnexpected ? "Noticed" : "Last seen so", when(file.seenAt)), ("Size", counted(file.size, "byte")),
          ("Owed by", owing.map { "\($0.id): \($0.title)" } ?? ""),
          ("Whole look", looked > 0 ? when(looked) : "not yet"),
        ], columns: columns)
  }

  /// What somebody said to the supervisor, in full, with what became of it.
  func callbackLines(_ callback: Callback, in session: Session, columns: Int) -> [Line] {
    let word = callback.word
    var lines =
      (Line(word.rawValue + "  ", word.style.bold)
      + Line(Text.clean("\(callback.kind.rawValue) from \(callback.from) to \(callback.to)"), Style.text.bold))
      .wrapped(to: columns, indent: word.rawValue.utf8.count + 2)
    lines += Text.lines(callback.text).flatMap { Line($0).wrapped(to: columns) } + [Line()]
    if let answer = callback.answer {
      lines += facts([("Answer", answer.text), ("Given", "\(when(answer.at)) by \(answer.by)")], columns: columns)
    } else if callback.isUnanswered {
      lines += Line("No answer yet: \(keyName(.reply)) answers it.", .stateAsk).wrapped(to: columns)
    }
    let task = callback.task.map { session.task($0)?.title ?? $0 }
    let record = session.blockerRecords.last { $0.subject == "callback:\(callback.id)" }
    let rows: [(label: String, value: String)] = [
      ("Said", when(callback.at)), ("Read", callback.readBy.map { "by \($0)" } ?? "by nobody yet"),
      ("Urgency", callback.urgency.rawValue),
      ("In task", task.map { $0 + (callback.attempt.map { ", attempt \($0)" } ?? "") } ?? ""),
      ("Missing", callback.missing.joined(separator: "\n")),
      ("Blocker", record.map { "\($0.id), \($0.state.rawValue)" } ?? ""),
    ]
    return lines + facts(rows + callback.context.map { ($0.name, $0.value) }, columns: columns)
  }

  /// A blocker with its history.
  func recordLines(_ record: BlockerRecord, in session: Session, columns: Int) -> [Line] {
    let word = record.word
    var lines = (Line(word.rawValue + "  ", word.style.bold) + Line(Text.clean(record.text), Style.text.bold))
      .wrapped(to: columns, indent: word.rawValue.utf8.count + 2)
    lines += facts(
      [
        ("Blocker", "\(record.id), \(record.state.rawValue)"), ("From", record.source),
        ("Who acts", record.owner.isEmpty ? "nobody" : record.owner),
        ("Since", when(record.since)), ("Task", record.task.map { session.task($0)?.title ?? $0 } ?? ""),
        ("Remedy", session.remedy(of: record)?.title ?? ""),
      ], columns: columns)
    lines.append(Line("History", Style.title.bold))
    for step in record.history {
      let time = Clock.time(step.at, offset: offsetMinutes, seconds: true)
      lines += (Line("\(time) ", .muted) + Line(Text.clean("\(step.by): \(step.words)")))
        .wrapped(to: columns, indent: 9)
    }
    return lines
  }

  /// The report of a sub-stage that failed as a whole.
  func incidentLines(_ incident: Incident, in session: Session, columns: Int) -> [Line] {
    let word = incident.word
    var lines = (Line(word.rawValue + "  ", word.style.bold) + Line(Text.clean(incident.summary), Style.text.bold))
      .wrapped(to: columns, indent: word.rawValue.utf8.count + 2)
    func section(_ title: String, _ rows: [String], numbered: Bool = false) {
      guard !rows.isEmpty else { return }
      lines += [Line(), Line(title, Style.title.bold)]
      for (place, row) in rows.enumerated() {
        let mark = numbered ? "\(place + 1). " : "- "
        lines += (Line(mark) + Line(Text.clean(row.replacingLines))).wrapped(to: columns, indent: mark.utf8.count)
      }
    }
    let titles = incident.tasks.map { session.task($0)?.title ?? $0 }
    lines += facts(
      [
        ("Incident", "\(incident.id) in \(incident.substage)"), ("When", when(incident.at)),
        ("Failed", titles.joined(separator: "\n")),
        ("Waiting", incident.blocks.isEmpty ? "nothing depends on it" : incident.blocks.joined(separator: ", ")),
        ("Resolution", incident.resolution ?? "not yet: it is open"), ("Resolved", incident.resolvedAt.map(when) ?? ""),
      ], columns: columns)
    section("What led to it", incident.chain, numbered: true)
    section("Root cause: \(incident.cause.rawValue), \(Model.causeWords(incident.cause))", [incident.specifics])
    section("What the system did right", incident.correct)
    section("What to do", [incident.recommendation])
    guard !incident.expected.isEmpty else { return lines }
    let found = "\(incident.found.count) of \(incident.expected.count) found on the disk"
    lines += [Line(), Line("Expected files: \(found)", Style.title.bold)]
    for path in incident.expected {
      let isMissing = incident.missing.contains { $0.utf8.elementsEqual(path.utf8) }
      lines +=
        (Line((isMissing ? "MIS" : "ok").padded(to: 4), isMissing ? .stateFailed : .stateDone)
        + Line(Text.clean(path)) + Line(isMissing ? "  missing" : "  found; it stays", .muted))
        .wrapped(to: columns, indent: 4)
    }
    return lines
  }

  /// What a class of causes means, for people.
  static func causeWords(_ cause: Incident.Cause) -> String {
    switch cause {
    case .cognitive: return "an agent's own mistake"
    case .environment: return "the machine, the network, a missing tool"
    case .hard: return "nothing that trying again could change"
    }
  }

  /// The score with everything the last check found, an alert, or a healing.
  func healthLines(_ row: String, in session: Session, columns: Int) -> [Line] {
    if let alert = session.alert(row: row) {
      let isOver = alert.needsPerson && !session.stillHolds(alert)
      let word: StateWord = isOver ? .note : alert.word
      return (Line(word.rawValue + "  ", word.style.bold) + Line(Text.clean(alert.words), Style.text.bold))
        .wrapped(to: columns, indent: word.rawValue.utf8.count + 2)
        + facts(
          [
            ("Alert", alert.kind.rawValue), ("About", alert.subject), ("Severity", alert.severity.rawValue),
            ("Who acts", alert.needsPerson ? (isOver ? "nobody any more: it is over" : "you") : "nobody has to"),
            ("When", when(alert.at)),
          ], columns: columns)
    }
    if let healing = session.healing(row: row) {
      return (Line("OK  ", StateWord.good.style.bold) + Line(Text.clean(healing.words), Style.text.bold))
        .wrapped(to: columns, indent: 4)
        + facts(
          [
            ("Healed", healing.kind.rawValue), ("What", healing.subject), ("Wrong since", when(healing.since)),
            ("Healed at", when(healing.at)), ("Took", Clock.length(Clock.between(healing.since, healing.at))),
          ], columns: columns)
    }
    guard let record = session.health else { return [Line("The health has not been checked yet.", .muted)] }
    let open = session.alertsForPerson.map { "\($0.alert.kind.rawValue): \($0.alert.words)" }
    return facts(
      [
        ("Score", "\(record.score) of 100"),
        ("Checked", "\(when(record.at)), \(counted(session.healthChecks, "check"))"),
        ("Found", Model.healthFindings(record)), ("Empty goals", record.emptyGoals.joined(separator: ", ")),
        ("No agent", record.unassigned.joined(separator: ", ")), ("Failed", record.failed.joined(separator: ", ")),
        ("Silent", record.silent.joined(separator: ", ")), ("Orphaned", record.orphaned.joined(separator: ", ")),
        ("No owner", record.ownerless.joined(separator: ", ")), ("Unread", record.unread.joined(separator: ", ")),
        ("Yours", open.joined(separator: "\n")),
      ], columns: columns)
      + [
        Line(),
        (Line(
          "100, less 10 for each goal without a task, 5 for each task without an agent, 3 for each failed task.", .muted
        )),
        Line(), Line("How far supervision reaches", Style.title.bold),
      ].flatMap { $0.wrapped(to: columns) } + metricLines(session.metrics, columns: columns)
  }
}
