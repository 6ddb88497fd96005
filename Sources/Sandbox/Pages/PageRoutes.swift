import Foundation
import HTTPTypes
import Hummingbird

/// The pages for people: the chat rooms and the robots.
struct PageRoutes: Sendable {
  let platform: Platform
  let configuration: SandboxConfiguration

  func add(to router: Router<SandboxContext>) {
    router.get("/", use: rooms)
    router.get("rooms/{room}", use: room)
    router.get("rooms/{room}/messages", use: newMessages)
    router.get("room-list", use: roomList)
    router.get("robots", use: robots)
    router.get("media/{sha256}", use: media)
    router.get("livez") { _, _ in "ok" }
    for file in Site.files {
      router.get(RouterPath("site/\(file.name)")) { _, _ in file.response }
    }
  }

  @Sendable func rooms(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let viewer = await viewer(request)
    let list = RoomList(rooms: await platform.roomSummaries(), viewer: viewer, search: request.search)
    return .html(ChatPage(list: list, conversation: nil).html, cookies: viewer.cookies)
  }

  /// A room; what is shown counts as read.
  @Sendable func room(_ request: Request, _ context: SandboxContext) async throws -> Response {
    var viewer = await viewer(request)
    guard let room = await room(context) else { return notFound(viewer) }
    let before = request.uri.queryParameters["before"].flatMap { Int($0) }
    let conversation = Conversation(room: room, page: .init(room, before: before), viewer: viewer)
    viewer.seen.mark(room.id, upTo: room.total)
    let list = RoomList(
      rooms: await platform.roomSummaries(), viewer: viewer, selected: room.id, search: request.search)
    return .html(ChatPage(list: list, conversation: conversation).html, cookies: viewer.cookies)
  }

  /// The messages that came after the last one that a page shows.
  @Sendable func newMessages(_ request: Request, _ context: SandboxContext) async throws -> Response {
    var viewer = await viewer(request)
    guard let room = await room(context) else { return notFound(viewer) }
    let after = request.uri.queryParameters["after"].flatMap { Int($0) } ?? 0
    let conversation = Conversation(room: room, page: .init(room, after: after), viewer: viewer)
    viewer.seen.mark(room.id, upTo: room.total)
    return .html(conversation.items, cookies: viewer.cookies)
  }

  /// The list alone, for replacing it while it is looked at.
  @Sendable func roomList(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let viewer = await viewer(request)
    let selected = request.uri.queryParameters["selected"].flatMap { Int($0) }
    let rooms = await platform.roomSummaries()
    return .html(RoomList(rooms: rooms, viewer: viewer, selected: selected, search: request.search).html)
  }

  @Sendable func robots(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let viewer = await viewer(request)
    let page = RobotsPage(
      robots: await platform.robotRecords(), refusals: await platform.recentRefusals(), rate: configuration.rate,
      zone: configuration.timeZone.identifier, viewer: viewer)
    let isFragment = request.uri.queryParameters["fragment"] != nil
    return .html(isFragment ? page.content : page.html, cookies: viewer.cookies)
  }

  /// A picture, or a file to save. The bytes are a robot's: they are never shown as anything but a picture.
  @Sendable func media(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let viewer = await viewer(request)
    guard let media = await platform.media(context.parameters.get("sha256") ?? "") else {
      return .html("<p>\(viewer.language[Words.mediaGone])</p>", status: .notFound)
    }
    var response = Response(
      status: .ok, headers: [.contentType: media.kind.rawValue, .cacheControl: "private, max-age=86400"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: media.data)))
    let name = request.uri.queryParameters["name"].map(String.init)
    if !media.kind.isPicture || name != nil {
      response.headers[.contentType] = MediaKind.file.rawValue
      response.headers[.contentDisposition] = "attachment; filename*=UTF-8''\((name ?? "file").percentEncoded)"
    }
    return response
  }

  private func viewer(_ request: Request) async -> Viewer {
    Viewer(request, zone: configuration.timeZone, now: configuration.clock.now(), epoch: platform.epoch)
  }

  private func room(_ context: SandboxContext) async -> Room? {
    guard let id = context.parameters.get("room").flatMap({ Int($0) }) else { return nil }
    return await platform.room(id)
  }

  private func notFound(_ viewer: Viewer) -> Response {
    let frame = PageFrame(
      viewer: viewer, section: .chats, path: "/", title: viewer.language[Words.notFound], layout: "robots")
    let page = frame.html(
      """
      <main class="robots"><div class="empty"><p>\(viewer.language[Words.notFound])</p>\
      <p><a class="link" href="/">\(viewer.language[Words.toChats])</a></p></div></main>
      """)
    return .html(page, status: .notFound)
  }
}

extension Request {
  fileprivate var search: String {
    String(uri.queryParameters["q"]?.prefix(64) ?? "")
  }
}
