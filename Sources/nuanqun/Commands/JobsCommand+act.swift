import ArgumentParser
import Foundation
import JobQueue

extension JobsCommand {
  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try again what ended without success.",
      discussion: "Only runs that are dead, quarantined or cancelled; what succeeded is never run again.")

    @OptionGroup var whose: Whose
    @OptionGroup var which: Which

    func validate() throws { try which.requireSome() }

    func run() async {
      let choice = which.choice
      await whose.atDesk { desk in
        let retried = try await desk.retry(choice)
        print("\(retried.ready.count) runs are ready again")
        guard !retried.underWay.isEmpty else { return }
        print("\(retried.underWay.count) stay as they are: another run does their work now, or has done it")
      }
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End runs that wait, and ask the workers of those that run to end them.")

    @OptionGroup var whose: Whose
    @OptionGroup var which: Which

    func validate() throws { try which.requireSome() }

    func run() async {
      let choice = which.choice
      await whose.atDesk { print("\(try await $0.cancel(choice).count) runs are being cancelled") }
    }
  }

  struct Front: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Move runs that wait to the front of their line.")

    @OptionGroup var whose: Whose
    @OptionGroup var which: Which

    func validate() throws { try which.requireSome() }

    func run() async {
      let choice = which.choice
      await whose.atDesk { print("\(try await $0.moveToFront(choice)) runs were moved") }
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Start nothing more that matches, until it is resumed.")

    @OptionGroup var whose: Whose
    @OptionGroup var scope: Scope

    func run() async {
      let (scope, schedule) = (scope.value, scope.scheduleID)
      await whose.atDesk { desk in
        let isNew = if let schedule { try await desk.pauseSchedule(schedule) } else { try await desk.pause(scope) }
        print(isNew ? "paused" : "it was paused already, or is not there")
      }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let go on what was paused.")

    @OptionGroup var whose: Whose
    @OptionGroup var scope: Scope

    func run() async {
      let (scope, schedule) = (scope.value, scope.scheduleID)
      await whose.atDesk { desk in
        let isNew = if let schedule { try await desk.resumeSchedule(schedule) } else { try await desk.resume(scope) }
        print(isNew ? "resumed" : "it was not paused")
      }
    }
  }

  /// What to pause: without an option, all of the brand.
  struct Scope: ParsableArguments {
    @Option(help: "A kind of job, of every brand.")
    var kind: String?

    @Option(help: "A source of the brand, as a plan's id.")
    var source: String?

    @Option(help: "A gate of the brand, as a channel's id.")
    var gate: String?

    @Option(help: "A schedule, by its id as `nuanqun jobs schedules` shows it.")
    var schedule: String?

    func validate() throws {
      guard [kind, source, gate, schedule].compactMap(\.self).count <= 1 else {
        throw ValidationError("give one of --kind, --source, --gate and --schedule")
      }
      if let schedule, UUID(uuidString: schedule) == nil { throw ValidationError("'\(schedule)' is no schedule's id") }
    }

    var scheduleID: UUID? { schedule.flatMap { UUID(uuidString: $0) } }

    var value: PauseScope {
      if let kind { return .kind(kind) }
      if let source { return .source(source) }
      if let gate { return .gate(gate) }
      return .tenant
    }
  }
}
