import Hummingbird
public import Logging
public import ServiceLifecycle

/// The sandbox as a service, for whoever runs it as a part of a process.
public struct SandboxService: Service {
  private let application: any ApplicationProtocol

  /// The service; opens the log, so that a path that cannot be written stops the start.
  public init(_ configuration: SandboxConfiguration, logger: Logger) async throws {
    application = try await buildSandbox(configuration, logger: logger)
  }

  /// Serves until the shutdown.
  public func run() async throws {
    try await application.run()
  }
}
