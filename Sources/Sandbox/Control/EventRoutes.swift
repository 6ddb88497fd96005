import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// `GET /events`: what happens, live, as server-sent events.
struct EventRoutes: Sendable {
  let platform: Platform

  func add(to router: Router<SandboxContext>) {
    router.get("events", use: events)
  }

  /// Streams `message`, `refused` and `robots` events; with `Last-Event-ID` (or `?since=`) first what was missed.
  @Sendable func events(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let last =
      HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
      ?? request.uri.queryParameters["since"].map(String.init)
    let since = last.flatMap { Int($0) }
    let (platform, channel) = (platform, context.channel)
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        let subscription = platform.feed.subscribe()
        // The client leaves, or the sandbox stops: both end the stream in an orderly way.
        try await ConnectionWatch.waiting(on: channel) {
          try await Self.stream(subscription, of: platform, since: since, to: &writer)
        } onEnd: {
          subscription.end()
        }
        try await writer.finish(nil)
      })
  }

  private static func stream(
    _ subscription: Feed.Subscription, of platform: Platform, since: Int?, to writer: inout any ResponseBodyWriter
  ) async throws {
    try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
    var seen = 0
    if let since {
      for record in await platform.messages(limit: .max, where: { $0.number > since }) {
        try await writer.write(frame(.posted(record)))
        seen = record.number
      }
    }
    let heartbeat = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(15))
        subscription.yield(.heartbeat)
      }
    }
    defer { heartbeat.cancel() }
    for await event in subscription.events {
      // The subscription began before the messages were read, so a message may come twice.
      if case .posted(let record) = event, record.number <= seen { continue }
      try await writer.write(frame(event))
    }
  }

  private static func frame(_ event: FeedEvent) throws -> ByteBuffer {
    switch event {
    case .posted(let record):
      let data = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
      return ByteBuffer(string: "event: message\nid: \(record.number)\ndata: \(data)\n\n")
    case .refused(let number):
      return ByteBuffer(string: "event: refused\ndata: {\"number\":\(number)}\n\n")
    case .robotsChanged:
      return ByteBuffer(string: "event: robots\ndata: {}\n\n")
    case .heartbeat:
      return ByteBuffer(string: ": still here\n\n")
    }
  }
}
