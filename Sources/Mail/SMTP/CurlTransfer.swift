import CCurl

/// One conversation with a server, by libcurl; it blocks.
final class CurlTransfer {
  private let handle: UnsafeMutableRawPointer
  private let dialogue = Dialogue()
  private var recipients: UnsafeMutablePointer<curl_slist>?

  /// The library's own start, once for the process.
  private static let start = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  init(_ server: SMTPServer, _ limits: SMTPOutlet.Limits) throws(MailError) {
    guard Self.start == CURLE_OK, let handle = curl_easy_init() else {
      throw MailError(.unreachable, isTemporary: true, "libcurl cannot start")
    }
    self.handle = handle
    set(CURLOPT_URL, server.url)
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    // Neither a proxy of the environment nor signals: this is a thread among others.
    set(CURLOPT_PROXY, "")
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_CONNECTTIMEOUT_MS, limits.connect.milliseconds)
    set(CURLOPT_TIMEOUT_MS, limits.total.milliseconds)
    // Only this one holds for the farewell to a server that has fallen silent; otherwise it is two minutes.
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, (limits.total.milliseconds + 999) / 1_000)
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if server.encryption == .startTLS { set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
    if let certificates = server.certificates { set(CURLOPT_CAINFO, certificates) }
    if let user = server.user, let password = server.password {
      set(CURLOPT_USERNAME, user)
      set(CURLOPT_PASSWORD, password)
    }
    listen()
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(recipients)
  }

  func send(_ message: [UInt8], from: String, to: [String]) throws(MailError) {
    dialogue.message = message
    set(CURLOPT_MAIL_FROM, "<\(from)>")
    for address in to { recipients = curl_slist_append(recipients, "<\(address)>") }
    curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients)
    set(CURLOPT_UPLOAD, 1)
    curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.count))
    curl_set_function(handle, CURLOPT_READFUNCTION) { buffer, size, count, dialogue in
      Dialogue.from(dialogue)?.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) ?? 0
    }
    try perform()
  }

  /// Says nothing but NOOP.
  func greet() throws(MailError) {
    set(CURLOPT_CUSTOMREQUEST, "NOOP")
    set(CURLOPT_NOBODY, 1)
    try perform()
  }

  /// Hears what the server answers.
  private func listen() {
    let pointer = Unmanaged.passUnretained(dialogue).toOpaque()
    curl_set_pointer(handle, CURLOPT_READDATA, pointer)
    for data in [CURLOPT_HEADERDATA, CURLOPT_WRITEDATA] { curl_set_pointer(handle, data, pointer) }
    for function in [CURLOPT_HEADERFUNCTION, CURLOPT_WRITEFUNCTION] {
      curl_set_function(handle, function) { buffer, size, count, dialogue in
        Dialogue.from(dialogue)?.hear(UnsafeRawBufferPointer(start: buffer, count: size * count))
        return size * count
      }
    }
  }

  private func perform() throws(MailError) {
    let code = withExtendedLifetime(dialogue) { curl_easy_perform(handle) }
    let reply = SMTPReply(code: curl_response_code(handle), text: dialogue.lastRefusal)
    if let error = MailError(code, reply) { throw error }
  }

  private func set(_ option: CURLoption, _ text: String) {
    curl_set_text(handle, option, text)
  }

  private func set(_ option: CURLoption, _ number: Int) {
    curl_set_number(handle, option, number)
  }
}

/// What is said: the message to the server, and the server's answers.
private final class Dialogue {
  var message: [UInt8] = []
  private var position = 0
  private var refusal: [UInt8] = []

  static func from(_ pointer: UnsafeMutableRawPointer?) -> Dialogue? {
    pointer.map { Unmanaged<Dialogue>.fromOpaque($0).takeUnretainedValue() }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let part = message[position...].prefix(buffer.count)
    buffer.copyBytes(from: part)
    position += part.count
    return part.count
  }

  func hear(_ line: UnsafeRawBufferPointer) {
    guard let first = line.first, first == UInt8(ascii: "4") || first == UInt8(ascii: "5") else { return }
    // More of one line than anybody reads would only fill a log.
    refusal = Array(line.prefix(300))
  }

  /// The last answer with which the server has refused something, as one line of printable text.
  var lastRefusal: String {
    let line = String(decoding: refusal, as: UTF8.self).unicodeScalars
      .map { $0.properties.generalCategory == .control ? " " : $0 }
    return String(String.UnicodeScalarView(line)).split(separator: " ").joined(separator: " ")
  }
}

extension Duration {
  fileprivate var milliseconds: Int {
    Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
