import Kernel
import Prose
import Screen

// The QA report as it would be written now, read without leaving the console, and the handoff package.

/// The QA report of a session, as the shell wrote it.
struct Reported: Equatable, Sendable {
  var session: String
  /// After how many events it was asked for.
  var version: Int
  /// Its Markdown; `nil` while it is being written.
  var text: String?
  /// Why it could not be written.
  var trouble: String?
}

extension Model {
  /// The session whose report or package a key means here.
  private var reportedSession: SessionSnapshot? {
    if place == .reading, case .report(let id)? = reading.last?.subject { return snapshot(id) }
    return currentID.flatMap(snapshot) ?? (place == .overview ? overview.selected.flatMap(snapshot) : nil)
  }

  /// Why there is no report to read or package to write here, or `nil`.
  var reasonNoReport: String? {
    if let reasonPast { return reasonPast }
    return reportedSession == nil ? "no session is chosen" : nil
  }

  /// Opens the report, or has it written anew where it is open already.
  mutating func openReport() -> [Intent] {
    guard let snapshot = reportedSession else { return [] }
    reported = Reported(session: snapshot.id, version: snapshot.session.version)
    if reading.last?.subject != .report(session: snapshot.id) || place != .reading {
      open(Reading(subject: .report(session: snapshot.id)))
    }
    return [.writeReport(session: snapshot.id)]
  }

  /// Takes note of what the shell wrote; a report that nobody asked for is passed over.
  mutating func take(report text: String?, of session: String, trouble: String?) {
    guard reported?.session == session else { return }
    reported?.text = text
    reported?.trouble = trouble
  }

  /// The report, laid out.
  func reportLines(of id: String, columns: Int) -> [Line] {
    guard let reported, reported.session == id else { return [Line("It is no longer there.", .muted)] }
    if let trouble = reported.trouble {
      return Line(Text.clean("It could not be written: \(trouble)"), .stateWarning).wrapped(to: columns)
    }
    guard let text = reported.text else { return [Line("Writing the report...", .muted)] }
    var lines: [Line] = []
    let since = (snapshot(id)?.session.version ?? reported.version) - reported.version
    if since > 0 {
      lines += Line(
        "\(counted(since, "event")) happened since it was written; \(keyName(.report, in: .reading)) writes it anew.",
        .stateWarning
      )
      .wrapped(to: columns)
      lines.append(Line())
    }
    return lines + Markdown.rows(text, columns: columns, from: .escaped).lines
  }

  /// Asks where the handoff package shall go.
  mutating func askExport() {
    guard let snapshot = reportedSession else { return }
    var dialog = Dialog(kind: .export(session: snapshot.id))
    dialog.texts[0].editor.replace(with: "./\(snapshot.id)-handoff.zip")
    ask(dialog)
  }

  /// What the dialog of a package says.
  func exportLines(of id: String) -> [Line] {
    var lines = [
      Line("One zip with sources, documents, evidence and a manifest of hashes. Nothing that exists is overwritten.")
    ]
    if let snapshot = snapshot(id), !snapshot.hasEnded {
      lines.append(
        Line("The session is not finished: the package says so, and which questions are open.", .stateWarning))
    }
    return lines
  }
}
