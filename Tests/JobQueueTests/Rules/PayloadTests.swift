import Foundation
import Testing

@testable import JobQueue

@Suite struct PayloadTests {
  private struct Appointment: JobPayload, Equatable {
    static let kind = "test.appointment"
    static let lane = Lane.asides

    let at: Date
    let number: Int
  }

  @Test func isStoredAsJSONUnderItsKindAndLane() throws {
    let appointment = Appointment(at: Date(timeIntervalSince1970: 1_767_225_600), number: 7)
    let run = try NewRun(appointment)
    #expect((run.kind, run.place.lane) == ("test.appointment", .asides))
    #expect(run.payload == #"{"at":"2026-01-01T00:00:00Z","number":7}"#)
    #expect(try JSONDecoder.payload.decode(Appointment.self, from: Data(run.payload.utf8)) == appointment)
  }

  @Test func theRegistryKnowsTheLanesOfItsKinds() {
    var registry = JobRegistry()
    #expect(registry.lanes.isEmpty)
    registry.register(ScriptedJob<Errand> { _, _ in .done })
    registry.register(ScriptedJob<Aside> { _, _ in .done })
    #expect(registry.lanes == [.asides, .errands])
  }
}
