import Engine
import Foundation
import Kernel

/// Finds sessions and decisions by the names people type.
struct SessionLookup {
  let journal: any Journal

  /// Every session that can be read, and for each other one why not.
  func all(keepingEvents: Bool = false) async throws -> (open: [OpenSession], broken: [(id: String, why: String)]) {
    var found: [OpenSession] = []
    var broken: [(id: String, why: String)] = []
    for head in try await journal.heads(of: nil) {
      do {
        found.append(try await OpenSession.open(head.session, in: journal, keepingEvents: keepingEvents))
      } catch {
        broken.append((head.session, Told(error)?.why ?? "\(error)"))
      }
    }
    return (found, broken)
  }

  /// The session of a name, or without one all that can be read.
  func named(_ name: String?) async throws -> [OpenSession] {
    guard let name else { return try await all().open }
    return [try await one(name)]
  }

  /// One session by its name, or by the beginning of it where that is enough.
  func one(_ name: String, keepingEvents: Bool = false) async throws -> OpenSession {
    try await OpenSession.open(full(name), in: journal, keepingEvents: keepingEvents)
  }

  /// The whole name of a session, of which nothing is read.
  func full(_ name: String) async throws -> String {
    let ids = try await journal.heads(of: nil).map(\.session)
    if ids.contains(name) { return name }
    let near = ids.filter { $0.hasPrefix(name) }
    guard near.count == 1, let id = near.first else {
      let known = ids.isEmpty ? "there is none yet" : ids.joined(separator: ", ")
      throw Told(.refused, why: "There is no session \(name).", instead: "Sessions: \(known).")
    }
    return id
  }

  /// A decision by its identifier, or by its end (`D1`) where that is enough.
  func decision(_ name: String) async throws -> (open: OpenSession, decision: Decision) {
    let (sessions, _) = try await all()
    for open in sessions {
      if let decision = open.session.decision(name) { return (open, decision) }
    }
    let near = sessions.flatMap { open in
      open.session.openDecisions.filter { $0.id.hasSuffix("-" + name) }.map { (open, $0) }
    }
    guard near.count == 1, let match = near.first else {
      let known = sessions.flatMap(\.session.openDecisions).map(\.id)
      throw Told(
        .refused, why: "There is no decision \(name).",
        instead: known.isEmpty ? "No decision is open." : "Open decisions: \(known.joined(separator: ", ")).")
    }
    return match
  }

  /// A callback by `SESSION/C-1`, or by `C-1` where only one session waits for an answer to one of that name.
  func callback(_ name: String, session: String?) async throws -> (open: OpenSession, id: String) {
    if let slash = name.lastIndex(of: "/") {
      return (try await one(String(name[..<slash])), String(name[name.index(after: slash)...]))
    }
    if let session { return (try await one(session), name) }
    let holding = try await all().open.filter { $0.session.callback(name) != nil }
    let waiting = holding.filter { $0.session.callback(name)?.answer == nil }
    // One that is answered already is refused by the kernel, which names who did.
    let near = waiting.isEmpty ? holding : waiting
    guard near.count == 1, let open = near.first else {
      let names = near.map { "\($0.id)/\(name)" }.joined(separator: ", ")
      throw Told(
        .refused, why: near.isEmpty ? "There is no callback \(name)." : "Several sessions have a callback \(name).",
        instead: near.isEmpty ? "`signalbox callbacks` lists them." : "Name one of \(names).")
    }
    return (open, name)
  }
}
