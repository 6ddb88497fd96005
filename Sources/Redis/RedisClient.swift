public import Logging
import NIOConcurrencyHelpers
public import Polling

/// A Redis server, for any number of tasks at once.
///
/// All commands of all tasks go down one connection, which is made at the first call and made again whenever it is lost.
/// Only what has to wait in the server (`blockingPop`, `subscribe`) gets connections of its own. Tasks that prefer the
/// loop as their executor (`withTaskExecutorPreference(loop)`) call without a change of thread.
///
/// While the server is away calls wait for it up to `waitLimit` and fail as `unavailable`; what was in flight when the
/// connection broke fails as `lost`, saying whether it may have been applied. Nothing is ever sent twice. A cancelled
/// task stops waiting at once, though a command that has been sent may still be applied.
public final class RedisClient: Sendable {
  /// The configuration that the client was made with.
  public let configuration: RedisConfiguration

  /// Where its answers arrive: tasks that prefer this loop call without a change of thread.
  public let loop: PollingLoop
  let shared: SharedConnection
  let blocking: BlockingConnections
  let feeds = NIOLockedValueBox<[ObjectIdentifier: SubscriptionFeed]>([:])
  let log: OffLoopLog

  /// A client that connects at its first call.
  public init(_ configuration: RedisConfiguration, loop: PollingLoop = .shared, logger: Logger) {
    self.configuration = configuration
    self.loop = loop
    log = OffLoopLog(logger: logger)
    shared = SharedConnection(configuration, loop: loop, log: log)
    blocking = BlockingConnections(configuration, loop: loop) { [shared] number in
      // Should this fail, the server's own time limit ends the wait.
      _ = try? await shared.ask(RedisCommand("CLIENT", "UNBLOCK", number))
    }
  }

  deinit {
    Task { [shared, blocking] in
      await blocking.close()
      await shared.close()
    }
  }

  /// Sends one command and waits for its answer.
  ///
  /// Throws `RedisError`, or `CancellationError` if the task is cancelled. Commands that would change the shared
  /// connection for others (SELECT, MULTI, BLPOP …) are refused as `notShareable`.
  public nonisolated(nonsending) func send(_ command: RedisCommand) async throws -> RedisValue {
    try check(command)
    return try await shared.ask(command)
  }

  /// Sends commands together and waits for all answers, in the order of the commands; one round trip.
  ///
  /// Other tasks' commands do not come in between, though other clients' may. An error of one command is that command's
  /// reply and stops none of the others.
  public nonisolated(nonsending) func pipeline(_ commands: [RedisCommand]) async throws -> [RedisReply] {
    guard !commands.isEmpty else { return [] }
    for command in commands { try check(command) }
    return try await sendTogether(commands)
  }

  /// Refuses new calls, waits for the answers that are on their way, and closes every connection.
  ///
  /// Blocking pops that are waiting fail; subscriptions end.
  public func close() async {
    for feed in feeds.withLockedValue({ $0.values.map { $0 } }) { await feed.end() }
    await blocking.close()
    await shared.close()
  }

  nonisolated(nonsending) func sendTogether(_ commands: [RedisCommand]) async throws -> [RedisReply] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(commands.reduce(0) { $0 + $1.encoded.count })
    for command in commands { bytes += command.encoded }
    return try await shared.ask(bytes, count: commands.count)
  }

  func check(_ command: RedisCommand) throws(RedisError) {
    guard let obstacle = command.obstacleToSharing else { return }
    throw .notShareable(command: command.name, reason: obstacle)
  }
}
