public import Credentials
import Foundation
public import Identifiers
public import Postgres

/// Signing in and what belongs to it.
///
/// Whether an address is known is told by nothing: an unknown one costs the same time and gets the same answer.
public struct SignIn: Sendable {
  /// What came of a step.
  public struct Step: Sendable, Hashable {
    /// What there is to do next.
    public enum Next: Sendable, Hashable {
      /// Nothing: the session is whole.
      case done
      /// A one-time code, or a recovery code.
      case code
      /// One of these agencies.
      case agency([Agency])
    }

    /// The token with which the session goes on. The one before is worth nothing.
    public let token: String
    /// Names the device from now on; nil where it had a name.
    public let device: String?
    /// What there is to do next.
    public let next: Next
    /// The session.
    public let session: ID<Session>
    /// Whose it is.
    public let person: ID<Person>
  }

  private let control: PostgresPool
  private let hasher: PasswordHasher
  private let masterKeys: MasterKeys
  let life: SessionLife

  /// - Parameter control: the pool of the control database.
  public init(control: PostgresPool, hasher: PasswordHasher, masterKeys: MasterKeys, life: SessionLife = SessionLife())
  {
    self.control = control
    self.hasher = hasher
    self.masterKeys = masterKeys
    self.life = life
  }

  /// The first step: address and password.
  ///
  /// - Throws: `AccessError.wrongCredentials` or `.tooManyAttempts`; what the hasher throws when too many ask at once.
  public func signIn(email: String, password: String, from origin: Origin) async throws -> Step {
    let account = try await account(email: email)
    let device = try await knownDevice(origin, of: account?.id)
    // Who guesses from elsewhere shuts the account's gate for others who come from elsewhere, not for its owner.
    let subjects: [AttemptGates.Subject] =
      [device.map { .device($0) } ?? .account(email), .network(origin.address)]
    try await gates { try await $0.pass(subjects) }
    guard let account, let hash = account.password else {
      _ = try await hasher.verifyNothing(Password(password))
      try await gates { try await $0.noteFailure(subjects) }
      throw AccessError.wrongCredentials
    }
    guard try await hasher.verify(Password(password), against: hash) else {
      try await gates { try await $0.noteFailure(subjects) }
      throw AccessError.wrongCredentials
    }
    let renewed = hasher.needsRehash(hash) ? try await hasher.hash(Password(password)) : nil
    return try await control.transaction { transaction in
      try await AttemptGates(session: transaction).noteSuccess(subjects)
      if let renewed {
        try await transaction.query(
          "update control.people set password = \(renewed.text) where id = \(account.id) and password = \(hash.text)")
      }
      return try await begin(for: account, from: origin, knowsDevice: device != nil, in: transaction)
    }
  }

  private func begin(
    for account: Account, from origin: Origin, knowsDevice: Bool, in transaction: PostgresTransaction
  ) async throws -> Step {
    let agencies = try await agencies(of: account.id, in: transaction)
    guard !agencies.isEmpty else { throw AccessError.wrongCredentials }
    let (token, id) = try await SessionStore(transaction, life: life).begin(
      of: account.id, agency: agencies.count == 1 ? agencies[0].id : nil, awaitsCode: account.hasSecondFactor,
      from: origin)
    let device =
      account.hasSecondFactor || knowsDevice ? nil : try await rememberDevice(of: account.id, in: transaction)
    return Step(
      token: token, device: device,
      next: account.hasSecondFactor ? .code : agencies.count == 1 ? .done : .agency(agencies), session: id,
      person: account.id)
  }

  /// The second step: a one-time code or a recovery code.
  public func confirm(_ record: SessionRecord, code: String, from origin: Origin) async throws -> Step {
    guard record.awaitsCode else { throw AccessError.linkInvalid }
    try await prove(record.person, code: code)
    return try await control.transaction { transaction in
      let agencies = try await agencies(of: record.person, in: transaction)
      guard !agencies.isEmpty else { throw AccessError.wrongCredentials }
      let agency = agencies.count == 1 ? agencies[0].id : nil
      let token = try await SessionStore(transaction, life: life).renew(record.id, agency: agency, awaitsCode: false)
      let knows = try await isKnown(origin, of: record.person, in: transaction)
      let device = knows ? nil : try await rememberDevice(of: record.person, in: transaction)
      return Step(
        token: token, device: device, next: agency == nil ? .agency(agencies) : .done, session: record.id,
        person: record.person)
    }
  }

  /// Chooses the agency to act in, at first or later.
  public func choose(_ agency: ID<Agency>, for record: SessionRecord) async throws -> Step {
    guard !record.awaitsCode else { throw AccessError.codeAwaited }
    return try await control.transaction { transaction in
      guard try await agencies(of: record.person, in: transaction).contains(where: { $0.id == agency }) else {
        throw TenancyError.unknownAgency(slug: "")
      }
      let token = try await SessionStore(transaction, life: life).renew(record.id, agency: agency, awaitsCode: false)
      return Step(token: token, device: nil, next: .done, session: record.id, person: record.person)
    }
  }

  /// Shows again that it is them: the password, and a code where they have a second factor.
  public func prove(_ record: SessionRecord, password: String, code: String?) async throws {
    let subjects: [AttemptGates.Subject] = [.code(record.person)]
    try await gates { try await $0.pass(subjects) }
    guard let account = try await account(record.person), let hash = account.password,
      try await hasher.verify(Password(password), against: hash)
    else {
      try await gates { try await $0.noteFailure(subjects) }
      throw AccessError.wrongCredentials
    }
    if account.hasSecondFactor { try await prove(record.person, code: code ?? "") }
    try await control.transaction { transaction in
      _ = try await transaction.query("update control.sessions set proven_at = now() where id = \(record.id)")
    }
  }

  /// Takes a code once, or throws. Guesses are counted apart from those at the password: who gets here has that already.
  func prove(_ person: ID<Person>, code: String) async throws {
    let subjects: [AttemptGates.Subject] = [.code(person)]
    try await gates { try await $0.pass(subjects) }
    let isRight = try await control.transaction { transaction in
      if try await SecondFactor(session: transaction, masterKeys: masterKeys).take(code, of: person) {
        try await AttemptGates(session: transaction).noteSuccess(subjects)
        return true
      }
      return false
    }
    guard isRight else {
      try await gates { try await $0.noteFailure(subjects) }
      throw AccessError.wrongCredentials
    }
  }

  private func gates<Value>(_ body: (AttemptGates) async throws -> Value) async throws -> Value {
    try await body(AttemptGates(session: ControlStatements(pool: control)))
  }
}

// MARK: - Accounts and devices

extension SignIn {
  /// What signing in needs to know of a person.
  struct Account {
    let id: ID<Person>
    let password: PasswordHash?
    let hasSecondFactor: Bool
  }

  /// What a device's token begins with.
  private static let devicePrefix = "nqd_"

  private func account(email: String) async throws -> Account? {
    guard let address = EmailAddress(email) else { return nil }
    return try await account(where: "lower(email) = lower(\(address.text))")
  }

  private func account(_ id: ID<Person>) async throws -> Account? {
    try await account(where: "id = \(id)")
  }

  private func account(where condition: SQL) async throws -> Account? {
    try await control.read(
      "select id, password, totp_since is not null as has_second_factor from control.people where \(condition)"
    ).first.map { row in
      Account(
        id: try row.value("id"), password: try row.value("password", as: String?.self).map(PasswordHash.init),
        hasSecondFactor: try row.value("has_second_factor"))
    }
  }

  private func agencies(of person: ID<Person>, in session: any PostgresSession) async throws -> [Agency] {
    try await session.query(
      """
      select g.id, g.slug, g.name from control.agency_people a join control.agencies g on g.id = a.agency_id
      where a.person_id = \(person) and a.state = 'active' order by g.name
      """
    ).map(Agency.init)
  }

  private func knownDevice(_ origin: Origin, of person: ID<Person>?) async throws -> String? {
    guard let person, try await isKnown(origin, of: person, in: ControlReads(pool: control)) else { return nil }
    return origin.device
  }

  private func isKnown(_ origin: Origin, of person: ID<Person>, in session: any PostgresSession) async throws -> Bool {
    guard let device = origin.device, device.utf8.count < 100 else { return false }
    return try await !session.query(
      """
      select from control.known_devices where person_id = \(person) and digest = \(Secret.digest(of: device))
      """
    ).isEmpty
  }

  private func rememberDevice(of person: ID<Person>, in session: any PostgresSession) async throws -> String {
    let secret = Secret(prefix: Self.devicePrefix)
    try await session.query(
      "insert into control.known_devices (person_id, digest) values (\(person), \(secret.digest))")
    return secret.text
  }
}
