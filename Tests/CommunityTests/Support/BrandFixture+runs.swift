import Channels
import Foundation
import Identifiers
import Postgres
import Tenancy
import TestSupport

@testable import Community
@testable import JobQueue

/// A run that was started, as its job sees it.
struct Begun<Payload: JobPayload>: Sendable {
  let payload: Payload
  let run: StartedRun
  let lease: Lease

  var attempt: Attempt {
    Attempt(run: run.id, tenant: run.tenant, epoch: run.epoch, number: run.attempts + 1, lease: lease)
  }
}

extension BrandFixture {
  private var store: RunStore { RunStore(deployment.pool) }

  /// Brings the time of touches forward to now, or further back.
  func makeDue(_ touches: [ID<Touch>], minutesAgo: Int = 0) async throws {
    try await query(
      """
      update touches set due_at = clock_timestamp() - \(minutesAgo) * interval '1 minute' where id = any(\(touches))
      """)
  }

  func fire() async throws {
    try await Firing(tenancy, index: deployment.index).fire(tenant)
  }

  /// The brand's runs of a kind that have not ended, with their payloads.
  func runs<Payload: JobPayload>(of kind: Payload.Type) async throws -> [(id: ID<Run>, payload: Payload)] {
    try await deployment.pool.read(
      """
      select id, payload::text from ops.runs
      where brand_id = \(brand.id) and kind = \(kind.kind) and state in ('ready', 'running') order by id
      """
    ).map { row in
      let (id, payload) = try row.decode(ID<Run>.self, String.self)
      return (id, try JSONDecoder.payload.decode(Payload.self, from: Data(payload.utf8)))
    }
  }

  /// Starts a run, as a worker that has reserved it does. A run that stands as started is taken to have crashed.
  func begin<Payload: JobPayload>(_ run: ID<Run>, as kind: Payload.Type) async throws -> Begun<Payload> {
    guard let started = try await store.start([run], worker: "test").started.first else {
      throw GaveUpWaiting(what: "a start")
    }
    return Begun(
      payload: try JSONDecoder.payload.decode(kind, from: Data(started.payload.utf8)), run: started,
      lease: Lease(until: .now + .seconds(3_600)))
  }

  func finish(_ ending: Ending) async throws {
    try await store.finish([ending])
  }

  func expand(_ begun: Begun<ExpandTouch>) async throws {
    try await Expansion(tenancy, index: deployment.index).expand(begun.payload.touch, of: brand, in: begun.attempt)
  }

  /// Fires what is due and writes its deliveries.
  func fireAndExpand() async throws {
    try await fire()
    for (run, _) in try await runs(of: ExpandTouch.self) {
      let begun = try await begin(run, as: ExpandTouch.self)
      try await expand(begun)
      try await finish(.done(begun.run))
    }
  }

  /// The one deliver run that has not ended, started.
  func beginDelivery() async throws -> Begun<DeliverTouch> {
    guard let run = try await runs(of: DeliverTouch.self).first else { throw GaveUpWaiting(what: "a deliver run") }
    return try await begin(run.id, as: DeliverTouch.self)
  }

  func dispatching(through platform: some ChannelAdapter, _ timing: DispatchTiming = .generous) -> Dispatching {
    Dispatching(tenancy, adapters: [platform], timing: timing, logger: .quiet)
  }

  func dispatch(_ begun: Begun<DeliverTouch>, through platform: some ChannelAdapter) async throws -> JobResult {
    try await dispatching(through: platform).dispatch(begun.payload, of: brand, in: begun.attempt)
  }
}

extension DispatchTiming {
  /// No machine is so slow that a first byte comes too late.
  static var generous: DispatchTiming {
    var timing = DispatchTiming()
    timing.firstByteDelay = .seconds(300)
    return timing
  }
}
