public import Foundation
public import Identifiers
public import Tenancy

/// Something that a person is told (通知).
public struct Notice: Sendable, Hashable {
  /// Its identifier.
  public let id: ID<Notice>
  /// Of what kind it is; nil for one that only a newer version knows.
  public let kind: NoticeKind?
  /// The brand that it is about.
  public let brand: NoticeBrand?
  /// What it is about, and that thing's id.
  public let subject: NoticeSubject?
  /// What is filled in.
  public let words: [NoticeWord: String]
  /// When it came.
  public let at: Date
  /// When it was read.
  public let readAt: Date?
}

/// A brand as a notice names it.
public struct NoticeBrand: Sendable, Hashable, Codable {
  /// Its id.
  public let id: ID<Brand>
  /// Its part of addresses.
  public let slug: String
  /// Its name.
  public let name: String

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, slug, name
  }
}

/// What a notice is about.
public struct NoticeSubject: Sendable, Hashable, Codable {
  /// What kind of thing.
  public let kind: String
  /// Its id.
  public let id: UUID

  /// A thing.
  public init(_ kind: String, _ id: UUID) {
    self.kind = kind
    self.id = id
  }

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, id
  }
}

/// A notice to be, before it is known whom it goes to.
public struct NewNotice: Sendable {
  let kind: NoticeKind
  let subject: NoticeSubject?
  let words: [NoticeWord: String]
  let occurrence: String
  let people: [ID<Person>]?

  /// A notice.
  ///
  /// - Parameters:
  ///   - occurrence: what is told once to each person, however often it is ordered.
  ///   - people: whom; nil for those who have the permission of the kind's audience.
  public init(
    _ kind: NoticeKind, about subject: NoticeSubject? = nil, occurrence: String, words: [NoticeWord: String] = [:],
    to people: [ID<Person>]? = nil
  ) {
    self.kind = kind
    self.subject = subject
    // What makes it the same is the kind's own.
    self.occurrence = "\(kind.rawValue) \(occurrence)"
    self.words = words
    self.people = people
  }
}
