import Foundation

@testable import API

/// Reads the document as its tests need it: with references followed and parts put together.
struct Contract {
  let document: OpenAPIDocument

  init() throws {
    document = try OpenAPIDocument.load()
  }

  var schemas: [String: JSONValue] { document.root["components"]?["schemas"]?.object ?? [:] }

  /// What a reference points to, or the value itself.
  func resolved(_ value: JSONValue) -> JSONValue {
    guard let reference = value["$ref"]?.string, reference.hasPrefix("#/") else { return value }
    let target = reference.dropFirst(2).split(separator: "/").reduce(document.root as JSONValue?) { $0?[String($1)] }
    return target.map { resolved($0) } ?? .null
  }

  /// The properties and the required ones of a schema, those of its parts included.
  func shape(_ schema: JSONValue) -> (properties: [String: JSONValue], required: Set<String>) {
    let schema = resolved(schema)
    var properties = schema["properties"]?.object ?? [:]
    var required = Set((schema["required"]?.array ?? []).compactMap(\.string))
    for part in schema["allOf"]?.array ?? [] {
      let (more, needed) = shape(part)
      properties.merge(more) { first, _ in first }
      required.formUnion(needed)
    }
    return (properties, required)
  }

  /// Every operation: path, method, and what it says.
  var operations: [(path: String, method: String, operation: JSONValue)] {
    (document.root["paths"]?.object ?? [:]).sorted { $0.key < $1.key }.flatMap { path, item in
      (item.object ?? [:]).filter { $0.key != "parameters" }.sorted { $0.key < $1.key }
        .map { (path, $0.key.uppercased(), $0.value) }
    }
  }

  /// The schema of an operation's JSON body by its name; nil when it takes none.
  func bodySchema(of operation: JSONValue) -> String? {
    let content = operation["requestBody"]?["content"]?.object ?? [:]
    return content["application/json"]?["schema"]?["$ref"]?.string.map { String($0.split(separator: "/").last ?? "") }
  }
}
