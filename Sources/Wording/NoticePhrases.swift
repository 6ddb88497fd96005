import Almanac
public import Community
import Foundation

extension NoticeKind {
  /// What the kind is called where people choose how they are told.
  public var title: Phrase {
    switch self {
    case .deliveryUnknown: Phrase(zh: "不知是否送达", en: "Not known whether it arrived")
    case .channelPaused: Phrase(zh: "渠道出错暂停", en: "A channel failed")
    case .channelParked: Phrase(zh: "渠道被平台限制", en: "A channel has to wait")
    case .runQuarantined: Phrase(zh: "作业被搁置", en: "A job was put aside")
    case .importFinished: Phrase(zh: "导入完成", en: "An import is done")
    case .webhookDisabled: Phrase(zh: "Webhook 已停用", en: "A webhook was disabled")
    case .approvalWanted: Phrase(zh: "等待批准", en: "An approval is wanted")
    case .handedOver: Phrase(zh: "工作移交给你", en: "Work was handed over to you")
    case .signInFromNewDevice: Phrase(zh: "新设备登录", en: "A sign-in from a new device")
    case .keyExpiring: Phrase(zh: "密钥即将到期", en: "A key is about to expire")
    }
  }

  /// What a notice says.
  public var phrase: Phrase {
    switch self {
    case .deliveryUnknown:
      Phrase(
        zh: "「{name}」[有 {count} 条]投递不知是否送达，需要你确认。",
        en: "Whether [{count} ]deliveries of “{name}” arrived is not known. A person has to decide.")
    case .channelPaused:
      Phrase(zh: "渠道「{name}」出错，已暂停。请检查机器人。", en: "The channel “{name}” failed and is paused. Check its robot.")
    case .channelParked:
      Phrase(
        zh: "平台要求渠道「{name}」暂停[到 {until}]。", en: "The platform wants a pause of the channel “{name}”[ until {until}].")
    case .runQuarantined:
      Phrase(zh: "作业「{name}」多次中断，已搁置，请查看。", en: "A job “{name}” was cut off several times and put aside. Look at it.")
    case .importFinished:
      Phrase(zh: "导入[「{name}」]已完成[，{count} 行]。", en: "The import[ “{name}”] is done[: {count} rows].")
    case .webhookDisabled:
      Phrase(zh: "Webhook「{name}」已停用，事件不再发送。", en: "The webhook “{name}” was disabled. It is told of no more events.")
    case .approvalWanted: Phrase(zh: "「{name}」等待你批准。", en: "“{name}” waits for your approval.")
    case .handedOver: Phrase(zh: "有工作移交给你[：{name}]。", en: "Work was handed over to you[: {name}].")
    case .signInFromNewDevice:
      Phrase(
        zh: "你的帐号在一台新设备上登录了[（{name}）]。如果不是你，请立即修改密码。",
        en: "Your account was used from a new device[ ({name})]. If that was not you, change your password now.")
    case .keyExpiring: Phrase(zh: "密钥「{name}」[将于 {until} ]到期。", en: "The key “{name}” expires[ at {until}].")
    }
  }

  /// What a notice says, with times by the clocks of the reader's zone.
  public func text(_ words: [NoticeWord: String], in language: Language, zone: String) -> String {
    var values: [Phrase.Place: String] = [:]
    values[.name] = words[.name]
    values[.count] = words[.count]
    values[.until] = words[.until].map { Self.clock($0, zone: zone) }
    return phrase.text(in: language, values)
  }

  /// `2026-03-08 09:30 (Asia/Shanghai)`
  private static func clock(_ text: String, zone name: String) -> String {
    guard let instant = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
      let zone = try? Zone(name)
    else { return text }
    let wall = zone.wall(at: instant)
    return "\(wall.date) \(wall.time.description.prefix(5)) (\(name))"
  }
}

/// What is sent of notices, in words.
public enum NoticeText {
  private static let unknownKind = Phrase(zh: "有一条新通知，请到后台查看。", en: "There is a notice. Look at it in the back office.")
  private static let subject = Phrase(zh: "暖群：{count} 条通知[（{name}）]", en: "Nuanqun: {count} notices[ ({name})]")
  private static let named = Phrase(zh: "（请看：{name}）", en: " (for {name})")

  /// What stands above a mail: what it says where it is one notice, else how many there are.
  public static func subject(of mail: NoticeMail) -> String {
    let language = Language(rawValue: mail.language) ?? .chinese
    if mail.notices.count == 1, let kind = mail.notices[0].kind { return kind.title.text(in: language) }
    return subject.text(in: language, [.count: "\(mail.notices.count)", .name: mail.agency])
  }

  /// What stands in a mail, a line for each notice with its brand.
  public static func body(of mail: NoticeMail) -> String {
    let language = Language(rawValue: mail.language) ?? .chinese
    return mail.notices.map { notice in
      (notice.brand.map { "[\($0.name)] " } ?? "") + text(of: notice, in: language, zone: mail.zone)
    }.joined(separator: "\n")
  }

  /// What one notice says.
  public static func text(of notice: Notice, in language: Language, zone: String) -> String {
    notice.kind?.text(notice.words, in: language, zone: zone) ?? unknownKind.text(in: language)
  }

  /// What the robot says: to many, so in Chinese, and by the clocks that most of them have.
  public static func robot(_ notices: [RobotNotice]) -> String {
    notices.map { notice in
      let text = notice.kind?.text(notice.words, in: .chinese, zone: "Asia/Shanghai") ?? unknownKind.text(in: .chinese)
      let names = named.text(in: .chinese, [.name: notice.names.joined(separator: "、")])
      return (notice.brand.map { "[\($0)] " } ?? "") + text + (notice.names.isEmpty ? "" : names)
    }.joined(separator: "\n")
  }
}
