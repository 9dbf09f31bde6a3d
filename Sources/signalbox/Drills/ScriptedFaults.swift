import Engine
import Foundation
import Kernel
import Playbooks
import Synchronization

/// Lets go wrong what a drill's script says; everything else is the real thing.
struct ScriptedFaults: Sendable {
  let drill: Drill
  let journal: any Journal

  /// The same performers, with the script between them and the session.
  func around(_ real: Performers) -> Performers {
    var scripted = real
    scripted.tasks = real.tasks.mapValues { ScriptedTask(real: $0, faults: self) }
    scripted.gates = ScriptedGates(real: real.gates, faults: self)
    scripted.probe = ScriptedProbe(real: real.probe, faults: self)
    scripted.probePauses = [700, 700, 1_000]
    return scripted
  }

  /// Waits until something was asked for and settled; the session's history tells.
  func hold(_ session: String) async throws {
    for await changed in journal.changes() where changed == nil || changed == session {
      try Task.checkCancellation()
      let now = try await OpenSession.open(session, in: journal).session
      if !now.requests.isEmpty, now.openRequests.isEmpty { return }
    }
    try Task.checkCancellation()
  }
}

/// A performer that fails, or lasts, where the script says so.
private struct ScriptedTask: TaskPerformer {
  let real: any TaskPerformer
  let faults: ScriptedFaults

  var isRepeatable: Bool { real.isRepeatable }

  func perform(_ assignment: Assignment) async throws -> TaskReport {
    let task = assignment.task
    for fault in faults.drill.faults {
      switch fault {
      case .task(task.id, let attempts, let failure) where attempts.isEmpty || attempts.contains(task.attempt):
        assignment.transcript.write(failure.message)
        throw failure
      case .hold(task.id) where assignment.session.requests.isEmpty:
        assignment.transcript.write("This task lasts until you asked for something and it is settled.")
        try await faults.hold(assignment.session.id)
      case .task, .gate, .dependency, .hold: continue
      }
    }
    return try await real.perform(assignment)
  }
}

/// A gate runner whose gates fail where the script says so.
private struct ScriptedGates: GateRunner {
  let real: any GateRunner
  let faults: ScriptedFaults

  func run(_ gate: Gate, of session: Session, in workspace: any Workspace, folder: SessionFolder, attempt: Int)
    async throws -> GateResult
  {
    for fault in faults.drill.faults {
      guard case .gate(gate.id, let attempts, let achieved, let findings) = fault,
        attempts.isEmpty || attempts.contains(attempt)
      else { continue }
      let required = session.gate(gate.id)?.required ?? gate.required
      // The evidence says what it is: a script's word.
      let path = "\(folder.evidence)/\(gate.id)-\(attempt).log"
      let lines = ["A drill's script says so: \(achieved), required \(required)."] + findings.map(\.message)
      try FileManager.default.createDirectory(atPath: folder.evidence, withIntermediateDirectories: true)
      let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
      _ = FileManager.default.createFile(
        atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
      return GateResult(
        passed: false, required: required, achieved: achieved, findings: findings, command: ["drill", gate.id],
        exitStatus: 1, evidence: path, evidenceHash: sha256(bytes))
    }
    return try await real.run(gate, of: session, in: workspace, folder: folder, attempt: attempt)
  }
}

/// A probe that looks in vain as often as the script says.
private final class ScriptedProbe: DependencyProbe {
  let real: any DependencyProbe
  let faults: ScriptedFaults
  private let looks = Mutex<[String: Int]>([:])

  init(real: any DependencyProbe, faults: ScriptedFaults) {
    self.real = real
    self.faults = faults
  }

  func look(for dependency: Dependency) async throws -> String? {
    for fault in faults.drill.faults {
      guard case .dependency(dependency.id, let vain) = fault else { continue }
      let count = looks.withLock { all in
        all[dependency.id, default: 0] += 1
        return all[dependency.id, default: 0]
      }
      return count > vain ? "It answers again, as the drill's script says." : nil
    }
    return try await real.look(for: dependency)
  }
}
