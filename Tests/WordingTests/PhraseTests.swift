import Channels
import Community
import Sheets
import Testing

@testable import Wording

@Suite struct PhraseTests {
  static let sheetCodes: [SheetProblem.Code] = [
    .required, .tooLong, .tooMany, .controlCharacter, .malformedDate, .nonexistentDate, .malformedNumber, .outOfRange,
    .malformedPhone, .foreignPhone, .digitsLost, .digitsRounded, .zerosLost, .formulaFailed, .malformedRobot,
    .strayQuote,
    .extraCells, .duplicate,
  ]
  static let sheetErrors: [SheetError] = [
    .tooLarge(bytes: 2, limit: 1), .tooManyRows(limit: 1), .tooManyColumns(row: 1, limit: 1), .empty,
    .undecodable(.utf8, offset: 1, line: 1), .encodingUnavailable(.gb18030), .unterminatedQuote(line: 1),
    .missingColumn(field: "name", accepted: ["群名称"]), .repeatedColumn(field: "name", headers: ["群名", "群名称"]),
    .rowTooLong(row: 1, limit: 1), .notASheet(.oldWorkbook), .notASheet(.page), .notASheet(.pdf),
    .unpacksTooLarge(limit: 1), .damagedWorkbook(part: "zip"), .unknownSheet(name: "表", sheets: ["群"]),
    .storage(errno: 1),
  ]

  /// Every phrase by the list that it belongs to.
  static let lists: [String: [Phrase]] = [
    "fields": FieldProblem.Code.allCases.map(\.phrase),
    "titles": ProblemKind.allCases.map(\.title),
    "details": ProblemKind.allCases.map(\.detail),
    "skips": SkipReason.allCases.map(\.phrase),
    "reasons": DispatchReason.Kind.allCases.map(\.phrase) + Phrase.ledgerReasons.values,
    "events": EventType.allCases.map(\.phrase),
    "notices": NoticeKind.allCases.map(\.phrase),
    "notice kinds": NoticeKind.allCases.map(\.title),
    "event fields": EventField.allCases.map(\.phrase),
    "json": JSONFault.allCases.map(\.phrase),
    "cells": sheetCodes.map(\.phrase) + [
      .unknownGroup, .ambiguousGroup, .editedSince, .inUse, .importGivenUp, .problemColumn,
    ],
    "sheets": sheetErrors.map(\.phrase),
  ]

  @Test(arguments: lists.keys.sorted(), Language.allCases)
  func areThereAndDiffer(list: String, language: Language) throws {
    let texts = try #require(Self.lists[list]).map { $0.template(in: language) }
    #expect(texts.allSatisfy { !$0.isEmpty })
    #expect(Set(texts).count == texts.count)
  }

  @Test(arguments: lists.keys.sorted())
  func haveTheSamePlacesInEveryLanguage(list: String) throws {
    for phrase in try #require(Self.lists[list]) {
      #expect(Self.places(phrase.chinese) == Self.places(phrase.english), "\(phrase.english)")
      #expect(Self.parts(phrase.chinese) == Self.parts(phrase.english), "\(phrase.english)")
    }
  }

  @Test(arguments: lists.keys.sorted())
  func areWrittenInTheirLanguage(list: String) throws {
    for phrase in try #require(Self.lists[list]) {
      #expect(phrase.chinese.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(phrase.chinese)")
      #expect(!phrase.english.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(phrase.english)")
    }
  }

  @Test func everyWordOfTheLedgerHasItsText() {
    for reason in SkipReason.allCases { #expect(Phrase.deliveryReason(reason.rawValue) == reason.phrase) }
    #expect(Phrase.deliveryReason("connection_lost") == DispatchReason.Kind.connectionLost.phrase)
    #expect(Phrase.deliveryReason("worker_lost") != nil)
    #expect(Phrase.deliveryReason("from the future") == nil)
  }

  @Test func leavesOutPartsWhoseValuesAreMissing() {
    let phrase = Phrase(zh: "最多 {limit}[，现有 {actual}]。", en: "At most {limit}[, this has {actual}].")
    #expect(phrase.text(in: .english, [.limit: "5"]) == "At most 5.")
    #expect(phrase.text(in: .chinese, [.limit: "5", .actual: "7"]) == "最多 5，现有 7。")
    #expect(phrase.text(in: .english) == "At most ….")
  }

  @Test func valuesAreNotReadAsPlaces() {
    let phrase = Phrase(zh: "「{actual}」", en: "“{actual}”")
    #expect(phrase.text(in: .english, [.actual: "{limit}[x]", .limit: "5"]) == "“{limit}[x]”")
  }

  @Test func fieldsAreNamedAsPeopleReadThem() {
    let problem = FieldProblem("/body/a~1b", .tooLong, limit: "5", actual: "7")
    #expect(problem.text(in: .english) == "“body.a/b” is too long: at most 5 characters, this has 7. Shorten it.")
    #expect(FieldProblem("", .wrongType, limit: "object").text(in: .chinese).contains("请求正文"))
  }

  private static func places(_ text: String) -> [String] {
    text.matches(of: /\{([a-z]+)\}/).map { String($0.1) }.sorted()
  }

  private static func parts(_ text: String) -> [[String]] {
    text.matches(of: /\[([^\]]*)\]/).map { places(String($0.1)) }.sorted { $0.joined() < $1.joined() }
  }
}
