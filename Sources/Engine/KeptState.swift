import Foundation
import Kernel

/// A session's state after one of its events, kept in a file so that looking at a long session need not fold all of it.
///
/// It is for looking only: whatever is decided is decided on a state folded from the journal itself. A file that another
/// build of the program wrote, or whose event is not the journal's, counts as not there.
public struct KeptState: Codable, Sendable {
  /// Which build of the program folded it; another one might fold otherwise.
  public var program: String
  /// The session's identifier.
  public var session: String
  /// The hash of the event after which it is the state.
  public var hash: String
  /// The state; its version is the number of that event.
  public var state: Session

  /// Makes it from its parts.
  public init(program: String, session: String, hash: String, state: Session) {
    self.program = program
    self.session = session
    self.hash = hash
    self.state = state
  }

  /// Larger files are neither written nor read.
  static let largest = 64 << 20

  /// Reads a file, if there is one that this build of the program wrote for this session.
  public static func read(_ path: String, program: String, session: String) -> KeptState? {
    guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size <= largest,
      let data = FileManager.default.contents(atPath: path),
      let kept = try? JSONDecoder().decode(KeptState.self, from: data),
      kept.program == program, kept.session == session, kept.state.id == session, kept.state.version > 0
    else { return nil }
    return kept
  }

  /// Writes the file whole or not at all, readable by its owner only; tells whether it could.
  @discardableResult
  public func write(to path: String) -> Bool {
    guard let data = try? JSONEncoder().encode(self), data.count <= KeptState.largest else { return false }
    return StateFolder.write(data, to: path)
  }
}
