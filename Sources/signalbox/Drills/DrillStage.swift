import Engine
import Foundation
import Glibc
import Kernel
import Playbooks
import Reports

/// A throw-away place in which a drill is played: a state folder, a workspace, and nothing of the person's own.
struct DrillStage {
  /// The file in a state folder that says which drill it was made for.
  static let mark = "drill"

  let drill: Drill
  let folder: String
  let wiring: Wiring

  /// Makes the place.
  init(_ drill: Drill, from real: Wiring) throws {
    self.drill = drill
    let name = "signalbox-drill-\(UUID().uuidString.prefix(8).lowercased())"
    folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(name).path
    try StateFolder.make(folder)
    var environment = real.environment
    environment["SIGNALBOX_HOME"] = folder + "/state"
    environment["SIGNALBOX_STORE"] = nil
    // The tools for the checks are the machine's own, so that no drill installs them anew.
    environment["SIGNALBOX_TOOLCHAIN"] = real.environment["SIGNALBOX_TOOLCHAIN"] ?? real.state.toolchains
    wiring = try Wiring(environment: environment)
    try StateFolder.make(wiring.state.path)
    try Data(drill.id.utf8).write(to: URL(fileURLWithPath: wiring.state.path + "/" + DrillStage.mark))
  }

  /// Begins the drill's session and returns its name.
  func begin(_ journal: any Journal, answers: [AdvanceAnswer]) async throws -> String {
    let id = try await NewSession(
      wiring: wiring, journal: journal, text: drill.brief, fallbackTitle: drill.title,
      workflow: try wiring.library.workflow(drill.workflow), name: "drill-\(drill.scenario)", level: drill.level,
      answers: answers, workspace: { "\(folder)/work/\($0)" }
    ).begin()
    var open = try await OpenSession.open(id, in: journal)
    let lines = ["Drill \(drill.scenario): \(drill.title). \(drill.says)"] + drill.steps
    for (number, line) in lines.enumerated() {
      try await open.submit(
        Order(at: currentMoment(), by: "drill", demand: .note(.info, text: line)), request: "drill-\(number)")
    }
    return id
  }

  /// Ends what still works here and takes the place away.
  func clear(_ journal: any Journal, session: String) async {
    if let open = try? await OpenSession.open(session, in: journal),
      case .alive(let process?) = wiring.liveness(of: open.session)
    {
      kill(pid_t(process), SIGTERM)
      for _ in 0..<100 where kill(pid_t(process), 0) == 0 { try? await Task.sleep(for: .milliseconds(50)) }
    }
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// What the QA report says of the drill's session, and which of the script's words it lacks.
  func report(_ journal: any Journal, session: String) async throws -> (told: String, missing: [String]) {
    let open = try await OpenSession.open(session, in: journal, keepingEvents: true)
    let files = try await wiring.workspace(of: open.session).files()
    let report = SessionReport(
      open: open, files: files.map { FileClaim(path: $0.path, hash: $0.hash) }, version: Version.number)
    let told = DrillStage.recovery(in: report.markdown)
    return (told, drill.report.filter { !report.markdown.contains($0) })
  }

  /// The sections of a report that tell what did not go straight.
  static func recovery(in markdown: String) -> String {
    let wanted = [
      "executive summary", "decisions", "recovery", "deviations", "left out", "rollbacks", "changes to", "outages",
    ]
    var kept: [Substring] = []
    var isKept = false
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("## ") {
        let heading = line.lowercased()
        isKept = wanted.contains { heading.contains($0) }
      }
      if isKept { kept.append(line) }
    }
    return kept.joined(separator: "\n")
  }
}
