public import Channels
public import Community

extension SkipReason {
  /// Why the delivery was held back.
  public var phrase: Phrase {
    switch self {
    case .withdrawn: Phrase(zh: "计划已修改、暂停或撤回批准", en: "The plan was changed, paused or its approval taken back")
    case .brandSuspended: Phrase(zh: "品牌已停发", en: "The brand's sends are suspended")
    case .groupClosed: Phrase(zh: "群已关闭或已并入别的群", en: "The group is closed or merged into another one")
    case .channelPaused: Phrase(zh: "渠道已暂停", en: "The channel is paused")
    case .tooLate: Phrase(zh: "超过了允许的延迟", en: "Later than the plan allows")
    case .quietHours: Phrase(zh: "正值免打扰时段", en: "Within the quiet hours")
    case .dailyCap: Phrase(zh: "今天的核心内容已达上限", en: "The day's limit of core items was reached")
    case .monthlyQuota: Phrase(zh: "本月的发送配额已用完", en: "The month's quota is used up")
    case .noChannel: Phrase(zh: "群没有发送渠道", en: "The group has no channel")
    }
  }
}

extension DispatchReason.Kind {
  /// What stood in the way of the dispatch.
  public var phrase: Phrase {
    switch self {
    case .rate: Phrase(zh: "平台限制了发送频率", en: "The platform's rate limit was hit")
    case .platformBusy: Phrase(zh: "平台繁忙", en: "The platform was busy")
    case .stale: Phrase(zh: "平台凭证或素材已过期", en: "A token or an uploaded medium was out of date")
    case .account: Phrase(zh: "机器人已被移除、停用或没有权限", en: "The robot was removed, disabled or lacks a right")
    case .content: Phrase(zh: "平台拒绝了这条内容", en: "The platform refused the content")
    case .unclassified: Phrase(zh: "平台返回了未知的错误码", en: "The platform answered with an unknown code")
    case .unreachable: Phrase(zh: "连不上平台", en: "The platform could not be reached")
    case .tooLate: Phrase(zh: "没能及时开始发送", en: "The send could not begin in time")
    case .cancelled: Phrase(zh: "发送前被取消", en: "Cancelled before it left")
    case .uploadFailed: Phrase(zh: "素材上传失败", en: "A medium could not be uploaded")
    case .noAnswer: Phrase(zh: "平台没有及时回复", en: "The platform did not answer in time")
    case .connectionLost: Phrase(zh: "收到回复前连接断开", en: "The connection broke before the answer")
    case .serverError: Phrase(zh: "平台服务器出错，不知是否收到", en: "The platform's server failed; it may have taken it")
    case .unreadableAnswer: Phrase(zh: "平台的回复读不懂", en: "The platform's answer cannot be read")
    case .notNamed: Phrase(zh: "平台的回复没有提到这个群", en: "The platform's answer does not mention this group")
    }
  }
}

extension Phrase {
  /// The words for the reason that a delivery's row holds; nil for one that a newer version wrote.
  public static func deliveryReason(_ word: String) -> Phrase? {
    if let phrase = ledgerReasons[word] { return phrase }
    return SkipReason(rawValue: word)?.phrase ?? DispatchReason.Kind(rawValue: word)?.phrase
  }

  /// Reasons that come from neither a rule nor a platform.
  static let ledgerReasons = [
    "worker_lost": Phrase(zh: "发送中途工作进程中断，不知是否送达", en: "The worker was lost during the call; it may have arrived"),
    "database_restored": Phrase(
      zh: "数据库恢复过，可能已在丢失的那段时间里送达", en: "The database was restored; it may have arrived in the time that is lost"),
    "resend_held": Phrase(
      zh: "重发没有发出，之前那次不知是否送达", en: "The resend did not leave; whether the send before arrived is not known"),
    "given_up": Phrase(zh: "多次尝试后放弃", en: "Given up after several attempts"),
    "decided_by_person": Phrase(zh: "由人工确认", en: "Decided by a person"),
  ]
}
