import Foundation
import Testing
import Wording

@testable import API

@Suite struct JSONParserTests {
  @Test(arguments: [
    (#"null"#, JSONValue.null), (#" true "#, .bool(true)), (#"-0.5e+3"#, .number("-0.5e+3")),
    (#""a\"\\\/\b\f\n\r\té""#, .string("a\"\\/\u{8}\u{C}\n\r\té")), (#""😀""#, .string("😀")),
    (#"[1,[],{}]"#, .array([.number("1"), .array([]), .object([:])])),
    ("{\"群\": {\"a\": null}}", .object(["群": .object(["a": .null])])), (#""""#, .string("")),
  ])
  func readsWhatIsJSON(text: String, value: JSONValue) throws {
    #expect(try JSONParser.parse(Array(text.utf8)) == value)
  }

  @Test(arguments: [
    ("", JSONFault.empty, 0), ("  ", .empty, 2), ("{", .unexpectedEnd, 1), ("[1,]", .unexpectedCharacter, 3),
    (#"{"a" 1}"#, .unexpectedCharacter, 5), ("{a: 1}", .unexpectedCharacter, 1), ("nul", .unexpectedEnd, 3),
    ("01", .badNumber, 0), ("1.", .badNumber, 0), ("1e", .badNumber, 0), ("-", .badNumber, 0),
    ("+1", .unexpectedCharacter, 0),
    (#""a"#, .unexpectedEnd, 2), ("\"a\nb\"", .controlCharacter, 2), (#""\x""#, .badEscape, 1),
    (#""\ud83d""#, .badEscape, 1), (#""\ude00""#, .badEscape, 1), (#""\u12""#, .badEscape, 1),
    ("1 2", .trailingText, 2), ("{} x", .trailingText, 3), (#"{"a": 1, "a": 2}"#, .repeatedName, 9),
    ("\u{FEFF}{}", .unexpectedCharacter, 0), ("[1 2]", .unexpectedCharacter, 3), ("'a'", .unexpectedCharacter, 0),
  ])
  func saysWhereAndWhyItIsNone(text: String, fault: JSONFault, offset: Int) {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
    #expect(error?.fault == fault, "\(text)")
    #expect(error?.offset == offset, "\(text)")
  }

  @Test func countsLinesAndCharactersFromOne() {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array("{\n \"群群\": x}".utf8)) }
    #expect(error?.line == 2)
    #expect(error?.column == 8)
  }

  @Test func refusesBytesThatAreNoText() {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0x61, 0xC4, 0x22]) }
    #expect(error?.fault == .badUTF8)
    #expect(error?.offset == 2)
  }

  @Test func refusesNestingThatCouldExhaustTheStack() throws {
    let deepest = String(repeating: "[", count: JSONParser.deepest) + String(repeating: "]", count: JSONParser.deepest)
    #expect(throws: Never.self) { try JSONParser.parse(Array(deepest.utf8)) }
    let deeper = String(repeating: #"{"a":"#, count: 100_000)
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(deeper.utf8)) }
    #expect(error?.fault == .tooDeep)
  }

  @Test func mergePatchesAsTheStandardsExamplesDo() throws {
    // RFC 7396, appendix A.
    let cases = [
      (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
      (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
      (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
      (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
      (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
      (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, #"null"#, #"null"#),
      (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
      (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]
    for (target, patch, result) in cases {
      let merged = try value(target).merging(try value(patch))
      #expect(merged == (try value(result)), "\(target) + \(patch)")
    }
  }

  private func value(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }
}
