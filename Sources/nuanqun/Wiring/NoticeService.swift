import Community
import Logging
import ServiceLifecycle

/// Sends what people are told, and looks for what nobody's transaction tells, as long as the worker runs.
struct NoticeService: Service {
  let posting: NoticePosting
  let watch: NoticeWatch
  let logger: Logger

  private static let pause = Duration.seconds(2)
  private static let betweenLooks = Duration.seconds(60)
  private static let betweenSweeps = Duration.seconds(6 * 3_600)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var (look, sweep) = (ContinuousClock.now, ContinuousClock.now)
      while !Task.isCancelled {
        await tried { _ = try await posting.post() }
        if ContinuousClock.now >= look {
          look = .now + Self.betweenLooks
          await tried { try await watch.look() }
        }
        if ContinuousClock.now >= sweep {
          sweep = .now + Self.betweenSweeps
          await tried { try await watch.sweep() }
        }
        try await Task.sleep(for: Self.pause)
      }
    }
  }

  /// What fails here is tried again at the next turn; runs are more important than what is told of them.
  private func tried(_ work: () async throws -> Void) async {
    do {
      try await work()
    } catch {
      if !Task.isCancelled { logger.warning("notices not sent", metadata: ["error": "\(error)"]) }
    }
  }
}
