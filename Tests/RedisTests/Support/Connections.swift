import Redis

/// How many connections of this name the server has.
func connections(_ client: RedisClient, named name: String) async throws -> Int {
  let text = try await client.send(RedisCommand("CLIENT", "LIST")).string ?? ""
  return text.split(separator: "\n").count { $0.contains(" name=\(name) ") }
}

/// Makes the server hang up on the connections of this name that fit.
func killConnections(
  _ client: RedisClient, named name: String, where fits: (Substring) -> Bool = { _ in true }
) async throws {
  let text = try await client.send(RedisCommand("CLIENT", "LIST")).string ?? ""
  let lines = text.split(separator: "\n").filter { $0.contains(" name=\(name) ") && fits($0) }
  for line in lines {
    guard let id = line.split(separator: " ").first?.dropFirst("id=".count) else { continue }
    _ = try await client.send(RedisCommand("CLIENT", "KILL", "ID", id, "SKIPME", "no"))
  }
}
