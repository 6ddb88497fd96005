import Foundation
import Redis

/// The scripts of the index, from `Scripts/*.lua`.
struct IndexScript: Sendable {
  let redis: RedisScript

  static let push = IndexScript(PackageResources.push_lua)
  static let reserve = IndexScript(
    PackageResources.order_lua + PackageResources.flow_lua + PackageResources.reserve_lua, takesOut: true)
  static let settle = IndexScript(PackageResources.settle_lua, takesOut: true)
  static let extend = IndexScript(PackageResources.extend_lua, takesOut: true)
  static let reap = IndexScript(PackageResources.reap_lua, takesOut: true)
  static let restore = IndexScript(PackageResources.restore_lua)
  static let rouse = IndexScript(PackageResources.rouse_lua, takesOut: true)
  static let forget = IndexScript(PackageResources.forget_lua, takesOut: true)
  static let front = IndexScript(PackageResources.front_lua, takesOut: true)

  /// - Parameter takesOut: the script adds nothing on the whole, so it must run even at Redis's memory limit:
  ///   there a plain script may not even take work out.
  private init(_ bytes: [UInt8], takesOut: Bool = false) {
    let header = takesOut ? "#!lua flags=allow-oom\n" : "#!lua\n"
    let common = String(decoding: PackageResources.common_lua, as: UTF8.self)
    redis = RedisScript(header + common + String(decoding: bytes, as: UTF8.self))
  }
}
