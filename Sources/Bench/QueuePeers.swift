public import Foundation

/// Other queues, installed into a folder of the bench's own and measured by the programs in `Peers`.
public struct QueuePeers: Sendable {
  /// What a peer's program prints; what it does not measure is missing.
  public struct Figures: Decodable, Sendable {
    /// No-op jobs per second, by one process.
    public let drainPerSecond: Double
    /// Half of the jobs began within this time of their enqueueing.
    public let p50: Double?
    /// All but one in a hundred did.
    public let p99: Double?
    /// What Redis spent for a job, from its enqueueing to its end.
    public let redisMicroseconds: Double?
    /// What the worker's process spent for a job.
    public let workerMicroseconds: Double?
    /// The worker's memory after the load.
    public let workerMegabytes: Double?

    enum CodingKeys: String, CodingKey {
      case drainPerSecond = "drain_per_s"
      case p50 = "p50_ms"
      case p99 = "p99_ms"
      case redisMicroseconds = "redis_us_per_job"
      case workerMicroseconds = "worker_us_per_job"
      case workerMegabytes = "worker_rss_mb"
    }
  }

  private let folder: URL
  private let environment: String

  /// Installs what is missing. The programs lie beside this file, so the bench runs from a checkout.
  ///
  /// - Parameter environment: a folder for Python packages.
  public init(environment: URL) async throws {
    folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peers")
    self.environment = environment.path
    _ = try await run("setup", [self.environment])
  }

  /// Sidekiq on Redis: a job that is taken out is lost with its worker.
  ///
  /// - Parameter logsJobs: two lines for each job, as it does by itself.
  public func sidekiq(redisSocket: String, jobs: Int, logsJobs: Bool = false) async throws -> Figures {
    try await figures(
      ["sidekiq", "--redis", "unix://\(redisSocket)", "--jobs", "\(jobs)"] + (logsJobs ? ["--job-log"] : []))
  }

  /// procrastinate on Postgres, by its own recommended settings.
  public func procrastinate(postgres url: String, jobs: Int) async throws -> Figures {
    try await figures(["procrastinate", "--postgres", url, "--jobs", "\(jobs)", "--venv", environment])
  }

  /// pgqueuer on Postgres, by its own recommended settings.
  public func pgqueuer(postgres url: String, jobs: Int) async throws -> Figures {
    try await figures(["pgqueuer", "--postgres", url, "--jobs", "\(jobs)", "--venv", environment])
  }

  private func figures(_ arguments: [String]) async throws -> Figures {
    try JSONDecoder().decode(Figures.self, from: Data(try await run("run", arguments).utf8))
  }

  private func run(_ program: String, _ arguments: [String]) async throws -> String {
    try await BenchProcess.output(of: folder.appending(path: program), arguments, mixed: false)
  }
}
