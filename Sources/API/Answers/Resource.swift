import Community
import Identifiers

/// A thing with an address of its own.
protocol Resource: Encodable, Sendable {
  associatedtype Identifier: CustomStringConvertible
  var id: Identifier { get }
}

/// A thing whose edits are counted: its version is its entity tag.
protocol Versioned: Encodable, Sendable {
  var version: Int { get }
}

/// A thing of which a part, the draft, can be set.
protocol Editable: Versioned {
  associatedtype Draft: Codable, Sendable
  associatedtype CodingKeys: CodingKey, CaseIterable
  var draft: Draft { get }
}

extension Channel: Resource, Editable {
  var draft: ChannelEdit { edit }
}
extension Group: Resource, Editable {}
extension Announcement: Resource {}
extension Rules: Resource, Editable {}
extension Goal: Resource, Editable {}
extension Content: Resource, Editable {}
extension Plan: Resource, Editable {}
extension Media: Resource {}
extension Touch: Resource {}
extension Delivery: Resource {}
extension Webhook: Resource, Editable {
  var draft: WebhookEdit { edit }
}
extension WebhookDelivery: Resource {}
