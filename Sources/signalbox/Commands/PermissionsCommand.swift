import ArgumentParser
import Engine
import Foundation
import Kernel

/// Shows what agents asked leave for.
struct Permissions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "permissions",
    abstract: "Show what agents asked leave for, who answered, and what is granted for longer.")

  @Argument(help: "The session.")
  var session: String
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let wiring = try Wiring()
    let session = try await SessionLookup(journal: try wiring.journal()).one(session).session
    let open = session.openDecisions.filter { $0.subjectPermission != nil }
    if json {
      return say(
        JSONOutput.text([
          "session": session.id, "open": open.map(\.id), "permissions": session.permissions.map(JSONOutput.permission),
          "grants": session.grants.map { JSONOutput.grant($0, in: session) },
        ]))
    }
    for line in PermissionText.lines(session, at: currentMoment()) { say(line) }
  }
}

/// What agents asked leave for, as lines for people.
enum PermissionText {
  static func lines(_ session: Session, at moment: Moment) -> [String] {
    let open = session.openDecisions.filter { $0.subjectPermission != nil }
    var lines = open.map { "?  \($0.id): \(oneLine($0.title))" }
    if let first = open.first { lines.append("answer with `signalbox answer \(first.id) OPTION`") }
    for record in session.permissions {
      let decision = record.decision.map { ", \($0)" } ?? ""
      lines += [
        "\(mark(record))  \(isoTime(record.at))  \(record.agent): \(oneLine(record.title))",
        "   \(record.verdict) by \(oneLine(record.by))\(decision): “\(oneLine(record.answer))”  (\(record.task), attempt "
          + "\(record.attempt))\(record.isDelivered ? "" : "; it did not reach the agent")",
      ]
    }
    if lines.isEmpty { lines.append("No agent asked leave for anything.") }
    for grant in session.grants {
      let state = session.state(of: grant, at: moment)
      let ended = grant.ended.map { ": \(oneLine($0))" } ?? ""
      lines += [
        "\(grant.id)  \(state.rawValue)\(ended)  \(oneLine(grant.scope.words))",
        "   for \(grant.task) until \(isoTime(grant.until)) at the latest, by \(grant.by) in \(grant.decision)",
      ]
    }
    if let grant = session.grants.first(where: { session.state(of: $0, at: moment) == .standing }) {
      lines.append("end one with `signalbox revoke \(session.id) \(grant.id)`")
    }
    return lines
  }

  private static func mark(_ record: PermissionRecord) -> String {
    record.isAllowed ? "+" : record.source == .nobody ? "-" : "X"
  }
}

/// Ends a standing grant.
struct Revoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "End a standing grant: from now on the agent's next question is yours again.")

  @Argument(help: "The session.")
  var session: String
  @Argument(help: "The grant, e.g. G-1.")
  var grant: String
  @ArgumentParser.Option(help: "Why, for the report.")
  var reason: String?

  func run() async throws {
    let wiring = try Wiring()
    try wiring.refuseInsideTask("Grants are not revoked")
    var open = try await SessionLookup(journal: try wiring.journal()).one(session)
    if let found = open.session.grants.first(where: { $0.id == grant }), let ended = found.ended {
      return say("\(grant) had ended before: \(oneLine(ended))")
    }
    // Who did it stands in the event; the reason is all that a person says.
    try await open.submit(
      Order(at: currentMoment(), by: wiring.person, demand: .revokeGrant(grant, reason: reason ?? "")),
      request: "revoke-\(UUID().uuidString)")
    say("\(grant) is revoked. What it let pass before stays as it is; undo or a rollback takes files back.")
  }
}
