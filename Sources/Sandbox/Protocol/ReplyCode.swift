/// A code in an answer, with WeCom's number and text and what it tells the person who looks at the sandbox.
struct ReplyCode: Sendable, Hashable {
  let errcode: Int
  let errmsg: String
  let meaning: Wording
}

extension ReplyCode {
  static let ok = ReplyCode(errcode: 0, errmsg: "ok", meaning: .init(zhHans: "成功", en: "Success"))
  static let busy = ReplyCode(
    errcode: -1, errmsg: "system busy",
    meaning: .init(zhHans: "系统繁忙，稍后重试", en: "The platform is busy; try again later"))
  static let wrongMediaKind = ReplyCode(
    errcode: 40004, errmsg: "invalid media type",
    meaning: .init(zhHans: "媒体文件的格式不被接受", en: "The file's format is not accepted"))
  static let wrongUploadType = ReplyCode(
    errcode: 40005, errmsg: "invalid type",
    meaning: .init(zhHans: "上传时的 type 只能是 file 或 voice", en: "The upload's type must be file or voice"))
  static let wrongFileSize = ReplyCode(
    errcode: 40006, errmsg: "invalid file size",
    meaning: .init(
      zhHans: "文件大小不在允许范围内（文件 5 B–20 MB，语音不超过 2 MB）",
      en: "The file's size is out of range (files 5 B to 20 MB, voice up to 2 MB)"))
  static let unknownMedia = ReplyCode(
    errcode: 40007, errmsg: "invalid media_id",
    meaning: .init(
      zhHans: "media_id 不存在、已过期，或属于另一个机器人",
      en: "The media_id is unknown, has expired, or belongs to another robot"))
  static let wrongMessageType = ReplyCode(
    errcode: 40008, errmsg: "invalid message type",
    meaning: .init(zhHans: "消息类型（msgtype）不合法，或正文不是 JSON", en: "The msgtype is invalid, or the body is not JSON"))
  static let wrongImageSize = ReplyCode(
    errcode: 40009, errmsg: "invalid image size",
    meaning: .init(zhHans: "图片为空或超过 2 MB", en: "The image is empty or larger than 2 MB"))
  static let wrongParameter = ReplyCode(
    errcode: 40058, errmsg: "invalid Request Parameter",
    meaning: .init(zhHans: "参数不合法或内容过长", en: "A parameter is invalid or too long"))
  static let notPost = ReplyCode(
    errcode: 43002, errmsg: "require POST method",
    meaning: .init(zhHans: "必须使用 POST", en: "The request must be a POST"))
  static let emptyMedia = ReplyCode(
    errcode: 44001, errmsg: "empty media data",
    meaning: .init(zhHans: "没有收到名为 media 的文件", en: "No file arrived in the field media"))
  static let emptyContent = ReplyCode(
    errcode: 44004, errmsg: "text content is empty",
    meaning: .init(zhHans: "消息内容为空", en: "The message is empty"))
  static let bodyTooLarge = ReplyCode(
    errcode: 45002, errmsg: "content size out of limit",
    meaning: .init(zhHans: "消息内容超过大小限制", en: "The message is larger than the limit"))
  static let tooManyArticles = ReplyCode(
    errcode: 45008, errmsg: "article size out of limit",
    meaning: .init(zhHans: "图文消息超过 8 条", en: "A news message has more than 8 articles"))
  static let tooFast = ReplyCode(
    errcode: 45009, errmsg: "api freq out of limit",
    meaning: .init(zhHans: "发送太快：超过每个机器人的频率限制", en: "Too fast: over the robot's rate limit"))
  static let unknownRobot = ReplyCode(
    errcode: 93000, errmsg: "invalid webhook url",
    meaning: .init(
      zhHans: "webhook 地址不合法，或机器人已被移出群聊", en: "The webhook is unknown, or the robot was removed from the group"))
  static let robotDisabled = ReplyCode(
    errcode: 93004, errmsg: "robot is disabled",
    meaning: .init(zhHans: "机器人已被停用", en: "The robot is disabled"))
  static let notInRoom = ReplyCode(
    errcode: 93008, errmsg: "robot is not in the chat",
    meaning: .init(zhHans: "机器人不在群里", en: "The robot is not in the group"))
  static let wrongChecksum = ReplyCode(
    errcode: 301019, errmsg: "image md5 not match",
    meaning: .init(zhHans: "图片的 MD5 与内容不一致", en: "The image's MD5 does not match its bytes"))
}

/// Why a message is not accepted: a code and, for the person who reads the answer, the detail in front of it.
struct Refusal: Error, Sendable {
  let code: ReplyCode
  let detail: String?

  init(_ code: ReplyCode, _ detail: String? = nil) {
    self.code = code
    self.detail = detail
  }

  /// The text of the answer; WeCom too puts the particular before the general.
  var errmsg: String { detail.map { "\($0). \(code.errmsg)" } ?? code.errmsg }
}
