import Kernel
import Screen

// Who does what: the tasks in the columns of a board, the roster beside them, and the words for both.

/// A column of the task board.
enum BoardColumn: CaseIterable, Sendable {
  case todo, running, blocked, failed, done

  /// Its word, the same as that of most tasks in it.
  var word: StateWord {
    switch self {
    case .todo: return .todo
    case .running: return .running
    case .blocked: return .blocked
    case .failed: return .failed
    case .done: return .done
    }
  }

  /// The column in which a task with a word stands.
  init(_ word: StateWord, isBegun: Bool) {
    switch word {
    case .blocked: self = .blocked
    case .failed: self = .failed
    case .running: self = .running
    case .retry: self = isBegun ? .running : .todo
    case .done, .good, .passed, .skipped, .waived, .isolated: self = .done
    default: self = .todo
    }
  }
}

/// A row of the roster: an agent, or a role that has work and nobody who could do it.
struct RosterRow: Equatable, Sendable {
  /// `agent:developer01`, or `missing:tester`.
  var id: String
  /// The agent's name, `-` for nobody.
  var name: String
  var role: String
  /// What it does, in one word.
  var state: String
  var style: Style
  /// What it works on, or how much waits for it.
  var task: String
  /// How many attempts it failed.
  var failures: Int
  var note: String
  /// Whether a person is asked about it, so that a key leads on.
  var isAsked = false
}

extension Model {
  /// The note of a row, with the key that leads on.
  func note(of row: RosterRow) -> String { row.isAsked ? "\(row.note) (\(keyName(.nextDecision)))" : row.note }
}

extension Session {
  /// The word for a task within its session: one that nobody can do, or that something stands in the way of, is blocked.
  func word(of task: TaskRecord) -> StateWord {
    guard task.state == .todo || task.state == .running else { return task.word }
    if lacksAgent(task) || waits.contains(where: { $0.task == task.id }) { return .blocked }
    let isObstructed = blockerRecords.contains { record in
      record.task == task.id && record.state == .open && task.state == .todo
    }
    return isObstructed ? .blocked : task.word
  }

  /// Whether it was noticed that nobody can do a task; before that it only has not been given to anybody.
  func lacksAgent(_ task: TaskRecord) -> Bool { task.isMarkedUnassigned && isUnassigned(task) }

  /// The column of the board in which a task stands.
  func column(of task: TaskRecord) -> BoardColumn {
    BoardColumn(word(of: task), isBegun: task.state == .running)
  }

  /// Who does a task, in as few words as possible.
  func agentWords(_ task: TaskRecord) -> String {
    if lacksAgent(task) { return "no agent!" }
    if let agent = task.agent { return agent }
    if !needsAgent(task) {
      return task.role == Session.engineRole || workflow.supervision != nil ? "engine" : task.role
    }
    return "to be given"
  }

  /// The obstacle that keeps a task from going on, in one sentence, or `nil`.
  func obstacle(of task: TaskRecord) -> String? {
    guard task.state == .todo || task.state == .running else { return nil }
    if lacksAgent(task) { return "no agent has the role \(task.role) and can work" }
    if let wait = waits.first(where: { $0.task == task.id }) {
      return "waits for \(workflow.dependency(wait.dependency)?.title ?? wait.dependency)"
    }
    let record = blockerRecords.last { $0.task == task.id && $0.state == .open }
    return record.map { "\($0.id): \($0.text)" }
  }

  /// The agents in the order of the roster; before them the roles that have work and nobody for it.
  var roster: [RosterRow] {
    var rows: [RosterRow] = []
    var missing: [String] = []
    for task in tasks where lacksAgent(task) && !missing.contains(task.role) { missing.append(task.role) }
    for role in missing {
      let waiting = tasks.filter { lacksAgent($0) && $0.role == role }
      let isAsked = openDecisions.contains { $0.subjectRole == role }
      rows.append(
        RosterRow(
          id: "missing:\(role)", name: "-", role: role, state: "MISSING", style: .stateBlocked,
          task: "\(counted(waiting.count, "task")) \(waiting.count == 1 ? "waits" : "wait")", failures: 0,
          note: isAsked ? "nobody can do it; the question is yours" : "nobody can do it", isAsked: isAsked))
    }
    for agent in agents {
      let own = tasks.filter { $0.agent == agent.name }
      let running = own.filter { $0.state == .running }
      let open = own.filter { $0.state == .todo }.count
      let work = running.first.map { $0.title } ?? (open > 0 ? "\(open) to do" : "-")
      let more = running.count > 1 ? " +\(running.count - 1)" : ""
      let added = agent.isProvisioned ? "added: " : ""
      rows.append(
        RosterRow(
          id: "agent:\(agent.name)", name: agent.name, role: agent.role,
          state: running.isEmpty ? agent.state.rawValue : "working",
          style: !running.isEmpty ? .stateRunning : agent.isAssignable ? .text : .stateWarning,
          task: work + more, failures: failures(of: agent.name),
          note: agent.reason.isEmpty ? (agent.isProvisioned ? "added" : "") : added + agent.reason))
    }
    return rows
  }

  /// How many attempts an agent failed.
  func failures(of agent: String) -> Int {
    tasks.reduce(0) { sum, task in sum + task.failedAttempts.filter { $0.agent == agent }.count }
  }
}

extension Model {
  /// Whether the tasks are shown as a board of columns: where they have the focus and the room.
  var showsBoard: Bool {
    guard desk.focus == .tasks, step >= .medium,
      let area = paneAreas.first(where: { $0.pane == .tasks })?.area
    else { return false }
    return area.columns >= 78 && area.rows >= 12
  }

  /// The tasks that the filter lets through.
  func shownTasks(of session: Session) -> [TaskRecord] {
    shownRows(session.tasks, in: .tasks) { filtered($0, in: session) }
  }

  /// The tasks of each column, in the order in which they were made, what was tried last first among the done ones.
  func board(_ session: Session) -> [(column: BoardColumn, tasks: [TaskRecord])] {
    var columns: [BoardColumn: [TaskRecord]] = [:]
    for task in shownTasks(of: session) { columns[session.column(of: task), default: []].append(task) }
    return BoardColumn.allCases.map { column in
      let tasks = columns[column] ?? []
      return (column, column == .done ? tasks.reversed() : tasks)
    }
  }

  /// Goes to the next column with tasks on the left or right, at the same height.
  mutating func moveColumn(_ step: Int) {
    guard let session = current?.session else { return }
    let columns = board(session).map(\.tasks)
    let selected = list(.tasks).selected
    let at = columns.firstIndex { $0.contains { $0.id == selected } }
    let height = at.flatMap { columns[$0].firstIndex { $0.id == selected } } ?? 0
    var next = (at ?? (step > 0 ? -1 : columns.count)) + step
    while columns.indices.contains(next), columns[next].isEmpty { next += step }
    guard columns.indices.contains(next) else { return }
    let task = columns[next][min(height, columns[next].count - 1)]
    guard let place = identities(of: .tasks).firstIndex(of: task.id) else { return }
    moveList(.tasks, to: place)
  }
}
