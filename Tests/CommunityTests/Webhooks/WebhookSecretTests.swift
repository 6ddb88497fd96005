import Foundation
import Testing

@testable import Community

@Suite struct WebhookSecretTests {
  /// The example of the rules.
  @Test func signsAsTheRulesSay() throws {
    let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    let signature = secret.signature(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", second: 1_614_265_330, body: Data(#"{"test": 2432232314}"#.utf8))
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func anotherIDTimeOrBodyIsAnotherSignature() throws {
    let secret = WebhookSecret()
    let body = Data("{}".utf8)
    let signatures = [
      secret.signature(id: "a", second: 1, body: body), secret.signature(id: "b", second: 1, body: body),
      secret.signature(id: "a", second: 2, body: body), secret.signature(id: "a", second: 1, body: Data("[]".utf8)),
      WebhookSecret().signature(id: "a", second: 1, body: body),
    ]
    #expect(Set(signatures).count == signatures.count)
  }

  @Test func isReadAsItIsWritten() throws {
    let text = WebhookSecret().reveal()
    #expect(text.hasPrefix("whsec_"))
    #expect(Data(base64Encoded: String(text.dropFirst(6)))?.count == 32)
    #expect(WebhookSecret(text)?.reveal() == text)
  }

  @Test(arguments: ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64 at all 123456"])
  func isNoSecret(text: String) {
    #expect(WebhookSecret(text) == nil)
  }

  @Test func isNotShownByAccident() {
    let secret = WebhookSecret()
    var dump = ""
    Swift.dump(secret, to: &dump)
    for text in ["\(secret)", String(reflecting: secret), dump] {
      #expect(!text.contains(secret.reveal().dropFirst(6)))
      #expect(!text.contains("SymmetricKey"))
    }
  }
}

@Suite struct WebhookTimingTests {
  @Test func attemptsAreSpreadOverThreeDays() {
    let timing = WebhookTiming()
    let waits = (1...9).compactMap { timing.wait(after: $0, random: 0) }
    #expect(waits.count == 9)
    #expect(waits == waits.sorted())
    #expect((3 * 86_400.0...3.5 * 86_400).contains(waits.reduce(0, +)))
    #expect(timing.wait(after: 10) == nil)
  }

  @Test func aWaitIsLongerByAPartAtRandom() throws {
    let timing = WebhookTiming()
    for attempts in 1...9 {
      let least = try #require(timing.wait(after: attempts, random: 0))
      let most = try #require(timing.wait(after: attempts, random: 1))
      let some = try #require(timing.wait(after: attempts))
      #expect(most == least * 1.2 && (least...most).contains(some))
    }
  }

  @Test func restsGrowUpToTenMinutes() {
    let timing = WebhookTiming()
    #expect([1, 2, 3, 8, 1_000].map { timing.rest(after: $0) } == [5, 10, 20, 600, 600])
  }
}
