/// One message as the adapters take it: rendered, with its media's bytes.
public enum OutgoingMessage: Sendable, Hashable {
  /// Plain text, and whom it calls by name.
  case text(String, mentions: Mentions = Mentions())
  /// Text in the platform's own kind of Markdown.
  case markdown(String)
  /// A picture.
  case image(bytes: [UInt8], ImageFormat)
  /// Cards with a title, a picture and a link; the first one is shown large.
  case news([NewsArticle])
  /// A file under the name that its readers see.
  case file(name: String, bytes: [UInt8])
}

extension OutgoingMessage {
  /// Whether part of it is given to the platform by a call of its own, before the message.
  public var isUploaded: Bool {
    if case .file = self { true } else { false }
  }
}

/// The people whom a text notifies.
public struct Mentions: Sendable, Hashable {
  /// Whether everybody in the group is notified.
  public var everyone: Bool
  /// The platform's ids of people.
  public var userIDs: [String]
  /// Telephone numbers, for people whose id is not known.
  public var mobiles: [String]

  /// Nobody, unless told otherwise.
  public init(everyone: Bool = false, userIDs: [String] = [], mobiles: [String] = []) {
    self.everyone = everyone
    self.userIDs = userIDs
    self.mobiles = mobiles
  }
}

/// A card of a news message.
public struct NewsArticle: Sendable, Hashable {
  /// The headline.
  public var title: String
  /// A line or two below the headline; may be empty.
  public var description: String
  /// Where a tap leads.
  public var url: String
  /// Where the platform fetches the picture from, if there is one.
  public var pictureURL: String?

  /// A card.
  public init(title: String, description: String = "", url: String, pictureURL: String? = nil) {
    self.title = title
    self.description = description
    self.url = url
    self.pictureURL = pictureURL
  }
}
