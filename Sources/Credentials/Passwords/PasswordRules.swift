import Foundation

/// What a new password must be like.
///
/// It must be long enough and no early guess: neither a common one, nor one of those patterns that people reach for when
/// they are asked for something long, nor little more than a name. Kinds of characters are not asked for.
public struct PasswordRules: Sendable {
  /// How long it may be, in Unicode scalars.
  public static let lengths = 8...128

  /// Whose name or address a guess would begin with.
  public enum Familiar: Sendable, Hashable, CaseIterable {
    case email
    case name
    case agency
    case product
  }

  private let familiar: [(kind: Familiar, word: String)]

  /// The rules for somebody's password.
  public init(email: String? = nil, name: String? = nil, agencies: [String] = []) {
    var familiar: [(Familiar, String)] = ["nuanqun", "暖群"].map { (.product, $0) }
    if let email { familiar += Self.words(ofEmail: email).map { (.email, $0) } }
    if let name { familiar += Self.words(of: name).map { (.name, $0) } }
    familiar += agencies.flatMap { Self.words(of: $0) }.map { (.agency, $0) }
    self.familiar = familiar
  }

  /// What is wrong with a password; empty when it may be taken.
  public func problems(of password: Password) -> [PasswordProblem] {
    guard password.length >= Self.lengths.lowerBound else { return [.tooShort(minimum: Self.lengths.lowerBound)] }
    guard password.length <= Self.lengths.upperBound else { return [.tooLong(maximum: Self.lengths.upperBound)] }
    let text = password.text.lowercased()
    var problems: [PasswordProblem] = []
    if CommonPasswords.contains(text) { problems.append(.common) }
    if Patterns.repeats(text) { problems.append(.repetition) }
    if Patterns.follows(text) { problems.append(.sequence) }
    var seen: Set<Familiar> = []
    for (kind, word) in familiar where isLittleMore(text, than: word) && seen.insert(kind).inserted {
      problems.append(.familiar(kind))
    }
    return problems
  }

  /// Whether what is left without the word would be too short by itself.
  private func isLittleMore(_ text: String, than word: String) -> Bool {
    text.contains(word) && text.replacing(word, with: "").unicodeScalars.count < Self.lengths.lowerBound
  }

  /// The address, its parts before and after the @, and what stands between their dots.
  private static func words(ofEmail email: String) -> [String] {
    words([email] + email.split(separator: "@").map(String.init), split: email)
  }

  private static func words(of name: String) -> [String] {
    words([name], split: name)
  }

  private static func words(_ wholes: [String], split text: String) -> [String] {
    let parts = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let all = (wholes + parts).map { $0.precomposedStringWithCanonicalMapping.lowercased() }
    // "com" or one Chinese family name says little; two Chinese characters are a name.
    return Set(all).filter { $0.utf8.count >= 4 }.sorted { ($1.count, $0) < ($0.count, $1) }
  }
}

/// Why a password is refused.
public enum PasswordProblem: Error, Sendable, Hashable {
  /// It has fewer characters than that.
  case tooShort(minimum: Int)
  /// It has more characters than that.
  case tooLong(maximum: Int)
  /// It is one of those that most people have.
  case common
  /// It is one thing over and over.
  case repetition
  /// It goes along the alphabet, the digits or the keyboard.
  case sequence
  /// It is little more than something that others know.
  case familiar(PasswordRules.Familiar)
}
