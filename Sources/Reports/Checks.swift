import Kernel

/// The checks of the domain that no gate of the engine makes, so that nobody takes their absence for a pass.
enum Checks {
  /// What a person has to look at, with what is expected; which of them apply depends on level and workflow.
  static func byHand(_ session: Session) -> [(check: String, expected: String)] {
    var checks = [
      ("Requirements wording", "what goes beyond create, read, update and delete is really there"),
      ("Project structure", "compliant with the structure the plan describes"),
      ("Shared components", "no duplication"),
    ]
    let kinds = session.workflow.gates.map(\.kind)
    if !kinds.contains("naming") { checks.append(("Naming", "no prohibited names")) }
    if !kinds.contains("security") { checks.append(("Security", "no high-severity findings")) }
    let level = session.level ?? 1
    if level >= 3 {
      checks.append(("Load", level >= 4 ? "load tests meet the agreed service levels" : "a load baseline exists"))
    }
    if level >= 4 {
      checks.append(("Security tests", "the generated security tests were run against a real deployment"))
    }
    return checks
  }
}
