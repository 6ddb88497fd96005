/// How far a brand's deliveries are.
struct DeliveryCount: Equatable {
  var planned = 0
  var delivered = 0
  var skipped: [String: Int] = [:]
  var failed = 0
  var unknown = 0

  /// Everything that was planned has come to an end.
  var isSettled: Bool { open == 0 }

  /// What has not come to an end, written to the ledger or not.
  var open: Int { max(planned - delivered - skipped.values.reduce(0, +) - failed - unknown, 0) }

  init(planned: Int) {
    self.planned = planned
  }

  /// From the API's tally.
  init(planned: Int, tally: JSONValue) {
    self.init(planned: planned)
    for row in tally["items"]?.list ?? [] {
      let count = row["deliveries"]?.number ?? 0
      switch row["state"]?.text {
      case "delivered": delivered += count
      case "skipped": skipped[row["reason"]?.text ?? "", default: 0] += count
      case "failed": failed += count
      case "unknown": unknown += count
      default: break
      }
    }
  }

  static func + (left: DeliveryCount, right: DeliveryCount) -> DeliveryCount {
    var sum = left
    sum.planned += right.planned
    sum.delivered += right.delivered
    sum.failed += right.failed
    sum.unknown += right.unknown
    sum.skipped.merge(right.skipped, uniquingKeysWith: +)
    return sum
  }
}
