import Community
import Hummingbird
import Tenancy

/// The accounts through which a brand's sends leave.
struct ChannelRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("channels")
      .get(use: list)
      .post(use: create)
      .get("{channel}", use: show)
      .patch("{channel}", use: edit)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let page = try Query(request, allowing: Query.paging).page()
    return try Answer.page(try await ChannelStore(api.reader(context)).page(page), of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let reservation = ChannelReservation(api.tenancy)
    return try await api.create(request, context) { (draft: ChannelDraft) in
      try await reservation.reserve(draft, for: context.brand)
    } _: { reserved, transaction in
      try await ChannelStore(transaction).channel(try await reservation.create(reserved, in: transaction))
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let channel = try await ChannelStore(api.reader(context)).channel(try context.id("channel"))
    guard channel.quota == nil else {
      // What is used up of a quota changes without a new version: whoever has the version is sent it again.
      _ = try Query(request)
      return try Answer.resource(channel)
    }
    return try api.show(request, channel)
  }

  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try context.id("channel", of: Channel.self)
    return try await api.patch(request, context) {
      try await ChannelStore($0).channel(id)
    } write: { transaction, edit, version in
      try await ChannelStore(transaction).update(id, edit, ifVersion: version)
    }
  }
}
