import Channels
import Identifiers
import Postgres
import Testing

@testable import Community

@Suite struct DeliveryStoreTests {
  @Test(arguments: [true, false]) func aPersonDecidesWhatIsUnknown(_ arrived: Bool) async throws {
    try await withBrand { brand in
      _ = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      await platform.answer(.silent)
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      let id = try await brand.deliveries()[0].id
      try await brand.work { try await DeliveryStore($0).resolve(id, arrived: arrived, by: "小王") }
      let delivery = try await DeliveryStore(brand.reader).delivery(id)
      #expect(delivery.state == (arrived ? .delivered : .failed))
      #expect((delivery.reason, delivery.detail) == ("decided_by_person", "小王"))
      // Decided once: a second word, and a second send, are refused.
      await #expect(throws: WrongState(state: delivery.state.rawValue)) {
        try await brand.work { try await DeliveryStore($0).resolve(id, arrived: !arrived, by: "小李") }
      }
      #expect(try await DeliveryStore(brand.reader).delivery(id) == delivery)
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      #expect(await platform.sent.count == 1)
    }
  }

  @Test(arguments: Delivery.State.allCases.filter { $0 != .unknown })
  func nothingElseIsForAPersonToDecide(_ state: Delivery.State) async throws {
    try await withBrand { brand in
      _ = try await brand.readyTouch()
      try await brand.query("update deliveries set state = \(state.rawValue)")
      let delivery = try await brand.deliveries()[0]
      await #expect(throws: WrongState(state: state.rawValue)) {
        try await brand.work { try await DeliveryStore($0).resolve(delivery.id, arrived: true, by: "小王") }
      }
      #expect(try await brand.deliveries() == [delivery])
    }
  }

  @Test func whatIsNotThereIsNotFound() async throws {
    try await withBrand { brand in
      await #expect(throws: NotFound()) { try await DeliveryStore(brand.reader).delivery(ID()) }
      await #expect(throws: NotFound()) {
        try await brand.work { try await DeliveryStore($0).resolve(ID(), arrived: true, by: "小王") }
      }
    }
  }

  @Test func theTallyCountsByStateAndReason() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 4)
      let platform = ScriptedPlatform()
      for outcome in [DispatchOutcome.accepted, .refused, .accepted, .silent] { await platform.answer(outcome) }
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      #expect(
        try await DeliveryStore(brand.reader).tally() == [
          DeliveryTally(state: .delivered, reason: nil, deliveries: 2),
          DeliveryTally(state: .failed, reason: "content", deliveries: 1),
          DeliveryTally(state: .unknown, reason: "no_answer", deliveries: 1),
        ])
      let unknown = try await DeliveryStore(brand.reader)
        .page(PageRequest(limit: 10, after: nil), touch: ready.touch, state: .unknown)
      #expect(unknown.items.map(\.groupID) == [ready.groups[3]])
    }
  }

  /// Rows of the ledger can be settled, but neither taken away nor pointed elsewhere.
  @Test func theLedgerKeepsItsRows() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 2)
      await #expect(throws: (any Error).self) { try await brand.query("delete from deliveries") }
      await #expect(throws: (any Error).self) {
        try await brand.query("update deliveries set group_id = \(ready.groups[0])")
      }
      #expect(try await brand.deliveries().map(\.groupID) == ready.groups)
    }
  }
}
