/// A set of permissions, as one word: it is compared in every request.
public struct PermissionSet: Sendable, Hashable {
  private var bits: UInt64

  private init(bits: UInt64) {
    self.bits = bits
  }

  /// The set of these permissions.
  public init(_ permissions: some Sequence<Permission>) {
    bits = permissions.reduce(0) { $0 | Self.bit(of: $1) }
  }

  /// Every permission that there is.
  public static let all = PermissionSet(Permission.allCases)
  /// None.
  public static let none = PermissionSet(bits: 0)

  /// Whether it holds the permission.
  public func contains(_ permission: Permission) -> Bool {
    bits & Self.bit(of: permission) != 0
  }

  /// What either holds.
  public func union(_ other: PermissionSet) -> PermissionSet { PermissionSet(bits: bits | other.bits) }

  /// What both hold.
  public func intersection(_ other: PermissionSet) -> PermissionSet { PermissionSet(bits: bits & other.bits) }

  /// What this one holds and the other does not.
  public func subtracting(_ other: PermissionSet) -> PermissionSet { PermissionSet(bits: bits & ~other.bits) }

  /// Whether the other holds all of this one.
  public func isSubset(of other: PermissionSet) -> Bool { bits & ~other.bits == 0 }

  /// Whether it holds nothing.
  public var isEmpty: Bool { bits == 0 }

  /// The permissions, in the order of the table.
  public var permissions: [Permission] { Permission.allCases.filter(contains) }

  private static func bit(of permission: Permission) -> UInt64 { 1 << UInt64(places[permission] ?? 63) }

  private static let places = Dictionary(
    uniqueKeysWithValues: Permission.allCases.enumerated().map { ($0.element, $0.offset) })
}

extension PermissionSet: ExpressibleByArrayLiteral {
  /// The set of the permissions listed.
  public init(arrayLiteral elements: Permission...) {
    self.init(elements)
  }
}
