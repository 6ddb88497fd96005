public import Foundation
public import Identifiers

/// One planned execution of a job: a row in `ops.runs`, and an entry in the index while it is near its time.
public struct Run: Sendable, Hashable {
  /// Its identifier.
  public let id: ID<Run>
  /// Whom it belongs to.
  public let tenant: ID<Tenant>
  /// The lane it waits in.
  public let lane: Lane
  /// When it may start.
  public let dueAt: Date

  /// A run as the index needs it.
  public init(id: ID<Run>, tenant: ID<Tenant>, lane: Lane, dueAt: Date) {
    self.id = id
    self.tenant = tenant
    self.lane = lane
    self.dueAt = dueAt
  }
}

/// A run to be enqueued.
public struct NewRun: Sendable {
  let id = ID<Run>()
  let kind: String
  let lane: Lane
  let payload: String
  let uniqueKey: String?
  let dueAt: Date?

  /// A run of the payload's kind.
  ///
  /// - Parameters:
  ///   - uniqueKey: while a live run of the tenant has this key, enqueueing again adds nothing.
  ///   - dueAt: not started before that; the database's now when nil.
  public init(_ payload: some JobPayload, uniqueKey: String? = nil, dueAt: Date? = nil) throws {
    kind = type(of: payload).kind
    lane = type(of: payload).lane
    self.payload = String(decoding: try JSONEncoder.payload.encode(payload), as: UTF8.self)
    self.uniqueKey = uniqueKey
    self.dueAt = dueAt
  }
}

extension JSONEncoder {
  static var payload: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }
}

extension JSONDecoder {
  static var payload: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }
}
