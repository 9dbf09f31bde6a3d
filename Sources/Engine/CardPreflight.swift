import Kernel

/// Holds every file against the card of the role that wrote it, beside all other looks.
///
/// A protocol refuses what a card forbids before it happens. A program that writes by itself is caught here: what its role
/// must not touch never becomes part of what was accepted, whoever wrote it and on whatever way.
public struct CardPreflight: Preflight {
  private let inner: any Preflight
  private let cards: [RoleCard]

  /// Makes it around another one.
  public init(_ inner: any Preflight, cards: [RoleCard]) {
    self.inner = inner
    self.cards = cards
  }

  /// What the card forbids, then what everybody else finds.
  public func check(_ file: CandidateFile) async throws -> [PreflightFinding] {
    let others = try await inner.check(file)
    guard !file.isExpected, let card = cards.first(where: { $0.role == file.role }),
      case .forbidden(let why) = card.verdict(path: file.path, writing: true)
    else { return others }
    let finding = PreflightFinding(
      check: "role-card", severity: .reject, line: 0,
      message: "The card of the role \(card.role) forbids to write it: \(why)")
    return [finding] + others
  }
}
