public import Channels
import Foundation
import Identifiers
public import Tenancy

/// Makes of a piece the message that leaves.
public struct Rendering: Sendable {
  let session: any BrandSession

  /// Reads media in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// The message of a piece's body. Throws `InvalidInput` when the medium is not there or is no picture.
  public func message(of kind: Content.Kind, _ body: ContentBody) async throws -> OutgoingMessage {
    switch kind {
    case .text:
      return .text(body.text ?? "", mentions: Mentions(everyone: body.mentionsEveryone ?? false))
    case .markdown:
      return .markdown(body.text ?? "")
    case .linkCard:
      return .news([
        NewsArticle(
          title: body.title ?? "", description: body.description ?? "", url: body.url ?? "",
          pictureURL: body.pictureURL)
      ])
    case .image:
      let (_, bytes) = try await medium(body)
      guard let format = ImageFormat(bytes: bytes) else {
        throw InvalidInput("/body/media_id", .unknownValue, limit: "JPEG, PNG")
      }
      return .image(bytes: Array(bytes), format)
    case .file:
      let (name, bytes) = try await medium(body)
      return .file(name: name, bytes: Array(bytes))
    }
  }

  private func medium(_ body: ContentBody) async throws -> (name: String, bytes: Data) {
    guard let id = body.mediaID else { throw InvalidInput("/body/media_id", .required) }
    do {
      return try await MediaStore(session).bytes(of: id)
    } catch is NotFound {
      throw InvalidInput("/body/media_id", .unknownReference)
    }
  }
}

extension InvalidInput {
  /// What a channel would not take, named by the fields of the piece.
  init?(_ problems: [MessageProblem], of kind: Content.Kind) {
    guard !problems.isEmpty else { return nil }
    self.init(problems.map { FieldProblem($0, of: kind) })
  }
}

extension FieldProblem {
  fileprivate init(_ problem: MessageProblem, of kind: Content.Kind) {
    let last = problem.field.split(separator: "/").last.map(String.init) ?? ""
    let field =
      switch kind {
      case .text, .markdown: "text"
      case .linkCard: ["title", "description", "url"].contains(last) ? last : "picture_url"
      case .image, .file: "media_id"
      }
    let (code, limit, actual): (Code, String?, String?) =
      switch problem.rule {
      case .empty: (.required, nil, nil)
      case .tooManyBytes(let limit, let actual): (.tooManyBytes, "\(limit)", "\(actual)")
      case .tooFewBytes(let limit, let actual): (.outOfRange, "≥ \(limit)", "\(actual)")
      case .tooManyItems(let limit, let actual): (.tooManyItems, "\(limit)", "\(actual)")
      case .unknownImageFormat, .imageFormatDiffers: (.unknownValue, "JPEG, PNG", nil)
      case .badCharacter: (.malformed, nil, nil)
      }
    self.init("/body/\(field)", code, limit: limit, actual: actual)
  }
}
