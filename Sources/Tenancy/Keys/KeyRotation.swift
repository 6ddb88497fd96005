import Crypto
import Foundation
import Identifiers
public import Postgres

/// Wraps every key and every secret that lies under an older master key anew, under the newest.
///
/// It goes on while everything runs: processes hold both master keys, so a blob can be read before and after. Only when
/// nothing is left under the old one, which the count tells, may it be taken out of the settings.
public struct KeyRotation: Sendable {
  /// What was done.
  public struct Outcome: Sendable, Hashable, Codable {
    /// Brands' keys that were wrapped anew.
    public var brands = 0
    /// People's second factors that were sealed anew.
    public var people = 0
    /// What lay under the newest key already.
    public var already = 0
  }

  private let control: PostgresPool
  private let masterKeys: MasterKeys

  /// - Parameter masterKeys: the newest first.
  public init(control: PostgresPool, masterKeys: MasterKeys) {
    self.control = control
    self.masterKeys = masterKeys
  }

  /// Goes through all of them. A rotation that was cut off goes on when it is called again.
  ///
  /// - Throws: `SealingError.unknownKey` when something lies under a key that is not among those given: nothing of that
  ///   is changed.
  public func run() async throws -> Outcome {
    var outcome = Outcome()
    try await rewrapBrands(&outcome)
    try await resealPeople(&outcome)
    return outcome
  }

  private func rewrapBrands(_ outcome: inout Outcome) async throws {
    let rows = try await control.lease {
      try await $0.query("select id, wrapped_key from control.brands where state <> 'erased' order by id")
    }
    for row in rows {
      let (id, wrapped): (ID<Brand>, Data) = (try row.value("id"), try row.value("wrapped_key"))
      if masterKeys.isNewest(wrapped) {
        outcome.already += 1
        continue
      }
      let new = try BrandKey.rewrapped(wrapped, of: id, under: masterKeys)
      let changed = try await control.transaction { transaction in
        try await transaction.query(
          "update control.brands set wrapped_key = \(new) where id = \(id) and wrapped_key = \(wrapped)"
        ).affected
      }
      outcome.brands += changed
    }
  }

  private func resealPeople(_ outcome: inout Outcome) async throws {
    let rows = try await control.lease {
      try await $0.query("select id, totp_secret from control.people where totp_secret is not null order by id")
    }
    for row in rows {
      let (id, sealed): (ID<Person>, Data) = (try row.value("id"), try row.value("totp_secret"))
      if masterKeys.isNewest(sealed) {
        outcome.already += 1
        continue
      }
      let place = SecondFactor.place(of: id)
      let new = try masterKeys.seal(try masterKeys.open(sealed, place: place), place: place)
      let changed = try await control.transaction { transaction in
        try await transaction.query(
          "update control.people set totp_secret = \(new) where id = \(id) and totp_secret = \(sealed)"
        ).affected
      }
      outcome.people += changed
    }
  }
}
