import Foundation
import Postgres
import Testing

@Suite struct TypeTests {
  /// Every value comes back as it went, and the server reads it as what we print of it.
  private func roundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable & Sendable>(
    _ type: String, count: Int = 60, text: (@Sendable (Value) -> String)? = nil,
    _ make: @Sendable @escaping (inout SeededRandom) -> Value
  ) async throws {
    var random = SeededRandom()
    let values = (0..<count).map { _ in make(&random) }
    let cast = SQL(verbatim: type)
    try await withConnection { connection in
      for value in values {
        let row = try await connection.query("select \(value)::\(cast), (\(value)::\(cast))::text")[0]
        let (back, server) = try row.decode(Value.self, String.self)
        #expect(back == value)
        if let text { #expect(server == text(value)) }
      }
      let optionals = values.prefix(9).map { Optional($0) } + [nil]
      let arrays = try await connection.query(
        "select \(values)::\(cast)[], \([] as [Value])::\(cast)[], \(optionals)::\(cast)[], \(nil as Value?)::\(cast)")[
          0]
      let (all, none, some, null) = try arrays.decode([Value].self, [Value].self, [Value?].self, Value?.self)
      #expect(all == values)
      #expect(none.isEmpty)
      #expect(some == optionals)
      #expect(null == nil)
    }
  }

  @Test func bool() async throws {
    try await roundTrip("bool", text: { $0 ? "true" : "false" }) { Bool.random(using: &$0) }
  }

  @Test func int2() async throws { try await roundTrip("int2", text: { "\($0)" }) { $0.integer(Int16.self) } }
  @Test func int4() async throws { try await roundTrip("int4", text: { "\($0)" }) { $0.integer(Int32.self) } }
  @Test func int8() async throws { try await roundTrip("int8", text: { "\($0)" }) { $0.integer(Int.self) } }
  @Test func text() async throws { try await roundTrip("text", text: { $0 }) { $0.text() } }

  @Test func float8() async throws {
    try await roundTrip("float8") { random in
      let number = Double(bitPattern: random.next())
      return number.isNaN ? .infinity : number
    }
  }

  @Test func uuid() async throws {
    try await roundTrip("uuid", text: { $0.uuidString.lowercased() }) { random in
      let (high, low) = (random.next().bigEndian, random.next().bigEndian)
      return withUnsafeBytes(of: (high, low)) { UUID(uuid: $0.load(as: uuid_t.self)) }
    }
  }

  @Test func timestamptz() async throws {
    try await roundTrip("timestamptz") { random in
      let microseconds = Int.random(in: -60_000_000_000_000_000...8_000_000_000_000_000, using: &random)
      return Date(
        timeIntervalSinceReferenceDate: Double(microseconds / 1_000_000) + Double(microseconds % 1_000_000) / 1e6
      )
      .rounded
    }
  }

  @Test func date() async throws {
    try await roundTrip("date", text: { "\($0)" }) { (random: inout SeededRandom) -> PostgresDate in
      var date: PostgresDate?
      while date == nil {
        date = PostgresDate(
          year: .random(in: 1...9_999, using: &random), month: .random(in: 1...12, using: &random),
          day: .random(in: 1...31, using: &random))
      }
      return date!
    }
  }

  @Test func numeric() async throws {
    try await roundTrip("numeric") { random in
      let digits = (0..<Int.random(in: 1...36, using: &random)).map { _ in
        String(Int.random(in: 0...9, using: &random))
      }
      var text = digits.joined()
      let point = Int.random(in: 0...text.count, using: &random)
      text.insert(".", at: text.index(text.startIndex, offsetBy: point))
      return Decimal(string: (Bool.random(using: &random) ? "-0" : "0") + text + "0")!
    }
  }

  @Test func bytea() async throws {
    let hex: @Sendable (Data) -> String = { data in
      #"\x"# + data.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    try await roundTrip("bytea", text: hex) { random in Data(random.bytes()) }
    try await withConnection { connection in
      let bytes: [UInt8] = [0, 1, 255]
      let some = try await connection.value("select \(bytes)::bytea", as: [UInt8].self)
      #expect(some == bytes)
      let none = try await connection.value("select \([] as [UInt8])::bytea", as: [UInt8].self)
      #expect(none == [])
    }
  }

  @Test func json() async throws {
    struct Card: Codable, Equatable { var title: String, price: Double, tags: [String] }
    try await withConnection { connection in
      var random = SeededRandom()
      try await connection.query("create temporary table cards (a jsonb, b json)")
      for _ in 0..<40 {
        let card = Card(title: random.text(), price: Double(random.integer(Int16.self)) / 4, tags: [random.text()])
        let document = try JSON(encoding: card)
        let row = try await connection.query(
          "insert into cards values (\(document), \(document)) returning a, b, a->>'title', a, b")[0]
        let (jsonb, json, title, text, same) = try row.decode(
          JSON.self, JSON.self, String.self, String.self, String.self)
        #expect(try jsonb.decode(Card.self) == card)
        #expect(try json.decode(Card.self) == card)
        #expect(title == card.title)
        #expect(text == jsonb.text)
        #expect(same == json.text)
      }
    }
  }

  @Test func limitsOfTime() async throws {
    try await withConnection { connection in
      let row = try await connection.query(
        "select \(Date.distantPast)::text, \(Date.distantFuture)::text, 'infinity'::timestamptz, '-infinity'::timestamptz"
      )[0]
      let (past, future, last, first) = try row.decode(String.self, String.self, Date.self, Date.self)
      #expect(past == "-infinity")
      #expect(future == "infinity")
      #expect(last == .distantFuture)
      #expect(first == .distantPast)
      let instant = Date(timeIntervalSince1970: 1_770_000_000.123_456)
      let epoch = try await connection.query("select extract(epoch from \(instant))::text")[0]
      #expect(try epoch.value(at: 0, as: String.self) == "1770000000.123456")
      #expect(throws: PostgresDecodingError.self) { try row.value(at: 2, as: PostgresDate.self) }
      let endless = try await connection.query("select 'infinity'::date")[0]
      #expect(throws: PostgresDecodingError.self) { try endless.value(at: 0, as: PostgresDate.self) }
      let ancient = try await connection.query("select '0044-03-15 BC'::date")[0].value(at: 0, as: PostgresDate.self)
      #expect(ancient == PostgresDate(year: -43, month: 3, day: 15))
    }
  }

  @Test func numericsThatDoNotFitAreRefused() async throws {
    try await withConnection { connection in
      let big = String(repeating: "9", count: 39)
      let row = try await connection.query(
        "select \(big)::numeric, 'NaN'::numeric, 'infinity'::numeric, 1e30::numeric")[0]
      #expect(throws: PostgresDecodingError.self) { try row.value(at: 0, as: Decimal.self) }
      #expect(try row.value(at: 1, as: Decimal.self).isNaN)
      #expect(throws: PostgresDecodingError.self) { try row.value(at: 2, as: Decimal.self) }
      #expect(try row.value(at: 3, as: Decimal.self) == Decimal(string: "1e30"))
      let nan = try await connection.value("select \(Decimal.nan)::text", as: String.self)
      #expect(nan == "NaN")
    }
  }

  @Test func enumsOfTheApplication() async throws {
    enum State: String, PostgresEncodable, PostgresDecodable { case open, closed }
    enum Level: Int16, PostgresEncodable, PostgresDecodable { case low = 1, high = 2 }
    try await withConnection { connection in
      try await connection.query("create type pg_temp.state as enum ('open', 'closed', 'lost')")
      try await connection.query("create temporary table things (state pg_temp.state, level int2, states text[])")
      let states: [State] = [.open, .closed]
      let row = try await connection.query(
        "insert into things values (\(State.open), \(Level.high), \(states)) returning state, level, states, 'lost'::pg_temp.state"
      )[0]
      let (state, level, all) = try (
        row.value(at: 0, as: State.self), row.value(at: 1, as: Level.self), row.value(at: 2, as: [State].self)
      )
      #expect(state == .open)
      #expect(level == .high)
      #expect(all == states)
      let error = #expect(throws: PostgresDecodingError.self) { try row.value(at: 3, as: State.self) }
      #expect(error?.problem == .unknownValue("lost"))
    }
  }

  @Test func whatCannotBeReadSaysWhy() async throws {
    try await withConnection { connection in
      let row = try await connection.query("select null::int as nothing, 70000 as big, 'x'::text as word")[0]
      func problem(_ body: () throws -> Void) -> PostgresDecodingError.Problem? {
        do { try body() } catch { return (error as? PostgresDecodingError)?.problem }
        return nil
      }
      #expect(problem { _ = try row.value("nothing", as: Int.self) } == .null)
      #expect(problem { _ = try row.value("big", as: Int16.self) } == .outOfRange("70000"))
      #expect(problem { _ = try row.value("word", as: Int.self) } == .mismatch)
      #expect(problem { _ = try row.value("missing", as: Int.self) } == .noSuchColumn)
      #expect(problem { _ = try row.decode(Int?.self, Int.self) } == .columnCount(expected: 2, actual: 3))
      #expect(try row.value("nothing", as: Int?.self) == nil)
      let matrix = try await connection.query("select array[[1, 2], [3, 4]]")[0]
      #expect(problem { _ = try matrix.value(at: 0, as: [Int].self) } == .unsupported("an array of 2 dimensions"))
    }
  }

  @Test func textIsWhatThePlaceAsksFor() async throws {
    try await withConnection { connection in
      let row = try await connection.query(
        "select \("2026-02-17")::date, now() + \("1 day")::interval > now(), \("{1,2}")::int[] = array[1, 2]")[0]
      let (day, later, same) = try row.decode(PostgresDate.self, Bool.self, Bool.self)
      #expect(day == PostgresDate(year: 2026, month: 2, day: 17))
      #expect(later && same)
      let error = await #expect(throws: PostgresError.self) { try await connection.query("select \("a\0b")") }
      #expect(error?.sqlState == .characterNotInRepertoire)
      let array = await #expect(throws: PostgresError.self) { try await connection.query("select \(["a\0b"])") }
      #expect(array?.sqlState == .characterNotInRepertoire)
      let empty = try await connection.value("select \("")::text", as: String.self)
      #expect(empty == "")
    }
  }

  @Test func literalsAndNamesCannotBreakOut() async throws {
    var random = SeededRandom()
    let texts = (0..<80).map { _ in random.text() }
    try await withConnection { connection in
      for text in texts {
        let row = try await connection.query("select \(literal: text), 1 as \(identifier: "a" + text)")
        #expect(try row[0].value(at: 0, as: String.self) == text)
        #expect(row.columnNames[1].hasPrefix("a"))
      }
    }
  }
}

extension Date {
  /// To the microsecond, as the server keeps it.
  fileprivate var rounded: Date {
    let seconds = timeIntervalSinceReferenceDate.rounded(.down)
    let fraction = ((timeIntervalSinceReferenceDate - seconds) * 1e6).rounded() / 1e6
    return Date(timeIntervalSinceReferenceDate: seconds + fraction)
  }
}
