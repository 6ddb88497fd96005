public import Credentials
import Foundation
public import Identifiers
public import Postgres

/// What people do to their own account: join, set and change a password, turn the second factor on and off.
public struct Accounts: Sendable {
  /// How long the link to a new password is good.
  static let resetLife = Duration.seconds(30 * 60)
  static let resetPrefix = "nqr_"

  private let control: PostgresPool
  private let hasher: PasswordHasher
  private let masterKeys: MasterKeys

  /// - Parameter control: the pool of the control database.
  public init(control: PostgresPool, hasher: PasswordHasher, masterKeys: MasterKeys) {
    self.control = control
    self.hasher = hasher
    self.masterKeys = masterKeys
  }

  /// The invitation of a link, to show what it is for; and whether its address has an account already.
  public func invitation(token: String) async throws -> (Invitation, agency: Agency, hasAccount: Bool) {
    try await control.transaction { transaction in
      let invitation = try await InvitationStore(transaction).invitation(token: token)
      let rows = try await transaction.query([
        "select id, slug, name from control.agencies where id = \(invitation.agency)",
        "select from control.people where lower(email) = lower(\(invitation.email)) and password is not null",
      ])
      guard let agency = try rows[0].first.map(Agency.init) else { throw AccessError.linkInvalid }
      return (invitation, agency, !rows[1].isEmpty)
    }
  }

  /// Accepts an invitation. Who has no account yet gets one with this name and password; who has one shows its password.
  ///
  /// - Throws: `AccessError.linkInvalid`, `.wrongCredentials`; `UnfitPassword`.
  public func accept(token: String, name: String, password: String) async throws -> ID<Person> {
    guard DisplayName.isFit(name) else { throw TenancyError.badName }
    let (invitation, agency, _) = try await self.invitation(token: token)
    guard let email = EmailAddress(invitation.email) else { throw AccessError.linkInvalid }
    let known = try await control.read(
      "select password from control.people where lower(email) = lower(\(email.text)) and password is not null"
    ).first.map { try PasswordHash($0.value("password", as: String.self)) }
    var hash: PasswordHash?
    if let known {
      // The link came to their mailbox, but an account in other agencies needs more than that.
      guard try await hasher.verify(Password(password), against: known) else { throw AccessError.wrongCredentials }
    } else {
      try Self.check(password, email: email.text, name: name, agencies: [agency.name])
      hash = try await hasher.hash(Password(password))
    }
    let new = hash
    return try await control.transaction { transaction in
      let store = InvitationStore(transaction)
      let invitation = try await store.invitation(token: token)
      let person = try await PersonStore(transaction).findOrMake(
        email: email, name: name, language: invitation.language, password: new?.text)
      if let new {
        try await transaction.query(
          """
          update control.people set password = \(new.text), password_set_at = now() where id = \(person)
            and password is null
          """)
      }
      try await GrantStore(transaction).admit(
        person, to: invitation.agency, invitation.grants, by: invitation.invitedBy)
      try await store.accept(invitation.id)
      try await ActStore(transaction).note(
        Act(
          "person.joined", Act.Subject("person", id: "\(person)", name: name),
          after: try JSON(encoding: invitation.grants)),
        by: Actor(.person, id: person.uuid, name: name), in: invitation.agency)
      return person
    }
  }

  /// Makes a person with a password at once, as the deployment's command does for a first owner.
  public func make(
    email: EmailAddress, name: String, language: String = "zh-Hans", password: String, grants: [Grant],
    in agency: ID<Agency>, by whom: String
  ) async throws -> ID<Person> {
    try Self.check(password, email: email.text, name: name, agencies: [])
    let hash = try await hasher.hash(Password(password))
    return try await control.transaction { transaction in
      let person = try await PersonStore(transaction).findOrMake(
        email: email, name: name, language: language, password: hash.text)
      try await GrantStore(transaction).admit(person, to: agency, grants, by: whom)
      try await ActStore(transaction).note(
        Act(
          "person.joined", Act.Subject("person", id: "\(person)", name: name), after: try JSON(encoding: grants)),
        by: Actor(.command, name: whom), in: agency)
      return person
    }
  }

  /// Begins to set a password anew; nil when nobody has the address, which the caller must not let out.
  ///
  /// - Returns: whom to write to, and the token for the link.
  /// - Throws: `AccessError.tooManyAttempts` where it was asked for again and again.
  public func beginReset(email: String, from origin: Origin) async throws -> (Person, token: String)? {
    guard let address = EmailAddress(email) else { return nil }
    let gates = AttemptGates(session: ControlStatements(pool: control))
    let subjects: [AttemptGates.Subject] = [.reset(address.text), .network(origin.address)]
    try await gates.pass(subjects)
    try await gates.noteFailure(subjects)
    return try await control.transaction { transaction in
      guard let person = try await PersonStore(transaction).person(email: address.text) else { return nil }
      let secret = Secret(prefix: Self.resetPrefix)
      try await transaction.query([
        "delete from control.password_resets where person_id = \(person.id) and used_at is null",
        """
        insert into control.password_resets (id, person_id, digest, expires_at)
        values (\(ID<Secret>()), \(person.id), \(secret.digest),
          now() + \(Self.resetLife.seconds) * interval '1 second')
        """,
      ])
      return (person, secret.text)
    }
  }

  /// Sets a password by the token of a link and ends all of the person's sessions. A second factor stays as it is.
  ///
  /// - Throws: `AccessError.linkInvalid`; `UnfitPassword`.
  public func reset(token: String, password: String) async throws -> Person {
    let digest = Secret.digest(of: token)
    let unused: SQL = """
      from control.password_resets r join control.people p on p.id = r.person_id
      where r.digest = \(digest) and r.used_at is null and r.expires_at > now()
      """
    guard let person = try await control.read("select \(PersonStore.columns) \(unused)").first.map(Person.init) else {
      throw AccessError.linkInvalid
    }
    try Self.check(password, email: person.email, name: person.name, agencies: [])
    let hash = try await hasher.hash(Password(password))
    return try await control.transaction { transaction in
      guard try await !transaction.query("select r.id \(unused) for update of r").isEmpty else {
        throw AccessError.linkInvalid
      }
      try await transaction.query("update control.password_resets set used_at = now() where digest = \(digest)")
      try await set(hash, of: person, act: "password.reset", in: transaction)
      try await SessionStore(transaction).endAll(of: person.id)
      try await AttemptGates(session: transaction).noteSuccess([.account(person.email), .reset(person.email)])
      return person
    }
  }

  /// Changes the password of who has just shown the old one, and ends their other sessions.
  public func change(_ password: String, of record: SessionRecord) async throws {
    guard let person = try await PersonStore(ControlReads(pool: control)).person(record.person) else {
      throw TenancyError.unknownPerson
    }
    try Self.check(password, email: person.email, name: person.name, agencies: [])
    let hash = try await hasher.hash(Password(password))
    try await control.transaction { transaction in
      try await set(hash, of: person, act: "password.changed", in: transaction)
      try await SessionStore(transaction).endAll(of: person.id, but: record.id)
    }
  }

  private func set(_ hash: PasswordHash, of person: Person, act: String, in transaction: PostgresTransaction)
    async throws
  {
    try await transaction.query(
      "update control.people set password = \(hash.text), password_set_at = now() where id = \(person.id)")
    try await note(act, of: person, in: transaction)
  }

  /// Writes into the audit of each of their agencies what a person did to their own account.
  private func note(_ act: String, of person: Person, in transaction: PostgresTransaction) async throws {
    let agencies = try await transaction.query(
      "select agency_id from control.agency_people where person_id = \(person.id) and state = 'active' order by 1")
    for row in agencies {
      try await ActStore(transaction).note(
        Act(act, Act.Subject("person", id: "\(person.id)", name: person.name)),
        by: Actor(.person, id: person.id.uuid, name: person.name), in: try row.value("agency_id"))
    }
  }

  private static func check(_ password: String, email: String, name: String, agencies: [String]) throws {
    let problems = PasswordRules(email: email, name: name, agencies: agencies).problems(of: Password(password))
    if !problems.isEmpty { throw UnfitPassword(problems: problems) }
  }
}

/// A password that must not be taken, and why.
public struct UnfitPassword: Error, Sendable, Hashable {
  /// What is wrong with it.
  public let problems: [PasswordProblem]
}

// MARK: - The second factor

extension Accounts {
  /// What somebody sees who turns the second factor on.
  public struct Enrolment: Sendable {
    /// For the authenticator, as a QR code.
    public let address: String
    /// For typing.
    public let secret: String
  }

  /// Makes a secret and shows it. It asks nothing of anybody before a code of it was given.
  public func beginSecondFactor(of id: ID<Person>) async throws -> Enrolment {
    try await control.transaction { transaction in
      guard let person = try await PersonStore(transaction).person(id) else { throw TenancyError.unknownPerson }
      let codes = OneTimePasswords()
      let sealed = try masterKeys.seal(codes.secret, place: SecondFactor.place(of: id))
      let set = try await transaction.query(
        """
        update control.people set totp_secret = \(sealed), totp_step = null where id = \(id) and totp_since is null
        """)
      guard set.affected == 1 else { throw AccessError.alreadyThere }
      return Enrolment(
        address: codes.enrolment(issuer: "Nuanqun", account: person.email), secret: codes.typedSecret)
    }
  }

  /// Turns it on by a first code, and returns the recovery codes, which are nowhere else.
  public func turnOnSecondFactor(of id: ID<Person>, code: String, keeping session: ID<Session>) async throws -> [String]
  {
    try await control.transaction { transaction in
      let rows = try await transaction.query(
        "select totp_secret from control.people where id = \(id) and totp_since is null for update")
      guard let sealed = try rows.first?.value("totp_secret", as: Data?.self) else { throw AccessError.linkInvalid }
      let secret = try masterKeys.open(sealed, place: SecondFactor.place(of: id))
      guard let step = OneTimePasswords(secret: secret).acceptedStep(of: code, at: Date(), after: nil) else {
        throw AccessError.wrongCredentials
      }
      try await transaction.query(
        "update control.people set totp_since = now(), totp_step = \(step) where id = \(id)")
      // Whoever was signed in before without a code signs in anew with one.
      try await SessionStore(transaction).endAll(of: id, but: session)
      try await transaction.query("delete from control.known_devices where person_id = \(id)")
      if let person = try await PersonStore(transaction).person(id) {
        try await note("second_factor.on", of: person, in: transaction)
      }
      return try await newRecoveryCodes(of: id, in: transaction)
    }
  }

  /// Turns it off. The caller has seen a proof.
  public func turnOffSecondFactor(of id: ID<Person>) async throws {
    try await control.transaction { transaction in
      try await transaction.query([
        "update control.people set totp_secret = null, totp_since = null, totp_step = null where id = \(id)",
        "delete from control.recovery_codes where person_id = \(id)",
      ])
      if let person = try await PersonStore(transaction).person(id) {
        try await note("second_factor.off", of: person, in: transaction)
      }
    }
  }

  /// Replaces the recovery codes. The caller has seen a proof.
  public func renewRecoveryCodes(of id: ID<Person>) async throws -> [String] {
    try await control.transaction { try await newRecoveryCodes(of: id, in: $0) }
  }

  private func newRecoveryCodes(of id: ID<Person>, in transaction: PostgresTransaction) async throws -> [String] {
    let (sheet, codes) = RecoverySheet.make()
    try await transaction.query([
      "delete from control.recovery_codes where person_id = \(id)",
      """
      insert into control.recovery_codes (person_id, digest) select \(id), d from unnest(\(sheet.digests)) d
      """,
    ])
    return codes.map(\.text)
  }
}
