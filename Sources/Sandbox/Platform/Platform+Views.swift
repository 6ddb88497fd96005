import Foundation

/// What the pages and the control API read.
extension Platform {
  func robotRecords() -> [RobotRecord] {
    let now = now
    return robots.values
      .map { robot in
        let room = rooms[robot.room - 1]
        return RobotRecord(
          robot: robot.id, name: robot.name, roomID: room.id, room: room.name, brand: room.brand, state: robot.state,
          accepted: robot.accepted, refused: robot.refused, inWindow: robot.window.used(at: now),
          limit: configuration.rate.count)
      }
      .sorted { ($0.roomID, $0.robot.description) < ($1.roomID, $1.robot.description) }
  }

  /// The orders in force with ids for keys, which no answer shows.
  func faultRecords() -> [FaultRecord] {
    faults.orders.map { order in
      let named = order.rule.robot
      let robot = named == "*" ? named : (key(of: named).map { RobotID(key: $0) } ?? RobotID(key: named)).description
      return FaultRecord(
        robot: robot, mode: order.rule.mode, endpoint: order.rule.endpoint, probability: order.rule.probability,
        left: order.left, hits: order.hits)
    }
  }

  /// The messages of all rooms that pass, in the order of the log, at most `limit` of them.
  func messages(limit: Int, where isWanted: (ChatMessage) -> Bool) -> [MessageRecord] {
    rooms.flatMap { room in room.messages.filter(isWanted).map { MessageRecord($0, in: room) } }
      .sorted { $0.number < $1.number }
      .prefix(limit).map(\.self)
  }

  func media(_ sha256: String) -> (data: Data, kind: MediaKind)? { shelf[sha256] }

  /// Keeps a picture that articles may point to by its path.
  func keep(_ bytes: Data, as reference: MediaReference) {
    shelf.keep(bytes, as: reference)
  }

  func roomSummaries() -> [RoomSummary] { rooms.map(RoomSummary.init) }

  /// The last refusals, newest first.
  func recentRefusals() -> [RefusalRecord] { refusals.reversed() }
}
