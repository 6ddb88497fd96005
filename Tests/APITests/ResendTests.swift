import Foundation
import HTTPTypes
import Testing

@testable import API

/// The order to send something again, as a program gives it.
@Suite struct ResendTests {
  @Test func anOrderIsTakenOnceAndRecorded() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = "deliveries/\(ours.ids["delivery"] ?? "")/resends"
      let bare = try await ours.asker.post(path, #"{"attempts": 0}"#)
      #expect(bare.status == 422 && bare.errors == ["/accepts_duplicate": "required"], "\(bare)")
      let stale = try await ours.asker.post(path, #"{"attempts": 1, "accepts_duplicate": true}"#)
      #expect(stale.status == 409 && stale.problem == "/problems/wrong-state", "\(stale)")
      #expect(try await ours.asker.get(path).items.isEmpty)

      let order = #"{"attempts": 0, "accepts_duplicate": true}"#
      let headers: HTTPFields = [.idempotencyKey: "click-1"]
      let taken = try await ours.asker.post(path, order, headers: headers)
      #expect(taken.status == 200 && taken.json["state"]?.string == "ready", "\(taken)")
      let replayed = try await ours.asker.post(path, order, headers: headers)
      #expect(replayed.status == 200 && replayed.headers[.idempotencyReplayed] == "true", "\(replayed)")
      let again = try await ours.asker.post(path, order)
      #expect(again.status == 409, "\(again)")

      let resends = try await ours.asker.get(path)
      #expect(resends.items.count == 1 && resends.items[0]["by_whom"]?.string == "测试", "\(resends)")
      #expect(resends.items[0]["state"]?.string == "unknown" && resends.items[0]["why"]?.string == "resend")
      let audit = try await ours.asker.get("audit")
      #expect(audit.items.filter { $0["act"]?.string == "resend" }.count == 1, "\(audit)")
      #expect(try await ours.asker.get("runs?kind=touch.deliver").items.count == 1)
    }
  }
}
