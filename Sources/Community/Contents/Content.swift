public import Foundation
public import Identifiers

/// A piece of the library (内容): what a plan sends.
public struct Content: Sendable, Hashable, Codable {
  /// What a piece is made of.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case text
    case markdown
    case image
    case linkCard = "link_card"
    case file
  }

  /// How much a piece asks of a group. Only core pieces count against the daily cap.
  public enum Weight: String, Sendable, Hashable, Codable, CaseIterable {
    case core
    case interactive
    case service
  }

  /// Its identifier.
  public let id: ID<Content>
  /// What people call it.
  public let title: String
  /// What it is made of.
  public let kind: Kind
  /// How much it asks of a group.
  public let weight: Weight
  /// The text and the references, as of `version`.
  public let body: ContentBody
  /// Raised by every edit; older versions stay, because approvals bind them.
  public let version: Int
  /// When it was created.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, title, kind, weight, body, version
    case createdAt = "created_at"
  }
}

/// The text and the references of a piece; which fields it has depends on its kind.
public struct ContentBody: Sendable, Hashable, Codable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case text, title, description, url
    case mentionsEveryone = "mentions_everyone"
    case pictureURL = "picture_url"
    case mediaID = "media_id"
  }

  /// Text and Markdown: what is written.
  public var text: String?
  /// Text: whether everybody in the group is notified.
  public var mentionsEveryone: Bool?
  /// Link card: the headline.
  public var title: String?
  /// Link card: the line below it.
  public var description: String?
  /// Link card: where it leads.
  public var url: String?
  /// Link card: its picture.
  public var pictureURL: String?
  /// Image and file: the medium.
  public var mediaID: ID<Media>?
}

/// Bytes that pieces refer to.
public struct Media: Sendable, Hashable, Codable {
  /// Its identifier.
  public let id: ID<Media>
  /// The file's name.
  public let name: String
  /// The media type: `image/png`.
  public let type: String
  /// How many bytes.
  public let size: Int
  /// SHA-256 in hex.
  public let sha256: String
  /// When it was uploaded.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, name, type, size, sha256
    case createdAt = "created_at"
  }
}

/// What can be set of a piece.
public struct ContentDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case title, kind, weight, body
  }

  var title: String
  var kind: Content.Kind
  var weight: Content.Weight
  var body: ContentBody

  /// Which fields of the body a kind has, and which of them it needs.
  private static let fields: [Content.Kind: (needs: [ContentBody.CodingKeys], may: [ContentBody.CodingKeys])] = [
    .text: ([.text], [.mentionsEveryone]),
    .markdown: ([.text], []),
    .image: ([.mediaID], []),
    .linkCard: ([.title, .url], [.description, .pictureURL]),
    .file: ([.mediaID], []),
  ]

  /// Checks the fields; the channels' own limits are checked on the rendered message.
  func validate() throws {
    var check = FieldCheck()
    check.text("/title", title, upTo: 100)
    let (needs, may) = Self.fields[kind] ?? ([], [])
    for field in needs where !body.has(field) { check.add("/body/\(field.rawValue)", .required) }
    for field in ContentBody.CodingKeys.allCases where body.has(field) && !needs.contains(field) && !may.contains(field)
    {
      check.add("/body/\(field.rawValue)", .unknownField)
    }
    for (field, text) in [("text", body.text), ("title", body.title), ("description", body.description)] {
      if let text, text.unicodeScalars.contains("\0") { check.add("/body/\(field)", .malformed) }
    }
    for (field, url) in [("url", body.url), ("picture_url", body.pictureURL)] {
      if let url, !Self.isWebAddress(url) { check.add("/body/\(field)", .malformed, limit: "https://…") }
    }
    try check.finish()
  }

  private static func isWebAddress(_ text: String) -> Bool {
    guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
      !text.unicodeScalars.contains("\0")
    else { return false }
    return url.scheme == "https" || url.scheme == "http"
  }
}

extension ContentBody {
  fileprivate func has(_ field: CodingKeys) -> Bool {
    switch field {
    case .text: text != nil
    case .title: title != nil
    case .description: description != nil
    case .url: url != nil
    case .mentionsEveryone: mentionsEveryone != nil
    case .pictureURL: pictureURL != nil
    case .mediaID: mediaID != nil
    }
  }
}

extension Content {
  /// The piece as it can be edited.
  public var draft: ContentDraft { ContentDraft(title: title, kind: kind, weight: weight, body: body) }
}
