import Almanac
import Foundation
import Testing

@testable import Community

@Suite struct NoticeSettingsTests {
  private let zone = Zone.utc
  private func at(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test func mailAtOnceWaitsForTheEndOfTheQuietHours() throws {
    let settings = NoticeSettings.standard
    let noon = try at("2026-03-08T12:00:00Z")
    #expect(settings.mailDue(.deliveryUnknown, at: noon, in: zone) == noon)
    let late = try at("2026-03-08T23:00:00Z")
    #expect(settings.mailDue(.deliveryUnknown, at: late, in: zone) == (try at("2026-03-09T08:00:00Z")))
    // By the clocks of the person, whose morning it is then.
    let shanghai = try Zone("Asia/Shanghai")
    #expect(
      settings.mailDue(.deliveryUnknown, at: try at("2026-03-08T01:00:00Z"), in: shanghai)
        == (try at("2026-03-08T01:00:00Z")))
  }

  @Test func aDigestComesAtItsTimeOfTheDay() throws {
    var settings = NoticeSettings.standard
    settings.choices["channel.parked"] = NoticeChoice(mail: .digest, robot: false)
    #expect(
      settings.mailDue(.channelParked, at: try at("2026-03-08T08:59:59Z"), in: zone) == (try at("2026-03-08T09:00:00Z"))
    )
    #expect(
      settings.mailDue(.channelParked, at: try at("2026-03-08T09:00:00Z"), in: zone) == (try at("2026-03-09T09:00:00Z"))
    )
    // A digest in the quiet hours waits for their end.
    settings.digestAt = try WallTime(hour: 6, minute: 0)
    #expect(
      settings.mailDue(.channelParked, at: try at("2026-03-08T05:00:00Z"), in: zone) == (try at("2026-03-08T08:00:00Z"))
    )
  }

  @Test func whatIsOffSendsNothing() throws {
    #expect(NoticeSettings.standard.mailDue(.channelParked, at: .now, in: zone) == nil)
  }

  @Test func whatIsAboutTheOwnAccountCannotBeTurnedOffAndWaitsForNothing() throws {
    var settings = NoticeSettings.standard
    settings.choices["sign_in.new_device"] = NoticeChoice(mail: .off, robot: true)
    let night = try at("2026-03-08T23:00:00Z")
    #expect(settings.mailDue(.signInFromNewDevice, at: night, in: zone) == night)
    #expect(!settings.choice(of: .signInFromNewDevice).robot)
    let draft = NoticeSettingsDraft(
      quietFrom: .midnight, quietTo: .midnight, digestAt: .midnight, choices: settings.choices)
    #expect(throws: InvalidInput("/choices/sign_in.new_device", .readOnly)) { try draft.validate() }
  }
}
