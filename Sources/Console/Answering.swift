import Kernel
import Screen

extension Model {
  // MARK: Options and fields

  mutating func moveOption(_ step: Int) {
    if place == .dialog {
      guard var dialog else { return }
      dialog.choice = min(max(0, dialog.choice + step), dialog.choices.count - 1)
      self.dialog = dialog
      return
    }
    guard var card, card.phase == .open, card.isArmed, !card.shown.options.isEmpty else { return }
    let ids = card.shown.options.map(\.id)
    let place = card.choice.flatMap { ids.firstIndex(of: $0) }
    let next = place.map { min(max(0, $0 + step), ids.count - 1) } ?? (step > 0 ? 0 : ids.count - 1)
    card.choice = ids[next]
    card.notice = nil
    if card.showsEffects { card.offset = 0 }
    self.card = card
  }

  mutating func moveField(_ step: Int) {
    switch place {
    case .dialog: dialog?.moveFocus(by: step)
    case .decision:
      guard var card, card.phase == .open else { return }
      card.moveFocus(by: step)
      self.card = card
    case .overview, .start, .session, .reading, .palette, .themes, .menu: break
    }
  }

  mutating func toggleEffects() {
    guard var card else { return }
    card.showsEffects.toggle()
    card.offset = 0
    self.card = card
  }

  // MARK: Confirming

  /// Enter in a question, a line being typed, or the list of actions.
  mutating func confirm() -> [Intent] {
    switch place {
    case .palette: return confirmPalette()
    case .dialog: return confirmDialog()
    case .decision: return confirmCard()
    case .menu: return confirmMenu()
    case .themes: return []
    case .overview, .start, .session, .reading:
      guard let line = input else { return [] }
      input = nil
      if line.purpose == .search, !line.editor.isEmpty {
        if place == .reading, let last = reading.indices.last {
          reading[last].searched = line.editor.text
          reading[last].found = nil
        } else if currentID != nil {
          desk.searched = line.editor.text
        } else {
          overviewSearched = line.editor.text
        }
        // Behind the newest event nothing can be found; whoever follows looks for what was.
        let isAtEnd = place != .reading && currentID != nil && desk.focus == .feed && desk.isFollowing
        return perform(isAtEnd ? .searchPrevious : .searchNext)
      }
      return []
    }
  }

  private mutating func confirmPalette() -> [Intent] {
    let rows = paletteRows
    let row = palette?.position.selected.flatMap { id in rows.first { $0.action.rawValue == id } } ?? rows.first
    guard let row else { return [] }
    places.removeLast()
    palette = nil
    return perform(row.action)
  }

  /// Enter in the card. Everything that stands between a key and an answer is checked here, in one place.
  private mutating func confirmCard() -> [Intent] {
    guard var card else { return [] }
    switch card.focus {
    case .note:
      card.focus = .options
      self.card = card
      return []
    case .field:
      // A text of one line: Enter goes on to the next.
      card.moveFocus(by: 1)
      self.card = card
      return []
    case .options, .confirmation: break
    }
    if let reason = reasonUnconfirmed(card) {
      if card.phase == .accepted || card.phase == .closed {
        places.removeLast()
        self.card = nil
        return []
      }
      toast = says("Not sent: \(reason).", .stateWarning, seconds: 8)
      return []
    }
    guard let option = card.chosen else { return [] }
    guard card.effectsRead.contains(option.id) else {
      card.showsEffects = true
      card.offset = 0
      self.card = card
      toast = says("Read what it does to the end, then \(keyName(.confirm, in: .decision)).", .stateWarning, seconds: 8)
      return []
    }
    if let word = option.confirm, card.confirmation.text != word {
      if card.focus == .confirmation {
        toast = says("Not sent: type \(word) exactly.", .stateWarning, seconds: 8)
      }
      card.focus = .confirmation
      self.card = card
      return []
    }
    let request = nextRequest
    nextRequest += 1
    let draft = drafts[card.key] ?? Draft()
    let answer = Answer(
      decision: card.shown.id, option: option.id, digest: card.shown.digest, note: draft.note.text,
      fields: Model.filled(draft, in: card.shown.fields(of: option)),
      confirmation: option.confirm == nil ? "" : card.confirmation.text)
    toast = nil
    card.phase = .sent(request)
    card.focus = .options
    card.notice = nil
    self.card = card
    submissions[request] = .answer(card.key, option: option.id)
    return [.submit(session: card.key.session, .answer(answer), request: request)]
  }
}
