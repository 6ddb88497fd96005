public import Identifiers

/// A role that a person has, in the whole agency or for one brand.
public struct Grant: Sendable, Hashable, Codable {
  /// The brand; nil stands for the whole agency.
  public let brand: ID<Brand>?
  /// The role.
  public let role: Role

  /// A grant.
  public init(_ role: Role, for brand: ID<Brand>? = nil) {
    self.brand = brand
    self.role = role
  }

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case brand, role
  }

  /// What it permits. What concerns the agency as a whole is not given by a grant for a brand.
  public var permissions: PermissionSet {
    guard brand != nil else { return role.permissions }
    return PermissionSet(role.permissions.permissions.filter { !$0.isForAgency })
  }
}

extension Caller {
  /// What grants come to.
  public static func rights(
    of grants: some Sequence<Grant>
  ) -> (everywhere: PermissionSet, brands: [ID<Brand>: PermissionSet]) {
    var everywhere = PermissionSet.none
    var brands: [ID<Brand>: PermissionSet] = [:]
    for grant in grants {
      if let brand = grant.brand {
        brands[brand] = (brands[brand] ?? .none).union(grant.permissions)
      } else {
        everywhere = everywhere.union(grant.permissions)
      }
    }
    return (everywhere, brands)
  }

  /// Whether they may give somebody this role: they manage people there, and have all that the role has.
  public func mayGrant(_ grant: Grant) -> Bool {
    let mine = grant.brand.map { permissions(in: $0) } ?? everywhere
    return mine.contains(.peopleManage) && grant.permissions.isSubset(of: mine)
  }
}
