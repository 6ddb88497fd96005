import Testing

@testable import Channels

@Suite struct ChannelAccountTests {
  @Test(arguments: [
    robotKey, " \(robotKey)\n", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=\(robotKey)",
    "http://127.0.0.1:8090/cgi-bin/webhook/send?debug=1&key=\(robotKey)",
  ]) func aKeyIsReadFromWhatPeoplePaste(pasted: String) throws {
    #expect(try ChannelAccount.weComRobot(pasted).key == Secret(robotKey))
  }

  @Test(arguments: ["", " ", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "https://example.com/?key="])
  func nothingIsMissing(pasted: String) {
    #expect(throws: WeComRobotKeyError.missing) { try ChannelAccount.weComRobot(pasted) }
  }

  @Test(arguments: ["a&debug=1", "a b", "键", "a/../b", "a%20", "a\u{0}", String(repeating: "a", count: 129)])
  func aKeyCannotChangeTheAddress(pasted: String) {
    #expect(throws: WeComRobotKeyError.malformed) { try ChannelAccount.weComRobot(pasted) }
  }

  @Test func aMalformedKeyIsNeverSent() async throws {
    let server = try await ScriptedServer { _ in }
    try await withRobot(at: server.url) { robot, _ in
      let account = ChannelAccount(kind: .weComRobot, key: Secret("a&b"), identifiedBy: Secret("a&b"))
      let outcome = await robot.send(hello, through: account, firstByteBy: .ample)
      #expect(outcome.name == "broken")
      #expect(await robot.prepare(hello, for: account, firstByteBy: nil)?.name == "broken")
      #expect(server.connections == 0)
    }
    await server.stop()
  }

  @Test func theFingerprintNamesTheAccount() throws {
    let account = try ChannelAccount.weComRobot(robotKey)
    #expect(account.fingerprint == "4c18ebf2d46bb95f0bc8be09dca9b400bdc7e252e1d69fb1e29eedec966418ac")
    #expect(try ChannelAccount.weComRobot(robotKey.uppercased()).fingerprint == account.fingerprint)
    #expect(try ChannelAccount.weComRobot("another").fingerprint != account.fingerprint)
  }

  @Test(arguments: [
    ("ftp://example.com", BaseURLError.notHTTP), ("example.com", .notHTTP), ("http://", .noHost),
    ("https://u:p@example.com", .tooMuch), ("https://example.com?key=1", .tooMuch), ("http://a b", .notAnAddress),
    ("https://example.com#x", .tooMuch), ("", .notHTTP),
  ]) func badAddressesAreNamed(text: String, error: BaseURLError) {
    #expect(throws: error) { try BaseURL(text) }
  }

  @Test func addressesEndWithoutASlash() throws {
    #expect(try BaseURL("http://127.0.0.1:8090/wecom//").description == "http://127.0.0.1:8090/wecom")
    #expect(WeComRobot.Settings().baseURL.description == "https://qyapi.weixin.qq.com")
  }

  @Test func theRateLeavesRoomForTheWay() {
    let rate = WeComRobot.Settings().rate
    #expect(rate == ChannelRate(limit: 20, per: .seconds(60)))
    #expect(rate.guardedWindow(firstByteDelay: .seconds(5), margin: .milliseconds(500)) == .milliseconds(65_500))
  }
}
