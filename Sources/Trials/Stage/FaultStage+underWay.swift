import Foundation
import Postgres

extension FaultStage {
  /// How many sends are between their two commits in a worker that was killed or frozen right before, at most.
  ///
  /// What it had claimed stays as it is, however late this looks, or was taken for unknown by whoever overtook it: the run
  /// then names it in its evidence.
  func underWay(in worker: pid_t) async -> Int {
    do {
      // A claim that was on its way to the server is committed by then, also where the server itself stood still.
      try await Task.sleep(for: .milliseconds(300))
      _ = try await pool.read("select 1")
      try await Task.sleep(for: .milliseconds(300))
      var claims: [(run: UUID, epoch: Int)] = []
      for brand in brands { claims += try await brand.openClaims() }
      let name = "%-\(worker)-%"
      let rows = try await pool.read(
        """
        select count(*) as sends from unnest(\(claims.map(\.run)), \(claims.map(\.epoch))) as c (run, epoch)
        join ops.runs r on r.id = c.run
        where r.worker like \(name) and r.epoch = c.epoch or exists (
          select from jsonb_array_elements(coalesce(r.evidence, '[]')) e where e ->> 'worker' like \(name))
        """)
      return min(try rows.first?.value("sends") ?? 0, Self.slots)
    } catch {
      return Self.slots
    }
  }
}
