public import Tenancy

/// What people are told of: one place for whom it goes to and how, unless somebody chooses otherwise. A name is stored,
/// so it must not change.
public enum NoticeKind: String, Sendable, Hashable, Codable, CaseIterable {
  case deliveryUnknown = "delivery.unknown"
  case channelPaused = "channel.paused"
  case channelParked = "channel.parked"
  case runQuarantined = "run.quarantined"
  case importFinished = "import.finished"
  case webhookDisabled = "webhook.disabled"
  case approvalWanted = "approval.wanted"
  case handedOver = "handed_over"
  case signInFromNewDevice = "sign_in.new_device"
  case keyExpiring = "key.expiring"

  /// Who is told: those with this permission in the brand, or in the agency where it is about no brand. Nil where it is
  /// told to somebody by name.
  public var audience: Permission? {
    switch self {
    case .deliveryUnknown, .channelPaused, .channelParked: .deliveriesDecide
    case .runQuarantined: .runsManage
    case .webhookDisabled: .webhooksManage
    case .approvalWanted: .plansApprove
    case .keyExpiring: .keysManage
    case .importFinished, .handedOver, .signInFromNewDevice: nil
    }
  }

  /// How it is told to somebody who has chosen nothing.
  public var standard: NoticeChoice {
    switch self {
    case .deliveryUnknown, .channelPaused: NoticeChoice(mail: .atOnce, robot: true)
    case .approvalWanted, .webhookDisabled, .handedOver: NoticeChoice(mail: .atOnce, robot: false)
    case .runQuarantined, .keyExpiring, .importFinished: NoticeChoice(mail: .digest, robot: false)
    case .channelParked: NoticeChoice(mail: .off, robot: false)
    case .signInFromNewDevice: NoticeChoice(mail: .atOnce, robot: false)
    }
  }

  /// Whether it waits for no quiet hour, cannot be turned off, and is nothing for a group: it is about the person's own
  /// account.
  public var isPersonal: Bool { self == .signInFromNewDevice }

  /// What a notice of the kind has to be filled in with.
  public var words: [NoticeWord] {
    switch self {
    case .deliveryUnknown: [.name, .count]
    case .channelPaused: [.name]
    case .channelParked: [.name, .until]
    case .runQuarantined: [.name]
    case .importFinished: [.name, .count]
    case .webhookDisabled, .approvalWanted, .handedOver: [.name]
    case .signInFromNewDevice: [.name]
    case .keyExpiring: [.name, .until]
    }
  }
}

/// What is filled in when a notice is read.
public enum NoticeWord: String, Sendable, Hashable, Codable, CaseIterable {
  /// What it is about, by name.
  case name
  /// How many.
  case count
  /// An instant, as RFC 3339 has it; shown in the reader's zone.
  case until
}

/// By which ways somebody wants to be told of a kind. In the console they are told always.
public struct NoticeChoice: Sendable, Hashable, Codable {
  /// When mail leaves.
  public enum Mail: String, Sendable, Hashable, Codable, CaseIterable {
    case atOnce = "at_once"
    case digest
    case off
  }

  /// By mail.
  public var mail: Mail
  /// By name, in the agency's own group.
  public var robot: Bool

  /// A choice.
  public init(mail: Mail, robot: Bool) {
    self.mail = mail
    self.robot = robot
  }

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case mail, robot
  }
}
