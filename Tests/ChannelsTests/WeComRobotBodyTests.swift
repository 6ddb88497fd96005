import NIOCore
import Testing

@testable import Channels

@Suite struct WeComRobotBodyTests {
  private func encoded(_ message: OutgoingMessage, mediaID: String? = nil) throws -> String {
    String(decoding: try WeComRobotBody(message, mediaID: mediaID).encoded(), as: UTF8.self)
  }

  @Test func textAsWeComDocumentsIt() throws {
    let message = OutgoingMessage.text(
      "广州今日天气：29度，大部分多云，降雨概率：60%",
      mentions: Mentions(everyone: true, userIDs: ["wangqing"], mobiles: ["13800001111", "@all"]))
    let body =
      #"{"msgtype":"text","text":{"content":"广州今日天气：29度，大部分多云，降雨概率：60%","#
      + #""mentioned_list":["wangqing","@all"],"mentioned_mobile_list":["13800001111","@all"]}}"#
    #expect(try encoded(message) == body)
  }

  @Test func newsAsWeComDocumentsIt() throws {
    let message = OutgoingMessage.news([
      NewsArticle(
        title: "中秋节礼品领取", description: "今年中秋节公司有豪礼相送", url: "www.qq.com",
        pictureURL: "http://res.mail.qq.com/node/ww/wwopenmng/images/independent/doc/test_pic_msg1.png")
    ])
    let body =
      #"{"msgtype":"news","news":{"articles":[{"description":"今年中秋节公司有豪礼相送","#
      + #""picurl":"http://res.mail.qq.com/node/ww/wwopenmng/images/independent/doc/test_pic_msg1.png","#
      + #""title":"中秋节礼品领取","url":"www.qq.com"}]}}"#
    #expect(try encoded(message) == body)
  }

  @Test func markdownKeepsQuotesLinesAndEmoji() throws {
    #expect(
      try encoded(.markdown("新增<font color=\"warning\">132例</font>\n>👶"))
        == #"{"markdown":{"content":"新增<font color=\"warning\">132例</font>\n>👶"},"msgtype":"markdown"}"#)
  }

  @Test func imageCarriesTheDigestOfItsRawBytes() throws {
    let bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    #expect(
      try encoded(.image(bytes: bytes, .png))
        == #"{"image":{"base64":"iVBORw0KGgo=","md5":"e9dd2797018cad79186e03e8c5aec8dc"},"msgtype":"image"}"#)
  }

  @Test func fileIsNamedByItsMediaID() throws {
    #expect(
      try encoded(.file(name: "a.pdf", bytes: [1, 2, 3, 4, 5]), mediaID: "3a8asd892asd8asd")
        == #"{"file":{"media_id":"3a8asd892asd8asd"},"msgtype":"file"}"#)
  }

  @Test func whatIsNotThereIsLeftOut() throws {
    #expect(try encoded(.text("hi")) == #"{"msgtype":"text","text":{"content":"hi"}}"#)
    #expect(
      try encoded(.news([NewsArticle(title: "t", url: "u")]))
        == #"{"msgtype":"news","news":{"articles":[{"title":"t","url":"u"}]}}"#)
  }

  @Test func uploadsAreFormsWithNameAndLength() {
    let form = MultipartFile(name: "价目\"表\".txt", bytes: Array("mytext".utf8), boundary: "b")
    #expect(form.contentType == "multipart/form-data; boundary=b")
    #expect(
      String(buffer: form.body)
        == "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"价目%22表%22.txt\"; filelength=6\r\n"
        + "Content-Type: application/octet-stream\r\n\r\nmytext\r\n--b--\r\n")
  }
}
