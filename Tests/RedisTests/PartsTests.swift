import Testing

@testable import Redis

/// The parts that need no server.
@Suite struct PartsTests {
  @Test func commandsAreWrittenAsBulkStrings() {
    let command = RedisCommand("SET", "k", "é", 0, -10, Int64.min, [0, 13, 10] as [UInt8], 1.5, "ab".dropFirst())
    let parts = ["SET", "k", "é", "0", "-10", "-9223372036854775808", "\0\r\n", "1.5", "b"]
    let text = "*9\r\n" + parts.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    #expect(command.encoded == Array(text.utf8))
  }

  @Test func queuesKeepTheirOrder() {
    var queue = Queue<Int>()
    var model: [Int] = []
    var generator = SystemRandomNumberGenerator()
    for number in 0..<5_000 {
      if Bool.random(using: &generator) || model.isEmpty {
        queue.append(number)
        model.append(number)
      } else {
        #expect(queue.popFirst() == model.removeFirst())
      }
      #expect(queue.count == model.count && queue.first == model.first)
    }
    while let next = queue.popFirst() { #expect(next == model.removeFirst()) }
    #expect(model.isEmpty)
  }

  @Test func pausesDoubleWithinTheirLimits() {
    var backoff = Backoff(.milliseconds(100) ... .seconds(1))
    for expected in [100, 200, 400, 800, 1_000, 1_000] {
      let pause = backoff.pause()
      #expect((.milliseconds(expected / 2) ... .milliseconds(expected)).contains(pause))
    }
    backoff.reset()
    #expect(backoff.pause() <= .milliseconds(100))
  }

  @Test func greetingsSayOnlyWhatIsConfigured() {
    var configuration = RedisConfiguration(endpoint: .unix(path: "/redis.sock"))
    #expect(Greeting(configuration).bytes == RedisCommand("PING").encoded)
    configuration.user = "ana"
    configuration.password = "secret"
    configuration.clientName = "worker"
    configuration.database = 2
    let commands = [
      RedisCommand("AUTH", "ana", "secret"), RedisCommand("CLIENT", "SETNAME", "worker"), RedisCommand("SELECT", 2),
      RedisCommand("PING"),
    ]
    #expect(Greeting(configuration).bytes == commands.flatMap(\.encoded))
  }

  @Test(arguments: [
    ("LOADING Redis is loading the dataset in memory", "unreachable"), ("NOAUTH Authentication required.", "refused"),
    ("ERR max number of clients reached", "unreachable"), ("NOPERM no permissions", nil),
  ])
  func greetingsTellWaitingFromRefusal(message: String, outcome: String?) {
    let greeting = Greeting(RedisConfiguration(endpoint: .unix(path: "/redis.sock")))
    let found: String? =
      switch greeting.problem(in: [.error(RedisServerError(message: message))]) {
      case .unreachable: "unreachable"
      case .refused: "refused"
      case .broken, .late, .closed: "other"
      case nil: nil
      }
    #expect(found == outcome)
  }

  @Test(arguments: [
    ("ERR unknown command", RedisServerError.Code.general), ("NOSCRIPT No matching script.", .noScript),
    ("OOM command not allowed", .outOfMemory), ("READONLY You can't write", .readOnly), ("MY_2 own", "MY_2"),
    ("user_script:1: broken", .general), ("", .general),
  ])
  func codesAreReadOffErrors(message: String, code: RedisServerError.Code) {
    #expect(RedisServerError(message: message).code == code)
  }

  @Test func aSlowReaderIsToldWhatItMissed() async {
    let (stream, continuation) = AsyncStream.makeStream(
      of: RedisSubscriptionEvent.self, bufferingPolicy: .bufferingOldest(2))
    var outlet = SubscriptionOutlet(continuation)
    var events = stream.makeAsyncIterator()
    func message(_ number: UInt8) -> RedisMessage { RedisMessage(channel: "c", payload: [number]) }
    for number in 0..<5 as Range<UInt8> { outlet.send(message(number)) }
    #expect(await events.next() == .message(message(0)))
    #expect(await events.next() == .message(message(1)))
    outlet.send(message(5))
    #expect(await events.next() == .gap(.overflow(dropped: 3)))
    #expect(await events.next() == .message(message(5)))
    for number in 6..<9 as Range<UInt8> { outlet.send(message(number)) }
    outlet.reconnected()
    #expect(await events.next() == .message(message(6)))
    #expect(await events.next() == .message(message(7)))
    outlet.send(message(9))
    #expect(await events.next() == .gap(.reconnected))
    outlet.finish()
    #expect(await events.next() == .message(message(9)))
    #expect(await events.next() == nil)
  }
}
