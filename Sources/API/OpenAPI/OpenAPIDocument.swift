import Foundation
import HTTPTypes
import Yams

/// The contract, written by hand in `openapi.yaml`.
struct OpenAPIDocument: Sendable {
  /// As it was read.
  let root: JSONValue
  /// As it is served.
  let json: Data

  /// Reads the document that was built in.
  static func load() throws -> OpenAPIDocument {
    try OpenAPIDocument(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self))
  }

  init(yaml: String) throws {
    guard let node = try Yams.compose(yaml: yaml) else { throw EmptyDocument() }
    root = JSONValue(node)
    json = try JSONOutput.bytes(root)
  }

  /// The methods of each path.
  var operations: [(path: String, methods: [HTTPRequest.Method])] {
    (root["paths"]?.object ?? [:]).sorted { $0.key < $1.key }.map { path, item in
      let methods = (item.object ?? [:]).keys.compactMap { HTTPRequest.Method(rawValue: $0.uppercased()) }
      return (path, methods.filter(RouteTable.methods.contains).sorted { $0.rawValue < $1.rawValue })
    }
  }

  private struct EmptyDocument: Error {}
}

extension JSONValue {
  /// YAML's value as JSON's, by the core schema: only plain scalars may be something other than text.
  fileprivate init(_ node: Node) {
    switch node {
    case .scalar(let scalar): self = scalar.style == .plain ? Self.plain(scalar.string) : .string(scalar.string)
    case .sequence(let sequence): self = .array(sequence.map { JSONValue($0) })
    case .mapping(let mapping):
      self = .object(Dictionary(mapping.map { ($0.key.string ?? "", JSONValue($0.value)) }) { first, _ in first })
    case .alias: self = .null
    }
  }

  private static func plain(_ text: String) -> JSONValue {
    switch text {
    case "", "~", "null": .null
    case "true": .bool(true)
    case "false": .bool(false)
    default: (try? JSONParser.parse(Array(text.utf8))).flatMap { $0.isNumber ? $0 : nil } ?? .string(text)
    }
  }

  private var isNumber: Bool {
    if case .number = self { true } else { false }
  }
}

extension JSONValue: Encodable {
  /// Writes the value; a number that no integer type holds is written as a double.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let digits):
      if let integer = Int(digits) { try container.encode(integer) } else { try container.encode(Double(digits) ?? 0) }
    case .string(let text): try container.encode(text)
    case .array(let elements): try container.encode(elements)
    case .object(let members): try container.encode(members)
    }
  }
}
