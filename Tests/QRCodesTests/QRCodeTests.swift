import Foundation
import QRCodes
import Testing

@Suite(.timeLimit(.minutes(1))) struct QRCodeTests {
  @Test(arguments: [
    "otpauth://totp/Nuanqun:chen%40nuancheng.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Nuanqun&algorithm=SHA1&digits=6&period=30",
    "A", "1234567890", "暖群：每一天", String(repeating: "https://nuanqun.example/", count: 40),
  ])
  func whatTheElementShowsIsReadAgain(text: String) throws {
    let picture = try SVGPicture(try QRCode(text).svg(label: "code"))
    #expect(try picture.read() == text)
  }

  /// The control: a picture in which too much is covered cannot be read, so the reader reads and does not guess.
  @Test func aSpoiltPictureIsNotRead() throws {
    var picture = try SVGPicture(try QRCode("1234567890").svg(label: "code"))
    for row in 0..<picture.side / 2 {
      for column in 0..<picture.side { picture.dark[row][column] = false }
    }
    #expect(try picture.read() == "")
  }

  @Test func theElementIsWellFormedAndNeedsNoException() throws {
    let svg = try QRCode("A").svg(label: #"<b>"it's" & more</b>"#)
    let parser = XMLParserBox(svg)
    #expect(parser.isWellFormed)
    #expect(parser.attributes["svg"]?["aria-label"] == #"<b>"it's" & more</b>"#)
    #expect(!svg.contains("style") && !svg.contains("script"))
  }

  @Test func aQuietZoneSurroundsIt() throws {
    let picture = try SVGPicture(try QRCode("A").svg(label: "code"))
    #expect(picture.side == 21 + 8)
    for index in 0..<picture.side {
      for edge in [0, 1, 2, 3, picture.side - 4, picture.side - 1] {
        #expect(!picture.dark[edge][index] && !picture.dark[index][edge])
      }
    }
    #expect(picture.dark[4][4])
  }

  @Test func whatFitsNoCodeIsRefused() throws {
    #expect(throws: QRCodeError.self) { try QRCode(String(repeating: "暖", count: 2_000)) }
    #expect(throws: QRCodeError.self) { try QRCode("") }
    #expect(throws: QRCodeError.self) { try QRCode("a\0b") }
  }
}
