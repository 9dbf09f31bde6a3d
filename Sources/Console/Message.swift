import Kernel
import Screen

// Console imports Kernel and Screen only. It reads no clock, opens no file, waits for nothing and prints nothing:
// messages go in, intents and a picture come out.

/// Something that happened and that the console should know.
public enum Message: Sendable {
  /// The sessions as they are now, all of them.
  case sessions([SessionSnapshot])
  /// How far the sessions are read that are not among the others yet, because their journals are long.
  case reading([ReadingOn])
  /// The person pressed a key.
  case key(Key)
  /// The window has another size.
  case resized(Size)
  /// Time went on; milliseconds since 1970 (UTC). See ``Model/wakeAfter`` for when the next one is wanted.
  case moment(Int64)
  /// How a submitted order went, by the number of its intent.
  case submitted(Int, SubmitResult)
  /// What the shell found out about a question it was asked to weigh; `trouble` says why it could not look.
  case weighed(Weighing, Consequences, trouble: String?)
  /// What the shell found about a file's contents, or why it could not.
  case compared(Comparing, Comparison?, trouble: String?)
  /// The QA report of a session as it stands, in Markdown, or why it could not be written.
  case reported(session: String, String?, trouble: String?)
  /// The contents of a file that the person wants to read, or why they cannot be read.
  case fileRead(NamedFile, String?, trouble: String?)
  /// The newest lines of what an agent or a gate wrote, whole lines, replacing the earlier ones.
  case transcript(session: String, lines: [String])
  /// The person left the editor; `nil` when the text is to stay as it was.
  case edited(EditorPurpose, String?)
  /// A session was begun for the person, who wants to see it.
  case opened(session: String)
  /// The person's files say something else now.
  case preferences(Preferences)
  /// What became of an alert, by its number: by which way it went, and whether that is known to have worked.
  case alerted(Int, way: String)
  /// What is wrong with files of the person or the project now, and what holds instead; it stays listed.
  case troubles([String])
  /// The shell has something to say, such as where the copied text went.
  case notice(String)
}

/// How a submitted order went.
public enum SubmitResult: Equatable, Sendable {
  /// It was written down.
  case accepted
  /// It was not accepted, and what to do instead.
  case refused(why: String, instead: String)
  /// The question changed between being shown and being answered; nothing was written down.
  case stale
  /// The files changed since the question was shown, by path; nothing was written down, and it is asked again.
  case filesMoved([String])
}

/// What a text from the editor is for.
public enum EditorPurpose: Hashable, Sendable {
  /// The note of a decision's answer.
  case note(session: String, decision: String)
  /// A field of a decision's answer.
  case field(session: String, decision: String, name: String)
  /// A text of the question that the console itself asks, by its number.
  case dialog(session: String, text: Int)
}

/// Something the console asks of the shell.
public enum Intent: Equatable, Sendable {
  /// Submit an order; the result comes back as ``Message/submitted(_:_:)`` with the same number.
  case submit(session: String, Demand, request: Int)
  /// Find out what only a look at the workspace can tell of an option, or of an undo; the result comes back as
  /// ``Message/weighed(_:_:trouble:)``, also when it could not be found out.
  case weigh(Weighing)
  /// Look whether the workspace is still what a decision was raised on, and order a `look` when it is not; nothing
  /// comes back but the session as it is then.
  case look(session: String, decision: String)
  /// Find out what changed in a file; the result comes back as ``Message/compared(_:_:trouble:)``, also when it could
  /// not be found out.
  case compare(Comparing)
  /// Write the QA report of a session as it stands; it comes back as ``Message/reported(session:_:trouble:)``.
  case writeReport(session: String)
  /// Write the handoff package of a session to a path, relative to where the console was started; how it went comes back
  /// as ``Message/notice(_:)``.
  case export(session: String, path: String)
  /// Start a session from a sample brief.
  case startSample(String)
  /// Start an engine for a session that none holds.
  case startEngine(session: String)
  /// Let the person edit a text in the editor of their choice.
  case openEditor(EditorPurpose, text: String)
  /// Let the person read a text in the pager of their choice.
  case openPager(PagerText)
  /// Read a file that a session names; it comes back as ``Message/fileRead(_:_:trouble:)``.
  case readFile(NamedFile)
  /// Put a text on the clipboard and say by ``Message/notice(_:)`` which way it went.
  case copy(String)
  /// Use the colours of a theme.
  case theme(String)
  /// Ring the bell once.
  case bell
  /// Tell the person on the desktop or by their own program; what became of it comes back as
  /// ``Message/alerted(_:way:)``.
  case notify(AlertNote)
  /// Read the mouse, or leave it to the terminal.
  case mouse(Bool)
  /// Keep where the person is for the next console.
  case remember(Memory)
  /// Keep what was typed and not sent, or, when it is empty, forget it.
  case keepDraft(KeptDraft)
  /// Set the title of the window.
  case title(String)
  /// Show in the terminal's tab or the taskbar how far the work is.
  case progress(WorkProgress)
  /// Read the person's files and the sessions again; what came of it comes back as ``Message/notice(_:)``.
  case reload
  /// Draw everything again.
  case repaint
  /// Stop for the shell that started us, as Ctrl-Z does.
  case suspend
  /// Leave; sessions go on.
  case quit
}

/// A brief that comes with Signalbox, for a first look.
public struct Sample: Equatable, Sendable {
  /// The name by which it is started.
  public var name: String
  /// Its title.
  public var title: String
  /// What it shows, in one sentence.
  public var summary: String

  /// Makes a sample from its parts.
  public init(name: String, title: String, summary: String) {
    self.name = name
    self.title = title
    self.summary = summary
  }
}

/// A session as the shell last saw it.
///
/// It never changes, and everything that draws looks at it all the time, so it is handed on without being copied.
public final class SessionSnapshot: Equatable, Sendable {
  /// The session, folded from its events.
  public let session: Session
  /// Its events in order, by place. Only the visible ones are ever formatted.
  public let events: EventHistory
  /// Whether an engine works for it.
  public let engine: EngineStatus
  /// Consequences of options that only the shell can know, such as files on the disk.
  public let facts: [AddedConsequence]

  /// Makes a snapshot from its parts.
  public init(
    session: Session, events: EventHistory = [], engine: EngineStatus = .none, facts: [AddedConsequence] = []
  ) {
    self.session = session
    self.events = events
    self.engine = engine
    self.facts = facts
  }

  /// The session's identifier.
  public var id: String { session.id }

  /// Whether two snapshots show the same.
  public static func == (left: SessionSnapshot, right: SessionSnapshot) -> Bool {
    left === right
      || left.session == right.session && left.events == right.events && left.engine == right.engine
        && left.facts == right.facts
  }
}

/// How far a session's journal was read.
public struct ReadingOn: Equatable, Sendable {
  /// The session.
  public var session: String
  /// How many events were read.
  public var done: Int
  /// How many there are, as far as it is known.
  public var all: Int
  /// Why it cannot be read, if it cannot.
  public var trouble: String?

  /// Makes it from its parts.
  public init(session: String, done: Int, all: Int, trouble: String? = nil) {
    self.session = session
    self.done = done
    self.all = all
    self.trouble = trouble
  }

  /// It as a sentence.
  var words: String {
    if let trouble {
      let reason = trouble.hasSuffix(".") ? String(trouble.dropLast()) : trouble
      return Text.clean("\(session) cannot be read: \(reason); `signalbox verify \(session)` says more").string
    }
    return Text.clean("\(session): reading its journal, \(done) of \(all) events").string
  }
}

/// An event with its number in the session's history.
public struct FeedEvent: Equatable, Sendable {
  /// Its number, counted from 1 and never reused.
  public var seq: Int
  /// What happened.
  public var event: Event

  /// Makes a feed event from its parts.
  public init(seq: Int, event: Event) {
    self.seq = seq
    self.event = event
  }
}

/// Whether an engine works for a session.
public enum EngineStatus: Equatable, Sendable {
  /// One does, since a moment in milliseconds.
  case alive(String, since: Int64)
  /// The one that held the session stopped without saying so.
  case gone
  /// None holds it.
  case none
}

/// One consequence of an option that the shell found out.
public struct AddedConsequence: Equatable, Sendable {
  /// The decision.
  public var decision: String
  /// The option.
  public var option: String
  /// The consequence in one sentence.
  public var text: String
  /// Whether it means that something is lost for good.
  public var isLoss: Bool

  /// Makes a consequence from its parts.
  public init(decision: String, option: String, text: String, isLoss: Bool = false) {
    self.decision = decision
    self.option = option
    self.text = text
    self.isLoss = isLoss
  }
}
