import JobQueue
import Postgres

/// What the database must be like for the guarantees to hold.
struct DatabaseChecks {
  let pool: PostgresPool

  func run() async throws -> [Finding] {
    [
      try await isTrue(
        "the login does not inherit", "select not rolinherit as fine from pg_roles where rolname = session_user",
        "a login that inherits holds every brand's rights at once; run `nuanqun migrate`"),
      try await isTrue(
        "the login has no search path", "select current_setting('search_path') in ('', '\"\"') as fine",
        "a query without a brand's context must find no table; run `nuanqun migrate` and reconnect"),
      try await isTrue(
        "brand roles cannot change their role",
        """
        select not exists (
          select from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
          where p.oid = 'pg_catalog.set_config(text, text, boolean)'::regprocedure and a.grantee = 0) as fine
        """,
        """
        set_config is open to everybody; as a superuser: REVOKE EXECUTE ON FUNCTION pg_catalog.set_config FROM PUBLIC, \
        then GRANT EXECUTE ON FUNCTION pg_catalog.set_config TO the owner and the login
        """),
      try await isTrue(
        "nobody keeps tables of a session",
        """
        select not exists (
          select from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
          where d.datname = current_database() and a.grantee = 0 and a.privilege_type = 'TEMPORARY') as fine
        """,
        "a temporary table outlives its brand's transaction; as the database's owner: REVOKE TEMPORARY ON DATABASE … FROM PUBLIC"
      ),
      try await cellIsOpen(),
      try await isTrue(
        "commits are synchronous", "select current_setting('synchronous_commit') in ('on', 'remote_apply') as fine",
        "a claim that a crash can forget is sent twice; set synchronous_commit = on"),
      try await isTrue(
        "a standby never misses a commit",
        """
        select current_setting('synchronous_standby_names') <> '' or not exists (
          select from pg_stat_replication where application_name not like '%basebackup%') as fine
        """,
        "a standby that is promoted without the last claims sends twice; set synchronous_standby_names"),
    ]
  }

  private func cellIsOpen() async throws -> Finding {
    let cell = try await CellLife(pool).status()
    guard let closing = cell.closing else { return .ok("the cell is open") }
    return .problem(
      "the cell is open",
      "it is closed: \(closing.text). When nothing writes to the lost server any more, run `nuanqun cell open`")
  }

  private func isTrue(_ check: String, _ query: SQL, _ remedy: String) async throws -> Finding {
    let fine = try await pool.read(query).first?.value("fine", as: Bool.self) ?? false
    return fine ? .ok(check) : .problem(check, remedy)
  }
}
