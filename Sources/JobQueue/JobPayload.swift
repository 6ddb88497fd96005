/// What a job is told: a small value with ids and times, never content, that is stored as JSON in `ops.runs`.
public protocol JobPayload: Codable, Sendable {
  /// The stable name of the kind of job: `touch.expand`. It is stored, so it must not change.
  static var kind: String { get }
  /// The lane that runs of this kind wait in; a pool of workers subscribes to lanes.
  static var lane: Lane { get }
}

/// A queue within the queue: what waits in one lane never stands behind what waits in another.
public struct Lane: Sendable, Hashable {
  /// Its name, as in the pools' files; letters, digits and hyphens.
  public let name: String

  /// A lane by name.
  public init(_ name: String) {
    self.name = name
  }

  /// Sends to platforms.
  public static let delivery = Lane("delivery")
  /// Turns touches into deliveries.
  public static let expansion = Lane("expansion")
  /// Plans ahead and cleans up.
  public static let upkeep = Lane("upkeep")
}

/// Stands for whoever a run belongs to; the queue knows no more of it than its id.
public enum Tenant {}
