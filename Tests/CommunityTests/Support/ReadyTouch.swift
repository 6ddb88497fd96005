import Identifiers

@testable import Community

/// A touch whose deliveries are ready, all through one channel.
struct ReadyTouch {
  let plan: ID<Plan>
  let touch: ID<Touch>
  let channel: ID<Channel>
  /// In the order in which their deliveries are claimed.
  let groups: [ID<Group>]
}

extension BrandFixture {
  /// Everything from a channel to the ledger's rows, for one text.
  func readyTouch(groups count: Int = 1, weight: Content.Weight = .core, text: String = "早上好") async throws
    -> ReadyTouch
  {
    let channel = try await addChannel()
    for number in 0..<count { _ = try await addGroup("\(number)群", through: channel) }
    let plan = try await approvedPlan([try await addText(text, weight: weight)], rule: once("12:00"))
    let touch = try await touches(of: plan)[0].id
    try await makeDue([touch])
    try await fireAndExpand()
    let groups = try await deliveries(of: touch).map(\.groupID)
    return ReadyTouch(plan: plan, touch: touch, channel: channel, groups: groups)
  }
}
