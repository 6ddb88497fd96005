import Foundation

/// Which code performs which kind of run.
public struct JobRegistry: Sendable {
  struct Entry: Sendable {
    let lane: Lane
    let retry: RetryPolicy
    let deadline: Duration
    let perform: @Sendable (_ payload: String, Attempt) async throws -> JobResult
    let abandon: @Sendable (_ payload: String, Attempt, _ reason: String) async throws -> Void
  }

  private(set) var entries: [String: Entry] = [:]
  private(set) var keepers: [Lane: any LaneKeeper] = [:]

  /// An empty registry.
  public init() {}

  /// Adds a kind of job. Registering a kind twice is a mistake of the program.
  public mutating func register<J: Job>(_ job: J) {
    precondition(entries[J.Payload.kind] == nil, "the kind \(J.Payload.kind) is registered twice")
    entries[J.Payload.kind] = Entry(
      lane: J.Payload.lane,
      retry: job.retry,
      deadline: job.deadline,
      perform: { try await job.perform(Self.decode(J.Payload.self, from: $0), in: $1) },
      abandon: { try await job.abandon(Self.decode(J.Payload.self, from: $0), in: $1, because: $2) })
  }

  /// Lets somebody say when it makes sense to take runs of a lane.
  public mutating func keep(_ lane: Lane, by keeper: any LaneKeeper) {
    keepers[lane] = keeper
  }

  /// The lanes that the registered kinds wait in.
  public var lanes: [Lane] { Set(entries.values.map(\.lane)).sorted { $0.name < $1.name } }

  private static func decode<Payload: JobPayload>(_ type: Payload.Type, from text: String) throws -> Payload {
    do {
      return try JSONDecoder.payload.decode(type, from: Data(text.utf8))
    } catch {
      throw Unreadable(description: "the payload of \(Payload.kind) cannot be read: \(error)")
    }
  }
}
