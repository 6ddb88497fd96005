import ArgumentParser
import Foundation
import JobQueue

extension JobsCommand {
  struct Overview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "How much waits, for how long, and what failed.")

    @OptionGroup var whose: Whose
    @Flag(help: "Print JSON.") var json = false

    func run() async {
      let json = json
      await whose.atDesk { desk in
        let overview = try await desk.overview()
        guard !json else { return print(try Output.line(Row(overview, try await desk.cell()))) }
        print(Self.line(["", "ready", "running", "retrying", "oldest s", "median s", "p99 s"]))
        for part in overview.classes + overview.tenants {
          let waits = [part.oldest, part.median, part.p99].map { String(format: "%.1f", $0) }
          print(Self.line([part.name, "\(part.ready)", "\(part.running)", "\(part.retrying)"] + waits))
        }
        print("dead \(overview.dead), quarantined \(overview.quarantined)")
        if let closing = try await desk.cell().closing {
          print("THE CELL IS CLOSED, nothing is started: \(closing.text); see `nuanqun cell status`")
        }
        for pause in try await desk.pauses() { print("paused: \(pause.key), by \(pause.byWhom) since \(pause.since)") }
      }
    }

    private static func line(_ cells: [String]) -> String {
      cells.enumerated().map { index, cell in
        let width = index == 0 ? 38 : 10
        let space = String(repeating: " ", count: max(width - cell.count, 1))
        return index == 0 ? cell + space : space + cell
      }.joined()
    }

    private struct Row: Encodable {
      struct Part: Encodable {
        let name: String
        let ready, running, retrying: Int
        let oldestSeconds, medianSeconds, p99Seconds: Double

        init(_ part: QueueOverview.Part) {
          (name, ready, running, retrying) = (part.name, part.ready, part.running, part.retrying)
          (oldestSeconds, medianSeconds, p99Seconds) = (part.oldest, part.median, part.p99)
        }
      }

      let classes, tenants: [Part]
      let dead, quarantined: Int
      let cellOpen: Bool

      init(_ overview: QueueOverview, _ cell: CellStatus) {
        cellOpen = cell.isOpen
        (classes, tenants) = (overview.classes.map(Part.init), overview.tenants.map(Part.init))
        (dead, quarantined) = (overview.dead, overview.quarantined)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List runs, the newest first.")

    @OptionGroup var whose: Whose
    @OptionGroup var which: Which
    @Flag(help: "Print one JSON line for each run.") var json = false

    func run() async {
      let (choice, json) = (which.choice, json)
      await whose.atDesk { desk in
        for run in try await desk.runs(choice) {
          guard !json else {
            print(try Output.line(RunRow(run)))
            continue
          }
          print("\(run.id)  \(run.state.rawValue)  \(run.kind)  \(run.dueAt.ISO8601Format())  \(run.error ?? "")")
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show all that is known of runs.")

    @OptionGroup var whose: Whose
    @OptionGroup var which: Which

    func run() async {
      let choice = which.choice
      await whose.atDesk { desk in
        for run in try await desk.runs(choice) { print(try Output.line(RunRow(run))) }
      }
    }
  }

  struct Schedules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List schedules with their next times.")

    @OptionGroup var whose: Whose

    func run() async {
      await whose.atDesk { desk in
        for schedule in try await desk.schedules() {
          let next = schedule.next.map { $0.ISO8601Format() } ?? "no next time"
          print(
            "\(schedule.id)  \(schedule.isPaused ? "paused" : next)  \(schedule.zone)  \(schedule.kind)  \(schedule.name)"
          )
        }
      }
    }
  }

  struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What people did to the queue, the latest first.")

    @OptionGroup var whose: Whose
    @Option(help: "How many acts.") var limit = 50

    func validate() throws {
      guard 1...10_000 ~= limit else { throw ValidationError("--limit must be from 1 to 10000") }
    }

    func run() async {
      let limit = limit
      await whose.atDesk { desk in
        for entry in try await desk.audit(limit: limit) {
          print("\(entry.at.ISO8601Format())  \(entry.byWhom)  \(entry.act)  \(entry.subject)")
        }
      }
    }
  }

  /// A run as a JSON line.
  private struct RunRow: Encodable {
    let id, brand, kind, state, lane, runClass, source: String
    let gate, worker, step, error, payload, evidence: String?
    let dueAt, createdAt: String
    let startedAt, endedAt: String?
    let starts, attempts, crashes: Int
    let progress: Double?

    init(_ run: RunRecord) {
      (id, brand, kind, state) = ("\(run.id)", "\(run.tenant)", run.kind, run.state.rawValue)
      (lane, runClass) = (run.place.lane.name, run.place.runClass.rawValue)
      (source, gate) = (run.place.source, run.place.gate)
      (worker, step, error, payload, evidence) = (run.worker, run.step, run.error, run.payload, run.evidence)
      (dueAt, createdAt) = (run.dueAt.ISO8601Format(), run.createdAt.ISO8601Format())
      (startedAt, endedAt) = (run.startedAt?.ISO8601Format(), run.endedAt?.ISO8601Format())
      (starts, attempts, crashes, progress) = (run.epoch, run.attempts, run.crashes, run.progress)
    }
  }
}
