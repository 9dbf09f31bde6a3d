import Screen

// What a person's files say of the console, which may change while it is open.

/// How a person wants the console, as far as the console itself heeds it; from `config.yaml` and `keys.yaml`.
public struct Preferences: Equatable, Sendable {
  /// How they want to be told of what needs them.
  public var attention: Attention
  /// The keys in force.
  public var keymap: Keymap
  /// Whether the terminal shows how far the work is.
  public var showsProgress: Bool

  /// Makes them from their parts.
  public init(attention: Attention = Attention(), keymap: Keymap = .standard, showsProgress: Bool = false) {
    self.attention = attention
    self.keymap = keymap
    self.showsProgress = showsProgress
  }
}

extension Model {
  /// Follows what the person wants from now on.
  public mutating func adopt(_ preferences: Preferences) {
    attention = preferences.attention
    keymap = preferences.keymap
    showsProgress = preferences.showsProgress
    // Questions name keys, too.
    card?.laidOut = nil
  }

  // MARK: Progress

  /// How far the work is: of the session that is open, or of all that are at work. Only what was counted becomes a number;
  /// what waits for the person comes before everything else.
  var progress: WorkProgress {
    let looked = currentID.flatMap(snapshot).map { [$0] } ?? sessions.filter { !$0.hasEnded }
    let words = looked.map { $0.word(at: now) }
    let isWorking = words.contains { [.running, .retry, .stalled].contains($0) }
    let isStuck = words.contains { [.failed, .blocked, .lost].contains($0) }
    guard !queue.isEmpty || isWorking || isStuck else { return .none }
    let steps = looked.flatMap { snapshot in snapshot.session.stages.compactMap { snapshot.steps(of: $0) } }
    let all = steps.map(\.all).reduce(0, +)
    let percent = all > 0 ? steps.map(\.done).reduce(0, +) * 100 / all : nil
    if !queue.isEmpty { return .waiting(percent) }
    if isStuck { return .failed(percent) }
    return percent.map(WorkProgress.done) ?? .unknown
  }

  /// Tells the shell of progress that is new, where it is shown.
  mutating func progressToShell() -> [Intent] {
    let progress = showsProgress ? self.progress : .none
    guard progress != lastProgress else { return [] }
    lastProgress = progress
    return [.progress(progress)]
  }
}
