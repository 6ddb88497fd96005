import TestSupport
import Testing

@testable import Sheets

/// The whole text of a file, and how it was written.
func decoded(_ bytes: [UInt8]) throws -> (text: String, encoding: SheetEncoding) {
  let file = try SpoolFile(bytes)
  let encoding = try SheetEncoding.detect(file)
  var text = try SheetText(file, encoding)
  var read: [UInt8] = []
  while let piece = try text.next() { read += piece }
  return (String(decoding: read, as: UTF8.self), encoding)
}

@Suite struct SheetEncodingTests {
  @Test(arguments: FileForm.allCases)
  func readsEveryForm(_ form: FileForm) throws {
    let text = "姓名,备注\n辰辰妈😀,龘靐齉\n"
    let file = try decoded(form.bytes(text))
    #expect(file.text == text)
    let expected: SheetEncoding =
      switch form {
      case .utf8, .utf8WithMark: .utf8
      case .gb18030: .gb18030
      case .utf16LittleEndian, .utf16BigEndian: .utf16
      }
    #expect(file.encoding == expected)
  }

  @Test func readsGB18030FromItsPublishedBytes() throws {
    let bytes: [UInt8] = [
      0xD0, 0xD5, 0xC3, 0xFB, 0x2C, 0xCA, 0xD6, 0xBB, 0xFA, 0xBA, 0xC5, 0x0A,  // 姓名,手机号
      0xB3, 0xBD, 0xC2, 0xE8, 0x94, 0x39, 0xFC, 0x36,  // 辰妈😀
    ]
    #expect(try decoded(bytes).text == "姓名,手机号\n辰妈😀")
  }

  @Test func aMarkIsNoPartOfTheText() throws {
    let marked: [UInt8] = [0x84, 0x31, 0x95, 0x33, 0xD0, 0xD5, 0xC3, 0xFB]
    #expect(try decoded(marked).text == "姓名")
    #expect(try decoded(FileForm.utf8WithMark.bytes("a,b")).text == "a,b")
  }

  @Test func damagedUTF8IsNotReadAsSomethingElse() throws {
    var bytes = FileForm.utf8.bytes("姓名,手机号\n辰辰妈,1\n张阿姨的水果店,2\n")
    let damaged = bytes.count - 4
    bytes.remove(at: damaged - 1)
    #expect(throws: SheetError.undecodable(.utf8, offset: damaged - 2, line: 3)) { try decoded(bytes) }
  }

  @Test func aMarkMeansThatTheRestIsUTF8() throws {
    let bytes = [0xEF, 0xBB, 0xBF] + FileForm.gb18030.bytes("姓名")
    #expect(throws: SheetError.undecodable(.utf8, offset: 3, line: 1)) { try decoded(bytes) }
  }

  @Test func whatIsNoTextIsRefusedWithItsPlace() throws {
    let text = FileForm.gb18030.bytes("姓名,手机号\n辰辰妈,1\n")
    #expect(throws: SheetError.undecodable(.gb18030, offset: text.count, line: 3)) {
      try decoded(text + [0xFF, 0x0A])
    }
    #expect(throws: SheetError.undecodable(.gb18030, offset: text.count, line: 3)) {
      try decoded(text + [0xD0])
    }
    let half = FileForm.utf16LittleEndian.bytes("a\n")
    #expect(throws: SheetError.undecodable(.utf16, offset: 6, line: 2)) { try decoded(half + [0x61]) }
    #expect(throws: SheetError.undecodable(.utf16, offset: 6, line: 2)) {
      try decoded(half + [0x00, 0xDC, 0x61, 0x00])
    }
  }

  /// Whatever piece a character is cut by, it comes whole.
  @Test(arguments: FileForm.allCases)
  func aCharacterMayLieAcrossPieces(_ form: FileForm) throws {
    for shift in 0..<4 {
      let text =
        String(repeating: "a", count: SpoolBytes.piece - 6 + shift) + "辰😀é龘\n" + String(repeating: "妈😀", count: 40_000)
      #expect(try decoded(form.bytes(text)).text == text, "\(form) \(shift)")
    }
  }

  @Test func errorsBehindTheFirstPieceNameTheirPlace() throws {
    let text = String(repeating: "群群\n", count: 30_000)
    let utf8 = FileForm.utf8.bytes(text)
    #expect(throws: SheetError.undecodable(.utf8, offset: utf8.count, line: 30_001)) {
      try decoded(utf8 + [0xE4, 0xB8])
    }
    let bytes = FileForm.gb18030.bytes(text)
    #expect(throws: SheetError.undecodable(.gb18030, offset: bytes.count, line: 30_001)) { try decoded(bytes + [0xFF]) }
  }
}
