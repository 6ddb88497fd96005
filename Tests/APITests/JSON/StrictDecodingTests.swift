import Community
import Foundation
import Testing

@testable import API

@Suite struct StrictDecodingTests {
  @Test func saysAllThatIsWrongAtOnceAndWhere() {
    let problems = problems(
      GroupDraft.self,
      #"{"nme": "x", "tags": ["a", 1], "capacity": "many", "channel_id": "x", "state": "gone", "a/b~c": 1}"#)
    #expect(
      problems == [
        "/name": .required, "/nme": .unknownField, "/tags/1": .wrongType, "/capacity": .wrongType,
        "/channel_id": .malformed, "/state": .unknownValue, "/a~1b~0c": .unknownField,
      ])
  }

  @Test(arguments: [
    (#"[]"#, ["": FieldProblem.Code.wrongType]), (#"null"#, ["": .wrongType]), (#""x""#, ["": .wrongType]),
    (#"{"name": null}"#, ["/name": .required]), (#"{"name": 1}"#, ["/name": .wrongType]),
    (#"{"name": "a\u0000b"}"#, ["/name": .malformed]),
    (#"{"name": "a", "birthday": "1993-02-31"}"#, ["/birthday": .malformed]),
    (#"{"name": "a", "birthday": 5}"#, ["/birthday": .wrongType]), (#"{"name": {"a": 1}}"#, ["/name": .wrongType]),
  ])
  func namesTheField(text: String, expected: [String: FieldProblem.Code]) {
    #expect(problems(MemberDraft.self, text) == expected)
  }

  @Test func looksIntoWhatIsNested() {
    let problems = problems(
      ContentDraft.self,
      #"{"title": "t", "kind": "text", "weight": "heavy", "body": {"text": 1, "txt": "x", "media_id": "1"}}"#)
    #expect(
      problems == [
        "/weight": .unknownValue, "/body/text": .wrongType, "/body/txt": .unknownField, "/body/media_id": .malformed,
      ])
  }

  @Test(arguments: [
    (
      #"{"kind": "once", "date": "2026-02-29", "time": "25:00"}"#,
      ["/recurrence/date": FieldProblem.Code.unknownValue, "/recurrence/time": .unknownValue]
    ),
    (#"{"kind": "daily", "start": "2026-03-08", "times": ["09:30", "9:30"]}"#, ["/recurrence/times/1": .malformed]),
    (
      #"{"kind": "weekly", "start": "2026-03-08", "times": [], "weekdays": ["sun"]}"#,
      ["/recurrence/weekdays/0": .unknownValue]
    ),
    (#"{"kind": "hourly"}"#, ["/recurrence/kind": .unknownValue]), (#"{}"#, ["/recurrence/kind": .required]),
    (#"{"kind": "daily", "start": "2026-03-08", "times": ["09:30"], "every": 0}"#, ["/recurrence/every": .outOfRange]),
    (#"{"kind": "daily", "start": "2026-03-08", "times": ["09:30"], "evry": 1}"#, ["/recurrence/evry": .unknownField]),
    (
      #"{"kind": "daily", "start": "2026-03-08", "times": ["09:30"], "until": "2026-03-07"}"#,
      ["/recurrence/until": .outOfRange]
    ),
    (
      #"{"kind": "daily", "start": 1, "times": "09:30"}"#,
      ["/recurrence/start": .wrongType, "/recurrence/times": .wrongType]
    ),
    (#"[]"#, ["/recurrence": .wrongType]),
  ])
  func namesTheFieldOfARecurrence(recurrence: String, expected: [String: FieldProblem.Code]) {
    let plan = #"{"name": "p", "contents": [], "audience": {"all": true}, "recurrence": \#(recurrence)}"#
    #expect(problems(PlanDraft.self, plan) == expected)
  }

  @Test func tellsReadOnlyFieldsFromUnknownOnes() throws {
    let json = try JSONParser.parse(Array(#"{"name": "a", "version": 2, "versoin": 2}"#.utf8))
    let error = #expect(throws: InvalidInput.self) {
      try StrictDecoding.decode(MemberDraft.self, from: json, readOnly: ["version"])
    }
    #expect(codes(error) == ["/version": .readOnly, "/versoin": .unknownField])
  }

  @Test(arguments: [
    ("12", 12), ("12.0", 12), ("1.2e1", 12), ("-3", -3), ("9223372036854775807", Int.max),
  ])
  func takesWholeNumbersHoweverWritten(text: String, number: Int) throws {
    #expect(try StrictDecoding.decode(Int.self, from: .number(text)) == number)
  }

  @Test(arguments: ["1.5", "9223372036854775808", "1e400", "-1e30"])
  func refusesOtherNumbersForWholeOnes(text: String) {
    #expect(throws: InvalidInput.self) { try StrictDecoding.decode(Int.self, from: .number(text)) }
  }

  @Test(arguments: [
    ("2026-03-08T09:30:00+08:00", 1_772_933_400.0), ("2026-03-08T01:30:00.250Z", 1_772_933_400.25),
    ("2026-03-08t01:30:00z", 1_772_933_400),
  ])
  func readsInstants(text: String, seconds: Double) throws {
    let instant = try StrictDecoding.decode(Date.self, from: .string(text))
    #expect(instant.timeIntervalSince1970 == seconds)
  }

  @Test(arguments: [
    "2026-03-08", "2026-03-08T09:30:00", "2026-03-08 09:30:00Z", "2026-02-29T00:00:00Z", "2026-03-08T24:00:00Z",
    "2026-03-08T09:30Z", "2026-03-08T09:30:00+8", "2026-03-08T09:30:00.Z", "",
  ])
  func refusesTextsThatAreNoInstants(text: String) {
    #expect(throws: InvalidInput.self) { try StrictDecoding.decode(Date.self, from: .string(text)) }
  }

  @Test func writesInstantsInUTCWithMilliseconds() {
    #expect(Timestamp.text(Date(timeIntervalSince1970: 1_772_933_400.25)) == "2026-03-08T01:30:00.250Z")
  }

  private func problems<Value: Decodable>(_ type: Value.Type, _ text: String) -> [String: FieldProblem.Code] {
    let error = #expect(throws: InvalidInput.self) {
      try StrictDecoding.decode(type, from: try JSONParser.parse(Array(text.utf8)))
    }
    return codes(error)
  }

  private func codes(_ error: InvalidInput?) -> [String: FieldProblem.Code] {
    Dictionary((error?.problems ?? []).map { ($0.field, $0.code) }) { first, _ in first }
  }
}
