/// The kinds of answers that tell a caller that a request was not done (RFC 9457). The raw value is the end of the
/// problem's `type`, and is stable.
public enum ProblemKind: String, Sendable, Hashable, CaseIterable {
  case malformedJSON = "malformed-json"
  case badHeader = "bad-header"
  case unauthenticated
  case wrongCredentials = "wrong-credentials"
  case tooManyAttempts = "too-many-attempts"
  case tooManyRequests = "too-many-requests"
  case codeAwaited = "code-awaited"
  case agencyAwaited = "agency-awaited"
  case proofAwaited = "proof-awaited"
  case linkInvalid = "link-invalid"
  case grantsMoreThanOwn = "grants-more-than-own"
  case lastOwner = "last-owner"
  case alreadyThere = "already-there"
  case limitReached = "limit-reached"
  case personOnly = "person-only"
  case forbidden
  case notFound = "not-found"
  case unknownRoute = "unknown-route"
  case methodNotAllowed = "method-not-allowed"
  case editConflict = "edit-conflict"
  case wrongState = "wrong-state"
  case workUnderWay = "work-under-way"
  case preconditionFailed = "precondition-failed"
  case bodyTooLarge = "body-too-large"
  case unsupportedMediaType = "unsupported-media-type"
  case invalidInput = "invalid-input"
  case idempotencyKeyReused = "idempotency-key-reused"
  case unreadableSheet = "unreadable-sheet"
  case badRequest = "bad-request"
  case internalError = "internal-error"
  case unavailable
  case brandCreationOff = "brand-creation-off"
}

extension ProblemKind {
  /// The same few words whenever the kind occurs.
  public var title: Phrase {
    switch self {
    case .malformedJSON: Phrase(zh: "JSON 格式错误", en: "Malformed JSON")
    case .badHeader: Phrase(zh: "请求头写法不对", en: "A header is not as it should be")
    case .unauthenticated: Phrase(zh: "未通过身份验证", en: "Not authenticated")
    case .wrongCredentials: Phrase(zh: "登录信息不对", en: "Not signed in")
    case .tooManyAttempts: Phrase(zh: "尝试太频繁", en: "Too many attempts")
    case .tooManyRequests: Phrase(zh: "请求太频繁", en: "Too many requests")
    case .codeAwaited: Phrase(zh: "还需要验证码", en: "A code is needed")
    case .agencyAwaited: Phrase(zh: "请先选择机构", en: "Choose an agency first")
    case .proofAwaited: Phrase(zh: "请再次确认身份", en: "Confirm that it is you")
    case .linkInvalid: Phrase(zh: "链接已失效", en: "The link is no longer good")
    case .grantsMoreThanOwn: Phrase(zh: "不能给出自己没有的权限", en: "More than your own rights")
    case .lastOwner: Phrase(zh: "机构至少要有一位负责人", en: "The last owner")
    case .alreadyThere: Phrase(zh: "已经有了", en: "Already there")
    case .limitReached: Phrase(zh: "达到上限", en: "The limit is reached")
    case .personOnly: Phrase(zh: "只有登录的人可以这样做", en: "Only for people")
    case .forbidden: Phrase(zh: "没有权限", en: "Not permitted")
    case .notFound: Phrase(zh: "没有找到", en: "Not found")
    case .unknownRoute: Phrase(zh: "没有这个地址", en: "No such address")
    case .methodNotAllowed: Phrase(zh: "不支持这种请求方法", en: "Method not allowed")
    case .editConflict: Phrase(zh: "同时有别的修改", en: "Changed at the same time")
    case .wrongState: Phrase(zh: "当前状态下不能这样做", en: "Not possible in the present state")
    case .workUnderWay: Phrase(zh: "同样的作业已经有了", en: "Another run does the same work")
    case .preconditionFailed: Phrase(zh: "版本已经变了", en: "The version has changed")
    case .bodyTooLarge: Phrase(zh: "请求正文太大", en: "The body is too large")
    case .unsupportedMediaType: Phrase(zh: "不支持这种内容类型", en: "Unsupported media type")
    case .invalidInput: Phrase(zh: "提交的内容有误", en: "Something in the input is wrong")
    case .idempotencyKeyReused: Phrase(zh: "幂等键已用于另一个请求", en: "The idempotency key was used for another request")
    case .unreadableSheet: Phrase(zh: "表格读不出来", en: "The sheet cannot be read")
    case .badRequest: Phrase(zh: "请求无法理解", en: "The request cannot be understood")
    case .internalError: Phrase(zh: "服务内部错误", en: "Internal error")
    case .unavailable: Phrase(zh: "暂时无法服务", en: "Unavailable for the moment")
    case .brandCreationOff: Phrase(zh: "这里不能创建品牌", en: "Brands cannot be created here")
    }
  }

  /// What happened this time and what to do about it.
  public var detail: Phrase {
    switch self {
    case .malformedJSON:
      Phrase(
        zh: "第 {line} 行第 {column} 列（第 {offset} 字节）：{actual}。什么都没有做。",
        en: "Line {line}, column {column} (byte {offset}): {actual}. Nothing was done.")
    case .badHeader:
      Phrase(zh: "请求头 {field} 应写成：{limit}。", en: "The header {field} has to be {limit}.")
    case .unauthenticated:
      Phrase(
        zh: "请在 Authorization 请求头里写上 Bearer 和有效的密钥（nq_ 开头）。密钥可能写错、已停用或已过期。",
        en:
          "Send the header Authorization: Bearer with a valid key (nq_…). The key may be mistyped, revoked or expired.")
    case .wrongCredentials:
      Phrase(
        zh: "邮箱、密码或验证码不对。请检查后再试；忘了密码可以重设。",
        en: "The address, the password or the code is wrong. Check them and try again, or set a new password.")
    case .tooManyAttempts:
      Phrase(
        zh: "请在 {actual} 秒后再试。",
        en: "Try again in {actual} seconds.")
    case .tooManyRequests:
      Phrase(
        zh: "每 {limit} 秒的请求数已用完，请在 {actual} 秒后再试。",
        en: "The number of requests for {limit} seconds is used up. Try again in {actual} seconds.")
    case .codeAwaited:
      Phrase(
        zh: "密码对了。请再提交验证器里的 6 位数字，或一个恢复码。",
        en: "The password was right. Send the six digits of your authenticator, or a recovery code.")
    case .agencyAwaited:
      Phrase(
        zh: "你属于多家机构，请先选择这次登录用哪一家。",
        en: "You belong to several agencies; choose the one to act in.")
    case .proofAwaited:
      Phrase(
        zh: "这个操作需要刚刚确认过身份。请再输入一次密码（和验证码）。",
        en: "This needs a fresh proof that it is you. Give your password, and a code, once more.")
    case .linkInvalid:
      Phrase(
        zh: "链接用过了、过期了或被撤回了。请让发送者再发一次。",
        en: "The link was used, taken back, or is past its time. Ask for a new one.")
    case .grantsMoreThanOwn:
      Phrase(
        zh: "你只能给出或收回自己也有的权限。请让机构的负责人来做。",
        en: "You can give and take only rights that you have yourself. Ask an owner of the agency.")
    case .lastOwner:
      Phrase(
        zh: "请先把负责人的角色给另一位同事，再这样做。",
        en: "Give somebody else the role of owner first.")
    case .alreadyThere:
      Phrase(
        zh: "它已经在那里了，什么都没有改。",
        en: "It is there already; nothing was changed.")
    case .limitReached:
      Phrase(
        zh: "最多 {limit} 个，已经用完。请先腾出位置，或联系系统管理员提高上限。",
        en: "There can be {limit} at most. Make room, or ask whoever runs the system for more.")
    case .personOnly:
      Phrase(
        zh: "密钥不能这样做，请用个人账号登录。",
        en: "A key cannot do this. Sign in as a person.")
    case .forbidden:
      Phrase(
        zh: "这样做需要权限 {actual}。请让机构的管理员给你的角色，或给这个密钥的范围加上它。",
        en: "This needs the permission {actual}. Ask an owner of the agency for a role, or for a key, that has it.")
    case .notFound:
      Phrase(
        zh: "它不存在，或者不属于你。请检查地址里的编号。",
        en: "It does not exist, or it is not yours. Check the ids in the address.")
    case .unknownRoute:
      Phrase(
        zh: "没有这个地址。全部地址见 /openapi.json。", en: "There is nothing at this address. All addresses are in /openapi.json.")
    case .methodNotAllowed:
      Phrase(zh: "这个地址支持的方法：{limit}。", en: "This address takes {limit}.")
    case .editConflict:
      Phrase(
        zh: "修改时别人也在改，这次没有生效。请重新读取后再试。",
        en: "Others were editing it at the same time; nothing was changed. Read it anew and repeat.")
    case .wrongState:
      Phrase(
        zh: "它现在的状态是「{state}」，不能这样做。请重新读取后再决定。",
        en: "It is “{state}” now, which does not allow this. Read it anew and decide again.")
    case .workUnderWay:
      Phrase(
        zh: "另一个作业正在做（或已做完）同样的事，不能再来一次。请看看那个作业的结果。",
        en:
          "Another run does the same work now, or has done it; this one stays as it is. Look at what became of the other."
      )
    case .preconditionFailed:
      Phrase(
        zh: "If-Match 里的版本不是最新[，现在是 {actual}]；什么都没有改。请重新读取后再改。",
        en:
          "If-Match names a version that is not the newest[, which is {actual}]; nothing was changed. Read it anew and repeat."
      )
    case .bodyTooLarge:
      Phrase(zh: "正文最多 {limit} 字节。请拆分或缩小。", en: "A body has at most {limit} bytes here. Split it, or make it smaller.")
    case .unsupportedMediaType:
      Phrase(zh: "请把 Content-Type 设为 {limit}。", en: "Send Content-Type: {limit}.")
    case .invalidInput:
      Phrase(
        zh: "有 {actual} 处要改，见 errors；什么都没有做。", en: "{actual} to correct, see errors; nothing was done.")
    case .idempotencyKeyReused:
      Phrase(
        zh: "幂等键 {key} 之前用于另一个请求。新的请求请用新的键。",
        en: "The idempotency key {key} was used for another request before. Use a new key for a new request.")
    case .unreadableSheet:
      Phrase(zh: "{actual}。什么都没有导入。", en: "{actual}. Nothing was imported.")
    case .badRequest:
      Phrase(zh: "请求的写法不对。请检查地址、请求头和正文。", en: "The request is not well formed. Check its address, headers and body.")
    case .internalError:
      Phrase(
        zh: "出了意外，已记入日志。请带上 request_id 联系管理员。",
        en: "Something unexpected went wrong and was logged. Tell the operator the request_id.")
    case .unavailable:
      Phrase(
        zh: "后台暂时连不上。请稍后用同一个 Idempotency-Key 再试，这样不会重复。",
        en:
          "A part of the service cannot be reached. Repeat later with the same Idempotency-Key, which never does it twice."
      )
    case .brandCreationOff:
      Phrase(
        zh: "这里不能创建品牌：没有设置数据库所有者的连接（NUANQUN_OWNER_URL），或者数据库登录角色下的品牌已满。请联系系统管理员。",
        en:
          "Brands cannot be made here: NUANQUN_OWNER_URL is not set, or the database login carries as many brands as it can. Ask whoever runs the system."
      )
    }
  }
}
