import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Channels

@Suite struct FirstByteGateTests {
  @Test func itOpensOnceAndInTime() {
    let gate = FirstByteGate(closesAt: .ample)
    #expect(gate.open())
    #expect(!gate.open(), "one gate lets one request pass")
    #expect(!gate.shut(), "what has passed cannot be taken back")
  }

  @Test func itDoesNotOpenTooLate() {
    let gate = FirstByteGate(closesAt: .now)
    #expect(!gate.open())
    #expect(gate.shut())
  }

  @Test func shutItStaysShut() {
    let gate = FirstByteGate(closesAt: .ample)
    #expect(gate.shut())
    #expect(!gate.open())
    gate.wasPassed()
    #expect(gate.shut())
  }

  /// Were the handler missing from a connection, heads would pass without asking; then nothing may be called not sent.
  @Test func aHeadThatWentAroundCounts() {
    let gate = FirstByteGate(closesAt: .ample)
    gate.wasPassed()
    #expect(!gate.shut())
  }

  private struct Pipeline {
    let gates = FirstByteGates()
    let channel: EmbeddedChannel

    init() throws {
      channel = EmbeddedChannel(handler: FirstByteGateHandler(gates: gates))
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func write(gate: FirstByteGate?) -> [HTTPClientRequestPart] {
      var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: ["host": "h"])
      if let gate { head.headers.add(name: FirstByteGateHandler.header, value: "\(gates.add(gate))") }
      channel.write(HTTPClientRequestPart.head(head), promise: nil)
      channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: "x"))), promise: nil)
      channel.write(HTTPClientRequestPart.end(nil), promise: nil)
      channel.flush()
      var parts: [HTTPClientRequestPart] = []
      while let part = try? channel.readOutbound(as: HTTPClientRequestPart.self) { parts.append(part) }
      channel.embeddedEventLoop.run()
      return parts
    }
  }

  @Test func anOpenGateLetsTheWholeRequestPass() throws {
    let pipeline = try Pipeline()
    let parts = pipeline.write(gate: FirstByteGate(closesAt: .ample))
    #expect(
      parts == [
        .head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: ["host": "h"])),
        .body(.byteBuffer(ByteBuffer(string: "x"))), .end(nil),
      ])
    #expect(pipeline.channel.isActive)
  }

  @Test func aShutGateHoldsBackTheWholeRequest() throws {
    for gate in [FirstByteGate(closesAt: .now), nil] {
      let pipeline = try Pipeline()
      #expect(pipeline.write(gate: gate) == [])
      #expect(!pipeline.channel.isActive, "the connection is of no more use")
    }
  }
}
