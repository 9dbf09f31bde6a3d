@testable import Kernel

/// A moment in the middle of a session in which nothing went wrong; worlds begin there, because the way is long.
struct Start: Sendable {
  let creation: Creation
  let journal: [Event]
  let steps: Int
  let truth: Session
  let checker: Checker
  let engine: Simulation.Engine
  let reports: [Simulation.Report]
  let farSide: [Effect: Int]
  let written: [Effect: [FileClaim]]
  let disk: Disk

  /// The moments of a few different sessions, each from its second step to its end.
  static let all: [[Start]] = [
    moments(Workflows.whole, level: 2, modules: "bot"),
    moments(Workflows.whole, level: 3, modules: "bot", requirements: "- Must: read the database directly"),
    moments(Workflows.whole, level: 1, modules: "none", requirements: "- Must: trace every call"),
    moments(Workflows.strange, level: 3, modules: "workers"),
    moments(Workflows.strange, level: 1, modules: "workers"),
    moments(Workflows.mini, level: 2, modules: "bot"),
    moments(Workflows.odd, level: 3, modules: "workers"),
  ]

  private static func moments(
    _ workflow: Workflow, level: Int, modules: String, requirements: String = "- Must: lend a book"
  ) -> [Start] {
    let brief = Briefs.text(replacing: [
      .maturityLevel: String(level), .optionalModules: modules, .functionalRequirements: requirements,
    ])
    let simulation = Simulation(
      calm: Creation(id: "s", title: "t", workspace: "/w", briefText: brief, workflow: workflow))
    var starts: [Start] = []
    do {
      try simulation.create()
      while !simulation.isOver, starts.count < 300 {
        try simulation.quietStep()
        starts.append(simulation.moment)
      }
    } catch {
      preconditionFailure("a session in which nothing goes wrong goes wrong: \(error)")
    }
    return starts
  }
}

extension Simulation {
  fileprivate var moment: Start {
    Start(
      creation: creation, journal: journal, steps: steps, truth: truth, checker: checker, engine: engines[0],
      reports: reports, farSide: farSide, written: written, disk: disk)
  }
}
