import CoreMetrics
import Foundation
import Glibc
import Logging
import Metering
import ServiceLifecycle
import SpanLog
import Tracing
import UnixSignals

/// What every command does at its start and at its end.
enum CommandProcess {
  /// Runs a command's work. A setting or an error that a person can act on becomes one line and an exit code.
  static func run(_ work: (Deployment) async throws -> Void) async {
    let settings = Settings()
    do {
      let level = try settings.choice("NUANQUN_LOG_LEVEL", default: LogLevel.notice)
      LoggingSystem.bootstrap { label in
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = level.level
        return handler
      }
      try await work(Deployment(settings: settings, logger: Logger(label: "nuanqun")))
    } catch {
      fail("\(error)")
    }
  }

  /// Runs services until SIGTERM or SIGINT, then stops them in order.
  ///
  /// - Parameter traces: what writes the spans of the services' work.
  static func serve(_ services: [any Service], logger: Logger, traces: LineTracer? = nil) async throws {
    if let traces { InstrumentationSystem.bootstrap(traces) }
    defer { traces?.forceFlush() }
    var services = services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
    if ProcessInfo.processInfo.environment["NUANQUN_PARENT"] == "\(getppid())" {
      services.append(.init(service: ParentWatch(), successTerminationBehavior: .gracefullyShutdownGroup))
    }
    let group = ServiceGroup(
      configuration: .init(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
  }

  /// Says what is wrong in one line on standard error, and ends with 1.
  static func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("nuanqun: \(reason)\n".utf8))
    exit(1)
  }
}

/// Ends the process when the one that started it for a demo or a bench is gone, however that ended.
struct ParentWatch: Service {
  func run() async throws {
    let parent = getppid()
    await cancelWhenGracefulShutdown {
      while getppid() == parent, (try? await Task.sleep(for: .seconds(1))) != nil {}
    }
  }
}

/// The levels of `NUANQUN_LOG_LEVEL`.
enum LogLevel: String, CaseIterable {
  case debug
  case info
  case notice
  case warning
  case error

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .notice }
}
