import Foundation
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// What a brand's role may do to its own rows: ledgers are written once, and what was approved stays as it was.
@Suite struct RightsTests {
  @Test func onlyAFewTablesLoseRows() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      #expect(
        try await deployment.tables(of: brand, allowing: "DELETE") == [
          "daily_records", "events", "idempotency", "import_chunks", "import_rows", "memberships",
          "webhook_deliveries", "webhooks",
        ])
      #expect(try await deployment.tables(of: brand, allowing: "TRUNCATE") == [])
      #expect(try await deployment.tables(of: brand, allowing: "TRIGGER") == [])
    }
  }

  @Test func versionsAndMediaAreNeverChangedInPlace() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      let updatable = try await deployment.tables(of: brand, allowing: "UPDATE")
      #expect(!updatable.contains("content_versions") && !updatable.contains("media"))
      // Nor by a single column.
      for table in ["content_versions", "media"] {
        #expect(try await deployment.columns(of: table, of: brand, allowing: "UPDATE") == [])
      }
      let (content, medium) = (UUID(), UUID())
      try await deployment.run(
        as: brand,
        "insert into contents (id, title, kind, weight) values (\(content), '早安', 'text', 'core')",
        "insert into content_versions (content_id, version, body) values (\(content), 1, '{}')",
        "insert into media (id, name, type, bytes, sha256) values (\(medium), '图', 'image/png', '\\x01', '\\x02')",
      )
      let refused: [SQL] = [
        "update content_versions set body = '{\"text\": \"其他\"}'", "delete from content_versions",
        "insert into content_versions values (\(content), 1, '{}') on conflict (content_id, version) do update set body = '{}'",
        "update media set bytes = '\\x03'", "delete from media", "delete from contents",
      ]
      for sql in refused {
        let state = try await refusal { try await deployment.run(as: brand, sql) }
        #expect(state == .insufficientPrivilege, "\(sql)")
      }
      // The control: a new version is a new row.
      try await deployment.run(as: brand, "insert into content_versions values (\(content), 2, '{}')")
    }
  }

  @Test func aDeliveryIsOnlySettled() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      let settling: Set = [
        "state", "claim", "claim_run", "claim_epoch", "attempts", "reason", "platform_code", "detail", "rendered_hash",
        "counted_day", "due_again_at", "quota_subject", "quota_month", "claimed_at", "settled_at",
      ]
      #expect(Set(try await deployment.columns(of: "deliveries", of: brand, allowing: "UPDATE")) == settling)
      let delivery = try await deployment.addDelivery(to: brand)
      let moved: [SQL] = [
        "delete from deliveries", "truncate deliveries", "update deliveries set group_id = gen_random_uuid()",
        "update deliveries set touch_id = gen_random_uuid()", "update deliveries set channel_id = null",
        "update deliveries set id = gen_random_uuid()", "update deliveries set created_at = now()",
        "update deliveries set state = 'delivered', created_at = now()",
      ]
      for sql in moved {
        let state = try await refusal { try await deployment.run(as: brand, sql) }
        #expect(state == .insufficientPrivilege, "\(sql)")
      }
      try await deployment.run(as: brand, "update deliveries set state = 'delivered', settled_at = now()")
      let states = try await deployment.tenancy.read(
        of: brand, "select state from deliveries where id = \(delivery)")
      #expect(try states.texts() == ["delivered"])
    }
  }

  @Test func theSchemasLedgerIsTheOwners() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      for sql in ["select from migrations", "delete from migrations", "update migrations set name = ''"] {
        let state = try await refusal { try await deployment.run(as: brand, SQL(stringLiteral: sql)) }
        #expect(state == .insufficientPrivilege, "\(sql)")
      }
    }
  }

  /// An online move of a schema (Citus) and logical replication need to tell rows apart.
  @Test func everyTableHasAPrimaryKey() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      let without = try await deployment.asOwner(
        """
        select c.relname::text from pg_class c
        where c.relnamespace = \(brand.schema)::regnamespace and c.relkind in ('r', 'p')
          and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)
        """)
      #expect(try without.texts() == [])
    }
  }
}

extension TestDeployment {
  fileprivate func run(as brand: Brand, _ statements: SQL...) async throws {
    try await tenancy.transaction(of: brand) { _ = try await $0.query(statements) }
  }

  fileprivate func tables(of brand: Brand, allowing right: String) async throws -> [String] {
    try await asOwner(
      """
      select relname::text from pg_class
      where relnamespace = \(brand.schema)::regnamespace and relkind in ('r', 'p')
        and has_table_privilege(\(brand.role)::name, oid, \(right))
      order by 1
      """
    ).texts()
  }

  fileprivate func columns(of table: String, of brand: Brand, allowing right: String) async throws -> [String] {
    try await asOwner(
      """
      select attname::text from pg_attribute
      where attrelid = \("\(brand.schema).\(table)")::regclass and attnum > 0 and not attisdropped
        and has_column_privilege(\(brand.role)::name, attrelid, attnum, \(right))
      """
    ).texts()
  }

  /// A delivery with all that it hangs on; its id.
  fileprivate func addDelivery(to brand: Brand) async throws -> UUID {
    let (group, content, plan, touch, delivery) = (try await addGroup("群", to: brand), UUID(), UUID(), UUID(), UUID())
    try await run(
      as: brand,
      "insert into contents (id, title, kind, weight) values (\(content), '早安', 'text', 'core')",
      """
      insert into plans (id, name, contents, audience, recurrence)
      values (\(plan), '计划', array[\(content)]::uuid[], '{}', '{}')
      """,
      """
      insert into touches (id, plan_id, occurrence, version, content_id, content_version, due_at, wall, zone)
      values (\(touch), \(plan), '1', 1, \(content), 1, now(), '2026-01-01T09:00', 'Asia/Shanghai')
      """,
      "insert into deliveries (id, touch_id, group_id) values (\(delivery), \(touch), \(group))",
    )
    return delivery
  }
}
