import Foundation
import Identifiers
import Postgres
import Tenancy

/// How a list of groups can be ordered.
public enum GroupOrder: String, Sendable, Hashable, CaseIterable {
  /// By age.
  case created
  /// By name, Chinese as it is spoken.
  case name
  /// By the number of members; a group whose size is not known comes before all.
  case size
}

/// How many groups are in a state.
public struct GroupTally: Sendable, Hashable, Codable {
  /// The state.
  public let state: Group.State
  /// How many.
  public let groups: Int

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case state, groups
  }
}

extension GroupStore {
  /// The groups that a filter is about.
  public func page(
    _ request: SortedPageRequest<GroupOrder>, _ filter: GroupFilter = GroupFilter()
  ) async throws -> Page<Group> {
    let rows = try await session.query(Self.list(request, filter, try request.place))
    return request.page(of: try rows.map(Group.init))
  }

  /// How many groups a filter is about, by state; every state is there. The filter's own states do not count.
  public func tally(_ filter: GroupFilter) async throws -> [GroupTally] {
    let rows = try await session.query(Self.tallying(filter))
    let counts = try rows.map { row in
      (try row.state("state", as: Group.State.self), try row.value("groups", as: Int.self))
    }
    let byState = Dictionary(counts) { first, _ in first }
    return Group.State.allCases.map { GroupTally(state: $0, groups: byState[$0] ?? 0) }
  }
}

extension GroupStore {
  static func list(_ request: SortedPageRequest<GroupOrder>, _ filter: GroupFilter, _ place: SQL) -> SQL {
    """
    select \(columns) from \(source) where \(filter.condition) and \(place)
    order by \(request.sorting) limit \(request.fetch)
    """
  }

  static func tallying(_ filter: GroupFilter) -> SQL {
    "select g.state, count(*) as groups from groups g where \(filter.withoutState.condition) group by g.state"
  }
}

extension SortedPageRequest<GroupOrder> {
  /// What a row's place in the list is.
  public func place(of group: Group) -> Place {
    place(group.id, name: group.name, size: group.size)
  }

  private func place(_ id: ID<Group>, name: String, size: Int?) -> Place {
    let value =
      switch order {
      case .created: ""
      case .name: name
      case .size: "\(size ?? -1)"
      }
    return Place(value: value, id: id.uuid)
  }

  /// What a row's place in a sheet of the day is.
  public func place(of row: DailySheetRow) -> Place {
    place(row.groupID, name: row.name, size: row.size)
  }

  /// Where the page begins.
  var place: SQL {
    get throws {
      guard let after else { return "true" }
      switch order {
      case .created: return rest(by: "g.id", than: "\(after.id)")
      case .name:
        return rest(by: "(g.name collate \"zh-x-icu\", g.id)", than: "(\(after.value), \(after.id))")
      case .size:
        guard let size = Int32(after.value) else { throw InvalidInput("after", .malformed, actual: after.value) }
        return rest(by: "(coalesce(g.size, -1), g.id)", than: "(\(Int(size))::integer, \(after.id))")
      }
    }
  }

  var sorting: SQL {
    switch order {
    case .created: "g.id \(direction)"
    case .name: "g.name collate \"zh-x-icu\" \(direction), g.id \(direction)"
    case .size: "coalesce(g.size, -1) \(direction), g.id \(direction)"
    }
  }
}
