public import Almanac
import Foundation

/// How somebody wants to be told.
public struct NoticeSettings: Sendable, Hashable {
  /// When no mail is sent and the robot does not name them, by the clocks of their zone.
  public var quiet: QuietHours
  /// When what is put together is sent.
  public var digestAt: WallTime
  /// By kind what differs from the kind's own.
  public var choices: [String: NoticeChoice]
  /// Raised by every edit.
  public var version: Int

  /// Those of somebody who has set nothing.
  public static let standard = NoticeSettings(
    quiet: QuietHours(from: time(22, 30), to: time(8, 0)), digestAt: time(9, 0), choices: [:], version: 1)

  /// The numbers written here are times of day, so midnight is never taken.
  private static func time(_ hour: Int, _ minute: Int) -> WallTime {
    (try? WallTime(hour: hour, minute: minute)) ?? .midnight
  }

  /// What holds for a kind.
  public func choice(of kind: NoticeKind) -> NoticeChoice {
    if kind.isPersonal { return kind.standard }
    return choices[kind.rawValue] ?? kind.standard
  }

  /// When mail of a kind leaves that came at an instant; nil for none.
  func mailDue(_ kind: NoticeKind, at instant: Date, in zone: Zone) -> Date? {
    switch choice(of: kind).mail {
    case .off: nil
    case .atOnce: kind.isPersonal ? instant : quiet.end(after: instant, in: zone)
    case .digest: quiet.end(after: nextDigest(after: instant, in: zone), in: zone)
    }
  }

  /// When the robot may name them.
  func robotDue(at instant: Date, in zone: Zone) -> Date { quiet.end(after: instant, in: zone) }

  private func nextDigest(after instant: Date, in zone: Zone) -> Date {
    let today = zone.day(of: instant)
    let due = zone.resolve(today, digestAt).instant
    return due > instant ? due : zone.resolve(today.advanced(by: 1), digestAt).instant
  }
}
