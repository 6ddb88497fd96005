import Postgres
import Testing

extension PostgresSession {
  /// What the server's process does at this moment, in the words of `pg_stat_activity`; nil when it is gone.
  func activity(of backend: Int32) async throws -> (state: String, query: String)? {
    let rows = try await query("select coalesce(state, ''), query from pg_stat_activity where pid = \(backend)")
    return try rows.first?.decode(String.self, String.self)
  }

  /// How many sessions the server has under this application name.
  func sessions(named name: String) async throws -> Int {
    try await value("select count(*) from pg_stat_activity where application_name = \(name)")
  }

  func waitUntilRunning(_ backend: Int32, _ part: String) async throws {
    try await eventually("process \(backend) runs \(part)") {
      guard let activity = try await self.activity(of: backend) else { return false }
      return activity.state == "active" && activity.query.contains(part)
    }
  }
}

/// A name that only one test has.
func uniqueName(_ purpose: String) -> String {
  "\(purpose)_\(UInt32.random(in: 0...UInt32.max))"
}
