import Foundation
import Identifiers
import Postgres
@testable import Tenancy
import TestSupport
import Testing

@Suite struct APIKeyTests {
  @Test func aKeyActsForItsAgency() async throws {
    try await withDeployment { deployment in
      let (agency, other) = (try await deployment.makeAgency(), try await deployment.makeAgency())
      let making = APIKeyStore(deployment.owner)
      let key = try await making.create(for: agency.id, name: "cron")
      let otherKey = try await making.create(for: other.id, name: "cron")
      let store = APIKeyStore(deployment.pool)
      let record = try #require(try await store.record(of: key.text))
      #expect(record.agency == agency.id && record.name == "cron")
      #expect(try await store.record(of: otherKey.text)?.agency == other.id)
      #expect(key.text.hasPrefix("nq_") && key.text.count == 46)
      #expect(key.text != otherKey.text)
    }
  }

  @Test func onlyTheDigestIsStored() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let key = try await APIKeyStore(deployment.owner).create(for: agency.id, name: "cron")
      let row = try await deployment.asOwner("select k::text from control.api_keys k").single(as: String.self)
      let secret = key.text.dropFirst(3)
      #expect(!row.contains(secret))
      #expect(!row.contains(Data(key.text.utf8).map { String(format: "%02x", $0) }.joined()))
      let digest = try await deployment.asOwner("select digest from control.api_keys").single(as: Data.self)
      #expect(digest == APIKey.digest(of: key.text))
      #expect(digest.count == 32)
    }
  }

  @Test func whatIsNotTheWholeKeyIsUnknown() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let key = try await APIKeyStore(deployment.owner).create(for: agency.id, name: "cron")
      let store = APIKeyStore(deployment.pool)
      let wrong = [
        "", "nq_", APIKey().text, String(key.text.dropLast()), key.text + " ", key.text.uppercased(),
        String(key.text.dropFirst(3)), "\u{0}", "' or true --",
      ]
      for text in wrong { #expect(try await store.record(of: text) == nil, "\(text)") }
      #expect(try await store.record(of: key.text) != nil)
    }
  }

  @Test func aKeyEndsOnItsDayOrWhenItIsRevoked() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let making = APIKeyStore(deployment.owner)
      let store = APIKeyStore(deployment.pool)
      let past = try await making.create(for: agency.id, name: "past", expiresAt: Date() - 1)
      let future = try await making.create(for: agency.id, name: "future", expiresAt: Date() + 3_600)
      let revoked = try await making.create(for: agency.id, name: "revoked")
      #expect(try await store.record(of: past.text) == nil)
      #expect(try await store.record(of: future.text)?.name == "future")
      #expect(try await store.record(of: revoked.text)?.name == "revoked")
      try await deployment.asOwner("update control.api_keys set revoked_at = now() where name = 'revoked'")
      try await deployment.asOwner("update control.api_keys set expires_at = now() where name = 'future'")
      #expect(try await store.record(of: revoked.text) == nil)
      #expect(try await store.record(of: future.text) == nil)
    }
  }

  /// The application's login makes keys, notes their use and revokes them; it prolongs none and brings none back.
  @Test func theApplicationChangesNoKeys() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let key = try await APIKeyStore(deployment.owner).create(for: agency.id, name: "cron")
      let store = APIKeyStore(deployment.pool)
      let record = try #require(try await store.record(of: key.text))
      let more = try await store.create(for: agency.id, name: "more")
      let other = try #require(try await store.record(of: more.text))
      #expect(try await store.revoke(other.id, of: agency.id))
      #expect(try await store.record(of: more.text) == nil)
      for sql in [
        "update control.api_keys set revoked_at = null", "update control.api_keys set expires_at = null",
        "update control.api_keys set agency_id = gen_random_uuid()", "delete from control.api_keys",
        "update control.api_keys set scopes = '{}'",
        "insert into control.agencies values (gen_random_uuid(), 'a', 'a')",
      ] {
        let statement = SQL(stringLiteral: sql)
        let state = try await refusal { try await deployment.pool.lease { try await $0.query(statement) } }
        #expect(state == .insufficientPrivilege, "\(sql)")
      }
      let used: SQL = "select last_used_at from control.api_keys where name = 'cron'"
      #expect(try await deployment.asOwner(used).single(as: Date?.self) == nil)
      try await store.noteUse(of: record.id)
      let first = try await deployment.asOwner(used).single(as: Date?.self)
      #expect(first != nil)
      try await store.noteUse(of: record.id)
      #expect(try await deployment.asOwner(used).single(as: Date?.self) == first)
    }
  }
}
