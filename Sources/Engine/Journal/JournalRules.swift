/// What every journal refuses before it looks at its storage, in the same words.
public enum JournalRules {
  /// The longest session identifier, in bytes: it names a file beside the journal.
  public static let longestSession = 100
  /// The longest data of one entry, in bytes (16 MiB); high-volume output belongs in a transcript.
  public static let longestData = 16 << 20
  /// The longest request identifier, kind, author or decision identifier, in bytes (64 KiB).
  public static let longestText = 64 << 10

  /// Says why a text cannot identify a session, or returns `nil` when it can.
  ///
  /// Allowed are 1 to 100 of `A–Z a–z 0–9 . _ -`, not beginning with a full stop.
  public static func problem(withSession session: String) -> String? {
    if session.utf8.isEmpty { return "a session needs a name" }
    if session.utf8.count > longestSession { return "a session's name has at most \(longestSession) characters" }
    if session.utf8.first == UInt8(ascii: ".") { return "a session's name does not begin with a full stop" }
    let allowed = session.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    return allowed ? nil : "a session's name holds only A–Z, a–z, 0–9, full stop, underscore and hyphen"
  }

  /// Says why entries cannot be appended as one unit, or returns `nil` when they can.
  public static func problem(withEntries entries: [JournalEntry], request: String) -> String? {
    if entries.isEmpty { return "there is nothing to append" }
    if request.utf8.isEmpty { return "an append needs a request identifier" }
    let texts = [request] + entries.flatMap { [$0.type, $0.by, $0.answers ?? ""] }
    if texts.contains(where: { $0.utf8.count > longestText }) {
      return "a request, kind, author or decision identifier is longer than \(longestText >> 10) KiB"
    }
    if entries.contains(where: { $0.data.utf8.count > longestData }) {
      return "the data of an event is longer than \(longestData >> 20) MiB; put it in a transcript and refer to it"
    }
    var answered: Set<[UInt8]> = []
    for decision in entries.compactMap(\.answers) where !answered.insert(Array(decision.utf8)).inserted {
      return "one append answers the decision \(decision) twice"
    }
    return nil
  }

  /// Makes the failure for a caller that has read further than the journal goes: its history was cut or rolled back.
  public static func cut(_ session: String, head: Int, read version: Int) -> JournalFailure {
    .broken(
      session: session, seq: head + 1,
      reason: "it was read before, up to event \(version), but the journal now ends at \(head)")
  }
}
