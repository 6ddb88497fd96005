public import Foundation
public import Identifiers

/// A chat group of a brand (社群).
public struct Group: Sendable, Hashable, Codable {
  /// Where a group is in its life.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case active
    case closed
  }

  /// Its identifier.
  public let id: ID<Group>
  /// Its name in the platform.
  public let name: String
  /// What the agency's own sheets or the platform call it; unique in the brand.
  public let externalID: String?
  /// The channel that reaches it; nil when a person has to send by hand.
  public let channelID: ID<Channel>?
  /// What it is for.
  public let kind: String?
  /// Where its members are.
  public let region: String?
  /// Free labels.
  public let tags: [String]
  /// Who looks after it.
  public let owner: String?
  /// How many members it takes.
  public let capacity: Int
  /// Where it is in its life.
  public let state: State
  /// Raised by every edit.
  public let version: Int
  /// When it was created.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, name, kind, region, tags, owner, capacity, state, version
    case externalID = "external_id"
    case channelID = "channel_id"
    case createdAt = "created_at"
  }
}

/// What can be set of a group.
public struct GroupDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, kind, region, tags, owner, capacity, state
    case externalID = "external_id"
    case channelID = "channel_id"
  }

  var name: String
  var externalID: String?
  var channelID: ID<Channel>?
  var kind: String?
  var region: String?
  var tags: [String]?
  var owner: String?
  var capacity: Int?
  var state: Group.State?

  func validate() throws {
    var check = FieldCheck()
    check.text("/name", name, upTo: 100)
    check.text("/external_id", externalID, upTo: 100, isRequired: false)
    check.text("/kind", kind, upTo: 50, isRequired: false)
    check.text("/region", region, upTo: 50, isRequired: false)
    check.text("/owner", owner, upTo: 100, isRequired: false)
    check.range("/capacity", capacity ?? 500, 1...100_000)
    let tags = tags ?? []
    if tags.count > 50 { check.add("/tags", .tooManyItems, limit: "50", actual: "\(tags.count)") }
    for (index, tag) in tags.prefix(50).enumerated() { check.text("/tags/\(index)", tag, upTo: 50) }
    try check.finish()
  }
}

extension Group {
  /// The group as it can be edited.
  public var draft: GroupDraft {
    GroupDraft(
      name: name, externalID: externalID, channelID: channelID, kind: kind, region: region, tags: tags, owner: owner,
      capacity: capacity, state: state)
  }
}
