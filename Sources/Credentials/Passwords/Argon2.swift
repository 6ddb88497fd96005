import CArgon2

/// argon2id, by the library. Both functions take the time and the memory of their cost, on the thread that calls them.
enum Argon2 {
  static let saltLength = 16
  static let tagLength = 32

  static func hash(_ password: Password, cost: PasswordCost) throws(PasswordHashError) -> PasswordHash {
    let (memory, passes, lanes) = (UInt32(cost.memory), UInt32(cost.passes), UInt32(cost.lanes))
    let (password, salt) = (Array(password.text.utf8), randomBytes(saltLength))
    let length = argon2_encodedlen(passes, memory, lanes, UInt32(saltLength), UInt32(tagLength), Argon2_id)
    var encoded = [CChar](repeating: 0, count: length)
    let code = argon2id_hash_encoded(
      passes, memory, lanes, password, password.count, salt, salt.count, tagLength, &encoded, encoded.count)
    guard code == ARGON2_OK.rawValue else { throw problem(code) }
    return try PasswordHash(String(decoding: encoded.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// Compares in constant time.
  static func verify(_ password: Password, against hash: PasswordHash) throws(PasswordHashError) -> Bool {
    let password = Array(password.text.utf8)
    let code = argon2id_verify(hash.text, password, password.count)
    if code == ARGON2_VERIFY_MISMATCH.rawValue { return false }
    guard code == ARGON2_OK.rawValue else { throw problem(code) }
    return true
  }

  private static func problem(_ code: CInt) -> PasswordHashError {
    PasswordHashError("argon2 says: \(argon2_error_message(code).map { String(cString: $0) } ?? "error \(code)")")
  }
}

/// Bytes from the system's source of randomness.
func randomBytes(_ count: Int) -> [UInt8] {
  var random = SystemRandomNumberGenerator()
  return (0..<count).map { _ in .random(in: .min ... .max, using: &random) }
}
