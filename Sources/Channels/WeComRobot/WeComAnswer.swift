import Foundation

/// The parts of WeCom's answers that matter, read as leniently as their meaning allows.
struct WeComAnswer: Decodable, Sendable {
  /// WeCom's code; an answer without one cannot be read.
  let code: Int
  let message: String
  let mediaID: String?
  let messageID: String?

  private enum CodingKeys: String, CodingKey {
    case code = "errcode"
    case message = "errmsg"
    case mediaID = "media_id"
    case messageID = "msgid"
  }

  /// Reads an answer's body; nil if it is no object with a code.
  init?(body: some Sequence<UInt8>) {
    guard let answer = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
    self = answer
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    if let number = try? values.decode(Int.self, forKey: .code) {
      code = number
    } else if let number = Int(try values.decode(String.self, forKey: .code)) {
      code = number
    } else {
      throw DecodingError.dataCorruptedError(forKey: .code, in: values, debugDescription: "no number")
    }
    message = (try? values.decode(String.self, forKey: .message)) ?? ""
    mediaID = try? values.decode(String.self, forKey: .mediaID)
    messageID = try? values.decode(String.self, forKey: .messageID)
  }
}
