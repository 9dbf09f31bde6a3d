/// Gives the same numbers for the same seed, everywhere and for ever; the whole simulation draws from one of these.
///
/// Source: Steele, Lea, Flood, “Fast splittable pseudorandom number generators”, OOPSLA 2014.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to, not including, the bound; the tiny bias of the remainder does not matter here.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// Whether something with this probability happens.
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  /// One of some things; there must be at least one.
  mutating func pick<Thing>(_ things: [Thing]) -> Thing { things[below(things.count)] }
}
