/// WeCom's limits of one message, in bytes of UTF-8 unless said otherwise.
enum MessageLimits {
  static let text = 2048
  static let markdown = 4096
  static let image = 2 << 20
  static let articles = 8
  static let articleTitle = 128
  static let articleDescription = 512
  static let file = 5...(20 << 20)
  static let voice = 5...(2 << 20)

  /// The largest image in base64 needs 2.7 MiB; what is beyond this is not worth reading.
  static let sendBody = 4 << 20
  /// The largest file and the multipart lines around it.
  static let uploadBody = file.upperBound + (64 << 10)
}
