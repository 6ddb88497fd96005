public import Foundation
public import Identifiers

/// A chat group of a brand (社群).
public struct Group: Sendable, Hashable, Codable {
  /// Where a group is in its life.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// It takes members.
    case open
    /// It takes no more members, and all else goes on.
    case full
    /// Its members were brought into another group.
    case merged
    /// It is over.
    case closed
  }

  /// Where a group lives.
  public enum Platform: String, Sendable, Hashable, Codable, CaseIterable {
    case wechat, wecom, dingtalk, feishu, other
  }

  /// Its identifier.
  public let id: ID<Group>
  /// Its name in the platform.
  public let name: String
  /// What the agency's own sheets or the platform call it; unique in the brand.
  public let externalID: String?
  /// Where it lives, if that is known.
  public let platform: Platform?
  /// The channel that reaches it; nil when a person has to send by hand.
  public let channelID: ID<Channel>?
  /// Which of the brand's kinds of group it is.
  public let kind: String?
  /// What it is for: the one promise that it makes to its members.
  public let purpose: String?
  /// Where its members are.
  public let region: String?
  /// Free labels.
  public let tags: [String]
  /// Its picture.
  public let avatarID: ID<Media>?
  /// What is announced in it now.
  public let announcement: String?
  /// Who owns it in the platform (群主), by the name of the account there; usually one that the agency's staff share.
  public let owner: String?
  /// Who of the agency answers for it.
  public let keeperID: PersonID?
  /// Who fills in for the keeper (代班).
  public let standInID: PersonID?
  /// Who else of the agency works in it.
  public let team: [PersonID]
  /// How many members it takes.
  public let capacity: Int
  /// How many members it has, if that is known.
  public let size: Int?
  /// Where it is in its life.
  public let state: State
  /// Into which group its members were brought.
  public let mergedIntoID: ID<Group>?
  /// The rules that hold in it.
  public let rulesID: ID<Rules>?
  /// Raised by every edit.
  public let version: Int
  /// When it was created.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, name, platform, kind, purpose, region, tags, announcement, owner, team, capacity, size, state, version
    case externalID = "external_id"
    case channelID = "channel_id"
    case avatarID = "avatar_id"
    case keeperID = "keeper_id"
    case standInID = "stand_in_id"
    case mergedIntoID = "merged_into_id"
    case rulesID = "rules_id"
    case createdAt = "created_at"
  }
}

extension Group.State {
  /// Whether sends go to a group in this state.
  public var takesSends: Bool { self == .open || self == .full }
}
