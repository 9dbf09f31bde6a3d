/// Whether keys may give an order yet: only after a moment in which none was pressed, so that nobody who types into
/// something else gives one.
struct Arming: Equatable, Sendable {
  /// How long no key may be pressed before keys count, in milliseconds. Long enough for a person typing into something
  /// else to notice; short enough not to be felt by one who opened what is armed.
  static let quiet: Int64 = 350

  /// Whether keys count.
  private(set) var isArmed = false
  /// The first moment known to be after the last key; `nil` until one came.
  private var quietSince: Int64?

  /// A key was pressed: the quiet begins anew, unless the keys are armed already.
  mutating func disturb() {
    if !isArmed { quietSince = nil }
  }

  /// Time went on; the first moment after a key starts the quiet, because the key's own moment is not known.
  mutating func settle(at now: Int64) {
    guard !isArmed else { return }
    guard let since = quietSince, since <= now else {
      quietSince = now
      return
    }
    if now - since >= Arming.quiet { isArmed = true }
  }
}
