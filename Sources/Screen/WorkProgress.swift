/// How far the work is, as a terminal can show it in its tab or in the taskbar.
public enum WorkProgress: Equatable, Sendable {
  /// There is nothing to show.
  case none
  /// So much of what was counted is done, in per cent.
  case done(Int)
  /// It failed, or cannot go on.
  case failed(Int?)
  /// It works, and nothing can be counted.
  case unknown
  /// It waits for a person.
  case waiting(Int?)
}
