/// What a whole history was found to be when everything in it held.
public struct JournalVerification: Equatable, Sendable {
  /// The session.
  public var session: String
  /// How many events hold; 0 for a session without history.
  public var events: Int
  /// The last event's hash, or 64 zeros.
  public var hash: String
  /// The highest lease epoch.
  public var epoch: Int
  /// How many of the events the anchor outside the journal proves; less than `events` only after a crash between a
  /// commit and its anchor, until the next append.
  public var anchored: Int

  /// Makes a verification from its parts.
  public init(session: String, events: Int, hash: String, epoch: Int, anchored: Int) {
    self.session = session
    self.events = events
    self.hash = hash
    self.epoch = epoch
    self.anchored = anchored
  }
}
