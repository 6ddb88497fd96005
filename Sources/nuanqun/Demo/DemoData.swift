import Almanac
import Foundation

/// The demo's files: two agencies with their brands, sheets, contents and plans.
struct DemoData {
  struct AgencyFile: Decodable {
    let slug: String
    let name: String
    let brands: [BrandFile]
  }

  struct BrandFile: Decodable {
    let slug: String
    let name: String
    let zone: String
    let dailyCoreCap: Int
    let folder: String
  }

  struct ContentFile: Decodable {
    struct Link: Decodable {
      let title: String
      let description: String?
      let url: String
      let pictureUrl: String?
    }

    let title: String
    let weight: String
    let kind: String
    let text: String?
    let mentionAll: Bool?
    let markdown: String?
    let file: String?
    let link: Link?
  }

  struct PlanFile: Decodable {
    struct Missed: Decodable {
      let policy: String
      let minutes: Int?
    }

    let name: String
    let contents: [String]
    let audience: JSONValue
    let recurrence: JSONValue
    let missed: Missed
    let due: String?
    let expect: String?

    /// How many seconds after the approval the plan's first time comes; nil when it lies ahead anyway.
    var delay: Int? { due.flatMap { Int($0.dropFirst("now+".count)) } }

    var graceMinutes: Int { missed.policy == "send_within" ? missed.minutes ?? 60 : 30 }

    /// The recurrence with its date and time filled in.
    func recurrence(at instant: Date, in zone: Zone) throws -> JSONValue {
      let wall = zone.wall(at: instant)
      let time = String(format: "%02d:%02d:%02d", wall.time.hour, wall.time.minute, wall.time.second)
      return recurrence.replacing(["{date}": "\(wall.date)", "{time}": time])
    }
  }

  let folder: URL

  init() throws {
    guard let folder = Bundle.module.url(forResource: "Data", withExtension: nil) else {
      throw DemoFailure("the demo's data are not beside the command; build it again")
    }
    self.folder = folder
  }

  func agencies() throws -> [AgencyFile] { try decode("agencies.json") }
  func contents(of brand: BrandFile) throws -> [ContentFile] { try decode("\(brand.folder)/contents.json") }
  func plans(of brand: BrandFile) throws -> [PlanFile] { try decode("\(brand.folder)/plans.json") }
  func bytes(_ path: String) throws -> Data { try Data(contentsOf: folder.appending(path: path)) }

  private func decode<Value: Decodable>(_ path: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Value.self, from: try bytes(path))
  }
}

/// Why the demo cannot go on.
struct DemoFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// JSON whose shape the demo does not need to know.
enum JSONValue: Codable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value):
      if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  subscript(key: String) -> JSONValue? {
    if case .object(let fields) = self { fields[key] } else { nil }
  }

  var text: String? { if case .text(let value) = self { value } else { nil } }
  var number: Int? { if case .number(let value) = self { Int(exactly: value) } else { nil } }
  var list: [JSONValue]? { if case .list(let value) = self { value } else { nil } }

  func replacing(_ texts: [String: String]) -> JSONValue {
    switch self {
    case .text(let value): .text(texts[value] ?? value)
    case .list(let values): .list(values.map { $0.replacing(texts) })
    case .object(let fields): .object(fields.mapValues { $0.replacing(texts) })
    default: self
    }
  }
}
