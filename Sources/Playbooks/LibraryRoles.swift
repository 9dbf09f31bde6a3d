import Kernel

extension Library {
  /// The names of all roles that have a card, sorted.
  public var roleNames: [String] { names(in: "roles", ending: "yaml") }

  /// Reads the card of one role; whether the roles it names have cards is checked with all of them together.
  ///
  /// - Throws: A ``LibraryFailure`` with the place to correct.
  public func roleCard(_ role: String) throws(LibraryFailure) -> RoleCard { try roleSource(role).card }

  /// The bytes of a role's card as its file holds them, or `nil` where there is none.
  public func roleFile(_ role: String) throws(LibraryFailure) -> [UInt8]? { try find("roles/\(role).yaml")?.bytes }

  /// Reads every card and checks that they fit together: whoever is named has a card, and every chain ends with the
  /// person.
  ///
  /// - Throws: The first ``LibraryFailure`` found, with the place to correct.
  public func roleCards() throws(LibraryFailure) -> [RoleCard] {
    var sources: [RoleCardSource] = []
    for name in roleNames { sources.append(try roleSource(name)) }
    let known = sources.map(\.card.role) + [RoleCard.person]
    for (role, entry) in sources.flatMap(\.references) where !known.contains(role) {
      throw entry.failure(
        "There is no role “\(role)”; known are \(known.joined(separator: ", ")). Add roles/\(role).yaml, or name one.")
    }
    let cards = sources.map(\.card)
    if let circle = RoleCard.circle(in: cards), let first = sources.first(where: { $0.card.role == circle[0] }) {
      throw first.reportsTo.failure(
        "“\(circle[0])” reports to itself: \(circle.joined(separator: " → ")). One of them must report to somebody "
          + "else, so that the chain ends with “person”.")
    }
    return cards
  }

  /// A card with its places; a role that works as another one has that one's card under its own name.
  private func roleSource(_ role: String) throws(LibraryFailure) -> RoleCardSource {
    let own = try RoleCardSource(reading: file(named: role, in: "roles", ending: "yaml"), id: role)
    guard let (other, entry) = own.standsFor else { return own }
    guard other != role, let file = try find("roles/\(other).yaml") else {
      throw entry.failure("There is no card of another role “\(other)”; expected roles/\(other).yaml.")
    }
    var source = try RoleCardSource(reading: file, id: other)
    guard source.standsFor == nil else {
      throw entry.failure("“\(other)” works as another role itself; name that one.")
    }
    source.card.role = role
    if own.hasTitle { source.card.title = own.card.title }
    return source
  }
}
