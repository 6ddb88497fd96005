import Foundation
import Polling
import Postgres

/// What both sides work on.
enum PostgresBenchSchema {
  static let keys = 100_000
  static let role = "bench_brand"

  static let script = """
    drop schema if exists bench cascade;
    do $$ begin create role \(role) nologin; exception when duplicate_object then null; end $$;
    create schema bench;
    create table bench.pairs (id bigint primary key, value text not null);
    insert into bench.pairs select n, 'value ' || n from generate_series(1, \(keys)) n;
    create table bench.members (id bigint not null, name text not null, joined timestamptz not null, score int, active bool);
    grant usage on schema bench to \(role);
    grant select on all tables in schema bench to \(role);
    """

  /// The first lines of a member, the same on both sides.
  static func name(of number: Int) -> String { "member \(number) of the group" }
}

/// A generator that costs next to nothing, as pgbench's does: the system's asks the kernel for every number.
struct BenchKeys: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Our side of the comparison.
struct PostgresBenchLoads: Sendable {
  let pool: PostgresPool
  let seconds: Int

  /// One-row selects per second by tasks that live on the loop, as short reads down the shared connections.
  func selects(tasks: Int) async throws -> Double {
    try await rate(tasks: tasks) { keys in
      let id = Int.random(in: 1...PostgresBenchSchema.keys, using: &keys)
      let rows = try await pool.read("select value from bench.pairs where id = \(id)")
      _ = try rows[0].value(at: 0, as: String.self)
    }
  }

  /// Transactions per second of begin, role and path, one select, commit.
  func brandTransactions(tasks: Int) async throws -> Double {
    let context: SQL =
      "select set_config('role', \(PostgresBenchSchema.role), true), set_config('search_path', \("bench"), true)"
    return try await rate(tasks: tasks) { keys in
      let id = Int.random(in: 1...PostgresBenchSchema.keys, using: &keys)
      try await pool.transaction(opening: [context], preferring: "bench") { transaction in
        let rows = try await transaction.query("select value from pairs where id = \(id)")
        _ = try rows[0].value(at: 0, as: String.self)
      }
    }
  }

  private func rate(tasks: Int, _ operation: @escaping @Sendable (inout BenchKeys) async throws -> Void) async throws
    -> Double
  {
    let length = Duration.seconds(seconds)
    return try await withTaskExecutorPreference(PollingLoop.shared) {
      try await withThrowingTaskGroup(of: Int.self) { group in
        let start = ContinuousClock.now
        for number in 0..<tasks {
          group.addTask {
            var count = 0
            var keys = BenchKeys(state: UInt64(number + 1))
            while .now - start < length {
              try await operation(&keys)
              count += 1
            }
            return count
          }
        }
        let count = try await group.reduce(0, +)
        return Double(count) / ((.now - start) / .seconds(1))
      }
    }
  }

  static let copied = 100_000

  /// Rows per second of one COPY of typed rows.
  func copyIn() async throws -> Double {
    try await pool.lease { connection in
      try await connection.query("truncate bench.members")
      let joined = Date(timeIntervalSince1970: 1_770_000_000)
      let start = ContinuousClock.now
      try await connection.copyIn("copy bench.members from stdin") { writer in
        for number in 1...Self.copied {
          let score: Int? = number % 10 == 0 ? nil : number % 1_000
          try await writer.write(
            row: number, PostgresBenchSchema.name(of: number), joined.addingTimeInterval(Double(number)), score,
            number % 2 == 0)
        }
      }
      return Double(Self.copied) / ((.now - start) / .seconds(1))
    }
  }
}
