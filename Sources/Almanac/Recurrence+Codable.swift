/// The JSON of a recurrence, told apart by `kind`:
///
///     {"kind": "once", "date": "2026-03-08", "time": "09:30"}
///     {"kind": "daily", "start": "2026-03-08", "every": 2, "times": ["09:30", "20:00"], "until": "2026-04-30"}
///     {"kind": "weekly", "start": "2026-03-08", "weekdays": ["monday"], "times": ["10:00"], "count": 12}
///
/// `every` is 1 unless given; `until` (the last day) and `count` are optional and exclude each other.
extension Recurrence: Codable {
  /// Decodes and validates.
  /// - Throws: `RecurrenceError` with all that is wrong, unknown fields included; `DecodingError` if there is no object.
  public init(from decoder: any Decoder) throws {
    var fields = RecurrenceFields(try decoder.container(keyedBy: RecurrenceFields.Name.self))
    let recurrence = Self.read(&fields)
    guard fields.problems.isEmpty, let recurrence else { throw RecurrenceError(problems: fields.problems) }
    self = try recurrence.validated()
  }

  private static func read(_ fields: inout RecurrenceFields) -> Recurrence? {
    guard let kind = fields.text("kind") else { return nil }
    switch kind {
    case "once":
      fields.refuseAllBut(["kind", "date", "time"])
      let (date, time) = (fields.date("date"), fields.time("time"))
      guard let date, let time else { return nil }
      return .once(on: date, at: time)
    case "daily":
      fields.refuseAllBut(["kind", "start", "every", "times", "until", "count"])
      let (start, every, times, end) = (fields.date("start"), fields.every(), fields.times(), fields.end())
      guard let start, let every, let times else { return nil }
      return Recurrence(pattern: .daily(every: every, times: times.sorted()), start: start, end: end)
    case "weekly":
      fields.refuseAllBut(["kind", "start", "every", "weekdays", "times", "until", "count"])
      let (start, every, times, end) = (fields.date("start"), fields.every(), fields.times(), fields.end())
      let weekdays = fields.weekdays()
      guard let start, let every, let times, let weekdays else { return nil }
      let pattern = Pattern.weekly(every: every, weekdays: weekdays.sorted(), times: times.sorted())
      return Recurrence(pattern: pattern, start: start, end: end)
    default:
      fields.note("kind", .malformed)
      return nil
    }
  }

  /// Encodes the object that `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: RecurrenceFields.Name.self)
    switch pattern {
    case .once(let time):
      try container.encode("once", forKey: "kind")
      try container.encode(start, forKey: "date")
      try container.encode(time, forKey: "time")
      return
    case .daily(let every, let times):
      try container.encode("daily", forKey: "kind")
      try container.encode(every, forKey: "every")
      try container.encode(times, forKey: "times")
    case .weekly(let every, let weekdays, let times):
      try container.encode("weekly", forKey: "kind")
      try container.encode(every, forKey: "every")
      try container.encode(weekdays, forKey: "weekdays")
      try container.encode(times, forKey: "times")
    }
    try container.encode(start, forKey: "start")
    switch end {
    case .never: break
    case .on(let date): try container.encode(date, forKey: "until")
    case .after(let count): try container.encode(count, forKey: "count")
    }
  }
}
