import Kernel
import Screen

// A console that only looks (--read-only): everything can be seen, and nothing is ordered.

extension Action {
  /// Whether it leads to an order or writes something for a session.
  var changesSessions: Bool {
    switch self {
    case .pause, .abort, .undo, .rollBack, .change, .reply, .revoke, .startEngine, .newSession, .export: return true
    default: return false
    }
  }
}

extension Intent {
  /// Whether it leads to an order or writes something for a session; a console that only looks does none of them.
  public var changesSessions: Bool {
    switch self {
    case .submit, .look, .export, .startSample, .startEngine: return true
    case .weigh, .compare, .writeReport, .openEditor, .openPager, .readFile, .copy, .theme, .bell, .notify, .mouse,
      .remember, .keepDraft, .title, .progress, .reload, .repaint, .suspend, .quit:
      return false
    }
  }
}

extension Model {
  /// Why nothing can be ordered in a console that only looks.
  static let reasonReadOnly = "this console is read-only (--read-only)"

  /// Why an action cannot be done in a console that only looks, or `nil`.
  func reasonOnlyLooking(_ action: Action) -> String? {
    guard isReadOnly else { return nil }
    if action.changesSessions || action == .open && offersSamples { return Model.reasonReadOnly }
    if place == .decision, [.nextField, .previousField, .editor].contains(action) { return Model.reasonReadOnly }
    return nil
  }
}
