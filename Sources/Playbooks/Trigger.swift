import Kernel

/// The conditions of a trigger, seen as what they allow; it tells whether they can hold and what follows from them.
struct Trigger {
  /// The situation whose facts are compared.
  let situation: SituationKind
  /// What must hold, all of it.
  let conditions: [Condition]

  /// The first condition that cannot hold together with those before it, or `nil` when all of them can.
  var contradiction: Int? {
    conditions.indices.first { place in
      let earlier = Trigger(situation: situation, conditions: Array(conditions[..<place]))
      return !earlier.allows(conditions[place])
    }
  }

  /// Whether a further condition can hold while these do.
  func allows(_ condition: Condition) -> Bool {
    let own = conditions.filter { $0.fact == condition.fact }
    if let values = situation.values(of: condition.fact) {
      return values.contains { value in (own + [condition]).allSatisfy { $0.holds(for: condition.fact, being: value) } }
    }
    // A value that one side fixes is simply tried on all of them.
    if let fixed = (own + [condition]).first(where: { $0.test == .equal }) {
      return (own + [condition]).allSatisfy { $0.holds(for: fixed.fact, being: fixed.value) }
    }
    let numbers = own + [condition]
    let least = numbers.filter { $0.test == .atLeast }.compactMap { Int($0.value) }.max()
    let most = numbers.filter { $0.test == .atMost }.compactMap { Int($0.value) }.min()
    guard let least, let most else { return true }
    let excluded = numbers.filter { $0.test == .different }.compactMap { Int($0.value) }
    return least <= most && (most - least >= excluded.count || (least...most).contains { !excluded.contains($0) })
  }

  /// Whether a condition holds whenever these do.
  func implies(_ condition: Condition) -> Bool {
    let own = conditions.filter { $0.fact == condition.fact }
    if let values = situation.values(of: condition.fact) {
      let possible = values.filter { value in own.allSatisfy { $0.holds(for: condition.fact, being: value) } }
      return possible.allSatisfy { condition.holds(for: condition.fact, being: $0) }
    }
    return own.contains { known in
      switch (known.test, condition.test) {
      case (.equal, _): return condition.holds(for: known.fact, being: known.value)
      case (.different, .different): return known.value == condition.value
      case (.contains, .contains): return known.value.lowercased().contains(condition.value.lowercased())
      case (.atLeast, .atLeast), (.atMost, .atMost), (.atLeast, .different), (.atMost, .different):
        guard let bound = Int(known.value), let other = Int(condition.value) else { return false }
        switch (known.test, condition.test) {
        case (.atLeast, .atLeast): return bound >= other
        case (.atMost, .atMost): return bound <= other
        case (.atLeast, _): return other < bound
        default: return other > bound
        }
      default: return false
      }
    }
  }
}

extension Condition {
  /// Whether the condition holds when its fact has a value.
  fileprivate func holds(for fact: String, being value: String) -> Bool {
    holds(for: [Setting(name: fact, value: value)])
  }
}

extension Playbook {
  /// How exact the trigger is, as the kernel ranks it: every condition counts two, and stages count one.
  var exactness: Int { 2 * conditions.count + (stages.isEmpty ? 0 : 1) }

  /// Whether another playbook's trigger holds whenever this one's does.
  func isCovered(by other: Playbook) -> Bool {
    guard let situation, situation == other.situation else { return false }
    let isInside = other.stages.isEmpty || (!stages.isEmpty && stages.allSatisfy(other.stages.contains))
    let trigger = Trigger(situation: situation, conditions: conditions)
    return isInside && other.conditions.allSatisfy { trigger.implies($0) }
  }
}
