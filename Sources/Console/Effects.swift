import Kernel
import Screen

/// One row of what a choice would do: a label, a sentence, and how grave it is.
struct EffectRow: Equatable, Sendable {
  var label: String
  var text: String
  var style: Style

  init(_ label: String, _ text: String, _ style: Style = .text) {
    self.label = label
    self.text = text
    self.style = style
  }

  /// How wide the labels are.
  static let labelColumns = 11

  /// Rows below each other, wrapped.
  static func lines(_ rows: [EffectRow], columns: Int) -> [Line] {
    let width = min(labelColumns, max(1, columns / 3))
    return rows.flatMap { row in
      let label = row.label.padded(to: width - 1) + " "
      let line = Line(label, row.style == .text ? .muted : row.style) + Line(Text.clean(row.text), row.style)
      return line.wrapped(to: columns, indent: width)
    }
  }
}

extension Weighed {
  /// What would change, the gravest first; every fact that is not nothing has its row.
  func rows(in session: Session?, facts: [AddedConsequence] = []) -> [EffectRow] {
    let effect = consequences
    var rows = effect.irreversible.map { EffectRow("For good", $0, .danger) }
    if !effect.personEdits.isEmpty {
      let names = effect.personEdits.joined(separator: ", ")
      rows.append(EffectRow("Your edits", "\(names) would be overwritten; a checkpoint keeps them first", .danger))
    }
    rows += facts.filter(\.isLoss).map { EffectRow("Lost", $0.text, .danger) }
    rows += fileRows(effect)
    if !effect.approvalsVoided.isEmpty {
      let names = effect.approvalsVoided.map { Weighed.approval($0, in: session) }
      rows.append(EffectRow("Voids", "the approval of \(names.joined(separator: ", "))", .stateWarning))
    }
    if effect.gatesVoided > 0 {
      let words = effect.gatesVoided == 1 ? "1 gate's result no longer counts; it runs" : voided(effect.gatesVoided)
      rows.append(EffectRow("Gates", "\(words) again", .stateWarning))
    }
    if !effect.waivers.isEmpty {
      let titles = effect.waivers.map { session?.gate($0)?.title ?? $0 }
      rows.append(
        EffectRow("Accepts", "the failure of \(titles.joined(separator: ", ")): a debt, on record", .stateWarning))
    }
    if !effect.stagesRedone.isEmpty {
      let names = effect.stagesRedone.map { Weighed.stage($0, in: session) }
      rows.append(EffectRow("Again", "the documents of \(names.joined(separator: ", ")) are made again"))
    }
    if !effect.substagesRerun.isEmpty {
      rows.append(EffectRow("Again", "sub-stages \(effect.substagesRerun.joined(separator: ", ")) run again"))
    }
    // Where work is made anew its budget is new as well; that would say nothing.
    if let left = effect.attemptsLeft, effect.substagesRerun.isEmpty, effect.stagesRedone.isEmpty {
      let words = left == 1 ? "1 more before you are asked again" : "\(left) more before you are asked again"
      rows.append(EffectRow("Attempts", words))
    }
    if let time = Weighed.time(saved: effect.minutesSaved, lost: effect.minutesLost) {
      rows.append(EffectRow("Time", time))
    }
    return rows
  }

  private func voided(_ count: Int) -> String { "the results of \(count) gates no longer count; they run" }

  private func fileRows(_ effect: Consequences) -> [EffectRow] {
    if let trouble { return [EffectRow("Files", "could not be looked at: \(trouble)", .stateWarning)] }
    if isLooking { return [EffectRow("Files", "looking at the workspace...", .muted)] }
    var rows: [EffectRow] = []
    if effect.filesDiscarded > 0 {
      let lines = effect.linesDiscarded > 0 ? ", \(counted(effect.linesDiscarded, "line")) in all" : ""
      let words = "\(counted(effect.filesDiscarded, "file"))\(lines); a checkpoint keeps them first"
      rows.append(EffectRow("Discards", words, .stateWarning))
    } else if effect.linesDiscarded > 0 {
      let words = "\(counted(effect.linesDiscarded, "line")); a checkpoint keeps them first"
      rows.append(EffectRow("Discards", words, .stateWarning))
    }
    if effect.filesRestored > 0 {
      rows.append(
        EffectRow("Restores", "\(counted(effect.filesRestored, "file")) to an earlier content", .stateWarning))
    }
    if rows.isEmpty, effect.restoresTree != nil {
      rows.append(EffectRow("Files", "are as they were then; none is touched"))
    }
    return rows
  }

  /// Whether anything that exists would be gone, replaced or void afterwards.
  var losesSomething: Bool {
    let effect = consequences
    return effect.filesDiscarded + effect.filesRestored + effect.linesDiscarded + effect.gatesVoided > 0
      || effect.restoresTree != nil || !effect.personEdits.isEmpty || !effect.approvalsVoided.isEmpty
      || !effect.irreversible.isEmpty || !effect.substagesRerun.isEmpty || !effect.stagesRedone.isEmpty
  }

  /// The row that says what the session would do next.
  var next: EffectRow? {
    let words = consequences.next
    for lead in ["Next: ", "Next "] where words.hasPrefix(lead) {
      return EffectRow("Then", String(words.dropFirst(lead.count)))
    }
    return words.isEmpty ? nil : EffectRow("Then", words)
  }

  /// The row that says what stays.
  var keeps: EffectRow? {
    let files = consequences.filesKept
    if losesSomething {
      return files > 0 ? EffectRow("Keeps", files == 1 ? "1 file as it is" : "\(files) files as they are") : nil
    }
    if files == 0 { return EffectRow("Keeps", "Nothing is discarded.", .stateDone) }
    return EffectRow(
      "Keeps", "Nothing is discarded; \(counted(files, "file")) stay\(files == 1 ? "s" : "").", .stateDone)
  }

  /// An approval by the name of its stage; the kernel writes `stage playbook`.
  static func approval(_ words: String, in session: Session?) -> String {
    guard let number = words.split(separator: " ").first.flatMap({ Int($0) }) else { return words }
    return stage(number, in: session)
  }

  static func stage(_ number: Int, in session: Session?) -> String {
    session?.stages.first { $0.id == number }.map { "\($0.id) \($0.name)" } ?? "stage \(number)"
  }

  /// `saves about 5 min, loses about 9 min, net -4 min`, or `nil` when no time is known to change.
  static func time(saved: Int, lost: Int) -> String? {
    switch (saved, lost) {
    case (0, 0): return nil
    case (let saved, 0): return "saves about \(saved) min"
    case (0, let lost): return "about \(lost) min of work is done again"
    case (let saved, let lost):
      let net = saved - lost
      return "saves about \(saved) min, loses about \(lost) min, net \(net > 0 ? "+" : "")\(net) min"
    }
  }
}

extension Model {
  /// What an option would do, the gravest first; computed by the functions that would do it.
  func effectLines(_ option: Option, of card: DecisionCard, columns: Int) -> [Line] {
    guard columns > 0 else { return [] }
    let snapshot = snapshot(card.key.session)
    let facts = (snapshot?.facts ?? []).filter { $0.decision == card.shown.id && $0.option == option.id }
    let weighed = card.effects[option.id] ?? Weighed(Consequences())
    var rows = weighed.rows(in: snapshot?.session, facts: facts)
    rows.append(EffectRow("Does", option.says))
    let effect = weighed.consequences
    if let next = weighed.next { rows.append(next) }
    rows += facts.filter { !$0.isLoss }.map { EffectRow("Also", $0.text) }
    rows.append(undoRow(option, effect))
    if let keeps = weighed.keeps, !facts.contains(where: \.isLoss) { rows.append(keeps) }
    let tab = way(" (\(keyName(.nextField, in: .decision)))", "")
    if option.noteRequired { rows.append(EffectRow("Needs", "a note from you" + tab, .key)) }
    // The fields of the chosen option stand beside it.
    let isListed = option.id == card.choice || option.effect == .amend
    let fields = isListed ? [] : card.shown.fields(of: option)
    let (may, must) = (fields.filter(\.isOptional), fields.filter { !$0.isOptional })
    if !must.isEmpty { rows.append(EffectRow("Needs", must.map(\.name).joined(separator: ", ") + tab, .key)) }
    if !may.isEmpty {
      rows.append(EffectRow("Takes", may.map(\.name).joined(separator: ", ") + ", if you like" + tab, .muted))
    }
    if let word = option.confirm { rows.append(EffectRow("Needs", "\(word) typed before it counts", .key)) }
    return EffectRow.lines(rows, columns: columns)
  }

  private func undoRow(_ option: Option, _ effect: Consequences) -> EffectRow {
    let words = effect.undo.split(separator: "`", omittingEmptySubsequences: false)
      .map { $0 == "undo" ? way(keyName(.undo), "undo") : String($0) }.joined()
    if effect.irreversible.isEmpty, option.isReversible {
      return EffectRow("Undo", words.isEmpty ? "yes" : "yes: \(words)", .stateDone)
    }
    return EffectRow("Undo", "no, it cannot be undone", .danger)
  }

  /// Everything the chosen option would do, in place of the question; without a choice, all options below each other.
  func allEffectLines(_ card: DecisionCard, columns: Int) -> [Line] {
    let options = card.chosen.map { [$0] } ?? card.shown.options
    return options.enumerated().flatMap { place, option in
      (place > 0 ? [Line()] : [])
        + Line("\(option.key.uppercased())  \(Text.clean(option.title).string)", Style.title.bold)
        .wrapped(to: columns, indent: 3) + effectLines(option, of: card, columns: columns)
    }
  }

  /// What an option loses, in two words for its row; nothing where everything stays.
  func lossWords(_ option: Option, of card: DecisionCard) -> String? {
    let isSmall = step < .small
    let weighed = card.effects[option.id] ?? Weighed(Consequences())
    let effect = weighed.consequences
    if option.effect.isFinal { return isSmall ? "ENDS IT" : "ends the session" }
    if !effect.irreversible.isEmpty || !option.isReversible { return isSmall ? "NO UNDO" : "cannot be undone" }
    let facts = snapshot(card.key.session)?.facts ?? []
    let isLoss = facts.contains { $0.isLoss && $0.decision == card.shown.id && $0.option == option.id }
    if !effect.personEdits.isEmpty || isLoss { return isSmall ? "YOUR EDITS" : "overwrites your edits" }
    if effect.filesDiscarded > 0 {
      return isSmall ? "DISCARDS" : "discards \(counted(effect.filesDiscarded, "file"))"
    }
    if effect.restoresTree != nil { return isSmall ? "FILES BACK" : "puts files back" }
    if !effect.approvalsVoided.isEmpty {
      return isSmall ? "VOIDS" : "voids \(counted(effect.approvalsVoided.count, "approval"))"
    }
    return option.confirm == nil ? nil : isSmall ? "TYPED" : "must be typed"
  }
}
