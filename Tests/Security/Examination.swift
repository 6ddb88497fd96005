/// Looks through a sheet for what is wrong with it.
struct Examination {
  let standard: [StandardItem]
  /// The text of a file, an empty one for a folder, and nil where there is neither.
  let read: (String) -> String?

  /// A fault of the sheet, with the item that has it.
  func faults(of sheet: Sheet) -> [String] {
    let known = Dictionary(standard.map { ($0.id, $0.level) }) { first, _ in first }
    var seen: Set<String> = []
    var faults: [String] = []
    for item in sheet.items {
      if !seen.insert(item.id).inserted { faults.append("\(item.id) stands there twice") }
      if known[item.id] != item.level { faults.append("\(item.id) is no item of level \(item.level)") }
      faults += problems(of: item).map { "\(item.id): \($0)" }
    }
    faults += standard.filter { !seen.contains($0.id) }.map { "\($0.id) is missing" }
    return faults
  }

  private func problems(of item: Sheet.Item) -> [String] {
    var problems: [String] = []
    if item.what.isEmpty { problems.append("it says nothing") }
    switch Sheet.Status(rawValue: item.status) {
    case .met:
      if item.pointers.isEmpty { problems.append("it is met and nothing shows it") }
    case .partly:
      if item.pointers.isEmpty { problems.append("it is met in part and nothing shows it") }
      if item.note.isEmpty { problems.append("it does not say what is missing") }
    case .open, .notApplicable:
      if item.note.isEmpty { problems.append("it does not say why") }
    case nil: problems.append("“\(item.status)” is no status")
    }
    for text in item.pointers {
      guard let pointer = Pointer(text) else {
        problems.append("“\(text)” is no pointer")
        continue
      }
      if let fault = pointer.fault(reading: read) { problems.append(fault) }
    }
    return problems
  }
}
