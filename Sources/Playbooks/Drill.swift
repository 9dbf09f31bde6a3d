import Kernel

/// Rehearses a scenario: a brief, what goes wrong, what a person asks for and answers, and what the report must tell.
public struct Drill: Equatable, Sendable {
  /// Something that goes wrong on purpose.
  public enum Fault: Equatable, Sendable {
    /// Attempts of a task fail; no attempt means every one.
    case task(String, attempts: [Int], failure: TaskFailure)
    /// Runs of a gate fail.
    case gate(String, attempts: [Int], achieved: String, findings: [Finding])
    /// A dependency answers only after some looks.
    case dependency(String, looks: Int)
    /// A task lasts until what a person asked for is settled, so that there is time to ask.
    case hold(String)
  }

  /// When the script asks for something by itself, where nobody is at the keys.
  public enum Moment: Equatable, Sendable {
    /// As soon as a task is under way.
    case task(String)
    /// As soon as a question by a playbook is open.
    case question(String)
    /// As soon as an answer by a playbook was given.
    case answered(String)
  }

  /// Something a person asks for beside answering.
  public enum Wish: Equatable, Sendable {
    case change(text: String)
    case rollBack(to: Int, substages: [String], reason: String)
    case abort(reason: String)
    case undo(reason: String)
  }

  /// The file's name, e.g. `03-test-failure`.
  public var id: String
  /// The scenario's number, 1–10.
  public var scenario: Int
  /// What it is called.
  public var title: String
  /// What it shows, in a sentence.
  public var says: String
  /// What to do at the keys, in steps.
  public var steps: [String]
  /// The workflow it follows.
  public var workflow: String
  /// The brief.
  public var brief: String
  /// The maturity level, if the brief's is not to count.
  public var level: Int?
  /// What goes wrong.
  public var faults: [Fault]
  /// What is asked for, and when.
  public var wishes: [(when: Moment, wish: Wish)]
  /// What a person answers, given beforehand.
  public var answers: [AdvanceAnswer]
  /// Words that the report must hold afterwards.
  public var report: [String]
  /// How the session ends.
  public var ends: SessionState

  /// Compares all parts.
  public static func == (one: Drill, other: Drill) -> Bool {
    one.id == other.id && one.scenario == other.scenario && one.title == other.title && one.says == other.says
      && one.steps == other.steps && one.workflow == other.workflow && one.brief == other.brief
      && one.level == other.level && one.faults == other.faults && one.answers == other.answers
      && one.report == other.report && one.ends == other.ends
      && one.wishes.elementsEqual(other.wishes) { $0.when == $1.when && $0.wish == $1.wish }
  }
}
