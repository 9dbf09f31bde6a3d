import Engine
import Foundation
import Kernel

extension Wiring {
  /// Looks at the files before a person asks for something that may put them back, so that the question is asked on them
  /// as they are, with the person's own edits known.
  func look(at open: inout OpenSession) async throws {
    guard let kept = open.session.keptTree, open.session.inFlight.isEmpty, open.session.restoration == nil else {
      return
    }
    _ = try await answers.look(
      at: &open, shown: kept, by: person, at: currentMoment(), request: "look-\(UUID().uuidString)")
  }

  /// What an option would do; where the disk cannot be asked, what the kernel foresees.
  func foreseen(_ option: Option, of decision: Decision, in session: Session) async -> Consequences {
    let found = preview(option, of: decision, in: session)
    return (try? await filled(found, of: session)) ?? found
  }
}

extension Consequences {
  /// Everything worth saying, a line each, what is lost before what is gained.
  var lines: [String] {
    var lines: [String] = []
    if restoresTree != nil {
      lines.append(
        "files: \(filesDiscarded) discarded, \(filesRestored) put back, \(filesKept) kept; \(linesDiscarded) lines go")
    }
    if !personEdits.isEmpty {
      lines.append(
        "your own edits would be overwritten (kept in a checkpoint first): \(personEdits.joined(separator: ", "))")
    }
    if !stagesRedone.isEmpty {
      lines.append("documents made again: stage \(stagesRedone.map(String.init).joined(separator: ", "))")
    }
    if !substagesRerun.isEmpty { lines.append("runs again: \(substagesRerun.joined(separator: ", "))") }
    if !approvalsVoided.isEmpty { lines.append("approvals asked anew: \(approvalsVoided.joined(separator: ", "))") }
    if gatesVoided > 0 { lines.append("gate results that no longer count: \(gatesVoided)") }
    if !waivers.isEmpty { lines.append("waived, never shown as passed: \(waivers.joined(separator: ", "))") }
    if let attemptsLeft { lines.append("attempts before you are asked again: \(attemptsLeft)") }
    if minutesSaved > 0 || minutesLost > 0 {
      lines.append("minutes: about \(minutesSaved) saved, \(minutesLost) done again")
    }
    if !next.isEmpty { lines.append(next) }
    lines += irreversible
    if irreversible.isEmpty, !undo.isEmpty { lines.append(undo) }
    return lines
  }
}
