public import Identifiers

/// Whom a request acts for, and what they may do where.
public struct Caller: Sendable, Hashable {
  /// A person, or a program with a key.
  public enum Credential: Sendable, Hashable {
    case session(ID<Session>, of: ID<Person>)
    case key(ID<APIKey>)
  }

  /// What they showed.
  public let credential: Credential
  /// The agency that they act in.
  public let agency: ID<Agency>
  /// The person's or the key's name.
  public let name: String
  /// What they may do in the whole agency, and so in each of its brands.
  public let everywhere: PermissionSet
  /// What they may do in single brands besides.
  public let brands: [ID<Brand>: PermissionSet]

  /// A caller.
  public init(
    credential: Credential, agency: ID<Agency>, name: String, everywhere: PermissionSet,
    brands: [ID<Brand>: PermissionSet] = [:]
  ) {
    self.credential = credential
    self.agency = agency
    self.name = name
    self.everywhere = everywhere
    self.brands = brands
  }

  /// What they may do in a brand. Whether the brand is of their agency is looked at where it is found.
  public func permissions(in brand: ID<Brand>) -> PermissionSet {
    everywhere.union(brands[brand] ?? .none)
  }

  /// Whether they may know that the brand is there.
  public func sees(_ brand: ID<Brand>) -> Bool {
    permissions(in: brand).contains(.brandRead)
  }

  /// The brands that they see; nil stands for all of the agency.
  public var visibleBrands: [ID<Brand>]? {
    everywhere.contains(.brandRead) ? nil : brands.filter { $0.value.contains(.brandRead) }.map(\.key)
  }

  /// Whether they hold the permission for the agency or for any brand: enough to be shown a page, where each row is
  /// then looked at by itself.
  public func holdsAnywhere(_ permission: Permission) -> Bool {
    everywhere.contains(permission) || brands.values.contains { $0.contains(permission) }
  }

  /// The person; nil for a key.
  public var person: ID<Person>? {
    if case .session(_, let person) = credential { person } else { nil }
  }

  /// How the audit names them.
  public func actor(address: String? = nil, request: String? = nil) -> Actor {
    switch credential {
    case .session(_, let person):
      Actor(.person, id: person.uuid, name: name, address: address, request: request)
    case .key(let key): Actor(.key, id: key.uuid, name: name, address: address, request: request)
    }
  }
}
