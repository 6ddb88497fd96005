/// A robot and the room it speaks in, as the control API takes them.
public struct RobotRegistration: Codable, Sendable, Equatable {
  /// The chat room of a robot.
  public struct Room: Codable, Sendable, Equatable {
    /// The room's name; together with the brand it says which room is meant.
    public var name: String
    /// The brand that the room belongs to.
    public var brand: String
    /// The colour of the room's avatar as `#rrggbb`; chosen by the name when it is left out.
    public var colour: String?
    /// How many members the room shows beside its name.
    public var members: Int?

    /// Describes a room.
    public init(name: String, brand: String, colour: String? = nil, members: Int? = nil) {
      self.name = name
      self.brand = brand
      self.colour = colour
      self.members = members
    }
  }

  /// The secret of the webhook's address.
  public var key: String
  /// The name under which the robot speaks.
  public var name: String?
  /// The room it speaks in.
  public var room: Room

  /// Describes a robot.
  public init(key: String, name: String? = nil, room: Room) {
    self.key = key
    self.name = name
    self.room = room
  }

  /// What is wrong with the registration, or nil.
  var problem: (field: String, text: String)? {
    if !(1...128).contains(key.utf8.count) || !key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
      return ("key", "must be 1 to 128 printable ASCII characters without spaces")
    }
    if !(1...128).contains(room.name.count) { return ("room.name", "must be 1 to 128 characters") }
    if !(1...128).contains(room.brand.count) { return ("room.brand", "must be 1 to 128 characters") }
    if let name, !(1...64).contains(name.count) { return ("name", "must be 1 to 64 characters") }
    if let members = room.members, members < 0 { return ("room.members", "must not be negative") }
    if let colour = room.colour, !colour.isHexColour { return ("room.colour", "must look like #1aad19") }
    return nil
  }
}

/// What the control API may change about a robot.
struct RobotChange: Codable, Sendable {
  var disabled: Bool?
  var inRoom: Bool?

  enum CodingKeys: String, CodingKey {
    case disabled
    case inRoom = "in_room"
  }
}

extension String {
  var isHexColour: Bool {
    utf8.count == 7 && utf8.first == UInt8(ascii: "#") && dropFirst().allSatisfy(\.isHexDigit)
  }
}
