import Kernel

/// A question to the shell: what would this change in the files?
///
/// The console computes with the kernel what follows for the session. How many files and lines that means, and whose
/// edits are among them, only a look at the workspace can tell.
public struct Weighing: Equatable, Sendable {
  /// The session.
  public var session: String
  /// The decision; for an undo, the one whose answer would be taken back.
  public var decision: String
  /// The option, or `nil` for taking the answer back.
  public var option: String?
  /// What is known without looking; what comes back is this with the file facts filled in.
  public var consequences: Consequences

  /// Makes a question from its parts.
  public init(session: String, decision: String, option: String?, consequences: Consequences) {
    self.session = session
    self.decision = decision
    self.option = option
    self.consequences = consequences
  }
}

/// What one choice would do, as far as it is known by now.
struct Weighed: Equatable, Sendable {
  /// What the kernel says; what was found out holds only for exactly this.
  private(set) var base: Consequences
  /// The same with the facts of the files, once somebody looked.
  private var found: Consequences?
  /// Why nobody could look.
  private(set) var trouble: String?
  /// Whether the shell was asked to look.
  private(set) var isAsked = false

  init(_ base: Consequences) { self.base = base }

  /// What to show.
  var consequences: Consequences { found ?? base }

  /// Whether files would be put back, so that the picture is complete only after a look at them.
  private var needsLook: Bool { base.restoresTree != nil }

  /// Whether the look is still awaited.
  var isLooking: Bool { needsLook && found == nil && trouble == nil }

  /// Whether the shell is still to be asked; asking counts once.
  mutating func ask() -> Bool {
    guard isLooking, !isAsked else { return false }
    isAsked = true
    return true
  }

  /// The kernel was asked again; what was found out stays as long as it says the same.
  mutating func renew(_ base: Consequences) {
    if self.base != base { self = Weighed(base) }
  }

  /// The shell has looked.
  mutating func take(_ found: Consequences, trouble: String?, for base: Consequences) {
    guard self.base == base else { return }
    self.trouble = trouble
    self.found = trouble == nil ? found : nil
  }
}

extension Model {
  /// What the shell is to find out now, each question once.
  mutating func questionsToShell() -> [Intent] {
    var intents = comparisonToShell()
    if var card, place == .decision, card.phase == .open {
      let (session, decision) = (card.key.session, card.key.decision)
      if card.shown.tree != nil, !isReadOnly, looked.insert(card.key).inserted {
        intents.append(.look(session: session, decision: decision))
      }
      for option in card.shown.options where card.effects[option.id]?.ask() == true {
        let base = card.effects[option.id]?.base ?? Consequences()
        intents.append(
          .weigh(Weighing(session: session, decision: decision, option: option.id, consequences: base)))
      }
      self.card = card
    }
    if case .undo(let session) = dialog?.kind, dialog?.weighed?.ask() == true, let base = dialog?.weighed?.base {
      let decision = snapshot(session)?.session.restorePoints.last?.decision ?? ""
      intents.append(.weigh(Weighing(session: session, decision: decision, option: nil, consequences: base)))
    }
    return intents
  }

  /// Takes note of what the shell found out; what is no longer shown is passed over.
  mutating func take(_ weighing: Weighing, _ found: Consequences, trouble: String?) {
    guard let option = weighing.option else {
      if case .undo(let session) = dialog?.kind, session == weighing.session {
        dialog?.weighed?.take(found, trouble: trouble, for: weighing.consequences)
      }
      return
    }
    guard card?.key == DraftKey(session: weighing.session, decision: weighing.decision) else { return }
    card?.effects[option]?.take(found, trouble: trouble, for: weighing.consequences)
  }
}
