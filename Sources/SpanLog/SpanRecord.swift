import Foundation
import Tracing

/// What is known of a span, as its line says it.
struct SpanRecord: Sendable {
  let place: TraceParent
  /// The span above it.
  let parent: String?
  var name: String
  let kind: SpanKind
  /// In nanoseconds since 1970, as all instants of it.
  let start: UInt64
  var end: UInt64 = 0
  var attributes: SpanAttributes = [:]
  var status: SpanStatus?
  var events: [SpanEvent] = []
  var links: [TraceParent] = []
}

extension SpanRecord: Encodable {
  private enum Key: String, CodingKey {
    case trace = "trace_id"
    case span = "span_id"
    case parent = "parent_span_id"
    case name, kind, start, end, attributes, status, message, events, links
  }

  func encode(to encoder: any Encoder) throws {
    var line = encoder.container(keyedBy: Key.self)
    try line.encode(place.trace, forKey: .trace)
    try line.encode(place.span, forKey: .span)
    try line.encodeIfPresent(parent, forKey: .parent)
    try line.encode(name, forKey: .name)
    try line.encode("\(kind)", forKey: .kind)
    try line.encode(Self.text(of: start), forKey: .start)
    try line.encode(Self.text(of: end), forKey: .end)
    try line.encode(Self.values(attributes), forKey: .attributes)
    try line.encode(status.map { $0.code == .ok ? "ok" : "error" } ?? "unset", forKey: .status)
    try line.encodeIfPresent(status?.message, forKey: .message)
    if !events.isEmpty { try line.encode(events.map(Event.init), forKey: .events) }
    if !links.isEmpty { try line.encode(links.map(\.text), forKey: .links) }
  }

  private struct Event: Encodable {
    let name: String
    let time: String
    let attributes: [String: Value]

    init(_ event: SpanEvent) {
      name = event.name
      time = SpanRecord.text(of: event.nanosecondsSinceEpoch)
      attributes = SpanRecord.values(event.attributes)
    }
  }

  /// An attribute's value, as JSON has it.
  private struct Value: Encodable {
    let attribute: SpanAttribute

    func encode(to encoder: any Encoder) throws {
      var value = encoder.singleValueContainer()
      switch attribute {
      case .int32(let number): try value.encode(number)
      case .int64(let number): try value.encode(number)
      case .double(let number): try value.encode(number)
      case .bool(let flag): try value.encode(flag)
      case .string(let text): try value.encode(text)
      case .int32Array(let numbers): try value.encode(numbers)
      case .int64Array(let numbers): try value.encode(numbers)
      case .doubleArray(let numbers): try value.encode(numbers)
      case .boolArray(let flags): try value.encode(flags)
      case .stringArray(let texts): try value.encode(texts)
      case .stringConvertible(let thing): try value.encode("\(thing)")
      case .stringConvertibleArray(let things): try value.encode(things.map { "\($0)" })
      default: try value.encodeNil()
      }
    }
  }

  private static func values(_ attributes: SpanAttributes) -> [String: Value] {
    var values: [String: Value] = [:]
    attributes.forEach { values[$0] = Value(attribute: $1) }
    return values
  }

  /// An instant as RFC 3339 has it, in UTC and to the nanosecond.
  static func text(of nanoseconds: UInt64) -> String {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let instant = Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    let fraction = String(rest)
    return "\(instant.dropLast()).\(String(repeating: "0", count: 9 - fraction.count))\(fraction)Z"
  }
}
