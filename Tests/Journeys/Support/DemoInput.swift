import Sandbox

@testable import nuanqun

/// What the demo should bring about, from its files and not from what it says of itself.
struct DemoInput {
  /// A piece in a room of a brand.
  struct Arrival: Hashable {
    let brand: String
    let piece: String
    let room: String
  }

  /// A piece of the library as it can be told from others in the sandbox's log.
  struct Piece {
    let title: String
    private let matches: (SandboxLogEntry) -> Bool

    init(_ content: DemoData.ContentFile) {
      title = content.title
      switch content.kind {
      case "image": matches = { $0.type == "image" && $0.content == nil && $0.sha256 != nil }
      case "link_card": matches = { $0.type == "news" && $0.content?.hasPrefix(content.link?.title ?? "?") == true }
      default: matches = { $0.content == content.text ?? content.markdown }
      }
    }

    static func ~= (piece: Piece, entry: SandboxLogEntry) -> Bool { piece.matches(entry) }
  }

  struct BrandInput {
    let name: String
    /// How many groups its sheet has, each with a robot.
    let groups: Int
    /// What goes to every group, once.
    let pieces: [Piece]
  }

  /// The agencies' short names, and those of their brands.
  let agencies: [(slug: String, brands: [String])]
  let brands: [BrandInput]

  init() throws {
    let data = try DemoData()
    let files = try data.agencies()
    agencies = files.map { ($0.slug, $0.brands.map(\.slug)) }
    brands = try files.flatMap(\.brands).map { brand in
      let contents = try data.contents(of: brand)
      let due = try data.plans(of: brand).filter { $0.expect == "delivered" }
      return BrandInput(
        name: brand.name, groups: try DemoSheets.groups(of: brand, in: data),
        pieces: due.flatMap { plan in contents.filter { $0.title == plan.contents.first } }.map(Piece.init))
    }
  }

  /// How many sends have to arrive.
  var sends: Int { brands.map { $0.groups * $0.pieces.count }.reduce(0, +) }

  /// Every arrival by what it was. What is not one of its brand's due pieces is called a stray.
  func arrivals(in log: SandboxLog) -> [Arrival: Int] {
    let pieces = Dictionary(uniqueKeysWithValues: brands.map { ($0.name, $0.pieces) })
    return log.accepted().reduce(into: [:]) { counts, entry in
      let brand = entry.brand ?? "nobody"
      let piece = pieces[brand]?.first { $0 ~= entry }?.title ?? "stray: \(entry.content ?? "")"
      counts[Arrival(brand: brand, piece: piece, room: entry.room ?? "none"), default: 0] += 1
    }
  }
}
