import Kernel
import Screen

// Decisions and dialogs, asked one part after another. Nothing is sent without its last word, and a line that was typed
// before its question stood there is refused: it was meant for something else.

extension LinearConsole {
  // MARK: Decisions

  mutating func decide(_ argument: String) -> Output {
    let waiting = model.queue
    guard !waiting.isEmpty else { return Output(lines: ["No decision is open."]) }
    var found = argument.isEmpty ? waiting[0] : nil
    if !argument.isEmpty {
      let parts = argument.split(separator: " ").map(String.init)
      let named = waiting.filter { entry in
        parts.last == entry.decision.id && (parts.count < 2 || parts[0] == entry.session.id)
      }
      // The same name in several sessions means the one that is open.
      found = named.count == 1 ? named[0] : named.first { $0.session.id == model.currentID }
      guard found != nil else {
        let names = waiting.map { "\($0.session.id) \($0.decision.id)" }.joined(separator: ", ")
        return Output(lines: ["Which one? Open are: \(names)."])
      }
    }
    guard let found else { return Output() }
    if model.currentID != found.session.id { model.open(session: found.session.id) }
    model.open(found.decision, of: found.session.id)
    return Output(lines: askCard())
  }

  /// Says the whole question, then its options.
  mutating func askCard() -> [String] {
    guard let card = model.card else { return [] }
    step = .option
    let session = model.snapshot(card.key.session)?.session
    let stage = session?.stages.first { $0.id == card.shown.stage }.map { "stage \($0.id) \($0.name), " } ?? ""
    var lines = [
      "Decision \(card.shown.id), \(card.key.session), \(stage)asked by \(Text.clean(card.shown.askedBy).string) at "
        + "\(Clock.time(card.shown.raisedAt, offset: model.offsetMinutes, seconds: true)), waiting "
        + "\(Clock.words(Clock.between(card.shown.raisedAt, model.now))).",
      Text.clean(card.shown.title).string,
    ]
    if card.hiddenCount > 0 { lines.append("\(counted(card.hiddenCount, "hidden character")) made visible.") }
    lines += LinearConsole.plain(model.bodyLines(card, columns: LinearConsole.columns))
    let shown = paged(lines)
    return rest.isEmpty ? shown + afterReading(isWhole: true) : shown
  }

  /// What follows when a text was said, to its end or not.
  mutating func afterReading(isWhole: Bool) -> [String] {
    guard step == .option, let card = model.card else { return [] }
    if isWhole { model.card?.wasRead = true }
    return (isWhole ? [] : ["Skipped; the rest must be heard before you answer: read goes on."]) + options(of: card)
  }

  func options(of card: DecisionCard) -> [String] {
    guard card.phase == .open else { return [] }
    let rows = card.shown.options.enumerated().map { place, option in
      let loss = model.lossWords(option, of: card).map { " \($0.prefix(1).uppercased())\($0.dropFirst())." } ?? ""
      let isRecommended = option.id == card.shown.recommended
      let mark = isRecommended ? " Recommended." : ""
      return "\(place + 1)) \(Text.clean(option.title).string).\(mark)\(loss)"
    }
    return rows + ["Type a number; why says why you are asked; later keeps it waiting."]
  }

  mutating func answering(_ text: String, exact: String) -> Output {
    guard var card = model.card, model.place == .decision else {
      leaveQuestion()
      return Output(lines: ["It is no longer asked."])
    }
    if case .sent = card.phase { return Output(lines: ["Your answer is on its way."]) }
    if leaves(text) { return later() }
    switch step {
    case .option:
      if text == "why" {
        let why = Reading(subject: .why(session: card.key.session, id: card.shown.id))
        return Output(lines: wholeText(why) + options(of: card))
      }
      if text == "read" { return Output(lines: askCard()) }
      if text.isEmpty { return Output(lines: options(of: card)) }
      let options = card.shown.options
      let byNumber = Int(text).flatMap { options.indices.contains($0 - 1) ? options[$0 - 1] : nil }
      guard let option = byNumber ?? options.first(where: { $0.key.lowercased() == text.lowercased() }) else {
        return Output(lines: ["\(text) is no option.", "Type a number from 1 to \(options.count), or later."])
      }
      guard card.isArmed else { return early }
      if !card.wasRead {
        return Output(lines: ["The question was not said to its end. Type read."])
      }
      card.choice = option.id
      model.card = card
      awaitsEffects = true
      if let lines = effectsIfKnown() { return Output(lines: lines) }
      return Output(lines: ["You chose \(Text.clean(option.title).string). Looking at the files."])
    case .field(let index): return fill(index, text: exact)
    case .note:
      if !text.isEmpty { model.draft.note.replace(with: exact) }
      return Output(lines: nextPart(after: nil))
    case .send:
      if text.hasPrefix("note") {
        step = .note
        return Output(lines: ["Type the note."])
      }
      return send(exact)
    case .command, .row, .text, .order: return Output()
    }
  }

  /// Whether a line leaves a question; where a text is asked for, "no" is one.
  private func leaves(_ text: String) -> Bool {
    switch step {
    case .field, .note, .text: return ["later", "esc"].contains(text.lowercased())
    case .option, .send, .row, .order, .command: return ["later", "no", "esc"].contains(text.lowercased())
    }
  }

  private var early: Output {
    Output(lines: ["Not taken: that line was typed before the question stood here. Type it again."])
  }

  /// What the chosen option would do, once the files were looked at.
  mutating func effectsIfKnown() -> [String]? {
    if case .undo = model.dialog?.kind { return undoIfKnown() }
    guard let card = model.card, let option = card.chosen else { return nil }
    if card.effects[option.id]?.isLooking != false { model.weighCard() }
    guard model.card?.effects[option.id]?.isLooking == false else { return nil }
    awaitsEffects = false
    model.card?.effectsRead.insert(option.id)
    let lines = LinearConsole.plain(model.effectLines(option, of: model.card ?? card, columns: LinearConsole.columns))
    return ["You chose \(Text.clean(option.title).string). What it does:"] + lines + nextPart(after: nil)
  }

  /// Asks for what the answer still takes: each field, the note, then the word that sends it.
  private mutating func nextPart(after index: Int?) -> [String] {
    guard let card = model.card, let option = card.chosen else { return [] }
    if model.isReadOnly {
      step = .option
      return ["Nothing can be sent: \(Model.reasonReadOnly). Type another number, why, or later."]
    }
    let fields = card.fields
    var place = index.map { $0 + 1 } ?? 0
    while place < fields.count, model.draft.fields[fields[place].name]?.isEmpty == false { place += 1 }
    if index != nil || step == .option, place < fields.count {
      step = .field(place)
      let field = fields[place]
      let need = field.isOptional ? "optional, Enter leaves it out" : "needed"
      return [
        "\(Text.clean(field.name).string) (\(need)). \(Text.clean(field.why).string) Expected: "
          + "\(Text.clean(field.format).string)"
      ]
    }
    if option.noteRequired, model.draft.note.text.allSatisfy(\.isWhitespace) {
      step = .note
      return ["\(Text.clean(option.title).string) needs a note. Type it."]
    }
    step = .send
    let word = option.confirm ?? "yes"
    return ["Type \(word) to send it, note to add a note, no to keep it waiting."]
  }

  private mutating func fill(_ index: Int, text: String) -> Output {
    guard let card = model.card, card.fields.indices.contains(index) else { return Output() }
    if !text.isEmpty {
      var editor = LineEditor(isMultiline: card.isLongField)
      editor.replace(with: text)
      model.draft.fields[card.fields[index].name] = editor
    }
    return Output(lines: nextPart(after: index))
  }

  private mutating func send(_ exact: String) -> Output {
    guard var card = model.card, let option = card.chosen else { return Output() }
    let typed = LinearConsole.trimmed(exact)
    let word = option.confirm ?? "yes"
    guard typed == word else {
      return Output(lines: ["Nothing was sent. Type \(word) exactly, note, or no."])
    }
    guard card.isArmed else { return early }
    guard card.effectsRead.contains(option.id) else {
      awaitsEffects = true
      return Output(lines: ["Nothing was sent: what it does is another now."] + (effectsIfKnown() ?? []))
    }
    if let word = option.confirm {
      card.confirmation.replace(with: word)
      card.focus = .confirmation
    } else {
      card.focus = .options
    }
    model.card = card
    let intents = model.perform(.confirm)
    if intents.isEmpty, let toast = model.toast { return Output(lines: [toast.text]) }
    return Output(lines: ["Sending."], intents: intents)
  }

  private mutating func later() -> Output {
    let key = model.card?.key
    leaveQuestion()
    toastSaid = model.toast
    return Output(lines: [
      "Later: \(key.map { Text.clean($0.session).string } ?? "it") keeps waiting for you. Nothing was sent."
    ])
  }

  // MARK: Dialogs

  /// Says what a dialog asks, then its first part.
  mutating func askDialog() -> [String] {
    guard let dialog = model.dialog else { return [] }
    if dialog.weighed?.isLooking == true {
      awaitsEffects = true
      return ["Looking at the files."]
    }
    model.dialog?.wasRead = true
    let lines = [model.dialogTitle(dialog)] + LinearConsole.plain(model.dialogText(dialog))
    if dialog.choices.count < 2 {
      leaveQuestion()
      return lines
    }
    guard !dialog.rows.isEmpty else { return lines + nextText(after: nil) }
    step = .row
    return lines + rows(of: dialog) + [
      "Type a number\(dialog.rows.contains(where: \.isTick) ? ", or sub-stages such as 4.1 4.2" : ""); no keeps everything."
    ]
  }

  private func rows(of dialog: Dialog) -> [String] {
    let picks = dialog.rows.enumerated().filter { !$0.element.isTick }
    return picks.enumerated().flatMap { number, pick in
      let below = dialog.rows.dropFirst(pick.offset + 1).prefix { $0.isTick }.map(\.id)
      let words =
        "\(number + 1)) \(Text.clean(pick.element.title).string)"
        + (pick.element.note.isEmpty ? "" : ": \(pick.element.note)")
      return [words + (below.isEmpty ? "" : ". Sub-stages that ran: \(below.joined(separator: ", "))")]
    }
  }

  /// What an undo would change, once the files were looked at.
  private mutating func undoIfKnown() -> [String]? {
    guard model.dialog?.weighed?.isLooking != true else { return nil }
    awaitsEffects = false
    return askDialog()
  }

  mutating func ordering(_ text: String, exact: String) -> Output {
    guard let dialog = model.dialog, model.place == .dialog else {
      leaveQuestion()
      return Output(lines: ["It is no longer asked."])
    }
    if leaves(text) {
      leaveQuestion()
      return Output(lines: ["Nothing was ordered."] + (model.toast.map { [$0.text] } ?? []))
    }
    switch step {
    case .row: return pick(text, in: dialog)
    case .text(let index):
      guard dialog.texts.indices.contains(index) else { return Output() }
      if !exact.isEmpty { model.dialog?.texts[index].editor.replace(with: exact) }
      return Output(lines: nextText(after: index))
    case .order: return order(exact, dialog)
    case .command, .option, .field, .note, .send: return Output()
    }
  }

  private mutating func pick(_ text: String, in dialog: Dialog) -> Output {
    let picks = dialog.rows.indices.filter { !dialog.rows[$0].isTick }
    if let number = Int(text), picks.indices.contains(number - 1) {
      model.dialog?.row = picks[number - 1]
      return Output(lines: nextText(after: nil))
    }
    let names = text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
    let ticks = names.compactMap { name in dialog.rows.firstIndex { $0.isTick && $0.id == name } }
    guard !names.isEmpty, ticks.count == names.count, let first = ticks.first else {
      return Output(lines: ["\(text) is not in the list."] + rows(of: dialog))
    }
    model.dialog?.row = first
    model.dialog?.ticked = Set(names)
    return Output(lines: nextText(after: nil))
  }

  /// Asks for the dialog's texts one after another, then for its order.
  private mutating func nextText(after index: Int?) -> [String] {
    guard let dialog = model.dialog else { return [] }
    let next = dialog.texts.indices.first { place in place > (index ?? -1) && dialog.texts[place].word == nil }
    if let next {
      step = .text(next)
      let now = dialog.texts[next].editor.text
      return [
        "\(Text.clean(dialog.texts[next].title).string)."
          + (now.isEmpty ? "" : " Enter keeps: \(Text.clean(now).string)")
      ]
    }
    step = .order
    let word = dialog.texts.compactMap(\.word).first ?? "yes"
    return ["\(dialog.choices.last ?? "Do it"): type \(word). \(dialog.choices.first ?? "Leave it"): type no."]
  }

  private mutating func order(_ exact: String, _ dialog: Dialog) -> Output {
    let typed = LinearConsole.trimmed(exact)
    let place = dialog.texts.firstIndex { $0.word != nil }
    let word = place.flatMap { dialog.texts[$0].word } ?? "yes"
    guard typed == word else { return Output(lines: ["Nothing was ordered. Type \(word) exactly, or no."]) }
    guard dialog.isArmed else { return early }
    if let place { model.dialog?.texts[place].editor.replace(with: word) }
    model.dialog?.typing = nil
    model.dialog?.choice = 1
    let intents = model.perform(.confirm)
    if let dialog = model.dialog {
      // Refused: why stands in it, and nothing typed is lost.
      let why = dialog.problem.isEmpty ? model.toast?.text ?? "" : dialog.problem
      let lines = [Text.clean(why).string]
      if dialog.rows.isEmpty { return Output(lines: lines + nextText(after: nil)) }
      step = .row
      return Output(lines: lines + rows(of: dialog))
    }
    step = .command
    return Output(lines: intents.isEmpty ? [] : ["Ordered."], intents: intents)
  }
}
