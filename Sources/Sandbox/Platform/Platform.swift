import Foundation
import Logging

/// The platform that the sandbox stands in for: robots, rooms, limits, faults and the log.
///
/// One actor decides on every request, so the order of its decisions is the order of the log. It writes the log itself,
/// on the spot: a line has to be in the file before anything else can be seen of the request.
actor Platform {
  private struct RoomAddress: Hashable {
    let brand: String
    let name: String
  }

  let configuration: SandboxConfiguration
  let logger: Logger
  var log: LogFile

  var robots: [String: Robot] = [:]
  var rooms: [Room] = []
  private var roomIDs: [RoomAddress: Room.ID] = [:]
  var faults = FaultBoard()
  var refusals: [RefusalRecord] = []
  var shelf: MediaShelf
  var uploads: [String: UploadedMedia] = [:]

  nonisolated let feed = Feed()
  /// Tells this run from an earlier one, whose room numbers and counts mean nothing any more.
  nonisolated let epoch = String(UInt32.random(in: .min ... .max), radix: 36)

  init(_ configuration: SandboxConfiguration, logger: Logger) throws {
    self.configuration = configuration
    self.logger = logger
    shelf = MediaShelf(capacity: configuration.mediaBytes)
    log = try LogFile(path: configuration.logPath, synced: configuration.isLogSynced)
  }

  var now: Moment { configuration.clock.now() }

  /// Makes robots and their rooms; a key that exists moves to its new room and may speak again.
  func register(_ registrations: [RobotRegistration]) {
    for registration in registrations {
      let room = room(for: registration.room)
      let name = registration.name ?? Words.robot.zhHans
      let fresh = Robot(
        id: RobotID(key: registration.key), name: name, room: room, colour: Palette.colour(for: name),
        window: SlidingWindow(configuration.rate))
      var robot = robots[registration.key] ?? fresh
      robot.room = room
      robot.name = name
      robot.state = .active
      robots[registration.key] = robot
    }
    feed.publish(.robotsChanged)
  }

  private func room(for wanted: RobotRegistration.Room) -> Room.ID {
    let address = RoomAddress(brand: wanted.brand, name: wanted.name)
    if let id = roomIDs[address] {
      if let colour = wanted.colour { rooms[id - 1].colour = colour }
      if let members = wanted.members { rooms[id - 1].members = members }
      return id
    }
    let room = Room(
      id: rooms.count + 1, brand: wanted.brand, name: wanted.name,
      colour: wanted.colour ?? Palette.colour(for: wanted.name), members: wanted.members)
    rooms.append(room)
    roomIDs[address] = room.id
    return room.id
  }

  /// The key of the robot that the text names by key or by id.
  func key(of robot: String) -> String? {
    robots[robot] != nil ? robot : robots.first { $0.value.id.description == robot }?.key
  }

  /// Lets a robot speak, silences it or takes it away; false when there is no such robot.
  func setState(_ state: Robot.State, of robot: String) -> Bool {
    guard let key = key(of: robot) else { return false }
    robots[key]?.state = state
    feed.publish(.robotsChanged)
    return true
  }

  func setFaults(_ rules: [FaultRule]) {
    faults = FaultBoard(rules)
  }

  /// The room with this id; ids count from 1 in the order of registration.
  func room(_ id: Room.ID) -> Room? {
    rooms.indices.contains(id - 1) ? rooms[id - 1] : nil
  }
}
