import Engine
import Foundation
import Glibc
import Kernel
import Playbooks

/// The role cards of a session as they were when it began; a card that is edited later changes nothing under it.
struct KeptCards {
  private let folder: String

  /// The cards kept with a session; they lie in its folder as they lie in a library.
  init(_ folder: SessionFolder) { self.folder = folder.path }

  private var path: String { "\(folder)/roles" }

  /// Whether cards are kept; sessions that began before cards were kept have none.
  var areThere: Bool { FileManager.default.fileExists(atPath: path) }

  /// Reads the kept cards.
  ///
  /// - Throws: A `LibraryFailure`; a session never goes on under other cards than its own.
  func cards() throws -> [RoleCard] { try Library(kept: folder).roleCards() }

  /// Keeps every card of a library. They appear all at once: whoever is killed meanwhile has kept none.
  func keep(_ library: Library) throws {
    // Only cards that fit together are kept, since nobody could correct them afterwards.
    _ = try library.roleCards()
    let draft = "\(folder)/roles-\(getpid())"
    let files = FileManager.default
    do {
      if files.fileExists(atPath: draft) { try files.removeItem(atPath: draft) }
      try StateFolder.make(draft)
      for role in library.roleNames {
        guard let bytes = try library.roleFile(role) else { continue }
        let card = "\(draft)/\(role).yaml"
        guard files.createFile(atPath: card, contents: Data(bytes), attributes: [.posixPermissions: 0o600]) else {
          throw CocoaError(.fileWriteUnknown)
        }
      }
      // What a beginning that was cut short left counts for nothing: its session does not exist.
      if areThere { try files.removeItem(atPath: path) }
      try files.moveItem(atPath: draft, toPath: path)
    } catch let failure as LibraryFailure {
      throw failure
    } catch {
      throw Told(
        .refused, why: "The role cards cannot be kept in \(path): \(error.localizedDescription)",
        instead: "Look at the state folder with `signalbox doctor`.")
    }
  }

  /// Says once of each card that it is another on disk now, and that the session keeps its own.
  func hold(against library: Library, telling open: inout OpenSession) async throws {
    guard open.session.standing == .active, FileManager.default.fileExists(atPath: "\(folder)/\(CrewFile.name)") else {
      return
    }
    guard areThere else {
      try keep(library)
      return try await tell(
        "This session began before role cards were kept with it; from now on it keeps those of today.",
        as: "cards-kept", to: &open)
    }
    let kept = Library(kept: folder)
    for role in kept.roleNames {
      let own = try kept.roleFile(role)
      // One that cannot be read any more is another one, too.
      let now = try? library.roleFile(role)
      guard now != own else { continue }
      let change = now == nil ? "is gone or cannot be read" : "was changed"
      try await tell(
        "The card of \(role) \(change) since; this session keeps its own.",
        as: "card-\(role)-\(now.map { sha256($0) } ?? "none")", to: &open)
    }
  }

  /// A note under a name of its own: giving it again adds nothing.
  private func tell(_ words: String, as request: String, to open: inout OpenSession) async throws {
    try await open.submit(
      Order(at: currentMoment(), by: "engine", demand: .note(.warning, text: words)), request: request)
  }
}
