import CCurl

/// The code of a server's last answer, 0 when there was none, and what it said when it refused something.
struct SMTPReply {
  let code: Int
  let text: String
}

extension MailError {
  /// What a conversation came to; nil when the server has taken everything.
  init?(_ code: CURLcode, _ reply: SMTPReply) {
    if code == CURLE_OK { return nil }
    let library = String(cString: curl_easy_strerror(code))
    let isAnswered = (400..<600).contains(reply.code)
    let text = isAnswered ? "the server answered: \(reply.text)" : library
    let replyCode = isAnswered ? reply.code : nil
    switch code {
    case CURLE_OPERATION_TIMEDOUT:
      self.init(.timedOut, isTemporary: true, library)
    case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      self.init(.insecure, isTemporary: true, replyCode: replyCode, isAnswered ? "\(library); \(text)" : library)
    case _ where code == CURLE_LOGIN_DENIED || Self.aboutLogin.contains(reply.code):
      // Not the message is wrong but our settings: once they are mended it leaves.
      self.init(.login, isTemporary: true, replyCode: replyCode, text)
    case _ where isAnswered:
      self.init(.refused, isTemporary: reply.code < 500, replyCode: replyCode, text)
    default:
      self.init(.unreachable, isTemporary: true, text)
    }
  }

  /// RFC 4954: authentication required, too weak, invalid, or wanting encryption.
  private static let aboutLogin: Set<Int> = [530, 534, 535, 538]
}
