import Redis
import Testing

@Suite struct ConfigurationTests {
  @Test func urlsAreRead() throws {
    let plain = try RedisConfiguration.parse(url: "redis://cache.example")
    #expect(plain.endpoint == .tcp(host: "cache.example", port: 6379))
    #expect(plain.database == 0 && plain.user == nil && plain.password == nil)

    let full = try RedisConfiguration.parse(url: "redis://ana:p%40ss%2Fword@[::1]:7000/3?name=worker")
    #expect(full.endpoint == .tcp(host: "::1", port: 7000))
    #expect(full.user == "ana" && full.password == "p@ss/word" && full.database == 3 && full.clientName == "worker")

    let alone = try RedisConfiguration.parse(url: "redis://:secret@127.0.0.1:6380/")
    #expect(alone.user == nil && alone.password == "secret" && alone.database == 0)

    let socket = try RedisConfiguration.parse(url: "unix:///run/redis/redis%20one.sock?db=2")
    #expect(socket.endpoint == .unix(path: "/run/redis/redis one.sock"))
    #expect(socket.database == 2)
    #expect(try RedisConfiguration.parse(url: "unix://:secret@/run/redis.sock").password == "secret")
  }

  @Test(arguments: [
    ("rediss://host", "TLS"), ("http://host", "http"), ("host:6379", "host"), ("redis://", "no host"),
    ("redis://host:70000", "port"), ("redis://host/first", "database"), ("redis://host/-1", "database"),
    ("redis://user@host", "password"), ("unix://", "no socket"), ("unix://relative/path", "three slashes"),
    ("unix:///" + String(repeating: "x", count: 120), "too long"), ("redis://host?timeout=3", "timeout"),
    ("", "redis://"),
    ("redis://:pa ss#@:::/", "redis://"),
  ])
  func wrongUrlsAreNamed(url: String, word: String) {
    #expect {
      try RedisConfiguration.parse(url: url)
    } throws: { error in
      "\(error)".contains(word)
    }
  }

  @Test func passwordsStayHidden() throws {
    let configuration = try RedisConfiguration.parse(url: "redis://ana:secret@host/1")
    var dumped = ""
    dump(configuration, to: &dumped)
    for text in ["\(configuration)", String(reflecting: configuration), dumped] {
      #expect(!text.contains("secret"))
      #expect(text.contains("host"))
    }
  }
}
