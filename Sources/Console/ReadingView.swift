import Kernel
import Prose
import Screen

extension Model {
  func drawReading(_ canvas: inout Canvas) {
    guard let last = reading.last else { return }
    let area = readingArea
    canvas.fill(area)
    let lines = readingLines(last)
    let inside = readingInside
    let viewport = Viewport(count: lines.count, height: inside.rows, offset: last.offset)
    if step >= .small {
      canvas.box(area, title: readingTitle(last), isFocused: true)
      canvas.scrollMarks(viewport, box: area)
    } else {
      let head = area.line(0)
      canvas.rule(head, title: readingTitle(last))
      let below = viewport.count - viewport.end
      let words = Line(" \(below) more ", .muted)
      if below > 0 { canvas.write(words, in: head.splitRight(words.columns + 1).right) }
    }
    for (offset, row) in viewport.visible.enumerated() {
      canvas.write(lines[row], in: inside.line(offset), from: cutsLines(last) ? last.sideways : 0)
    }
    if !last.searched.isEmpty { markFound(&canvas, last, lines, viewport, in: inside) }
    canvas.setCursor(inside.origin)
  }

  /// What is searched for stands out in every row that is visible.
  private func markFound(
    _ canvas: inout Canvas, _ reading: Reading, _ lines: [Line], _ viewport: Viewport, in area: Area
  ) {
    let wanted = reading.searched.lowercased()
    for (offset, row) in viewport.visible.enumerated() {
      let lowered = lines[row].text.lowercased()
      guard let range = lowered.firstRange(of: wanted) else { continue }
      let before = Width.columns(of: String(lowered[..<range.lowerBound])) - (cutsLines(reading) ? reading.sideways : 0)
      let width = Width.columns(of: wanted) + min(0, before)
      canvas.restyle(area.line(offset).inset(left: max(0, before)).splitLeft(max(0, width)).left, .match)
    }
  }

  /// The name of what is read.
  func readingTitle(_ reading: Reading) -> Line {
    switch reading.subject {
    case .help: return "Help"
    case .alerts: return "What you were told, and how"
    case .report(let session): return Line(Text.clean("\(session), QA report"))
    case .since(let session): return Line(Text.clean("\(session), what changed since"))
    case .event(let session, let seq): return Line(Text.clean("\(session), event \(seq)"))
    case .task(let session, let id): return Line(Text.clean("\(session), task \(id)"))
    case .gate(let session, let id): return Line(Text.clean("\(session), gate \(id)"))
    case .blocker(let session, _): return Line(Text.clean("\(session), blocker"))
    case .decision(let session, let id): return Line(Text.clean("\(session), decision \(id)"))
    case .stage(let session, let id): return Line(Text.clean("\(session), stage \(id)"))
    case .transcript(let session): return Line(Text.clean("\(session), output"))
    case .ledger(let session, _): return Line(Text.clean("\(session), on record"))
    case .why(let session, let id): return Line(Text.clean("\(session), why \(id) is asked"))
    case .agent(let session, let id):
      return Line(
        Text.clean("\(session), \(id.hasPrefix("agent:") ? "agent" : "role") \(id.drop { $0 != ":" }.dropFirst())"))
    case .file(let session, let path): return Line(Text.clean("\(session), file \(path)"))
    case .callback(let session, let id): return Line(Text.clean("\(session), callback \(id)"))
    case .record(let session, let id): return Line(Text.clean("\(session), blocker \(id)"))
    case .incident(let session, let id): return Line(Text.clean("\(session), incident report \(id)"))
    case .health(let session, _): return Line(Text.clean("\(session), health"))
    }
  }

  /// Everything there is to say about something, wrapped to the window or as long as it is.
  func readingLines(_ reading: Reading) -> [Line] {
    let columns = max(1, pinnedColumns ?? readingInside.columns)
    guard cutsLines(reading) else { return readingLines(reading, columns: columns) }
    return readingLines(reading, columns: Model.unwrappedColumns).map { line in
      // A line drawn across goes across the window.
      line.spans.count == 1 && line.spans[0].style == .border ? Line(String(line.text.prefix(columns)), .border) : line
    }
  }

  private func readingLines(_ reading: Reading, columns: Int) -> [Line] {
    func session(_ id: String) -> Session? { shown(id)?.session }
    let gone = [Line("It is no longer there.", .muted)]
    switch reading.subject {
    case .help(let place): return helpLines(place, columns: columns)
    case .alerts: return alertLines(columns: columns)
    case .since: return sinceLines(columns: columns)
    case .report(let id): return reportLines(of: id, columns: columns)
    case .event(let id, let seq):
      guard let snapshot = shown(id), let place = snapshot.place(of: seq) else { return gone }
      return eventLines(at: place, in: snapshot, columns: columns)
    case .task(let id, let task):
      guard let found = session(id)?.task(task) else { return gone }
      return taskLines(found, in: session(id), columns: columns)
    case .gate(let id, let gate):
      guard let session = session(id), let found = session.gate(gate) else { return gone }
      return gateLines(found, in: session, columns: columns)
    case .blocker(let id, let blocker):
      guard let session = session(id), let found = session.blockers.first(where: { $0.id == blocker }) else {
        return [Line("It is settled.", .stateDone)]
      }
      if let record = session.blockerRecord(blocker) { return recordLines(record, in: session, columns: columns) }
      return facts([("What", found.text), ("From", found.source), ("Who acts", found.owner)], columns: columns)
    case .decision(let id, let decision):
      guard let found = session(id)?.decision(decision) else { return gone }
      return decisionLines(found, in: session(id), columns: columns)
    case .stage(let id, let stage):
      guard let snapshot = shown(id) else { return gone }
      return stageLines(stage, in: snapshot, columns: columns)
    case .ledger(let id, let entry):
      guard let found = session(id).map(ledger)?.first(where: { $0.id == entry }) else {
        return [Line("It is settled.", .stateDone)]
      }
      let head = Line(found.word.rawValue + "  ", found.word.style.bold) + Line(Text.clean(found.text), Style.text.bold)
      return head.wrapped(to: columns, indent: found.word.rawValue.utf8.count + 2) + [Line()]
        + facts(found.facts.map { ($0.label, $0.value) }, columns: columns)
    case .why(let id, let decision):
      guard let session = session(id), let found = session.decision(decision) else { return gone }
      return Line(Text.clean(found.title), Style.title.bold).wrapped(to: columns) + [Line()]
        + whyLines(found, in: session, columns: columns)
    case .agent(let id, let row): return session(id).map { agentLines(row, in: $0, columns: columns) } ?? gone
    case .file(let id, let path):
      guard let session = session(id), let file = session.files[path] else { return gone }
      let changes =
        pinnedColumns == nil ? comparisonLines(session: id, path: path, columns: columns) : []
      return fileLines(file, in: session, columns: columns) + changes
    case .callback(let id, let callback):
      guard let session = session(id), let found = session.callback(callback) else { return gone }
      return callbackLines(found, in: session, columns: columns)
    case .record(let id, let record):
      guard let session = session(id), let found = session.blockerRecords.first(where: { $0.id == record }) else {
        return gone
      }
      return recordLines(found, in: session, columns: columns)
    case .incident(let id, let incident):
      guard let session = session(id), let found = session.incidents.first(where: { $0.id == incident }) else {
        return gone
      }
      return incidentLines(found, in: session, columns: columns)
    case .health(let id, let row): return session(id).map { healthLines(row, in: $0, columns: columns) } ?? gone
    case .transcript(let id): return (desks[id]?.transcript ?? []).flatMap { Line(Text.clean($0)).wrapped(to: columns) }
    }
  }

  /// Labels with their values, wrapped below each other.
  func facts(_ rows: [(label: String, value: String)], columns: Int) -> [Line] {
    let width = min(columns / 3, (rows.map(\.label.utf8.count).max() ?? 0) + 2)
    return rows.filter { !$0.value.isEmpty }.flatMap { row in
      let (text, rest) = laidOut(row.value, in: .reading)
      return Text.lines(text).enumerated().flatMap { number, value in
        (Line((number == 0 ? row.label : "").padded(to: width), .muted) + Line(value))
          .wrapped(to: columns, indent: width)
      } + rest.flatMap { $0.wrapped(to: columns) }
    }
  }

  func when(_ moment: Int64) -> String {
    let date = Clock.date(moment, offset: offsetMinutes)
    let time = Clock.time(moment, offset: offsetMinutes, seconds: true)
    return "\(date) \(time) \(Clock.zone(offsetMinutes)) (\(age(moment)) ago)"
  }

  private func eventLines(at place: Int, in snapshot: SessionSnapshot, columns: Int) -> [Line] {
    let entry = snapshot.events[place]
    let event = entry.event
    let words = EventText(row: event, in: snapshot.session)
    let (text, rest) = laidOut(EventText.whole(event, in: snapshot.session), in: .reading)
    let word = Line(words.word.rawValue + "  ", words.word.style.bold)
    var lines = Text.lines(text).enumerated().flatMap { number, part in
      ((number == 0 ? word : Line(String(repeating: " ", count: word.columns))) + Line(part, Style.text.bold))
        .wrapped(to: columns, indent: word.columns)
    }
    lines += rest.flatMap { $0.wrapped(to: columns) }
    lines.append(Line())
    var rows = [("When", when(event.at)), ("By", event.by), ("Event", "\(entry.seq), \(words.source)")]
    if place > 0 {
      let before = snapshot.events[place - 1]
      rows.append(("Before it", "\(Clock.length(Clock.between(before.event.at, event.at))) of silence"))
    }
    lines += facts(rows, columns: columns)
    switch event.fact {
    case .gateReported(let id, _, _):
      if let gate = snapshot.session.gate(id) {
        lines += [Line()] + gateLines(gate, in: snapshot.session, columns: columns)
      }
    case .taskCreated(let task): lines += [Line()] + taskLines(task, in: snapshot.session, columns: columns)
    case .effectStarted(.perform(let id, _), _), .taskCompleted(let id, _, _, _, _), .taskFailed(let id, _, _):
      if let task = snapshot.session.task(id) {
        lines += [Line()] + taskLines(task, in: snapshot.session, columns: columns)
      }
    case .callbackRaised(let raised):
      let callback = snapshot.session.callback(raised.id) ?? raised
      lines += [Line()] + callbackLines(callback, in: snapshot.session, columns: columns)
    case .callbackRead(let id), .callbackAnswered(let id, _):
      if let callback = snapshot.session.callback(id) {
        lines += [Line()] + callbackLines(callback, in: snapshot.session, columns: columns)
      }
    case .substageFailed(let raised):
      let incident = snapshot.session.incidents.first { $0.id == raised.id } ?? raised
      lines += [Line()] + incidentLines(incident, in: snapshot.session, columns: columns)
    case .filesRecorded(let batch):
      lines +=
        [Line()] + facts(batch.operations.map { ($0.kind.rawValue, "\($0.path) \($0.reason)") }, columns: columns)
    case .decisionRaised(let decision):
      let current = snapshot.session.decision(decision.id) ?? decision
      lines += [Line()] + decisionLines(current, in: snapshot.session, columns: columns)
    case .decisionAnswered(let answer):
      if let decision = snapshot.session.decision(answer.decision) {
        lines += [Line()] + decisionLines(decision, in: snapshot.session, columns: columns)
      }
    case .workPlanned(let planned):
      lines.append(Line())
      for task in planned { lines.append(Line("- \(task.substage)  \(Text.clean(task.title).string)")) }
    case .shortcomingsFound(let found):
      lines += [Line()] + facts(found.map { ($0.subject, $0.reason) }, columns: columns)
    default: break
    }
    return lines
  }

  func taskLines(_ task: TaskRecord, in session: Session?, columns: Int) -> [Line] {
    let loop = session?.tallies.first { $0.subject == "task:\(task.id)" }?.loop ?? ""
    let finding = session?.findings.last { $0.effect.subject == "task:\(task.id)" }
    let wait = session?.waits.first { $0.task == task.id }
    let dependency = wait.map { session?.workflow.dependency($0.dependency)?.title ?? $0.dependency }
    let word = session?.word(of: task) ?? task.word
    let obstacle = session?.obstacle(of: task) ?? ""
    let goals = session.map { goalWords(task, in: $0).joined(separator: "\n") } ?? ""
    let agent = session?.workflow.supervision == nil ? "" : session?.agentWords(task) ?? ""
    let after = task.dependsOn.isEmpty ? "" : ", after \(task.dependsOn.joined(separator: ", "))"
    let order =
      session?.workflow.supervision == nil ? "" : "sequence \(task.sequence)\(after), \(task.priority.rawValue)"
    let duty = session?.duty(of: task.workingRole)
    let up =
      duty.map { ", and after \(counted($0.attempts, "failure")) of \($0.role) it goes to \($0.reportsTo)" } ?? ""
    let isTold = task.failedAttempts.last?.message == task.error
    var lines = facts(
      [
        ("Task", task.title), ("State", "\(word.rawValue), \(word.meaning)"), ("Stopped by", obstacle),
        ("Goal", goals),
        ("Role", task.workingRole == task.role ? task.role : "\(task.workingRole), in place of \(task.role)"),
        ("Agent", agent),
        ("Went up", task.escalations.map { "\($0.words)" }.joined(separator: "\n")), ("Done by", task.performer),
        ("Stage", task.substage ?? "\(task.stage)"),
        ("Attempt", "\(task.attempt); a person is asked after \(counted(task.maxAttempts, "failure"))\(up)"),
        ("Order", order), ("Last error", isTold ? "" : task.error ?? ""), ("Goes round", loop),
        ("Guidance", task.guidance ?? ""), ("Learned", task.feedback.joined(separator: "\n")),
        ("Left out", task.skipReason ?? ""),
        ("Waits for", dependency.map { "\($0); looks again by itself" } ?? ""),
        ("Stands in", task.substitute ?? ""),
        ("Interrupted", finding.map { "\($0.verdict.words.text): \($0.evidence)" } ?? ""),
      ], columns: columns)
    let found = task.files.map(\.path)
    if !task.expectedFiles.isEmpty {
      lines.append(Line())
      lines += Line("Files it must leave, and whether they were found on the disk:", .muted).wrapped(to: columns)
      for path in task.expectedFiles {
        let isThere = found.contains(path)
        let word = isThere ? StateWord.good : task.state == .done || task.state == .failed ? .failed : .todo
        lines.append(Line(word.rawValue.padded(to: 6), word.style) + Line(Text.clean(path)))
      }
    }
    let extra = task.files.filter { !task.expectedFiles.contains($0.path) }
    for file in extra { lines.append(Line("OK    ", .stateDone) + Line(Text.clean(file.path))) }
    if let session { lines += permissionLines(of: task.id, in: session, columns: columns) }
    return lines + attemptLines(task, columns: columns)
  }

  func gateLines(_ gate: GateRecord, in session: Session, columns: Int) -> [Line] {
    let last = gate.results.last
    let history = gate.results.map { "\($0.achieved) \($0.passed ? "PASS" : "FAIL")" }.joined(separator: " -> ")
    var rows: [(label: String, value: String)] = [
      ("State", "\(gate.word.rawValue), \(gate.word.meaning)"),
      (
        "Required",
        gate.required
          + (gate.mandatory
            ? " (must pass\(gate.reason.map { ", \($0)" } ?? ""))" : " (told, does not block)")
      ),
      ("Achieved", history),
    ]
    if let last {
      if let reason = last.unavailable { rows.append(("Not checked", reason)) }
      let exit = last.exitStatus.map { "  exit \($0)" } ?? ""
      rows.append(("Command", last.command.joined(separator: " ") + exit))
      let hash = last.evidenceHash.map { "  sha256 \($0.prefix(12))" } ?? ""
      rows.append(("Evidence", (last.evidence ?? "none kept, so it does not count as a pass") + hash))
      rows.append(("Took", Clock.length(Int64(clamping: last.milliseconds))))
    }
    let earlier = session.earlierGates.filter { $0.id == gate.id }.flatMap(\.results)
    if !earlier.isEmpty {
      rows.append(("Before", earlier.map { "\($0.achieved) \($0.passed ? "PASS" : "FAIL")" }.joined(separator: " -> ")))
    }
    if let loop = session.tallies.first(where: { $0.subject == "gate:\(gate.id)" })?.loop {
      rows.append(("Goes round", loop))
    }
    if gate.fixes > 0 { rows.append(("Mended", "\(counted(gate.fixes, "time")) by \(gate.fix ?? "the engine")")) }
    for waiver in session.waivers where waiver.gate == gate.id {
      rows += waiverFacts(waiver, in: session).map { ($0.label, $0.value) }
    }
    var lines = facts(rows, columns: columns)
    for finding in (last?.findings ?? []).prefix(200) {
      let place = finding.line > 0 ? "\(finding.file):\(finding.line)" : finding.file
      lines += (Line("- ") + Line(Text.clean(place), .link) + Line(Text.clean(" \(finding.code) \(finding.message)")))
        .wrapped(to: columns, indent: 2)
    }
    return lines
  }

  private func decisionLines(_ decision: Decision, in session: Session?, columns: Int) -> [Line] {
    var lines = Line(Text.clean(decision.title), Style.title.bold).wrapped(to: columns)
    lines += facts([("Asked", "\(when(decision.raisedAt)) by \(decision.askedBy)")], columns: columns)
    if let answer = decision.answer {
      let option = decision.option(answer.option)?.title ?? answer.option
      lines += facts(
        [
          ("Answered", "\(when(answer.at)) by \(answer.by)\(answer.inAdvance ? ", in advance" : "")"),
          ("From", answer.origin?.words ?? ""), ("Option", option), ("Note", answer.note),
        ] + answer.fields.map { ($0.field, $0.value) }, columns: columns)
      if decision.isUndone {
        let record = session?.undone.last { $0.decision == decision.id }
        let who = record.map { "\(when($0.at)) by \($0.by)\($0.reason.isEmpty ? "" : ": \($0.reason)")" } ?? "yes"
        lines += facts([("Taken back", who)], columns: columns)
      }
    } else if let reason = decision.withdrawn {
      lines += facts([("Withdrawn", reason)], columns: columns)
    } else {
      let words =
        past == nil
        ? "It waits for you. \(keyName(.open, in: .session)) on its row opens it." : "It waited for you then."
      lines += Line(words, .stateAsk).wrapped(to: columns)
    }
    lines.append(Line())
    if !decision.changes.isEmpty {
      lines += facts([("Changed since", decision.changes.joined(separator: "\n"))], columns: columns) + [Line()]
    }
    let (body, rest) = laidOut(decision.body, in: .reading)
    lines += Markdown.rows(body, columns: columns).lines + rest.flatMap { $0.wrapped(to: columns) }
    guard let session else { return lines }
    return lines + [Line(), Line("Why it is asked", Style.title.bold)]
      + whyLines(decision, in: session, columns: columns)
  }

  private func stageLines(_ id: String, in snapshot: SessionSnapshot, columns: Int) -> [Line] {
    let session = snapshot.session
    if let stage = session.stages.first(where: { String($0.id) == id }) {
      var rows: [(label: String, value: String)] = [
        ("Stage", "\(stage.id) \(stage.name)"), ("State", "\(stage.state.word.rawValue), \(stage.state.word.meaning)"),
      ]
      if let start = stage.startedAt { rows.append(("Began", when(start))) }
      if let end = stage.endedAt { rows.append(("Ended", when(end))) }
      for approval in stage.approvals { rows.append(("Approved", "by \(approval.by), \(when(approval.at))")) }
      if stage.revision > 1 { rows.append(("Revision", "\(stage.revision): \(stage.revisionNote ?? "")")) }
      for file in session.documents(of: stage.id) { rows.append(("Document", file.path)) }
      return facts(rows, columns: columns)
    }
    for stage in session.stages {
      guard let substage = stage.substages.first(where: { $0.id == id }) else { continue }
      let definition = session.workflow.stage(stage.id)?.substages.first { $0.id == id }
      let tasks = session.tasks.filter { $0.substage == id }
      return facts(
        [
          ("Sub-stage", "\(substage.id) \(substage.name)"),
          ("State", "\(substage.state.word.rawValue), \(substage.state.word.meaning)"),
          ("Reason", substage.reason ?? ""), ("Round", "\(substage.round)"),
          ("Is done when", definition?.done ?? ""),
        ], columns: columns)
        + tasks.flatMap {
          [Line()] + taskLines($0, in: session, columns: columns)
        }
    }
    return [Line("It is no longer there.", .muted)]
  }

  // MARK: Help

  /// The help: this place first, then everywhere, then what is disabled and why, then the words.
  private func helpLines(_ place: Where?, columns: Int) -> [Line] {
    let below = without(.reading)
    var lines: [Line] = []
    func section(_ title: String, _ rows: [Binding]) {
      let shown = rows.filter { !$0.keys.isEmpty }
      guard !shown.isEmpty else { return }
      lines.append(Line(title, Style.title.bold))
      for row in shown {
        let keys = row.keyNames.padded(to: 16)
        lines += (Line(keys, .key) + Line(" \(row.help)")).wrapped(to: columns, indent: 17)
      }
      lines.append(Line())
    }
    if below.place == .decision, let card, let session = snapshot(card.key.session)?.session {
      lines.append(Line("Why you are asked", Style.title.bold))
      lines += whyLines(card.shown, in: session, columns: columns) + [Line()]
    }
    let chain = below.chain
    var seen: Set<Action> = []
    for place in chain {
      let rows = keymap.rows(in: place).filter { below.reasonDisabled($0.action) == nil }
      section(place.title, rows.filter { place == .always || seen.insert($0.action).inserted })
    }
    let disabled = below.bindings.compactMap { row in below.reasonDisabled(row.action).map { (row, $0) } }
    if !disabled.isEmpty {
      lines.append(Line("Not possible now", Style.title.bold))
      for (row, reason) in disabled {
        lines +=
          (Line(row.keyNames.padded(to: 16) + " ", .muted) + Line(row.help) + Line(" Not now: \(reason).", .muted))
          .wrapped(to: columns, indent: 17)
      }
      lines.append(Line())
    }
    lines.append(Line("The words and marks", Style.title.bold))
    let legend = StateWord.allCases.map { word in
      Line(word.rawValue.padded(to: 9), word.style) + Line(word.mark(glyphs) + " ") + Line(word.meaning)
    }
    let width = 42
    let perRow = max(1, columns / width)
    for start in stride(from: 0, to: legend.count, by: perRow) {
      var line = Line()
      for entry in legend[start..<min(start + perRow, legend.count)] {
        line += entry + Line(String(repeating: " ", count: max(1, width - entry.columns)))
      }
      lines.append(line)
    }
    return lines
  }
}
