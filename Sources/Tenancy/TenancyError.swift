/// What the agencies' side refuses, in terms that a caller can answer.
public enum TenancyError: Error, Equatable {
  /// There is no such agency.
  case unknownAgency(slug: String)
  /// There is no such brand, or it is another agency's: the two are not told apart.
  case unknownBrand
  /// An agency with this slug exists.
  case agencyExists(slug: String)
  /// The agency has a brand with this slug.
  case brandExists(slug: String)
  /// Not a slug: 1 to 40 of a–z, 0–9 and inner hyphens.
  case badSlug(String)
  /// There is no such person, or they are in no agency that may be seen.
  case unknownPerson
  /// A stored grant that this version cannot read.
  case unreadableGrant
  /// Empty, or longer than 100 characters.
  case badName
  /// Not an IANA zone that this system knows.
  case unknownZone(String)
  /// A brand names a cell whose connection is not among the settings.
  case cellNotConfigured(name: String)
  /// The login already holds as many brand roles as one login can carry well.
  case loginFull(limit: Int)
}

extension TenancyError: CustomStringConvertible {
  /// One line for whoever runs the system; the API has its own texts.
  public var description: String {
    switch self {
    case .unknownAgency(let slug): "there is no agency '\(slug)'; nuanqun agency create makes one"
    case .unknownBrand: "there is no such brand"
    case .agencyExists(let slug): "an agency '\(slug)' exists already"
    case .brandExists(let slug): "the agency has a brand '\(slug)' already"
    case .badSlug(let text): "'\(text)' cannot be a short name; use 1 to 40 of a-z, 0-9 and inner hyphens"
    case .unknownPerson: "there is no such person"
    case .unreadableGrant: "a role is stored that this version does not know"
    case .badName: "a name needs 1 to 100 characters"
    case .unknownZone(let zone): "'\(zone)' is no time zone; write it as Asia/Shanghai"
    case .cellNotConfigured(let name): "the cell '\(name)' has no connection among the settings"
    case .loginFull(let limit): "the login carries \(limit) brands already, which is as many as one login carries well"
    }
  }
}
