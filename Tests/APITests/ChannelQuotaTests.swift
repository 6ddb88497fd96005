import Foundation
import HTTPTypes
import Tenancy
import Testing

@testable import API

@Suite struct ChannelQuotaTests {
  @Test func aQuotaIsSetShownAndTakenAway() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = "channels/\(ours.ids["channel"] ?? "")"
      let before = try await ours.asker.get(path).json
      #expect(before["monthly_quota"] == nil && before["quota"] == nil, "a robot has none unless one is set")
      let set = try await ours.asker.json(.patch, path, #"{"monthly_quota": 300}"#)
      #expect(set.status == 200 && set.json["monthly_quota"] == .number("300"), "\(set)")
      #expect(set.json["quota"]?["limit"] == .number("300") && set.json["quota"]?["used"] == .number("0"))
      #expect(set.json["quota"]?["counted"]?.string == "account")
      let listed = try await ours.asker.get("channels").items
      #expect(listed.contains { $0["quota"] == set.json["quota"] })
      let renamed = try await ours.asker.json(.patch, path, #"{"name": "改名"}"#)
      #expect(renamed.json["monthly_quota"] == .number("300"), "what a patch does not name stays")
      let taken = try await ours.asker.json(.patch, path, #"{"monthly_quota": null}"#)
      #expect(taken.status == 200 && taken.json["monthly_quota"] == nil && taken.json["quota"] == nil, "\(taken)")
    }
  }

  /// What is used up changes with every dispatch and is no new version of the channel.
  @Test func whoeverHasTheVersionStillSeesWhatIsUsedUp() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = "channels/\(ours.ids["channel"] ?? "")"
      let set = try await ours.asker.json(.patch, path, #"{"monthly_quota": 300}"#)
      let tag = try #require(set.headers[.eTag])
      let again = try await ours.asker.get(path, headers: [.ifNoneMatch: tag])
      #expect(again.status == 200 && again.json == set.json && again.headers[.eTag] == tag, "\(again)")
      #expect(try await ours.asker.get("\(path)?x=1").status == 422)
    }
  }

  @Test(arguments: [
    (#"{"monthly_quota": -1}"#, "/monthly_quota", "out_of_range"),
    (#"{"monthly_quota": "many"}"#, "/monthly_quota", "wrong_type"),
    (#"{"quota": {"limit": 3}}"#, "/quota", "read_only"),
  ])
  func aQuotaThatCannotBeIsNamed(_ body: String, _ field: String, _ code: String) async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let reply = try await ours.asker.json(.patch, "channels/\(ours.ids["channel"] ?? "")", body)
      #expect(reply.status == 422 && reply.errors[field] == code, "\(reply)")
    }
  }

  @Test func anotherBrandsChannelCannotBeLimited() async throws {
    try await withAPI { api, house in
      let theirs = try await Furnished.make(api, house)
      let path = "channels/\(theirs.ids["channel"] ?? "")"
      let stranger = api.within(try await house.brand().slug)
      #expect(try await stranger.json(.patch, path, #"{"monthly_quota": 0}"#).status == 404)
      #expect(try await theirs.asker.get(path).json["monthly_quota"] == nil)
    }
  }
}
