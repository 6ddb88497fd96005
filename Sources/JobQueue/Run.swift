public import Foundation
public import Identifiers

/// One planned execution of a job: a row in `ops.runs`, and an entry in the index while it is near its time.
public struct Run: Sendable, Hashable {
  /// Its identifier.
  public let id: ID<Run>
  /// Whom it belongs to.
  public let tenant: ID<Tenant>
  /// Where it waits.
  public let place: RunPlace
  /// When it may start.
  public let dueAt: Date

  /// A run as the index needs it.
  public init(id: ID<Run>, tenant: ID<Tenant>, place: RunPlace, dueAt: Date) {
    self.id = id
    self.tenant = tenant
    self.place = place
    self.dueAt = dueAt
  }

  /// Without the gate: for a start that only ends the run.
  var withoutGate: Run {
    var place = place
    place.gate = nil
    return Run(id: id, tenant: tenant, place: place, dueAt: dueAt)
  }

  /// How the index notes it: lane, class, tenant, source and gate. A gate is its tenant's own.
  var indexPlace: String {
    "\(place.lane.name)|\(place.runClass.rawValue)|\(tenant)|\(place.source)|\(place.gate.map { "\(tenant):\($0)" } ?? "")"
  }
}

/// Where a run waits for its turn.
public struct RunPlace: Sendable, Hashable {
  /// The lane.
  public var lane: Lane
  /// The class within the lane.
  public var runClass: RunClass
  /// The source within the tenant; empty when there is none.
  public var source: String
  /// The gate that it has to pass.
  public var gate: String?

  /// A place; without source and gate it is the tenant's one line.
  public init(_ lane: Lane, _ runClass: RunClass = .normal, source: String = "", gate: String? = nil) {
    self.lane = lane
    self.runClass = runClass
    self.source = source
    self.gate = gate
  }
}

/// A run to be enqueued.
public struct NewRun: Sendable {
  /// Its identifier, so that it can be looked at later.
  public let id = ID<Run>()
  let kind: String
  let place: RunPlace
  let payload: String
  let uniqueKey: String?
  let uniqueUntil: Date?
  private(set) var dueAt: Date?
  var batch: UUID?

  /// Until somebody sets its time.
  mutating func waitsForever() { dueAt = .distantFuture }

  /// A run of the payload's kind.
  ///
  /// - Parameters:
  ///   - uniqueKey: while a live run of the tenant has this key, enqueueing again adds nothing.
  ///   - uniqueUntil: the key stays taken until then, also when the run has ended before.
  ///   - dueAt: not started before that; the database's now when nil.
  ///   - runClass: instead of the kind's.
  public init(
    _ payload: some JobPayload, uniqueKey: String? = nil, uniqueUntil: Date? = nil, dueAt: Date? = nil,
    as runClass: RunClass? = nil
  ) throws {
    let type = type(of: payload)
    for part in [payload.source, payload.gate] {
      precondition(part?.contains { "|@".contains($0) } != true, "a source or gate of \(type.kind) has | or @ in it")
    }
    kind = type.kind
    place = RunPlace(type.lane, runClass ?? type.runClass, source: payload.source ?? "", gate: payload.gate)
    self.payload = String(decoding: try JSONEncoder.payload.encode(payload), as: UTF8.self)
    self.uniqueKey = uniqueKey
    self.uniqueUntil = uniqueUntil
    self.dueAt = dueAt
  }
}

extension JSONEncoder {
  static let payload: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }()
}

extension JSONDecoder {
  static let payload: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }()
}
