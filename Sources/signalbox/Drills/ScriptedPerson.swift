import Engine
import Foundation
import Kernel
import Playbooks

/// Asks for what a drill's script says, where nobody is at the keys: each wish once, at its moment.
actor ScriptedPerson {
  private let name: String
  private let journal: any Journal
  private var left: [(when: Drill.Moment, wish: Drill.Wish)]

  init(_ drill: Drill, name: String, journal: any Journal) {
    self.name = name
    self.journal = journal
    left = drill.wishes
  }

  /// Looks at a session and asks for what is due.
  func look(at session: Session) async {
    guard let next = left.first, isNow(next.when, in: session) else { return }
    left.removeFirst()
    do {
      var open = try await OpenSession.open(session.id, in: journal)
      try await open.submit(
        Order(at: currentMoment(), by: name, demand: demand(next.wish)), request: "drill-\(UUID().uuidString)")
    } catch {
      remark("The drill's wish was refused: \(Told(error)?.why ?? "\(error)")")
    }
  }

  private func isNow(_ moment: Drill.Moment, in session: Session) -> Bool {
    switch moment {
    case .task(let id):
      return session.inFlight.contains { effect in
        if case .perform(id, _) = effect { true } else { false }
      }
    case .question(let playbook): return session.openDecisions.contains { $0.playbook == playbook }
    case .answered(let playbook):
      return session.decisions.contains { $0.playbook == playbook && $0.answer != nil && !$0.isUndone }
    }
  }

  private func demand(_ wish: Drill.Wish) -> Demand {
    switch wish {
    case .change(let text): return .change(text: text, field: nil)
    case .rollBack(let stage, let substages, let reason):
      return .rollBack(to: stage, substages: substages, reason: reason)
    case .abort(let reason): return .requestAbort(reason: reason)
    case .undo(let reason): return .undo(reason: reason)
    }
  }
}
