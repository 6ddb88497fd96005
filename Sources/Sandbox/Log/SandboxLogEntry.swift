/// One line of the sandbox's log: one request to the robot protocol, written before it was answered.
public struct SandboxLogEntry: Codable, Sendable, Equatable {
  /// What was asked of the robot protocol.
  public enum Endpoint: String, Codable, Sendable {
    /// `POST /cgi-bin/webhook/send`.
    case send
    /// `POST /cgi-bin/webhook/upload_media`; never `accepted`, because it puts nothing into a room.
    case uploadMedia = "upload_media"
  }

  /// When the sandbox decided, which is also the moment that its limits count.
  public var at: Moment
  /// The line's place in the file, from 1.
  public var number: Int
  /// What was asked.
  public var endpoint: Endpoint
  /// The start of the SHA-256 of the robot's key (see ``RobotID``); the key itself is never logged.
  public var robot: String
  /// The robot's room; nil for a key that the sandbox does not know.
  public var room: String?
  /// The room's brand; nil for a key that the sandbox does not know.
  public var brand: String?
  /// The message's `msgtype`, or the kind of the uploaded file; nil when the body was not read or not understood.
  public var type: String?
  /// The message's words: text, markdown, articles line by line, or a file's name; nil when there are none.
  public var content: String?
  /// The SHA-256 in hex of an image's or a file's bytes.
  public var sha256: String?
  /// How many bytes of the body the sandbox read.
  public var bodyBytes: Int
  /// Whether the sandbox read the body to its end.
  public var readWhole: Bool
  /// Whether the request was read whole and its message put into the room, whatever became of the answer.
  public var accepted: Bool
  /// The code in the answer; nil when the sandbox was to give none (a cut, a hang, a gateway's error page).
  public var errcode: Int?
  /// The misbehaviour that was ordered for this request and took place.
  public var fault: String?

  enum CodingKeys: String, CodingKey {
    case at, number, endpoint, robot, room, brand, type, content, sha256, accepted, errcode, fault
    case bodyBytes = "body_bytes"
    case readWhole = "read_whole"
  }
}
