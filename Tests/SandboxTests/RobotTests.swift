import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Sandbox

@Suite struct RobotTests {
  @Test(arguments: ["", "unknown", "%00", "%E6%9A%96", String(repeating: "k", count: 5000)])
  func anUnknownKeyIsNoWebhook(key: String) async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      #expect(try await client.send(text: "hello", key: key).errcode == 93000)
      #expect(try await client.upload(Data("hello".utf8), key: key).errcode == 93000)
      let entry = try #require(try fixture.log.entries.first)
      #expect(entry.room == nil && entry.brand == nil && !entry.accepted && entry.content == "hello")
    }
  }

  @Test func aRobotCanBeDisabledTakenOutAndRemoved() async throws {
    let fixture = try SandboxFixture()
    let id = RobotID(key: SandboxFixture.key)
    try await fixture.run { client async throws in
      let path = "robots/\(SandboxFixture.key)"
      #expect(try await client.control(.patch, path, #"{"disabled":true}"#).status == .noContent)
      #expect(try await client.send(text: "x").errcode == 93004)
      #expect(try await client.control(.patch, "robots/\(id)", #"{"in_room":false}"#).status == .noContent)
      #expect(try await client.send(text: "x").errcode == 93008)
      #expect(try await client.control(.patch, "robots/\(id)", #"{"disabled":false}"#).status == .noContent)
      #expect(try await client.send(text: "x").errcode == 0)
      #expect(try await client.control(.delete, "robots/\(SandboxFixture.key)").status == .noContent)
      #expect(try await client.send(text: "x").errcode == 93000)
      #expect(try await client.upload(Data("hello".utf8)).errcode == 93000)
      #expect(try await client.control(.delete, "robots/nobody").status == .notFound)
      // Made again, it speaks again.
      let robot = #"[{"key":"\#(SandboxFixture.key)","room":{"name":"上海宝妈交流一群","brand":"悠然母婴"}}]"#
      #expect(try await client.control(.post, "robots", robot).status == .created)
      #expect(try await client.send(text: "x").errcode == 0)
      #expect(try fixture.log.accepted(room: "上海宝妈交流一群").count == 2)
    }
  }

  @Test func robotsAreListedWithoutTheirKeys() async throws {
    try await SandboxFixture().run { client async throws in
      _ = try await client.send(text: "x")
      let response = try await client.control(.get, "robots")
      let text = String(buffer: response.body)
      #expect(!text.contains(SandboxFixture.key) && !text.contains(SandboxFixture.otherKey))
      let robots = try JSONDecoder().decode([RobotRecord].self, from: Data(text.utf8))
      let robot = try #require(robots.first { $0.robot == RobotID(key: SandboxFixture.key) })
      #expect(robot.room == "上海宝妈交流一群" && robot.brand == "悠然母婴" && robot.accepted == 1)
      #expect(robot.inWindow == 1 && robot.limit == 20)
    }
  }

  @Test func sixtyRobotsAreMadeAtOnceAndRoomsAreShared() async throws {
    try await SandboxFixture().run { client async throws in
      let robots = (0..<60).map { index in
        ##"{"key":"k\##(index)","room":{"name":"群\##(index / 2)","brand":"品牌\##(index % 2)","colour":"#1aad19"}}"##
      }
      let response = try await client.control(.post, "robots", "[\(robots.joined(separator: ","))]")
      #expect(response.status == .created)
      let records = try JSONDecoder().decode([RobotRecord].self, from: Data(response.body.readableBytesView))
      #expect(records.count == 60)
      #expect(Set(records.map(\.roomID)).count == 60)
      #expect(try await client.control(.post, "robots", "[\(robots[0])]").status == .created)
      let again = try JSONDecoder().decode(
        [RobotRecord].self, from: Data(try await client.control(.get, "robots").body.readableBytesView))
      #expect(again.count == 62)
    }
  }

  @Test(arguments: [
    (#"[{"room":{"name":"a","brand":"b"}}]"#, "[0].key"),
    (#"[{"key":"","room":{"name":"a","brand":"b"}}]"#, "[0].key"),
    (#"[{"key":"a b","room":{"name":"a","brand":"b"}}]"#, "[0].key"),
    (#"[{"key":"k","room":{"name":"a","brand":"b"}},{"key":"k2","room":{"name":"","brand":"b"}}]"#, "[1].room.name"),
    (#"[{"key":"k","room":{"name":"a","brand":"b","colour":"red;}"}}]"#, "[0].room.colour"),
    (#"[{"key":"k","room":{"name":"a","brand":"b","members":-1}}]"#, "[0].room.members"),
    (#"[{"key":"k","room":"a"}]"#, "[0].room"),
  ])
  func aWrongRegistrationNamesTheFieldAndDoesNothing(json: String, field: String) async throws {
    try await SandboxFixture().run { client async throws in
      let response = try await client.control(.post, "robots", json)
      #expect(response.status == .badRequest)
      #expect(String(buffer: response.body).contains("\"field\":\"\(field)\""))
      let robots = try JSONDecoder().decode(
        [RobotRecord].self, from: Data(try await client.control(.get, "robots").body.readableBytesView))
      #expect(robots.count == 2)
    }
  }

  @Test func theControlTakesOnlyJSON() async throws {
    try await SandboxFixture().run { client async throws in
      for type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let response = try await client.http.execute(
          uri: "/sandbox/robots", method: .post, headers: [.contentType: type], body: ByteBuffer(string: "[]"))
        #expect(response.status == .unsupportedMediaType)
      }
      #expect(try await client.control(.post, "robots", "{").status == .badRequest)
      let wrong = [
        #"[{"mode":"explode"}]"#, #"[{"mode":"slow"}]"#, #"[{"mode":"rate_error","probability":2}]"#,
        #"[{"mode":"rate_error","next":0}]"#, #"[{"mode":"slow","delay_ms":-1}]"#, "{}",
      ]
      for json in wrong { #expect(try await client.control(.put, "faults", json).status == .badRequest) }
    }
  }
}
