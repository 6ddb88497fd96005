import Foundation

/// Whole seconds since 1970-01-01T00:00:00Z.
typealias UnixSecond = Int

extension UnixSecond {
  /// Fractions are cut off downwards. Instants beyond about the year ±100,000 (infinities among them) are brought
  /// back to that bound, so that arithmetic on them cannot overflow.
  init(_ instant: Date) {
    let bound = 3.2e12
    let seconds = instant.timeIntervalSince1970
    self = seconds.isNaN ? 0 : Int(Swift.min(Swift.max(seconds, -bound), bound).rounded(.down))
  }
}

extension Date {
  init(unixSecond: UnixSecond) {
    self.init(timeIntervalSince1970: Double(unixSecond))
  }
}
