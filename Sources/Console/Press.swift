import Kernel
import Screen

extension Model {
  /// Handles a key: a card that is not armed swallows it, a text takes it, or the key table says what it does.
  mutating func press(_ key: Key) -> [Intent] {
    lastKeyAt = now
    // The wheel and a change of the window's focus disturb as well: somebody is doing something.
    card?.disturb()
    dialog?.disturb()
    startArming.disturb()
    switch key {
    case .focus(let isFocused):
      telling.hasFocus = isFocused
      return []
    case .resize, .background: return []
    default: break
    }
    // A person who does something else is not carried off by what was looked for before.
    if currentID != nil, desk.hunt != nil {
      desk.hunt = nil
      toast = nil
    }
    switch key {
    case .mouse(let mouse): return point(mouse)
    default: break
    }
    // Any key means that the person is there; what was announced in the toast stays in the header's count.
    if toast?.until == nil { toast = nil }
    if action(for: key) != .interrupt { interruptedAt = nil }
    if isTyping, typed(key) { return [] }
    if case .paste = key {
      if pasteIntoNote(key) { return [] }
      toast = says("Pasted text goes only into texts; none has the keys now.", .stateWarning)
      return []
    }
    if place == .decision, card?.isTyping == false, choose(key) { return [] }
    // What was typed for a question that has just closed is not meant for anything else.
    if place == .decision, let card, card.phase != .open, !card.isArmed, key != .escape, key != .control("c") {
      return []
    }
    if let done = chooseInMenu(key) { return done }
    guard let action = action(for: key) else { return [] }
    return perform(action)
  }

  /// What a key does here; letters of other scripts count by their place on the keyboard while nothing is typed.
  func action(for key: Key) -> Action? {
    for place in chain {
      if let row = keymap.binding(for: key, in: place) { return row.action }
    }
    guard !isTyping, case .character(let character) = key, let latin = KeyLayout.latin(for: character) else {
      return nil
    }
    for place in chain {
      if let row = keymap.binding(for: .character(latin), in: place) { return row.action }
    }
    return nil
  }

  /// What is pasted over an open question goes into its note, where it can be read before anything is sent.
  private mutating func pasteIntoNote(_ key: Key) -> Bool {
    guard case .paste(let text) = key, !text.allSatisfy(\.isWhitespace), place == .decision, var card,
      card.phase == .open, !card.isTyping, !isReadOnly
    else { return false }
    card.focus = .note
    card.notice = ("Pasted into the note; nothing was sent.", true)
    self.card = card
    var draft = draft
    _ = draft.note.handle(key)
    self.draft = draft
    return true
  }

  /// Lets the text that has the keys take one, and tells whether it did.
  private mutating func typed(_ key: Key) -> Bool {
    // Keys of the table that no text wants come first; letters never do.
    switch key {
    case .escape, .tab, .backTab, .function: return false
    case .control, .alt, .insert:
      if chain.contains(where: { keymap.binding(for: key, in: $0) != nil }) { return false }
    default: break
    }
    switch place {
    case .palette:
      guard var palette, ![.up, .down, .enter, .pageUp, .pageDown].contains(key) else { return false }
      let taken = palette.editor.handle(key)
      if taken { palette.position = ListPosition() }
      self.palette = palette
      return taken
    case .dialog:
      guard var dialog, let typing = dialog.typing else { return false }
      let isLong = dialog.texts[typing].rows > 1
      guard isLong || ![.enter, .up, .down].contains(key) else { return false }
      let taken = dialog.texts[typing].editor.handle(key)
      if taken { dialog.problem = "" }
      self.dialog = dialog
      return taken
    case .decision: return typedIntoCard(key)
    case .themes, .menu: return false
    case .overview, .start, .session, .reading:
      guard var input else { return false }
      if input.purpose == .filter, currentID != nil, desk.focus == .feed, key == .up || key == .down {
        changeLevel(by: key == .up ? -1 : 1)
        return true
      }
      guard key != .enter else { return false }
      let taken = input.editor.handle(key)
      self.input = input
      if input.purpose == .filter { applyFilter(input.editor.text) }
      return taken
    }
  }

  private mutating func typedIntoCard(_ key: Key) -> Bool {
    guard var card else { return false }
    var draft = draft
    var taken = false
    switch card.focus {
    case .options: return false
    case .note:
      if key == .up || key == .down || key == .enter { return moveOut(key) }
      taken = draft.note.handle(key)
    case .confirmation:
      if key == .enter { return false }
      taken = card.confirmation.handle(key)
    case .field(let index):
      guard card.fields.indices.contains(index) else { return false }
      let name = card.fields[index].name
      if !card.isLongField, [.up, .down, .enter].contains(key) { return moveOut(key) }
      var editor = draft.fields[name] ?? LineEditor(isMultiline: card.isLongField)
      taken = editor.handle(key)
      draft.fields[name] = editor
    }
    self.card = card
    self.draft = draft
    return taken
  }

  /// Arrows leave the note; Enter is left to the key table.
  private mutating func moveOut(_ key: Key) -> Bool {
    guard key != .enter else { return false }
    card?.moveFocus(by: key == .up ? -1 : 1)
    return true
  }

  private mutating func changeLevel(by step: Int) {
    let next = min(max(0, desk.level.rawValue + step), FeedLevel.allCases.count - 1)
    desk.level = FeedLevel(rawValue: next) ?? .normal
  }

  mutating func applyFilter(_ text: String) {
    filterTyped = text
    if !text.isEmpty { lastFilter = text }
  }

  /// Chooses an option by its own key; it only marks it, whatever the key.
  private mutating func choose(_ key: Key) -> Bool {
    guard case .character(let typed) = key, var card, card.phase == .open else { return false }
    let letters = [typed, KeyLayout.latin(for: typed) ?? typed].map { $0.lowercased() }
    guard let option = card.shown.options.first(where: { letters.contains($0.key.lowercased()) }) else { return false }
    guard card.isArmed else { return true }
    card.choice = option.id
    card.notice = nil
    if card.showsEffects { card.offset = 0 }
    self.card = card
    return true
  }
}
