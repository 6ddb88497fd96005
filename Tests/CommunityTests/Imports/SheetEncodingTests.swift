import Testing

@testable import Community

@Suite struct SheetEncodingTests {
  @Test(arguments: FileForm.allCases)
  func readsEveryForm(_ form: FileForm) throws {
    let text = "姓名,备注\n辰辰妈😀,龘靐齉\n"
    let decoded = try SheetEncoding.decode(form.bytes(text))
    #expect(decoded.text == text)
    let expected: SheetEncoding =
      switch form {
      case .utf8, .utf8WithMark: .utf8
      case .gb18030: .gb18030
      case .utf16LittleEndian, .utf16BigEndian: .utf16
      }
    #expect(decoded.encoding == expected)
  }

  @Test func readsGB18030FromItsPublishedBytes() throws {
    let bytes: [UInt8] = [
      0xD0, 0xD5, 0xC3, 0xFB, 0x2C, 0xCA, 0xD6, 0xBB, 0xFA, 0xBA, 0xC5, 0x0A,  // 姓名,手机号
      0xB3, 0xBD, 0xC2, 0xE8, 0x94, 0x39, 0xFC, 0x36,  // 辰妈😀
    ]
    #expect(try SheetEncoding.decode(bytes).text == "姓名,手机号\n辰妈😀")
  }

  @Test func aMarkIsNoPartOfTheText() throws {
    let marked: [UInt8] = [0x84, 0x31, 0x95, 0x33, 0xD0, 0xD5, 0xC3, 0xFB]
    #expect(try SheetEncoding.decode(marked).text == "姓名")
    #expect(try SheetEncoding.decode(FileForm.utf8WithMark.bytes("a,b")).text == "a,b")
  }

  @Test func damagedUTF8IsNotReadAsSomethingElse() throws {
    var bytes = FileForm.utf8.bytes("姓名,手机号\n辰辰妈,1\n张阿姨的水果店,2\n")
    let damaged = bytes.count - 4
    bytes.remove(at: damaged - 1)
    #expect(throws: SheetError.undecodable(.utf8, offset: damaged - 2, line: 3)) { try SheetEncoding.decode(bytes) }
  }

  @Test func aMarkMeansThatTheRestIsUTF8() throws {
    let bytes = [0xEF, 0xBB, 0xBF] + FileForm.gb18030.bytes("姓名")
    #expect(throws: SheetError.undecodable(.utf8, offset: 3, line: 1)) { try SheetEncoding.decode(bytes) }
  }

  @Test func whatIsNoTextIsRefusedWithItsPlace() throws {
    let text = FileForm.gb18030.bytes("姓名,手机号\n辰辰妈,1\n")
    #expect(throws: SheetError.undecodable(.gb18030, offset: text.count, line: 3)) {
      try SheetEncoding.decode(text + [0xFF, 0x0A])
    }
    #expect(throws: SheetError.undecodable(.gb18030, offset: text.count, line: 3)) {
      try SheetEncoding.decode(text + [0xD0])
    }
    let half = FileForm.utf16LittleEndian.bytes("a\n")
    #expect(throws: SheetError.undecodable(.utf16, offset: 6, line: 2)) { try SheetEncoding.decode(half + [0x61]) }
    #expect(throws: SheetError.undecodable(.utf16, offset: 6, line: 2)) {
      try SheetEncoding.decode(half + [0x00, 0xDC, 0x61, 0x00])
    }
  }
}
