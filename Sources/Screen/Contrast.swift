extension Color {
  /// The relative luminance of WCAG 2, from 0 for black to 1 for white; `nil` for colours only the terminal knows.
  public var luminance: Double? {
    guard case .rgb(let red, let green, let blue) = self else { return nil }
    return 0.2126 * Color.linear(red) + 0.7152 * Color.linear(green) + 0.0722 * Color.linear(blue)
  }

  /// The contrast of two colours by WCAG 2, from 1 to 21; `nil` when one of them is only known to the terminal.
  public func contrast(with other: Color) -> Double? {
    guard let mine = luminance, let theirs = other.luminance else { return nil }
    return (max(mine, theirs) + 0.05) / (min(mine, theirs) + 0.05)
  }

  /// Returns this colour moved just far enough towards the first end that reaches a contrast.
  ///
  /// Black and white are tried last, so a readable colour is found for every background. Colours that only the
  /// terminal knows are returned unchanged.
  public func lifted(to contrast: Double, on background: Color, towards ends: [Color]) -> Color {
    guard let current = self.contrast(with: background), current < contrast else { return self }
    let black = Color.rgb(0, 0, 0)
    let white = Color.rgb(255, 255, 255)
    let last = (black.contrast(with: background) ?? 0) > (white.contrast(with: background) ?? 0) ? black : white
    for end in ends + [last] where (end.contrast(with: background) ?? 0) >= contrast {
      for step in 1...16 {
        let mixed = self.mixed(with: end, sixteenths: step)
        if (mixed.contrast(with: background) ?? 0) >= contrast { return mixed }
      }
    }
    return last
  }

  private func mixed(with other: Color, sixteenths: Int) -> Color {
    guard case .rgb(let red, let green, let blue) = self, case .rgb(let red2, let green2, let blue2) = other else {
      return other
    }
    func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
      UInt8((Int(from) * (16 - sixteenths) + Int(to) * sixteenths) / 16)
    }
    return .rgb(mix(red, red2), mix(green, green2), mix(blue, blue2))
  }

  /// The sRGB curve. The fractional power is taken by Newton's method, because this module imports nothing.
  private static func linear(_ byte: UInt8) -> Double {
    let value = Double(byte) / 255
    if value <= 0.04045 { return value / 12.92 }
    let base = (value + 0.055) / 1.055
    let square = base * base
    var root = base
    for _ in 0..<24 {
      let fourth = root * root * root * root
      root -= (fourth * root - square) / (5 * fourth)
    }
    return square * root
  }

  // MARK: The 256 colours

  /// The number of this colour in the terminal's table, or -1 for the standard colour.
  ///
  /// `rgb` becomes the nearest of the 240 fixed entries of 256 (the first sixteen belong to the person and may be
  /// anything), or `0xRRGGBB` at ``ColorDepth/direct``, where 1 to 7 would mean table entries and are raised to 8.
  public func index(in depth: ColorDepth) -> Int {
    switch self {
    case .standard: return -1
    case .ansi(let number):
      if depth == .eight { return Int(number) & 7 }
      return Int(number) & 15
    case .rgb(let red, let green, let blue):
      if depth == .direct {
        let value = Int(red) << 16 | Int(green) << 8 | Int(blue)
        return value > 0 && value < 8 ? 8 : value
      }
      return Color.nearest(red: Int(red), green: Int(green), blue: Int(blue)) { _ in true }
    }
  }

  /// The numbers of a pair at 256 colours, keeping a contrast the exact colours have.
  public static func indexedPair(_ foreground: Color, on background: Color) -> (foreground: Int, background: Int) {
    let behind = background.index(in: .indexed)
    guard case .rgb(let red, let green, let blue) = foreground, background.luminance != nil,
      let wanted = foreground.contrast(with: background), wanted >= Theme.borderContrast
    else { return (foreground.index(in: .indexed), behind) }
    let least = wanted >= Theme.textContrast ? Theme.textContrast : Theme.borderContrast
    let shown = Color.fixed(behind)
    let front = Color.nearest(red: Int(red), green: Int(green), blue: Int(blue)) { index in
      (Color.fixed(index).contrast(with: shown) ?? 0) >= least
    }
    return (front, behind)
  }

  /// One of the 240 fixed entries, 16 to 255.
  static func fixed(_ index: Int) -> Color {
    if index >= 232 {
      let level = UInt8(8 + (min(index, 255) - 232) * 10)
      return .rgb(level, level, level)
    }
    let levels: [UInt8] = [0, 95, 135, 175, 215, 255]
    let place = max(0, index - 16)
    return .rgb(levels[place / 36], levels[place / 6 % 6], levels[place % 6])
  }

  private static func nearest(red: Int, green: Int, blue: Int, where isAllowed: (Int) -> Bool) -> Int {
    var best = 16
    var bestDistance = Int.max
    for index in 16..<256 {
      guard case .rgb(let red2, let green2, let blue2) = fixed(index) else { continue }
      let (dr, dg, db) = (red - Int(red2), green - Int(green2), blue - Int(blue2))
      // Weights after the eye's sensitivity, which plain distance ignores.
      let distance = 2 * dr * dr + 4 * dg * dg + 3 * db * db
      if distance < bestDistance, isAllowed(index) {
        best = index
        bestDistance = distance
      }
    }
    return best
  }
}
