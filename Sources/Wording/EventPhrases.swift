public import Community

extension EventType {
  /// What happened.
  public var phrase: Phrase {
    switch self {
    case .deliveryDelivered: Phrase(zh: "一条投递已送达", en: "A delivery arrived")
    case .deliveryFailed: Phrase(zh: "一条投递失败", en: "A delivery failed")
    case .deliverySkipped: Phrase(zh: "一条投递被规则跳过", en: "A delivery was held back by a rule")
    case .deliveryUnknown:
      Phrase(zh: "一条投递不知是否送达，需要人工确认", en: "Whether a delivery arrived is not known; a person has to decide")
    case .touchMissed: Phrase(zh: "一次触达错过了时间，没有发出", en: "A touch missed its time and did not leave")
    case .planApproved: Phrase(zh: "内容计划已批准", en: "A plan was approved")
    case .planWithdrawn: Phrase(zh: "内容计划的批准被撤回", en: "The approval of a plan was taken back")
    case .planPaused: Phrase(zh: "内容计划已暂停", en: "A plan was paused")
    case .channelParked: Phrase(zh: "平台要求渠道暂停一段时间", en: "The platform wants a pause of a channel")
    case .channelPaused: Phrase(zh: "渠道出错，已暂停", en: "A channel failed and is paused")
    case .groupCreated: Phrase(zh: "新建了社群", en: "A group was made")
    case .groupUpdated: Phrase(zh: "社群资料有修改", en: "A group was changed")
    case .memberJoined: Phrase(zh: "成员进群", en: "A member joined a group")
    case .memberLeft: Phrase(zh: "成员离群", en: "A member left a group")
    case .webhookTest: Phrase(zh: "有人发出的测试", en: "A test that a person ordered")
    }
  }
}

extension EventField {
  /// What it holds.
  public var phrase: Phrase {
    switch self {
    case .delivery: Phrase(zh: "投递的编号", en: "The delivery’s id")
    case .touch: Phrase(zh: "触达的编号", en: "The touch’s id")
    case .plan: Phrase(zh: "内容计划的编号", en: "The plan’s id")
    case .group: Phrase(zh: "社群的编号", en: "The group’s id")
    case .member: Phrase(zh: "成员的编号", en: "The member’s id")
    case .channel: Phrase(zh: "渠道的编号", en: "The channel’s id")
    case .webhook: Phrase(zh: "webhook 的编号", en: "The webhook’s id")
    case .state: Phrase(zh: "现在的状态", en: "The state that it is in")
    case .reason: Phrase(zh: "原因", en: "Why")
    case .attempts: Phrase(zh: "已尝试的次数", en: "How often it was tried")
    case .version: Phrase(zh: "版本", en: "The version")
    case .dueAt: Phrase(zh: "原定的时间", en: "When it was due")
    case .parkedUntil: Phrase(zh: "平台要求暂停到的时间", en: "Until when the platform wants the pause")
    }
  }
}
