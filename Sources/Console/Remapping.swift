import Screen

/// One line of a person's key file: an action, the keys it shall have, and where, if not everywhere it works.
public struct KeyChange: Equatable, Sendable {
  /// The action's name, as written.
  public var action: String
  /// The place's name, as written; `nil` changes the action everywhere.
  public var place: String?
  /// The keys' names, as written; none takes the keys away.
  public var keys: [String]

  /// Makes a change from what was written.
  public init(_ action: String, in place: String? = nil, keys: [String]) {
    self.action = action
    self.place = place
    self.keys = keys
  }
}

/// Why a change of the keys cannot stand.
public struct KeyTrouble: Equatable, Sendable {
  /// What of a change is meant.
  public enum Part: Equatable, Sendable {
    case action
    case place
    /// One of its keys, counted from 0.
    case key(Int)
  }

  /// Which change, counted from 0.
  public var change: Int
  /// What of it.
  public var part: Part
  /// What is wrong, and a way out.
  public var reason: String
}

/// Keys by which everything must be reached, because every keyboard has them and no layout moves them.
private func isOnEveryKeyboard(_ key: Key) -> Bool {
  switch key {
  case .up, .down, .left, .right, .enter, .escape, .tab, .backTab, .function: return true
  default: return false
  }
}

extension Keymap {
  /// The table with a person's changes, and what is wrong with them; with trouble the table is not to be used.
  ///
  /// A change without a place means every place where the action works. Where a key could not be pressed (a letter while
  /// text is typed, a letter where options have the letters) that place keeps its own; a key that works nowhere is trouble.
  ///
  /// - Parameter prefix: the key that a multiplexer around the terminal takes for itself.
  public func changed(by changes: [KeyChange], prefix: Key? = nil) -> (keymap: Keymap, troubles: [KeyTrouble]) {
    var judge = KeyJudge(keymap: self, prefix: prefix)
    for (number, change) in changes.enumerated() { judge.take(change, number) }
    judge.lookAtAll()
    return (judge.keymap, judge.troubles)
  }

  /// The key that does something, as people read it: the first one of the places named, else of any place. What has no
  /// key of its own is named as it is found in the list of all actions.
  public func keyName(_ action: Action, in places: [Where] = []) -> String {
    let rows = bindings.filter { $0.action == action && !$0.keys.isEmpty }
    let wanted = places.lazy.compactMap { place in rows.first { $0.place == place } }.first
    if let key = (wanted ?? rows.first)?.keys.first { return Keymap.name(key) }
    let list = bindings.first { $0.action == .palette && $0.place == .always }?.keys.first
    return "\(list.map(Keymap.name) ?? "") \(action.rawValue)"
  }
}

extension Model {
  /// The key that does something here, from the table in force; for every text that names a key.
  func keyName(_ action: Action, in places: Where...) -> String { keymap.keyName(action, in: places) }

  /// The number in a pane's title, as long as that digit leads there.
  func number(of pane: Pane) -> Int? {
    let digit = Key.character(Character(String(pane.rawValue)))
    return keymap.binding(for: digit, in: .session)?.action == pane.action ? pane.rawValue : nil
  }
}

extension Pane {
  /// What leads to it.
  var action: Action {
    switch self {
    case .feed: return .pane1
    case .needs: return .pane2
    case .tasks: return .pane3
    case .gates: return .pane4
    case .stages: return .pane5
    case .output: return .pane6
    case .files: return .pane7
    case .calls: return .pane8
    case .health: return .pane9
    }
  }
}

/// Applies changes one after another and says what is wrong with each.
private struct KeyJudge {
  var keymap: Keymap
  let prefix: Key?
  var troubles: [KeyTrouble] = []
  /// Which change gave an action its keys in a place.
  private var changers: [String: Int] = [:]
  private var written: [Int: [Key]] = [:]

  init(keymap: Keymap, prefix: Key?) {
    self.keymap = keymap
    self.prefix = prefix
  }

  /// Keys that mean the same in every terminal program, and the one action that may have each.
  private static let kept: [(key: Key, action: Action)] = [
    (.escape, .close), (.control("c"), .interrupt), (.control("z"), .suspend),
  ]

  mutating func take(_ change: KeyChange, _ number: Int) {
    guard let action = Action(rawValue: change.action) else {
      let near = nearest(change.action, of: Action.allCases.map(\.rawValue))
      return say(
        number, .action, "no action is called “\(change.action)”; did you mean \(near)? `signalbox keys` lists them all"
      )
    }
    var wanted: Where?
    if let name = change.place {
      guard let place = Where(rawValue: name) else {
        return say(
          number, .place,
          "no place is called “\(name)”; there are \(Where.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      wanted = place
    }
    let rows = keymap.bindings.indices.filter {
      keymap.bindings[$0].action == action && (wanted == nil || keymap.bindings[$0].place == wanted)
    }
    guard !rows.isEmpty else {
      let places = keymap.bindings.filter { $0.action == action }.map(\.place.rawValue).joined(separator: ", ")
      return say(number, .place, "\(action.rawValue) does nothing there; it works in \(places)")
    }
    let before = troubles.count
    let keys = change.keys.enumerated().compactMap { read($1, number, $0, for: action) }
    guard troubles.count == before else { return }
    written[number] = keys
    give(keys, to: action, in: rows, asWritten: wanted, number)
  }

  /// Reads one key, and refuses those that could never arrive or must keep their meaning.
  private mutating func read(_ name: String, _ number: Int, _ place: Int, for action: Action) -> Key? {
    func refuse(_ reason: String) -> KeyTrouble { KeyTrouble(change: number, part: .key(place), reason: reason) }
    guard let key = Key(name: name), Self.canArrive(key) else {
      troubles.append(
        refuse(
          "“\(name)” is no key; write one character, or a name such as f2, ctrl-p, alt-x, pgdn, space or shift-tab"))
      return nil
    }
    if let reason = Self.reasonUnusable(key) {
      troubles.append(refuse("\(key.name) \(reason)"))
      return nil
    }
    if let kept = Self.kept.first(where: { $0.key == key }), kept.action != action {
      troubles.append(refuse("\(key.name) keeps its meaning, \(kept.action.rawValue)"))
      return nil
    }
    if key == prefix {
      troubles.append(refuse("\(key.name) is the prefix of the tmux around this terminal, which takes it first"))
      return nil
    }
    return key
  }

  private static func canArrive(_ key: Key) -> Bool {
    switch key {
    case .character(let character), .alt(let character):
      return character == " " || !character.isWhitespace
    case .control(let character):
      return character.isASCII && (character.isLetter || " \\]^_[".contains(character))
    default: return true
    }
  }

  /// Why a key is better left alone, or `nil`.
  private static func reasonUnusable(_ key: Key) -> String? {
    switch key {
    case .control("i"): return "is the same as Tab for a terminal"
    case .control("m"), .control("j"): return "is the same as Enter for a terminal"
    case .control("h"): return "is the same as Backspace for many terminals"
    case .control("["): return "is the same as Esc for a terminal"
    case .control("s"), .control("q"): return "stops and starts the terminal's output"
    case .control("\\"): return "keeps its usual meaning"
    default: return nil
    }
  }

  private mutating func give(_ keys: [Key], to action: Action, in rows: [Int], asWritten place: Where?, _ number: Int) {
    let places = rows.map { keymap.bindings[$0].place }
    let isSplit = place == nil && places.contains(.always)
    var used: Set<Key> = []
    for row in rows {
      let site = keymap.bindings[row].place
      var fitting = keys.filter { Self.works($0, in: site) }
      // What works everywhere needs no second row beside letters, which are text in some places.
      let letters = fitting.filter { !Self.works($0, in: .always) }
      if isSplit, site == .everywhere, !letters.isEmpty { fitting = letters }
      used.formUnion(fitting)
      if fitting.isEmpty, !keys.isEmpty, place == nil { continue }
      for kept in Self.kept where kept.action == action && site == .always && !fitting.contains(kept.key) {
        fitting.append(kept.key)
      }
      keymap.bindings[row].keys = fitting
      changers["\(site.rawValue) \(action.rawValue)"] = number
    }
    if isSplit, !places.contains(.everywhere), let row = rows.first(where: { keymap.bindings[$0].place == .always }) {
      let letters = keys.filter { !Self.works($0, in: .always) && !used.contains($0) }
      if !letters.isEmpty {
        keymap.bindings.append(Binding(letters, .everywhere, action, keymap.bindings[row].help))
        changers["\(Where.everywhere.rawValue) \(action.rawValue)"] = number
        used.formUnion(letters)
      }
    }
    for (at, key) in keys.enumerated() where !used.contains(key) {
      let names = places.map(\.rawValue).joined(separator: ", ")
      say(number, .key(at), "\(key.name) cannot be \(action.rawValue): in \(names) it is text, or moves in a text")
    }
  }

  /// Whether a key could be pressed in a place and mean this.
  private static func works(_ key: Key, in place: Where) -> Bool {
    switch place {
    case .overview, .start, .past, .feed, .board, .session, .list, .reading, .themes, .everywhere: return true
    case .decision, .dialog, .menu:
      // Letters and digits belong to the options.
      if case .character(let character) = key { return !character.isLetter && !character.isNumber }
      return true
    case .typing, .palette, .always:
      switch key {
      case .control, .alt, .function, .insert, .escape: return true
      case .enter, .tab, .backTab: return place != .always
      case .up, .down, .pageUp, .pageDown: return place == .palette
      default: return false
      }
    }
  }

  // MARK: The whole table

  /// What only the whole table shows: keys that mean two things, and what could not be reached any more.
  mutating func lookAtAll() {
    guard troubles.isEmpty else { return }
    for place in Where.allCases {
      var taken: [Key: Action] = [:]
      for row in keymap.rows(in: place) {
        for key in row.keys {
          if let other = taken[key], other != row.action { clash(key, place, other, row.action) }
          taken[key] = row.action
        }
      }
    }
    for chain in Self.chains { lookForHidden(in: chain) }
    let opening = Set(keymap.bindings.filter { $0.action == .nextDecision }.flatMap(\.keys))
    for row in keymap.bindings where row.action == .confirm && (row.place == .decision || row.place == .dialog) {
      for key in row.keys where opening.contains(key) {
        blame(row, .nextDecision, key, "\(key.name) would open a decision and confirm it; these need different keys")
      }
    }
    for row in keymap.bindings where Self.mustStay.contains(row.action) && !row.keys.contains(where: isOnEveryKeyboard)
    {
      guard hadOne(row) else { continue }
      let needs = "needs one key that every keyboard has: an arrow, Enter, Tab or a function key"
      blame(row, row.action, nil, "\(row.action.rawValue) \(needs) (in \(row.place.rawValue))")
    }
  }

  /// In which order keys are looked up, by what lies on the screen.
  private static let chains: [[Where]] = [
    [.overview, .list, .everywhere, .always], [.start, .list, .everywhere, .always],
    [.past, .feed, .session, .list, .everywhere, .always], [.past, .board, .session, .list, .everywhere, .always],
    [.reading, .everywhere, .always], [.decision, .everywhere, .always], [.dialog, .always], [.typing, .always],
    [.palette, .always], [.themes, .always], [.menu, .always],
  ]

  /// A key that means something nearer would do that, although hints and texts promise the other.
  private mutating func lookForHidden(in chain: [Where]) {
    for (depth, near) in chain.enumerated() {
      for far in chain.dropFirst(depth + 1) {
        for row in keymap.rows(in: near) {
          for key in row.keys {
            guard let hidden = keymap.binding(for: key, in: far), hidden.action != row.action else { continue }
            let isUsual =
              Keymap.standard.binding(for: key, in: near)?.action == row.action
              && Keymap.standard.binding(for: key, in: far)?.action == hidden.action
            if !isUsual { hide(key, near, row.action, far, hidden.action) }
          }
        }
      }
    }
  }

  private mutating func hide(_ key: Key, _ near: Where, _ action: Action, _ far: Where, _ hidden: Action) {
    let reason =
      "\(key.name) would be \(action.rawValue) in \(near.rawValue), and hide \(hidden.rawValue) of \(far.rawValue) there; "
      + "these need different keys"
    let numbers = ["\(near.rawValue) \(action.rawValue)", "\(far.rawValue) \(hidden.rawValue)"].compactMap {
      changers[$0]
    }
    guard let number = numbers.max(), !troubles.contains(where: { $0.reason == reason }) else { return }
    say(number, written[number]?.firstIndex(of: key).map { .key($0) } ?? .action, reason)
  }

  /// What the list of all actions does not offer, or what it takes to use it.
  private static let mustStay: Set<Action> = [
    .moveUp, .moveDown, .open, .nextOption, .confirm, .nextField, .previousField, .palette,
  ]

  private func hadOne(_ row: Binding) -> Bool {
    Keymap.standard.bindings.contains {
      $0.action == row.action && $0.place == row.place && $0.keys.contains(where: isOnEveryKeyboard)
    }
  }

  private mutating func clash(_ key: Key, _ place: Where, _ first: Action, _ second: Action) {
    let numbers = [first, second].map { changers["\(place.rawValue) \($0.rawValue)"] ?? -1 }
    guard let number = numbers.max(), number >= 0 else { return }
    let other = numbers[0] == number ? second : first
    let at = written[number]?.firstIndex(of: key)
    say(
      number, at.map { .key($0) } ?? .action,
      "in \(place.rawValue) \(key.name) is \(other.rawValue) already; give that another key too")
  }

  /// Says what is wrong with a row where somebody changed it, or changed what it is at odds with.
  private mutating func blame(_ row: Binding, _ other: Action, _ key: Key?, _ reason: String) {
    let rows = changers.filter { $0.key.hasSuffix(" \(other.rawValue)") }.map(\.value)
    let own = changers["\(row.place.rawValue) \(row.action.rawValue)"]
    guard let number = (rows + (own.map { [$0] } ?? [])).max() else { return }
    let at = key.flatMap { key in written[number]?.firstIndex(of: key) }
    guard !troubles.contains(where: { $0.change == number && $0.reason == reason }) else { return }
    say(number, at.map { .key($0) } ?? .action, reason)
  }

  private mutating func say(_ number: Int, _ part: KeyTrouble.Part, _ reason: String) {
    troubles.append(KeyTrouble(change: number, part: part, reason: reason))
  }

  /// The name that is most like a mistyped one.
  private func nearest(_ word: String, of names: [String]) -> String {
    names.min { Self.distance(word, $0) < Self.distance(word, $1) } ?? ""
  }

  /// How many letters must be put in, taken out or exchanged.
  private static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.unicodeScalars.prefix(64)), Array(right.unicodeScalars.prefix(64)))
    var row = Array(0...right.count)
    for (at, scalar) in left.enumerated() {
      var before = row[0]
      row[0] = at + 1
      for (column, other) in right.enumerated() {
        let kept = row[column + 1]
        row[column + 1] = min(before + (scalar == other ? 0 : 1), kept + 1, row[column] + 1)
        before = kept
      }
    }
    return row[right.count]
  }
}
