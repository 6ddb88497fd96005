public import Foundation
public import Identifiers

/// Somebody's being signed in, on one device.
public struct Session: Sendable, Hashable, Codable {
  /// Its identifier.
  public let id: ID<Session>
  /// The address that it was last used from.
  public let address: String
  /// What the browser or the program calls itself.
  public let userAgent: String
  /// When they signed in.
  public let createdAt: Date
  /// When it was last used, to the minute.
  public let lastSeenAt: Date
  /// When it ends, however busy it is.
  public let expiresAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, address
    case userAgent = "user_agent"
    case createdAt = "created_at"
    case lastSeenAt = "last_seen_at"
    case expiresAt = "expires_at"
  }
}

/// How long people stay signed in.
public struct SessionLife: Sendable, Hashable {
  /// Without a request for so long a session is over.
  public var idle = Duration.seconds(12 * 3_600)
  /// However busy it is, it is over then.
  public var whole = Duration.seconds(14 * 86_400)
  /// Its token is changed so often: a stolen one is soon worth nothing, or shows.
  public var rotation = Duration.seconds(15 * 60)
  /// So long the token before is taken too, since requests under way still hold it.
  public var overlap = Duration.seconds(60)
  /// A session of whom a code is awaited is over then.
  public var halfway = Duration.seconds(10 * 60)
  /// So long after a proof what is dangerous asks for no further one.
  public var proof = Duration.seconds(15 * 60)

  /// The defaults.
  public init() {}
}

/// Where a request comes from.
public struct Origin: Sendable, Hashable {
  /// The network address.
  public let address: String
  /// What the browser or the program calls itself, cut to 300 characters.
  public let userAgent: String
  /// The token of a device from which this person has signed in before.
  public let device: String?

  /// An origin.
  public init(address: String, userAgent: String, device: String? = nil) {
    self.address = address
    self.userAgent = String(String.UnicodeScalarView(userAgent.unicodeScalars.filter { $0 != "\0" }.prefix(300)))
    self.device = device
  }
}

/// A session as a request finds it.
public struct SessionRecord: Sendable, Hashable {
  /// The session.
  public let id: ID<Session>
  /// Whose it is.
  public let person: ID<Person>
  /// Their name.
  public let name: String
  /// The agency that they act in; nil until one of several is chosen.
  public let agency: ID<Agency>?
  /// What they may do there.
  public let grants: [Grant]
  /// The password was right, and a code is awaited: nothing else is permitted.
  public let awaitsCode: Bool
  /// When they last proved who they are.
  public let provenAt: Date
  /// The token has to be changed.
  public let isToRotate: Bool

  /// Whom its requests act for; nil until the code is given and the agency chosen.
  public var caller: Caller? {
    guard let agency, !awaitsCode else { return nil }
    let rights = Caller.rights(of: grants)
    return Caller(
      credential: .session(id, of: person), agency: agency, name: name, everywhere: rights.everywhere,
      brands: rights.brands)
  }
}
