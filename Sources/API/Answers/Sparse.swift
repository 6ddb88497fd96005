/// A thing of which only some fields are shown.
struct Sparse: Encodable, Sendable {
  private let value: JSONValue

  init(_ thing: some Encodable, showing fields: Set<String>?) throws {
    let whole = try JSONValue(encoding: thing)
    guard let fields, let members = whole.object else {
      value = whole
      return
    }
    value = .object(members.filter { fields.contains($0.key) })
  }

  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
