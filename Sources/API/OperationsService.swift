import Hummingbird
public import Logging
public import ServiceLifecycle

/// `/livez`, `/readyz` and `/metrics` of a process that serves nothing else, such as a worker.
public struct OperationsService: Service {
  private let application: any ApplicationProtocol

  /// The service, on an address that only whoever runs the deployment should reach: it asks for no key.
  public init(
    host: String, port: Int, readiness: [ReadinessCheck], metricsText: @escaping @Sendable () -> String, logger: Logger
  ) {
    application = Application(
      router: Self.router(readiness, metricsText),
      configuration: .init(address: .hostname(host, port: port), serverName: "nuanqun"), logger: logger)
  }

  static func router(
    _ readiness: [ReadinessCheck], _ metricsText: @escaping @Sendable () -> String
  ) -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: AnswerHeaders())
    OperationsRoutes(readiness: readiness, metricsText: metricsText).add(to: router.group())
    return router
  }

  /// Serves until the shutdown.
  public func run() async throws {
    try await application.run()
  }
}
