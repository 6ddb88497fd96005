/// What a job is told: a small value with ids and times, never content, that is stored as JSON in `ops.runs`.
public protocol JobPayload: Codable, Sendable {
  /// The stable name of the kind of job: `touch.expand`. It is stored, so it must not change.
  static var kind: String { get }
  /// The lane that runs of this kind wait in; a pool of workers subscribes to lanes.
  static var lane: Lane { get }
  /// How much they matter beside others of the lane.
  static var runClass: RunClass { get }
  /// What the tenant's share is divided among, such as a plan's id; nil for one line. No `|` or `@`.
  var source: String? { get }
  /// What only one run at a time may pass, such as a channel's id; nil for none. No `|` or `@`.
  var gate: String? { get }
}

extension JobPayload {
  /// Most kinds are neither urgent nor able to wait for everybody.
  public static var runClass: RunClass { .normal }
  /// One line for all.
  public var source: String? { nil }
  /// No gate.
  public var gate: String? { nil }
}

/// How much runs matter: classes share a lane's slots 8 to 4 to 1, and a tenth of the slots is kept for interactive ones.
public enum RunClass: String, Sendable, Hashable, CaseIterable, Codable {
  /// Somebody waits for it.
  case interactive
  /// Planned work.
  case normal
  /// Work that may take its time.
  case bulk
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
