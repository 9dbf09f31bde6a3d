import Kernel
import Screen

/// A file's contents held against those that were there before, as the shell found them.
public struct Comparison: Equatable, Sendable {
  /// Whether the disk agrees with the record now; the record knows only what the last look found.
  public var now: FileRecord.Integrity
  /// What the old contents are, for people.
  public var before: String
  /// What the new contents are, for people.
  public var after: String
  /// A unified difference from its first `@@` on; empty when there is none to show.
  public var lines: [String]
  /// Why there are no lines, for people; empty otherwise.
  public var note: String

  /// Makes a comparison from its parts.
  public init(
    now: FileRecord.Integrity, before: String, after: String, lines: [String] = [], note: String = ""
  ) {
    self.now = now
    self.before = before
    self.after = after
    self.lines = lines
    self.note = note
  }
}

/// A question to the shell: what is different in this file?
public struct Comparing: Equatable, Sendable {
  /// The session.
  public var session: String
  /// The file's path below the workspace.
  public var path: String
  /// What the record says of it; when that changes, the question is asked again.
  public var record: FileRecord

  /// Makes a question from its parts.
  public init(session: String, path: String, record: FileRecord) {
    self.session = session
    self.path = path
    self.record = record
  }
}

/// What is known of the contents of the file that is being read.
struct Compared: Equatable, Sendable {
  var question: Comparing
  /// What the shell found; `nil` while it looks.
  var found: Comparison?
  /// Why it could not be found out.
  var trouble: String?
}

extension Model {
  /// What the shell is to compare now: the file that is being read, once for each state of its record.
  mutating func comparisonToShell() -> [Intent] {
    // The disk shows what is there now, so it says nothing about the past.
    guard place == .reading, past == nil, case .file(let session, let path)? = reading.last?.subject,
      let record = snapshot(session)?.session.files[path]
    else { return [] }
    let question = Comparing(session: session, path: path, record: record)
    guard compared?.question != question else { return [] }
    compared = Compared(question: question)
    return [.compare(question)]
  }

  /// Takes note of what the shell found out; what is no longer read is passed over.
  mutating func take(_ question: Comparing, _ found: Comparison?, trouble: String?) {
    guard compared?.question == question else { return }
    compared?.found = found
    compared?.trouble = trouble
  }

  /// What the shell found about a file that is being read, once it has looked.
  func comparison(session: String, path: String) -> Comparison? {
    guard let compared, compared.question.session == session, compared.question.path.utf8.elementsEqual(path.utf8)
    else { return nil }
    return compared.found
  }

  /// The contents of a file against what they were, for the end of what is read about it.
  func comparisonLines(session: String, path: String, columns: Int) -> [Line] {
    guard let compared, compared.question.session == session, compared.question.path.utf8.elementsEqual(path.utf8)
    else { return [] }
    let title = [Line(), Line("What changed", Style.title.bold)]
    if let trouble = compared.trouble {
      return title + Line(Text.clean("It cannot be told: \(trouble)"), .stateWarning).wrapped(to: columns)
    }
    guard let found = compared.found else { return title + [Line("Looking at the files...", .muted)] }
    let added = found.lines.count { $0.hasPrefix("+") }
    let removed = found.lines.count { $0.hasPrefix("-") }
    var rows: [(label: String, value: String)] = [("-", found.before), ("+", found.after)]
    if !found.lines.isEmpty { rows.append(("", "\(counted(added, "line")) more, \(counted(removed, "line")) less")) }
    if !found.note.isEmpty { rows.append(("", found.note)) }
    let difference = Difference(found.lines)
    return title + facts(rows, columns: columns) + (found.lines.isEmpty ? [] : [Line()])
      + (showsBeside ? difference.beside(columns: columns) : difference.unified(columns: columns))
  }
}
