public import Foundation
public import JobQueue
public import Logging
import Postgres
public import Tenancy

/// Opens a cell whose Postgres was restored, rewound or promoted.
///
/// Each step is a transaction of its own and may be repeated, and until the last one the cell is closed: an opening that
/// was cut off is simply called again.
public struct CellOpening: Sendable {
  private let life: CellLife
  private let tenancy: Tenancy
  private let brands: BrandStore
  private let index: RunIndex
  private let windowLimit: Int
  private let logger: Logger

  /// - Parameters:
  ///   - life: the cell, over the owner's connections.
  ///   - windowLimit: the most sends that any channel's window may hold.
  public init(
    _ life: CellLife, tenancy: Tenancy, index: RunIndex, windowLimit: Int, logger: Logger
  ) {
    self.life = life
    self.tenancy = tenancy
    self.index = index
    self.windowLimit = windowLimit
    self.logger = logger
    brands = BrandStore(tenancy.control)
  }

  /// What an opening did.
  public struct Report: Sendable, Hashable {
    /// What it had to be careful about.
    public let span: CellOpeningSpan
    /// In the cell's own tables.
    public let cell: CellOpeningCounts
    /// In all brands.
    public let brands: BrandReopeningCounts
    /// How many brands there are.
    public let brandCount: Int
  }

  /// Settles what is in doubt, then opens the cell. What was due in the lost time becomes unknown or missed.
  ///
  /// - Parameters:
  ///   - proven: up to when nothing is forgotten; without it, the newest trace of work that is there.
  ///   - lost: up to when workers may have gone on with the history that is lost; without it, now.
  public func open(
    cell name: String, provenUntil proven: Date? = nil, lostUntil lost: Date? = nil, by who: String
  ) async throws -> Report {
    let span = try await life.beginOpening(provenUntil: proven, lostUntil: lost)
    var cell = CellOpeningCounts()
    (cell.runsFenced, cell.runsPutAside) = try await life.fenceRuns(span)
    (cell.schedulesMovedOn, cell.occurrencesMissed) = try await life.skipOccurrences(span)
    var counts = BrandReopeningCounts()
    let all = try await brands.all(in: name)
    for brand in all {
      let done = try await tenancy.transaction(of: brand) { transaction in
        try await BrandReopening(transaction: transaction, span: span, windowLimit: windowLimit).run(by: who)
      }
      counts += done
      logger.info("brand made ready", metadata: ["brand": "\(brand.id)", "unknown": "\(done.unknown)"])
    }
    try await life.finishOpening(
      span, after: try await index.witness(0), by: who, detail: Detail(cell: cell, brands: counts))
    return Report(span: span, cell: cell, brands: counts, brandCount: all.count)
  }

  private struct Detail: Encodable {
    let cell: CellOpeningCounts
    let brands: BrandReopeningCounts
  }
}
