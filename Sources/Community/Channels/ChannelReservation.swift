import Channels
public import Identifiers
import Postgres
public import Tenancy

/// A channel to be whose platform account is the brand's.
public struct ReservedChannel: Sendable {
  let id: ID<Channel>
  let name: String
  let account: ChannelAccount
}

/// Reserves platform accounts for the whole deployment, so that no two brands share one.
///
/// It is done before the brand's transaction is opened: a transaction that waited for a second connection while it holds
/// one could wait for ever for others that do the same. A reservation is stable: whoever reserves an account of the brand
/// again, after a transaction that failed or beside another one, gets the same id for the channel.
public struct ChannelReservation: Sendable {
  private let tenancy: Tenancy

  /// Reserves on the agencies' side of the given tenancy.
  public init(_ tenancy: Tenancy) {
    self.tenancy = tenancy
  }

  /// Reserves the account of a channel to be. Throws `InvalidInput`, also when another brand has the account.
  public func reserve(_ draft: ChannelDraft, for brand: Brand) async throws -> ReservedChannel {
    let account = try draft.account()
    guard let id = try await reserve([account.fingerprint], for: brand)[account.fingerprint] else {
      throw InvalidInput("/webhook", .taken)
    }
    return ReservedChannel(id: id, name: draft.name, account: account)
  }

  /// Reserves the accounts of a sheet's robots: the channels' ids by the accounts' fingerprints, without those that
  /// another brand has.
  public func reserve(_ sheet: GroupSheet, for brand: Brand) async throws -> [String: ID<Channel>] {
    try await reserve(sheet.rows.compactMap(\.account), for: brand)
  }

  /// Reserves accounts: the channels' ids by the accounts' fingerprints, without those that another brand has.
  func reserve(_ accounts: [ChannelAccount], for brand: Brand) async throws -> [String: ID<Channel>] {
    try await reserve(accounts.map(\.fingerprint), for: brand)
  }

  /// Makes the channel. Throws `InvalidInput` when the brand has one with this account.
  public func create(_ channel: ReservedChannel, in transaction: BrandTransaction) async throws -> ID<Channel> {
    let key = try tenancy.key(of: transaction.brand)
    do {
      try await ChannelStore(transaction).add(channel.id, name: channel.name, account: channel.account, key: key)
    } catch let error as PostgresError where error.isUniqueViolation {
      throw InvalidInput("/webhook", .taken)
    }
    return channel.id
  }

  private func reserve(_ fingerprints: [String], for brand: Brand) async throws -> [String: ID<Channel>] {
    guard !fingerprints.isEmpty else { return [:] }
    // In one order, or two sheets with the same robots could wait for each other.
    let sorted = Set(fingerprints).sorted()
    let rows = try await tenancy.control.transaction { transaction in
      try await transaction.query(
        """
        insert into control.channel_accounts as a (fingerprint, brand_id, channel_id)
        select fingerprint, \(brand.id), channel_id
        from unnest(\(sorted), \(sorted.map { _ in ID<Channel>() })) as r (fingerprint, channel_id)
        on conflict (fingerprint) do update set channel_id = a.channel_id where a.brand_id = excluded.brand_id
        returning fingerprint, channel_id
        """)
    }
    let pairs = try rows.map { try $0.decode(String.self, ID<Channel>.self) }
    return Dictionary(pairs) { first, _ in first }
  }
}

extension GroupSheet.Row {
  /// The account of the row's robot; nil when there is none or its key cannot be one.
  var account: ChannelAccount? {
    robot.flatMap { try? ChannelAccount.weComRobot($0.key) }
  }
}
