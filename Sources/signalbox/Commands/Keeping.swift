import ArgumentParser
import Engine
import Foundation
import JournalSQLite
import Kernel
import Reports

/// Prints the QA report of a session.
struct Report: AsyncParsableCommand {
  /// How a report is printed.
  enum Format: String, ExpressibleByArgument {
    case md, json
  }

  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Print the QA report; a partial one while the session is unfinished.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "md or json.")
  var format = Format.md

  func run() async throws {
    let wiring = try Wiring()
    let report = try await Handoff(wiring: wiring, journal: try wiring.journal()).report(of: session)
    switch format {
    case .md: say(report.markdown)
    case .json: say(JSONOutput.plain(report.json))
    }
  }
}

/// Writes the handoff package of a session.
struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the handoff package: sources, documents, evidence and a manifest of hashes.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "The zip to write (default: ./SESSION-handoff.zip).")
  var output: String?

  func run() async throws {
    let wiring = try Wiring()
    let handoff = Handoff(wiring: wiring, journal: try wiring.journal())
    let written = try await handoff.package(of: session, to: output, instead: "Name another file with --output")
    say("\(written.path)  sha256 \(written.hash)")
  }
}

/// Writes what a session is handed over with: its report and its package.
struct Handoff: Sendable {
  let wiring: Wiring
  let journal: any Journal

  /// The QA report as it stands; a partial one while the session is unfinished.
  func report(of name: String) async throws -> SessionReport {
    let open = try await SessionLookup(journal: journal).one(name, keepingEvents: true)
    return SessionReport(open: open, files: try await files(of: open.session), version: Version.number)
  }

  /// Writes the package to a path that does not exist yet.
  func package(of name: String, to output: String?, instead: String) async throws -> (path: String, hash: String) {
    let open = try await SessionLookup(journal: journal).one(name, keepingEvents: true)
    let path = StateFolder.absolute(output ?? "./\(open.id)-handoff.zip")
    guard !FileManager.default.fileExists(atPath: path) else {
      throw Told(.refused, why: "\(path) exists already.", instead: "\(instead); nothing was written.")
    }
    let workspace = try await wiring.workspace(of: open.session)
    let hash = try await HandoffPackage(open: open, folder: wiring.state.session(open.id), version: Version.number)
      .write(to: path, from: workspace)
    return (path, hash)
  }

  private func files(of session: Session) async throws -> [FileClaim] {
    guard FileManager.default.fileExists(atPath: session.workspace) else { return [] }
    return try await wiring.workspace(of: session).files().map { FileClaim(path: $0.path, hash: $0.hash) }
  }
}

/// Re-checks a session or a handoff package.
struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Re-check a session's journal, files and evidence, or a handoff package; name the first thing that fails."
  )

  @Argument(help: "The session, or a handoff zip.")
  var subject: String

  func run() async throws {
    if subject.hasSuffix(".zip"), FileManager.default.fileExists(atPath: subject) {
      let checked = try await PackageCheck(path: StateFolder.absolute(subject)).run()
      for (one, other) in checked.twins {
        say("\(subject): unpacked where case does not count, one of “\(one)” and “\(other)” replaces the other.")
      }
      say("\(subject): \(checked.files) files, every hash as the manifest says.")
      return
    }
    let wiring = try Wiring()
    let journal = try wiring.journal()
    let known = try await journal.heads(of: nil).map(\.session)
    if !known.contains(subject), subject.contains("/") || subject.hasSuffix(".zip") {
      let isThere = FileManager.default.fileExists(atPath: subject)
      throw Told(
        .refused, why: "\(subject): \(isThere ? "not a handoff package (.zip)" : "there is no such file").",
        instead: "Name a session (`signalbox list`) or a handoff zip.")
    }
    let id = known.contains(subject) ? subject : try await SessionLookup(journal: journal).one(subject).id
    let found = try await journal.verify(id)
    say(
      "\(id): \(found.events) events hold, chained and anchored up to \(found.anchored); head \(found.hash.prefix(12))…"
    )
    let open = try await OpenSession.open(id, in: journal)
    let evidence = try EvidenceCheck(session: open.session).run()
    say("\(id): \(evidence) pieces of evidence, every hash as recorded.")
    let check = FileCheck(session: open.session, wiring: wiring)
    for words in try await check.unexpected() { say("\(id): unexpected: \(words)") }
    let count = try await check.run()
    say("\(id): \(count) files that tasks left, every hash as recorded.")
  }
}
