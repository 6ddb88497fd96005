import Hummingbird
public import ServiceLifecycle

/// The API as a service: it listens once it runs, and a graceful shutdown finishes what is being answered.
public struct APIService: Service {
  private let application: any ApplicationProtocol

  /// The service.
  ///
  /// - Parameters:
  ///   - port: 0 lets the system choose one, which `onRunning` then tells.
  ///   - onRunning: called once with the port when the API listens.
  public init(
    _ dependencies: APIDependencies, host: String, port: Int, onRunning: @escaping @Sendable (_ port: Int) async -> Void
  ) throws {
    application = Application(
      router: try buildAPI(dependencies),
      configuration: .init(address: .hostname(host, port: port), serverName: "nuanqun"),
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) },
      logger: dependencies.logger)
  }

  /// Serves until the shutdown.
  public func run() async throws {
    try await application.run()
  }
}
