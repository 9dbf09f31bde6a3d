import Kernel
import Screen

/// What drawing one picture asks for again and again, found out once.
///
/// It belongs to a copy of the console that is drawn and then forgotten, so it can never be older than what it tells of.
final class FrameFacts: Sendable {
  let current: SessionSnapshot?
  let desk: Desk
  let queue: [(session: SessionSnapshot, decision: Decision)]
  let areas: ScreenAreas
  let paneAreas: [(pane: Pane, area: Area)]
  let needRows: [NeedRow]

  init(_ model: Model) {
    var model = model
    model.frameFacts = nil
    current = model.current
    desk = model.desk
    queue = model.queue
    areas = model.areas
    paneAreas = model.currentID == nil ? [] : model.paneAreas
    needRows = model.needRows
  }
}

extension Model {
  /// The console as it would be without one of its places.
  func without(_ place: Place) -> Model {
    var below = self
    below.frameFacts = nil
    below.places.removeAll { $0 == place }
    return below
  }
}
