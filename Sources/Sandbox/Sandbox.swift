public import Hummingbird
public import Logging
import NIOCore

/// Builds the sandbox: the one wiring that the command and the tests run.
///
/// Opening the log is done here, so that a path that cannot be written stops the start; it throws an error whose
/// description names the path and the reason. The result is a service: it listens once it runs, and stops cleanly, at
/// the latest after `stopGrace`, when its service group shuts down.
public func buildSandbox(
  _ configuration: SandboxConfiguration, logger: Logger
) async throws -> some ApplicationProtocol {
  let platform = try Platform(configuration, logger: logger)
  await platform.register(configuration.robots)
  let router = Router(context: SandboxContext.self)
  router.add(middleware: PageHeaders())
  RobotRoutes(platform: platform).add(to: router)
  ControlRoutes(platform: platform).add(to: router)
  EventRoutes(platform: platform).add(to: router)
  PageRoutes(platform: platform, configuration: configuration).add(to: router)
  let grace = TimeAmount(configuration.stopGrace)
  return Application(
    router: router,
    server: .http1(
      configuration: .init(additionalChannelHandlers: [ConnectionWatch(grace: grace)], idleTimeout: .minutes(2))),
    configuration: .init(
      address: .hostname(configuration.host, port: configuration.port), serverName: "nuanqun-sandbox"),
    onServerRunning: { channel in await configuration.onRunning(channel.localAddress?.port ?? configuration.port) },
    logger: logger)
}
