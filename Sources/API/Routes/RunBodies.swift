import Community
import Foundation
import Identifiers
import JobQueue

/// A run as it is shown.
struct RunBody: Resource {
  let id: ID<Run>
  let kind: String
  let state: RunState
  let lane: String
  let runClass: RunClass
  let planID: String?
  let channelID: String?
  let dueAt: Date
  let createdAt: Date
  let startedAt: Date?
  let endedAt: Date?
  let starts: Int
  let attempts: Int
  let crashes: Int
  let worker: String?
  let step: String?
  let progress: Double?
  let error: String?
  let isBeingCancelled: Bool
  let evidence: [Crash]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, kind, state, lane, starts, attempts, crashes, worker, step, progress, error, evidence
    case runClass = "class"
    case planID = "plan_id"
    case channelID = "channel_id"
    case dueAt = "due_at"
    case createdAt = "created_at"
    case startedAt = "started_at"
    case endedAt = "ended_at"
    case isBeingCancelled = "being_cancelled"
  }

  /// An attempt that ended without a word.
  struct Crash: Codable {
    let worker: String?
    let startedAt: String?
    let step: String?
    let error: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case worker, step, error
      case startedAt = "started_at"
    }
  }

  init(_ run: RunRecord) {
    (id, kind, state, lane, runClass) = (run.id, run.kind, run.state, run.place.lane.name, run.place.runClass)
    planID = run.place.source.isEmpty ? nil : run.place.source
    channelID = run.place.gate
    (dueAt, createdAt, startedAt, endedAt) = (run.dueAt, run.createdAt, run.startedAt, run.endedAt)
    (starts, attempts, crashes) = (run.epoch, run.attempts, run.crashes)
    (worker, step, progress, error) = (run.worker, run.step, run.progress, run.error)
    isBeingCancelled = run.isBeingCancelled
    evidence = run.evidence.flatMap { try? JSONDecoder().decode([Crash].self, from: Data($0.utf8)) } ?? []
  }
}

/// What is to be done with a run.
struct RunAction: Codable {
  enum Name: String, Codable, CaseIterable {
    case retry, cancel, front
  }

  let action: Name

  enum CodingKeys: String, CodingKey, CaseIterable {
    case action
  }
}

/// What is to be done with runs that have something in common.
struct RunsAction: Codable {
  let action: RunAction.Name
  let state: RunState?
  let kind: String?
  let planID: ID<Plan>?
  let madeBefore: Date?
  let limit: Int?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case action, state, kind, limit
    case planID = "plan_id"
    case madeBefore = "made_before"
  }
}

/// How many runs an action concerned.
struct RunCount: Codable {
  let runs: Int

  enum CodingKeys: String, CodingKey, CaseIterable {
    case runs
  }
}

/// How a brand's queue stands.
struct OverviewBody: Encodable {
  let classes: [Part]
  let dead: Int
  let quarantined: Int

  enum CodingKeys: String, CodingKey, CaseIterable {
    case classes, dead, quarantined
  }

  /// One class; waits are in seconds.
  struct Part: Encodable {
    let runClass: String
    let ready: Int
    let running: Int
    let retrying: Int
    let oldest: Double
    let median: Double
    let p99: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
      case ready, running, retrying
      case runClass = "class"
      case oldest = "oldest_seconds"
      case median = "median_seconds"
      case p99 = "p99_seconds"
    }
  }

  init(_ overview: QueueOverview) {
    classes = overview.classes.map {
      Part(
        runClass: $0.name, ready: $0.ready, running: $0.running, retrying: $0.retrying, oldest: $0.oldest,
        median: $0.median, p99: $0.p99)
    }
    (dead, quarantined) = (overview.dead, overview.quarantined)
  }
}
