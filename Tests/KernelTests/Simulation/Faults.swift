/// Which faults a world knows, in percent; a seed arms some and leaves others out.
struct Faults {
  var crash = 0
  var freeze = 0
  var takeOver = 0
  var conflict = 0
  var taskFails = 0
  var filesMissing = 0
  var hostilePlan = 0
  var silence = 0
  var duplicate = 0
  var gateFails = 0
  var unavailable = 0
  var shortcomings = 0
  var stubbornness = 0
  var rogue = 0
  var rests = 0
  /// Pictures that cannot be taken, and files that cannot be put back.
  var keeping = 0
  /// Effects of which nobody can tell whether they were done.
  var doubt = 0
  /// Errors that tell of something outside.
  var outage = 0
  /// Edits by hand while the session works.
  var edits = 0
  /// Changes, rollbacks, ends and undos that persons ask for.
  var wishes = 0
  var undo = 0
  /// Hours that pass at once.
  var leaps = 0

  static func armed(by random: inout SplitMix64) -> Faults {
    func rate(_ highest: Int, _ random: inout SplitMix64) -> Int {
      random.chance(50) ? 1 + random.below(highest) : 0
    }
    var faults = Faults()
    faults.crash = rate(12, &random)
    faults.freeze = rate(8, &random)
    faults.takeOver = rate(20, &random)
    faults.conflict = rate(40, &random)
    faults.taskFails = rate(70, &random)
    faults.filesMissing = rate(40, &random)
    faults.hostilePlan = rate(50, &random)
    faults.silence = rate(20, &random)
    faults.duplicate = rate(60, &random)
    faults.gateFails = rate(70, &random)
    faults.unavailable = rate(30, &random)
    faults.shortcomings = rate(80, &random)
    faults.stubbornness = rate(60, &random)
    faults.rogue = rate(20, &random)
    faults.rests = rate(8, &random)
    faults.keeping = rate(40, &random)
    faults.doubt = rate(70, &random)
    faults.outage = rate(80, &random)
    faults.edits = rate(10, &random)
    faults.wishes = rate(15, &random)
    faults.undo = rate(15, &random)
    faults.leaps = rate(25, &random)
    // Every other world is far worse in one way.
    switch random.below(16) {
    case 0: faults.taskFails = 85
    case 1: (faults.taskFails, faults.outage) = (75, 100)
    case 2, 3: (faults.gateFails, faults.stubbornness) = (90, 70)
    case 4: (faults.crash, faults.doubt) = (35, 90)
    case 5: faults.undo = 50
    case 6: faults.wishes = 50
    case 7: (faults.leaps, faults.gateFails) = (60, 60)
    case 8: (faults.keeping, faults.undo) = (80, 30)
    default: break
    }
    return faults
  }
}
