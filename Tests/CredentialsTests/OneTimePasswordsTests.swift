import Foundation
import Testing

@testable import Credentials

@Suite struct OneTimePasswordsTests {
  /// The secret of RFC 6238, appendix B.
  private let known = OneTimePasswords(secret: Data("12345678901234567890".utf8))

  private func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }

  @Test(
    arguments: [
      (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
      (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ] as [(Double, String)])
  func theVectorsOfTheRFC(seconds: Double, code: String) {
    let step = OneTimePasswords.step(at: at(seconds))
    #expect(known.code(ofStep: step, digits: 8) == code)
    #expect(known.code(ofStep: step) == String(code.suffix(6)))
    #expect(known.acceptedStep(of: String(code.suffix(6)), at: at(seconds), after: nil) == step)
  }

  /// RFC 4226, appendix D: the same code with a counter.
  @Test func theVectorsOfTheRFCBelowIt() {
    let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
    #expect((0..<10).map { known.code(ofStep: $0) } == codes)
  }

  @Test func aCodeHoldsForItsStepAndOneAround() {
    let code = known.code(ofStep: 100)
    for seconds in [2_970, 2_999.9, 3_000, 3_029.9, 3_030, 3_059.9] {
      #expect(known.acceptedStep(of: code, at: at(seconds), after: nil) == 100, "\(seconds)")
    }
    for seconds in [2_969.9, 3_060, 0, 1e9] {
      #expect(known.acceptedStep(of: code, at: at(seconds), after: nil) == nil, "\(seconds)")
    }
  }

  @Test func aCodeIsTakenOnce() {
    let accepted = known.acceptedStep(of: known.code(ofStep: 100), at: at(3_000), after: nil)
    #expect(accepted == 100)
    #expect(known.acceptedStep(of: known.code(ofStep: 100), at: at(3_010), after: accepted) == nil)
    #expect(known.acceptedStep(of: known.code(ofStep: 99), at: at(3_010), after: accepted) == nil, "nor an older one")
    #expect(known.acceptedStep(of: known.code(ofStep: 101), at: at(3_010), after: accepted) == 101)
  }

  @Test(arguments: [
    "", "12345", "1234567", "12345a", "-12345", "１２３", "123456\0", String(repeating: "1", count: 1_000_000),
  ])
  func whatIsNoCodeIsRefused(text: String) {
    #expect(known.acceptedStep(of: text, at: at(59), after: nil) == nil)
  }

  @Test(arguments: [" 287082", "287 082 ", "２８７０８２", "287\u{3000}082"])
  func spacesAndWideFiguresAreTaken(text: String) {
    #expect(known.acceptedStep(of: text, at: at(59), after: nil) == 1)
  }

  @Test func figuresOfOtherScriptsAreNone() {
    #expect(known.acceptedStep(of: "٢٨٧٠٨٢", at: at(59), after: nil) == nil)
  }

  @Test func newSecretsDifferAndHave160Bits() {
    let secrets = (0..<50).map { _ in OneTimePasswords().secret }
    #expect(Set(secrets).count == 50)
    #expect(secrets.allSatisfy { $0.count == 20 })
  }

  @Test(arguments: [
    ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
    ("foobar", "MZXW6YTBOI"),
  ])
  func base32OfTheRFC(plain: String, encoded: String) {
    #expect(Base32.encode(Array(plain.utf8)) == encoded)
    #expect(Base32.decode(encoded) == Array(plain.utf8))
    #expect(Base32.decode(encoded.lowercased() + "==") == Array(plain.utf8))
  }

  @Test(arguments: ["M", "MY1", "MZ", "MZXW6Y8", "MY=A", "暖"])
  func whatIsNoBase32IsRefused(text: String) {
    #expect(Base32.decode(text) == nil)
  }

  @Test func base32GoesThereAndBack() {
    for count in 0..<64 {
      let bytes = randomBytes(count)
      #expect(Base32.decode(Base32.encode(bytes)) == bytes)
    }
  }

  @Test func anAppLearnsTheSecretFromTheAddress() throws {
    let text = known.enrolment(issuer: "暖程 & Söhne: 1+1", account: "chen+1@nuancheng.example")
    let address = try #require(URLComponents(string: text))
    #expect(address.scheme == "otpauth")
    #expect(address.host == "totp")
    #expect(address.path == "/暖程 & Söhne： 1+1:chen+1@nuancheng.example")
    let items = Dictionary(uniqueKeysWithValues: (address.queryItems ?? []).map { ($0.name, $0.value ?? "") })
    #expect(
      items == [
        "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "issuer": "暖程 & Söhne： 1+1", "algorithm": "SHA1", "digits": "6",
        "period": "30",
      ])
    #expect(!text.contains("+"), "apps differ in what they take a plus sign for")
    #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
  }

  @Test func aSecretShowsItselfToNobody() {
    var dumped = ""
    dump(known, to: &dumped)
    for text in ["\(known)", String(reflecting: known), dumped] {
      #expect(!text.contains("GEZDG") && !text.contains("1234") && !text.contains("20 bytes"))
    }
  }
}
