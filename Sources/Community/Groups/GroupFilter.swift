public import Identifiers
import Postgres

/// Which groups of a brand are meant: those to which all that is given applies.
public struct GroupFilter: Codable, Sendable, Hashable {
  /// The names, as parameters of a list and as fields of a body.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case state, platform, kind, region, tag, channel, reachable, keeper, kept, announced
    case standIn = "stand_in"
    case text = "q"
    case sizeFrom = "size_from"
    case sizeTo = "size_to"
  }

  /// In any of these states.
  public var state: [Group.State]?
  /// On this platform.
  public var platform: Group.Platform?
  /// Of this kind.
  public var kind: String?
  /// In this region.
  public var region: String?
  /// With this tag.
  public var tag: String?
  /// Reached by this channel.
  public var channel: ID<Channel>?
  /// Whether a channel reaches it.
  public var reachable: Bool?
  /// Kept by this person.
  public var keeper: PersonID?
  /// Whether anybody of the agency answers for it.
  public var kept: Bool?
  /// With this stand-in.
  public var standIn: PersonID?
  /// Whether anything is announced in it.
  public var announced: Bool?
  /// With this in the name or in the number, whatever the case of letters.
  public var text: String?
  /// With at least so many members; a group whose size is not known has fewer than any.
  public var sizeFrom: Int?
  /// With at most so many members.
  public var sizeTo: Int?

  /// All groups.
  public init() {}

  /// Says what no group can ever have.
  ///
  /// - Parameter place: where the filter stands in what was sent.
  public func validate(at place: String = "") throws {
    var check = FieldCheck()
    for (name, text, limit) in [
      ("kind", kind, 50), ("region", region, 50), ("tag", tag, 50), ("q", text, 100),
    ] {
      check.line(place + name, text, upTo: limit, isRequired: false)
    }
    for (name, size) in [("size_from", sizeFrom), ("size_to", sizeTo)] {
      if let size { check.range(place + name, size, 0...100_000) }
    }
    if state?.isEmpty == true { check.add(place + "state", .required) }
    try check.finish()
  }

  /// The filter without its states: over what the tabs of a list count.
  var withoutState: GroupFilter {
    var filter = self
    filter.state = nil
    return filter
  }
}

extension GroupFilter {
  /// A condition on `groups g`.
  var condition: SQL {
    var parts: [SQL] = []
    if let state { parts.append("g.state = any(\(state.map(\.rawValue)))") }
    if let platform { parts.append("g.platform = \(platform.rawValue)") }
    if let kind { parts.append("g.kind = \(kind)") }
    if let region { parts.append("g.region = \(region)") }
    if let tag { parts.append("g.tags @> array[\(tag)::text]") }
    if let channel { parts.append("g.channel_id = \(channel)") }
    if let reachable { parts.append("(g.channel_id is not null) = \(reachable)") }
    if let keeper { parts.append("g.keeper_id = \(keeper)") }
    if let kept { parts.append("(g.keeper_id is not null) = \(kept)") }
    if let standIn { parts.append("g.stand_in_id = \(standIn)") }
    if let announced { parts.append("(g.announcement_id is not null) = \(announced)") }
    if let text = Containing(text) {
      parts.append("(\(text.condition(on: "g.name")) or \(text.condition(on: "g.external_id")))")
    }
    if let sizeFrom { parts.append("coalesce(g.size, -1) >= \(sizeFrom)::integer") }
    if let sizeTo { parts.append("coalesce(g.size, -1) <= \(sizeTo)::integer") }
    return parts.reduce("true") { "\($0) and \($1)" }
  }
}
