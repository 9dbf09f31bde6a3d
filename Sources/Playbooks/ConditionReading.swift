import Kernel

/// A condition together with the place where it stands.
struct PlacedCondition {
  /// The condition.
  let condition: Condition
  /// Where it stands.
  let entry: YAMLEntry
}

extension YAMLEntry {
  /// The value as a list of conditions, each one line: `FACT TEST VALUE`, e.g. `attempts-left is 0`.
  ///
  /// An empty value is written `""`. Conditions that could never hold because of a misspelt fact or value are refused.
  ///
  /// - Parameters:
  ///   - kind: The situation whose facts may be named.
  ///   - trigger: What holds already, which may narrow the facts.
  func conditions(of kind: SituationKind, given trigger: [Condition]) throws(LibraryFailure) -> [PlacedCondition] {
    var found: [PlacedCondition] = []
    for entry in try list(of: "conditions") {
      let earlier = trigger + found.map(\.condition)
      let condition = try entry.condition(of: kind, given: earlier)
      guard !found.contains(where: { $0.condition == condition }) else {
        throw entry.failure("This condition stands twice; keep one of them.")
      }
      found.append(PlacedCondition(condition: condition, entry: entry))
    }
    guard !found.isEmpty else { throw failure("Expected at least one condition, or leave the name out.") }
    return found
  }

  private func condition(of kind: SituationKind, given trigger: [Condition]) throws(LibraryFailure) -> Condition {
    let tests = Condition.Test.allCases.map(\.rawValue).joined(separator: ", ")
    let parts = (node.scalar?.string ?? "").split(separator: " ", maxSplits: 2).map { part in
      String(part.drop { $0 == " " })
    }
    guard parts.count == 3 else {
      throw failure("Expected a condition as FACT TEST VALUE, for example “attempts-left is 0”; tests are \(tests).")
    }
    _ = try text("a condition")
    let fact = parts[0]
    let known = kind.facts(given: trigger)
    guard known.contains(fact) else {
      throw failure("Nothing fills in “\(fact)” for \(kind.words); known are \(known.joined(separator: ", ")).")
    }
    guard let test = Condition.Test(rawValue: parts[1]) else {
      throw failure("“\(parts[1])” is no test; known are \(tests).")
    }
    let value = parts[2] == "\"\"" ? "" : parts[2]
    switch test {
    case .atLeast, .atMost:
      guard kind.isNumber(fact) else {
        throw failure("“\(fact)” is a text, so “\(test.rawValue)” never holds; use is, is-not or contains.")
      }
      guard Int(value) != nil else {
        throw failure("“\(test.rawValue)” compares whole numbers, not “\(value)”.")
      }
    case .equal, .different:
      if let values = kind.values(of: fact), !values.contains(value) {
        let list = values.map { $0.isEmpty ? "\"\"" : $0 }.joined(separator: ", ")
        throw failure("“\(fact)” is never “\(value)”; it is one of \(list).")
      }
    case .contains:
      guard !value.isEmpty else { throw failure("Every text contains nothing; say what it must contain.") }
    }
    return Condition(fact: fact, test: test, value: value)
  }

  /// The value as a span of time like `30m`, `4h` or `3d`, in minutes.
  func minutes(_ what: String) throws(LibraryFailure) -> Int {
    let text = node.scalar?.string ?? ""
    let units: [Character: Int] = ["m": 1, "h": 60, "d": 1_440]
    // A year is longer than anybody is waited for; it keeps every sum of moments far from overflowing.
    let most = 365 * 1_440
    guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()),
      text.dropLast().allSatisfy({ ("0"..."9").contains($0) }), number >= 1, number <= most / unit
    else {
      throw failure("Expected \(what) as minutes, hours or days, for example 30m, 4h or 3d, not “\(text)”.")
    }
    return number * unit
  }
}
