public import Foundation

/// How many messages a robot may post within any window of a length.
public struct RateLimit: Sendable, Equatable {
  /// The most messages within the window.
  public var count: Int
  /// The window's length; it is half open, so a message exactly one window later no longer counts with the first.
  public var window: Duration

  /// Makes a limit; WeCom's is 20 in 60 seconds.
  public init(count: Int = 20, window: Duration = .seconds(60)) {
    self.count = count
    self.window = window
  }
}

/// The settings of a sandbox.
public struct SandboxConfiguration: Sendable {
  /// The address to listen on. The sandbox has no accounts, so anything but loopback shows the rooms to the network.
  public var host = "127.0.0.1"
  /// The port to listen on; 0 lets the system choose one, which `onRunning` then tells.
  public var port = 8089
  /// The file to which every request is appended.
  public var logPath: String
  /// Whether each log line is forced to the disk before its request is answered.
  public var isLogSynced = false
  /// How many messages a robot may post in a window.
  public var rate = RateLimit()
  /// How long an uploaded file may be sent by its media id.
  public var mediaLifetime: Duration = .seconds(3 * 24 * 60 * 60)
  /// How many messages a room keeps; older ones leave the memory, never the log.
  public var messagesPerRoom = 500
  /// How many bytes of pictures and files are kept; the oldest go first.
  public var mediaBytes = 256 << 20
  /// How long a half-sent request may still be read once the stop was asked for.
  public var stopGrace: Duration = .seconds(2)
  /// The zone in which the pages show times.
  public var timeZone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
  /// Robots that exist from the start.
  public var robots: [RobotRegistration] = []
  /// Called once with the port when the sandbox listens.
  public var onRunning: @Sendable (_ port: Int) async -> Void = { _ in }
  var clock = SandboxClock.system()

  /// Makes the settings of WeCom's own limits on loopback, logging to a file.
  public init(logPath: String) {
    self.logPath = logPath
  }
}

/// Where the sandbox takes the time from.
struct SandboxClock: Sendable {
  let now: @Sendable () -> Moment

  /// Wall-clock time that never steps back: a limit or the order of the log must not suffer when the system's clock is
  /// set while the sandbox runs.
  static func system() -> SandboxClock {
    let wall = Moment(Date())
    let start = ContinuousClock.now
    return SandboxClock { wall.advanced(by: ContinuousClock.now - start) }
  }
}
